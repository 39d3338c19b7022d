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
from itertools import accumulate, compress
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import AMSTERDAM, WEEKDAYS, day_in_words, instant_in_words
from impasse.domain.errors import Invalid
from impasse.domain.holidays import (
    OffDay,
    OffKind,
    ascension_day,
    easter,
    easter_monday,
    good_friday,
    holidays,
    kings_day,
    whit_monday,
)
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "Calendar",
    "EquatedDay",
    "OffDay",
    "OffKind",
    "Period",
    "ascension_day",
    "day_in_words",
    "easter",
    "easter_monday",
    "good_friday",
    "holidays",
    "instant_in_words",
    "kings_day",
    "whit_monday",
]

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2100, 12, 31)

_ORIGIN = FIRST_DAY.toordinal()
_SIZE = LAST_DAY.toordinal() - _ORIGIN + 1
_ONE_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_RULES = "1"
"""Part of every version: to be raised when the rules for holidays in this module change."""


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


_WEEKEND = {weekday: OffDay(OffKind.WEEKEND, WEEKDAYS[weekday]) for weekday in (_SATURDAY, _SUNDAY)}


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
