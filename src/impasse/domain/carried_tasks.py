"""Tasks of a stay that goes on in another version: which stay, which go, and which come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from impasse.domain.case import Purpose, Timer
from impasse.domain.history import Entry
from impasse.domain.task import Task, TaskState
from impasse.domain.task_flow import name_of, of_name, settled, withdrawn
from impasse.domain.tasks import counted, follow, told_of, withdrawn_entry
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from impasse.domain.case import Case
    from impasse.domain.decision import Decision, Given
    from impasse.domain.workflow import Stage, TaskRule


@dataclass(frozen=True, slots=True)
class TaskChanges:
    """Tasks that nobody has to do any more in the other version, and work that it adds."""

    going: tuple[Task, ...]
    coming: tuple[TaskRule, ...]


def task_changes(case: Case, old: Stage | None, new: Stage) -> TaskChanges:
    """Return what becomes of the tasks of *case*; those of the same name stay as they are."""
    return changes_of(case.tasks, frozenset() if old is None else frozenset(old.tasks), new)


def changes_of(tasks: tuple[Task, ...], known: frozenset[str], new: Stage) -> TaskChanges:
    """Return what becomes of *tasks* in *new*, where work was known under the names *known*."""
    going = tuple(t for t in tasks if t.state.live and t.name not in new.tasks)
    coming = tuple(
        rule
        for rule in new.tasks.values()
        if rule.name not in known and not any(t.state.live for t in of_name(tasks, rule.name))
    )
    return TaskChanges(going, coming)


def going_in_words(case: Case, changes: TaskChanges) -> tuple[Text, ...]:
    """Return a sentence for each task that goes."""
    found = []
    for task in changes.going:
        who = name_of(case, task)
        found.append(
            Text(
                f"{task.label.nl} ({who.nl}) vervalt.", f"{task.label.en} ({who.en}) is withdrawn."
            )
        )
    return tuple(found)


def coming_in_words(changes: TaskChanges) -> tuple[Text, ...]:
    """Return a sentence for each kind of work that comes."""
    found = []
    for rule in changes.coming:
        if rule.each_party:
            who = Text("elke partij", "each party")
        else:
            who = Text("", "") if rule.role is None else rule.role.label
            if rule.count > 1:
                who += Text(f", {rule.count} keer", f", {rule.count} times")
        found.append(
            Text(f"{rule.label.nl} komt erbij ({who.nl}).", f"{rule.label.en} is added ({who.en}).")
        )
    return tuple(found)


def carry_tasks(decision: Decision, old: Stage | None, new: Stage, given: Given) -> None:
    """Withdraw what the new version does not ask, and open what it adds."""
    case = decision.case
    assert case is not None  # noqa: S101 tasks belong to a case
    because = Text(
        "De zaak stapt over op een andere versie van de procedure.",
        "The case moves to another version of the procedure.",
    )
    given = replace(given, procedure=given.successor or given.procedure)
    fit_tasks(decision, case.tasks, task_changes(case, old, new), because, given)


def fit_tasks(
    decision: Decision, tasks: tuple[Task, ...], changes: TaskChanges, because: Text, given: Given
) -> None:
    """Let *tasks* come in the place of those of the case, with *changes*, and follow from that."""
    case = decision.case
    assert case is not None  # noqa: S101 tasks belong to a case
    rules = given.procedure.workflow.stage(case.stage).tasks
    gone = {task.id for task in changes.going}
    fitted = [
        withdrawn(task, given.today, given.actor.person) if task.id in gone else task
        for task in tasks
    ]
    if gone:
        decision.entries.append(withdrawn_entry(case, changes.going, because))
    for rule in changes.coming:
        fitted = _with(case, fitted, rule)
    for rule in rules.values():
        # What nobody can work on any more keeps its count: who closed it, went on without the rest.
        if not settled(of_name(fitted, rule.name)):
            fitted = counted(rule, fitted)
    if fitted != list(case.tasks):
        follow(decision, tuple(fitted), given)


def _with(case: Case, tasks: list[Task], rule: TaskRule) -> list[Task]:
    """Return *tasks* with those of *rule*; what an undone migration withdrew is asked again."""
    there = of_name(tasks, rule.name)
    earlier = {task.id for task in there}
    place = max((task.position for task in tasks), default=-1) + 1
    again = [
        replace(
            task,
            state=TaskState.WAITING,
            round=task.round + 1,
            opened_on=None,
            due_on=None,
            settled_on=None,
            settled_by="",
        )
        if task.id in earlier
        else task
        for task in tasks
    ]
    return [*again, *_waiting(case, rule, place, there)]


def _waiting(case: Case, rule: TaskRule, place: int, there: list[Task]) -> list[Task]:
    """Return the tasks of *rule* beside those *there*, untouched, from *place* in the stay."""
    role = "" if rule.role is None else rule.role.value
    parties = [party.organisation for party in case.parties]
    asked = {task.organisation for task in there}
    whose = (
        [one for one in parties if one not in asked]
        if rule.each_party
        else [""] * (rule.count - len(there))
    )
    return [
        Task(
            id=f"{case.stage_entry}-{rule.name}-{len(there) + number}",
            stage_entry=case.stage_entry,
            name=rule.name,
            label=rule.label,
            organisation=organisation,
            role=role,
            state=TaskState.WAITING,
            needed=0,
            position=place + number - 1,
        )
        for number, organisation in enumerate(whose, 1)
    ]


def restore_tasks(
    decision: Decision, kept: tuple[Task, ...], alarms: tuple[Timer, ...], given: Given
) -> None:
    """Put the tasks back as *kept* before a migration; what it added is withdrawn.

    *alarms* are the timers of tasks that stood then: one that has rung since, rang for nothing.
    """
    case = decision.case
    assert case is not None  # noqa: S101 tasks belong to a case
    before = {task.id: task for task in case.tasks}
    added = [task for task in case.tasks if task.id not in {one.id for one in kept}]
    gone = [task for task in added if task.state.live]
    standing = {one.rung for one in given.armed if one.purpose is Purpose.TASK_DUE}
    lost = {one.rung: one.due_at for one in alarms if one.rung not in standing}
    back = tuple(_woken(decision, task, lost) for task in kept)
    after = (
        *back,
        *(
            withdrawn(task, given.today, given.actor.person) if task.state.live else task
            for task in added
        ),
    )
    decision.case = case.but(tasks=tuple(sorted(after, key=lambda task: task.position)))
    decision.tasks.extend(task for task in after if before.get(task.id) != task)
    because = Text("De overstap is ongedaan gemaakt.", "The move was undone.")
    if gone:
        decision.entries.append(withdrawn_entry(case, gone, because))
    opened = [
        task
        for task in back
        if task.state in {TaskState.OPEN, TaskState.STARTED} and before.get(task.id) != task
    ]
    if opened:
        decision.entries.append(
            Entry(
                "tasks_opened",
                {
                    "tasks": [
                        {
                            "id": task.id,
                            "name": task.name,
                            "organisation": task.organisation,
                            "role": task.role,
                            "due_on": None if task.due_on is None else task.due_on.isoformat(),
                            **told_of(case, task),
                        }
                        for task in opened
                    ]
                },
            )
        )


def _woken(decision: Decision, task: Task, lost: Mapping[int, datetime]) -> Task:
    """Return *task* with a new alarm, when its own rang for nothing while it was withdrawn."""
    due_at = lost.get(task.position)
    if due_at is None or decision.case is None:
        return task
    again = replace(task, round=task.round + 1)
    decision.arm.append(
        Timer(
            decision.case.id,
            Purpose.TASK_DUE,
            task.position,
            task.stage_entry,
            due_at,
            again.round,
        )
    )
    return again
