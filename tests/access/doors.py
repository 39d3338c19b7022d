"""Every door of the house, found by asking the house: no list to keep up by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastapi.routing import APIRoute

from impasse.api.app import ROUTERS
from impasse.asgi import create_app
from impasse.web.app import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from access.town import Town

PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
BESIDE = (
    ("/health/live", "GET"),
    ("/health/ready", "GET"),
    ("/metrics", "GET"),
    ("/.well-known/security.txt", "GET"),
    ("/.well-known/jwks.json", "GET"),
    ("/calendar/{secret}.ics", "GET"),
    ("/aanmelden/uitgelogd/{provider}", "POST"),
)
"""Doors beside web and API; a test holds them against the application."""


@dataclass(frozen=True, order=True)
class Door:
    """One method of one address; `path` is a pattern such as `/api/v1/cases/{case}`."""

    path: str
    method: str

    @property
    def is_api(self) -> bool:
        """Whether a token opens it, and not a session."""
        return self.path.startswith("/api/")

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method not in {"GET", "HEAD"}


def doors() -> list[Door]:
    """Return every door of web, API and beside them, in order."""
    return sorted({*_web(), *_api(), *_beside()})


def _web() -> Iterator[Door]:
    for name in MODULES:
        # As the application itself does: a module that is not there brings no pages.
        if find_spec(f"impasse.web.{name}") is None:
            continue
        for page in import_module(f"impasse.web.{name}").PAGES:
            if page.show is not None:
                yield Door(page.path, "GET")
            if page.send is not None:
                yield Door(page.path, "POST")


def _api() -> Iterator[Door]:
    yield Door("/api/v1/openapi.json", "GET")
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods - {"HEAD"}:
                yield Door(f"/api/v1{route.path}", method)


def _beside() -> Iterator[Door]:
    for path, method in BESIDE:
        yield Door(path, method)


def filled(path: str, values: Mapping[str, str]) -> str:
    """Return *path* with its parameters filled in; `{room:caucus}` names which of several.

    A parameter that `values_of` does not know yet becomes something that is not there.
    """

    def value(match: re.Match[str]) -> str:
        name, variant = match[1], match[2]
        return values.get(f"{name}:{variant}" if variant else name, "not-there")

    return PARAMETER.sub(value, path)


def plain(path: str) -> str:
    """Return *path* as the route has it: without variants of parameters."""
    return PARAMETER.sub(r"{\1}", path)


def values_of(town: Town, door: Door, key: str) -> dict[str, str]:
    """Return a real value for every parameter that an address may have."""
    # On pages, `id` is of whatever the address is about.
    about = town.case
    if door.path.startswith("/overleg/"):
        about = town.meeting
    elif door.path.startswith("/proces/migraties/"):
        about = town.migration
    elif door.path.startswith("/beheer/gebruikers/"):
        about = "lisa"
    # Only a document has a file.
    number = "D2" if door.path.endswith(("/content", "/bestand")) else "N1"
    rooms = {"side": town.side.id, "caucus": town.caucus.id, "mediator": town.mediators.id}
    found = {
        "id": about,
        "case": town.case,
        "room": "shared",
        "kamer": "shared",
        "contribution": number,
        "bijdrage": number,
        "release": "V1",
        "voorstel": "V1",
        "task": "2-statement-1",
        "taak": "2-statement-1",
        "signal": "S1",
        "stay": "2",
        "suspension": town.suspension,
        "meeting": town.meeting,
        "candidate": town.candidate,
        "migration": town.migration,
        "webhook": town.webhook,
        "delivery": town.delivery,
        "workflow": "interbestuurlijke-impasse",
        "name": "interbestuurlijke-impasse",
        "version": "2",
        "calendar": town.house.calendar.version,
        "code": "not-found",
        "organisation": "gm0363",
        "provider": "no-provider",
        "hold": "B1",
        "item": "N1",
        "token": town.token,
        "notification": town.notification,
        "melding": town.notification,
        "user": "lisa",
        "substitution": town.substitution,
        "rota": "secretariaat",
        "policy": "nieuw-signaal@1",
        "duty": town.duty,
        "mail": town.mail,
        "escalation": "E1",
        "run": "E1",
        "snooze": town.snooze,
        "group": "bemiddelaars",
        "secret": town.feeds.get(key, "nobody"),
    }
    for variant, room in rooms.items():
        found[f"room:{variant}"] = found[f"kamer:{variant}"] = room
    return found


def mounted(town: Town) -> set[str]:
    """Return the addresses that stand beside web and API, as the application has them."""
    return {
        route.path
        for route in create_app(town.house).routes
        if getattr(route, "path", "") and not route.path.startswith("/api") and route.path
    }
