"""From the outbox and the cards to Telegram: on the real wire, with everything that can go wrong on it."""

from __future__ import annotations

import asyncio
import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.chat import transport
from bot.chat.outgoing import KINDS, plain
from bot.chat.transport import call, make_bot
from bot.chat.verdicts import NotSent, Verdict, judge
from bot.domain.speech import Lane
from bot.loops.budget import CHAT_BURST, Budget
from bot.loops.delivery import Crew, Delivery
from bot.store.database import Store
from bot.store.ids import Ids
from bot.store.queues import CardRow, InboxRow, OutboxRow
from bot.store.tables import Person
from bot.store.unit import Tx
from bot.store.vault import Vault
from bot.web.botapi import BotApi, BotApiServer, FloodLimits, TelegramUser
from tests.databases import MASTER_KEY

TOKEN = "123456:post-office-post-office-post-office"
START = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
MARIA, ANA = 1, 2
HARD_LIMITS = FloodLimits(per_second=30, per_chat_second=1, chat_burst=3)


class Both:
    """Both clocks in one, so that what waits for either comes at the same moment."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def time(self) -> float:
        return self.seconds

    async def wait(self, hint: asyncio.Event, seconds: float | None, busy: bool = False) -> None:
        if busy or seconds is None:
            async with asyncio.timeout(10):
                await hint.wait()
        elif not hint.is_set():
            self.seconds += seconds


@dataclass
class Post:
    """A post office: rows go in, and what reached the phones can be looked at."""

    url: str
    clock: Both = field(default_factory=Both)
    per_second: float = 30
    rendered: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    epoch: int = 0

    async def open(self) -> None:
        self.api = BotApi(TOKEN, self.clock.now)
        self.api.pace = self.api.floods.pace = self.clock.time
        self.server = BotApiServer(self.api)
        await self.server.start()
        await self.start()
        self.maria, self.ana = self.person(MARIA, "Maria"), self.person(ANA, "Ana")
        async with self.store.begin() as tx:
            self.about = tx.people.add(MARIA, "en", self.clock.now())

    async def start(self) -> None:
        """A new process."""
        self.epoch += 1
        self.store = Store(self.url, Vault([MASTER_KEY]), Ids(self.clock))
        self.bot = make_bot(TOKEN, self.server.url)
        await self.bot.initialize()
        crew = Crew(self.store, self.bot, self.clock, self.clock, self._read, self._render)
        self.delivery = Delivery(crew, self.per_second, asyncio.Event())
        self.delivery.on_verdict = lambda kind, verdict: self.verdicts.update([(kind, verdict)])
        await self.delivery.take_over(self.epoch)

    async def _read(self, _tx: Tx, _cards: Sequence[CardRow]) -> None:
        """The cards of these tests need nothing."""

    async def _render(self, _tx: Tx, _about: Person, card: CardRow) -> dict[str, Any] | None:
        return self.rendered[card.subject_id]

    async def die(self) -> None:
        """The process is gone, with whatever it held."""
        for task in self.delivery._busy.values():
            task.cancel()
        await asyncio.gather(*self.delivery._busy.values(), return_exceptions=True)
        await self.bot.shutdown()
        await self.store.close()

    async def close(self) -> None:
        await self.die()
        await self.server.stop()

    def person(self, chat_id: int, name: str = "Somebody") -> TelegramUser:
        user = self.api.add_user(chat_id, name)
        user.chat.started = True
        return user

    async def put(
        self, chat_id: int, text: str = "hello", lane: Lane = Lane.REPLY, kind: str = "send", **body: Any
    ) -> None:
        key, alert = body.pop("key", None), body.pop("alert_id", None)
        async with self.store.begin() as tx:
            now = self.clock.now()
            tx.outbox.put(chat_id, self.about, kind, {"text": text, **body}, lane, now, key=key, alert_id=alert)

    async def card(self, text: str, chat_id: int = MARIA, subject: int = 5, lane: Lane = Lane.REPLY) -> None:
        async with self.store.begin() as tx:
            await tx.cards.show(chat_id, self.about, "checkin.1", subject, {"text": text}, lane, self.clock.now())

    async def step(self, until: float | None = None) -> bool:
        """One round; whether anything is left to do (before `until`)."""
        delivery = self.delivery
        delivery.hint.clear()
        wait = await delivery.once()
        if delivery.is_busy or delivery.hint.is_set():
            await self.clock.wait(delivery.hint, None, busy=True)
            return True
        if delivery.is_idle or (until is not None and self.clock.seconds + (wait or 0) > until):
            return False
        await self.clock.wait(delivery.hint, wait)
        return True

    async def rest(self, until: float | None = None) -> None:
        """Let everything leave that is due now; with `until`, time goes on to so many seconds from the start."""
        for _ in range(5_000):
            if await self.step(until):
                continue
            due = await self._next_due()
            if until is None or due is None or due > until or self.clock.seconds >= until:
                self.clock.seconds = max(self.clock.seconds, until or 0)
                return
            # Due already and yet not taken: its chat is parked, and delivery looks again a second later.
            self.clock.seconds = due if due > self.clock.seconds else min(self.clock.seconds + 1, until)
        raise AssertionError("delivery does not come to rest")

    async def _next_due(self) -> float | None:
        async with self.store.read() as tx:
            due = [await tx.outbox.next_due(), await tx.cards.next_due()]
        return min(((moment - START).total_seconds() for moment in due if moment), default=None)

    async def rows(self) -> list[OutboxRow]:
        async with self.store.read() as tx:
            return list(await tx.session.scalars(select(OutboxRow).order_by(OutboxRow.id)))

    async def the_row(self) -> OutboxRow:
        (row,) = await self.rows()
        return row

    async def the_card(self) -> CardRow:
        async with self.store.read() as tx:
            return (await tx.session.scalars(select(CardRow))).one()

    async def notes(self) -> list[Any]:
        async with self.store.read() as tx:
            found = (await tx.session.scalars(select(InboxRow).order_by(InboxRow.id.desc()))).all()
            return [self.store.vault.open_raw(row.raw)["bonewatch"] for row in found if row.raw]

    def heard(self, user: TelegramUser) -> list[str]:
        return [message.text for message in user.hears]

    def sent_at(self) -> list[float]:
        return sorted(call.pace for call in self.api.journal.of("sendMessage") if call.took_effect)


@asynccontextmanager
async def a_post(url: str, **options: Any) -> AsyncIterator[Post]:
    post = Post(url, **options)
    await post.open()
    try:
        yield post
    finally:
        await post.close()


@pytest.fixture
async def post(sqlite_url: str) -> AsyncIterator[Post]:
    async with a_post(sqlite_url) as opened:
        yield opened


async def test_what_is_put_arrives_on_either_database(database_url: str) -> None:
    async with a_post(database_url) as post:
        await post.put(MARIA, "alert", lane=Lane.ALERT)
        await post.card("one")
        await post.rest()
        await post.card("two")
        await post.rest()
        assert post.heard(post.maria) == ["alert", "two"]


# ---------------------------------------------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (RetryAfter(7), Verdict.WAIT),
        (ChatMigrated(-1005), Verdict.MOVED),
        (Forbidden("Forbidden: bot was blocked by the user"), Verdict.GONE),
        (Forbidden("Forbidden: user is deactivated"), Verdict.GONE),
        (InvalidToken("no"), Verdict.STOP),
        (BadRequest("Message is not modified: specified new message content is the same"), Verdict.DONE),
        (BadRequest("Query is too old and response timeout expired or query id is invalid"), Verdict.DONE),
        (BadRequest("Message to delete not found"), Verdict.DONE),
        (BadRequest("Message can't be deleted for everyone"), Verdict.DONE),
        (BadRequest("Message to edit not found"), Verdict.MISSING),
        (BadRequest("Message can't be edited"), Verdict.MISSING),
        (BadRequest("MESSAGE_ID_INVALID"), Verdict.MISSING),
        (BadRequest("Chat not found"), Verdict.GONE),
        (BadRequest("User not found"), Verdict.GONE),
        (BadRequest("PEER_ID_INVALID"), Verdict.GONE),
        (BadRequest("Can't parse entities: unsupported start tag"), Verdict.PLAIN),
        (BadRequest("Message is too long"), Verdict.OURS),
        (NotSent("ClientConnectorError"), Verdict.NOT_SENT),
        (TimedOut(), Verdict.PERHAPS),
        (NetworkError("Bad Gateway"), Verdict.PERHAPS),
        (Conflict("terminated by other getUpdates request"), Verdict.PERHAPS),
        (EndPointNotFound("sendMesage"), Verdict.OURS),
        (TelegramError("Invalid server response"), Verdict.PERHAPS),
        (ValueError("not Telegram's at all"), Verdict.OURS),
    ],
)
def test_every_failure_has_a_verdict(error: Exception, verdict: Verdict) -> None:
    assert judge(error).verdict is verdict


def test_a_verdict_carries_what_telegram_said() -> None:
    assert judge(RetryAfter(timedelta(seconds=7))).seconds == judge(RetryAfter(7)).seconds == 7
    assert judge(ChatMigrated(-1005)).moved_to == -1005
    assert judge(Forbidden("blocked by Maria")).why == "Forbidden", "the words of an error may hold a name"


class TestOnTheWire:
    async def test_a_message_with_buttons_arrives(self, post: Post) -> None:
        buttons = [[{"label": "Yes", "data": "c:1:pain:0", "style": "success"}, {"label": "112", "copy": "112"}]]
        await post.put(MARIA, "<b>Hello</b>, Maria", buttons=buttons, silent=True, protect=True)
        await post.rest()
        (message,) = post.maria.hears
        assert (message.text, message.labels, message.silent, message.protected) == (
            "Hello, Maria", ["Yes", "112"], True, True
        )  # fmt: skip
        row = await post.the_row()
        assert (row.state, row.message_id, row.sent_at, row.tries) == ("sent", message.message_id, START, 1)

    async def test_every_kind_of_row_is_carried_out(self, post: Post) -> None:
        await post.put(MARIA, "first")
        await post.rest()
        first = post.maria.hears[0].message_id
        await post.put(MARIA, kind="contact", phone="+351210000000", name="Care team")
        await post.put(MARIA, kind="document", content="a,b", filename="answers.csv", caption="Yours")
        await post.put(MARIA, "an alert", kind="nudge", keyboard=["Here I am", "No"], locate=True)
        await post.put(MARIA, "and a prompt", kind="prompt", remove_keyboard=True)
        await post.put(MARIA, kind="pin", message_id=first)
        await post.put(MARIA, kind="bare", message_id=first)
        await post.put(MARIA, kind="commands", commands=[["help", "Help"]], language="en")
        await post.rest()
        await post.put(MARIA, kind="delete", message_id=first)
        await post.rest()
        assert {row.kind for row in await post.rows()} | {"leave", "look"} == set(KINDS)
        states = {row.kind: row.state for row in await post.rows()}
        assert set(states.values()) == {"sent"}, states
        assert [m.media.get("contact", m.media.get("document")) is not None for m in post.maria.hears] == [
            True, True, False, False
        ]  # fmt: skip

    async def test_a_group_is_left(self, post: Post) -> None:
        group = post.api.add_group(-100, "Family", [post.maria])
        group.adds_bot(post.maria)
        await post.put(-100, kind="leave")
        await post.rest()
        assert group.chat.bot_left

    async def test_who_leads_a_group_is_asked_and_the_worker_hears_it(self, post: Post) -> None:
        group = post.api.add_group(-100, "Family", [post.maria, post.ana])
        group.adds_bot(post.maria)
        await post.put(-100, kind="look", invitation=8)
        await post.rest()
        assert [row.state for row in await post.rows()] == ["sent"]
        notes = await post.notes()
        assert notes[0]["chat_id"] == -100
        assert notes[0]["seen"].items() >= {"invitation": 8, "admins": [MARIA], "people": 2}.items()

    @pytest.mark.parametrize("how", ["blocks", "deactivates", "never started"])
    async def test_who_cannot_be_reached_is_gone_and_the_worker_hears_of_it(self, post: Post, how: str) -> None:
        if how == "never started":
            post.maria.chat.started = False
        else:
            getattr(post.maria, how)()
        await post.put(MARIA, lane=Lane.ALERT, alert_id=7)
        await post.put(ANA, "the next person", lane=Lane.ALERT)
        await post.rest(60)
        assert [row.state for row in await post.rows()] == ["gone", "sent"]
        assert {"chat_id": MARIA, "alert": 7, "moved_to": None} in await post.notes()

    async def test_a_person_who_came_back_and_went_again_is_noted_again(self, post: Post) -> None:
        """A card lives long: the note about it must not be taken for the earlier one."""
        for text in ("one", "two"):
            post.maria.chat.blocked = True
            await post.card(text)
            await post.rest()
            assert (await post.the_card()).state == "gone"
            post.maria.chat.blocked = False
        assert len(await post.notes()) == 2

    async def test_a_group_that_moved_is_written_to_under_its_new_id(self, post: Post) -> None:
        group = post.api.add_group(-100, "Family", [post.maria])
        group.adds_bot(post.maria)
        group.moves_to(-1005)
        await post.put(-100, "hello family")
        await post.put(-100, "and again")
        await post.rest(60)
        assert [m.text for m in post.api.chats[-1005].from_bot] == ["hello family", "and again"]
        assert {row.chat_id for row in await post.rows()} == {-1005}
        assert {"chat_id": -100, "alert": None, "moved_to": -1005} in await post.notes()

    async def test_broken_markup_is_sent_as_plain_text(self, post: Post) -> None:
        await post.put(MARIA, "call <b>112 now & tell <i>Ana</i>", lane=Lane.ALERT)
        await post.rest()
        assert post.heard(post.maria) == ["call 112 now & tell Ana"]
        assert (await post.the_row()).state == "sent"

    async def test_broken_markup_in_an_edit_is_shown_as_plain_text(self, post: Post) -> None:
        await post.card("fine")
        await post.rest()
        await post.card("</b>broken")
        await post.rest()
        assert post.heard(post.maria) == ["broken"]

    async def test_what_is_our_mistake_is_not_tried_again(self, post: Post) -> None:
        await post.put(MARIA, "x" * 5_000)
        await post.put(MARIA, "next")
        await post.rest(600)
        assert [row.state for row in await post.rows()] == ["failed", "sent"]
        assert post.verdicts["send", Verdict.OURS] == 1
        assert len(post.api.journal.of("sendMessage")) == 2

    async def test_a_row_of_an_unknown_kind_fails_alone(self, post: Post) -> None:
        await post.put(MARIA, kind="telegraph")
        await post.put(MARIA, "next")
        await post.rest(60)
        assert [row.state for row in await post.rows()] == ["failed", "sent"]

    async def test_a_wrong_token_loses_nothing(self, post: Post) -> None:
        post.api.token = "123456:another"
        await post.put(MARIA, lane=Lane.ALERT)
        await post.rest(10)
        assert (await post.the_row()).state == "ready"
        post.api.token = TOKEN
        await post.rest(120)
        assert post.heard(post.maria) == ["hello"]

    async def test_telegram_away_is_waited_out(self, post: Post) -> None:
        await post.server.stop()
        await post.put(MARIA, lane=Lane.ALERT)
        await post.put(ANA, lane=Lane.PROMPT)
        await post.rest(30)
        assert {row.state for row in await post.rows()} == {"ready"}
        assert post.verdicts["send", Verdict.NOT_SENT] > 2
        await post.server.start()
        await post.rest(90)
        assert post.heard(post.maria) == post.heard(post.ana) == ["hello"]


class TestTooManyRequests:
    async def test_it_parks_that_chat_until_then_and_nobody_else(self, post: Post) -> None:
        post.api.faults.floods(retry_after=35, method="sendMessage", chat_id=MARIA)
        await post.put(MARIA, "to Maria")
        await post.put(MARIA, "to Maria, too")
        await post.put(ANA, "to Ana")
        await post.rest(30)
        assert (post.heard(post.maria), post.heard(post.ana)) == ([], ["to Ana"])
        await post.rest(60)
        assert post.heard(post.maria) == ["to Maria", "to Maria, too"]
        to_maria = [call.pace for call in post.api.journal.of("sendMessage", MARIA)]
        assert to_maria[0] < 1
        assert 35 <= to_maria[1] < 37, "nothing may be tried before it is over"

    async def test_an_alert_goes_first_afterwards(self, post: Post) -> None:
        post.api.faults.floods(retry_after=35, method="sendMessage", chat_id=MARIA)
        await post.put(MARIA, "prompt", lane=Lane.PROMPT)
        await post.rest(5)
        await post.put(MARIA, "reply")
        await post.put(MARIA, "alert", lane=Lane.ALERT)
        await post.rest(90)
        assert post.heard(post.maria) == ["alert", "reply", "prompt"]

    async def test_an_advice_that_was_refused_is_still_the_first(self, post: Post) -> None:
        post.api.faults.floods(retry_after=35, method="sendMessage", chat_id=MARIA)
        await post.put(MARIA, "advice", lane=Lane.ALERT)
        await post.rest(5)
        await post.put(MARIA, "the next question")
        await post.rest(90)
        assert post.heard(post.maria) == ["advice", "the next question"]

    async def test_when_two_chats_hear_it_everybody_waits_and_alerts_go_first(self, post: Post) -> None:
        others = [post.person(100 + n) for n in range(4)]
        for user in others[:2]:
            post.api.faults.floods(retry_after=20, method="sendMessage", chat_id=user.id)
        for user in others:
            await post.put(user.id, lane=Lane.PROMPT)
        await post.rest(1)
        await post.put(ANA, "alert", lane=Lane.ALERT)
        await post.rest(120)
        calls = [(call.pace, call.chat_id) for call in post.api.journal.of("sendMessage") if call.outcome == "ok"]
        after = [chat for pace, chat in calls if pace >= 20]
        assert all(pace <= 1 or pace >= 20 for pace, _ in calls), calls
        assert after[0] == ANA
        assert {chat for _, chat in calls} == {ANA, *(user.id for user in others)}

    async def test_on_an_edit_it_parks_edits_and_lets_messages_through(self, post: Post) -> None:
        await post.card("one")
        await post.rest()
        post.api.faults.floods(retry_after=20, method="editMessageText")
        await post.card("two")
        await post.rest(1)
        await post.put(MARIA, "advice", lane=Lane.ALERT)
        await post.rest(5)
        assert post.heard(post.maria) == ["one", "advice"]
        await post.rest(60)
        assert post.heard(post.maria) == ["two", "advice"]
        assert post.api.journal.of("editMessageText")[1].pace >= 20


class TestLostReplies:
    async def test_an_alert_whose_reply_was_lost_is_sent_again(self, post: Post) -> None:
        post.api.faults.loses_reply(method="sendMessage", times=6)
        await post.put(MARIA, "alert", lane=Lane.ALERT, alert_id=7, buttons=[[{"label": "On it", "data": "a:7:ack"}]])
        await post.rest(300)
        assert (await post.the_row()).state == "sent"
        assert post.heard(post.maria) == ["alert"] * 7
        assert {message.button("On it")["callback_data"] for message in post.maria.hears} == {"a:7:ack"}

    async def test_a_prompt_is_sent_at_most_twice(self, post: Post) -> None:
        post.api.faults.loses_reply(method="sendMessage", times=5)
        post.rendered[5] = {"text": "How bad was the pain?"}
        await self._prompt(post)
        await post.rest(300)
        assert len(post.heard(post.maria)) == 2
        card = await post.the_card()
        assert (card.shown, card.message_id) == (card.wanted, None)

    async def _prompt(self, post: Post) -> None:
        async with post.store.begin() as tx:
            row = {"id": 77, "chat_id": MARIA, "about_id": post.about.id, "purpose": "checkin.1", "subject_id": 5}
            more = {"lane": Lane.PROMPT, "wanted": 1, "shown": 0, "body": None, "state": "live", "tries": 0}
            await tx.cards.prompt_many([{**row, **more, "due_at": post.clock.now()}])

    async def test_a_tap_on_a_prompt_whose_reply_was_lost_goes_on_in_that_message(self, post: Post) -> None:
        post.api.faults.loses_reply(method="sendMessage", times=5)
        post.rendered[5] = {"text": "How bad was the pain?"}
        await self._prompt(post)
        await post.rest(300)
        second = post.maria.hears[-1].message_id
        async with post.store.begin() as tx:
            card = await tx.cards.find("checkin.1", 5)
            assert card is not None
            tx.cards.adopt(card, second)
        await post.card("Is it new?")
        await post.rest(300)
        assert post.heard(post.maria) == ["How bad was the pain?", "Is it new?"]

    async def test_a_nudge_is_not_sent_again(self, post: Post) -> None:
        post.api.faults.loses_reply(method="sendMessage", times=5)
        await post.put(MARIA, kind="nudge", lane=Lane.PROMPT)
        await post.rest(300)
        assert len(post.heard(post.maria)) == 1

    async def test_a_connection_that_is_cut_before_anything_happened_costs_no_message(self, post: Post) -> None:
        post.api.faults.cuts(method="sendMessage", times=1)
        post.rendered[5] = {"text": "How bad was the pain?"}
        await self._prompt(post)
        await post.rest(60)
        assert post.heard(post.maria) == ["How bad was the pain?"]

    async def test_a_server_that_stumbles_is_asked_again(self, post: Post) -> None:
        post.api.faults.refuses(502, "Bad Gateway", method="sendMessage", times=3)
        await post.put(MARIA, lane=Lane.ALERT)
        await post.rest(60)
        assert post.heard(post.maria) == ["hello"]

    async def test_a_server_that_never_answers_holds_up_one_chat_only(
        self, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transport, "READ_TIMEOUT", 0.1)
        post.api.faults.hangs(method="sendMessage", chat_id=MARIA, seconds=30)
        await post.put(MARIA, "alert", lane=Lane.ALERT)
        await post.put(ANA, "another", lane=Lane.ALERT)
        await post.rest(60)
        assert (post.heard(post.maria), post.heard(post.ana)) == (["alert"], ["another"])
        assert post.verdicts["send", Verdict.PERHAPS] == 1


class TestCards:
    async def test_a_card_is_sent_once_and_edited_from_then_on(self, post: Post) -> None:
        for text in ("one", "two"):
            await post.card(text)
            await post.rest()
        (message,) = post.maria.hears
        assert (message.text, message.edits) == ("two", 1)

    async def test_a_copy_that_was_tapped_during_an_edit_is_the_one_that_goes_on(self, post: Post) -> None:
        await post.card("one")
        await post.rest()
        copy = await call(post.bot, "sendMessage", chat_id=MARIA, text="one")
        await post.card("two")
        await post.delivery.once()  # the edit of the first is under way
        async with post.store.begin() as tx:
            card = await tx.cards.find("checkin.1", 5)
            assert card is not None
            tx.cards.show_again(card, copy["message_id"])
        await post.rest()
        assert post.maria.hears[-1].message_id == copy["message_id"]
        assert post.maria.hears[-1].text == "two"

    async def test_states_in_between_are_never_sent(self, post: Post) -> None:
        await post.card("one")
        await post.rest()
        for text in ("two", "three", "four"):
            await post.card(text)
        await post.rest()
        assert post.heard(post.maria) == ["four"]
        assert len(post.api.journal.of("editMessageText")) == 1

    async def test_an_edit_that_changes_nothing_is_done(self, post: Post) -> None:
        for _ in range(2):
            await post.card("one")
            await post.rest()
        card = await post.the_card()
        assert (card.shown, card.wanted, card.state) == (2, 2, "live")
        assert post.verdicts["send", Verdict.DONE] == 2

    async def test_an_edit_of_a_message_that_was_deleted_becomes_a_new_message(self, post: Post) -> None:
        await post.card("one")
        await post.rest()
        post.maria.deletes(post.maria.hears[0].message_id)
        await post.card("two")
        await post.rest(10)
        assert post.heard(post.maria) == ["two"]
        assert (await post.the_card()).message_id == post.maria.hears[0].message_id

    async def test_an_edit_whose_reply_was_lost_is_made_again_and_nothing_is_sent_twice(self, post: Post) -> None:
        await post.card("one")
        await post.rest()
        post.api.faults.loses_reply(method="editMessageText", times=3)
        await post.card("two")
        await post.rest(60)
        assert [(m.text, m.edits) for m in post.maria.hears] == [("two", 1)]
        card = await post.the_card()
        assert card.shown == card.wanted

    async def test_a_prompt_that_became_moot_is_not_sent(self, post: Post) -> None:
        post.rendered[5] = None
        await TestLostReplies()._prompt(post)
        await post.rest(60)
        assert post.heard(post.maria) == []
        assert (await post.the_card()).state == "gone"

    async def test_a_card_that_cannot_be_rendered_holds_up_nobody(self, post: Post) -> None:
        await TestLostReplies()._prompt(post)  # nothing is known of it: rendering raises KeyError
        await post.put(ANA)
        await post.rest(60)
        assert (post.heard(post.maria), post.heard(post.ana)) == ([], ["hello"])


class TestPace:
    async def test_lanes_are_strict(self, post: Post) -> None:
        everybody = [post.person(100 + n) for n in range(40)]
        for number, user in enumerate(everybody):
            await post.put(user.id, lane=(Lane.DIGEST, Lane.PROMPT, Lane.REPLY, Lane.ALERT)[number % 4])
        await post.rest()
        order = [call.chat_id for call in post.api.journal.of("sendMessage")]
        assert [3 - (chat - 100) % 4 for chat in order] == sorted(3 - (chat - 100) % 4 for chat in order)

    async def test_an_alert_in_the_middle_of_a_burst_waits_one_slot(self, post: Post) -> None:
        for number in range(120):
            await post.put(post.person(100 + number).id, "prompt", lane=Lane.PROMPT)
        while post.clock.seconds < 1:
            await post.step()
        raised = post.clock.seconds
        await post.put(ANA, "alert", lane=Lane.ALERT)
        await post.rest()
        (call,) = post.api.journal.of("sendMessage", ANA)
        assert call.pace - raised <= 2 / 30
        assert len(post.sent_at()) == 121

    async def test_no_second_carries_more_than_the_budget(self, post: Post) -> None:
        post.api.floods.limits = HARD_LIMITS
        for number in range(200):
            lane = (Lane.ALERT, Lane.REPLY, Lane.PROMPT, Lane.PROMPT)[number % 4]
            await post.put(post.person(100 + number).id, lane=lane)
        await post.rest()
        sent = post.sent_at()
        assert len(sent) == 200
        assert most_in_a_second(sent) <= 30
        assert post.api.floods.refused == 0
        assert sent[-1] <= 200 / 30 / 0.98, "at least 98 % of the budget is used"

    async def test_a_chat_gets_a_burst_and_then_one_a_second(self, post: Post) -> None:
        post.api.floods.limits = HARD_LIMITS
        for number in range(8):
            await post.put(MARIA, str(number))
        await post.rest()
        assert post.heard(post.maria) == [str(number) for number in range(8)]
        sent = post.sent_at()
        assert sent[CHAT_BURST - 1] < 0.5
        assert all(later - earlier >= 0.9 for earlier, later in itertools.pairwise(sent[CHAT_BURST - 1 :]))
        assert post.api.floods.refused == 0

    async def test_a_group_gets_no_more_than_twenty_a_minute(self, post: Post) -> None:
        post.api.floods.limits = FloodLimits()
        post.api.add_group(-100, "Family", [post.maria]).adds_bot(post.maria)
        for number in range(45):
            await post.put(-100, str(number))
        await post.rest(600)
        sent = post.sent_at()
        assert len(sent) == 45
        assert max(bisect_left(sent, moment + 60) - place for place, moment in enumerate(sent)) <= 20
        assert post.api.floods.refused == 0

    async def test_one_persons_hundred_replies_hold_up_nobody_elses(self, post: Post) -> None:
        for number in range(150):
            await post.put(MARIA, str(number))
        await post.put(ANA, "reply")
        await post.put(MARIA, "alert", lane=Lane.ALERT)
        while post.clock.seconds < 3:
            await post.step()
        (to_ana,) = post.api.journal.of("sendMessage", ANA)
        assert to_ana.pace < 1
        alert = next(c for c in post.api.journal.of("sendMessage", MARIA) if c.params["text"] == "alert")
        assert alert.pace < 1.1

    async def test_edits_do_not_spend_the_budget(self, post: Post) -> None:
        for number in range(20):
            await post.card("one", post.person(100 + number).id, subject=number)
        await post.rest()
        begun = post.clock.seconds
        for number in range(20):
            await post.card("two", 100 + number, subject=number)
        await post.rest()
        assert post.clock.seconds - begun < 0.1

    @pytest.mark.parametrize("per_second", [1, 5, 30, 1_000])
    def test_the_budget_by_itself(self, per_second: float) -> None:
        budget, now, sent = Budget(per_second), 0.0, list[float]()
        for number in range(int(per_second * 20)):
            now += budget.wait(number, False, now)
            budget.spend(number, False, now)
            sent.append(now)
            now += 0.2 if number % 50 == 49 else 0.0  # a late wake-up now and then
        assert most_in_a_second(sent) <= per_second


def most_in_a_second(sent: list[float]) -> int:
    return max(bisect_left(sent, moment + 1) - place for place, moment in enumerate(sent))


class TestTheProcess:
    async def test_what_was_claimed_and_not_sent_leaves_after_a_kill(self, post: Post) -> None:
        for number in range(10):
            await post.put(MARIA, str(number), lane=Lane.ALERT)
        await post.step()
        await post.die()
        await post.start()
        await post.rest()
        assert sorted(set(post.heard(post.maria))) == [str(number) for number in range(10)]
        assert {row.state for row in await post.rows()} == {"sent"}

    async def test_an_orderly_stop_gives_back_what_it_holds(self, post: Post) -> None:
        for number in range(10):
            await post.put(MARIA, str(number), kind="nudge" if number % 2 else "send")
        await post.step()
        await post.delivery.drain()
        assert {row.state for row in await post.rows()} == {"ready", "sent"}
        await post.die()
        await post.start()
        await post.rest()
        assert post.heard(post.maria) == [str(number) for number in range(10)], "not even a nudge is lost"

    async def test_a_commit_whose_answer_was_lost_forgets_no_claim(self, post: Post) -> None:
        """The database took the claim and the connection broke before it could say so."""
        await post.put(MARIA, "alert", lane=Lane.ALERT)
        post.store.at_commit = self._breaks_after_commit()
        with pytest.raises(ConnectionResetError):
            await post.step()
        post.store.at_commit = lambda _moment: None
        assert (await post.the_row()).state == "sending"
        await post.rest(10)
        assert post.heard(post.maria) == ["alert"]

    def _breaks_after_commit(self) -> Callable[[str], None]:
        def at_commit(moment: str) -> None:
            if moment == "after commit":
                raise ConnectionResetError

        return at_commit

    async def test_what_became_of_a_message_survives_a_failed_commit(self, post: Post) -> None:
        await post.put(MARIA, "once", lane=Lane.ALERT)
        await post.step()
        post.store.at_commit = self._breaks_after_commit()
        with pytest.raises(ConnectionResetError):
            await post.step()
        post.store.at_commit = lambda _moment: None
        await post.rest(60)
        assert post.heard(post.maria) == ["once"]
        assert (await post.the_row()).state == "sent"

    async def test_who_loses_the_lead_sends_nothing_more_and_gives_back_what_it_held(self, post: Post) -> None:
        leads = True
        post.delivery.may_send = lambda: leads
        for number in range(6):
            await post.put(MARIA, str(number))
        await post.step()
        leads = False
        await post.rest()
        assert len(post.heard(post.maria)) == 1
        leads = True  # nobody took over: the same lease goes on, under the same epoch
        await post.rest()
        assert post.heard(post.maria) == [str(number) for number in range(6)]

    async def test_a_new_leader_does_not_send_again_what_it_sent_itself(self, post: Post) -> None:
        await post.put(MARIA, "once", lane=Lane.ALERT)
        await post.step()
        await asyncio.gather(*post.delivery._busy.values())
        await post.delivery.take_over(post.epoch + 1)
        await post.rest(60)
        assert post.heard(post.maria) == ["once"]

    async def test_a_short_toast_passes_and_a_long_one_stays_until_it_is_read(self, post: Post) -> None:
        await post.put(MARIA, buttons=[[{"label": "Yes", "data": "l:x"}]])
        await post.rest()
        message = post.maria.hears[0].message_id
        stays = {}
        for words in ("Noted. Thank you.", "This is answered already. Please go on with the newest message."):
            post.delivery.answer_taps({post.maria.taps(message, "Yes"): words})
            await post.delivery.drain()
            stays[words[:5]] = post.api.journal.of("answerCallbackQuery")[-1].params["show_alert"]
        assert stays == {"Noted": "false", "This ": "true"}

    async def test_a_tap_is_answered_even_when_telegram_is_away(self, post: Post) -> None:
        await post.put(MARIA, buttons=[[{"label": "Yes", "data": "l:x"}]])
        await post.rest()
        query = post.maria.taps(post.maria.hears[0].message_id, "Yes")
        post.delivery.answer_taps({query: "Thank you " * 30, "old": None})
        await post.delivery.drain()
        assert post.api.answers[query] == ("Thank you " * 30)[:200]
        await post.server.stop()
        post.delivery.answer_taps({"another": "x"})
        await post.delivery.drain()
        await post.server.start()


def test_plain_text_of_markup() -> None:
    assert plain("<b>A &amp; B</b> 3 < 4 <a href='x'>link</a>") == "A & B 3 < 4 link"
