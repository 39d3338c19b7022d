"""The dossier: one case as everybody who may see it finds it, and all that can be done there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from starlette.responses import Response as Plain

from impasse.domain.access import is_owner, may_do, roles_on, rooms_of
from impasse.domain.case import Case, ConfirmationKind, Party, Status, Visibility
from impasse.domain.chronicle import agreed_to
from impasse.domain.commands import (
    AddParty,
    Appoint,
    CloseSignal,
    Confirm,
    RaiseTier,
    RecordEvent,
    ReportSignal,
    SignalReport,
)
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import ImpasseError
from impasse.domain.overleg import CandidateState
from impasse.domain.people import Layer, Role
from impasse.domain.signals import Reliability
from impasse.domain.term_story import replans_of
from impasse.domain.text import Text, same
from impasse.domain.tier import Tier
from impasse.engine.lives import calendar_then
from impasse.engine.procedures import procedure_of
from impasse.web import dossier_forms as forms
from impasse.web.course import near_day, stage_line, stays, strip, turn
from impasse.web.deadline import deadline_of
from impasse.web.escalation_card import BETWEEN, may_start, raised_to, runs_card
from impasse.web.forecast_card import forecast_card
from impasse.web.ledger_card import waiting_of
from impasse.web.logbook import as_csv, broken_at, lines_of
from impasse.web.migration_card import movings_of
from impasse.web.offices import Choice, Offices, named, offices_of
from impasse.web.readiness import Move, Moves, moves_of, wanted_kinds
from impasse.web.tasks_card import parked_card, tasks_card
from impasse.web.term_acts import acts_on
from impasse.web.timeline import Teller, coming_of, moment
from impasse.web.visit import Page, Visit
from impasse.web.warning_card import warning_of
from impasse.web.words import in_party_order
from impasse.wiring import PROCEDURE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.responses import Response

    from impasse.domain.commands import CaseCommand, Command
    from impasse.domain.early_warning import Indicators
    from impasse.domain.history import ChainedEntry
    from impasse.domain.signals import Signal
    from impasse.domain.workflow import Workflow
    from impasse.web.escalation_card import RunCard

_DONE = {
    "fase": Text("De fase is veranderd.", "The stage has changed."),
    "bevestigd": Text("Vastgelegd.", "Recorded."),
    "signaal": Text("Signaal toegevoegd.", "Signal added."),
    "gesloten": Text("Signaal afgesloten.", "Signal closed."),
    "aangewezen": Text("Aangewezen.", "Appointed."),
    "partij": Text("Partij toegevoegd.", "Party added."),
    "gebeurtenis": Text("Gebeurtenis vastgelegd.", "Event recorded."),
    "niveau": Text("De zaak is opgeschaald.", "The case was escalated."),
    "schort-op": Text("De termijn is opgeschort.", "The term was suspended."),
    "verleng": Text("De termijn is verlengd.", "The term was extended."),
    "hervat": Text("De klok loopt weer.", "The clock runs again."),
    "pak-op": Text("Opgepakt.", "Taken up."),
    "rond-af": Text("Afgerond.", "Completed."),
    "trek-in": Text("Ingetrokken.", "Withdrawn."),
    "doe-opnieuw": Text("Het kan opnieuw worden gedaan.", "It can be done again."),
    "sluit-af": Text("Afgesloten; het werk gaat verder.", "Closed; the work goes on."),
    "oppakken": Text("Opgepakt.", "Taken up."),
    "wegleggen": Text("Even weggelegd.", "Snoozed."),
    "hervatten": Text("De opschaling loopt weer.", "The escalation goes on."),
    "afhandelen": Text("De opschaling is afgehandeld.", "The escalation is settled."),
    "opgeschaald": Text("De opschaling is gestart.", "The escalation was started."),
}
_TOLD = Text("Het staat in het verloop.", "It is in the timeline.")
_SHOWN = 12
"""Steps of the timeline that show at once; earlier ones open with one click."""

_FOUND = 12
"""Organisations shown for a search; more asks for another word."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as one reader finds it now: read once, and shown from there."""

    visit: Visit
    case: Case
    workflow: Workflow
    entries: Sequence[ChainedEntry]
    offices: Offices

    @property
    def today(self) -> date:
        """The day on which the case is looked at: a lesson stands still where its sources end."""
        if self.case.visibility is Visibility.LESSON:
            return self.case.last_step_on
        return self.visit.today

    @property
    def teller(self) -> Teller:
        """Who turns the history of the case into words."""
        house, today = self.visit.house, self.visit.today
        return Teller(self.case, self.workflow, house.indicators, self.offices, today)

    @property
    def moves(self) -> Moves:
        """The moves that leave the stage, as the reader finds them."""
        return moves_of(self.case, self.workflow, self.visit.actor)


def see(visit: Visit) -> Seen:
    """Read the case of this address, or raise `NotFound`; `Conflict` without its procedure."""
    return see_case(visit, visit.path["id"])


def see_case(visit: Visit, number: str) -> Seen:
    """Read the case with this number as the reader finds it; raises what `see` raises."""
    house = visit.house
    case = house.views.case(visit.actor, number)
    entries = house.views.history(case.id)
    workflow = procedure_of(house.procedures, case).workflow
    return Seen(visit, case, workflow, entries, offices_of(house, case))


def show(visit: Visit) -> Response:
    """Show the course of the case, and what the reader can do."""
    return course_page(see(visit), forms.NOTHING)


def course_page(seen: Seen, sent: forms.Sent) -> Response:
    """Return the page of the course, with the form that came back if one did."""
    visit, case = seen.visit, seen.case
    house, today = visit.house, seen.today
    moves, runs = seen.moves, runs_card(seen)
    may = _may(visit, case)
    return visit.page(
        "dossier/verloop.html",
        status=sent.status,
        place="impasses",
        **frame_of(seen, "verloop"),
        sent=sent,
        news=news_of(seen, sent),
        moves=moves,
        strip=strip(case, _stays(seen), today, house.calendar),
        items=[seen.teller.item(entry) for entry in reversed(seen.entries)],
        shown=_SHOWN,
        coming=coming_of(case, house.views.coming(case.id), seen.workflow, today),
        deadline=_deadline(seen),
        acts=acts_on(visit.actor, case, seen.workflow.stage(case.stage).term),
        forecast=forecast_card(house, case, today),
        work=tasks_card(case, seen.workflow, visit.actor, today),
        runs=runs,
        may_start_run=may_start(seen),
        parked=parked_card(case, seen.workflow, today),
        waiting=waiting_of(house, case, seen.entries, seen.offices, today),
        warning=warning_of(case, seen.entries, today, house.calendar, house.indicators),
        open_signals=_open_signals(seen),
        confirmations=_confirmations(seen, moves),
        recorded=_recorded(seen),
        candidate=_candidate(seen),
        movings=movings_of(visit, case),
        choices=_choices(seen, moves),
        raised_to=raised_to(seen) if may["escaleren"] and may["gebeurtenis"] else (),
        drawn=_drawn(seen, sent, runs),
    )


def _drawn(seen: Seen, sent: forms.Sent, runs: Sequence[RunCard]) -> bool:
    """Whether the page still has the form that came back; else what was typed shows apart."""
    act, _, number = sent.form.partition(BETWEEN)
    if number:
        return any(card.run.id == number and card.doors.offers(act) for card in runs)
    may = _may(seen.visit, seen.case)
    match sent.form:
        case "" | "gebeurtenis":
            return not sent.form or may["gebeurtenis"]
        case "sluiten":
            still = {signal.id for signal in _open_signals(seen)}
            return may["sluiten"] and sent.values.get("nummer") in still
        case "aanwijzen":
            return may["aanwijzen"] and sent.values.get("ambt") in {"handler", "mediator"}
        case form:
            return may[form] and may["gebeurtenis"]


def frame_of(seen: Seen, tab: str) -> dict[str, Any]:
    """Return what stands above every tab."""
    visit, case, house = seen.visit, seen.case, seen.visit.house
    today, calendar = seen.today, visit.house.calendar
    return {
        "case": case,
        "tab": tab,
        "key": forms.new_key(),
        "workflow": seen.workflow,
        "usual": PROCEDURE,
        "stage": seen.workflow.stage(case.stage),
        "steps": stage_line(case, _stays(seen), seen.workflow, today, calendar),
        "turn": turn(case, seen.workflow, today, calendar),
        "onward": seen.moves.first,
        "early": warning_of(case, seen.entries, today, calendar, house.indicators),
        "parties": in_party_order(case.parties),
        "handler": seen.offices.who(case.handler) if case.handler else None,
        "mediator": seen.offices.who(case.mediator) if case.mediator else None,
        "done": _done(visit, case),
        "visible_to": _visible_to(case),
        "has_rooms": case.visibility is not Visibility.LESSON,
        "closed_rooms": any(room.confidential for room in rooms_of(visit.actor, case)),
        "to_decide": _to_decide(visit, case),
        "may": _may(visit, case),
    }


def _to_decide(visit: Visit, case: Case) -> int:
    """Return how many wordings wait for the decision of the reader, in rooms of his own."""
    if not any(is_owner(visit.actor, room, case) for room in rooms_of(visit.actor, case)):
        return 0
    lines = visit.house.rooms.rooms(visit.actor, case)
    return sum(line.waiting for line in lines if is_owner(visit.actor, line.room, case))


def _done(visit: Visit, case: Case) -> Text | None:
    """Return the line that says what just succeeded."""
    if "gemeld" in visit.query:
        return Text(
            f"Signaal gemeld. Het nummer is {case.id}.",
            f"Signal reported. The number is {case.id}.",
        )
    done = _DONE.get(visit.query.get("gedaan", ""))
    return None if done is None else done + same(" ") + _TOLD


def _visible_to(case: Case) -> Text:
    if case.visibility is Visibility.LESSON:
        return Text(
            "Leerzaak: zichtbaar voor iedereen die is aangemeld",
            "Lesson: visible to everybody who is signed in",
        )
    if case.mediator:
        return Text(
            "Zichtbaar voor partijen, bemiddelaar en secretariaat",
            "Visible to parties, mediator and secretariat",
        )
    return Text("Zichtbaar voor partijen en secretariaat", "Visible to parties and secretariat")


def _stays(seen: Seen) -> Any:  # noqa: ANN401
    house = seen.visit.house
    terms = house.views.terms(seen.case.id)
    return stays(seen.entries, terms, seen.workflow, seen.today, house.calendar)


def news_of(seen: Seen, sent: forms.Sent) -> list[Any]:
    """Return what others did since the reader looked, when that stood in the way."""
    if not sent.stale:
        return []
    return [seen.teller.item(entry) for entry in seen.entries if entry.seq > sent.seen]


def _deadline(seen: Seen) -> Any:  # noqa: ANN401
    case = seen.case
    if case.term is None or case.status is Status.CLOSED:
        return None
    house, stage = seen.visit.house, seen.workflow.stage(case.stage)
    return deadline_of(
        case.term,
        stage,
        seen.today,
        house.calendar,
        then=calendar_then(house.calendars, house.calendar, case.term.calendar_version),
        replans=replans_of(seen.entries, case.stage_entry),
    )


@dataclass(frozen=True, slots=True)
class _OpenSignal:
    """A state that was reported and still holds."""

    id: str
    label: Text
    organisation: str
    since: Text


def _open_signals(seen: Seen) -> list[_OpenSignal]:
    indicators: Indicators = seen.visit.house.indicators

    def is_state(signal: Signal) -> bool:
        indicator = indicators.indicator(signal.indicator)
        return indicator is not None and indicator.kind == "state"

    found = []
    for signal in seen.case.signals:
        indicator = indicators.indicator(signal.indicator)
        if indicator is None or signal.closed_on is not None or not is_state(signal):
            continue
        found.append(
            _OpenSignal(
                signal.id,
                indicator.label,
                seen.offices.organisation(signal.organisation),
                _day(seen, signal),
            )
        )
    return found


def _day(seen: Seen, signal: Signal) -> Text:
    return near_day(signal.happened_on, seen.visit.today)


@dataclass(frozen=True, slots=True)
class _Given:
    """A confirmation as the page shows it."""

    label: Text
    when: Text
    note: str
    about: Text


@dataclass(frozen=True, slots=True)
class _Parties:
    """Who confirmed what: a row per party, a column per confirmation that plays a part here."""

    kinds: tuple[Text, ...]
    rows: tuple[tuple[Party, tuple[_Given | None, ...]], ...]


def _confirmations(seen: Seen, moves: Moves) -> _Parties:
    case, wanted = seen.case, wanted_kinds(moves)
    kinds = [
        kind
        for kind in ConfirmationKind
        if kind.per_party and (kind.value in wanted or case.confirmed_by(kind))
    ]
    given = {
        (one.kind, one.organisation): _Given(
            one.kind.label, near_day(one.at.astimezone(AMSTERDAM).date(), seen.visit.today),
            one.note, agreed_to(one.kind, one.about, seen.workflow),
        )
        for one in case.confirmations
    }  # fmt: skip
    return _Parties(
        tuple(kind.label for kind in kinds),
        tuple(
            (party, tuple(given.get((kind, party.organisation)) for kind in kinds))
            for party in in_party_order(case.parties)
        ),
    )


def _recorded(seen: Seen) -> tuple[_Given, ...]:
    """Return what was confirmed once for the whole case."""
    return tuple(
        _Given(
            one.kind.label,
            moment(one.at, seen.visit.today),
            one.note,
            agreed_to(one.kind, one.about, seen.workflow),
        )
        for one in sorted(seen.case.confirmations, key=lambda one: one.at)
        if not one.organisation
    )


@dataclass(frozen=True, slots=True)
class _Candidacy:
    """The place of the case on an agenda, or the proposal for it."""

    state: CandidateState
    reason: Text
    when: Text
    meeting: str


def _candidate(seen: Seen) -> _Candidacy | None:
    visit, case = seen.visit, seen.case
    if not case.candidate:
        return None
    lines = visit.house.views.candidates(visit.actor, case=case.id)
    line = next((one for one in lines if one.id == case.candidate), None)
    if line is None:
        return None
    return _Candidacy(
        line.state,
        named(line.reason, case.parties),
        moment(line.proposed_at, visit.today),
        line.meeting,
    )


def _may(visit: Visit, case: Case) -> dict[str, bool]:
    """Return which forms the reader gets; the engine decides all the same."""
    closed = case.status is Status.CLOSED
    report = SignalReport("", Reliability.FIRST_HAND, "", case.opened_on)
    commands: dict[str, CaseCommand] = {
        "bevestigen": Confirm(case.id, ConfirmationKind.VIEW),
        "signaal": ReportSignal(case.id, report),
        "sluiten": CloseSignal(case.id, "", case.opened_on),
        "aanwijzen": Appoint(case.id, "", ""),
        "partij": AddParty(case.id, Party("", "", Layer.OTHER)),
        "escaleren": RaiseTier(case.id, Tier.DIRECTORS, ""),
    }
    may = {
        name: not closed and may_do(visit.actor, command, case)
        for name, command in commands.items()
    }
    may["escaleren"] = may["escaleren"] and case.tier is not Tier.OVERHEDENOVERLEG
    may["vierogen"] = True
    may["gebeurtenis"] = may_do(visit.actor, RecordEvent(case.id, "", case.opened_on), case)
    return may


def _choices(seen: Seen, moves: Moves) -> dict[str, Any]:
    """Return what can be chosen in the forms."""
    visit, case = seen.visit, seen.case
    wanted = wanted_kinds(moves)
    # Consent to another version stands on a card of its own, with what it changes; a move is
    # confirmed where it is made.
    elsewhere = {ConfirmationKind.MIGRATION, ConfirmationKind.FOUR_EYES}
    kinds = [kind for kind in ConfirmationKind if kind not in elsewhere]
    speaks_for_all = bool(roles_on(visit.actor, case) & {Role.SECRETARIAT, Role.MEDIATOR})
    own = visit.actor.organisation
    return {
        "wanted": [kind for kind in kinds if kind.value in wanted],
        "kinds": [kind for kind in kinds if kind.value not in wanted],
        "confirmers": [p for p in in_party_order(case.parties)
                       if speaks_for_all or p.organisation == own],
        "reporters": _reporters(seen),
        "handlers": seen.offices.handlers(),
        "mediators": seen.offices.mediators(case.parties),
        "dimensions": [
            (d.label, [i for i in visit.house.indicators.indicators if i.dimension == d.code])
            for d in visit.house.indicators.dimensions
        ],
        "reliabilities": list(Reliability),
        "tiers": [tier for tier in Tier if tier.rank > case.tier.rank],
        "kind": visit.query.get("vast", ""),
        "office": visit.query.get("ambt", ""),
    }  # fmt: skip


def _reporters(seen: Seen) -> list[Choice]:
    """Return for whom the reader can report: the own organisation, or for the secretariat any."""
    own = seen.visit.actor.organisation
    keys = [own] if own else []
    if seen.visit.actor.has(Role.SECRETARIAT):
        keys += [p.organisation for p in in_party_order(seen.case.parties) if p.organisation != own]
    return [Choice(key, same(seen.offices.organisation(key))) for key in keys]


def _sender(
    form: str, read: Callable[[Visit, str], CaseCommand], done: str
) -> Callable[[Visit], Response]:
    """Return what takes one form of the page: send its command, or show it again with errors."""

    def send(visit: Visit) -> Response:
        seen = see(visit)
        try:
            _handle(visit, read(visit, seen.case.id))
        except ImpasseError as error:
            return course_page(see(visit), forms.refused(visit, form, error))
        return visit.redirect(f"/impasses/{seen.case.id}?gedaan={done}")

    return send


def _back(visit: Visit) -> Response:
    """Send who reloads the answer to a form back to the case."""
    return visit.redirect(f"/impasses/{visit.path['id']}")


def _handle(visit: Visit, command: Command) -> None:
    visit.handle(command, revision=forms.revision_of(visit), key=forms.key_of(visit))


def show_stage(visit: Visit) -> Response:
    """Show one move before it is made: where it leads, and what it still lacks."""
    return _stage_page(see(visit), forms.NOTHING, visit.query.get("zet", ""))


def send_stage(visit: Visit) -> Response:
    """Make the move, or say what is in its way."""
    seen = see(visit)
    try:
        _handle(visit, forms.move(visit, seen.case.id))
    except ImpasseError as error:
        sent = forms.refused(visit, "fase", error)
        return _stage_page(see(visit), sent, visit.field("zet"))
    return visit.redirect(f"/impasses/{seen.case.id}?gedaan=fase")


def _stage_page(seen: Seen, sent: forms.Sent, trigger: str) -> Response:
    moves = seen.moves
    move = moves.get(trigger) if trigger else moves.first
    if move is None and not sent.form and not trigger and not (moves.onward or moves.other):
        return seen.visit.redirect(f"/impasses/{seen.case.id}")
    return seen.visit.page(
        "dossier/fase.html",
        status=sent.status,
        place="impasses",
        **frame_of(seen, ""),
        sent=sent,
        news=news_of(seen, sent),
        moves=moves,
        move=move,
        longest=_longest(move),
    )


def _longest(move: Move | None) -> Text | None:
    if move is None or move.target.term is None or not move.dated:
        return None
    return move.target.term.rule.length.text


def show_party(visit: Visit) -> Response:
    """Show organisations of the register that can be added."""
    return _party_page(see(visit), forms.NOTHING)


def send_party(visit: Visit) -> Response:
    """Add an organisation to the case."""
    seen = see(visit)
    try:
        _handle(visit, forms.party(visit, seen.case.id))
    except ImpasseError as error:
        return _party_page(see(visit), forms.refused(visit, "partij", error))
    return visit.redirect(f"/impasses/{seen.case.id}?gedaan=partij")


def _party_page(seen: Seen, sent: forms.Sent) -> Response:
    visit = seen.visit
    text = visit.query.get("zoek", "").strip() or sent.value("naam", "partij").strip()
    here = {party.organisation for party in seen.case.parties}
    found = visit.house.views.organisations(text=text, on=visit.today, limit=60) if text else []
    return visit.page(
        "dossier/partij.html",
        status=sent.status,
        place="impasses",
        **frame_of(seen, ""),
        sent=sent,
        news=news_of(seen, sent),
        text=text,
        found=[one for one in found if one.id not in here][:_FOUND],
        layers=list(Layer),
    )


def show_logbook(visit: Visit) -> Response:
    """Show every entry of the history, and whether its chain holds."""
    seen = see(visit)
    broken = broken_at(seen.case, seen.entries)
    if broken is not None:
        # A step taken between two reads is no fault: look once more before saying so.
        seen = see(visit)
        broken = broken_at(seen.case, seen.entries)
    return visit.page(
        "dossier/logboek.html",
        place="impasses",
        **frame_of(seen, "logboek"),
        lines=lines_of(seen.entries, seen.teller),
        broken=broken,
        deadline=_deadline(seen),
    )


def download_logbook(visit: Visit) -> Response:
    """Give the logbook as a table."""
    seen = see(visit)
    return Plain(
        as_csv(lines_of(seen.entries, seen.teller), visit.language),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{seen.case.id}-logboek.csv"'},
    )


PAGES = (
    Page("/impasses/{id}", show=show),
    Page("/impasses/{id}/fase", show=show_stage, send=send_stage),
    Page(
        "/impasses/{id}/bevestigen",
        show=_back,
        send=_sender("bevestigen", forms.confirmation, "bevestigd"),
    ),
    Page("/impasses/{id}/signaal", show=_back, send=_sender("signaal", forms.signal, "signaal")),
    Page(
        "/impasses/{id}/sluiten",
        show=_back,
        send=_sender("sluiten", forms.closed_signal, "gesloten"),
    ),
    Page(
        "/impasses/{id}/aanwijzen",
        show=_back,
        send=_sender("aanwijzen", forms.appointment, "aangewezen"),
    ),
    Page(
        "/impasses/{id}/gebeurtenis",
        show=_back,
        send=_sender("gebeurtenis", forms.event, "gebeurtenis"),
    ),
    Page(
        "/impasses/{id}/escaleren",
        show=_back,
        send=_sender("escaleren", forms.escalation, "niveau"),
    ),
    Page("/impasses/{id}/partij", show=show_party, send=send_party),
    Page("/impasses/{id}/logboek", show=show_logbook),
    Page("/impasses/{id}/logboek.csv", show=download_logbook),
)
