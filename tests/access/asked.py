"""What is sent to a door that changes something: a valid request about the case of the town.

Most requests to the API follow from its own description: the example that stands there, or else a
value of the right kind. What that does not get right stands here by hand, and so do all forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from access.town import VERSION

if TYPE_CHECKING:
    from access.doors import Door
    from access.town import Town

_KNOWN: Mapping[str, Any] = {
    "organisation": "gm0363",
    "parties": ["gm0363", "pv27"],
    "indicator": "A1",
    "happenedOn": "2026-09-20",
    "fromDay": "2026-11-16",
    "untilDay": "2026-11-20",
    "substitute": "lisa",
    "from": "2",
    "to": "access-1",
}
"""Values for fields of these names, wherever they stand."""

_BODIES: Mapping[tuple[str, str], Any] = {
    ("POST", "/cases/{case}/transitions"): {"trigger": "withdraw", "note": "Het is niet nodig."},
    ("POST", "/cases/{case}/appointments"): {"office": "mediator", "appointee": "ben"},
    ("POST", "/cases/{case}/tiers"): {"tier": "overhedenoverleg", "reason": "Allen willen het."},
    ("POST", "/cases/{case}/parties"): {"organisation": "pv28"},
    ("POST", "/cases/{case}/task-closings"): {"name": "statement", "reason": "Genoeg gehoord."},
    ("POST", "/cases/{case}/terms/{stay}/extensions"): {"length": "5 dagen", "reason": "Meer tijd"},
    ("POST", "/cases/{case}/terms/{stay}/extension-previews"): {
        "length": "5 dagen",
        "reason": "Meer tijd",
    },
    ("POST", "/cases/{case}/disclosure-assessments"): {"item": "N1", "disclosure": "full"},
    ("POST", "/meetings/{meeting}/agenda-items"): {"candidate": "{candidate}", "accepted": True},
    ("POST", "/cases/{case}/rooms/{room}/releases"): {
        "contribution": "N1",
        "title": "Een notitie",
        "text": "Wat er staat.",
        "part": "view",
    },
    ("POST", "/rotas"): {
        "name": "achterwacht",
        "label": {"nl": "Achterwacht", "en": "Second line"},
        "organisation": "mnre1034",
    },
    ("POST", "/rotas/{rota}/duties"): {
        "persons": ["sam"],
        "fromDay": "2026-11-16",
        "untilDay": "2026-11-20",
    },
    ("POST", "/rotas/{rota}/swaps"): {
        "person": "bea",
        "fromDay": "2026-11-03",
        "untilDay": "2026-11-03",
    },
    ("POST", "/groups"): {
        "name": "meelezers",
        "label": {"nl": "Meelezers", "en": "Readers"},
        "members": ["ben"],
    },
    ("PUT", "/groups/{group}"): {
        "label": {"nl": "Bemiddelaars", "en": "Mediators"},
        "members": ["ben", "mia"],
    },
    ("POST", "/cases/{case}/escalations"): {"policy": "nieuw-signaal"},
    ("POST", "/webhooks"): {"url": "https://hook.example.org/other"},
    ("POST", "/webhooks/{webhook}/secrets"): {"keepOldHours": 1},
    ("POST", "/webhooks/{webhook}/activations"): {},
    ("POST", "/inbound-mails/{mail}/releases"): {},
    ("POST", "/delivery-replays"): {},
    ("POST", "/deliveries/{delivery}/replays"): {},
}

_REASON = {"reden": "Daarom.", "toelichting": "Daarom.", "tekst": "Zo staat het er."}
_DAY = {"dag": "2026-10-01"}
_FORMS: Mapping[str, Mapping[str, Any]] = {
    "/afwezigheid": {"vervanger": "lisa", "van": "2026-11-16", "tot": "2026-11-20"},
    "/afwezigheid/einde": {"nummer": "{substitution}"},
    "/agenda-abonnement": {"actie": "maak"},
    "/bezorgingen": {"actie": "een", "nummer": "{delivery}"},
    "/rooster": {
        "actie": "plan",
        "rooster": "secretariaat",
        "persoon-1": "sam",
        "weken": "1",
        "van": "2026-11-16",
        "tot": "2026-11-20",
    },
    "/rooster/groepen": {"actie": "erbij", "groep": "bemiddelaars", "wie": "mia"},
    "/impasses/{id}/aanwijzen": {"ambt": "mediator", "wie": "ben"},
    "/impasses/{id}/bevestigen": {"soort": "hearing", "organisatie": "pv27", **_REASON},
    "/impasses/{id}/escaleren": {"niveau": "overhedenoverleg", **_REASON},
    "/impasses/{id}/fase": {"zet": "withdraw", **_REASON},
    "/impasses/{id}/gebeurtenis": {**_REASON, **_DAY},
    "/impasses/{id}/hervat": {"opschorting": "O1", "stap": "doe", **_REASON, **_DAY},
    "/impasses/{id}/instemmen": {"organisatie": "gm0363", "versie_naar": VERSION},
    "/impasses/{id}/kamers/{kamer}": {
        "daad": "notitie",
        "titel": "Een notitie",
        "deel": "view",
        "iedereen": "ja",
        **_REASON,
    },
    "/impasses/{id}/kamers/{kamer}/voorstel/{voorstel}": {"daad": "wijs-af", **_REASON},
    "/impasses/{id}/kamers/{kamer}/{bijdrage}": {
        "daad": "vernietig",
        "zeker": "ja",
        **_REASON,
    },
    "/impasses/{id}/opschaling": {"beleid": "nieuw-signaal"},
    "/impasses/{id}/opschaling/{run}": {
        "daad": "oppakken",
        "stap": "Wij bellen morgen.",
        "tot": "2026-10-16",
    },
    "/impasses/{id}/partij": {"organisatie": "pv28"},
    "/impasses/{id}/schort-op": {
        "reden": "awaiting_party",
        "wie": "pv27",
        "vanaf": "2026-10-12",
        "tot": "2026-10-30",
        "toelichting": "Metingen",
        "stap": "doe",
    },
    "/impasses/{id}/signaal": {
        "signaal": "A1",
        "zekerheid": "document",
        "organisatie": "gm0363",
        **_REASON,
        **_DAY,
    },
    "/impasses/{id}/sluiten": {"nummer": "S1", **_REASON, **_DAY},
    "/impasses/{id}/verleng": {"lengte": "5 dagen", "stap": "doe", **_REASON},
    "/impasses/{id}/werk/{taak}": {"daad": "pak-op"},
    "/post": {"actie": "gooi-weg", "mail": "{mail}", **_REASON},
    "/overleg": {
        "dag": "2027-01-14",
        "begin": "13:00",
        "einde": "16:00",
        "plaats": "Den Haag",
        "sluit": "2027-01-07",
    },
    "/mijn-werk/instellingen": {
        "dagen": "1",
        "van": "09:00",
        "tot": "17:00",
        "minuten": "15",
        "overzicht": "daily",
        "overzichttijd": "08:30",
    },
    "/mijn-werk/meldingen": {"tot": "2026-10-12T09:00:00+00:00"},
    "/mijn-werk/meldingen/{melding}": {"oordeel": "right"},
    "/overleg/{id}": {"voorstel": "{candidate}", "besluit": "neem-op", "minuten": "20"},
}

QUERIES: Mapping[str, str] = {
    "/api/v1/search-results": "?q=kade",
    "/zoeken": "?q=kade",
    "/api/v1/cases/{case}/escalation-outlook": "?policy=nieuw-signaal",
}
"""What an address wants to be asked with."""


def body_of(town: Town, door: Door) -> Any:
    """Return a body for a request to the API; None when the door takes none."""
    path = door.path.removeprefix("/api/v1")
    if (door.method, path) in _BODIES:
        return _filled(_BODIES[door.method, path], town)
    described = _described(town.app)
    operation = described["paths"].get(path, {}).get(door.method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    return _sample("", content.get("schema", {}), described)


def form_of(town: Town, door: Door) -> dict[str, Any]:
    """Return the fields of a form."""
    return dict(_filled(_FORMS.get(door.path, {}), town))


_DESCRIPTIONS: dict[int, Any] = {}


def _described(app: Any) -> Any:
    if id(app) not in _DESCRIPTIONS:
        from starlette.testclient import TestClient

        _DESCRIPTIONS[id(app)] = TestClient(app).get("/api/v1/openapi.json").json()
    return _DESCRIPTIONS[id(app)]


def _filled(body: Any, town: Town) -> Any:
    if isinstance(body, Mapping):
        return {name: _filled(value, town) for name, value in body.items()}
    known = {"{candidate}": town.candidate, "{substitution}": town.substitution}
    known |= {"{mail}": town.mail, "{delivery}": town.delivery}
    return known.get(body, body) if isinstance(body, str) else body


def _sample(name: str, schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        found: Any = whole
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _sample(name, found, whole)
    choices = [schema[key][0] for key in ("anyOf", "oneOf", "allOf") if key in schema]
    for known in (_KNOWN.get(name), *schema.get("examples", ()), *schema.get("enum", ())):
        if known is not None:
            return known
    return _sample(name, choices[0], whole) if choices else _made(name, schema, whole)


def _made(name: str, schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", [])
            return {
                key: _sample(key, inner, whole)
                for key, inner in schema.get("properties", {}).items()
                if key in wanted
            }
        case "array":
            return [_sample(name, schema.get("items", {}), whole)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return _TEXTS.get(schema.get("format", ""), "tekst")


_TEXTS = {"date": "2026-10-20", "date-time": "2026-10-20T10:00:00Z"}
