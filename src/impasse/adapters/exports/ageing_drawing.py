"""The ages of open cases per stage as a chart: a dot per case, and lines for what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.adapters.exports.pen import Pen, wrapped
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from impasse.domain.flow import Spread
    from impasse.domain.text import Language

_LEFT, _TOP, _HEIGHT, _COLUMN, _LEAST_WIDTH = 40.0, 14.0, 274.0, 104.0, 664.0
_FOOT = 44.0
_DOT, _HIT = 5.5, 12.0
_MOST_LINKS = 25
"""So many of the oldest dots of a stage are links: a keyboard has to pass them all."""

_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)
_MOST_STEPS = 6


@dataclass(frozen=True, slots=True)
class Dot:
    """One open case: its age in working days; `state` is late, warn, hold or ""."""

    days: int
    label: str
    href: str
    state: str


@dataclass(frozen=True, slots=True)
class Column:
    """One stage: its dots, the youngest first, and what is usual; `term` in working days."""

    heading: str
    spread: Spread
    term: int | None
    dots: tuple[Dot, ...]


def ageing_drawing(columns: Sequence[Column], language: Language) -> str:
    """Return the chart of *columns* as SVG; its colours are the page's."""
    return _Chart(columns, language).draw()


class _Chart:
    def __init__(self, columns: Sequence[Column], language: Language) -> None:
        self.columns = columns
        width = max(_LEAST_WIDTH, _LEFT + _COLUMN * len(columns))
        self.each = (width - _LEFT) / max(1, len(columns))
        self.right = width
        self.step, self.top = _scale(columns)
        kind = "sw" if width == _LEAST_WIDTH else "sw broad"
        height = _TOP + _HEIGHT + _FOOT
        self.pen = Pen(width, height, kind, role="group", aria_label=_TITLE.in_(language))

    def draw(self) -> str:
        """Return the chart: the grid, then per stage its lines, then its dots."""
        grid = self.pen.group(aria_hidden="true")
        for value in range(0, self.top + 1, self.step):
            y = self._y(value)
            self.pen.line((_LEFT - 6, y), (self.right, y), "axis", grid)
            self.pen.text((_LEFT - 14, y + 4), str(value), "endt", parent=grid)
        for number, column in enumerate(self.columns):
            self._column(column, _LEFT + self.each * number, grid)
        return str(self.pen)

    def _y(self, days: float) -> float:
        return round(_TOP + _HEIGHT * (1 - days / self.top), 1)

    def _column(self, column: Column, left: float, grid: Element) -> None:
        marks = (
            (column.term, "termln", 6.0),
            (column.spread.most, "p85", 16.0),
            (column.spread.half, "p50", 16.0),
        )
        for value, kind, inset in marks:
            if value is not None:
                y = self._y(value)
                self.pen.line((left + inset, y), (left + self.each - inset, y), kind, grid)
        for line, words in enumerate(
            wrapped(column.heading, self.each - 6, 13, lines=2, bold=True)
        ):
            y = _TOP + _HEIGHT + 20 + 16 * line
            self.pen.text((left + self.each / 2, y), words, "tb mid", parent=grid)
        room = self.each - 36
        steps = max(7, len(column.dots) - 1)
        indent = (room - room * (len(column.dots) - 1) / steps) / 2
        for place, dot in enumerate(column.dots):
            x = round(left + 18 + indent + room * place / steps, 1)
            self._dot(dot, (x, self._y(dot.days)), linked=len(column.dots) - place <= _MOST_LINKS)

    def _dot(self, dot: Dot, at: tuple[float, float], *, linked: bool) -> None:
        if not linked:
            self.pen.circle(at, _DOT, f"pt {dot.state}".strip())
            return
        link = self.pen.link(dot.href, dot.label)
        self.pen.title(dot.label, link)
        self.pen.circle(at, _HIT, "hit", link)
        self.pen.circle(at, _DOT, f"pt {dot.state}".strip(), link)


def _scale(columns: Sequence[Column]) -> tuple[int, int]:
    """Return the step of the axis and its last value, in working days."""
    values = [dot.days for column in columns for dot in column.dots]
    values += [
        value
        for column in columns
        for value in (column.term, column.spread.half, column.spread.most)
        if value is not None
    ]
    highest = max(1, *values) if values else 1
    step = next((s for s in _STEPS if highest / s <= _MOST_STEPS), -(-highest // _MOST_STEPS))
    return step, -(-highest // step) * step


_TITLE = Text(
    "Leeftijd van open dossiers per fase, in werkdagen. De tabel eronder geeft dezelfde cijfers.",
    "Age of open cases per stage, in working days. The table below gives the same numbers.",
)
