"""A procedure simulated: where cases would wait, for programs that plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Reading
from impasse.api.shapes import Bilingual, Shape, bilingual
from impasse.domain.errors import NotAllowed, NotFound
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.simulation.assumptions import assume
from impasse.simulation.monte_carlo import simulate
from impasse.simulation.report import assumptions_told, notices

if TYPE_CHECKING:
    from impasse.domain.machine import CompiledWorkflow
    from impasse.simulation.outcome import DeskFound, Outcome, Spread, StageFound

router = APIRouter(tags=["workflows"], route_class=GuardedRoute)

MOST_CASES = 2_000


class SimulationQuery(Shape):
    """How many cases, and by which chance."""

    cases: int = Field(1_000, ge=1, le=MOST_CASES, description="Hoeveel zaken. · How many cases.")
    seed: int = Field(
        1,
        ge=0,
        le=999_999_999,
        description="Toevalsgetal: hetzelfde getal, hetzelfde antwoord. · The same seed, the same "
        "answer.",
    )


class SpreadOfDays(Shape):
    """Working days: how many values, their mean, median, 85 of 100, and the longest."""

    n: int
    mean: float
    median: float
    p85: float
    longest: float


class RungCount(Shape):
    """How many stays came to a rung, `after` working days past their term."""

    after: int
    tier: Tier | None
    trigger: str | None
    reached: int


class ReminderCount(Shape):
    """How often a reminder was sent, `before` working days before the end of the term."""

    before: int
    sent: int


class SimulatedStage(Shape):
    """What became of one stage; `term` in working days, `shareExpired` from 0 to 1."""

    name: str
    label: Bilingual
    term: int | None
    stays: int
    time: SpreadOfDays
    waited: SpreadOfDays
    expired: int
    share_expired: float
    reminders: list[ReminderCount]
    rungs: list[RungCount]
    suspended: int
    moved_by_clock: int
    unfinished: int


class QueueLength(Shape):
    """How many cases wait at a moment: the mean, what 85 of 100 moments keep within, the most."""

    mean: float
    p85: int
    longest: int


class SimulatedRole(Shape):
    """How busy a role was; `people` and `load` are null when there is no limit."""

    role: Role
    people: int | None
    at_once: int | None
    in_hand: float
    load: float | None
    queue: QueueLength
    wait: SpreadOfDays


class SimulatedEnding(Shape):
    """How many cases ended so."""

    name: str
    label: Bilingual
    cases: int
    share: float


class SimulatedTier(Shape):
    """How many cases came no higher than this table."""

    tier: Tier
    cases: int
    share: float


class SimulationShape(Shape):
    """What a simulation found, and everything that it assumed, in sentences."""

    workflow: str
    content_hash: str
    calendar_version: str
    seed: int
    cases: int
    finished: int
    unfinished: int
    time: SpreadOfDays
    stages: list[SimulatedStage]
    roles: list[SimulatedRole]
    endings: list[SimulatedEnding]
    tiers: list[SimulatedTier]
    notices: list[Bilingual]
    assumptions: list[Bilingual]


@router.get(
    "/workflows/{workflow}/simulation",
    response_model=SimulationShape,
    summary="Een procedure gesimuleerd",
)
async def show_simulation(
    desk: Reading, workflow: str, query: Annotated[SimulationQuery, Query()]
) -> Response:
    """Simulate one version, by `name@version`, with the usual assumptions; for the secretariat."""
    if not desk.actor.has(Role.SECRETARIAT):
        raise NotAllowed(
            Text(
                "Een simulatie is er voor het secretariaat.",
                "A simulation is for the secretariat.",
            )
        )
    if "\x00" in workflow:
        raise NotFound(Text("Zo'n procedure kan er niet zijn.", "There cannot be such a workflow."))
    name, at, version = workflow.partition("@")

    def live() -> Outcome:
        procedures = desk.house.procedures
        found: CompiledWorkflow = procedures.get(
            name, version if at else procedures.latest(name, desk.today).version
        )
        calendar = desk.house.calendar
        assumed = assume(found.workflow, calendar)
        return simulate(found, assumed, calendar, cases=query.cases, seed=query.seed)

    return shown(desk.request, _shape(await desk.read(live)))


def _shape(outcome: Outcome) -> SimulationShape:
    return SimulationShape(
        workflow=outcome.procedure,
        content_hash=outcome.content_hash,
        calendar_version=outcome.calendar_version,
        seed=outcome.seed,
        cases=outcome.cases,
        finished=outcome.finished,
        unfinished=outcome.unfinished,
        time=_days(outcome.time),
        stages=[_stage(stage) for stage in outcome.stages],
        roles=[_role(desk) for desk in outcome.desks],
        endings=[
            SimulatedEnding(name=e.name, label=bilingual(e.label), cases=e.cases, share=e.share)
            for e in outcome.endings
        ],
        tiers=[
            SimulatedTier(tier=one.tier, cases=one.cases, share=one.share) for one in outcome.tiers
        ],
        notices=[bilingual(notice) for notice in notices(outcome)],
        assumptions=[bilingual(sentence) for sentence in assumptions_told(outcome)],
    )


def _stage(stage: StageFound) -> SimulatedStage:
    return SimulatedStage(
        name=stage.name,
        label=bilingual(stage.label),
        term=stage.term,
        stays=stage.entered,
        time=_days(stage.time),
        waited=_days(stage.waited),
        expired=stage.expired,
        share_expired=stage.share_expired,
        reminders=[ReminderCount(before=r.before, sent=r.sent) for r in stage.reminders],
        rungs=[
            RungCount(after=r.after, tier=r.tier, trigger=r.trigger, reached=r.reached)
            for r in stage.rungs
        ],
        suspended=stage.suspended,
        moved_by_clock=stage.moved_by_clock,
        unfinished=stage.unfinished,
    )


def _role(desk: DeskFound) -> SimulatedRole:
    return SimulatedRole(
        role=desk.role,
        people=desk.staff,
        at_once=None if desk.staff is None else desk.at_once,
        in_hand=desk.busy,
        load=desk.load,
        queue=QueueLength(mean=desk.queue.mean, p85=desk.queue.p85, longest=desk.queue.most),
        wait=_days(desk.wait),
    )


def _days(spread: Spread) -> SpreadOfDays:
    return SpreadOfDays(
        n=spread.n,
        mean=spread.mean,
        median=spread.median,
        p85=spread.p85,
        longest=spread.most,
    )
