"""Signals of a case: what was seen, and what no longer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api import etags
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.case_shapes import SignalShape, signal_shape
from impasse.api.desk import Desk, Reading, Writing
from impasse.api.opening import SignalReported, report_of
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Day, Shape, Words, Yes
from impasse.domain.commands import CloseSignal, ReportSignal
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.errors import NotFound
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.case import Case
    from impasse.domain.signals import Signal

router = APIRouter(tags=["signals"], route_class=GuardedRoute)


class SignalPage(Page[SignalShape]):
    """One page of signals."""


class SignalClosed(Shape):
    """What a signal reported no longer holds; `kept` when it was made good."""

    closed_on: Day
    kept: Yes = False
    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


@router.get("/cases/{case}/signals", response_model=SignalPage, summary="Signalen van een zaak")
async def list_signals(desk: Reading, case: str, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the signals of a case, oldest first."""
    found = await desk.case(case)
    return await paged(desk.request, query, by_position(found.signals), signal_shape, SignalPage)


@router.post(
    "/cases/{case}/signals", response_model=SignalShape, status_code=201, summary="Meld een signaal"
)
async def report_signal(desk: Writing, case: str, sent: SignalReported) -> Response:
    """Add what you saw."""
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


async def _made(desk: Desk, case: str, signal: str) -> Response:
    found = await desk.case(case)
    return made(
        signal_shape(_signal(found, signal)),
        desk.url("cases", found.id, "signals", signal),
        tag=etags.of_revision(found.revision),
    )


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
