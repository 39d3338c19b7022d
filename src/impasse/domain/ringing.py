"""What happens when a timer rings: reminders, the end of a term, and what comes after that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain import escalating
from impasse.domain.agenda import raise_tier
from impasse.domain.case import Purpose, Status, TermState
from impasse.domain.days_in_words import day_in_words
from impasse.domain.decision import Decision, Message
from impasse.domain.history import Entry
from impasse.domain.moves import make_move_by_clock, move_when_done
from impasse.domain.people import Role
from impasse.domain.reassessment import next_reassessment, reassess
from impasse.domain.recess import ends_within
from impasse.domain.running_term import fire, lapse_unbegun
from impasse.domain.tasks import ring_task
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from impasse.domain.case import Case
    from impasse.domain.commands import FireTimer
    from impasse.domain.decision import Given
    from impasse.domain.history import Json
    from impasse.domain.workflow import Reminder, Rung, StageTerm

LATE_AFTER_SECONDS = 90
"""Three sweeps: a timer that rings later than this was held up, and its entry says so."""


def ring(case: Case, command: FireTimer, given: Given) -> Decision:
    """Let time do its work; a timer of an earlier stay in a stage does nothing any more."""
    decision = Decision(case)
    if case.status is Status.CLOSED:
        return decision
    if command.purpose is Purpose.REASSESSMENT:
        reassess(decision, given)
        decision.arm.append(
            next_reassessment(case.id, given, opening=command.stage_entry, rung=command.rung + 1)
        )
        return decision
    if command.purpose in {Purpose.ESCALATION, Purpose.ESCALATION_TRIP}:
        escalating.ring(decision, command, given)
        return decision
    if command.stage_entry != case.stage_entry:
        return decision
    if command.purpose is Purpose.TASK_DUE:
        ring_task(decision, command, given)
        if decision.tasks:
            move_when_done(decision, given)
            reassess(decision, given)
        return decision
    term_rule = given.procedure.workflow.stage(case.stage).term
    if term_rule is None or case.term is None or command.generation != case.term.plan:
        return decision
    if not fire(decision, command, given):
        _ring_term(decision, command, term_rule, given)
    return decision


def _ring_term(decision: Decision, command: FireTimer, term_rule: StageTerm, given: Given) -> None:
    """Do what a term promised; a reminder or rung that the procedure lacks does nothing."""
    late = _late(command, given)
    if command.purpose is Purpose.RECESS_REMINDER:
        _remind_of_recess(decision, given)
    elif command.purpose is Purpose.REMINDER:
        _remind(decision, term_rule.reminders[command.rung : command.rung + 1], late, given)
    elif command.rung < len(term_rule.on_expiry):
        _expire(decision, term_rule.on_expiry[command.rung], command, given)


def _expire(decision: Decision, rung: Rung, command: FireTimer, given: Given) -> None:
    """Do what the procedure says for so long after the end of a term."""
    if command.rung == 0:
        lapse_unbegun(decision, given)
    case, late = decision.case, _late(command, given)
    if case is None or case.term is None:
        return
    if command.rung == 0:
        decision.term = replace(case.term, state=TermState.EXPIRED)
        decision.case = case.but(term=decision.term)
        decision.entries.append(
            Entry("term_expired", {"stage": case.stage, "end": case.term.end.isoformat(), **late})
        )
    else:
        decision.entries.append(
            Entry("rung_reached", {"stage": case.stage, "rung": command.rung, **late})
        )
    decision.messages.append(
        Message(
            "term-expired",
            rung.notify,
            rung.message
            or Text("De termijn van deze fase is voorbij.", "The term of this stage has passed."),
        )
    )
    if rung.tier is not None:
        label = given.procedure.workflow.stage(case.stage).label
        ended = day_in_words(case.term.end)
        raise_tier(
            decision,
            rung.tier,
            Text(
                f"De termijn van {label.nl.lower()} liep af op {ended.nl}.",
                f"The term of {label.en.lower()} ended on {ended.en}.",
            ),
            today=given.today,
        )
    if rung.trigger is not None:
        make_move_by_clock(decision, rung.trigger, given)
        if case.parked:
            move_when_done(decision, given)
    reassess(decision, given)


def _remind(
    decision: Decision, reminders: tuple[Reminder, ...], late: dict[str, Json], given: Given
) -> None:
    """Say that the end comes near; nothing when the procedure has no such reminder.

    When the clock was so late that the end has passed, only history tells it: people hear of that.
    """
    case = decision.case
    if case is None or case.term is None:
        return
    end = case.term.end
    for reminder in reminders:
        decision.entries.append(
            Entry("term_reminded", {"stage": case.stage, "end": end.isoformat(), **late})
        )
        if case.term.ends_at <= given.at:
            continue
        decision.messages.append(
            Message(
                "term-nearing",
                reminder.notify,
                reminder.message
                or Text("De termijn eindigt op ", "The term ends on ")
                + day_in_words(end)
                + same("."),
            )
        )


def _remind_of_recess(decision: Decision, given: Given) -> None:
    """Say before a recess that the term ends within it: it is flagged, and runs on."""
    case = decision.case
    if case is None or case.term is None:
        return
    end = case.term.end
    recess = given.calendar.recess_on(end)
    if recess is None:
        return
    decision.entries.append(
        Entry(
            "recess_reminded",
            {
                "stage": case.stage,
                "end": end.isoformat(),
                "recess": {"nl": recess.title.nl, "en": recess.title.en},
                "first": recess.first.isoformat(),
                "last": recess.last.isoformat(),
            },
        )
    )
    decision.messages.append(
        Message(
            "recess-nearing",
            (Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT),
            ends_within(recess, end),
        )
    )


def _late(command: FireTimer, given: Given) -> dict[str, Json]:
    seconds = int((given.at - command.due_at).total_seconds())
    content: dict[str, Json] = {"due_at": command.due_at.isoformat()}
    if seconds > LATE_AFTER_SECONDS:
        content["late_seconds"] = seconds
    return content
