"""Terms of a case: when they end, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response

from impasse.api.admission import GuardedRoute
from impasse.api.case_shapes import TermInShort
from impasse.api.desk import Desk, Reading
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Day, Shape, bilingual
from impasse.domain.term_acts import Resume, SuspensionReason
from impasse.domain.term_story import explain_term, replans_of, warn_of
from impasse.domain.terms import Atw
from impasse.engine.lives import calendar_then, policies_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from impasse.domain.case import Term
    from impasse.domain.history import ChainedEntry
    from impasse.domain.term_acts import Extension, Suspension

router = APIRouter(tags=["terms"], route_class=GuardedRoute)


class TermStep(Shape):
    """One step in how a last day came about."""

    day: Day
    code: str
    text: Bilingual


class SuspensionShape(Shape):
    """A stretch in which the clock stands still: from the day after `beginsOn` until `until`.

    `waitsFor` is the organisation of a party, "mediator", "secretariat" or "outside", which
    `waitsForName` then names. `endedOn` is the day on which it ended earlier.
    """

    id: str
    reason: SuspensionReason
    waits_for: str
    waits_for_name: str
    begins_on: Day
    until: Day
    ended_on: Day | None
    consents: list[str]
    note: str


class ExtensionShape(Shape):
    """Time that was added to the term, with a reason."""

    id: str
    on: Day
    length: str
    reason: str
    consents: list[str]


class TermExplained(TermInShort):
    """A term of a case, with the derivation of its last day.

    `plan` counts how often its end was planned anew: by suspensions, extensions and changes of
    the calendar.
    """

    stage_entry: int
    atw: Atw
    raw_end: Day
    calendar_version: str
    plan: int
    suspensions: list[SuspensionShape]
    extensions: list[ExtensionShape]
    explanation: list[TermStep]
    warnings: list[Bilingual]


class TermPage(Page[TermExplained]):
    """One page of terms."""


@router.get("/cases/{case}/terms", response_model=TermPage, summary="Termijnen van een zaak")
async def list_terms(desk: Reading, case: str, query: Annotated[PageQuery, Query()]) -> Response:
    """Return every term that the case had, oldest first, each with its explanation."""
    found = await desk.case(case)
    terms = await desk.read(desk.house.views.terms, found.id)
    entries = await desk.read(desk.house.views.history, found.id)
    policies = await desk.read(policies_of, desk.house.procedures, entries)

    def show(term: Term) -> TermExplained:
        policy = policies.get(term.stage_entry, Resume.KEEP_REMAINDER)
        return _shape(desk, term, policy, entries)

    return await paged(desk.request, query, by_position(terms), show, TermPage)


def _shape(
    desk: Desk, term: Term, policy: Resume, entries: Sequence[ChainedEntry]
) -> TermExplained:
    house, rule = desk.house, term.rule
    # Told with the calendar of then; when that is gone, a warning says so.
    calendar = calendar_then(house.calendars, house.calendar, term.calendar_version)
    replans = replans_of(entries, term.stage_entry)
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
        plan=term.plan,
        suspensions=[suspension_shape(one) for one in term.suspensions],
        extensions=[extension_shape(one) for one in term.extensions],
        explanation=[
            TermStep(day=step.day, code=step.code, text=bilingual(step.text))
            for step in explain_term(term, calendar, policy, replans)
        ],
        warnings=[bilingual(warning) for warning in warn_of(term, calendar, policy)],
    )


def suspension_shape(one: Suspension) -> SuspensionShape:
    """Return a suspension as it is shown."""
    return SuspensionShape(
        id=one.id,
        reason=one.reason,
        waits_for=one.waits_for,
        waits_for_name=one.waits_for_name,
        begins_on=one.begins_on,
        until=one.until,
        ended_on=one.ended_on,
        consents=[*one.consents],
        note=one.note,
    )


def extension_shape(one: Extension) -> ExtensionShape:
    """Return an extension as it is shown."""
    return ExtensionShape(
        id=one.id, on=one.on, length=one.length, reason=one.reason, consents=[*one.consents]
    )
