"""People and what they told us. Columns that say who is ill with what are sealed bytes; the rest is ids and moments.

There are no relationships: a repository loads what an action needs, and nothing loads itself behind its back.
What waits for its turn (inbox, outbox, cards, due moments, leases) stands in `queues`.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, one_of, partial_index, points_at

PATIENT_STATES = ("onboarding", "active", "paused", "hospital", "stopped", "died")
LINK_STATES = ("pending", "active", "refused", "removed", "left")
CHECKIN_STATES = ("prompted", "open", "done", "expired", "replaced")
ALERT_STATES = ("raised", "escalated", "acknowledged", "closed")
REPORT_STATES = ("asked", "asked_again", "confirmed", "counted", "refused", "carried")


class Installation(Base):
    """The one row about this database: whose key opens it and which code may work on it."""

    __tablename__ = "installation"
    id: Mapped[int] = mapped_column(primary_key=True)
    key_fingerprint: Mapped[str | None]
    oldest_code_allowed: Mapped[int]
    alive_at: Mapped[datetime | None]
    away_from: Mapped[datetime | None]  # the last outage: what it held up says so
    away_to: Mapped[datetime | None]
    bot_id: Mapped[int | None]  # whose chats these are: the sandbox and a real bot never share a database


class Person(Base):
    """Anybody who ever wrote to the bot in private, known by their Telegram chat; a care group, too."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(unique=True)
    wrapped_key: Mapped[bytes | None]  # erased: crypto-erase of all that is sealed under this person
    language: Mapped[str]
    zone: Mapped[str | None]
    zone_source: Mapped[str | None]  # guessed, said or location
    country: Mapped[str | None]  # ISO 3166-1 alpha-2
    name: Mapped[bytes | None]  # sealed
    handle: Mapped[bytes | None]  # sealed: Telegram's first name and username, shown when an invitation is confirmed
    onboarding: Mapped[str | None]  # the step under way
    expects: Mapped[bytes | None]  # sealed: what a typed line would answer (a name, a phone)
    created_at: Mapped[datetime]
    unreachable_at: Mapped[datetime | None]
    sleeps_from: Mapped[str | None]  # HH:MM in the person's zone
    sleeps_to: Mapped[str | None]
    off_until: Mapped[datetime | None]
    cover_id: Mapped[int | None]  # the caregiver who covers until then: first line for the same patients
    settings: Mapped[bytes | None]  # sealed: small choices that no query asks for
    channel: Mapped[bytes | None]  # sealed: the address of the second channel, which the operator set


class Consent(Base):
    """What a person agreed to: which text, in which language, when; and when it was withdrawn."""

    __tablename__ = "consents"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(points_at("people.id"), index=True)
    kind: Mapped[str]  # storing, sharing, words, self_harm, caregiving
    text_version: Mapped[str]
    language: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Patient(Base):
    """A person who checks in: when, how often, and what their team already knows."""

    __tablename__ = "patients"
    __table_args__ = (one_of("state", PATIENT_STATES),)
    person_id: Mapped[int] = mapped_column(points_at("people.id"), primary_key=True)
    state: Mapped[str]
    paused_until: Mapped[datetime | None]
    rhythm: Mapped[str]  # daily, every_other, weekdays
    hours: Mapped[str]  # local times, HH:MM, one or two with a comma between
    weekdays: Mapped[str]  # digits 0 (Monday) to 6, used by the rhythm "weekdays"
    anchor: Mapped[date | None]  # the day from which every other day is counted
    quiet_from: Mapped[str]
    quiet_to: Mapped[str]
    asked_day: Mapped[date | None]  # the newest slot that was opened, so that no slot opens twice
    asked_slot: Mapped[int | None]
    spoke_at: Mapped[datetime | None]  # the last finished check-in: "since we last spoke"
    usual: Mapped[bytes | None]  # sealed: list of signs
    care: Mapped[bytes | None]  # sealed: the care team's phones, the agreed plan
    tell: Mapped[str] = mapped_column(default="at_once")  # or if_not_reached
    silence_note: Mapped[bool] = mapped_column(default=True)
    discreet: Mapped[bool] = mapped_column(default=False)


class CareLink(Base):
    """Who cares for whom, in which order they are called, and what they may see."""

    __tablename__ = "care_links"
    __table_args__ = (UniqueConstraint("patient_id", "caregiver_id"), one_of("state", LINK_STATES))
    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(points_at("people.id"))
    caregiver_id: Mapped[int] = mapped_column(points_at("people.id"), index=True)
    state: Mapped[str]
    line: Mapped[int] = mapped_column(default=1)  # first line is called at once, second line when nobody answers
    position: Mapped[int] = mapped_column(default=0)
    sees: Mapped[str] = mapped_column(default="alerts")  # alerts, daily or everything
    all_findings: Mapped[bool] = mapped_column(default=False)
    is_group: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    unreachable_at: Mapped[datetime | None]


class Invitation(Base):
    """A way in for one person, once, for 48 hours. Only the token's SHA-256 is kept."""

    __tablename__ = "invitations"
    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(points_at("people.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None]
    revoked_at: Mapped[datetime | None]


class WrongGuess(Base):
    """Somebody tried an invitation that does not exist; a few an hour are typing errors, more are not."""

    __tablename__ = "wrong_guesses"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(points_at("people.id"), index=True)
    guessed_at: Mapped[datetime]


class ProtocolVersion(Base):
    """The protocol file as it was, so that a running check-in keeps its own."""

    __tablename__ = "protocols"
    version: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime]


class Checkin(Base):
    """One check-in: opened for a local day and slot, or because somebody asked for it."""

    __tablename__ = "checkins"
    __table_args__ = (
        UniqueConstraint("patient_id", "local_day", "slot"),
        one_of("state", CHECKIN_STATES),
        Index("ix_checkins_patient_id_opened_at", "patient_id", "opened_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(points_at("people.id"))
    reporter_id: Mapped[int | None] = mapped_column(points_at("people.id"))  # a caregiver who answers as they see it
    protocol_version: Mapped[str]
    local_day: Mapped[date]
    slot: Mapped[int | None]  # none: asked for, not due
    state: Mapped[str]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    since: Mapped[date | None]
    finished_at: Mapped[datetime | None]
    sitting: Mapped[bytes | None]  # sealed: answers, ticks under way, what was known when it opened
    worried: Mapped[bool] = mapped_column(default=False)


class Answer(Base):
    """One answer as it was given. Never changed: a correction is a later row."""

    __tablename__ = "answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    checkin_id: Mapped[int] = mapped_column(points_at("checkins.id"), index=True)
    patient_id: Mapped[int] = mapped_column(points_at("people.id"), index=True)
    reporter_id: Mapped[int | None]
    question: Mapped[str]
    value: Mapped[bytes]  # sealed
    given_at: Mapped[datetime]


class Finding(Base):
    """What the rules concluded at one moment, with their version: the evidence behind an advice."""

    __tablename__ = "findings"
    id: Mapped[int] = mapped_column(primary_key=True)
    checkin_id: Mapped[int] = mapped_column(points_at("checkins.id"), index=True)
    patient_id: Mapped[int] = mapped_column(points_at("people.id"), index=True)
    urgency: Mapped[bytes]  # sealed, as is the rest: an urgency says how ill somebody is
    detail: Mapped[bytes]
    protocol_version: Mapped[str]
    found_at: Mapped[datetime]


class Alert(Base):
    """A right-away or emergency finding until somebody has answered for it. At most one open a patient."""

    __tablename__ = "alerts"
    __table_args__ = (
        one_of("state", ALERT_STATES),
        partial_index("uq_alerts_open", "patient_id", where="state != 'closed'", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(points_at("people.id"), index=True)
    checkin_id: Mapped[int | None]
    reporter_id: Mapped[int | None]
    state: Mapped[str]
    urgency: Mapped[str]  # right_away or emergency: delivery and the watchdog sort by it
    kind: Mapped[str] = mapped_column(default="finding")  # or fever, breathing, self_harm, silence, test
    protocol_version: Mapped[str]
    ladder: Mapped[bytes]  # sealed: the steps as they were when it was raised
    detail: Mapped[bytes]  # sealed: patterns, rules, signs, what the patient was told
    rung: Mapped[int] = mapped_column(default=0)
    raised_at: Mapped[datetime]
    owner_id: Mapped[int | None]
    acknowledged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[str | None]


class AlertEvent(Base):
    """One line of an alert's timeline. The key makes the same step for the same person impossible twice."""

    __tablename__ = "alert_events"
    __table_args__ = (UniqueConstraint("alert_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(points_at("alerts.id"))
    patient_id: Mapped[int] = mapped_column(points_at("people.id"), index=True)
    key: Mapped[str]
    kind: Mapped[str]
    person_id: Mapped[int | None]
    at: Mapped[datetime]
    detail: Mapped[bytes | None]  # sealed


class Report(Base):
    """A typed message that sounded like a warning sign, until it is confirmed, refused or counted."""

    __tablename__ = "reports"
    __table_args__ = (one_of("state", REPORT_STATES),)
    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(points_at("people.id"), index=True)
    sender_id: Mapped[int]
    state: Mapped[str]
    detail: Mapped[bytes]  # sealed: the words, the labels, the signs
    written_at: Mapped[datetime]


class AuditRow(Base):
    """Who did what to whose data, without the data."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    deed: Mapped[str]
    subject_id: Mapped[int | None]
    at: Mapped[datetime]
    previous: Mapped[bytes | None]
    digest: Mapped[bytes | None]
