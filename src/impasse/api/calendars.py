"""The calendar that terms are reckoned with: its versions, its days, and adopting another."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.files.calendar import faults_of, parse_calendar
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Desk, Opening, Reading, Writing
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Bilingual, Day, Moment, Shape, Words, Yes, bilingual
from impasse.domain.calendar import FIRST_DAY, LAST_DAY, OffKind
from impasse.domain.calendar_change import difference
from impasse.domain.errors import NotAllowed, NotFound, Unreadable
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.engine.replan import would_move
from impasse.wiring import adopt_calendar

if TYPE_CHECKING:
    from impasse.adapters.sql.tables import CalendarRow
    from impasse.domain.calendar import Calendar
    from impasse.domain.calendar_change import CalendarChange
    from impasse.engine.replan import Moved, Replanned

router = APIRouter(tags=["calendars"], route_class=GuardedRoute)

IN_FORCE = "in-force"
"""The name by which the calendar in force can be asked for."""

MOST_MOVED = 1_000
"""So many terms that move are told one by one."""


class CalendarSummary(Shape):
    """A version of the calendar that was adopted."""

    version: str
    edition: str
    in_force: Yes
    adopted_at: Moment
    adopted_by: str
    href: str


class CalendarPage(Page[CalendarSummary]):
    """One page of calendars."""


class CalendarQuery(Shape):
    """Of which year the days are told."""

    year: int | None = Field(
        None,
        ge=FIRST_DAY.year,
        le=LAST_DAY.year,
        description="Welk jaar; zonder: dit jaar. · Which year; left out: this one.",
    )


class DayOff(Shape):
    """A day off, other than for the weekend; a closing day counts for agreed terms only."""

    day: Day
    kind: OffKind
    name: Bilingual
    article: Bilingual


class RecessShape(Shape):
    """The days on which a body does not meet; no term stands still in it."""

    name: Bilingual
    body: Bilingual
    first_day: Day
    last_day: Day
    source: str


class CalendarShape(Shape):
    """A calendar, with the days off of one year; `content` is the text that was adopted."""

    version: str
    edition: str
    in_force: Yes
    adopted_at: Moment
    adopted_by: str
    horizon: Day
    year: int
    days_off: list[DayOff]
    recesses: list[RecessShape]
    content: str


class CalendarSent(Shape):
    """A calendar to be: the text of a file. `over` is the version you looked at, if you say so."""

    content: Words = Field(min_length=1, max_length=500_000)
    over: Words | None = Field(
        None,
        max_length=100,
        description="Geldt intussen een andere versie, dan 409. · When another version is in "
        "force by now, 409.",
    )


class CalendarTried(Shape):
    """A calendar that might be: the text of a file."""

    content: Words = Field(min_length=1, max_length=500_000)


class TermMoved(Shape):
    """A term whose last day moves, and which days do that."""

    case: str
    stage: str
    end_before: Day
    end: Day
    because: list[Bilingual]


class TermNotReckoned(Shape):
    """A term that could not be reckoned again, and why; it is tried again later."""

    case: str
    reason: Bilingual


class CalendarChanged(Shape):
    """What a calendar changes: `moved` holds the first thousand of `movedCount` terms."""

    version: str
    in_force: Yes
    changes: list[Bilingual]
    terms_checked: int
    moved_count: int
    moved: list[TermMoved]
    failed: list[TermNotReckoned]


@router.get("/calendars", response_model=CalendarPage, summary="Kalenders")
async def list_calendars(desk: Reading, query: Annotated[PageQuery, Query()]) -> Response:
    """Return every adopted version of the calendar; one is in force."""
    rows = await desk.read(desk.house.calendars.list)

    def show(row: CalendarRow) -> CalendarSummary:
        return CalendarSummary(
            version=row.version,
            edition=row.edition,
            in_force=row.in_force,
            adopted_at=row.adopted_at,
            adopted_by=row.adopted_by,
            href=desk.url("calendars", row.version),
        )

    return await paged(desk.request, query, by_key(rows, lambda r: r.version), show, CalendarPage)


@router.get("/calendars/{calendar}", response_model=CalendarShape, summary="Eén kalender")
async def show_calendar(
    desk: Reading, calendar: str, query: Annotated[CalendarQuery, Query()]
) -> Response:
    """Return one version with the days off of a year; `in-force` names the one in force."""
    year = query.year or desk.today.year

    return shown(desk.request, await desk.read(_shown, desk, calendar, year))


@router.post(
    "/calendars", response_model=CalendarChanged, status_code=201, summary="Neem een kalender aan"
)
async def adopt_another(desk: Opening, sent: CalendarSent) -> Response:
    """Put a calendar into force and reckon open terms again; the answer says which moved.

    A calendar is known by what it says: the same one twice is adopted once. For the secretariat.
    """
    _authorise(desk)

    def adopt() -> str:
        calendar, house = _parsed(sent.content), desk.house
        change = difference(house.calendar, calendar)
        done = adopt_calendar(
            house,
            sent.content,
            by=desk.person.function.nl,
            actor=desk.actor.person,
            over=sent.over,
        )
        return _changed(change, done, calendar, in_force=True).model_dump_json()

    # What moved is known once: who asks again gets the words of then.
    shape = CalendarChanged.model_validate_json(await desk.once(sent, adopt))
    return made(shape, desk.url("calendars", shape.version))


@router.post(
    "/calendar-previews", response_model=CalendarChanged, summary="Wat een kalender zou veranderen"
)
async def preview_calendar(desk: Reading, sent: CalendarTried) -> Response:
    """Tell what adopting a calendar would change, and which open terms would move; nothing does.

    For the secretariat.
    """
    _authorise(desk)

    def look() -> CalendarChanged:
        calendar, house = _parsed(sent.content), desk.house
        change = difference(house.calendar, calendar)
        done = would_move(calendar, house.procedures, house.calendars, house.open_terms)
        return _changed(change, done, calendar, in_force=False)

    return shown(desk.request, await desk.read(look))


@router.delete("/calendars/{calendar}", status_code=204, summary="Verwijder een kalender")
async def delete_calendar(desk: Writing, calendar: str) -> Response:
    """Delete a version to which nothing refers; one that was reckoned with is kept: 409."""
    _authorise(desk)
    if "\x00" in calendar:
        raise NotFound(Text("Die kalender is er niet.", "There is no such calendar."))
    if desk.guard is not None:
        shape = await desk.read(_shown, desk, calendar, desk.today.year)
        desk.unchanged(tag_of(shape))
    await desk.read(desk.house.calendars.delete, calendar)
    return Response(status_code=204)


def _authorise(desk: Desk) -> None:
    if Role.SECRETARIAT not in desk.actor.roles:
        raise NotAllowed(
            Text(
                "Alleen het secretariaat beheert de kalender. Lezen mag iedereen.",
                "Only the secretariat looks after the calendar. Everybody may read it.",
            )
        )


def _shown(desk: Desk, calendar: str, year: int) -> CalendarShape:
    calendars = desk.house.calendars
    version = calendars.version_in_force() if calendar == IN_FORCE else calendar
    if version is None or "\x00" in version:
        raise NotFound(Text("Die kalender is er niet.", "There is no such calendar."))
    return _whole(calendars.row(version), calendars.get(version), year)


def _parsed(content: str) -> Calendar:
    try:
        return parse_calendar(content, "calendar.yaml")
    except Unreadable as error:
        raise faults_of(error, "/content") from error


def _whole(row: CalendarRow, calendar: Calendar, year: int) -> CalendarShape:
    first, last = date(year, 1, 1), date(year, 12, 31)
    return CalendarShape(
        version=row.version,
        edition=row.edition,
        in_force=row.in_force,
        adopted_at=row.adopted_at,
        adopted_by=row.adopted_by,
        horizon=calendar.horizon,
        year=year,
        days_off=[
            DayOff(
                day=day,
                kind=off.kind,
                name=bilingual(off.name),
                article=bilingual(off.article),
            )
            for day, off in calendar.agreed.days_off(first, last)
        ],
        recesses=[
            RecessShape(
                name=bilingual(one.name),
                body=bilingual(one.body),
                first_day=one.first,
                last_day=one.last,
                source=one.source,
            )
            for one in calendar.recesses_between(first, last)
        ],
        content=row.content,
    )


def _changed(
    change: CalendarChange, done: Replanned, calendar: Calendar, *, in_force: bool
) -> CalendarChanged:
    return CalendarChanged(
        version=calendar.version,
        in_force=in_force,
        changes=[bilingual(sentence) for sentence in change.sentences],
        terms_checked=done.looked_at,
        moved_count=len(done.moved),
        moved=[_moved(one) for one in done.moved[:MOST_MOVED]],
        failed=[
            TermNotReckoned(case=case, reason=bilingual(why))
            for case, why in done.failed[:MOST_MOVED]
        ],
    )


def _moved(one: Moved) -> TermMoved:
    return TermMoved(
        case=one.case,
        stage=one.stage,
        end_before=one.before,
        end=one.after,
        because=[bilingual(why) for why in one.because],
    )
