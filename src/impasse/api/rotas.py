"""Duty rotas: who is on duty, on which days nobody is, planning turns, swapping, and ending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Opening, Reading, Writing
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Bilingual, Count, Day, Moment, Shape, Words, bilingual
from impasse.domain.duty import Missing, Rota
from impasse.domain.duty_plans import MOST_PERSONS, MOST_WEEKS, Rotation, Swap
from impasse.domain.errors import NotFound
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.sql.duty import DutyLine, RotaSeen
    from impasse.api.desk import Desk
    from impasse.domain.duty import DutyGap, OnDuty

router = APIRouter(tags=["rotas"], route_class=GuardedRoute)


class DutyGapShape(Shape):
    """Working days on which nobody is on duty, and why; `open_ended` when it goes on after them."""

    first_day: Day
    last_day: Day
    open_ended: bool
    missing: Missing
    warning: Bilingual


class RotaShape(Shape):
    """A duty rota; `onDuty` is who is today, null for nobody, and `yours` whether you plan it."""

    name: str
    label: Bilingual
    organisation: str
    on_duty: str | None
    gaps: list[DutyGapShape]
    created_at: Moment
    created_by: str
    yours: bool
    href: str


class RotaPage(Page[RotaShape]):
    """One page of rotas."""


class DutyDayShape(Shape):
    """Who is on duty on a day; `replaces` is who is absent then, `duty` what decides it."""

    day: Day
    person: str | None
    replaces: str | None
    missing: Missing | None
    duty: str | None


class DutyDayPage(Page[DutyDayShape]):
    """One page of days."""


class DutyShape(Shape):
    """Somebody was planned, or took days over (`override`); `yours` is whether you may end it."""

    id: str
    rota: str
    person: str
    from_day: Day
    until_day: Day
    override: bool
    created_at: Moment
    created_by: str
    yours: bool
    href: str


class DutyPage(Page[DutyShape]):
    """One page of duties."""


class RotaQuery(PageQuery):
    """Which page of the rotas."""


class DutyQuery(PageQuery):
    """Which page of the duties."""


class DutyDayQuery(PageQuery):
    """Which page of the days."""


class RotaMade(Shape):
    """A rota; policies of escalation call it by its name."""

    name: Words = Field(min_length=1, max_length=LONGEST_NAME)
    label: Bilingual
    organisation: Words = Field(min_length=1, max_length=LONGEST_NAME)


class DutiesPlanned(Shape):
    """Turns of so many weeks for each of the persons, in this order, until the last day."""

    persons: list[Words] = Field(min_length=1, max_length=MOST_PERSONS)
    from_day: Day
    until_day: Day
    weeks: Count = Field(1, ge=1, le=MOST_WEEKS)


class DutySwapped(Shape):
    """Somebody takes days over from whoever was to be on duty."""

    person: Words = Field(min_length=1, max_length=LONGEST_NAME)
    from_day: Day
    until_day: Day


@router.get("/rotas", response_model=RotaPage, summary="Dienstroosters")
async def list_rotas(desk: Reading, query: Annotated[RotaQuery, Query()]) -> Response:
    """Return the rotas of your organisation, by name; to an administrator those of everybody."""
    seen = await desk.read(desk.house.duty.rotas, desk.person, at=desk.house.clock())
    fetch = by_key(seen, lambda one: one.rota.name)
    return await paged(desk.request, query, fetch, lambda one: _shape(desk, one), RotaPage)


@router.post("/rotas", response_model=RotaShape, status_code=201, summary="Maak een dienstrooster")
async def create_rota(desk: Opening, sent: RotaMade) -> Response:
    """Make a rota: for the secretariat of the organisation, or an administrator."""
    label = Text(sent.label.nl.strip(), sent.label.en.strip())
    rota = Rota(sent.name, label, sent.organisation, desk.house.clock(), desk.person.id)

    def make() -> str:
        desk.house.duty.create(rota, by=desk.person)
        return rota.name

    shape = await _rota(desk, await desk.once(sent, make))
    return made(shape, shape.href)


@router.get("/rotas/{rota}", response_model=RotaShape, summary="Eén dienstrooster")
async def show_rota(desk: Reading, rota: str) -> Response:
    """Return one rota, with the working days of the eight weeks ahead that nobody has."""
    return shown(desk.request, await _rota(desk, rota))


@router.delete("/rotas/{rota}", status_code=204, summary="Verwijder een dienstrooster")
async def remove_rota(desk: Writing, rota: str) -> Response:
    """Remove a rota with its duties; a policy that names it then finds nobody on duty."""
    if desk.guard is not None:
        desk.unchanged(tag_of(await _rota(desk, rota)))
    await desk.read(desk.house.duty.remove, rota, by=desk.person)
    return Response(status_code=204)


@router.get(
    "/rotas/{rota}/duty-days", response_model=DutyDayPage, summary="Wie er per dag van dienst is"
)
async def list_duty_days(
    desk: Reading, rota: str, query: Annotated[DutyDayQuery, Query()]
) -> Response:
    """Return who is on duty on each day of the eight weeks ahead, with absence followed."""
    seen = await _seen(desk, rota)
    fetch = by_key(list(seen.days), lambda one: one.day.isoformat())
    return await paged(desk.request, query, fetch, _day_shape, DutyDayPage)


@router.get("/rotas/{rota}/duties", response_model=DutyPage, summary="Diensten")
async def list_duties(desk: Reading, rota: str, query: Annotated[DutyQuery, Query()]) -> Response:
    """Return what was planned and swapped from today on, by first day."""
    seen = await _seen(desk, rota)
    fetch = by_key(list(seen.duties), lambda line: f"{line.duty.from_day} {line.duty.id}")
    return await paged(desk.request, query, fetch, lambda line: _duty_shape(desk, line), DutyPage)


@router.post(
    "/rotas/{rota}/duties", response_model=RotaShape, status_code=201, summary="Plan diensten"
)
async def plan_duties(desk: Opening, rota: str, sent: DutiesPlanned) -> Response:
    """Plan turns; the answer is the rota as it is then. Days that somebody has already are 409."""
    rotation = Rotation(tuple(sent.persons), sent.from_day, sent.until_day, sent.weeks)

    def make() -> str:
        desk.house.duty.plan(rota, rotation, by=desk.person, at=desk.house.clock())
        return rota

    shape = await _rota(desk, await desk.once(sent, make))
    return made(shape, f"{shape.href}/duties")


@router.post(
    "/rotas/{rota}/swaps", response_model=DutyShape, status_code=201, summary="Leg een ruil vast"
)
async def swap_duty(desk: Opening, rota: str, sent: DutySwapped) -> Response:
    """Let somebody take days over: your own days, or any when you plan the rota."""
    swap = Swap(sent.person, sent.from_day, sent.until_day)

    def make() -> str:
        return desk.house.duty.swap(rota, swap, by=desk.person, at=desk.house.clock()).id

    shape = await _duty(desk, rota, await desk.once(sent, make))
    return made(shape, shape.href)


@router.get("/rotas/{rota}/duties/{duty}", response_model=DutyShape, summary="Eén dienst")
async def show_duty(desk: Reading, rota: str, duty: str) -> Response:
    """Return one duty that still counts."""
    return shown(desk.request, await _duty(desk, rota, duty))


@router.delete("/rotas/{rota}/duties/{duty}", status_code=204, summary="Beëindig een dienst")
async def end_duty(desk: Writing, rota: str, duty: str) -> Response:
    """End a duty or a swap from today on; who was on duty before stays known."""
    if desk.guard is not None:
        desk.unchanged(tag_of(await _duty(desk, rota, duty)))
    await desk.read(desk.house.duty.end, rota, duty, by=desk.person, at=desk.house.clock())
    return Response(status_code=204)


async def _seen(desk: Desk, name: str) -> RotaSeen:
    return await desk.read(desk.house.duty.rota, name, desk.person, at=desk.house.clock())


async def _rota(desk: Desk, name: str) -> RotaShape:
    return _shape(desk, await _seen(desk, name))


async def _duty(desk: Desk, rota: str, key: str) -> DutyShape:
    for line in (await _seen(desk, rota)).duties:
        if line.duty.id == key:
            return _duty_shape(desk, line)
    raise NotFound(
        Text(
            "Deze dienst is er niet, of is al voorbij.",
            "This duty does not exist, or has ended already.",
        )
    )


def _shape(desk: Desk, seen: RotaSeen) -> RotaShape:
    rota = seen.rota
    return RotaShape(
        name=rota.name,
        label=bilingual(rota.label),
        organisation=rota.organisation,
        on_duty=seen.days[0].person or None,
        gaps=[_gap(rota, gap) for gap in seen.gaps],
        created_at=rota.created_at,
        created_by=rota.created_by,
        yours=seen.keeps,
        href=desk.url("rotas", quote(rota.name, safe="")),
    )


def _gap(rota: Rota, gap: DutyGap) -> DutyGapShape:
    return DutyGapShape(
        first_day=gap.first,
        last_day=gap.last,
        open_ended=gap.goes_on,
        missing=gap.why.missing or Missing.NOT_PLANNED,
        warning=bilingual(gap.sentence(rota.label)),
    )


def _day_shape(one: OnDuty) -> DutyDayShape:
    return DutyDayShape(
        day=one.day,
        person=one.person or None,
        replaces=one.replaces or None,
        missing=one.missing,
        duty=None if one.duty is None else one.duty.id,
    )


def _duty_shape(desk: Desk, line: DutyLine) -> DutyShape:
    one = line.duty
    return DutyShape(
        id=one.id,
        rota=one.rota,
        person=one.person,
        from_day=one.from_day,
        until_day=one.until_day,
        override=one.override,
        created_at=one.created_at,
        created_by=one.created_by,
        yours=line.mine,
        href=desk.url("rotas", one.rota, "duties", one.id),
    )
