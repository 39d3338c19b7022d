"""A file of rules says where each of its values stands, and refuses what would surprise."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.adapters.files import yaml_lines
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.yaml_lines import Problem, parse_yaml, read_yaml, unreadable
from impasse.domain.errors import Unreadable
from impasse.domain.text import Text

RULES = """\
# what the neighbours agreed
name: dikes
stages:
  - id: talks
    label: {nl: Praten, en: Talks}
  - id: mediation
"""


def refusal(content: str) -> Text:
    with pytest.raises(Unreadable) as caught:
        parse_yaml(content, "rules.yaml")
    return caught.value.text


def test_every_value_knows_the_line_it_stands_on() -> None:
    value, lines = parse_yaml(RULES, "rules.yaml")
    assert value == {
        "name": "dikes",
        "stages": [{"id": "talks", "label": {"nl": "Praten", "en": "Talks"}}, {"id": "mediation"}],
    }
    assert lines.at(()) == 1
    assert lines.at(("name",)) == 2
    assert lines.at(("stages",)) == 3
    assert lines.at(("stages", 0, "label", "en")) == 5
    assert lines.at(("stages", 1)) == 6


def test_what_is_missing_is_reported_where_it_should_have_stood() -> None:
    _, lines = parse_yaml(RULES, "rules.yaml")
    assert lines.at(("stages", 1, "label")) == 6
    assert lines.at(("stages", "Stage", 0, "id")) == 4
    assert lines.at(("nowhere", 7)) == 1


def test_words_that_yaml_likes_to_turn_into_something_else_stay_what_they_are() -> None:
    content = "on: yes\ncode: 0363\nday: 2026-04-01\nhour: 10:30\nnorway: no\nquoted: '12'\n"
    value, _ = parse_yaml(content, "rules.yaml")
    assert value == {
        "on": "yes",
        "code": "0363",
        "day": "2026-04-01",
        "hour": "10:30",
        "norway": "no",
        "quoted": "12",
    }


def test_numbers_truth_and_nothing_are_read_as_such() -> None:
    value, _ = parse_yaml("a: 12\nb: -1.5\nc: true\nd: ~\ne:\n1: one\n", "rules.yaml")
    assert value == {"a": 12, "b": -1.5, "c": True, "d": None, "e": None, "1": "one"}


def test_every_repeated_key_is_told_at_once_with_both_lines() -> None:
    text = refusal("a: 1\nb: 2\na: 3\nc:\n  d: 1\n  d: 2\n")
    assert text.nl.splitlines() == [
        'rules.yaml, regel 3: "a" staat er al op regel 1; laat er één staan.',
        'rules.yaml, regel 6: "d" staat er al op regel 5; laat er één staan.',
    ]
    assert "line 3" in text.en


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        ("a: [1, 2\nb: 3\n", 2, "YAML"),
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: &x 1\nb: *x\n", 1, "ankers"),
        ("a: 1\n<<: {b: 2}\n", 2, "<<"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "label"),
        ("a: 1\n? [x]\n: 2\n", 2, "sleutel"),
        ("a: 1\n---\nb: 2\n", 2, "YAML"),
        ("a: 1\nb: \x07\n", 2, "stuurteken"),
    ],
)
def test_what_cannot_be_read_plainly_is_refused_with_line_and_remedy(
    content: str, line: int, word: str
) -> None:
    text = refusal(content)
    assert f"regel {line}: " in text.nl
    assert word in text.nl


def test_an_empty_file_and_a_bottomless_one_are_refused() -> None:
    assert "regel 1: het bestand is leeg" in refusal("# nothing but a remark\n").nl
    assert "regel 2: het bestand is te diep" in refusal("a: 1\nb: " + "[" * 5000).nl


def test_a_file_that_is_missing_or_in_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="check its place"):
        read_yaml(tmp_path / "absent.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nb: één\n".encode("latin-1"))
    with pytest.raises(Unreadable, match=r"latin\.yaml, line 2: .*UTF-8"):
        read_yaml(latin)


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    value, lines = read_yaml(path)
    assert value == {"a": 1, "b": 2}
    assert lines.at(("b",)) == 2


def test_problems_are_told_from_top_to_bottom() -> None:
    error = unreadable("x.yaml", [Problem(9, Text("negen", "nine")), Problem(2, Text("2", "two"))])
    assert error.text.en == "x.yaml, line 2: two\nx.yaml, line 9: nine"


@given(st.text())
def test_any_text_at_all_is_either_read_or_refused_in_words(content: str) -> None:
    refused = ""
    try:
        parse_yaml(content, "any.yaml")
    except Unreadable as error:
        refused = error.text.nl
    assert refused == "" or refused.startswith("any.yaml")


READABLE = sorted(
    [*(Path(__file__).parent / "broken").glob("*.yaml"), *shipped("workflows").glob("*.yaml")]
)


@pytest.mark.skipif(yaml_lines._QuickLoader is None, reason="PyYAML was built without libyaml")
@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_the_quick_reader_and_the_slow_one_read_the_same_on_the_same_lines(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> object:
        try:
            return read_yaml(path)
        except Unreadable as error:
            return error.text

    quick = read()
    monkeypatch.setattr(yaml_lines, "_QuickLoader", None)
    assert quick == read()
