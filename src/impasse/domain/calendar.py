"""Which days are working days, and when days begin and end: by law, and by agreement.

Holidays follow from rules; unless told otherwise those of the Algemene termijnenwet (Atw), art.
3(1) and 3(2). The days that the Crown equates with them (art. 3(3)) follow from no rule at all, so
they come from a dated table with a horizon. Days on which offices are closed are days off for what
is agreed, and ordinary days for the Act. Recesses change no day; they are kept to warn with.
Source: https://wetten.overheid.nl/BWBR0002448/2010-10-10
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, compress
from typing import TYPE_CHECKING, Protocol

from impasse.domain.days_in_words import AMSTERDAM, WEEKDAYS, day_in_words, instant_in_words
from impasse.domain.errors import Invalid
from impasse.domain.holidays import (
    RULES_OF_THE_ACT,
    HolidayRule,
    OffDay,
    OffKind,
    celebrated,
    easter,
)
from impasse.domain.recess import Recess
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "Calendar",
    "ClosureDay",
    "EquatedDay",
    "HolidayRule",
    "OffDay",
    "OffKind",
    "Period",
    "Recess",
    "day_in_words",
    "easter",
    "instant_in_words",
]

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2100, 12, 31)

_ORIGIN = FIRST_DAY.toordinal()
_SIZE = LAST_DAY.toordinal() - _ORIGIN + 1
_ONE_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6


class Ground(Protocol):
    """On what a term rests, as far as a calendar asks."""

    @property
    def by_law(self) -> bool:
        """Whether the term is set by law."""


@dataclass(frozen=True, slots=True)
class EquatedDay:
    """A day that a decree equates with a holiday (art. 3(3)), and where that can be read."""

    day: date
    decree: Text
    source: str


@dataclass(frozen=True, slots=True)
class ClosureDay:
    """A day on which the offices are closed, why, and who decided that.

    No term by law takes notice of it: for the Act a local closing day is an ordinary working day.
    """

    day: date
    name: Text
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
    are known. `version` is the edition with a digest of all that bears on the outcome and on how
    it is told, so two calendars with the same version reckon and explain alike. As it is made, a
    calendar answers for terms by law; `kept_by` gives the one that a term asks. Days outside
    1990-2100 raise `Invalid`.
    """

    edition: str
    horizon: date
    equated: tuple[EquatedDay, ...] = ()
    periods: tuple[Period, ...] = ()
    rules: tuple[HolidayRule, ...] = RULES_OF_THE_ACT
    closures: tuple[ClosureDay, ...] = ()
    recesses: tuple[Recess, ...] = ()
    version: str = field(init=False)
    by_agreement: bool = field(init=False, default=False)
    _off: dict[int, OffDay] = field(init=False, repr=False, compare=False)
    _working: array[int] = field(init=False, repr=False, compare=False)
    _before: array[int] = field(init=False, repr=False, compare=False)
    _by_law: Calendar = field(init=False, repr=False, compare=False)
    _agreed: Calendar = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the tables: named days off, the working days, and how many precede each day."""
        by_rule, digest_of_rules = _by_rule(self.rules)
        equated = ((e.day, OffDay(OffKind.EQUATED, _equated_name(e.decree))) for e in self.equated)
        closed = {_index(c.day): OffDay(OffKind.CLOSURE, c.name) for c in self.closures}
        setter = object.__setattr__
        setter(self, "version", f"{self.edition}+{self._digest(digest_of_rules)}")
        self._fill({_index(day): why for day, why in equated} | by_rule)
        setter(self, "_by_law", self)
        setter(self, "_agreed", self._closed_on(closed) if closed else self)

    def kept_by(self, basis: Ground) -> Calendar:
        """The calendar that a term with this *basis* keeps to.

        For a term by law that is the calendar without closing days, for an agreed or internal
        term the one in which they are days off. Without closing days the two are one object. Both
        have the same version.
        """
        return self._by_law if basis.by_law else self._agreed

    def called(self, version: str) -> Calendar:
        """Return this calendar under the *version* by which it was adopted.

        How a version is made may change between releases; what was reckoned keeps its name.
        """
        if version == self.version:
            return self
        renamed = replace(self)
        for one in (renamed, renamed._agreed):  # noqa: SLF001 - ours, and known to nobody yet
            object.__setattr__(one, "version", version)
        return renamed

    @property
    def agreed(self) -> Calendar:
        """The calendar of agreed and internal terms, in which closing days are days off."""
        return self._agreed

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

    def days_off(self, first: date, last: date) -> list[tuple[date, OffDay]]:
        """The days from *first* to *last* that are off for another reason than the weekend."""
        low, high = _index(first), _index(last)
        found = sorted(index for index in self._off if low <= index <= high)
        return [(date.fromordinal(_ORIGIN + index), self._off[index]) for index in found]

    def recess_on(self, day: date) -> Recess | None:
        """The recess in which *day* falls; the one that lasts longest when bodies share it."""
        held = [recess for recess in self.recesses if recess.holds(day)]
        return max(held, key=lambda recess: recess.last, default=None)

    def recesses_between(self, first: date, last: date) -> tuple[Recess, ...]:
        """The recesses that share a day with the days from *first* to *last*, earliest first."""
        met = (r for r in self.recesses if r.first <= last and first <= r.last)
        return tuple(sorted(met, key=lambda recess: (recess.first, recess.last)))

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

    def _closed_on(self, closed: Mapping[int, OffDay]) -> Calendar:
        """Return this calendar as agreed terms know it: *closed* are days off as well."""
        twin = object.__new__(Calendar)
        setter = object.__setattr__
        for name in _KEPT:
            setter(twin, name, getattr(self, name))
        for name, value in (("by_agreement", True), ("_by_law", self), ("_agreed", twin)):
            setter(twin, name, value)
        twin._fill({**closed, **self._off})
        return twin

    def _fill(self, off: dict[int, OffDay]) -> None:
        """Precompute every answer, given the days off that have a name."""
        works = bytearray(int(_weekday(index) < _SATURDAY) for index in range(7))
        works = (works * (_SIZE // 7 + 1))[:_SIZE]
        for index in off:
            works[index] = 0
        setter = object.__setattr__
        setter(self, "_off", off)
        setter(self, "_working", array("l", compress(range(_SIZE), works)))
        setter(self, "_before", array("l", accumulate(works, initial=0)))

    def _digest(self, rules: str) -> str:
        """Eight hexadecimal figures over all that the calendar knows; order is no matter."""
        facts = [
            *((e.day, e.decree, e.source) for e in self.equated),
            *((p.first, p.last, p.complete) for p in self.periods),
            *((c.day, c.name, c.source, "closed") for c in self.closures),
            *((r.first, r.last, r.name, r.body, r.source) for r in self.recesses),
        ]
        told = sorted(repr(fact) for fact in facts)
        return _digest([f"rules {rules}", f"horizon {self.horizon}", *told])


_KEPT = ("edition", "horizon", "equated", "periods", "rules", "closures", "recesses", "version")


@lru_cache(maxsize=8)
def _by_rule(rules: tuple[HolidayRule, ...]) -> tuple[dict[int, OffDay], str]:
    """Return the days that *rules* make holidays, and a digest of those days and their names.

    Not of the rules: two ways to say the same are one calendar.
    """
    years = range(FIRST_DAY.year - 1, LAST_DAY.year + 2)
    days = (pair for year in years for pair in celebrated(rules, year))
    within = {day.toordinal() - _ORIGIN: why for day, why in days if FIRST_DAY <= day <= LAST_DAY}
    told = (f"{i} {within[i].name!r} {within[i].article!r}" for i in sorted(within))
    return within, _digest(told)


def _digest(facts: Iterable[str]) -> str:
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
