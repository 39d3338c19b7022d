"""The drawing of a procedure: where its boxes, lines and words go."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from impasse.domain.text import Text
from impasse.domain.workflow import BACK, StageKind, entrances

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from impasse.domain.text import Language
    from impasse.domain.workflow import Stage, Transition, Workflow

_BOX, _GAP, _MARGIN, _HEIGHT = 204, 40, 28, 118
_LANE, _LEVEL, _PILL, _PILL_HEIGHT = 44, 30, 236, 32
_INK, _SOFT, _LINE, _ACCENT, _PAPER = "#17212B", "#424D59", "#7C7568", "#0B5C6B", "#FFFFFF"
_HALO = {
    "stroke": _PAPER,
    "stroke-width": "4",
    "stroke-linejoin": "round",
    "paint-order": "stroke",
}
"""Keeps words readable where a line runs behind them."""
_PER_LINE = 20
"""So many letters of a heading fit into the width of a box."""


class _Bus(NamedTuple):
    """One line that several stages share on their way to the same target."""

    label: Text
    sources: tuple[str, ...]
    targets: tuple[str, ...]


class Drawing:
    """One procedure laid out in a row of boxes, with lines above and lanes below.

    A move from one ending to another has no line: the description tells it.
    """

    def __init__(
        self, workflow: Workflow, language: Language, counts: Mapping[str, int] | None
    ) -> None:
        self._workflow = workflow
        self._language = language
        self._counts = counts
        self._row = _row(workflow)
        self._place = {stage.name: index for index, stage in enumerate(self._row)}
        self._exits = _exits(workflow)
        self._above, self._below = self._buses()
        self._above.sort(key=self._span)
        self._top = 64 + _LEVEL * len(self._above) + (14 if self._above else 0)
        self._floor = self._top + _HEIGHT
        self._right = _MARGIN + len(self._row) * (_BOX + _GAP)
        self._root = ET.Element("svg")

    def svg(self) -> str:
        """Return the drawing as text."""
        height = self._floor + _LANE * (len(self._exits) + len(self._below)) + 36
        width = self._right + _PILL + 2 * _MARGIN
        self._frame(width, height)
        self._steps()
        for level, bus in enumerate(self._above):
            self._draw_above(bus, level)
        self._draw_trunks()
        for lane, stage in enumerate(self._exits, start=1):
            self._draw_exit(stage, self._floor + _LANE * lane)
        for lane, bus in enumerate(self._below, start=len(self._exits) + 1):
            self._draw_below(bus, lane, self._floor + _LANE * lane)
        for stage in self._row:
            self._draw_box(stage)
        return ET.tostring(self._root, encoding="unicode") + "\n"

    def _say(self, text: Text) -> str:
        return text.in_(self._language)

    def _frame(self, width: int, height: int) -> None:
        name = f"procedure-{self._workflow.name}"
        self._root.attrib.update(
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {width} {height}",
                "width": str(width),
                "height": str(height),
                "role": "img",
                "lang": self._language,
                "aria-labelledby": f"{name}-title {name}-desc",
                "class": "procedure",
                "font-family": "system-ui, 'Segoe UI', 'Helvetica Neue', sans-serif",
                "font-size": "14",
                "fill": _INK,
            }
        )
        ET.SubElement(self._root, "title", id=f"{name}-title").text = self._say(
            self._workflow.label
        )
        ET.SubElement(self._root, "desc", id=f"{name}-desc").text = self._description()
        definitions = ET.SubElement(self._root, "defs")
        marker = {"viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerUnits": "userSpaceOnUse"}
        head = ET.SubElement(
            definitions,
            "marker",
            marker,
            id=f"{name}-arrow",
            markerWidth="11",
            markerHeight="11",
            orient="auto",
        )
        ET.SubElement(head, "path", {"d": "M0 0 8 4 0 8z", "fill": _INK, "class": "arrow"})
        ET.SubElement(
            self._root,
            "rect",
            {"width": "100%", "height": "100%", "fill": _PAPER, "class": "paper"},
        )
        self._text(_MARGIN, 32, self._say(self._workflow.label), size=19, weight="700")

    def _description(self) -> str:
        moves = []
        for transition in self._workflow.transitions:
            sources = ", ".join(self._called(name) for name in transition.sources)
            moves.append(f"{self._say(transition.label)}: {sources} → {self._goal(transition)}.")
        return f"{self._say(self._workflow.description)} {' '.join(moves)}"

    def _goal(self, transition: Transition) -> str:
        if transition.target == BACK:
            return self._say(Text("terug waar de zaak was", "back where the case was"))
        return self._called(transition.target)

    def _called(self, name: str) -> str:
        return self._say(self._workflow.stages[name].label)

    def _term(self, stage: Stage) -> str:
        if stage.term is None:
            return ""
        length = self._say(stage.term.rule.length.text)
        if stage.term.agreed:
            return self._say(Text(f"ten hoogste {length}", f"at most {length}"))
        return self._say(Text(f"termijn {length}", f"term {length}"))

    def _count(self, stage: Stage) -> str:
        if self._counts is None:
            return ""
        number = self._counts.get(stage.name, 0)
        one = Text("1 zaak", "1 case")
        return self._say(one if number == 1 else Text(f"{number} zaken", f"{number} cases"))

    def _buses(self) -> tuple[list[_Bus], list[_Bus]]:
        """Sort the arrows that are no step to the next box nor an exit: above or below the row."""
        above, below = [], []
        for transition in self._workflow.transitions:
            inside = tuple(name for name in transition.sources if name in self._place)
            outside = tuple(name for name in transition.sources if name not in self._place)
            if transition.target == BACK:
                for source in transition.sources:
                    origins = dict.fromkeys(o for o, _ in entrances(self._workflow, source))
                    drawn = tuple(origin for origin in origins if origin in self._place)
                    if drawn:
                        below.append(_Bus(transition.label, (source,), drawn))
            elif transition.target in self._place:
                goal = self._workflow.stages[transition.target]
                far = tuple(n for n in inside if not self._is_step(n, transition.target))
                if far and goal.kind is not StageKind.PAUSE:
                    above.append(_Bus(transition.label, far, (transition.target,)))
                if outside:
                    below.append(_Bus(transition.label, outside, (transition.target,)))
        return above, below

    def _is_step(self, source: str, target: str) -> bool:
        pause = self._workflow.stages[target].kind is StageKind.PAUSE
        return not pause and self._place[target] == self._place[source] + 1

    def _span(self, bus: _Bus) -> int:
        places = [self._place[name] for name in (*bus.sources, *bus.targets)]
        return max(places) - min(places)

    def _leads_to(self, target: str) -> list[Transition]:
        return [t for t in self._workflow.transitions if t.target == target]

    def _x(self, name: str) -> int:
        return _MARGIN + self._place[name] * (_BOX + _GAP)

    def _slot(self, name: str, bus: _Bus) -> float:
        """Return where on the upper edge of a box *bus* arrives or leaves."""
        here = [b for b in self._above if name in b.sources or name in b.targets]
        return self._x(name) + _BOX * (here.index(bus) + 1) / (len(here) + 1)

    def _landing(self, name: str, bus: _Bus) -> float:
        """Return where on the lower edge of a box *bus* arrives or leaves, right of the trunk."""
        here = [b for b in self._below if name in b.sources or name in b.targets]
        return self._x(name) + _BOX * 0.5 + _BOX * 0.5 * (here.index(bus) + 1) / (len(here) + 1)

    def _trunk(self, name: str) -> float:
        return self._x(name) + _BOX * 0.25

    def _landing_of_pause(self, name: str) -> float:
        """Return where the lane to a pause arrives, left of the trunk that leaves it."""
        return self._x(name) + _BOX * 0.12 if name in self._place else 0

    def _steps(self) -> None:
        for transition in self._workflow.transitions:
            for source in transition.sources:
                if source not in self._place or transition.target not in self._place:
                    continue
                if self._is_step(source, transition.target):
                    y = self._top + _HEIGHT / 2
                    start = self._x(source) + _BOX
                    self._line(f"M{start} {y}H{start + _GAP - 2}", transition.label, width=2.5)

    def _draw_above(self, bus: _Bus, level: int) -> None:
        y = self._top - 14 - _LEVEL * level
        (target,) = bus.targets
        back = all(self._place[target] <= self._place[source] for source in bus.sources)
        goal = self._slot(target, bus)
        starts = [self._slot(source, bus) for source in bus.sources if source != target]
        if target in bus.sources:
            starts.append(goal - 12)
        taps = "".join(f"M{start:g} {self._top}V{y}" for start in starts)
        ends = [max(starts), min(starts)] if back else [min(starts), max(starts)]
        path = f"{taps}M{ends[0]:g} {y}H{ends[1]:g}H{goal:g}V{self._top - 1}"
        self._line(path, bus.label, dashed=back)
        self._text(min(goal, *starts) + 8, y - 5, self._say(bus.label), size=12, fill=_SOFT)

    def _draw_trunks(self) -> None:
        """Draw the line down from each box, to the lowest lane that it joins."""
        for stage in self._row:
            lanes = [
                lane
                for lane, goal in enumerate(self._exits, start=1)
                if stage.name in self._comers(goal.name)
            ]
            if lanes:
                depth = self._floor + _LANE * max(lanes)
                self._line(
                    f"M{self._trunk(stage.name):g} {self._floor}V{depth}", stage.label, arrow=False
                )

    def _comers(self, target: str) -> tuple[str, ...]:
        """Return the boxes from which a lane leads to *target*."""
        sources = [name for move in self._leads_to(target) for name in move.sources]
        return tuple(dict.fromkeys(n for n in sources if n in self._place and n != target))

    def _draw_exit(self, stage: Stage, y: int) -> None:
        moves = self._leads_to(stage.name)
        labels = Text(", ".join(m.label.nl for m in moves), ", ".join(m.label.en for m in moves))
        comers = self._comers(stage.name)
        paused = stage.name in self._place
        if comers:
            joints = [self._trunk(name) for name in comers]
            goal = f"{self._landing_of_pause(stage.name):g}V{self._floor + 1}"
            end = goal if paused else f"{self._right - 2}"
            self._line(f"M{min(joints):g} {y}H{max(joints):g}H{end}", labels)
            self._dots(joints, y)
            if paused:
                self._text(min(joints) + 8, y - 6, self._say(labels), size=12, fill=_SOFT)
        if not paused:
            self._draw_pill(stage, y)

    def _dots(self, joints: Iterable[float], y: int) -> None:
        for x in joints:
            dot = {"cx": f"{x:g}", "cy": str(y), "r": "4.5", "class": "dot"}
            ET.SubElement(self._root, "circle", dot, fill=_ACCENT)

    def _draw_pill(self, stage: Stage, y: int) -> None:
        group = ET.SubElement(self._root, "g", {"class": "ending"})
        ET.SubElement(group, "title").text = self._say(stage.purpose)
        self._rect(
            group,
            x=self._right,
            y=y - _PILL_HEIGHT / 2,
            width=_PILL,
            height=_PILL_HEIGHT,
            rx=_PILL_HEIGHT / 2,
        )
        words = self._say(stage.label)
        if self._counts is not None:
            words = f"{words} ({self._counts.get(stage.name, 0)})"
        size = 14 if len(words) <= _PER_LINE + 10 else 12
        middle = self._right + _PILL / 2
        self._text(middle, y + 5, words, parent=group, size=size, anchor="middle")

    def _draw_below(self, bus: _Bus, lane: int, y: int) -> None:
        """Draw what leads back into the row: from a pause, or from endings by the right edge."""
        ends = [self._landing(target, bus) for target in bus.targets]
        if bus.sources[0] in self._place:
            start = self._landing(bus.sources[0], bus)
            begin = f"M{start:g} {self._floor}V{y}"
        else:
            edge = self._right + _PILL
            start = edge + 14 + 6 * (lane % 3)
            lanes = [
                self._floor + _LANE * exit_lane
                for exit_lane, stage in enumerate(self._exits, start=1)
                if stage.name in bus.sources
            ]
            stubs = "".join(f"M{edge} {at}H{start}" for at in lanes)
            begin = f"{stubs}M{start} {min(lanes)}V{y}"
        first, *others = sorted(ends)
        for end in others:
            self._line(f"M{end:g} {y}V{self._floor + 1}", bus.label, dashed=True)
        self._line(f"{begin}H{first:g}V{self._floor + 1}", bus.label, dashed=True)
        self._text(first + 8, y - 6, self._say(bus.label), size=12, fill=_SOFT)

    def _draw_box(self, stage: Stage) -> None:
        x, kind = self._x(stage.name), stage.kind.value
        group = ET.SubElement(self._root, "g", {"class": f"stage {kind}"})
        ET.SubElement(group, "title").text = self._say(stage.purpose)
        box = self._rect(group, x=x, y=self._top, width=_BOX, height=_HEIGHT, rx=8)
        if stage.kind is StageKind.PAUSE:
            box.set("stroke-dasharray", "6 4")
        y = self._top + 26
        number = "" if stage.number is None else f"{stage.number} "
        for line in wrap(number + self._say(stage.label), _PER_LINE)[:2]:
            self._text(x + 14, y, line, parent=group, size=15, weight="700")
            y += 19
        y = self._top + 70
        if count := self._count(stage):
            self._text(x + 14, y, count, parent=group, weight="700", fill=_ACCENT)
        y += 18
        self._text(x + 14, y, self._term(stage), parent=group, size=13, fill=_SOFT)
        if stage.owner is not None:
            owner = Text(f"aan zet: {stage.owner.label.nl}", f"at turn: {stage.owner.label.en}")
            self._text(x + 14, y + 18, self._say(owner), parent=group, size=13, fill=_SOFT)

    def _line(
        self,
        path: str,
        label: Text,
        *,
        dashed: bool = False,
        arrow: bool = True,
        width: float = 1.5,
    ) -> None:
        kind = "back" if dashed else "move"
        line = ET.SubElement(
            self._root, "path", {"d": path, "fill": "none", "class": f"line {kind}"}
        )
        line.set("stroke", _LINE if width < 2 else _INK)  # noqa: PLR2004 - the thick line
        line.set("stroke-width", f"{width:g}")
        line.set("stroke-linejoin", "round")
        if dashed:
            line.set("stroke-dasharray", "5 4")
        if arrow:
            line.set("marker-end", f"url(#procedure-{self._workflow.name}-arrow)")
        ET.SubElement(line, "title").text = self._say(label)

    def _rect(self, parent: ET.Element, **sizes: float) -> ET.Element:
        shown = {key: f"{value:g}" for key, value in sizes.items()} | {"class": "box"}
        return ET.SubElement(
            parent, "rect", shown, fill=_PAPER, stroke=_LINE, **{"stroke-width": "1.5"}
        )

    def _text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        parent: ET.Element | None = None,
        size: int = 14,
        weight: str = "400",
        fill: str = _INK,
        anchor: str = "start",
    ) -> None:
        text = ET.SubElement(self._root if parent is None else parent, "text")
        text.attrib.update(
            {
                "x": f"{x:g}",
                "y": f"{y:g}",
                "font-size": str(size),
                "font-weight": weight,
                "fill": fill,
                "text-anchor": anchor,
            }
        )
        if parent is None:
            text.attrib.update(_HALO)
        text.text = words


def _row(workflow: Workflow) -> tuple[Stage, ...]:
    """Return the stages that stand in the row: numbered, then other active ones, then pauses."""
    others = [s for s in workflow.stages.values() if s.number is None]
    active = [s for s in others if s.kind is StageKind.ACTIVE]
    pauses = [s for s in others if s.kind is StageKind.PAUSE]
    numbered = [s for s in workflow.numbered if s.kind is not StageKind.ENDING]
    return (*numbered, *active, *pauses)


def _exits(workflow: Workflow) -> tuple[Stage, ...]:
    """Return the stages that are reached along a lane below the row."""
    return tuple(_of_kind(workflow.stages.values(), StageKind.PAUSE)) + tuple(
        _of_kind(workflow.stages.values(), StageKind.ENDING)
    )


def _of_kind(stages: Iterable[Stage], kind: StageKind) -> Iterable[Stage]:
    return (stage for stage in stages if stage.kind is kind)
