"""Cases: found, read, and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.views import CaseFilter
from impasse.api import etags
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.case_shapes import CaseShape, CaseSummary, case_shape, case_summary
from impasse.api.desk import Desk, Opening, Reading
from impasse.api.opening import CaseOpened, opening
from impasse.api.paging import Page, PageQuery, paged
from impasse.api.shapes import Day, Words
from impasse.domain.case import Status
from impasse.domain.early_warning import Level
from impasse.domain.errors import Conflict
from impasse.domain.people import Layer
from impasse.domain.tier import Tier
from impasse.engine.procedures import procedure_of

if TYPE_CHECKING:
    from impasse.adapters.sql.views import CaseLine
    from impasse.domain.workflow import Workflow
    from impasse.engine.ports import Receipt

router = APIRouter(tags=["cases"], route_class=GuardedRoute)


class CaseQuery(PageQuery):
    """Which cases, and which page of them."""

    status: list[Status] = Field([], description="Mag vaker. · May be repeated.")
    stage: Words = Field("", description="Naam van de fase. · Name of the stage.")
    layer: Layer | None = Field(
        None, description="Met een partij van deze laag. · With such a party."
    )
    region: Words = Field("", description="Naam van het gebied. · Name of the region.")
    policy_area: Words = Field("", description="Beleidsterrein. · Policy area.")
    level: Level | None = Field(
        None, description="Niveau van vroegsignalering. · Level of warning."
    )
    tier: Tier | None = Field(None, description="Aan welke tafel. · At which table.")
    due_before: Day | None = Field(
        None, description="Termijn eindigt vóór deze dag. · Term ends before this day."
    )
    q: Words = Field("", max_length=400, description="Woorden in titel, nummer, terrein of partij. "
                     "· Words in title, number, area or party.")  # fmt: skip


class CasePage(Page[CaseSummary]):
    """One page of cases."""


@router.get("/cases", response_model=CasePage, summary="Zaken die u mag zien")
async def list_cases(desk: Reading, query: Annotated[CaseQuery, Query()]) -> Response:
    """Cases that you may see, by number."""
    wanted = CaseFilter(
        status=frozenset(query.status),
        stage=query.stage,
        layer=query.layer,
        region=query.region,
        policy_area=query.policy_area,
        level=query.level,
        tier=query.tier,
        due_before=query.due_before,
        text=query.q,
    )

    def fetch(after: str, limit: int) -> list[tuple[str, CaseLine]]:
        lines = desk.house.views.cases(desk.actor, wanted, after=after, limit=limit)
        return [(line.id, line) for line in lines]

    def show(line: CaseLine) -> CaseSummary:
        return case_summary(line, _procedure(desk, line), desk.url("cases", line.id))

    return await paged(desk.request, query, fetch, show, CasePage)


@router.post("/cases", response_model=CaseShape, status_code=201, summary="Meld een verschil")
async def open_case(desk: Opening, sent: CaseOpened) -> Response:
    """Flag a disagreement: it becomes a case in the first stage of its procedure."""
    receipt = await desk.do(await desk.read(opening, desk, sent))
    return await changed_case(desk, receipt)


@router.get("/cases/{case}", response_model=CaseShape, summary="Eén zaak")
async def show_case(desk: Reading, case: str) -> Response:
    """Return one case."""
    found = await desk.case(case)
    shape = case_shape(found, await desk.procedure(found), desk.url("cases", found.id))
    return shown(desk.request, shape, tag=etags.of_revision(found.revision))


def _procedure(desk: Desk, line: CaseLine) -> Workflow | None:
    """Return the procedure of one case in a list: without it, the list goes on."""
    try:
        return procedure_of(desk.house.procedures, line).workflow
    except Conflict:
        return None


async def changed_case(desk: Desk, receipt: Receipt) -> Response:
    """Return the case that a command made or changed."""
    found = await desk.case(receipt.subject)
    href = desk.url("cases", found.id)
    shape = case_shape(found, await desk.procedure(found), href)
    return made(shape, href, tag=etags.of_revision(found.revision))
