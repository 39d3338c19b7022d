"""Organisations that take part in a case."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.case_shapes import CaseShape, PartyShape, party_shape
from impasse.api.cases import changed_case
from impasse.api.desk import Reading, Writing
from impasse.api.opening import party_of
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Shape, Words
from impasse.domain.commands import AddParty

router = APIRouter(tags=["parties"], route_class=GuardedRoute)


class PartyPage(Page[PartyShape]):
    """One page of parties."""


class PartyAdded(Shape):
    """An organisation of the register that joins."""

    organisation: Words = Field(min_length=1)
    role: Words = Field("", max_length=200)


@router.get("/cases/{case}/parties", response_model=PartyPage, summary="Partijen van een zaak")
async def list_parties(desk: Reading, case: str, query: Annotated[PageQuery, Query()]) -> Response:
    """Return who takes part, in the order in which they joined."""
    found = await desk.case(case)
    return await paged(desk.request, query, by_position(found.parties), party_shape, PartyPage)


@router.post(
    "/cases/{case}/parties",
    response_model=CaseShape,
    status_code=201,
    summary="Voeg een partij toe",
)
async def add_party(desk: Writing, case: str, sent: PartyAdded) -> Response:
    """Bring another organisation to the case."""
    party = await desk.read(party_of, desk, sent.organisation, sent.role)
    return await changed_case(desk, await desk.do(AddParty(case, party)))
