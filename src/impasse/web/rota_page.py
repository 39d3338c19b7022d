"""Dienstrooster: who is on duty in the weeks ahead, with forms to plan, to swap and to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.adapters.sql.people import list_persons
from impasse.adapters.sql.substitutions import colleagues
from impasse.domain.duty import Rota
from impasse.domain.duty_plans import LONGEST, MOST_WEEKS, Rotation, Swap, may_keep
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from impasse.domain.people import Role
from impasse.domain.person_group import may_keep_groups
from impasse.domain.text import Text, same
from impasse.web import dossier_forms as forms
from impasse.web.offices import Choice
from impasse.web.rota_weeks import weeks_of
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.responses import Response

    from impasse.adapters.sql.duty import RotaSeen
    from impasse.domain.people import Person

HERE = "/rooster"

TURNS = 6
"""So many persons can be chosen for one rotation on the page; the API and the machine take more."""

_DONE = {
    "plan": Text("De diensten zijn gepland.", "The duties were planned."),
    "ruil": Text("De ruil is vastgelegd.", "The swap was recorded."),
    "einde": Text("De dienst is beëindigd.", "The duty was ended."),
    "rooster": Text("Het rooster is gemaakt.", "The rota was made."),
    "weg": Text("Het rooster is verwijderd.", "The rota was removed."),
}


def show(visit: Visit) -> Response:
    """Show a rota, and the forms for who may change it."""
    return _page(visit, forms.NOTHING)


def send(visit: Visit) -> Response:
    """Do what a form asks, or say at the form what is wrong with it."""
    action = visit.field("actie")
    doing = _ACTIONS.get(action)
    if doing is None:
        raise Conflict(Text("Kies wat u wilt doen.", "Choose what you want to do."))
    person = _person(visit)
    try:
        name = doing(visit, person)
    except (Conflict, Invalid) as error:
        return _page(visit, forms.refused(visit, action, error))
    chosen = f"rooster={name}&" if name else ""
    return visit.redirect(f"{HERE}?{chosen}gedaan={action}")


def _plan(visit: Visit, person: Person) -> str:
    name = visit.field("rooster")
    chosen = {f"persoon-{n}": visit.field(f"persoon-{n}") for n in range(1, TURNS + 1)}
    taken = {field: key for field, key in chosen.items() if key}
    reader = forms.Reader(visit)
    first, last = reader.day("van", "/fromDay"), reader.day("tot", "/untilDay")
    reader.done()
    weeks = visit.field("weken")
    number = int(weeks) if weeks.isascii() and weeks.isdecimal() and len(weeks) < _DIGITS else 0
    try:
        visit.house.duty.plan(
            name,
            Rotation(tuple(taken.values()), first, last, number),
            by=person,
            at=visit.house.clock(),
        )
    except Invalid as error:
        fields = {f"/persons/{place}": f"/{field}" for place, field in enumerate(taken)}
        fields |= {"/persons": "/persoon-1", "/weeks": "/weken"}
        raise _renamed(error, fields) from error
    return name


_DIGITS = 6


def _renamed(error: Invalid, fields: Mapping[str, str]) -> Invalid:
    """Return *error* with its faults at the fields of a form."""
    faults = [Fault(fields.get(one.pointer, one.pointer), one.text) for one in error.faults]
    return Invalid(error.text, faults)


def _swap(visit: Visit, person: Person) -> str:
    name, reader = visit.field("rooster"), forms.Reader(visit)
    swap = Swap(
        reader.words("wie", "/person", Text("Kies een collega.", "Choose a colleague.")),
        reader.day("van", "/fromDay"),
        reader.day("tot", "/untilDay"),
    )
    reader.done()
    visit.house.duty.swap(name, swap, by=person, at=visit.house.clock())
    return name


def _end(visit: Visit, person: Person) -> str:
    name = visit.field("rooster")
    visit.house.duty.end(name, visit.field("nummer"), by=person, at=visit.house.clock())
    return name


def _create(visit: Visit, person: Person) -> str:
    label = visit.field("label")
    rota = Rota(
        visit.field("naam"),
        Text(label, visit.field("label-en") or label),
        visit.field("organisatie") or person.organisation,
        visit.house.clock(),
        person.id,
    )
    visit.house.duty.create(rota, by=person)
    return rota.name


def _remove(visit: Visit, person: Person) -> str:
    if visit.field("zeker") != "ja":
        words = Text(
            "Vink aan dat het rooster met al zijn diensten weg mag.",
            "Tick that the rota may go, with all its duties.",
        )
        raise Invalid(words, [Fault("/zeker", words)])
    visit.house.duty.remove(visit.field("rooster"), by=person)
    return ""


_ACTIONS: Mapping[str, Callable[[Visit, Person], str]] = {
    "plan": _plan,
    "ruil": _swap,
    "einde": _end,
    "rooster": _create,
    "weg": _remove,
}


def _person(visit: Visit) -> Person:
    if visit.person is None:
        raise NotAllowed(Text("Meld u eerst aan.", "Sign in first."))
    return visit.person


def _page(visit: Visit, sent: forms.Sent) -> Response:
    reader, house = _person(visit), visit.house
    seen = house.duty.rotas(reader, at=house.clock())
    asked = visit.field("rooster") or visit.query.get("rooster", "")
    chosen = _chosen(seen, asked)
    everybody = {one.id: one for one in list_persons(house.database)}
    organisations = {one.id: one.name for one in house.views.organisations()}
    staff = [] if chosen is None else colleagues(house.database, chosen.rota.organisation)
    keeps = chosen is not None and chosen.keeps
    mine = chosen is not None and chosen.mine
    works = house.calendar.agreed.is_working_day
    return visit.page(
        "rota.html",
        status=sent.status,
        sent=sent,
        seen=seen,
        chosen=chosen,
        organisation="" if chosen is None else organisations.get(
            chosen.rota.organisation, chosen.rota.organisation
        ),
        weeks=() if chosen is None else weeks_of(chosen.days, works),
        called=lambda key: called(key, everybody, reader),
        keeps=keeps,
        may_swap=keeps or mine,
        staff=choices(staff),
        turns=range(1, TURNS + 1),
        longest=LONGEST,
        most_weeks=MOST_WEEKS,
        today_iso=visit.today.isoformat(),
        homes=_homes(reader, everybody.values(), organisations),
        groups=may_keep_groups(reader),
        done=_DONE.get(visit.query.get("gedaan", "")),
    )  # fmt: skip


def _chosen(seen: list[RotaSeen], asked: str) -> RotaSeen | None:
    """Return the rota that was asked for, else the first; raises `NotFound` for an unknown one."""
    if not asked:
        return seen[0] if seen else None
    for one in seen:
        if one.rota.name == asked:
            return one
    if not seen:
        return None
    raise NotFound(Text("Dit rooster is er niet.", "There is no such rota."))


def _homes(
    reader: Person, everybody: Iterable[Person], organisations: Mapping[str, str]
) -> list[Choice]:
    """Return the organisations for which *reader* may make a rota."""
    here = {one.organisation for one in everybody if one.organisation and not one.disabled}
    found = [
        Choice(key, same(organisations.get(key, key))) for key in here if may_keep(reader, key)
    ]
    return sorted(found, key=lambda choice: choice.label.nl.casefold())


def choices(persons: Iterable[Person]) -> list[Choice]:
    """Return *persons* to choose from: colleagues know each other by name."""
    found = [
        Choice(one.id, one.function + same(f" ({one.name})"))
        for one in persons
        if not one.disabled and Role.SUPERVISOR not in one.roles
    ]
    return sorted(found, key=lambda choice: choice.label.nl.casefold())


def called(key: str, everybody: Mapping[str, Person], reader: Person) -> Text:
    """Return how *reader* knows the person with id *key*."""
    known = everybody.get(key)
    if known is None:
        return same(key)
    own = Text(" – dat bent u", " – that is you") if key == reader.id else same("")
    return known.function + same(f" ({known.name})") + own


PAGES = (Page(HERE, show=show, send=send),)
