"""Forms that change the calendar: what was filled in becomes another calendar, still to adopt."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from impasse.adapters.files.calendar import parse_calendar, write_calendar
from impasse.domain.calendar import Calendar, ClosureDay, EquatedDay, Period, Recess
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Fault, Invalid, Unreadable
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from impasse.web.visit import Visit

MOST_DAYS = 100
"""So many days may be added with one form."""

_NAME = "kalender"
_PLACE = re.compile(r"^[^:\n]*, (?:regel|line) \d+: ")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_DUTCH = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")


class _Reading:
    """Reads fields, and keeps all that is wrong until it is asked."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.faults: list[Fault] = []

    def words(self, name: str, longest: int = 200) -> str:
        found = self.visit.field(name)
        if not found:
            self.faults.append(Fault(f"/{name}", _fill_in(name)))
        elif len(found) > longest:
            self.faults.append(
                Fault(
                    f"/{name}",
                    Text(
                        f"Maak dit korter: ten hoogste {longest} tekens.",
                        f"Make this shorter: at most {longest} characters.",
                    ),
                )
            )
        return found

    def both(self, name: str) -> Text:
        """Return words in both languages."""
        return Text(self.words(name), self.words(f"{name}-en"))

    def day(self, name: str) -> date:
        found = _read_day(self.visit.field(name))
        if found is None:
            self.faults.append(Fault(f"/{name}", _fill_in(name)))
            return date.max
        return found

    def days(self, name: str) -> list[date]:
        """Return the days that stand in a field, with spaces, commas or lines between them."""
        written = re.split(r"[\s,;]+", self.visit.field(name).strip())
        found: list[date] = []
        for one in filter(None, written):
            day = _read_day(one)
            if day is None:
                self.faults.append(Fault(f"/{name}", _no_day(one)))
            else:
                found.append(day)
        if not any(written):
            self.faults.append(
                Fault(
                    f"/{name}",
                    Text("Vul ten minste één dag in.", "Fill in at least one day."),
                )
            )
        if len(found) > MOST_DAYS:
            self.faults.append(
                Fault(
                    f"/{name}",
                    Text(
                        f"Vul ten hoogste {MOST_DAYS} dagen tegelijk in.",
                        f"Fill in at most {MOST_DAYS} days at a time.",
                    ),
                )
            )
        return found

    def done(self) -> None:
        if self.faults:
            raise Invalid(
                Text("Dit formulier is nog niet compleet.", "This form is not complete yet."),
                self.faults,
            )


def changed(visit: Visit, form: str, calendar: Calendar) -> str:
    """Return the text of *calendar* with what *form* asks for.

    Raises `Invalid` with every fault beside its field; what cannot stand together is told as the
    file itself would tell it.
    """
    if form == "bestand":
        content = visit.form.get("inhoud", "")
        written = content.replace("\r\n", "\n") if isinstance(content, str) else ""
        return checked(written, "/inhoud", with_lines=True)
    change = _FORMS.get(form)
    if change is None:
        raise Invalid(Text("Dit formulier is hier niet bekend.", "This form is not known here."))
    reading = _Reading(visit)
    later = change(reading, calendar)
    return checked(write_calendar(later), f"/{_BLAMED[form]}", with_lines=False)


def checked(content: str, pointer: str, *, with_lines: bool) -> str:
    """Return *content* when it is sound; raise `Invalid` with all its faults otherwise."""
    try:
        parse_calendar(content, _NAME)
    except Unreadable as error:
        told = zip(error.text.nl.splitlines(), error.text.en.splitlines(), strict=True)
        faults = [
            Fault(pointer, Text(nl, en) if with_lines else Text(_bare(nl), _bare(en)))
            for nl, en in told
        ]
        raise Invalid(
            Text("Deze kalender kan zo niet.", "This calendar cannot be used."), faults
        ) from error
    return content


def _decree(reading: _Reading, calendar: Calendar) -> Calendar:
    title, source = reading.both("besluit"), reading.words("bron", 500)
    days = reading.days("dagen")
    horizon = reading.visit.field("horizon")
    until = _read_day(horizon) if horizon else calendar.horizon
    if until is None:
        reading.faults.append(Fault("/horizon", _no_day(horizon)))
    reading.done()
    added = tuple(EquatedDay(day, title, source) for day in sorted(days))
    later = replace(calendar, equated=(*calendar.equated, *added))
    return _until(later, until or calendar.horizon)


def _closure(reading: _Reading, calendar: Calendar) -> Calendar:
    name, source = reading.both("naam"), reading.words("bron", 500)
    days = reading.days("dagen")
    reading.done()
    added = tuple(ClosureDay(day, name, source) for day in sorted(days))
    return replace(calendar, closures=(*calendar.closures, *added))


def _recess(reading: _Reading, calendar: Calendar) -> Calendar:
    name, body = reading.both("naam"), reading.both("orgaan")
    first, last = reading.day("van"), reading.day("tot")
    source = reading.words("bron", 500)
    reading.done()
    return replace(calendar, recesses=(*calendar.recesses, Recess(name, body, first, last, source)))


def _horizon(reading: _Reading, calendar: Calendar) -> Calendar:
    until = reading.day("horizon")
    reading.done()
    return _until(calendar, until)


def _without(reading: _Reading, calendar: Calendar) -> Calendar:
    """Take away one equated day, closing day or recess; what, when and whose says which."""
    kind, _, rest = reading.visit.field("wat").partition(" ")
    written, _, body = rest.partition(" ")
    day = _read_day(written)
    match kind:
        case "besluit":
            kept = tuple(one for one in calendar.equated if one.day != day)
            later = replace(calendar, equated=kept)
        case "sluiting":
            closures = tuple(one for one in calendar.closures if one.day != day)
            later = replace(calendar, closures=closures)
        case "reces":
            recesses = tuple(
                one for one in calendar.recesses if (one.first, one.body.nl) != (day, body)
            )
            later = replace(calendar, recesses=recesses)
        case _:
            later = calendar
    if later == calendar:
        raise Invalid(
            Text(
                "Dit staat niet meer in de kalender. Bekijk haar opnieuw.",
                "This is in the calendar no more. Look at it again.",
            )
        )
    return later


def _until(calendar: Calendar, horizon: date) -> Calendar:
    """Move the horizon, and the end of the period of which all equated days are known with it."""
    beyond = max((one.day for one in calendar.equated if one.day > horizon), default=None)
    complete = [period for period in calendar.periods if period.complete]
    if not complete or horizon == calendar.horizon:
        if beyond is not None:
            raise _too_early(_known_beyond(beyond))
        return replace(calendar, horizon=horizon)
    newest = max(complete, key=lambda period: period.last)
    if horizon < newest.first:
        raise _too_early(_before_last_period(newest.first))
    if beyond is not None:
        raise _too_early(_known_beyond(beyond))
    longer = Period(newest.first, horizon, complete=True)
    periods = tuple(longer if period == newest else period for period in calendar.periods)
    return replace(calendar, horizon=horizon, periods=periods)


def _too_early(why: Text) -> Invalid:
    return Invalid(
        Text("De horizon kan zo niet.", "The horizon cannot be so."), [Fault("/horizon", why)]
    )


def _before_last_period(begins: date) -> Text:
    first = day_in_words(begins)
    return Text(
        f"Kies een dag vanaf {first.nl}: daar begint de laatste periode waarvan alle "
        "gelijkgestelde dagen bekend zijn.",
        f"Choose a day from {first.en} on: there begins the last period of which all equated days "
        "are known.",
    )


def _known_beyond(day: date) -> Text:
    last = day_in_words(day)
    return Text(
        f"De kalender heeft gelijkgestelde dagen na deze horizon, de laatste op {last.nl}. Kies "
        "die dag of een latere, of haal die dagen weg.",
        f"The calendar has equated days after this horizon, the last on {last.en}. Choose that "
        "day or a later one, or take those days away.",
    )


_FORMS: Mapping[str, Callable[[_Reading, Calendar], Calendar]] = {
    "besluit": _decree,
    "sluiting": _closure,
    "reces": _recess,
    "horizon": _horizon,
    "weg": _without,
}
_BLAMED = {
    "besluit": "dagen",
    "sluiting": "dagen",
    "reces": "van",
    "horizon": "horizon",
    "weg": "",
}
"""Beside which field stands what the whole calendar objects to."""


_CALLED = {
    "besluit": Text("het besluit", "the decree"),
    "naam": Text("de naam of reden", "the name or reason"),
    "orgaan": Text("wie reces heeft", "who is in recess"),
    "bron": Text("de bron", "the source"),
    "van": Text("de eerste dag", "the first day"),
    "tot": Text("de laatste dag", "the last day"),
    "horizon": Text("de dag", "the day"),
}


def _fill_in(name: str) -> Text:
    """Say which field is to be filled in: many of these sentences may stand in one list."""
    what, _, english = name.partition("-")
    called = _CALLED[what]
    if english:
        called += Text(", in het Engels", ", in English")
    return Text(f"Vul in: {called.nl}.", f"Fill in: {called.en}.")


def _read_day(written: str) -> date | None:
    """Read 2027-03-30 or 30-3-2027."""
    dutch = _DUTCH.fullmatch(written)
    try:
        if dutch:
            return date(int(dutch[3]), int(dutch[2]), int(dutch[1]))
        return date.fromisoformat(written) if _ISO.fullmatch(written) else None
    except ValueError:
        return None


def _no_day(written: str) -> Text:
    shown = written[:20]
    return Text(
        f"“{shown}” is geen bestaande dag. Schrijf de dag zo: 2027-03-30.",
        f"“{shown}” is no existing day. Write the day like this: 2027-03-30.",
    )


def _bare(sentence: str) -> str:
    """Leave out the line of a text that nobody wrote by hand."""
    told = _PLACE.sub("", sentence)
    return told[0].upper() + told[1:]
