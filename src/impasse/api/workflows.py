"""Adopted procedures: their stages, terms and moves, as everybody may know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response

from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Reading
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Moment, Shape, bilingual
from impasse.domain.errors import NotFound
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.people import Role
from impasse.domain.terms import Atw, Basis
from impasse.domain.text import Text, same
from impasse.domain.workflow import StageKind

if TYPE_CHECKING:
    from impasse.adapters.sql.tables import WorkflowRow
    from impasse.domain.workflow import Stage, StageTerm, Transition, Workflow

router = APIRouter(tags=["workflows"], route_class=GuardedRoute)


class WorkflowSummary(Shape):
    """A version of a procedure that was adopted."""

    reference: str
    name: str
    version: str
    adopted_at: Moment
    content_hash: str
    href: str


class WorkflowPage(Page[WorkflowSummary]):
    """One page of procedures."""


class StageTermShape(Shape):
    """How long a stage may take; `agreed` when the parties name the last day themselves."""

    length: str
    basis: Basis
    atw: Atw
    agreed: bool
    source: Bilingual | None


class StageShape(Shape):
    """One stage of a procedure."""

    name: str
    number: int | None
    kind: StageKind
    label: Bilingual
    purpose: Bilingual
    owner: Role | None
    next_action: Bilingual | None
    term: StageTermShape | None


class ConditionShape(Shape):
    """A condition of a move; what is not required may be passed with a reason."""

    guard: str
    label: Bilingual
    required: bool


class ArrowShape(Shape):
    """A move of a procedure; to `back` is to where the case came from."""

    trigger: str
    label: Bilingual
    sources: list[str]
    to: str
    roles: list[Role]
    note_required: bool
    conditions: list[ConditionShape]


class WorkflowShape(Shape):
    """A whole procedure."""

    reference: str
    name: str
    version: str
    label: Bilingual
    description: Bilingual
    initial: str
    content_hash: str
    stages: list[StageShape]
    transitions: list[ArrowShape]


@router.get("/workflows", response_model=WorkflowPage, summary="Aangenomen procedures")
async def list_workflows(desk: Reading, query: Annotated[PageQuery, Query()]) -> Response:
    """Return every adopted version, the latest of each name first."""
    rows = await desk.read(desk.house.procedures.in_force)

    def show(row: WorkflowRow) -> WorkflowSummary:
        reference = f"{row.name}@{row.version}"
        return WorkflowSummary(
            reference=reference,
            name=row.name,
            version=row.version,
            adopted_at=row.adopted_at,
            content_hash=row.content_hash,
            href=desk.url("workflows", reference),
        )

    return await paged(desk.request, query, by_position(rows), show, WorkflowPage)


@router.get("/workflows/{workflow}", response_model=WorkflowShape, summary="Eén procedure")
async def show_workflow(desk: Reading, workflow: str) -> Response:
    """Return one version, by `name@version`; by name alone the one that new cases get."""
    if "\x00" in workflow:
        raise NotFound(Text("Zo'n procedure kan er niet zijn.", "There cannot be such a workflow."))
    name, at, version = workflow.partition("@")

    def look() -> Workflow:
        procedures = desk.house.procedures
        return procedures.get(name, version).workflow if at else procedures.latest(name)

    return shown(desk.request, _workflow(await desk.read(look)))


def _workflow(workflow: Workflow) -> WorkflowShape:
    return WorkflowShape(
        reference=workflow.reference,
        name=workflow.name,
        version=workflow.version,
        label=bilingual(workflow.label),
        description=bilingual(workflow.description),
        initial=workflow.initial,
        content_hash=workflow.content_hash,
        stages=[_stage(stage) for stage in workflow.stages.values()],
        transitions=[_arrow(transition) for transition in workflow.transitions],
    )


def _stage(stage: Stage) -> StageShape:
    return StageShape(
        name=stage.name,
        number=stage.number,
        kind=stage.kind,
        label=bilingual(stage.label),
        purpose=bilingual(stage.purpose),
        owner=stage.owner,
        next_action=None if stage.next_action is None else bilingual(stage.next_action),
        term=None if stage.term is None else _term(stage.term),
    )


def _term(term: StageTerm) -> StageTermShape:
    return StageTermShape(
        length=str(term.rule.length),
        basis=term.rule.basis,
        atw=term.rule.atw,
        agreed=term.agreed,
        source=None if term.rule.source is None else bilingual(term.rule.source),
    )


def _arrow(move: Transition) -> ArrowShape:
    conditions = [(guard, True) for guard in move.required]
    conditions += [(guard, False) for guard in move.advised]
    return ArrowShape(
        trigger=move.trigger,
        label=bilingual(move.label),
        sources=list(move.sources),
        to=move.target,
        roles=sorted(move.roles),
        note_required=move.note_required,
        conditions=[
            ConditionShape(
                guard=guard,
                label=bilingual(GUARD_LABELS.get(guard, same(guard))),
                required=required,
            )
            for guard, required in conditions
        ],
    )
