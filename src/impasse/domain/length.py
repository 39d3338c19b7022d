"""Lengths of terms: so many hours, days, working days, weeks, months or years."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from impasse.domain.errors import Invalid
from impasse.domain.text import Text

_MOST = 999_999
"""The largest amount in a length: far beyond any calendar, and never slow to read."""


class Unit(StrEnum):
    """What a length counts."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


_UNIT_NAMES = {
    Unit.HOURS: (Text("uur", "hour"), Text("uur", "hours")),
    Unit.CALENDAR_DAYS: (Text("dag", "day"), Text("dagen", "days")),
    Unit.WORKING_DAYS: (Text("werkdag", "working day"), Text("werkdagen", "working days")),
    Unit.WEEKS: (Text("week", "week"), Text("weken", "weeks")),
    Unit.MONTHS: (Text("maand", "month"), Text("maanden", "months")),
    Unit.YEARS: (Text("jaar", "year"), Text("jaar", "years")),
}
_WRITTEN_UNITS = {
    name: unit
    for unit, names in _UNIT_NAMES.items()
    for text in names
    for name in (text.nl, text.en)
} | {
    "uren": Unit.HOURS,
    "jaren": Unit.YEARS,
    "calendar day": Unit.CALENDAR_DAYS,
    "calendar days": Unit.CALENDAR_DAYS,
    "kalenderdag": Unit.CALENDAR_DAYS,
    "kalenderdagen": Unit.CALENDAR_DAYS,
}
_ISO_UNITS = {
    "PD": Unit.CALENDAR_DAYS,
    "PW": Unit.WEEKS,
    "PM": Unit.MONTHS,
    "PY": Unit.YEARS,
    "PTH": Unit.HOURS,
}
_PROSE = re.compile(r"([0-9]+) ?([a-z][a-z ]*)")
_ISO = re.compile(r"(PT?)([0-9]+)([A-Z])")


@dataclass(frozen=True, slots=True)
class Length:
    """So many of one unit, 1 to 999,999; `str()` writes it so that `parse` reads it back."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse an amount that no term can have."""
        if not 1 <= self.amount <= _MOST:
            raise Invalid(_unusable_amount(self.amount))

    @classmethod
    def parse(cls, text: str) -> Length:
        """Read "10 working days", "2 weken", "48 uur", "P3M" or "PT48H"; case is no matter.

        Raises `Invalid` with what is accepted for anything else: zero, other units, mixtures.
        """
        words = " ".join(text.split())
        if prose := _PROSE.fullmatch(words.lower()):
            written, unit = prose[1], _WRITTEN_UNITS.get(prose[2])
        elif iso := _ISO.fullmatch(words.upper()):
            written, unit = iso[2], _ISO_UNITS.get(iso[1] + iso[3])
        else:
            raise Invalid(_unreadable(text))
        if unit is None:
            raise Invalid(_unreadable(text))
        digits = written.lstrip("0") or "0"
        if len(digits) > len(str(_MOST)):
            raise Invalid(_unusable_amount(digits))
        return cls(int(digits), unit)

    def __str__(self) -> str:
        """Write the length in English prose: "10 working days"."""
        return self.text.en

    @property
    def text(self) -> Text:
        """The length in words: "10 werkdagen", "10 working days"."""
        one, more = _UNIT_NAMES[self.unit]
        name = one if self.amount == 1 else more
        return Text(f"{self.amount} {name.nl}", f"{self.amount} {name.en}")

    @property
    def within_article_4(self) -> bool:
        """Whether art. 4(a) leaves the Atw in force: exactly 90 days, 12 weeks, 3 months still do.

        A term in working days is not named there and never ends on a day off, so nothing moves it.
        """
        most = _LONGEST_EXTENDED.get(self.unit)
        return most is not None and self.amount <= most

    @property
    def at_least_three_days(self) -> bool:
        """Whether art. 2 sees to it that the term holds two working days."""
        match self.unit:
            case Unit.WEEKS | Unit.MONTHS | Unit.YEARS:
                return True
            case Unit.CALENDAR_DAYS | Unit.WORKING_DAYS:
                return self.amount >= _ARTICLE_2_FROM
            case Unit.HOURS:
                return False
        assert_never(self.unit)


_LONGEST_EXTENDED = {
    Unit.CALENDAR_DAYS: 90,
    Unit.WORKING_DAYS: _MOST,
    Unit.WEEKS: 12,
    Unit.MONTHS: 3,
}
_ARTICLE_2_FROM = 3


def _unreadable(text: str) -> Text:
    shown = text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - one glance
    return Text(
        f'"{shown}" is geen termijn. Schrijf één getal met één eenheid, zoals "10 werkdagen", '
        '"14 dagen", "2 weken", "3 maanden", "1 jaar" of "48 uur", of ISO 8601: P10D, P2W, P3M, '
        "P1Y of PT48H.",
        f'"{shown}" is no length of a term. Write one number with one unit, such as "10 working '
        'days", "14 days", "2 weeks", "3 months", "1 year" or "48 hours", or ISO 8601: P10D, P2W, '
        "P3M, P1Y or PT48H.",
    )


def _unusable_amount(amount: int | str) -> Text:
    shown = str(amount)
    shown = shown if len(shown) <= 12 else shown[:11] + "…"  # noqa: PLR2004 - one glance
    return Text(
        f"Een termijn duurt 1 tot en met {_MOST} uren, dagen, weken, maanden of jaren, niet "
        f"{shown}. Kies een ander getal.",
        f"A term lasts 1 to {_MOST} hours, days, weeks, months or years, not {shown}. Choose "
        "another number.",
    )
