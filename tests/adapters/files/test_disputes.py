"""A file of disputes is read without hindsight, or refused with every problem and its remedy."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from impasse.adapters.files.disputes import load_disputes
from impasse.domain.errors import Unreadable
from impasse.domain.people import Layer

SHIPPED = Path(__file__).parents[3] / "config" / "demonstration" / "disputes.yaml"

SMALL = """\
cases:
- id: brug
  title_nl: De brug
  parties:
  - {name: Provincie Zeeland, layer: provincie, role: eigenaar}
  - {name: Gemeente Vlissingen, layer: gemeente, role: buur}
  events:
  - id: brug-e1
    date: 2021-03-12
    date_precision: day
    actor: gemeente Vlissingen
    text: Brandbrief over de brug
"""


def read(tmp_path: Path, content: str):
    file = tmp_path / "geschillen.yaml"
    file.write_text(content, encoding="utf-8")
    return load_disputes(file)


def refused(tmp_path: Path, content: str) -> list[str]:
    with pytest.raises(Unreadable) as caught:
        read(tmp_path, content)
    return caught.value.text.nl.splitlines()


def with_event(**changes: str) -> str:
    lines = []
    for line in SMALL.splitlines():
        key = line.strip().split(":")[0]
        if line.startswith("    ") and key in changes:
            line = f"    {key}: {changes.pop(key)}"  # noqa: PLW2901 the changed line goes along
        lines.append(line)
    lines += [f"    {key}: {value}" for key, value in changes.items()]
    return "\n".join(lines) + "\n"


def test_the_five_shipped_disputes_are_read_with_all_their_events():
    found = load_disputes(SHIPPED)

    assert [d.id for d in found.disputes] == [
        "jeugdzorg-tekorten", "opschalingskorting-ravijnjaar-2026", "marinierskazerne-vlissingen",
        "herverdeling-gemeentefonds-2023", "omgevingswet-invoering",
    ]  # fmt: skip
    assert sum(len(d.events) for d in found.disputes) == 133
    assert (found.ignored, found.notes) == ((), ())


def test_what_was_known_afterwards_stays_apart_from_the_dispute():
    found = load_disputes(SHIPPED)

    assert found.hindsight["jeugdzorg-tekorten"].recognised == date(2019, 5, 8)
    told = repr(found.disputes)
    assert "Commissie van Wijzen gaf gemeenten" not in told
    assert "lead_time" not in told
    assert "escalation" not in told


@pytest.mark.parametrize(
    ("changes", "known_on"),
    [
        ({}, date(2021, 3, 12)),
        ({"date_precision": "month"}, date(2021, 3, 31)),
        ({"date_precision": "year"}, date(2021, 12, 31)),
        ({"public_from": "2021-05-27"}, date(2021, 5, 27)),
        ({"public_from": "2021-01-01"}, date(2021, 3, 12)),
        ({"public_from": "2021-05-01", "public_from_precision": "month"}, date(2021, 5, 31)),
        ({"date_uncertainty_days": "10"}, date(2021, 3, 22)),
        ({"date": "2021-02", "date_precision": "month"}, date(2021, 2, 28)),
        ({"date": "2021", "date_precision": "year"}, date(2021, 12, 31)),
    ],
)
def test_an_event_is_known_when_it_has_surely_happened_and_was_public(tmp_path, changes, known_on):
    [dispute] = read(tmp_path, with_event(**changes)).disputes

    assert dispute.events[0].known_on == known_on


def test_events_come_in_the_order_in_which_they_became_known(tmp_path):
    later = SMALL + (
        "  - {id: e2, date: 2020-01-01, date_precision: day, actor: x, text: eerder}\n"
        "  - {id: e3, date: 2020-01-01, date_precision: day, public_from: 2022-01-01, actor: x,"
        " text: geheim}\n"
    )
    [dispute] = read(tmp_path, later).disputes

    assert [event.id for event in dispute.events] == ["e2", "brug-e1", "e3"]


@pytest.mark.parametrize(
    ("changes", "line", "remedy"),
    [
        ({"date": "2021-02-30"}, 9, "geen bestaande dag"),
        ({"date": "gisteren"}, 9, "schrijf een dag als 2021-03-12"),
        ({"date": ""}, 9, "de datum ontbreekt"),
        ({"date": "2021-03"}, 9, "geen bestaande dag"),
        ({"date": "1989-12-31"}, 9, "valt buiten de kalender"),
        ({"date": "9999-01-01"}, 9, "valt buiten de kalender"),
        ({"date_precision": "week"}, 10, "kies day, month of year"),
        ({"public_from": "2021-13-01"}, 13, "geen bestaande dag"),
        ({"public_form": "2021-05-27"}, 13, 'bedoelt u "public_from"?'),
        ({"date_uncertainty_days": "-3"}, 13, "onzekerheid kan niet"),
        ({"text": '""'}, 12, '"text" is leeg'),
        ({"text": "[1, 2]"}, 12, '"text" moet tekst zijn'),
    ],
)
def test_a_wrong_value_is_named_with_its_line_and_remedy(tmp_path, changes, line, remedy):
    [told] = refused(tmp_path, with_event(**changes))

    assert told.startswith(f"geschillen.yaml, regel {line}: ")
    assert remedy in told


def test_all_problems_are_told_at_once_in_order_of_line(tmp_path):
    damaged = (
        with_event(date="2021-02-30").replace("  title_nl: De brug\n", "")
        + "  - {id: brug-e1, date: 2021-01-01, date_precision: dag, actor: x, text: y}\n"
        + "- id: brug\n  title_nl: Nog een\n  parties: []\n  events: niets\n"
    )
    told = refused(tmp_path, damaged)

    for words in (
        '"title_nl" ontbreekt', "geen bestaande dag", '"dag" is onbekend', "ten minste twee",
        '"events" moet een lijst zijn', 'het id "brug" staat al', 'het id "brug-e1" staat al',
    ):  # fmt: skip
        assert any(words in line for line in told), words
    lines = [int(line.split("regel ")[1].split(":")[0]) for line in told]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    "content", ["- een\n- twee\n", "naam: iets\n", "cases: nee\n", "zomaar tekst\n"]
)
def test_a_file_of_another_kind_gets_one_clear_sentence(tmp_path, content):
    [told] = refused(tmp_path, content)

    assert "dit is geen bestand met geschillen" in told


def test_a_key_that_nobody_knows_is_left_alone_and_named(tmp_path):
    found = read(tmp_path, with_event(weather="sunny", another_note="x"))

    assert found.ignored == ("weather",)


def test_layers_are_those_of_the_register(tmp_path):
    [dispute] = read(tmp_path, SMALL).disputes

    assert [party.layer for party in dispute.parties] == [Layer.PROVINCE, Layer.MUNICIPALITY]


@pytest.mark.parametrize(
    ("written", "layer"),
    [
        ("Rijk", Layer.NATIONAL),
        ("national", Layer.NATIONAL),
        ("joint_body", Layer.JOINT_BODY),
        ("joint body", Layer.JOINT_BODY),
        ("Samenwerkingsverband", Layer.JOINT_BODY),
        ("caribbean", Layer.CARIBBEAN),
        ("Caribisch openbaar lichaam", Layer.CARIBBEAN),
        ("water-authority", Layer.WATER_AUTHORITY),
        ("umbrella body", Layer.UMBRELLA),
        ("anders", Layer.OTHER),
    ],
)
def test_a_layer_is_known_by_every_name_of_the_register(tmp_path, written, layer):
    found = read(tmp_path, SMALL.replace("layer: provincie", f"layer: {written}"))

    assert found.disputes[0].parties[0].layer is layer
    assert found.notes == ()


def test_an_unknown_layer_is_other_and_is_told(tmp_path):
    found = read(tmp_path, SMALL.replace("layer: provincie", "layer: planeet"))

    assert found.disputes[0].parties[0].layer is Layer.OTHER
    [note] = found.notes
    assert note.nl.startswith('geschillen.yaml, regel 5: bestuurslaag "planeet" is onbekend')


def test_another_version_of_the_format_is_told(tmp_path):
    [note] = read(tmp_path, f"schema_version: 2\n{SMALL}").notes

    assert note.en == 'geschillen.yaml, line 1: "schema_version" is "2"; the file was read as 1.'


def test_a_text_that_is_too_long_is_shortened_with_a_mark_and_told(tmp_path):
    found = read(tmp_path, with_event(text="x" * 5_001))

    assert found.disputes[0].events[0].text == "x" * 4_999 + "…"
    [note] = found.notes
    assert note.nl.startswith('geschillen.yaml, regel 12: "text" is te lang (5001 tekens)')


def test_texts_are_one_line_of_visible_signs(tmp_path):
    found = read(tmp_path, with_event(text=r'" a\n== fake (x)\a\0\u2028b\u202e "', actor=r'"é\tx"'))
    [event] = found.disputes[0].events

    assert (event.text, event.actor) == ("a == fake (x) b", "é x")


def test_when_one_dispute_is_asked_for_the_faults_of_others_are_notes(tmp_path):
    file = tmp_path / "geschillen.yaml"
    other = SMALL.removeprefix("cases:\n").replace("brug", "tunnel").replace("2021-03", "2021-13")
    file.write_text(SMALL + other, encoding="utf-8")

    assert [d.id for d in load_disputes(file, "brug").disputes] == ["brug"]
    assert "geen bestaande dag" in load_disputes(file, "brug").notes[0].nl
    for only in ("tunnel", None):
        with pytest.raises(Unreadable):
            load_disputes(file, only)


def test_a_dispute_may_have_no_events_but_a_file_has_disputes(tmp_path):
    head, _, _ = SMALL.partition("  events:")

    assert read(tmp_path, head + "  events: []\n").disputes[0].events == ()
    [told] = refused(tmp_path, "cases: []\n")
    assert "er staat geen geschil in dit bestand" in told


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("2021-03-12"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "date", "events", "parties", "title_nl", "x"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_stands_in_the_file_is_read_or_refused(tmp_path_factory, value):
    file = tmp_path_factory.mktemp("f") / "f.yaml"
    file.write_text(yaml.safe_dump({"cases": [value]}), encoding="utf-8")
    with suppress(Unreadable):
        load_disputes(file)
