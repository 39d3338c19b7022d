"""Who acts on the command line: a known person, with the roles that stand at that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.adoption import LONGEST_NAME
from impasse.domain.errors import Fault, Invalid, NotAllowed, NotFound
from impasse.domain.people import Actor
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.wiring import House


def actor_called(house: House, key: str) -> Actor:
    """Return the person with id *key*, who may do here what that person may do on a page.

    Raises `NotFound` for a name that nobody has, `NotAllowed` for who was disabled.
    """
    from impasse.adapters.sql.people import person
    from impasse.adapters.sql.substitutions import person_today

    if not key.isprintable():
        raise NotFound(Text("Die gebruiker bestaat niet.", "That user does not exist."))
    found = person(house.database, key)
    if found.disabled:
        raise NotAllowed(
            Text(
                f"Gebruiker {key} is uitgezet en kan niets meer doen.",
                f"User {key} is disabled and can do nothing any more.",
            )
        )
    today = person_today(house.database, found, house.clock())
    return Actor(today.id, today.organisation, today.roles, "cli")


def name_of_adopter(by: str) -> str:
    """Return the name after `--by` as it is kept; raises `Invalid` for what cannot be read back."""
    name = by.strip()
    if name and len(name) <= LONGEST_NAME and name.isprintable():
        return name
    raise Invalid(
        Text("Zo kan het niet.", "It cannot be done like this."),
        [
            Fault(
                "--by",
                Text(
                    f"Noem wie de kalender aanneemt, in ten hoogste {LONGEST_NAME} gewone tekens.",
                    f"Name who adopts the calendar, in at most {LONGEST_NAME} plain characters.",
                ),
            )
        ],
    )
