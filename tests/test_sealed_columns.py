"""What stands in the database unsealed is on a list: docs/decisions/0005."""

from __future__ import annotations

from sqlalchemy import Date, DateTime, LargeBinary, String

from bot.store import queues, tables  # noqa: F401 - importing them puts their tables on Base
from bot.store.base import Base, Moment

# Words of ours, ids, hours and zones. Nothing a person said, and nothing that tells what somebody has;
# alerts.urgency and alerts.kind are the exception the decision explains.
PLAIN_WORDS = {
    "people": {"language", "zone", "zone_source", "country", "onboarding", "sleeps_from", "sleeps_to"},
    "consents": {"kind", "text_version", "language"},
    "patients": {"state", "rhythm", "hours", "weekdays", "quiet_from", "quiet_to", "tell"},
    "care_links": {"state", "sees"},
    "protocols": {"version", "body"},
    "checkins": {"protocol_version", "state"},
    "answers": {"question"},
    "findings": {"protocol_version"},
    "alerts": {"state", "urgency", "kind", "protocol_version", "closed_why"},
    "alert_events": {"key", "kind"},
    "reports": {"state"},
    "moments": {"kind"},
    "inbox": {"state"},
    "outbox": {"key", "kind", "state", "why"},
    "cards": {"purpose", "state", "why"},
    "knocks": {"key", "state", "why"},
    "leases": {"name", "holder"},
    "audit": {"deed"},
    "installation": {"key_fingerprint"},
}


def test_every_plain_word_is_on_the_list() -> None:
    plain = {
        table.name: {column.name for column in table.columns if isinstance(column.type, String)}
        for table in Base.metadata.sorted_tables
    }
    unlisted = {name: columns - PLAIN_WORDS.get(name, set()) for name, columns in plain.items()}
    assert {name: columns for name, columns in unlisted.items() if columns} == {}


def test_no_column_is_of_a_kind_that_could_hide_words() -> None:
    """Words are text or sealed bytes; a JSON or pickled column would slip past the list above."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            known = isinstance(column.type, String | LargeBinary | Moment | DateTime | Date)
            assert known or column.type.python_type in {int, bool, float}, f"{table.name}.{column.name}"
