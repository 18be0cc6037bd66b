"""The worker: many people in one commit, nobody's trouble is another's, and everybody's order is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.domain.incoming import Incoming, Tap, Text
from bot.loops.intake import keep
from bot.loops.pulse import Hints
from bot.loops.tick import MOST_TRIES as TICK_TRIES
from bot.loops.tick import PUT_OFF, PUT_OFF_LONG, Deeds, Tick
from bot.loops.worker import MOST_TRIES, PEOPLE_A_ROUND, ROWS_A_ROUND, Handlers, Toasts, Worker
from bot.store.database import Store
from bot.store.queues import DueMoment, InboxRow
from bot.store.unit import Tx
from tests.conftest import NINE, HandClock

MARIA, ANA = 100, 200

Trouble = Callable[[Incoming], Exception | None]


@dataclass
class Office:
    """A worker whose handler writes down what it acted on, as a row each, and fails when told to."""

    store: Store
    clock: HandClock
    trouble: Trouble = lambda _update: None
    prepared: list[int] = field(default_factory=list)
    commits: int = 0
    answered: Toasts = field(default_factory=dict)
    parked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hints = Hints()
        handlers = Handlers(self._prepare, self._handle)
        self.worker = Worker(self.store, self.clock, handlers, self.hints, self.answered.update)
        self.worker.on_parked = self._on_parked
        self.store.at_commit = self._at_commit

    def _at_commit(self, moment: str) -> None:
        self.commits += moment == "after commit"

    async def _prepare(self, _tx: Tx, updates: Sequence[Incoming]) -> None:
        self.prepared.append(len(updates))

    async def _handle(self, tx: Tx, incoming: Incoming, now: datetime) -> str | None:
        # The deed is a row of the same unit of work: rolled back with it, there at most once with it.
        done = await tx.moments.of("done", incoming.update_id)
        assert done is None, f"update {incoming.update_id} was acted on twice"
        tx.moments.set("done", incoming.update_id, incoming.sender.chat_id, now)
        order = await tx.moments.of("count", incoming.sender.chat_id) or NINE
        tx.moments.set("count", incoming.sender.chat_id, incoming.update_id, order + timedelta(seconds=1))
        if error := self.trouble(incoming):
            raise error
        return f"thanks {incoming.update_id}" if isinstance(incoming.content, Tap) else None

    async def _on_parked(self, update_id: int) -> None:
        self.parked.append(update_id)

    async def receives(self, *updates: dict[str, Any]) -> None:
        await keep(self.store, self.clock, list(updates))
        self.commits = 0

    async def done(self) -> list[int]:
        async with self.store.read() as tx:
            return sorted(m.subject_id for m in await tx.moments.due(NINE, 10_000) if m.kind == "done")

    async def last_of(self, sender: int) -> int:
        """The update that was acted on last for this person."""
        async with self.store.read() as tx:
            row = await tx.moments.get("count", sender)
            return row.patient_id if row else 0


@pytest.fixture
def office(store: Store, clock: HandClock) -> Office:
    return Office(store, clock)


def text(update_id: int, sender: int, words: str = "hello") -> dict[str, Any]:
    user = {"id": sender, "is_bot": False, "first_name": "Somebody"}
    message = {"message_id": 1, "date": 1, "chat": {"id": sender, "type": "private"}, "from": user, "text": words}
    return {"update_id": update_id, "message": message}


def tap(update_id: int, sender: int) -> dict[str, Any]:
    user = {"id": sender, "is_bot": False, "first_name": "Somebody"}
    return {"update_id": update_id, "callback_query": {"id": f"q{update_id}", "from": user, "data": "l:x"}}


def fails_for(words: str, error: Exception | None = None) -> Trouble:
    def trouble(incoming: Incoming) -> Exception | None:
        is_it = isinstance(incoming.content, Text) and incoming.content.text == words
        return (error or ValueError(words)) if is_it else None

    return trouble


async def test_many_people_in_one_commit(office: Office) -> None:
    await office.receives(*(text(n, n) for n in range(1, PEOPLE_A_ROUND + 11)))
    assert await office.worker.round() == PEOPLE_A_ROUND
    assert office.commits == 1
    assert await office.worker.round() == 10
    assert await office.worker.round() == 0
    assert await office.done() == list(range(1, PEOPLE_A_ROUND + 11))
    assert office.prepared == [PEOPLE_A_ROUND, 10]


async def test_a_flood_from_one_person_keeps_nobody_waiting(office: Office) -> None:
    flood = [text(n, MARIA) for n in range(1, 2 * ROWS_A_ROUND + 1)]
    await office.receives(*flood, tap(1_000, ANA), text(1_001, ANA))
    await office.worker.round()
    assert await office.last_of(ANA) == 1_001
    assert await office.last_of(MARIA) == ROWS_A_ROUND
    await office.worker.round()
    assert await office.last_of(MARIA) == 2 * ROWS_A_ROUND


async def test_nothing_to_do_is_looked_for_again_later(office: Office) -> None:
    assert await office.worker.once() > 0
    await office.receives(text(1, 1))
    assert await office.worker.once() == 0


async def test_taps_are_answered_after_the_commit_with_what_the_action_said(office: Office) -> None:
    await office.receives(tap(1, 1), tap(2, 2), text(3, 3))
    office.trouble = lambda _update: None if not office.answered else ValueError("answered before the commit")
    await office.worker.round()
    assert office.answered == {"q1": "thanks 1", "q2": "thanks 2"}


async def test_a_repeated_update_is_acted_on_once(office: Office) -> None:
    for _ in range(3):
        await office.receives(text(1, 1), text(1, 1), text(2, 1))
        await office.worker.round()
    assert await office.done() == [1, 2]


async def test_each_persons_updates_are_in_order_however_they_came(office: Office) -> None:
    await office.receives(text(9, 1), text(7, 1), text(8, 2))
    await office.worker.round()
    assert await office.last_of(1) == 9


async def test_one_persons_failure_does_not_lose_anothers(office: Office) -> None:
    await office.receives(text(1, 1), text(2, 2, "poison"), text(3, 3))
    office.trouble = fails_for("poison")
    assert await office.worker.round() == 2
    assert await office.done() == [1, 3]


async def test_an_update_that_always_fails_is_parked_after_five_tries_and_a_notice(office: Office) -> None:
    await office.receives(text(1, 1, "poison"), *(text(n, n) for n in range(2, 60)))
    office.trouble = fails_for("poison")
    for _ in range(MOST_TRIES + 3):
        await office.worker.round()
    assert office.parked == [1]
    assert await office.done() == list(range(2, 60))
    async with office.store.read() as tx:
        assert (await tx.inbox.count("parked"), await tx.inbox.count("waiting")) == (1, 0)


async def test_what_a_person_sends_after_a_failure_waits_for_it_and_goes_on_when_it_is_parked(office: Office) -> None:
    await office.receives(text(1, 1, "poison"), text(2, 1), text(3, 1))
    office.trouble = fails_for("poison")
    for _ in range(MOST_TRIES - 1):
        await office.worker.round()
        assert await office.done() == []
    await office.worker.round()
    assert await office.done() == [2, 3]


async def test_a_failure_that_passes_costs_nothing(office: Office) -> None:
    await office.receives(text(1, 1, "poison"), text(2, 1))
    office.trouble = fails_for("poison")
    await office.worker.round()
    office.trouble = lambda _update: None
    await office.worker.round()
    assert await office.done() == [1, 2]
    assert await office.last_of(1) == 2


async def test_an_action_that_misses_a_file_is_no_database_that_is_away(office: Office) -> None:
    """Else that one update would be tried for ever, and everybody behind it would wait."""
    await office.receives(text(1, 1, "poison"), text(2, 2))
    office.trouble = fails_for("poison", FileNotFoundError("a phrase list"))
    for _ in range(MOST_TRIES):
        await office.worker.round()
    assert office.parked == [1]
    assert await office.done() == [2]


async def test_an_update_that_cannot_be_opened_or_read_is_parked(office: Office) -> None:
    await office.receives(text(1, 1), {"update_id": 2, "message": {"text": 7}}, text(3, 3))
    async with office.store.begin() as tx:
        await tx.session.execute(update(InboxRow).where(InboxRow.update_id == 1).values(raw=b"spoilt"))
    for _ in range(MOST_TRIES):
        await office.worker.round()
    assert sorted(office.parked) == [1, 2]
    assert await office.done() == [3]


async def test_an_update_that_means_nothing_is_done(office: Office) -> None:
    await office.receives({"update_id": 1, "brain_wave": {}}, {"update_id": 2})
    assert await office.worker.round() == 2
    assert await office.worker.round() == 0


async def test_a_commit_that_fails_is_as_if_nothing_had_been_done(office: Office) -> None:
    await office.receives(text(1, 1), text(2, 2))
    lost = iter([True])

    def breaks_once(moment: str) -> None:
        if moment == "before commit" and next(lost, False):
            raise ValueError("the constraint of a row")

    office.store.at_commit = breaks_once
    await office.worker.round()
    assert await office.done() == [1, 2]


async def test_a_commit_whose_answer_is_lost_is_not_done_again(office: Office) -> None:
    await office.receives(text(1, 1), text(2, 2))
    lost = iter([True])

    def breaks_once(moment: str) -> None:
        if moment == "after commit" and next(lost, False):
            raise ValueError("the line is cut")

    office.store.at_commit = breaks_once
    for _ in range(MOST_TRIES + 1):
        await office.worker.round()  # the handler would say so if it were called twice
    assert await office.done() == [1, 2]
    assert office.parked == []


# ------------------------------------------------------------------------------------------------- the tick


@dataclass
class Bell:
    """A tick whose deeds are written down, and fail when told to."""

    store: Store
    clock: HandClock
    rung: list[tuple[str, int]] = field(default_factory=list)
    poison: frozenset[int] = frozenset()
    then: Callable[[Tx, DueMoment], None] = lambda _tx, _moment: None

    def __post_init__(self) -> None:
        self.tick = Tick(self.store, self.clock, Deeds(self._open, self._happen), Hints())

    async def _open(self, tx: Tx, due: Sequence[DueMoment], now: datetime) -> None:
        for moment in due:
            self._ring(moment)
            tx.moments.set("checkin", moment.subject_id, moment.patient_id, now + timedelta(days=1))

    async def _happen(self, tx: Tx, moment: DueMoment, _now: datetime) -> None:
        self._ring(moment)
        self.then(tx, moment)

    def _ring(self, moment: DueMoment) -> None:
        self.rung.append((moment.kind, moment.subject_id))
        if moment.subject_id in self.poison:
            raise ValueError("poison")

    async def sets(self, kind: str, *subjects: int, due_at: datetime = NINE) -> None:
        async with self.store.begin() as tx:
            for subject in subjects:
                tx.moments.set(kind, subject, subject, due_at)


@pytest.fixture
def bell(store: Store, clock: HandClock) -> Bell:
    return Bell(store, clock)


async def test_alerts_and_follow_ups_come_before_the_mornings_check_ins(bell: Bell) -> None:
    await bell.sets("checkin", 1, 2)
    await bell.sets("rung", 3)
    await bell.tick.once()
    assert bell.rung[0] == ("rung", 3)
    assert sorted(bell.rung[1:]) == [("checkin", 1), ("checkin", 2)]


async def test_what_has_happened_does_not_happen_again(bell: Bell) -> None:
    await bell.sets("rung", 3)
    await bell.sets("rung", 4, due_at=NINE + timedelta(seconds=1))
    await bell.tick.once()
    await bell.tick.once()
    assert bell.rung == [("rung", 3)]


@pytest.mark.parametrize("kind", ["checkin", "rung"])
async def test_one_persons_failing_moment_is_put_off_and_the_others_come(bell: Bell, kind: str) -> None:
    bell.poison = frozenset({2})
    await bell.sets(kind, 1, 2, 3)
    await bell.tick.once()
    async with bell.store.read() as tx:
        assert await tx.moments.of(kind, 2) == NINE + PUT_OFF
        for fine in (1, 3):
            assert await tx.moments.of(kind, fine) == (NINE + timedelta(days=1) if kind == "checkin" else None)


async def test_a_moment_that_keeps_failing_is_put_off_for_long(bell: Bell, clock: HandClock) -> None:
    bell.poison = frozenset({2})
    await bell.sets("rung", 2)
    for _ in range(TICK_TRIES):
        await bell.tick.once()
        clock.forward(seconds=PUT_OFF.total_seconds())
    async with bell.store.read() as tx:
        due_at = await tx.moments.of("rung", 2)
    assert due_at == clock.moment - PUT_OFF + PUT_OFF_LONG
    bell.poison = frozenset()
    clock.forward(hours=1)
    await bell.tick.once()
    assert bell.rung[-1] == ("rung", 2)


async def test_a_moment_that_an_earlier_one_has_cleared_or_moved_does_not_come(bell: Bell) -> None:
    """After an outage many are due at once: the first closes the alert, and the others have nothing left to say."""

    def closes(tx: Tx, moment: DueMoment) -> None:
        if moment.kind == "closes":
            tx.moments.clear("rung", 5)
            tx.moments.set("recheck", 5, 5, NINE + timedelta(hours=1))

    bell.then = closes
    await bell.sets("closes", 5, due_at=NINE - timedelta(minutes=2))
    await bell.sets("rung", 5, due_at=NINE - timedelta(minutes=1))
    await bell.sets("recheck", 5)
    await bell.tick.once()
    assert bell.rung == [("closes", 5)]


async def test_thousands_that_are_due_at_once_all_come(bell: Bell) -> None:
    await bell.sets("checkin", *range(1, 1_001))
    await bell.tick.once()
    assert len(bell.rung) == len(set(bell.rung)) == 1_000
