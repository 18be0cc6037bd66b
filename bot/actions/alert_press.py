"""A button under an alert: somebody takes it, the patient reached somebody, or cannot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.actions import alert_follow_up, alert_ladder, alert_recheck, alert_timeline
from bot.actions.relations import name_of, relation_to
from bot.actions.visit import Visit
from bot.domain.ladder import moved
from bot.domain.people import Deed, may
from bot.domain.press import AlertPress
from bot.domain.protocol import Urgency
from bot.domain.speech import Lane
from bot.store.tables import Alert, Person

# What each side may tap. `details`, `reached`, `not_reached` and `ack` are the contract's; the rest is in
# docs/callbacks.md.
BY_CAREGIVER = ("ack", "called_team", "called_emergency", "with_them", "cant_reach", "false_alarm", "looked_after")
BY_PATIENT = (
    "reached",
    "ambulance",
    "with_me",
    "in_hospital",
    "not_reached",
    "cant_get_through",
    "passed",
    "mistap",
    "safe",
)
# These say that somebody is looking after it, and stop the calling.
TAKES_IT = frozenset({"ack", "called_team", "called_emergency", "with_them", "reached", "ambulance", "with_me"})


@dataclass
class Scene:
    """An alert, its patient, and who tapped."""

    visit: Visit
    alert: Alert
    patient: Person

    @property
    def by_patient(self) -> bool:
        """Whether the patient tapped it."""
        return self.visit.person.id == self.patient.id


async def press(visit: Visit, tap: AlertPress) -> str | None:
    """Act on a tap under an alert; a foreign or forged one changes nothing and gets a short, kind answer."""
    alert = await visit.tx.alerts.get(tap.alert)
    if alert is None:
        return visit.voice.label("tap.unknown")
    relation = await relation_to(visit.tx, visit.person.id, alert.patient_id)
    if not may(relation, Deed.ACT_ON_ALERT):
        return visit.voice.label("tap.unknown")
    scene = Scene(visit, alert, await visit.tx.people.get(alert.patient_id))
    if tap.action in alert_timeline.SHOWS:
        return await alert_timeline.show(visit, alert, scene.patient, tap.action)
    if tap.action in alert_recheck.ANSWERS:
        return await _recheck(scene, tap.action)
    if tap.action not in (BY_PATIENT if scene.by_patient else BY_CAREGIVER):
        return visit.voice.label("tap.unknown")
    if alert.state == "closed":
        return visit.voice.label("alert.closed_already")
    return await _act(scene, tap.action)


async def _recheck(scene: Scene, said: str) -> str | None:
    """The answer to "how is it now?", by the patient or by a caregiver for them (kept as theirs)."""
    visit, alert = scene.visit, scene.alert
    if alert.state == "closed":
        return visit.voice.label("alert.closed_already")
    visit.tx.alerts.happened(scene.patient, alert, said, visit.now, by=visit.person.id)
    await alert_recheck.answer(visit, alert, scene.patient, said)
    return visit.voice.label("alert.noted")


async def _act(scene: Scene, action: str) -> str | None:
    visit, alert = scene.visit, scene.alert
    key = f"{action}:{visit.person.id}:{alert.rung}"
    said_before = any(event.key == key for event in await visit.tx.alerts.timeline(alert.id))
    if said_before:
        return visit.voice.label("alert.noted_already")
    visit.tx.alerts.happened(scene.patient, alert, action, visit.now, by=visit.person.id, key=key)
    if action in TAKES_IT:
        await _take(scene, action)
    elif action in ENDS:
        await ENDS[action](scene)
    return visit.voice.label("alert.noted")


async def _take(scene: Scene, action: str) -> None:
    """Somebody has it: the calling stops, and everybody hears who it is. A second answer is kept and thanked."""
    visit, alert = scene.visit, scene.alert
    first = alert.state != "acknowledged"
    if first:
        alert.state = moved(alert.state, "acknowledged")
        alert.owner_id, alert.acknowledged_at = visit.person.id, visit.now
        visit.tx.moments.clear(alert_ladder.RUNG, alert.id)
        _ask_again_later(scene)
    if scene.by_patient:
        await alert_follow_up.patient_is_safe(visit, alert, action)
    else:
        _thank(scene, action)
        _tell_patient(scene, action)
    await tell_others(scene, action)


def _ask_again_later(scene: Scene) -> None:
    stamped = scene.visit.tx.alerts.ladder(scene.patient, scene.alert)
    if stamped["ask_again"]:
        at = scene.visit.now + timedelta(seconds=stamped["ask_again"])
        scene.visit.tx.moments.set("ack_check", scene.alert.id, scene.alert.patient_id, at)


def _thank(scene: Scene, action: str) -> None:
    voice = scene.visit.voice_to(scene.visit.person, about=scene.patient)
    name, number = name_of(voice.tx, scene.patient), voice.world.number_for(scene.patient)
    voice.say(voice.message(voice.html(f"alert.thanks.{action}", name=name, number=number)), alert_id=scene.alert.id)


def _tell_patient(scene: Scene, action: str) -> None:
    voice = scene.visit.voice_to(scene.patient)
    name = name_of(voice.tx, scene.visit.person)
    text = voice.html(f"alert.receipt.{action}", name=name, time=voice.clock(scene.visit.now))
    voice.say(voice.message(text), Lane.ALERT, alert_id=scene.alert.id)


async def tell_others(scene: Scene, action: str) -> None:
    """Tell every other caregiver what this person said."""
    visit = scene.visit
    for link in await visit.tx.families.of_patient(scene.patient.id):
        if link.caregiver_id == visit.person.id:
            continue
        other = await visit.tx.people.get(link.caregiver_id)
        voice = visit.voice_to(other, about=scene.patient)
        patient, by = name_of(voice.tx, scene.patient), name_of(voice.tx, visit.person)
        text = voice.html(f"alert.others.{action}", patient=patient, name=by, time=voice.clock(visit.now))
        voice.say(voice.message(text), Lane.ALERT, alert_id=scene.alert.id)


async def _cant_reach(scene: Scene) -> None:
    """A caregiver cannot reach the patient: the next person at once; when nobody can, go there."""
    visit, alert = scene.visit, scene.alert
    if alert.owner_id == visit.person.id and alert.state == "acknowledged":
        alert.state, alert.owner_id, alert.acknowledged_at = moved(alert.state, "escalated"), None, None
    contacts = [c for c in await alert_ladder.contacts_of(visit.tx, alert, visit.now) if c.reachable]
    if contacts and all(c.said_cannot_reach for c in contacts):
        await _nobody_can_reach(scene)
    else:
        voice = visit.voice_to(visit.person, about=scene.patient)
        voice.say(voice.message(voice.html("alert.thanks.cant_reach", name=name_of(voice.tx, scene.patient))))
    await tell_others(scene, "cant_reach")
    await alert_ladder.call_now(visit.world, visit.tx, alert, visit.now)


async def _nobody_can_reach(scene: Scene) -> None:
    visit = scene.visit
    for link in await visit.tx.families.of_patient(scene.patient.id):
        voice = visit.voice_to(await visit.tx.people.get(link.caregiver_id), about=scene.patient)
        name, number = name_of(voice.tx, scene.patient), voice.world.number_for(scene.patient)
        voice.say(
            voice.message(voice.html("alert.go_there", name=name, number=number)), Lane.ALERT, alert_id=scene.alert.id
        )


async def _false_alarm(scene: Scene) -> None:
    """A caregiver's word that it was a false alarm ends it (clinical.md: not the patient's tap alone)."""
    await alert_follow_up.close(scene.visit, scene.alert, scene.patient, "false_alarm")
    _thank(scene, "false_alarm")
    _tell_patient(scene, "false_alarm")
    await tell_others(scene, "false_alarm")


async def _looked_after(scene: Scene) -> None:
    """The acknowledged emergency was asked about again, and she is being looked after."""
    _ask_again_later(scene)
    _thank(scene, "looked_after")


async def _not_reached(scene: Scene) -> None:
    await alert_follow_up.not_reached(scene.visit, scene.alert, scene.patient)


async def _cant_get_through(scene: Scene) -> None:
    """The way to the emergency department again, and the caregivers hear of it at once."""
    await alert_follow_up.cant_get_through(scene.visit, scene.alert, scene.patient)
    await tell_others(scene, "cant_get_through")
    if Urgency.of(scene.alert.urgency) >= Urgency.RIGHT_AWAY:
        await alert_ladder.call_now(scene.visit.world, scene.visit.tx, scene.alert, scene.visit.now)


async def _in_hospital(scene: Scene) -> None:
    await alert_follow_up.in_hospital(scene.visit, scene.alert, scene.patient)
    await tell_others(scene, "in_hospital")


async def _passed(scene: Scene) -> None:
    """It has passed, or was a mis-tap: it ends with a caregiver's answer, not with this one."""
    await alert_follow_up.says_it_passed(scene.visit, scene.alert, scene.patient)
    await tell_others(scene, "passed")


async def _mistap(scene: Scene) -> None:
    await alert_follow_up.says_it_passed(scene.visit, scene.alert, scene.patient)
    await tell_others(scene, "mistap")


async def _safe(scene: Scene) -> None:
    """ "Mistake, I am safe": before anybody was called it simply ends; afterwards people check once."""
    visit, alert = scene.visit, scene.alert
    called = any(event.kind == "called" for event in await visit.tx.alerts.timeline(alert.id))
    if called:
        await _mistap(scene)
        return
    await alert_follow_up.close(visit, alert, scene.patient, "mistake")
    visit.voice.tell("emergency.taken_back", number=visit.world.number_for(scene.patient))


ENDS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "cant_reach": _cant_reach,
    "false_alarm": _false_alarm,
    "looked_after": _looked_after,
    "not_reached": _not_reached,
    "cant_get_through": _cant_get_through,
    "in_hospital": _in_hospital,
    "passed": _passed,
    "mistap": _mistap,
    "safe": _safe,
}
