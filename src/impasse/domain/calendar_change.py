"""What one calendar says otherwise than another: days, horizon and recesses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.calendar import FIRST_DAY, LAST_DAY
from impasse.domain.days_in_words import day_in_words
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.calendar import Calendar, OffDay
    from impasse.domain.recess import Recess


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day on which two calendars differ: why it was off and why it is; None is a working day."""

    day: date
    before: OffDay | None
    after: OffDay | None

    @property
    def text(self) -> Text:
        """The change in a sentence."""
        day = day_in_words(self.day)
        if self.before is None and self.after is not None:
            return Text(
                f"{_capital(day.nl)} is nu een vrije dag ({self.after.name.nl}).",
                f"{day.en} is now a day off ({self.after.name.en}).",
            )
        if self.after is None and self.before is not None:
            return Text(
                f"{_capital(day.nl)} is geen vrije dag meer ({self.before.name.nl}).",
                f"{day.en} is no longer a day off ({self.before.name.en}).",
            )
        was, now = _named(self.before), _named(self.after)
        return Text(
            f"{_capital(day.nl)} heet nu {now.nl}, eerst {was.nl}.",
            f"{day.en} is now called {now.en}, before {was.en}.",
        )


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """All that `new` says otherwise than `old`; a recess that changed is removed and added."""

    days: tuple[DayChange, ...]
    horizon_before: date
    horizon_after: date
    recesses_added: tuple[Recess, ...]
    recesses_removed: tuple[Recess, ...]

    @property
    def sentences(self) -> tuple[Text, ...]:
        """Every change in a sentence, days first."""
        told = [change.text for change in self.days]
        if self.horizon_before != self.horizon_after:
            was, now = day_in_words(self.horizon_before), day_in_words(self.horizon_after)
            told.append(
                Text(
                    f"De horizon is nu {now.nl}, eerst {was.nl}.",
                    f"The horizon is now {now.en}, before {was.en}.",
                )
            )
        told += [
            _recess(recess, Text("Nieuw reces", "New recess")) for recess in self.recesses_added
        ]
        gone = Text("Vervallen reces", "Recess withdrawn")
        told += [_recess(recess, gone) for recess in self.recesses_removed]
        return tuple(told)


def difference(
    old: Calendar, new: Calendar, first: date = FIRST_DAY, last: date = LAST_DAY
) -> CalendarChange:
    """Return what *new* says otherwise than *old* about the days from *first* to *last*."""
    return CalendarChange(
        days=differing_days(old.agreed, new.agreed, first, last),
        horizon_before=old.horizon,
        horizon_after=new.horizon,
        recesses_added=_only_in(new, old, first, last),
        recesses_removed=_only_in(old, new, first, last),
    )


def differing_days(old: Calendar, new: Calendar, first: date, last: date) -> tuple[DayChange, ...]:
    """Return the days from *first* to *last* that are off in one calendar, or off otherwise.

    Give both as a term keeps them (`kept_by`): only then closing days are told where they count.
    """
    before, after = dict(old.days_off(first, last)), dict(new.days_off(first, last))
    return tuple(
        DayChange(day, old.why_off(day), new.why_off(day))
        for day in sorted(before.keys() | after.keys())
        if before.get(day) != after.get(day)
    )


def _only_in(one: Calendar, other: Calendar, first: date, last: date) -> tuple[Recess, ...]:
    known = set(other.recesses)
    return tuple(r for r in one.recesses_between(first, last) if r not in known)


def _recess(recess: Recess, word: Text) -> Text:
    first, last, name = day_in_words(recess.first), day_in_words(recess.last), recess.title
    return Text(
        f"{word.nl}: {name.nl}, {first.nl} tot en met {last.nl}.",
        f"{word.en}: {name.en}, {first.en} to {last.en}.",
    )


def _named(off: OffDay | None) -> Text:
    return off.name if off else Text("werkdag", "working day")


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
