"""The calendar from its file: equated days by decree, the periods they cover, and the horizon."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from impasse.adapters.files.yaml_lines import Problem, read_yaml, unreadable
from impasse.domain.calendar import FIRST_DAY, LAST_DAY, Calendar, EquatedDay, Period, day_in_words
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from impasse.adapters.files.yaml_lines import Place

_Found = tuple["Place", Text]
"""A problem before its line is known."""


def _day(written: object) -> date:
    """Take only what is written as 2027-03-30, and only days that the calendar can hold."""
    try:
        day = date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != written or not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(written)
    return day


_Day = Annotated[date, BeforeValidator(_day)]
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Title(_Shape):
    nl: _Words
    en: _Words


class _Decree(_Shape):
    title: _Title
    source: _Words
    days: Annotated[list[_Day], Field(min_length=1)]


class _Period(_Shape):
    first: Annotated[_Day, Field(alias="from")]
    last: Annotated[_Day, Field(alias="until")]
    complete: bool


class _File(_Shape):
    edition: _Words
    horizon: _Day
    periods: list[_Period]
    decrees: list[_Decree]


def load_calendar(path: Path) -> Calendar:
    """Return the calendar that the file at *path* describes.

    Raises `Unreadable`, which tells every problem of the file with its line and its remedy.
    """
    content, lines = read_yaml(path)
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        found = [(details["loc"], _remedy(details)) for details in error.errors()]
        problems = [Problem(lines.at(place), text) for place, text in found]
        raise unreadable(path.name, problems) from error
    if unsound := [Problem(lines.at(place), text) for place, text in _unsound(file)]:
        raise unreadable(path.name, unsound)
    return _calendar(file)


def _calendar(file: _File) -> Calendar:
    return Calendar(
        edition=file.edition,
        horizon=file.horizon,
        equated=tuple(
            EquatedDay(day, Text(decree.title.nl, decree.title.en), decree.source)
            for decree in file.decrees
            for day in decree.days
        ),
        periods=tuple(Period(p.first, p.last, p.complete) for p in file.periods),
    )


def _unsound(file: _File) -> Iterator[_Found]:
    """Yield what no shape can see: days and periods that contradict each other or the Act."""
    yield from _unsound_periods(file.periods)
    yield from _unsound_days(file)
    ends = [period.last for period in file.periods if period.complete]
    if ends and file.horizon != max(ends):
        yield ("horizon",), _horizon_differs(file.horizon, max(ends))


def _unsound_periods(periods: Sequence[_Period]) -> Iterator[_Found]:
    for i, period in enumerate(periods):
        if period.last < period.first:
            yield ("periods", i, "until"), _ends_before_it_begins(period)
        if i and period.first <= periods[i - 1].last:
            yield ("periods", i, "from"), _overlaps(period, periods[i - 1])


def _unsound_days(file: _File) -> Iterator[_Found]:
    by_rule = Calendar(edition="by rule", horizon=file.horizon)
    seen: set[date] = set()
    for i, decree in enumerate(file.decrees):
        for j, day in enumerate(decree.days):
            place = ("decrees", i, "days", j)
            if day in seen:
                yield place, _twice(day)
            seen.add(day)
            if reason := by_rule.off_day(day):
                yield place, _off_already(day, reason)
            if day > file.horizon:
                yield place, _past_horizon(day, file.horizon)


def _remedy(details: ErrorDetails) -> Text:
    """Say in both languages what the shape objects to, and what to write instead."""
    place, kind, written = details["loc"], details["type"], details["input"]
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    if kind == "missing":
        return Text(f'"{key}" ontbreekt; voeg het toe.', f'"{key}" is missing; add it.')
    if kind == "extra_forbidden":
        known = ", ".join(_keys_at(place))
        return Text(
            f'"{key}" is hier geen bekende sleutel; verwijder of verbeter het (bekend: {known}).',
            f'"{key}" is not a known key here; remove or correct it (known: {known}).',
        )
    wanted = _WANTED.get(kind, _WANTED["model_type"])
    return Text(
        f'{_where(key).nl} staat "{_shown(written)}"; schrijf hier {wanted.nl}.',
        f'{_where(key).en} is "{_shown(written)}"; write {wanted.en} here.',
    )


_WANTED: Mapping[str, Text] = {
    "value_error": Text(
        "een bestaande dag van 1990 tot en met 2100, zoals 2027-03-30",
        "an existing day from 1990 to 2100, such as 2027-03-30",
    ),
    "bool_type": Text("true of false", "true or false"),
    "string_type": Text(
        'tekst tussen aanhalingstekens, zoals "2026-11"', 'text in quotes, such as "2026-11"'
    ),
    "string_too_short": Text("ten minste één woord", "at least one word"),
    "list_type": Text("een lijst, met een streepje per regel", "a list, with a dash on each line"),
    "too_short": Text("ten minste één dag", "at least one day"),
    "model_type": Text("sleutels met waarden", "keys with values"),
}


def _keys_at(place: Sequence[str | int]) -> list[str]:
    """The keys that a mapping may have where the unknown key at *place* stands."""
    owners: dict[str, type[_Shape]] = {"periods": _Period, "decrees": _Decree, "title": _Title}
    within = next((owners[part] for part in reversed(place[:-1]) if part in owners), _File)
    return [field.alias or name for name, field in within.model_fields.items()]


def _where(key: str) -> Text:
    return Text(f'Bij "{key}"', f'The value of "{key}"') if key else Text("Hier", "This")


def _shown(written: Any) -> str:  # noqa: ANN401 - whatever a file may hold
    shown = "" if written is None else str(written)
    return shown if len(shown) <= 40 else shown[:39] + "…"  # noqa: PLR2004 - one glance


def _ends_before_it_begins(period: _Period) -> Text:
    return Text(
        f"de periode eindigt op {period.last}, voor haar begin op {period.first}; wissel de dagen.",
        f"the period ends on {period.last}, before it begins on {period.first}; swap the days.",
    )


def _overlaps(period: _Period, before: _Period) -> Text:
    return Text(
        f"de periode begint op {period.first}, maar de vorige loopt tot en met {before.last}; zet "
        "de periodes op volgorde en laat ze niet overlappen.",
        f"the period begins on {period.first}, but the one before runs until {before.last}; put "
        "the periods in order without overlap.",
    )


def _horizon_differs(horizon: date, end: date) -> Text:
    return Text(
        f"de horizon {horizon} is niet de laatste dag van de laatste complete periode ({end}); "
        "maak ze gelijk.",
        f"the horizon {horizon} is not the last day of the last complete period ({end}); make "
        "them the same.",
    )


def _twice(day: date) -> Text:
    return Text(
        f"{day} staat twee keer in de lijst; laat er één staan.",
        f"{day} stands in the list twice; keep one of the two.",
    )


def _off_already(day: date, reason: Text) -> Text:
    shown = day_in_words(day)
    return Text(
        f"{shown.nl} is al een vrije dag ({reason.nl}); controleer de datum.",
        f"{shown.en} is a day off already ({reason.en}); check the date.",
    )


def _past_horizon(day: date, horizon: date) -> Text:
    return Text(
        f"{day} ligt na de horizon {horizon}; zet de horizon verder of controleer de datum.",
        f"{day} lies after the horizon {horizon}; move the horizon or check the date.",
    )
