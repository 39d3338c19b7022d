"""Weeks of a duty rota as a page shows them: stretches of working days with one answer each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import MONTHS, WEEKDAYS
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from impasse.domain.duty import Duty, Missing, OnDuty


@dataclass(frozen=True, slots=True)
class Stretch:
    """Working days from `first` to `last`: who is on duty, for whom, or why nobody is."""

    first: date
    last: date
    person: str
    replaces: str
    swapped: bool
    missing: Missing | None

    @property
    def days(self) -> Text:
        """The days of the week: "maandag", "maandag tot en met vrijdag"."""
        first, last = WEEKDAYS[self.first.weekday()], WEEKDAYS[self.last.weekday()]
        if self.first == self.last:
            return first
        return Text(f"{first.nl} tot en met {last.nl}", f"{first.en} to {last.en}")


@dataclass(frozen=True, slots=True)
class Week:
    """One week that begins on Monday; without stretches it has no working day (any more)."""

    monday: date
    stretches: tuple[Stretch, ...]

    @property
    def label(self) -> Text:
        """The week in words: "Week 48, vanaf 23 november"."""
        number, month = self.monday.isocalendar().week, MONTHS[self.monday.month - 1]
        return Text(
            f"Week {number}, vanaf {self.monday.day} {month.nl}",
            f"Week {number}, from {self.monday.day} {month.en}",
        )


def weeks_of(days: Iterable[OnDuty], works: Callable[[date], bool]) -> tuple[Week, ...]:
    """Return the weeks of *days*; *works* tells which are working days.

    A day off inside a stretch does not break it.
    """
    weeks: dict[date, list[Stretch]] = {}
    for one in days:
        stretches = weeks.setdefault(one.day - timedelta(days=one.day.weekday()), [])
        if not works(one.day):
            continue
        found = Stretch(one.day, one.day, one.person, one.replaces, _swapped(one.duty), one.missing)
        if stretches and replace(stretches[-1], first=one.day, last=one.day) == found:
            stretches[-1] = replace(stretches[-1], last=one.day)
        else:
            stretches.append(found)
    return tuple(Week(monday, tuple(found)) for monday, found in sorted(weeks.items()))


def _swapped(duty: Duty | None) -> bool:
    return duty is not None and duty.override
