"""Openness of a case: the objective part, what one's own government discloses, holds, keeping."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.responses import Response as Plain

from impasse.adapters.exports.woo import woo_export
from impasse.domain.access import may_do, may_enter
from impasse.domain.assessing import reminders
from impasse.domain.case import Status, Visibility
from impasse.domain.commands import AssessDisclosure, LiftHold, PlaceHold
from impasse.domain.destruction import destroyed_on
from impasse.domain.disclosure import Disclosure
from impasse.domain.errors import ImpasseError, NotFound
from impasse.domain.legal_hold import standing
from impasse.domain.people import GOVERNMENTS, Role
from impasse.domain.room_words import name_of_room
from impasse.domain.rooms import Room, RoomKind
from impasse.domain.text import Text, same
from impasse.domain.woo_grounds import GROUNDS, Environment
from impasse.web import dossier_forms as forms
from impasse.web.dossier import Seen, frame_of, see
from impasse.web.timeline import moment
from impasse.web.visit import Page, Visit
from impasse.web.words import in_party_order

if TYPE_CHECKING:
    from datetime import date

    from starlette.responses import Response

    from impasse.domain.assessing import Item
    from impasse.domain.case import Case, Party
    from impasse.domain.disclosure import Assessment, LegalHold

_DONE = {
    "bewaarplicht": Text(
        "De bewaarplicht geldt. Er wordt niets van deze zaak vernietigd.",
        "The legal hold stands. Nothing of this case is destroyed.",
    ),
    "opgeheven": Text("De bewaarplicht is opgeheven.", "The legal hold was lifted."),
    "beoordeeld": Text(
        "Uw beoordeling is bewaard. Alleen uw organisatie ziet haar.",
        "Your assessment is kept. Only your organisation sees it.",
    ),
}
_FIELDS = {"disclosure": "besluit", "item": "", "organisation": "organisatie",
           "reference": "kenmerk"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold as the page shows it; `yours` when the reader can lift it."""

    one: LegalHold
    who: str
    placed: Text
    lifted: Text | None
    yours: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A room of the reader and the day on which its content is destroyed; None: it is kept."""

    name: Text
    day: date | None


@dataclass(frozen=True, slots=True)
class Line:
    """An item of the shared room, and what the government of the reader decided about it."""

    item: Item
    title: Text
    assessment: Assessment | None
    sender: str
    reminders: tuple[Text, ...]

    @property
    def tone(self) -> str:
        """The colour of the decision; its word stands beside it."""
        if self.assessment is None:
            return "line"
        return {"full": "ok", "partial": "warn", "refused": ""}[self.assessment.disclosure.value]


def show(visit: Visit) -> Response:
    """Show what the law asks of this case, as far as it is the reader's."""
    return _page(see(visit), forms.NOTHING)


def send(visit: Visit) -> Response:
    """Place or lift a legal hold."""
    seen, act = see(visit), visit.field("daad")
    try:
        if act == "bewaarplicht":
            organisation = visit.field("organisatie") or visit.actor.organisation
            reason, mark = visit.field("reden"), visit.field("kenmerk")
            command = PlaceHold(seen.case.id, organisation, reason, mark)
            visit.handle(command, key=forms.key_of(visit))
            done = "bewaarplicht"
        else:
            number = act.removeprefix("hef-op-")
            visit.handle(
                LiftHold(seen.case.id, number, visit.field("reden")), key=forms.key_of(visit)
            )
            done = "opgeheven"
    except ImpasseError as error:
        return _page(see(visit), _refused(visit, act, error))
    return visit.redirect(f"/impasses/{seen.case.id}/openbaarheid?gedaan={done}")


def show_item(visit: Visit) -> Response:
    """Show one item to be assessed; for who speaks for a government that is a party."""
    return _item_page(see(visit), forms.NOTHING)


def send_item(visit: Visit) -> Response:
    """Record what the government of the reader decides about one item."""
    seen = see(visit)
    reader = forms.Reader(visit)
    try:
        disclosure = reader.choice("besluit", "/disclosure", Disclosure)
        reader.done()
        command = AssessDisclosure(
            seen.case.id,
            visit.path["stuk"],
            visit.actor.organisation,
            disclosure or Disclosure.REFUSED,
            tuple(visit.fields("gronden")),
            visit.field("toelichting"),
        )
        visit.handle(command, key=forms.key_of(visit))
    except ImpasseError as error:
        return _item_page(see(visit), _refused(visit, "beoordeel", error))
    return visit.redirect(f"/impasses/{seen.case.id}/openbaarheid?gedaan=beoordeeld#beoordelen")


def download(visit: Visit) -> Response:
    """Give the export of the reader's own government for a request under the Woo."""
    case = visit.house.views.case(visit.actor, visit.path["id"])
    own = visit.actor.organisation
    packed = woo_export(visit.house.law, visit.actor, case, own, visit.language)
    name = f"woo-{case.id}-{own}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Plain(packed, media_type="application/zip", headers=headers)


def _refused(visit: Visit, form: str, error: ImpasseError) -> forms.Sent:
    sent = forms.refused(visit, form, error)
    faults: dict[str, Text] = {}
    for name, text in sent.faults.items():
        place = "gronden" if name.startswith("grounds") else _FIELDS.get(name, name)
        faults[place] = faults[place] + Text(" ", " ") + text if place in faults else text
    return replace(sent, faults=faults)


def _page(seen: Seen, sent: forms.Sent) -> Response:
    visit, case = seen.visit, seen.case
    law = visit.house.law
    holds = law.holds(case)
    placing = PlaceHold(case.id, "", "")
    may_hold = may_do(visit.actor, placing, case)
    shown = [_hold(seen, hold) for hold in reversed(holds)]
    drawn = {"": True, "bewaarplicht": may_hold} | {
        f"hef-op-{one.one.id}": one.yours and one.lifted is None for one in shown
    }
    return visit.page(
        "dossier/openbaarheid.html",
        status=sent.status,
        place="impasses",
        values=frame_of(seen, "openbaarheid") | _told(visit),
        sent=sent,
        news=[],
        drawn=drawn.get(sent.form, False),
        objective=law.objective_part(visit.actor, case),
        sender=seen.offices.organisation,
        lines=_lines(seen) if _government(visit, case) else None,
        holds=shown,
        held=bool(standing(holds)),
        may_hold=may_hold,
        holders=_holders(visit, case) if may_hold else [],
        kept=_kept(seen, holds),
        closed=case.status is Status.CLOSED,
    )


def _told(visit: Visit) -> dict[str, Any]:
    done = _DONE.get(visit.query.get("gedaan", ""))
    return {} if done is None else {"done": done}


def _item_page(seen: Seen, sent: forms.Sent) -> Response:
    visit = seen.visit
    number = visit.path["stuk"]
    lines = _lines(seen) if _government(visit, seen.case) else []
    line = next((one for one in lines if one.item.number == number), None)
    if line is None:
        raise NotFound(Text("Dit stuk is er niet.", "There is no such item."))
    kept = line.assessment
    chosen = visit.fields("gronden") if sent.form else () if kept is None else kept.grounds
    return visit.page(
        "dossier/beoordeling.html",
        status=sent.status,
        place="impasses",
        values=frame_of(seen, "openbaarheid"),
        sent=sent,
        news=[],
        line=line,
        chosen=chosen,
        decided="" if kept is None else kept.disclosure.value,
        note="" if kept is None else kept.note,
        grounds=list(GROUNDS.values()),
        environment=Environment,
        disclosures=list(Disclosure),
    )


def _government(visit: Visit, case: Case) -> bool:
    """Whether the reader decides for a government that is a party: then its copy is assessed."""
    own = visit.actor.organisation
    party = case.party(own)
    if party is None or party.layer not in GOVERNMENTS:
        return False
    command = AssessDisclosure(case.id, "", own, Disclosure.FULL)
    return may_do(visit.actor, command, case) and may_enter(
        visit.actor, Room(RoomKind.SIDE, own), case
    )


def _lines(seen: Seen) -> list[Line]:
    visit, case = seen.visit, seen.case
    own, law = visit.actor.organisation, visit.house.law
    decided = law.assessments(visit.actor, case, own)
    found = []
    for item in law.items(visit.actor, case):
        one = decided.get(item.number)
        disclosure, grounds = (None, ()) if one is None else (one.disclosure, one.grounds)
        told = reminders(item, own, disclosure, grounds, seen.today)
        sender = seen.offices.organisation(item.organisation) if item.organisation else ""
        found.append(Line(item, _title(visit, item), one, sender, told))
    return found


def _title(visit: Visit, item: Item) -> Text:
    """Return what an item is called: a signal has no title, only what was seen."""
    if item.title:
        return same(item.title)
    indicator = visit.house.indicators.indicator(item.indicator) if item.indicator else None
    return item.kind.label if indicator is None else indicator.label


def _hold(seen: Seen, hold: LegalHold) -> Hold:
    visit, today = seen.visit, seen.today
    command = LiftHold(seen.case.id, hold.id, "")
    mine = visit.actor.has(Role.SECRETARIAT) or visit.actor.organisation == hold.organisation
    return Hold(
        hold,
        seen.offices.organisation(hold.organisation),
        moment(hold.placed_at, today),
        None if hold.lifted_at is None else moment(hold.lifted_at, today),
        mine and may_do(visit.actor, command, seen.case),
    )


def _holders(visit: Visit, case: Case) -> list[Party]:
    """Return for which parties the reader can ask to keep everything."""
    everybody = visit.actor.has(Role.SECRETARIAT)
    own = visit.actor.organisation
    return [p for p in in_party_order(case.parties) if everybody or p.organisation == own]


def _kept(seen: Seen, holds: list[LegalHold]) -> list[Kept]:
    """Return until when the rooms are kept that exist for the reader."""
    visit, case = seen.visit, seen.case
    if case.visibility is Visibility.LESSON:
        return []
    policy = seen.workflow.rooms
    return [
        Kept(name_of_room(line.room, case), destroyed_on(case, line.room, policy, holds))
        for line in visit.house.rooms.rooms(visit.actor, case)
        if line.destroyed_at is None
        and (line.room.kind is not RoomKind.MEDIATOR or policy.mediator_open)
    ]


PAGES = (
    Page("/impasses/{id}/openbaarheid", show=show, send=send),
    Page("/impasses/{id}/openbaarheid/woo.zip", show=download),
    Page("/impasses/{id}/openbaarheid/{stuk}", show=show_item, send=send_item),
)
