"""Simulated cases wait for people, and their terms are those of the product."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasse.adapters.files.assumptions import Between, Stated, StatedStage, StatedSuspension
from impasse.domain.errors import Invalid
from impasse.domain.people import Role
from impasse.domain.tier import Tier
from simulation.procedures import (
    found,
    in_hours,
    lived,
    one_desk,
    suspended_for,
    with_clock,
    with_pause,
    with_reminder,
    with_suspension,
    work_of,
)

ALONE = {"staff": {Role.MEDIATOR: 1}, "at_once": {Role.MEDIATOR: 1}}
PLENTY = {"staff": {Role.MEDIATOR: 1000}}


def test_the_same_seed_gives_the_same_answer_and_another_seed_another():
    stated = Stated(stages=work_of(6, 0.5))
    assert lived(one_desk(), stated, seed=7) == lived(one_desk(), stated, seed=7)
    assert lived(one_desk(), stated, seed=7) != lived(one_desk(), stated, seed=8)


@pytest.mark.parametrize(("days", "expired"), [(9, 0), (10, 0), (11, 400), (15, 400)])
def test_a_term_expires_exactly_when_the_stay_is_longer(days, expired):
    outcome = lived(one_desk(), Stated(stages=work_of(days), **PLENTY))
    assert found(outcome, "work").expired == expired


def test_a_rung_is_reached_so_many_days_after_the_term_and_raises_the_table():
    in_time = lived(one_desk(), Stated(stages=work_of(15), **PLENTY))
    assert [rung.reached for rung in found(in_time, "work").rungs] == [400, 0]
    late = lived(one_desk(), Stated(stages=work_of(16), **PLENTY))
    assert [rung.reached for rung in found(late, "work").rungs] == [400, 400]
    assert {one.tier: one.cases for one in late.tiers if one.cases} == {Tier.DIRECTORS: 400}


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(0, 99))
def test_what_ended_and_what_did_not_are_all_the_cases(days, seed):
    outcome = lived(one_desk(), Stated(stages=work_of(days, 1.0)), cases=60, seed=seed)
    assert outcome.finished + outcome.unfinished == 60
    assert sum(ending.cases for ending in outcome.endings) == outcome.finished
    stage = found(outcome, "work")
    assert stage.expired == stage.rungs[0].reached >= stage.rungs[1].reached


def test_more_people_wait_less():
    busy = {"per_month": 20.0, "stages": work_of(8, 0.5)}
    alone, together = (
        lived(
            one_desk(),
            Stated(**busy, staff={Role.MEDIATOR: people}, at_once={Role.MEDIATOR: 4}),
            cases=2000,
        )
        for people in (2, 10)
    )
    [few], [many] = alone.desks, together.desks
    assert few.wait.mean > 5 * many.wait.mean
    assert few.queue.most > many.queue.most
    assert few.load > 0.85
    assert many.load == pytest.approx(few.load / 5, rel=0.1)
    assert found(alone, "work").share_expired > found(together, "work").share_expired


def test_as_many_wait_as_come_in_times_how_long_they_wait():
    """Little's law: L = λW, on the queue and at the desk."""
    outcome = lived(
        one_desk(), Stated(per_month=4.0, years=8, stages=work_of(4, 0.5), **ALONE), cases=12_000
    )
    [desk] = outcome.desks
    per_day = 4 * 12 / 254
    assert 0.75 < desk.load < 0.95
    assert desk.queue.mean == pytest.approx(per_day * desk.wait.mean, rel=0.08)
    assert desk.busy == pytest.approx(per_day * 4 * 1.133, rel=0.05)


def test_who_works_without_limit_has_no_load_and_nobody_waits():
    outcome = lived(one_desk(), Stated(stages=work_of(8, 0.5), **PLENTY))
    assert outcome.desks[0].wait.most == 0
    assert found(outcome, "work").time.median == pytest.approx(8, abs=0.5)


def test_days_of_suspension_do_not_count_against_the_term():
    stated = Stated(stages=work_of(9, suspension=suspended_for(30)), **PLENTY)
    stage = found(lived(with_suspension(), stated), "work")
    assert stage.suspended == 400
    assert stage.time.median == pytest.approx(39)
    assert stage.expired == 0
    longer = Stated(stages=work_of(11, suspension=suspended_for(30)), **PLENTY)
    late = found(lived(with_suspension(), longer), "work")
    # Who is past the last day before the suspension was to come, is not suspended any more.
    assert late.expired == 400


def test_nobody_works_on_a_case_of_which_the_clock_stands_still():
    still = Stated(per_month=3.0, stages=work_of(2, suspension=suspended_for(30)), **ALONE)
    [desk] = lived(with_suspension(), still, cases=600).desks
    assert desk.load == pytest.approx(3 * 12 / 254 * 2, rel=0.1)


def test_the_clock_takes_a_case_away_from_its_desk_and_out_of_the_queue():
    stated = Stated(per_month=40.0, years=2, stages=work_of(12), **ALONE)
    outcome = lived(with_clock(), stated, cases=900)
    stage = found(outcome, "work")
    assert stage.moved_by_clock > 700
    assert stage.time.most <= 16
    assert stage.unfinished == outcome.unfinished == 0
    # Of those that wait, none is forgotten and none is counted for ever.
    assert outcome.desks[0].queue.most < 60


def test_a_pause_lasts_until_the_agreed_day_and_the_case_goes_on_where_it_was():
    stages = {
        **work_of(5, moves={"pause": 1.0, "finish": 1.0}),
        "rest": StatedStage(agreed=Between(20, 20)),
    }
    outcome = lived(with_pause(), Stated(stages=stages, **PLENTY))
    rest, work = found(outcome, "rest"), found(outcome, "work")
    assert rest.entered == rest.moved_by_clock > 300
    assert 20 < rest.time.most <= 21
    assert rest.expired == 0
    assert work.entered == 400 + rest.entered
    assert outcome.finished == 400


def test_what_does_not_end_before_the_horizon_is_told():
    outcome = lived(one_desk(), Stated(years=1, stages=work_of(2500), **PLENTY), cases=50)
    assert (outcome.finished, outcome.unfinished) == (0, 50)
    assert found(outcome, "work").unfinished == 50


def test_more_cases_than_come_in_are_lived_through_in_several_runs():
    outcome = lived(one_desk(), Stated(per_month=10.0, years=1), cases=400)
    assert outcome.runs >= 3
    assert outcome.cases == 400


@pytest.mark.parametrize("cases", [0, -1, 1_000_001])
def test_a_number_of_cases_out_of_reach_is_refused(cases):
    with pytest.raises(Invalid, match="Choose 1 to 1000000 cases"):
        lived(one_desk(), Stated(), cases=cases)


def test_progress_hears_of_every_case():
    from impasse.simulation.assumptions import assume
    from impasse.simulation.monte_carlo import simulate
    from simulation.procedures import calendar

    told: list[int] = []
    assumptions = assume(one_desk().workflow, calendar())
    simulate(one_desk(), assumptions, calendar(), cases=1234, seed=1, progress=told.append)
    assert sum(told) == 1234


def test_a_term_in_hours_counts_from_the_moment_itself():
    in_time = found(lived(in_hours(), Stated(stages=work_of(0.9), **PLENTY)), "work")
    late = found(lived(in_hours(), Stated(stages=work_of(2.1), **PLENTY)), "work")
    assert late.expired == 400
    # Who comes in on a Thursday or Friday has the weekend in the 48 hours.
    assert 0 < in_time.expired < 200


def test_too_much_work_for_too_few_people_is_told():
    from impasse.simulation.report import notices

    stated = Stated(per_month=20.0, years=2, stages=work_of(8), **ALONE)
    [told] = notices(lived(one_desk(), stated))
    assert "komt er meer werk binnen dan deze mensen aankunnen" in told.nl
    assert notices(lived(one_desk(), Stated(stages=work_of(8), **PLENTY))) == ()


def test_waiting_is_as_long_as_theory_says_for_one_desk_and_equal_work():
    """Pollaczek and Khinchine: with equal work the mean wait is rho * work / (2 (1 - rho))."""
    work, load = 4, 0.6
    stated = Stated(per_month=load / work * 254.4 / 12, years=20, stages=work_of(work), **ALONE)
    [desk] = lived(one_desk(), stated, cases=12_000).desks
    assert desk.load == pytest.approx(load, rel=0.05)
    assert desk.wait.mean == pytest.approx(load * work / (2 * (1 - load)), rel=0.1)


@pytest.mark.parametrize(("days", "sent"), [(7, 0), (8, 400), (12, 400)])
def test_a_reminder_is_sent_to_who_is_still_there_on_its_day(days, sent):
    still = Stated(stages=work_of(days, suspension=StatedSuspension(0.0, None)), **PLENTY)
    [reminder] = found(lived(with_reminder(), still), "work").reminders
    assert (reminder.before, reminder.sent) == (2, sent)


def test_a_reminder_moves_along_with_a_suspended_term():
    stated = Stated(stages=work_of(7, suspension=suspended_for(30)), **PLENTY)
    [reminder] = found(lived(with_reminder(), stated), "work").reminders
    assert reminder.sent == 0
