"""Mijn account: language, password, second factor, where one is signed in, and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from impasse.adapters.identity.secrets import (
    end_session_called,
    end_sessions,
    issue_token,
    revoke_token,
    sessions_of,
    tokens_of,
)
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed
from impasse.domain.password import SHORTEST_PASSWORD
from impasse.domain.text import Text
from impasse.domain.token_scope import MOST_DAYS, USUAL_DAYS, TokenScope
from impasse.web import session
from impasse.web.invitation_page import faults_by_field, new_password
from impasse.web.signin import address_of, typed
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from impasse.adapters.identity.secrets import Issued
    from impasse.domain.people import Person

log = structlog.get_logger("impasse.web")

HERE = "/profiel"

_DONE = {
    "wachtwoord": Text(
        "Uw wachtwoord is veranderd. Elders bent u afgemeld.",
        "Your password was changed. Elsewhere you were signed out.",
    ),
    "factor-weg": Text(
        "De tweede factor is weg. Stel zo nodig een nieuwe in.",
        "The second factor is gone. Set up a new one if you need it.",
    ),
    "afgemeld": Text("Die aanmelding is beëindigd.", "That sign-in was ended."),
    "elders": Text("Elders bent u nu afgemeld.", "You are signed out elsewhere now."),
    "token-weg": Text("Het token is ingetrokken.", "The token was revoked."),
}
_DIGITS = 4


def show(visit: Visit) -> Response:
    """Show everything about one's own account."""
    return _page(visit)


def send(visit: Visit) -> Response:
    """Do what a form asks; a refusal is shown at that form."""
    action = visit.field("actie")
    doing = _ACTIONS.get(action)
    if doing is None:
        raise Conflict(Text("Kies wat u wilt doen.", "Choose what you want to do."))
    try:
        return doing(visit, _person(visit))
    except Invalid as error:
        return _page(visit, form=action, error=error)


def _change_password(visit: Visit, person: Person) -> Response:
    visit.house.accounts.change_password(
        person,
        typed(visit, "wachtwoord"),
        new_password(visit),
        address=address_of(visit),
        at=visit.house.clock(),
        here=visit.cookies.session,
    )
    return visit.redirect(f"{HERE}?gedaan=wachtwoord")


def _begin_factor(visit: Visit, person: Person) -> Response:
    secret = visit.house.accounts.begin_factor(
        person.id, typed(visit, "wachtwoord"), address=address_of(visit), at=visit.house.clock()
    )
    response = _factor(visit, person)
    session.keep_step(response, visit.cookies, secret)
    return response


def _confirm_factor(visit: Visit, person: Person) -> Response:
    codes = visit.house.accounts.confirm_factor(
        person.id, visit.cookies.step, typed(visit, "code"), at=visit.house.clock()
    )
    if not codes:
        return _factor(visit, person, refused=True)
    response = visit.page("account/recovery.html", codes=codes, onward=HERE)
    session.forget_step(response, visit.cookies)
    return response


def _factor(visit: Visit, person: Person, *, refused: bool = False) -> Response:
    enrolment = visit.house.accounts.enrolment(person.id)
    if enrolment is None:
        raise Conflict(
            Text("De tweede factor is al ingesteld.", "The second factor is set up already.")
        )
    return visit.page(
        "account/factor.html",
        status=422 if refused else 200,
        enrolment=enrolment,
        onward="",
        refused=refused,
        action=HERE,
    )


def _drop_factor(visit: Visit, person: Person) -> Response:
    visit.house.accounts.drop_factor(
        person, typed(visit, "wachtwoord"), address=address_of(visit), at=visit.house.clock()
    )
    return visit.redirect(f"{HERE}?gedaan=factor-weg")


def _new_codes(visit: Visit, person: Person) -> Response:
    codes = visit.house.accounts.new_recovery_codes(
        person.id, typed(visit, "wachtwoord"), address=address_of(visit), at=visit.house.clock()
    )
    return visit.page("account/recovery.html", codes=codes, onward=HERE)


def _end_session(visit: Visit, person: Person) -> Response:
    end_session_called(visit.house.database, person.id, visit.field("sessie"))
    log.info("session_ended", object=visit.field("sessie"), origin="web", actor=person.id)
    return visit.redirect(f"{HERE}?gedaan=afgemeld")


def _end_others(visit: Visit, person: Person) -> Response:
    ended = end_sessions(visit.house.database, person.id, but=visit.cookies.session)
    log.info("sessions_ended", object=person.id, result=str(ended), origin="web", actor=person.id)
    return visit.redirect(f"{HERE}?gedaan=elders")


def _make_token(visit: Visit, person: Person) -> Response:
    days = visit.field("dagen")
    if not visit.field("naam"):
        raise _fault("/name", "Geef het token een naam.", "Give the token a name.")
    issued = issue_token(
        visit.house.database,
        person.id,
        at=visit.house.clock(),
        days=int(days) if days.isascii() and days.isdecimal() and len(days) <= _DIGITS else 0,
        name=visit.field("naam"),
        scopes={scope for scope in TokenScope if scope.value in visit.fields("bereik")},
        created_by=person.id,
    )
    log.info("key_made", object=issued.id, origin="web", actor=person.id)
    return _page(visit, issued=issued)


def _revoke_token(visit: Visit, person: Person) -> Response:
    revoke_token(
        visit.house.database, visit.field("token"), at=visit.house.clock(), person=person.id
    )
    log.info("key_revoked", object=visit.field("token"), origin="web", actor=person.id)
    return visit.redirect(f"{HERE}?gedaan=token-weg")


_ACTIONS: dict[str, Callable[[Visit, Person], Response]] = {
    "wachtwoord": _change_password,
    "factor": _begin_factor,
    "factor-code": _confirm_factor,
    "factor-weg": _drop_factor,
    "herstelcodes": _new_codes,
    "meld-af": _end_session,
    "meld-elders-af": _end_others,
    "maak-token": _make_token,
    "trek-in": _revoke_token,
}


def _person(visit: Visit) -> Person:
    if visit.person is None:
        raise NotAllowed(Text("Meld u eerst aan.", "Sign in first."))
    return visit.person


def _fault(pointer: str, nl: str, en: str) -> Invalid:
    return Invalid(Text(nl, en), [Fault(pointer, Text(nl, en))])


def _page(
    visit: Visit, *, form: str = "", error: Invalid | None = None, issued: Issued | None = None
) -> Response:
    house, person, at = visit.house, _person(visit), visit.house.clock()
    return visit.page(
        "account/profile.html",
        status=200 if error is None else 422,
        standing=house.accounts.standing(person.id, at=at),
        required=house.accounts.requires_factor(person),
        sessions=sessions_of(house.database, person.id, at=at, here=visit.cookies.session),
        tokens=[one for one in tokens_of(house.database, person.id) if one.works(at)],
        scopes=tuple(TokenScope),
        usual_days=USUAL_DAYS,
        most_days=MOST_DAYS,
        shortest=SHORTEST_PASSWORD,
        form=form,
        faults=faults_by_field(error),
        issued=issued,
        typed_name=visit.field("naam") if form == "maak-token" else "",
        typed_days=visit.field("dagen") if form == "maak-token" else str(USUAL_DAYS),
        typed_scopes=visit.fields("bereik") if form == "maak-token" else [TokenScope.READ.value],
        done=_DONE.get(visit.query.get("gedaan", "")) if error is None else None,
        local=house.calendar.local_day,
    )


PAGES = (Page(HERE, show=show, send=send),)
