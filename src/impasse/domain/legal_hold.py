"""A legal hold: as long as one stands, nothing of a case is destroyed, by anybody.

Source: Woo, article 4.1a: a body sees to it that the documents that a request concerns are kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain.decision import Message
from impasse.domain.disclosure import LegalHold
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed
from impasse.domain.history import Entry
from impasse.domain.people import Role
from impasse.domain.reporting import long_faults
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.domain.commands import LiftHold, PlaceHold
    from impasse.domain.decision import Decision, Given

_WHO = (Role.PARTY, Role.SECRETARIAT)


def standing(holds: Iterable[LegalHold]) -> tuple[LegalHold, ...]:
    """Return the holds that were not lifted."""
    return tuple(hold for hold in holds if hold.lifted_at is None)


def refuse_held(holds: Iterable[LegalHold]) -> None:
    """Raise `Conflict` that names the first hold that stands, if there is one."""
    for hold in standing(holds):
        mark = f" ({hold.reference})" if hold.reference else ""
        raise Conflict(
            Text(
                f"Er geldt een bewaarplicht {hold.id}{mark}: van deze zaak mag niets worden "
                "vernietigd totdat zij is opgeheven.",
                f"Legal hold {hold.id}{mark} stands: nothing of this case may be destroyed until "
                "it is lifted.",
            )
        )


def place_hold(decision: Decision, command: PlaceHold, given: Given) -> None:
    """Forbid destroying anything of the case; also of a case that is closed.

    By a party for itself, or by the secretariat for any party. Raises `Invalid` with every fault
    at once, `Conflict` when the same request holds the case already.
    """
    case = decision.case
    assert case is not None  # noqa: S101 a hold is placed on a case that exists
    faults = long_faults(command.reason, "/reason")
    if not command.reason.strip():
        faults.append(
            Fault(
                "/reason",
                Text(
                    "Schrijf waarom alles bewaard moet blijven, zoals een Woo-verzoek.",
                    "Write why everything must be kept, such as a request under the Woo.",
                ),
            )
        )
    if not command.reference.isprintable():
        faults.append(
            Fault(
                "/reference",
                Text("Een kenmerk is één regel.", "A reference is a single line."),
            )
        )
    party = case.party(command.organisation)
    if party is None:
        faults.append(
            Fault(
                "/organisation",
                Text(
                    "Kies een organisatie die partij is in deze zaak.",
                    "Choose an organisation that is a party to this case.",
                ),
            )
        )
    elif not _speaks_for(command.organisation, given):
        faults.append(
            Fault(
                "/organisation",
                Text(
                    "U spreekt alleen voor uw eigen organisatie.",
                    "You speak for your own organisation only.",
                ),
            )
        )
    if faults or party is None:
        raise Invalid(
            Text("Deze bewaarplicht kan zo niet.", "This legal hold cannot be placed as it is."),
            faults,
        )
    reference = command.reference.strip()
    for hold in standing(given.holds):
        if reference and (hold.organisation, hold.reference) == (party.organisation, reference):
            raise Conflict(
                Text(
                    f"Voor {reference} van {party.name} geldt al bewaarplicht {hold.id}.",
                    f"Legal hold {hold.id} stands for {reference} of {party.name} already.",
                )
            )
    placed = LegalHold(
        id=f"B{len(given.holds) + 1}",
        organisation=party.organisation,
        reason=command.reason.strip(),
        reference=reference,
        placed_by=given.actor.person,
        placed_at=given.at,
    )
    decision.holds.append(placed)
    decision.created = placed.id
    decision.entries.append(
        Entry(
            "hold_placed",
            {
                "hold": placed.id,
                "organisation": party.organisation,
                "name": party.name,
                "reason": placed.reason,
                "reference": reference,
            },
        )
    )
    decision.messages.append(
        Message(
            "hold-placed",
            _WHO,
            Text(
                "Er geldt een bewaarplicht: van deze zaak mag niets worden vernietigd.",
                "A legal hold stands: nothing of this case may be destroyed.",
            ),
        )
    )


def lift_hold(decision: Decision, command: LiftHold, given: Given) -> None:
    """End a hold: by the party for which it stands, or by the secretariat, with a reason.

    Raises `Conflict` when it does not stand, `NotAllowed` for another party, `Invalid` without
    a reason.
    """
    found = next((hold for hold in standing(given.holds) if hold.id == command.hold), None)
    if found is None:
        raise Conflict(
            Text(
                f"Bewaarplicht {command.hold} geldt niet (meer) voor deze zaak.",
                f"Legal hold {command.hold} does not stand for this case (any more).",
            )
        )
    if not _speaks_for(found.organisation, given):
        raise NotAllowed(
            Text(
                "Een bewaarplicht heft op wie haar vroeg, of het secretariaat.",
                "A legal hold is lifted by who asked for it, or by the secretariat.",
            )
        )
    faults = long_faults(command.reason, "/reason")
    if not command.reason.strip():
        faults.append(
            Fault(
                "/reason",
                Text(
                    "Schrijf waarom er weer vernietigd mag worden.",
                    "Write why things may be destroyed again.",
                ),
            )
        )
    if faults:
        raise Invalid(
            Text(
                "Deze bewaarplicht kan zo niet worden opgeheven.",
                "This legal hold cannot be lifted as it is.",
            ),
            faults,
        )
    reason = command.reason.strip()
    decision.holds.append(
        replace(found, lifted_by=given.actor.person, lifted_at=given.at, lifted_because=reason)
    )
    decision.entries.append(Entry("hold_lifted", {"hold": found.id, "reason": reason}))
    decision.messages.append(
        Message(
            "hold-lifted",
            _WHO,
            Text("Een bewaarplicht is opgeheven.", "A legal hold was lifted."),
        )
    )


def _speaks_for(organisation: str, given: Given) -> bool:
    return given.actor.has(Role.SECRETARIAT) or given.actor.organisation == organisation
