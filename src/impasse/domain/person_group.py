"""Named groups of persons that a policy of escalation can tell, such as the pool of mediators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.duty_plans import label_faults, name_faults
from impasse.domain.errors import Fault, Invalid, NotAllowed
from impasse.domain.people import Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from impasse.domain.people import Person

MOST_MEMBERS = 200
"""Persons that one group may hold."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of persons; policies of escalation call it by its name."""

    name: str
    label: Text
    members: tuple[str, ...]
    created_at: datetime
    created_by: str


def may_keep_groups(by: Person | None) -> bool:
    """Whether *by* (None: the machine) keeps groups: the secretariat, or an administrator."""
    if by is None:
        return True
    return Role.SUPERVISOR not in by.roles and bool(
        by.roles & {Role.SECRETARIAT, Role.ADMINISTRATOR}
    )


def authorise_groups(by: Person | None) -> None:
    """Raise `NotAllowed` unless *by* keeps groups."""
    if not may_keep_groups(by):
        raise NotAllowed(
            Text(
                "Groepen zijn aan het secretariaat en de beheerder.",
                "Groups are kept by the secretariat and the administrator.",
            )
        )


def refuse_group(group: Group, *, by: Person | None, persons: Mapping[str, Person]) -> None:
    """Raise what keeps *group* from being kept by *by*: `NotAllowed`, or `Invalid`.

    An empty group is allowed: a level that names it is then a level at which nobody is there.
    """
    authorise_groups(by)
    faults = [*name_faults(group.name), *label_faults(group.label)]
    if len(group.members) > MOST_MEMBERS:
        faults.append(
            Fault(
                "/members",
                Text(
                    f"Dit zijn er {len(group.members)}; er passen er {MOST_MEMBERS}.",
                    f"These are {len(group.members)}; there is room for {MOST_MEMBERS}.",
                ),
            )
        )
    seen: set[str] = set()
    for place, key in enumerate(group.members[:MOST_MEMBERS]):
        fault = _member_fault(key, persons.get(key), seen)
        seen.add(key)
        if fault is not None:
            faults.append(Fault(f"/members/{place}", fault))
    if faults:
        raise Invalid(Text("Deze groep kan zo niet.", "This group cannot be kept."), faults)


def _member_fault(key: str, person: Person | None, seen: set[str]) -> Text | None:
    if key in seen:
        return Text("Deze persoon staat er al in.", "This person is in it already.")
    if person is None or person.disabled or Role.SUPERVISOR in person.roles:
        return Text(
            "Kies iemand die zich kan aanmelden en geen toezichthouder is.",
            "Choose somebody who can sign in and is no supervisor.",
        )
    return None
