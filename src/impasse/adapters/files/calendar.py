"""The calendar from its file: holidays by rule, equated days by decree, closing days, recesses."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from impasse.adapters.files.calendar_shape import WEEKDAYS, CalendarFile, keys_at
from impasse.adapters.files.yaml_lines import Problem, parse_yaml, read_text, unreadable
from impasse.adapters.files.yaml_shape import Unfit
from impasse.domain.calendar import (
    Calendar,
    ClosureDay,
    EquatedDay,
    OffKind,
    Period,
    day_in_words,
)
from impasse.domain.errors import Fault, Invalid
from impasse.domain.holidays import (
    RULES_OF_THE_ACT,
    EasterDay,
    FixedDay,
    HolidayRule,
    WeekdayOfMonth,
)
from impasse.domain.recess import Recess
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from impasse.adapters.files.calendar_shape import (
        Closure,
        Decree,
        Holiday,
        PeriodShape,
        RecessShape,
        Shifts,
    )
    from impasse.adapters.files.yaml_lines import Place
    from impasse.domain.errors import Unreadable
    from impasse.domain.holidays import DayOfYear

_Found = tuple["Place", Text]
"""A problem before its line is known."""

_NEW_KEYS = ("holidays", "closures", "recesses")
"""What came with format 2."""


def load_calendar(path: Path) -> Calendar:
    """Return the calendar that the file at *path* describes.

    Raises `Unreadable`, which tells every problem of the file with its line and its remedy.
    """
    return parse_calendar(read_text(path), path.name)


def parse_calendar(content: str, name: str) -> Calendar:
    """Return the calendar that *content* describes, as `load_calendar` does; *name* is its file."""
    written, lines = parse_yaml(content, name)
    try:
        file = CalendarFile.model_validate(written)
    except ValidationError as error:
        found = [(details["loc"], _remedy(details)) for details in error.errors()]
        problems = [Problem(lines.at(place), text) for place, text in found]
        raise unreadable(name, problems) from error
    if unsound := [Problem(lines.at(place), text) for place, text in _unsound(file)]:
        raise unreadable(name, unsound)
    return _calendar(file)


def faults_of(error: Unreadable, pointer: str) -> Invalid:
    """Return what is wrong with a content that came in through a door, a fault for each line."""
    told = zip(error.text.nl.splitlines(), error.text.en.splitlines(), strict=True)
    return Invalid(
        Text("Deze kalender kan zo niet.", "This calendar cannot be used."),
        [Fault(pointer, Text(nl, en)) for nl, en in told],
    )


def write_calendar(calendar: Calendar) -> str:
    """Return *calendar* as the text of a file (format 2) that describes it again."""
    content = {
        "format": 2,
        "edition": calendar.edition,
        "horizon": calendar.horizon,
        "periods": [
            {"from": one.first, "until": one.last, "complete": one.complete}
            for one in calendar.periods
        ],
        "decrees": [
            {"title": _both(title), "source": source, "days": [one.day for one in days]}
            for (title, source), days in groupby(
                calendar.equated, key=lambda one: (one.decree, one.source)
            )
        ],
        "holidays": [_written(rule) for rule in calendar.rules],
        "closures": [
            {"name": _both(name), "source": source, "days": [one.day for one in days]}
            for (name, source), days in groupby(calendar.closures, key=attrgetter("name", "source"))
        ],
        "recesses": [
            {
                "name": _both(one.name),
                "body": _both(one.body),
                "from": one.first,
                "until": one.last,
                "source": one.source,
            }
            for one in calendar.recesses
        ],
    }
    told: str = yaml.dump(content, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=100)
    return told


class _Plain(yaml.SafeDumper):
    """Writes a value that comes twice in full, both times."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, written: str) -> yaml.ScalarNode:
    """Quote what holds line breaks of whatever kind, so that each comes back as it was."""
    style = None if written.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", written, style)


_Plain.add_representer(str, _text)


def _written(rule: HolidayRule) -> dict[str, Any]:
    """Return a rule as it stands in a file."""
    found: dict[str, Any] = {"name": _both(rule.name)}
    match rule.when:
        case FixedDay(month, day):
            found["on"] = f"{month:02}-{day:02}"
        case EasterDay(offset):
            found["easter"] = offset
        case WeekdayOfMonth(month, weekday, number):
            found["nth"] = {"month": month, "weekday": WEEKDAYS[weekday], "number": number}
    if rule.since is not None:
        found["since"] = rule.since
    if rule.until is not None:
        found["until"] = rule.until
    if rule.shift:
        found["shift"] = {WEEKDAYS[weekday]: days for weekday, days in rule.shift}
    if rule.article != OffKind.HOLIDAY.article:
        found["article"] = _both(rule.article)
    return found


def _both(text: Text) -> dict[str, str]:
    return {"nl": text.nl, "en": text.en}


def _calendar(file: CalendarFile) -> Calendar:
    return Calendar(
        edition=file.edition,
        horizon=file.horizon,
        equated=tuple(
            EquatedDay(day, decree.title.text, decree.source)
            for decree in file.decrees
            for day in decree.days
        ),
        periods=tuple(Period(p.first, p.last, p.complete) for p in file.periods),
        rules=_rules(file),
        closures=tuple(
            ClosureDay(day, closure.name.text, closure.source)
            for closure in file.closures or ()
            for day in closure.days
        ),
        recesses=tuple(
            Recess(r.name.text, r.body.text, r.first, r.last, r.source) for r in file.recesses or ()
        ),
    )


def _rules(file: CalendarFile) -> tuple[HolidayRule, ...]:
    """Return the rules that the file states; the Act's when it is silent."""
    if file.holidays is None:
        return RULES_OF_THE_ACT
    return tuple(_rule(holiday) for holiday in file.holidays)


def _rule(holiday: Holiday) -> HolidayRule:
    return HolidayRule(
        name=holiday.name.text,
        when=_when(holiday),
        article=holiday.article.text if holiday.article else OffKind.HOLIDAY.article,
        since=holiday.since,
        until=holiday.until,
        shift=_shift(holiday.shift) if holiday.shift else (),
    )


def _when(holiday: Holiday) -> DayOfYear:
    if holiday.on is not None:
        return FixedDay(*holiday.on)
    if holiday.nth is not None:
        nth = holiday.nth
        return WeekdayOfMonth(nth.month, WEEKDAYS.index(nth.weekday), nth.number)
    return EasterDay(holiday.easter or 0)


def _shift(shifts: Shifts) -> tuple[tuple[int, int], ...]:
    asked = ((weekday, getattr(shifts, name)) for weekday, name in enumerate(WEEKDAYS))
    return tuple((weekday, days) for weekday, days in asked if days)


def _unsound(file: CalendarFile) -> Iterator[_Found]:
    """Yield what no shape can see: what contradicts itself, its neighbours or the rules."""
    yield from _unsound_format(file)
    yield from _unsound_periods(file.periods)
    holidays = list(_unsound_holidays(file.holidays or ()))
    yield from holidays
    if not holidays:
        yield from _unsound_days(file)
    yield from _unsound_recesses(file.recesses or ())
    ends = [period.last for period in file.periods if period.complete]
    if ends and file.horizon != max(ends):
        yield ("horizon",), _horizon_differs(file.horizon, max(ends))


def _unsound_format(file: CalendarFile) -> Iterator[_Found]:
    if file.format == 1:
        for key in _NEW_KEYS:
            if getattr(file, key) is not None:
                yield (key,), _needs_format_2(key)


def _unsound_holidays(holidays: Sequence[Holiday]) -> Iterator[_Found]:
    for i, one in enumerate(holidays):
        said = [key for key in ("on", "easter", "nth") if getattr(one, key) is not None]
        if len(said) != 1:
            yield ("holidays", i, *said[1:2]), _ONE_WAY
        if one.since and one.until and one.until < one.since:
            yield ("holidays", i, "until"), _years_swapped(one.since, one.until)
        if any(_same_day(one, earlier) for earlier in holidays[:i]):
            yield ("holidays", i), _holiday_twice(one)


def _same_day(one: Holiday, other: Holiday) -> bool:
    """Whether both are celebrated on the same day in some year that they share."""
    same = (one.on, one.easter, one.nth, one.shift) == (
        other.on,
        other.easter,
        other.nth,
        other.shift,
    )
    first = max(one.since or 0, other.since or 0)
    last = min(one.until or first, other.until or first)
    return same and first <= last


def _unsound_periods(periods: Sequence[PeriodShape]) -> Iterator[_Found]:
    for i, period in enumerate(periods):
        if period.last < period.first:
            yield ("periods", i, "until"), _ends_before_it_begins(period)
        if i and period.first <= periods[i - 1].last:
            yield ("periods", i, "from"), _overlaps(period, periods[i - 1])


def _unsound_days(file: CalendarFile) -> Iterator[_Found]:
    by_rule = Calendar(edition="by rule", horizon=file.horizon, rules=_rules(file))
    seen: set[date] = set()
    lists: tuple[tuple[str, Sequence[Decree | Closure]], ...] = (
        ("decrees", file.decrees),
        ("closures", file.closures or ()),
    )
    for key, groups in lists:
        for i, group in enumerate(groups):
            for j, day in enumerate(group.days):
                place = (key, i, "days", j)
                if day in seen:
                    yield place, _twice(day)
                seen.add(day)
                if reason := by_rule.off_day(day):
                    yield place, _off_already(day, reason)
                if key == "decrees" and day > file.horizon:
                    yield place, _past_horizon(day, file.horizon)


def _unsound_recesses(recesses: Sequence[RecessShape]) -> Iterator[_Found]:
    for i, one in enumerate(recesses):
        if one.last < one.first:
            yield ("recesses", i, "until"), _recess_swapped(one)
        for earlier in recesses[:i]:
            if one.body == earlier.body and one.first <= earlier.last and earlier.first <= one.last:
                yield ("recesses", i, "from"), _recesses_overlap(earlier)


def _remedy(details: ErrorDetails) -> Text:
    """Say in both languages what the shape objects to, and what to write instead."""
    place, kind, written = details["loc"], details["type"], details["input"]
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    if kind == "missing":
        return Text(f'"{key}" ontbreekt; voeg het toe.', f'"{key}" is missing; add it.')
    if kind == "extra_forbidden":
        known = ", ".join(keys_at(place))
        return Text(
            f'"{key}" is hier geen bekende sleutel; verwijder of verbeter het (bekend: {known}).',
            f'"{key}" is not a known key here; remove or correct it (known: {known}).',
        )
    wanted = _wanted(kind, details.get("ctx", {}))
    return Text(
        f'{_where(key).nl} staat "{_shown(written)}"; schrijf hier {wanted.nl}.',
        f'{_where(key).en} is "{_shown(written)}"; write {wanted.en} here.',
    )


def _wanted(kind: str, limits: Mapping[str, Any]) -> Text:
    """Return what should have stood there."""
    if isinstance(limits.get("error"), Unfit):
        text: Text = limits["error"].text
        return text
    if kind == "literal_error":
        choice = str(limits["expected"]).replace("'", "")
        return Text(choice.replace(" or ", " of "), choice)
    return _WANTED.get(kind, _WANTED["model_type"])


_WANTED: Mapping[str, Text] = {
    "bool_type": Text("true of false", "true or false"),
    "string_type": Text(
        'tekst tussen aanhalingstekens, zoals "2026-11"', 'text in quotes, such as "2026-11"'
    ),
    "string_too_short": Text("ten minste één woord", "at least one word"),
    "list_type": Text("een lijst, met een streepje per regel", "a list, with a dash on each line"),
    "too_short": Text("ten minste één dag", "at least one day"),
    "model_type": Text("sleutels met waarden", "keys with values"),
}


def _where(key: str) -> Text:
    return Text(f'Bij "{key}"', f'The value of "{key}"') if key else Text("Hier", "This")


def _shown(written: Any) -> str:  # noqa: ANN401 - whatever a file may hold
    shown = "" if written is None else str(written)
    return shown if len(shown) <= 40 else shown[:39] + "…"  # noqa: PLR2004 - one glance


def _ends_before_it_begins(period: PeriodShape) -> Text:
    last, first = day_in_words(period.last), day_in_words(period.first)
    return Text(
        f"de periode eindigt op {last.nl}, voor haar begin op {first.nl}; wissel de dagen.",
        f"the period ends on {last.en}, before it begins on {first.en}; swap the days.",
    )


def _overlaps(period: PeriodShape, before: PeriodShape) -> Text:
    first, last = day_in_words(period.first), day_in_words(before.last)
    return Text(
        f"de periode begint op {first.nl}, maar de vorige loopt tot en met {last.nl}; zet "
        "de periodes op volgorde en laat ze niet overlappen.",
        f"the period begins on {first.en}, but the one before runs until {last.en}; put "
        "the periods in order without overlap.",
    )


def _horizon_differs(horizon: date, end: date) -> Text:
    until, last = day_in_words(horizon), day_in_words(end)
    return Text(
        f"de horizon {until.nl} is niet de laatste dag van de laatste complete periode "
        f"({last.nl}); maak ze gelijk.",
        f"the horizon {until.en} is not the last day of the last complete period ({last.en}); "
        "make them the same.",
    )


def _twice(day: date) -> Text:
    shown = day_in_words(day)
    return Text(
        f"{shown.nl} staat twee keer in de lijst; laat er één staan.",
        f"{shown.en} stands in the list twice; keep one of the two.",
    )


def _off_already(day: date, reason: Text) -> Text:
    shown = day_in_words(day)
    return Text(
        f"{shown.nl} is al een vrije dag ({reason.nl}); controleer de datum.",
        f"{shown.en} is a day off already ({reason.en}); check the date.",
    )


def _past_horizon(day: date, horizon: date) -> Text:
    shown, last = day_in_words(day), day_in_words(horizon)
    return Text(
        f"{shown.nl} ligt na de horizon ({last.nl}); zet de horizon verder of controleer de datum.",
        f"{shown.en} lies after the horizon ({last.en}); move the horizon or check the date.",
    )


_ONE_WAY = Text(
    'zeg op precies één manier wanneer de feestdag valt: "on", "easter" of "nth".',
    'say in exactly one way when the holiday falls: "on", "easter" or "nth".',
)


def _needs_format_2(key: str) -> Text:
    return Text(
        f'"{key}" hoort bij format 2; zet "format: 2" bovenaan het bestand.',
        f'"{key}" belongs to format 2; put "format: 2" at the top of the file.',
    )


def _years_swapped(since: int, until: int) -> Text:
    return Text(
        f"de feestdag eindigt in {until}, voor haar begin in {since}; wissel de jaren.",
        f"the holiday ends in {until}, before it begins in {since}; swap the years.",
    )


def _holiday_twice(holiday: Holiday) -> Text:
    return Text(
        f'"{holiday.name.nl}" valt op dezelfde dag als een regel hierboven; laat er één staan, of '
        'begrens de jaren met "since" en "until".',
        f'"{holiday.name.en}" falls on the same day as a rule above; keep one of the two, or set '
        'the years with "since" and "until".',
    )


def _recess_swapped(recess: RecessShape) -> Text:
    last, first = day_in_words(recess.last), day_in_words(recess.first)
    return Text(
        f"het reces eindigt op {last.nl}, voor zijn begin op {first.nl}; wissel de dagen.",
        f"the recess ends on {last.en}, before it begins on {first.en}; swap the days.",
    )


def _recesses_overlap(before: RecessShape) -> Text:
    first, last = day_in_words(before.first), day_in_words(before.last)
    return Text(
        f"het reces overlapt een ander van dezelfde vergadering ({first.nl} tot en met "
        f"{last.nl}); verbeter de dagen of voeg ze samen.",
        f"the recess overlaps another of the same body ({first.en} to {last.en}); correct "
        "the days or join them.",
    )
