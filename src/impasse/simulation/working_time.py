"""Working time as a number line: day 0 is the first working day, and days off take no room.

A whole number is the midnight with which a working day begins; days off before it lie at the same
point. So 3.5 is the middle of the fourth working day, and a term that ends with the fourth working
day has passed at 4.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from impasse.domain.calendar import Calendar

_ONE_DAY = timedelta(days=1)
_SECONDS = 86_400


class WorkingTime:
    """The days from *start* on, counted in working days of one calendar."""

    def __init__(self, start: date, calendar: Calendar) -> None:
        self.calendar = calendar
        self.start = calendar.next_working_day(start)
        self._before = self.start - _ONE_DAY
        self._days: list[date] = []

    def day(self, place: int) -> date:
        """The working day that begins at *place*."""
        days = self._days
        while len(days) <= place:
            days.append(self.calendar.add_working_days(self._before, len(days) + 1))
        return days[place]

    def beginning(self, day: date) -> int:
        """Where *day* begins."""
        return self.calendar.working_days_between(self._before, day - _ONE_DAY)

    def end(self, day: date) -> int:
        """Where *day* has passed."""
        return self.calendar.working_days_between(self._before, day)

    def at(self, instant: datetime) -> float:
        """Where *instant* lies; within a working day by the share of its 24 hours."""
        day = self.calendar.local_day(instant)
        begun = self.beginning(day)
        if self.end(day) == begun:
            return float(begun)
        passed = (instant - self.calendar.start_of_day(day)).total_seconds()
        return begun + min(passed / _SECONDS, 1.0)

    def instant(self, now: float) -> datetime:
        """The moment, to the second, at which *now* lies in its working day."""
        begun = self.calendar.start_of_day(self.day(int(now)))
        return begun + timedelta(seconds=int((now - int(now)) * _SECONDS))

    def in_years(self, years: int) -> int:
        """How many working days the first *years* years hold."""
        month, day = self.start.month, self.start.day
        if (month, day) == (2, 29):
            day = 28
        return self.beginning(date(self.start.year + years, month, day))
