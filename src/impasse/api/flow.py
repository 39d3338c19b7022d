"""How cases flow through a procedure: the numbers of the page Proces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.flow import courses
from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Desk, Reading
from impasse.api.shapes import Bilingual, Day, Shape, bilingual
from impasse.domain.errors import Fault, Invalid, NotFound
from impasse.domain.flow import Flow, flow, within
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.domain.workflow import StageKind

if TYPE_CHECKING:
    from impasse.domain.flow import Spread, StageFlow

router = APIRouter(tags=["workflows"], route_class=GuardedRoute)


class FlowQuery(Shape):
    """Which days to count."""

    first_day: Day | None = Field(
        None,
        description="Eerste dag die telt; zonder: twaalf maanden terug. · First day that counts; "
        "left out: twelve months ago.",
    )
    last_day: Day | None = Field(
        None, description="Laatste dag die telt; zonder: vandaag. · Last day; left out: today."
    )


class SpreadShape(Shape):
    """Of `count` durations: within how many working days half were done, and 85 %.

    Null under three. Percentiles are by nearest rank.
    """

    count: int
    half: int | None
    most: int | None


class CaseAge(Shape):
    """An open case that you may see, and its working days in the stage; halted days left out."""

    case: str
    href: str
    days: int
    tier: Tier
    suspended: bool


class StageFlowShape(Shape):
    """One stage. `reached` = `resolved` + `stopped` + `further` + `unfinished`."""

    stage: str
    label: Bilingual
    kind: StageKind
    open: int
    suspended: int
    duration: SpreadShape
    reached: int
    resolved: int
    stopped: int
    further: int
    unfinished: int
    ages: list[CaseAge]


class ArrowCount(Shape):
    """So many times from one stage to another; back when it led to an earlier stage."""

    source: str
    target: str
    count: int
    back: bool


class EndingCount(Shape):
    """So many of the opened cases stand in this ending."""

    stage: str
    label: Bilingual
    count: int


class TierCount(Shape):
    """So many open cases at this table in this stage."""

    tier: Tier
    stage: str
    count: int


class FlowShape(Shape):
    """How a procedure runs, counted from the cases that you may see; lessons are left out.

    `opened`, `arrows`, `endings` and the funnel are about cases opened on the days from `firstDay`
    to `lastDay`; durations about what was finished on those days; `open`, `ages` and `tiers` about
    today. `whole` is from opening to resolution, pauses counted. `withoutMediator` is null when
    the procedure has no stage of a mediator.
    """

    workflow: str
    first_day: Day
    last_day: Day
    opened: int
    resolved: int
    stopped: int
    unfinished: int
    without_mediator: int | None
    whole: SpreadShape
    open: int
    suspended: int
    elsewhere: int
    stages: list[StageFlowShape]
    pauses: list[StageFlowShape]
    endings: list[EndingCount]
    arrows: list[ArrowCount]
    tiers: list[TierCount]


@router.get(
    "/workflows/{workflow}/flow", response_model=FlowShape, summary="Hoe een procedure loopt"
)
async def show_flow(desk: Reading, workflow: str, query: Annotated[FlowQuery, Query()]) -> Response:
    """Return the flow of one version, by `name@version`; by name alone that of all versions."""
    if "\x00" in workflow:
        raise NotFound(Text("Zo'n procedure kan er niet zijn.", "There cannot be such a workflow."))
    counted = await desk.read(_count, desk, workflow, query)
    return shown(desk.request, _shape(counted, workflow, desk))


def _count(desk: Desk, reference: str, query: FlowQuery) -> Flow:
    name, at, version = reference.partition("@")
    procedures = desk.house.procedures
    workflow = procedures.get(name, version).workflow if at else procedures.latest(name, desk.today)
    usual = within(desk.today, months=12)
    first, last = query.first_day or usual[0], query.last_day or usual[1]
    if first > last:
        raise Invalid(
            Text(
                "Deze dagen zijn geen tijdvak.",
                "These days are no period.",
            ),
            [
                Fault(
                    "/firstDay",
                    Text(
                        f"De eerste dag ({first}) ligt na de laatste ({last}). Kies een eerdere.",
                        f"The first day ({first}) lies after the last ({last}). Choose an earlier "
                        "one.",
                    ),
                )
            ],
        )
    found = courses(
        desk.house.database,
        desk.actor,
        desk.house.calendar,
        name=name,
        version=version,
        first=first,
        today=desk.today,
    )
    return flow(workflow, found, first, last)


def _shape(counted: Flow, reference: str, desk: Desk) -> FlowShape:
    stages = counted.workflow.stages
    back = {(source, target) for source, target, _ in counted.returns()}
    return FlowShape(
        workflow=reference,
        first_day=counted.first,
        last_day=counted.last,
        opened=counted.opened,
        resolved=counted.resolved,
        stopped=counted.stopped,
        unfinished=counted.unfinished,
        without_mediator=counted.without_mediator,
        whole=_spread(counted.whole),
        open=counted.open,
        suspended=counted.suspended,
        elsewhere=counted.elsewhere,
        stages=[_stage(one, desk) for one in counted.stages],
        pauses=[_stage(one, desk) for one in counted.pauses],
        endings=[
            EndingCount(stage=name, label=bilingual(stages[name].label), count=count)
            for name, count in counted.endings.items()
        ],
        arrows=[
            ArrowCount(source=source, target=target, count=count, back=(source, target) in back)
            for (source, target), count in sorted(counted.arrows.items())
        ],
        tiers=[
            TierCount(tier=tier, stage=stage, count=count)
            for (tier, stage), count in sorted(counted.matrix.items())
        ],
    )


def _spread(spread: Spread) -> SpreadShape:
    return SpreadShape(count=spread.n, half=spread.half, most=spread.most)


def _stage(one: StageFlow, desk: Desk) -> StageFlowShape:
    return StageFlowShape(
        stage=one.stage.name,
        label=bilingual(one.stage.label),
        kind=one.stage.kind,
        open=one.open,
        suspended=one.suspended,
        duration=_spread(one.spread),
        reached=one.reached,
        resolved=one.resolved,
        stopped=one.stopped,
        further=one.further,
        unfinished=one.unfinished,
        ages=[
            CaseAge(
                case=age.case,
                href=desk.url("cases", age.case),
                days=age.days,
                tier=age.tier,
                suspended=age.suspended,
            )
            for age in one.ages
        ],
    )
