"""The process dies at every commit, just before it and just after it, and nobody notices but by a second copy.

The same play each time: a check-in becomes an emergency, two caregivers hear it, one answers, the check-in goes on.
What every phone and every row holds in the end is compared with a run in which nothing died.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from bot.store.queues import CardRow, InboxRow, OutboxRow
from bot.store.tables import Alert, AlertEvent, Answer, Checkin
from bot.web.botapi.chats import Message
from tests.databases import Postgres, Sqlite
from tests.plays.cast import ANA, MARIA, RUI, ZE, at_home, begin, presses
from tests.town import Town, a_town, plain

# `make chaos` takes every position. The suite takes a few, other ones with each random seed, and names those that fail.
ALL_OF_THEM = os.environ.get("BONEWATCH_TEST_CHAOS") == "long"
PARTS = 2
ON_SQLITE, ON_POSTGRES = 20, 4  # of each part
NEVER = 10**9
Text = tuple[int, str]


@dataclass
class Outcome:
    """What is left of a run: rows and messages, without ids."""

    commits: int
    answers: Counter[tuple[str, str]]
    alert: tuple[str, str, bool]
    events: Counter[str]
    checkins: list[str]
    unfinished: list[str]
    sent: Counter[Text]  # every message that reached a phone, as it was sent
    shown: set[Text]  # every state that any message ever had
    now: set[Text]  # what the phones show in the end
    alert_ids: set[str]  # behind the buttons below alerts
    strangers: set[str]  # buttons that stand in a chat where they do not belong


class Observer:
    """Sees every state of every message, as the person holding the phone would."""

    def __init__(self, town: Town) -> None:
        self.sent: Counter[Text] = Counter()
        self.shown: set[Text] = set()
        self.buttons: set[tuple[int, str]] = set()
        self._really_changed = town.api.changed
        town.api.changed = self._changed  # type: ignore[method-assign]

    def _changed(self, message: Message, new: bool = False) -> None:
        if message.by_bot:
            text = what(message)
            self.shown.add(text)
            self.sent[text] += new
            self.buttons |= {(text[0], b.get("callback_data", "")) for row in message.buttons for b in row}
        self._really_changed(message, new)


def what(message: Message) -> Text:
    return message.chat_id, plain(message.text) or str(message.media)


async def run(url: str, crash_at: int = NEVER) -> Outcome:
    """The play. Its lines are taps, so that they read the same whatever died in between."""
    async with a_town(url) as town:
        town.restarts = False  # the process dies where it is told to, and nowhere else
        observer = Observer(town)
        cast = await at_home(town)
        town.person(ZE, "Zé").user.chat.started = True
        town.before_commit = crash_at
        await town.later(hours=1, minutes=1)
        await presses(cast.maria, ":pain:0", ":bone_signs:+numbness", ":bone_signs:+bladder", ":bone_signs:done")
        await presses(cast.ana, ":ack")
        await presses(cast.maria, ":nerve_how:done", ":calcium_signs:done")
        await town.later(minutes=1)
        assert crash_at == NEVER or town.before_commit is None, "there is no such commit any more"
        for phone in town.phones.values():
            phone.reads_all()
        return await outcome(town, observer, NEVER - (town.before_commit or NEVER))


async def outcome(town: Town, observer: Observer, commits: int) -> Outcome:
    async with begin(town) as tx:
        maria = await tx.people.by_chat(MARIA)
        answers = await tx.session.scalars(select(Answer))
        alert = (await tx.session.scalars(select(Alert))).one()
        queued = [
            *await tx.session.scalars(select(OutboxRow.state).where(OutboxRow.state.in_(("ready", "sending")))),
            *await tx.session.scalars(select(InboxRow.state).where(InboxRow.state != "done")),
            *await tx.session.scalars(select(CardRow.purpose).where(CardRow.shown < CardRow.wanted)),
        ]
        return Outcome(
            commits,
            Counter((a.question, str(tx.open(maria, "answers.value", a.value))) for a in answers),
            (alert.state, alert.urgency, alert.owner_id is not None),
            Counter(await tx.session.scalars(select(AlertEvent.kind))),
            list(await tx.session.scalars(select(Checkin.state))),
            queued,
            observer.sent,
            observer.shown,
            {what(message) for phone in town.phones.values() for message in phone.messages},
            {data.split(":")[1] for _, data in observer.buttons if data.startswith("a:")},
            {data for chat, data in observer.buttons if belongs_to(data) not in (None, chat == MARIA)},
        )


def belongs_to(data: str) -> bool | None:
    """Whether a button is the patient's (True), a caregiver's (False) or anybody's (None)."""
    if data.startswith("c:"):
        return True
    return False if data.endswith((":ack", ":called_team", ":cant_reach")) else None


def check(calm: Outcome, crashed: Outcome) -> None:
    """Every answer once, every alert at least once, nothing twice but the same words, nothing in a wrong chat."""
    assert crashed.answers == calm.answers
    assert crashed.alert == calm.alert
    assert crashed.events == calm.events
    assert crashed.checkins == calm.checkins
    assert crashed.unfinished == []
    assert calm.sent.keys() - crashed.sent.keys() == set(), "something was never sent"
    assert crashed.shown - calm.shown == set(), "something was said that is never said"
    assert calm.now - crashed.now == set(), "the phones end up without something"
    twice = {text: number - calm.sent[text] for text, number in crashed.sent.items() if number > calm.sent[text]}
    assert all(extra == 1 for extra in twice.values()), f"more than one copy too many: {twice}"
    assert len(crashed.alert_ids) == 1, "a copy of an alert has another id"
    assert crashed.strangers == set()
    assert not [chat for chat, _ in crashed.sent if chat not in (MARIA, ANA, RUI)]


async def crash_everywhere(databases: Sqlite | Postgres, part: int, how_many: int) -> None:
    url = await databases.fresh()
    calm = await run(url)
    await databases.drop(url)
    assert calm.commits > 60, "the play is meant to have many commits"
    positions = range(part, calm.commits, PARTS)
    failures = {}
    for position in positions if ALL_OF_THEM else random.sample(positions, how_many):
        url = await databases.fresh()
        try:
            check(calm, await run(url, position))
        except AssertionError as error:
            failures[position] = str(error)
        await databases.drop(url)
    assert not failures, "\n".join(f"crash at {position}: {text}" for position, text in failures.items())


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
async def test_a_crash_at_any_commit_loses_nothing(sqlite: Sqlite, part: int) -> None:
    await crash_everywhere(sqlite, part, ON_SQLITE)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("part", range(PARTS))
async def test_a_crash_at_any_commit_loses_nothing_on_postgres(postgres: Postgres, part: int) -> None:
    await crash_everywhere(postgres, part, ON_POSTGRES)


async def test_the_calm_run_is_the_play_that_is_meant(sqlite_url: str) -> None:
    calm = await run(sqlite_url)
    assert calm.answers == Counter(
        [("pain", "0"), ("bone_signs", "['bladder', 'numbness']"), ("nerve_how", "[]"), ("calcium_signs", "[]")]
    )
    assert calm.alert == ("acknowledged", "emergency", True)
    assert calm.events["called"] == 2
    assert calm.checkins == ["done"]
    assert calm.unfinished == []
    for chat in (MARIA, ANA, RUI):
        assert any(to == chat for to, _ in calm.sent)
    assert max(calm.sent.values()) == 1, "each text is said once, so that a second copy is seen"
