"""Quiet hours: on which days and at which hours somebody wants to hear, and when the next one is.

Hours are those of the clock on the wall in Amsterdam, also in the nights in which it is changed: a
time that does not exist that night is the moment at which the clock jumped over it, and of an hour
that comes twice the first one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Invalid
from impasse.domain.holidays import OffKind

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar

WEEKDAYS = frozenset({1, 2, 3, 4, 5})
"""Monday to Friday, as `date.isoweekday` counts."""

_DAY = timedelta(days=1)
_FARTHEST = 366
"""Days that are looked ahead: whoever works on some day of the week works within a year."""


@dataclass(frozen=True, slots=True)
class OpenHours:
    """When somebody hears what is not urgent: on `days` (1 is Monday), from `begin` to `end`.

    Outside them it is quiet, and so it is on holidays and closing days.
    """

    days: frozenset[int] = WEEKDAYS
    begin: time = time(8, 0)
    end: time = time(18, 0)

    def works_on(self, day: date, calendar: Calendar) -> bool:
        """Whether *day* is one of the own days, and no holiday; a weekend may be an own day."""
        if day.isoweekday() not in self.days:
            return False
        try:
            off = calendar.agreed.why_off(day)
        except Invalid:
            # Beyond the calendar no holidays are known.
            return True
        return off is None or off.kind is OffKind.WEEKEND

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Return when it begins and ends to be open on *day*; the end itself is quiet."""
        return moment_on(day, self.begin), moment_on(day, self.end)

    def is_open(self, at: datetime, calendar: Calendar) -> bool:
        """Whether *at* lies within the open hours."""
        day = at.astimezone(AMSTERDAM).date()
        begin, end = self.on(day)
        return begin <= at < end and self.works_on(day, calendar)

    def next_open(self, at: datetime, calendar: Calendar) -> datetime:
        """Return *at* when it is open then, or else the next moment at which it begins to be.

        When there is none within a year, *at*: to be told at a bad moment is better than never.
        """
        day = at.astimezone(AMSTERDAM).date()
        for _ in range(_FARTHEST):
            begin, end = self.on(day)
            if at < end and begin < end and self.works_on(day, calendar):
                return max(at, begin)
            day += _DAY
        return at


def moment_on(day: date, hour: time) -> datetime:
    """Return the instant (UTC) at which the clock in Amsterdam shows *hour* on *day*."""
    return datetime.combine(day, hour.replace(fold=0), AMSTERDAM).astimezone(UTC)
