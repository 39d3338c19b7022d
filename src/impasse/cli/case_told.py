"""How `impasse case show` tells a case: stage, term with its why, work, waiting and clocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from impasse.adapters.sql.people import list_persons
from impasse.cli.answer import say
from impasse.domain.case import Status, TermState
from impasse.domain.clocks import clocks
from impasse.domain.days_in_words import day_in_words, instant_in_words
from impasse.domain.errors import Conflict
from impasse.domain.ledger import ledger, ledger_sentence, with_article, with_article_en
from impasse.domain.length import Unit
from impasse.domain.people import CLOCK, Role
from impasse.domain.task import UNANSWERED, TaskState
from impasse.domain.task_flow import name_of
from impasse.domain.term_conditions import policy_of
from impasse.domain.term_story import explain_term, replans_of, warn_of
from impasse.domain.text import Text, same
from impasse.engine.lives import calendar_then, life_of
from impasse.engine.procedures import procedure_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from impasse.domain.case import Case, Term
    from impasse.domain.clocks import Clock
    from impasse.domain.ledger import Ledger
    from impasse.domain.task import Task
    from impasse.domain.term_acts import Suspension
    from impasse.domain.terms import Step
    from impasse.domain.text import Language
    from impasse.domain.workflow import Stage
    from impasse.wiring import House


@dataclass(frozen=True, slots=True)
class ToldCase:
    """A case with everything that is reckoned from it; `trouble` says what could not be read."""

    case: Case
    stage: Stage
    term: Term | None
    steps: tuple[Step, ...]
    warnings: tuple[Text, ...]
    book: Ledger | None
    sentence: Text | None
    clocks: tuple[Clock, ...]
    trouble: Text | None = None


def look_at(house: House, number: str) -> ToldCase:
    """Return what is to be told of a case; raises `NotFound`, or `Conflict` for a lost procedure.

    A history that cannot be read hides the ledger and the clocks, and nothing else.
    """
    case = house.views.case(CLOCK, number)
    stage = procedure_of(house.procedures, case).workflow.stage(case.stage)
    entries = house.views.history(number)
    term = None if case.status is Status.CLOSED else case.term
    steps: tuple[Step, ...] = ()
    warnings: tuple[Text, ...] = ()
    try:
        if term is not None:
            then = calendar_then(house.calendars, house.calendar, term.calendar_version)
            policy = policy_of(stage.term)
            replans = replans_of(entries, case.stage_entry)
            steps = explain_term(term, then, policy, replans)
            warnings = warn_of(term, then, policy)
        today = house.calendar.local_day(house.clock())
        life = life_of(house.procedures, case, entries, today)
        names = {party.organisation: party.name for party in case.parties}
        book = ledger(life, house.calendar)
        read = clocks(
            life,
            entries,
            case.term,
            house.calendar,
            names=names,
            secretariat=frozenset(
                one.id for one in list_persons(house.database) if Role.SECRETARIAT in one.roles
            ),
        )
    except Conflict as error:
        return ToldCase(case, stage, term, steps, warnings, None, None, (), error.text)
    sentence = ledger_sentence(book, names)
    return ToldCase(case, stage, term, steps, warnings, book, sentence, read)


def tell(told: ToldCase, language: Language) -> None:
    """Print what is told, for people."""
    case = told.case

    def line(text: Text, indent: str = "") -> None:
        say(indent + text.in_(language))

    say(f"{case.id}: {case.title}")
    line(_where(told))
    if told.term is not None:
        say()
        for text in _lines_of_term(told, told.term):
            line(text)
    # What rests gets its last day anew when the case comes back.
    resting = [replace(task, due_on=None) for task in case.parked]
    for title, tasks in ((_WORK, case.tasks), (_RESTING, resting)):
        if tasks:
            say()
            line(title)
        for task in tasks:
            line(_task(case, task), "  ")
    say()
    if told.trouble is not None:
        line(told.trouble)
    if told.sentence is not None:
        line(told.sentence)
    for clock in told.clocks:
        line(clock.kind.label + same(": ") + clock.sentence, "  - ")


_WORK = Text("Werk in deze fase:", "Work in this stage:")
_RESTING = Text("Rust tijdens de pauze:", "Rests during the pause:")


def as_json(told: ToldCase, language: Language) -> dict[str, Any]:
    """Return what is told, for programs."""
    case, book = told.case, told.book
    return {
        "case": case.id,
        "title": case.title,
        "status": case.status.value,
        "workflow": f"{case.workflow}@{case.workflow_version}",
        "stage": case.stage,
        "stageLabel": told.stage.label.in_(language),
        "stageEntry": case.stage_entry,
        "stageSince": case.stage_since,
        "revision": case.revision,
        "parties": [{"organisation": one.organisation, "name": one.name} for one in case.parties],
        "term": None if told.term is None else _term_json(told.term, told, language),
        "tasks": [_task_json(case, task, language) for task in case.tasks],
        "parkedTasks": [_task_json(case, task, language) for task in case.parked],
        "waiting": None
        if book is None or told.sentence is None
        else {
            "sentence": told.sentence.in_(language),
            "days": book.days,
            "workingDays": book.working_days,
            "accounts": [
                {"account": one.account, "days": one.days, "workingDays": one.working_days}
                for one in book.balances
            ],
        },
        "clocks": [
            {
                "kind": one.kind.value,
                "state": one.state.value,
                "days": one.days,
                "norm": one.norm,
                "sentence": one.sentence.in_(language),
            }
            for one in told.clocks
        ],
        "trouble": None if told.trouble is None else told.trouble.in_(language),
    }


def steps_json(steps: Sequence[Step], language: Language) -> list[dict[str, Any]]:
    """Return a derivation, for programs."""
    return [{"day": one.day, "code": one.code, "text": one.text.in_(language)} for one in steps]


def _where(told: ToldCase) -> Text:
    case, stage = told.case, told.stage
    number = "" if stage.number is None else f"{stage.number}. "
    since = day_in_words(case.stage_since)
    reference = f"{case.workflow}@{case.workflow_version}"
    return Text(
        f"{number}{stage.label.nl}, sinds {since.nl} ({reference})",
        f"{number}{stage.label.en}, since {since.en} ({reference})",
    )


_TERM_STATES = {
    TermState.RUNNING: Text("loopt", "runs"),
    TermState.SUSPENDED: Text("is opgeschort", "is suspended"),
    TermState.EXPIRED: Text("is afgelopen", "has ended"),
    TermState.MET: Text("is gehaald", "was met"),
    TermState.MET_LATE: Text("is te laat gehaald", "was met late"),
    TermState.VOID: Text("is vervallen", "is void"),
}


def end_in_words(term: Term) -> Text:
    """Write the last day of a term, or the moment at which a term in hours ends."""
    in_hours = term.rule.length.unit is Unit.HOURS
    return instant_in_words(term.ends_at) if in_hours else day_in_words(term.end)


def _term(term: Term) -> Text:
    end, state = end_in_words(term), _TERM_STATES[term.state]
    ends = "eindigde" if term.state is TermState.EXPIRED else "eindigt"
    ends_en = "ended" if term.state is TermState.EXPIRED else "ends"
    return Text(
        f"De termijn {state.nl} en {ends} op {end.nl}, want:",
        f"The term {state.en} and {ends_en} on {end.en}, because:",
    )


def _lines_of_term(told: ToldCase, term: Term) -> Iterator[Text]:
    yield _term(term)
    for step in told.steps:
        yield same("  - ") + step.text
    for warning in told.warnings:
        yield same("  ! ") + warning
    for one in term.suspensions:
        yield same("  ") + _suspension(one)


def _suspension(one: Suspension) -> Text:
    begins, last = day_in_words(one.begins_on), day_in_words(one.last)
    who = one.waits_for_name or one.waits_for
    if one.ended_on is not None and one.ended_on <= one.begins_on:
        return Text(f"{one.id}: ingetrokken", f"{one.id}: withdrawn")
    state = Text("loopt", "runs") if one.ended_on is None else Text("voorbij", "over")
    return Text(
        f"{one.id} ({state.nl}): {one.reason.label.nl}, van de dag na {begins.nl} tot en met "
        f"{last.nl}; gewacht wordt op {with_article(who)}",
        f"{one.id} ({state.en}): {one.reason.label.en}, from the day after {begins.en} until "
        f"{last.en}; waiting for {with_article_en(who)}",
    )


_TASK_STATES = {
    TaskState.WAITING: Text("nog niet aan de beurt", "not its turn yet"),
    TaskState.OPEN: Text("open", "open"),
    TaskState.STARTED: Text("opgepakt", "taken up"),
    TaskState.DONE: Text("klaar", "done"),
    TaskState.WITHDRAWN: Text("ingetrokken", "withdrawn"),
}


def _task(case: Case, task: Task) -> Text:
    state, who = _TASK_STATES[task.state], name_of(case, task)
    if task.unanswered:
        state = UNANSWERED
    answer = f" ({task.outcome})" if task.outcome else ""
    told = Text(
        f"{task.id}: {task.label.nl} ({who.nl}): {state.nl}{answer}",
        f"{task.id}: {task.label.en} ({who.en}): {state.en}{answer}",
    )
    if task.due_on is None or not task.state.live:
        return told
    due = day_in_words(task.due_on)
    return told + Text(f", uiterlijk {due.nl}", f", by {due.en}")


def _term_json(term: Term, told: ToldCase, language: Language) -> dict[str, Any]:
    return {
        "state": term.state.value,
        "start": term.start,
        "end": term.end,
        "endsAt": term.ends_at.isoformat(),
        "plan": term.plan,
        "calendarVersion": term.calendar_version,
        "explanation": steps_json(told.steps, language),
        "warnings": [one.in_(language) for one in told.warnings],
        "suspensions": [
            {
                "id": one.id,
                "reason": one.reason.value,
                "waitsFor": one.waits_for,
                "waitsForName": one.waits_for_name,
                "beginsOn": one.begins_on,
                "until": one.until,
                "endedOn": one.ended_on,
                "consents": list(one.consents),
                "note": one.note,
            }
            for one in term.suspensions
        ],
        "extensions": [
            {
                "id": one.id,
                "on": one.on,
                "length": one.length,
                "reason": one.reason,
                "consents": list(one.consents),
            }
            for one in term.extensions
        ],
    }


def _task_json(case: Case, task: Task, language: Language) -> dict[str, Any]:
    return {
        "id": task.id,
        "name": task.name,
        "label": task.label.in_(language),
        "who": name_of(case, task).in_(language),
        "state": task.state.value,
        "outcome": task.outcome,
        "round": task.round,
        "dueOn": task.due_on,
    }
