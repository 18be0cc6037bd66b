"""Alembic's entry: runs the migrations on the connection that `bot.store.schema` hands over."""

from __future__ import annotations

from alembic import context

from bot.store import queues, tables  # noqa: F401 - importing them puts their tables on Base
from bot.store.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
