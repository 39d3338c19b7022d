"""The twelve provinces as tiles, roughly where they lie, with how many cases each has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.web.cards import Card

PROVINCES = {
    "Fryslân": ("FR", 97.5, 29.0),
    "Groningen": ("GR", 144.3, 29.0),
    "Noord-Holland": ("NH", 74.1, 69.5),
    "Flevoland": ("FL", 120.9, 69.5),
    "Drenthe": ("DR", 167.7, 69.5),
    "Zuid-Holland": ("ZH", 50.8, 110.0),
    "Utrecht": ("UT", 97.5, 110.0),
    "Gelderland": ("GE", 144.3, 110.0),
    "Overijssel": ("OV", 191.1, 110.0),
    "Zeeland": ("ZE", 27.4, 150.5),
    "Noord-Brabant": ("NB", 74.1, 150.5),
    "Limburg": ("LI", 120.9, 150.5),
}
"""Name, as the register writes it: two letters, and the middle of its tile."""

_HALF_WIDTH, _HALF_SIDE, _HALF_HEIGHT = 23.35, 13.5, 27.0
_SHADES = (1, 2, 4)
"""From so many cases on a tile is a shade darker."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One province: its name, count, shade (0 to 3), place and outline."""

    name: str
    letters: str
    count: int
    shade: int
    x: float
    y: float

    @property
    def outline(self) -> str:
        """The six corners, as SVG writes them."""
        w, s, h = _HALF_WIDTH, _HALF_SIDE, _HALF_HEIGHT
        corners = ((0, -h), (w, -s), (w, s), (0, h), (-w, s), (-w, -s))
        return " ".join(f"{self.x + dx:.1f},{self.y + dy:.1f}" for dx, dy in corners)


def tiles(cards: Iterable[Card]) -> list[Tile]:
    """Return a tile for each province, with the number of *cards* that name it."""
    counts = Counter(region for card in cards for region in set(card.line.regions))
    return [
        Tile(name, letters, counts[name], sum(counts[name] >= s for s in _SHADES), x, y)
        for name, (letters, x, y) in PROVINCES.items()
    ]
