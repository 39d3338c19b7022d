"""Kalender: which days are off and why, how far that is known, and changing it with a preview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from impasse.adapters.files.calendar import parse_calendar, write_calendar
from impasse.domain.calendar import FIRST_DAY, LAST_DAY, OffKind
from impasse.domain.calendar_change import difference
from impasse.domain.errors import Conflict, Invalid, NotAllowed
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.engine.replan import would_move
from impasse.web import calendar_forms
from impasse.web import dossier_forms as forms
from impasse.web.visit import Page, Visit
from impasse.web.words import SHORT_MONTHS
from impasse.wiring import adopt_calendar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from impasse.domain.calendar import Calendar, OffDay
    from impasse.domain.errors import ImpasseError

MOST_SHOWN = 50
"""So many terms that move are named on the preview; of more, only how many."""

_DONE = {
    "aangenomen": Text(
        "De kalender geldt nu. Lopende termijnen zijn opnieuw berekend.",
        "The calendar is in force now. Open terms were reckoned again.",
    ),
    "verwijderd": Text("De versie is verwijderd.", "The version was deleted."),
}
_LOOKS = {
    OffKind.HOLIDAY: "k1",
    OffKind.GOOD_FRIDAY: "k1",
    OffKind.EQUATED: "k3",
    OffKind.CLOSURE: "k5",
}
"""With which colour a day off is drawn; its name stands in the list below."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in the picture of a year: where it stands, and how it looks."""

    x: int
    look: str
    recess: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A day off as the list shows it; `source` says where that can be read."""

    day: date
    off: OffDay
    source: str
    removable: str


def show(visit: Visit) -> Response:
    """Show a year of a calendar, and everything that can be done with it."""
    return _page(visit, forms.NOTHING)


def send_preview(visit: Visit) -> Response:
    """Show what a change would do, without doing it."""
    _authorise(visit)
    form = visit.field("actie")
    try:
        content = calendar_forms.changed(visit, form, visit.house.calendar)
    except Invalid as error:
        return _page(visit, _refused(visit, form, error))
    return _preview(visit, content)


def send_old(visit: Visit) -> Response:
    """Show what an earlier version would do if it came into force again; or delete it."""
    _authorise(visit)
    version = visit.field("versie-van")
    calendars = visit.house.calendars
    if visit.field("actie") != "verwijder":
        return _preview(visit, calendars.row(version).content)
    try:
        calendars.delete(version)
    except Conflict as error:
        return _page(visit, _refused(visit, "versies", error))
    return visit.redirect("/kalender?gedaan=verwijderd#h-versies")


def send_adoption(visit: Visit) -> Response:
    """Put the calendar of a preview into force."""
    _authorise(visit)
    try:
        written = visit.form.get("inhoud", "")
        content = written.replace("\r\n", "\n") if isinstance(written, str) else ""
        calendar_forms.checked(content, "/inhoud", with_lines=True)
        done = adopt_calendar(
            visit.house,
            content,
            by=visit.person.function.nl if visit.person else "",
            actor=visit.actor.person,
            over=visit.field("over") or None,
        )
    except (Conflict, Invalid) as error:
        return _page(visit, _refused(visit, "bestand", error))
    return visit.redirect(f"/kalender?gedaan=aangenomen&verschoven={len(done.moved)}")


def _authorise(visit: Visit) -> None:
    if not visit.actor.has(Role.SECRETARIAT):
        raise NotAllowed(
            Text(
                "Alleen het secretariaat verandert de kalender.",
                "Only the secretariat changes the calendar.",
            )
        )


def _refused(visit: Visit, form: str, error: ImpasseError) -> forms.Sent:
    return forms.refused(visit, form, error)


def _page(visit: Visit, sent: forms.Sent) -> Response:
    house = visit.house
    versions = house.calendars.list()
    asked = visit.query.get("versie", "")
    calendar = house.calendars.get(asked) if asked else house.calendar
    year, fault = _year(visit)
    moved = visit.query.get("verschoven", "")
    return visit.page(
        "calendar.html",
        status=422 if fault and sent.status < 400 else sent.status,  # noqa: PLR2004
        place="kalender",
        sent=sent,
        calendar=calendar,
        year=year,
        fault=fault,
        first_year=FIRST_DAY.year,
        last_year=LAST_DAY.year,
        lines=list(_lines(calendar, year)),
        months=list(zip(SHORT_MONTHS, _cells(calendar, year), strict=True)),
        recesses=calendar.recesses_between(date(year, 1, 1), date(year, 12, 31)),
        unsure=calendar.warnings(date(year, 1, 1), date(year, 12, 31)),
        versions=versions,
        in_force=house.calendar.version,
        changes=visit.actor.has(Role.SECRETARIAT),
        content=write_calendar(house.calendar) if visit.actor.has(Role.SECRETARIAT) else "",
        done=_DONE.get(visit.query.get("gedaan", "")),
        moved=int(moved) if moved.isdecimal() and len(moved) < 8 else 0,  # noqa: PLR2004
    )


def _year(visit: Visit) -> tuple[int, Text | None]:
    """Return the year that is asked for; this year, with a sentence, when it cannot be read."""
    asked = visit.query.get("jaar", "").strip()
    if not asked:
        return visit.today.year, None
    if asked.isascii() and asked.isdecimal() and len(asked) == len("2027"):
        year = int(asked)
        if FIRST_DAY.year <= year <= LAST_DAY.year:
            return year, None
    return visit.today.year, Text(
        f"“{asked[:20]}” is geen jaar van {FIRST_DAY.year} tot en met {LAST_DAY.year}. U ziet nu "
        "dit jaar.",
        f"“{asked[:20]}” is no year from {FIRST_DAY.year} to {LAST_DAY.year}. You now see this "
        "year.",
    )


def _lines(calendar: Calendar, year: int) -> Iterator[Line]:
    equated = {one.day: one for one in calendar.equated}
    closures = {one.day: one for one in calendar.closures}
    for day, off in calendar.agreed.days_off(date(year, 1, 1), date(year, 12, 31)):
        source, removable = "", ""
        if off.kind is OffKind.EQUATED:
            source, removable = equated[day].source, f"besluit {day}"
        elif off.kind is OffKind.CLOSURE:
            source, removable = closures[day].source, f"sluiting {day}"
        yield Line(day, off, source, removable)


def _cells(calendar: Calendar, year: int) -> Iterator[list[Cell]]:
    """Yield for each month its days, to be drawn in a row."""
    off = dict(calendar.agreed.days_off(date(year, 1, 1), date(year, 12, 31)))
    day = date(year, 1, 1)
    for month in range(1, 13):
        row = []
        while day.month == month:
            named = off.get(day)
            weekend = calendar.why_off(day) if named is None else None
            look = _LOOKS[named.kind] if named else "ye" if weekend else "yw"
            row.append(Cell(day.day - 1, look, calendar.recess_on(day) is not None))
            if day == LAST_DAY:
                break
            day += timedelta(days=1)
        yield row


def _preview(visit: Visit, content: str) -> Response:
    """Show what *content* would change, and which open terms would move."""
    house = visit.house
    candidate, now = parse_calendar(content, "kalender"), house.calendar
    change = difference(now, candidate)
    tried = would_move(candidate, house.procedures, house.calendars, house.open_terms)
    return visit.page(
        "calendar_preview.html",
        place="kalender",
        change=change,
        same=candidate.version == now.version,
        tried=tried,
        shown=tried.moved[:MOST_SHOWN],
        rest=max(0, len(tried.moved) - MOST_SHOWN),
        content=content,
        over=now.version,
        version=candidate.version,
    )


PAGES = (
    Page("/kalender", show=show),
    Page("/kalender/voorbeeld", send=send_preview),
    Page("/kalender/versie", send=send_old),
    Page("/kalender/neem-aan", send=send_adoption),
)
