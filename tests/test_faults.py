"""What can go wrong around the bot and belongs to no one part of it: the disk, the lock, the database, the clock.

docs/operations.md has the whole list, and which test shows each.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from bot.chat.transport import call
from bot.loops.pulse import LONGEST_PAUSE
from bot.store.queues import InboxRow
from bot.store.tables import Checkin
from bot.web.botapi.phones import TelegramUser
from tests.chaos.gate import Gate
from tests.plays.cast import at_home, begin, is_well, presses
from tests.running import Running, an_api, eventually, running, some_settings
from tests.town import Town, a_town

A_LOT = "numb " * 700
PEOPLE = 20


async def says(bot: Running, pragma: str) -> None:
    """Change the connection that the bot writes with."""
    async with bot.app.store.begin() as tx:
        await tx.session.execute(text(f"PRAGMA {pragma}"))


async def kept(bot: Running) -> int:
    async with bot.app.store.read() as tx:
        return len(list(await tx.session.scalars(select(InboxRow.update_id).where(InboxRow.state == "done"))))


async def waits_and_loses_nothing(bot: Running, people: list[TelegramUser], mend: Callable[[], Any]) -> None:
    """The database takes nothing: nobody's update is confirmed, the bot lives on; afterwards everybody is answered."""
    told = 0
    while (await bot.get("/readyz"))[1]["loops"]["intake"] != "waiting":
        people[told % len(people)].sends(A_LOT)
        told += 1
        assert told < 500, "it goes on as if nothing were wrong"
        await asyncio.sleep(0.02)
    for user in people:
        user.sends("/start")
    assert (await bot.get("/healthz"))[0] == 200
    assert len(people[0].api.updates.waiting) >= len(people), "confirmed, and kept nowhere"
    await mend()
    await eventually(lambda: all(user.hears for user in people), 15)
    await bot.ready()

    async def all_kept() -> bool:
        return await kept(bot) == told + len(people)

    await eventually(all_kept, 15)


async def test_a_full_disk_is_waited_out_and_nothing_is_lost(sqlite_url: str) -> None:
    async with an_api() as server:
        people = [server.api.add_user(number, "Somebody") for number in range(1, PEOPLE + 1)]
        with capture_logs() as logs:
            async with running(some_settings(sqlite_url), server.url) as bot:
                await bot.ready()
                await says(bot, "max_page_count = 1")  # as many as there are: the file cannot grow any more

                async def room_again() -> None:
                    await says(bot, "max_page_count = 1000000")

                await waits_and_loses_nothing(bot, people, room_again)
    assert [entry["event"] for entry in logs if entry["event"].startswith("database.")] == [
        "database.away",
        "database.back",
    ]
    assert "update.failed" not in {entry["event"] for entry in logs}, "no update is to blame for a full disk"


async def test_a_database_that_another_process_has_locked_is_waited_out(sqlite_url: str) -> None:
    async with an_api() as server:
        people = [server.api.add_user(number, "Somebody") for number in range(1, PEOPLE + 1)]
        async with running(some_settings(sqlite_url), server.url) as bot:
            await bot.ready()
            await says(bot, "busy_timeout = 50")
            other = sqlite3.connect(str(make_url(sqlite_url).database), isolation_level=None, check_same_thread=False)
            other.execute("BEGIN IMMEDIATE")

            async def lets_go() -> None:
                other.execute("ROLLBACK")
                other.close()

            await waits_and_loses_nothing(bot, people, lets_go)


@pytest.mark.postgres
async def test_a_database_that_is_away_for_a_minute_costs_a_minute_and_nothing_else(postgres_url: str) -> None:
    """A warning is sent in the first second of it; everybody hears of it when the minute is over."""
    async with Gate(postgres_url) as gate, a_town(gate.url) as town:
        town.restarts = False
        cast = await at_home(town)
        await town.later(hours=1, minutes=1)
        await presses(cast.maria, ":pain:0", ":bone_signs:+numbness")
        gate.cut()
        await presses_without_answer(town, cast.maria.user, ":bone_signs:done")
        for _ in range(0, 60, int(LONGEST_PAUSE)):
            town._jump(town.clock.moment + timedelta(seconds=LONGEST_PAUSE))
            await everything_fails(town)
        assert town.api.updates.waiting, "confirmed, and kept nowhere"
        gate.mend()
        await town.settle()
        for caregiver in (cast.ana, cast.rui):
            assert any("Maria" in text for text in caregiver.reads_all())
        cast.maria.reads_all()
        assert not town.api.updates.waiting


async def presses_without_answer(town: Town, user: TelegramUser, ending: str) -> None:
    message = user.hears[-1]
    data = [b.get("callback_data", "") for row in message.buttons for b in row]
    user.taps(message.message_id, next(d for d in data if d.endswith(ending)))


async def everything_fails(town: Town) -> None:
    """Each loop tries, and says that it is the database."""
    app = town.app
    assert app is not None
    rounds: list[Callable[[], Any]] = [app._lead, lambda: app.intake.once(0), app.worker.round, app.tick.round]
    for once in rounds:
        with pytest.raises(Exception) as failed:  # noqa: PT011 - which one it is, the next line asks
            await once()
        assert await app.store.is_away(failed.value)
    assert not app.leadership.leads
    await app.delivery.once()  # it may send nothing now, and does not ask


async def test_a_clock_that_jumps_asks_nobody_twice(sqlite_url: str) -> None:
    """Forward over the hour and back before it, and the other way round: one check-in for each local date."""
    async with a_town(sqlite_url) as town:
        town.restarts = False
        cast = await at_home(town)
        await town.later(hours=1, minutes=1)
        await is_well(cast.maria)
        cast.maria.reads_all()
        for hours in (-3, 2, -1, 1.5):
            town.clock.moment += timedelta(hours=hours)
            await town.settle()
            await town.later(minutes=40)
        cast.maria.hears_nothing()
        await town.later(hours=24)
        cast.maria.hears("worst pain")
        cast.maria.reads_all()
        async with begin(town) as tx:
            days = list(await tx.session.scalars(select(Checkin.local_day)))
        assert len(days) == len(set(days)) == 2


async def test_what_waited_during_an_outage_is_worked_on_together_as_if_one_by_one(sqlite_url: str) -> None:
    """The last answer, and a new check-in asked for twice: the finished one is not opened again."""
    async with a_town(sqlite_url) as town:
        cast = await at_home(town)
        await town.later(hours=1, minutes=1)
        maria = cast.maria
        await presses(maria, ":pain:0", ":bone_signs:done")
        await presses_without_answer(town, maria.user, ":calcium_signs:done")
        maria.user.sends("/checkin")
        maria.user.sends("/checkin")
        await town.settle()
        assert "1 of 3" in maria.last.text
        async with begin(town) as tx:
            states = list(await tx.session.scalars(select(Checkin.state).order_by(Checkin.id)))
        assert states == ["done", "open"]
        await is_well(maria)
        maria.reads_all()


@pytest.mark.parametrize("late", ["copy", "edit"])
async def test_a_question_that_comes_back_late_leads_on_when_it_is_tapped(sqlite_url: str, late: str) -> None:
    """Sent by a copy that was frozen or killed: below the message that we know, or over what it showed since."""
    async with a_town(sqlite_url) as town:
        cast = await at_home(town)
        await town.later(hours=1, minutes=1)
        maria, asked = cast.maria, cast.maria.last
        question = {"text": asked.text, "reply_markup": {"inline_keyboard": asked.buttons}}
        question = json.loads(json.dumps(question))
        await presses(maria, ":pain:0")
        assert town.app is not None
        if late == "copy":
            await call(town.app.bot, "sendMessage", chat_id=maria.user.id, **question)
        else:
            await call(town.app.bot, "editMessageText", chat_id=maria.user.id, message_id=asked.message_id, **question)
        assert "1 of 3" in maria.last.text
        await presses(maria, ":pain:0")
        assert "2 of 3" in maria.last.text
        await presses(maria, ":bone_signs:done", ":calcium_signs:done")
        assert "Saved" in maria.last.text
        maria.reads_all()


@pytest.mark.parametrize("restarts", [False, True])
async def test_who_was_asked_for_days_to_come_is_asked_again_when_they_come(sqlite_url: str, restarts: bool) -> None:
    """The clock was three days ahead for an hour; whether it is set back while we run or while nobody does."""
    async with a_town(sqlite_url) as town:
        town.restarts = False
        cast = await at_home(town)
        await town.later(hours=1, minutes=1)
        await is_well(cast.maria)
        town.clock.moment += timedelta(days=3)
        await town.later(hours=1)
        await is_well(cast.maria)
        async with begin(town) as tx:
            await tx.installation.seen_alive(town.clock.now())
        cast.maria.reads_all()
        town.clock.moment -= timedelta(days=3)
        if restarts:
            await town.restart()
        for _ in range(4):
            await town.later(hours=23)
            cast.maria.hears("worst pain")
            await is_well(cast.maria)
            cast.maria.reads_all()
            await town.later(hours=1)
            cast.maria.hears_nothing()


async def test_the_steps_of_an_alert_do_not_wait_for_a_clock_that_was_set_back(database_url: str) -> None:
    async with a_town(database_url) as town:
        town.restarts = False
        cast = await at_home(town)
        town.clock.moment += timedelta(days=2)
        await cast.maria.sends("/checkin")
        await presses(cast.maria, ":pain:0", ":bone_signs:+numbness", ":bone_signs:+bladder", ":bone_signs:done")
        for phone in (cast.maria, cast.ana, cast.rui):
            phone.reads_all()
        town.clock.moment -= timedelta(days=2)
        await town.later(minutes=11)
        assert cast.ana.reads_all(), "nobody has answered for ten minutes: they are called again"
        assert cast.rui.reads_all()
        cast.maria.reads_all()
        await town.later(minutes=50)
        cast.maria.hears("worst pain")  # nine o'clock of the day that it really is
        for phone in (cast.maria, cast.ana, cast.rui):
            phone.reads_all()
