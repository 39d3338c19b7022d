"""Moves through a procedure: leaving a stage, entering the next, and what that starts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain.access import roles_on
from impasse.domain.case import Case, Purpose, Status, Term, TermState, Timer
from impasse.domain.decision import Message
from impasse.domain.errors import (
    ConditionsNotMet,
    Fault,
    Invalid,
    Lack,
    NotAllowed,
)
from impasse.domain.four_eyes import four_eyes_lack
from impasse.domain.guards import GUARDS
from impasse.domain.history import Entry
from impasse.domain.length import Unit
from impasse.domain.overleg import Candidate, CandidateState
from impasse.domain.parked_tasks import change_tasks
from impasse.domain.people import CLOCK, Role
from impasse.domain.reassessment import next_reassessment
from impasse.domain.schedule import schedule
from impasse.domain.task_flow import settled, task_lacks
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.domain.workflow import BACK, StageKind

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.commands import MakeMove
    from impasse.domain.decision import Decision, Given
    from impasse.domain.history import Json
    from impasse.domain.people import Actor
    from impasse.domain.schedule import Schedule
    from impasse.domain.workflow import Transition

MEMORY = 1_000
"""How many answers about a procedure are kept before they are forgotten together."""

_EVERYBODY = (Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT)


def lacks(case: Case, transition: Transition, by: Actor | None = None) -> tuple[Lack, ...]:
    """Return every condition of *transition* that *case* does not meet, binding ones first.

    *by* is who would make the move: of four eyes two are somebody else's.
    """
    second = four_eyes_lack(case, transition, by)
    case = case.before_entering(transition.target)
    found = []
    for name in transition.required:
        missing = GUARDS[name](case)
        if missing is not None:
            found.append(Lack(name, missing))
    if transition.tasks:
        found.extend(task_lacks(case, transition.tasks))
    if second is not None:
        found.append(second)
    for name in transition.advised:
        missing = GUARDS[name](case)
        if missing is not None:
            found.append(Lack(name, missing, required=False))
    return tuple(found)


def make_move(decision: Decision, command: MakeMove, given: Given) -> None:
    """Make the move that *command* asks for, or say what is in its way."""
    case = _of(decision)
    transition = _transition(case, command.trigger, given)
    if not transition.roles & roles_on(given.actor, case):
        wanted = sorted(transition.roles - {Role.CLOCK})
        raise NotAllowed(
            Text(
                f"'{transition.label.nl}' is aan: {', '.join(r.label.nl for r in wanted)}.",
                f"'{transition.label.en}' is for: {', '.join(r.label.en for r in wanted)}.",
            )
        )
    note = command.note.strip()
    lacking = lacks(case, transition, given.actor)
    if [lack for lack in lacking if lack.required] or (lacking and not note):
        raise ConditionsNotMet(_not_ready(transition, lacking), lacking)
    if transition.note_required and not note:
        raise Invalid(
            Text("Geef een reden.", "Give a reason."),
            [
                Fault(
                    "/note",
                    Text(
                        "Alle partijen zien deze reden in het verloop.",
                        "All parties see this reason in the history.",
                    ),
                )
            ],
        )
    target = _target(case, command.trigger, given)
    content: dict[str, Json] = {
        "trigger": command.trigger,
        "from": case.stage,
        "to": target,
        "note": note,
        "calendar": given.calendar.version,
    }
    if lacking:
        content["passed"] = [lack.guard for lack in lacking]
    if command.until is not None and _is_agreed(target, given):
        content["until"] = command.until.isoformat()
    decision.entries.append(Entry("stage_changed", content))
    enter(decision, target, given, until=command.until, back=transition.target == BACK)


def make_move_by_clock(
    decision: Decision, trigger: str, given: Given, *, tasks_done: bool = False
) -> None:
    """Let the clock make a move that the procedure gave to it; its conditions still count.

    *tasks_done* when it does so because the work in the stage is done: then the one who did the
    last of it stands beside the entry, so that the entry says that the clock moved the case.
    """
    case = _of(decision)
    transition = _transition(case, trigger, given)
    lacking = frozenset(lack.guard for lack in lacks(case, transition, CLOCK) if lack.required)
    if lacking:
        decision.entries.append(
            Entry("clock_held", {"trigger": trigger, "lacking": [*sorted(lacking)]})
        )
        return
    target = _target(case, trigger, given)
    content: dict[str, Json] = {
        "trigger": trigger,
        "from": case.stage,
        "to": target,
        "note": "",
        "calendar": given.calendar.version,
    }
    if tasks_done:
        content["by_clock"] = "tasks_done"
    decision.entries.append(Entry("stage_changed", content))
    enter(decision, target, given, back=transition.target == BACK)


def move_when_done(decision: Decision, given: Given) -> None:
    """Let the clock make the move of a stage in which every task is settled.

    When a condition of the move is not met, history says so once in each stay; the move is made
    with the first command after which it is.
    """
    case = _of(decision)
    trigger = given.procedure.workflow.stage(case.stage).when_done
    if trigger is None or not case.tasks or not settled(case.tasks):
        return
    transition = _transition(case, trigger, given)
    held = [lack for lack in lacks(case, transition, CLOCK) if lack.required]
    if not held or any(task.stage_entry == case.stage_entry for task in decision.tasks):
        make_move_by_clock(decision, trigger, given, tasks_done=True)


def enter(
    decision: Decision,
    target: str,
    given: Given,
    *,
    until: date | None = None,
    back: bool = False,
) -> None:
    """Put the case in *target*: its term and timers begin, those of the last stay end.

    *back* when the case comes back from where it went for a time, so that its work goes on.
    """
    case = _of(decision)
    stage = given.procedure.workflow.stage(target)
    entry = case.stage_entry + 1
    if case.term is not None:
        expired = case.term.state is TermState.EXPIRED
        decision.ended_terms.append(
            replace(case.term, state=TermState.MET_LATE if expired else TermState.MET)
        )
    if decision.arm:
        # A stay that ends in the decision in which it began: what it promised is off.
        decision.arm = [one for one in decision.arm if one.purpose is Purpose.REASSESSMENT]
    plan = _schedule(target, given, until)
    term = None if plan is None else _term(target, entry, plan, given)
    status = _STATUS[stage.kind]
    decision.term = term
    decision.disarm = True
    decision.case = case.but(
        stage=target,
        stage_entry=entry,
        stage_since=given.today,
        came_from=case.stage if entry > 1 else "",
        left={**case.left, case.stage: case.stage_entry} if entry > 1 else case.left,
        standing=None if case.status is Status.CLOSED else case.standing,
        status=status,
        tier=Tier.OFFICIALS if case.status is Status.CLOSED else case.tier,
        term=term,
    )
    if case.tasks or case.parked or stage.tasks:
        change_tasks(decision, stage, given, paused_on=case.stage_since if back else None)
    if status is Status.CLOSED:
        _close(decision, target, given)
    else:
        if plan is not None:
            decision.arm.extend(
                [
                    Timer(case.id, purpose, rung, entry, due_at)
                    for purpose, rung, due_at in plan.moments
                ]
            )
        if entry == 1 or case.status is Status.CLOSED:
            decision.arm.append(next_reassessment(case.id, given, opening=entry))
        if entry > 1:
            decision.messages.append(
                Message(
                    "case-reopened" if case.status is Status.CLOSED else "stage-changed",
                    _EVERYBODY,
                    Text(
                        f"De zaak is nu in fase {stage.label.nl.lower()}.",
                        f"The case is now in stage {stage.label.en.lower()}.",
                    ),
                )
            )


_STATUS = {
    StageKind.ACTIVE: Status.OPEN,
    StageKind.PAUSE: Status.PAUSED,
    StageKind.ENDING: Status.CLOSED,
}


def _close(decision: Decision, target: str, given: Given) -> None:
    case = _of(decision)
    decision.disarm_all = True
    label = given.procedure.workflow.stage(target).label
    decision.messages.append(
        Message(
            "case-closed",
            _EVERYBODY,
            Text(
                f"De zaak is gesloten: {label.nl.lower()}.",
                f"The case is closed: {label.en.lower()}.",
            ),
        )
    )
    if case.candidate and case.candidate_day is None:
        decision.candidates.append(
            Candidate(case.candidate, case.id, CandidateState.LAPSED, Text("", ""))
        )
        decision.case = case.but(candidate="")


def _transition(case: Case, trigger: str, given: Given) -> Transition:
    transition = given.procedure.workflow.moves.get(case.stage, {}).get(trigger)
    if transition is None:
        # The machine has the words for what is wrong: an unknown stage or a move not to be made.
        given.procedure.target(case.stage, trigger, came_from=case.came_from)
        raise AssertionError(trigger)
    return transition


def _target(case: Case, trigger: str, given: Given) -> str:
    """Return where a move leads of which every condition is met; the same every time."""
    memory = given.procedure.targets
    key = (case.stage, trigger, case.came_from)
    found = memory.get(key)
    if found is None:
        if len(memory) >= MEMORY:
            memory.clear()
        found = memory[key] = given.procedure.target(case.stage, trigger, came_from=case.came_from)
    return found


def _not_ready(transition: Transition, lacking: tuple[Lack, ...]) -> Text:
    sentence = Text(
        f"'{transition.label.nl}' kan nog niet.", f"'{transition.label.en}' cannot be done yet."
    )
    for lack in lacking:
        sentence = sentence + Text(" ", " ") + lack.missing
    if not any(lack.required for lack in lacking):
        sentence = sentence + Text(
            " U kunt toch verder met een reden die alle partijen zien.",
            " You may go on with a reason that all parties see.",
        )
    return sentence


def _is_agreed(target: str, given: Given) -> bool:
    """Whether the parties name the last day of a stay in *target* themselves."""
    term = given.procedure.workflow.stage(target).term
    return term is not None and term.agreed


def _schedule(target: str, given: Given, until: date | None) -> Schedule | None:
    """Return what a stay in *target* from today promises; the same every time on one day."""
    stage_term = given.procedure.workflow.stage(target).term
    if stage_term is None:
        return None
    if stage_term.agreed or stage_term.rule.length.unit is Unit.HOURS:
        return schedule(stage_term, given.today, given.calendar, until, at=given.at)
    memory = given.procedure.schedules
    key = (target, given.today, given.calendar.version)
    found = memory.get(key)
    if found is None:
        if len(memory) >= MEMORY:
            memory.clear()
        found = memory[key] = schedule(stage_term, given.today, given.calendar)
    return found


def _term(stage: str, entry: int, plan: Schedule, given: Given) -> Term:
    reckoning = plan.reckoning
    return Term(
        stage=stage,
        stage_entry=entry,
        length=plan.length,
        basis=plan.basis,
        atw=plan.atw,
        start=given.today,
        raw_end=reckoning.raw_end,
        end=reckoning.end,
        ends_at=reckoning.ends_at,
        calendar_version=reckoning.calendar_version,
        begun_at=given.at,
    )


def _of(decision: Decision) -> Case:
    case = decision.case
    if case is None:
        raise AssertionError("a move without a case")
    return case
