"""Signing in and out: by choosing a demonstration person, or with a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from impasse.adapters.identity.secrets import bearer, begin_session, end_session
from impasse.adapters.sql.tables import OrganisationRow, PersonRow
from impasse.domain.errors import NotAllowed
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.web import session
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.wiring import House

START = "/impasses"
"""Where everybody lands after signing in."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A demonstration person as the sign-in shows it: no name, but function and organisation."""

    id: str
    function: Text
    organisation: str
    roles: tuple[Role, ...]


def show(visit: Visit) -> Response:
    """Show who one can be, or ask for a token."""
    return _form(visit, _within(visit.query.get("naar", "")))


def send(visit: Visit) -> Response:
    """Sign in; the old session of this browser ends."""
    onward = _within(visit.field("naar"))
    person = _demonstration_person(visit) if visit.demo else ""
    if not person:
        found = bearer(visit.house.database, visit.field("token"), at=visit.house.clock())
        person = found.person.id if found is not None else ""
    if not person:
        return _form(visit, onward, refused=True)
    if visit.cookies.session:
        end_session(visit.house.database, visit.cookies.session)
    secret = begin_session(
        visit.house.database,
        person,
        at=visit.house.clock(),
        hours=visit.house.settings.session_hours,
    )
    response = visit.redirect(onward or START)
    session.keep_session(response, visit.cookies, secret)
    return response


def sign_out(visit: Visit) -> Response:
    """End the session here and in the database."""
    end_session(visit.house.database, visit.cookies.session)
    response = visit.redirect("/aanmelden")
    session.forget_session(response, visit.cookies)
    return response


def start(visit: Visit) -> Response:
    """Send the reader to the first page."""
    return visit.redirect(START if visit.person else "/aanmelden")


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


def _form(visit: Visit, onward: str, *, refused: bool = False) -> Response:
    return visit.page(
        "signin.html",
        status=422 if refused else 200,
        onward=onward,
        choices=demonstration_persons(visit.house) if visit.demo else [],
        refused=refused,
    )


def _within(address: str) -> str:
    """Return *address* when it is a page of this site, else nothing."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if plain and address.isprintable() and "\\" not in address else ""


PAGES = (
    Page("/", show=start, public=True),
    Page("/aanmelden", show=show, send=send, public=True),
    Page("/afmelden", send=sign_out),
)
