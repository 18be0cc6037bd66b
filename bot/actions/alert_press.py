"""A button under an alert: somebody takes it, the patient reached somebody, or cannot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.actions import alert_follow_up, alert_ladder, alert_recheck, alert_timeline, raise_alert, rehearsal
from bot.actions.alert_told import tell_others, tell_patient, thank
from bot.actions.alert_words import GROUP_ACTIONS, PATIENT_ACTIONS, RECHECK_ACTIONS, REPORTER_ACTIONS
from bot.actions.open_checkin import open_now
from bot.actions.relations import name_of, relation_to
from bot.actions.visit import Visit
from bot.domain.ladder import moved
from bot.domain.people import Deed, Relation, may
from bot.domain.press import AlertPress
from bot.domain.speech import Lane
from bot.store.tables import Alert, Person

# What each side may tap. `details`, `reached`, `not_reached` and `ack` are the contract's; the rest is in
# docs/callbacks.md.
BY_PATIENT = (*PATIENT_ACTIONS, "safe")
BY_CAREGIVER = (
    "ack",
    "called_team",
    "called_emergency",
    "with_them",
    "cant_reach",
    "false_alarm",
    "looked_after",
    "in_hospital",
)
# These say that somebody is looking after it, and stop the calling.
TAKES_IT = frozenset(
    {"ack", "called_team", "called_emergency", "with_them", "looked_after", "reached", "ambulance", "with_me"}
)
# On the buttons of an alert that is over these still say that somebody is not well.
STILL_ILL = ("worse", "same_untold", "not_reached", "cant_get_through")
# After one of these the same tap is an answer of its own again, not the first one twice.
ASKS = ("called", "asked_if_reached", "asked_if_looked_after", "asked_to_call", "worse", "new_sign", "rechecked")


@dataclass
class Scene:
    """An alert, its patient, and who tapped."""

    visit: Visit
    alert: Alert
    patient: Person
    relation: Relation

    @property
    def by_patient(self) -> bool:
        """Whether the patient tapped it."""
        return self.visit.person.id == self.patient.id

    @property
    def allowed(self) -> tuple[str, ...]:
        """What whoever tapped may say."""
        if self.by_patient:
            return (*BY_PATIENT, *RECHECK_ACTIONS)
        if not may(self.relation, Deed.END_ALERT):
            return tuple(action for action in BY_CAREGIVER if action in GROUP_ACTIONS)
        reported = self.alert.reporter_id == self.visit.person.id
        return (*BY_CAREGIVER, *RECHECK_ACTIONS, *(REPORTER_ACTIONS if reported else ()))

    @property
    def told_by(self) -> list[object] | None:
        """Who in a group said it: their name stands in the timeline."""
        member = self.visit.member
        return [member.user_id, member.name] if member else None


async def press(visit: Visit, tap: AlertPress) -> str | None:
    """Act on a tap under an alert; a foreign or forged one changes nothing and gets a short, kind answer."""
    alert = await visit.tx.alerts.get(tap.alert)
    if alert is None:
        return visit.voice.label("tap.unknown")
    relation = await relation_to(visit.tx, visit.person.id, alert.patient_id)
    if not may(relation, Deed.ACT_ON_ALERT):
        return visit.voice.label("tap.unknown")
    await visit.tx.patients.lock([alert.patient_id])
    scene = Scene(visit, alert, await visit.tx.people.get(alert.patient_id), relation)
    if tap.action in alert_timeline.SHOWS and may(relation, Deed.SEE_TIMELINE):
        return await alert_timeline.show(visit, alert, scene.patient, tap.action)
    if alert.kind == rehearsal.KIND:
        return await rehearsal.press(visit, alert, scene.patient, tap.action)
    if tap.action not in scene.allowed:
        return visit.voice.label("tap.unknown")
    if alert.state == "closed":
        return await _after_the_end(scene, tap.action)
    if await _said_before(scene, tap.action):
        return visit.voice.label("alert.noted_already")
    visit.tx.alerts.happened(scene.patient, alert, tap.action, visit.now, by=visit.person.id, detail=scene.told_by)
    await _act(scene, tap.action)
    return visit.voice.label("alert.noted")


async def _after_the_end(scene: Scene, action: str) -> str:
    """Nothing of a closed alert changes; a patient who is not well is asked at once how it is now."""
    visit = scene.visit
    if scene.by_patient and action in STILL_ILL and visit.patient is not None:
        visit.voice.tell("alert.closed_but_ill", number=visit.world.number_for(scene.patient))
        await open_now(visit)
    return visit.voice.label("alert.closed_already")


async def _said_before(scene: Scene, action: str) -> bool:
    """Whether this is the same tap once more: nobody has asked this person since, and they said nothing else."""
    by, tx = scene.visit.person.id, scene.visit.tx
    for event in reversed(await scene.visit.tx.alerts.timeline(scene.alert.id)):
        asked = event.kind in ASKS and (event.person_id == by or (scene.by_patient and event.kind == "rechecked"))
        if asked:
            return False
        if event.person_id == by and event.kind in (*BY_PATIENT, *BY_CAREGIVER, *RECHECK_ACTIONS):
            # A group has many hands: the same word of another member is a second answer, kept like any other.
            return event.kind == action and tx.alerts.event_detail(scene.patient, event) == scene.told_by
    return False


async def _act(scene: Scene, action: str) -> None:
    if action in RECHECK_ACTIONS:
        await alert_recheck.answer(scene.visit, scene.alert, scene.patient, action)
        if action in alert_recheck.ENDING or action == "worse":
            await tell_others(scene.visit, scene.alert, scene.patient, action)
    elif action in TAKES_IT:
        await _take(scene, action)
    else:
        await OTHERS[action](scene)


async def _take(scene: Scene, action: str) -> None:
    """Somebody has it: the calling stops, and everybody hears who it is. A second answer is kept and thanked."""
    visit, alert = scene.visit, scene.alert
    if alert.state != "acknowledged":
        alert.state = moved(alert.state, "acknowledged")
        alert.owner_id, alert.acknowledged_at = visit.person.id, visit.now
        visit.tx.moments.clear(alert_ladder.RUNG, alert.id)
    if alert.owner_id == visit.person.id or action != "ack":
        raise_alert.ask_if_looked_after(visit, alert, scene.patient)
    if action in alert_follow_up.REACHED:
        await alert_follow_up.is_safe(visit, alert, scene.patient, action)
    if not scene.by_patient:
        if action not in alert_follow_up.REACHED:
            await thank(visit, alert, scene.patient, action)
        await tell_patient(visit, alert, scene.patient, action)
    if action != "looked_after":
        await tell_others(visit, alert, scene.patient, action)


async def _cant_reach(scene: Scene) -> None:
    """A caregiver cannot reach the patient: the next person at once; when nobody can, go there."""
    visit, alert = scene.visit, scene.alert
    contacts = [c for c in await alert_ladder.contacts_of(visit.tx, alert, visit.now) if c.reachable]
    nobody = all(c.said_cannot_reach for c in contacts)
    await tell_patient(visit, alert, scene.patient, "cant_reach")
    if nobody:
        await _go_there(scene)
    else:
        await thank(visit, alert, scene.patient, "cant_reach")
        await tell_others(visit, alert, scene.patient, "cant_reach")
    if alert.owner_id == visit.person.id and alert.state == "acknowledged":
        await alert_ladder.begin_anew(visit.world, visit.tx, alert, visit.now)
    elif not nobody:
        await alert_ladder.call_now(visit.world, visit.tx, alert, visit.now)


async def _go_there(scene: Scene) -> None:
    visit = scene.visit
    for contact in await alert_ladder.contacts_of(visit.tx, scene.alert, visit.now):
        if contact.reachable:
            voice = visit.voice_to(await visit.tx.people.get(contact.person), about=scene.patient)
            name, number = name_of(voice.tx, scene.patient), voice.world.number_for(scene.patient)
            text = voice.html("alert.go_there", name=name, number=number)
            voice.say(voice.message(text), Lane.ALERT, alert_id=scene.alert.id)


async def _false_alarm(scene: Scene) -> None:
    """A caregiver's word that it was a false alarm ends it (clinical.md: not the patient's tap alone)."""
    await alert_follow_up.close(scene.visit, scene.alert, scene.patient, "false_alarm")
    await thank(scene.visit, scene.alert, scene.patient, "false_alarm")
    await tell_patient(scene.visit, scene.alert, scene.patient, "false_alarm")
    await tell_others(scene.visit, scene.alert, scene.patient, "false_alarm")


async def _not_reached(scene: Scene) -> None:
    await alert_follow_up.not_reached(scene.visit, scene.alert, scene.patient)


async def _cant_get_through(scene: Scene) -> None:
    """The way to the emergency department again, and the caregivers hear of it at once."""
    await alert_follow_up.cant_get_through(scene.visit, scene.alert, scene.patient)
    await tell_others(scene.visit, scene.alert, scene.patient, "cant_get_through")


async def _in_hospital(scene: Scene) -> None:
    await alert_follow_up.in_hospital(scene.visit, scene.alert, scene.patient)
    await tell_others(scene.visit, scene.alert, scene.patient, "in_hospital", everybody=True)


async def _passed(scene: Scene) -> None:
    """It has passed: the alert ends with a caregiver's answer or the re-check, not with this one."""
    await _takes_back(scene, "passed")


async def _mistap(scene: Scene) -> None:
    """A mis-tap ends nothing either: caregivers check with the patient once."""
    await _takes_back(scene, "mistap")


async def _takes_back(scene: Scene, action: str) -> None:
    await alert_follow_up.says_it_passed(scene.visit, scene.alert, scene.patient)
    await tell_others(scene.visit, scene.alert, scene.patient, action)


async def _safe(scene: Scene) -> None:
    """ "Mistake, I am safe": what was only typed a moment ago simply ends; otherwise people check once."""
    visit, alert = scene.visit, scene.alert
    called = any(event.kind == "called" for event in await visit.tx.alerts.timeline(alert.id))
    found = visit.tx.alerts.detail(scene.patient, alert)["findings"]
    if called or any(finding["rules"] for finding in found):
        await _takes_back(scene, "mistap")
        return
    await alert_follow_up.close(visit, alert, scene.patient, "mistake")
    visit.voice.tell("emergency.taken_back", number=visit.world.number_for(scene.patient))


OTHERS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "cant_reach": _cant_reach,
    "false_alarm": _false_alarm,
    "not_reached": _not_reached,
    "cant_get_through": _cant_get_through,
    "in_hospital": _in_hospital,
    "passed": _passed,
    "mistap": _mistap,
    "safe": _safe,
}
