"""A procedure is data, and what is unsound in it is told before any case runs by it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from impasse.domain.errors import Conflict
from impasse.domain.length import Length
from impasse.domain.people import Role
from impasse.domain.reach_problems import reach_problems
from impasse.domain.soundness import part_problems, problems
from impasse.domain.terms import Basis, TermRule
from impasse.domain.text import Text, same
from impasse.domain.tier import Tier
from impasse.domain.workflow import (
    BACK,
    Reminder,
    Rung,
    Stage,
    StageKind,
    StageTerm,
    Transition,
    Wait,
    Workflow,
    entrances,
    unknown_stage,
)

TERM = StageTerm(
    TermRule(Length.parse("2 weeks"), Basis.AGREEMENT),
    reminders=(Reminder(Length.parse("2 working days"), (Role.PARTY,)),),
    on_expiry=(Rung(Wait(0), notify=(Role.PARTY,)), Rung(Wait(5), Tier.DIRECTORS)),
)
TALKS = Stage("talks", same("Talks"), same("."), number=1, owner=Role.PARTY, term=TERM)
REST = Stage("rest", same("Rest"), same("."), StageKind.PAUSE, term=TERM)
DONE = Stage("done", same("Done"), same("."), StageKind.ENDING)


def arrow(trigger: str, sources: str, target: str, *roles: Role) -> Transition:
    return Transition(
        trigger,
        same(trigger),
        tuple(sources.split()),
        target,
        frozenset(roles or (Role.PARTY,)),
    )


PAUSE, RESUME = arrow("pause", "talks", "rest"), arrow("resume", "rest", BACK)
FINISH = arrow("finish", "talks", "done")


def workflow(
    *transitions: Transition,
    stages: tuple[Stage, ...] = (TALKS, REST, DONE),
    initial: str = "talks",
) -> Workflow:
    return Workflow(
        name="dispute",
        version="1",
        label=same("dispute"),
        description=same("dispute"),
        initial=initial,
        stages={stage.name: stage for stage in stages},
        transitions=transitions or (PAUSE, RESUME, FINISH),
    )


def told(of: Workflow) -> dict[tuple[str | int, ...], str]:
    return {problem.at: problem.text.en for problem in problems(of)}


def with_term(term: StageTerm | None) -> Workflow:
    return workflow(stages=(replace(TALKS, term=term), REST, DONE))


def test_a_sound_procedure_has_no_problems() -> None:
    assert told(workflow()) == {}


def test_a_procedure_is_known_by_name_and_version() -> None:
    assert workflow().reference == "dispute@1"


def test_the_numbered_stages_come_in_order_of_number() -> None:
    second = replace(TALKS, name="second", number=2)
    assert workflow(stages=(second, TALKS, DONE)).numbered == (TALKS, second)


def test_the_moves_of_a_stage_are_found_by_trigger() -> None:
    assert workflow().moves["talks"] == {"pause": PAUSE, "finish": FINISH}
    assert workflow().moves["done"] == {}


def test_the_entrances_of_a_stage_are_who_leads_to_it() -> None:
    assert list(entrances(workflow(), "rest")) == [("talks", PAUSE)]


def test_a_procedure_cannot_be_changed_behind_the_back_of_its_cases() -> None:
    with pytest.raises(FrozenInstanceError):
        workflow().version = "2"  # type: ignore[misc]


def test_a_procedure_begins_in_a_stage_that_exists_and_is_active() -> None:
    assert "initial stage 'walks' does not exist" in told(workflow(initial="walks"))[("initial",)]
    assert "is a pause or an ending" in told(workflow(initial="rest"))[("initial",)]


def test_a_stage_that_can_wait_for_ever_is_told() -> None:
    assert "can wait for ever" in told(with_term(None))["stages", "talks", "term"]


def test_an_active_stage_has_somebody_at_turn_and_it_is_not_the_clock() -> None:
    nobody = workflow(stages=(replace(TALKS, owner=None), REST, DONE))
    assert "nobody is at turn" in told(nobody)["stages", "talks", "owner"]
    clock = workflow(stages=(replace(TALKS, owner=Role.CLOCK), REST, DONE))
    assert "the clock cannot be at turn" in told(clock)["stages", "talks", "owner"]


@pytest.mark.parametrize("name", ["any", "back"])
def test_no_stage_is_called_by_a_word_with_a_meaning_of_its_own(name: str) -> None:
    named = workflow(stages=(TALKS, REST, DONE, replace(DONE, name=name)))
    assert any("has a meaning of its own" in problem.text.en for problem in part_problems(named))


@pytest.mark.parametrize("basis", [Basis.STATUTE, Basis.REGULATION, Basis.ORDINANCE])
def test_a_term_by_law_names_its_provision(basis: Basis) -> None:
    rule = TermRule(Length.parse("2 weeks"), basis)
    assert (
        "names its provision"
        in told(with_term(replace(TERM, rule=rule)))["stages", "talks", "term", "source"]
    )
    named = replace(rule, source=Text("artikel 1", "article 1"))
    assert told(with_term(replace(TERM, rule=named))) == {}


@pytest.mark.parametrize(
    ("length", "before", "fits"),
    [
        ("2 weeks", "9 working days", True),
        ("2 weeks", "10 working days", False),
        ("14 days", "9 working days", True),
        ("14 days", "10 working days", False),
        ("10 working days", "10 working days", False),
        ("48 hours", "1 working day", True),
        ("24 hours", "1 working day", False),
        ("1 month", "21 working days", True),
        ("1 month", "22 working days", False),
        ("1 year", "200 working days", True),
    ],
)
def test_a_reminder_comes_within_its_term(length: str, before: str, fits: bool) -> None:
    reminder = Reminder(Length.parse(before), (Role.PARTY,))
    rule = TermRule(Length.parse(length), Basis.AGREEMENT)
    found = told(with_term(replace(TERM, rule=rule, reminders=(reminder,))))
    assert (found == {}) is fits


def test_a_reminder_counts_in_working_days_and_goes_to_somebody() -> None:
    found = told(with_term(replace(TERM, reminders=(Reminder(Length.parse("1 week"), ()),))))
    at = ("stages", "talks", "term", "reminders", 0)
    assert "counts in working days" in found[*at, "before"]
    assert "goes to nobody" in found[*at, "notify"]


def test_something_happens_when_a_term_ends() -> None:
    found = told(with_term(replace(TERM, on_expiry=())))
    assert "nothing happens" in found["stages", "talks", "term", "on_expiry"]


def test_a_ladder_goes_up_and_takes_its_time() -> None:
    ladder = (
        Rung(Wait(5), Tier.POLITICAL),
        Rung(Wait(5), notify=(Role.PARTY,)),
        Rung(Wait(7), Tier.DIRECTORS),
        Rung(Wait(9)),
    )
    found = told(with_term(replace(TERM, on_expiry=ladder)))
    at = ("stages", "talks", "term", "on_expiry")
    assert "no later than the one before it (5 working days)" in found[*at, 1, "after"]
    assert "went to 'political' already" in found[*at, 2, "tier"]
    assert "does nothing" in found[*at, 3]


def test_what_the_clock_does_must_lead_somewhere_and_be_allowed() -> None:
    at = ("stages", "talks", "term", "on_expiry", 0, "trigger")
    nowhere = replace(TERM, on_expiry=(Rung(Wait(0), trigger="vanish"),))
    assert "leads nowhere" in told(with_term(nowhere))[at]
    forbidden = replace(TERM, on_expiry=(Rung(Wait(0), trigger="finish"),))
    assert "the clock may not do" in told(with_term(forbidden))[at]


def test_a_move_of_the_clock_alone_is_made_by_some_rung() -> None:
    ticking = workflow(PAUSE, RESUME, FINISH, arrow("tick", "talks", "done", Role.CLOCK))
    assert "no rung of 'talks' does it" in told(ticking)["transitions", 3, "roles", 0]


def test_an_arrow_comes_from_somewhere_leads_somewhere_and_is_made_by_somebody() -> None:
    lost = replace(arrow("lost", "", "nowhere"), roles=frozenset())
    found = told(workflow(PAUSE, RESUME, FINISH, lost))
    assert "starts nowhere" in found["transitions", 3, "from"]
    assert "stage 'nowhere' does not exist" in found["transitions", 3, "to"]
    assert "nobody may do" in found["transitions", 3, "roles"]


def test_guards_are_known_and_stand_in_one_list_only() -> None:
    guarded = replace(FINISH, required=("nonsense",), advised=("nonsense", "two_governments"))
    found = told(workflow(PAUSE, RESUME, guarded))
    at = ("transitions", 2, "guards")
    assert "guard 'nonsense' is not known" in found[*at, "required", 0]
    assert "is required already" in found[*at, "advised", 0]
    assert (*at, "advised", 1) not in found


def test_the_way_back_exists_and_does_not_get_lost() -> None:
    start = told(workflow(PAUSE, RESUME, FINISH, arrow("undo", "talks", BACK)))
    assert "the way back from 'talks' gets lost" in start["transitions", 3, "to"]
    alone = told(workflow(FINISH, arrow("undo", "talks", BACK)))
    assert "there is no way back" in alone["transitions", 1, "to"]
    circle = told(workflow(arrow("pause", "talks rest", "rest"), RESUME, FINISH))
    assert "the way back from 'rest' gets lost" in circle["transitions", 1, "to"]


def test_back_is_a_way_out_for_a_pause() -> None:
    assert list(reach_problems(workflow())) == []


def test_a_typing_error_in_an_arrow_does_not_seem_to_cut_off_the_rest() -> None:
    typo = workflow(PAUSE, RESUME, arrow("finish", "talks", "dnoe"))
    assert list(reach_problems(typo)) == []
    assert [problem.at for problem in part_problems(typo)] == [("transitions", 2, "to")]
    astray = workflow(PAUSE, RESUME, arrow("finish", "takls", "done"))
    assert list(reach_problems(astray)) == []


def test_islands_and_traps_are_told() -> None:
    trap = told(workflow(PAUSE, FINISH))
    assert "no ending can be reached from stage 'rest'" in trap["stages", "rest"]
    island = told(workflow(FINISH))
    assert "cannot be reached from 'talks'" in island["stages", "rest"]
    endless = told(workflow(PAUSE, RESUME, stages=(TALKS, REST)))
    assert "a dispute must be able to end" in endless[("stages",)]


def test_a_wait_reads_in_both_languages() -> None:
    assert Wait(0).text == Text("0 werkdagen", "0 working days")
    assert Wait(1).text == Text("1 werkdag", "1 working day")


def test_the_clock_alone_does_not_lead_a_case_round_for_ever() -> None:
    nudged = replace(TERM, on_expiry=(Rung(Wait(0), trigger="pause"),))
    woken = replace(TERM, on_expiry=(Rung(Wait(0), trigger="resume"),))
    pause, resume = (
        replace(move, roles=frozenset({Role.PARTY, Role.CLOCK})) for move in (PAUSE, RESUME)
    )
    circle = workflow(
        pause,
        resume,
        FINISH,
        stages=(replace(TALKS, term=nudged), replace(REST, term=woken), DONE),
    )
    found = told(circle)
    assert set(found) == {("stages", name, "term", "on_expiry") for name in ("talks", "rest")}
    assert "round for ever" in found["stages", "rest", "term", "on_expiry"]
    once = workflow(pause, resume, FINISH, stages=(TALKS, replace(REST, term=woken), DONE))
    assert told(once) == {}


def test_a_stage_is_asked_by_name_and_an_unknown_one_is_a_conflict_with_a_remedy() -> None:
    procedure = workflow(PAUSE, RESUME, FINISH)
    assert procedure.stage("rest") is REST
    with pytest.raises(Conflict) as refused:
        procedure.stage("weird")
    for words in ("'weird'", procedure.reference, "IMPASSE_WORKFLOWS", "'impasse db upgrade'"):
        assert words in refused.value.text.nl
        assert words in refused.value.text.en


def test_a_list_shows_an_unknown_stage_by_its_bare_name() -> None:
    shown = unknown_stage("weird")
    assert shown.label == Text("weird (fase onbekend)", "weird (unknown stage)")
    assert (shown.number, shown.owner, shown.term) == (None, None, None)
