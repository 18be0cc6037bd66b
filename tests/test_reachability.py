"""Who cannot be reached is known to those who count on them; groups get one line and nothing else."""

from __future__ import annotations

from tests import family_cast as cast
from tests.family_cast import ANA, MARIA, RUI, ZE, feels_numb, joins, links, presses
from tests.town import Phone, Town

town, maria, ana, rui, ze = cast.town, cast.maria, cast.ana, cast.rui, cast.ze


async def test_in_a_group_one_line_and_out(town: Town, maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    await feels_numb(maria)
    maria.reads_all()
    ana.reads_all()
    group = town.api.add_group(-1001, "Family", [maria.user, ana.user])
    group.adds_bot(maria.user)
    await town.settle()
    maria.user.sends("/status", to=group.chat)
    await town.settle()
    await town.later(minutes=1)
    said = [message.text for message in group.chat.from_bot]
    assert said == ["I only work in private chats, so I am leaving this group. Tap my name to write to me."]
    assert group.chat.bot_left
    await town.later(hours=2)
    assert len(group.chat.from_bot) == 1
    maria.reads_all()
    ana.reads_all()


async def test_a_stranger_puts_the_bot_into_a_group(town: Town) -> None:
    ze = town.api.add_user(ZE, "Zé", None, "en")
    group = town.api.add_group(-1001, "Family", [ze])
    group.adds_bot(ze)
    await town.later(minutes=1)
    assert len(group.chat.from_bot) == 1
    assert group.chat.bot_left


async def test_the_operators_group_is_left_alone(sqlite_url: str) -> None:
    async with Town(sqlite_url, operators=(-1001,)) as town:
        ze = town.api.add_user(ZE, "Zé", None, "en")
        group = town.api.add_group(-1001, "Operators", [ze])
        group.adds_bot(ze)
        await town.later(seconds=10)
        assert group.chat.from_bot == []
        assert not group.chat.bot_left


async def test_a_caregiver_blocks_and_comes_back(town: Town, maria: Phone, ana: Phone, rui: Phone) -> None:
    await joins(maria, ana)
    await joins(maria, rui)
    rui.user.blocks()
    await town.settle()
    lost = maria.hears("I cannot reach Rui (@rui) any more")
    assert "nobody else" not in lost.text
    ana.user.blocks()
    await town.settle()
    maria.hears("I cannot reach Ana (@ana) any more", "nobody else is told")
    await maria.sends("/caregivers")
    maria.hears("Rui (@rui): ⚠️ I cannot reach them since Tuesday")
    maria.reads_all()
    assert town.app is not None
    async with town.app.store.begin() as tx:  # a message that was under way comes back undelivered
        person = await tx.people.by_chat(MARIA)
        assert person is not None
        tx.outbox.put(ANA, person, "send", {"text": "late"}, 1, town.clock.now())
    await town.later(seconds=2)
    maria.hears_nothing()
    ana.user.unblocks()
    rui.user.unblocks()
    await town.settle()
    maria.hears("I can reach Ana (@ana) again")
    maria.hears("I can reach Rui (@rui) again")
    maria.reads_all()
    ana.user.unblocks()
    await town.settle()
    maria.hears_nothing()


async def test_an_alert_that_cannot_be_handed_over_goes_to_the_next_at_once(
    town: Town, maria: Phone, ana: Phone, rui: Phone
) -> None:
    await joins(maria, ana)
    await joins(maria, rui)
    await maria.sends("/caregivers")
    await presses(maria, f"{(await links(town))[RUI].id}.second")
    maria.reads_all()
    ana.user.deactivates()  # Telegram tells nobody: it is found out by the alert itself
    await feels_numb(maria)
    rui.hears("Maria", loud=True)
    told = [text for text in maria.reads_all() if "cannot reach Ana (@ana)" in text]
    assert len(told) == 1, "told who cannot be reached, once"
    assert (await links(town))[ANA].unreachable_at is not None
    await town.later(minutes=20)
    assert not [text for text in maria.reads_all() if "cannot reach Ana (@ana)" in text]
    rui.reads_all()


async def test_a_patient_blocks_and_comes_back(town: Town, maria: Phone, ana: Phone) -> None:
    await joins(maria, ana)
    due = await _next_checkin(town)
    assert due is not None
    maria.user.blocks()
    await town.settle()
    assert await _next_checkin(town) is None
    ana.hears("Maria has closed the chat", "not an alert", loud=False)
    await town.later(minutes=90)
    ana.hears_nothing()
    maria.user.unblocks()
    await town.settle()
    assert await _next_checkin(town) is not None
    ana.hears("Maria has opened the chat", loud=False)
    maria.reads_all()


async def _next_checkin(town: Town) -> object:
    assert town.app is not None
    async with town.app.store.read() as tx:
        person = await tx.people.by_chat(MARIA)
        assert person is not None
        return await tx.moments.of("checkin", person.id)


async def test_a_stranger_blocks_and_nobody_hears(town: Town, maria: Phone, ze: Phone) -> None:
    await ze.sends("/start")
    ze.reads_all()
    ze.user.blocks()
    await town.settle()
    ze.user.unblocks()
    await town.settle()
    maria.hears_nothing()
