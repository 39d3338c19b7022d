"""A simulation as a picture: time per stage against its term, load per role, and endings.

Colours are presentation attributes with a class beside them, on a paper of its own: the picture
reads alike in a document, on a light page and on a dark one. Every value stands beside its bar, so
nothing depends on colour, and the description tells all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.text import Language

_INK, _SOFT, _ACCENT, _PALE, _TRACK, _PAPER = (
    "#17212B", "#424D59", "#0B5C6B", "#8FBCC5", "#ECE9E3", "#FFFFFF",
)  # fmt: skip
_WIDTH, _MARGIN, _LABEL, _BAR = 960, 28, 240, 400
_LEFT = _MARGIN + _LABEL
_ROW, _ABOVE, _HEAD, _THICK = 32, 18, 22, 16
_LETTERS, _TITLE_LETTERS = 30, 95
"""So many letters of a label fit in front of its bar, and of the title in the width."""


@dataclass(frozen=True, slots=True)
class StageBar:
    """Half of the stays end within `median` working days, 85 % within `p85`; None when none did."""

    label: Text
    median: float | None
    p85: float | None
    term: int | None


@dataclass(frozen=True, slots=True)
class LoadBar:
    """How much of the time of a role is taken (1 is all of it), or cases in hand without limit."""

    label: Text
    load: float | None
    in_hand: float


@dataclass(frozen=True, slots=True)
class ShareBar:
    """The share of cases (0 to 1) that ended so."""

    label: Text
    share: float


@dataclass(frozen=True, slots=True)
class Figure:
    """Everything in the picture; `name` makes its parts known apart on a page."""

    name: str
    title: Text
    about: Text
    stages: tuple[StageBar, ...]
    loads: tuple[LoadBar, ...]
    endings: tuple[ShareBar, ...]


def svg(figure: Figure, language: Language) -> str:
    """Return *figure* as an SVG drawing."""
    return _Drawing(figure, language).svg()


class _Drawing:
    def __init__(self, figure: Figure, language: Language) -> None:
        self._figure = figure
        self._language = language
        self._root = ET.Element("svg")
        self._y = 72.0

    def svg(self) -> str:
        """Return the drawing as text."""
        figure = self._figure
        rows = len(figure.stages) + len(figure.loads) + len(figure.endings)
        self._frame(round(self._y + 3 * (_ABOVE + _HEAD) + rows * _ROW + 16))
        self._stages()
        self._loads()
        self._endings()
        return ET.tostring(self._root, encoding="unicode") + "\n"

    def _frame(self, height: int) -> None:
        name = f"simulation-{self._figure.name}"
        self._root.attrib.update(
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {_WIDTH} {height}",
                "width": str(_WIDTH),
                "height": str(height),
                "role": "img",
                "lang": self._language,
                "aria-labelledby": f"{name}-title {name}-desc",
                "class": "simulation",
                "font-family": "system-ui, 'Segoe UI', 'Helvetica Neue', sans-serif",
                "font-size": "14",
                "fill": _INK,
            }
        )
        ET.SubElement(self._root, "title", id=f"{name}-title").text = self._say(self._figure.title)
        ET.SubElement(self._root, "desc", id=f"{name}-desc").text = self._description()
        paper = {"width": "100%", "height": "100%", "fill": _PAPER, "class": "paper"}
        ET.SubElement(self._root, "rect", paper)
        heading = self._say(self._figure.title)
        size = 17 if len(heading) <= _TITLE_LETTERS else 12
        self._text(_MARGIN, 32, heading, size=size, weight="700")
        self._text(_MARGIN, 54, self._say(self._figure.about), size=13, fill=_SOFT)

    def _say(self, text: Text) -> str:
        return text.in_(self._language)

    def _number(self, value: float, digits: int = 1) -> str:
        english = f"{value:.{digits}f}"
        return english.replace(".", ",") if self._language == "nl" else english

    def _percent(self, share: float) -> str:
        return f"{self._number(100 * share)} %"

    def _description(self) -> str:
        figure = self._figure
        told = [f"{self._say(figure.about)}."]
        told += [f"{self._say(bar.label)}: {self._time(bar)}." for bar in figure.stages]
        told += [f"{self._say(bar.label)}: {self._busy(bar)}." for bar in figure.loads]
        told += [f"{self._say(bar.label)}: {self._percent(bar.share)}." for bar in figure.endings]
        return " ".join(told)

    def _time(self, bar: StageBar) -> str:
        term = ""
        if bar.term is not None:
            term = self._say(Text(f", termijn {bar.term}", f", term {bar.term}"))
        if bar.median is None or bar.p85 is None:
            return self._say(Text("niet afgerond", "not finished")) + term
        half, most = self._number(bar.median), self._number(bar.p85)
        return self._say(Text(f"helft {half}, 85 % {most}", f"half {half}, 85 % {most}")) + term

    def _busy(self, bar: LoadBar) -> str:
        if bar.load is not None:
            return self._percent(bar.load)
        number = self._number(bar.in_hand)
        return self._say(Text(f"{number} zaken tegelijk", f"{number} cases at once"))

    def _stages(self) -> None:
        self._heading(
            Text("Tijd per fase in werkdagen", "Time per stage in working days"),
            Text(
                "eerste deel: helft klaar · hele balk: 85 % klaar · streep: termijn",
                "first part: half done · whole bar: 85 % done · line: term",
            ),
        )
        bars = self._figure.stages
        longest = max((max(bar.p85 or 0.0, float(bar.term or 0)) for bar in bars), default=0.0)
        for bar in bars:
            row = self._row(bar.label, self._time(bar))
            if longest:
                self._bar(row, (bar.p85 or 0.0) / longest, _PALE, "most")
                self._bar(row, (bar.median or 0.0) / longest, _ACCENT, "half")
            if longest and bar.term is not None:
                x = f"{_LEFT + _BAR * bar.term / longest:.1f}"
                ends = {"x1": x, "x2": x, "y1": f"{self._y - 4:g}", "y2": f"{self._y + 20:g}"}
                line = {**ends, "stroke": _INK, "stroke-width": "2.5", "class": "term"}
                ET.SubElement(row, "line", line)
            self._y += _ROW

    def _loads(self) -> None:
        self._heading(Text("Belasting per rol", "Load per role"))
        for bar in self._figure.loads:
            row = self._row(bar.label, self._busy(bar), track=bar.load is not None)
            self._bar(row, min(bar.load or 0.0, 1.0), _ACCENT, "half")
            self._y += _ROW

    def _endings(self) -> None:
        self._heading(Text("Hoe zaken eindigen", "How cases end"))
        for bar in self._figure.endings:
            row = self._row(bar.label, self._percent(bar.share), track=True)
            self._bar(row, bar.share, _ACCENT, "half")
            self._y += _ROW

    def _heading(self, words: Text, key: Text | None = None) -> None:
        self._y += _ABOVE
        self._text(_MARGIN, self._y + 6, self._say(words), size=15, weight="700")
        if key is not None:
            self._text(_LEFT, self._y + 6, self._say(key), size=12, fill=_SOFT)
        self._y += _HEAD

    def _row(self, label: Text, value: str, *, track: bool = False) -> ET.Element:
        """Begin one line: what it is about in front, its value behind."""
        row = ET.SubElement(self._root, "g", {"class": "row"})
        words = self._say(label)
        ET.SubElement(row, "title").text = f"{words}: {value}"
        shown = words if len(words) <= _LETTERS else words[: _LETTERS - 1].rstrip() + "…"
        self._text(_MARGIN, self._y + 13, shown, parent=row)
        self._text(_LEFT + _BAR + 14, self._y + 13, value, parent=row, size=12, fill=_SOFT)
        if track:
            self._bar(row, 1.0, _TRACK, "track")
        return row

    def _bar(self, row: ET.Element, share: float, fill: str, kind: str) -> None:
        if share <= 0:
            return
        place = {
            "x": str(_LEFT),
            "y": f"{self._y:g}",
            "width": f"{max(1.0, _BAR * share):.1f}",
            "height": str(_THICK),
            "rx": "2",
        }
        ET.SubElement(row, "rect", {**place, "fill": fill, "class": kind})

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
    ) -> None:
        text = ET.SubElement(
            self._root if parent is None else parent,
            "text",
            {
                "x": f"{x:g}",
                "y": f"{y:g}",
                "font-size": str(size),
                "font-weight": weight,
                "fill": fill,
            },
        )
        text.text = words
