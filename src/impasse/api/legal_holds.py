"""Legal holds: while one stands, nothing of a case is destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api import etags
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Reading, Writing
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Moment, Shape, Words
from impasse.domain.commands import LiftHold, PlaceHold
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.errors import NotFound
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.api.desk import Desk
    from impasse.domain.case import Case
    from impasse.domain.disclosure import LegalHold

router = APIRouter(tags=["legal-holds"], route_class=GuardedRoute)


class LegalHoldShape(Shape):
    """A duty to keep everything of a case; `liftedAt` is null as long as it stands."""

    id: str
    organisation: str
    reason: str
    reference: str
    placed_at: Moment
    lifted_at: Moment | None
    lifted_because: str
    href: str


class LegalHoldPage(Page[LegalHoldShape]):
    """One page of legal holds."""


class HoldPlaced(Shape):
    """Keep everything of the case, for an organisation; left out: your own."""

    reason: Words = Field(json_schema_extra={"minLength": 1, "maxLength": TEXT_LENGTH})
    reference: Words = Field(
        "",
        json_schema_extra={"maxLength": LONGEST_NAME},
        description="Kenmerk van het verzoek. · Reference of the request.",
    )
    organisation: Words = Field(
        "",
        json_schema_extra={"maxLength": LONGEST_NAME},
        description="Voor welke partij; zonder dit veld uw eigen organisatie. · For which party; "
        "without this field your own organisation.",
    )


class HoldLifted(Shape):
    """Things may be destroyed again, as far as no other hold stands."""

    reason: Words = Field(json_schema_extra={"minLength": 1, "maxLength": TEXT_LENGTH})


@router.get(
    "/cases/{case}/legal-holds",
    response_model=LegalHoldPage,
    summary="Bewaarplichten van een zaak",
)
async def list_legal_holds(
    desk: Reading, case: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return the legal holds that were ever placed on a case, oldest first."""
    found = await desk.case(case)
    holds = await desk.read(desk.house.law.holds, found)

    def show(hold: LegalHold) -> LegalHoldShape:
        return _shape(desk, found, hold)

    return await paged(desk.request, query, by_position(holds), show, LegalHoldPage)


@router.post(
    "/cases/{case}/legal-holds",
    response_model=LegalHoldShape,
    status_code=201,
    summary="Leg een bewaarplicht op",
)
async def place_hold(desk: Writing, case: str, sent: HoldPlaced) -> Response:
    """Forbid destroying anything of the case; also when it is closed."""
    organisation = sent.organisation or desk.actor.organisation
    receipt = await desk.do(PlaceHold(case, organisation, sent.reason, sent.reference))
    return await _made(desk, case, receipt.created)


@router.get(
    "/cases/{case}/legal-holds/{hold}", response_model=LegalHoldShape, summary="Eén bewaarplicht"
)
async def show_legal_hold(desk: Reading, case: str, hold: str) -> Response:
    """Return one legal hold; its tag is that of the case."""
    found = await desk.case(case)
    shape = _shape(desk, found, await _hold(desk, found, hold))
    return shown(desk.request, shape, tag=etags.of_revision(found.revision))


@router.post(
    "/cases/{case}/legal-holds/{hold}/liftings",
    response_model=LegalHoldShape,
    status_code=201,
    summary="Hef een bewaarplicht op",
)
async def lift_hold(desk: Writing, case: str, hold: str, sent: HoldLifted) -> Response:
    """End a legal hold: by the organisation for which it stands, or by the secretariat."""
    await _hold(desk, await desk.case(case), hold)
    await desk.do(LiftHold(case, hold, sent.reason))
    return await _made(desk, case, hold)


async def _made(desk: Desk, case: str, hold: str) -> Response:
    found = await desk.case(case)
    shape = _shape(desk, found, await _hold(desk, found, hold))
    return made(shape, shape.href, tag=etags.of_revision(found.revision))


async def _hold(desk: Desk, case: Case, hold: str) -> LegalHold:
    for found in await desk.read(desk.house.law.holds, case):
        if found.id == hold:
            return found
    raise NotFound(
        Text(
            f"Zaak {case.id} heeft geen bewaarplicht {hold}.",
            f"Case {case.id} has no legal hold {hold}.",
        )
    )


def _shape(desk: Desk, case: Case, hold: LegalHold) -> LegalHoldShape:
    return LegalHoldShape(
        id=hold.id,
        organisation=hold.organisation,
        reason=hold.reason,
        reference=hold.reference,
        placed_at=hold.placed_at,
        lifted_at=hold.lifted_at,
        lifted_because=hold.lifted_because,
        href=desk.url("cases", case.id, "legal-holds", hold.id),
    )
