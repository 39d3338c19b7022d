"""Moves of a case: which there are, for whom, what they still lack; and making one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.case_shapes import CaseShape, StageName, stage_name
from impasse.api.cases import changed_case
from impasse.api.desk import Reading, Writing
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Day, Shape, Words, bilingual
from impasse.domain.access import roles_on
from impasse.domain.commands import MakeMove
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.four_eyes import FOUR_EYES, FOUR_EYES_LABEL
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.moves import lacks
from impasse.domain.people import Role
from impasse.domain.workflow import BACK

if TYPE_CHECKING:
    from impasse.api.desk import Desk
    from impasse.domain.case import Case
    from impasse.domain.errors import Lack
    from impasse.domain.workflow import Transition, Workflow

router = APIRouter(tags=["transitions"], route_class=GuardedRoute)


class LackShape(Shape):
    """A condition that is not met yet; what is not required may be passed with a reason."""

    guard: str
    label: Bilingual
    missing: Bilingual
    required: bool


class MoveShape(Shape):
    """A move that leaves the present stage."""

    trigger: str
    label: Bilingual
    to: StageName
    roles: list[Role]
    yours: bool = Field(description="Of uw rol deze stap mag doen. · Whether your role may do it.")
    ready: bool = Field(
        description="Of alle vereiste voorwaarden zijn vervuld. · Whether all that is required is "
        "met."
    )
    lacks: list[LackShape]
    note_required: bool
    four_eyes: bool = Field(
        description="Of een ander deze stap eerst moet bevestigen. · Whether another person must "
        "confirm this move first."
    )
    until_required: bool


class MovePage(Page[MoveShape]):
    """One page of moves."""


class MoveMade(Shape):
    """A move, with its reason; `until` is the agreed last day of a pause."""

    trigger: Words = Field(min_length=1)
    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})
    until: Day | None = None


@router.get("/cases/{case}/transitions", response_model=MovePage, summary="Stappen die er zijn")
async def list_transitions(
    desk: Reading, case: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return the moves that leave the present stage, and what each still lacks."""
    found = await desk.case(case)
    workflow = await desk.procedure(found)
    moves = workflow.moves[workflow.stage(found.stage).name].values()

    def show(move: Transition) -> MoveShape:
        return _shape(desk, found, move, workflow)

    return await paged(desk.request, query, by_position(moves), show, MovePage)


@router.post(
    "/cases/{case}/transitions", response_model=CaseShape, status_code=201, summary="Zet een stap"
)
async def make_transition(desk: Writing, case: str, sent: MoveMade) -> Response:
    """Make a move of the procedure; the answer is the case as it then is."""
    receipt = await desk.do(MakeMove(case, sent.trigger, sent.note, sent.until))
    return await changed_case(desk, receipt)


def _shape(desk: Desk, case: Case, move: Transition, workflow: Workflow) -> MoveShape:
    target = case.came_from if move.target == BACK else move.target
    lacking = lacks(case, move, desk.actor)
    stage = workflow.stages.get(target)
    return MoveShape(
        trigger=move.trigger,
        label=bilingual(move.label),
        to=stage_name(target, workflow),
        roles=sorted(move.roles),
        yours=bool(move.roles & roles_on(desk.actor, case)),
        ready=not any(lack.required for lack in lacking),
        lacks=[_lack(lack) for lack in lacking],
        note_required=move.note_required,
        four_eyes=move.four_eyes,
        until_required=stage is not None and stage.term is not None and stage.term.agreed,
    )


def _lack(lack: Lack) -> LackShape:
    label = FOUR_EYES_LABEL if lack.guard == FOUR_EYES else lack.missing
    return LackShape(
        guard=lack.guard,
        label=bilingual(GUARD_LABELS.get(lack.guard, label)),
        missing=bilingual(lack.missing),
        required=lack.required,
    )
