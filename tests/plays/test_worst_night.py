"""The worst night: an emergency at three, one caregiver has blocked the bot, the other sleeps, the process dies twice
and Telegram asks to wait. The group answers. Every message that anybody got stands here, in order, and there is no
other."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.care_group import a_linked_group
from tests.household import RUI, ZE, Household, move_in, presses
from tests.town import Town, a_town, plain

THREE = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)  # in Lisbon, too

# In the order of time; what came at the same moment stands in the order of names and words.
NIGHT = [
    ("03:00:00", "Family", "🚨 EMERGENCY: Maria"),
    ("03:00:00", "Maria", "2 of 3 Is any of this so now?"),
    ("03:00:00", "Maria", "🚨 EMERGENCY. Call 112 now."),
    ("03:00:15", "Rui", "🚨 EMERGENCY: Maria"),
    ("03:10:00", "Family", "🚨 EMERGENCY: Maria"),
    ("03:10:00", "Maria", "Did you reach 112?"),
    ("03:10:00", "Rui", "🚨 EMERGENCY: Maria"),
    ("03:20:00", "Family", "🚨 EMERGENCY: Maria"),
    ("03:20:00", "Family", "🚨 Maria does not answer me after an emergency."),
    ("03:20:00", "Rui", "🚨 EMERGENCY: Maria"),
    ("03:20:00", "Rui", "🚨 Maria does not answer me after an emergency."),
    ("03:21:00", "Family", "Zé is with Maria (3:21 AM)."),
    ("03:21:00", "Maria", "Zé (Family) told me that they are with you (3:21 AM)."),
    ("03:21:00", "Rui", "Zé (Family) is with Maria (3:21 AM)."),
    ("03:24:00", "Family", "An ambulance is coming for Maria (3:24 AM)."),
    ("03:24:00", "Maria", "Good. Unlock your door if you can."),
    ("03:24:00", "Rui", "An ambulance is coming for Maria (3:24 AM)."),
    ("05:24:00", "Family", "Is Maria being looked after now?"),
    ("05:30:00", "Family", "Maria is in hospital (5:30 AM). Check-ins pause until they are back."),
    ("05:30:00", "Maria", "I hope you are in good hands."),
    ("05:30:00", "Rui", "Maria is in hospital (5:30 AM). Check-ins pause until they are back."),
]


async def test_the_worst_night(database_url: str) -> None:
    async with a_town(database_url, start=THREE) as town:
        town.restarts = False
        home = await move_in(town)
        ze = town.person(ZE, "Zé")
        family = await a_linked_group(town, ze, home.rui)
        await _ana_is_gone_and_rui_sleeps(home)
        await home.maria.sends("/checkin")
        await presses(home.maria, ":pain:0", ":bone_signs:+numbness", ":bone_signs:+bladder")
        heard_before = len(town.api.journal)
        town.api.faults.floods(retry_after=7, method="sendMessage", chat_id=RUI, times=2)
        await _dies_in(town, 3, presses(home.maria, ":bone_signs:done"))
        await _dies_in(town, 3, town.later(minutes=11))
        await town.later(minutes=10)
        await family.somebody_taps(ze, "I'm with them")
        await town.later(minutes=3)
        await presses(home.maria, ":ambulance")
        await town.later(minutes=126)
        await presses(home.maria, ":in_hospital")
        await town.later(hours=20)
        assert _heard(town, heard_before) == NIGHT
        alert = await home.alert()
        assert (alert.state, alert.closed_why) == ("closed", "in_hospital")
        home.all_read()
        family.reads_all()


async def _ana_is_gone_and_rui_sleeps(home: Household) -> None:
    home.ana.user.blocks()
    await home.town.settle()
    assert home.town.app is not None
    async with home.town.app.store.begin() as tx:
        rui = await tx.people.by_chat(RUI)
        assert rui is not None
        rui.sleeps_from, rui.sleeps_to = "23:00", "07:00"


async def _dies_in(town: Town, commits: int, deed: object) -> None:
    """The process dies at this commit of what is done, and is started again."""
    town.before_commit = commits
    await deed  # type: ignore[misc]
    assert town.before_commit is None, "the process should have died by now"


def _heard(town: Town, since: int) -> list[tuple[str, str, str]]:
    """When, who and how it begins, of every message that arrived; begins as long as the line of the play."""
    arrived = [call for call in list(town.api.journal)[since:] if call.method == "sendmessage" and call.took_effect]
    names = {chat: phone.name for chat, phone in town.phones.items()}
    shown = sorted((f"{call.at:%H:%M:%S}", names[call.chat_id], _words(call.params["text"])) for call in arrived)
    cut = [len(words) for _, _, words in NIGHT] + [60] * len(shown)
    return [(at, who, words[:most]) for (at, who, words), most in zip(shown, cut, strict=False)]


def _words(text: str) -> str:
    return plain(text.replace("<b>", "").replace("</b>", ""))
