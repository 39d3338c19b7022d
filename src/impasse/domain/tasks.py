"""Work inside a stage: tasks that are made when it is entered, and what people do with them.

The tasks stand beside the flat machine: a stage has them, a stay makes them, and who leaves the
stage leaves none behind, unless for a pause (see `parked_tasks`). A term that is suspended stops no
task: its last day stands as it was given, so that work goes on while a clock stands still. Who is
waited for can be given more time by opening the task anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from impasse.domain.access import roles_on
from impasse.domain.case import Purpose, Status, Timer
from impasse.domain.days_in_words import day_in_words
from impasse.domain.decision import Message
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from impasse.domain.history import Entry
from impasse.domain.people import Role
from impasse.domain.storable import text_faults
from impasse.domain.task import Task, TaskState
from impasse.domain.task_flow import (
    Joined,
    Opened,
    Withdrawn,
    flow,
    lower,
    name_of,
    needed,
    numbered,
    of_name,
    settled,
    taking_part,
    withdrawn,
)
from impasse.domain.terms import Basis, TermRule, reckon
from impasse.domain.text import Text
from impasse.domain.workflow import Join, StageKind, TaskExpiry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from impasse.domain.case import Case, Party
    from impasse.domain.commands import (
        CloseTasks,
        CompleteTask,
        FireTimer,
        ReopenTask,
        StartTask,
        WithdrawTask,
    )
    from impasse.domain.decision import Decision, Given
    from impasse.domain.history import Json
    from impasse.domain.terms import Reckoning
    from impasse.domain.workflow import Stage, TaskRule

_ON_BEHALF = frozenset({Role.MEDIATOR, Role.SECRETARIAT})


def make_tasks(decision: Decision, stage: Stage, given: Given) -> None:
    """Make all tasks of the stay that begins in *stage*, and open those that wait for nothing."""
    case = _of(decision)
    rules = () if stage.kind is StageKind.ENDING else tuple(stage.tasks.values())
    made: list[Task] = []
    for rule in rules:
        made.extend(_made(decision, case, rule, len(made), given))
    case = decision.case = case.but(tasks=tuple(made))
    if not made:
        return
    decision.tasks.extend(made)
    _tell_opened(decision, case, [t for t in made if t.state is TaskState.OPEN], said=True)
    if any(rule.join is Join.NONE for rule in rules):
        # Nobody waits for these: what comes after them opens with them.
        follow(decision, case.tasks, given)


def leave_tasks(decision: Decision, tasks: Iterable[Task], target: Text, given: Given) -> None:
    """Withdraw those of *tasks* that somebody could still work on.

    *target* is the label of the stage where the case goes.
    """
    case = _of(decision)
    left = [withdrawn(task, given.today, given.actor.person) for task in tasks if task.state.live]
    if not left:
        return
    decision.tasks.extend(left)
    decision.entries.append(
        withdrawn_entry(
            case,
            left,
            Text(
                f"De zaak ging naar de fase {lower(target).nl}.",
                f"The case went to the stage {lower(target).en}.",
            ),
        )
    )


def give_tasks(decision: Decision, party: Party, given: Given) -> None:
    """Give a party that comes late its tasks of this stay, where there is still something to do.

    That is so for every name for each party of which a task can still be worked on, or of which
    all must be done: then it waits for this party too, also when it had joined before.
    """
    case = _of(decision)
    tasks = late_tasks(case.tasks, _stage(case, given).tasks.values(), party, case.stage_entry)
    if tasks != case.tasks:
        follow(decision, tasks, given)


def late_tasks(
    standing: Iterable[Task], rules: Iterable[TaskRule], party: Party, stage_entry: int
) -> tuple[Task, ...]:
    """Return the tasks of a stay with those of *party*, which wait until somebody looks at them."""
    tasks = list(standing)
    for rule in rules:
        of_rule = of_name(tasks, rule.name)
        if not rule.each_party or not _goes_on(rule, of_rule):
            continue
        late = Task(
            id=f"{stage_entry}-{rule.name}-{len(of_rule) + 1}",
            stage_entry=stage_entry,
            name=rule.name,
            label=rule.label,
            organisation=party.organisation,
            role="",
            state=TaskState.WAITING,
            needed=0,
            position=max(task.position for task in tasks) + 1,
        )
        tasks = counted(rule, [*tasks, late])
    return tuple(tasks)


def start_task(decision: Decision, command: StartTask, given: Given) -> None:
    """Take up an open task. Raises `NotFound`, `NotAllowed` or `Conflict`."""
    case, task, rule = _found(decision, command.task, given)
    _refuse_others(case, task, given)
    _refuse_unless_open(task)
    if task.state is TaskState.STARTED:
        raise Conflict(
            Text(
                f"Dit is al opgepakt: {lower(task.label).nl}.",
                f"This was taken up already: {lower(task.label).en}.",
            )
        )
    _refuse_taken(case, rule, given)
    decision.entries.append(
        Entry("task_started", {"task": task.id, "name": task.name, **_told_alone(case, task)})
    )
    _change(decision, replace(task, state=TaskState.STARTED), given)


def complete_task(decision: Decision, command: CompleteTask, given: Given) -> None:
    """Say that a task is done, with the answer where the procedure asks one.

    Raises `NotFound`, `NotAllowed`, `Conflict`, or `Invalid` with every fault at once.
    """
    case, task, rule = _found(decision, command.task, given)
    on_behalf = _refuse_others(case, task, given)
    _refuse_unless_open(task)
    if task.state is not TaskState.STARTED:
        _refuse_taken(case, rule, given)
    outcome, note = command.outcome.strip(), command.note.strip()
    faults = [*_outcome_faults(rule, outcome), *text_faults("note", command.note, "/note")]
    if on_behalf and not note:
        faults.append(
            Fault(
                "/note",
                Text(
                    f"U doet dit namens {name_of(case, task).nl}. Noem waar het is na te lezen: "
                    "brief, verslag of de tekst zelf.",
                    f"You do this on behalf of {name_of(case, task).en}. Say where it can be "
                    "checked: letter, minutes or the text itself.",
                ),
            )
        )
    if faults:
        raise Invalid(
            Text("Deze taak kan zo niet worden afgerond.", "This task cannot be completed so."),
            faults,
        )
    decision.entries.append(
        Entry(
            "task_done",
            {
                "task": task.id,
                "name": task.name,
                "organisation": task.organisation,
                "outcome": outcome,
                "note": note,
                "on_behalf": on_behalf,
                **_answer(rule, outcome),
                **_told_alone(case, task),
            },
        )
    )
    done = replace(
        task,
        state=TaskState.DONE,
        outcome=outcome,
        note=note,
        settled_on=given.today,
        settled_by=given.actor.person,
    )
    _change(decision, done, given)


def withdraw_task(decision: Decision, command: WithdrawTask, given: Given) -> None:
    """Withdraw a task that is not done: it is no longer asked, nor waited for."""
    case, task, rule = _found(decision, command.task, given)
    _refuse_others(case, task, given)
    if not task.state.live:
        raise Conflict(_over(task))
    reason = _reason(command.reason)
    decision.entries.append(withdrawn_entry(case, [task], reason))
    gone = withdrawn(task, given.today, given.actor.person)
    tasks = counted(rule, [gone if one is task else one for one in case.tasks])
    follow(decision, tuple(tasks), given)


def reopen_task(decision: Decision, command: ReopenTask, given: Given) -> None:
    """Open a task anew that was done, as often as the procedure allows.

    What opened because of it stays open; a move or a task that still waits for it waits again.
    """
    case, task, rule = _found(decision, command.task, given)
    _refuse_others(case, task, given)
    if task.state is not TaskState.DONE:
        raise Conflict(
            Text(
                f"Alleen wat klaar is kan opnieuw: {lower(task.label).nl} is dat niet.",
                f"Only what is done can be opened anew: {lower(task.label).en} is not.",
            )
        )
    if task.round >= rule.rounds:
        times = Text("één keer", "once")
        if rule.rounds > 1:
            times = Text(f"{rule.rounds} keer", f"{rule.rounds} times")
        raise Conflict(
            Text(
                f"Volgens de procedure gebeurt dit ten hoogste {times.nl}: {lower(task.label).nl}.",
                f"By the procedure this is done at most {times.en}: {lower(task.label).en}.",
            )
        )
    reason = _reason(command.reason)
    again = _opened(
        decision,
        replace(
            task,
            state=TaskState.OPEN,
            round=task.round + 1,
            outcome="",
            note="",
            opened_on=given.today,
            due_on=None,
            settled_on=None,
            settled_by="",
        ),
        rule,
        given,
    )
    decision.entries.append(
        Entry(
            "task_reopened",
            {
                "task": task.id,
                "name": task.name,
                "note": reason,
                "round": again.round,
                "due_on": iso(again.due_on),
                **_told_alone(case, task),
            },
        )
    )
    _change(decision, again, given)


def close_tasks(decision: Decision, command: CloseTasks, given: Given) -> None:
    """Go on without the tasks of one name that are not done: they are withdrawn."""
    case = _of_open(decision)
    if not _ON_BEHALF & roles_on(given.actor, case):
        raise NotAllowed(
            Text(
                "Werk afsluiten dat niet klaar is, doet de bemiddelaar of het secretariaat.",
                "Work that is not done is closed by the mediator or the secretariat.",
            )
        )
    rule = _stage(case, given).tasks.get(command.name)
    tasks = of_name(case.tasks, command.name)
    if not tasks:
        _refuse_parked(of_name(case.parked, command.name))
    if rule is None or not tasks:
        raise no_such_task(command.name, case)
    reason = _reason(command.reason)
    if settled(tasks):
        raise Conflict(
            Text(
                f"Hier valt niets meer af te sluiten: {lower(rule.label).nl}.",
                f"There is nothing left to close: {lower(rule.label).en}.",
            )
        )
    _close(decision, rule, [task for task in tasks if task.state.live], reason, given)


def ring_task(decision: Decision, command: FireTimer, given: Given) -> None:
    """Do what the procedure says when the last day of a task has passed.

    A timer of an earlier round, or of a task that is settled, does nothing.
    """
    case = _of(decision)
    task = next((task for task in case.tasks if task.position == command.rung), None)
    if task is None or task.round != command.generation or task.due_on is None:
        return
    if task.state not in _IN_HAND:
        return
    rule = _stage(case, given).tasks.get(task.name)
    if rule is None:
        return
    day, label = day_in_words(task.due_on), lower(task.label)
    if rule.on_expiry is TaskExpiry.COMPLETE:
        due = task.due_on
        late = [
            one
            for one in of_name(case.tasks, task.name)
            if one.state in _IN_HAND and one.due_on is not None and one.due_on <= due
        ]
        because = Text(
            f"De laatste dag hiervoor was {day.nl}.", f"The last day for this was {day.en}."
        )
        _close(decision, rule, late, because, given)
        return
    who = name_of(case, task)
    decision.entries.append(
        Entry(
            "task_reminded",
            {
                "task": task.id,
                "name": task.name,
                "organisation": task.organisation,
                "due_on": task.due_on.isoformat(),
                **_told_alone(case, task),
            },
        )
    )
    decision.messages.append(
        Message(
            "task-due",
            (_asked(task),),
            Text(
                f"Dit had klaar moeten zijn op {day.nl}: {label.nl} ({who.nl}).",
                f"This should have been done by {day.en}: {label.en} ({who.en}).",
            ),
        )
    )


def may_act(actor_roles: frozenset[Role], organisation: str, task: Task) -> bool:
    """Whether *task* is of somebody with these roles on the case, who works for *organisation*."""
    if task.organisation:
        return Role.PARTY in actor_roles and task.organisation == organisation
    return task.role in actor_roles


def may_act_on_behalf(actor_roles: frozenset[Role]) -> bool:
    """Whether somebody with these roles on the case may act for who a task is of."""
    return bool(_ON_BEHALF & actor_roles)


_IN_HAND = frozenset({TaskState.OPEN, TaskState.STARTED})


def _made(decision: Decision, case: Case, rule: TaskRule, place: int, given: Given) -> list[Task]:
    """Return the tasks of *rule*: open when they wait for nothing, at *place* in the stay."""
    role = "" if rule.role is None else rule.role.value
    parties = [party.organisation for party in case.parties]
    whose = parties if rule.each_party else [""] * rule.count
    opens = not rule.after and not rule.after_any
    reckoning = _reckoning(rule, given) if opens else None
    if reckoning is not None:
        decision.arm.extend(
            Timer(case.id, Purpose.TASK_DUE, position, case.stage_entry, reckoning.ends_at, 1)
            for position in range(place, place + len(whose))
        )
    wanted = needed(rule, len(whose))
    return [
        Task(
            id=f"{case.stage_entry}-{rule.name}-{number}",
            stage_entry=case.stage_entry,
            name=rule.name,
            label=rule.label,
            organisation=organisation,
            role=role,
            state=TaskState.OPEN if opens else TaskState.WAITING,
            needed=wanted,
            position=place + number - 1,
            opened_on=given.today if opens else None,
            due_on=None if reckoning is None else reckoning.end,
        )
        for number, organisation in enumerate(whose, 1)
    ]


def counted(rule: TaskRule, tasks: Iterable[Task]) -> list[Task]:
    """Return *tasks* with how many of those of *rule* are needed, as things are now."""
    tasks = list(tasks)
    wanted = needed(rule, taking_part(of_name(tasks, rule.name)))
    return [_needing(task, wanted) if task.name == rule.name else task for task in tasks]


def _needing(task: Task, wanted: int) -> Task:
    return task if task.needed == wanted else replace(task, needed=wanted)


def _goes_on(rule: TaskRule, tasks: list[Task]) -> bool:
    """Whether a party that comes now still has something to do with *tasks*, all of *rule*."""
    if not settled(tasks):
        return True
    return rule.join is Join.ALL and any(task.state is TaskState.DONE for task in tasks)


def _close(
    decision: Decision, rule: TaskRule, late: list[Task], because: Text | str, given: Given
) -> None:
    """Withdraw *late*; when nobody can work on a task of *rule* any more, the flow goes on."""
    case = _of(decision)
    gone = {task.id for task in late}
    tasks = counted(
        rule,
        [
            withdrawn(task, given.today, given.actor.person) if task.id in gone else task
            for task in case.tasks
        ],
    )
    of_rule = of_name(tasks, rule.name)
    if settled(of_rule):
        done = sum(task.state is TaskState.DONE for task in of_rule)
        wanted = min(of_rule[0].needed, done)
        tasks = [_needing(task, wanted) if task.name == rule.name else task for task in tasks]
    unanswered = any(task.unanswered for task in of_rule if task.id in gone)
    decision.entries.append(withdrawn_entry(case, late, because, unanswered=unanswered))
    follow(decision, tuple(tasks), given, closed=rule.name)


def _change(decision: Decision, changed: Task, given: Given) -> None:
    """Put one changed task in the place of what it was."""
    tasks = tuple(changed if one.id == changed.id else one for one in _of(decision).tasks)
    follow(decision, tasks, given)


def follow(decision: Decision, tasks: tuple[Task, ...], given: Given, *, closed: str = "") -> None:
    """Let *tasks* have their effect, and write down what is new.

    Of the tasks called *closed* some were let go to go on without them: where that is why they
    joined, history says how many were done all the same.
    """
    case = _of(decision)
    rules = _stage(case, given).tasks
    person = given.actor.person
    after, steps = flow(rules, case.tasks, tasks, today=given.today, person=person)
    opened = {number for step in steps if isinstance(step, Opened) for number in step.tasks}
    after = tuple(
        _opened(decision, task, rules[task.name], given) if task.id in opened else task
        for task in after
    )
    by_number = {task.id: task for task in after}
    for step in steps:
        match step:
            case Joined(name):
                label = _json(rules[name].label)
                content: dict[str, Json] = {"name": name, "label": label}
                if name == closed:
                    of_rule = of_name(after, name)
                    content["done"] = sum(task.state is TaskState.DONE for task in of_rule)
                decision.entries.append(Entry("tasks_joined", content))
            case Withdrawn(gone, because):
                decision.entries.append(
                    withdrawn_entry(case, [by_number[one] for one in gone], because)
                )
            case Opened(numbers):
                _tell_opened(decision, case, [by_number[one] for one in numbers])
            case _:
                assert_never(step)
    before = {task.id: task for task in case.tasks}
    decision.case = case.but(tasks=after)
    decision.tasks.extend(task for task in after if before.get(task.id) != task)


def _opened(decision: Decision, task: Task, rule: TaskRule, given: Given) -> Task:
    """Return *task* with its last day, at the end of which a timer rings."""
    reckoning = _reckoning(rule, given)
    if reckoning is None:
        return task
    decision.arm.append(
        Timer(
            _of(decision).id,
            Purpose.TASK_DUE,
            task.position,
            task.stage_entry,
            reckoning.ends_at,
            task.round,
        )
    )
    return replace(task, due_on=reckoning.end)


def _reckoning(rule: TaskRule, given: Given) -> Reckoning | None:
    """Return how long a task of *rule* that opens now may take, if the procedure says so."""
    if rule.length is None:
        return None
    return reckon(TermRule(rule.length, Basis.AGREEMENT), given.at, given.calendar)


def _tell_opened(decision: Decision, case: Case, tasks: list[Task], *, said: bool = False) -> None:
    """Write down that *tasks* opened; *said* when people hear already why there is work."""
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
                        "due_on": iso(task.due_on),
                        **told_of(case, task),
                    }
                    for task in tasks
                ]
            },
        )
    )
    if said:
        return
    labels = list(dict.fromkeys(lower(task.label) for task in tasks))
    decision.messages.append(
        Message(
            "tasks-opened",
            tuple(dict.fromkeys(_asked(task) for task in tasks)),
            Text(
                f"Er is werk te doen: {', '.join(one.nl for one in labels)}.",
                f"There is work to do: {', '.join(one.en for one in labels)}.",
            ),
        )
    )


def _asked(task: Task) -> Role:
    return Role(task.role) if task.role else Role.PARTY


def told_of(case: Case, task: Task) -> dict[str, Json]:
    """Return what a reader needs to know of *task*, whatever becomes of the procedure."""
    return {"label": _json(task.label), "who": _json(name_of(case, task))}


def _told_alone(case: Case, task: Task) -> dict[str, Json]:
    """Return the same of one task by itself: with its number, when its role has several alike."""
    return told_of(case, task) | {"label": _json(numbered(task, case.tasks))}


def _json(text: Text) -> Json:
    return {"nl": text.nl, "en": text.en}


def iso(day: date | None) -> str | None:
    """Return *day* as history writes it."""
    return None if day is None else day.isoformat()


def _answer(rule: TaskRule, outcome: str) -> dict[str, Json]:
    return {"answer": _json(rule.outcomes[outcome])} if outcome else {}


def withdrawn_entry(
    case: Case, tasks: Iterable[Task], because: Text | str, *, unanswered: bool = False
) -> Entry:
    """Return the line of history that tells that *tasks* are no longer asked, and why.

    *unanswered* when nobody withdrew them: their last day passed and nothing came.
    """
    tasks = list(tasks)
    told = _told_alone if len(tasks) == 1 else told_of
    content: dict[str, Json] = {
        "tasks": [task.id for task in tasks],
        "because": because if isinstance(because, str) else _json(because),
        "named": [told(case, task) for task in tasks],
    }
    return Entry("tasks_withdrawn", content | ({"unanswered": True} if unanswered else {}))


def _found(decision: Decision, number: str, given: Given) -> tuple[Case, Task, TaskRule]:
    """Return the open case, its task *number* and the rule of that task."""
    case = _of_open(decision)
    for task in case.tasks:
        if task.id == number:
            rule = _stage(case, given).tasks.get(task.name)
            if rule is not None:
                return case, task, rule
    _refuse_parked(task for task in case.parked if task.id == number)
    raise no_such_task(number, case)


def _refuse_parked(tasks: Iterable[Task]) -> None:
    """Raise `Conflict` for work that rests while the case is paused."""
    for task in tasks:
        label = lower(task.label)
        raise Conflict(
            Text(
                f"Dit rust tijdens de pauze: {label.nl}. Het gaat verder als de zaak teruggaat "
                "naar waar zij was.",
                f"This rests during the pause: {label.en}. It goes on when the case goes back to "
                "where it was.",
            )
        )


def no_such_task(what: str, case: Case) -> NotFound:
    """Return the error for a task that the stage of *case* does not have."""
    return NotFound(
        Text(
            f"Taak '{what}' hoort niet bij de fase waarin zaak {case.id} nu is. Kijk bij 'Werk in "
            "deze fase' wat er te doen is.",
            f"Task '{what}' does not belong to the stage in which case {case.id} is now. Look "
            "under 'Work in this stage' for what is to be done.",
        )
    )


def _refuse_others(case: Case, task: Task, given: Given) -> bool:
    """Raise `NotAllowed` for who has nothing to do with *task*; True for who acts on behalf."""
    roles = roles_on(given.actor, case)
    if may_act(roles, given.actor.organisation, task):
        return False
    if may_act_on_behalf(roles):
        return True
    who = name_of(case, task)
    raise NotAllowed(
        Text(
            f"Dit is werk van {who.nl}; de bemiddelaar of het secretariaat kan het namens hen "
            "vastleggen.",
            f"This is work of {who.en}; the mediator or the secretariat can record it for them.",
        )
    )


def _refuse_unless_open(task: Task) -> None:
    if task.state is TaskState.WAITING:
        raise Conflict(
            Text(
                f"Dit is nog niet aan de beurt: {lower(task.label).nl} wacht op ander werk in deze "
                "fase.",
                f"It is not the turn of this yet: {lower(task.label).en} waits for other work in "
                "this stage.",
            )
        )
    if not task.state.live:
        raise Conflict(_over(task))


def _over(task: Task) -> Text:
    label = lower(task.label)
    if task.state is TaskState.DONE:
        return Text(f"Dit is al klaar: {label.nl}.", f"This is done already: {label.en}.")
    return Text(f"Dit is ingetrokken: {label.nl}.", f"This was withdrawn: {label.en}.")


def _refuse_taken(case: Case, rule: TaskRule, given: Given) -> None:
    """Raise `Conflict` when another task with the same exclusive word is taken up."""
    rules = _stage(case, given).tasks
    for other in case.tasks:
        if (
            rule.exclusive
            and other.state is TaskState.STARTED
            and other.name in rules
            and rules[other.name].exclusive == rule.exclusive
        ):
            label, who = lower(other.label), name_of(case, other)
            raise Conflict(
                Text(
                    f"Dit kan niet tegelijk: eerst moet klaar of ingetrokken zijn: {label.nl} "
                    f"({who.nl}).",
                    f"Not at the same time: this must be done or withdrawn first: {label.en} "
                    f"({who.en}).",
                )
            )


def _outcome_faults(rule: TaskRule, outcome: str) -> list[Fault]:
    if not rule.outcomes and not outcome:
        return []
    if outcome in rule.outcomes:
        return []
    if not rule.outcomes:
        return [
            Fault(
                "/outcome",
                Text(
                    "Bij deze taak valt niets te kiezen. Laat het antwoord leeg.",
                    "There is nothing to choose for this task. Leave the answer empty.",
                ),
            )
        ]
    nl = ", ".join(f"{name} ({label.nl})" for name, label in rule.outcomes.items())
    en = ", ".join(f"{name} ({label.en})" for name, label in rule.outcomes.items())
    return [Fault("/outcome", Text(f"Kies een antwoord: {nl}.", f"Choose an answer: {en}."))]


def _reason(written: str) -> str:
    """Return the reason, or raise `Invalid`: all parties read it."""
    reason = written.strip()
    faults = text_faults("reason", written, "/reason")
    if not reason:
        faults.append(
            Fault(
                "/reason",
                Text(
                    "Alle partijen zien deze reden in het verloop.",
                    "All parties see this reason in the history.",
                ),
            )
        )
    if faults:
        raise Invalid(Text("Geef een reden.", "Give a reason."), faults)
    return reason


def _stage(case: Case, given: Given) -> Stage:
    return given.procedure.workflow.stage(case.stage)


def _of(decision: Decision) -> Case:
    case = decision.case
    if case is None:
        raise AssertionError("a task without a case")
    return case


def _of_open(decision: Decision) -> Case:
    case = _of(decision)
    if case.status is Status.CLOSED:
        raise Conflict(
            Text(
                "Deze zaak is gesloten. Heropen haar eerst.",
                "This case is closed. Reopen it first.",
            )
        )
    return case
