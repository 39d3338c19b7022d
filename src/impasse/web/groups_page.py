"""Groepen: who is in the groups that escalation can tell, for who keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.adapters.sql.people import list_persons
from impasse.adapters.sql.person_groups import (
    change_group,
    create_group,
    group_called,
    list_groups,
    remove_group,
)
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed
from impasse.domain.person_group import Group, authorise_groups
from impasse.domain.text import Text
from impasse.web import dossier_forms as forms
from impasse.web.rota_page import called, choices
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response

    from impasse.domain.people import Person

HERE = "/rooster/groepen"

_DONE = {
    "groep": Text("De groep is gemaakt.", "The group was made."),
    "erbij": Text("De persoon zit nu in de groep.", "The person is in the group now."),
    "eruit": Text("De persoon zit niet meer in de groep.", "The person is no longer in the group."),
    "weg": Text("De groep is verwijderd.", "The group was removed."),
}


def show(visit: Visit) -> Response:
    """Show the groups, and the forms to change them."""
    return _page(visit, forms.NOTHING)


def send(visit: Visit) -> Response:
    """Do what a form asks, or say at the form what is wrong with it."""
    action = visit.field("actie")
    doing = _ACTIONS.get(action)
    person = _keeper(visit)
    if doing is None:
        raise Conflict(Text("Kies wat u wilt doen.", "Choose what you want to do."))
    try:
        doing(visit, person)
    except (Conflict, Invalid) as error:
        form = action if action == "groep" else f"{action}-{visit.field('groep')}"
        return _page(visit, forms.refused(visit, form, error))
    return visit.redirect(f"{HERE}?gedaan={action}")


def _create(visit: Visit, person: Person) -> None:
    label = visit.field("label")
    group = Group(
        visit.field("naam"),
        Text(label, visit.field("label-en") or label),
        (),
        visit.house.clock(),
        person.id,
    )
    create_group(visit.house.database, group, by=person)


def _add(visit: Visit, person: Person) -> None:
    database = visit.house.database
    group, wanted = group_called(database, visit.field("groep"), person), visit.field("wie")
    known = {one.id for one in list_persons(database) if not one.disabled}
    # Who left meanwhile goes out with it: else nobody could be added any more.
    members = tuple(key for key in group.members if key in known)
    try:
        change_group(database, group.name, group.label, (*members, wanted), by=person)
    except Invalid as error:
        raise Invalid(error.text, [Fault("/person", one.text) for one in error.faults]) from error


def _take_out(visit: Visit, person: Person) -> None:
    database, out = visit.house.database, visit.field("wie")
    group = group_called(database, visit.field("groep"), person)
    known = {one.id for one in list_persons(database) if not one.disabled}
    members = tuple(key for key in group.members if key != out and key in known)
    change_group(database, group.name, group.label, members, by=person)


def _remove(visit: Visit, person: Person) -> None:
    remove_group(visit.house.database, visit.field("groep"), by=person)


_ACTIONS: Mapping[str, Callable[[Visit, Person], None]] = {
    "groep": _create,
    "erbij": _add,
    "eruit": _take_out,
    "weg": _remove,
}


def _keeper(visit: Visit) -> Person:
    if visit.person is None:
        raise NotAllowed(Text("Meld u eerst aan.", "Sign in first."))
    authorise_groups(visit.person)
    return visit.person


def _page(visit: Visit, sent: forms.Sent) -> Response:
    reader = _keeper(visit)
    everybody = {one.id: one for one in list_persons(visit.house.database)}
    organisations = {one.id: one.name for one in visit.house.views.organisations()}
    return visit.page(
        "groups.html",
        status=sent.status,
        sent=sent,
        groups=list_groups(visit.house.database, reader),
        called=lambda key: called(key, everybody, reader),
        home=lambda key: (
            organisations.get(everybody[key].organisation, "") if key in everybody else ""
        ),
        gone=lambda key: key not in everybody or everybody[key].disabled,
        people=choices(everybody.values()),
        done=_DONE.get(visit.query.get("gedaan", "")),
    )


PAGES = (Page(HERE, show=show, send=send),)
