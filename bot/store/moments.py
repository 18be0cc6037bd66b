"""Due moments: what must happen when. The clock looks here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Insert, bindparam, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.base import table_of
from bot.store.queues import DueMoment
from bot.store.session import Repository, Unit

_MOMENTS = table_of(DueMoment)
# One by one: SQLite would look for pairs by reading the whole table.
_CLEAR = delete(DueMoment).where(DueMoment.kind == bindparam("of"), DueMoment.subject_id == bindparam("subject"))


def _moved(insert: sqlite.Insert | postgresql.Insert) -> Insert:
    moved = {"due_at": insert.excluded.due_at, "patient_id": insert.excluded.patient_id, "tries": 0}
    return insert.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=moved)


_SET_SQLITE, _SET_POSTGRESQL = _moved(sqlite.insert(_MOMENTS)), _moved(postgresql.insert(_MOMENTS))
# The kind of which everybody has one; the others are few. Both have an index of their own.
CHECKIN = "checkin"


def _written(kind: str) -> ColumnElement[str]:
    # Not as a parameter: an index on some of the rows serves only who asks for them by name.
    return literal(kind, literal_execute=True)


_EARLIEST = select(func.min(DueMoment.due_at))
# The tick asks this every second, so it is built once. Two looks, each into an index that holds only what it looks for.
_EARLIEST_TWO = select(
    _EARLIEST.where(DueMoment.kind == _written(CHECKIN)).scalar_subquery(),
    _EARLIEST.where(DueMoment.kind != _written(CHECKIN)).scalar_subquery(),
)


class Moments(Repository):
    """One row a kind and subject; setting it again moves it."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._set: dict[tuple[str, int], tuple[int, datetime]] = {}
        self._cleared: set[tuple[str, int]] = set()

    def set(self, kind: str, subject_id: int, patient_id: int, due_at: datetime) -> None:
        """Let `kind` happen to the subject at a moment (and at no other)."""
        self._set[kind, subject_id] = (patient_id, due_at)
        self._cleared.discard((kind, subject_id))

    def clear(self, kind: str, subject_id: int) -> None:
        """Let it not happen."""
        self._set.pop((kind, subject_id), None)
        self._cleared.add((kind, subject_id))

    def clear_all(self, kinds: Collection[str], subject_id: int) -> None:
        """Let none of these kinds happen to the subject."""
        for kind in kinds:
            self.clear(kind, subject_id)

    async def clear_patient(self, patient_id: int) -> None:
        """Let nothing happen any more to or about a patient."""
        self._set = {key: due for key, due in self._set.items() if due[0] != patient_id}
        await self.session.execute(
            delete(DueMoment).where(DueMoment.patient_id == patient_id),
            execution_options={"synchronize_session": False},
        )

    def is_touched(self, kind: str, subject_id: int) -> bool:
        """Whether this unit of work has moved or cleared it."""
        return (kind, subject_id) in self._set or (kind, subject_id) in self._cleared

    async def flush(self) -> None:
        """Write what was set and cleared, in two statements at most."""
        if self._cleared:
            connection = await self.unit.connection()
            await connection.execute(_CLEAR, [{"of": kind, "subject": subject} for kind, subject in self._cleared])
        if self._set:
            rows = [
                {"kind": kind, "subject_id": subject, "patient_id": patient, "due_at": due_at, "tries": 0}
                for (kind, subject), (patient, due_at) in self._set.items()
            ]
            await self.unit.insert(_SET_SQLITE if self.unit.is_sqlite else _SET_POSTGRESQL, rows)
        self._set.clear()
        self._cleared.clear()

    async def due(self, now: datetime, most: int, only: str | None = None, but: str | None = None) -> list[DueMoment]:
        """The moments that have come, earliest first. Hold their patients, then look again with `still_due`."""
        query = select(DueMoment).where(DueMoment.due_at <= now).order_by(DueMoment.due_at).limit(most)
        if only:
            query = query.where(DueMoment.kind == _written(only))
        if but:
            query = query.where(DueMoment.kind != _written(but))
        return list(await self.session.scalars(query))

    async def still_due(self, moments: Sequence[DueMoment], now: datetime) -> list[DueMoment]:
        """Those that are due even now that their patients are held: a tap may just have moved or cleared one."""
        if self.unit.is_sqlite or not moments:
            return list(moments)  # one writer: nobody was in between
        keys = [(moment.kind, moment.subject_id) for moment in moments]
        query = select(DueMoment).where(tuple_(DueMoment.kind, DueMoment.subject_id).in_(keys), DueMoment.due_at <= now)
        return list(
            await self.session.scalars(query.order_by(DueMoment.due_at), execution_options={"populate_existing": True})
        )

    async def after(self, now: datetime, kinds: Collection[str]) -> list[DueMoment]:
        """The moments of these kinds that are still to come."""
        query = select(DueMoment).where(DueMoment.kind.in_(kinds), DueMoment.kind != _written(CHECKIN))
        query = query.where(DueMoment.due_at > now).order_by(DueMoment.due_at)
        return list(await self.session.scalars(query, execution_options={"populate_existing": True}))

    async def look_again(self, now: datetime, later_than: datetime) -> None:
        """Let the tick look now at check-ins that are planned for later than this: it plans anew what is not due."""
        await self.session.execute(
            update(DueMoment)
            .where(DueMoment.kind == _written(CHECKIN), DueMoment.due_at > later_than)
            .values(due_at=now),
            execution_options={"synchronize_session": False},
        )

    async def next(self, kind: str | None = None) -> datetime | None:
        """The earliest moment of a kind, or of any."""
        if kind:
            return await self.session.scalar(_EARLIEST.where(DueMoment.kind == _written(kind)))
        return min((due_at for due_at in await self.next_two() if due_at is not None), default=None)

    async def next_two(self) -> tuple[datetime | None, datetime | None]:
        """The earliest check-in, and the earliest moment of any other kind."""
        checkin, other = (await self.session.execute(_EARLIEST_TWO)).one()
        return checkin, other

    async def get(self, kind: str, subject_id: int) -> DueMoment | None:
        """The row itself, held until the commit."""
        return await self.session.get(DueMoment, (subject_id, kind), with_for_update=not self.unit.is_sqlite)

    async def put_off(
        self, kind: str, subject_id: int, now: datetime, most_tries: int, soon: timedelta, late: timedelta
    ) -> None:
        """Count a failure and try again soon; after so many, late."""
        moment = await self.get(kind, subject_id)
        if moment is not None:
            moment.tries += 1
            moment.due_at = now + (late if moment.tries >= most_tries else soon)

    async def of(self, kind: str, subject_id: int) -> datetime | None:
        """When this is due, if it is."""
        if (kind, subject_id) in self._set:
            return self._set[kind, subject_id][1]
        if (kind, subject_id) in self._cleared:
            return None
        query = select(DueMoment.due_at).where(DueMoment.kind == kind, DueMoment.subject_id == subject_id)
        return await self.session.scalar(query)

    async def of_subjects(self, ids: Collection[int]) -> list[DueMoment]:
        """Every due moment of these subjects, for the watchdog and the timeline."""
        return list(await self.session.scalars(select(DueMoment).where(DueMoment.subject_id.in_(set(ids)))))
