"""Retention: finds the rooms whose time has come, has them destroyed, and clears what is left.

Everything follows from the state of the database, so that a process may be killed at any moment
and two may sweep at once: what is due stays due, and each command looks again.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import and_, exists, func, or_, select, text

from impasse.adapters.sql.database import SQLITE, translate
from impasse.adapters.sql.room_rows import room_from_key
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    AssessmentRow,
    CaseRow,
    ContributionRow,
    LegalHoldRow,
    RoomRow,
)
from impasse.domain.case import Status, Visibility
from impasse.domain.commands import DestroyRoom
from impasse.domain.destruction import kept_until
from impasse.domain.errors import ImpasseError
from impasse.domain.people import CLOCK
from impasse.domain.rooms import SHARED, RoomKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from sqlalchemy.engine import Connection
    from sqlalchemy.engine import Engine as Database

    from impasse.domain.rooms import Room
    from impasse.domain.workflow import RoomPolicy
    from impasse.engine.engine import Engine
    from impasse.engine.procedures import Procedures

log = structlog.get_logger("impasse.retention")

_CASES, _ROOMS, _HOLDS = table(CaseRow), table(RoomRow), table(LegalHoldRow)
_CONTRIBUTIONS, _ASSESSMENTS = table(ContributionRow), table(AssessmentRow)

LOOK_SECONDS = 600.0
"""How often a process looks for rooms that are due; days pass no faster."""

MOST_AT_ONCE = 500
"""Rooms that one sweep destroys at most: timers and people wait meanwhile."""

_TABLES = "contributions, document_contents, releases, assessments, entries, cases, signals"


@dataclass(frozen=True, slots=True)
class RoomDue:
    """A room with content of a closed case, and the day on which that is destroyed."""

    case: str
    room: Room
    day: date


class Retention:
    """Destroys rooms whose retention has passed; one per process, made by `wiring`.

    A clock that jumped must not destroy what nobody can bring back. So a room is destroyed only
    when this process saw it due twice, `settle_seconds` apart by a clock that only goes forward.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        procedures: Procedures,
        today: Callable[[], date],
        *,
        settle_seconds: float = LOOK_SECONDS,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._engine, self._procedures = database, engine, procedures
        self._today, self._settle, self._steady = today, settle_seconds, steady
        self._seen: dict[tuple[str, str], float] = {}
        self._looked: float | None = None
        self._scrubbed: tuple[int, ...] = (0, 0)

    def look(self) -> int:
        """Sweep when it was long enough ago; what goes wrong is logged, and tried again later."""
        now = self._steady()
        if self._looked is not None and now - self._looked < self._settle:
            return 0
        self._looked = now
        try:
            return self.sweep()
        except Exception:
            log.exception("retention_sweep_failed", object="rooms", result="tried again later")
            return 0

    def sweep(self) -> int:
        """Destroy what was due at an earlier look too, then clear the file; return how many."""
        now, today = self._steady(), self._today()
        due = [one for one in coming(self._database, self._procedures) if one.day <= today]
        keys = {(one.case, one.room.key) for one in due}
        self._seen = {key: self._seen.get(key, now) for key in keys}
        destroyed = 0
        settled = [one for one in due if now - self._seen[one.case, one.room.key] >= self._settle]
        for one in settled[:MOST_AT_ONCE]:
            destroyed += self._destroy(one)
        self._scrub_once()
        return destroyed

    def _destroy(self, one: RoomDue) -> int:
        try:
            receipt = self._engine.handle(DestroyRoom(one.case, one.room), CLOCK)
        except ImpasseError as error:
            # A hold was placed or the case reopened meanwhile: then it is not due any more.
            log.warning("room_kept", object=one.case, result="not destroyed", reason=str(error))
            return 0
        return int(receipt.changed)

    def _scrub_once(self) -> None:
        """Clear the file when something was destroyed since this process last did."""
        destroyed = _destructions(self._database)
        if destroyed == self._scrubbed:
            return
        if scrub(self._database):
            self._scrubbed = destroyed


def coming(database: Database, procedures: Procedures) -> list[RoomDue]:
    """Return every room that will be destroyed as things are now, the earliest first.

    A case of which the procedure cannot be read keeps its rooms; the log says so.
    """
    found = []
    policies: dict[tuple[str, str], RoomPolicy | None] = {}
    for row in _with_content(database):
        version = (row.workflow, row.workflow_version)
        if version not in policies:
            policies[version] = _policy(procedures, *version)
        policy = policies[version]
        if policy is None:
            continue
        room = SHARED if row.room is None else room_from_key(row.room)
        day = kept_until(room.kind, row.stage_since, policy)
        if day is not None:
            found.append(RoomDue(row.id, room, day))
    # The whole case goes after its rooms.
    return sorted(
        found, key=lambda one: (one.day, one.case, one.room.kind is RoomKind.SHARED, one.room)
    )


def scrub(database: Database) -> bool:
    """Clear what the database keeps of rows that were emptied; return whether it could.

    On SQLite freed bytes are overwritten at once (`secure_delete`), and the write-ahead log is
    folded back into the file and cut to nothing, which waits for readers. On PostgreSQL dead rows
    are vacuumed: their space can be used again; only `VACUUM FULL` gives it back at once, and
    copies (backups, an archive of the log) are for who keeps them.
    """
    try:
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if database.dialect.name != SQLITE:
                connection.execute(text(f"VACUUM {_TABLES}"))
                return True
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            return not busy
    except Exception as error:  # noqa: BLE001 what is destroyed is destroyed; this is tried again
        log.warning("scrub_failed", result="tried again", reason=str(translate(error)))
        return False


def _policy(procedures: Procedures, name: str, version: str) -> RoomPolicy | None:
    try:
        return procedures.get(name, version).workflow.rooms
    except ImpasseError as error:
        log.warning("rooms_kept", object=f"{name}@{version}", reason=str(error))
        return None


def _with_content(database: Database) -> Iterator[Any]:
    """Yield rooms with content of closed cases without a hold; of the shared one `room` is NULL."""
    held = exists().where(_HOLDS.c.case_id == _CASES.c.id, _HOLDS.c.lifted_at.is_(None))
    closed = and_(
        _CASES.c.status == Status.CLOSED.value,
        _CASES.c.visibility != Visibility.LESSON.value,
        ~held,
    )
    written = exists().where(
        _CONTRIBUTIONS.c.case_id == _ROOMS.c.case_id,
        _CONTRIBUTIONS.c.room == _ROOMS.c.room,
        _CONTRIBUTIONS.c.destroyed_at.is_(None),
    )
    assessed = and_(
        _ROOMS.c.kind == RoomKind.SIDE.value,
        exists().where(
            _ASSESSMENTS.c.case_id == _ROOMS.c.case_id,
            _ASSESSMENTS.c.organisation == _ROOMS.c.organisation,
        ),
    )
    confidential = _ROOMS.c.kind != RoomKind.SHARED.value
    of_case = (_CASES.c.id, _CASES.c.workflow, _CASES.c.workflow_version, _CASES.c.stage_since)
    rooms = (
        select(*of_case, _ROOMS.c.room)
        .join(_ROOMS, _ROOMS.c.case_id == _CASES.c.id)
        .where(closed, confidential, _ROOMS.c.destroyed_at.is_(None), or_(written, assessed))
    )
    gone = exists().where(
        _ROOMS.c.case_id == _CASES.c.id,
        _ROOMS.c.kind == RoomKind.SHARED.value,
        _ROOMS.c.destroyed_at.is_not(None),
    )
    whole = select(*of_case, text("NULL AS room")).where(closed, ~gone)
    with _reading(database) as connection:
        yield from connection.execute(rooms)
        yield from connection.execute(whole)


def _destructions(database: Database) -> tuple[int, ...]:
    """Return how much was ever destroyed. Moments would not do: a clock can be put back."""
    with _reading(database) as connection:
        return tuple(
            connection.execute(select(func.count(of.c.destroyed_at))).scalar_one()
            for of in (_CONTRIBUTIONS, _ROOMS)
        )


@contextmanager
def _reading(database: Database) -> Iterator[Connection]:
    try:
        with database.connect() as connection:
            yield connection
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
