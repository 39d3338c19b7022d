"""Signals, of one case and of all: what was seen, and what no longer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.views import SignalFilter
from impasse.api import etags
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.case_shapes import SignalShape, signal_shape
from impasse.api.contributions import in_our_words
from impasse.api.desk import Desk, Reading, Writing
from impasse.api.opening import SignalReported, report_of
from impasse.api.paging import BadCursor, Page, PageQuery, after_number, by_position, paged
from impasse.api.rooms import act, entered
from impasse.api.shapes import Day, Shape, Words, Yes
from impasse.domain.commands import CloseSignal, Contribute, ReportSignal
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.errors import Fault, Invalid, NotFound
from impasse.domain.rooms import SHARED, ContributionKind, Part
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.sql.views import SignalLine
    from impasse.api.desk import WritingDesk
    from impasse.domain.case import Case
    from impasse.domain.signals import Signal

router = APIRouter(tags=["signals"], route_class=GuardedRoute)


class SignalPage(Page[SignalShape]):
    """One page of signals."""


class SignalOfCase(SignalShape):
    """A signal, and the case that it is about."""

    case: str
    href: str


class SignalOfCasePage(Page[SignalOfCase]):
    """One page of signals of several cases."""


class SignalQuery(PageQuery):
    """Which signals, and which page of them."""

    case: Words = Field("", description="Nummer van de zaak. · Number of the case.")
    indicator: Words = Field(
        "", description="Een code uit `/indicators`. · A code of `/indicators`."
    )
    organisation: Words = Field("", description="Wie meldde. · Who reported it.")
    open: bool | None = Field(
        None, description="Waar: wat nog geldt. Onwaar: wat gesloten is. · True: what still "
        "holds. False: what was closed.",
    )  # fmt: skip
    since: Day | None = Field(
        None, description="Gemeld op of na deze dag. · Reported on this day or later."
    )


class SignalAdded(SignalReported):
    """What somebody saw, for all who see the case or for who is in one closed room only."""

    room: Words = Field(
        SHARED.id,
        max_length=LONGEST_NAME,
        description="Een kamer uit `rooms` van de zaak; zonder kamer ziet iedereen het. · A room "
        "of `rooms` of the case; without one everybody sees it.",
    )


class SignalClosed(Shape):
    """What a signal reported no longer holds; `kept` when it was made good."""

    closed_on: Day
    kept: Yes = False
    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


@router.get("/signals", response_model=SignalOfCasePage, summary="Signalen die u mag zien")
async def list_all_signals(desk: Reading, query: Annotated[SignalQuery, Query()]) -> Response:
    """Return signals of all cases that you may see: by case number, then oldest first."""
    wanted = SignalFilter(
        case=query.case,
        indicator=query.indicator,
        organisation=query.organisation,
        open=query.open,
        since=query.since,
    )

    def fetch(after: str, limit: int) -> list[tuple[str, SignalLine]]:
        lines = desk.house.views.signals(desk.actor, wanted, after=_place(after), limit=limit)
        return [(f"{line.case} {line.position}", line) for line in lines]

    def show(line: SignalLine) -> SignalOfCase:
        return SignalOfCase(
            **dict(signal_shape(line.signal)),
            case=line.case,
            href=desk.url("cases", line.case, "signals", line.signal.id),
        )

    return await paged(desk.request, query, fetch, show, SignalOfCasePage)


@router.get("/cases/{case}/signals", response_model=SignalPage, summary="Signalen van een zaak")
async def list_signals(desk: Reading, case: str, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the signals of a case, oldest first."""
    found = await desk.case(case)
    return await paged(desk.request, query, by_position(found.signals), signal_shape, SignalPage)


@router.post(
    "/cases/{case}/signals", response_model=SignalShape, status_code=201, summary="Meld een signaal"
)
async def report_signal(desk: Writing, case: str, sent: SignalAdded) -> Response:
    """Add what you saw: for all who see the case, or only for who is in a closed room."""
    if sent.room != SHARED.id:
        return await _confide(desk, case, sent)
    receipt = await desk.do(ReportSignal(case, report_of(desk, sent)))
    return await _made(desk, receipt.subject, receipt.created)


@router.get("/cases/{case}/signals/{signal}", response_model=SignalShape, summary="Eén signaal")
async def show_signal(desk: Reading, case: str, signal: str) -> Response:
    """Return one signal; its tag is that of the case."""
    found = await desk.case(case)
    shape = signal_shape(_signal(found, signal))
    return shown(desk.request, shape, tag=etags.of_revision(found.revision))


@router.post(
    "/cases/{case}/signals/{signal}/closures",
    response_model=SignalShape,
    status_code=201,
    summary="Sluit een signaal",
)
async def close_signal(desk: Writing, case: str, signal: str, sent: SignalClosed) -> Response:
    """Say that what a signal reported no longer holds."""
    _signal(await desk.case(case), signal)
    await desk.do(CloseSignal(case, signal, sent.closed_on, sent.kept, sent.note))
    return await _made(desk, case, signal)


async def _confide(desk: WritingDesk, case: str, sent: SignalAdded) -> Response:
    """Bring a signal into a closed room; its address is that of the contribution."""
    here = await entered(desk, case, sent.room)
    if sent.organisation not in {"", desk.actor.organisation}:
        raise Invalid(
            Text("Dit signaal klopt nog niet.", "This signal is not right yet."),
            [
                Fault(
                    "/organisation",
                    Text(
                        "In een vertrouwelijke kamer meldt u alleen namens uw eigen organisatie.",
                        "In a closed room you report for your own organisation only.",
                    ),
                )
            ],
        )
    indicator = desk.house.indicators.indicator(sent.indicator)
    command = Contribute(
        here.case.id,
        here.room,
        ContributionKind.SIGNAL,
        Part.VIEW,
        title=sent.indicator if indicator is None else indicator.label.nl,
        text=sent.text,
        report=report_of(desk, sent),
    )
    with in_our_words(report=""):
        receipt = await act(desk, here, command)
    now = await entered(desk, here.case.id, here.room.id)
    found = await desk.read(
        desk.house.rooms.contribution, desk.actor, now.case, now.room, receipt.created
    )
    shape = SignalShape(
        id=found.id,
        indicator=sent.indicator,
        reliability=sent.reliability,
        organisation=found.organisation,
        happened_on=sent.happened_on,
        reported_on=desk.house.calendar.local_day(found.written_at),
        text=found.text,
        closed_on=None,
        closed_as="",
    )
    place = desk.url("cases", case, "rooms", now.room.id, "contributions", found.id)
    return made(shape, place, tag=now.tag)


async def _made(desk: Desk, case: str, signal: str) -> Response:
    found = await desk.case(case)
    return made(
        signal_shape(_signal(found, signal)),
        desk.url("cases", found.id, "signals", signal),
        tag=etags.of_revision(found.revision),
    )


def _place(after: str) -> tuple[str, int] | None:
    """Return the case and the place that a cursor stands after; None is the start."""
    if not after:
        return None
    case, space, position = after.rpartition(" ")
    if not (space and case and position):
        raise BadCursor
    return case, after_number(position)


def _signal(case: Case, signal: str) -> Signal:
    for found in case.signals:
        if found.id == signal:
            return found
    raise NotFound(
        Text(
            f"Signaal {signal} staat niet bij zaak {case.id}.",
            f"Signal {signal} is not in case {case.id}.",
        )
    )
