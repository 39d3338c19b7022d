"""A house with one case, its two parties, a mediator, and the rooms that they have."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from builders import SECRETARY, HandClock, an_opening
from impasse.adapters.sql.people import add_person
from impasse.domain.commands import Appoint, Contribute, DecideRelease, ProposeRelease
from impasse.domain.people import Actor, Person, Role
from impasse.domain.rooms import ContributionKind, Part, Room, RoomKind
from impasse.domain.text import same
from impasse.settings import Settings
from impasse.wiring import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.case import Case
    from impasse.domain.rooms import Release
    from impasse.engine.ports import Receipt
    from impasse.wiring import House

LIAISON = frozenset({Role.LIAISON_OFFICER})
PROVINCE = Actor("liaison-provincie", "pv27", LIAISON, "web")
CITY = Actor("liaison-stad", "gm0363", LIAISON, "web")
COLLEAGUE = Actor("collega-stad", "gm0363", LIAISON, "web")
MEDIATOR = Actor("bemiddelaar", "x-onafhankelijk", frozenset({Role.MEDIATOR}), "web")
NEXT_MEDIATOR = Actor("opvolger", "x-onafhankelijk", frozenset({Role.MEDIATOR}), "web")
SUPERVISOR = Actor("toezicht", "pv27", frozenset({Role.SUPERVISOR}), "web")
ADMINISTRATOR = Actor("beheer", "mnre1034", frozenset({Role.ADMINISTRATOR}), "web")
STRANGER = Actor("liaison-elders", "gm0344", LIAISON, "web")
EVERYONE = (
    PROVINCE,
    CITY,
    COLLEAGUE,
    MEDIATOR,
    NEXT_MEDIATOR,
    SUPERVISOR,
    ADMINISTRATOR,
    STRANGER,
    SECRETARY,
)

CITY_ROOM = Room(RoomKind.SIDE, "gm0363")
CITY_CAUCUS = Room(RoomKind.CAUCUS, "gm0363", MEDIATOR.person)
MEDIATORS_ROOM = Room(RoomKind.MEDIATOR, mediator=MEDIATOR.person)


@dataclass
class Dispute:
    """One case in a running house."""

    house: House
    case_id: str
    clock: HandClock = field(default_factory=HandClock)

    @property
    def case(self) -> Case:
        """The case as it stands now."""
        return self.house.views.case(SECRETARY, self.case_id)

    def write(self, who: Actor, room: Room, text: str = "tot tien miljoen", **more: Any) -> str:
        """Write a note; return its number."""
        command = Contribute(
            self.case_id, room, ContributionKind.NOTE, Part.VIEW, "Onze ruimte", text
        )
        return self.house.engine.handle(replace(command, **more), who).created

    def propose(
        self, who: Actor, room: Room, contribution: str, text: str = "Er is ruimte."
    ) -> str:
        """Propose to share these words; return the number of the release."""
        command = ProposeRelease(
            self.case_id, room, contribution, "Ruimte in de verdeling", text, Part.OBJECTIVE
        )
        return self.house.engine.handle(command, who).created

    def release(self, who: Actor, room: Room, key: str) -> Release:
        """Read a release."""
        return self.house.rooms.release(who, self.case, room, key)

    def decide(self, who: Actor, room: Room, key: str, *, approved: bool = True) -> Receipt:
        """Decide on a release, having read what is proposed."""
        wording = self.release(who, room, key).wording
        command = DecideRelease(self.case_id, room, key, approved, wording)
        return self.house.engine.handle(command, who)

    def texts(self, who: Actor, room: Room) -> list[str]:
        """Read a room."""
        found = self.house.rooms.contributions(who, self.case, room)
        return [contribution.text for contribution in found]


@contextmanager
def a_dispute(url: str) -> Iterator[Dispute]:
    """Open a house with one case of a province and a city, and a mediator."""
    clock = HandClock()
    house = build(Settings(database_url=url), clock=clock)
    try:
        house.procedures.adopt(
            house.settings.workflows_folder / "interbestuurlijke-impasse.yaml",
            by="test",
            at=clock(),
        )
        for actor in EVERYONE:
            add_person(
                house.database,
                Person(actor.person, "Naam", same("functie"), actor.organisation, actor.roles),
            )
        case = house.engine.handle(an_opening(), SECRETARY).subject
        house.engine.handle(Appoint(case, "mediator", MEDIATOR.person), SECRETARY)
        yield Dispute(house, case, clock)
    finally:
        house.close()
