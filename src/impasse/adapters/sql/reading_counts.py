"""How often closed rooms were read, for who looks after the machine: numbers that point at nobody.

Who read what is told to those who are in a room. To everybody else the existence of a room is
hidden: here are no cases, parties or kinds, and a month of few is as one of none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import ReadRow
from impasse.domain.days_in_words import AMSTERDAM

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

FEWEST = 5
"""A month counts only with so many cases and so many persons; with one of either it would tell."""

_READS = table(ReadRow)


@dataclass(frozen=True, slots=True)
class MonthOfReading:
    """A month ("2026-11") and how often closed rooms were read in it."""

    month: str
    reads: int


def reading_counts(database: Engine) -> list[MonthOfReading]:
    """Return the months that can be told of, oldest first; raises `Unavailable`.

    Of a month with few cases or few persons there is nothing, as of one in which nobody read.
    """
    cases: dict[str, set[str]] = {}
    persons: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    try:
        with database.connect() as connection:
            for row in connection.execute(select(_READS.c.at, _READS.c.case_id, _READS.c.person)):
                month = f"{row.at.astimezone(AMSTERDAM):%Y-%m}"
                cases.setdefault(month, set()).add(row.case_id)
                persons.setdefault(month, set()).add(row.person)
                counts[month] = counts.get(month, 0) + 1
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    return [
        MonthOfReading(month, count)
        for month, count in sorted(counts.items())
        if min(len(cases[month]), len(persons[month])) >= FEWEST
    ]
