"""Every stored term held against its history: what the database keeps, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from impasse.adapters.sql.people import reading
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow
from impasse.adapters.sql.views import Views
from impasse.domain.access import no_such_case
from impasse.domain.errors import Conflict
from impasse.domain.history import destroyed_through
from impasse.domain.retrace import Difference, differences, retrace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

    from impasse.domain.lifeline import ProcedureOf
    from impasse.domain.retrace import CalendarOf, Retraced
    from impasse.domain.text import Text

_CASES = table(CaseRow)


@dataclass(frozen=True, slots=True)
class RetracedCase:
    """What reckoning the terms of one case again brought.

    `terms` is how many are the same to the byte, `differing` which are not, `unknown` the stays
    whose term cannot be reckoned again, each with the reason. `unreadable` says what is wrong with
    the history as a whole.
    """

    case: str
    terms: int
    differing: tuple[Difference, ...] = ()
    unknown: tuple[Retraced, ...] = ()
    unreadable: Text | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing is stored otherwise than the history tells."""
        return not self.differing and self.unreadable is None


def retrace_terms(
    database: Engine, procedure_of: ProcedureOf, calendar_of: CalendarOf, case: str = ""
) -> Iterator[RetracedCase]:
    """Reckon every term of every case again, or of one *case*; one case in memory at a time.

    Raises `NotFound` when there is no such case, `Unavailable` when the database fails.
    """
    views = Views(database)
    known = select(_CASES.c.id).order_by(_CASES.c.id)
    with reading(database) as session:
        cases = list(session.execute(known.where(_CASES.c.id == case) if case else known).scalars())
    if case and not cases:
        raise no_such_case(case)
    for one in cases:
        found = _retraced(views, one, procedure_of, calendar_of)
        if not found.sound:
            # A step taken between two reads is no fault: look once more before saying so.
            found = _retraced(views, one, procedure_of, calendar_of)
        yield found


def _retraced(
    views: Views, case: str, procedure_of: ProcedureOf, calendar_of: CalendarOf
) -> RetracedCase:
    history = views.history(case)
    if destroyed_through(history):
        # What was destroyed by law cannot be reckoned again, and need not be.
        return RetracedCase(case, 0)
    try:
        stays = retrace(history, procedure_of, calendar_of)
        stored = views.terms(case)
    except Conflict as error:
        return RetracedCase(case, 0, unreadable=error.text)
    unknown = tuple(stay for stay in stays if stay.why_not is not None and not stay.wrong)
    differing = differences(stays, stored)
    same = sum(stay.term is not None for stay in stays) - len(
        [one for one in differing if one.retraced is not None]
    )
    return RetracedCase(case, same, differing, unknown)
