"""The answers of people to a run of escalation: take it up, let it rest, go on, say it is done.

Every answer is seen by all parties, and stands in history with who gave it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.domain import working_hours
from impasse.domain.access import roles_on
from impasse.domain.case import TermState
from impasse.domain.days_in_words import day_in_words
from impasse.domain.decision import Message, going_on
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from impasse.domain.escalating import (
    end,
    end_snooze,
    left_to_go,
    put,
    rule_of,
    run_key,
    side_name,
)
from impasse.domain.escalation import Acknowledgement, NextIs, RunEnd, RunState, Snooze
from impasse.domain.escalation_audience import sides_of
from impasse.domain.escalation_policy import Answering
from impasse.domain.history import Entry
from impasse.domain.people import Role
from impasse.domain.reporting import long_faults
from impasse.domain.terms import Basis
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.case import Case
    from impasse.domain.commands import (
        AcknowledgeEscalation,
        EndSnooze,
        SettleEscalation,
        SnoozeEscalation,
    )
    from impasse.domain.decision import Decision, Given
    from impasse.domain.escalation import Run
    from impasse.domain.history import Json

_PARTIES = (Role.PARTY,)
_ONE_DAY = timedelta(days=1)


def acknowledge(decision: Decision, command: AcknowledgeEscalation, given: Given) -> None:
    """Record that somebody takes the run up, with a next step and its day.

    When the level is answered so, as its policy asks (by anybody, or by every side that heard), the
    run waits for the earliest promised day. Raises `Conflict` when there is nothing to take up, and
    `Invalid` with every fault at once.
    """
    case, run = _run(decision, command.run)
    side = _side(case, given)
    level = run.now_at
    if level is None:
        raise Conflict(
            Text(
                "Deze opschaling heeft nog niemand iets gevraagd.",
                "This escalation has not asked anybody for anything yet.",
            )
        )
    if run.state is RunState.SNOOZED:
        raise Conflict(
            Text(
                "Deze opschaling is even weggelegd. Laat haar eerst weer lopen.",
                "This escalation is snoozed. Let it go on first.",
            )
        )
    for act in run.acknowledgements:
        if act.organisation == side:
            day = day_in_words(act.until)
            raise Conflict(
                Text(
                    f"Uw kant heeft dit al opgepakt, met een stap uiterlijk op {day.nl}.",
                    f"Your side took this up already, with a step by {day.en}.",
                )
            )
    step = command.next_step.strip()
    faults = long_faults(step, "/nextStep")
    if not step:
        faults.append(
            Fault(
                "/nextStep",
                Text(
                    "Noem de volgende stap. Alle partijen lezen die.",
                    "Name the next step. All parties read it.",
                ),
            )
        )
    last = given.calendar.agreed.add_working_days(
        given.today, run.policy.acknowledged_at_most.amount
    )
    faults += _day_faults(command.until, given.today, last)
    if faults:
        raise Invalid(
            Text("Zo kan dit niet worden opgepakt.", "This cannot be taken up as it is."), faults
        )
    promise = Acknowledgement(
        f"{run.id}-{len(run.acts) + 1}",
        run.level,
        run.round,
        given.actor.person,
        side,
        step,
        command.until,
        given.at,
    )
    name = side_name(case, side)
    decision.created = promise.id
    _write(
        decision,
        "escalation_acknowledged",
        run,
        {
            "by": {"nl": name.nl, "en": name.en},
            "next_step": step,
            "until": command.until.isoformat(),
            "level": run.level,
        },
    )
    left = run.remaining if run.state is RunState.ACKNOWLEDGED else left_to_go(run, given)
    run = run.but(acts=(*run.acts, promise))
    if not _answered(run, case):
        decision.messages.append(_taken_up(decision, run, name, command.until, given))
        _keep_going(decision, run, given)
        return
    # A promise of which the day has passed holds nothing any more.
    first = min(act.until for act in run.acknowledgements if act.until >= given.today)
    decision.messages.append(_taken_up(decision, run, name, command.until, given, holds=first))
    put(
        decision,
        run.but(
            state=RunState.ACKNOWLEDGED,
            remaining=left,
            next_is=NextIs.LAPSE,
            next_at=working_hours.next_opening(given.calendar, run.policy.hours, first),
        ),
        given,
    )


def snooze(decision: Decision, command: SnoozeEscalation, given: Given) -> None:
    """Let the run rest until a day: with a reason, so many times, never past an end in law.

    Raises `Conflict` when it rests already or did so too often, `Invalid` with every fault.
    """
    case, run = _run(decision, command.run)
    if run.state in {RunState.SNOOZED, RunState.ACKNOWLEDGED}:
        raise Conflict(
            Text(
                f"Deze opschaling rust al: zij is {run.state.label.nl}.",
                f"This escalation rests already: it is {run.state.label.en}.",
            )
        )
    policy = run.policy
    if (left := snoozes_left(run, given)) <= 0:
        raise Conflict(
            Text(
                f"Wegleggen kan {policy.snoozes} keer in {policy.snoozes_within} dagen; "
                "dat is gebeurd.",
                f"Snoozing can be done {policy.snoozes} times in {policy.snoozes_within} days, "
                "and that was done.",
            )
        )
    reason = command.reason.strip()
    faults = long_faults(reason, "/reason")
    if not reason:
        faults.append(
            Fault(
                "/reason",
                Text("Geef een reden. Alle partijen lezen die.", "Give a reason. All parties ")
                + Text("", "read it."),
            )
        )
    faults += _day_faults(command.until, given.today, snoozed_until_at_most(case, run, given))
    if faults:
        raise Invalid(
            Text("Zo kan dit niet worden weggelegd.", "This cannot be snoozed as it is."), faults
        )
    side = _side(case, given)
    name = side_name(case, side)
    rest = Snooze(
        f"{run.id}-{len(run.acts) + 1}",
        given.actor.person,
        side,
        reason,
        command.until,
        given.at,
    )
    decision.created = rest.id
    _write(
        decision,
        "escalation_snoozed",
        run,
        {
            "by": {"nl": name.nl, "en": name.en},
            "reason": reason,
            "until": command.until.isoformat(),
            "left": left - 1,
        },
    )
    day = day_in_words(command.until)
    decision.messages.append(
        Message(
            "escalation-snoozed",
            _PARTIES,
            Text(
                f"De opschaling is even weggelegd door {name.nl}, tot en met {day.nl}.",
                f"The escalation was snoozed by {name.en} until {day.en}.",
            ),
            otherwise=Text(
                "Daarna gaat zij vanzelf verder; een nieuw signaal maakt haar eerder wakker.",
                "After that it goes on by itself; a new signal wakes it earlier.",
            ),
            rule=rule_of(run),
            run=run_key(decision, run),
        )
    )
    put(
        decision,
        run.but(
            state=RunState.SNOOZED,
            remaining=left_to_go(run, given),
            acts=(*run.acts, rest),
            next_is=NextIs.LAPSE,
            next_at=working_hours.next_opening(given.calendar, policy.hours, command.until),
        ),
        given,
    )


def wake(decision: Decision, command: EndSnooze, given: Given) -> None:
    """Let a snoozed run go on before its day. Raises `Conflict` when it does not rest."""
    _, run = _run(decision, command.run)
    if run.state is not RunState.SNOOZED:
        raise Conflict(
            Text("Deze opschaling is niet weggelegd.", "This escalation is not snoozed.")
        )
    end_snooze(decision, run, given, early="hand")


def settle(decision: Decision, command: SettleEscalation, given: Given) -> None:
    """End the run because what it asks for is done, with a note that all parties see.

    By who asked for it, by the mediator or by the secretariat: nobody can silence what another
    asks of him. Raises `NotAllowed` for others, `Invalid` without a note.
    """
    case, run = _run(decision, command.run)
    if not may_settle(case, run, given):
        raise NotAllowed(
            Text(
                "Afhandelen kan wie de opschaling begon, de bemiddelaar of het secretariaat. "
                "U kunt haar oppakken.",
                "Who began the escalation, the mediator or the secretariat can settle it. "
                "You can take it up.",
            )
        )
    note = command.note.strip()
    faults = long_faults(note, "/note")
    if not note:
        faults.append(
            Fault(
                "/note",
                Text(
                    "Schrijf op wat er gedaan is. Alle partijen lezen dat.",
                    "Write down what was done. All parties read it.",
                ),
            )
        )
    if faults:
        raise Invalid(
            Text("Zo kan dit niet worden afgehandeld.", "This cannot be settled as it is."), faults
        )
    name = side_name(case, _side(case, given))
    decision.messages.append(
        Message(
            "escalation-ended",
            _PARTIES,
            Text(
                f"De opschaling is afgehandeld, zegt {name.nl}.",
                f"The escalation is settled, says {name.en}.",
            ),
            otherwise=Text(
                "Er gebeurt niets meer; nieuwe gebeurtenissen kunnen een nieuwe beginnen.",
                "Nothing more happens; new events may begin another.",
            ),
            rule=rule_of(run),
        )
    )
    end(decision, run, RunEnd.SETTLED, given, note)


def may_settle(case: Case, run: Run, given: Given) -> bool:
    """Whether who acts began *run*, or stands between the sides."""
    roles = roles_on(given.actor, case)
    if roles & {Role.SECRETARIAT, Role.MEDIATOR}:
        return True
    if run.cause == f"hand:{given.actor.person}":
        return True
    reporter = case.signals[0].organisation if case.signals else ""
    by_event = not run.cause.startswith("hand:")
    return by_event and Role.PARTY in roles and given.actor.organisation == reporter


def snoozes_left(run: Run, given: Given) -> int:
    """Return how often *run* may still be snoozed now."""
    since = given.at - timedelta(days=run.policy.snoozes_within)
    used = sum(isinstance(act, Snooze) and act.at > since for act in run.acts)
    return run.policy.snoozes - used


def snoozed_until_at_most(case: Case, run: Run, given: Given) -> date:
    """Return the last day until which *run* may rest: never past the end of a term in law."""
    days = run.policy.snoozed_at_most.amount
    last = given.calendar.agreed.add_working_days(given.today, days)
    term = case.term
    if term is not None and term.state is TermState.RUNNING and Basis(term.basis).by_law:
        # It goes on the next working morning: that must not come after the end.
        morning = given.calendar.agreed.add_working_days(term.end + _ONE_DAY, -1)
        last = min(last, morning - _ONE_DAY)
    return last


def _run(decision: Decision, key: str) -> tuple[Case, Run]:
    case = going_on(decision)
    for run in case.runs:
        if run.id == key:
            return case, run
    raise NotFound(
        Text(
            f"Er loopt geen opschaling {key} in zaak {case.id}: zij is er niet, of is beëindigd.",
            f"No escalation {key} runs in case {case.id}: it is not there, or has ended.",
        )
    )


def _side(case: Case, given: Given) -> str:
    """Return the party for which the actor speaks, "" for the secretariat and the mediator."""
    if Role.PARTY in roles_on(given.actor, case):
        return given.actor.organisation
    return ""


def _answered(run: Run, case: Case) -> bool:
    """Whether those who must answer the level have done so.

    Where the duty officer heard for a side without people, the secretariat answers for it, unless
    every side answered itself.
    """
    level, told = run.now_at, run.told
    if level is None or not run.acknowledgements:
        return False
    if level.answering is not Answering.ALL_SIDES or told is None:
        return True
    there = {act.organisation for act in run.acknowledgements}
    needed = {*told.sides} | ({""} if told.fallback else set())
    return needed <= there or {*sides_of(case)} <= there


def _keep_going(decision: Decision, run: Run, given: Given) -> None:
    """Keep an answer that does not answer the level yet: the run goes on as planned."""
    put(decision, run, given)


def _taken_up(
    decision: Decision,
    run: Run,
    name: Text,
    until: date,
    given: Given,
    *,
    holds: date | None = None,
) -> Message:
    day = day_in_words(until)
    if holds is None:
        otherwise = Text(
            "De opschaling loopt door tot alle kanten hebben geantwoord.",
            "The escalation goes on until all sides have answered.",
        )
    else:
        opening = working_hours.next_opening(given.calendar, run.policy.hours, holds)
        again = day_in_words(given.calendar.local_day(opening))
        otherwise = Text(
            f"Is de stap er dan niet, dan loopt de opschaling op {again.nl} verder.",
            f"If the step is not there by then, the escalation goes on on {again.en}.",
        )
    return Message(
        "escalation-acknowledged",
        _PARTIES,
        Text(
            f"Opgepakt door {name.nl}, met een volgende stap uiterlijk op {day.nl}.",
            f"Taken up by {name.en}, with a next step by {day.en}.",
        ),
        otherwise=otherwise,
        rule=rule_of(run),
        run=run_key(decision, run),
    )


def _day_faults(until: date, today: date, last: date) -> list[Fault]:
    if today < until <= last:
        return []
    day = day_in_words(last)
    if last <= today:
        return [
            Fault(
                "/until",
                Text(
                    "Er is geen dag meer te kiezen: de wettelijke datum is te dichtbij.",
                    "There is no day left to choose: the date in law is too near.",
                ),
            )
        ]
    return [
        Fault(
            "/until",
            Text(
                f"Kies een dag na vandaag en uiterlijk {day.nl}.",
                f"Choose a day after today and no later than {day.en}.",
            ),
        )
    ]


def _write(decision: Decision, action: str, run: Run, content: dict[str, Json]) -> None:
    title: Json = {"nl": run.policy.title.nl, "en": run.policy.title.en}
    told: dict[str, Json] = {"run": run.id, "policy": run.policy.reference, "title": title}
    decision.entries.append(Entry(action, told | content))
