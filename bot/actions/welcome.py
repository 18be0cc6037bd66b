"""/start and the way in, step by step, until the first check-in and the cards after it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.actions import caregivers, find_home, home, leaving, menus, open_checkin, usual
from bot.actions import welcome_screens as screens
from bot.actions.about_me import keep_name, set_phone
from bot.actions.schedule import activate
from bot.actions.visit import Visit
from bot.actions.where import Asking, app_language, ask_where, set_home
from bot.domain.onboarding import Step, afterwards, first_name, first_step, fits, hour_of, step_of
from bot.domain.press import DONE, StepPress
from bot.domain.speech import Message
from bot.store.tables import Patient
from bot.texts import Html

Toast = str | None
STORING = "storing"
# The steps at which a message of ours waits for a tap or a typed line.
WAITING = frozenset(Step) - {Step.DECLINED, Step.FIRST}


async def start(visit: Visit, argument: str) -> Toast:
    """/start: an invitation is followed, the way in begins or goes on, everybody else is greeted."""
    if argument:
        return await caregivers.join(visit, argument)
    patient, step = visit.patient, step_of(visit.person.onboarding)
    if patient is not None and patient.state in ("stopped", "died"):
        await leaving.come_back(visit, patient)
        return None
    if step in WAITING or (step is Step.FIRST and await visit.tx.checkins.under_way(visit.person.id)):
        await show_step(visit, below=True)
    elif patient is None and not await visit.tx.families.of_caregiver(visit.person.id):
        await begin(visit)
    else:
        await home.greet(visit)
    return None


async def begin(visit: Visit) -> None:
    """Start the way in of somebody who wants to check in."""
    visit.person.onboarding = first_step(visit.world.texts.languages)
    await show_step(visit, below=True)


async def show_step(visit: Visit, below: bool | None = None, note: Html | None = None) -> None:
    """Show the step that waits; the first check-in has a card of its own."""
    step = step_of(visit.person.onboarding)
    if step is Step.FIRST:
        await open_checkin.open_now(visit)
    elif step is not None:
        await screens.put(visit, screens.with_note(_screen(visit, step), note), below)


def _screen(visit: Visit, step: Step) -> Message:
    voice, patient = visit.voice, visit.patient
    match step:
        case Step.LANGUAGE:
            return screens.ask_language(voice)
        case Step.TIME:
            return ask_where(voice, ASKING)
        case Step.HOUR:
            return screens.ask_hour(voice)
        case Step.USUAL if patient is not None:
            return screens.ask_usual(voice, visit.tx.patients.usual(visit.person, patient))
        case Step.NAME:
            return screens.ask_name(visit)
        case Step.PHONE_DAY | Step.PHONE_NIGHT:
            return screens.ask_phone(visit, step)
        case Step.DECLINED:
            return screens.declined(voice)
    return screens.ask_consent(voice)


async def step(visit: Visit, press: StepPress) -> Toast:
    """A tap on the way in. A tap on a step that is over changes nothing."""
    if press.step == "begin":
        return await _begin_beside_caring(visit)
    here = step_of(visit.person.onboarding)
    if here is None or not fits(here, press.step):
        return visit.voice.label("welcome.step_is_over")
    match press.step:
        case "language":
            return await _language(visit, press.choice)
        case "consent":
            return await _consent(visit, press.choice)
        case "hour":
            return await _hour(visit, press.choice)
        case "usual":
            return await _usual(visit, press.choice)
        case "name":
            return await _name(visit, press.choice)
        case "phone_day" | "phone_night":
            return await _phone(visit, here, press.choice)
    return await _where(visit, here, press)


async def _begin_beside_caring(visit: Visit) -> Toast:
    if visit.patient is not None or step_of(visit.person.onboarding) is not None:
        return visit.voice.label("welcome.step_is_over")
    await begin(visit)
    return None


async def _language(visit: Visit, code: str) -> Toast:
    if code not in visit.world.texts.languages:
        return visit.voice.label("tap.unknown")
    visit.person.language = code
    return await _go(visit, Step.CONSENT)


async def _consent(visit: Visit, choice: str) -> Toast:
    if choice == "yes":
        return await _agree(visit)
    if choice == "no":
        return await _decline(visit)
    if choice == "care":
        await screens.put(visit, screens.for_caregivers(visit.voice))
        return None
    return await _go(visit, Step.CONSENT)


async def _agree(visit: Visit) -> Toast:
    person, tx = visit.person, visit.tx
    tx.people.consent(person, STORING, screens.consent_version(visit.voice), visit.now)
    if visit.patient is None:
        visit.patient = tx.patients.add(person, visit.now)
    if person.zone is None:
        if home := visit.world.places.good_guess(visit.now, app_language(visit)):
            set_home(person, home, "guessed")
    elif person.country is None:  # a caregiver, whose clock was taken to be the patient's
        person.country = visit.world.places.country_of(person.zone)
    tx.people.expect(person, {"what": ASKING.expects})
    return await _go(visit, Step.TIME)


async def _decline(visit: Visit) -> Toast:
    person, people = visit.person, visit.tx.people
    if await visit.tx.families.of_caregiver(person.id):
        person.onboarding = None  # what she agreed to as a caregiver stands
    else:
        person.onboarding = Step.DECLINED
        person.handle = person.name = person.settings = None
        person.zone = person.zone_source = person.country = None
    people.expect(person, None)
    await screens.put(visit, screens.declined(visit.voice))
    return None


async def _where(visit: Visit, here: Step, press: StepPress) -> Toast:
    if here is Step.HOUR and press != StepPress("time", "ask"):
        return visit.voice.label("welcome.step_is_over")
    visit.person.onboarding = Step.TIME
    return await find_home.press(visit, ASKING, press.step, press.choice)


async def _place_found(visit: Visit) -> Toast:
    return await _go(visit, Step.HOUR)


async def _hour(visit: Visit, choice: str) -> Toast:
    hour = hour_of(choice)
    if hour is None or visit.patient is None:
        return visit.voice.label("tap.unknown")
    visit.patient.hours = hour
    return await _go(visit, Step.USUAL)


async def _usual(visit: Visit, choice: str) -> Toast:
    patient = visit.patient
    if patient is None:
        return visit.voice.label("tap.unknown")
    if choice == DONE:
        return await _first_checkin(visit, patient)
    if not usual.toggle(visit, patient, choice):
        return visit.voice.label("tap.unknown")
    return await _go(visit, Step.USUAL)


async def _first_checkin(visit: Visit, patient: Patient) -> Toast:
    """The first check-in counts as today's: the next comes tomorrow at the chosen hour."""
    voice = visit.voice
    patient.asked_day = visit.now.astimezone(ZoneInfo(visit.person.zone or "UTC")).date()
    patient.asked_slot = 0
    activate(visit, patient)
    visit.person.onboarding = Step.FIRST
    await menus.refresh(visit)
    hour = screens.shown_hour(voice, patient.hours.split(",")[0])
    await screens.put(visit, voice.message(voice.html("welcome.ready", hour=hour)))
    await open_checkin.open_now(visit)
    return None


async def after_first_checkin(visit: Visit) -> None:
    """When the first check-in is over, the cards after it begin; not while an alert is open, which goes first."""
    if step_of(visit.person.onboarding) is not Step.FIRST:
        return
    if await visit.tx.alerts.open_of(visit.person.id) is None:
        await advance(visit, below=True)


async def advance(visit: Visit, note: Html | None = None, below: bool | None = None) -> None:
    """On to the next card; after the last, how to invite somebody who cares."""
    person = visit.person
    following = afterwards(Step(person.onboarding or Step.FIRST))
    person.onboarding = following
    if following is None:
        visit.tx.people.expect(person, None)
        closing = visit.voice.message(visit.voice.html("welcome.all_set"))
        await screens.put(visit, screens.with_note(closing, note), below)
        await caregivers.offer(visit)
        return
    visit.tx.people.expect(person, {"what": following})
    await show_step(visit, below, note)


async def _name(visit: Visit, choice: str) -> Toast:
    note = None
    if choice == "use":
        note = keep_name(visit, first_name(visit.tx.people.handle(visit.person)))
    elif choice != "skip":
        return visit.voice.label("tap.unknown")
    await advance(visit, note)
    return None


async def _phone(visit: Visit, here: Step, choice: str) -> Toast:
    note = None
    if choice == "same" and here is Step.PHONE_NIGHT and visit.patient is not None:
        phone = visit.tx.patients.care(visit.person, visit.patient).get("day")
        set_phone(visit, "night", phone)
        note = visit.voice.html("about.phone_kept_night", phone=phone) if phone else None
    elif choice != "skip":
        return visit.voice.label("tap.unknown")
    await advance(visit, note)
    return None


async def _go(visit: Visit, step: Step) -> Toast:
    visit.person.onboarding = step
    await show_step(visit)
    return None


def _press(button: str, choice: str) -> StepPress:
    return StepPress(button, choice)


ASKING = Asking(press=_press, show=screens.put, done=_place_found, expects="city")
