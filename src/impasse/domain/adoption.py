"""The adopted versions of a procedure: which is in force on a day, which is to come, which was."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.calendar import LAST_DAY
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

LONGEST_NAME = 60
"""Room for the name of who adopted."""


class Validity(StrEnum):
    """How a version stands on a day: new cases get it, will get it, or got it."""

    IN_FORCE = "in_force"
    UPCOMING = "upcoming"
    PAST = "past"

    @property
    def label(self) -> Text:
        """The validity in words."""
        return _VALIDITY_LABELS[self]


_VALIDITY_LABELS = {
    Validity.IN_FORCE: Text("geldt nu", "in force"),
    Validity.UPCOMING: Text("geldt nog niet", "upcoming"),
    Validity.PAST: Text("niet meer voor nieuwe zaken", "no longer for new cases"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """One adopted version of a procedure, without its text.

    `content_hash` is that of what the text says. `valid_from` is the first day on which new cases
    get this version. `validity` is told by `standing`.
    """

    name: str
    version: str
    content_hash: str
    adopted_at: datetime
    adopted_by: str
    valid_from: date
    validity: Validity = Validity.PAST

    @property
    def reference(self) -> str:
        """`name@version`: what a case is pinned to."""
        return f"{self.name}@{self.version}"


def standing(versions: Iterable[Version], today: date) -> list[Version]:
    """Return *versions* with how each stands on *today*: by name, the newest of each first.

    In force is the version whose first day is the latest that has come; of two with the same first
    day the one that was adopted last.
    """
    newest_first = sorted(versions, key=_newest, reverse=True)
    told = []
    taken: set[str] = set()
    for one in newest_first:
        if one.valid_from > today:
            validity = Validity.UPCOMING
        else:
            validity = Validity.PAST if one.name in taken else Validity.IN_FORCE
            taken.add(one.name)
        told.append(replace(one, validity=validity))
    return sorted(told, key=lambda one: one.name)


def _newest(one: Version) -> tuple[date, datetime, tuple[tuple[int, int, str], ...]]:
    return one.valid_from, one.adopted_at, version_order(one.version)


def version_order(version: str) -> tuple[tuple[int, int, str], ...]:
    """Order versions as people count: 2 before 10."""
    parts = re.findall(r"\d+|[A-Za-z]+", version)
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)


def adoption_faults(by: str, valid_from: date, today: date) -> list[Fault]:
    """Return what keeps somebody called *by* from adopting a version as of *valid_from*."""
    faults = []
    if not by.strip() or len(by) > LONGEST_NAME or not by.isprintable():
        faults.append(
            Fault(
                "/by",
                Text(
                    f"Noem wie de procedure aanneemt, in ten hoogste {LONGEST_NAME} gewone tekens.",
                    f"Name who adopts the procedure, in at most {LONGEST_NAME} plain characters.",
                ),
            )
        )
    if valid_from < today:
        day = day_in_words(today)
        faults.append(
            Fault(
                "/validFrom",
                Text(
                    "Een procedure geldt niet met terugwerkende kracht. Kies "
                    f"{day.nl} of een latere dag.",
                    f"A procedure does not apply to the past. Choose {day.en} or a later day.",
                ),
            )
        )
    elif valid_from > LAST_DAY:
        day = day_in_words(LAST_DAY)
        faults.append(
            Fault(
                "/validFrom",
                Text(
                    f"De kalender eindigt op {day.nl}. Kies een eerdere dag.",
                    f"The calendar ends on {day.en}. Choose an earlier day.",
                ),
            )
        )
    return faults


def refuse_adoption(faults: Iterable[Fault]) -> None:
    """Raise `Invalid` with all *faults*, if there are any."""
    if told := list(faults):
        raise Invalid(
            Text(
                "Deze versie kan zo niet worden aangenomen.", "This version cannot be adopted so."
            ),
            told,
        )
