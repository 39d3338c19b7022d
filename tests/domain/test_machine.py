"""The machine of a procedure answers where a move leads, and has none of the library's pitfalls.

The pitfalls are those that were run and written down in the reference on engines (§1.3).
"""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from transitions import Machine

from impasse.adapters.files.workflows import WorkflowProblems, load_workflow, parse_workflow
from impasse.domain import machine as machine_module
from impasse.domain.errors import ConditionsNotMet, Conflict, NoSuchMove
from impasse.domain.length import Length
from impasse.domain.machine import CompiledWorkflow, compile_workflow
from impasse.domain.people import Role
from impasse.domain.soundness import problems
from impasse.domain.terms import Basis, TermRule
from impasse.domain.text import same
from impasse.domain.workflow import (
    BACK,
    Rung,
    Stage,
    StageKind,
    StageTerm,
    Transition,
    Wait,
    Workflow,
)

if TYPE_CHECKING:
    from pathlib import Path

NOTHING: frozenset[str] = frozenset()
TERM = StageTerm(
    TermRule(Length.parse("2 weeks"), Basis.AGREEMENT),
    on_expiry=(Rung(Wait(0), None, (Role.PARTY,)),),
)


def stage(name: str, kind: StageKind = StageKind.ACTIVE, number: int | None = None) -> Stage:
    term = None if kind is StageKind.ENDING else TERM
    return Stage(name, same(name), same(name), kind, number, owner=Role.PARTY, term=term)


def arrow(trigger: str, sources: str, target: str, *required: str) -> Transition:
    roles = frozenset({Role.PARTY})
    return Transition(trigger, same(trigger), tuple(sources.split()), target, roles, required)


def workflow(*transitions: Transition) -> Workflow:
    stages = (
        stage("talks", number=1),
        stage("facts", number=2),
        stage("rest", StageKind.PAUSE),
        stage("done", StageKind.ENDING),
    )
    return Workflow(
        name="dispute",
        version="1",
        label=same("dispute"),
        description=same("dispute"),
        initial="talks",
        stages={s.name: s for s in stages},
        transitions=transitions
        or (
            arrow("look", "talks", "facts", "two_governments"),
            arrow("rest", "talks facts", "rest"),
            arrow("resume", "rest", BACK),
            arrow("finish", "talks facts rest", "done", "settlement_confirmed_by_all"),
        ),
    )


@pytest.fixture
def dispute() -> CompiledWorkflow:
    return compile_workflow(workflow())


def test_a_trigger_leads_to_the_stage_its_arrow_points_at(dispute: CompiledWorkflow) -> None:
    assert dispute.target("talks", "look", came_from="", lacking=NOTHING) == "facts"
    assert dispute.target("facts", "rest", came_from="talks") == "rest"


def test_back_leads_to_where_the_case_came_from(dispute: CompiledWorkflow) -> None:
    assert dispute.target("rest", "resume", came_from="talks") == "talks"
    assert dispute.target("rest", "resume", came_from="facts") == "facts"


@pytest.mark.parametrize("lost", ["", "done", "rest", "nowhere"])
def test_back_refuses_when_the_way_is_lost(dispute: CompiledWorkflow, lost: str) -> None:
    with pytest.raises(Conflict, match="not a stage that leads here") as refused:
        dispute.target("rest", "resume", came_from=lost)
    assert not isinstance(refused.value, NoSuchMove)


def test_the_triggers_of_a_stage_stand_in_the_order_of_the_file(dispute: CompiledWorkflow) -> None:
    assert [move.trigger for move in dispute.triggers("talks")] == ["look", "rest", "finish"]
    assert dispute.triggers("done") == ()


def test_a_missing_required_guard_is_refused_by_the_machine_itself(
    dispute: CompiledWorkflow,
) -> None:
    with pytest.raises(ConditionsNotMet) as refused:
        dispute.target("talks", "look", came_from="", lacking=frozenset({"two_governments"}))
    (lack,) = refused.value.lacks
    assert (lack.guard, lack.required) == ("two_governments", True)
    assert "Ten minste twee overheden genoemd" in refused.value.text.nl
    assert "At least two governments named" in refused.value.text.en


def test_what_a_move_does_not_require_does_not_stop_it(dispute: CompiledWorkflow) -> None:
    lacking = frozenset({"settlement_confirmed_by_all", "all_views_given"})
    assert dispute.target("talks", "look", came_from="", lacking=lacking) == "facts"


def test_pitfall_guard_false_and_wrong_source_are_two_different_answers(
    dispute: CompiledWorkflow,
) -> None:
    lacking = frozenset({"two_governments"})
    with pytest.raises(ConditionsNotMet):
        dispute.target("talks", "look", came_from="", lacking=lacking)
    with pytest.raises(NoSuchMove) as refused:
        dispute.target("facts", "look", came_from="talks", lacking=lacking)
    assert refused.value.text.en == (
        "'look' is not possible from 'facts'. Possible: rest (rest), finish (finish)."
    )
    with pytest.raises(NoSuchMove, match="Nothing can be done from 'done'"):
        dispute.target("done", "look", came_from="talks")
    with pytest.raises(NoSuchMove, match="'fly' is not possible"):
        dispute.target("talks", "fly", came_from="")


def test_pitfall_unknown_stored_stage_is_a_conflict_with_a_remedy(
    dispute: CompiledWorkflow,
) -> None:
    with pytest.raises(Conflict) as refused:
        dispute.target("mediation", "look", came_from="talks")
    assert not isinstance(refused.value, NoSuchMove)
    for words in ("'mediation'", "dispute@1", "IMPASSE_WORKFLOWS", "'impasse db upgrade'"):
        assert words in refused.value.text.en
        assert words in refused.value.text.nl
    with pytest.raises(Conflict, match="does not know stage"):
        dispute.triggers("mediation")


CALLBACK = """\
format: 1
name: dispute
version: "1"
label: {nl: Geschil, en: Dispute}
description: {nl: Geschil., en: Dispute.}
initial: talks
stages:
  talks:
    label: {nl: Praten, en: Talks}
    purpose: {nl: Horen., en: Hear.}
    owner: secretariat
    term:
      length: 2 weeks
      basis: agreement
      on_expiry: [{after: 0 working days, notify: [party]}]
  done:
    kind: ending
    label: {nl: Klaar, en: Done}
    purpose: {nl: Afgerond., en: Finished.}
transitions:
  - trigger: finish
    label: {nl: Rond af, en: Finish}
    from: [talks]
    to: done
    roles: [secretariat]
"""


@pytest.mark.parametrize(
    "planted",
    [
        "before: os.getcwd",
        "conditions: [planted.payload]",
        "guards: {required: [planted.payload]}",
        "guards: {advised: [os.getcwd]}",
    ],
)
def test_pitfall_string_callback_in_a_file_is_refused_and_never_imported_or_run(
    planted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "ran"
    (tmp_path / "planted.py").write_text(
        f"open({str(marker)!r}, 'w').close()\ndef payload(*_):\n    return True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "dispute.yaml"
    path.write_text(CALLBACK + f"    {planted}\n")
    with pytest.raises(WorkflowProblems):
        load_workflow(path)
    assert not marker.exists()
    assert "planted" not in sys.modules


def test_pitfall_string_callback_even_a_guard_named_like_a_module_is_only_ever_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "ran"
    (tmp_path / "planted.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)
    smuggled = compile_workflow(workflow(arrow("finish", "talks", "done", "planted.payload")))
    assert smuggled.target("talks", "finish", came_from="") == "done"
    with pytest.raises(ConditionsNotMet):
        smuggled.target("talks", "finish", came_from="", lacking=frozenset({"planted.payload"}))
    assert not marker.exists()
    assert "planted" not in sys.modules


def test_pitfall_string_callback_no_text_stands_where_the_library_looks_for_code(
    dispute: CompiledWorkflow,
) -> None:
    inner = dispute._machine
    for event in inner.events.values():
        for transition in (t for found in event.transitions.values() for t in found):
            assert transition.before == transition.after == transition.prepare == []
            assert all(callable(condition.func) for condition in transition.conditions)
    for state in inner.states.values():
        assert state.on_enter == state.on_exit == []
    assert inner.prepare_event == inner.before_state_change == inner.after_state_change == []
    assert inner.finalize_event == inner.on_exception == inner.on_final == []


def test_pitfall_misspelt_guard_is_found_when_the_file_is_read() -> None:
    text = CALLBACK + "    guards: {required: [two_goverments]}\n"
    with pytest.raises(WorkflowProblems, match="guard 'two_goverments' is not known"):
        parse_workflow(text, "dispute.yaml")


def test_pitfall_auto_transitions_no_trigger_jumps_past_the_guards(
    dispute: CompiledWorkflow,
) -> None:
    assert set(dispute._machine.events) == {"look", "rest", "resume", "finish"}
    with pytest.raises(NoSuchMove):
        dispute.target("talks", "to_done", came_from="")


def test_pitfall_two_transitions_from_one_source_by_one_trigger_are_reported() -> None:
    twice = workflow(arrow("go", "talks", "done"), arrow("go", "talks facts", "facts"))
    assert "'go' already leaves stage 'talks'" in " ".join(p.text.en for p in problems(twice))


def test_pitfall_unreachable_and_dead_stages_are_reported() -> None:
    split = workflow(arrow("go", "talks", "facts"))
    told = " ".join(p.text.en for p in problems(split))
    assert "stage 'rest' cannot be reached from 'talks'" in told
    assert "no ending can be reached from stage 'facts'" in told


def test_pitfall_empty_destination_is_refused_at_both_doors() -> None:
    with pytest.raises(WorkflowProblems, match="'' is not a name"):
        parse_workflow(CALLBACK.replace("to: done", 'to: ""'), "dispute.yaml")
    with pytest.raises(ValueError, match="no such stage"):
        compile_workflow(workflow(arrow("finish", "talks", "")))


def test_an_arrow_or_a_start_that_names_no_stage_is_never_compiled() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        compile_workflow(workflow(arrow("finish", "nowhere", "done")))
    with pytest.raises(ValueError, match="nowhere"):
        compile_workflow(replace(workflow(), initial="nowhere"))


@pytest.mark.parametrize("name", ["state", "trigger", "came_from", "lacking", "is_talks", "model"])
def test_pitfall_trigger_named_like_a_method_or_attribute_works_like_any_other(name: str) -> None:
    named = compile_workflow(workflow(arrow(name, "talks", "done")))
    assert named.target("talks", name, came_from="") == "done"


def test_pitfall_exception_in_a_condition_leaves_the_stage_and_the_machine_as_they_were(
    dispute: CompiledWorkflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    class Watched(machine_module._Traveller):
        __slots__ = ()

        def __init__(self, *fields: Any) -> None:
            super().__init__(*fields)
            seen.append(self)

    class Exploding:
        """What no caller gives: a set of guards that cannot be compared."""

        def __iter__(self) -> Any:
            raise RuntimeError("the guard broke")

    monkeypatch.setattr(machine_module, "_Traveller", Watched)
    with pytest.raises(RuntimeError, match="the guard broke"):
        dispute.target("talks", "look", came_from="", lacking=Exploding())  # type: ignore[arg-type]
    assert seen[0]._stage == "talks"
    assert dispute.target("talks", "look", came_from="") == "facts"


def test_pitfall_strong_reference_the_machine_forgets_who_asked(
    dispute: CompiledWorkflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[weakref.ref[Any]] = []

    class Remembered(machine_module._Traveller):
        __slots__ = ("__weakref__",)

        def __init__(self, *fields: Any) -> None:
            super().__init__(*fields)
            asked.append(weakref.ref(self))

    monkeypatch.setattr(machine_module, "_Traveller", Remembered)
    for _ in range(50):
        dispute.target("talks", "look", came_from="")
    gc.collect()
    assert len(asked) == 50
    assert all(reference() is None for reference in asked)
    assert dispute._machine.models == []


def test_pitfall_queued_one_case_that_fails_does_not_touch_another(
    dispute: CompiledWorkflow,
) -> None:
    assert dispute._machine.has_queue is False
    with pytest.raises(NoSuchMove):
        dispute.target("done", "look", came_from="")
    assert dispute.target("talks", "look", came_from="") == "facts"
    assert len(dispute._machine._transition_queue) == 0


def test_pitfall_parallel_and_nested_the_machine_is_the_flat_one(
    dispute: CompiledWorkflow,
) -> None:
    assert type(dispute._machine) is Machine


def test_eight_threads_share_one_machine_without_a_single_wrong_answer(
    dispute: CompiledWorkflow,
) -> None:
    wrong: list[Any] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        for turn in range(2_500):
            origin = ("talks", "facts")[turn % 2]
            answer = dispute.target("rest", "resume", came_from=origin)
            if answer != origin:
                wrong.append(answer)
            if dispute.target("talks", "look", came_from="") != "facts":
                wrong.append("look")
            try:
                dispute.target(
                    "talks", "look", came_from="", lacking=frozenset({"two_governments"})
                )
                wrong.append("passed a guard")
            except ConditionsNotMet:
                pass

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def calls_of_one_move(dispute: CompiledWorkflow) -> int:
    calls = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    dispute.target("talks", "look", came_from="", lacking=NOTHING)
    previous = sys.getprofile()
    sys.setprofile(count)
    try:
        dispute.target("talks", "look", came_from="", lacking=NOTHING)
    finally:
        sys.setprofile(previous)
    return calls


def test_a_move_stays_lean(dispute: CompiledWorkflow) -> None:
    assert calls_of_one_move(dispute) < 120


def test_a_compiled_workflow_compares_and_shows_by_its_workflow(dispute: CompiledWorkflow) -> None:
    assert dispute == compile_workflow(workflow())
    assert "_machine" not in repr(dispute)
