"""What a measurement found, beside what, and whether it keeps within its bound."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADINGS = ("What", "On", "Measured", "Beside it", "Ratio", "Bound", "Holds")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table; `ratio` is empty where nothing comparable runs beside it."""

    what: str
    on: str
    measured: str
    beside: str
    ratio: str
    bound: str
    holds: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as it is shown."""
        holds = "yes" if self.holds else "NO"
        return (self.what, self.on, self.measured, self.beside, self.ratio, self.bound, holds)


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Return the median of *values*, and between which they lay."""
    low, middle, high = (f"{v:,.{digits}f}" for v in (min(values), median(values), max(values)))
    return f"{middle} [{low}..{high}]"


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table that can be read as it is."""
    rows = [HEADINGS, *(result.cells for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([line(HEADINGS), rule, *(line(row) for row in rows[1:])])
