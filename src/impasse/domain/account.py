"""Who can be given a name here: what is asked of somebody before that person can sign in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from impasse.domain.appointment import unfit_roles
from impasse.domain.errors import Conflict, Fault, Invalid
from impasse.domain.organs import organ_fault
from impasse.domain.people import Role
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.people import Person

LONGEST_USER = 60
LANGUAGES = ("", "nl", "en")
"""In which messages to somebody can be; "" is the language of the house."""

_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*", re.ASCII)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_NOBODY = frozenset({"clock", "replay", "cli", "operator", "system", "web", "api", "oidc"})
"""What stands in history, reads and logs where no person acted: nobody can be called so."""


def refuse_unfit(person: Person) -> None:
    """Raise `Invalid` with everything that is wrong with *person*; every door asks this.

    Whether the organisation is in the register is not asked here: only the register knows.
    """
    faults = [
        *_user_faults(person.id),
        *_line_faults("/name", person.name, Text("een naam", "a name")),
        *_line_faults("/function", person.function.nl, Text("een functie", "a function")),
        *_line_faults("/functionEn", person.function.en, Text("een functie", "a function")),
    ]
    organ = organ_fault(person.organ)
    if organ is not None:
        faults.append(organ)
    if person.email and (len(person.email) > LONGEST_NAME or not _EMAIL.fullmatch(person.email)):
        faults.append(
            Fault(
                "/email",
                Text(
                    "Schrijf een e-mailadres, zoals anna@gemeente.example, of laat het leeg.",
                    "Write an e-mail address, such as anna@gemeente.example, or leave it empty.",
                ),
            )
        )
    if person.language not in LANGUAGES:
        faults.append(
            Fault(
                "/language",
                Text("Kies nl, en, of laat het leeg.", "Choose nl, en, or leave it empty."),
            )
        )
    if not person.roles:
        faults.append(
            Fault("/roles", Text("Kies ten minste één rol.", "Choose at least one role."))
        )
    unfit = unfit_roles(person.roles)
    if unfit is not None:
        faults.append(Fault("/roles", unfit))
    if faults:
        raise Invalid(
            Text("Deze gebruiker kan zo niet.", "This user cannot be kept like this."), faults
        )


def _user_faults(user: str) -> list[Fault]:
    if user.casefold() in _NOBODY:
        return [
            Fault(
                "/id",
                Text(
                    f"Kies een andere gebruikersnaam: {user} betekent in de geschiedenis al iets.",
                    f"Choose another user name: {user} means something in history already.",
                ),
            )
        ]
    if len(user) <= LONGEST_USER and _USER.fullmatch(user):
        return []
    return [
        Fault(
            "/id",
            Text(
                "Kies een gebruikersnaam van letters, cijfers en . _ - @ +, hooguit "
                f"{LONGEST_USER} tekens, zonder spaties.",
                f"Choose a user name of letters, digits and . _ - @ +, at most {LONGEST_USER} "
                "signs, without spaces.",
            ),
        )
    ]


def _line_faults(pointer: str, written: str, what: Text) -> list[Fault]:
    if written.strip() and len(written) <= LONGEST_NAME and written.isprintable():
        return []
    return [
        Fault(
            pointer,
            Text(
                f"Schrijf {what.nl} op één regel, in ten hoogste {LONGEST_NAME} tekens.",
                f"Write {what.en} on one line, in at most {LONGEST_NAME} characters.",
            ),
        )
    ]


def refuse_to_change_oneself(actor: str, before: Person, after: Person) -> None:
    """Raise `Conflict` when *actor* changes what he or she may do here, or is disabled by it.

    So the last administrator cannot shut out everybody by accident, and none of them makes
    himself somebody who reads along: that takes a second administrator, whose name is in the log.
    """
    if actor != before.id:
        return
    if after.disabled or Role.ADMINISTRATOR not in after.roles:
        raise Conflict(
            Text(
                "U kunt uzelf niet uitzetten, en uzelf de rol van beheerder niet ontnemen. Laat "
                "een andere beheerder dat doen.",
                "You cannot disable yourself, nor take the role of administrator from yourself. "
                "Let another administrator do so.",
            )
        )
    if (after.roles, after.organisation) != (before.roles, before.organisation):
        raise Conflict(
            Text(
                "Uw eigen rollen en organisatie kunt u niet veranderen. Laat een andere beheerder "
                "dat doen.",
                "You cannot change your own roles or organisation. Let another administrator do "
                "so.",
            )
        )


def rights_in_words(person: Person) -> str:
    """Return what *person* may do and for whom, as a line of the log tells it."""
    return " ".join((person.organisation, *sorted(person.roles))).strip()
