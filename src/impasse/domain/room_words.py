"""What a room of a case is called, and who is in it, in words: never the name of a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from impasse.domain.errors import NotFound
from impasse.domain.rooms import RoomKind
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from impasse.domain.case import Case
    from impasse.domain.rooms import Room

_NUMBER = re.compile("[NDSCV][1-9][0-9]{0,8}")
"""N1, D2, S3, C4 of what was brought in, V1 of what is proposed."""


def name_of_room(room: Room, case: Case) -> Text:
    """Return what *room* of *case* is called: "apart gesprek met Amsterdam"."""
    party = _party(room, case)
    match room.kind:
        case RoomKind.SHARED:
            return Text("gedeelde kamer", "shared room")
        case RoomKind.SIDE:
            return Text(f"eigen kamer van {party}", f"side room of {party}")
        case RoomKind.CAUCUS if room.mediator != case.mediator:
            return Text(
                f"apart gesprek van {party} met een eerdere bemiddelaar",
                f"caucus of {party} with an earlier mediator",
            )
        case RoomKind.CAUCUS:
            return Text(
                f"apart gesprek van {party} met de bemiddelaar",
                f"caucus of {party} with the mediator",
            )
        case RoomKind.MEDIATOR:
            return room.kind.label


def who_is_in(room: Room, case: Case) -> Text:
    """Return who can read what stands in *room* of *case*."""
    party = _party(room, case)
    match room.kind:
        case RoomKind.SHARED:
            return Text("Alle partijen, de bemiddelaar en het secretariaat.",
                        "All parties, the mediator and the secretariat.")  # fmt: skip
        case RoomKind.SIDE:
            return Text(f"Alleen wie spreekt voor {party}.", f"Only those who speak for {party}.")
        case RoomKind.CAUCUS if room.mediator != case.mediator:
            return Text(
                f"Alleen wie spreekt voor {party}: deze bemiddelaar is niet meer aangewezen.",
                f"Only those who speak for {party}: this mediator is no longer appointed.",
            )
        case RoomKind.CAUCUS:
            return Text(
                f"Alleen wie spreekt voor {party} en de bemiddelaar.",
                f"Only those who speak for {party} and the mediator.",
            )
        case RoomKind.MEDIATOR:
            return Text("Alleen de bemiddelaar.", "The mediator only.")


def nothing_called(key: str) -> NotFound:
    """Return the one error for a contribution or proposal that is not in a room."""
    what = same(key) if key.isprintable() and key else Text("Dit", "This")
    return NotFound(what + Text(" staat niet in deze kamer.", " is not in this room."))


def refuse_no_number(key: str) -> None:
    """Raise `NotFound` for what can be no number in any room: nobody is noted to have read it."""
    if not _NUMBER.fullmatch(key):
        raise nothing_called(key)


def _party(room: Room, case: Case) -> str:
    found = case.party(room.organisation)
    return room.organisation if found is None else found.name
