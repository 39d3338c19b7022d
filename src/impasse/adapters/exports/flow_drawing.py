"""The flow through a procedure as a state diagram, laid out from the procedure itself.

Stages stand in a row, or one below the other when there are more than six. Their arrows forward
carry a number; what leads back is dashed, on one side; what leads out runs on the other side along
a lane per pause, ending or stage further on, with a number wherever cases joined it and a dot where
they could have. Beyond twelve stages nothing is drawn: a list is read more easily.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from impasse.adapters.exports.pen import Pen, shortened, width_of, wrapped
from impasse.domain.flow import is_resolution, of_kind
from impasse.domain.text import Text
from impasse.domain.workflow import BACK, StageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from xml.etree.ElementTree import Element

    from impasse.adapters.exports.pen import Point
    from impasse.domain.flow import Flow, StageFlow
    from impasse.domain.text import Language
    from impasse.domain.workflow import Stage, Workflow

MOST_DRAWN = 12
_MOST_IN_A_ROW = 6
_LANE, _FIRST_LANE, _LEVEL = 34.0, 34.0, 26.0
_PILL, _PILL_HEIGHT, _BEFORE_PILL, _MARGIN = 226.0, 28.0, 36.0, 4.0
_TEXT = 13.0
_HEADING = 14.0
_WEIGHTS = 4


@dataclass(frozen=True, slots=True)
class _Shape:
    """The sizes of one way to lay out: along the order of the stages, and across it."""

    down: bool
    length: float
    thickness: float
    gap: float
    trunk: float
    """Where on a box the line out begins, as a part of its length."""
    landing: float
    """Where a line that skips stages arrives."""
    nearest: float
    """How far from the boxes the first line back runs."""

    def point(self, along: float, across: float) -> Point:
        """Return where on the paper that is."""
        return (across, along) if self.down else (along, across)


_DOWN = _Shape(down=True, length=66, thickness=330, gap=34, trunk=0.5, landing=0.84, nearest=34)


def _across(count: int, lines: int) -> _Shape:
    narrow = count == _MOST_IN_A_ROW
    return _Shape(
        down=False,
        length=164 if narrow else 180,
        thickness=98 + 18 * lines,
        gap=42 if narrow else 48,
        trunk=0.2,
        landing=0.8,
        nearest=20,
    )


@dataclass(frozen=True, slots=True)
class _Lane:
    """A line that several stages share on their way to the same target."""

    target: Stage
    sources: tuple[str, ...]


def flow_drawing(
    flow: Flow, language: Language, href: Callable[[Stage], str], name: str = "stroom"
) -> str:
    """Return the diagram of *flow* as SVG, or "" when it has no stage or too many to be read.

    *href* says where a stage leads ("" for nowhere); *name* keeps ids apart. Colours are the
    page's: classes `node`, `edge`, `bubble` and their like.
    """
    if not 0 < len(flow.stages) <= MOST_DRAWN:
        return ""
    return _Diagram(flow, language, href, name).draw()


class _Diagram:
    def __init__(
        self, flow: Flow, language: Language, href: Callable[[Stage], str], name: str
    ) -> None:
        self.flow, self.workflow, self.language = flow, flow.workflow, language
        self.href, self.name = href, name
        self.stages = flow.stages
        self.place = {one.stage.name: n for n, one in enumerate(flow.stages)}
        count = len(flow.stages)
        self.shape = _DOWN if count > _MOST_IN_A_ROW else _across(count, self._lines(count))
        self.levels = _levels(self._returns(), self.place)
        self.skips, self.exits = self._lanes()
        lanes = len(self.skips) + len(self.exits)
        before = self.shape.nearest + _LEVEL * (1 + max(self.levels.values(), default=-1))
        self.origin = (before if self.levels else 0.0) + _MARGIN
        self.end = count * self.shape.length + (count - 1) * self.shape.gap
        along = self.end
        across = self.origin + self.shape.thickness
        if self.shape.down:
            along += _BEFORE_PILL + _LANE * max(1, len(self.exits)) if self.exits else 0
            across += _FIRST_LANE + _LANE * lanes + (_PILL if self.exits else 0)
        else:
            along += _BEFORE_PILL + _PILL if self.exits else 0
            across += _FIRST_LANE + _LANE * (lanes - 1) + _PILL_HEIGHT / 2 if lanes else 0
        size = self.shape.point(along + 2 * _MARGIN, across + _MARGIN)
        self.heads = {"main": f"{name}-h", "edge": f"{name}-s"}
        self.pen = Pen(*size, "sw flowpic", role="group", aria_label=self._say(_TITLE))

    def draw(self) -> str:
        """Return the drawing: lines first, then what stands on them."""
        self.pen.marker(self.heads["main"], "ah")
        self.pen.marker(self.heads["edge"], "ah2")
        # Loose numbers on lines say nothing to who hears them: the table tells the same.
        lines = self.pen.group(aria_hidden="true")
        self._trunks(lines)
        for target, sources in self._returns().items():
            self._return(target, sources, lines)
        for number, lane in enumerate((*self.skips, *self.exits)):
            self._lane(lane, number, lines)
        self._steps(lines)
        for number, lane in enumerate(self.exits):
            self._pill(lane.target, number)
        for one in self.stages:
            self._box(one)
        return str(self.pen)

    def _say(self, text: Text) -> str:
        return text.in_(self.language)

    def _called(self, stage: Stage) -> str:
        label = self._say(stage.label)
        return label if stage.number is None else f"{stage.number} {label}"

    def _lines(self, count: int) -> int:
        """Return how many lines the longest heading takes: one or two."""
        room = _across(count, 1).length - 28
        return max(
            len(wrapped(self._called(one.stage), room, _HEADING, lines=2, bold=True))
            for one in self.stages
        )

    def _returns(self) -> dict[str, tuple[str, ...]]:
        """Return per stage from which later ones the procedure leads back to it."""
        found: dict[str, set[str]] = defaultdict(set)
        for source, target in _pairs(self.workflow, self.flow.arrows):
            if source in self.place and self.place.get(target, MOST_DRAWN) <= self.place[source]:
                found[target].add(source)
        return {
            target: tuple(sorted(sources, key=self.place.__getitem__))
            for target, sources in found.items()
        }

    def _lanes(self) -> tuple[list[_Lane], list[_Lane]]:
        """Return the lanes to stages further on, and those to pauses and endings."""
        found: dict[str, set[str]] = defaultdict(set)
        for source, target in _pairs(self.workflow, self.flow.arrows):
            if source in self.place and target in self.workflow.stages:
                next_one = self.place.get(target) == self.place[source] + 1
                back = self.place.get(target, MOST_DRAWN) <= self.place[source]
                if not next_one and not back:
                    found[target].add(source)

        def lane(stage: Stage) -> _Lane:
            sources = sorted(found[stage.name], key=self.place.__getitem__)
            return _Lane(stage, tuple(sources))

        skips = [lane(one.stage) for one in self.stages if found[one.stage.name]]
        outside = (
            *of_kind(self.workflow, StageKind.PAUSE),
            *of_kind(self.workflow, StageKind.ENDING),
        )
        return skips, [lane(stage) for stage in outside]

    def _count(self, source: str, target: str) -> int:
        return self.flow.arrows.get((source, target), 0)

    def _start(self, name: str) -> float:
        return _MARGIN + self.place[name] * (self.shape.length + self.shape.gap)

    def _at(self, name: str, part: float) -> float:
        return self._start(name) + self.shape.length * part

    @property
    def _far(self) -> float:
        """The edge of the boxes at which lines leave."""
        return self.origin + self.shape.thickness

    def _lane_at(self, number: int) -> float:
        return self._far + _FIRST_LANE + _LANE * number

    def _steps(self, lines: Element) -> None:
        """Draw the arrows from each stage to the next, thicker as more cases went."""
        names = [one.stage.name for one in self.stages]
        pairs = set(_pairs(self.workflow, self.flow.arrows))
        steps = [pair for pair in pairwise(names) if pair in pairs]
        most = max((self._count(*pair) for pair in steps), default=0)
        middle = self.origin + (56 if self.shape.down else self.shape.thickness / 2)
        for source, target in steps:
            count = self._count(source, target)
            weight = f"w{-(-_WEIGHTS * count // most)}" if count else "idle"
            start, end = self._at(source, 1), self._start(target) - 2
            point = self.shape.point
            self.pen.path(
                [point(start, middle), point(end, middle)],
                f"edge main {weight}",
                head=self.heads["main"],
                parent=lines,
            )
            x, y = point((start + end) / 2, middle)
            place = (x + 12, y + 4) if self.shape.down else (x - 1, y - 9)
            kind = "tb halo" if self.shape.down else "tb mid halo"
            self.pen.text(place, str(count), kind, parent=lines)

    def _trunks(self, lines: Element) -> None:
        """Draw the line out of each box, as far as the last lane that it joins."""
        lanes = (*self.skips, *self.exits)
        for one in self.stages:
            name = one.stage.name
            joined = [number for number, lane in enumerate(lanes) if name in lane.sources]
            if not joined:
                continue
            used = [n for n in joined if self._count(name, lanes[n].target.name)]
            along = self._at(name, self.shape.trunk)
            for depth, kind in ((max(joined), "edge idle"), (max(used, default=-1), "edge")):
                if depth >= 0:
                    ends = (self._far, self._lane_at(depth))
                    points = [self.shape.point(along, across) for across in ends]
                    self.pen.path(points, kind, parent=lines)

    def _return(self, target: str, sources: tuple[str, ...], lines: Element) -> None:
        """Draw one line back to *target* that all who go back there share."""
        across, edge = self.origin - self.shape.nearest - _LEVEL * self.levels[target], self.origin
        goal = self._slot(target, target)
        counts = {source: self._count(source, target) for source in sources}
        used = [source for source, count in counts.items() if count]
        ends = [(sources[-1], "edge back idle")] if used != [*sources] else []
        ends += [(used[-1], "edge back")] if used else []
        for source, kind in ends:
            along = self._tie(source, target)
            corners = [(along, edge), (along, across), (goal, across), (goal, edge - 1)]
            self._draw(corners, kind, lines)
        drawn = {source for source, _ in ends}
        for source, count in counts.items():
            along = self._tie(source, target)
            if source not in drawn:
                kind = "edge back" if count else "edge back idle"
                self._draw([(along, edge), (along, across)], kind, lines, head=False)
            if count and len(sources) > 1:
                x, y = self.shape.point(along, edge - (22 if self.shape.down else 7))
                self.pen.text((x + 5, y - (4 if self.shape.down else 0)), str(count), "tb halo",
                              parent=lines)  # fmt: skip
        self._back_words(sum(counts.values()), (goal, across), lines)

    def _back_words(self, total: int, at: Point, lines: Element) -> None:
        x, y = self.shape.point(*at)
        if self.shape.down:
            self.pen.text((x + 4, y + 16), str(total), "tb halo", parent=lines)
            return
        words = self._say(_times_back(total))
        self.pen.text((x + 14, y - 5), words, "halo" if total else "halo faint", parent=lines)

    def _tie(self, source: str, target: str) -> float:
        """Return where a line back leaves box *source*; one to itself leaves beside its end."""
        return self._slot(source, target) + (26 if source == target else 0)

    def _slot(self, name: str, target: str) -> float:
        """Return where on the near edge of box *name* the line back to *target* is tied."""
        touching = [
            goal for goal, sources in self._returns().items() if goal == name or name in sources
        ]
        # Lines to the nearest stages lie lowest: they are tied nearest to where they come from.
        touching.sort(key=lambda goal: (goal == name, self.place[goal]))
        share = (touching.index(target) + 1) / (len(touching) + 1)
        return self._at(name, 0.3 + 0.6 * share)

    def _lane(self, lane: _Lane, number: int, lines: Element) -> None:
        if not lane.sources:
            return
        point, across = self.shape.point, self._lane_at(number)
        counts = {source: self._count(source, lane.target.name) for source in lane.sources}
        first = self._at(lane.sources[0], self.shape.trunk)
        skips = lane.target.name in self.place
        if skips:
            goal = self._at(lane.target.name, self.shape.landing)
            corners = [(first, across), (goal, across), (goal, self._far + 2)]
        else:
            goal = self._pill_start(number) - 2
            corners = [(first, across), (goal, across)]
        used = [source for source, count in counts.items() if count]
        if used != list(counts)[: len(used)] or not used:
            self._draw(corners, "edge idle", lines, head=not used)
        if used:
            corners[0] = (self._at(used[0], self.shape.trunk), across)
            self._draw(corners, "edge", lines)
        if skips and not self.shape.down:
            self._skip_words(lane.target, (goal - 12, across - 6), lines)
        for source, count in counts.items():
            self._bubble(point(self._at(source, self.shape.trunk), across), count, lines)

    def _draw(self, corners: list[Point], kind: str, lines: Element, *, head: bool = True) -> None:
        """Draw a line along *corners*, given along and across the stages."""
        points = [self.shape.point(*corner) for corner in corners]
        self.pen.path(points, kind, head=self.heads["edge"] if head else "", parent=lines)

    def _skip_words(self, target: Stage, at: Point, lines: Element) -> None:
        label = self._say(target.label)
        words = Text(f"rechtstreeks naar {_small(label)}", f"straight to {_small(label)}")
        said = shortened(self._say(words), self.shape.length + self.shape.gap, _TEXT)
        self.pen.text(at, said, "endt halo", parent=lines)

    def _bubble(self, at: Point, count: int, lines: Element) -> None:
        """Draw how many cases joined a lane here; a dot where they could have."""
        if not count:
            self.pen.circle(at, 3, "dot", parent=lines)
            return
        width = max(22.0, width_of(str(count), _TEXT, bold=True) + 12)
        corner = (at[0] - width / 2, at[1] - 11)
        self.pen.rect(corner, (width, 22), "bubble", radius=11, parent=lines)
        self.pen.text((at[0], at[1] + 4.5), str(count), "tb mid", parent=lines)

    def _pill_start(self, number: int) -> float:
        """Return where along the order of the stages the pill of a lane begins."""
        end = _MARGIN + self.end + _BEFORE_PILL
        if not self.shape.down:
            return end
        # The lane nearest to the boxes goes furthest, so that no pill lies across another lane.
        later = len(self.skips) + len(self.exits) - 1 - number
        return end + _LANE * later

    def _pill(self, stage: Stage, number: int) -> None:
        lane = number + len(self.skips)
        x, y = self.shape.point(self._pill_start(lane), self._lane_at(lane))
        if self.shape.down:
            x -= 14
        else:
            y -= _PILL_HEIGHT / 2
        pause = stage.kind is StageKind.PAUSE
        count = self._standing(stage)
        kind = "hold-node" if pause else "end" if is_resolution(stage, self.workflow) else "out"
        group = self.pen.group()
        self.pen.title(f"{self._called(stage)}: {count}. {self._say(stage.purpose)}", group)
        self.pen.rect((x, y), (_PILL, _PILL_HEIGHT), f"node {kind}", radius=14, parent=group)
        digits = str(count)
        self.pen.text((x + 14, y + 19), digits, "tb", parent=group)
        after = 14 + width_of(digits, _TEXT, bold=True) + 8
        words = self._say(stage.label) + (self._say(_NOW) if pause else "")
        room = _PILL - after - 12
        self.pen.text((x + after, y + 19), shortened(words, room, _TEXT), parent=group)

    def _standing(self, stage: Stage) -> int:
        """Return how many are in a pause today, or how many of the opened cases ended so."""
        if stage.kind is StageKind.ENDING:
            return self.flow.endings.get(stage.name, 0)
        return next((one.open for one in self.flow.pauses if one.stage == stage), 0)

    def _box(self, one: StageFlow) -> None:
        stage = one.stage
        told = [
            self._called(stage),
            f"{one.open} {', '.join(map(self._say, _cases(one)))}",
            self._usually(one),
            self._term(stage),
        ]
        name = ", ".join(filter(None, told))
        href = self.href(stage)
        group = self.pen.link(href, name) if href else self.pen.group(role="img", aria_label=name)
        self.pen.title(f"{self._called(stage)}. {self._say(stage.purpose)}", group)
        x, y = self.shape.point(self._start(stage.name), self.origin)
        size = self.shape.point(self.shape.length, self.shape.thickness)
        self.pen.rect((x, y), size, "node", radius=8, parent=group)
        if self.shape.down:
            self._wide_words(one, x, y, group)
        else:
            self._words(one, x, y, group)

    def _words(self, one: StageFlow, x: float, y: float, group: Element) -> None:
        room = self.shape.length - 26
        y += 24
        heading = wrapped(self._called(one.stage), room, _HEADING, lines=2, bold=True)
        for words in heading:
            self.pen.text((x + 14, y), words, "tb big", parent=group)
            y += 18
        y = self.origin + self.shape.thickness - 58
        number = str(one.open)
        self.pen.text((x + 14, y), number, "huge", parent=group)
        after = 14 + width_of(number, 27, bold=True) + 8
        room_left = self.shape.length - after - 6
        said = [shortened(words, room_left, _TEXT) for words in map(self._say, _cases(one))]
        for line, words in enumerate(said):
            place = (x + after, y - 1 + 16 * (line - len(said) + 1) + (3 if len(said) > 1 else 0))
            self.pen.text(place, words, parent=group)
        self.pen.text((x + 14, y + 24), shortened(self._usually(one), room, _TEXT), parent=group)
        self.pen.text((x + 14, y + 43), shortened(self._term(one.stage), room, _TEXT),
                      parent=group)  # fmt: skip

    def _wide_words(self, one: StageFlow, x: float, y: float, group: Element) -> None:
        number = str(one.open)
        width = width_of(number, 27, bold=True)
        room = self.shape.thickness - 40 - width
        heading = shortened(self._called(one.stage), room, _HEADING, bold=True)
        self.pen.text((x + 14, y + 25), heading, "tb big", parent=group)
        told = [self._usually(one), self._term(one.stage), *map(self._say, _cases(one)[1:])]
        said = " · ".join(filter(None, told))
        self.pen.text((x + 14, y + 47), shortened(said, room, _TEXT), parent=group)
        self.pen.text((x + self.shape.thickness - 14, y + 42), number, "huge endt", parent=group)

    def _usually(self, one: StageFlow) -> str:
        if one.spread.half is None:
            return self._say(_NOT_KNOWN)
        half = one.spread.half
        return self._say(Text(f"meestal {half} wd", f"usually {half} wd"))

    def _term(self, stage: Stage) -> str:
        if stage.term is None:
            return ""
        length = self._say(stage.term.rule.length.text)
        if stage.term.agreed:
            return self._say(Text(f"ten hoogste {length}", f"at most {length}"))
        return self._say(Text(f"termijn {length}", f"term {length}"))


def _pairs(workflow: Workflow, arrows: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    """Return from where to where the procedure leads, and where cases of other versions went."""
    allowed = [
        (source, transition.target)
        for transition in workflow.transitions
        if transition.target != BACK
        for source in transition.sources
    ]
    return list(dict.fromkeys([*allowed, *arrows]))


def _levels(returns: Mapping[str, tuple[str, ...]], place: Mapping[str, int]) -> dict[str, int]:
    """Return per target the lowest level at which its line back crosses no other's."""
    spans = {
        target: (place[target], max(place[source] for source in sources))
        for target, sources in returns.items()
    }
    levels: dict[str, int] = {}
    for target in sorted(spans, key=lambda name: (spans[name][1] - spans[name][0], spans[name])):
        first, last = spans[target]
        taken = {
            levels[other]
            for other in levels
            if spans[other][0] <= last and first <= spans[other][1]
        }
        levels[target] = next(n for n in range(len(spans)) if n not in taken)
    return levels


def _cases(one: StageFlow) -> list[Text]:
    """Return what stands beside the number of cases: the word, and how many are suspended."""
    words = [Text("dossier", "case") if one.open == 1 else Text("dossiers", "cases")]
    if one.suspended:
        words.append(Text(f"{one.suspended} opgeschort", f"{one.suspended} suspended"))
    return words


def _times_back(count: int) -> Text:
    return Text(f"{count} keer terug", "1 time back" if count == 1 else f"{count} times back")


def _small(label: str) -> str:
    """Return *label* as it stands in a sentence; an abbreviation keeps its capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


_TITLE = Text(
    "Stroomschema van de procedure. De tabel eronder geeft dezelfde cijfers.",
    "Flow diagram of the procedure. The table below gives the same numbers.",
)
_NOW = Text(" (nu)", " (now)")
_NOT_KNOWN = Text("duur nog onbekend", "duration not known yet")
