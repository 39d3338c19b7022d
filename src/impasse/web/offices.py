"""Persons as pages show them: by function and organisation, not by name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from impasse.adapters.sql.people import list_persons
from impasse.domain.appointment import stake
from impasse.domain.errors import NotFound
from impasse.domain.organs import office_of
from impasse.domain.people import CLOCK, Role
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from impasse.domain.case import Case, Party
    from impasse.domain.people import Person
    from impasse.wiring import House

_THE_CLOCK = Text("de klok", "the clock")
_HANDLES = frozenset({Role.SECRETARIAT, Role.LIAISON_OFFICER})


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose in a form: its value and its words."""

    value: str
    label: Text


@dataclass(slots=True)
class Offices:
    """Everybody who can sign in, and the names of their organisations."""

    house: House
    persons: Mapping[str, Person]
    names: dict[str, str] = field(default_factory=dict)

    def organisation(self, key: str) -> str:
        """Return the name of an organisation; what its id says when it stands nowhere."""
        if key not in self.names:
            try:
                self.names[key] = self.house.views.organisation(key).name
            except NotFound:
                # Who stands in no register has a name of our own for an id.
                self.names[key] = key.removeprefix("x-").replace("-", " ")
        return self.names[key]

    def who(self, person: str, organisation: str = "") -> Text:
        """Return who acted: "liaison, college, gemeente Almere"; the clock by its own name."""
        if person == CLOCK.person:
            return _THE_CLOCK
        known = self.persons.get(person)
        if known is None:
            return same(self.organisation(organisation) if organisation else person)
        place = self.organisation(known.organisation) if known.organisation else ""
        return office_of(known) + same(f", {place}" if place else "")

    def handlers(self) -> tuple[Choice, ...]:
        """Return who can be appointed as handler."""
        return self._choices(p for p in self.persons.values() if p.roles & _HANDLES)

    def mediators(self, parties: Iterable[Party]) -> tuple[Choice, ...]:
        """Return who can be appointed as mediator between *parties*: nobody of theirs."""
        among = tuple(parties)
        return self._choices(
            p
            for p in self.persons.values()
            if Role.MEDIATOR in p.roles and stake(p.organisation, among) is None
        )

    def _choices(self, persons: Iterable[Person]) -> tuple[Choice, ...]:
        """Return *persons* by function; those who share one are told apart by name."""
        able = [
            person
            for person in persons
            if not person.disabled and Role.SUPERVISOR not in person.roles
        ]
        labels = [self.who(person.id) for person in able]
        shown = [
            label if labels.count(label) == 1 else label + same(f" ({person.name})")
            for person, label in zip(able, labels, strict=True)
        ]
        pairs = sorted(zip(able, shown, strict=True), key=lambda pair: pair[1].nl.lower())
        return tuple(Choice(person.id, label) for person, label in pairs)


def offices_of(house: House, case: Case | None = None) -> Offices:
    """Return the offices, with the names of the parties to *case* as the case keeps them."""
    known = {person.id: person for person in list_persons(house.database)}
    names = {} if case is None else {p.organisation: p.name for p in case.parties}
    return Offices(house, known, names)


def named(text: Text, parties: Iterable[Party]) -> Text:
    """Return *text* with the names of parties where it has their ids."""
    names = {party.organisation: party.name for party in parties}
    if not names:
        return text
    ids = re.compile(r"\b(?:" + "|".join(re.escape(key) for key in names) + r")\b")
    return Text(
        ids.sub(lambda found: names[found[0]], text.nl),
        ids.sub(lambda found: names[found[0]], text.en),
    )
