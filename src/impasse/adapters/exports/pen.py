"""A pen for drawings inside a page: parts of SVG with classes, whose colours the page chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable

_NARROW, _WIDE = frozenset(" ijlftrI.,:;'|!()-"), frozenset("mwMW@%")
_WIDTHS = {"narrow": 0.29, "wide": 0.84, "capital": 0.62, "plain": 0.52}
"""Widths of letters of the house in parts of their size, on the safe side."""

_BOLD = 1.05
_ELLIPSIS = "…"
_CORNER = 8.0

Point = tuple[float, float]


class Pen:
    """One drawing of *width* by *height*; text and title are escaped by the tree itself."""

    def __init__(self, width: float, height: float, kind: str, **attributes: str) -> None:
        named = {name.replace("_", "-"): value for name, value in attributes.items()}
        box = f"0 0 {width:g} {height:g}"
        self.root = ET.Element(
            "svg",
            {
                "class": kind,
                "viewBox": box,
                "width": f"{width:g}",
                "height": f"{height:g}",
                **named,
            },
        )

    def __str__(self) -> str:
        """The drawing as text."""
        return ET.tostring(self.root, encoding="unicode")

    def group(self, parent: ET.Element | None = None, **attributes: str) -> ET.Element:
        """Add a group."""
        return self._add("g", parent, attributes)

    def link(self, href: str, label: str, parent: ET.Element | None = None) -> ET.Element:
        """Add a link that holds what is drawn into it; *label* is its name."""
        return self._add("a", parent, {"href": href, "aria-label": label})

    def title(self, words: str, parent: ET.Element | None = None) -> None:
        """Add the words that a pointer shows."""
        self._add("title", parent, {}).text = words

    def path(
        self,
        points: Iterable[Point],
        kind: str,
        *,
        head: str = "",
        parent: ET.Element | None = None,
    ) -> ET.Element:
        """Draw a line along *points* with round corners; *head* names the marker at its end."""
        more = {"marker-end": f"url(#{head})"} if head else {}
        return self._add("path", parent, {"class": kind, "d": rounded(list(points)), **more})

    def rect(
        self,
        at: Point,
        size: Point,
        kind: str,
        *,
        radius: float = 0,
        parent: ET.Element | None = None,
    ) -> ET.Element:
        """Draw a rectangle from its upper left corner."""
        place = {"x": at[0], "y": at[1], "width": size[0], "height": size[1]}
        shown = {name: f"{value:g}" for name, value in place.items()}
        if radius:
            shown["rx"] = f"{radius:g}"
        return self._add("rect", parent, {"class": kind, **shown})

    def circle(
        self, at: Point, radius: float, kind: str, parent: ET.Element | None = None
    ) -> ET.Element:
        """Draw a circle."""
        place = {"cx": f"{at[0]:g}", "cy": f"{at[1]:g}", "r": f"{radius:g}"}
        return self._add("circle", parent, {"class": kind, **place})

    def line(
        self, start: Point, end: Point, kind: str, parent: ET.Element | None = None
    ) -> ET.Element:
        """Draw a straight line."""
        place = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        shown = {name: f"{value:g}" for name, value in place.items()}
        return self._add("line", parent, {"class": kind, **shown})

    def text(
        self, at: Point, words: str, kind: str = "", *, parent: ET.Element | None = None
    ) -> ET.Element:
        """Write *words*; *at* is where their base line begins, or as the class says."""
        named = {"class": kind} if kind else {}
        element = self._add("text", parent, {**named, "x": f"{at[0]:g}", "y": f"{at[1]:g}"})
        element.text = words
        return element

    def marker(self, name: str, kind: str) -> None:
        """Define the head of an arrow."""
        head = self._add(
            "marker",
            self._add("defs", None, {}),
            {
                "id": name,
                "viewBox": "0 0 8 8",
                "refX": "7",
                "refY": "4",
                "markerWidth": "10",
                "markerHeight": "9",
                "orient": "auto",
                "markerUnits": "userSpaceOnUse",
            },
        )
        ET.SubElement(head, "path", {"class": kind, "d": "M0 0l8 4-8 4z"})

    def _add(self, tag: str, parent: ET.Element | None, attributes: dict[str, str]) -> ET.Element:
        named = {name.replace("_", "-"): value for name, value in attributes.items()}
        return ET.SubElement(self.root if parent is None else parent, tag, named)


def rounded(points: list[Point]) -> str:
    """Return the path along *points*, its corners cut round."""
    path = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before), _towards(corner, after)
        path.append(f"L{start[0]:g} {start[1]:g}Q{corner[0]:g} {corner[1]:g} {end[0]:g} {end[1]:g}")
    path.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    return "".join(path)


def _towards(corner: Point, other: Point) -> Point:
    """Return the point at most half the way, and no further than a corner, from *corner*."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(dx), abs(dy)) or 1.0
    step = min(_CORNER, length / 2) / length
    return corner[0] + dx * step, corner[1] + dy * step


def width_of(words: str, size: float, *, bold: bool = False) -> float:
    """Estimate how wide *words* are, a little on the safe side: nothing here can measure them."""
    return sum(map(_letter, words)) * size * (_BOLD if bold else 1.0)


def _letter(letter: str) -> float:
    if letter in _NARROW:
        return _WIDTHS["narrow"]
    if letter in _WIDE:
        return _WIDTHS["wide"]
    return _WIDTHS["capital" if letter.isupper() or ord(letter) > 0x2E80 else "plain"]  # noqa: PLR2004


def shortened(words: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return *words*, cut off with an ellipsis where they do not fit."""
    if width_of(words, size, bold=bold) <= width:
        return words
    kept = words
    while kept and width_of(kept + _ELLIPSIS, size, bold=bold) > width:
        kept = kept[:-1]
    return kept.rstrip() + _ELLIPSIS


def wrapped(words: str, width: float, size: float, *, lines: int, bold: bool = False) -> list[str]:
    """Break *words* into at most *lines* lines of *width*; what does not fit is cut off."""
    found: list[str] = []
    left = words.split()
    if len(left) > 1 and left[0].isdecimal():
        # A number does not stand on a line of its own.
        left[:2] = [" ".join(left[:2])]
    while left and len(found) < lines - 1:
        taken = [left.pop(0)]
        while left and width_of(" ".join([*taken, left[0]]), size, bold=bold) <= width:
            taken.append(left.pop(0))
        found.append(shortened(" ".join(taken), width, size, bold=bold))
    if left:
        found.append(shortened(" ".join(left), width, size, bold=bold))
    return found
