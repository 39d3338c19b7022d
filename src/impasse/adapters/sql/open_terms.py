"""Terms that run or are suspended, in order, for whoever reckons them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import and_, bindparam, select, tuple_, update

from impasse.adapters.sql.database import Codec, translate, writing
from impasse.adapters.sql.rows import read_term
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, TermRow
from impasse.domain.case import Status, Visibility
from impasse.engine.replan import OpenTerm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Engine

    from impasse.domain.case import Term

log = structlog.get_logger("impasse.replan")

_CASES = table(CaseRow)
_TERMS = table(TermRow)
_OPEN = ("running", "suspended")
_UNCHANGED = and_(
    _TERMS.c.case_id == bindparam("case"),
    _TERMS.c.stage_entry == bindparam("entry"),
    _TERMS.c.plan == bindparam("seen"),
)
_NATIVE = Codec("native")
"""SQLAlchemy has turned the values into Python's own already."""


class SqlOpenTerms:
    """The open terms in a database."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def unchecked(self, version: str, after: tuple[str, int], limit: int) -> Sequence[OpenTerm]:
        """Return at most *limit* that were not checked with *version*, in order, after a place."""
        place = tuple_(_TERMS.c.case_id, _TERMS.c.stage_entry)
        statement = (
            select(_CASES.c.workflow, _CASES.c.workflow_version, *_TERMS.c)
            .join(_CASES, _CASES.c.id == _TERMS.c.case_id)
            .where(
                _TERMS.c.state.in_(_OPEN),
                _TERMS.c.checked_with != version,
                _CASES.c.status != Status.CLOSED.value,
                # A lesson is history: it stands where its sources left it.
                _CASES.c.visibility != Visibility.LESSON.value,
                place > after,
            )
            .order_by(_TERMS.c.case_id, _TERMS.c.stage_entry)
            .limit(limit)
        )
        try:
            with self._database.connect() as connection:
                rows = connection.execute(statement).all()
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error
        return [OpenTerm(row[2], row[3], row[0], row[1], _term(tuple(row[2:]))) for row in rows]

    def mark(self, terms: Sequence[OpenTerm], version: str) -> None:
        """Say that *version* leaves *terms* where they are; not of those that changed since."""
        seen = [
            {"case": one.case, "entry": one.stage_entry, "seen": one.term.plan}
            for one in terms
            if one.term is not None
        ]
        if not seen:
            return
        # One statement for all rows at once: a list of places would be compared one by one.
        statement = update(_TERMS).where(_UNCHANGED).values(checked_with=version)
        with writing(self._database) as connection:
            connection.execute(statement, seen)


def _term(row: tuple[Any, ...]) -> Term | None:
    """Return the term that a row keeps; None when that cannot be read, so that others can be."""
    try:
        return read_term(_NATIVE, row)
    except (KeyError, TypeError, ValueError):
        log.warning("term_unreadable", object=row[0], result="passed over")
        return None
