"""What the repositories promise, on SQLite and on PostgreSQL: once is once, and whoever is too late walks away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from bot.actions.open_checkin import open_due, schedule_next
from bot.domain.speech import Lane
from bot.store.cards import Shown
from bot.store.database import Store
from bot.store.ids import Ids
from bot.store.inbox import Kept
from bot.store.leases import LEADER
from bot.store.outbox import MOST_OF_A_CHAT, Outcome, Parcel
from bot.store.queues import CardRow, DueMoment, InboxRow, OutboxRow
from bot.store.tables import Alert, Checkin, Person
from bot.store.unit import Tx
from bot.store.vault import Vault
from tests.conftest import NINE, HandClock
from tests.stage import WORLD

LANES = list(Lane)
T = TypeVar("T")


@pytest.fixture
async def other(database_url: str, vault: Vault, clock: HandClock) -> AsyncIterator[Store]:
    """A second copy of the bot on the same database."""
    opened = Store(database_url, vault, Ids(clock))
    yield opened
    await opened.close()


@pytest.fixture
async def maria(store: Store) -> Person:
    async with store.begin() as tx:
        person = tx.people.add(1, "en", NINE)
        person.zone = "Europe/Lisbon"
        tx.patients.add(person, NINE).state = "active"
    return person


async def both(store: Store, other: Store, work: Callable[[Tx], Awaitable[T]]) -> list[T]:
    """Two copies reach the gate before their unit of work, then go together."""
    gate = asyncio.Barrier(2)

    async def one(copy: Store) -> T:
        await gate.wait()
        async with copy.begin() as tx:
            return await work(tx)

    return list(await asyncio.gather(one(store), one(other)))


async def say(store: Store, about: Person, *texts: str, lane: int = Lane.REPLY, **more: object) -> None:
    async with store.begin() as tx:
        for text in texts:
            chat = more.get("chat_id", about.chat_id)
            key, due_at = more.get("key"), more.get("due_at", NINE)
            tx.outbox.put(chat, about, "send", {"text": text}, lane, due_at, key=key)  # type: ignore[arg-type]


async def claim(store: Store, epoch: int = 1, lanes: list[Lane] = LANES, **more: list[int]) -> list[Parcel]:
    async with store.begin() as tx:
        return await tx.outbox.claim(NINE, epoch, 100, lanes, **more)


def texts(parcels: list[Parcel]) -> list[str]:
    return [parcel.body["text"] for parcel in parcels if parcel.body]


async def states(store: Store) -> list[str]:
    async with store.read() as tx:
        return list(await tx.session.scalars(select(OutboxRow.state).order_by(OutboxRow.id)))


class TestTheOutbox:
    async def test_two_claimers_and_every_row_has_one_winner(self, store: Store, other: Store, maria: Person) -> None:
        for number in range(20):
            await say(store, maria, str(number), chat_id=100 + number)
        won = await both(store, other, lambda tx: tx.outbox.claim(NINE, 1, 15, LANES))
        claimed = [text for parcels in won for text in texts(parcels)]
        assert len(claimed) == len(set(claimed))
        assert len(claimed) >= 15

    async def test_a_claimed_row_is_not_claimed_again(self, store: Store, maria: Person) -> None:
        await say(store, maria, "hello")
        assert texts(await claim(store)) == ["hello"]
        assert await claim(store, epoch=2) == []

    async def test_the_same_key_says_it_once(self, store: Store, other: Store, maria: Person) -> None:
        async def put(tx: Tx) -> None:
            tx.outbox.put(1, maria, "send", {"text": "once"}, Lane.ALERT, NINE, key="alert:7:1:0:2")

        await both(store, other, put)
        await say(store, maria, "again", key="alert:7:1:0:2")
        assert texts(await claim(store)) == ["once"]

    async def test_a_row_without_a_key_is_said_as_often_as_it_is_put(self, store: Store, maria: Person) -> None:
        await say(store, maria, "a", "a")
        assert texts(await claim(store)) == ["a", "a"]

    async def test_lanes_come_in_strict_order_and_within_a_lane_the_oldest(self, store: Store, maria: Person) -> None:
        await say(store, maria, "digest", lane=Lane.DIGEST, chat_id=10)
        await say(store, maria, "prompt", lane=Lane.PROMPT, chat_id=11)
        await say(store, maria, "late reply", chat_id=12)
        await say(store, maria, "early reply", chat_id=13, due_at=NINE - timedelta(seconds=5))
        await say(store, maria, "alert", lane=Lane.ALERT, chat_id=14)
        await say(store, maria, "not yet", lane=Lane.ALERT, due_at=NINE + timedelta(seconds=1))
        assert texts(await claim(store)) == ["alert", "early reply", "late reply", "prompt", "digest"]
        assert texts(await claim(store, lanes=[Lane.ALERT])) == []

    async def test_a_parked_chat_is_left_alone_altogether(self, store: Store, maria: Person) -> None:
        await say(store, maria, "hers", lane=Lane.ALERT)
        await say(store, maria, "theirs", chat_id=2)
        assert texts(await claim(store, parked=[1])) == ["theirs"]

    async def test_a_chat_with_many_replies_leaves_room_for_others(self, store: Store, maria: Person) -> None:
        await say(store, maria, *map(str, range(150)), chat_id=7)
        await say(store, maria, "somebody else", chat_id=8)
        first = await claim(store)
        assert len(first) == MOST_OF_A_CHAT
        assert "somebody else" in texts(await claim(store, crowded=[7]))

    async def test_an_alert_is_claimed_even_for_a_crowded_chat(self, store: Store, maria: Person) -> None:
        await say(store, maria, *map(str, range(10)), chat_id=7)
        await say(store, maria, *(f"alert {n}" for n in range(6)), lane=Lane.ALERT, chat_id=7)
        assert len(texts(await claim(store, crowded=[7]))) == 6

    async def test_what_is_settled_tells_how_it_ended(self, store: Store, maria: Person) -> None:
        await say(store, maria, "a", "b", "c")
        a, b, c = await claim(store)
        later = NINE + timedelta(minutes=1)
        async with store.begin() as tx:
            ended = [Outcome(a.id, "sent", NINE, 55), Outcome(b.id, "ready", later, why="RetryAfter")]
            await tx.outbox.settle([*ended, Outcome(c.id, "gone", NINE, why="Forbidden")], 1)
        async with store.read() as tx:
            rows = list(await tx.session.scalars(select(OutboxRow).order_by(OutboxRow.id)))
            assert [(r.state, r.message_id, r.why) for r in rows] == [
                ("sent", 55, None), ("ready", None, "RetryAfter"), ("gone", None, "Forbidden")
            ]  # fmt: skip
            assert (rows[0].sent_at, rows[1].due_at, rows[1].sent_at) == (NINE, later, None)
            assert await tx.outbox.next_due() == later

    async def test_an_older_epoch_settles_nothing(self, store: Store, maria: Person) -> None:
        """A leader that was frozen wakes up and writes what it sent; its rows are somebody else's by now."""
        await say(store, maria, "hello")
        (parcel,) = await claim(store, epoch=1)
        async with store.begin() as tx:
            await tx.outbox.recover(2)
        await claim(store, epoch=2)
        async with store.begin() as tx:
            await tx.outbox.settle([Outcome(parcel.id, "gone", NINE)], 1)
        assert await states(store) == ["sending"]
        async with store.begin() as tx:
            await tx.outbox.settle([Outcome(parcel.id, "sent", NINE, 5)], 2)
            await tx.outbox.settle([Outcome(parcel.id, "ready", NINE)], 2)  # a second word on it changes nothing
        assert await states(store) == ["sent"]

    async def test_claims_of_a_process_that_died_are_free_and_nudges_are_dropped(
        self, store: Store, maria: Person
    ) -> None:
        await say(store, maria, "alert", lane=Lane.ALERT)
        async with store.begin() as tx:
            tx.outbox.put(1, maria, "nudge", {"text": "nudge"}, Lane.PROMPT, NINE)
        assert len(await claim(store, epoch=1)) == 2
        async with store.begin() as tx:
            await tx.outbox.recover(2)
        assert await states(store) == ["ready", "dropped"]
        (again,) = await claim(store, epoch=2)
        assert again.tries == 2

    async def test_what_is_claimed_and_not_held_is_given_back(self, store: Store, maria: Person) -> None:
        await say(store, maria, "held", "lost")
        held, _ = await claim(store, epoch=3)
        async with store.begin() as tx:
            await tx.outbox.free(2, [])
        assert await states(store) == ["sending", "sending"]
        async with store.begin() as tx:
            await tx.outbox.free(3, [held.id])
        assert await states(store) == ["sending", "ready"]

    async def test_words_about_somebody_who_was_erased_cannot_be_opened_and_hold_up_nobody(
        self, store: Store, maria: Person
    ) -> None:
        async with store.begin() as tx:
            erased = tx.people.add(9, "en", NINE)
            tx.outbox.put(9, erased, "send", {"text": "about her"}, Lane.ALERT, NINE)
        await say(store, maria, "alert", lane=Lane.ALERT)
        async with store.begin() as tx:
            await tx.session.execute(update(Person).where(Person.id == erased.id).values(wrapped_key=None))
        assert [parcel.body for parcel in await claim(store)] == [None, {"text": "alert"}]

    async def test_what_has_not_been_sent_can_be_taken_back(self, store: Store, maria: Person) -> None:
        async with store.begin() as tx:
            for key in ("rung_1:x", "rungs1:x"):
                tx.outbox.put(1, maria, "send", {"text": key}, Lane.ALERT, NINE, key=key, alert_id=7)
            await tx.outbox.drop(7, "rung_")  # what was put a moment ago is meant, too; and _ is no wild card
        assert await states(store) == ["dropped", "ready"]
        async with store.begin() as tx:
            await tx.outbox.take_back(1, maria.id)
        assert await states(store) == ["dropped", "dropped"]

    async def test_a_group_that_became_a_supergroup_gets_what_waits(self, store: Store, maria: Person) -> None:
        await say(store, maria, "news", chat_id=-5)
        async with store.begin() as tx:
            await tx.outbox.readdress(-5, -1005)
        assert [parcel.chat_id for parcel in await claim(store)] == [-1005]

    async def test_nothing_of_a_failed_unit_of_work_is_said(self, store: Store, maria: Person) -> None:
        async def fail_half_way() -> None:
            async with store.begin() as tx:
                tx.outbox.put(1, maria, "send", {"text": "never"}, Lane.ALERT, NINE)
                await tx.flush()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail_half_way()
        assert await states(store) == []


class TestCards:
    async def show(self, store: Store, about: Person, text: str, chat_id: int = 1, subject: int = 5) -> None:
        async with store.begin() as tx:
            await tx.cards.show(chat_id, about, "checkin.1", subject, {"text": text}, Lane.REPLY, NINE)

    async def claim(self, store: Store, epoch: int = 1) -> list[tuple[int, int | None, int, object]]:
        async with store.begin() as tx:
            found = await tx.cards.claim(NINE, epoch, 10, LANES, [])
            return [(card.id, card.message_id, card.wanted, tx.cards.body(about, card)) for card, about in found]

    async def settle(self, store: Store, *shown: Shown, epoch: int = 1) -> None:
        async with store.begin() as tx:
            await tx.cards.settle(shown, epoch)

    async def test_only_the_newest_state_is_shown(self, store: Store, maria: Person) -> None:
        for text in ("one", "two", "three"):
            await self.show(store, maria, text)
        ((card, message, wanted, body),) = await self.claim(store)
        assert (message, wanted, body) == (None, 3, {"text": "three"})
        await self.show(store, maria, "four")  # while the call is on its way
        assert await self.claim(store) == [], "a card is in one hand at a time"
        await self.settle(store, Shown(card, 3, 55, NINE))
        assert await self.claim(store) == [(card, 55, 4, {"text": "four"})]
        await self.settle(store, Shown(card, 4, 55, NINE))
        assert await self.claim(store) == []

    async def test_an_older_epoch_settles_nothing(self, store: Store, maria: Person) -> None:
        await self.show(store, maria, "one")
        ((card, *_),) = await self.claim(store)
        async with store.begin() as tx:
            await tx.cards.recover(2)
        ((_, message, *_),) = await self.claim(store, epoch=2)
        assert message is None
        await self.settle(store, Shown(card, 1, 44, NINE), epoch=1)
        await self.settle(store, Shown(card, 1, 55, NINE), epoch=2)
        async with store.read() as tx:
            assert await tx.session.scalar(select(CardRow.message_id)) == 55

    async def test_a_message_that_a_tap_told_of_is_not_forgotten(self, store: Store, maria: Person) -> None:
        """The reply to a send was lost; the person taps that very message before the call is given up."""
        await self.show(store, maria, "one")
        ((card, *_),) = await self.claim(store)
        async with store.begin() as tx:
            found = await tx.cards.find("checkin.1", 5)
            assert found is not None
            tx.cards.adopt(found, 55)
        await self.settle(store, Shown(card, 0, None, NINE, why="TimedOut"))
        assert [row[1] for row in await self.claim(store)] == [55]

    async def test_a_message_that_is_gone_is_forgotten(self, store: Store, maria: Person) -> None:
        await self.show(store, maria, "one")
        ((card, *_),) = await self.claim(store)
        await self.settle(store, Shown(card, 1, 55, NINE))
        await self.show(store, maria, "two")
        await self.claim(store)
        await self.settle(store, Shown(card, 1, None, NINE, lost=True))
        assert [row[1] for row in await self.claim(store)] == [None]

    async def test_a_newer_copy_is_adopted_and_an_older_message_is_not(self, store: Store, maria: Person) -> None:
        await self.show(store, maria, "one")
        ((card, *_),) = await self.claim(store)
        await self.settle(store, Shown(card, 1, 55, NINE))
        for tapped, edited in ((54, None), (55, None), (56, 56)):
            async with store.begin() as tx:
                found = await tx.cards.find("checkin.1", 5)
                assert found is not None
                tx.cards.adopt(found, tapped)
            assert [row[1] for row in await self.claim(store)] == ([edited] if edited else [])

    async def test_the_same_purpose_in_two_chats_is_two_cards(self, store: Store, maria: Person) -> None:
        """Never show one person what was meant for another."""
        async with store.begin() as tx:
            for chat in (1, 2):
                await tx.cards.show(chat, maria, "family", 5, {"text": f"for {chat}"}, Lane.REPLY, NINE)
        await self.show_family(store, maria)
        async with store.begin() as tx:
            found = await tx.cards.claim(NINE, 1, 10, LANES, [])
            bodies = {card.chat_id: (tx.cards.body(about, card) or {})["text"] for card, about in found}
        assert bodies == {1: "for 1 again", 2: "for 2 again"}

    async def show_family(self, store: Store, about: Person) -> None:
        async with store.begin() as tx:
            for chat in (1, 2):
                await tx.cards.show(chat, about, "family", 5, {"text": f"for {chat} again"}, Lane.REPLY, NINE)

    async def test_two_claimers_one_winner(self, store: Store, other: Store, maria: Person) -> None:
        await self.show(store, maria, "one")
        won = await both(store, other, lambda tx: tx.cards.claim(NINE, 1, 10, LANES, []))
        assert sorted(map(len, won)) == [0, 1]

    async def test_what_is_claimed_and_not_held_is_given_back(self, store: Store, maria: Person) -> None:
        await self.show(store, maria, "one")
        ((card, *_),) = await self.claim(store, epoch=3)
        async with store.begin() as tx:
            await tx.cards.free(3, [card])
        assert await self.claim(store, epoch=3) == []
        async with store.begin() as tx:
            await tx.cards.free(3, [])
        assert len(await self.claim(store, epoch=3)) == 1


class TestTheInbox:
    async def keep(self, store: Store, *rows: tuple[int, int]) -> None:
        async with store.begin() as tx:
            await tx.inbox.keep([(i, sender, {"update_id": i}) for i, sender in rows], NINE)

    async def waiting(self, store: Store, people: int = 50, rows: int = 200) -> dict[int, list[int]]:
        async with store.begin() as tx:
            found = await tx.inbox.waiting(people, rows)
            return {sender: [tx.inbox.read(kept)["update_id"] for kept in held] for sender, held in found.items()}

    async def test_a_repeated_update_is_kept_once(self, store: Store, other: Store) -> None:
        async def keep(tx: Tx) -> None:
            await tx.inbox.keep([(8, 1, {"update_id": 8}), (9, 1, {"update_id": 9})], NINE)

        await both(store, other, keep)
        await self.keep(store, (8, 1), (9, 1), (10, 1))
        assert await self.waiting(store) == {1: [8, 9, 10]}

    async def test_a_repeat_of_what_is_done_stays_done(self, store: Store) -> None:
        await self.keep(store, (8, 1))
        async with store.begin() as tx:
            await tx.inbox.done([8])
        await self.keep(store, (8, 1))
        assert await self.waiting(store) == {}
        async with store.read() as tx:
            assert await tx.session.scalar(select(InboxRow.raw)) is None, "what they said is blanked"

    async def test_keeping_nothing_is_nothing(self, store: Store) -> None:
        await self.keep(store)
        assert await self.waiting(store) == {}

    async def test_each_sender_is_in_the_order_of_update_id_however_they_arrived(self, store: Store) -> None:
        await self.keep(store, (12, 1), (7, 2))
        await self.keep(store, (11, 1), (6, 3))
        assert await self.waiting(store) == {1: [11, 12], 2: [7], 3: [6]}

    async def test_so_many_people_a_round_and_who_wrote_first_comes_first(self, store: Store) -> None:
        await self.keep(store, *((100 - i, i) for i in range(5)))
        assert list(await self.waiting(store, people=2)) == [0, 1]

    async def test_no_person_is_worked_on_by_two_copies_at_once(self, store: Store, other: Store) -> None:
        await self.keep(store, (1, 1), (2, 1), (3, 2))

        async def work(tx: Tx) -> dict[int, list[Kept]]:
            found = await tx.inbox.waiting(50, 200)
            await asyncio.sleep(0.05)  # long enough for the other copy to look
            await tx.inbox.done([kept.update_id for held in found.values() for kept in held])
            return found

        first, second = await both(store, other, work)
        assert not first.keys() & second.keys()
        assert first.keys() | second.keys() == {1, 2}

    async def test_one_update_is_taken_once(self, store: Store, other: Store) -> None:
        await self.keep(store, (1, 1))
        async with store.read() as tx:
            kept = (await tx.inbox.peek(50, 200))[1][0]

        async def work(tx: Tx) -> bool:
            taken = await tx.inbox.take(kept)
            await asyncio.sleep(0.05)
            if taken:
                await tx.inbox.done([taken.update_id])
            return taken is not None

        assert sorted(await both(store, other, work)) == [False, True]

    async def test_after_so_many_failures_an_update_is_parked(self, store: Store) -> None:
        await self.keep(store, (1, 1))
        parked = []
        for _ in range(3):
            async with store.begin() as tx:
                (kept,) = (await tx.inbox.peek(50, 200))[1]
                parked.append(await tx.inbox.failed(kept, 3))
        assert parked == [False, False, True]
        assert await self.waiting(store) == {}
        async with store.read() as tx:
            assert await tx.inbox.count("parked") == 1

    async def test_what_is_done_cannot_fail_any_more(self, store: Store) -> None:
        """The commit went through and only its answer was lost."""
        await self.keep(store, (1, 1))
        async with store.read() as tx:
            (kept,) = (await tx.inbox.peek(50, 200))[1]
        async with store.begin() as tx:
            await tx.inbox.done([1])
            await tx.inbox.failed(kept, 5)
        assert await self.waiting(store) == {}

    async def test_an_update_that_cannot_be_opened_is_that_updates_trouble(self, store: Store) -> None:
        await self.keep(store, (1, 1), (2, 2))
        async with store.begin() as tx:
            await tx.session.execute(update(InboxRow).where(InboxRow.update_id == 1).values(raw=b"spoilt"))
            found = await tx.inbox.waiting(50, 200)
            assert tx.inbox.read(found[2][0]) == {"update_id": 2}


class TestMoments:
    async def due(self, store: Store, now: datetime = NINE) -> list[tuple[str, int]]:
        async with store.begin() as tx:
            return [(m.kind, m.subject_id) for m in await tx.moments.due(now, 100)]

    async def test_setting_again_moves_and_clearing_ends(self, store: Store) -> None:
        async with store.begin() as tx:
            tx.moments.set("remind", 5, 1, NINE)
            tx.moments.set("remind", 5, 1, NINE + timedelta(hours=1))
            tx.moments.set("expire", 5, 1, NINE)
            tx.moments.set("ticks", 5, 1, NINE)
            tx.moments.clear("ticks", 5)
        assert await self.due(store) == [("expire", 5)]
        async with store.begin() as tx:
            tx.moments.clear("remind", 5)
            tx.moments.set("expire", 5, 1, NINE + timedelta(hours=2))
        assert await self.due(store, NINE + timedelta(hours=3)) == [("expire", 5)]
        async with store.begin() as tx:
            tx.moments.clear("expire", 5)
            tx.moments.set("expire", 5, 1, NINE)  # the last word counts
        assert await self.due(store) == [("expire", 5)]

    async def test_what_was_just_set_is_known_before_it_is_written(self, store: Store) -> None:
        async with store.begin() as tx:
            tx.moments.set("remind", 5, 1, NINE)
            assert await tx.moments.of("remind", 5) == NINE
            tx.moments.clear("remind", 5)
            assert await tx.moments.of("remind", 5) is None
            assert tx.moments.is_touched("remind", 5)
            assert not tx.moments.is_touched("remind", 6)

    async def test_setting_again_forgets_earlier_failures(self, store: Store) -> None:
        soon, late = timedelta(seconds=30), timedelta(hours=1)
        async with store.begin() as tx:
            tx.moments.set("rung", 5, 1, NINE)
        for expected in (soon, soon, late):
            async with store.begin() as tx:
                await tx.moments.put_off("rung", 5, NINE, 3, soon, late)
            async with store.read() as tx:
                assert await tx.moments.of("rung", 5) == NINE + expected
        async with store.begin() as tx:
            tx.moments.set("rung", 5, 1, NINE)
        async with store.read() as tx:
            assert await tx.session.scalar(select(DueMoment.tries)) == 0

    async def test_two_kinds_are_told_apart(self, store: Store) -> None:
        async with store.begin() as tx:
            tx.moments.set("checkin", 1, 1, NINE)
            tx.moments.set("rung", 2, 1, NINE - timedelta(hours=1))
        async with store.read() as tx:
            assert [m.kind for m in await tx.moments.due(NINE, 9, only="checkin")] == ["checkin"]
            assert [m.kind for m in await tx.moments.due(NINE, 9, but="checkin")] == ["rung"]
            assert await tx.moments.next("checkin") == NINE
            assert await tx.moments.next() == NINE - timedelta(hours=1)
            assert await tx.moments.next_two() == (NINE, NINE - timedelta(hours=1))

    async def test_a_tap_that_cleared_a_moment_is_seen_once_the_patient_is_held(
        self, store: Store, other: Store, maria: Person
    ) -> None:
        async with store.begin() as tx:
            tx.moments.set("ticks", 5, maria.id, NINE)
        async with store.read() as tx:
            due = await tx.moments.due(NINE, 9)
        async with other.begin() as tx:
            tx.moments.clear("ticks", 5)
        async with store.begin() as tx:
            await tx.patients.lock([maria.id])
            assert await tx.moments.get("ticks", 5) is None
            if not store.is_sqlite:  # where the tick reads and works in one unit of work, with one writer
                assert await tx.moments.still_due(due, NINE) == []


class TestCheckins:
    async def test_due_check_ins_are_opened_once_however_many_copies_look(
        self, store: Store, other: Store, maria: Person
    ) -> None:
        async with store.begin() as tx:
            person, patient = await tx.people.get(maria.id), await tx.patients.get(maria.id)
            assert patient is not None
            due_at = schedule_next(tx, person, patient, NINE - timedelta(hours=3)).due_at
        assert due_at == NINE

        async def look(tx: Tx) -> int:
            due = await tx.moments.due(NINE, 100, only="checkin")
            await tx.patients.lock([moment.patient_id for moment in due])
            held = await tx.moments.still_due(due, NINE)
            if held:
                await open_due(WORLD, tx, held, NINE)
            return len(held)

        assert sum(await both(store, other, look)) == 1
        async with store.read() as tx:
            assert await tx.session.scalar(select(func.count()).select_from(Checkin)) == 1
            assert await tx.session.scalar(select(func.count()).select_from(CardRow)) == 1
            assert await tx.moments.next("checkin") == NINE + timedelta(days=1)

    async def test_a_slot_exists_once_and_extra_ones_as_often_as_asked_for(self, store: Store, maria: Person) -> None:
        def row(number: int, slot: int | None) -> Checkin:
            return Checkin(
                id=number, patient_id=maria.id, protocol_version="1", local_day=date(2026, 3, 3), slot=slot,
                state="open", opened_at=NINE, expires_at=NINE, worried=False,
            )  # fmt: skip

        async with store.begin() as tx:
            for number, slot in ((1, 0), (2, None), (3, None), (4, 1)):
                tx.checkins.add(row(number, slot))
        with pytest.raises(IntegrityError):
            async with store.begin() as tx:
                tx.checkins.add(row(5, 0))

    async def test_answers_are_kept_in_order_corrections_included(self, store: Store, maria: Person) -> None:
        async with store.begin() as tx:
            checkin = Checkin(
                id=1, patient_id=maria.id, protocol_version="1", local_day=date(2026, 3, 3), state="open",
                opened_at=NINE, expires_at=NINE, worried=False,
            )  # fmt: skip
            tx.checkins.add(checkin)
            for value in (3, ["numbness"], 7):
                tx.checkins.answered(maria, checkin, "pain", value, NINE)
        async with store.read() as tx:
            assert [value for _, value, _ in await tx.checkins.answers(maria, 1)] == [3, ["numbness"], 7]


class TestAlerts:
    def alert(self, store: Store, maria: Person) -> Alert:
        sealer = store.vault.of(maria.id, maria.wrapped_key)
        return Alert(
            id=store.ids.new(), patient_id=maria.id, state="raised", urgency="right_away", kind="finding",
            protocol_version="1", ladder=sealer.seal("alerts.ladder", {}), detail=sealer.seal("alerts.detail", {}),
            rung=0, raised_at=NINE,
        )  # fmt: skip

    async def test_a_patient_has_at_most_one_open_alert(self, store: Store, other: Store, maria: Person) -> None:
        async def raise_one(tx: Tx) -> bool:
            await tx.patients.lock([maria.id])
            if await tx.alerts.open_of(maria.id) is not None:
                return False
            tx.alerts.add(self.alert(store, maria))
            return True

        assert sorted(await both(store, other, raise_one)) == [False, True]
        with pytest.raises(IntegrityError):
            async with store.begin() as tx:
                tx.alerts.add(self.alert(store, maria))

    async def test_one_is_closed_and_the_next_raised_in_one_commit(self, store: Store, maria: Person) -> None:
        async with store.begin() as tx:
            tx.alerts.add(self.alert(store, maria))
        async with store.begin() as tx:
            old = await tx.alerts.open_of(maria.id)
            assert old is not None
            old.state = "closed"
            assert await tx.alerts.open_of(maria.id) is None
            new = tx.alerts.add(self.alert(store, maria))
            assert await tx.alerts.open_of(maria.id) is new
        async with store.read() as tx:
            found = await tx.alerts.open_of(maria.id)
            assert found is not None
            assert found.id == new.id

    async def test_the_same_step_for_the_same_person_stands_in_the_timeline_once(
        self, store: Store, maria: Person
    ) -> None:
        async with store.begin() as tx:
            alert = tx.alerts.add(self.alert(store, maria))
            tx.alerts.happened(maria, alert, "called", NINE, key="called:1:0:2")
            tx.alerts.happened(maria, alert, "ack", NINE)
            tx.alerts.happened(maria, alert, "ack", NINE)
        with pytest.raises(IntegrityError):
            async with store.begin() as tx:
                tx.alerts.happened(maria, alert, "called", NINE, key="called:1:0:2")
        async with store.begin() as tx:
            assert [event.kind for event in await tx.alerts.timeline(alert.id)] == ["called", "ack", "ack"]


class TestInvitations:
    async def test_an_invitation_is_used_once(self, store: Store, other: Store, maria: Person) -> None:
        async with store.begin() as tx:
            tx.families.invite(maria.id, b"hash", NINE, timedelta(hours=48))

        async def use(tx: Tx) -> bool:
            invitation = await tx.families.invitation(b"hash")
            assert invitation is not None
            return await tx.families.use(invitation, 7, NINE)

        assert sorted(await both(store, other, use)) == [False, True]


class TestTheLease:
    async def test_one_holder_at_a_time_and_every_new_one_has_a_larger_epoch(self, store: Store, other: Store) -> None:
        lasts = timedelta(seconds=5)

        async def take(copy: Store, holder: str) -> int | None:
            async with copy.begin() as tx:
                return await tx.leases.take(LEADER, holder, lasts)

        assert await take(store, "a") == 1
        assert await take(store, "a") == 1
        # On SQLite the file's lock says who may write, so the next process always takes over.
        assert await take(other, "b") == (2 if store.is_sqlite else None)
        async with store.begin() as tx:
            await tx.leases.release(LEADER, "b" if store.is_sqlite else "a")
        assert await take(other, "c") == (3 if store.is_sqlite else 2)
        async with store.read() as tx:
            epoch = 3 if store.is_sqlite else 2
            assert await tx.leases.holds(LEADER, "c", epoch)
            assert not await tx.leases.holds(LEADER, "a", 1)


class TestTheDatabase:
    async def test_moments_come_back_aware_and_in_utc(self, store: Store) -> None:
        lisbon_summer = datetime.fromisoformat("2026-07-01T09:00:00+01:00")
        async with store.begin() as tx:
            tx.people.add(1, "en", lisbon_summer)
        async with store.read() as tx:
            found = await tx.people.by_chat(1)
            assert found is not None
            assert found.created_at == datetime(2026, 7, 1, 8, tzinfo=UTC)
            assert found.created_at.tzinfo == UTC

    async def test_ids_and_chats_need_64_bits(self, store: Store) -> None:
        async with store.begin() as tx:
            tx.people.add(2**52, "en", NINE)
            tx.moments.set("rung", 2**63 - 1, 2**63 - 1, NINE)
        async with store.read() as tx:
            assert await tx.people.by_chat(2**52) is not None
            assert await tx.moments.of("rung", 2**63 - 1) == NINE

    async def test_a_word_that_no_state_has_is_refused(self, store: Store, maria: Person) -> None:
        with pytest.raises(IntegrityError):
            async with store.begin() as tx:
                (await tx.patients.lock([maria.id]))[maria.id].state = "asleep"

    async def test_a_row_that_points_at_nobody_is_refused_at_the_commit(self, store: Store) -> None:
        with pytest.raises(IntegrityError):
            async with store.begin() as tx:
                tx.families.link(404, 405, NINE)

    async def test_cut_off_at_any_moment_it_leaves_nothing_open_and_nothing_half_done(
        self, store: Store, other: Store
    ) -> None:
        """Beginning and first statement go together, on a thread of their own: neither is left behind."""

        async def work(chat_id: int) -> None:
            async with store.begin() as tx:
                tx.people.add(chat_id, "en", NINE)
                await tx.flush()
                tx.people.add(chat_id + 1000, "en", NINE)

        for turns in range(40):
            task = asyncio.create_task(work(turns))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            async with asyncio.timeout(2), other.begin() as tx:
                tx.people.add(2000 + turns, "en", NINE)
        async with other.read() as tx:
            there = set(await tx.session.scalars(select(Person.chat_id)))
        assert {chat for chat in there if chat < 1000} == {chat - 1000 for chat in there if 1000 <= chat < 2000}
        assert there >= set(range(2000, 2040))

    async def test_a_file_that_is_not_there_is_not_a_database_that_is_away(self, store: Store) -> None:
        assert not await store.is_away(FileNotFoundError("a phrase list"))
        assert not await store.is_away(ValueError("x"))

    @pytest.mark.postgres
    async def test_a_refused_connection_is(self, vault: Vault, clock: HandClock) -> None:
        store = Store("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", vault, Ids(clock))
        assert await store.is_away(ConnectionRefusedError())
        await store.close()

    async def test_ids_grow_even_when_the_clock_goes_back(self, clock: HandClock) -> None:
        ids = Ids(clock)
        made = [ids.new() for _ in range(100)]
        clock.forward(days=-400)
        made += [ids.new() for _ in range(100)]
        assert made == sorted(set(made))
