"""Work inside the stage where a case is now: what is to be done, by whom, and doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.case_shapes import CaseShape
from impasse.api.cases import changed_case
from impasse.api.desk import Reading, Writing
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Day, Shape, Words, bilingual
from impasse.domain.access import roles_on
from impasse.domain.commands import (
    CloseTasks,
    CompleteTask,
    ReopenTask,
    StartTask,
    WithdrawTask,
)
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.task import TaskState
from impasse.domain.task_flow import joined, name_of, of_name
from impasse.domain.tasks import may_act, may_act_on_behalf

if TYPE_CHECKING:
    from impasse.api.desk import Desk
    from impasse.domain.case import Case
    from impasse.domain.task import Task
    from impasse.domain.workflow import Workflow

router = APIRouter(tags=["tasks"], route_class=GuardedRoute)


class OutcomeShape(Shape):
    """An answer that can be given when a task is done."""

    outcome: str
    label: Bilingual


class TaskShape(Shape):
    """A task of the stage where the case is now, or of the stage to which it returns from a pause.

    `parked` when it rests during that pause: nobody can work on it until the case goes back.
    It is of the party `organisation` or, when that is empty, of who has `role`. `needed` tasks of
    this `name` must be done; `joined` tells whether they are. `yours` when you can do it yourself,
    `onBehalf` when you can for another. `round` counts how often it was opened.
    """

    id: str
    name: str
    label: Bilingual
    organisation: str
    role: str
    who: Bilingual
    state: TaskState
    parked: bool
    round: int
    needed: int
    joined: bool
    outcome: str
    outcomes: list[OutcomeShape]
    note: str
    opened_on: Day | None
    due_on: Day | None
    settled_on: Day | None
    yours: bool
    on_behalf: bool


class TaskPage(Page[TaskShape]):
    """One page of tasks."""


class Started(Shape):
    """A task is taken up."""


class Completed(Shape):
    """A task is done. `outcome` where the procedure asks an answer; `note` says where it stands."""

    outcome: Words = Field("", json_schema_extra={"maxLength": LONGEST_NAME})
    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


class Reasoned(Shape):
    """The reason, which all parties see."""

    reason: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


class Closed(Shape):
    """Go on without the tasks called `name` that are not done; all parties see the reason."""

    name: Words = Field(min_length=1, json_schema_extra={"maxLength": LONGEST_NAME})
    reason: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


@router.get("/cases/{case}/tasks", response_model=TaskPage, summary="Werk in deze fase")
async def list_tasks(desk: Reading, case: str, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the tasks of the stage where the case is now, in the order of the procedure.

    While the case is paused, those that rest until it comes back stand after them.
    """
    found = await desk.case(case)
    workflow = await desk.procedure(found)
    return await paged(
        desk.request,
        query,
        by_position((*found.tasks, *found.parked)),
        lambda task: _shape(desk, found, task, workflow),
        TaskPage,
    )


@router.post(
    "/cases/{case}/tasks/{task}/starts",
    response_model=CaseShape,
    status_code=201,
    summary="Pak een taak op",
)
async def start(desk: Writing, case: str, task: str, _sent: Started) -> Response:
    """Take up a task; the answer is the case as it then is."""
    return await changed_case(desk, await desk.do(StartTask(case, task)))


@router.post(
    "/cases/{case}/tasks/{task}/completions",
    response_model=CaseShape,
    status_code=201,
    summary="Rond een taak af",
)
async def complete(desk: Writing, case: str, task: str, sent: Completed) -> Response:
    """Say that a task is done; the answer is the case as it then is."""
    done = await desk.do(CompleteTask(case, task, sent.outcome, sent.note))
    return await changed_case(desk, done)


@router.post(
    "/cases/{case}/tasks/{task}/withdrawals",
    response_model=CaseShape,
    status_code=201,
    summary="Trek een taak in",
)
async def withdraw(desk: Writing, case: str, task: str, sent: Reasoned) -> Response:
    """Say that a task need not be done; the answer is the case as it then is."""
    return await changed_case(desk, await desk.do(WithdrawTask(case, task, sent.reason)))


@router.post(
    "/cases/{case}/tasks/{task}/reopenings",
    response_model=CaseShape,
    status_code=201,
    summary="Laat een taak opnieuw doen",
)
async def reopen(desk: Writing, case: str, task: str, sent: Reasoned) -> Response:
    """Have a task done again; the answer is the case as it then is."""
    return await changed_case(desk, await desk.do(ReopenTask(case, task, sent.reason)))


@router.post(
    "/cases/{case}/task-closings",
    response_model=CaseShape,
    status_code=201,
    summary="Ga verder zonder wat niet klaar is",
)
async def close(desk: Writing, case: str, sent: Closed) -> Response:
    """Withdraw what is not done of the tasks with one name, and go on."""
    return await changed_case(desk, await desk.do(CloseTasks(case, sent.name, sent.reason)))


def _shape(desk: Desk, case: Case, task: Task, workflow: Workflow) -> TaskShape:
    parked = task in case.parked
    stage = workflow.stages.get(case.came_from if parked else case.stage)
    rule = None if stage is None else stage.tasks.get(task.name)
    roles = roles_on(desk.actor, case)
    yours = not parked and may_act(roles, desk.actor.organisation, task)
    return TaskShape(
        id=task.id,
        name=task.name,
        label=bilingual(task.label),
        organisation=task.organisation,
        role=task.role,
        who=bilingual(name_of(case, task)),
        state=task.state,
        parked=parked,
        round=task.round,
        needed=task.needed,
        joined=joined(of_name(case.parked if parked else case.tasks, task.name)),
        outcome=task.outcome,
        outcomes=[
            OutcomeShape(outcome=outcome, label=bilingual(label))
            for outcome, label in ({} if rule is None else rule.outcomes).items()
        ],
        note=task.note,
        opened_on=task.opened_on,
        due_on=task.due_on,
        settled_on=task.settled_on,
        yours=yours,
        on_behalf=not parked and not yours and may_act_on_behalf(roles),
    )
