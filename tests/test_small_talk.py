"""What we cannot read gets one kind line with what to do; cards to read name the article and its section."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.actions import settings_press
from bot.actions.learn import TOPICS
from bot.actions.safety import SAFETY_SETTINGS
from bot.domain.incoming import Location, Media, SharedContact
from bot.domain.onboarding import BUTTONS, WHERE
from tests.stage import WORLD, Actor, Stage


@pytest.fixture
async def stage(sqlite_url: str) -> AsyncIterator[Stage]:
    opened = Stage.on(sqlite_url)
    yield opened
    await opened.store.close()


@pytest.fixture
def ze(stage: Stage) -> Actor:
    return stage.actor(9, "Zé")


@pytest.mark.parametrize(
    "kind", ["sticker", "voice", "photo", "document", "video", "video_note", "audio", "animation", "poll", "dice"]
)
async def test_what_cannot_be_read_gets_one_line(ze: Actor, kind: str) -> None:
    await ze.does(Media(kind))
    assert len(ze.said) == 1
    assert "In an emergency, call 112" in ze.texts
    assert "\n" not in ze.said[0].body["text"]


async def test_forty_stickers_get_one_answer(stage: Stage, ze: Actor) -> None:
    heard = [len(await ze.does(Media("sticker"))) for _ in range(40)]
    assert sum(heard) == 1
    stage.clock.forward(minutes=1)
    assert len(await ze.does(Media("sticker"))) == 1


async def test_words_under_a_picture_are_read(ze: Actor) -> None:
    await ze.does(Media("photo", "look at my garden"))
    assert "cannot look at pictures" not in ze.texts
    assert ze.said


async def test_a_location_out_of_place_is_not_kept(ze: Actor) -> None:
    await ze.does(Location(38.7, -9.1))
    assert "did not keep it" in ze.texts
    assert (await ze.person()).zone is None


async def test_a_contact_answers_the_question_about_a_phone(stage: Stage) -> None:
    maria = stage.actor(1, "Maria")
    await maria.welcomed()
    await maria.is_well()
    await maria.taps("Skip")
    await maria.does(SharedContact("351211234567"))
    assert "+351 21 123 4567" in maria.texts


@pytest.mark.parametrize("topic", TOPICS)
async def test_each_card_names_the_article_and_an_emergency_number(ze: Actor, topic: str) -> None:
    await ze.forges("l:topics")
    first = ze.card("learn")
    await ze.taps(f"l:{topic}")
    card = ze.card("learn")
    assert card.message_id == first.message_id
    assert "Everyday Health" in card.text
    assert "112" in card.text
    assert f"l:{topic}" not in str(card.body["buttons"])


async def test_an_unknown_topic_changes_nothing(ze: Actor) -> None:
    await ze.forges("l:astrology")
    assert ze.toast
    assert ze.said == []


def test_every_text_that_is_asked_for_exists() -> None:
    """Keys written out in the code; those put together from parts are met by the plays."""
    keys = WORLD.texts.keys()
    folder = Path(__file__).resolve().parent.parent / "bot/actions"
    asked = {
        (path.name, key)
        for path in folder.glob("*.py")
        for key in re.findall(r"\.(?:html|label|button|tell)\(\s*\"([a-z_.]+)\"", path.read_text("utf-8"))
    }
    assert {(name, key) for name, key in asked if key not in keys} == set()


def test_the_docs_list_every_button() -> None:
    docs = (Path(__file__).resolve().parent.parent / "docs/callbacks.md").read_text("utf-8")
    settings = {*settings_press.PATIENTS, *settings_press.ANYBODY, *WHERE} - {*SAFETY_SETTINGS}
    assert {setting for setting in settings if f"s:{setting}:" not in docs} == set()
    steps = {button for buttons in BUTTONS.values() for button in buttons}
    assert {step for step in steps if f"o:{step}:" not in docs} == set()
    assert {topic for topic in TOPICS if f"`l:{topic}`" not in docs} == set()
