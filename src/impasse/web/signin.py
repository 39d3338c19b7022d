"""Signing in and out: with a name, a password and a code; in the demonstration by choosing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlencode

import structlog
from sqlmodel import Session, col, select

from impasse.adapters.identity.accounts import NextStep, Refused, SignedIn
from impasse.adapters.identity.links import Purpose
from impasse.adapters.identity.secrets import begin_session, end_session
from impasse.adapters.sql import people
from impasse.adapters.sql.tables import OrganisationRow, PersonRow
from impasse.domain.errors import NotAllowed
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.web import session
from impasse.web.farewell import other_sign_out
from impasse.web.onward import within
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.adapters.identity.accounts import Outcome
    from impasse.domain.people import Person
    from impasse.wiring import House

log = structlog.get_logger("impasse.web")

START = "/impasses"
"""Where lands who looks after all cases, or takes part in none."""

_WORK = "/mijn-werk"
_WORKS = frozenset({Role.LIAISON_OFFICER, Role.MEDIATOR})

NOT_RIGHT = Text(
    "Gebruikersnaam, wachtwoord of code klopt niet, of er is te vaak geprobeerd. Wacht dan een "
    "paar minuten en probeer het opnieuw.",
    "The user name, password or code is not right, or there were too many tries. Then wait a few "
    "minutes and try again.",
)
"""The one answer to all that can be wrong: it tells nobody what."""

_OVER = Text("Dit duurde te lang. Meld u opnieuw aan.", "This took too long. Please sign in again.")


@dataclass(frozen=True, slots=True)
class Choice:
    """A demonstration person as the sign-in shows it: no name, but function and organisation."""

    id: str
    function: Text
    organisation: str
    roles: tuple[Role, ...]


def show(visit: Visit) -> Response:
    """Show the form, and in the demonstration who one can be."""
    return _form(visit, within(visit.query.get("naar", "")))


def send(visit: Visit) -> Response:
    """Look at the password, or at who was chosen; the old session of this browser ends."""
    onward = within(visit.field("naar"))
    person = _demonstration_person(visit) if visit.demo else ""
    if person:
        log.info("signed_in", object=person, result="demonstration", origin="web", actor=person)
        return begin(visit, SignedIn(person, "demonstration"), onward)
    outcome = visit.house.accounts.knock(
        visit.field("gebruiker"),
        typed(visit, "wachtwoord"),
        address=address_of(visit),
        at=visit.house.clock(),
    )
    return go_on(visit, outcome, onward)


def show_code(visit: Visit) -> Response:
    """Ask for the code of the second factor."""
    onward = within(visit.query.get("naar", ""))
    if _halfway(visit, Purpose.CODE) is None:
        return _form(visit, onward, refused=_OVER if visit.cookies.step else None)
    return visit.page("account/code.html", onward=onward)


def send_code(visit: Visit) -> Response:
    """Look at the code; a wrong one is answered as a wrong password is."""
    outcome = visit.house.accounts.give_code(
        visit.cookies.step,
        typed(visit, "code")[:100],
        address=address_of(visit),
        at=visit.house.clock(),
    )
    return go_on(visit, outcome, within(visit.field("naar")))


def show_factor(visit: Visit) -> Response:
    """Show what the app with the codes needs, to who cannot sign in without it."""
    return _factor(visit, within(visit.query.get("naar", "")))


def send_factor(visit: Visit) -> Response:
    """Take the first code of the app; from there the session begins."""
    onward = within(visit.field("naar"))
    found = visit.house.accounts.enrol(
        visit.cookies.step, typed(visit, "code"), at=visit.house.clock()
    )
    if found is None:
        return _form(visit, onward, refused=_OVER)
    person, codes = found
    if not codes:
        return _factor(visit, onward, refused=True)
    landing = onward or _start_of(visit, person)
    response = visit.page("account/recovery.html", codes=codes, onward=landing)
    return _with_session(visit, SignedIn(person, "password, code"), response)


def sign_out(visit: Visit) -> Response:
    """End the session here and in the database; who may be signed in elsewhere is told so."""
    elsewhere = other_sign_out(visit)
    end_session(visit.house.database, visit.cookies.session)
    log.info("signed_out", object=visit.actor.person, origin="web", actor=visit.actor.person)
    if elsewhere is None:
        response = visit.redirect("/aanmelden")
    else:
        provider, address = elsewhere
        response = visit.after_sign_out().page(
            "signed_out_here.html", provider=provider, address=address
        )
    session.forget_session(response, visit.cookies)
    return response


def start(visit: Visit) -> Response:
    """Send the reader to the first page."""
    return visit.redirect(start_of(visit.person) if visit.person else "/aanmelden")


def start_of(person: Person) -> str:
    """Return where *person* lands: who takes part in cases at his work, others at the overview."""
    looks_after_all = Role.SECRETARIAT in person.roles
    return _WORK if person.roles & _WORKS and not looks_after_all else START


def go_on(visit: Visit, outcome: Outcome, onward: str) -> Response:
    """Answer a try to sign in: with a session, with the next page, or with the one refusal."""
    match outcome:
        case SignedIn():
            return begin(visit, outcome, onward)
        case NextStep(purpose, secret):
            page = "/aanmelden/code" if purpose is Purpose.CODE else "/aanmelden/tweede-factor"
            response = visit.redirect(_with_onward(page, onward))
            session.keep_step(response, visit.cookies, secret)
            return response
        case Refused():
            return _form(visit, onward, refused=NOT_RIGHT)
    assert_never(outcome)


def begin(visit: Visit, signed: SignedIn, onward: str) -> Response:
    """Begin a session with a new secret, and send the browser on."""
    landing = onward or _start_of(visit, signed.person)
    return _with_session(visit, signed, visit.redirect(landing))


def _start_of(visit: Visit, key: str) -> str:
    return start_of(people.person(visit.house.database, key))


def _with_session(visit: Visit, signed: SignedIn, response: Response) -> Response:
    if visit.cookies.session:
        end_session(visit.house.database, visit.cookies.session)
    settings = visit.house.settings
    secret = begin_session(
        visit.house.database,
        signed.person,
        at=visit.house.clock(),
        hours=settings.session_hours,
        at_most=settings.session_hours_at_most,
        method=signed.method,
        acr=signed.acr,
        browser=visit.request.headers.get("user-agent", ""),
    )
    session.keep_session(response, visit.cookies, secret)
    session.forget_step(response, visit.cookies)
    return response


def typed(visit: Visit, name: str) -> str:
    """Return a field of the form exactly as it was typed: in a password spaces count."""
    value = visit.form.get(name, "")
    return value if isinstance(value, str) else ""


def address_of(visit: Visit) -> str:
    """Return from which address the reader comes, as the server in front of us says."""
    client = visit.request.client
    return "" if client is None else client.host


def demonstration_persons(house: House) -> list[Choice]:
    """Return the invented persons, in the order of what they do."""
    query = (
        select(PersonRow, OrganisationRow.name)
        .join(OrganisationRow, col(OrganisationRow.id) == PersonRow.organisation_id, isouter=True)
        .where(col(PersonRow.demonstration).is_(True), col(PersonRow.disabled).is_(False))
        .order_by(col(PersonRow.id))
    )
    with Session(house.database) as session_:
        choices = [
            Choice(
                row.id,
                Text(row.function_nl, row.function_en),
                name or "",
                tuple(sorted(Role(role) for role in row.roles.split())),
            )
            for row, name in session_.exec(query)
        ]
    return sorted(choices, key=lambda choice: (_first_role(choice), choice.organisation))


def _first_role(choice: Choice) -> int:
    order = (Role.SECRETARIAT, Role.LIAISON_OFFICER, Role.MEDIATOR, Role.ADMINISTRATOR)
    return min((order.index(role) for role in choice.roles if role in order), default=len(order))


def _demonstration_person(visit: Visit) -> str:
    """Return the chosen invented person; nobody else can be chosen, demonstration or not."""
    wanted = visit.field("persoon")
    if not wanted:
        return ""
    if wanted not in {choice.id for choice in demonstration_persons(visit.house)}:
        raise NotAllowed(Text("Kies een persoon uit de lijst.", "Choose a person from the list."))
    return wanted


def _halfway(visit: Visit, purpose: Purpose) -> str | None:
    if not visit.cookies.step:
        return None
    return visit.house.accounts.halfway(visit.cookies.step, purpose, at=visit.house.clock())


def _factor(visit: Visit, onward: str, *, refused: bool = False) -> Response:
    person = _halfway(visit, Purpose.ENROLMENT)
    enrolment = None if person is None else visit.house.accounts.enrolment(person)
    if enrolment is None:
        return _form(visit, onward, refused=_OVER if visit.cookies.step else None)
    return visit.page(
        "account/factor.html",
        status=422 if refused else 200,
        enrolment=enrolment,
        onward=onward,
        refused=refused,
        action="/aanmelden/tweede-factor",
    )


def _form(visit: Visit, onward: str, *, refused: Text | None = None) -> Response:
    response = visit.page(
        "signin.html",
        status=422 if refused else 200,
        onward=onward,
        choices=demonstration_persons(visit.house) if visit.demo else [],
        refused=refused,
    )
    if refused:
        session.forget_step(response, visit.cookies)
    return response


def _with_onward(page: str, onward: str) -> str:
    return f"{page}?{urlencode({'naar': onward})}" if onward else page


PAGES = (
    Page("/", show=start, public=True),
    Page("/aanmelden", show=show, send=send, public=True),
    Page("/aanmelden/code", show=show_code, send=send_code, public=True),
    Page("/aanmelden/tweede-factor", show=show_factor, send=send_factor, public=True),
    Page("/afmelden", send=sign_out),
)
