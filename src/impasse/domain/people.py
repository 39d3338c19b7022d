"""Who takes part: organisations of government, persons, and the roles they act in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date


class Layer(StrEnum):
    """A layer of Dutch government, or what stands beside it."""

    NATIONAL = "national"
    PROVINCE = "province"
    MUNICIPALITY = "municipality"
    WATER_AUTHORITY = "water_authority"
    UMBRELLA = "umbrella"
    JOINT_BODY = "joint_body"
    CARIBBEAN = "caribbean"
    OTHER = "other"

    @property
    def label(self) -> Text:
        """The layer in words."""
        return _LAYER_LABELS[self]


_LAYER_LABELS = {
    Layer.NATIONAL: Text("Rijk", "national government"),
    Layer.PROVINCE: Text("provincie", "province"),
    Layer.MUNICIPALITY: Text("gemeente", "municipality"),
    Layer.WATER_AUTHORITY: Text("waterschap", "water authority"),
    Layer.UMBRELLA: Text("koepel", "umbrella body"),
    Layer.JOINT_BODY: Text("samenwerkingsverband", "joint body"),
    Layer.CARIBBEAN: Text("Caribisch openbaar lichaam", "Caribbean public body"),
    Layer.OTHER: Text("anders", "other"),
}


GOVERNMENTS = frozenset(Layer) - {Layer.OTHER}
"""The layers that are government, umbrella bodies among them: whose consent counts."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body of government as the register knows it.

    `id` is the TOOI code ("gm0363", "pv27", "ws0155", "mnre1034"), or a code of our own with
    prefix "x-" for who stands in no official list. `oin` is a string of 20 positions: leading
    zeros count. A koepel (`Layer.UMBRELLA`) represents its members but does not bind them.
    """

    id: str
    name: str
    layer: Layer
    abbreviation: str = ""
    province: str = ""
    oin: str = ""
    tooi_uri: str = ""
    valid_from: date | None = None
    valid_until: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the organisation existed on *day*."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


class Role(StrEnum):
    """What somebody may be to a case.

    `PARTY` is never given to a person: who speaks for an organisation that is a party to the
    case has it there, and only there.
    """

    LIAISON_OFFICER = "liaison_officer"
    PARTY = "party"
    MEDIATOR = "mediator"
    SECRETARIAT = "secretariat"
    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    """Interbestuurlijk toezicht: kept out of every case, so that no supervisor mediates."""
    CLOCK = "clock"

    @property
    def label(self) -> Text:
        """The role in words."""
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.LIAISON_OFFICER: Text("liaison", "liaison officer"),
    Role.PARTY: Text("partij", "party"),
    Role.MEDIATOR: Text("bemiddelaar", "mediator"),
    Role.SECRETARIAT: Text("secretariaat", "secretariat"),
    Role.ADMINISTRATOR: Text("beheerder", "administrator"),
    Role.SUPERVISOR: Text("toezichthouder", "supervisor"),
    Role.CLOCK: Text("klok", "clock"),
}


class Rank(StrEnum):
    """How high somebody stands in an organisation, for escalation in pairs. No right follows."""

    OFFICER = "officer"
    HEAD = "head"
    DIRECTOR = "director"
    EXECUTIVE = "executive"

    @property
    def label(self) -> Text:
        """The rank in words."""
        return _RANK_LABELS[self]


_RANK_LABELS = {
    Rank.OFFICER: Text("medewerker", "officer"),
    Rank.HEAD: Text("hoofd van de beleidsafdeling", "head of the policy unit"),
    Rank.DIRECTOR: Text("directeur", "director"),
    Rank.EXECUTIVE: Text("bestuurder", "executive"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in. Screens show `function` and organisation, not the name.

    `organ` is the part of the organisation for which somebody acts, such as "college van B&W".
    `stands_in_for` are the persons who are absent today and whose roles this one carries too.
    `language` is the one of messages to this person; "" is that of the house.
    """

    id: str
    name: str
    function: Text
    organisation: str
    roles: frozenset[Role]
    disabled: bool = False
    organ: str = ""
    email: str = ""
    stands_in_for: tuple[str, ...] = ()
    rank: Rank = Rank.OFFICER
    language: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts now, and through which door: `origin` is web, api, cli, clock or replay.

    Without `confidential` no room but the shared one exists for the actor: so works a token that
    was not given the scope for rooms.
    """

    person: str
    organisation: str
    roles: frozenset[Role]
    origin: str
    confidential: bool = True

    def has(self, role: Role) -> bool:
        """Whether the actor carries *role* by appointment."""
        return role in self.roles


CLOCK = Actor(person="clock", organisation="", roles=frozenset({Role.CLOCK}), origin="clock")
"""The actor behind everything that time does."""
