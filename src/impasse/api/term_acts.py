"""What can be done to a term that runs: suspend it, resume it, extend it; and a look beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.case_shapes import CaseShape
from impasse.api.cases import changed_case
from impasse.api.desk import Reading, Writing
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Day, Moment, Shape, Words, bilingual
from impasse.api.terms import (
    ExtensionShape,
    SuspensionShape,
    TermStep,
    extension_shape,
    suspension_shape,
)
from impasse.domain.commands import Extend, Resume, Suspend
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.errors import Fault, Invalid, NotFound
from impasse.domain.length import Length
from impasse.domain.term_acts import SuspensionReason
from impasse.domain.term_conditions import policy_of
from impasse.domain.term_story import explain_term
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.api.desk import Desk, WritingDesk
    from impasse.domain.case import Term

router = APIRouter(tags=["terms"], route_class=GuardedRoute)

Stay = Annotated[
    int,
    Path(
        ge=1,
        le=999_999,
        description="Het verblijf in een fase waarvan dit de termijn is (`stageEntry`). · The stay "
        "in a stage of which this is the term (`stageEntry`).",
    ),
]


class SuspensionPage(Page[SuspensionShape]):
    """One page of suspensions."""


class ExtensionPage(Page[ExtensionShape]):
    """One page of extensions."""


class SuspensionAsked(Shape):
    """A suspension: the clock stands still from the day after `beginsOn` (today, if absent).

    `waitsFor` is the organisation of a party, "mediator", "secretariat" or "outside", which
    `waitsForName` then names. `consents` are organisations that agreed, as `note` makes checkable.
    """

    reason: SuspensionReason
    waits_for: Words
    waits_for_name: Words = ""
    begins_on: Day | None = None
    until: Day
    consents: list[Words] = Field([], max_length=500)
    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


class ResumptionAsked(Shape):
    """The end of a suspension: the clock runs again from the day after `endedOn` (today)."""

    ended_on: Day | None = None
    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


class ExtensionAsked(Shape):
    """An extension: by `length` ("2 weeks", "P2W"), with a reason that all parties see."""

    length: Words = Field(min_length=1, json_schema_extra={"maxLength": 300})
    reason: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})
    consents: list[Words] = Field([], max_length=500)


class TermPreview(Shape):
    """What would come of it: the end as it is, the end as it would be, and why. Nothing is kept."""

    end_before: Day
    end: Day
    ends_at: Moment
    calendar_version: str
    explanation: list[TermStep]
    sentence: Bilingual


@router.get(
    "/cases/{case}/terms/{stay}/suspensions",
    response_model=SuspensionPage,
    summary="Opschortingen van een termijn",
)
async def list_suspensions(
    desk: Reading, case: str, stay: Stay, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return the suspensions of a term, in the order in which they were recorded."""
    term = await _term(desk, case, stay)
    fetch = by_position(term.suspensions)
    return await paged(desk.request, query, fetch, suspension_shape, SuspensionPage)


@router.post(
    "/cases/{case}/terms/{stay}/suspensions",
    response_model=CaseShape,
    status_code=201,
    summary="Schort de termijn op",
)
async def suspend(desk: Writing, case: str, stay: Stay, sent: SuspensionAsked) -> Response:
    """Let the clock of the running term stand still; the answer is the case as it then is."""
    return await _do(desk, stay, _suspend(case, sent))


@router.post(
    "/cases/{case}/terms/{stay}/suspension-previews",
    response_model=TermPreview,
    summary="Wat opschorten zou doen",
)
async def preview_suspension(
    desk: Reading, case: str, stay: Stay, sent: SuspensionAsked
) -> Response:
    """Return the date that a suspension would lead to, and why; nothing is kept."""
    return await _preview(desk, case, stay, _suspend(case, sent))


@router.post(
    "/cases/{case}/terms/{stay}/suspensions/{suspension}/resumptions",
    response_model=CaseShape,
    status_code=201,
    summary="Hervat de termijn",
)
async def resume(
    desk: Writing, case: str, stay: Stay, suspension: str, sent: ResumptionAsked
) -> Response:
    """End a suspension; the answer is the case as it then is."""
    return await _do(desk, stay, Resume(case, suspension, sent.ended_on, sent.note))


@router.post(
    "/cases/{case}/terms/{stay}/suspensions/{suspension}/resumption-previews",
    response_model=TermPreview,
    summary="Wat hervatten zou doen",
)
async def preview_resumption(
    desk: Reading, case: str, stay: Stay, suspension: str, sent: ResumptionAsked
) -> Response:
    """Return the date that ending a suspension would lead to, and why; nothing is kept."""
    return await _preview(desk, case, stay, Resume(case, suspension, sent.ended_on, sent.note))


@router.get(
    "/cases/{case}/terms/{stay}/extensions",
    response_model=ExtensionPage,
    summary="Verlengingen van een termijn",
)
async def list_extensions(
    desk: Reading, case: str, stay: Stay, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return the extensions of a term, in the order in which they were granted."""
    term = await _term(desk, case, stay)
    fetch = by_position(term.extensions)
    return await paged(desk.request, query, fetch, extension_shape, ExtensionPage)


@router.post(
    "/cases/{case}/terms/{stay}/extensions",
    response_model=CaseShape,
    status_code=201,
    summary="Verleng de termijn",
)
async def extend(desk: Writing, case: str, stay: Stay, sent: ExtensionAsked) -> Response:
    """Make the running term longer; the answer is the case as it then is."""
    return await _do(desk, stay, _extend(case, sent))


@router.post(
    "/cases/{case}/terms/{stay}/extension-previews",
    response_model=TermPreview,
    summary="Wat verlengen zou doen",
)
async def preview_extension(desk: Reading, case: str, stay: Stay, sent: ExtensionAsked) -> Response:
    """Return the date that an extension would lead to, and why; nothing is kept."""
    return await _preview(desk, case, stay, _extend(case, sent))


def _suspend(case: str, sent: SuspensionAsked) -> Suspend:
    return Suspend(
        case,
        reason=sent.reason,
        waits_for=sent.waits_for,
        until=sent.until,
        begins_on=sent.begins_on,
        waits_for_name=sent.waits_for_name,
        consents=tuple(sent.consents),
        note=sent.note,
    )


def _extend(case: str, sent: ExtensionAsked) -> Extend:
    try:
        length = Length.parse(sent.length)
    except Invalid as error:
        raise Invalid(error.text, [Fault("/length", error.text)]) from error
    return Extend(case, length, sent.reason, tuple(sent.consents))


async def _do(desk: WritingDesk, stay: int, command: Suspend | Resume | Extend) -> Response:
    return await changed_case(desk, await desk.do(replace(command, stay=stay)))


async def _preview(
    desk: Desk, case: str, stay: int, command: Suspend | Resume | Extend
) -> Response:
    found = await desk.case(case)
    meant = replace(command, stay=stay)
    decision = await desk.read(desk.house.engine.preview, meant, found, desk.actor)
    before, term = found.term, decision.term
    if before is None or term is None:
        raise AssertionError(command)
    workflow = await desk.procedure(found)
    policy = policy_of(workflow.stage(found.stage).term)
    calendar = desk.house.calendar
    return shown(
        desk.request,
        TermPreview(
            end_before=before.end,
            end=term.end,
            ends_at=term.ends_at,
            calendar_version=term.calendar_version,
            explanation=[
                TermStep(day=step.day, code=step.code, text=bilingual(step.text))
                for step in explain_term(term, calendar, policy)
            ],
            sentence=bilingual(decision.messages[0].reason),
        ),
    )


async def _term(desk: Desk, case: str, stay: int) -> Term:
    found = await desk.case(case)
    for term in await desk.read(desk.house.views.terms, found.id):
        if term.stage_entry == stay:
            return term
    raise NotFound(
        Text(
            f"Zaak {found.id} heeft geen termijn voor verblijf {stay}.",
            f"Case {found.id} has no term for stay {stay}.",
        )
    )
