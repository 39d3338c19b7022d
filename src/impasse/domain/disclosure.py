"""Disclosure under the Woo: what a government decided about one item, and what must be kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import datetime


class Disclosure(StrEnum):
    """Whether an item is made public."""

    FULL = "full"
    PARTIAL = "partial"
    REFUSED = "refused"

    @property
    def label(self) -> Text:
        """The decision in words."""
        return _LABELS[self]


_LABELS = {
    Disclosure.FULL: Text("openbaar", "public"),
    Disclosure.PARTIAL: Text("deels openbaar", "partly public"),
    Disclosure.REFUSED: Text("niet openbaar", "not public"),
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one government decided about one item of the shared room of a case."""

    item: str
    organisation: str
    disclosure: Disclosure
    grounds: tuple[str, ...]
    note: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A duty to keep everything of a case, as long as it is not lifted."""

    id: str
    organisation: str
    reason: str
    reference: str
    placed_by: str
    placed_at: datetime
    lifted_by: str = ""
    lifted_at: datetime | None = None
    lifted_because: str = ""
