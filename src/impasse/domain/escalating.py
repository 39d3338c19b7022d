"""A run of escalation goes on: it starts, tells level after level, is tripped, resumes and ends.

Hierarchical escalation only: a run tells people, and puts a case before a meeting. It never says
that relations harden (conflict escalation), and that never moves a run.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.domain import working_hours
from impasse.domain.agenda import propose
from impasse.domain.case import Purpose, Status, TermState, Timer, Visibility
from impasse.domain.days_in_words import day_in_words
from impasse.domain.decision import Message, going_on
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.escalation import (
    Acknowledgement,
    LevelTold,
    NextIs,
    Run,
    RunEnd,
    RunState,
    Snooze,
    TripWatch,
)
from impasse.domain.escalation_audience import fallback, resolve, words_of
from impasse.domain.escalation_note import note_of
from impasse.domain.escalation_policy import EndsWhen, MeetingTarget, OnEmpty
from impasse.domain.history import Entry
from impasse.domain.people import Role
from impasse.domain.terms import Basis
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from datetime import date, datetime

    from impasse.domain.case import Case
    from impasse.domain.commands import FireTimer, ReportUndelivered, StartEscalation
    from impasse.domain.decision import Decision, Given
    from impasse.domain.escalation_audience import Resolved
    from impasse.domain.escalation_policy import EscalationPolicy, Level, Trip
    from impasse.domain.history import Json

LOOK_AGAIN_DAYS = 5
"""After the last level a run is looked at once in so many working days, until it ends."""

LEAST_LEFT = 3600
"""Working time, in seconds, that a run which resumes has before it goes to the next level: who is
asked again must be able to answer."""

_PARTIES = (Role.PARTY,)
_LESSON = Visibility.LESSON


def start(decision: Decision, command: StartEscalation, given: Given) -> None:
    """Begin a run, and tell its first level when that has no wait.

    For the clock a cause starts a run once, and nothing starts that has become pointless, or that
    another run of the same stay in a stage mutes; somebody who starts one by hand hears why it
    cannot. Raises `Conflict` or `NotFound`.
    """
    by_clock = given.actor.has(Role.CLOCK)
    case = decision.case
    if by_clock and (case is None or case.status is Status.CLOSED or case.visibility is _LESSON):
        return
    case = going_on(decision)
    policy = given.policies().get(command.policy)
    goes_on = any(run.policy.name == command.policy for run in case.runs)
    if by_clock:
        seen = (command.policy, command.cause) in given.earlier_runs
        # One neglect is escalated once: while a run of this stay goes on, it mutes other policies.
        muted = goes_on or any(run.stay == command.stay for run in case.runs)
        if policy is None or seen or muted or _pointless(policy, case, command.stay):
            return
    elif policy is None:
        raise NotFound(
            Text(
                f"Er is geen opschalingsbeleid '{command.policy}' van kracht.",
                f"No escalation policy '{command.policy}' is in force.",
            )
        )
    elif goes_on:
        raise Conflict(
            Text(
                f"De opschaling '{policy.title.nl}' loopt al in deze zaak.",
                f"The escalation '{policy.title.en}' runs in this case already.",
            )
        )
    elif _pointless(policy, case, case.stage_entry):
        raise Conflict(
            Text(
                f"De opschaling '{policy.title.nl}' is voor een termijn die voorbij is; die is er "
                "hier niet.",
                f"The escalation '{policy.title.en}' is for a term that has passed; here none has.",
            )
        )
    run = Run(
        id=f"E{len(given.earlier_runs) + 1}",
        policy=policy,
        cause=command.cause if by_clock else f"hand:{given.actor.person}",
        event=command.event,
        stay=command.stay if by_clock else case.stage_entry,
        state=RunState.RUNNING,
        level=-1,
        round=0,
        turn=0,
        started_at=given.at,
        level_at=None,
        next_at=None,
        next_is=NextIs.LEVEL,
    )
    decision.created = run.id
    _write(decision, "escalation_started", run, {"event": command.event})
    trip = tripped(policy, case, given)
    if trip is not None and trip.level > 0:
        _write(decision, "escalation_tripped", run, {"reason": _both(trip.reason)})
        _tell(decision, run, trip.level, given, after=trip.reason)
    elif policy.levels[0].after is None:
        _tell(decision, run, 0, given)
    else:
        wait = working_hours.seconds_of(policy.levels[0].after, policy.hours)
        due = working_hours.after(given.calendar, policy.hours, given.at, wait)
        put(decision, run.but(next_at=due), given)


def ring(decision: Decision, command: FireTimer, given: Given) -> None:
    """Do what a run promised for this moment; a timer of an earlier turn does nothing."""
    case = decision.case
    if case is None or command.purpose is Purpose.ESCALATION_TRIP:
        # What may have come too near is looked at after every decision.
        return
    run = next((run for run in case.runs if run.number == command.rung), None)
    if run is None or run.turn != command.generation or run.next_at is None:
        return
    if _pointless(run.policy, case, run.stay):
        return
    match run.next_is:
        case NextIs.LEVEL:
            _advance(decision, run, given)
        case NextIs.REMINDER:
            _remind(decision, run, given)
        case NextIs.LAPSE if run.state is RunState.SNOOZED:
            end_snooze(decision, run, given)
        case NextIs.LAPSE:
            _lapse(decision, run, given)
        case NextIs.NOTHING:
            put(decision, run.but(next_at=_look_again(run, given)), given)


def follow(decision: Decision, before: Case, given: Given) -> None:
    """Bring the runs in line with what was decided: some end, some are tripped, a snooze ends."""
    case = decision.case
    if case is None:
        return
    for run in case.runs:
        ended = _ended_by(run, case)
        if ended is not None:
            end(decision, run, ended, given)
            continue
        _follow_one(decision, run, before, given)


def end(decision: Decision, run: Run, why: RunEnd, given: Given, note: str = "") -> None:
    """End *run* for good; whatever of it was held goes nowhere any more."""
    content: dict[str, Json] = {"because": why.value}
    if note:
        content["note"] = note
    _write(decision, "escalation_ended", run, content)
    ended = run.but(
        state=RunState.ENDED, next_at=None, remaining=None, ended_at=given.at, ended_as=why
    )
    _keep(decision, ended)


def end_snooze(decision: Decision, run: Run, given: Given, early: str = "") -> None:
    """Let a snoozed run go on, with the working time that was left; and say that it was a snooze.

    *early* says in a word of the house what ended it before its day.
    """
    snooze = run.snooze
    if snooze is None:
        return
    acts = tuple(
        Snooze(s.id, s.person, s.organisation, s.reason, s.until, s.at, given.at, early)
        if s is snooze
        else s
        for s in run.acts
    )
    _write(
        decision,
        "escalation_snooze_ended",
        run,
        {"until": snooze.until.isoformat(), "organisation": snooze.organisation, "early": early},
    )
    run = run.but(acts=acts, state=RunState.RUNNING, next_is=NextIs.LEVEL, remaining=run.remaining)
    run = _resumed(run, given)
    day = day_in_words(snooze.until)
    decision.messages.append(
        Message(
            "escalation-snooze-ended",
            _PARTIES,
            Text(
                f"De opschaling was even weggelegd tot en met {day.nl}; zij loopt weer.",
                f"The escalation was snoozed until {day.en}; it goes on.",
            ),
            otherwise=otherwise(run, decision.case, given),
            rule=rule_of(run),
            run=run_key(decision, run),
        )
    )
    put(decision, run, given)


def report_undelivered(decision: Decision, command: ReportUndelivered, given: Given) -> None:
    """Escalate what did not arrive: who is on duty hears that somebody could not be reached.

    Told once per message and person. The warning belongs to no run itself: should it fail too,
    it does not go round in circles.
    """
    case = decision.case
    run = None if case is None else next((r for r in case.runs if r.id == command.run), None)
    if case is None or run is None:
        return
    person = given.directory().persons.get(command.person)
    organisation = "" if person is None else person.organisation
    party = case.party(organisation)
    where = same(party.name if party is not None else organisation)
    if not command.person:
        where = Text("een gekoppeld systeem", "a connected system")
    _write(decision, "escalation_undelivered", run, {"organisation": organisation})
    to = fallback(run.policy, case, given.directory(), (), unreached=command.person)
    decision.messages.append(
        Message(
            "escalation-undelivered",
            (),
            Text("Een bericht van deze opschaling kwam niet aan bij ", "A message of this ")
            + Text("", "escalation did not arrive at ")
            + where
            + same("."),
            to=to,
            otherwise=Text(
                "Breng het bericht zelf over: de opschaling loopt door.",
                "Pass the message on yourself: the escalation goes on.",
            ),
            rule=rule_of(run),
            urgent=True,
        )
    )


def tripped(policy: EscalationPolicy, case: Case, given: Given) -> Trip | None:
    """Return the trip of *policy* that now holds and leads highest, if any."""
    holding = [trip for trip in policy.trips if _holds(trip, case, given.today)]
    return max(holding, key=lambda trip: trip.level, default=None)


def put(decision: Decision, run: Run, given: Given) -> None:
    """Keep *run* as it is now, with a timer for what happens next."""
    run = _watched(decision, run.but(turn=run.turn + 1), given)
    _keep(decision, run)
    case = decision.case
    if case is not None and run.next_at is not None:
        decision.arm.append(
            Timer(case.id, Purpose.ESCALATION, run.number, 0, run.next_at, run.turn)
        )


def rule_of(run: Run) -> str:
    """Return by which rule a message of *run* is sent: policy, version and level."""
    level = f" · {run.policy.levels[run.level].name}" if run.level >= 0 else ""
    return f"{run.policy.reference}{level}"


def run_key(decision: Decision, run: Run) -> str:
    """Return what names *run* among those of all cases."""
    assert decision.case is not None  # noqa: S101 a run belongs to a case
    return f"{decision.case.id}:{run.id}"


def level_due(run: Run, given: Given) -> datetime | None:
    """Return when the next level is due while *run* runs, or None after the last."""
    if run.next_is is NextIs.LEVEL:
        return run.next_at
    gap = gap_after(run)
    if gap is None or run.level_at is None:
        return None
    return working_hours.after(given.calendar, run.policy.hours, run.level_at, gap)


def left_to_go(run: Run, given: Given) -> int | None:
    """Return the working time, in seconds, that is left to the next level; None after the last.

    Never more than lies between two levels, also when the clock was set back.
    """
    due, gap = level_due(run, given), gap_after(run)
    if due is None:
        return None
    left = working_hours.between(given.calendar, run.policy.hours, given.at, due)
    return left if gap is None else min(left, gap)


def gap_after(run: Run) -> int | None:
    """Return the working time between the level of *run* and what comes after it, in seconds."""
    index, _ = next_place(run)
    if index is None:
        return None
    policy = run.policy
    if index <= run.level and policy.repeat is not None:
        return working_hours.seconds_of(policy.repeat.every, policy.hours)
    here = working_hours.seconds_of(policy.levels[run.level].after, policy.hours)
    there = working_hours.seconds_of(policy.levels[index].after, policy.hours)
    return max(there - (here if run.level >= 0 else 0), 0)


def next_place(run: Run) -> tuple[int | None, int]:
    """Return the place of the next level, None when there is none, and the round it is in."""
    policy = run.policy
    if run.level + 1 < len(policy.levels):
        return run.level + 1, run.round
    if policy.repeat is not None and run.round < policy.repeat.times:
        return policy.repeat.level, run.round + 1
    return None, run.round


def otherwise(run: Run, case: Case | None, given: Given) -> Text:
    """Say what happens if nobody does anything: when, and who hears then."""
    index, _ = next_place(run)
    due = level_due(run, given)
    if case is None or index is None or due is None:
        return Text(
            "Zonder antwoord blijft deze opschaling openstaan in het overzicht van het "
            "secretariaat.",
            "Without an answer this escalation stays open in the overview of the secretariat.",
        )
    day = day_in_words(given.calendar.local_day(due))
    words = [words_of(target) for target in run.policy.levels[index].targets]
    nl = ", ".join(word.nl for word in words)
    en = ", ".join(word.en for word in words)
    return Text(
        f"Is er op {day.nl} nog geen antwoord, dan gaat dit naar: {nl}.",
        f"If there is no answer by {day.en}, this goes to: {en}.",
    )


def _advance(decision: Decision, run: Run, given: Given) -> None:
    index, round_ = next_place(run)
    if index is None:
        rests = run.but(next_is=NextIs.NOTHING, state=RunState.RUNNING)
        put(decision, rests.but(next_at=_look_again(run, given)), given)
        return
    _tell(decision, run.but(round=round_), index, given)


def _tell(
    decision: Decision,
    run: Run,
    index: int,
    given: Given,
    *,
    after: Text | None = None,
    wait: int | None = None,
) -> None:
    """Tell the level at *index*, and plan what comes then.

    *after* is said before the words of the level: why it is told now. *wait* is the working time
    until the next level, where it is not that of the policy.
    """
    case = going_on(decision)
    policy = run.policy
    level = policy.levels[index]
    resolved = resolve(policy, level, case, given.directory())
    if resolved.nobody:
        _nobody_there(decision, run, index, resolved, given)
        return
    again = run.level == index and run.told is not None and run.told.round == run.round
    told = LevelTold(
        index,
        run.round,
        given.at,
        resolved.sides,
        len(resolved.to),
        fallback=resolved.fallback,
        again=again,
    )
    run = run.but(
        state=RunState.RUNNING,
        level=index,
        level_at=given.at,
        remaining=None,
        acts=(*run.acts, told),
    )
    run = _planned(run, level, given, wait=wait, remind=not again)
    _write(
        decision,
        "escalation_level_reached",
        run,
        {
            "level": index,
            "name": level.name,
            "label": _both(level.label),
            "round": run.round,
            "sides": [*resolved.sides],
            "empty": [_both(one) for one in resolved.empty],
            "again": again,
        },
    )
    words = level.message or Text(
        f"Opschaling '{policy.title.nl}', trede {index + 1}: {level.label.nl}.",
        f"Escalation '{policy.title.en}', level {index + 1}: {level.label.en}.",
    )
    said = words if after is None else after + same(" ") + words
    if resolved.meeting:
        propose(
            decision,
            said,
            given.today,
            run=run.id,
            note=note_of(case, run, given.calendar, given.today),
        )
    if resolved.to or resolved.webhooks:
        decision.messages.append(
            Message(
                "escalation-level-reached",
                (),
                said,
                to=resolved.to,
                webhooks=resolved.webhooks,
                otherwise=otherwise(run, case, given),
                rule=rule_of(run),
                run=run_key(decision, run),
                urgent=level.urgent,
            )
        )
    put(decision, run, given)


def _planned(run: Run, level: Level, given: Given, *, wait: int | None, remind: bool) -> Run:
    """Return *run* with what happens next after *level* was told at this moment."""
    calendar, hours = given.calendar, run.policy.hours
    gap = gap_after(run)
    due = None
    if gap is not None:
        due = working_hours.after(calendar, hours, given.at, gap if wait is None else wait)
    if remind and level.reminder is not None:
        length = working_hours.seconds_of(level.reminder, hours)
        reminder = working_hours.after(calendar, hours, given.at, length)
        if due is None or reminder < due:
            return run.but(next_at=reminder, next_is=NextIs.REMINDER)
    if due is None:
        return run.but(next_at=_look_again(run, given), next_is=NextIs.NOTHING)
    return run.but(next_at=due, next_is=NextIs.LEVEL)


def _nobody_there(
    decision: Decision, run: Run, index: int, resolved: Resolved, given: Given
) -> None:
    """Do what the policy says for a level for which nobody is there: skip it, or wait."""
    policy, level = run.policy, run.policy.levels[index]
    missing: list[Json] = [_both(one) for one in resolved.empty]
    content: dict[str, Json] = {"level": index, "label": _both(level.label), "empty": missing}
    if level.on_empty is OnEmpty.SKIP:
        _write(decision, "escalation_level_skipped", run, content)
        _advance(decision, run.but(level=index), given)
        return
    first = run.state is not RunState.HELD
    day = given.today
    # It looks again for this very level, also when that was told before or lies far ahead.
    held = run.but(
        level=index - 1,
        state=RunState.HELD,
        next_is=NextIs.LEVEL,
        next_at=working_hours.next_opening(given.calendar, policy.hours, day),
    )
    if first:
        _write(decision, "escalation_level_held", run, content)
        case = going_on(decision)
        to = fallback(policy, case, given.directory(), resolved.empty)
        if to and level.on_empty is not OnEmpty.FALLBACK:
            decision.messages.append(
                Message(
                    "escalation-undelivered",
                    (),
                    Text(
                        "Een trede van de opschaling wacht: er is niemand om haar te horen.",
                        "A level of the escalation waits: there is nobody to hear it.",
                    ),
                    to=to,
                    otherwise=Text(
                        "De opschaling kijkt elke werkdag opnieuw of er iemand is.",
                        "The escalation looks again each working day whether somebody is there.",
                    ),
                    rule=rule_of(run),
                    run=run_key(decision, run),
                )
            )
    put(decision, held, given)


def _remind(decision: Decision, run: Run, given: Given) -> None:
    """Remind, once, who has not answered the level."""
    case = going_on(decision)
    due = level_due(run, given)
    run = (
        run.but(next_is=NextIs.NOTHING, next_at=_look_again(run, given))
        if due is None
        else run.but(next_is=NextIs.LEVEL, next_at=due)
    )
    level = run.policy.levels[run.level]
    answered = {act.organisation for act in run.acknowledgements}
    resolved = resolve(run.policy, level, case, given.directory())
    to = tuple(one for one in resolved.to if one.side not in answered or not one.side)
    if to:
        _write(decision, "escalation_reminded", run, {"level": run.level})
        decision.messages.append(
            Message(
                "escalation-level-reached",
                (),
                Text("Ter herinnering: er is nog geen antwoord.", "A reminder: there is no answer ")
                + Text("", "yet."),
                to=to,
                otherwise=otherwise(run, case, given),
                rule=rule_of(run),
                run=run_key(decision, run),
                urgent=level.urgent,
            )
        )
    put(decision, run, given)


def _lapse(decision: Decision, run: Run, given: Given) -> None:
    """Let the promises lapse, and go on: at the same level, or one up when it lapsed before."""
    case = going_on(decision)
    promised = run.acknowledgements
    before = any(
        isinstance(act, Acknowledgement)
        and act.lapsed_at is not None
        and (act.level, act.round) == (run.level, run.round)
        for act in run.acts
    )
    acts = tuple(
        Acknowledgement(
            a.id, a.level, a.round, a.person, a.organisation, a.next_step, a.until, a.at, given.at
        )
        if a in promised and isinstance(a, Acknowledgement)
        else a
        for a in run.acts
    )
    run = run.but(acts=acts, state=RunState.RUNNING)
    first = min((act.until for act in promised), default=given.today)
    # Of whom the day is still to come, nothing is said.
    names = [side_name(case, act.organisation) for act in promised if act.until == first]
    who = Text(", ".join(n.nl for n in names), ", ".join(n.en for n in names))
    _write(
        decision,
        "escalation_lapsed",
        run,
        {"by": _both(who), "until": first.isoformat(), "level": run.level},
    )
    day = day_in_words(first)
    said = Text(
        f"Opgepakt door {who.nl}; de stap die er uiterlijk op {day.nl} zou zijn, is nog niet "
        "gezien.",
        f"Taken up by {who.en}; the step that was promised by {day.en} has not been seen yet.",
    )
    if before and next_place(run)[0] is not None:
        index, round_ = next_place(run)
        assert index is not None  # noqa: S101 just asked
        _tell(decision, run.but(round=round_), index, given, after=said)
    else:
        left = None if run.remaining is None else max(run.remaining, LEAST_LEFT)
        _tell(decision, run, run.level, given, after=said, wait=left)


def _follow_one(decision: Decision, run: Run, before: Case, given: Given) -> None:
    case = going_on(decision)
    if _at_meeting(run) and before.candidate:
        if case.candidate == before.candidate and case.candidate_day != before.candidate_day:
            if case.candidate_day is not None:
                _wait_for_meeting(decision, run, case.candidate_day, given)
            return
        if not case.candidate and before.candidate_day is None:
            end(decision, run, RunEnd.SETTLED, given)
            return
    trip = tripped(run.policy, case, given)
    if trip is not None and run.level < trip.level and not _told_of(trip, run, before, given):
        if run.state is RunState.SNOOZED:
            end_snooze(decision, run, given, early="trip")
            run = _current(decision, run)
        _write(decision, "escalation_tripped", run, {"reason": _both(trip.reason)})
        _tell(decision, run, trip.level, given, after=trip.reason)
        return
    if run.state is RunState.SNOOZED and len(case.signals) > len(before.signals):
        end_snooze(decision, run, given, early="signal")
        return
    if run.policy.trips and case.term is not before.term:
        watched = _watched(decision, run, given)
        if watched is not run:
            _keep(decision, watched)


def _told_of(trip: Trip, run: Run, before: Case, given: Given) -> bool:
    """Whether *run* was at the level of *trip*, or waits for it, for what held already.

    So repeats keep their pace, and an answer to a run that waits is not undone as it is given.
    """
    if run.state is RunState.HELD and next_place(run)[0] == trip.level:
        return True
    earlier = tripped(run.policy, before, given)
    if earlier is None or earlier.level < trip.level:
        return False
    was = next((one for one in before.runs if one.id == run.id), run)
    waited = was.state is RunState.HELD and next_place(was)[0] == trip.level
    told = any(isinstance(act, LevelTold) and act.level >= trip.level for act in run.acts)
    return waited or told


def _wait_for_meeting(decision: Decision, run: Run, day: date, given: Given) -> None:
    """Hold *run* until after the meeting on whose agenda the secretariat put the case."""
    step = Text("behandeling in het overleg", "discussion in the meeting")
    rests = run.state in {RunState.ACKNOWLEDGED, RunState.SNOOZED}
    promise = Acknowledgement(
        f"{run.id}-{len(run.acts) + 1}",
        run.level,
        run.round,
        given.actor.person,
        "",
        step.nl,
        day,
        given.at,
    )
    _write(
        decision,
        "escalation_acknowledged",
        run,
        {"by": _both(side_name(None, "")), "next_step": _both(step), "until": day.isoformat()},
    )
    held = run.but(
        state=RunState.ACKNOWLEDGED,
        acts=(*run.acts, promise),
        remaining=run.remaining if rests else left_to_go(run, given),
        next_is=NextIs.LAPSE,
        next_at=working_hours.next_opening(given.calendar, run.policy.hours, day),
    )
    put(decision, held, given)


def side_name(case: Case | None, organisation: str) -> Text:
    """Return the name of a side, or the secretariat for ""."""
    party = None if case is None else case.party(organisation)
    if party is not None:
        return same(party.name)
    return same(organisation) if organisation else Text("het secretariaat", "the secretariat")


def _resumed(run: Run, given: Given) -> Run:
    """Return *run* going on with the working time that was left."""
    if run.remaining is None:
        return run.but(next_is=NextIs.NOTHING, next_at=_look_again(run, given))
    left = max(run.remaining, LEAST_LEFT)
    due = working_hours.after(given.calendar, run.policy.hours, given.at, left)
    return run.but(next_is=NextIs.LEVEL, next_at=due, remaining=None)


def _look_again(run: Run, given: Given) -> datetime:
    hours = run.policy.hours
    days = LOOK_AGAIN_DAYS * working_hours.day_seconds(hours)
    return working_hours.after(given.calendar, hours, given.at, days)


def _pointless(policy: EscalationPolicy, case: Case, stay: int) -> bool:
    """Whether a run that began in *stay* has nothing to ask for any more."""
    match policy.ends_when:
        case EndsWhen.CASE_CLOSED:
            return False
        case EndsWhen.STAGE_LEFT:
            return case.stage_entry != stay
        case EndsWhen.TERM_SETTLED:
            term = case.term
            passed = term is not None and term.state is TermState.EXPIRED
            return case.stage_entry != stay or not passed


def _ended_by(run: Run, case: Case) -> RunEnd | None:
    if case.status is Status.CLOSED:
        return RunEnd.CASE_CLOSED
    if not _pointless(run.policy, case, run.stay):
        return None
    if run.policy.ends_when is EndsWhen.TERM_SETTLED:
        return RunEnd.TERM_SETTLED
    return RunEnd.STAGE_LEFT


def _holds(trip: Trip, case: Case, today: date) -> bool:
    if any(signal.indicator in trip.signals for signal in case.signals if signal.closed_on is None):
        return True
    day = _too_near(trip, case)
    return day is not None and day <= today


def _too_near(trip: Trip, case: Case) -> date | None:
    """Return the day on which the end in law of the running term is as near as *trip* says."""
    term = case.term
    if trip.statutory_within is None or term is None or term.state is not TermState.RUNNING:
        return None
    if not Basis(term.basis).by_law:
        return None
    return term.end - timedelta(days=trip.statutory_within.amount)


def _watched(decision: Decision, run: Run, given: Given) -> Run:
    """Return *run*, with a timer for the day on which a term in law comes too near, if need be."""
    case = decision.case
    if case is None:
        return run
    for trip in run.policy.trips:
        day = _too_near(trip, case)
        armed = any(isinstance(act, TripWatch) and act.on == day for act in run.acts)
        if day is None or armed or day <= given.today or run.level >= trip.level:
            continue
        moment = working_hours.opening(run.policy.hours, day)
        decision.arm.append(
            Timer(case.id, Purpose.ESCALATION_TRIP, run.number, 0, moment, day.toordinal())
        )
        run = run.but(acts=(*run.acts, TripWatch(day)))
    return run


def _at_meeting(run: Run) -> bool:
    level = run.now_at
    return level is not None and any(isinstance(t, MeetingTarget) for t in level.targets)


def _current(decision: Decision, run: Run) -> Run:
    case = going_on(decision)
    return next(one for one in case.runs if one.id == run.id)


def _keep(decision: Decision, run: Run) -> None:
    """Put *run* in its place in the case, unless it ended, and among what must be written."""
    case = decision.case
    if case is None:
        return
    there = any(one.id == run.id for one in case.runs)
    runs = (run if one.id == run.id else one for one in case.runs)
    kept = tuple(one for one in runs if one.open)
    decision.case = case.but(runs=kept if there else (*kept, run))
    decision.runs = [one for one in decision.runs if one.id != run.id] + [run]


def _write(decision: Decision, action: str, run: Run, content: dict[str, Json]) -> None:
    title = _both(run.policy.title)
    told: dict[str, Json] = {"run": run.id, "policy": run.policy.reference, "title": title}
    decision.entries.append(Entry(action, told | content))


def _both(words: Text) -> dict[str, Json]:
    return {"nl": words.nl, "en": words.en}
