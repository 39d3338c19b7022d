"""Past cases of a procedure with their whole history, to hold against another version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EntryRow, PartyRow
from impasse.domain.case import Party, Status, Visibility
from impasse.domain.counterfactual import PastCase
from impasse.domain.history import ChainedEntry
from impasse.domain.people import Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Engine

_CASES, _PARTIES, _ENTRIES = table(CaseRow), table(PartyRow), table(EntryRow)

_AT_ONCE = 200
"""So many cases per question: fewer than any database has room for in one list."""

_TELLING = (
    "case_opened",
    "stage_changed",
    "term_suspended",
    "term_resumed",
    "term_extended",
    "confirmed",
    "party_added",
    "appointed",
    "tasks_joined",
    "migrated",
    "migration_undone",
)
"""What a walk through the past listens to."""


def count_past_cases(database: Engine, name: str, version: str = "") -> int:
    """Return how many cases there are of procedure *name*, of any version unless one is named."""
    query = select(func.count()).select_from(_wanted(name, version).subquery())
    return int(_ask(database, query)[0][0])


def past_cases(database: Engine, name: str, now: datetime, version: str = "") -> Iterator[PastCase]:
    """Yield the cases of procedure *name*, in order; up to *now*, lessons up to their last line.

    Raises `Unavailable` when the database fails.
    """
    rows = _ask(database, _wanted(name, version).order_by(_CASES.c.id))
    for place in range(0, len(rows), _AT_ONCE):
        some = rows[place : place + _AT_ONCE]
        numbers = [row.id for row in some]
        parties = _by_case(
            _ask(
                database,
                select(_PARTIES)
                .where(_PARTIES.c.case_id.in_(numbers))
                .order_by(_PARTIES.c.case_id, _PARTIES.c.position),
            ),
            "case_id",
        )
        entries = _by_case(
            _ask(
                database,
                select(_ENTRIES)
                .where(_ENTRIES.c.subject.in_(numbers), _ENTRIES.c.action.in_(_TELLING))
                .order_by(_ENTRIES.c.subject, _ENTRIES.c.seq),
            ),
            "subject",
        )
        for row in some:
            lines = [ChainedEntry(*one) for one in entries.get(row.id, ())]
            ended = row.status == Status.CLOSED.value or row.visibility == Visibility.LESSON.value
            yield PastCase(
                row.id,
                row.title,
                tuple(
                    Party(p.organisation, p.name, Layer(p.layer), p.role)
                    for p in parties.get(row.id, ())
                ),
                lines,
                lines[-1].at if ended and lines else now,
            )


def _wanted(name: str, version: str) -> Select[Any]:
    query = select(_CASES.c.id, _CASES.c.title, _CASES.c.status, _CASES.c.visibility).where(
        _CASES.c.workflow == name
    )
    return query.where(_CASES.c.workflow_version == version) if version else query


def _by_case(rows: Sequence[Any], key: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, key), []).append(row)
    return found


def _ask(database: Engine, query: Select[Any]) -> list[Any]:
    try:
        with database.connect() as connection:
            return list(connection.execute(query))
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
