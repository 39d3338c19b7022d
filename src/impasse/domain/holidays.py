"""The holidays of the Algemene termijnenwet (Atw) that follow from a rule, year by year.

Source: art. 3(1) and 3(2), https://wetten.overheid.nl/BWBR0002448/2010-10-10
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

_ONE_DAY = timedelta(days=1)
_SUNDAY = 6
_WILLEM_ALEXANDER = 2014
"""The first year in which the day of the King's birthday was celebrated in April's last week."""


class OffKind(StrEnum):
    """Why the Atw does not count a day as a working day."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    GOOD_FRIDAY = "good_friday"
    EQUATED = "equated"

    @property
    def article(self) -> Text:
        """The provision that says so."""
        return _ARTICLES[self]


_ARTICLES = {
    OffKind.WEEKEND: Text("Atw art. 1 lid 1", "Atw art. 1(1)"),
    OffKind.HOLIDAY: Text("Atw art. 3 lid 1", "Atw art. 3(1)"),
    OffKind.GOOD_FRIDAY: Text("Atw art. 3 lid 2", "Atw art. 3(2)"),
    OffKind.EQUATED: Text("Atw art. 3 lid 3", "Atw art. 3(3)"),
}


@dataclass(frozen=True, slots=True)
class OffDay:
    """A day that is no working day: of what kind, and what it is called."""

    kind: OffKind
    name: Text


def easter(year: int) -> date:
    """Easter Sunday of *year* in the Gregorian calendar (the method of Butcher and Meeus)."""
    golden = year % 19
    century, in_century = divmod(year, 100)
    skipped_leaps, century_rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    full_moon = (19 * golden + century - skipped_leaps - moon_shift + 15) % 30
    leaps, year_rest = divmod(in_century, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leaps - full_moon - year_rest) % 7
    late = (golden + 11 * full_moon + 22 * to_sunday) // 451
    month, day = divmod(full_moon + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def good_friday(year: int) -> date:
    """The Friday before Easter."""
    return easter(year) - timedelta(days=2)


def easter_monday(year: int) -> date:
    """The day after Easter."""
    return easter(year) + _ONE_DAY


def ascension_day(year: int) -> date:
    """The fortieth day of Easter, a Thursday."""
    return easter(year) + timedelta(days=39)


def whit_monday(year: int) -> date:
    """The day after Whitsun, seven weeks after Easter Monday."""
    return easter(year) + timedelta(days=50)


def kings_day(year: int) -> date:
    """The day on which the birthday of the King (until 2013: the Queen) is celebrated.

    27 April since 2014, 30 April before; a day earlier when that is a Sunday.
    """
    day = date(year, 4, 27) if year >= _WILLEM_ALEXANDER else date(year, 4, 30)
    return day - _ONE_DAY if day.weekday() == _SUNDAY else day


def holidays(year: int) -> Iterator[tuple[date, OffDay]]:
    """Yield the holidays of art. 3(1) and 3(2) in *year*.

    A day may come twice (Ascension Day on 5 May 2016): the name that comes last is used.
    """
    yield date(year, 1, 1), _NEW_YEAR
    yield date(year, 5, 5), _LIBERATION_DAY
    yield kings_day(year), _KINGS_DAY if year >= _WILLEM_ALEXANDER else _QUEENS_DAY
    yield good_friday(year), _GOOD_FRIDAY
    yield easter_monday(year), _EASTER_MONDAY
    yield ascension_day(year), _ASCENSION_DAY
    yield whit_monday(year), _WHIT_MONDAY
    yield date(year, 12, 25), _CHRISTMAS_DAY
    yield date(year, 12, 26), _SECOND_CHRISTMAS_DAY


def _holiday(nl: str, en: str) -> OffDay:
    return OffDay(OffKind.HOLIDAY, Text(nl, en))


_NEW_YEAR = _holiday("Nieuwjaarsdag", "New Year's Day")
_GOOD_FRIDAY = OffDay(OffKind.GOOD_FRIDAY, Text("Goede Vrijdag", "Good Friday"))
_EASTER_MONDAY = _holiday("tweede paasdag", "Easter Monday")
_KINGS_DAY = _holiday("Koningsdag", "King's Day")
_QUEENS_DAY = _holiday("Koninginnedag", "Queen's Day")
_LIBERATION_DAY = _holiday("Bevrijdingsdag (5 mei)", "Liberation Day (5 May)")
_ASCENSION_DAY = _holiday("Hemelvaartsdag", "Ascension Day")
_WHIT_MONDAY = _holiday("tweede pinksterdag", "Whit Monday")
_CHRISTMAS_DAY = _holiday("eerste kerstdag", "Christmas Day")
_SECOND_CHRISTMAS_DAY = _holiday("tweede kerstdag", "Second Christmas Day")
