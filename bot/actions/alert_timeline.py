"""What an alert shows on one tap: its timeline, and words to read out on the phone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.actions.alert_words import signs
from bot.actions.relations import name_of
from bot.actions.visit import Visit
from bot.actions.voice import Voice
from bot.store.tables import Alert, AlertEvent, Person
from bot.store.watch import made_at
from bot.texts import Html, clean

SHOWS = ("details", "say")
# Taps: the first of a person shows that they have seen it.
TAPS = (
    "ack",
    "called_team",
    "called_emergency",
    "with_them",
    "cant_reach",
    "false_alarm",
    "looked_after",
    "seen",
)
# Telegram takes 4096 characters, the head included; the oldest lines of a very long alert are left out.
MOST_CHARACTERS = 3_500


async def show(visit: Visit, alert: Alert, patient: Person, what: str) -> str | None:
    """Show the timeline, or the script for the call, to whoever may see the alert."""
    voice = visit.voice_to(visit.person, about=patient)
    if alert.state != "closed" and visit.person.id != patient.id:
        await _seen(visit, alert, patient)
    if what == "say":
        voice.say(voice.message(_script(voice, alert, patient)))
    else:
        voice.say(voice.message(*await _timeline(voice, alert, patient)))
    return None


async def _seen(visit: Visit, alert: Alert, patient: Person) -> None:
    """Telegram tells nobody when a message is read: a tapped button does."""
    events = await visit.tx.alerts.timeline(alert.id)
    if not any(event.person_id == visit.person.id and event.kind in TAPS for event in events):
        visit.tx.alerts.happened(patient, alert, "seen", visit.now, by=visit.person.id)


def _script(voice: Voice, alert: Alert, patient: Person) -> Html:
    """Two sentences in the first person: the diagnosis, what began when, what is feared."""
    detail = voice.tx.alerts.detail(patient, alert)
    fears = [voice.html(f"say.fear.{finding['pattern']}") for finding in detail["findings"]]
    began = datetime.fromisoformat(detail["since"]).astimezone(ZoneInfo(voice.zone))
    return voice.html(
        "say.script" if voice.person.id == patient.id else "say.script_for",
        name=name_of(voice.tx, patient),
        signs=signs(voice, detail),
        time=voice.clock(began),
        day=voice.weekday(began.date()),
        fear=voice.world.texts.listed(voice.language, fears) if fears else voice.html("say.fear.unsure"),
    )


async def _timeline(voice: Voice, alert: Alert, patient: Person) -> list[Html]:
    """Every step with its time: what was decided by which rules, queued, handed over, seen, taken, closed."""
    lines = await _events(voice, alert, patient) + await _sent(voice, alert, patient)
    lines.sort(key=lambda line: line[0])
    detail = voice.tx.alerts.detail(patient, alert)
    rules = ", ".join(dict.fromkeys(rule for finding in detail["findings"] for rule in finding["rules"])) or "–"
    name = name_of(voice.tx, patient)
    head = voice.html("timeline.head", name=name, rules=rules, version=alert.protocol_version)
    return [head, Html("\n".join(_newest([str(line) for _, line in lines])))]


def _newest(lines: list[str]) -> list[str]:
    """As many of the last lines as one message takes."""
    room, kept = MOST_CHARACTERS, list[str]()
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]


async def _events(voice: Voice, alert: Alert, patient: Person) -> list[tuple[datetime, Html]]:
    lines = []
    for event in await voice.tx.alerts.timeline(alert.id):
        key = f"timeline.{event.kind}"
        if voice.world.texts.has("en", key):
            by = await voice.tx.people.get(event.person_id) if event.person_id else patient
            name = _member(voice, patient, event) or name_of(voice.tx, by)
            lines.append((event.at, voice.html(key, time=voice.clock(event.at), name=name)))
    return lines


def _member(voice: Voice, patient: Person, event: AlertEvent) -> str | None:
    """Who in a group it was, by what they were called in Telegram then."""
    match voice.tx.alerts.event_detail(patient, event):
        case [int(), str(name)]:
            return clean(name)
    return None


async def _sent(voice: Voice, alert: Alert, patient: Person) -> list[tuple[datetime, Html]]:
    """When each call was queued and when Telegram took it, or did not."""
    await voice.tx.flush()
    names = {}
    for link in await voice.tx.families.of_patient(patient.id, ("active", "removed", "left")):
        person = await voice.tx.people.get(link.caregiver_id)
        names[person.chat_id] = name_of(voice.tx, person)
    lines = []
    for row in await voice.tx.outbox.of_alert(alert.id):
        if row.chat_id not in names or not (row.key or "").startswith("alert:"):
            continue
        name = names[row.chat_id]
        queued = made_at(row.id)
        lines.append((queued, voice.html("timeline.queued", time=voice.clock(queued), name=name)))
        if row.sent_at is not None:
            lines.append((row.sent_at, voice.html("timeline.sent_to", time=voice.clock(row.sent_at), name=name)))
        elif row.state in ("gone", "failed"):
            lines.append((queued, voice.html("timeline.not_sent", time=voice.clock(queued), name=name)))
    return lines
