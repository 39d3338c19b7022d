"""What is unsound in the tasks of a stage, and in the moves that wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.certificate import Problem, Property
from impasse.domain.length import Unit
from impasse.domain.people import Role
from impasse.domain.stage_problems import FAR, working_days
from impasse.domain.task_joins import can_join, waits_for
from impasse.domain.text import Text
from impasse.domain.workflow import Join, Rest, StageKind, TaskExpiry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.workflow import Stage, TaskRule, Transition, Workflow

Place = tuple[str | int, ...]


def task_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield what is unsound in the tasks of each stage, and in what waits for them."""
    for name, stage in workflow.stages.items():
        if stage.kind is StageKind.ENDING:
            yield from _ending_problems(("stages", name), stage)
        elif stage.when_done is not None and not stage.tasks:
            yield Problem(
                ("stages", name, "when_done"),
                Text(
                    f"fase '{name}' heeft geen taken, dus die zijn nooit klaar; voeg 'tasks' toe "
                    "of haal 'when_done' weg",
                    f"stage '{name}' has no tasks, so they are never done; add 'tasks' or remove "
                    "'when_done'",
                ),
                Property.NO_DEAD_TRANSITION,
            )
        for rule in stage.tasks.values():
            yield from _rule_problems(("stages", name, "tasks", rule.name), stage, rule)
    for index, move in enumerate(workflow.transitions):
        yield from _asked_problems(workflow, ("transitions", index, "guards", "tasks"), move)


def _ending_problems(at: Place, stage: Stage) -> Iterator[Problem]:
    for key, written in (("tasks", stage.tasks), ("when_done", stage.when_done)):
        if written:
            yield Problem(
                (*at, key),
                Text(
                    f"een einde heeft geen taken; haal '{key}' weg of maak de fase actief",
                    f"an ending has no tasks; remove '{key}' or make the stage active",
                ),
                Property.PROPER_COMPLETION,
            )


def _rule_problems(at: Place, stage: Stage, rule: TaskRule) -> Iterator[Problem]:
    yield from _who_problems(at, rule)
    yield from _count_problems(at, rule)
    yield from _term_problems(at, rule)
    known = True
    for key, written in (("after", rule.after), ("after_any", rule.after_any)):
        for index, one in enumerate(written):
            problem = _unknown(stage, *one.partition(":")[::2])
            if problem is not None:
                known = False
                yield Problem((*at, key, index), problem)
    for index, name in enumerate(rule.cancels):
        if name not in stage.tasks:
            yield Problem((*at, "cancels", index), _unknown_task(stage, name))
        elif name == rule.name:
            yield Problem(
                (*at, "cancels", index),
                Text(
                    "een taak kan zichzelf niet laten vervallen; gebruik 'rest: withdraw'",
                    "a task cannot cancel itself; use 'rest: withdraw'",
                ),
            )
    if known:
        yield from _never(at, stage, rule)


def _who_problems(at: Place, rule: TaskRule) -> Iterator[Problem]:
    if rule.role is Role.ADMINISTRATOR:
        yield Problem(
            (*at, "for"),
            Text(
                "de beheerder neemt geen deel aan zaken en doet geen taken; kies een andere rol",
                "the administrator takes no part in cases and does no tasks; choose another role",
            ),
            Property.ROLES_AND_MESSAGES,
        )
    if rule.each_party and rule.count > 1:
        yield Problem(
            (*at, "count"),
            Text(
                "voor elke partij is er één taak; haal 'count' weg of kies een rol",
                "there is one task for each party; remove 'count' or choose a role",
            ),
        )


def _count_problems(at: Place, rule: TaskRule) -> Iterator[Problem]:
    if rule.join is Join.AT_LEAST and not rule.each_party and rule.at_least > rule.count:
        yield Problem(
            (*at, "join"),
            Text(
                f"er moeten {rule.at_least} taken klaar zijn, maar er zijn er nooit meer dan "
                f"{rule.count}; verhoog 'count' of verlaag 'at_least'",
                f"{rule.at_least} tasks must be done, but there are never more than {rule.count}; "
                "raise 'count' or lower 'at_least'",
            ),
            Property.GUARDS_CAN_BE_MET,
        )
    if rule.join is not Join.NONE:
        return
    for key, written in (("rest", rule.rest is Rest.WITHDRAW), ("cancels", bool(rule.cancels))):
        if written:
            yield Problem(
                (*at, key),
                Text(
                    f"'{key}' werkt als genoeg taken klaar zijn, maar op deze wordt niet gewacht; "
                    "kies een andere 'join' of haal dit weg",
                    f"'{key}' works when enough tasks are done, but nobody waits for these; choose "
                    "another 'join' or remove this",
                ),
            )


def _term_problems(at: Place, rule: TaskRule) -> Iterator[Problem]:
    if rule.length is not None and rule.length.unit is not Unit.WORKING_DAYS:
        yield Problem(
            (*at, "term"),
            Text(
                "een taak telt in werkdagen; schrijf bijvoorbeeld '5 working days'",
                "a task counts in working days; write for example '5 working days'",
            ),
        )
    elif rule.length is not None and working_days(rule.length) > FAR:
        yield Problem(
            (*at, "term"),
            Text(
                f"{rule.length.text.nl} is langer dan vijftig jaar: zo ver reikt de kalender niet; "
                "kies een kortere termijn",
                f"{rule.length.text.en} is more than fifty years: the calendar does not reach so "
                "far; choose a shorter term",
            ),
            Property.NO_ENDLESS_WAIT,
        )
    if rule.length is None and rule.on_expiry is TaskExpiry.COMPLETE:
        yield Problem(
            (*at, "on_expiry"),
            Text(
                "zonder termijn komt dit moment nooit; voeg 'term' toe of haal 'on_expiry' weg",
                "without a term this moment never comes; add 'term' or remove 'on_expiry'",
            ),
            Property.NO_ENDLESS_WAIT,
        )


def _never(at: Place, stage: Stage, rule: TaskRule) -> Iterator[Problem]:
    """Tell of a task that never opens: it waits for itself, or for answers that exclude it."""
    try:
        opens = can_join(stage, [rule.name])
    except OverflowError:
        yield Problem(
            at,
            Text(
                "deze taak hangt van zo veel taken en antwoorden af dat niet te bewijzen is dat "
                "zij ooit begint; laat haar op minder wachten",
                "this task hangs on so many tasks and answers that it cannot be proven that it "
                "ever begins; let it wait for less",
            ),
            Property.NO_DEAD_TRANSITION,
        )
        return
    if not opens:
        key = "after" if rule.after else "after_any"
        waited = ", ".join(sorted({name for name, _ in waits_for(rule)}))
        yield Problem(
            (*at, key),
            Text(
                f"taak '{rule.name}' begint nooit: waar zij op wacht ({waited}) wacht op haar, "
                "sluit elkaar uit of vervalt eerst; doorbreek de kring",
                f"task '{rule.name}' never begins: what it waits for ({waited}) waits for it, "
                "excludes one another or falls away first; break the circle",
            ),
            Property.NO_DEAD_TRANSITION,
        )


def _unknown(stage: Stage, name: str, answer: str) -> Text | None:
    rule = stage.tasks.get(name)
    if rule is None:
        return _unknown_task(stage, name)
    if answer and answer not in rule.outcomes:
        known = ", ".join(rule.outcomes) or "-"
        return Text(
            f"taak '{name}' kent antwoord '{answer}' niet; kies een van: {known}",
            f"task '{name}' does not know outcome '{answer}'; choose one of: {known}",
        )
    return None


def _unknown_task(stage: Stage, name: str) -> Text:
    known = ", ".join(stage.tasks) or "-"
    return Text(
        f"fase '{stage.name}' heeft geen taak '{name}'; kies een van: {known}",
        f"stage '{stage.name}' has no task '{name}'; choose one of: {known}",
    )


def _not_waited_for(name: str) -> Text:
    return Text(
        f"op taak '{name}' wordt niet gewacht ('join: none'), dus een stap kan er niet op wachten; "
        "kies een andere 'join' of haal de voorwaarde weg",
        f"nobody waits for task '{name}' ('join: none'), so a move cannot wait for it; choose "
        "another 'join' or remove the guard",
    )


def _asked_problems(workflow: Workflow, at: Place, move: Transition) -> Iterator[Problem]:
    """Tell of a move that asks for tasks which a stage that it leaves does not have or wait for."""
    for index, name in enumerate(move.tasks):
        for source in move.sources:
            stage = workflow.stages.get(source)
            if stage is None:
                continue
            if name not in stage.tasks:
                text = _unknown_task(stage, name)
                yield Problem((*at, index), text, Property.GUARDS_CAN_BE_MET)
                break
            if stage.tasks[name].join is Join.NONE:
                yield Problem((*at, index), _not_waited_for(name))
                break
