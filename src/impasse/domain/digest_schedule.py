"""When somebody gets a digest: on own working days, at an own hour, and each one time only.

A digest belongs to a day, not to a moment. So the clock may jump forward a week or run twice
through an hour: there is one for today, none for days that were missed, and never a second.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.notification import DigestWish
from impasse.domain.quiet_hours import moment_on
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.notification import NotificationSettings

GRACE = timedelta(hours=1)
"""A digest that is late by less than this comes also after the end of the working hours."""


class DigestKind(StrEnum):
    """How often a digest comes."""

    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def why(self) -> Text:
        """Why somebody gets it."""
        return _WHY[self]

    @property
    def reach(self) -> timedelta:
        """How far back the first one of somebody looks."""
        return timedelta(days=1) if self is DigestKind.DAILY else timedelta(days=7)


_WHY = {
    DigestKind.DAILY: Text(
        "U krijgt een overzicht op elke werkdag. U kiest zelf of en wanneer.",
        "You get a digest on every working day. You choose whether and when.",
    ),
    DigestKind.WEEKLY: Text(
        "U krijgt een overzicht op de eerste werkdag van de week. U kiest zelf of en wanneer.",
        "You get a digest on the first working day of the week. You choose whether and when.",
    ),
}

_WISHES = {
    DigestWish.NONE: frozenset[DigestKind](),
    DigestWish.DAILY: frozenset({DigestKind.DAILY}),
    DigestWish.WEEKLY: frozenset({DigestKind.WEEKLY}),
    DigestWish.BOTH: frozenset(DigestKind),
}


def due_digest(
    wanted: NotificationSettings,
    at: datetime,
    calendar: Calendar,
    made: Collection[tuple[DigestKind, date]],
) -> tuple[DigestKind, date] | None:
    """Return which digest is due for somebody at moment *at*, with its day; None when none is.

    *made* are those that were made, with their day: that of a weekly one is a Monday. On the day
    of a weekly digest there is no daily one beside it.
    """
    today = at.astimezone(AMSTERDAM).date()
    hours = wanted.hours
    moment = moment_on(today, wanted.digest_time)
    _, end = hours.on(today)
    if not moment <= at < max(end, moment + GRACE) or not hours.works_on(today, calendar):
        return None
    wishes = _WISHES[wanted.digest]
    monday = today - timedelta(days=today.weekday())
    first = not any(
        hours.works_on(monday + timedelta(days=n), calendar) for n in range(today.weekday())
    )
    weekly = (DigestKind.WEEKLY, monday)
    if DigestKind.WEEKLY in wishes and first:
        return None if weekly in made else weekly
    daily = (DigestKind.DAILY, today)
    if DigestKind.DAILY in wishes and daily not in made:
        return daily
    # One that was missed on its own day comes later in the week, for who had one before.
    had = any(kind is DigestKind.WEEKLY for kind, _ in made)
    if wishes == {DigestKind.WEEKLY} and had and weekly not in made:
        return weekly
    return None
