"""What a verdict means for each kind of row, as a table instead of an accident.

| verdict | alert, advice (lane 0) | reply, card | prompt | nudge |
| --- | --- | --- | --- | --- |
| wait, not sent | again | again | again | again |
| perhaps sent | again, always | again | once more | not again |
| gone | gone, and a note to the inbox: next person now | the same | the same | the same |
| missing (the message to edit) | - | a new message | a new message | - |
| ours | failed, counted | failed, counted | failed, counted | failed, counted |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.chat.incoming import OWN
from bot.chat.outgoing import MESSAGES
from bot.chat.verdicts import Judged, Verdict
from bot.domain.speech import Lane
from bot.store.cards import Shown
from bot.store.outbox import Outcome, Parcel
from bot.store.queues import CardRow
from bot.store.unit import Tx

# Seconds before a row is tried again, doubling with each try.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# A row may be told of twice: its group has moved, and then, tried again there, it cannot be reached. Both are heard.
# Rows' ids stay below this for centuries (bot.store.ids).
MOVED_NOTES = 1 << 62
# A message that may have arrived is sent so often at most, unless it is an alert.
MOST_PERHAPS = {Lane.ALERT: 10**9, Lane.REPLY: 5, Lane.PROMPT: 2, Lane.DIGEST: 1}


@dataclass(frozen=True)
class Job:
    """A claimed row in hand: an outbox row, or a card with the version it should show."""

    id: int
    chat_id: int
    lane: int
    kind: str
    body: Mapping[str, Any] | None  # None: it became moot
    tries: int
    alert_id: int | None = None
    card_version: int | None = None
    card_shown: int = 0
    message_id: int | None = None

    @property
    def is_edit(self) -> bool:
        """Whether a message that is there already changes."""
        return self.card_version is not None and self.message_id is not None

    @property
    def is_message(self) -> bool:
        """Whether it spends the send budget."""
        return not self.is_edit and self.kind in MESSAGES


@dataclass(frozen=True)
class Note:
    """Something the worker must hear of, as an update of our own."""

    id: int
    chat_id: int
    alert_id: int | None
    moved_to: int | None = None
    seen: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Result:
    """How a call ended, as rows."""

    settled: Outcome | Shown
    note: Note | None = None


def job_of(parcel: Parcel) -> Job:
    """An outbox row in hand."""
    return Job(
        parcel.id,
        parcel.chat_id,
        parcel.lane,
        parcel.kind,
        parcel.body,
        parcel.tries,
        alert_id=parcel.alert_id,
    )


def job_of_card(card: CardRow, body: Mapping[str, Any] | None) -> Job:
    """A card in hand."""
    return Job(
        card.id,
        card.chat_id,
        card.lane,
        "send",
        body,
        card.tries + 1,
        card_version=card.wanted,
        card_shown=card.shown,
        message_id=card.message_id,
    )


def succeeded(job: Job, answer: int | Mapping[str, Any] | None, now: datetime) -> Result:
    """It is there: the message with this id; or what was asked for, which the worker hears with what it was about."""
    if isinstance(answer, Mapping):
        seen = {**(job.body or {}), **answer}
        return Result(Outcome(job.id, "sent", now, None), Note(job.id, job.chat_id, job.alert_id, seen=seen))
    message_id = answer
    if job.card_version is None:
        return Result(Outcome(job.id, "sent", now, message_id))
    return Result(Shown(job.id, job.card_version, message_id, now))


def moot(job: Job, now: datetime) -> Result:
    """There is nothing left to say."""
    return _unsaid(job, now, "dropped", "moot")


def failed(job: Job, judged: Judged, now: datetime) -> Result:
    """What a failed call means for its row."""
    match judged.verdict:
        case Verdict.DONE:
            return succeeded(job, job.message_id, now)
        case Verdict.WAIT:
            return _again(job, now + timedelta(seconds=judged.seconds), judged.why)
        case Verdict.NOT_SENT | Verdict.STOP:
            return _again(job, now + _pause(job), judged.why)
        case Verdict.MOVED:
            return Result(_again(job, now, judged.why).settled, _note(job, judged.moved_to))
        case Verdict.GONE:
            return Result(_unsaid(job, now, "gone", judged.why).settled, _note(job))
        case Verdict.MISSING if job.card_version is not None:
            return Result(Shown(job.id, job.card_version - 1, None, now, why=judged.why, lost=True))
        case Verdict.PERHAPS:
            return _perhaps(job, judged, now)
    return _unsaid(job, now, "failed", judged.why)


def _note(job: Job, moved_to: int | None = None) -> Note:
    # A card lives long and its person may come back and go again: the version tells one time from the other.
    note_id = job.id + (job.card_version or 0)
    return Note(note_id if moved_to is None else note_id + MOVED_NOTES, job.chat_id, job.alert_id, moved_to)


def _perhaps(job: Job, judged: Judged, now: datetime) -> Result:
    if job.kind == "nudge" or (not job.is_edit and job.tries >= MOST_PERHAPS[Lane(job.lane)]):
        if job.card_version is None:
            return Result(Outcome(job.id, "sent", now, None, why=judged.why))
        return Result(Shown(job.id, job.card_version, None, now, why=judged.why))
    return _again(job, now + _pause(job), judged.why)


def _again(job: Job, due_at: datetime, why: str) -> Result:
    if job.card_version is None:
        return Result(Outcome(job.id, "ready", due_at, why=why))
    return Result(Shown(job.id, job.card_shown, job.message_id, due_at, why=why))


def _unsaid(job: Job, now: datetime, state: str, why: str) -> Result:
    if job.card_version is None:
        return Result(Outcome(job.id, state, now, why=why))
    return Result(Shown(job.id, job.card_shown, job.message_id, now, state="gone", why=why))


def _pause(job: Job) -> timedelta:
    return timedelta(seconds=min(FIRST_PAUSE * 2 ** min(job.tries, 10), LONGEST_PAUSE))


async def keep_notes(tx: Tx, notes: Sequence[Note], now: datetime) -> None:
    """Put our notes into the inbox, in the same commit as the rows they are about; a moved chat is readdressed."""
    for note in notes:
        if note.moved_to is not None:
            await tx.outbox.readdress(note.chat_id, note.moved_to)
    rows = [
        # Telegram's update ids are positive (Bot API, Update); ours are the row's id, negative, and so kept once.
        (-note.id, note.chat_id, {"update_id": -note.id, OWN: _said(note)})
        for note in notes
    ]
    if rows:
        await tx.inbox.keep(rows, now)


def _said(note: Note) -> dict[str, Any]:
    said: dict[str, Any] = {"chat_id": note.chat_id, "alert": note.alert_id, "moved_to": note.moved_to}
    return said if note.seen is None else {**said, "seen": dict(note.seen)}
