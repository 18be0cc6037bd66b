"""What an alert shows on one tap: its timeline, and words to read out on the phone."""

from __future__ import annotations

from datetime import datetime

from bot.actions.alert_words import signs
from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.store.tables import Alert, Person
from bot.texts import Html

SHOWS = ("details", "say")


async def show(visit: Visit, alert: Alert, patient: Person, what: str) -> str | None:
    """Show the timeline, or the script for the call, to whoever may see the alert."""
    voice = visit.voice_to(visit.person, about=patient)
    if what == "say":
        voice.say(voice.message(_script(voice, alert, patient)))
    else:
        voice.say(voice.message(*await _timeline(voice, alert, patient)))
    return None


def _script(voice: Voice, alert: Alert, patient: Person) -> Html:
    """Two sentences in the first person: the diagnosis, what began when, what is feared."""
    detail = voice.tx.alerts.detail(patient, alert)
    fears = [voice.html(f"say.fear.{finding['pattern']}") for finding in detail["findings"]]
    began = datetime.fromisoformat(detail["since"])
    return voice.html(
        "say.script" if voice.person.id == patient.id else "say.script_for",
        name=name_of(voice.tx, patient),
        signs=signs(voice, detail),
        time=voice.clock(began),
        day=voice.weekday(began.date()),
        fear=voice.world.texts.listed(voice.language, fears) if fears else voice.html("say.fear.unsure"),
    )


async def _timeline(voice: Voice, alert: Alert, patient: Person) -> list[Html]:
    lines = []
    for event in await voice.tx.alerts.timeline(alert.id):
        key = f"timeline.{event.kind}"
        if voice.world.texts.has("en", key):
            by = await voice.tx.people.get(event.person_id) if event.person_id else patient
            lines.append(voice.html(key, time=voice.clock(event.at), name=name_of(voice.tx, by)))
    detail = voice.tx.alerts.detail(patient, alert)
    rules = ", ".join(rule for finding in detail["findings"] for rule in finding["rules"])
    head = voice.html("timeline.head", name=name_of(voice.tx, patient), rules=rules, version=alert.protocol_version)
    sent = [
        voice.html("timeline.sent", time=voice.clock(row.sent_at))
        for row in await voice.tx.outbox.of_alert(alert.id)
        if row.sent_at is not None and row.chat_id != patient.chat_id
    ]
    return [head, Html("\n".join(str(line) for line in [*lines, *sent[:1]]))]
