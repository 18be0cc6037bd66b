"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

# Types as they were when this was written.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first tables."""
    op.create_table(
        "audit",
        sa.Column("id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("deed", sa.String(), nullable=False),
        sa.Column("subject_id", Id, nullable=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_patient_id"), "audit", ["patient_id"], unique=False)

    op.create_table(
        "cards",
        sa.Column("id", Id, nullable=False),
        sa.Column("chat_id", Id, nullable=False),
        sa.Column("about_id", Id, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("lane", Id, nullable=False),
        sa.Column("message_id", Id, nullable=True),
        sa.Column("wanted", Id, nullable=False),
        sa.Column("shown", Id, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("tries", Id, nullable=False),
        sa.Column("epoch", Id, nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('live', 'gone')", name=op.f("ck_cards_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("subject_id", "purpose", "chat_id", name=op.f("uq_cards_subject_id_purpose_chat_id")),
    )
    op.create_index(op.f("ix_cards_about_id"), "cards", ["about_id"], unique=False)
    op.create_index(
        "ix_cards_behind",
        "cards",
        ["lane", "due_at"],
        unique=False,
        sqlite_where=sa.text("shown < wanted AND state = 'live'"),
        postgresql_where=sa.text("shown < wanted AND state = 'live'"),
    )

    op.create_table(
        "knocks",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("alert_id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("caregiver_id", Id, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", Id, nullable=False),
        sa.Column("epoch", Id, nullable=True),
        sa.Column("sent_at", Moment, nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('ready', 'sending', 'sent', 'failed', 'moot')", name=op.f("ck_knocks_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knocks")),
        sa.UniqueConstraint("key", name=op.f("uq_knocks_key")),
    )
    op.create_index(op.f("ix_knocks_patient_id"), "knocks", ["patient_id"], unique=False)
    op.create_index("ix_knocks_state_due_at", "knocks", ["state", "due_at"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("update_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("sender", Id, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", Id, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'parked')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_received_at"), "inbox", ["received_at"], unique=False)
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_inbox_parked",
        "inbox",
        ["update_id"],
        unique=False,
        sqlite_where=sa.text("state = 'parked'"),
        postgresql_where=sa.text("state = 'parked'"),
    )

    op.create_table(
        "installation",
        sa.Column("id", Id, nullable=False),
        sa.Column("key_fingerprint", sa.String(), nullable=True),
        sa.Column("oldest_code_allowed", Id, nullable=False),
        sa.Column("alive_at", Moment, nullable=True),
        sa.Column("away_from", Moment, nullable=True),
        sa.Column("away_to", Moment, nullable=True),
        sa.Column("bot_id", Id, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("epoch", Id, nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "moments",
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("tries", Id, nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "kind", name=op.f("pk_moments")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_moments_checkins",
        "moments",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("kind = 'checkin'"),
        postgresql_where=sa.text("kind = 'checkin'"),
    )
    op.create_index(
        "ix_moments_others",
        "moments",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("kind != 'checkin'"),
        postgresql_where=sa.text("kind != 'checkin'"),
    )
    op.create_index(
        "ix_moments_failing",
        "moments",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("tries > 0"),
        postgresql_where=sa.text("tries > 0"),
    )

    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("chat_id", Id, nullable=False),
        sa.Column("about_id", Id, nullable=False),
        sa.Column("lane", Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("alert_id", Id, nullable=True),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", Id, nullable=False),
        sa.Column("epoch", Id, nullable=True),
        sa.Column("sent_at", Moment, nullable=True),
        sa.Column("message_id", Id, nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('ready', 'sending', 'sent', 'gone', 'failed', 'dropped')", name=op.f("ck_outbox_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_about_id"), "outbox", ["about_id"], unique=False)
    op.create_index(
        "ix_outbox_alert_id",
        "outbox",
        ["alert_id"],
        unique=False,
        sqlite_where=sa.text("alert_id IS NOT NULL"),
        postgresql_where=sa.text("alert_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["lane", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('ready', 'sending')"),
        postgresql_where=sa.text("state IN ('ready', 'sending')"),
    )

    op.create_table(
        "people",
        sa.Column("id", Id, nullable=False),
        sa.Column("chat_id", Id, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("zone_source", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("handle", sa.LargeBinary(), nullable=True),
        sa.Column("onboarding", sa.String(), nullable=True),
        sa.Column("expects", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("unreachable_at", Moment, nullable=True),
        sa.Column("sleeps_from", sa.String(), nullable=True),
        sa.Column("sleeps_to", sa.String(), nullable=True),
        sa.Column("off_until", Moment, nullable=True),
        sa.Column("cover_id", Id, nullable=True),
        sa.Column("settings", sa.LargeBinary(), nullable=True),
        sa.Column("channel", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("chat_id", name=op.f("uq_people_chat_id")),
    )
    op.create_table(
        "protocols",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("stored_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_protocols")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("checkin_id", Id, nullable=True),
        sa.Column("reporter_id", Id, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("protocol_version", sa.String(), nullable=False),
        sa.Column("ladder", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("rung", Id, nullable=False),
        sa.Column("raised_at", Moment, nullable=False),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("acknowledged_at", Moment, nullable=True),
        sa.Column("closed_at", Moment, nullable=True),
        sa.Column("closed_why", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('raised', 'escalated', 'acknowledged', 'closed')", name=op.f("ck_alerts_state")),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["people.id"],
            name=op.f("fk_alerts_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_patient_id"), "alerts", ["patient_id"], unique=False)
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["patient_id"],
        unique=True,
        sqlite_where=sa.text("state != 'closed'"),
        postgresql_where=sa.text("state != 'closed'"),
    )

    op.create_table(
        "care_links",
        sa.Column("id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("caregiver_id", Id, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("line", Id, nullable=False),
        sa.Column("position", Id, nullable=False),
        sa.Column("sees", sa.String(), nullable=False),
        sa.Column("all_findings", sa.Boolean(), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("confirmed_at", Moment, nullable=True),
        sa.Column("ended_at", Moment, nullable=True),
        sa.Column("unreachable_at", Moment, nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'refused', 'removed', 'left')", name=op.f("ck_care_links_state")
        ),
        sa.ForeignKeyConstraint(
            ["caregiver_id"],
            ["people.id"],
            name=op.f("fk_care_links_caregiver_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["people.id"],
            name=op.f("fk_care_links_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_links")),
        sa.UniqueConstraint("patient_id", "caregiver_id", name=op.f("uq_care_links_patient_id_caregiver_id")),
    )
    op.create_index(op.f("ix_care_links_caregiver_id"), "care_links", ["caregiver_id"], unique=False)

    op.create_table(
        "checkins",
        sa.Column("id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("reporter_id", Id, nullable=True),
        sa.Column("protocol_version", sa.String(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("slot", Id, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("finished_at", Moment, nullable=True),
        sa.Column("sitting", sa.LargeBinary(), nullable=True),
        sa.Column("worried", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('prompted', 'open', 'done', 'expired', 'replaced')", name=op.f("ck_checkins_state")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["people.id"],
            name=op.f("fk_checkins_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"],
            ["people.id"],
            name=op.f("fk_checkins_reporter_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkins")),
        sa.UniqueConstraint("patient_id", "local_day", "slot", name=op.f("uq_checkins_patient_id_local_day_slot")),
    )
    op.create_index("ix_checkins_patient_id_opened_at", "checkins", ["patient_id", "opened_at"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("given_at", Moment, nullable=False),
        sa.Column("withdrawn_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_consents_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_person_id"), "consents", ["person_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("used_at", Moment, nullable=True),
        sa.Column("used_by", Id, nullable=True),
        sa.Column("revoked_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["people.id"],
            name=op.f("fk_invitations_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(op.f("ix_invitations_patient_id"), "invitations", ["patient_id"], unique=False)

    op.create_table(
        "patients",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("paused_until", Moment, nullable=True),
        sa.Column("rhythm", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=True),
        sa.Column("quiet_from", sa.String(), nullable=False),
        sa.Column("quiet_to", sa.String(), nullable=False),
        sa.Column("asked_day", sa.Date(), nullable=True),
        sa.Column("asked_slot", Id, nullable=True),
        sa.Column("spoke_at", Moment, nullable=True),
        sa.Column("usual", sa.LargeBinary(), nullable=True),
        sa.Column("care", sa.LargeBinary(), nullable=True),
        sa.Column("tell", sa.String(), nullable=False),
        sa.Column("silence_note", sa.Boolean(), nullable=False),
        sa.Column("discreet", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('onboarding', 'active', 'paused', 'hospital', 'stopped', 'died')",
            name=op.f("ck_patients_state"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_patients_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_patients")),
    )
    op.create_table(
        "reports",
        sa.Column("id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("sender_id", Id, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", Moment, nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'asked_again', 'confirmed', 'counted', 'refused', 'carried')",
            name=op.f("ck_reports_state"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["people.id"],
            name=op.f("fk_reports_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_patient_id"), "reports", ["patient_id"], unique=False)

    op.create_table(
        "wrong_guesses",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("guessed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_wrong_guesses_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_guesses")),
    )
    op.create_index(op.f("ix_wrong_guesses_person_id"), "wrong_guesses", ["person_id"], unique=False)

    op.create_table(
        "alert_events",
        sa.Column("id", Id, nullable=False),
        sa.Column("alert_id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
            name=op.f("fk_alert_events_alert_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["people.id"],
            name=op.f("fk_alert_events_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_events")),
        sa.UniqueConstraint("alert_id", "key", name=op.f("uq_alert_events_alert_id_key")),
    )
    op.create_index(op.f("ix_alert_events_patient_id"), "alert_events", ["patient_id"], unique=False)

    op.create_table(
        "answers",
        sa.Column("id", Id, nullable=False),
        sa.Column("checkin_id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("reporter_id", Id, nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["checkin_id"],
            ["checkins.id"],
            name=op.f("fk_answers_checkin_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["people.id"],
            name=op.f("fk_answers_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index(op.f("ix_answers_checkin_id"), "answers", ["checkin_id"], unique=False)
    op.create_index(op.f("ix_answers_patient_id"), "answers", ["patient_id"], unique=False)

    op.create_table(
        "findings",
        sa.Column("id", Id, nullable=False),
        sa.Column("checkin_id", Id, nullable=False),
        sa.Column("patient_id", Id, nullable=False),
        sa.Column("urgency", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("protocol_version", sa.String(), nullable=False),
        sa.Column("found_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["checkin_id"],
            ["checkins.id"],
            name=op.f("fk_findings_checkin_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["people.id"],
            name=op.f("fk_findings_patient_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_checkin_id"), "findings", ["checkin_id"], unique=False)
    op.create_index(op.f("ix_findings_patient_id"), "findings", ["patient_id"], unique=False)

    op.execute("INSERT INTO installation (id, oldest_code_allowed) VALUES (1, 1)")
