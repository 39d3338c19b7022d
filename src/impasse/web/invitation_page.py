"""Links that work once: choosing a first password, or another one; and what to do without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.adapters.identity.links import RESETS, Purpose
from impasse.domain.errors import Fault, Invalid, NotFound
from impasse.domain.password import SHORTEST_PASSWORD
from impasse.domain.text import Text
from impasse.web.signin import go_on, typed
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.domain.people import Person

INVITATIONS = "/uitnodiging"
RESETTING = "/herstel"


def show_invitation(visit: Visit) -> Response:
    """Show who is invited, and the form for a first password."""
    return _page(visit, (Purpose.INVITATION,))


def send_invitation(visit: Visit) -> Response:
    """Keep the first password; a session follows, or setting up the second factor."""
    try:
        outcome = visit.house.accounts.accept_invitation(
            visit.path["secret"], new_password(visit), at=visit.house.clock()
        )
    except Invalid as error:
        return _page(visit, (Purpose.INVITATION,), error)
    except NotFound:
        return _gone(visit)
    return go_on(visit, outcome, "")


def show_reset(visit: Visit) -> Response:
    """Show the form for another password."""
    return _page(visit, RESETS)


def send_reset(visit: Visit) -> Response:
    """Keep the other password; every session ends, so that one signs in with it."""
    try:
        visit.house.accounts.use_reset(
            visit.path["secret"],
            new_password(visit),
            at=visit.house.clock(),
            tokens=visit.field("tokens") == "ja",
        )
    except Invalid as error:
        return _page(visit, RESETS, error)
    except NotFound:
        return _gone(visit)
    return visit.page("account/done.html")


def show_forgotten(visit: Visit) -> Response:
    """Say the same to everybody: there is no e-mail yet, an administrator makes the link."""
    return visit.page("account/forgotten.html")


def new_password(visit: Visit) -> str:
    """Return the new password of a form; raises `Invalid` when it was not typed twice alike."""
    new = typed(visit, "nieuw")
    if new != typed(visit, "nog-eens"):
        raise Invalid(
            Text("Dit wachtwoord kan niet.", "This password will not do."),
            [
                Fault(
                    "/again",
                    Text(
                        "De twee wachtwoorden zijn niet gelijk. Typ ze allebei opnieuw.",
                        "The two passwords are not the same. Type both again.",
                    ),
                )
            ],
        )
    return new


def faults_by_field(error: Invalid | None) -> dict[str, Text]:
    """Return what is wrong, by the field of the form where that can be mended."""
    faults: dict[str, Text] = {}
    for fault in error.faults if error is not None else ():
        name = _FIELDS.get(fault.pointer, fault.pointer.lstrip("/"))
        faults[name] = faults[name] + Text(" ", " ") + fault.text if name in faults else fault.text
    return faults


_FIELDS = {
    "/new": "nieuw",
    "/again": "nog-eens",
    "/password": "wachtwoord",
    "/name": "naam",
    "/scopes": "bereik",
    "/days": "dagen",
    "/id": "gebruiker",
    "/function": "functie",
    "/functionEn": "functie-en",
    "/organisation": "organisatie",
    "/organ": "orgaan",
    "/rank": "rang",
    "/language": "taal",
    "/roles": "rol",
}


def _page(visit: Visit, purposes: tuple[Purpose, ...], error: Invalid | None = None) -> Response:
    owner: Person | None = visit.house.accounts.link_for(
        visit.path["secret"], *purposes, at=visit.house.clock()
    )
    if owner is None:
        return _gone(visit)
    return visit.page(
        "account/choose.html",
        status=200 if error is None else 422,
        owner=owner,
        invited=Purpose.INVITATION in purposes,
        secret=visit.path["secret"],
        faults=faults_by_field(error),
        shortest=SHORTEST_PASSWORD,
    )


def _gone(visit: Visit) -> Response:
    """Say that a link is good no more; whether it ever was, nobody hears."""
    return visit.page("account/gone.html", status=404)


PAGES = (
    Page(INVITATIONS + "/{secret}", show=show_invitation, send=send_invitation, public=True),
    Page(RESETTING + "/{secret}", show=show_reset, send=send_reset, public=True),
    Page("/wachtwoord-vergeten", show=show_forgotten, public=True),
)
