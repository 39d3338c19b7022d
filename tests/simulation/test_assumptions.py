"""What a simulation assumes: stated goes before seen, and seen before usual."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.adapters.files.assumptions import Between, Stated, StatedStage, StatedWork
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import load_all
from impasse.adapters.sql.stays import KeptStay
from impasse.domain.flow import nearest_rank
from impasse.domain.people import Role
from impasse.domain.workflow import StageKind
from impasse.simulation.assumptions import Origin, assume, log_normal
from simulation.procedures import calendar, one_desk, with_pause, with_suspension, work_of

IMPASSE = "interbestuurlijke-impasse"


def stays(*days, trigger="finish", **more):
    return [
        KeptStay("work", one, more.pop("suspended", 0), finished=True, trigger=trigger, **more)
        for one in days
    ]


def assumed(procedure=None, stated=None, history=()):
    workflow = (procedure or one_desk()).workflow
    return assume(workflow, calendar(), stated, history).stage("work")


def test_eight_finished_stays_say_how_long_the_work_takes():
    seen = assumed(history=stays(1, 2, 3, 4, 5, 6, 7, 8))
    assert (seen.work.origin, seen.work.seen, seen.work.median) == (Origin.HISTORY, 8, 4)
    few = assumed(history=stays(1, 2, 3, 4, 5, 6, 7))
    assert few.work.origin is Origin.USUAL


def test_what_the_clock_ended_and_what_still_runs_says_nothing_of_the_work():
    history = [
        *stays(1, 2, 3, 4, 5, 6, 7),
        KeptStay("work", 15, 0, finished=True, trigger="give_up", by_clock=True),
        KeptStay("work", 15, 0, finished=False),
    ]
    assert assumed(history=history).work.origin is Origin.USUAL


def test_days_on_which_the_clock_stood_still_are_no_work():
    history = [KeptStay("work", 30, 20, finished=True, trigger="finish")] * 8
    seen = assumed(with_suspension(), history=history)
    assert seen.work.median == 10
    assert (seen.suspending.origin, seen.suspending.chance) == (Origin.HISTORY, 1)
    assert seen.suspending.length == Between(20, 20)


def test_moves_weigh_as_often_as_they_were_made_and_what_was_not_seen_can_happen():
    moves = assumed(with_pause(), history=stays(*range(8))).moves
    assert moves.origin is Origin.HISTORY
    assert {one.trigger: one.weight for one in moves.moves} == {"finish": 8.5, "pause": 0.5}


def test_what_is_stated_goes_before_what_was_seen():
    stated = Stated(stages=work_of(3, moves={"finish": 1.0}), staff={Role.MEDIATOR: 9})
    history = stays(*range(10, 20))
    whole = assume(one_desk().workflow, calendar(), stated, history)
    stage = whole.stage("work")
    assert (stage.work.origin, stage.work.median) == (Origin.STATED, 3)
    assert stage.moves.origin is Origin.STATED
    assert [(desk.staff, desk.origin) for desk in whole.desks] == [(9, Origin.STATED)]


def test_the_usual_work_is_half_done_in_sixty_percent_of_the_term():
    stage = assumed()
    assert stage.work.median == pytest.approx(6, abs=0.01)
    assert stage.work.p85 == pytest.approx(10, abs=0.15)


def test_most_cases_that_reach_the_last_stage_end_as_they_are_meant_to():
    workflow = next(one for one in load_all(shipped("workflows")) if one.name == IMPASSE)
    last = assume(workflow, calendar()).stage(workflow.numbered[-1].name)
    resolved, *others = last.moves.moves
    assert (resolved.label.nl, resolved.weight) == ("Sluit af als opgelost", 4)
    assert sum(one.weight for one in others) < resolved.weight / 2


@pytest.mark.parametrize("workflow", load_all(shipped("workflows")), ids=lambda one: one.name)
def test_in_every_procedure_that_ships_each_stage_has_a_way_on(workflow):
    for stage in assume(workflow, calendar()).stages:
        assert stage.moves.total > 0 or workflow.stages[stage.name].kind is StageKind.PAUSE
        assert stage.work.quantiles == tuple(sorted(stage.work.quantiles))


@given(st.floats(0.1, 500), st.floats(0, 2))
def test_a_log_normal_has_its_median_and_rises(median, spread):
    table = log_normal(median, spread)
    assert list(table) == sorted(table)
    assert nearest_rank(table, 50) == pytest.approx(median, rel=0.02, abs=0.002)


def test_a_stage_can_be_stated_without_its_moves():
    stated = Stated(stages={"work": StatedStage(work=StatedWork(2, 0))})
    assert assumed(stated=stated).moves.origin is Origin.USUAL
