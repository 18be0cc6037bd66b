"""Delivery: from the outbox and the cards to Telegram, the most urgent first."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.chat import outgoing
from bot.chat.transport import Bot
from bot.chat.verdicts import CallFailed, Judged, Verdict, judge
from bot.clock import Clock, Pace
from bot.domain.speech import Lane
from bot.loops import results
from bot.loops.budget import Budget
from bot.loops.results import Job
from bot.store.cards import Shown
from bot.store.database import Store
from bot.store.outbox import MOST_OF_A_CHAT, Outcome
from bot.store.queues import CardRow
from bot.store.tables import Person
from bot.store.unit import Tx

log = structlog.get_logger()

URGENT = (Lane.ALERT, Lane.REPLY)
PATIENT = (Lane.PROMPT, Lane.DIGEST)
# Claimed and not yet handed over, at most: urgent rows, and as many prompts as leave within this many seconds.
# More would only make them wait here instead of in the table, where an alert can overtake them.
URGENT_IN_HAND = 100
PROMPT_SECONDS_IN_HAND = 0.2
CALLS_AT_ONCE = 48
LOOK_AGAIN = 1.0
# Seconds by which a chat is left alone longer than its refused row: when it may speak again the row is due, and first.
PARKED_LONGER = 0.05
# Seconds to hold everything back when Telegram cannot be reached, doubling.
FIRST_HOLD, LONGEST_HOLD = 0.5, 5.0

# Lanes that are claimed together, and how much of them.
Room = list[tuple[Sequence[Lane], int]]
Read = Callable[[Tx, Sequence[CardRow]], Awaitable[None]]
Render = Callable[[Tx, Person, CardRow], Awaitable[Mapping[str, Any] | None]]


@dataclass(frozen=True)
class Crew:
    """What delivery works with."""

    store: Store
    bot: Bot
    clock: Clock
    pace: Pace
    read: Read  # what those texts need, for many cards at once
    render: Render  # the text of a card that was left open until the last moment; None when it became moot


class Delivery:
    """Claims, paces, calls, settles. Settling and claiming share one transaction."""

    def __init__(self, crew: Crew, per_second: float, hint: asyncio.Event) -> None:
        self._crew = crew
        self._epoch = 0
        self.hint = hint
        self.budget = Budget(per_second)
        self._prompts_in_hand = max(2, int(per_second * PROMPT_SECONDS_IN_HAND))
        self._in_hand: list[Job] = []
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._calls: dict[int, Job] = {}
        self._has_lost = False  # rows may be claimed under our epoch that we do not hold
        self._taps: set[asyncio.Task[None]] = set()
        self._outcomes: list[Outcome] = []
        self._shown: list[Shown] = []
        self._notes: list[results.Note] = []
        self._hold = FIRST_HOLD
        self.rested = asyncio.Event()  # nothing is in hand
        self.may_send: Callable[[], bool] = lambda: True
        self.on_verdict: Callable[[str, str], None] = lambda _kind, _verdict: None

    async def take_over(self, epoch: int) -> None:
        """Send under this epoch from now on, and free what earlier holders of the lease had claimed."""
        await self._settle_and_claim(claim=False)  # what we sent ourselves under an earlier one is not sent again
        self._epoch = epoch
        self._in_hand.clear()
        await self.recover()

    async def recover(self) -> None:
        """Free what is claimed under an older epoch: whoever claimed it does not lead any more."""
        async with self._crew.store.begin() as tx:
            await tx.outbox.recover(self._epoch)
            await tx.cards.recover(self._epoch)

    async def once(self) -> float | None:
        """Settle, claim, hand over; returns seconds until it is worth looking again (None: when a call ends)."""
        await self._settle_and_claim()
        wait = self._hand_over()
        if self.is_idle:
            self.rested.set()
        return LOOK_AGAIN if wait is None else min(wait, LOOK_AGAIN)

    @property
    def is_busy(self) -> bool:
        """Whether calls are under way or results wait to be settled."""
        return bool(self._busy or self._taps or self._outcomes or self._shown or self._notes)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in hand."""
        return not (self.is_busy or self._in_hand)

    async def drain(self) -> None:
        """Let the calls under way finish and settle them; what did not leave is given back."""
        while self._busy or self._taps:
            await asyncio.wait([*self._busy.values(), *self._taps])
        self._let_go()
        await self._settle_and_claim(claim=False)

    def answer_taps(self, toasts: Mapping[str, str | None]) -> None:
        """Stop the spinners of tapped buttons, at once and best effort."""
        for query_id, text in toasts.items():
            task = asyncio.create_task(self._answer_tap(query_id, text))
            self._taps.add(task)
            task.add_done_callback(self._taps.discard)
            task.add_done_callback(lambda _done: self.hint.set())

    async def _answer_tap(self, query_id: str, text: str | None) -> None:
        try:
            await outgoing.answer_tap(self._crew.bot, query_id, text)
        except CallFailed as error:
            self.on_verdict("tap", judge(error).verdict)

    async def _settle_and_claim(self, claim: bool = True) -> None:
        room = self._room() if claim and self.may_send() else []
        to_settle = self._outcomes or self._shown or self._notes or self._has_lost
        if not to_settle and not await self._look(room):
            return
        outcomes, self._outcomes = self._outcomes, []
        shown, self._shown = self._shown, []
        notes, self._notes = self._notes, []
        has_lost, self._has_lost = self._has_lost, False
        try:
            async with self._crew.store.begin() as tx:
                now = self._crew.clock.now()
                await tx.outbox.settle(outcomes, self._epoch)
                await tx.cards.settle(shown, self._epoch)
                await results.keep_notes(tx, notes, now)
                if has_lost:
                    await self._give_back(tx)
                # Most settlings leave nothing to claim, and a look costs less than a claim of each kind [measured].
                is_due = not to_settle or await self._something_due(tx, room)
                jobs = await self._claim(tx, room) if is_due else []
        except BaseException:
            self._outcomes, self._shown = outcomes + self._outcomes, shown + self._shown
            self._notes = notes + self._notes
            self._has_lost = True  # the commit may have happened, and claimed rows that nobody holds now
            raise
        self._in_hand += jobs
        # Ids grow with time: within a lane, what was said first is sent first, also after it had to wait.
        self._in_hand.sort(key=lambda job: (job.lane, job.id))

    def _let_go(self, chat_id: int | None = None) -> None:
        """Hold nothing any more (for a chat): what was claimed is given back with the next unit of work."""
        kept = [job for job in self._in_hand if chat_id is not None and job.chat_id != chat_id]
        self._has_lost = self._has_lost or len(kept) < len(self._in_hand)
        self._in_hand = kept

    async def _give_back(self, tx: Tx) -> None:
        """Free what is claimed under our epoch and neither in hand, nor on the wire, nor about to be settled."""
        held = [*self._in_hand, *self._calls.values()]
        rows = [job.id for job in held if job.card_version is None] + [outcome.id for outcome in self._outcomes]
        cards = [job.id for job in held if job.card_version is not None] + [shown.id for shown in self._shown]
        await tx.outbox.free(self._epoch, rows)
        await tx.cards.free(self._epoch, cards)

    def _room(self) -> Room:
        """Which lanes may be claimed, and how much. For an alert there is always room."""
        count = Counter(job.lane for job in self._in_hand)
        room: Room = [(URGENT if count[Lane.REPLY] < URGENT_IN_HAND else URGENT[:1], URGENT_IN_HAND)]
        prompts = self._prompts_in_hand - sum(count[lane] for lane in PATIENT)
        return [*room, (PATIENT, prompts)] if prompts > 0 else room

    def _crowded(self) -> list[int]:
        """Chats that have enough in hand, alerts aside."""
        count = Counter(job.chat_id for job in self._in_hand if job.lane != Lane.ALERT)
        return [chat for chat, number in count.items() if number >= MOST_OF_A_CHAT]

    async def _look(self, room: Room) -> bool:
        if not room:
            return False
        async with self._crew.store.read() as tx:
            return await self._something_due(tx, room)

    async def _something_due(self, tx: Tx, room: Room) -> bool:
        now, lanes = self._crew.clock.now(), [lane for of, _ in room for lane in of]
        return bool(lanes) and (await tx.outbox.any_due(now, lanes) or await tx.cards.any_due(now, lanes))

    async def _claim(self, tx: Tx, room: Room) -> list[Job]:
        now, parked = self._crew.clock.now(), self.budget.parked_chats(self._crew.pace.time())
        crowded = self._crowded()
        jobs: list[Job] = []
        for lanes, most in room:
            parcels = await tx.outbox.claim(now, self._epoch, most, lanes, parked, crowded)
            jobs += [results.job_of(parcel) for parcel in parcels]
            cards = await tx.cards.claim(now, self._epoch, most, lanes, parked)
            await self._crew.read(tx, [card for card, _ in cards if card.body is None])
            jobs += [await self._card_job(tx, card, about) for card, about in cards]
        return jobs

    async def _card_job(self, tx: Tx, card: CardRow, about: Person) -> Job:
        body: Mapping[str, Any] | None = None
        try:
            body = tx.cards.body(about, card)
            if body is None:
                body = await self._crew.render(tx, about, card)
        except Exception as error:
            if await self._crew.store.is_away(error):
                raise
            log.error("card.unrenderable", subject=card.subject_id, error=type(error).__name__)
            log.debug("card.trouble", exc_info=True)
        return results.job_of_card(card, body)

    def _hand_over(self) -> float | None:
        """Start every call that may go now; returns seconds until the next one may (None: when a call ends)."""
        soonest: float | None = None
        left: list[Job] = []
        if not self.may_send():
            self._let_go()  # another copy leads, or soon will: it sends them
        for job in self._in_hand:
            now = self._crew.pace.time()
            if job.body is None:
                self._became_moot(job)
                continue
            if job.chat_id in self._busy or len(self._busy) >= CALLS_AT_ONCE:
                left.append(job)
                continue
            wait = self._wait(job, now)
            if wait > 0:
                soonest = wait if soonest is None else min(soonest, wait)
                left.append(job)
                continue
            self._start(job, now)
        self._in_hand = left
        return soonest

    def _wait(self, job: Job, now: float) -> float:
        if job.is_message or job.is_edit:
            return self.budget.wait(job.chat_id, job.is_edit, now)
        return max(0.0, self.budget.halted_until - now)

    def _start(self, job: Job, now: float) -> None:
        if job.is_message or job.is_edit:
            self.budget.spend(job.chat_id, job.is_edit, now)
        task = asyncio.create_task(self._call(job))
        self._busy[job.chat_id], self._calls[job.chat_id] = task, job
        task.add_done_callback(lambda _done: self._ended(job.chat_id))

    def _ended(self, chat_id: int) -> None:
        del self._busy[chat_id], self._calls[chat_id]
        self.hint.set()

    async def _call(self, job: Job) -> None:
        if not self.may_send():  # frozen between the start of this call and now
            self._has_lost = True
            return None
        try:
            answer = await self._perform(job)
        except Exception as error:  # noqa: BLE001 - every failure gets a verdict
            judged = judge(error)
            if judged.verdict is Verdict.PLAIN and job.body and not job.body.get("plain"):
                log.error("markup.broken", keys=job.body.get("keys"))
                return await self._call(replace(job, body={**job.body, "plain": True}))
            self._failed(job, judged)
            return None
        self._hold = FIRST_HOLD
        self.on_verdict(job.kind, Verdict.DONE)
        self._record(results.succeeded(job, answer, self._crew.clock.now()))
        return None

    async def _perform(self, job: Job) -> int | Mapping[str, Any] | None:
        body = job.body or {}
        if not job.is_edit or job.message_id is None:
            return await outgoing.perform(self._crew.bot, job.kind, job.chat_id, body)
        await outgoing.edit(self._crew.bot, job.chat_id, job.message_id, body)
        return job.message_id

    def _failed(self, job: Job, judged: Judged) -> None:
        now = self._crew.pace.time()
        self.on_verdict(job.kind, judged.verdict)
        if judged.verdict is Verdict.WAIT:
            self.budget.park(job.chat_id, job.is_edit, now + judged.seconds + PARKED_LONGER, now)
            self._let_go(job.chat_id)  # what waits for this chat is claimed again together, in its order
        if judged.verdict in (Verdict.NOT_SENT, Verdict.STOP):
            self.budget.halted_until = max(self.budget.halted_until, now + self._hold)
            self._hold = min(self._hold * 2, LONGEST_HOLD)
        if judged.verdict in (Verdict.OURS, Verdict.STOP):
            log.error("send.refused", kind=job.kind, lane=job.lane, verdict=judged.verdict, why=judged.why)
        self._record(results.failed(job, judged, self._crew.clock.now()))

    def _became_moot(self, job: Job) -> None:
        self._record(results.moot(job, self._crew.clock.now()))
        self.hint.set()  # no call will end that would set it

    def _record(self, result: results.Result) -> None:
        match result.settled:
            case Outcome():
                self._outcomes.append(result.settled)
            case Shown():
                self._shown.append(result.settled)
        if result.note:
            self._notes.append(result.note)
