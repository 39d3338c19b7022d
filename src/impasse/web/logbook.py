"""The logbook of a case: every entry, whether the chain holds, and a table to take away."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from impasse.adapters.exports.spreadsheet import harmless
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.history import broken_link
from impasse.web.timeline import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from impasse.domain.case import Case
    from impasse.domain.history import ChainedEntry
    from impasse.domain.text import Language, Text
    from impasse.web.timeline import Teller

_SHORT = 4
_HEADINGS = {
    "nl": ("nummer", "moment", "wie", "wat", "soort", "controlegetal"),
    "en": ("number", "moment", "who", "what", "kind", "check"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the logbook."""

    seq: int
    at: datetime
    when: Text
    who: Text
    what: Text
    action: str
    hash: str

    @property
    def short(self) -> str:
        """The ends of the hash, to compare by eye."""
        return f"{self.hash[:_SHORT]}…{self.hash[-2:]}"


def lines_of(entries: Sequence[ChainedEntry], teller: Teller) -> tuple[Line, ...]:
    """Return every entry in words, newest first."""
    return tuple(
        Line(
            seq=entry.seq,
            at=entry.at,
            when=moment(entry.at, teller.today),
            who=teller.offices.who(entry.person, entry.organisation),
            what=teller.sentence(entry),
            action=entry.action,
            hash=entry.hash,
        )
        for entry in reversed(entries)
    )


def broken_at(case: Case, entries: Sequence[ChainedEntry]) -> int | None:
    """Return the first entry that does not fit the chain, or None when all do."""
    return broken_link(list(entries), head=case.history_head, length=case.history_length)


def as_csv(lines: Sequence[Line], language: Language) -> str:
    """Return the logbook as a table, oldest first, that no spreadsheet takes for formulas."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADINGS[language])
    for line in reversed(lines):
        writer.writerow(
            [
                line.seq,
                line.at.astimezone(AMSTERDAM).isoformat(timespec="seconds"),
                *map(harmless, (line.who.in_(language), line.what.in_(language))),
                line.action,
                line.hash,
            ]
        )
    return out.getvalue()
