"""Terms of a case: when they end, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response

from impasse.api.admission import GuardedRoute
from impasse.api.case_shapes import TermInShort
from impasse.api.desk import Desk, Reading
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Day, Shape, bilingual
from impasse.domain.length import Length
from impasse.domain.terms import Atw, Basis, TermRule, explain, reckon, warnings

if TYPE_CHECKING:
    from impasse.domain.case import Term

router = APIRouter(tags=["terms"], route_class=GuardedRoute)


class TermStep(Shape):
    """One step in how a last day came about."""

    day: Day
    code: str
    text: Bilingual


class TermExplained(TermInShort):
    """A term of a case, with the derivation of its last day."""

    stage_entry: int
    atw: Atw
    raw_end: Day
    calendar_version: str
    explanation: list[TermStep]
    warnings: list[Bilingual]


class TermPage(Page[TermExplained]):
    """One page of terms."""


@router.get("/cases/{case}/terms", response_model=TermPage, summary="Termijnen van een zaak")
async def list_terms(desk: Reading, case: str, query: Annotated[PageQuery, Query()]) -> Response:
    """Return every term that the case had, oldest first, each with its explanation."""
    found = await desk.case(case)
    terms = await desk.read(desk.house.views.terms, found.id)

    def show(term: Term) -> TermExplained:
        return _shape(desk, term)

    return await paged(desk.request, query, by_position(terms), show, TermPage)


def _shape(desk: Desk, term: Term) -> TermExplained:
    calendar = desk.house.calendar
    rule = TermRule(Length.parse(term.length), Basis(term.basis), atw=Atw(term.atw))
    # Told with the calendar of now; when that is another than then, a warning says so.
    reckoning = replace(reckon(rule, term.start, calendar), calendar_version=term.calendar_version)
    return TermExplained(
        stage=term.stage,
        stage_entry=term.stage_entry,
        length=term.length,
        basis=rule.basis,
        atw=rule.atw,
        start=term.start,
        raw_end=term.raw_end,
        end=term.end,
        ends_at=term.ends_at,
        state=term.state,
        calendar_version=term.calendar_version,
        explanation=[
            TermStep(day=step.day, code=step.code, text=bilingual(step.text))
            for step in explain(reckoning, calendar)
        ],
        warnings=[bilingual(warning) for warning in warnings(reckoning, calendar)],
    )
