"""A workflow file is read whole, and its author hears everything that is wrong in one go.

The files in `broken/` carry their expected problems behind `# !`, on the line where each belongs.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.adapters.files.workflows import (
    WorkflowProblems,
    check,
    json_schema,
    load_all,
    load_workflow,
    parse_workflow,
)
from impasse.adapters.files.yaml_lines import parse_yaml
from impasse.domain.errors import Unreadable
from impasse.domain.guards import GUARDS
from impasse.domain.people import Role
from impasse.domain.soundness import problems
from impasse.domain.terms import Atw, Basis
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))

DISPUTE = """\
format: 1
name: dispute
version: "1"
label: {nl: Geschil, en: Dispute}
description: {nl: Een klein geschil., en: A small dispute.}
initial: talks
stages:
  talks:
    number: 1
    label: {nl: Praten, en: Talks}
    purpose: {nl: Elkaar horen., en: Hear each other.}
    owner: party
    next_action: {nl: Bel elkaar., en: Call each other.}
    term:
      length: 2 weeks
      basis: statute
      atw: exclude
      source: {nl: Artikel 1, en: Article 1}
      reminders:
        - {before: 2 working days, notify: [party, secretariat]}
      on_expiry:
        - {after: 0 working days, notify: [party]}
        - {after: 5 working days, tier: directors}
        - {after: 9 working days, trigger: stop}
  done:
    kind: ending
    label: {nl: Klaar, en: Done}
    purpose: {nl: Afgerond., en: Finished.}
transitions:
  - trigger: stop
    label: {nl: Rond af, en: Finish}
    from: any
    to: done
    roles: [secretariat, clock]
    note_required: true
    guards:
      required: [two_governments]
      advised: [all_views_given]
"""


def expected(path: Path) -> list[tuple[int, str]]:
    return [
        (number, sentence.strip())
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        for sentence in line.partition("# ! ")[2].split(" ! ")
        if sentence
    ]


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_problem_of_a_broken_file_is_told_at_its_line(path: Path) -> None:
    found = [(problem.line, problem.text.en) for problem in check(path)]
    awaited = expected(path) or [(1, "the file is empty")]
    unmatched = list(found)
    for line, fragment in awaited:
        match = next((f for f in unmatched if f[0] == line and fragment in f[1]), None)
        assert match is not None, f"line {line}: {fragment!r} not among {found}"
        unmatched.remove(match)
    assert unmatched == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_problem_has_its_sentence_in_both_languages(path: Path) -> None:
    for problem in check(path):
        assert problem.text.nl
        assert problem.text.en
        assert problem.text.nl != problem.text.en
        assert "{" not in problem.text.nl


def test_there_are_broken_files_enough() -> None:
    assert len(BROKEN) >= 20


def test_a_sound_file_becomes_a_procedure() -> None:
    workflow = parse_workflow(DISPUTE, "dispute.yaml")
    assert workflow.reference == "dispute@1"
    talks, done = workflow.stages.values()
    assert talks.next_action is not None
    assert talks.next_action.nl == "Bel elkaar."
    assert done.term is None
    assert talks.term is not None
    rule = talks.term.rule
    assert (str(rule.length), rule.basis, rule.atw) == ("2 weeks", Basis.STATUTE, Atw.EXCLUDE)
    assert rule.source is not None
    assert rule.source.en == "Article 1"
    assert talks.term.reminders[0].notify == (Role.PARTY, Role.SECRETARIAT)
    assert [rung.after.amount for rung in talks.term.on_expiry] == [0, 5, 9]
    assert talks.term.on_expiry[1].tier is Tier.DIRECTORS
    (stop,) = workflow.transitions
    assert stop.sources == ("talks",)
    assert stop.roles == {Role.SECRETARIAT, Role.CLOCK}
    assert (stop.required, stop.advised) == (("two_governments",), ("all_views_given",))
    assert stop.note_required


def test_any_means_every_active_stage_and_nothing_else() -> None:
    workflow = parse_workflow(DISPUTE, "dispute.yaml")
    assert set(workflow.moves["talks"]) == {"stop"}
    assert workflow.moves["done"] == {}


def test_the_hash_is_of_the_content_and_not_of_its_dress() -> None:
    plain = parse_workflow(DISPUTE, "a").content_hash
    dressed = "# a comment\n" + DISPUTE.replace('"1"', "'1'").replace(
        "label: {nl: Geschil, en: Dispute}", "label:\n  en: Dispute\n  nl:   Geschil"
    )
    assert parse_workflow(dressed, "b").content_hash == plain
    assert len(plain) == 64
    changed = DISPUTE.replace("2 weeks", "3 weeks")
    assert parse_workflow(changed, "a").content_hash != plain


def test_problems_come_in_order_of_line_and_as_sentences_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "dispute.yaml"
    path.write_text(
        DISPUTE.replace("to: done", "to: nowhere").replace("initial: talks", "initial: walks")
    )
    with pytest.raises(WorkflowProblems) as refused:
        load_workflow(path)
    first, second = refused.value.text.en.splitlines()
    assert first.startswith(f"{path}:6: initial stage 'walks' does not exist")
    assert second.startswith(f"{path}:33: stage 'nowhere' does not exist")
    assert second.endswith(".")


def test_a_file_that_is_not_there_is_another_matter_than_an_unsound_one(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refused:
        check(tmp_path / "nothing.yaml")
    assert not isinstance(refused.value, WorkflowProblems)
    assert "nothing.yaml" in refused.value.text.nl
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("label: één".encode("latin-1"))
    with pytest.raises(Unreadable, match="UTF-8"):
        check(latin)


def test_a_folder_is_loaded_whole(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(DISPUTE)
    (tmp_path / "b.yml").write_text(DISPUTE.replace('version: "1"', 'version: "2"'))
    (tmp_path / "notes.txt").write_text("not a workflow")
    assert [w.reference for w in load_all(tmp_path)] == ["dispute@1", "dispute@2"]


def test_two_files_with_the_same_version_are_refused_together_with_all_else(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.yaml").write_text(DISPUTE)
    (tmp_path / "b.yaml").write_text(DISPUTE)
    (tmp_path / "c.yaml").write_text(DISPUTE.replace("to: done", "to: nowhere"))
    with pytest.raises(WorkflowProblems) as refused:
        load_all(tmp_path)
    same, unknown = refused.value.problems
    assert same.file.endswith("b.yaml")
    assert "dispute@1 already stands in a.yaml" in same.text.en
    assert unknown.file.endswith("c.yaml")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no such folder"):
        load_all(tmp_path / "nowhere")


def test_the_schema_for_editors_knows_every_key_and_choice() -> None:
    schema = json_schema()
    json.dumps(schema)
    assert schema["additionalProperties"] is False
    transition = schema["$defs"]["TransitionShape"]["properties"]
    assert list(transition) == [
        "trigger",
        "label",
        "from",
        "to",
        "roles",
        "guards",
        "note_required",
        "four_eyes",
    ]
    assert schema["$defs"]["Role"]["enum"] == [role.value for role in Role]


def places(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a file, from the outside in."""
    yield above
    parts: Any = ()
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
    for part, inner in parts:
        yield from places(inner, (*above, part))


MISSING = object()


def child(parent: Any, part: str | int) -> Any:
    if isinstance(parent, dict):
        return parent.get(part, MISSING)
    if isinstance(parent, list) and isinstance(part, int) and part < len(parent):
        return parent[part]
    return MISSING


DATA, _ = parse_yaml(DISPUTE, "dispute.yaml")
ANYTHING = st.sampled_from(
    [None, "", "x", "os.getcwd", 0, -1, 2.5, True, [], [[]], ["x", {}], {}, {"nl": "x"}, {"x": []}]
)


@given(
    st.lists(
        st.tuples(st.sampled_from([place for place in places(DATA) if place]), ANYTHING),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_stands_anywhere_is_used_or_told_and_never_a_crash(
    changes: list[tuple[tuple[str | int, ...], Any]],
) -> None:
    data: Any = deepcopy(DATA)
    for place, value in changes:
        parent = data
        for part in place[:-1]:
            parent = child(parent, part)
        if child(parent, place[-1]) is not MISSING:
            parent[place[-1]] = value
    try:
        workflow = parse_workflow(json.dumps(data), "dispute.yaml")
    except WorkflowProblems as refused:
        told = refused.problems
    else:
        told = ()
        assert not list(problems(workflow))
    assert all(problem.file == "dispute.yaml" and problem.text.nl for problem in told)


def test_what_an_author_wrote_is_quoted_at_a_glance_and_on_one_line() -> None:
    endless = DISPUTE.replace("trigger: stop\n", 'trigger: "' + "long\\n" * 5_000 + '"\n')
    with pytest.raises(WorkflowProblems) as refused:
        parse_workflow(endless, "dispute.yaml")
    for problem in refused.value.problems:
        assert "\n" not in problem.text.en
        assert len(problem.text.en) < 400


def test_a_title_of_many_pages_is_told_and_so_is_a_character_that_is_half() -> None:
    for title in ("lang " * 61, "\ud800", '"\\ud800"'):
        with pytest.raises(WorkflowProblems) as refused:
            parse_workflow(DISPUTE.replace("Dispute", title), "dispute.yaml")
        assert [problem.line for problem in refused.value.problems] == [4]


# So many brackets were once more than the stack of the whole process could bear.
@pytest.mark.parametrize("depth", [50, 300, 3_000, 300_000])
def test_a_file_of_brackets_is_told_and_does_not_exhaust_the_reader(depth: int) -> None:
    with pytest.raises(WorkflowProblems):
        parse_workflow("stages: " + "[" * depth + "]" * depth, "dispute.yaml")


def test_a_list_of_tens_of_thousands_is_read_in_a_moment() -> None:
    endless = DISPUTE.replace("[party, secretariat]", f"[{', '.join(map(str, range(20_000)))}]")
    before = process_time()
    with pytest.raises(WorkflowProblems):
        parse_workflow(endless.replace("[0,", "[a,"), "dispute.yaml")
    assert process_time() - before < 20


REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "workflow-file.md"


def test_the_example_in_the_reference_is_sound() -> None:
    example = REFERENCE.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert parse_workflow(example, "example").reference == "klein-geschil@1"


def test_the_reference_explains_every_key_choice_and_condition() -> None:
    explained = set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", REFERENCE.read_text("utf-8")))
    definitions = [json_schema(), *json_schema()["$defs"].values()]
    keys = {key for part in definitions for key in part.get("properties", {})}
    choices = {choice for part in definitions for choice in part.get("enum", [])}
    assert keys | choices | set(GUARDS) <= explained
