"""What a room of a case is called, and who is in it, in words: never the name of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.rooms import RoomKind
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.case import Case
    from impasse.domain.rooms import Room


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


def _party(room: Room, case: Case) -> str:
    found = case.party(room.organisation)
    return room.organisation if found is None else found.name
