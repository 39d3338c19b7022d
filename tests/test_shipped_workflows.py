"""The procedures that come with the product are sound, complete and as their sources say."""

from __future__ import annotations

import pytest

from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import check, load_all
from impasse.domain.guards import GUARD_LABELS, GUARDS
from impasse.domain.machine import compile_workflow
from impasse.domain.people import Role
from impasse.domain.tier import Tier
from impasse.domain.workflow import BACK, StageKind, Workflow, entrances

FILES = sorted(shipped("workflows").rglob("*.yaml"))
WORKFLOWS = {workflow.name: workflow for workflow in load_all(shipped("workflows"))}
IMPASSE = WORKFLOWS["interbestuurlijke-impasse"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_has_no_problem_at_all(path) -> None:
    assert check(path) == ()


def test_a_shipped_file_is_called_after_its_procedure() -> None:
    assert {path.stem for path in FILES if path.parent.name == "workflows"} == set(WORKFLOWS)


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=lambda w: w.reference)
def test_every_arrow_of_a_shipped_procedure_can_be_followed(workflow: Workflow) -> None:
    compiled = compile_workflow(workflow)
    for stage, moves in workflow.moves.items():
        for trigger, move in moves.items():
            for origin in {origin for origin, _ in entrances(workflow, stage)} or {""}:
                target = compiled.target(stage, trigger, came_from=origin)
                assert target == (origin if move.target == BACK else move.target)


def test_the_five_stages_are_those_of_the_agreement() -> None:
    assert [stage.label.nl for stage in IMPASSE.numbered] == [
        "Signaal",
        "Feiten vaststellen",
        "Duiding spelregels",
        "Externe bemiddeling",
        "Oplossing",
    ]


def test_every_ladder_ends_at_the_overhedenoverleg() -> None:
    for stage in IMPASSE.numbered:
        assert stage.term is not None
        assert stage.term.on_expiry[0].after.amount == 0
        assert stage.term.on_expiry[-1].tier is Tier.OVERHEDENOVERLEG


def test_mediation_is_voluntary_so_any_party_may_end_it_without_a_condition_or_reason() -> None:
    move = IMPASSE.moves["external_mediation"]["end_mediation"]
    assert Role.PARTY in move.roles
    assert (move.required, move.advised, move.note_required) == ((), (), False)


def test_parties_can_always_solve_it_themselves_or_take_the_formal_route() -> None:
    for stage in IMPASSE.stages.values():
        if stage.kind is StageKind.ENDING:
            continue
        for trigger in ("resolve_early", "refer"):
            assert Role.PARTY in IMPASSE.moves[stage.name][trigger].roles


def test_nobody_is_closed_as_resolved_without_the_word_of_every_party() -> None:
    (confirm,) = (move for move in IMPASSE.transitions if move.target == "resolved")
    assert confirm.required == ("settlement_confirmed_by_all",)


def test_every_guard_has_a_label_for_people() -> None:
    assert set(GUARDS) == set(GUARD_LABELS)
