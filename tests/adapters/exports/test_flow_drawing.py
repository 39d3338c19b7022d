"""The diagram of a flow is laid out from the procedure, whatever procedure it is."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest

from impasse.adapters.exports.ageing_drawing import Column, Dot, ageing_drawing
from impasse.adapters.exports.flow_drawing import flow_drawing
from impasse.adapters.exports.pen import shortened, width_of, wrapped
from impasse.domain.flow import Course, Spread, Stay, flow
from impasse.domain.people import Role
from impasse.domain.text import same
from impasse.domain.tier import Tier
from impasse.domain.workflow import BACK, Stage, StageKind, Transition, Workflow

LONG = 'Feitenvaststellingscommissie <&> "met" alle deelnemende partijen en toehoorders'


def a_procedure(count: int, *, label: str = "", endings: int = 3) -> Workflow:
    """Return *count* stages in a row, each with a way on, a way back, a pause and every ending."""
    names = [f"s{number}" for number in range(count)]
    stages = {
        name: Stage(name, same(label or f"Fase {name}"), same(label), number=place)
        for place, name in enumerate(names, start=1)
    }
    pause = Stage("rest", same(label or "Pauze"), same(""), kind=StageKind.PAUSE)
    ends = ["resolved", "referred", "withdrawn", "handed_over", "void", "lapsed"][:endings]
    stages["rest"] = pause
    stages |= {e: Stage(e, same(label or e), same(""), kind=StageKind.ENDING) for e in ends}
    moves = [((a,), b) for a, b in pairwise(names)]
    moves += [(tuple(names[place:]), names[0]) for place in (1,) if names[place:]]
    moves += [((b,), a) for a, b in pairwise(names[1:])]
    moves += [(tuple(names[:-2]), names[-1])] if count > 2 else []
    moves += [(tuple(names), end) for end in (*ends, "rest")]
    moves.append((("rest",), BACK))
    roles = frozenset({Role.SECRETARIAT})
    arrows = [Transition(f"t{n}", same("x"), *move, roles) for n, move in enumerate(moves)]
    return Workflow("proef", "1", same("Proef"), same(""), names[0], stages, tuple(arrows))


def parsed(drawing: str) -> ET.Element:
    return ET.fromstring(drawing)  # noqa: S314 our own drawing


def some_flow(workflow: Workflow, *paths: str):
    """Count courses, each written as the stages that it passed."""
    day = date(2026, 3, 2)
    courses = []
    for number, path in enumerate(paths):
        names = path.split()
        stays = tuple(
            Stay(name, day + timedelta(place), None if name is names[-1] else day, place)
            for place, name in enumerate(names)
        )
        closed = workflow.stages[names[-1]].kind is StageKind.ENDING
        courses.append(Course(f"IMP-{number}", "x", Tier.OFFICIALS, stays, closed, 9))
    return flow(workflow, courses, date(2026, 1, 1), date(2026, 12, 31))


def boxes(root: ET.Element) -> list[tuple[float, float, float, float]]:
    return [
        tuple(float(rect.get(side)) for side in ("x", "y", "width", "height"))
        for rect in root.iter("rect")
        if "node" in rect.get("class")
    ]


@pytest.mark.parametrize("label", ["", LONG])
@pytest.mark.parametrize("count", range(1, 13))
def test_no_box_lies_on_another_nor_off_the_paper(count, label):
    counted = some_flow(a_procedure(count, label=label, endings=6), "s0 resolved")
    root = parsed(flow_drawing(counted, "nl", lambda _: "/x"))

    width, height = (float(root.get(side)) for side in ("width", "height"))
    found = boxes(root)
    assert len(found) == count + 7
    for x, y, w, h in found:
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
    for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(found, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


def test_of_thirty_stages_nothing_is_drawn():
    assert flow_drawing(some_flow(a_procedure(30)), "nl", lambda _: "") == ""


def test_arrows_and_lanes_carry_what_passed_along_them():
    counted = some_flow(
        a_procedure(4), "s0 s1 s2 resolved", "s0 s1", "s0 s3", "s0 s1 s0", "s0 referred"
    )
    root = parsed(flow_drawing(counted, "nl", lambda _: ""))

    said = ["".join(text.itertext()) for text in root.iter("text")]
    assert "1 keer terug" in said
    assert "rechtstreeks naar fase s3" in said
    bubbles = [r for r in root.iter("rect") if r.get("class") == "bubble"]
    assert len(bubbles) == 3, "to stage 4, to resolved and to referred"


def test_who_hears_the_diagram_hears_each_stage_and_its_numbers():
    root = parsed(flow_drawing(some_flow(a_procedure(2), "s0"), "en", lambda _: "/x"))

    assert root.get("role") == "group"
    [one, other] = [link.get("aria-label") for link in root.iter("a")]
    assert one.startswith("1 Fase s0, 1 case, duration not known yet")
    assert other.startswith("2 Fase s1, 0 cases")


def test_ids_stay_apart_when_two_diagrams_share_a_page():
    counted = some_flow(a_procedure(2))
    ids = [re.findall(r' id="([^"]+)"', flow_drawing(counted, "nl", str, n)) for n in ("a", "b")]

    assert not set(ids[0]) & set(ids[1])


def test_words_are_cut_where_their_room_ends_and_a_cut_is_seen():
    assert shortened("Signaal", 200, 13) == "Signaal"
    cut = shortened(LONG, 120, 13)
    assert cut.endswith("…")
    assert width_of(cut, 13) <= 120
    lines = wrapped(LONG, 120, 13, lines=2)
    assert len(lines) == 2
    assert all(width_of(line, 13) <= 120 for line in lines)
    assert wrapped("", 120, 13, lines=2) == []


def test_each_dot_is_as_high_as_its_case_is_old_and_only_the_oldest_are_links():
    dots = tuple(Dot(days, f"Zaak {days}", f"/impasses/{days}", "") for days in range(40))
    column = Column("1 Signaal", Spread(9, 10, 30), 20, dots)
    root = parsed(ageing_drawing([column], "nl"))

    heights = [float(c.get("cy")) for c in root.iter("circle") if c.get("class") == "pt"]
    assert heights == sorted(heights, reverse=True)
    assert len(heights) == 40
    links = list(root.iter("a"))
    assert (len(links), links[-1].get("href")) == (25, "/impasses/39")
    lines = {line.get("class"): float(line.get("y1")) for line in root.iter("line")}
    assert lines["p50"] > lines["termln"] > lines["p85"]


def test_a_chart_of_nobody_has_an_axis():
    root = parsed(ageing_drawing([Column("1 Signaal", Spread(), None, ())], "nl"))

    assert [text.text for text in root.iter("text")] == ["0", "1", "1 Signaal"]
