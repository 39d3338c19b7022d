"""The days of the Algemene termijnenwet (Atw): which are working days, and when they begin and end.

Weekends and the holidays of art. 3(1) and 3(2) follow from rules. The days that the Crown equates
with them (art. 3(3)) follow from no rule at all, so they come from a dated table with a horizon.
Source: https://wetten.overheid.nl/BWBR0002448/2010-10-10
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate, compress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from impasse.domain.errors import Invalid
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2100, 12, 31)

_ORIGIN = FIRST_DAY.toordinal()
_SIZE = LAST_DAY.toordinal() - _ORIGIN + 1
_ONE_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_WILLEM_ALEXANDER = 2014
"""The first year in which the day of the King's birthday was celebrated in April's last week."""
_RULES = "1"
"""Part of every version: to be raised when the rules for holidays in this module change."""


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


@dataclass(frozen=True, slots=True)
class EquatedDay:
    """A day that a decree equates with a holiday (art. 3(3)), and where that can be read."""

    day: date
    decree: Text
    source: str


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both ends included, of which the table holds all equated days or not."""

    first: date
    last: date
    complete: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days and days off from 1990 to 2100, precomputed: every answer is a look-up.

    `edition` is the name that its keeper gave it, `horizon` the last day for which equated days
    are known. `version` is the edition with a digest of all that bears on the outcome, so two
    calendars with the same version reckon alike. Days outside 1990-2100 raise `Invalid`.
    """

    edition: str
    horizon: date
    equated: tuple[EquatedDay, ...] = ()
    periods: tuple[Period, ...] = ()
    version: str = field(init=False)
    _off: dict[int, OffDay] = field(init=False, repr=False, compare=False)
    _working: array[int] = field(init=False, repr=False, compare=False)
    _before: array[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the tables: named days off, the working days, and how many precede each day."""
        off = {day.toordinal() - _ORIGIN: why for day, why in self._days_off()}
        works = bytearray(int(_weekday(index) < _SATURDAY) for index in range(7))
        works = (works * (_SIZE // 7 + 1))[:_SIZE]
        for index in off:
            works[index] = 0
        setter = object.__setattr__
        setter(self, "version", f"{self.edition}+{self._digest()}")
        setter(self, "_off", off)
        setter(self, "_working", array("l", compress(range(_SIZE), works)))
        setter(self, "_before", array("l", accumulate(works, initial=0)))

    def is_working_day(self, day: date) -> bool:
        """Whether *day* is no Saturday, Sunday, recognised holiday or equated day."""
        index = _index(day)
        return self._before[index] != self._before[index + 1]

    def off_day(self, day: date) -> Text | None:
        """Why *day* is no working day, in words; None when it is one."""
        why = self.why_off(day)
        return why.name if why else None

    def why_off(self, day: date) -> OffDay | None:
        """Why *day* is no working day: its name and its article; None when it is one.

        A holiday that falls in a weekend goes by its own name.
        """
        index = _index(day)
        return self._off.get(index) or _WEEKEND.get(_weekday(index))

    def next_working_day(self, day: date) -> date:
        """The first working day on or after *day*."""
        return self._working_day(self._before[_index(day)], day)

    def add_working_days(self, day: date, n: int) -> date:
        """The *n*-th working day after *day*; before it when *n* is negative; *day* when 0."""
        index = _index(day)
        if n > 0:
            return self._working_day(self._before[index + 1] + n - 1, day)
        return self._working_day(self._before[index] + n, day) if n else day

    def working_days_between(self, a: date, b: date) -> int:
        """Count the working days after *a* up to and including *b*; negative when b < a."""
        return self._before[_index(b) + 1] - self._before[_index(a) + 1]

    def start_of_day(self, day: date) -> datetime:
        """The instant (UTC) of the local midnight with which *day* begins."""
        _index(day)
        return _midnight(day)

    def end_of_day(self, day: date) -> datetime:
        """The instant (UTC) of the local midnight with which *day* ends."""
        _index(day)
        return _midnight(day + _ONE_DAY)

    def local_day(self, instant: datetime) -> date:
        """The day in Europe/Amsterdam on which *instant* falls; it must carry an offset."""
        if instant.tzinfo is None:
            raise Invalid(_no_offset(instant))
        try:
            day = instant.astimezone(AMSTERDAM).date()
        except OverflowError:
            raise Invalid(_outside(instant.date())) from None
        _index(day)
        return day

    def warnings(self, first: date, last: date | None = None) -> tuple[Text, ...]:
        """What is not known about the days from *first* to *last* (default: *first* alone).

        A sentence for days beyond the horizon, and one for days in a period of which the table
        of equated days is not known to be complete.
        """
        last = last or first
        told = []
        if last > self.horizon:
            told.append(_beyond(max(first, self.horizon + _ONE_DAY), self.horizon))
        if unsure := self._first_unsure(first, min(last, self.horizon)):
            told.append(_incomplete(unsure))
        return tuple(told)

    def _first_unsure(self, first: date, last: date) -> date | None:
        """The first day from *first* to *last* that lies in no complete period."""
        day = first
        for period in sorted(self.periods, key=lambda period: period.first):
            if period.complete and period.first <= day <= period.last:
                day = period.last + _ONE_DAY
        return day if day <= last else None

    def _working_day(self, place: int, asked_from: date) -> date:
        if not 0 <= place < len(self._working):
            raise Invalid(_runs_out(asked_from))
        return date.fromordinal(_ORIGIN + self._working[place])

    def _days_off(self) -> Iterator[tuple[date, OffDay]]:
        """Yield the days off that have a name: what follows from a rule overrides the table."""
        for one in self.equated:
            _index(one.day)
            yield one.day, OffDay(OffKind.EQUATED, _equated_name(one.decree))
        for year in range(FIRST_DAY.year, LAST_DAY.year + 1):
            yield from holidays(year)

    def _digest(self) -> str:
        """Eight hexadecimal figures over rules, table, periods and horizon; order is no matter."""
        facts = [f"rules {_RULES}", f"horizon {self.horizon}"]
        facts += sorted(f"equated {one.day} {one.decree.nl}" for one in self.equated)
        facts += sorted(f"period {p.first} {p.last} {p.complete}" for p in self.periods)
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]


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


def holidays(year: int) -> Iterable[tuple[date, OffDay]]:
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


def day_in_words(day: date) -> Text:
    """Write *day* in full: "dinsdag 30 maart 2027", "Tuesday 30 March 2027"."""
    weekday, month = _WEEKDAYS[day.weekday()], _MONTHS[day.month - 1]
    return Text(
        f"{weekday.nl} {day.day} {month.nl} {day.year}",
        f"{weekday.en} {day.day} {month.en} {day.year}",
    )


def _index(day: date) -> int:
    """The place of *day* in the tables; raises `Invalid` outside them."""
    index = day.toordinal() - _ORIGIN
    if 0 <= index < _SIZE:
        return index
    raise Invalid(_outside(day))


def _weekday(index: int) -> int:
    """Monday is 0: FIRST_DAY is a Monday."""
    return index % 7


def _midnight(day: date) -> datetime:
    """Clocks in Amsterdam change at two or three at night: every day there has one midnight."""
    return datetime.combine(day, time.min, AMSTERDAM).astimezone(UTC)


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

_WEEKDAYS = (
    Text("maandag", "Monday"),
    Text("dinsdag", "Tuesday"),
    Text("woensdag", "Wednesday"),
    Text("donderdag", "Thursday"),
    Text("vrijdag", "Friday"),
    Text("zaterdag", "Saturday"),
    Text("zondag", "Sunday"),
)
_MONTHS = (
    Text("januari", "January"),
    Text("februari", "February"),
    Text("maart", "March"),
    Text("april", "April"),
    Text("mei", "May"),
    Text("juni", "June"),
    Text("juli", "July"),
    Text("augustus", "August"),
    Text("september", "September"),
    Text("oktober", "October"),
    Text("november", "November"),
    Text("december", "December"),
)
_WEEKEND = {
    weekday: OffDay(OffKind.WEEKEND, _WEEKDAYS[weekday]) for weekday in (_SATURDAY, _SUNDAY)
}


def _equated_name(decree: Text) -> Text:
    return Text(f"gelijkgestelde dag ({decree.nl})", f"equated day ({decree.en})")


def _outside(day: date) -> Text:
    first, last = day_in_words(FIRST_DAY), day_in_words(LAST_DAY)
    return Text(
        f"De kalender loopt van {first.nl} tot en met {last.nl}, en {day.isoformat()} valt "
        "daarbuiten. Kies een dag binnen die jaren.",
        f"The calendar runs from {first.en} to {last.en}, and {day.isoformat()} is outside it. "
        "Choose a day within those years.",
    )


def _runs_out(day: date) -> Text:
    first, last = day_in_words(FIRST_DAY), day_in_words(LAST_DAY)
    return Text(
        f"Zoveel werkdagen vanaf {day.isoformat()} vallen buiten de kalender, die loopt van "
        f"{first.nl} tot en met {last.nl}. Kies een kortere termijn of een andere dag.",
        f"That many working days from {day.isoformat()} fall outside the calendar, which runs "
        f"from {first.en} to {last.en}. Choose a shorter term or another day.",
    )


def _no_offset(instant: datetime) -> Text:
    return Text(
        f"Bij het tijdstip {instant.isoformat()} ontbreekt de tijdzone. Voeg die toe, "
        "bijvoorbeeld +01:00.",
        f"The instant {instant.isoformat()} lacks an offset. Add one, for example +01:00.",
    )


def _beyond(day: date, horizon: date) -> Text:
    shown, last = day_in_words(day), day_in_words(horizon)
    return Text(
        f"Vanaf {shown.nl} is niet bekend welke dagen met een feestdag zijn gelijkgesteld: de "
        f"kalender is bijgewerkt tot en met {last.nl}. De uitkomst kan nog veranderen.",
        f"From {shown.en} it is not known which days are equated with holidays: the calendar is "
        f"up to date until {last.en}. The outcome may still change.",
    )


def _incomplete(day: date) -> Text:
    shown = day_in_words(day)
    return Text(
        f"Voor de periode rond {shown.nl} is niet zeker dat de kalender alle gelijkgestelde dagen "
        "bevat. Controleer de Staatscourant.",
        f"For the period around {shown.en} the calendar may lack equated days. Check the "
        "Staatscourant (the government gazette).",
    )
