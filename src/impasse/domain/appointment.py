"""Who can carry which roles, and who can be appointed to a case: independence by construction.

A supervisor (interbestuurlijk toezicht) may have to intervene in what the parties do, so whoever
is one is nothing else here. A mediator works for none of the parties, nor for the umbrella body
that speaks for one, nor for a member of an umbrella body that is a party.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.errors import Conflict, Fault, Invalid
from impasse.domain.people import Layer, Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from impasse.domain.case import Case, Party
    from impasse.domain.commands import Appoint
    from impasse.domain.decision import Given
    from impasse.domain.people import Person

APPOINTED = frozenset(Role) - {Role.PARTY, Role.CLOCK}
"""The roles that a person can be given: that of party comes from the case, that of clock never."""

SUPERVISOR_ALONE = Text(
    "Een toezichthouder heeft hier geen andere rol: interbestuurlijk toezicht blijft buiten de "
    "bemiddeling. Geef alleen de rol supervisor, of laat die weg.",
    "A supervisor has no other role here: intergovernmental supervision stays out of mediation. "
    "Give the role supervisor alone, or leave it out.",
)

_UMBRELLAS: Mapping[str, frozenset[Layer]] = {
    "x-vng": frozenset({Layer.MUNICIPALITY, Layer.CARIBBEAN}),
    "x-ipo": frozenset({Layer.PROVINCE}),
    "x-uvw": frozenset({Layer.WATER_AUTHORITY}),
}
"""The umbrella bodies of the register, and of which layers their members are."""

_LAYER_OF_CODE: Mapping[str, Layer] = {
    "gm": Layer.MUNICIPALITY,
    "col": Layer.CARIBBEAN,
    "pv": Layer.PROVINCE,
    "ws": Layer.WATER_AUTHORITY,
    "mnre": Layer.NATIONAL,
}
"""With what the TOOI code of an organisation begins, per layer."""


def unfit_roles(roles: Iterable[Role]) -> Text | None:
    """Say why nobody can carry exactly these *roles*, or None when somebody can."""
    held = frozenset(roles)
    if Role.SUPERVISOR in held and len(held) > 1:
        return SUPERVISOR_ALONE
    never = sorted(held - APPOINTED)
    if never:
        known = ", ".join(sorted(APPOINTED))
        return Text(
            f"De rol {never[0].value} kan niemand krijgen: die volgt uit de zaak. "
            f"Kies uit: {known}.",
            f"The role {never[0].value} can be given to nobody: it follows from the case. "
            f"Choose from: {known}.",
        )
    return None


def carried(roles: Iterable[Role]) -> frozenset[Role]:
    """Return what of *roles* somebody carries when they stand at a name, however they got there.

    A supervisor carries nothing beside it, and nobody what can be given to nobody.
    """
    held = frozenset(roles) & APPOINTED
    return frozenset({Role.SUPERVISOR}) if Role.SUPERVISOR in held else held


def refuse_unfit_roles(roles: Iterable[Role], pointer: str = "/roles") -> None:
    """Raise `Invalid` when nobody can carry exactly these *roles*; every door asks this."""
    found = unfit_roles(roles)
    if found is not None:
        raise Invalid(
            Text("Deze rollen kunnen zo niet.", "These roles cannot be given like this."),
            [Fault(pointer, found)],
        )


def stake(organisation: str, parties: Iterable[Party]) -> Text | None:
    """Say why somebody who works for *organisation* has a stake among *parties*, or None."""
    for party in parties:
        if party.organisation == organisation:
            return Text(f"{party.name} is zelf partij", f"{party.name} is a party itself")
        if party.layer in _UMBRELLAS.get(organisation, ()):
            return Text(
                f"die koepel spreekt voor {party.name}",
                f"that umbrella body speaks for {party.name}",
            )
        if _layer_of(organisation) in _UMBRELLAS.get(party.organisation, ()):
            return Text(
                f"die organisatie is lid van {party.name}",
                f"that organisation is a member of {party.name}",
            )
    return None


def appointment_fault(case: Case, command: Appoint, given: Given) -> Fault | None:
    """Return what is wrong with an appointment; a replay names people who cannot sign in."""
    if command.office not in {"handler", "mediator"}:
        return Fault(
            "/office",
            Text("Kies behandelaar of bemiddelaar.", "Choose handler or mediator."),
        )
    if not command.appointee.strip():
        return Fault("/appointee", Text("Kies wie u aanwijst.", "Choose whom you appoint."))
    if given.actor.origin == "replay":
        return None
    person = given.appointee
    if person is None or person.disabled:
        return Fault(
            "/appointee",
            Text(
                "Zo iemand is hier niet bekend. Kies iemand die zich kan aanmelden.",
                "Nobody is known here by that name. Choose somebody who can sign in.",
            ),
        )
    if Role.SUPERVISOR in person.roles:
        return Fault(
            "/appointee",
            Text(
                "Deze persoon is toezichthouder en blijft buiten elke zaak. Kies iemand anders.",
                "This person is a supervisor and stays out of every case. Choose somebody else.",
            ),
        )
    if command.office == "mediator":
        return _mediator_fault(case, person)
    return None


def _mediator_fault(case: Case, person: Person) -> Fault | None:
    if Role.MEDIATOR not in person.roles:
        return Fault(
            "/appointee",
            Text(
                "Deze persoon is geen bemiddelaar. Kies iemand met die rol.",
                "This person is no mediator. Choose somebody with that role.",
            ),
        )
    because = stake(person.organisation, case.parties)
    if because is None:
        return None
    return Fault(
        "/appointee",
        Text(
            f"Deze bemiddelaar is niet onafhankelijk: {because.nl}. Kies iemand die voor geen van "
            "de partijen werkt.",
            f"This mediator is not independent: {because.en}. Choose somebody who works for none "
            "of the parties.",
        ),
    )


def refuse_party_of_mediator(case: Case, party: Party, mediator: Person | None) -> None:
    """Raise `Conflict` when *party* would make the mediator of *case* one of a party."""
    if mediator is None or mediator.id != case.mediator:
        return
    because = stake(mediator.organisation, [party])
    if because is None:
        return
    raise Conflict(
        Text(
            f"{party.name} kan er niet bij: de bemiddelaar van deze zaak zou niet meer "
            f"onafhankelijk zijn ({because.nl}). Laat het secretariaat eerst een andere "
            "bemiddelaar aanwijzen.",
            f"{party.name} cannot join: the mediator of this case would no longer be independent "
            f"({because.en}). Have the secretariat appoint another mediator first.",
        )
    )


def _layer_of(organisation: str) -> Layer | None:
    return _LAYER_OF_CODE.get(organisation.rstrip("0123456789"))
