"""Whatever Telegram sends is read without a word of complaint, and a sender is found without reading."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.incoming import ALLOWED_UPDATES, OWN, UNREADABLE, read_update, sender_of
from bot.chat.transport import POLL_SECONDS
from bot.domain.incoming import (
    Command,
    Content,
    Edited,
    GroupSeen,
    Incoming,
    InGroup,
    Location,
    Media,
    Member,
    Membership,
    Sender,
    SharedContact,
    Tap,
    Text,
    Undeliverable,
)
from bot.domain.press import CheckinPress

Json = dict[str, Any]
MARIA: Json = {"id": 1, "is_bot": False, "first_name": "Maria", "last_name": "P", "username": "maria_p",
               "language_code": "pt-BR"}  # fmt: skip
CHAT: Json = {"id": 1, "type": "private", "first_name": "Maria"}
GROUP: Json = {"id": -100, "type": "supergroup", "title": "Family"}
BOT: Json = {"id": 9, "is_bot": True, "first_name": "BoneWatch"}
ZE_IN_JSON: Json = {"id": 4, "is_bot": False, "first_name": "Zé"}
ZE = Member(4, "Zé")
NAMELESS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
FILE: Json = {"file_id": "f", "file_unique_id": "u"}


def message(chat: Json = CHAT, sender: Json | None = MARIA, **content: Any) -> Json:
    return {"message_id": 5, "date": 1_772_500_000, "chat": chat, **({"from": sender} if sender else {}), **content}


def update(kind: str, inner: Json) -> Json:
    return {"update_id": 77, kind: inner}


def member(status: str, chat: Json = CHAT) -> Json:
    more: Json = {"until_date": 0} if status == "kicked" else {}
    if status == "administrator":
        more = dict.fromkeys(
            ("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
             "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users",
             "can_post_stories", "can_edit_stories", "can_delete_stories"), False)  # fmt: skip
    new = {"user": BOT, "status": status, **more}
    return {"chat": chat, "from": MARIA, "date": 1, "old_chat_member": {"user": BOT, "status": "member"},
            "new_chat_member": new}  # fmt: skip


def moved(before: str, after: str) -> Json:
    """Somebody's part in a group changes."""
    return {"chat": GROUP, "from": MARIA, "date": 1, "old_chat_member": {"user": ZE_IN_JSON, "status": before},
            "new_chat_member": {"user": ZE_IN_JSON, "status": after}}  # fmt: skip


def tap(data: str | None, **more: Any) -> Json:
    return {"id": "q", "from": MARIA, "chat_instance": "x", "message": message(sender=BOT), "data": data, **more}


SIZE = {**FILE, "width": 1, "height": 1}
KINDS: list[tuple[str, Json, Content | None]] = [
    ("a text", update("message", message(text="my back hurts")), Text("my back hurts")),
    ("an empty text", update("message", message(text="")), Text("")),
    ("a command", update("message", message(text="/start abc_DEF-1")), Command("start", "abc_DEF-1")),
    ("a command to us by name", update("message", message(text="/HELP@bonewatch_bot  me ")), Command("help", "me")),
    ("a slash that is no command", update("message", message(text="/ 2")), Text("/ 2")),
    ("a number with a slash", update("message", message(text="/7")), Text("/7")),
    ("a place", update("message", message(location={"longitude": -9.1, "latitude": 38.7})), Location(38.7, -9.1)),
    ("a venue", update("message", message(location={"longitude": 1.0, "latitude": 2.0}, venue={
        "location": {"longitude": 1.0, "latitude": 2.0}, "title": "x", "address": "y"})), Location(2.0, 1.0)),
    ("a contact", update("message", message(contact={"phone_number": "+351", "first_name": "T"})),
     SharedContact("+351")),
    ("a sticker", update("message", message(sticker={**SIZE, "type": "regular", "is_animated": False,
                                                     "is_video": False})), Media("sticker")),
    ("a voice", update("message", message(voice={**FILE, "duration": 1})), Media("voice")),
    ("a photo with words", update("message", message(photo=[SIZE], caption="my leg")), Media("photo", "my leg")),
    ("a document", update("message", message(document=FILE)), Media("document")),
    ("a gif", update("message", message(animation={**SIZE, "duration": 1}, document=FILE)), Media("document")),
    ("a round video", update("message", message(video_note={**FILE, "length": 1, "duration": 1})),
     Media("video_note")),
    ("a dice", update("message", message(dice={"emoji": "🎲", "value": 3})), Media("dice")),
    ("a story", update("message", message(story={"chat": CHAT, "id": 1})), Media("other")),
    ("something of a later Telegram", update("message", message(hologram={"depth": 3})), Media("other")),
    ("a message that was changed", update("edited_message", message(text="no, left", edit_date=2)), Edited("no, left")),
    ("a place that moves", update("edited_message", message(location={"longitude": 1.0, "latitude": 2.0})),
     Edited("")),
    ("something pinned", update("message", message(pinned_message=message(sender=BOT, text="x"))), None),
    ("a timer", update("message", message(message_auto_delete_timer_changed={"message_auto_delete_time": 5})), None),
    ("a bot's message", update("message", message(sender=BOT, text="hello")), None),
    ("nobody's message", update("message", message(sender=None, text="hello")), None),
    ("a tap", update("callback_query", tap("c:7:pain:3")), Tap(CheckinPress(7, "pain", "3"), 5, "q")),
    ("a forged tap", update("callback_query", tap("rm -rf")), Tap(None, 5, "q")),
    ("a tap on an old message", update("callback_query", tap("c:7:pain:3", message={
        "message_id": 5, "chat": CHAT, "date": 0})), Tap(CheckinPress(7, "pain", "3"), 5, "q")),
    ("a tap on no message", update("callback_query", {k: v for k, v in tap("l:x").items() if k != "message"} | {
        "inline_message_id": "i", "data": "nothing"}), Tap(None, None, "q")),
    ("a tap without data", update("callback_query", {"id": "q", "from": MARIA, "chat_instance": "x",
                                                     "game_short_name": "g"}), Tap(None, None, "q")),
    ("a tap in a group", update("callback_query", tap("c:7:pain:3", message=message(GROUP, BOT))),
     InGroup(-100, "Family", query_id="q", press=CheckinPress(7, "pain", "3"))),
    ("a block", update("my_chat_member", member("kicked")), Membership(reachable=False)),
    ("an unblock", update("my_chat_member", member("member")), Membership(reachable=True)),
    ("added to a group", update("my_chat_member", member("member", GROUP)), InGroup(-100, "Family", added=True)),
    ("made an admin", update("my_chat_member", member("administrator", GROUP)),
     InGroup(-100, "Family", added=True)),
    ("put out of a group", update("my_chat_member", member("kicked", GROUP)), InGroup(-100, "Family", left=True)),
    ("somebody joined", update("chat_member", moved("left", "member")), InGroup(-100, "Family", came=(ZE,))),
    ("somebody left", update("chat_member", moved("member", "left")), InGroup(-100, "Family", went=(ZE,))),
    ("somebody leads now", update("chat_member", moved("member", "administrator")), None),
    ("a word in a group", update("message", message(GROUP, text="I am worried")),
     InGroup(-100, "Family", written=True)),
    ("a command in a group", update("message", message(GROUP, text="/start@bonewatch_bot abc")),
     InGroup(-100, "Family", written=True, command=Command("start", "abc"))),
    ("a command of a nameless admin", update("message", message(GROUP, NAMELESS, text="/start abc", sender_chat=GROUP)),
     InGroup(-100, "Family", written=True, command=Command("start", "abc"), by_admin=True)),
    ("a command in a channel's name", update("message", message(GROUP, NAMELESS, text="/start abc",
                                                                sender_chat={"id": -7, "type": "channel"})), None),
    ("a word changed in a group", update("edited_message", message(GROUP, text="I am worried")), None),
    ("new members", update("message", message(GROUP, new_chat_members=[BOT, ZE_IN_JSON])),
     InGroup(-100, "Family", came=(ZE,))),
    ("one member less", update("message", message(GROUP, left_chat_member=ZE_IN_JSON)),
     InGroup(-100, "Family", went=(ZE,))),
    ("a group that moved", update("message", message(GROUP, migrate_to_chat_id=-1005)),
     InGroup(-100, "Family", moved_to=-1005)),
    ("where it moved to", update("message", message({**GROUP, "id": -1005}, migrate_from_chat_id=-100)),
     InGroup(-100, "Family", moved_to=-1005)),
    ("a group moved by an anonymous admin", update("message", message(GROUP, BOT, migrate_to_chat_id=-1005)),
     InGroup(-100, "Family", moved_to=-1005)),
    ("a channel's word in a group", update("message", message(GROUP, None, text="x", sender_chat=GROUP)),
     InGroup(-100, "Family", written=True, by_admin=True)),
    ("who leads a group", {"update_id": -5, "bonewatch": {"chat_id": -100, "alert": None, "moved_to": None, "seen": {
        "title": "Family", "invitation": 8, "by": 4, "name": "Zé", "by_admin": False, "language": "en",
        "admins": [1, 4], "people": 3}}},
     GroupSeen(-100, "Family", 8, ZE, by_admin=False, language="en", admins=(1, 4), people=3)),
    ("our own note", {"update_id": -4, "bonewatch": {"chat_id": 3, "alert": 7, "moved_to": None}},
     Undeliverable(3, 7)),
    ("an update of a kind we did not ask for", update("poll_answer", {"poll_id": "1", "option_ids": []}), None),
    ("an update of a later Telegram", update("brain_wave", {"from": MARIA}), None),
    ("an update of nothing", {"update_id": 77}, None),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "content"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
def test_every_kind_is_read(raw: Json, content: Content | None) -> None:
    found = read_update(raw)
    assert (found.content if found else None) == content
    assert found is None or isinstance(found, Incoming)
    assert json.loads(json.dumps(raw)) == raw, "reading changes nothing"


def test_who_sent_it_is_read_the_same_from_a_message_and_a_tap() -> None:
    sender = Sender(1, "Maria P", "maria_p", "pt-BR")
    for raw in (update("message", message(text="x")), update("callback_query", tap("l:x"))):
        found = read_update(raw)
        assert found is not None
        assert found.sender == sender
    assert sender.handle == "Maria P (@maria_p)"


@pytest.mark.parametrize(("raw", "content"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
def test_the_order_kept_is_the_senders(raw: Json, content: Content | None) -> None:
    """Whoever is read as the sender is also whose order the update keeps."""
    found = read_update(raw)
    if found is not None and found.sender.chat_id:
        assert sender_of(raw) == found.sender.chat_id


@pytest.mark.parametrize(
    "raw", [{}, {"update_id": 1}, {"message": {}}, {"message": {"from": None, "chat": None}},
            {"callback_query": {"from": {}}}, {"poll": {"id": "1"}}]
)  # fmt: skip
def test_a_sender_that_cannot_be_found_is_nobody(raw: Json) -> None:
    assert sender_of(raw) == 0


@pytest.mark.parametrize("raw", [{"message": None}, {"message": []}, {"message": {"from": {"id": "x"}}}, {OWN: {}}])
def test_what_is_no_update_is_said_with_an_error_that_callers_know(raw: Json) -> None:
    with pytest.raises(UNREADABLE):
        sender_of(raw)


# ----------------------------------------------------------------------------------- and whatever stands in it

NAMES = st.text(min_size=1, max_size=20)
IDS = st.integers(1, 2**52)
USERS = st.fixed_dictionaries(
    {"id": IDS, "is_bot": st.booleans(), "first_name": NAMES},
    optional={"last_name": NAMES, "username": NAMES, "language_code": st.sampled_from(["en", "pt-BR", "zh-hans", ""])},
)
CHATS = st.one_of(
    st.fixed_dictionaries({"id": IDS, "type": st.just("private"), "first_name": NAMES}),
    st.fixed_dictionaries(
        {"id": IDS.map(lambda n: -n), "type": st.sampled_from(["group", "supergroup", "channel"]), "title": NAMES}
    ),
)
CONTENTS = [{key: value for key, value in raw["message"].items() if key not in ("chat", "from")}
            for _, raw, _ in KINDS if "message" in raw]  # fmt: skip


@st.composite
def updates(draw: st.DrawFn) -> Json:
    kind = draw(st.sampled_from([*ALLOWED_UPDATES, "message"]))
    user, chat = draw(USERS), draw(CHATS)
    if kind in ("message", "edited_message"):
        inner = {**draw(st.sampled_from(CONTENTS)), "chat": chat, "from": user}
        if draw(st.booleans()):
            inner["text"] = draw(st.text(max_size=60) | st.from_regex(r"/[a-zA-Z@_ ]{0,20}", fullmatch=True))
    elif kind == "callback_query":
        inner = tap(draw(st.text(max_size=64)), message=message(chat, BOT)) | {"from": user}
    else:
        status = draw(st.sampled_from(["member", "left", "kicked"]))
        inner = {**member(status, chat), "from": user}
    return {"update_id": draw(st.integers(0, 2**31)), kind: inner}


@given(updates())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_update_is_read(raw: Json) -> None:
    found = read_update(raw)
    sender = sender_of(raw)
    if found is not None:
        assert found.update_id == raw["update_id"]
        assert isinstance(found.content, InGroup) or sender == found.sender.chat_id


def test_a_sender_is_found_in_a_handful_of_steps() -> None:
    """Intake looks at thousands a second; measured in steps, because seconds depend on the machine."""
    assert calls_of(lambda: sender_of(KINDS[0][1])) < 20


def test_a_long_quoted_thread_costs_nothing() -> None:
    plain, thread = message(text="x"), message(text="x")
    for _ in range(50):
        thread = message(text="x", reply_to_message=thread)
    steps = [calls_of(lambda raw=raw: read_update(update("message", raw))) for raw in (plain, thread)]  # type: ignore[misc]
    assert steps[0] == steps[1]


def calls_of(work: Callable[[], object]) -> int:
    count = 0

    def seen(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_a_poll_is_as_long_as_telegram_holds_it() -> None:
    assert 0 < POLL_SECONDS <= 50
