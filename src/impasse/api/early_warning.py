"""How a case stands now, and why; and what can be reported at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Response

from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Reading
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Day, Shape, bilingual
from impasse.domain.early_warning import Level, one_decimal
from impasse.domain.reassessment import assessment, in_names
from impasse.domain.signals import Reliability
from impasse.domain.text import same

if TYPE_CHECKING:
    from impasse.domain.case import Case
    from impasse.domain.early_warning import Indicator, Reason

router = APIRouter(route_class=GuardedRoute)


class DimensionPoints(Shape):
    """What one group of indicators weighs now, and at most."""

    code: str
    label: Bilingual
    points: float
    cap: int


class ReasonShape(Shape):
    """One contribution to the score; its sentence names the party, `organisation` has its id."""

    code: str
    points: float
    sentence: Bilingual
    signal: str
    organisation: str
    organisation_name: str
    day: Day | None
    reliability: Reliability | None


class AssessmentShape(Shape):
    """How a case stands today. It tells about the case, never about a government."""

    on: Day
    score: float
    level: Level
    level_since: Day
    dimensions: list[DimensionPoints]
    standstill: int
    protection: int
    reasons: list[ReasonShape]
    contributions: list[ReasonShape]
    missing: Bilingual | None
    indicators_version: str


class IndicatorShape(Shape):
    """Something that can be seen and that often comes before an impasse."""

    code: str
    name: str
    dimension: str
    dimension_label: Bilingual
    kind: Literal["state", "event"]
    points: int
    half_life_days: int | None
    tripwire: bool
    label: Bilingual
    question: Bilingual
    advice: Bilingual


class IndicatorPage(Page[IndicatorShape]):
    """One page of indicators."""


@router.get(
    "/cases/{case}/early-warning",
    response_model=AssessmentShape,
    summary="Hoe een zaak ervoor staat",
    tags=["early-warning"],
)
async def show_early_warning(desk: Reading, case: str) -> Response:
    """Return the score of today with its reasons."""
    found = await desk.case(case)
    indicators = desk.house.indicators
    now = assessment(found, desk.today, desk.house.calendar, indicators)
    shape = AssessmentShape(
        on=now.on,
        score=now.score,
        level=now.level,
        level_since=now.standing.since,
        dimensions=[
            DimensionPoints(
                code=dimension.code,
                label=bilingual(dimension.label),
                points=one_decimal(now.dimensions[dimension.code]),
                cap=dimension.cap,
            )
            for dimension in indicators.dimensions
        ],
        standstill=now.standstill,
        protection=now.protection,
        reasons=[_reason(reason, found) for reason in now.reasons],
        contributions=[_reason(reason, found) for reason in now.contributions],
        missing=None if now.missing is None else bilingual(now.missing),
        indicators_version=now.indicators_version,
    )
    return shown(desk.request, shape)


@router.get(
    "/indicators", response_model=IndicatorPage, summary="Wat u kunt melden", tags=["indicators"]
)
async def list_indicators(desk: Reading, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the codes that a signal may have, in words."""
    indicators = desk.house.indicators
    labels = {dimension.code: dimension.label for dimension in indicators.dimensions}

    def show(indicator: Indicator) -> IndicatorShape:
        return IndicatorShape(
            code=indicator.code,
            name=indicator.name,
            dimension=indicator.dimension,
            dimension_label=bilingual(labels.get(indicator.dimension, same(indicator.dimension))),
            kind=indicator.kind,
            points=indicator.points,
            half_life_days=indicator.half_life_days,
            tripwire=indicator.tripwire,
            label=bilingual(indicator.label),
            question=bilingual(indicator.question),
            advice=bilingual(indicator.advice),
        )

    return await paged(desk.request, query, by_position(indicators.indicators), show, IndicatorPage)


def _reason(reason: Reason, case: Case) -> ReasonShape:
    named = in_names(reason, case)
    return ReasonShape(
        code=reason.code,
        points=one_decimal(reason.points),
        sentence=bilingual(named.sentence),
        signal=reason.signal,
        organisation=reason.organisation,
        organisation_name=named.organisation,
        day=reason.day,
        reliability=reason.reliability,
    )
