"""What entering a stage promises about time: its term, and every moment at which a timer rings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.domain.case import Purpose
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Fault, Invalid
from impasse.domain.length import Length, Unit
from impasse.domain.terms import Atw, reckon
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.terms import Reckoning, TermRule
    from impasse.domain.workflow import Reminder, StageTerm


BEFORE_RECESS = 5
"""So many working days before a recess is told that a term will end within it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The term of a stay that begins on a day, and its timers as (purpose, rung, moment)."""

    length: str
    basis: str
    atw: str
    reckoning: Reckoning
    moments: tuple[tuple[Purpose, int, datetime], ...]


def schedule(
    stage_term: StageTerm,
    today: date,
    calendar: Calendar,
    until: date | None = None,
    *,
    at: datetime | None = None,
) -> Schedule:
    """Return what a stay that begins *today* promises.

    *until* is the last day that the parties agreed, for a term of which they name it. *at* is the
    instant at which the stay begins, from which a term in hours counts. Raises `Invalid` when what
    the parties agree is needed and missing, past, or later than the procedure allows.
    """
    rule = stage_term.rule
    in_hours = rule.length.unit is Unit.HOURS
    begin = at if in_hours and at is not None else today
    if stage_term.agreed:
        rule = _rule_until(rule, until, begin, today, calendar)
        begin = today
    reckoning = reckon(rule, begin, calendar)
    rings = moments(stage_term, reckoning.end, reckoning.ends_at, today, calendar)
    return Schedule(str(rule.length), rule.basis.value, rule.atw.value, reckoning, rings)


def moments(  # noqa: PLR0917 an end and what stands still before it
    stage_term: StageTerm,
    end: date,
    ends_at: datetime,
    today: date,
    calendar: Calendar,
    still: Sequence[tuple[date, date]] = (),
) -> tuple[tuple[Purpose, int, datetime], ...]:
    """Return the moments at which the timers ring of a term that ends on *end*.

    Reminders ring at the start of their day, rungs when the last day of waiting has passed. *still*
    are the stretches (day before the first, last day) in which the clock stands still: no reminder
    rings in them, but on the day after; what would so be said twice to the same people is said
    once. Reminders of *today* or earlier are left out. A term that ends within a recess gets a
    reminder before that begins, and ends on its day all the same.
    """
    days = calendar.agreed
    reminders = [
        (index, reminder, _awake(days.add_working_days(end, -reminder.before.amount), still))
        for index, reminder in enumerate(stage_term.reminders)
    ]
    found = [
        (Purpose.REMINDER, index, calendar.start_of_day(day))
        for index, reminder, day in reminders
        if today < day <= end
        and not any(
            other_day == day and _says_it_too(other, reminder, comes_later=other_index > index)
            for other_index, other, other_day in reminders
            if other_index != index
        )
    ]
    for index, rung in enumerate(stage_term.on_expiry):
        due_at = (
            ends_at
            if rung.after.amount == 0
            else calendar.end_of_day(days.add_working_days(end, rung.after.amount))
        )
        found.append((Purpose.RUNG, index, due_at))
    recess = calendar.recess_on(end)
    if recess is not None:
        day = _awake(days.add_working_days(recess.first, -BEFORE_RECESS), still)
        if today < day < recess.first:
            found.append((Purpose.RECESS_REMINDER, 0, calendar.start_of_day(day)))
    return tuple(found)


def _says_it_too(other: Reminder, one: Reminder, *, comes_later: bool) -> bool:
    """Whether *other*, on the same day, tells everybody whom *one* would tell the same."""
    heard, hears = set(one.notify), set(other.notify)
    return other.message == one.message and (heard < hears or (heard == hears and comes_later))


def _awake(day: date, still: Sequence[tuple[date, date]]) -> date:
    """Return *day*, or the day after the stretch in which it lies."""
    for first, last in still:
        if first < day <= last:
            return last + timedelta(days=1)
    return day


def _rule_until(
    rule: TermRule,
    until: date | None,
    begin: date | datetime,
    today: date,
    calendar: Calendar,
) -> TermRule:
    """Return the rule of a term whose last day the parties named, within its longest length."""
    longest = reckon(rule, begin, calendar).end
    if until is None or not today < until <= longest:
        last = day_in_words(longest)
        raise Invalid(
            Text("Spreek een einddatum af.", "Agree on an end date."),
            [
                Fault(
                    "/until",
                    Text(
                        f"Kies een dag na vandaag en uiterlijk {last.nl}.",
                        f"Choose a day after today and no later than {last.en}.",
                    ),
                )
            ],
        )
    days = Length((until - today).days, Unit.CALENDAR_DAYS)
    return replace(rule, length=days, atw=Atw.EXCLUDE)
