"""Rooms of a case: which there are for the reader, what stands in one, and writing there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from impasse.adapters.identity.secrets import actor_of
from impasse.adapters.sql.substitutions import person_today
from impasse.domain.access import is_owner, may_do, may_enter, rooms_of
from impasse.domain.case import Status
from impasse.domain.commands import Contribute, SignalReport
from impasse.domain.conflict_escalation import (
    ConflictStage,
    ConflictZone,
    assessment_of,
)
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.destruction import destroyed_on
from impasse.domain.errors import Fault, ImpasseError, Invalid
from impasse.domain.room_words import name_of_room, who_is_in
from impasse.domain.rooms import (
    SHARED,
    ContributionKind,
    Part,
    Release,
    ReleaseState,
    Room,
    RoomKind,
)
from impasse.domain.signals import Reliability
from impasse.domain.text import Text, same
from impasse.web import dossier_forms as forms
from impasse.web.dossier import Seen, frame_of, see
from impasse.web.handed_in import document_of, in_words
from impasse.web.timeline import moment
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.responses import Response

    from impasse.adapters.sql.rooms import RoomLine
    from impasse.domain.errors import ImpasseError as AnyError
    from impasse.domain.history import Json
    from impasse.domain.length import Length
    from impasse.domain.rooms import Contribution

_AT_ONCE = 50
"""Contributions on one page; the next page has those that came before."""

_READ_AT_ONCE = 100
_DIGITS = 6
_EXCERPT = 600
"""Signs of a text that show in a list; the whole of it is one click away."""

_FIELDS: Mapping[str, str] = {
    "title": "titel",
    "file": "bestand",
    "file/name": "bestand",
    "part": "deel",
    "kind": "",
    "stages": "",
    "withDocument": "bestand",
    "report/indicator": "signaal",
    "report/reliability": "zekerheid",
    "report/happenedOn": "dag",
    "report/text": "tekst",
    "contribution": "",
}
"""What the domain calls a value, and the name of its field on these pages."""

_DONE = {
    "notitie": Text("Notitie bewaard.", "Note kept."),
    "document": Text("Document bewaard.", "Document kept."),
    "signaal": Text("Signaal bewaard, alleen hier.", "Signal kept, here only."),
    "inschatting": Text("Inschatting bewaard, alleen hier.", "Assessment kept, here only."),
    "gedeeld": Text(
        "Gedeeld met iedereen die deze zaak ziet.", "Shared with everybody who sees this case."
    ),
    "voorgesteld": Text(
        "Voorgesteld. Er is nog niets gedeeld.", "Proposed. Nothing was shared yet."
    ),
    "goedgekeurd": Text(
        "Goedgekeurd. Deze tekst is nu gedeeld met iedereen die deze zaak ziet.",
        "Approved. This wording is shared now with everybody who sees this case.",
    ),
    "afgewezen": Text("Afgewezen. Er is niets gedeeld.", "Declined. Nothing was shared."),
    "ingetrokken": Text("Ingetrokken. Er is niets gedeeld.", "Withdrawn. Nothing was shared."),
    "vernietigd": Text("De inhoud is vernietigd.", "The content was destroyed."),
}

_ASSESSED = "Hoe hard is het conflict?"
_NO_PARTY = Text(
    "Maak een keuze bij ten minste één partij.", "Make a choice for one party at the least."
)
_STAGES = frozenset(str(int(stage)) for stage in ConflictStage)

_ASKED_FOR_ALL = Text(
    "Bevestig dat iedereen die deze zaak ziet dit mag lezen.",
    "Confirm that everybody who sees this case may read this.",
)
_AGAIN = Text(
    "Uw tekst staat er nog. Kies het bestand opnieuw.",
    "Your text is still there. Choose the file again.",
)


@dataclass(frozen=True, slots=True)
class Inside:
    """A reader in one room of a case."""

    seen: Seen
    room: Room

    @property
    def visit(self) -> Visit:
        """The request of the reader."""
        return self.seen.visit

    @property
    def address(self) -> str:
        """Where the room is found."""
        return f"/impasses/{self.seen.case.id}/kamers/{self.room.id}"

    @property
    def owner(self) -> bool:
        """Whether the reader decides what of this room is shared."""
        return is_owner(self.visit.actor, self.room, self.seen.case)

    @property
    def may_write(self) -> bool:
        """Whether the reader can write here now; the engine decides all the same."""
        case, actor = self.seen.case, self.visit.actor
        command = Contribute(case.id, self.room, ContributionKind.NOTE, Part.VIEW, "")
        return (
            case.status is not Status.CLOSED
            and self.room in rooms_of(actor, case)
            and may_do(actor, command, case)
            and not (self.room.kind is RoomKind.MEDIATOR and not self.opened)
        )

    @property
    def opened(self) -> bool:
        """Whether the procedure opens the room of the mediator."""
        return self.seen.workflow.rooms.mediator_open

    @property
    def keep(self) -> Length | None:
        """How long after closing the content is kept; None for ever."""
        return self.seen.workflow.rooms.keep.get(self.room.kind)

    @property
    def goes_on(self) -> date | None:
        """The day on which the content is destroyed, as things are now; None: it is kept."""
        holds = self.visit.house.law.holds(self.seen.case)
        return destroyed_on(self.seen.case, self.room, self.seen.workflow.rooms, holds)


def enter(visit: Visit) -> Inside:
    """Enter the room of this address, or raise `NotFound`: also when it is only hidden."""
    seen = see(visit)
    return Inside(seen, visit.house.rooms.room(visit.actor, seen.case, visit.path["kamer"]))


@dataclass(frozen=True, slots=True)
class Place:
    """A room as a list shows it: what is it called, who is in it, and what is there."""

    room: Room
    name: Text
    who: Text
    contributions: int
    waiting: int
    icon: str
    emptied: bool = False


def places_of(seen: Seen) -> tuple[Place, ...]:
    """Return the rooms that exist for the reader, with counts of what stands in them."""
    case = seen.case
    lines: Iterable[RoomLine] = seen.visit.house.rooms.rooms(seen.visit.actor, case)
    return tuple(
        Place(
            room=line.room,
            name=capital(name_of_room(line.room, case)),
            who=who_is_in(line.room, case),
            contributions=line.contributions,
            waiting=line.waiting,
            icon="lock" if line.room.confidential else "eye",
            emptied=line.destroyed_at is not None,
        )
        for line in lines
        if line.room.kind is not RoomKind.MEDIATOR
        or seen.workflow.rooms.mediator_open
        or line.contributions
    )


def capital(text: Text) -> Text:
    """Return *text* as a sentence begins."""
    return Text(text.nl[:1].upper() + text.nl[1:], text.en[:1].upper() + text.en[1:])


def readers_of(inside: Inside) -> tuple[Text, ...]:
    """Return who can read a confidential room today: functions and organisations, not names."""
    house, offices, case = inside.visit.house, inside.seen.offices, inside.seen.case
    at = house.clock()
    able = (
        person_today(house.database, person, at)
        for person in offices.persons.values()
        if not person.disabled
        and (person.organisation == inside.room.organisation or person.id == inside.room.mediator)
    )
    found = Counter(
        capital(offices.who(person.id))
        for person in able
        if may_enter(actor_of(person, "web"), inside.room, case)
    )
    return tuple(
        who if count == 1 else same(f"{count} × ") + who
        for who, count in sorted(found.items(), key=lambda pair: pair[0].nl)
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A contribution as a page shows it."""

    one: Contribution
    who: Text
    when: Text
    excerpt: str
    whole: bool
    coded: Text | None
    happened_on: date | None
    size: Text | None
    gone_on: date | None
    stages: tuple[tuple[str, ConflictStage], ...] = ()
    """Of an assessment of conflict escalation: each party by name, the furthest first."""
    spread: int = 0


def shown(inside: Inside, one: Contribution) -> Shown:
    """Return *one* in words."""
    seen, what = inside.seen, one.particulars
    indicator = seen.visit.house.indicators.indicator(str(what.get("indicator", "")))
    size = what.get("size")
    coded = None
    found = None
    if one.kind is ContributionKind.CONFLICT_ASSESSMENT:
        found = assessment_of(what)
    names = {party.organisation: party.name for party in seen.case.parties}
    if one.kind is ContributionKind.SIGNAL and one.destroyed_at is None:
        coded = same(str(what.get("indicator"))) if indicator is None else indicator.label
    return Shown(
        one=one,
        who=capital(seen.offices.who(one.person, one.organisation)),
        when=moment(one.written_at, seen.today),
        excerpt=one.text[:_EXCERPT].rstrip(),
        whole=len(one.text) <= _EXCERPT,
        coded=coded,
        happened_on=_day(what.get("happened_on")),
        size=in_words(size) if isinstance(size, int) else None,
        gone_on=None if one.destroyed_at is None else one.destroyed_at.astimezone(AMSTERDAM).date(),
        stages=()
        if found is None
        else tuple(
            (names.get(organisation, organisation), stage)
            for organisation, stage in sorted(
                found.stages.items(), key=lambda pair: (-pair[1], names.get(pair[0], pair[0]))
            )
        ),
        spread=0 if found is None else found.spread,
    )


def _day(written: Json) -> date | None:
    return date.fromisoformat(written) if isinstance(written, str) and written else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A release as a page shows it."""

    one: Release
    who: Text
    when: Text
    decided: Text | None
    tone: str


_TONES = {
    ReleaseState.PROPOSED: "warn",
    ReleaseState.APPROVED: "ok",
    ReleaseState.DECLINED: "",
    ReleaseState.WITHDRAWN: "",
}


def proposal(inside: Inside, one: Release) -> Proposal:
    """Return *one* in words."""
    seen = inside.seen
    decided = None
    if one.decided_at is not None:
        who, when = seen.offices.who(one.decided_by), moment(one.decided_at, seen.today)
        decided = capital(who) + Text(f", {when.nl}", f", {when.en}")
    return Proposal(
        one=one,
        who=capital(seen.offices.who(one.proposed_by, one.proposed_for)),
        when=moment(one.proposed_at, seen.today),
        decided=decided,
        tone=_TONES[one.state],
    )


def releases_of(inside: Inside) -> list[Release]:
    """Return every wording that was ever proposed in a confidential room, oldest first."""
    rooms = inside.visit.house.rooms
    found: list[Release] = []
    while inside.room.confidential:
        after = found[-1].position if found else 0
        more = rooms.releases(inside.visit.actor, inside.seen.case, inside.room, after=after)
        if not more:
            break
        found.extend(more)
    return found


def contributions_of(inside: Inside) -> list[Contribution]:
    """Return everything that stands in the room, newest first."""
    rooms = inside.visit.house.rooms
    found: list[Contribution] = []
    while True:
        after = found[-1].position if found else 0
        more = rooms.contributions(inside.visit.actor, inside.seen.case, inside.room, after=after)
        if not more:
            return found[::-1]
        found.extend(more)


def show_rooms(visit: Visit) -> Response:
    """Show the rooms that exist for the reader."""
    seen = see(visit)
    mediates = seen.case.mediator == visit.actor.person and bool(seen.case.mediator)
    return visit.page(
        "dossier/kamers.html",
        place="impasses",
        **frame_of(seen, "kamers"),
        places_here=places_of(seen),
        mediator_shut=mediates and not seen.workflow.rooms.mediator_open,
    )


def show_room(visit: Visit) -> Response:
    """Show what stands in the room, and the forms to write there."""
    return _page(enter(visit), forms.NOTHING)


def send_room(visit: Visit) -> Response:
    """Keep what the form brings, in this very room."""
    inside, what = enter(visit), visit.field("daad") or "onbekend"
    try:
        visit.handle(_read(inside, what), key=forms.key_of(visit))
    except ImpasseError as error:
        return _page(enter(visit), refused(visit, what, error))
    done = what if inside.room.confidential else "gedeeld"
    return visit.redirect(f"{inside.address}?gedaan={done}")


def refused(visit: Visit, form: str, error: AnyError) -> forms.Sent:
    """Return the form that came back with its faults at the fields of these pages."""
    sent = forms.refused(visit, form, error)
    faults: dict[str, Text] = {}
    for name, text in sent.faults.items():
        faults[_FIELDS.get(name, name)] = text
    if visit.form.get("bestand") and form == "document":
        # A browser never fills in a file by itself: who does not see that sends nothing.
        faults["bestand"] = faults.get("bestand", _AGAIN)
    return replace(sent, faults=faults)


def show_reads(visit: Visit) -> Response:
    """Show who read in a confidential room; what all may read is not written down."""
    inside = enter(visit)
    reads = visit.house.rooms.reads(
        visit.actor,
        inside.seen.case,
        inside.room,
        before=_place(visit) or None,
        limit=_READ_AT_ONCE,
    )
    offices, today = inside.seen.offices, inside.seen.today
    return visit.page(
        "dossier/gelezen.html",
        place="impasses",
        **room_of(inside),
        reads=[
            (
                moment(one.at, today),
                capital(offices.who(one.person, one.organisation)),
                _what_was_read(one.what),
                _DOORS.get(one.origin, same(one.origin)),
            )
            for one in reads
        ],
        more=reads[-1].place if reads and reads[-1].place > 1 else 0,
    )


_DOORS = {
    "web": Text("website", "website"),
    "api": Text("koppeling", "API"),
    "cli": Text("opdrachtregel", "command line"),
}
_READ = {
    "assessments": Text("beoordelingen onder de Woo", "assessments under the Woo"),
    "woo export": Text("uitvoer voor een Woo-verzoek", "export for a request under the Woo"),
    "personal data": Text(
        "eigen stukken, bij inzage in eigen gegevens", "own items, with one's own data"
    ),
    "contributions": Text("de lijst met bijdragen", "the list of contributions"),
    "releases": Text("de voorstellen om te delen", "the proposals to share"),
    "history": Text("de geschiedenis", "the history"),
    "search": Text("gevonden met zoeken", "found by searching"),
}


def _what_was_read(what: str) -> Text:
    key, _, file = what.partition(" ")
    if file == "file":
        return Text(f"het bestand van {key} (gedownload)", f"the file of {key} (downloaded)")
    return _READ.get(what, same(what))


def show_history(visit: Visit) -> Response:
    """Show the history of the room, the newest first; that of the shared one is the case's."""
    inside = enter(visit)
    if not inside.room.confidential:
        return visit.redirect(f"/impasses/{inside.seen.case.id}/logboek")
    entries = visit.house.rooms.history(visit.actor, inside.seen.case, inside.room)
    return visit.page(
        "dossier/kamerverloop.html",
        place="impasses",
        **room_of(inside),
        items=[inside.seen.teller.item(entry) for entry in reversed(entries)],
    )


def _page(inside: Inside, sent: forms.Sent) -> Response:
    visit = inside.visit
    house = visit.house
    place = _place(visit)
    found = [one for one in contributions_of(inside) if not place or one.position < place]
    here = [shown(inside, one) for one in found[:_AT_ONCE]]
    releases = releases_of(inside)
    return visit.page(
        "dossier/kamer.html",
        status=413 if _too_large(visit, sent) else sent.status,
        place="impasses",
        **room_of(inside),
        sent=sent,
        news=[],
        places_here=places_of(inside.seen),
        objective=[one for one in here if one.one.part is Part.OBJECTIVE],
        views=[one for one in here if one.one.part is Part.VIEW],
        further=place > 0,
        more=found[_AT_ONCE - 1].position if len(found) > _AT_ONCE else 0,
        waiting=[proposal(inside, one) for one in releases if one.state is ReleaseState.PROPOSED],
        settled=[
            proposal(inside, one) for one in releases if one.state is not ReleaseState.PROPOSED
        ],
        parts=list(Part),
        reliabilities=list(Reliability),
        assessed=inside.seen.case.parties,
        zones=[
            (zone.label, [stage for stage in ConflictStage if stage.zone is zone])
            for zone in ConflictZone
        ],
        dimensions=[
            (d.label, [i for i in house.indicators.indicators if i.dimension == d.code])
            for d in house.indicators.dimensions
        ],
        largest=in_words(house.settings.document_bytes),
    )


def _room_of(inside: Inside) -> dict[str, Any]:
    """Return what every page of a room shows of it."""
    room, case = inside.room, inside.seen.case
    done = _DONE.get(inside.visit.query.get("gedaan", ""))
    found: dict[str, Any] = {
        "room": room,
        "address": inside.address,
        "name": capital(name_of_room(room, case)),
        "inline_name": name_of_room(room, case),
        "who": who_is_in(room, case),
        "readers": readers_of(inside) if room.confidential else (),
        "owner": inside.owner,
        "may_write": inside.may_write,
        "keep": inside.keep,
        "goes_on": inside.goes_on,
        "shut": room.kind is RoomKind.MEDIATOR and not inside.opened,
        "done": done,
    }
    if room.confidential:
        found["visible_to"] = Text("Alleen deze kamer", "This room only")
    return found


def room_of(inside: Inside) -> dict[str, Any]:
    """Return what a page within a room shows above its own: the frame of the case and the room."""
    return frame_of(inside.seen, "kamers") | _room_of(inside)


def _place(visit: Visit) -> int:
    """Return before which place a list goes on; 0 is its beginning, with the newest."""
    written = visit.query.get("vanaf", "")
    return int(written) if written.isdecimal() and len(written) <= _DIGITS else 0


def _too_large(visit: Visit, sent: forms.Sent) -> bool:
    """Whether the form was refused because its file does not fit."""
    upload = visit.form.get("bestand")
    size = getattr(upload, "size", 0) or 0
    return bool(sent.form) and size > visit.house.settings.document_bytes


def _read(inside: Inside, what: str) -> Contribute:
    match what:
        case "notitie":
            return _contribution(inside, ContributionKind.NOTE)
        case "document":
            return _contribution(inside, ContributionKind.DOCUMENT)
        case "signaal":
            return _contribution(inside, ContributionKind.SIGNAL)
        case "inschatting" if inside.room.kind is RoomKind.MEDIATOR:
            return _assessment(inside)
        case _:
            raise Invalid(
                Text(
                    "Dit formulier is beschadigd bij ons aangekomen. Verstuur het nog eens.",
                    "This form reached us damaged. Send it once more.",
                )
            )


def _contribution(inside: Inside, kind: ContributionKind) -> Contribute:
    """Read what is written, and say all that is wrong with it at once."""
    visit, reader = inside.visit, forms.Reader(inside.visit)
    title = visit.field("titel")
    file = report = None
    if kind is ContributionKind.DOCUMENT:
        try:
            file = document_of(visit.form, "bestand", visit.house.settings.document_bytes)
        except Invalid as error:
            reader.faults.extend(error.faults)
        else:
            title = title or file.name
    if kind is ContributionKind.SIGNAL:
        report = _report(visit, reader)
        title = title or _coded(visit, report.indicator)
    part = reader.choice("deel", "/part", Part)
    if not title and (kind is not ContributionKind.DOCUMENT or file is not None):
        reader.faults.append(Fault("/title", Text("Geef een titel.", "Give a title.")))
    if kind is ContributionKind.NOTE:
        reader.words("tekst", "/text", Text("Schrijf uw notitie.", "Write your note."))
    if inside.room == SHARED and visit.field("iedereen") != "ja":
        reader.faults.append(Fault("/iedereen", _ASKED_FOR_ALL))
    reader.done()
    return Contribute(
        inside.seen.case.id,
        inside.room,
        kind,
        part or Part.VIEW,
        title=title,
        text=visit.field("tekst"),
        environmental=visit.field("milieu") == "ja",
        file=file,
        report=report,
    )


def _assessment(inside: Inside) -> Contribute:
    """Read how hard the conflict is for each party; what was left open is not assessed."""
    visit, case = inside.visit, inside.seen.case
    reader, stages = forms.Reader(visit), []
    for party in case.parties:
        written = visit.field(f"fase-{party.organisation}")
        if written in _STAGES:
            stages.append((party.organisation, int(written)))
        elif written:
            wrong = Text("Maak een keuze.", "Make a choice.")
            reader.faults.append(Fault(f"/fase-{party.organisation}", wrong))
    if not stages and not reader.faults:
        reader.faults.append(Fault(f"/fase-{case.parties[0].organisation}", _NO_PARTY))
    reader.done()
    return Contribute(
        case.id,
        inside.room,
        ContributionKind.CONFLICT_ASSESSMENT,
        Part.VIEW,
        title=_ASSESSED,
        text=visit.field("tekst"),
        stages=tuple(stages),
    )


def _report(visit: Visit, reader: forms.Reader) -> SignalReport:
    indicator = reader.words("signaal", "/report/indicator", Text("Maak een keuze.", "Choose."))
    reliability = reader.choice("zekerheid", "/report/reliability", Reliability)
    return SignalReport(
        indicator=indicator,
        reliability=reliability or Reliability.FIRST_HAND,
        organisation=visit.actor.organisation,
        happened_on=reader.day("dag", "/report/happenedOn"),
        text=visit.field("tekst"),
    )


def _coded(visit: Visit, code: str) -> str:
    found = visit.house.indicators.indicator(code)
    return "" if found is None else found.label.nl


PAGES = (
    Page("/impasses/{id}/kamers", show=show_rooms),
    Page("/impasses/{id}/kamers/{kamer}", show=show_room, send=send_room, files=True),
    Page("/impasses/{id}/kamers/{kamer}/gelezen", show=show_reads),
    Page("/impasses/{id}/kamers/{kamer}/geschiedenis", show=show_history),
)
