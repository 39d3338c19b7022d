"""A term that runs: what people and the calendar may still do to it, and what follows from that.

Suspension and extension follow the Algemene wet bestuursrecht (art. 4:15) and the Wet open overheid
(art. 4.4) by analogy: a suspension has a reason, begins the day after and has a bound; an extension
is given before the end, with a reason. Of each, everybody hears, with the new date.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain.access import roles_on
from impasse.domain.case import ConfirmationKind, Purpose, Status, TermState, Timer
from impasse.domain.days_in_words import day_in_words
from impasse.domain.decision import Message
from impasse.domain.errors import (
    Conflict,
    Fault,
    Invalid,
)
from impasse.domain.history import Entry
from impasse.domain.people import Role
from impasse.domain.schedule import moments
from impasse.domain.storable import text_faults
from impasse.domain.term_acts import (
    Consent,
    Extension,
    Suspension,
    planned,
    suspended,
)
from impasse.domain.term_acts import Resume as ResumePolicy
from impasse.domain.term_conditions import (
    EXTENSION_NEEDS,
    IN_PLAY,
    NOT_BACKWARDS,
    ON_BEHALF,
    SUSPENSION_NEEDS,
    bound_faults,
    consents_of,
    day_faults,
    end_faults,
    governments,
    length_faults,
    must_agree,
    name_of,
    note_faults,
    policy_of,
    reason_faults,
    reason_given,
    refuse_other_roles,
    refuse_without_consent,
    running_of,
)
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from datetime import date, datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Term
    from impasse.domain.commands import Extend, FireTimer, ReplanTerm, Resume, Suspend
    from impasse.domain.decision import Decision, Given
    from impasse.domain.history import Json
    from impasse.domain.term_acts import Shift, TermAct
    from impasse.domain.workflow import StageTerm

REMIND_BEFORE = 3
"""So many working days before its bound, who is waited for hears that a suspension ends."""

_EVERYBODY = (Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT)
_SUSPENDING = frozenset(
    {Purpose.SUSPENSION_BEGIN, Purpose.SUSPENSION_REMINDER, Purpose.SUSPENSION_END}
)


def suspend(decision: Decision, command: Suspend, given: Given) -> None:
    """Let the clock of the running term stand still, from the day after until a bound.

    Raises `Conflict` when no term runs or the procedure allows no (more) suspension, `NotAllowed`
    for other roles, `Invalid` with every fault at once, `ConditionsNotMet` when consent lacks.
    """
    case, term, stage_term = running_of(decision, command.stay, given)
    rule = stage_term.suspension
    if rule is None:
        raise Conflict(
            Text(
                "In deze fase kent de procedure geen opschorting van de termijn.",
                "In this stage the procedure knows no suspension of the term.",
            )
        )
    refuse_other_roles(case, rule.roles, given)
    counted = [s for s in term.suspensions if s.last > s.begins_on]
    if len(counted) >= rule.most:
        raise Conflict(
            Text(
                f"In deze fase mag de termijn {rule.most} keer worden opgeschort; dat is gebeurd.",
                f"In this stage the term may be suspended {rule.most} times, and that was done.",
            )
        )
    begins_on = given.today if command.begins_on is None else command.begins_on
    faults = [
        *day_faults(command, begins_on, term, given),
        *bound_faults(command, begins_on, term, stage_term, given),
        *reason_faults(command, case, rule.reasons),
        *note_faults(command.note),
    ]
    consents, more = consents_of(
        case, ConfirmationKind.SUSPENSION, command.consents, command.note, given
    )
    faults += more
    if faults:
        raise Invalid(Text("Zo kan niet worden opgeschort.", "This cannot be suspended."), faults)
    refuse_without_consent(
        case, must_agree(rule.consent, command, case), consents, SUSPENSION_NEEDS
    )
    suspension = Suspension(
        id=f"O{len(term.suspensions) + 1}",
        reason=command.reason,
        waits_for=command.waits_for,
        waits_for_name=name_of(command, case),
        begins_on=begins_on,
        until=command.until,
        consents=consents,
        note=command.note.strip(),
        at=given.at,
    )
    later = _plan_anew(term, (*term.acts, suspension), stage_term, given)
    _put(decision, later, stage_term, given)
    decision.created = suspension.id
    decision.entries.append(
        Entry(
            "term_suspended",
            {
                "suspension": suspension.id,
                "reason": suspension.reason.value,
                "waits_for": suspension.waits_for,
                "waits_for_name": suspension.waits_for_name,
                "begins_on": begins_on.isoformat(),
                "until": suspension.until.isoformat(),
                "consents": [*consents],
                "note": suspension.note,
                **_moved(term, later),
            },
        )
    )
    until, end = day_in_words(suspension.until), day_in_words(later.end)
    decision.messages.append(
        Message(
            "term-suspended",
            _EVERYBODY,
            Text(
                f"De termijn is opgeschort tot en met {until.nl}: {suspension.reason.label.nl}. "
                f"De nieuwe einddatum is {end.nl}.",
                f"The term is suspended until {until.en}: {suspension.reason.label.en}. "
                f"The new end date is {end.en}.",
            ),
        )
    )


def resume(decision: Decision, command: Resume, given: Given) -> None:
    """End a suspension: the clock runs again from the day after, with what was left.

    One that has not begun yet is withdrawn. Raises `Conflict`, `NotAllowed` or `Invalid`.
    """
    case, term, stage_term = running_of(decision, command.stay, given)
    found = next((s for s in term.suspensions if s.id == command.suspension), None)
    if found is None or found.ended_on is not None:
        raise Conflict(
            Text(
                f"Opschorting {command.suspension} loopt niet in deze fase.",
                f"Suspension {command.suspension} does not run in this stage.",
            )
        )
    rule = stage_term.suspension
    may = ON_BEHALF if rule is None else rule.roles
    roles = roles_on(given.actor, case)
    if found.waits_for != given.actor.organisation or Role.PARTY not in roles:
        refuse_other_roles(case, may, given)
    latest = max(found.begins_on, min(given.today, found.until))
    ended_on = latest if command.ended_on is None else command.ended_on
    faults = [*end_faults(found, ended_on, given), *text_faults("note", command.note, "/note")]
    if ended_on != latest and not roles & may and not faults:
        faults.append(Fault("/endedOn", NOT_BACKWARDS))
    if faults:
        raise Invalid(Text("Zo kan niet worden hervat.", "This cannot be resumed."), faults)
    closed = replace(found, ended_on=ended_on)
    acts = tuple(closed if act is found else act for act in term.acts)
    later = _plan_anew(term, acts, stage_term, given)
    if later.ends_at <= given.at:
        end = day_in_words(later.end)
        raise Invalid(
            Text("Zo kan niet worden hervat.", "This cannot be resumed."),
            [
                Fault(
                    "/endedOn",
                    Text(
                        f"Met deze dag was de termijn al voorbij op {end.nl}. Kies een latere dag.",
                        f"With this day the term would have ended on {end.en}. Choose a later day.",
                    ),
                )
            ],
        )
    _put(decision, later, stage_term, given)
    _resumed(decision, term, later, closed, note=command.note.strip(), lapsed=False)


def extend(decision: Decision, command: Extend, given: Given) -> None:
    """Make the term longer, before it ends, within what the procedure allows.

    Raises `Conflict` when the term is over or was extended often enough, `NotAllowed`, `Invalid` or
    `ConditionsNotMet`.
    """
    case, term, stage_term = running_of(decision, command.stay, given)
    rule = stage_term.extension
    if rule is None:
        raise Conflict(
            Text(
                "In deze fase kent de procedure geen verlenging van de termijn.",
                "In this stage the procedure knows no extension of the term.",
            )
        )
    refuse_other_roles(case, rule.roles, given)
    if len(term.extensions) >= rule.most:
        raise Conflict(
            Text(
                f"In deze fase mag de termijn {rule.most} keer worden verlengd, en dat is gebeurd.",
                f"In this stage the term may be extended {rule.most} times, and that was done.",
            )
        )
    faults = [*length_faults(command, term, stage_term, given), *reason_given(command.reason)]
    consents, more = consents_of(
        case, ConfirmationKind.EXTENSION, command.consents, command.reason, given
    )
    faults += more
    if faults:
        raise Invalid(Text("Zo kan niet worden verlengd.", "This cannot be extended."), faults)
    needed = governments(case) if rule.consent is Consent.ALL else ()
    refuse_without_consent(case, needed, consents, EXTENSION_NEEDS)
    extension = Extension(
        id=f"V{len(term.extensions) + 1}",
        on=given.today,
        length=str(command.length),
        reason=command.reason.strip(),
        consents=consents,
        at=given.at,
    )
    later = _plan_anew(term, (*term.acts, extension), stage_term, given)
    _put(decision, later, stage_term, given)
    decision.created = extension.id
    decision.entries.append(
        Entry(
            "term_extended",
            {
                "extension": extension.id,
                "length": extension.length,
                "reason": extension.reason,
                "consents": [*consents],
                **_moved(term, later),
            },
        )
    )
    end = day_in_words(later.end)
    decision.messages.append(
        Message(
            "term-extended",
            _EVERYBODY,
            Text(
                f"De termijn is verlengd met {command.length.text.nl}. "
                f"De nieuwe einddatum is {end.nl}.",
                f"The term was extended by {command.length.text.en}. The new end date is {end.en}.",
            ),
        )
    )


def replan(decision: Decision, command: ReplanTerm, given: Given) -> None:
    """Reckon the end again with the calendar in force; without a difference nothing happens.

    With `timers` also when the end stays, but what rings before and after it does not. A term
    whose end has passed is over, also when the clock was late to say so: a calendar that is
    adopted afterwards brings it back no more.
    """
    case = decision.case
    if case is None or case.status is Status.CLOSED or case.term is None:
        return
    term = case.term
    stage_term = given.procedure.workflow.stage(case.stage).term
    if stage_term is None or term.state not in IN_PLAY or term.ends_at <= given.at:
        return
    later = _plan_anew(term, term.acts, stage_term, given)
    stays = (later.end, later.ends_at) == (term.end, term.ends_at)
    if stays and (not command.timers or term.calendar_version == given.calendar.version):
        return
    _put(decision, later, stage_term, given)
    decision.entries.append(
        Entry(
            "term_replanned",
            {
                "calendar_before": term.calendar_version,
                "because": [{"nl": why.nl, "en": why.en} for why in command.because],
                **_moved(term, later),
            },
        )
    )
    before, end = day_in_words(term.end), day_in_words(later.end)
    sentence = (
        Text(
            f"De kalender is bijgewerkt. De termijn eindigt nog steeds op {end.nl}; herinneringen "
            "en opschaling schuiven mee.",
            f"The calendar was updated. The term still ends on {end.en}; reminders and escalation "
            "move along.",
        )
        if stays
        else Text(
            f"De kalender is bijgewerkt. De termijn eindigt nu op {end.nl}, niet op {before.nl}.",
            f"The calendar was updated. The term now ends on {end.en}, not on {before.en}.",
        )
    )
    for why in command.because:
        sentence = sentence + same(" ") + why
    decision.messages.append(Message("term-replanned", _EVERYBODY, sentence))


def fire(decision: Decision, command: FireTimer, given: Given) -> bool:
    """Let a suspension begin, come near its end or end; False for a timer of another kind."""
    if command.purpose not in _SUSPENDING:
        return False
    case = decision.case
    if case is None or case.term is None:
        return True
    term = case.term
    key = f"O{command.rung}"
    found = next((s for s in term.suspensions if s.id == key and s.ended_on is None), None)
    stage_term = given.procedure.workflow.stage(case.stage).term
    if found is None or stage_term is None or term.state not in IN_PLAY:
        return True
    if command.purpose is Purpose.SUSPENSION_BEGIN:
        _begin(decision, term, found)
    elif command.purpose is Purpose.SUSPENSION_REMINDER:
        _remind(decision, found, given)
    else:
        _lapse(decision, term, found, given)
    return True


def _begin(decision: Decision, term: Term, found: Suspension) -> None:
    later = replace(term, state=TermState.SUSPENDED)
    _keep(decision, later)
    decision.entries.append(Entry("suspension_begun", {"suspension": found.id, **_place(term)}))


def _remind(decision: Decision, found: Suspension, given: Given) -> None:
    """Say that the bound comes near; of one that has passed meanwhile, its end will tell."""
    until = day_in_words(found.until)
    decision.entries.append(
        Entry(
            "suspension_reminded",
            {
                "suspension": found.id,
                "waits_for": found.waits_for,
                "until": found.until.isoformat(),
            },
        )
    )
    if given.today > found.until:
        return
    decision.messages.append(
        Message(
            "suspension-nearing",
            _EVERYBODY,
            Text(
                f"De opschorting eindigt op {until.nl}. Gewacht wordt op {found.waits_for_name}.",
                f"The suspension ends on {until.en}. {found.waits_for_name} is waited for.",
            ),
        )
    )


def _lapse(decision: Decision, term: Term, found: Suspension, given: Given) -> None:
    """End a suspension at its bound; the end was planned with that bound, so it stays."""
    closed = replace(found, ended_on=found.until)
    acts = tuple(closed if act is found else act for act in term.acts)
    later = replace(term, acts=acts, state=_state(acts, given.today))
    _keep(decision, later)
    _resumed(decision, term, later, closed, note="", lapsed=True)


def lapse_unbegun(decision: Decision, given: Given) -> None:
    """Let go of every suspension that was to begin after the end, now that the term has ended.

    The end came before it: somebody delivered early, or the calendar changed. Otherwise the days
    after the end would stand on the account of who was never waited for.
    """
    case = decision.case
    if case is None or case.term is None:
        return
    term = case.term
    for found in term.suspensions:
        late = given.calendar.end_of_day(found.begins_on) >= term.ends_at
        if found.ended_on is None and late:
            closed = replace(found, ended_on=found.begins_on)
            acts = tuple(closed if act is found else act for act in term.acts)
            term = replace(term, acts=acts)
            decision.entries.append(
                Entry(
                    "term_resumed",
                    {
                        "suspension": found.id,
                        "ended_on": found.begins_on.isoformat(),
                        "lapsed": True,
                        "unbegun": True,
                        "still_suspended": False,
                        "note": "",
                        **_moved(term, term),
                    },
                )
            )
    _keep(decision, term)


def _resumed(
    decision: Decision,
    before: Term,
    later: Term,
    closed: Suspension,
    *,
    note: str,
    lapsed: bool,
) -> None:
    still = later.state is TermState.SUSPENDED
    decision.entries.append(
        Entry(
            "term_resumed",
            {
                "suspension": closed.id,
                "ended_on": closed.last.isoformat(),
                "lapsed": lapsed,
                "still_suspended": still,
                "note": note,
                **_moved(before, later),
            },
        )
    )
    end = day_in_words(later.end)
    told = (
        Text("Een opschorting is voorbij; de klok", "A suspension is over; the clock")
        + Text(" staat nog stil om een andere reden.", " still stands still for another reason.")
        if still
        else Text("De termijn loopt weer.", "The term runs again.")
    )
    decision.messages.append(
        Message(
            "term-resumed",
            _EVERYBODY,
            told + Text(f" De einddatum is {end.nl}.", f" The end date is {end.en}."),
        )
    )


def why_moved(shift: Shift, policy: ResumePolicy) -> Text:
    """Tell in a sentence why a suspension or extension moved the end of a term.

    In the present tense: the days on which the clock stands still may have passed or be to come.
    """
    after, first, last = (day_in_words(day) for day in (shift.after, shift.first, shift.last))
    if shift.kind == "extension":
        return Text(
            f"De termijn is op {first.nl} verlengd en eindigt daarmee op {after.nl}.",
            f"The term was extended on {first.en} and so ends on {after.en}.",
        )
    still = Text(
        f"De klok staat stil van de dag na {first.nl} tot en met {last.nl}. ",
        f"The clock stands still from the day after {first.en} until {last.en}. ",
    )
    if policy is ResumePolicy.RESTART:
        if shift.before == shift.after:
            return still + Text(
                f"Opnieuw begonnen eindigt de termijn niet later: de einddatum {after.nl} blijft "
                "staan.",
                f"Begun anew the term ends no later: the end date {after.en} is kept.",
            )
        return still + Text(
            f"Daarna begint de termijn opnieuw en eindigt zij op {after.nl}.",
            f"After that the term begins anew and ends on {after.en}.",
        )
    if policy is ResumePolicy.KEEP_DATE:
        if shift.before == shift.after:
            return still + Text(
                f"De einddatum {after.nl} blijft staan.", f"The end date {after.en} is kept."
            )
        return still + Text(
            f"De einddatum valt in die tijd en wordt de eerste werkdag erna, {after.nl}.",
            f"The end date falls in that time and becomes the first working day after, {after.en}.",
        )
    left = _left(shift)
    return still + Text(
        f"{left.nl} over, dus de termijn eindigt op {after.nl}.",
        f"{left.en} left, so the term ends on {after.en}.",
    )


def _left(shift: Shift) -> Text:
    """Say what there was of the term when its clock came to stand still."""
    if shift.rest is not None:
        hours, minutes = divmod(int(shift.rest.total_seconds()) // 60, 60)
        if not minutes:
            return Text(f"Er was nog {hours} uur", f"{hours} hours were")
        return Text(
            f"Er was nog {hours} uur en {minutes} min.", f"{hours} hours and {minutes} min. were"
        )
    match shift.left:
        case 0:
            return Text("Er waren alleen vrije dagen", "Only days off were")
        case 1:
            return Text("Er was nog 1 werkdag", "1 working day was")
        case _:
            return Text(f"Er waren nog {shift.left} werkdagen", f"{shift.left} working days were")


def arm(case: str, term: Term, stage_term: StageTerm, given: Given) -> list[Timer]:
    """Return every timer that *term*, as it is planned now, promises from now on."""
    return [
        Timer(case, purpose, rung, term.stage_entry, due_at, term.plan)
        for purpose, rung, due_at in rings(term, stage_term, given.today, given.calendar)
    ]


def rings(
    term: Term, stage_term: StageTerm, today: date, calendar: Calendar
) -> list[tuple[Purpose, int, datetime]]:
    """Return the moments after *today* at which *term* rings, reckoned with *calendar*."""
    still = [(first, last) for first, last, _ in suspended(term.acts)]
    found = list(moments(stage_term, term.end, term.ends_at, today, calendar, still))
    for one in term.suspensions:
        if one.ended_on is None:
            found += _suspension_moments(one, today, calendar)
    return found


def _suspension_moments(
    one: Suspension, today: date, calendar: Calendar
) -> list[tuple[Purpose, int, datetime]]:
    number = int(one.id[1:])
    found = [(Purpose.SUSPENSION_END, number, calendar.end_of_day(one.until))]
    if one.begins_on > today:
        found.append((Purpose.SUSPENSION_BEGIN, number, calendar.end_of_day(one.begins_on)))
    near = calendar.agreed.add_working_days(one.until, -REMIND_BEFORE)
    if near > max(today, one.begins_on):
        found.append((Purpose.SUSPENSION_REMINDER, number, calendar.start_of_day(near)))
    return found


def _plan_anew(term: Term, acts: tuple[TermAct, ...], stage_term: StageTerm, given: Given) -> Term:
    plan = planned(term.rule, term.beginning, acts, policy_of(stage_term), given.calendar)
    return replace(
        term,
        acts=acts,
        raw_end=plan.reckoning.raw_end,
        end=plan.end,
        ends_at=plan.ends_at,
        calendar_version=given.calendar.version,
        plan=term.plan + 1,
        state=_state(acts, given.today),
    )


def _state(acts: tuple[TermAct, ...], today: date) -> TermState:
    """Whether the clock stands still: a suspension that was not ended has begun."""
    for act in acts:
        if isinstance(act, Suspension) and act.ended_on is None and act.begins_on <= today:
            return TermState.SUSPENDED
    return TermState.RUNNING


def _put(decision: Decision, term: Term, stage_term: StageTerm, given: Given) -> None:
    """Keep *term* as planned anew, with its timers in place of those of the plan before."""
    _keep(decision, term)
    case = decision.case
    assert case is not None  # noqa: S101 a term belongs to a case
    decision.disarm_term = True
    decision.arm.extend(arm(case.id, term, stage_term, given))


def _keep(decision: Decision, term: Term) -> None:
    case = decision.case
    assert case is not None  # noqa: S101 a term belongs to a case
    decision.term = term
    decision.case = case.but(term=term)


def _place(term: Term) -> dict[str, Json]:
    return {"stage": term.stage, "stage_entry": term.stage_entry}


def _moved(before: Term, later: Term) -> dict[str, Json]:
    return {
        **_place(later),
        "end_before": before.end.isoformat(),
        "end": later.end.isoformat(),
        "calendar": later.calendar_version,
    }
