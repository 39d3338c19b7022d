"""The overhedenoverleg: its meetings, and the agenda that the secretariat puts together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.commands import DecideCandidate, PlanMeeting
from impasse.domain.errors import Fault, ImpasseError, Invalid, NotFound
from impasse.domain.overleg import CandidateState
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.web import dossier_forms as forms
from impasse.web.cards import stage_of
from impasse.web.meeting_page import (
    USUAL_MINUTES,
    Budget,
    length_of,
    points_of,
    proposals_of,
    sheet_of,
)
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.adapters.sql.views import CandidateLine
    from impasse.domain.overleg import Meeting

_DONE = {
    "gepland": Text("Overleg gepland.", "Meeting planned."),
    "opgenomen": Text(
        "De zaak staat op de agenda. Partijen krijgen bericht.",
        "The case is on the agenda. The parties will be told.",
    ),
    "samengevoegd": Text(
        "De zaak wordt samen met een ander punt behandeld. Partijen krijgen bericht.",
        "The case is discussed together with another item. The parties will be told.",
    ),
    "afgewezen": Text(
        "De zaak komt niet op de agenda. Partijen lezen de reden.",
        "The case is not put on the agenda. The parties read the reason.",
    ),
}
_PAST_SHOWN = 20
_ALL = 1_000
_DEFAULTS = {"begin": "13:30", "einde": "15:30"}


@dataclass(frozen=True, slots=True)
class _Row:
    """A meeting in the list, with how much is on its agenda."""

    meeting: Meeting
    points: int
    closed: bool


def _arranges(visit: Visit) -> bool:
    """Whether the reader puts agendas together."""
    return visit.actor.has(Role.SECRETARIAT)


def show_list(visit: Visit) -> Response:
    """Show the meetings to come, those that were, and how many proposals are open."""
    return _list_page(visit, forms.NOTHING)


def send_meeting(visit: Visit) -> Response:
    """Plan a meeting."""
    try:
        receipt = visit.handle(_planned(visit), key=forms.key_of(visit))
    except ImpasseError as error:
        return _list_page(visit, forms.refused(visit, "plan", error))
    return visit.redirect(f"/overleg/{receipt.created}?gedaan=gepland")


def _planned(visit: Visit) -> PlanMeeting:
    reader = forms.Reader(visit)
    day = reader.day("dag", "/day")
    starts_at, ends_at = reader.clock("begin", "/startsAt"), reader.clock("einde", "/endsAt")
    closes_on = reader.day("sluit", "/closesOn")
    place = reader.words("plaats", "/place", Text("Schrijf op waar.", "Write down where."))
    reader.done()
    return PlanMeeting(day, starts_at, ends_at, place, closes_on)


def _list_page(visit: Visit, sent: forms.Sent) -> Response:
    views, today = visit.house.views, visit.today
    accepted = views.candidates(visit.actor, state=CandidateState.ACCEPTED)
    rows = [
        _Row(
            meeting,
            sum(line.meeting == meeting.id for line in accepted),
            meeting.closes_on < today,
        )
        for meeting in views.meetings(limit=_ALL)
    ]
    return visit.page(
        "overleg/overleggen.html",
        status=sent.status,
        place="overleg",
        sent=sent,
        key=forms.new_key(),
        coming=[row for row in rows if row.meeting.day >= today],
        past=[row for row in reversed(rows) if row.meeting.day < today][:_PAST_SHOWN],
        waiting=len(views.candidates(visit.actor, state=CandidateState.PROPOSED)),
        arranges=_arranges(visit),
        defaults=_DEFAULTS,
    )


def show(visit: Visit) -> Response:
    """Show one meeting: proposals, agenda, and what members read."""
    return _page(visit, forms.NOTHING)


def send_decision(visit: Visit) -> Response:
    """Take a case on the agenda, or decline it with a reason."""
    meeting = visit.house.views.meeting(visit.path["id"])
    line = _candidate(visit)
    form = f"voorstel-{line.id}"
    together = visit.field("besluit") == "voeg-samen"
    accepted = together or visit.field("besluit") == "neem-op"
    try:
        command = DecideCandidate(
            line.case.id,
            line.id,
            accepted=accepted,
            meeting=meeting.id if accepted else "",
            reason=visit.field("reden"),
            minutes=_minutes(visit) if accepted and not together else None,
            into=_host(visit) if together else "",
        )
        visit.handle(command, revision=forms.revision_of(visit), key=forms.key_of(visit))
    except ImpasseError as error:
        return _page(visit, forms.refused(visit, form, error))
    done = "samengevoegd" if together else "opgenomen" if accepted else "afgewezen"
    return visit.redirect(f"/overleg/{meeting.id}?gedaan={done}")


def _candidate(visit: Visit) -> CandidateLine:
    """Return the proposal that the form is about, or raise `NotFound`."""
    wanted = visit.field("voorstel")
    for line in visit.house.views.candidates(visit.actor):
        if line.id == wanted:
            return line
    raise NotFound(
        Text(
            "Dit voorstel bestaat niet, of u neemt er niet aan deel.",
            "This proposal does not exist, or you take no part in it.",
        )
    )


def _host(visit: Visit) -> str:
    """Return the item with which a case is to be discussed."""
    chosen = visit.field("met")
    if not chosen:
        raise Invalid(
            Text("Samenvoegen kan zo niet.", "This cannot be merged."),
            [Fault("/into", Text("Kies een punt van de agenda.", "Choose an item of the agenda."))],
        )
    return chosen


def _minutes(visit: Visit) -> int | None:
    written = visit.field("minuten")
    if not written:
        return None
    if not written.isdecimal() or len(written) > 4:  # noqa: PLR2004
        raise Invalid(
            Text("Deze tijd kan niet.", "This time cannot be."),
            [Fault("/minutes", Text("Schrijf een aantal minuten.", "Write a number of minutes."))],
        )
    return int(written)


def _page(visit: Visit, sent: forms.Sent) -> Response:
    house, today = visit.house, visit.today
    meeting = house.views.meeting(visit.path["id"])
    arranges = _arranges(visit)
    accepted = sorted(
        house.views.candidates(visit.actor, state=CandidateState.ACCEPTED, meeting=meeting.id),
        key=lambda line: (line.decided_at or line.proposed_at, line.id),
    )
    open_ = house.views.candidates(visit.actor, state=CandidateState.PROPOSED)
    sheets = [
        sheet_of(line, stage_of(house, line.case), today, house.calendar) for line in accepted
    ]
    merged = house.views.candidates(visit.actor, state=CandidateState.MERGED, meeting=meeting.id)
    points = points_of(accepted, meeting, sheets, merged, timed=arranges)
    seen = {point.candidate for point in points}
    over, closed = meeting.day < today, meeting.closes_on < today
    done = _DONE.get(visit.query.get("gedaan", ""))
    proposals = () if over else proposals_of(open_, today)
    return visit.page(
        "overleg/overleg.html",
        status=sent.status,
        place="overleg",
        sent=sent,
        key=forms.new_key(),
        meeting=meeting,
        points=points,
        elsewhere=[line.case for line in merged if line.merged_into not in seen],
        proposals=proposals,
        gone=sent.form not in {"", *(f"voorstel-{one.candidate}" for one in proposals)},
        budget=Budget(sum(point.minutes for point in points), length_of(meeting)),
        usual=USUAL_MINUTES,
        arranges=arranges,
        over=over,
        closed=closed,
        days_to_close=house.calendar.working_days_between(today, meeting.closes_on),
        done=done,
    )


PAGES = (
    Page("/overleg", show=show_list, send=send_meeting),
    Page("/overleg/{id}", show=show, send=send_decision),
)
