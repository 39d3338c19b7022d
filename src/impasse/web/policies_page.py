"""Opschaling: which policies are in force, as ladders that can be read; and adopting one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from impasse.adapters.files.escalation import PolicyProblems
from impasse.domain.adoption import LONGEST_NAME
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound, Unreadable
from impasse.domain.foreseen import foresee
from impasse.domain.policy_told import MAY_ADOPT, ends, jumps, ladder, limits, starts
from impasse.domain.storable import LONGEST
from impasse.domain.text import Text, same
from impasse.web import dossier_forms as forms
from impasse.web.offices import offices_of
from impasse.web.timeline import moment
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from impasse.adapters.files.located import Located
    from impasse.adapters.sql.policies import PolicyAdoption, PolicyVersion
    from impasse.domain.case import Case
    from impasse.domain.escalation_policy import EscalationPolicy
    from impasse.domain.foreseen import Foreseen
    from impasse.domain.policy_told import Rung
    from impasse.web.offices import Offices

FILE = "beleid.yaml"
"""What messages call a text that was pasted on a page."""


_FORESEEN = timedelta(days=366)
_NINE = time(9, 0)


@dataclass(frozen=True, slots=True)
class Shown:
    """A policy as the page tells it; `days` are those of its levels, if it began then."""

    policy: EscalationPolicy
    starts: Text
    ends: Text
    limits: Text
    jumps: Sequence[Text]
    rungs: Sequence[tuple[Rung, Text]]


@dataclass(frozen=True, slots=True)
class History:
    """One adopted version as the table tells it."""

    row: PolicyVersion
    title: Text
    on: date
    href: str


@dataclass(frozen=True, slots=True)
class Coming:
    """One level of a case, as it will be told if nobody answers."""

    number: int
    label: Text
    when: Text
    people: Sequence[Text]
    empty: Sequence[Text]
    meeting: bool
    message: Text | None


def show(visit: Visit) -> Response:
    """Show every policy in force as if it began on a day, and which versions there were."""
    policies = visit.house.policies
    done = visit.query.get("gedaan", "")
    begin, fault = _begin(visit)
    return visit.page(
        "policies.html",
        place="proces",
        status=422 if fault else 200,
        shown=[_shown(one, visit, begin) for one in policies.in_force().values()],
        begin=begin.astimezone(AMSTERDAM).date(),
        typed=visit.query.get("dag", ""),
        fault=fault,
        history=[_history(row, visit) for row in policies.list()],
        done=done if any(row.reference == done for row in policies.list()) else "",
        may_adopt=_may_adopt(visit),
    )


def show_one(visit: Visit) -> Response:
    """Show one version, with its text."""
    name, _, version = visit.path["policy"].partition("@")
    policies = visit.house.policies
    row = next((one for one in policies.versions(name) if one.version == version), None)
    if row is None:
        raise NotFound(
            Text(
                "Deze versie van het beleid is hier niet aangenomen.",
                "This version of the policy was not adopted here.",
            )
        )
    return visit.page(
        "policy.html",
        place="proces",
        one=_shown(policies.get(name, version), visit),
        row=row,
        on=visit.house.calendar.local_day(row.adopted_at),
        content=policies.text(name, version),
        may_adopt=_may_adopt(visit),
    )


def show_adoption(visit: Visit) -> Response:
    """Show the form in which a text is pasted; `begin` names a version to begin with."""
    _authorise(visit)
    begin = visit.query.get("begin", "")
    if not begin:
        return _page(visit, forms.NOTHING)
    name, _, version = begin.partition("@")
    values = {"inhoud": visit.house.policies.text(name, version)}
    return _page(visit, forms.Sent(form="tekst", values=values, sentence=same(""), status=200))


def send_adoption(visit: Visit) -> Response:
    """Look at a pasted text, and adopt it when that is what was asked."""
    _authorise(visit)
    adopting = visit.field("actie") == "aannemen"
    house = visit.house
    known = house.policies.known(one.code for one in house.indicators.indicators)
    try:
        content, case = _content(visit), _case(visit)
        done = house.policies.weigh(content, FILE, by=_by(visit), known=known)
        if adopting:
            house.policies.adopt_text(
                content,
                FILE,
                by=_by(visit),
                at=house.clock(),
                known=known,
                over=visit.field("over"),
            )
    except PolicyProblems as problems:
        sent = forms.refused(visit, "tekst", Invalid(_UNSOUND))
        return _page(visit, sent, refusals=problems.problems, warnings=problems.warnings)
    except (Conflict, Invalid) as error:
        return _page(visit, forms.refused(visit, "tekst", _on_the_form(error)))
    if adopting:
        return visit.redirect(f"/proces/opschaling?gedaan={quote(done.policy.reference, safe='')}")
    return _page(visit, _as_typed(visit), weighed=done, content=content, case=case)


_UNSOUND = Text(
    "Dit beleid klopt nog niet. Verbeter wat hieronder staat en kijk het opnieuw na.",
    "This policy is not sound yet. Mend what is told below and look at it again.",
)


def _page(
    visit: Visit,
    sent: forms.Sent,
    *,
    refusals: Sequence[Located] = (),
    warnings: Sequence[Located] = (),
    weighed: PolicyAdoption | None = None,
    content: str = "",
    case: Case | None = None,
) -> Response:
    return visit.page(
        "policy_adopt.html",
        status=sent.status,
        place="proces",
        sent=sent,
        refusals=refusals,
        warnings=warnings if weighed is None else weighed.warnings,
        weighed=weighed,
        one=None if weighed is None else _shown(weighed.policy, visit),
        content=content,
        case=case,
        coming=[] if weighed is None or case is None else _coming(weighed.policy, case, visit),
    )


def _begin(visit: Visit) -> tuple[datetime, Text | None]:
    """Return the moment from which days are told: now, or nine o'clock on the day asked for."""
    asked = visit.query.get("dag", "").strip()
    now = visit.house.clock()
    if not asked:
        return now, None
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        day = None
    if day is None or not visit.today <= day <= visit.today + _FORESEEN:
        remedy = Text(
            "Kies een dag vanaf vandaag, ten hoogste een jaar vooruit.",
            "Choose a day from today on, a year ahead at most.",
        )
        return now, remedy
    return datetime.combine(day, _NINE, AMSTERDAM), None


def _shown(policy: EscalationPolicy, visit: Visit, begin: datetime | None = None) -> Shown:
    house = visit.house
    labels = {one.code: one.label for one in house.indicators.indicators}
    rungs = ladder(policy, begin or house.clock(), house.calendar)
    return Shown(
        policy=policy,
        starts=starts(policy),
        ends=ends(policy),
        limits=limits(policy),
        jumps=jumps(policy, labels),
        rungs=[(rung, _day(rung, visit)) for rung in rungs],
    )


def _day(rung: Rung, visit: Visit) -> Text:
    return same("") if rung.at is None else moment(rung.at, visit.today)


def _history(row: PolicyVersion, visit: Visit) -> History:
    try:
        title = visit.house.policies.get(row.name, row.version).title
    except Unreadable:
        # Its own page says what is the matter; the list is still whole.
        title = same(row.name)
    return History(
        row=row,
        title=title,
        on=visit.house.calendar.local_day(row.adopted_at),
        href=f"/proces/opschaling/{quote(row.reference, safe='@')}",
    )


def _coming(policy: EscalationPolicy, case: Case, visit: Visit) -> list[Coming]:
    house = visit.house
    now = house.clock()
    offices = offices_of(house, case)
    found = foresee(policy, case, house.directory.read(now), house.calendar, now)
    return [_one_coming(one, offices, visit) for one in found]


def _one_coming(one: Foreseen, offices: Offices, visit: Visit) -> Coming:
    people = dict.fromkeys(offices.who(addressee.person) for addressee in one.resolved.to)
    return Coming(
        number=one.place + 1,
        label=one.level.label,
        when=moment(one.at, visit.today),
        people=tuple(people),
        empty=one.resolved.empty,
        meeting=bool(one.resolved.meeting),
        message=one.level.message,
    )


def _may_adopt(visit: Visit) -> bool:
    return bool(visit.actor.roles & MAY_ADOPT)


def _authorise(visit: Visit) -> None:
    if not _may_adopt(visit):
        raise NotAllowed(
            Text(
                "Een opschalingsbeleid aannemen doet het secretariaat of een beheerder. Lezen mag "
                "iedereen.",
                "An escalation policy is adopted by the secretariat or an administrator. Everybody "
                "may read it.",
            )
        )


def _by(visit: Visit) -> str:
    function = "" if visit.person is None else visit.person.function.nl
    return (function or visit.actor.person)[:LONGEST_NAME]


def _content(visit: Visit) -> str:
    written = visit.form.get("inhoud", "")
    content = written.replace("\r\n", "\n") if isinstance(written, str) else ""
    if not content.strip():
        raise _fault("/inhoud", Text("Plak hier het beleid.", "Paste the policy here."))
    if len(content) > 20 * LONGEST:
        raise _fault(
            "/inhoud",
            Text(
                "Deze tekst is te lang voor een pagina. Gebruik 'impasse escalation adopt'.",
                "This text is too long for a page. Use 'impasse escalation adopt'.",
            ),
        )
    return content


def _case(visit: Visit) -> Case | None:
    """Return the case that is to be foreseen, if one was named."""
    number = visit.field("zaak")
    if not number:
        return None
    try:
        return visit.house.views.case(visit.actor, number)
    except NotFound as error:
        raise _fault("/zaak", error.text) from error


def _as_typed(visit: Visit) -> forms.Sent:
    values = {"inhoud": visit.form.get("inhoud", ""), "zaak": visit.field("zaak")}
    kept = {name: value for name, value in values.items() if isinstance(value, str)}
    return forms.Sent(form="tekst", values=kept, sentence=same(""), status=200)


def _on_the_form(error: Conflict | Invalid) -> Conflict | Invalid:
    """Return *error* with the names that its values have on the form."""
    if not isinstance(error, Invalid):
        return error
    faults = [
        Fault("/inhoud" if one.pointer == "/by" else one.pointer, one.text) for one in error.faults
    ]
    return Invalid(error.text, faults)


def _fault(pointer: str, text: Text) -> Invalid:
    return Invalid(
        Text("Dit beleid is nog niet nagekeken.", "This policy was not looked at yet."),
        [Fault(pointer, text)],
    )


PAGES = (
    Page("/proces/opschaling", show=show),
    Page("/proces/opschaling/aannemen", show=show_adoption, send=send_adoption),
    Page("/proces/opschaling/{policy}", show=show_one),
)
