"""Recess: days on which a body does not meet. It flags and plans; it never stops a term.

Recess is an arrangement of procedure, not a ground on which a term stands still.
Source: https://www.parlement.com/id/vhnnmt7js3ni/parlementair_reces
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import day_in_words
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Recess:
    """The days from *first* to *last*, both included, on which *body* does not meet."""

    name: Text
    body: Text
    first: date
    last: date
    source: str

    def holds(self, day: date) -> bool:
        """Whether *day* falls in this recess."""
        return self.first <= day <= self.last

    @property
    def title(self) -> Text:
        """What it is called, and of whom."""
        return Text(f"{self.name.nl} ({self.body.nl})", f"{self.name.en} ({self.body.en})")


def ends_within(recess: Recess, end: date) -> Text:
    """Say that a term ends on a day on which no decision of the body can be expected."""
    day, first, last = day_in_words(end), day_in_words(recess.first), day_in_words(recess.last)
    name = recess.title
    return Text(
        f"De laatste dag, {day.nl}, valt in een reces: {name.nl}, {first.nl} tot en met "
        f"{last.nl}. De termijn loopt gewoon door; plan besluiten vóór {first.nl}.",
        f"The last day, {day.en}, falls in a recess: {name.en}, {first.en} to {last.en}. "
        f"The term simply runs on; plan decisions before {first.en}.",
    )
