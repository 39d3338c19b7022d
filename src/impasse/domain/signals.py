"""Reports of emerging disagreement: what was seen, by whom, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date


class Reliability(StrEnum):
    """How well a signal is founded."""

    DOCUMENT = "document"
    FIRST_HAND = "first_hand"
    SECOND_HAND = "second_hand"

    @property
    def label(self) -> Text:
        """The reliability in words."""
        return _RELIABILITY_LABELS[self]


_RELIABILITY_LABELS = {
    Reliability.DOCUMENT: Text("document", "document"),
    Reliability.FIRST_HAND: Text("uit de eerste hand", "first-hand"),
    Reliability.SECOND_HAND: Text("van horen zeggen", "second-hand"),
}


@dataclass(frozen=True, slots=True)
class Signal:
    """One report about a case, coded to an indicator such as "A1".

    `organisation` is the id of the reporter's organisation. `happened_on` is the day of what is
    reported, `reported_on` the day it became known here; both are days in the Netherlands.
    `closed_on` is the day on which a state ended, and `closed_as` how: "kept" when a promise was
    kept and its counterpart confirmed that.
    """

    id: str
    indicator: str
    reliability: Reliability
    organisation: str
    happened_on: date
    reported_on: date
    text: str
    closed_on: date | None = None
    closed_as: str = ""

    def known_on(self, day: date) -> bool:
        """Whether it had happened and was reported on *day*: hindsight does not count."""
        return self.happened_on <= day and self.reported_on <= day

    def closed_by(self, day: date) -> bool:
        """Whether the state had ended on *day*."""
        return self.closed_on is not None and self.closed_on <= day
