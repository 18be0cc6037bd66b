"""A household for tests about alerts: Maria checks in, Ana and Rui care for her, and a way to look at her alert."""

from __future__ import annotations

from dataclasses import dataclass

from bot.actions.open_checkin import schedule_next
from bot.store.queues import DueMoment
from bot.store.tables import Alert, AlertEvent, Patient, Person
from tests.town import Phone, Town

MARIA, ANA, RUI, ZE = 1, 2, 3, 4
TEAM_PHONE = "+351 21 000 00 00"


@dataclass
class Household:
    """The cast, and what is true of Maria's alert."""

    town: Town
    maria: Phone
    ana: Phone
    rui: Phone

    @property
    def everybody(self) -> tuple[Phone, ...]:
        return (self.maria, self.ana, self.rui)

    def all_read(self) -> None:
        for phone in self.everybody:
            phone.reads_all()

    async def feels(self, *signs: str) -> None:
        """A check-in on demand without pain and with these signs; signs asked as known are said to be different."""
        await self.maria.sends("/checkin")
        for _ in range(MOST_QUESTIONS):
            question = asked(self.maria)
            if question is None:
                return
            if question.endswith("_signs"):
                for sign in signs:
                    if shows(self.maria, f":{question}:+{sign}"):
                        await presses(self.maria, f":{question}:+{sign}")
            last = {"pain": "0"}.get(question, "no" if question.endswith("_known") else "done")
            await presses(self.maria, f":{question}:{last}")

    async def alert(self) -> Alert:
        """The newest alert that was not a test."""
        found = await self.alerts()
        assert found, "there is no alert"
        return found[-1]

    async def alerts(self) -> list[Alert]:
        app = self.town.app
        assert app is not None
        async with app.store.read() as tx:
            person = await tx.people.by_chat(MARIA)
            assert person is not None
            since = person.created_at
            return [alert for alert in await tx.alerts.of_patient(person.id, since) if alert.kind != "test"]

    async def events(self) -> list[AlertEvent]:
        alert, app = await self.alert(), self.town.app
        assert app is not None
        async with app.store.read() as tx:
            return await tx.alerts.timeline(alert.id)

    async def steps(self) -> dict[str, DueMoment]:
        alert, app = await self.alert(), self.town.app
        assert app is not None
        async with app.store.read() as tx:
            return {moment.kind: moment for moment in await tx.moments.of_subjects([alert.id])}

    async def patient(self) -> tuple[Person, Patient]:
        app = self.town.app
        assert app is not None
        async with app.store.read() as tx:
            person = await tx.people.by_chat(MARIA)
            assert person is not None
            patient = await tx.patients.get(person.id)
            assert patient is not None
            return person, patient

    async def sets(self, **columns: object) -> None:
        """Change Maria's patient row."""
        app = self.town.app
        assert app is not None
        async with app.store.begin() as tx:
            person = await tx.people.by_chat(MARIA)
            assert person is not None
            patient = (await tx.patients.lock([person.id]))[person.id]
            for name, value in columns.items():
                setattr(patient, name, value)


MOST_QUESTIONS = 12
QUESTIONS = (
    "pain",
    "bone_signs",
    "bone_known",
    "calcium_signs",
    "calcium_known",
    "nerve_how",
    "injury_how",
    "calcium_how",
)


def asked(phone: Phone) -> str | None:
    """The question of the check-in's newest message, if it still asks one."""
    for message in reversed(phone.messages):
        data = [shown.get("callback_data", "").split(":") for row in message.buttons for shown in row]
        found = [parts[2] for parts in data if parts[0] == "c" and parts[2] in QUESTIONS]
        if found:
            return str(found[0])
    return None


def shows(phone: Phone, ending: str) -> bool:
    """Whether the newest message that asks something has a button whose callback data ends so."""
    for message in reversed(phone.messages):
        data = [shown.get("callback_data", "") for row in message.buttons for shown in row]
        if any(d.startswith("c:") and d.split(":")[2] in QUESTIONS for d in data):
            return any(d.endswith(ending) for d in data)
    return False


async def presses(phone: Phone, *endings: str) -> None:
    """Tap the newest button whose callback data ends so, one after the other."""
    for ending in endings:
        message_id, data = button(phone, ending)
        phone.user.taps(message_id, data)
        await phone.town.settle()


def button(phone: Phone, ending: str) -> tuple[int, str]:
    """The newest button whose callback data ends so: its message and its data."""
    for message in reversed(phone.messages):
        for row in message.buttons:
            for shown in row:
                if shown.get("callback_data", "").endswith(ending):
                    return message.message_id, shown["callback_data"]
    raise AssertionError(f"{phone.name} has no button that ends with {ending}")


async def move_in(town: Town, zone: str = "Europe/Lisbon") -> Household:
    """Everybody has started the chat, Maria has consented and checks in at nine, Ana and Rui are first line."""
    maria, ana, rui = (town.person(i, name) for i, name in ((MARIA, "Maria"), (ANA, "Ana"), (RUI, "Rui")))
    for phone in (maria, ana, rui):
        phone.user.chat.started = True
    app = town.app
    assert app is not None
    async with app.store.begin() as tx:
        now = town.clock.now()
        person = tx.people.add(MARIA, "en", now)
        person.zone, person.country = zone, "PT"
        tx.people.set_name(person, "Maria")
        patient = tx.patients.add(person, now)
        patient.state = "active"
        tx.patients.set_care(person, patient, {"night": TEAM_PHONE})
        for place, (chat, name) in enumerate(((ANA, "Ana"), (RUI, "Rui"))):
            caregiver = tx.people.add(chat, "en", now)
            caregiver.zone = zone
            tx.people.set_name(caregiver, name)
            link = tx.families.link(person.id, caregiver.id, now)
            link.state, link.position = "active", place
        schedule_next(tx, person, patient, now)
    return Household(town, maria, ana, rui)
