"""Four clocks, computed from history: nothing sets them back, nothing makes them run early."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from histories import MONDAY, History
from impasse.domain.calendar import Calendar, ClosureDay
from impasse.domain.case import Term
from impasse.domain.clocks import ClockKind, ClockState, clocks
from impasse.domain.lifeline import lifeline
from impasse.domain.text import same

if TYPE_CHECKING:
    from impasse.domain.clocks import Clock
    from impasse.domain.machine import CompiledWorkflow

NAMES = {"pv27": "provincie Noord-Holland", "gm0363": "gemeente Amsterdam"}
OTHER = {"by": "somebody", "organisation": "pv27"}
OWN = {"by": "liaison", "organisation": "gm0363"}
CLOCK = {"by": "clock", "organisation": "", "origin": "clock"}


def a_term(end: date, start: date = MONDAY) -> Term:
    ends_at = datetime.combine(end + timedelta(1), datetime.min.time(), UTC)
    return Term("signal", 1, "10 working days", "agreement", "auto", start, end, end, ends_at, "c")


@pytest.fixture
def read(calendar: Calendar, procedure: CompiledWorkflow):
    """Read one clock of a history."""

    def look(
        history: History, kind: ClockKind, term: Term | None = None, until: date | None = None
    ) -> Clock:
        life = lifeline(history.entries, lambda _: procedure.workflow, until or history.on)
        found = clocks(
            life, history.entries, term, calendar, names=NAMES, secretariat=frozenset({"secretary"})
        )
        assert [one.kind for one in found] == list(ClockKind)
        return found[list(ClockKind).index(kind)]

    return look


def test_a_flag_is_answered_by_another_organisation(read) -> None:
    history = History().opened()
    history.add("event_recorded", {"text": "x"}, **OWN).after(1)
    history.add("event_recorded", {"text": "x"}, **OWN).add("term_reminded", {}, **CLOCK)
    running = read(history, ClockKind.RESPONSE)
    assert (running.state, running.days) == (ClockState.RUNNING, 1)
    history.after(2)
    assert read(history, ClockKind.RESPONSE).state is ClockState.LATE
    history.add("event_recorded", {"text": "x"}, **OTHER)
    answered = read(history, ClockKind.RESPONSE)
    assert (answered.state, answered.days) == (ClockState.MET_LATE, 3)
    assert answered.sentence.nl == "Na 3 werkdagen kwam er een antwoord. De norm is 2 werkdagen."


def test_the_secretariat_answers_too_also_from_the_organisation_that_flagged(read) -> None:
    history = History().opened(organisation="mnre1034").after(1).add("appointed", {})
    assert read(history, ClockKind.RESPONSE).state is ClockState.MET


def test_who_flags_through_the_secretariat_is_not_answered_by_that(read) -> None:
    history = History().add(
        "case_opened", {"workflow": "w@1", "stage": "signal"}, organisation="mnre1034"
    )
    history.add("signal_reported", {"organisation": "gm0363"}).after(1)
    assert read(history, ClockKind.RESPONSE).state is ClockState.RUNNING
    history.add("event_recorded", {}, **OWN)
    assert read(history, ClockKind.RESPONSE).state is ClockState.RUNNING
    history.add("event_recorded", {}, **OTHER)
    assert read(history, ClockKind.RESPONSE).state is ClockState.MET


def test_a_case_closed_without_an_answer_says_so(read) -> None:
    history = History().opened().after(1).add("stage_changed", {"to": "withdrawn"}, **OWN)
    assert read(history.after(9), ClockKind.RESPONSE).state is ClockState.NONE


def test_silence_is_broken_by_people_only(read) -> None:
    history = History().opened().after(16).add("term_expired", {}, **CLOCK)
    move = {"from": "a@1", "to": "a@2", "from_stage": "signal", "to_stage": "signal"}
    history.add("migrated", move)
    silent = read(history, ClockKind.PROGRESS)
    assert (silent.state, silent.days, silent.longest) == (ClockState.LATE, 12, 12)
    history.add("event_recorded", {"text": "x"}, **OTHER).after(1)
    talking = read(history, ClockKind.PROGRESS)
    assert (talking.state, talking.days, talking.longest) == (ClockState.RUNNING, 1, 12)
    assert "De langste stilte was 12 werkdagen; de norm is 10 werkdagen." in talking.sentence.nl


def test_silence_during_a_suspension_or_a_pause_is_no_silence(read) -> None:
    history = History().opened().suspended("O1", 28).after(28)
    assert read(history, ClockKind.PROGRESS).state is ClockState.STILL
    assert read(history, ClockKind.PROGRESS).days == 0
    assert read(history.after(7), ClockKind.PROGRESS).days == 5
    paused = History().opened().moved("standstill", until="2026-12-01").after(30)
    assert read(paused, ClockKind.PROGRESS).days == 0


def test_a_stay_is_measured_without_the_days_that_its_term_stood_still(read) -> None:
    history = History().opened().after(7).suspended("O1", 14).after(14).resumed("O1").after(1)
    on_its_way = read(history, ClockKind.STAGE, a_term(date(2026, 10, 5)))
    assert (on_its_way.days, on_its_way.norm) == (6, 10)
    assert on_its_way.sentence.nl == "6 werkdagen in signaal, van de 10."
    late = read(history.after(14), ClockKind.STAGE, a_term(date(2026, 10, 5)))
    assert (late.state, late.days) == (ClockState.LATE, 16)
    assert late.sentence.nl.endswith("6 werkdagen te laat.")


def test_the_stage_clock_stands_still_while_suspended_and_in_a_pause(read) -> None:
    history = History().opened().after(1).suspended("O1", 14).after(3)
    still = read(history, ClockKind.STAGE, a_term(date(2026, 10, 5)))
    assert (still.state, still.days) == (ClockState.STILL, 1)
    paused = history.moved("standstill", until="2026-12-01").after(3)
    assert read(paused, ClockKind.STAGE).state is ClockState.STILL
    assert (
        "Het langste verblijf was 1 werkdag, in signaal."
        in read(paused, ClockKind.STAGE).sentence.nl
    )


def test_a_migration_does_not_set_the_stage_clock_back(read) -> None:
    move = {"from": "a@1", "to": "a@2", "from_stage": "signal", "to_stage": "signal"}
    history = History().opened().after(7).add("migrated", move).after(7)
    assert read(history, ClockKind.STAGE).days == 10
    assert read(history, ClockKind.STAGE).longest == 10


def test_the_nearest_promise_is_told_and_how_long_it_is_overdue(read) -> None:
    history = History().opened()
    assert read(history, ClockKind.COMMITMENT).state is ClockState.NONE
    history.suspended("O1", 7).tasks(("a", "gm0363"), due_on="2026-09-10")
    task = read(history, ClockKind.COMMITMENT)
    assert (task.who, task.due) == ("organisation:gm0363", date(2026, 9, 10))
    assert task.sentence.nl == (
        "‘statement’ is aan de gemeente Amsterdam, uiterlijk donderdag 10 september 2026. "
        "Daarna nog 1."
    )
    history.after(7)
    overdue = read(history, ClockKind.COMMITMENT)
    assert (overdue.state, overdue.days) == (ClockState.LATE, 2)
    assert "Dat is 2 werkdagen geleden." in overdue.sentence.nl
    history.done("a")
    waiting = read(history, ClockKind.COMMITMENT)
    assert waiting.sentence.en == (
        "The term waits for the provincie Noord-Holland, until Monday 14 September 2026."
    )
    assert read(history.resumed("O1"), ClockKind.COMMITMENT).state is ClockState.NONE


def test_a_pause_is_a_promise_to_go_on(read) -> None:
    history = History().opened().moved("standstill", until="2026-10-05").after(3)
    assert read(history, ClockKind.COMMITMENT).due == date(2026, 10, 5)
    extended = a_term(date(2026, 10, 19))
    assert read(history, ClockKind.COMMITMENT, extended).due == date(2026, 10, 19)
    older = History().opened().moved("standstill").after(3)
    assert read(older, ClockKind.COMMITMENT, a_term(date(2026, 10, 9))).due == date(2026, 10, 9)


def test_a_closed_case_has_no_clock_that_runs(read) -> None:
    history = History().opened().suspended("O1", 40).tasks(("a", "pv27"), due_on="2026-09-08")
    history.add("event_recorded", {}, **OTHER).after(9).moved("withdrawn").after(99)
    states = [read(history, kind).state for kind in ClockKind]
    assert states == [ClockState.MET, ClockState.NONE, ClockState.NONE, ClockState.NONE]


@given(
    days=st.lists(st.integers(-4, 12), min_size=1, max_size=10),
    stage=st.sampled_from(["signal", "joint_fact_finding", "standstill", "withdrawn"]),
    spans=st.lists(st.integers(-9, 50), max_size=4),
)
def test_no_clock_is_ever_negative(
    days: list[int],
    stage: str,
    spans: list[int],
    calendar: Calendar,
    procedure: CompiledWorkflow,
) -> None:
    history = History().opened()
    for place, gap in enumerate(days):
        history.after(gap).add("event_recorded", {"text": "x"})
        if place < len(spans):
            history.suspended(f"O{place}", spans[place])
    history.moved(stage).after(days[0])
    life = lifeline(history.entries, lambda _: procedure.workflow, history.on)
    term = a_term(MONDAY + timedelta(20))
    for clock in clocks(life, history.entries, term, calendar, names=NAMES):
        assert clock.days >= 0
        assert (clock.norm or 0) >= 0
        assert (clock.longest or 0) >= 0
        assert clock.sentence.nl
        assert clock.sentence.en


def test_the_stage_clock_counts_the_days_of_its_term_and_the_others_our_own(procedure) -> None:
    # The day after the flag the offices are closed, which the law takes no notice of.
    closed = ClosureDay(MONDAY + timedelta(1), same("dicht"), "besluit directie")
    calendar = Calendar("test", date(2030, 12, 31), closures=(closed,))
    history = History().opened().after(4)
    life = lifeline(history.entries, lambda _: procedure.workflow, history.on)
    for basis, days, norm in (("agreement", 3, 9), ("statute", 4, 10)):
        term = replace(a_term(date(2026, 9, 21)), basis=basis)
        response, progress, stage, _ = clocks(life, history.entries, term, calendar, names=NAMES)
        assert (response.days, progress.days) == (3, 3)
        assert (stage.days, stage.norm) == (days, norm)
