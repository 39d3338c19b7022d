"""Gebruikers: who can sign in, for the administrator; links that are shown once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from impasse.adapters.identity.accounts import NO_ACCOUNT
from impasse.adapters.identity.secrets import end_sessions, revoke_tokens, sessions_of
from impasse.adapters.sql.people import (
    add_person,
    change_person,
    disable_person,
    enable_person,
    list_persons,
)
from impasse.adapters.sql.people import person as person_called
from impasse.domain.account import (
    LANGUAGES,
    refuse_to_change_oneself,
    refuse_unfit,
    rights_in_words,
)
from impasse.domain.appointment import APPOINTED
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed
from impasse.domain.organs import organs_of
from impasse.domain.people import Layer, Person, Rank, Role
from impasse.domain.text import Text
from impasse.web.invitation_page import INVITATIONS, RESETTING, faults_by_field
from impasse.web.offices import Choice
from impasse.web.register_names import Names
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response

    from impasse.adapters.identity.accounts import Standing

log = structlog.get_logger("impasse.web")

HERE = "/beheer/gebruikers"

_ROLES = tuple(role for role in Role if role in APPOINTED)
_RANKS = tuple(Choice(rank.value, rank.label) for rank in Rank)
_TONGUES = {
    "": Text("zoals het huis", "as the house"),
    "nl": Text("Nederlands", "Dutch"),
    "en": Text("Engels", "English"),
}
_LANGUAGES = tuple(Choice(language, _TONGUES[language]) for language in LANGUAGES)
_DONE = {
    "veranderd": Text("De gegevens zijn bewaard.", "The particulars were kept."),
    "uit": Text(
        "Deze gebruiker is uitgezet en kan nergens meer in.",
        "This user was disabled and has no way in any more.",
    ),
    "aan": Text("Deze gebruiker kan weer aanmelden.", "This user can sign in again."),
    "open": Text("Het account is weer open.", "The account is open again."),
    "afgemeld": Text("Deze gebruiker is overal afgemeld.", "This user was signed out everywhere."),
    "tokens": Text("De tokens zijn ingetrokken.", "The tokens were revoked."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody as the list shows it."""

    person: Person
    organisation: str
    state: Text
    look: str


def show_all(visit: Visit) -> Response:
    """Show who can sign in."""
    _authorise(visit)
    return _list(visit)


def send_new(visit: Visit) -> Response:
    """Add somebody, and go to that user."""
    actor = _authorise(visit)
    try:
        person = _read(visit, visit.field("gebruiker"))
        refuse_unfit(person)
        add_person(visit.house.database, person)
    except (Invalid, Conflict) as error:
        return _list(visit, error)
    rights = rights_in_words(person)
    log.info("user_added", object=person.id, result=rights, origin="web", actor=actor)
    return visit.redirect(f"{HERE}/{person.id}")


def show_one(visit: Visit) -> Response:
    """Show one user, and everything that can be done."""
    _authorise(visit)
    return _one(visit)


def send_one(visit: Visit) -> Response:
    """Do what a form asks of one user."""
    actor = _authorise(visit)
    found = person_called(visit.house.database, visit.path["id"])
    doing = _ACTIONS.get(visit.field("actie"))
    if doing is None:
        raise Conflict(Text("Kies wat u wilt doen.", "Choose what you want to do."))
    try:
        return doing(visit, found, actor)
    except (Invalid, Conflict) as error:
        return _one(visit, error)


def _change(visit: Visit, person: Person, actor: str) -> Response:
    changed = _read(visit, person.id)
    refuse_unfit(changed)
    refuse_to_change_oneself(actor, person, changed)
    change_person(visit.house.database, changed)
    log.info(
        "user_changed",
        object=person.id,
        result=rights_in_words(changed),
        origin="web",
        actor=actor,
        before=rights_in_words(person),
    )
    return _done(visit, "veranderd")


def _invite(visit: Visit, person: Person, actor: str) -> Response:
    at = visit.house.clock()
    secret = visit.house.accounts.invite(person.id, by=actor, origin="web", at=at)
    return _one(visit, link=f"{visit.house.settings.address}{INVITATIONS}/{secret}", days=7)


def _reset(visit: Visit, person: Person, actor: str) -> Response:
    secret = visit.house.accounts.reset(
        person.id,
        by=actor,
        origin="web",
        at=visit.house.clock(),
        second_factor=visit.field("factor") == "ja",
    )
    return _one(visit, link=f"{visit.house.settings.address}{RESETTING}/{secret}")


def _disable(visit: Visit, person: Person, actor: str) -> Response:
    refuse_to_change_oneself(actor, person, replace(person, disabled=True))
    disable_person(visit.house.database, person.id, at=visit.house.clock())
    log.info("user_disabled", object=person.id, origin="web", actor=actor)
    return _done(visit, "uit")


def _enable(visit: Visit, person: Person, actor: str) -> Response:
    enable_person(visit.house.database, person.id)
    log.info("user_enabled", object=person.id, origin="web", actor=actor)
    return _done(visit, "aan")


def _unlock(visit: Visit, person: Person, actor: str) -> Response:
    visit.house.accounts.unlock(person.id, by=actor, origin="web")
    return _done(visit, "open")


def _sign_out(visit: Visit, person: Person, actor: str) -> Response:
    kept = visit.cookies.session if person.id == actor else ""
    ended = end_sessions(visit.house.database, person.id, but=kept)
    log.info("sessions_ended", object=person.id, result=str(ended), origin="web", actor=actor)
    return _done(visit, "afgemeld")


def _revoke(visit: Visit, person: Person, actor: str) -> Response:
    ended = revoke_tokens(visit.house.database, person.id, at=visit.house.clock())
    log.info("keys_revoked", object=person.id, result=str(ended), origin="web", actor=actor)
    return _done(visit, "tokens")


_ACTIONS: Mapping[str, Callable[[Visit, Person, str], Response]] = {
    "verander": _change,
    "nodig-uit": _invite,
    "herstel": _reset,
    "zet-uit": _disable,
    "zet-aan": _enable,
    "open": _unlock,
    "meld-af": _sign_out,
    "trek-in": _revoke,
}


def _done(visit: Visit, what: str) -> Response:
    return visit.redirect(f"{HERE}/{visit.path['id']}?gedaan={what}")


def _authorise(visit: Visit) -> str:
    """Return who looks after users here; raises `NotAllowed` for everybody else."""
    if not visit.actor.has(Role.ADMINISTRATOR):
        raise NotAllowed(
            Text(
                "Gebruikers zijn aan de beheerder.", "Users are looked after by the administrator."
            )
        )
    return visit.actor.person


def _read(visit: Visit, key: str) -> Person:
    """Return the person that a form describes; raises `Invalid` for an unknown organisation."""
    name = visit.field("organisatie")
    found = Names(visit.house.views.organisations()).find(name)
    organisation = found.organisation
    if organisation is None:
        problem = found.problem if name and found.problem else _CHOOSE_ORGANISATION
        raise Invalid(problem, [Fault("/organisation", problem)])
    function = visit.field("functie")
    return Person(
        key,
        visit.field("naam"),
        Text(function, visit.field("functie-en") or function),
        organisation.id,
        frozenset(role for role in _ROLES if role.value in visit.fields("rol")),
        organ=visit.field("orgaan"),
        email=visit.field("email"),
        rank=_rank(visit.field("rang")),
        language=visit.field("taal"),
    )


def _rank(written: str) -> Rank:
    try:
        return Rank(written or Rank.OFFICER)
    except ValueError:
        problem = Text("Kies een rang uit de lijst.", "Choose a rank from the list.")
        raise Invalid(problem, [Fault("/rank", problem)]) from None


_CHOOSE_ORGANISATION = Text(
    "Kies de organisatie uit het register.", "Choose the organisation from the register."
)


def _list(visit: Visit, error: Invalid | Conflict | None = None) -> Response:
    house, at = visit.house, visit.house.clock()
    names = {one.id: one.name for one in house.views.organisations()}
    standings, invited = house.accounts.standings(at=at), house.accounts.invited(at=at)
    lines = [
        _line(one, names, standings.get(one.id, NO_ACCOUNT), invited=one.id in invited)
        for one in list_persons(house.database)
    ]
    return visit.page(
        "account/users.html",
        status=_status(error),
        lines=sorted(lines, key=lambda line: (line.person.disabled, line.person.id.casefold())),
        roles=_ROLES,
        ranks=_RANKS,
        languages=_LANGUAGES,
        register=sorted(set(names.values()), key=str.casefold),
        organs=_organs(),
        filled=_typed(visit) if error else {},
        chosen=visit.fields("rol") if error else [],
        faults=_faults(error),
        sentence=error.text if error else None,
    )


def _one(
    visit: Visit, error: Invalid | Conflict | None = None, *, link: str = "", days: int = 0
) -> Response:
    house, at = visit.house, visit.house.clock()
    person = person_called(house.database, visit.path["id"])
    register = house.views.organisations()
    names = {one.id: one.name for one in register}
    changing = error is not None and visit.field("actie") == "verander"
    return visit.page(
        "account/user.html",
        status=_status(error),
        user=person,
        standing=house.accounts.standing(person.id, at=at),
        invited=person.id in house.accounts.invited(at=at),
        sessions=len(sessions_of(house.database, person.id, at=at)),
        roles=_ROLES,
        ranks=_RANKS,
        languages=_LANGUAGES,
        register=sorted(set(names.values()), key=str.casefold),
        organs=_organs(),
        filled=_typed(visit) if changing else _values(person, names),
        chosen=visit.fields("rol") if changing else [role.value for role in person.roles],
        faults=_faults(error),
        sentence=error.text if error else None,
        link=link,
        days=days,
        myself=person.id == visit.actor.person,
        done=_DONE.get(visit.query.get("gedaan", "")) if not (error or link) else None,
    )


def _line(person: Person, names: Mapping[str, str], standing: Standing, *, invited: bool) -> Line:
    if person.disabled:
        state, look = Text("uitgezet", "disabled"), ""
    elif standing.shut_until is not None:
        state, look = Text("tijdelijk op slot", "shut for a while"), "warn"
    elif standing.password_set_at is not None:
        state, look = Text("kan aanmelden", "can sign in"), "ok"
    elif invited:
        state, look = Text("uitgenodigd", "invited"), ""
    else:
        state, look = Text("geen wachtwoord", "no password"), ""
    return Line(person, names.get(person.organisation, person.organisation), state, look)


def _values(person: Person, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "naam": person.name,
        "functie": person.function.nl,
        "functie-en": person.function.en,
        "organisatie": names.get(person.organisation, person.organisation),
        "orgaan": person.organ,
        "email": person.email,
        "rang": person.rank.value,
        "taal": person.language,
    }


_FIELDS = (
    *("gebruiker", "naam", "functie", "functie-en", "organisatie"),
    *("orgaan", "email", "rang", "taal"),
)


def _typed(visit: Visit) -> dict[str, str]:
    return {name: visit.field(name) for name in _FIELDS}


def _organs() -> list[str]:
    """Return the organs that are suggested, each once."""
    return sorted({organ.nl for layer in Layer for organ in organs_of(layer)})


def _faults(error: Invalid | Conflict | None) -> dict[str, Text]:
    return faults_by_field(error) if isinstance(error, Invalid) else {}


def _status(error: Invalid | Conflict | None) -> int:
    if error is None:
        return 200
    return 422 if isinstance(error, Invalid) else 409


PAGES = (
    Page(HERE, show=show_all, send=send_new),
    Page(HERE + "/{id}", show=show_one, send=send_one),
)
