"""Rules for holidays: on which day of each year one falls, what it is called, and who says so.

The rules of the Algemene termijnenwet (Atw) stand here as data; a calendar may carry others.
Source: art. 3(1) and 3(2), https://wetten.overheid.nl/BWBR0002448/2010-10-10
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

_WEEK = 7
_LAST = -1


class OffKind(StrEnum):
    """Why a day is no working day."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    GOOD_FRIDAY = "good_friday"
    EQUATED = "equated"
    CLOSURE = "closure"

    @property
    def article(self) -> Text:
        """The provision that says so; for a closing day, for which terms it counts."""
        return _ARTICLES[self]

    @property
    def label(self) -> Text:
        """The kind in words."""
        return _LABELS[self]


_ARTICLES = {
    OffKind.WEEKEND: Text("Atw art. 1 lid 1", "Atw art. 1(1)"),
    OffKind.HOLIDAY: Text("Atw art. 3 lid 1", "Atw art. 3(1)"),
    OffKind.GOOD_FRIDAY: Text("Atw art. 3 lid 2", "Atw art. 3(2)"),
    OffKind.EQUATED: Text("Atw art. 3 lid 3", "Atw art. 3(3)"),
    OffKind.CLOSURE: Text(
        "sluitingsdag, alleen bij afgesproken termijnen", "closing day, for agreed terms only"
    ),
}
_LABELS = {
    OffKind.WEEKEND: Text("weekend", "weekend"),
    OffKind.HOLIDAY: Text("feestdag", "holiday"),
    OffKind.GOOD_FRIDAY: Text("Goede Vrijdag", "Good Friday"),
    OffKind.EQUATED: Text("gelijkgestelde dag", "equated day"),
    OffKind.CLOSURE: Text("sluitingsdag", "closing day"),
}


@dataclass(frozen=True, slots=True)
class OffDay:
    """A day that is no working day: of what kind, what it is called, and by which provision."""

    kind: OffKind
    name: Text
    provision: Text | None = None

    @property
    def article(self) -> Text:
        """The provision that makes it a day off."""
        return self.provision or self.kind.article


@dataclass(frozen=True, slots=True)
class FixedDay:
    """The same day of the same month every year."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class EasterDay:
    """So many days after Easter Sunday; before it when *offset* is negative."""

    offset: int


@dataclass(frozen=True, slots=True)
class WeekdayOfMonth:
    """The first (1) to fifth (5) of a weekday in a month; the last when *number* is -1.

    Monday is 0.
    """

    month: int
    weekday: int
    number: int


DayOfYear = FixedDay | EasterDay | WeekdayOfMonth
"""On which day of a year something falls."""


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """A holiday that follows from a rule: its name, its day, and the years in which it is one.

    `since` and `until` are years, both included. `shift` says by how many days the celebration
    moves when the day falls on a weekday (Monday is 0): King's Day moves a day back on a Sunday.
    """

    name: Text
    when: DayOfYear
    article: Text = _ARTICLES[OffKind.HOLIDAY]
    since: int | None = None
    until: int | None = None
    shift: tuple[tuple[int, int], ...] = ()

    def day_in(self, year: int) -> date | None:
        """The day on which it is celebrated in *year*; None when it is not.

        A celebration that moves over New Year belongs to the year it came from.
        """
        if (self.since or year) > year or (self.until or year) < year:
            return None
        day = _day_of(self.when, year)
        if day is None:
            return None
        return day + timedelta(days=dict(self.shift).get(day.weekday(), 0))

    @property
    def off_day(self) -> OffDay:
        """What a day is that this rule makes a holiday."""
        friday = self.article == OffKind.GOOD_FRIDAY.article
        return OffDay(OffKind.GOOD_FRIDAY if friday else OffKind.HOLIDAY, self.name, self.article)


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


def celebrated(rules: tuple[HolidayRule, ...], year: int) -> Iterator[tuple[date, OffDay]]:
    """Yield the holidays of *year* in the order of *rules*.

    A day may come twice (Ascension Day on 5 May 2016): the name that comes last is used.
    """
    for rule in rules:
        day = rule.day_in(year)
        if day is not None:
            yield day, rule.off_day


def _day_of(when: DayOfYear, year: int) -> date | None:
    """The day in *year*, if that year has it: 29 February and a fifth Monday may be missing."""
    match when:
        case FixedDay(month, day):
            return date(year, month, day) if day <= monthrange(year, month)[1] else None
        case EasterDay(offset):
            return easter(year) + timedelta(days=offset)
        case WeekdayOfMonth(month, weekday, number):
            return _weekday_of_month(year, month, weekday, number)
    assert_never(when)


def _weekday_of_month(year: int, month: int, weekday: int, number: int) -> date | None:
    begins_on, length = monthrange(year, month)
    first = 1 + (weekday - begins_on) % _WEEK
    if number == _LAST:
        return date(year, month, first + (length - first) // _WEEK * _WEEK)
    day = first + (number - 1) * _WEEK
    return date(year, month, day) if day <= length else None


_SUNDAY = 6
_WILLEM_ALEXANDER = 2014
"""The first year in which the day of the King's birthday was celebrated in April's last week."""

_A_DAY_BEFORE_SUNDAY = ((_SUNDAY, -1),)

RULES_OF_THE_ACT = (
    HolidayRule(Text("Nieuwjaarsdag", "New Year's Day"), FixedDay(1, 1)),
    HolidayRule(Text("Bevrijdingsdag (5 mei)", "Liberation Day (5 May)"), FixedDay(5, 5)),
    HolidayRule(
        Text("Koninginnedag", "Queen's Day"),
        FixedDay(4, 30),
        until=_WILLEM_ALEXANDER - 1,
        shift=_A_DAY_BEFORE_SUNDAY,
    ),
    HolidayRule(
        Text("Koningsdag", "King's Day"),
        FixedDay(4, 27),
        since=_WILLEM_ALEXANDER,
        shift=_A_DAY_BEFORE_SUNDAY,
    ),
    HolidayRule(Text("Goede Vrijdag", "Good Friday"), EasterDay(-2), OffKind.GOOD_FRIDAY.article),
    HolidayRule(Text("tweede paasdag", "Easter Monday"), EasterDay(1)),
    HolidayRule(Text("Hemelvaartsdag", "Ascension Day"), EasterDay(39)),
    HolidayRule(Text("tweede pinksterdag", "Whit Monday"), EasterDay(50)),
    HolidayRule(Text("eerste kerstdag", "Christmas Day"), FixedDay(12, 25)),
    HolidayRule(Text("tweede kerstdag", "Second Christmas Day"), FixedDay(12, 26)),
)
"""The holidays of art. 3(1) and 3(2); the last name wins where two fall on one day."""
