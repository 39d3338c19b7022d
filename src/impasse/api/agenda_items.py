"""The agenda of a meeting: what was accepted, what still waits, and deciding on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Desk, Reading, Writing
from impasse.api.meetings import meeting_of
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Bilingual, Count, Moment, Shape, Words, Yes, bilingual
from impasse.domain.agenda import MOST_MINUTES
from impasse.domain.commands import DecideCandidate
from impasse.domain.early_warning import Level
from impasse.domain.errors import NotFound
from impasse.domain.overleg import CandidateState
from impasse.domain.text import Text
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from impasse.adapters.sql.views import CandidateLine

router = APIRouter(tags=["agenda-items"], route_class=GuardedRoute)


class AgendaItem(Shape):
    """A case on the agenda of a meeting, or proposed for it.

    `run` is the escalation that proposed it, and `note` tells the road that led there; an item that
    was `mergedInto` another is discussed with it.
    """

    candidate: str
    case: str
    title: str
    tier: Tier
    level: Level
    state: CandidateState
    reason: Bilingual
    proposed_at: Moment
    meeting: str
    minutes: int | None
    decided_at: Moment | None
    decided_because: str
    case_href: str
    note: Bilingual | None
    run: str
    merged_into: str


class AgendaPage(Page[AgendaItem]):
    """One page of an agenda."""


class AgendaDecision(Shape):
    """What becomes of a candidate; a refusal needs a reason, which the parties read."""

    candidate: Words = Field(min_length=1)
    accepted: Yes
    reason: Words = Field("", max_length=5_000)
    minutes: Count | None = Field(None, json_schema_extra={"minimum": 1, "maximum": MOST_MINUTES})
    into: Words = Field(
        "",
        description="Het voorstel waarmee deze zaak samen wordt behandeld. · The item with which "
        "this case is discussed.",
    )


@router.get(
    "/meetings/{meeting}/agenda-items", response_model=AgendaPage, summary="Agenda van een overleg"
)
async def list_agenda_items(
    desk: Reading, meeting: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return the accepted items and, for the next meeting, what still waits for a decision."""
    found = await meeting_of(desk, meeting)
    views = desk.house.views

    def look() -> list[CandidateLine]:
        accepted = [
            line
            for line in views.candidates(desk.actor, meeting=found.id)
            if line.state in {CandidateState.ACCEPTED, CandidateState.MERGED}
        ]
        coming = views.next_meeting(desk.today)
        if coming is None or coming.id != found.id:
            return accepted
        return accepted + views.candidates(desk.actor, state=CandidateState.PROPOSED)

    fetch = by_key(await desk.read(look), _order)

    def show(candidate: CandidateLine) -> AgendaItem:
        return _shape(desk, candidate)

    return await paged(desk.request, query, fetch, show, AgendaPage)


@router.post(
    "/meetings/{meeting}/agenda-items",
    response_model=AgendaItem,
    status_code=201,
    summary="Beslis over een voorstel",
)
async def decide_agenda_item(desk: Writing, meeting: str, sent: AgendaDecision) -> Response:
    """Accept a candidate for this meeting, or decline it."""
    found = await meeting_of(desk, meeting)
    line = await _candidate(desk, sent.candidate)
    await desk.do(
        DecideCandidate(
            case=line.case.id,
            candidate=line.id,
            accepted=sent.accepted,
            meeting=found.id,
            reason=sent.reason,
            minutes=sent.minutes,
            into=sent.into,
        )
    )
    line = await _candidate(desk, sent.candidate)
    return made(_shape(desk, line), desk.url("meetings", found.id, "agenda-items", line.id))


@router.get(
    "/meetings/{meeting}/agenda-items/{candidate}",
    response_model=AgendaItem,
    summary="Eén agendapunt",
)
async def show_agenda_item(desk: Reading, meeting: str, candidate: str) -> Response:
    """Return a candidate, whatever was decided about it at this meeting."""
    await meeting_of(desk, meeting)
    return shown(desk.request, _shape(desk, await _candidate(desk, candidate)))


def _order(line: CandidateLine) -> str:
    """Return where *line* stands: what a run of escalation proposed comes first."""
    return f"{0 if line.run else 1} {line.proposed_at.isoformat()} {line.id}"


async def _candidate(desk: Desk, number: str) -> CandidateLine:
    """Return the candidate if its case is visible for who asks; open ones are looked at first."""

    def look() -> CandidateLine:
        for state in (CandidateState.PROPOSED, None):
            for line in desk.house.views.candidates(desk.actor, state=state):
                if line.id == number:
                    return line
        raise NotFound(
            Text(
                f"Voorstel {number} bestaat niet, of u bent geen deelnemer van die zaak.",
                f"Candidate {number} does not exist, or you take no part in that case.",
            )
        )

    return await desk.read(look)


def _shape(desk: Desk, line: CandidateLine) -> AgendaItem:
    return AgendaItem(
        candidate=line.id,
        case=line.case.id,
        title=line.case.title,
        tier=line.case.tier,
        level=line.case.level,
        state=line.state,
        reason=bilingual(line.reason),
        proposed_at=line.proposed_at,
        meeting=line.meeting,
        minutes=line.minutes,
        decided_at=line.decided_at,
        decided_because=line.decided_because,
        case_href=desk.url("cases", line.case.id),
        note=None if line.note is None else bilingual(line.note),
        run=f"{line.case.id}:{line.run}" if line.run else "",
        merged_into=line.merged_into,
    )
