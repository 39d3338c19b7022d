"""Steps in a case beside its moves: appointments, events, and a higher table."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.case_shapes import CaseShape
from impasse.api.cases import changed_case
from impasse.api.desk import Writing
from impasse.api.shapes import Day, Shape, Words
from impasse.domain.commands import Appoint, RaiseTier, RecordEvent
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.tier import Tier

router = APIRouter(route_class=GuardedRoute)


class Appointed(Shape):
    """Who handles or mediates, by user name: somebody who can sign in."""

    office: Literal["handler", "mediator"]
    appointee: Words = Field(max_length=200, json_schema_extra={"minLength": 1})


class EventRecorded(Shape):
    """Something that happened, also when it fits no stage."""

    text: Words = Field(json_schema_extra={"minLength": 1, "maxLength": TEXT_LENGTH})
    happened_on: Day
    by: Words = Field("", max_length=200)
    source: Words = Field("", max_length=2_000)
    precision: Literal["day", "month", "year"] = "day"


class TierRaised(Shape):
    """A higher table, and why."""

    tier: Tier
    reason: Words = Field(json_schema_extra={"minLength": 1}, max_length=TEXT_LENGTH)


@router.post(
    "/cases/{case}/appointments",
    response_model=CaseShape,
    status_code=201,
    summary="Wijs iemand aan",
    tags=["appointments"],
)
async def appoint(desk: Writing, case: str, sent: Appointed) -> Response:
    """Appoint the handler or the mediator."""
    return await changed_case(desk, await desk.do(Appoint(case, sent.office, sent.appointee)))


@router.post(
    "/cases/{case}/events",
    response_model=CaseShape,
    status_code=201,
    summary="Leg vast wat er gebeurde",
    tags=["events"],
)
async def record_event(desk: Writing, case: str, sent: EventRecorded) -> Response:
    """Keep something that happened in the history."""
    command = RecordEvent(case, sent.text, sent.happened_on, sent.by, sent.source, sent.precision)
    return await changed_case(desk, await desk.do(command))


@router.post(
    "/cases/{case}/tiers",
    response_model=CaseShape,
    status_code=201,
    summary="Schaal op",
    tags=["tiers"],
)
async def raise_tier(desk: Writing, case: str, sent: TierRaised) -> Response:
    """Take the case to a higher table."""
    return await changed_case(desk, await desk.do(RaiseTier(case, sent.tier, sent.reason)))
