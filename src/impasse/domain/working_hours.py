"""Working time: the seconds between opening and closing on working days of the agreed calendar.

A wait of two working days that begins on Friday at four in the afternoon ends on Tuesday at four:
nights, weekends, holidays and closing days take no time. What would end at closing time ends when
work begins again, for then there is somebody to read it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Invalid
from impasse.domain.length import Unit
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date, time

    from impasse.domain.calendar import Calendar
    from impasse.domain.escalation_policy import WorkingHours
    from impasse.domain.length import Length

_ONE_DAY = timedelta(days=1)
_HOUR = 3600


def seconds_of(length: Length | None, hours: WorkingHours) -> int:
    """Return *length* in seconds of working time; None is 0.

    A working day is as long as the hours say. Raises `Invalid` for a unit that is no working time.
    """
    if length is None:
        return 0
    if length.unit is Unit.WORKING_DAYS:
        return length.amount * day_seconds(hours)
    if length.unit is Unit.HOURS:
        return length.amount * _HOUR
    raise Invalid(
        Text(
            f"Een wachttijd is in werkdagen of uren, niet in {length.text.nl}.",
            f"A wait is in working days or hours, not in {length.text.en}.",
        )
    )


def day_seconds(hours: WorkingHours) -> int:
    """Return how many seconds one working day has."""
    return _of_day(hours.end) - _of_day(hours.begin)


def after(calendar: Calendar, hours: WorkingHours, at: datetime, seconds: int) -> datetime:
    """Return the moment so many *seconds* of working time after *at*; *at* itself for 0."""
    if seconds <= 0:
        return at
    day, gone = _place(calendar, hours, at)
    days, rest = divmod(gone + seconds, day_seconds(hours))
    if days:
        day = calendar.agreed.add_working_days(day, days)
    return opening(hours, day) + timedelta(seconds=rest)


def between(calendar: Calendar, hours: WorkingHours, first: datetime, last: datetime) -> int:
    """Return the seconds of working time from *first* to *last*; 0 when *last* comes first."""
    if last <= first:
        return 0
    day, gone = _place(calendar, hours, first)
    other, gone_there = _place(calendar, hours, last)
    days = calendar.agreed.working_days_between(day, other)
    return max(days * day_seconds(hours) + gone_there - gone, 0)


def opening(hours: WorkingHours, day: date) -> datetime:
    """Return the instant at which work begins on *day*."""
    return datetime.combine(day, hours.begin, AMSTERDAM).astimezone(UTC)


def next_opening(calendar: Calendar, hours: WorkingHours, day: date) -> datetime:
    """Return the first instant after *day* at which work begins."""
    return opening(hours, calendar.agreed.add_working_days(day, 1))


def _place(calendar: Calendar, hours: WorkingHours, at: datetime) -> tuple[date, int]:
    """Return the working day on which *at* lies, or the next one, and how much of it has gone."""
    today = calendar.local_day(at)
    day = calendar.agreed.next_working_day(today)
    if day != today:
        return day, 0
    gone = int((at - opening(hours, day)).total_seconds())
    return day, min(max(gone, 0), day_seconds(hours))


def _of_day(moment: time) -> int:
    return moment.hour * _HOUR + moment.minute * 60 + moment.second
