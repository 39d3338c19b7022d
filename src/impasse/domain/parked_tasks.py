"""Work that rests while a case is paused, and goes on where it was when the case comes back.

Who leaves a stage for an agreed pause leaves its tasks as they are: nobody can work on them, and no
timer of theirs rings. A move to `back` brings them into the stay that begins then, under the same
numbers, with the working days that were left. Any other move out of the pause withdraws them. So
only the stay right before a pause can have tasks that rest.

Where the clock brings a case into a pause because all work was done, there is nothing to go on
with: who comes back begins anew. Else the clock would send the case straight into the pause again,
and nobody could ever do anything else in that stage.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain.carried_tasks import changes_of, fit_tasks
from impasse.domain.case import Purpose, Timer
from impasse.domain.history import Entry
from impasse.domain.task import TaskState
from impasse.domain.task_flow import settled
from impasse.domain.tasks import iso, late_tasks, leave_tasks, make_tasks, told_of
from impasse.domain.terms import Basis
from impasse.domain.text import Text
from impasse.domain.workflow import StageKind, TaskExpiry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from impasse.domain.case import Case, Party
    from impasse.domain.decision import Decision, Given
    from impasse.domain.task import Task
    from impasse.domain.workflow import Stage, TaskRule

_IN_HAND = frozenset({TaskState.OPEN, TaskState.STARTED})


def change_tasks(decision: Decision, stage: Stage, given: Given, *, paused_on: date | None) -> None:
    """Let the work of the stay that ended rest or fall away, and go on with that of *stage*.

    The case stands in its new stay, still with the tasks of the last. *paused_on* is the day on
    which those that rest were left, when the case comes back to them.
    """
    case = _of(decision)
    pausing = stage.kind is StageKind.PAUSE
    finished = settled(case.parked) and _leads_to(stage, case.came_from, given)
    back = () if paused_on is None or finished else case.parked
    if pausing and paused_on is None:
        _park(decision, case)
        leave_tasks(decision, case.parked, stage.label, given)
    elif back:
        leave_tasks(decision, case.tasks, stage.label, given)
    else:
        leave_tasks(decision, (*case.parked, *case.tasks), stage.label, given)
    if pausing:
        decision.case = case.but(parked=_as_left(decision, case.tasks))
    elif case.parked:
        decision.case = case.but(parked=())
    if back and paused_on is not None:
        _go_on(decision, stage, back, paused_on, given)
    else:
        make_tasks(decision, stage, given)


def give_parked(decision: Decision, party: Party, given: Given) -> None:
    """Give a party that comes during a pause its tasks of what rests, to open after it."""
    case = _of(decision)
    stage = given.procedure.workflow.stages.get(case.came_from)
    if stage is None:
        return
    tasks = late_tasks(case.parked, stage.tasks.values(), party, case.stage_entry - 1)
    before = {task.id: task for task in case.parked}
    decision.case = case.but(parked=tasks)
    decision.tasks.extend(task for task in tasks if before.get(task.id) != task)


def _leads_to(stage: Stage, pause: str, given: Given) -> bool:
    """Whether the clock moves a case from *stage* to *pause* once all work is done."""
    moves = given.procedure.workflow.moves.get(stage.name, {})
    move = None if stage.when_done is None else moves.get(stage.when_done)
    return move is not None and move.target == pause


def _park(decision: Decision, case: Case) -> None:
    live = [task for task in case.tasks if task.state.live]
    if live:
        decision.entries.append(
            Entry(
                "tasks_parked",
                {
                    "tasks": [task.id for task in live],
                    "named": [told_of(case, task) for task in live],
                },
            )
        )


def _as_left(decision: Decision, tasks: Iterable[Task]) -> tuple[Task, ...]:
    """Return *tasks* as the decision leaves them: some may have been withdrawn by it."""
    now = {task.id: task for task in decision.tasks}
    return tuple(now.get(task.id, task) for task in tasks)


def _go_on(
    decision: Decision, stage: Stage, parked: tuple[Task, ...], paused_on: date, given: Given
) -> None:
    """Bring *parked* into the stay that begins, as they were before the pause."""
    case = _of(decision)
    back = [
        _brought_back(decision, task, stage.tasks.get(task.name), paused_on, given)
        for task in parked
    ]
    going_on = [task for task in back if task.state.live and task.name in stage.tasks]
    if going_on:
        decision.entries.append(
            Entry(
                "tasks_resumed",
                {
                    "tasks": [
                        {
                            "id": task.id,
                            "name": task.name,
                            "organisation": task.organisation,
                            "role": task.role,
                            "due_on": iso(task.due_on),
                            **told_of(case, task),
                        }
                        for task in going_on
                    ]
                },
            )
        )
    # Of a party that came during the pause nothing has begun: what follows from it, follows now.
    begun = [t for t in back if t.state is not TaskState.WAITING or t.opened_on is not None]
    decision.case = case.but(tasks=tuple(begun))
    known = frozenset(task.name for task in parked)
    because = Text(
        "De procedure zoals zij nu geldt, vraagt dit niet meer.",
        "The procedure as it is now asks this no more.",
    )
    fit_tasks(decision, tuple(back), changes_of(tuple(back), known, stage), because, given)
    written = {task.id for task in decision.tasks}
    decision.tasks.extend(task for task in _of(decision).tasks if task.id not in written)


def _brought_back(
    decision: Decision, task: Task, rule: TaskRule | None, paused_on: date, given: Given
) -> Task:
    """Return *task* in the stay that begins, with a last day that leaves what was left."""
    case = _of(decision)
    back = replace(task, stage_entry=case.stage_entry)
    if rule is None or task.due_on is None or task.state not in _IN_HAND:
        return back
    if task.due_on >= paused_on:
        due_on = _moved(task.due_on, paused_on, given)
    elif rule.on_expiry is TaskExpiry.COMPLETE:
        # Still in hand after its last day: the clock was late, and does what it had to do now.
        due_on = task.due_on
    else:
        return back
    decision.arm.append(
        Timer(
            case.id,
            Purpose.TASK_DUE,
            task.position,
            case.stage_entry,
            given.calendar.end_of_day(due_on),
            task.round,
        )
    )
    return replace(back, due_on=due_on)


def _moved(due_on: date, paused_on: date, given: Given) -> date:
    """Return the last day after a pause up to and including today, with as much left as before.

    What was due on the day on which the pause began, is due on the day of the way back, or on the
    first working day after that.
    """
    if given.today <= paused_on:
        return due_on
    days = given.calendar.kept_by(Basis.AGREEMENT)
    left = days.working_days_between(paused_on, due_on)
    again = days.add_working_days(given.today, left) if left else days.next_working_day(given.today)
    return max(due_on, again)


def _of(decision: Decision) -> Case:
    case = decision.case
    assert case is not None  # noqa: S101 tasks belong to a case
    return case
