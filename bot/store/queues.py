"""What waits for its turn: due moments, the inbox, the outbox, the cards, the knocks; and the lease of who works."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, one_of, partial_index

INBOX_STATES = ("waiting", "done", "parked")
OUTBOX_STATES = ("ready", "sending", "sent", "gone", "failed", "dropped")
CARD_STATES = ("live", "gone")
KNOCK_STATES = ("ready", "sending", "sent", "failed", "moot")
# What of the outbox is not done with. The index on it serves only statements that say exactly this.
PENDING = "state IN ('ready', 'sending')"


class DueMoment(Base):
    """Something that must happen at a moment. The clock only looks at these rows; it knows nothing itself."""

    __tablename__ = "moments"
    __table_args__ = (
        # Everybody's next check-in is here, and what may happen to those under way. The tick looks for each apart,
        # every second: a look costs the same with a thousand patients and with a million.
        partial_index("ix_moments_checkins", "due_at", where="kind = 'checkin'"),
        partial_index("ix_moments_others", "due_at", where="kind != 'checkin'"),
        # The watchdog asks which moments fail, among millions that do not.
        partial_index("ix_moments_failing", "due_at", where="tries > 0"),
        # Every prompt writes three of these: the table is its own primary key, one tree less to write to.
        {"sqlite_with_rowid": False},
    )
    # The subject first, and the kind after it: SQLite would rather read everybody's check-in through a primary key that
    # begins with the kind than use the indexes above.
    subject_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    patient_id: Mapped[int]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)


class InboxRow(Base):
    """One update as Telegram sent it, kept before Telegram is told that we have it."""

    __tablename__ = "inbox"
    __table_args__ = (
        one_of("state", INBOX_STATES),
        partial_index("ix_inbox_waiting", "id", where="state = 'waiting'"),
        partial_index("ix_inbox_parked", "update_id", where="state = 'parked'"),
    )
    update_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int]
    sender: Mapped[int]  # a chat id; 0 when the update has none
    raw: Mapped[bytes | None]  # sealed, blanked when done
    received_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)


class OutboxRow(Base):
    """One thing to tell Telegram. Saved with what we learned, sent afterwards."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("state", OUTBOX_STATES),
        partial_index("ix_outbox_pending", "lane", "due_at", "id", where=PENDING),
        partial_index("ix_outbox_alert_id", "alert_id", where="alert_id IS NOT NULL"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    chat_id: Mapped[int]
    about_id: Mapped[int] = mapped_column(index=True)  # the person under whom the body is sealed
    lane: Mapped[int]
    kind: Mapped[str]
    body: Mapped[bytes | None]  # sealed
    alert_id: Mapped[int | None]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="ready")
    tries: Mapped[int] = mapped_column(default=0)
    epoch: Mapped[int | None]  # of the process that claimed it
    sent_at: Mapped[datetime | None]
    message_id: Mapped[int | None]
    why: Mapped[str | None]


class CardRow(Base):
    """A message that is edited in place: what it should show, and what it shows."""

    __tablename__ = "cards"
    __table_args__ = (
        UniqueConstraint("subject_id", "purpose", "chat_id"),
        one_of("state", CARD_STATES),
        partial_index("ix_cards_behind", "lane", "due_at", where="shown < wanted AND state = 'live'"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int]
    about_id: Mapped[int] = mapped_column(index=True)
    purpose: Mapped[str]
    subject_id: Mapped[int]
    lane: Mapped[int]
    message_id: Mapped[int | None]
    wanted: Mapped[int]
    shown: Mapped[int] = mapped_column(default=0)
    body: Mapped[bytes | None]  # sealed; none: rendered when it is claimed
    state: Mapped[str] = mapped_column(default="live")
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    epoch: Mapped[int | None]
    why: Mapped[str | None]


class KnockRow(Base):
    """One step of an alert's ladder, to be told to one caregiver by their second channel. It holds no word of it."""

    __tablename__ = "knocks"
    __table_args__ = (
        one_of("state", KNOCK_STATES),
        Index("ix_knocks_state_due_at", "state", "due_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # alert, round, step and caregiver: the same step is never told twice
    alert_id: Mapped[int]
    patient_id: Mapped[int] = mapped_column(index=True)
    caregiver_id: Mapped[int]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="ready")
    tries: Mapped[int] = mapped_column(default=0)
    epoch: Mapped[int | None]  # of the process that claimed it
    sent_at: Mapped[datetime | None]
    why: Mapped[str | None]


class Lease(Base):
    """Who may poll, tick and send, until when. The epoch grows with every new holder."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    epoch: Mapped[int]
    until: Mapped[datetime]
