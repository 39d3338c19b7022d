"""Four eyes: one confirms and another makes the move, in the same stay; the clock needs nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from decisions import MEDIATOR, PROVINCE, SECRETARY, ZANDMEER, Table, an_opening
from impasse.domain.case import ConfirmationKind
from impasse.domain.chronicle import tell
from impasse.domain.commands import Confirm, MakeMove
from impasse.domain.errors import ConditionsNotMet, Conflict, Invalid
from impasse.domain.machine import compile_workflow
from impasse.domain.messages import sent_by
from impasse.domain.move_changes import move_changes
from impasse.domain.moves import lacks
from impasse.domain.people import CLOCK
from impasse.domain.soundness import problems

CASE = "IMP-2026-0001"
OTHER = replace(SECRETARY, person="other")


def with_four_eyes(procedure, *triggers):
    """The procedure that ships, in which these moves take two people."""
    workflow = procedure.workflow
    moves = tuple(
        replace(move, four_eyes=move.trigger in triggers) for move in workflow.transitions
    )
    return replace(workflow, transitions=moves)


@pytest.fixture
def two(calendar, indicators, procedure):
    """A table with a case, where to withdraw and to reopen take two people."""
    workflow = with_four_eyes(procedure, "withdraw", "reopen")
    assert not list(problems(workflow))
    table = Table(calendar, indicators, compile_workflow(workflow))
    table.open(an_opening())
    return table


def confirm(table, actor, trigger="withdraw"):
    """Be the first pair of eyes."""
    return table.do(Confirm(CASE, ConfirmationKind.FOUR_EYES, "", "", trigger), actor)


def withdraw(table, actor):
    """Be the second."""
    return table.do(MakeMove(CASE, "withdraw", "opgelost"), actor)


def test_nobody_makes_the_move_alone(two):
    with pytest.raises(ConditionsNotMet, match="takes two people"):
        withdraw(two, SECRETARY)

    confirm(two, SECRETARY)

    with pytest.raises(ConditionsNotMet, match="You confirmed 'Withdraw' yourself"):
        withdraw(two, SECRETARY)
    assert withdraw(two, OTHER).status.value == "closed"


def test_the_others_hear_that_a_move_waits_for_one_of_them(two):
    confirm(two, SECRETARY)

    [message] = two.last.messages
    assert message.type == "move-confirmed"
    assert set(message.notify) == two.procedure.workflow.moves["signal"]["withdraw"].roles
    assert message.type in set(sent_by(two.procedure.workflow))


def test_the_same_person_does_not_confirm_twice_and_another_may_take_over(two):
    confirm(two, SECRETARY)
    with pytest.raises(Conflict, match="already"):
        confirm(two, SECRETARY)

    confirm(two, OTHER)

    assert withdraw(two, SECRETARY).status.value == "closed"


def test_a_confirmation_is_good_for_one_move_in_one_stay(two):
    confirm(two, SECRETARY)
    two.do(MakeMove(CASE, "start_fact_finding", "gehoord"), SECRETARY)

    with pytest.raises(ConditionsNotMet, match="takes two people"):
        withdraw(two, OTHER)


def test_only_who_may_make_the_move_confirms_it_and_says_which(two):
    for actor, trigger, sentence in (
        (MEDIATOR, "withdraw", "Only who may make the move"),
        (SECRETARY, "start_fact_finding", "Name the move that you confirm: withdraw"),
        (SECRETARY, "", "Name the move"),
        (SECRETARY, "reopen", "Name the move"),
    ):
        with pytest.raises(Invalid) as error:
            confirm(two, actor, trigger)
        [fault] = error.value.faults
        assert fault.pointer == "/about"
        assert sentence in fault.text.en


def test_a_closed_case_is_reopened_by_two(two):
    confirm(two, SECRETARY)
    withdraw(two, OTHER)
    with pytest.raises(ConditionsNotMet):
        two.do(MakeMove(CASE, "reopen", "toch niet"), SECRETARY)

    confirm(two, OTHER, "reopen")

    assert two.do(MakeMove(CASE, "reopen", "toch niet"), SECRETARY).status.value == "open"


def test_a_party_and_the_secretariat_may_be_the_two(two):
    move = two.procedure.workflow.moves[two.case.stage]["withdraw"]

    confirm(two, ZANDMEER)

    assert [lack.guard for lack in lacks(two.case, move, ZANDMEER)] == ["four_eyes"]
    assert lacks(two.case, move, OTHER) == ()


def test_the_clock_and_who_retells_history_need_nobody(two):
    move = two.procedure.workflow.moves[two.case.stage]["withdraw"]

    assert lacks(two.case, move, CLOCK) == ()
    assert lacks(two.case, move, replace(SECRETARY, origin="replay")) == ()
    assert [lack.guard for lack in lacks(two.case, move)] == ["four_eyes"]


def test_history_tells_which_move_was_confirmed_and_not_its_trigger(two):
    confirm(two, SECRETARY)

    [entry] = two.last.entries
    told = tell(entry.action, entry.content, two.procedure.workflow)

    label = two.procedure.workflow.moves[two.case.stage]["withdraw"].label
    assert told.nl == f"Vastgelegd: stap bevestigd: {label.nl}."


def test_a_version_that_begins_to_ask_for_two_says_so(procedure, opened):
    before = procedure.workflow.moves[opened.case.stage]
    after = with_four_eyes(procedure, "withdraw").moves[opened.case.stage]

    told = [change.en for change in move_changes(opened.case, before, after, {})]

    assert told[0] == "'Withdraw' will ask for a second person, who confirms."
    assert "needed first is confirmed by another person" in told[1]


def test_the_province_and_the_municipality_are_two(calendar, indicators, procedure):
    workflow = with_four_eyes(procedure, "resolve_early")
    table = Table(calendar, indicators, compile_workflow(workflow))
    table.open(an_opening())

    confirm(table, PROVINCE, "resolve_early")

    assert table.do(MakeMove(CASE, "resolve_early", "samen"), ZANDMEER).status.value == "closed"
