"""A term that runs: suspended over Christmas, extended once, resumed early, and never shortened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions import MEDIATOR, PROVINCE, SECRETARY, STRANGER, ZANDMEER, an_opening
from impasse.domain.case import ConfirmationKind, Purpose, TermState
from impasse.domain.chronicle_terms import TELLERS
from impasse.domain.commands import Confirm, Extend, FireTimer, ReplanTerm, Resume, Suspend
from impasse.domain.errors import ConditionsNotMet, Conflict, Invalid, NotAllowed
from impasse.domain.length import Length
from impasse.domain.machine import compile_workflow
from impasse.domain.people import CLOCK, Role
from impasse.domain.running_term import why_moved
from impasse.domain.schedule import moments
from impasse.domain.term_acts import Consent, Extension, Suspension, SuspensionReason, planned
from impasse.domain.term_acts import Resume as Policy
from impasse.domain.terms import Atw, Basis, TermRule, reckon
from impasse.domain.text import Text
from impasse.domain.workflow import Reminder, Wait

if TYPE_CHECKING:
    from decisions import Table
    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case, Term

CASE = "IMP-2026-0001"
WAITING = Suspend(
    CASE,
    SuspensionReason.AWAITING_PARTY,
    "pv27",
    until=date(2026, 9, 25),
    note="De provincie levert de cijfers.",
)


def the_term(table: Table) -> Term:
    assert table.case is not None
    assert table.case.term is not None
    return table.case.term


def with_rules(table: Table, **rules: object) -> None:
    """Let the procedure on the table say something else about suspension or extension."""
    workflow = table.procedure.workflow
    stage = workflow.stages["signal"]
    assert stage.term is not None
    changed = replace(stage, term=replace(stage.term, **rules))  # type: ignore[arg-type]
    stages = {**workflow.stages, "signal": changed}
    table.procedure = compile_workflow(replace(workflow, stages=stages))


def rung_day(table: Table, purpose: Purpose, rung: int = 0) -> datetime:
    """When the newest timer of this kind rings."""
    return next(t.due_at for t in table.armed if (t.purpose, t.rung) == (purpose, rung))


@pytest.fixture
def opened(table: Table) -> Table:
    """A case opened on Monday 7 September 2026; its term of ten working days ends on the 21st."""
    table.open(an_opening())
    assert the_term(table).end == date(2026, 9, 21)
    return table


def test_what_was_left_is_kept_and_everybody_hears_the_new_date(opened: Table) -> None:
    opened.at += timedelta(days=3)  # Thursday the 10th: seven working days are left
    opened.do(WAITING)
    term = the_term(opened)
    assert (term.state, term.end, term.plan) == (TermState.SUSPENDED, date(2026, 10, 6), 1)
    assert term.suspensions[0].waits_for_name == "Noord-Holland"
    assert opened.last is not None
    entry = opened.last.entries[0]
    assert entry.action == "term_suspended"
    assert (entry.content["end_before"], entry.content["end"]) == ("2026-09-21", "2026-10-06")
    assert "6 oktober 2026" in opened.last.messages[0].reason.nl
    assert opened.last.disarm_term
    assert {timer.generation for timer in opened.armed} == {1}


def test_the_party_waited_for_has_a_clock_of_its_own_and_the_term_returns_when_that_ends(
    opened: Table,
) -> None:
    opened.do(WAITING)
    end = rung_day(opened, Purpose.SUSPENSION_END, 1)
    assert end == datetime(2026, 9, 25, 22, tzinfo=UTC)
    assert rung_day(opened, Purpose.SUSPENSION_REMINDER, 1) < end < rung_day(opened, Purpose.RUNG)
    promised = the_term(opened).end

    opened.fire(next(i for i, t in enumerate(opened.armed) if t.purpose is Purpose.SUSPENSION_END))

    term = the_term(opened)
    assert (term.state, term.end) == (TermState.RUNNING, promised)
    assert opened.last is not None
    assert opened.last.entries[0].content["lapsed"] is True
    assert not opened.last.arm  # the timers of the plan stand already


def test_delivered_early_gives_an_earlier_date_and_silences_the_old_timers(opened: Table) -> None:
    opened.do(WAITING)
    stale = next(t for t in opened.armed if t.purpose is Purpose.RUNG)
    opened.at += timedelta(days=4)  # Friday the 11th
    opened.do(Resume(CASE, "O1"), PROVINCE)
    term = the_term(opened)
    assert (term.state, term.end) == (TermState.RUNNING, date(2026, 9, 25))
    before = opened.case
    opened.do(
        FireTimer(CASE, 1, stale.purpose, stale.rung, stale.stage_entry, stale.due_at, 1), CLOCK
    )
    assert opened.actions() == []
    assert opened.case is not None
    assert before is not None
    assert opened.case.term == before.term


def test_two_reasons_at_once_count_once_and_the_last_to_end_lets_the_clock_run(
    opened: Table,
) -> None:
    opened.do(replace(WAITING, until=date(2026, 9, 18)))
    with_rules(opened, suspension=replace(_rule(opened), most=2))
    opened.do(
        replace(
            WAITING,
            reason=SuspensionReason.FORCE_MAJEURE,
            waits_for="outside",
            waits_for_name="hoogwater",
            until=date(2026, 9, 11),
        )
    )
    assert the_term(opened).end == date(2026, 10, 2)  # ten days after the 18th, not more
    opened.at += timedelta(days=3)
    opened.do(Resume(CASE, "O2"))
    assert the_term(opened).state is TermState.SUSPENDED
    opened.do(Resume(CASE, "O1"))
    assert the_term(opened).state is TermState.RUNNING
    assert the_term(opened).end == date(2026, 9, 24)


def _rule(table: Table):
    term = table.procedure.workflow.stages["signal"].term
    assert term is not None
    assert term.suspension is not None
    return term.suspension


def test_one_that_is_to_begin_later_begins_by_itself_or_is_withdrawn(opened: Table) -> None:
    later = replace(WAITING, begins_on=date(2026, 9, 14))
    opened.do(later)
    assert the_term(opened).state is TermState.RUNNING
    assert the_term(opened).end == date(2026, 10, 2)
    begin = next(i for i, t in enumerate(opened.armed) if t.purpose is Purpose.SUSPENSION_BEGIN)
    kept = (opened.case, list(opened.armed), opened.at)
    opened.fire(begin)
    assert the_term(opened).state is TermState.SUSPENDED

    opened.case, opened.armed, opened.at = kept
    opened.do(Resume(CASE, "O1"))
    assert the_term(opened).end == date(2026, 9, 21)
    opened.do(later)  # what never began does not count as one
    assert the_term(opened).suspensions[1].id == "O2"


@pytest.mark.parametrize(
    ("policy", "until", "end"),
    [
        (Policy.KEEP_REMAINDER, date(2026, 9, 18), date(2026, 10, 2)),
        (Policy.RESTART, date(2026, 9, 18), date(2026, 10, 2)),
        (Policy.KEEP_DATE, date(2026, 9, 18), date(2026, 9, 21)),
        (Policy.KEEP_DATE, date(2026, 9, 25), date(2026, 9, 28)),
    ],
)
def test_the_procedure_chooses_what_becomes_of_the_date(
    opened: Table, policy: Policy, until: date, end: date
) -> None:
    with_rules(opened, suspension=replace(_rule(opened), resume=policy))
    opened.do(replace(WAITING, until=until))
    assert the_term(opened).end == end


def test_an_extension_is_given_before_the_end_once_and_with_a_reason(opened: Table) -> None:
    week = Length.parse("1 week")
    opened.do(Extend(CASE, week, "De fracties vergaderen later."))
    assert the_term(opened).end == date(2026, 9, 28)
    assert rung_day(opened, Purpose.RUNG) == datetime(2026, 9, 28, 22, tzinfo=UTC)
    with pytest.raises(Conflict, match="may be extended 1 times"):
        opened.do(Extend(CASE, week, "Nog eens."))


@pytest.mark.parametrize(
    ("length", "reason", "pointer"),
    [
        ("2 weeks", "Meer tijd.", "/length"),
        ("1 week", "  ", "/reason"),
        ("24 hours", "Meer tijd.", "/length"),
    ],
)
def test_an_extension_that_cannot_be_says_which_value_and_what_to_do(
    opened: Table, length: str, reason: str, pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        opened.do(Extend(CASE, Length.parse(length), reason))
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_after_the_end_nothing_can_be_done_also_when_the_clock_was_late(opened: Table) -> None:
    opened.at = the_term(opened).ends_at  # the rung has not rung yet
    for command in (
        Extend(CASE, Length.parse("1 day"), "Te laat."),
        replace(WAITING, until=date(2026, 9, 30)),
    ):
        with pytest.raises(Conflict, match="The term ended on Monday 21 September 2026"):
            opened.do(command)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"until": date(2026, 9, 7)}, "/until"),
        ({"until": date(2026, 9, 1)}, "/until"),
        ({"until": date(2027, 9, 1)}, "/until"),
        ({"begins_on": date(2026, 9, 4)}, "/beginsOn"),
        ({"begins_on": date(2026, 9, 21)}, "/beginsOn"),
        ({"waits_for": "gm0001"}, "/waitsFor"),
        ({"waits_for": "outside"}, "/waitsFor"),
        ({"reason": SuspensionReason.FORCE_MAJEURE, "waits_for": "outside"}, "/waitsForName"),
        ({"reason": SuspensionReason.FORCE_MAJEURE, "waits_for": "mediator"}, "/waitsFor"),
        ({"reason": SuspensionReason.EXTERNAL_EXPERT}, "/reason"),
        ({"note": " "}, "/note"),
        ({"consents": ("gm0001",)}, "/consents/0"),
    ],
)
def test_a_suspension_that_cannot_be_says_which_value_and_what_to_do(
    opened: Table, changes: dict[str, object], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        opened.do(replace(WAITING, **changes))  # type: ignore[arg-type]
    assert pointer in [fault.pointer for fault in refused.value.faults]
    assert all(fault.text.nl and fault.text.en for fault in refused.value.faults)


def test_all_faults_are_told_at_once(opened: Table) -> None:
    with pytest.raises(Invalid) as refused:
        opened.do(replace(WAITING, until=date(2026, 9, 1), waits_for="", note=""))
    assert {f.pointer for f in refused.value.faults} == {"/until", "/waitsFor", "/note"}


def test_by_agreement_means_all_and_silence_is_no_consent(opened: Table) -> None:
    agreed = replace(WAITING, reason=SuspensionReason.RECESS_BY_AGREEMENT)
    with pytest.raises(ConditionsNotMet, match="Zandmeer, Noord-Holland"):
        opened.do(agreed)
    opened.do(Confirm(CASE, ConfirmationKind.SUSPENSION, "x-zandmeer", about="4 weken"), ZANDMEER)
    with pytest.raises(ConditionsNotMet) as refused:
        opened.do(agreed)
    assert refused.value.text.nl.endswith("Noord-Holland.")
    opened.do(replace(agreed, consents=("pv27",), note="Brief van de provincie, 7 september."))
    assert the_term(opened).suspensions[0].consents == ("x-zandmeer", "pv27")


def test_a_consent_is_good_for_one_extension(opened: Table) -> None:
    rule = opened.procedure.workflow.stages["signal"].term
    assert rule is not None
    assert rule.extension is not None
    with_rules(opened, extension=replace(rule.extension, most=2, consent=Consent.ALL))
    for actor, organisation in ((ZANDMEER, "x-zandmeer"), (PROVINCE, "pv27")):
        agreed = Confirm(CASE, ConfirmationKind.EXTENSION, organisation, about="1 dag")
        opened.do(agreed, actor)
    opened.at += timedelta(hours=1)
    opened.do(Extend(CASE, Length.parse("1 day"), "Een dag erbij."))
    opened.at += timedelta(hours=1)
    with pytest.raises(ConditionsNotMet, match="Zandmeer, Noord-Holland"):
        opened.do(Extend(CASE, Length.parse("1 day"), "Nog een dag."))


def test_a_party_agrees_for_itself_only_and_others_may_do_nothing(opened: Table) -> None:
    for actor in (ZANDMEER, MEDIATOR, STRANGER):
        with pytest.raises(NotAllowed):
            opened.do(WAITING, actor)
    opened.do(WAITING)
    with pytest.raises(NotAllowed):
        opened.do(Resume(CASE, "O1"), ZANDMEER)


def test_a_day_on_which_the_term_would_have_ended_already_cannot_resume_it(opened: Table) -> None:
    opened.do(WAITING)
    opened.at += timedelta(days=16)
    with pytest.raises(Invalid, match="cannot be resumed") as refused:
        opened.do(Resume(CASE, "O1", ended_on=date(2026, 9, 8)))
    assert "22 september 2026" in refused.value.faults[0].text.nl
    with pytest.raises(Invalid):
        opened.do(Resume(CASE, "O1", ended_on=date(2026, 9, 24)))
    with pytest.raises(Conflict, match="O7"):
        opened.do(Resume(CASE, "O7"))


def test_who_was_waited_for_ends_it_as_of_today_and_not_backwards(opened: Table) -> None:
    opened.do(WAITING)
    opened.at += timedelta(days=8)
    backwards = Resume(CASE, "O1", ended_on=date(2026, 9, 8))
    with pytest.raises(Invalid) as refused:
        opened.do(backwards, PROVINCE)
    assert [fault.pointer for fault in refused.value.faults] == ["/endedOn"]
    kept = opened.case
    opened.do(Resume(CASE, "O1", ended_on=date(2026, 9, 15)), PROVINCE)
    opened.case = kept
    opened.do(replace(backwards, ended_on=date(2026, 9, 10)))  # the secretariat may


def test_another_stay_than_the_one_that_was_read_is_refused(opened: Table) -> None:
    with pytest.raises(Conflict, match="another stage"):
        opened.do(replace(WAITING, stay=2))


def test_a_new_calendar_moves_the_end_and_says_why_or_does_nothing(opened: Table) -> None:
    opened.do(ReplanTerm(CASE), CLOCK)
    assert opened.actions() == []
    from impasse.domain.calendar import EquatedDay

    decree = EquatedDay(date(2026, 9, 18), Text("besluit", "decree"), "stcrt-2026-1")
    opened.calendar = replace(opened.calendar, equated=(*opened.calendar.equated, decree))
    opened.do(ReplanTerm(CASE, (Text("18 september is gelijkgesteld.", "Equated."),)), CLOCK)
    assert opened.actions() == ["term_replanned"]
    assert the_term(opened).end == date(2026, 9, 22)
    assert the_term(opened).calendar_version == opened.calendar.version
    assert opened.last is not None
    assert "18 september is gelijkgesteld." in opened.last.messages[0].reason.nl


def test_a_calendar_adopted_after_the_end_brings_no_term_back_to_life(opened: Table) -> None:
    from impasse.domain.calendar import ClosureDay

    opened.at = opened.calendar.end_of_day(date(2026, 9, 21))  # and no timer said so yet
    closed = ClosureDay(date(2026, 9, 18), Text("brugdag", "bridging day"), "rooster")
    opened.calendar = replace(opened.calendar, closures=(closed,))
    opened.do(ReplanTerm(CASE), CLOCK)
    assert opened.actions() == []
    assert the_term(opened).end == date(2026, 9, 21)


def test_every_policy_tells_why_the_date_moved(opened: Table) -> None:
    calendar, start = opened.calendar, date(2026, 9, 7)
    rule = TermRule(Length.parse("10 working days"), Basis.AGREEMENT)
    one = _a_suspension("O1", date(2026, 9, 10), date(2026, 9, 25))
    for policy in Policy:
        plan = planned(rule, start, (one,), policy, calendar)
        told = why_moved(plan.shifts[0], policy)
        assert told.nl != told.en
        assert f"{plan.end.day} " in told.nl


DAYS = st.integers(min_value=0, max_value=120)
LENGTHS = st.sampled_from(
    ["10 working days", "1 week", "8 weeks", "3 months", "90 days", "3 days", "1 working day"]
)


def _a_suspension(key: str, first: date, last: date, ended_on: date | None = None) -> Suspension:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Suspension(
        key, SuspensionReason.FORCE_MAJEURE, "outside", "x", first, last, (), "", at, ended_on
    )


@st.composite
def plans(draw: st.DrawFn) -> tuple[TermRule, date, list[Suspension | Extension]]:
    """A term and what was done to it, nested and overlapping as it comes."""
    basis = draw(st.sampled_from(Basis))
    atw = draw(st.sampled_from([Atw.AUTO, Atw.APPLY, Atw.EXCLUDE]))
    rule = TermRule(Length.parse(draw(LENGTHS)), basis, atw=atw)
    start = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 700)))
    acts: list[Suspension | Extension] = []
    for index in range(draw(st.integers(0, 4))):
        first = start + timedelta(days=draw(DAYS))
        if draw(st.booleans()):
            last = first + timedelta(days=draw(st.integers(1, 60)))
            acts.append(_a_suspension(f"O{index}", first, last))
        else:
            at = datetime(2026, 1, 1, tzinfo=UTC)
            acts.append(Extension(f"V{index}", first, draw(LENGTHS), "", (), at))
    return rule, start, acts


@given(plans())
def test_suspending_never_takes_working_time_away(
    calendar: Calendar, drawn: tuple[TermRule, date, list[Suspension | Extension]]
) -> None:
    """Working days in which the clock runs are never fewer than without any suspension."""
    rule, start, acts = drawn
    days = calendar.kept_by(rule.basis)
    extensions = [act for act in acts if isinstance(act, Extension)]
    plan = planned(rule, start, acts, Policy.KEEP_REMAINDER, calendar)
    without = planned(rule, start, extensions, Policy.KEEP_REMAINDER, calendar)
    still: set[date] = set()
    for shift in plan.shifts:
        if shift.kind == "suspension":
            day = shift.first
            while day < shift.last:
                day += timedelta(days=1)
                still.add(day)
    running = _working(start, plan.end, days) - len(
        [day for day in still if day <= plan.end and days.is_working_day(day)]
    )
    assert plan.end >= reckon(rule, start, calendar).end
    if not extensions:
        assert running >= _working(start, without.end, days)
        assert running <= _working(start, without.end, days) + len(plan.shifts)
    assert all(shift.after >= shift.before for shift in plan.shifts)


def _working(start: date, end: date, days: Calendar) -> int:
    return days.working_days_between(start, end)


@given(plans(), st.randoms())
def test_in_whatever_order_it_is_written_down_the_day_is_the_same(
    calendar: Calendar,
    drawn: tuple[TermRule, date, list[Suspension | Extension]],
    chance: object,
) -> None:
    rule, start, acts = drawn
    suspensions = [act for act in acts if isinstance(act, Suspension)]
    shuffled = list(suspensions)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    for policy in Policy:
        first = planned(rule, start, suspensions, policy, calendar)
        again = planned(rule, start, shuffled, policy, calendar)
        assert (first.end, first.ends_at) == (again.end, again.ends_at)


@given(plans())
def test_a_clock_never_ends_while_it_stands_still(
    calendar: Calendar, drawn: tuple[TermRule, date, list[Suspension | Extension]]
) -> None:
    rule, start, acts = drawn
    for policy in Policy:
        plan = planned(rule, start, acts, policy, calendar)
        for shift in plan.shifts:
            if shift.kind == "suspension":
                assert not shift.first < shift.after <= shift.last


@given(st.integers(1, 72), st.integers(0, 5), st.integers(1, 20))
def test_of_a_term_in_hours_the_hours_left_are_kept(
    calendar: Calendar, hours: int, after: int, long: int
) -> None:
    begun = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    rule = TermRule(Length.parse(f"{hours} hours"), Basis.AGREEMENT)
    first = date(2026, 3, 2) + timedelta(days=after)
    one = _a_suspension("O1", first, first + timedelta(days=long))
    plan = planned(rule, begun, (one,), Policy.KEEP_REMAINDER, calendar)
    end = begun + timedelta(hours=hours)
    if calendar.end_of_day(first) >= end:
        assert plan.ends_at == end
    else:
        stood = calendar.end_of_day(one.until) - calendar.end_of_day(first)
        assert plan.ends_at == end + stood


def a_case(table: Table) -> Case:
    assert table.case is not None
    return table.case


def test_recess_flags_and_plans_but_never_stops_a_clock(table: Table) -> None:
    from impasse.domain.recess import Recess

    recess = Recess(
        Text("herfstreces", "autumn recess"),
        Text("Tweede Kamer", "House of Representatives"),
        date(2026, 9, 19),
        date(2026, 9, 27),
        "verzonnen",
    )
    table.calendar = replace(table.calendar, recesses=(recess,))
    table.open(an_opening())
    assert the_term(table).end == date(2026, 9, 21)
    warned = next(i for i, t in enumerate(table.armed) if t.purpose is Purpose.RECESS_REMINDER)
    assert table.armed[warned].due_at == table.calendar.start_of_day(date(2026, 9, 14))
    table.fire(warned)
    assert table.actions() == ["recess_reminded"]
    assert table.last is not None
    assert "herfstreces" in table.last.messages[0].reason.nl
    assert a_case(table).term == replace(the_term(table))


def test_the_secretariat_can_suspend_while_the_office_waits_for_itself(opened: Table) -> None:
    opened.do(
        replace(WAITING, reason=SuspensionReason.FORCE_MAJEURE, waits_for="secretariat"),
        SECRETARY,
    )
    assert the_term(opened).suspensions[0].waits_for_name == "secretariaat"


def test_a_suspension_after_the_end_lapses_when_the_term_ends_and_nobody_was_waited_for(
    opened: Table,
) -> None:
    with_rules(opened, suspension=replace(_rule(opened), most=2))
    opened.do(WAITING)  # to the 25th: the end goes to 9 October
    opened.do(replace(WAITING, begins_on=date(2026, 9, 28), until=date(2026, 10, 9)))
    opened.at += timedelta(days=1)
    opened.do(Resume(CASE, "O1"))  # delivered early: the end comes before the second begins
    assert the_term(opened).end == date(2026, 9, 22)

    opened.fire(
        next(i for i, t in enumerate(opened.armed) if (t.purpose, t.rung) == (Purpose.RUNG, 0))
    )

    assert opened.actions()[:2] == ["term_resumed", "term_expired"]
    term = the_term(opened)
    assert (term.state, term.end) == (TermState.EXPIRED, date(2026, 9, 22))
    assert term.suspensions[1].ended_on == date(2026, 9, 28)
    assert opened.last is not None
    told = TELLERS["term_resumed"](opened.last.entries[0].content, opened.procedure.workflow)
    assert told.nl.startswith("Opschorting O2 is vervallen: de termijn eindigde op dinsdag 22")


def test_begun_anew_a_term_that_was_extended_before_ends_no_sooner(calendar: Calendar) -> None:
    at = datetime(2026, 9, 7, tzinfo=UTC)
    longer = Extension("V1", date(2026, 9, 7), "4 weeks", "", (), at)
    one = _a_suspension("O1", date(2026, 9, 8), date(2026, 9, 9))
    for length in ("2 weeks", "48 hours"):
        rule = TermRule(Length.parse(length), Basis.AGREEMENT)
        without = planned(rule, at, (longer,), Policy.RESTART, calendar)
        plan = planned(rule, at, (longer, one), Policy.RESTART, calendar)
        assert (plan.end, plan.ends_at) == (without.end, without.ends_at)
        assert "blijft staan" in why_moved(plan.shifts[1], Policy.RESTART).nl


def test_what_was_left_is_told_in_hours_days_or_as_days_off_only(calendar: Calendar) -> None:
    at = datetime(2026, 10, 23, 10, 20, tzinfo=UTC)  # Friday; the clocks change on Sunday
    for length, first, told in (
        ("72 hours", date(2026, 10, 24), "Er was nog 36 uur en 20 min. over"),
        ("48 hours", date(2026, 10, 23), "Er was nog 36 uur en 20 min. over"),
        ("2 days", date(2026, 10, 23), "Er waren alleen vrije dagen over"),
        ("3 days", date(2026, 10, 23), "Er was nog 1 werkdag over"),
    ):
        one = _a_suspension("O1", first, first + timedelta(days=7))
        rule = TermRule(Length.parse(length), Basis.AGREEMENT)
        plan = planned(rule, at, (one,), Policy.KEEP_REMAINDER, calendar)
        assert told in why_moved(plan.shifts[0], Policy.KEEP_REMAINDER).nl


def test_a_term_in_hours_that_ends_at_midnight_cannot_be_suspended_from_then_on(
    opened: Table,
) -> None:
    term = the_term(opened)
    ends_at = opened.calendar.start_of_day(date(2026, 9, 9))
    hours = replace(term, length="48 hours", end=date(2026, 9, 9), ends_at=ends_at)
    assert opened.case is not None
    opened.case = opened.case.but(term=hours)
    with pytest.raises(Invalid) as refusal:
        opened.do(replace(WAITING, begins_on=date(2026, 9, 8)))
    assert [fault.pointer for fault in refusal.value.faults] == ["/beginsOn"]


def test_a_suspension_to_come_hides_no_extension_that_is_too_long(opened: Table) -> None:
    with_rules(opened, suspension=replace(_rule(opened), resume=Policy.KEEP_DATE))
    opened.do(replace(WAITING, begins_on=date(2026, 9, 18), until=date(2026, 10, 2)))
    assert the_term(opened).end == date(2026, 10, 5)
    opened.do(Resume(CASE, "O1"))
    opened.do(replace(WAITING, begins_on=date(2026, 9, 18), until=date(2026, 10, 9)))
    # With either length the end would come to 12 October, the day after the suspension.
    for length in ("6 working days", "8 days", "999999 years"):
        with pytest.raises(Invalid) as refusal:
            opened.do(Extend(CASE, Length.parse(length), ""))
        assert [fault.pointer for fault in refusal.value.faults] == ["/length", "/reason"]


def test_a_day_before_all_calendars_is_named_beside_the_other_faults(opened: Table) -> None:
    with pytest.raises(Invalid) as refusal:
        opened.do(replace(WAITING, begins_on=date.min, note=""))
    assert [fault.pointer for fault in refusal.value.faults] == ["/beginsOn", "/note"]


def test_reminders_that_wait_for_the_same_morning_say_it_once_to_the_same_people(
    opened: Table,
) -> None:
    early, late = (Wait(5), Wait(1))
    everybody = (Role.SECRETARIAT, Role.PARTY)
    for first, second, rung in (
        ((Role.PARTY,), everybody, {1}),
        (everybody, (Role.PARTY,), {0}),
        (everybody, everybody, {1}),
        ((Role.PARTY,), (Role.SECRETARIAT,), {0, 1}),
    ):
        with_rules(opened, reminders=(Reminder(early, first), Reminder(late, second)))
        stage_term = opened.procedure.workflow.stage("signal").term
        assert stage_term is not None
        end, monday = date(2026, 10, 2), date(2026, 9, 7)
        still = ((date(2026, 9, 20), date(2026, 10, 1)),)
        found = moments(
            stage_term, end, opened.calendar.end_of_day(end), monday, opened.calendar, still
        )
        reminders = [one for one in found if one[0] is Purpose.REMINDER]
        assert {one[1] for one in reminders} == rung
        assert {one[2] for one in reminders} == {opened.calendar.start_of_day(end)}


def test_a_reminder_that_comes_after_the_day_it_is_about_is_told_by_history_only(
    opened: Table,
) -> None:
    opened.do(WAITING)
    late = opened.calendar.end_of_day(the_term(opened).end) + timedelta(days=20)
    for purpose, action in (
        (Purpose.SUSPENSION_REMINDER, "suspension_reminded"),
        (Purpose.REMINDER, "term_reminded"),
    ):
        timer = next(t for t in opened.armed if t.purpose is purpose)
        opened.at = late
        opened.do(
            FireTimer(CASE, 1, purpose, timer.rung, timer.stage_entry, timer.due_at, 1), CLOCK
        )
        assert opened.actions() == [action]
        assert opened.last is not None
        assert opened.last.messages == []
