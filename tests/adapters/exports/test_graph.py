"""A procedure as a picture: every arrow in it, readable by people, machines and screen readers."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from impasse.adapters.exports.graph import mermaid, svg
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import load_workflow, parse_workflow
from impasse.domain.text import Text, same
from impasse.domain.workflow import BACK, Workflow

SVG = "{http://www.w3.org/2000/svg}"
IMPASSE = load_workflow(shipped("workflows", "interbestuurlijke-impasse.yaml"))
SMALL = """\
format: 1
name: small
version: "1"
label: {nl: Klein, en: Small}
description: {nl: Klein., en: Small.}
initial: talks
stages:
  talks:
    label: {nl: Praten, en: Talks}
    purpose: {nl: Horen., en: Hear.}
    owner: party
    term: {length: 1 week, basis: internal, on_expiry: [{after: 0 working days, notify: [party]}]}
  done:
    kind: ending
    label: {nl: Klaar, en: Done}
    purpose: {nl: Af., en: Over.}
transitions:
  - {trigger: stop, label: {nl: Stop, en: Stop}, from: any, to: done, roles: [party]}
  - {trigger: again, label: {nl: Opnieuw, en: Again}, from: any, to: talks, roles: [party]}
  - {trigger: reopen, label: {nl: Heropen, en: Reopen}, from: [done], to: talks, roles: [party]}
"""


def read(drawing: str) -> ET.Element:
    return ET.fromstring(drawing)  # noqa: S314 - drawn a moment ago, by ourselves


def words(drawing: str) -> list[str]:
    return [text.text or "" for text in read(drawing).iter(f"{SVG}text")]


def test_mermaid_draws_every_stage_and_every_arrow() -> None:
    told = mermaid(IMPASSE, "nl")
    assert told.startswith("stateDiagram-v2\n    direction LR\n")
    assert '    state "1 Signaal" as s_signal\n' in told
    assert "    [*] --> s_signal\n" in told
    assert "    s_standstill --> s_resolution : Hervat\n" in told
    assert told.count(" : ") == sum(
        5 if move.target == BACK else len(move.sources) for move in IMPASSE.transitions
    )
    assert told.count("--> [*]") == 5


def test_mermaid_words_cannot_break_the_diagram() -> None:
    nasty = replace(
        IMPASSE, transitions=(replace(IMPASSE.transitions[0], label=same('a: "b"; #c')),)
    )
    assert " : a#58; #quot;b#quot;#59; #35;c\n" in mermaid(nasty, "nl")


def test_the_drawing_is_valid_xml_with_a_title_and_a_description() -> None:
    root = read(svg(IMPASSE, "en"))
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == "Intergovernmental impasse"
    assert "Resume: Agreed standstill → back where the case was." in (description.text or "")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert root.get("lang") == "en"


def test_the_drawing_shows_every_stage_in_the_language_of_the_reader() -> None:
    for language in ("nl", "en"):
        shown = " ".join(words(svg(IMPASSE, language)))
        for stage in IMPASSE.stages.values():
            assert stage.label.in_(language) in shown
            if stage.term is not None:
                assert stage.term.rule.length.text.in_(language) in shown


def test_the_drawing_counts_cases_when_asked() -> None:
    shown = words(svg(IMPASSE, "nl", {"signal": 3, "resolution": 1, "resolved": 12}))
    assert {"3 zaken", "1 zaak", "0 zaken", "Opgelost (12)"} <= set(shown)
    assert not any("zaken" in word for word in words(svg(IMPASSE, "nl", None)))


def test_the_drawing_obeys_a_strict_content_security_policy() -> None:
    drawing = svg(IMPASSE, "nl")
    assert "style=" not in drawing
    assert "<style" not in drawing
    assert "<script" not in drawing
    assert re.findall(r'(?:href|src)="', drawing) == []


def test_what_leads_back_is_dashed_and_what_leads_on_is_not() -> None:
    root = read(svg(IMPASSE, "nl"))
    dashed = {
        (path.findtext(f"{SVG}title"), path.get("stroke-dasharray") is not None)
        for path in root.iter(f"{SVG}path")
        if path.get("class", "").startswith("line")
    }
    for label in ("Hervat", "Heropen", "Terug naar de feiten", "Beëindig de bemiddeling"):
        assert (label, True) in dashed
    for label in ("Start feiten vaststellen", "Naar oplossing zonder bemiddeling"):
        assert (label, False) in dashed


def test_everything_stands_within_the_frame() -> None:
    root = read(svg(IMPASSE, "nl", {}))
    _, _, width, height = map(float, (root.get("viewBox") or "").split())
    for element in root.iter(f"{SVG}text"):
        assert 0 <= float(element.get("x", "-1")) <= width
        assert 0 <= float(element.get("y", "-1")) <= height
    for path in root.iter(f"{SVG}path"):
        if path.get("class", "").startswith("line"):
            for kind, x, y in re.findall(r"([MHV])([\d.]+)(?: ([\d.]+))?", path.get("d", "")):
                assert float(x) <= (height if kind == "V" else width)
                assert float(y or 0) <= height


def test_words_of_an_author_stay_words() -> None:
    label = Text("<b>&amp; co</b>", "x")
    named: Workflow = replace(IMPASSE, label=label)
    assert label.nl in words(svg(named, "nl"))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_procedure_of_one_stage_can_be_drawn_too(language) -> None:
    small = parse_workflow(SMALL, "small.yaml")
    assert len(words(svg(small, language))) > 5
    assert "s_talks --> s_talks" in mermaid(small, language)
