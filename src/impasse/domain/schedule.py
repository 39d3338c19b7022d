"""What entering a stage promises about time: its term, and every moment at which a timer rings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from impasse.domain.case import Purpose
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Fault, Invalid
from impasse.domain.length import Length, Unit
from impasse.domain.terms import Atw, reckon
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date, datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.terms import Reckoning, TermRule
    from impasse.domain.workflow import StageTerm


@dataclass(frozen=True, slots=True)
class Schedule:
    """The term of a stay that begins on a day, and its timers as (purpose, rung, moment)."""

    length: str
    basis: str
    atw: str
    reckoning: Reckoning
    moments: tuple[tuple[Purpose, int, datetime], ...]


def schedule(
    stage_term: StageTerm, today: date, calendar: Calendar, until: date | None = None
) -> Schedule:
    """Return what a stay that begins *today* promises.

    Reminders ring at the start of their day, rungs when the last day of waiting has passed.
    *until* is the last day that the parties agreed, for a term of which they name it. Raises
    `Invalid` when that is needed and missing, past, or later than the procedure allows.
    """
    rule = stage_term.rule
    if stage_term.agreed:
        rule = _rule_until(rule, until, today, calendar)
    reckoning = reckon(rule, today, calendar)
    moments = []
    for index, reminder in enumerate(stage_term.reminders):
        day = calendar.add_working_days(reckoning.end, -reminder.before.amount)
        if day > today:
            moments.append((Purpose.REMINDER, index, calendar.start_of_day(day)))
    for index, rung in enumerate(stage_term.on_expiry):
        due_at = (
            reckoning.ends_at
            if rung.after.amount == 0
            else calendar.end_of_day(calendar.add_working_days(reckoning.end, rung.after.amount))
        )
        moments.append((Purpose.RUNG, index, due_at))
    return Schedule(str(rule.length), rule.basis.value, rule.atw.value, reckoning, tuple(moments))


def _rule_until(rule: TermRule, until: date | None, today: date, calendar: Calendar) -> TermRule:
    """Return the rule of a term whose last day the parties named, within its longest length."""
    longest = reckon(rule, today, calendar).end
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
