"""A case with rooms: two parties, their mediator, and everybody who has no business there."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from impasse.adapters.identity.secrets import TokenScope, issue_token
from impasse.adapters.sql.people import add_person
from impasse.domain.people import Person, Role
from impasse.domain.text import same

if TYPE_CHECKING:
    from datetime import datetime

    from impasse.wiring import House

MORE_PERSONS = (
    Person("mediator", "M.", same("Bemiddelaar"), "gm0599", frozenset({Role.MEDIATOR})),
    Person("other-mediator", "O.", same("Bemiddelaar"), "gm0599", frozenset({Role.MEDIATOR})),
    Person("supervisor", "T.", same("Toezichthouder"), "pv26", frozenset({Role.SUPERVISOR})),
    Person("amstel", "A. Mstel", same("Jurist"), "gm0363", frozenset({Role.LIAISON_OFFICER})),
)
SIDE, CAUCUS = "side-gm0363", "caucus-gm0363"
NOTE = {"kind": "note", "part": "view", "title": "Onze ondergrens", "text": "Een derde deel."}
REPORT = {"indicator": "A1", "reliability": "first_hand", "happenedOn": "2026-03-01"}


def let_in(house: House, tokens: dict[str, str], at: datetime) -> None:
    """Add the mediators, a supervisor and a second person of Amsterdam, each with a token.

    "shut" is Amsterdam with a token that opens no closed rooms.
    """
    for person in MORE_PERSONS:
        add_person(house.database, person)
        tokens[person.id] = issue_token(house.database, person.id, at=at).secret
    reads = {TokenScope.READ, TokenScope.WRITE}
    tokens["shut"] = issue_token(house.database, "amsterdam", at=at, scopes=reads).secret


def document(
    content: bytes = b"%PDF-1.7", name: str = "metingen.pdf", **other: Any
) -> dict[str, Any]:
    """Return a document as it is sent."""
    sent = {"fileName": name, "content": b64encode(content).decode()}
    return {"kind": "document", "part": "objective", "title": "Metingen", "document": sent, **other}
