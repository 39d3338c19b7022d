"""The file of indicators is read whole, or refused with every problem at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from impasse.adapters.files.early_warning import load_indicators
from impasse.domain.early_warning import Level
from impasse.domain.errors import Unreadable
from impasse.domain.people import Role
from impasse.domain.signals import Reliability

SHIPPED = Path(__file__).parents[3] / "config" / "early-warning.yaml"


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """Return the shipped file with each first text replaced by the second."""
    content = SHIPPED.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in content
        content = content.replace(old, new, 1)
    path = tmp_path / "early-warning.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def line_of(words: str) -> int:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if words in line)


def refusal(path: Path) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        load_indicators(path)
    return caught.value


def test_the_shipped_file_holds_fourteen_indicators_in_five_dimensions() -> None:
    indicators, recognition = load_indicators(SHIPPED)
    assert len(indicators.indicators) == 14
    assert [(d.code, d.cap) for d in indicators.dimensions] == [
        ("A", 6), ("U", 4), ("R", 4), ("G", 4), ("E", 6),
    ]  # fmt: skip
    assert [rule.threshold for rule in indicators.levels] == [0, 4, 8, 12]
    assert indicators.rule(Level.ORANGE).notify == (Role.LIAISON_OFFICER, Role.SECRETARIAT)
    assert indicators.reliability[Reliability.FIRST_HAND] == 0.7
    assert [i.code for i in indicators.indicators if i.tripwire] == ["E3"]
    assert {code for code, _ in recognition.indicators} == {i.code for i in indicators.indicators}


def test_the_shipped_file_speaks_both_languages_everywhere() -> None:
    indicators, _ = load_indicators(SHIPPED)
    for indicator in indicators.indicators:
        for text in (indicator.label, indicator.advice, indicator.question):
            assert text.nl != text.en


def test_the_version_changes_with_a_number_but_not_with_a_remark(tmp_path: Path) -> None:
    version = load_indicators(SHIPPED)[0].version
    assert re.fullmatch(r"2026-1\+[0-9a-f]{8}", version)
    remark = changed(tmp_path, ("standstill:\n", "# silence\nstandstill:\n"))
    assert load_indicators(remark)[0].version == version
    number = changed(tmp_path, ("working_days: 20", "working_days: 25"))
    assert load_indicators(number)[0].version != version


def test_every_problem_of_shape_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ("half_life_days: 30", "half_live_days: 30"),
        ("points: 3\n", "points: many\n"),
        ("label: {nl: Geld, en: Money}", "label: {nl: Geld}"),
        ("tripwire: true", "tripwire: perhaps"),
        ("notify: [liaison_officer]", "notify: [pope]"),
        ("within: 20 working days", "within: soon"),
        ("- niet nagekomen", "- niet na*gekomen"),
        ("- niet nakom*", "- 12"),
    )
    said = refusal(path).text
    lines = [int(found) for found in re.findall(r"early-warning\.yaml, regel (\d+)", said.nl)]
    assert lines == sorted(
        [
            line_of("half_life_days: 30"),
            line_of("points: 3"),
            line_of("label: {nl: Geld, en: Money}"),
            line_of("tripwire: true"),
            line_of("notify: [liaison_officer]"),
            line_of("within: 20 working days"),
            line_of("- niet nagekomen"),
            line_of("- niet nakom*"),
        ]
    )
    assert 'bedoelt u "half_life_days"?' in said.nl
    assert '"en" is missing' in said.en


def test_every_remedy_is_told_in_both_languages(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ("half_life_days: 30", "half_life_days: soon"),
        ("threshold: 4", "threshold: high"),
        ("agenda: false", "agenda: perhaps"),
        ("kind: event", "kind: rumour"),
        ("document: 1.0", "document: 1.2"),
        ("name: commitment_overdue", "name: Overdue!"),
        ("repeats: [1, 0.5, 0.25]", "repeats: []"),
        ("trend: {days: 28, points: 3}", "trend: 28"),
        ("gone_when: [kept]", "gone_when: kept"),
        ("en: Stay in touch.", 'en: ""'),
        ("points: 2", "points: 0"),
    )
    said = refusal(path).text
    for nl, en in (
        ("schrijf een heel getal", "write a whole number"),
        ("schrijf een getal", "write a number"),
        ("schrijf true of false", "write true or false"),
        ("kies uit 'state' of 'event'", "choose from 'state' or 'event'"),
        ("schrijf hoogstens 1.0", "write at most 1.0"),
        ("deze schrijfwijze kan niet", "this spelling cannot be used"),
        ("schrijf er minstens één", "write at least one"),
        ("sleutels met waarden", "keys with values"),
        ("schrijf een lijst", "write a list"),
        ("vul hier tekst in", "write some text"),
        ("schrijf een getal boven 0", "write a number above 0"),
    ):
        assert nl in said.nl
        assert en in said.en


def test_what_contradicts_itself_is_told_at_once_too(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ("dimension: A", "dimension: X"),
        ("name: public_reproach", "name: talks_lowered"),
        ("threshold: 12", "threshold: 6"),
        ("threshold: 0", "threshold: 1"),
        ("repeats: [1, 0.5, 0.25]", "repeats: [0.5, 1]"),
        ("recognition:\n  indicators:\n    A1:", "recognition:\n  indicators:\n    Z1:"),
    )
    said = refusal(path).text.nl
    assert said.count("early-warning.yaml, regel") == 6
    for words in (
        'dimensie "X" bestaat niet; kies uit A, U, R, G, E.',
        'de naam "talks_lowered" hoort al bij R2',
        "drempel van rood moet hoger zijn dan 8",
        "groen begint bij 0",
        "van hoog naar laag",
        'indicator "Z1"',
    ):
        assert words in said


def test_a_key_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    said = refusal(changed(tmp_path, ("trend:", "weather: bad\ntrend:"))).text
    assert '"weather" is onbekend; haal het weg.' in said.nl


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("- a\n- b\n", encoding="utf-8")
    assert "list.yaml, regel 1: " in refusal(path).text.nl
