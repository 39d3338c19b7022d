"""Meetings of the overhedenoverleg."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Desk, Opening, Reading
from impasse.api.paging import BadCursor, Page, PageQuery, paged
from impasse.api.shapes import Day, LocalTime, Shape, Words
from impasse.domain.commands import PlanMeeting
from impasse.domain.errors import NotFound
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.overleg import Meeting

router = APIRouter(tags=["meetings"], route_class=GuardedRoute)


class MeetingQuery(PageQuery):
    """Which meetings, and which page of them."""

    since: Day | None = Field(None, description="Vanaf deze dag. · From this day on.")


class MeetingShape(Shape):
    """A sitting; candidates for its agenda are accepted up to and on `closesOn`."""

    id: str
    series: str
    day: Day
    starts_at: LocalTime
    ends_at: LocalTime
    place: str
    closes_on: Day
    href: str


class MeetingPage(Page[MeetingShape]):
    """One page of meetings."""


class MeetingPlanned(Shape):
    """A meeting to be."""

    day: Day
    starts_at: LocalTime
    ends_at: LocalTime
    place: Words = Field(max_length=200)
    closes_on: Day
    series: Words = Field("overhedenoverleg", max_length=100)


@router.get("/meetings", response_model=MeetingPage, summary="Overleggen")
async def list_meetings(desk: Reading, query: Annotated[MeetingQuery, Query()]) -> Response:
    """Return meetings, soonest first."""

    def fetch(after: str, limit: int) -> list[tuple[str, Meeting]]:
        since = query.since
        if after:
            try:
                since = date.fromisoformat(after) + timedelta(days=1)
            except (ValueError, OverflowError):
                raise BadCursor from None
        found = desk.house.views.meetings(since=since, limit=limit)
        return [(meeting.day.isoformat(), meeting) for meeting in found]

    def show(meeting: Meeting) -> MeetingShape:
        return _shape(desk, meeting)

    return await paged(desk.request, query, fetch, show, MeetingPage)


@router.post("/meetings", response_model=MeetingShape, status_code=201, summary="Plan een overleg")
async def plan_meeting(desk: Opening, sent: MeetingPlanned) -> Response:
    """Put a meeting on the calendar."""
    receipt = await desk.do(
        PlanMeeting(
            day=sent.day,
            starts_at=sent.starts_at,
            ends_at=sent.ends_at,
            place=sent.place,
            closes_on=sent.closes_on,
            series=sent.series,
        )
    )
    found = await meeting_of(desk, receipt.created)
    return made(_shape(desk, found), desk.url("meetings", found.id))


@router.get("/meetings/{meeting}", response_model=MeetingShape, summary="Eén overleg")
async def show_meeting(desk: Reading, meeting: str) -> Response:
    """Return one meeting."""
    return shown(desk.request, _shape(desk, await meeting_of(desk, meeting)))


async def meeting_of(desk: Desk, meeting: str) -> Meeting:
    """Return the meeting, or raise `NotFound`."""
    if "\x00" in meeting:
        raise NotFound(Text("Zo'n overleg kan er niet zijn.", "There cannot be such a meeting."))
    return await desk.read(desk.house.views.meeting, meeting)


def _shape(desk: Desk, meeting: Meeting) -> MeetingShape:
    return MeetingShape(
        id=meeting.id,
        series=meeting.series,
        day=meeting.day,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        place=meeting.place,
        closes_on=meeting.closes_on,
        href=desk.url("meetings", meeting.id),
    )
