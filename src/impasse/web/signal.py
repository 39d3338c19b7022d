"""Signaal melden: one page, two answers, and what they lead to while they are typed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from impasse.adapters.sql.views import CaseFilter
from impasse.domain.case import Status
from impasse.domain.commands import ReportSignal
from impasse.domain.early_warning import assess
from impasse.domain.errors import Conflict, Invalid, KeyReused, NotAllowed, NotFound
from impasse.domain.people import Role
from impasse.domain.signals import Reliability
from impasse.domain.text import Text
from impasse.web.provinces import PROVINCES
from impasse.web.register_names import Names
from impasse.web.signal_form import (
    Problem,
    SignalForm,
    all_problems,
    command,
    empty_form,
    read_form,
    reports,
    speaks_for_itself,
    unsaved_signals,
)
from impasse.web.similar import similar_cases
from impasse.web.visit import Page, Visit
from impasse.wiring import PROCEDURE

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.domain.early_warning import Assessment, Indicator
    from impasse.domain.people import Organisation
    from impasse.domain.workflow import Workflow
    from impasse.web.similar import Similar

POLICY_AREAS = (
    "asiel en migratie",
    "energie",
    "financiën",
    "jeugd en zorg",
    "klimaat",
    "natuur en stikstof",
    "onderwijs",
    "ruimtelijke ordening",
    "veiligheid",
    "vervoer",
    "water",
    "werk en inkomen",
    "wonen",
)
"""Subjects to choose from; another may be typed."""

_SENT_BEFORE = Text(
    "U hebt dit formulier al verstuurd, met een andere inhoud. Verstuur het nog eens als dit een "
    "nieuw signaal is.",
    "You sent this form already, with another content. Send it once more if this is a new signal.",
)
_REGISTER = 5000
_COMPARED = 2000
_MAPPED = {"title": "wat", "parties": "naam", "summary": "uitleg", "signals": "redenen"}
"""Where on the page the part of a command is filled in that the domain points at."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the form needs to know besides what was typed."""

    own: Organisation | None
    register: dict[str, Organisation]


def show(visit: Visit) -> Response:
    """Show the form, with own organisation and today filled in."""
    desk = _desk(visit)
    return _page(visit, desk, empty_form(visit, desk.own if speaks_for_itself(visit) else None))


def send(visit: Visit) -> Response:
    """Report the signal; or add a name, or check, when another button was pressed."""
    desk = _desk(visit)
    form = _read(visit, desk)
    if visit.field("actie") == "voeg-toe":
        status = 422 if form.problems else 200
        return _page(visit, desk, form, status=status, focus="naam")
    if visit.field("actie") == "controleer":
        return _page(visit, desk, form, helped=True)
    problems = all_problems(visit, form)
    if problems:
        return _page(visit, desk, replace(form, problems=problems), status=422, helped=True)
    try:
        procedure = visit.house.procedures.latest(form.procedure, visit.today)
    except NotFound as error:
        unknown = replace(form, procedure=PROCEDURE, problems=(Problem("procedure", error.text),))
        return _page(visit, desk, unknown, status=422, helped=True)
    try:
        receipt = visit.handle(
            command(form, visit.actor.organisation, procedure, visit.today), key=form.key
        )
    except Invalid as error:
        faults = tuple(Problem(_place(fault.pointer), fault.text) for fault in error.faults)
        refused = replace(form, problems=faults or (Problem("wat", error.text),))
        return _page(visit, desk, refused, status=422, helped=True)
    except Conflict:
        # The key of this form was used already, for other words: the reader decides again.
        fresh = replace(
            form,
            key=secrets.token_urlsafe(18),
            problems=(
                Problem(
                    "wat",
                    _SENT_BEFORE,
                ),
            ),
        )
        return _page(visit, desk, fresh, status=409, helped=True)
    return visit.redirect(f"/impasses/{receipt.subject}?gemeld=1")


def parties(visit: Visit) -> Response:
    """Return the chosen governments as a part of the page, for htmx."""
    desk = _desk(visit)
    form = _read(visit, desk)
    return visit.page(
        "signal_parties.html",
        status=422 if form.problems else 200,
        form=form,
        own=desk.own if speaks_for_itself(visit) else None,
        focus="naam",
    )


def aid(visit: Visit) -> Response:
    """Return cases that look alike and the first score, for htmx."""
    desk = _desk(visit)
    form = _read(visit, desk)
    return visit.page("signal_help.html", values=_aid(visit, desk, form))


def join(visit: Visit) -> Response:
    """Add what was seen to a case that exists already, instead of opening another."""
    desk = _desk(visit)
    form = _read(visit, desk)
    wanted = visit.field("dossier")
    case = visit.house.views.case(visit.actor, wanted)
    problems = [one for one in all_problems(visit, form) if one.field in {"datum", "uitleg"}]
    if not form.reasons:
        problems.append(
            Problem(
                "redenen",
                Text(
                    "Kies minstens één ding dat u zag. Dat komt bij het dossier.",
                    "Choose at least one thing that you saw. It is added to the case.",
                ),
            )
        )
    if problems:
        refused = replace(form, problems=tuple(problems))
        return _page(visit, desk, refused, status=422, helped=True)
    organisation = visit.actor.organisation
    try:
        for report in reports(form, organisation, visit.today):
            worded = replace(report, text=form.explanation or form.sentence)
            visit.handle(ReportSignal(case.id, worded), key=f"{form.key}.{report.indicator}")
    except Conflict as error:
        told = _SENT_BEFORE if isinstance(error, KeyReused) else error.text
        fresh = replace(form, key=secrets.token_urlsafe(18), problems=(Problem("redenen", told),))
        return _page(visit, desk, fresh, status=409, helped=True)
    return visit.redirect(f"/impasses/{case.id}?gemeld=1")


def _desk(visit: Visit) -> _Desk:
    if not visit.may_flag:
        raise NotAllowed(
            Text(
                "Een signaal melden kan als liaison of als secretariaat.",
                "A signal can be reported by a liaison officer or the secretariat.",
            )
        )
    register = {
        one.id: one for one in visit.house.views.organisations(on=visit.today, limit=_REGISTER)
    }
    return _Desk(_own(visit, register), register)


def _own(visit: Visit, register: dict[str, Organisation]) -> Organisation | None:
    key = visit.actor.organisation
    if key in register:
        return register[key]
    try:
        return visit.house.views.organisation(key)
    except NotFound:
        return None


def _read(visit: Visit, desk: _Desk) -> SignalForm:
    own = desk.own if speaks_for_itself(visit) else None
    return read_form(visit, own, desk.register, Names(desk.register.values()))


def _page(
    visit: Visit,
    desk: _Desk,
    form: SignalForm,
    *,
    status: int = 200,
    helped: bool = False,
    focus: str = "",
) -> Response:
    procedure = visit.house.procedures.latest(PROCEDURE, visit.today)
    first = procedure.stages[procedure.initial]
    return visit.page(
        "signal.html",
        status=status,
        place="signaal",
        form=form,
        errors=[(one.field, visit.tell(one.text)) for one in form.problems],
        own=desk.own if speaks_for_itself(visit) else None,
        register=sorted({one.name for one in desk.register.values()}, key=str.casefold),
        groups=_groups(visit),
        reliabilities=tuple(Reliability),
        policy_areas=POLICY_AREAS,
        regions=tuple(PROVINCES),
        procedures=_procedures(visit),
        answer_within=first.term.rule.length.text if first.term is not None else None,
        focus=focus,
        values=_aid(visit, desk, form) if helped else _no_aid(visit),
    )


def _procedures(visit: Visit) -> list[Workflow]:
    """Return the procedures that a case can begin with today, the ordinary one first."""
    procedures, today = visit.house.procedures, visit.today
    names = {one.name for one in procedures.versions(today) if one.valid_from <= today}
    found = [procedures.latest(name, today) for name in names]
    return sorted(found, key=lambda one: (one.name != PROCEDURE, one.label.nl))


def _groups(visit: Visit) -> list[tuple[Text, list[Indicator]]]:
    """Return what can be seen, grouped by what it is about."""
    indicators = visit.house.indicators
    return [
        (dimension.label, [one for one in indicators.indicators if one.dimension == dimension.code])
        for dimension in indicators.dimensions
    ]


def _aid(visit: Visit, desk: _Desk, form: SignalForm) -> dict[str, Any]:
    found = _similar(visit, form)
    return {
        **_no_aid(visit),
        "helped": bool(form.sentence or form.reasons),
        "similar": found,
        "joinable": frozenset(one.line.id for one in found if _may_join(visit, one)),
        "first_score": _first_score(visit, desk, form) if form.reasons else None,
    }


def _no_aid(visit: Visit) -> dict[str, Any]:
    indicators = visit.house.indicators
    return {
        "helped": False,
        "similar": [],
        "joinable": frozenset(),
        "first_score": None,
        "dimensions": indicators.dimensions,
        "most": sum(one.cap for one in indicators.dimensions) + indicators.standstill.cap,
        "indicators": indicators,
    }


def _similar(visit: Visit, form: SignalForm) -> list[Similar]:
    if not form.sentence:
        return []
    lines = visit.house.views.board(visit.actor, CaseFilter(), limit=_COMPARED)
    named = frozenset(one.id for one in form.parties)
    return similar_cases(form.sentence, named, form.policy_area, lines)


def _may_join(visit: Visit, one: Similar) -> bool:
    """Whether the reader may add a signal to the case; the engine has the last word."""
    if one.lesson or one.line.status is Status.CLOSED:
        return False
    actor = visit.actor
    return actor.has(Role.SECRETARIAT) or (
        actor.has(Role.LIAISON_OFFICER)
        and actor.organisation in {party.organisation for party in one.line.parties}
    )


def _first_score(visit: Visit, desk: _Desk, form: SignalForm) -> Assessment:
    organisation = desk.own.id if desk.own is not None else visit.actor.organisation
    indicators, today = visit.house.indicators, visit.today
    return assess(
        unsaved_signals(form, organisation, today, indicators),
        protective=frozenset(),
        last_step_on=today,
        previous=None,
        on=today,
        calendar=visit.house.calendar,
        indicators=indicators,
    )


def _place(pointer: str) -> str:
    return _MAPPED.get(pointer.split("/")[1] if "/" in pointer else "", "wat")


PAGES = (
    Page("/signaal", show=show, send=send),
    Page("/signaal/partijen", send=parties),
    Page("/signaal/hulp", send=aid),
    Page("/signaal/toevoegen", send=join),
)
