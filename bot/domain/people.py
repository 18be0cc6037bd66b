"""Who may do and see what. This is the one place that decides it; every verb that touches somebody else's data asks.

A caregiver's part grows in three steps (`sees`): alerts, then a line a day, then every answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum


class Relation(StrEnum):
    """What a person is to a patient."""

    SELF = "self"
    SEES_ALERTS = "caregiver who sees alerts"
    SEES_DAILY = "caregiver who sees a line a day"
    SEES_EVERYTHING = "caregiver who sees every answer"
    GROUP = "a group of people that is told after the caregivers"
    PENDING = "waits for the patient's yes"
    FORMER = "was a caregiver, or was refused"
    STRANGER = "stranger"

    @property
    def is_caregiver(self) -> bool:
        """Whether the patient said yes to this person, and neither has ended it."""
        return self in CAREGIVERS


CAREGIVERS = frozenset({Relation.SEES_ALERTS, Relation.SEES_DAILY, Relation.SEES_EVERYTHING})
# The least that somebody who is called can do: whoever joins the group tomorrow has the same part.
_CALLED = CAREGIVERS | {Relation.GROUP}

# `sees` of an active care link → what its caregiver is.
BY_SEES: Mapping[str, Relation] = {
    "alerts": Relation.SEES_ALERTS,
    "daily": Relation.SEES_DAILY,
    "everything": Relation.SEES_EVERYTHING,
}
# State of any other care link → what the person is.
BY_STATE: Mapping[str, Relation] = {
    "pending": Relation.PENDING,
    "refused": Relation.FORMER,
    "removed": Relation.FORMER,
    "left": Relation.FORMER,
}


def relation_between(
    actor_id: int, patient_id: int, link_state: str | None, sees: str = "alerts", is_group: bool = False
) -> Relation:
    """What the actor is to the patient, by the state of the care link between them (None: there is no link).

    A word that nobody knows gives the least: a new kind of `sees` shows alerts only, a new state shows nothing.
    """
    if actor_id == patient_id:
        return Relation.SELF
    if link_state == "active" and is_group:
        return Relation.GROUP
    if link_state == "active":
        return BY_SEES.get(sees, Relation.SEES_ALERTS)
    return BY_STATE.get(link_state or "", Relation.STRANGER)


class Deed(Enum):
    """Something that one person does to, or learns about, a patient."""

    ANSWER = "answer a check-in as the patient"
    CHANGE_SETTINGS = "change hours, rhythm, phones, known signs"
    EXPORT = "take the data away"
    ERASE = "have everything deleted"
    INVITE = "invite somebody, or take an invitation back"
    CONFIRM = "say whether the joiner is the right person"
    ARRANGE = "change the order of caregivers, or remove one"
    SEE_CAREGIVERS = "see who else cares"
    SEE_ANSWERS = "see single answers and their history"
    SEE_DAILY = "see that a check-in was done, in one line"
    SEE_ALERTS = "see what an alert is about"
    ACT_ON_ALERT = "answer for an alert"
    END_ALERT = "say how the patient is now, or that it was a false alarm"
    SEE_TIMELINE = "see what happened with an alert so far"
    REPORT_FOR = "report what they see about the patient"
    SAY_DIED = "tell that the patient has died"
    LEAVE = "stop being a caregiver"
    KNOW_OF = "know that the patient uses this bot"


_SELF = frozenset({Relation.SELF})
_ALL = _SELF | CAREGIVERS

MAY: Mapping[Deed, frozenset[Relation]] = {
    Deed.ANSWER: _SELF,
    Deed.CHANGE_SETTINGS: _SELF,
    Deed.EXPORT: _SELF,
    Deed.ERASE: _SELF,
    Deed.INVITE: _SELF,
    Deed.CONFIRM: _SELF,
    Deed.ARRANGE: _SELF,
    Deed.SEE_CAREGIVERS: _ALL,
    Deed.SEE_ANSWERS: _SELF | {Relation.SEES_EVERYTHING},
    Deed.SEE_DAILY: _SELF | {Relation.SEES_DAILY, Relation.SEES_EVERYTHING},
    Deed.SEE_ALERTS: _SELF | _CALLED,
    Deed.ACT_ON_ALERT: _SELF | _CALLED,
    # A false alarm is a caregiver's word (clinical.md), and the patient confirmed no single member of a group.
    Deed.END_ALERT: _ALL,
    Deed.SEE_TIMELINE: _ALL,
    # The patient answers a check-in instead: the two stay apart and never overwrite each other.
    Deed.REPORT_FOR: CAREGIVERS,
    Deed.SAY_DIED: CAREGIVERS,
    # Who still waits may think better of it, too.
    Deed.LEAVE: CAREGIVERS | {Relation.PENDING},
    Deed.KNOW_OF: _SELF | _CALLED,
}


def may(relation: Relation, deed: Deed) -> bool:
    """Whether somebody who is this to the patient may do that."""
    return relation in MAY[deed]
