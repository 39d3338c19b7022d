"""What each condition needs, and who can provide it: the ground of the soundness proof.

Three things are true of every condition, and tests hold them against the real decisions:

- it can be met in any stage that is not an ending, by people whom every house has: the
  secretariat can appoint, add a party and record on behalf of whoever agreed elsewhere;
- nothing that is confirmed takes anything away: a condition that is met stays met until the case
  is to enter, once more, a stage that it left since (see `Case.before_entering`);
- in an ending nothing can be provided, as a closed case takes nothing (see `decide`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from impasse.domain.case import ConfirmationKind
from impasse.domain.people import Role

if TYPE_CHECKING:
    from collections.abc import Mapping


class Provision(StrEnum):
    """How a condition comes to be met."""

    CONFIRMATION = "confirmation"
    APPOINTMENT = "appointment"
    PARTIES = "parties"


@dataclass(frozen=True, slots=True)
class Need:
    """What a condition needs, and from whom.

    `kind` is the confirmation, `office` the appointment. `given_by` are the roles that can provide
    it, in any stage that is no ending.
    """

    provision: Provision
    given_by: frozenset[Role]
    kind: ConfirmationKind | None = None
    office: str = ""

    @property
    def good_for_one_time(self) -> bool:
        """Whether what was given counts only until the stage to be entered is left again."""
        return self.provision is Provision.CONFIRMATION


_CONFIRMERS = frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT})


def _confirmed(kind: ConfirmationKind) -> Need:
    return Need(Provision.CONFIRMATION, _CONFIRMERS, kind=kind)


def _appointed(office: str) -> Need:
    return Need(Provision.APPOINTMENT, frozenset({Role.SECRETARIAT}), office=office)


NEEDS: Mapping[str, Need] = MappingProxyType(
    {
        "two_governments": Need(Provision.PARTIES, frozenset({Role.PARTY, Role.SECRETARIAT})),
        "handler_appointed": _appointed("handler"),
        "mediator_appointed": _appointed("mediator"),
        "all_parties_heard": _confirmed(ConfirmationKind.VIEW),
        "all_views_given": _confirmed(ConfirmationKind.VIEW),
        "fact_report_recorded": _confirmed(ConfirmationKind.FACT_REPORT),
        "rules_reading_recorded": _confirmed(ConfirmationKind.RULES_READING),
        "mediator_accepted_by_all": _confirmed(ConfirmationKind.MEDIATOR_ACCEPTED),
        "mediation_agreement_signed_by_all": _confirmed(ConfirmationKind.MEDIATION_AGREEMENT),
        "outcome_status_fixed": _confirmed(ConfirmationKind.OUTCOME_STATUS),
        "settlement_text_recorded": _confirmed(ConfirmationKind.SETTLEMENT_TEXT),
        "settlement_confirmed_by_all": _confirmed(ConfirmationKind.SETTLEMENT),
        "standstill_agreed_by_all": _confirmed(ConfirmationKind.STANDSTILL),
        "formal_route_named": _confirmed(ConfirmationKind.FORMAL_ROUTE),
    }
)
"""The need of every condition in `GUARDS`."""


def runs_out(guard: str) -> bool:
    """Whether *guard* asks what is good for one time; one that nobody knows is taken to do so."""
    need = NEEDS.get(guard)
    return need is None or need.good_for_one_time
