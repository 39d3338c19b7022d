"""Terms: how long they are, on what they rest, and on which day they end.

The Algemene termijnenwet (Atw) moves the end of a term that is set in a statute, and of a term in
a decree or ordinance that takes after it. What parties agree or plan among themselves it leaves
alone, unless they choose otherwise.
Source: https://wetten.overheid.nl/BWBR0002448/2010-10-10
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from impasse.domain import term_sentences as sentences
from impasse.domain.calendar import FIRST_DAY, LAST_DAY
from impasse.domain.errors import Invalid
from impasse.domain.length import Length, Unit
from impasse.domain.recess import ends_within
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.calendar import Calendar

__all__ = [
    "Atw",
    "Basis",
    "Direction",
    "Length",
    "Reckoning",
    "Step",
    "TermRule",
    "Unit",
    "explain",
    "reckon",
    "warnings",
]

_ARTICLE_2_DAYS = 2
_ONE_DAY = timedelta(days=1)


class Basis(StrEnum):
    """On what a term rests; it decides whether the Atw applies by law."""

    STATUTE = "statute"
    REGULATION = "regulation"
    ORDINANCE = "ordinance"
    AGREEMENT = "agreement"
    INTERNAL = "internal"

    @property
    def label(self) -> Text:
        """The basis in words."""
        return _BASIS_LABELS[self]

    @property
    def by_law(self) -> bool:
        """Whether the Atw applies without anybody choosing so."""
        return self in _WHY_BY_LAW


_BASIS_LABELS = {
    Basis.STATUTE: Text("wet", "statute"),
    Basis.REGULATION: Text("algemene maatregel van bestuur", "order in council"),
    Basis.ORDINANCE: Text("verordening", "ordinance"),
    Basis.AGREEMENT: Text("afspraak", "agreement"),
    Basis.INTERNAL: Text("interne termijn", "internal term"),
}
_WHY_BY_LAW = {
    Basis.STATUTE: sentences.STATUTE,
    Basis.REGULATION: sentences.REGULATION,
    Basis.ORDINANCE: sentences.ORDINANCE,
}


class Direction(StrEnum):
    """Whether a term runs on from its start, or is counted back from it."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Atw(StrEnum):
    """What is chosen about the Atw: what the basis says, apply it by agreement, or exclude it."""

    AUTO = "auto"
    APPLY = "apply"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class TermRule:
    """What is promised about time: a length, what it rests on, and what is chosen about the Atw.

    `source` names the provision or agreement. `atw_applies` says whether arts. 1 and 2 move the
    end; `needs_two_working_days` whether art. 2 among them may.
    """

    length: Length
    basis: Basis
    direction: Direction = Direction.FORWARD
    atw: Atw = Atw.AUTO
    source: Text | None = None
    atw_applies: bool = field(init=False, repr=False, compare=False)
    needs_two_working_days: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Settle once what every reckoning asks."""
        chosen = self.atw is Atw.APPLY or (self.atw is Atw.AUTO and self.basis.by_law)
        applies = chosen and self.direction is Direction.FORWARD and self.length.within_article_4
        setter = object.__setattr__
        setter(self, "atw_applies", applies)
        setter(self, "needs_two_working_days", applies and self.length.at_least_three_days)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The outcome: `raw_end` as counted, `end` the last day, `ends_at` the instant it has passed.

    `ends_at` (UTC) is the local midnight after `end`; for a term in hours it is the exact instant,
    and `end` is the local day on which that falls.
    """

    start: date | datetime
    rule: TermRule
    raw_end: date
    end: date
    ends_at: datetime
    calendar_version: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation: the day it is about, a stable code, and the sentence."""

    day: date
    code: str
    text: Text


def reckon(rule: TermRule, start: date | datetime, calendar: Calendar) -> Reckoning:
    """Reckon the last day of a term that *start* sets off (or, counting back, that leads to it).

    The day after the start is day 1. A term in hours needs an instant as its start. Raises
    `Invalid` when it gets only a day, or when the term leaves the calendar.
    """
    if rule.length.unit is Unit.HOURS:
        return _reckon_hours(rule, start, calendar)
    calendar = calendar.kept_by(rule.basis)
    day = calendar.local_day(start) if isinstance(start, datetime) else start
    end = raw_end = _raw_end(rule, day, calendar)
    if rule.atw_applies:
        end = calendar.next_working_day(raw_end)
        if rule.needs_two_working_days:
            end = max(end, calendar.add_working_days(day, _ARTICLE_2_DAYS))
    return Reckoning(start, rule, raw_end, end, calendar.end_of_day(end), calendar.version)


def explain(reckoning: Reckoning, calendar: Calendar) -> tuple[Step, ...]:
    """Tell how the last day came about, step by step, in the order in which it was found.

    The first step says which calculation was made: for a term by law or for what was agreed.
    """
    calendar = calendar.kept_by(reckoning.rule.basis)
    if reckoning.rule.length.unit is Unit.HOURS:
        return tuple(_hour_steps(reckoning, calendar))
    return tuple(_day_steps(reckoning, calendar))


def warnings(reckoning: Reckoning, calendar: Calendar) -> tuple[Text, ...]:
    """Tell what may make the outcome differ: unknown equated days, or a choice that a law limits.

    A term that the calendar cannot move (in hours, counted back, too long for the Atw, agreed
    without it) gets no warning about equated days. Whatever ends within a recess gets one: the
    recess moves nothing, but it is no time to decide.
    """
    told = []
    if calendar.version != reckoning.calendar_version:
        told.append(sentences.other_calendar(reckoning.calendar_version, calendar.version))
    if reckoning.rule.basis is Basis.STATUTE and reckoning.rule.atw is Atw.EXCLUDE:
        told.append(sentences.EXCLUDED_FROM_STATUTE)
    if reckoning.rule.length.unit is Unit.WORKING_DAYS:
        told.extend(calendar.warnings(*_counted_days(reckoning, calendar)))
    elif reckoning.rule.atw_applies:
        told.extend(calendar.warnings(reckoning.raw_end, reckoning.end))
    if recess := calendar.recess_on(reckoning.end):
        told.append(ends_within(recess, reckoning.end))
    return tuple(told)


def _day_of(start: date | datetime, calendar: Calendar) -> date:
    """The local day of the event that sets off the term; it does not count itself."""
    return calendar.local_day(start) if isinstance(start, datetime) else start


def _counted_days(reckoning: Reckoning, calendar: Calendar) -> tuple[date, date]:
    """The first and the last of the days that were counted, the earliest first."""
    start = _day_of(reckoning.start, calendar)
    if reckoning.rule.direction is Direction.BACKWARD:
        return reckoning.end, start - _ONE_DAY
    return start + _ONE_DAY, reckoning.end


def _reckon_hours(rule: TermRule, start: date | datetime, calendar: Calendar) -> Reckoning:
    """Count hours that have really passed: on a night when clocks change, too."""
    if not isinstance(start, datetime):
        raise Invalid(sentences.HOURS_NEED_INSTANT)
    calendar.local_day(start)
    hours = timedelta(hours=rule.length.amount)
    back = rule.direction is Direction.BACKWARD
    try:
        ends_at = start.astimezone(UTC) + (-hours if back else hours)
        day = calendar.local_day(ends_at)
    except (OverflowError, Invalid):
        raise Invalid(sentences.too_far(rule.length.text, start)) from None
    return Reckoning(start, rule, day, day, ends_at, calendar.version)


def _raw_end(rule: TermRule, day: date, calendar: Calendar) -> date:
    """Count without the Atw."""
    amount = rule.length.amount
    if rule.direction is Direction.BACKWARD:
        amount = -amount
    try:
        raw_end = _add(day, amount, rule.length.unit, calendar)
    except (OverflowError, ValueError):
        raw_end = None
    if raw_end is None or not FIRST_DAY <= raw_end <= LAST_DAY:
        raise Invalid(sentences.too_far(rule.length.text, day))
    return raw_end


def _add(day: date, amount: int, unit: Unit, calendar: Calendar) -> date:
    match unit:
        case Unit.CALENDAR_DAYS:
            return day + timedelta(days=amount)
        case Unit.WORKING_DAYS:
            return calendar.add_working_days(day, amount)
        case Unit.WEEKS:
            return day + timedelta(weeks=amount)
        case Unit.MONTHS:
            return _add_months(day, amount)
        case Unit.YEARS:
            return _add_months(day, 12 * amount)
        case Unit.HOURS:
            raise Invalid(sentences.HOURS_NEED_INSTANT)
    assert_never(unit)


def _add_months(day: date, months: int) -> date:
    """The corresponding date, or the last day of the month when it has no such date.

    The Atw is silent on this; the rule is that of the European Convention on the Calculation of
    Time-Limits (Basel 1972).
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def _hour_steps(reckoning: Reckoning, calendar: Calendar) -> Iterator[Step]:
    if not isinstance(reckoning.start, datetime):
        raise Invalid(sentences.HOURS_NEED_INSTANT)
    rule, end = reckoning.rule, reckoning.end
    back = rule.direction is Direction.BACKWARD
    day = calendar.local_day(reckoning.start)
    yield Step(day, "start", sentences.begins_at(reckoning.start, back=back))
    yield Step(end, "counted", sentences.counted_to_instant(rule.length.text, reckoning.ends_at))
    yield Step(end, "atw_not_applied", _why_not(rule))
    yield Step(end, "end", sentences.ends_at(reckoning.ends_at))


def _day_steps(reckoning: Reckoning, calendar: Calendar) -> Iterator[Step]:
    start, raw_end, rule = _day_of(reckoning.start, calendar), reckoning.raw_end, reckoning.rule
    back = rule.direction is Direction.BACKWARD
    first = start - _ONE_DAY if back else start + _ONE_DAY
    yield Step(start, "calculation", _calculation(rule))
    yield Step(start, "start", sentences.set_off(start, back=back))
    yield Step(first, "day_1", sentences.day_1(first))
    if rule.length.unit is Unit.WORKING_DAYS:
        yield from _not_counted(first, raw_end, calendar)
    counted = sentences.counted_to_day(rule.length.text, raw_end, calendar.why_off(raw_end))
    yield Step(raw_end, "counted", counted)
    if rule.atw_applies:
        yield Step(raw_end, "atw_applied", _why(rule))
        yield from _extension(reckoning, start, calendar)
    else:
        yield Step(raw_end, "atw_not_applied", _why_not(rule))
    yield Step(reckoning.end, "end", sentences.last_day(reckoning.end))


def _not_counted(first: date, last: date, calendar: Calendar) -> Iterator[Step]:
    """Yield the days off from *first* to *last*, in the direction of counting."""
    step = _ONE_DAY if first <= last else -_ONE_DAY
    day = first
    while day != last:
        if off := calendar.why_off(day):
            yield Step(day, "not_counted", sentences.not_counted(day, off))
        day += step


def _extension(reckoning: Reckoning, start: date, calendar: Calendar) -> Iterator[Step]:
    """Yield what art. 1 skips, then what art. 2 adds."""
    reached = calendar.next_working_day(reckoning.raw_end)
    yield from _skipped(reckoning.raw_end, reached, calendar)
    if reached < reckoning.end:
        held = calendar.working_days_between(start, reached)
        yield Step(reached, "two_working_days", sentences.too_few_working_days(held, reached))
        yield from _skipped(reached + _ONE_DAY, reckoning.end, calendar)


def _skipped(first: date, end: date, calendar: Calendar) -> Iterator[Step]:
    """Yield the days off from *first* up to *end*, which is a working day."""
    day = first
    while day < end:
        if off := calendar.why_off(day):
            yield Step(day, "skipped", sentences.skipped(day, off))
        day += _ONE_DAY


def _calculation(rule: TermRule) -> Text:
    """Which of the two calculations is made, or neither when no day off can matter."""
    if rule.basis.by_law:
        return sentences.KEPT_BY_LAW
    counts = rule.length.unit is Unit.WORKING_DAYS or rule.atw_applies
    return sentences.KEPT_BY_AGREEMENT if counts else sentences.EVERY_DAY_COUNTS


def _why(rule: TermRule) -> Text:
    return _WHY_BY_LAW.get(rule.basis, sentences.BY_CHOICE)


def _why_not(rule: TermRule) -> Text:
    """The first reason that settles it: what the Act never covers, then what was chosen."""
    if not rule.length.within_article_4:
        hours = rule.length.unit is Unit.HOURS
        return sentences.NEVER_IN_HOURS if hours else sentences.NEVER_THIS_LONG
    if rule.direction is Direction.BACKWARD:
        return sentences.NEVER_COUNTED_BACK
    return sentences.EXCLUDED if rule.atw is Atw.EXCLUDE else sentences.NOT_BY_LAW
