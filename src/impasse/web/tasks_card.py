"""Work in the stage on the dossier: what is to be done, by whom and by when, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from impasse.domain.access import roles_on
from impasse.domain.case import Status
from impasse.domain.days_in_words import day_in_words
from impasse.domain.task import UNANSWERED, TaskState
from impasse.domain.task_flow import joined, listed, lower, name_of, needed, numbered, of_name
from impasse.domain.tasks import may_act, may_act_on_behalf
from impasse.domain.text import Text
from impasse.domain.workflow import Join, TaskExpiry
from impasse.web.course import near_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from impasse.domain.case import Case
    from impasse.domain.people import Actor
    from impasse.domain.task import Task
    from impasse.domain.workflow import Stage, TaskRule, Workflow


@dataclass(frozen=True, slots=True)
class Doors:
    """What the page offers a reader to do with a task; the engine decides all the same."""

    start: bool = False
    complete: bool = False
    withdraw: bool = False
    reopen: bool = False
    close: bool = False
    on_behalf: bool = False

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return self.start or self.complete or self.withdraw or self.reopen or self.close


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task: who does it, how it stands, and what the reader can do with it."""

    task: Task
    what: Text
    """Its label, with a number where one role has several alike."""
    who: Text
    state: Text
    tone: str
    when: Text
    late: bool
    answer: Text | None
    doors: Doors
    own: bool


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """The tasks of one name: how many are done of how many needed, and what they wait for."""

    name: str
    label: Text
    rule: TaskRule
    progress: Text
    enough: bool
    waits: Text | None
    lines: tuple[TaskLine, ...]


def tasks_card(case: Case, workflow: Workflow, actor: Actor, today: date) -> tuple[TaskGroup, ...]:
    """Return the work of the stay that goes on, in the order of the procedure."""
    return _groups(
        workflow.stages.get(case.stage),
        case.tasks,
        lambda task, rule: _line(case, task, rule, actor, today),
    )


def parked_card(case: Case, workflow: Workflow, today: date) -> tuple[TaskGroup, ...]:
    """Return the work that rests while the case is paused: to read, with nothing to do."""
    return _groups(
        workflow.stages.get(case.came_from),
        case.parked,
        lambda task, rule: _parked_line(case, task, rule, today),
    )


def _groups(
    stage: Stage | None, work: tuple[Task, ...], line: Callable[[Task, TaskRule], TaskLine]
) -> tuple[TaskGroup, ...]:
    """Return *work* by name, in the order in which *stage* has it."""
    found = []
    for name, rule in ({} if stage is None else stage.tasks).items():
        tasks = of_name(work, name)
        if tasks and stage is not None:
            lines = tuple(line(task, rule) for task in tasks)
            found.append(
                TaskGroup(
                    name,
                    rule.label,
                    rule,
                    _progress(rule, tasks),
                    rule.join is not Join.NONE and joined(tasks) and not _short(rule, tasks),
                    _waits(rule, stage.tasks, tasks),
                    lines,
                )
            )
    return tuple(found)


def doors_of(case: Case, task: Task, rule: TaskRule, actor: Actor) -> Doors:
    """Return what *actor* can do with *task*."""
    roles = roles_on(actor, case)
    own = may_act(roles, actor.organisation, task)
    others = may_act_on_behalf(roles)
    if case.status is Status.CLOSED or not (own or others):
        return Doors()
    in_hand = task.state in {TaskState.OPEN, TaskState.STARTED}
    return Doors(
        start=task.state is TaskState.OPEN,
        complete=in_hand,
        withdraw=task.state.live,
        reopen=task.state is TaskState.DONE and task.round < rule.rounds,
        close=others and in_hand,
        on_behalf=not own,
    )


def _line(case: Case, task: Task, rule: TaskRule, actor: Actor, today: date) -> TaskLine:
    late = task.state.live and task.due_on is not None and task.due_on < today
    answer = rule.outcomes.get(task.outcome) if task.state is TaskState.DONE else None
    return TaskLine(
        task=task,
        what=numbered(task, case.tasks),
        who=name_of(case, task),
        state=_state(task),
        tone="late" if late else _TONES[task.state],
        when=_when(task, rule, today, late=late),
        late=late,
        answer=answer,
        doors=doors_of(case, task, rule, actor),
        own=may_act(roles_on(actor, case), actor.organisation, task),
    )


def _parked_line(case: Case, task: Task, rule: TaskRule, today: date) -> TaskLine:
    """Return a line without a last day: what was left of it is given back after the pause."""
    answer = rule.outcomes.get(task.outcome) if task.state is TaskState.DONE else None
    return TaskLine(
        task=task,
        what=numbered(task, case.parked),
        who=name_of(case, task),
        state=_RESTS if task.state.live else _state(task),
        tone="line" if task.state.live else _TONES[task.state],
        when=_when(replace(task, due_on=None), rule, today, late=False),
        late=False,
        answer=answer,
        doors=Doors(),
        own=False,
    )


def _state(task: Task) -> Text:
    return UNANSWERED if task.unanswered else STATES[task.state]


_RESTS = Text("rust tijdens de pauze", "rests during the pause")
STATES: Mapping[TaskState, Text] = {
    TaskState.WAITING: Text("nog niet aan de beurt", "not its turn yet"),
    TaskState.OPEN: Text("te doen", "to do"),
    TaskState.STARTED: Text("opgepakt", "taken up"),
    TaskState.DONE: Text("klaar", "done"),
    TaskState.WITHDRAWN: Text("ingetrokken", "withdrawn"),
}
_TONES: Mapping[TaskState, str] = {
    TaskState.WAITING: "line",
    TaskState.OPEN: "warn",
    TaskState.STARTED: "acc",
    TaskState.DONE: "ok",
    TaskState.WITHDRAWN: "line",
}


def _when(task: Task, rule: TaskRule, today: date, *, late: bool) -> Text:
    if not task.state.live and task.settled_on is not None:
        return near_day(task.settled_on, today)
    if task.due_on is None:
        return Text("", "")
    day = day_in_words(task.due_on)
    if late:
        return Text(f"had klaar moeten zijn op {day.nl}", f"should have been done by {day.en}")
    if rule.on_expiry is TaskExpiry.COMPLETE:
        return Text(
            f"uiterlijk op {day.nl}, daarna gaat het zonder",
            f"by {day.en}, then it goes on without",
        )
    return Text(f"uiterlijk op {day.nl}", f"by {day.en}")


def _progress(rule: TaskRule, tasks: Sequence[Task]) -> Text:
    """Say how many are done, and how many that must be."""
    done = sum(task.state is TaskState.DONE for task in tasks)
    if rule.join is Join.NONE:
        return Text(f"{done} klaar, hierop wordt niet gewacht", f"{done} done, not waited for")
    if _short(rule, tasks):
        if not done:
            return UNANSWERED
        return Text(f"{done} klaar, verder met wat er is", f"{done} done, went on with these")
    wanted = tasks[0].needed
    if rule.join is Join.ALL:
        return Text(f"{done} van {wanted} klaar", f"{done} of {wanted} done")
    return Text(
        f"{done} klaar, {wanted} van {len(tasks)} is genoeg",
        f"{done} done, {wanted} of {len(tasks)} is enough",
    )


def _short(rule: TaskRule, tasks: Sequence[Task]) -> bool:
    """Whether the procedure went on with less than it asks: by closing, or as time ran out."""
    done = sum(task.state is TaskState.DONE for task in tasks)
    silent = sum(task.unanswered for task in tasks)
    return joined(tasks) and done < needed(rule, done + silent)


def _waits(rule: TaskRule, rules: Mapping[str, TaskRule], tasks: Sequence[Task]) -> Text | None:
    """Say what these tasks wait for, while they do."""
    if not any(task.state is TaskState.WAITING for task in tasks):
        return None
    labels = [[_named(one, rules) for one in written] for written in (rule.after, rule.after_any)]
    told = [listed(names) for names in labels if names]
    if rule.after_any:
        each = labels[1]
        told[-1] = Text(" of ".join(one.nl for one in each), " or ".join(one.en for one in each))
    return listed(told) if told else None


def _named(written: str, rules: Mapping[str, TaskRule]) -> Text:
    """Return the words for "name" or "name:outcome"."""
    name, _, outcome = written.partition(":")
    rule = rules.get(name)
    if rule is None:
        return Text(name, name)
    label = lower(rule.label)
    answer = rule.outcomes.get(outcome)
    if answer is None:
        return label
    return Text(f"{label.nl} ('{answer.nl}')", f"{label.en} ('{answer.en}')")
