"""One contribution: read it whole, take its file along, propose to share it, or destroy it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response as Plain

from impasse.adapters.exports.attachment import attachment
from impasse.domain.access import is_owner, may_do
from impasse.domain.commands import (
    DecideRelease,
    DestroyContribution,
    ProposeRelease,
    WithdrawRelease,
)
from impasse.domain.errors import Fault, ImpasseError, Invalid
from impasse.domain.file_names import known_media_type
from impasse.domain.rooms import SHARED, ContributionKind, Part, ReleaseState
from impasse.domain.text import Text
from impasse.web import dossier_forms as forms
from impasse.web.rooms_page import Inside, enter, proposal, refused, releases_of, room_of, shown
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.domain.commands import RoomCommand
    from impasse.domain.rooms import Contribution, Release
    from impasse.web.timeline import Item

_BROKEN = Text(
    "Dit formulier is beschadigd bij ons aangekomen. Verstuur het nog eens.",
    "This form reached us damaged. Send it once more.",
)
_DOWNLOADED = {
    # What came from somebody else is saved, never shown: here no page of ours may be imitated.
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def show(visit: Visit) -> Response:
    """Show the whole contribution, and what the reader can do with it; raises `NotFound`."""
    return _page(enter(visit), forms.NOTHING)


def send(visit: Visit) -> Response:
    """Propose to share a wording of it, or destroy it."""
    inside, act = enter(visit), visit.field("daad") or "onbekend"
    try:
        receipt = visit.handle(_read(inside, act), key=forms.key_of(visit))
    except ImpasseError as error:
        return _page(enter(visit), refused(visit, act, error))
    if act == "deel":
        return visit.redirect(f"{inside.address}/voorstel/{receipt.created}?gedaan=voorgesteld")
    return visit.redirect(f"{inside.address}/{visit.path['bijdrage']}?gedaan=vernietigd")


def _read(inside: Inside, act: str) -> RoomCommand:
    visit, case = inside.visit, inside.seen.case.id
    number = visit.path["bijdrage"]
    reader = forms.Reader(visit)
    if act == "deel":
        title = reader.words("titel", "/title", Text("Geef een titel.", "Give a title."))
        part = reader.choice("deel", "/part", Part)
        reader.done()
        return ProposeRelease(
            case,
            inside.room,
            number,
            title=title,
            text=visit.field("tekst"),
            part=part or Part.VIEW,
            environmental=visit.field("milieu") == "ja",
            with_document=visit.field("met_bestand") == "ja",
        )
    if act == "vernietig":
        reason = reader.words("reden", "/reason", Text("Schrijf waarom.", "Write down why."))
        if visit.field("zeker") != "ja":
            sure = Text(
                "Bevestig dat de inhoud voorgoed weg mag.",
                "Confirm that the content may go for good.",
            )
            reader.faults.append(Fault("/zeker", sure))
        reader.done()
        return DestroyContribution(case, inside.room, number, reason)
    raise Invalid(_BROKEN)


def _page(inside: Inside, sent: forms.Sent) -> Response:
    visit, seen = inside.visit, inside.seen
    number = visit.path["bijdrage"]
    one = visit.house.rooms.contribution(visit.actor, seen.case, inside.room, number)
    secret = inside.room.confidential
    there = one.destroyed_at is None
    destroying = DestroyContribution(seen.case.id, inside.room, number, "")
    of_the_mediator = one.person == inside.room.mediator != visit.actor.person
    stays = one.kind is ContributionKind.CONFLICT_ASSESSMENT
    may_propose = secret and there and inside.may_write and not (of_the_mediator or stays)
    may_destroy = (
        secret
        and there
        and is_owner(visit.actor, inside.room, seen.case)
        and may_do(visit.actor, destroying, seen.case)
    )
    doors = {"deel": may_propose, "vernietig": may_destroy}
    return visit.page(
        "dossier/bijdrage.html",
        status=sent.status,
        place="impasses",
        **room_of(inside),
        sent=sent,
        news=_news(inside, {number}) if sent.status == 409 else [],  # noqa: PLR2004
        item=shown(inside, one),
        proposals=[proposal(inside, release) for release in releases_of(inside)
                   if release.contribution == number],
        may_propose=may_propose,
        may_destroy=may_destroy,
        drawn=not sent.form or doors.get(sent.form, False),
        parts=list(Part),
        four_eyes=seen.workflow.rooms.four_eyes,
    )  # fmt: skip


def download(visit: Visit) -> Response:
    """Give the file of a document, to save: whatever is in it, no browser opens it here."""
    inside = enter(visit)
    number = visit.path["bijdrage"]
    file = visit.house.rooms.document(visit.actor, inside.seen.case, inside.room, number)
    return Plain(
        file.body,
        media_type=known_media_type(file.media_type),
        headers={"Content-Disposition": attachment(file.name, number), **_DOWNLOADED},
    )


def show_release(visit: Visit) -> Response:
    """Show exactly what would be shared, and what the reader can do with it."""
    return _release_page(enter(visit), forms.NOTHING)


def send_release(visit: Visit) -> Response:
    """Approve, decline or withdraw the wording that was read."""
    inside, act = enter(visit), visit.field("daad") or "onbekend"
    try:
        visit.handle(_read_release(inside, act), key=forms.key_of(visit))
    except ImpasseError as error:
        return _release_page(enter(visit), refused(visit, act, error))
    done = {"keur-goed": "goedgekeurd", "wijs-af": "afgewezen", "trek-in": "ingetrokken"}[act]
    return visit.redirect(f"{inside.address}/voorstel/{visit.path['voorstel']}?gedaan={done}")


def _read_release(inside: Inside, act: str) -> RoomCommand:
    visit, case = inside.visit, inside.seen.case.id
    number, note = visit.path["voorstel"], visit.field("toelichting")
    match act:
        case "keur-goed":
            if visit.field("gelezen") != "ja":
                told = Text(
                    "Bevestig dat u deze tekst hebt gelezen en dat iedereen hem mag lezen.",
                    "Confirm that you read this wording and that everybody may read it.",
                )
                raise Invalid(told, [Fault("/gelezen", told)])
            return DecideRelease(
                case, inside.room, number, approved=True, wording=visit.field("wording"), note=note
            )
        case "wijs-af":
            return DecideRelease(case, inside.room, number, approved=False, note=note)
        case "trek-in":
            return WithdrawRelease(case, inside.room, number, note=note)
        case _:
            raise Invalid(_BROKEN)


def _release_page(inside: Inside, sent: forms.Sent) -> Response:
    visit, seen = inside.visit, inside.seen
    rooms = visit.house.rooms
    one = rooms.release(visit.actor, seen.case, inside.room, visit.path["voorstel"])
    source = rooms.contribution(visit.actor, seen.case, inside.room, one.contribution)
    doors = _doors(inside, one, source)
    return visit.page(
        "dossier/voorstel.html",
        status=sent.status,
        place="impasses",
        **room_of(inside),
        sent=sent,
        news=_news(inside, {one.id, source.id}) if sent.status == 409 else [],  # noqa: PLR2004
        release=one,
        line=proposal(inside, one),
        item=shown(inside, source),
        copy=_copy(inside, one),
        drawn=not sent.form or doors.get(sent.form, False),
        doors=doors,
        four_eyes=seen.workflow.rooms.four_eyes,
        other_words=one.state is ReleaseState.PROPOSED and _other_words(one, source),
    )


def _doors(inside: Inside, one: Release, source: Contribution) -> dict[str, bool]:
    """Return which acts are the reader's; the engine decides all the same."""
    visit, case = inside.visit, inside.seen.case
    open_ = one.state is ReleaseState.PROPOSED and inside.may_write
    mine = one.proposed_by == visit.actor.person
    for_whom = "" if visit.actor.person == case.mediator else visit.actor.organisation
    ours = one.proposed_for != "" and one.proposed_for == for_whom
    two = inside.seen.workflow.rooms.four_eyes and mine
    there = source.destroyed_at is None
    return {
        "keur-goed": open_ and inside.owner and not two and there,
        "wijs-af": open_ and inside.owner,
        "trek-in": open_ and (mine or ours),
    }


def _other_words(one: Release, source: Contribution) -> bool:
    """Whether the wording differs from what was contributed."""
    return (one.title, one.text) != (source.title, source.text)


def _copy(inside: Inside, one: Release) -> str:
    """Return where the copy in the shared room is found; "" when there is none."""
    if not one.shared_as:
        return ""
    case = inside.seen.case.id
    if one.shared_as.startswith(ContributionKind.SIGNAL.letter):
        return f"/impasses/{case}"
    return f"/impasses/{case}/kamers/{SHARED.id}/{one.shared_as}"


def _news(inside: Inside, numbers: set[str]) -> list[Item]:
    """Return what happened last to one of *numbers*: what stood in the way."""
    entries = inside.visit.house.rooms.history(inside.visit.actor, inside.seen.case, inside.room)
    teller = inside.seen.teller
    return [
        teller.item(entry)
        for entry in entries
        if entry.action in _ENDS and _about(entry.content) & numbers
    ]


_ENDS = frozenset({"release_decided", "release_withdrawn", "contribution_destroyed"})
"""What can stand in the way of who had the page open: somebody else was first."""


def _about(content: str) -> set[str]:
    found: Any = json.loads(content) if content else {}
    return {str(found.get("id", "")), str(found.get("contribution", ""))} - {""}


PAGES = (
    Page("/impasses/{id}/kamers/{kamer}/voorstel/{voorstel}", show=show_release, send=send_release),
    Page("/impasses/{id}/kamers/{kamer}/{bijdrage}/bestand", show=download),
    Page("/impasses/{id}/kamers/{kamer}/{bijdrage}", show=show, send=send),
)
