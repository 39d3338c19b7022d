"""The shape of a calendar file: which keys it may have, and what each of them takes."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from impasse.adapters.files.yaml_shape import Unfit
from impasse.domain.calendar import FIRST_DAY, LAST_DAY
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""How a file calls the days of the week; Monday is 0."""

_A_LEAP_YEAR = 2028
_DAY = Text(
    "een bestaande dag van 1990 tot en met 2100, zoals 2027-03-30",
    "an existing day from 1990 to 2100, such as 2027-03-30",
)
_MONTH_AND_DAY = Text(
    "een maand en een dag die bestaan, zoals 04-27", "a month and a day that exist, such as 04-27"
)
_EDITION = Text(
    'ten hoogste 40 letters, cijfers, punten en streepjes, zoals "2026-11"',
    'at most 40 letters, digits, dots and dashes, such as "2026-11"',
)
_WHICH = Text(
    "een getal van 1 tot en met 5, of -1 voor de laatste",
    "a number from 1 to 5, or -1 for the last",
)


def _day(written: object) -> date:
    """Take only what is written as 2027-03-30, and only days that the calendar can hold."""
    try:
        day = date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != written or not FIRST_DAY <= day <= LAST_DAY:
        raise Unfit(_DAY)
    return day


def _month_and_day(written: object) -> tuple[int, int]:
    """Take what is written as 04-27; 29 February exists in some years, so it may stand here."""
    try:
        month, day = (int(part) for part in str(written).split("-"))
        known = 1 <= day <= monthrange(_A_LEAP_YEAR, month)[1]
    except ValueError:
        raise Unfit(_MONTH_AND_DAY) from None
    if not known or written != f"{month:02}-{day:02}":
        raise Unfit(_MONTH_AND_DAY)
    return month, day


def _whole(low: int, high: int) -> Callable[[object], int]:
    """Return what takes a whole number from *low* to *high*."""
    wanted = Text(
        f"een heel getal van {low} tot en met {high}", f"a whole number from {low} to {high}"
    )

    def take(written: object) -> int:
        if isinstance(written, bool) or not isinstance(written, int) or not low <= written <= high:
            raise Unfit(wanted)
        return written

    return take


def _which(written: object) -> int:
    if written not in {1, 2, 3, 4, 5, -1} or not isinstance(written, int):
        raise Unfit(_WHICH)
    return written


def _edition(written: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", written):
        raise Unfit(_EDITION)
    return written


Day = Annotated[date, BeforeValidator(_day)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Edition = Annotated[Words, AfterValidator(_edition)]
"""Part of every version, and so of addresses."""
Year = Annotated[int, BeforeValidator(_whole(1800, 2200))]
Shift = Annotated[int, BeforeValidator(_whole(-6, 6))] | None


class Shape(BaseModel):
    """What every part of the file has in common: no key too many, no value of another kind."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Title(Shape):
    """The same words in both languages."""

    nl: Words
    en: Words

    @property
    def text(self) -> Text:
        """The words as the domain has them."""
        return Text(self.nl, self.en)


class Decree(Shape):
    """A decree and the days that it equates with a holiday."""

    title: Title
    source: Words
    days: Annotated[list[Day], Field(min_length=1)]


class PeriodShape(Shape):
    """A stretch of days of which the table of equated days is complete, or not."""

    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="until")]
    complete: bool


class Nth(Shape):
    """The third Tuesday of September, the last Monday of May."""

    month: Annotated[int, BeforeValidator(_whole(1, 12))]
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    number: Annotated[int, BeforeValidator(_which)]


class Shifts(Shape):
    """By how many days a celebration moves when it falls on a weekday."""

    monday: Shift = None
    tuesday: Shift = None
    wednesday: Shift = None
    thursday: Shift = None
    friday: Shift = None
    saturday: Shift = None
    sunday: Shift = None


class Holiday(Shape):
    """A holiday, on a fixed day, counted from Easter, or on a certain weekday of a month."""

    name: Title
    on: Annotated[tuple[int, int], BeforeValidator(_month_and_day)] | None = None
    easter: Annotated[int, BeforeValidator(_whole(-90, 200))] | None = None
    nth: Nth | None = None
    since: Year | None = None
    until: Year | None = None
    shift: Shifts | None = None
    article: Title | None = None


class Closure(Shape):
    """Days on which the offices are closed, and why."""

    name: Title
    source: Words
    days: Annotated[list[Day], Field(min_length=1)]


class RecessShape(Shape):
    """A stretch of days on which a body does not meet."""

    name: Title
    body: Title
    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="until")]
    source: Words


class CalendarFile(Shape):
    """The whole file; the keys after `decrees` belong to format 2."""

    format: Literal[1, 2] = 1
    edition: Edition
    horizon: Day
    periods: list[PeriodShape]
    decrees: list[Decree]
    holidays: Annotated[list[Holiday], Field(min_length=1)] | None = None
    closures: list[Closure] | None = None
    recesses: list[RecessShape] | None = None


_OWNERS: dict[str, type[Shape]] = {
    "periods": PeriodShape,
    "decrees": Decree,
    "holidays": Holiday,
    "closures": Closure,
    "recesses": RecessShape,
    "title": Title,
    "name": Title,
    "body": Title,
    "article": Title,
    "nth": Nth,
    "shift": Shifts,
}


def keys_at(place: tuple[str | int, ...]) -> list[str]:
    """Return the keys that a mapping may have where the unknown key at *place* stands."""
    within = next((_OWNERS[part] for part in reversed(place[:-1]) if part in _OWNERS), CalendarFile)
    return [field.alias or name for name, field in within.model_fields.items()]
