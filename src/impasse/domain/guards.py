"""Named conditions of a move; each answers that it is met, or what is still missing.

A procedure refers to these by name only: what a name means is written here, once. A guard never
says who is to blame, only what is lacking and what somebody can do about it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from impasse.domain.case import ConfirmationKind
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from impasse.domain.case import Case

    Guard = Callable[[Case], Text | None]
    """Answers None when met, and otherwise what is still missing."""

_ENOUGH = 2


def _two_governments(case: Case) -> Text | None:
    found = len(case.governments)
    if found >= _ENOUGH:
        return None
    return Text(
        f"Er staan {found} overheden bij deze zaak. Voeg toe met wie het verschil speelt; "
        "twee zijn nodig.",
        f"This case names {found} governments. Add with whom the disagreement is; two are needed.",
    )


def _by_all(kind: ConfirmationKind, nl: str, en: str) -> Guard:
    def guard(case: Case) -> Text | None:
        confirmed = case.confirmed_by(kind)
        lacking = [party.name for party in case.governments if party.organisation not in confirmed]
        if not lacking:
            return None
        return Text(nl, en) + same(" " + ", ".join(lacking) + ".")

    return guard


def _recorded(kind: ConfirmationKind, nl: str, en: str) -> Guard:
    def guard(case: Case) -> Text | None:
        return None if case.confirmed_by(kind) else Text(nl, en)

    return guard


def _handler_appointed(case: Case) -> Text | None:
    if case.handler:
        return None
    return Text(
        "Er is nog geen behandelaar. Wijs iemand aan.", "There is no handler yet. Appoint one."
    )


def _mediator_appointed(case: Case) -> Text | None:
    if case.mediator:
        return None
    return Text(
        "Er is nog geen bemiddelaar aangewezen. Kies er samen een.",
        "No mediator has been appointed yet. Choose one together.",
    )


GUARDS: Mapping[str, Guard] = MappingProxyType(
    {
        "two_governments": _two_governments,
        "handler_appointed": _handler_appointed,
        "mediator_appointed": _mediator_appointed,
        "all_parties_heard": _by_all(
            ConfirmationKind.VIEW,
            "Nog niet gehoord:",
            "Not heard yet:",
        ),
        "all_views_given": _by_all(
            ConfirmationKind.VIEW,
            "Zienswijze ontbreekt van:",
            "View missing from:",
        ),
        "fact_report_recorded": _recorded(
            ConfirmationKind.FACT_REPORT,
            "De gezamenlijke feitenlijst is nog niet vastgelegd. Leg vast waar zij te vinden is.",
            "The joint list of facts is not recorded yet. Record where it can be found.",
        ),
        "rules_reading_recorded": _recorded(
            ConfirmationKind.RULES_READING,
            "De lezing van de spelregels is nog niet vastgelegd. Verschil van lezing mag: "
            "leg ze dan naast elkaar vast.",
            "The reading of the rules is not recorded yet. Readings may differ: "
            "then record them side by side.",
        ),
        "mediator_accepted_by_all": _by_all(
            ConfirmationKind.MEDIATOR_ACCEPTED,
            "De bemiddelaar is nog niet aanvaard door:",
            "The mediator is not accepted yet by:",
        ),
        "mediation_agreement_signed_by_all": _by_all(
            ConfirmationKind.MEDIATION_AGREEMENT,
            "De bemiddelingsovereenkomst is nog niet getekend door:",
            "The mediation agreement is not signed yet by:",
        ),
        "outcome_status_fixed": _recorded(
            ConfirmationKind.OUTCOME_STATUS,
            "Leg eerst vast welke status de uitkomst krijgt: advies, zwaarwegend advies, "
            "bindend advies of overeenkomst.",
            "First record what status the outcome will have: advice, weighty advice, "
            "binding advice or settlement.",
        ),
        "settlement_text_recorded": _recorded(
            ConfirmationKind.SETTLEMENT_TEXT,
            "De tekst van de uitkomst is nog niet vastgelegd.",
            "The text of the outcome is not recorded yet.",
        ),
        "settlement_confirmed_by_all": _by_all(
            ConfirmationKind.SETTLEMENT,
            "De uitkomst is nog niet bekrachtigd door:",
            "The outcome is not ratified yet by:",
        ),
        "standstill_agreed_by_all": _by_all(
            ConfirmationKind.STANDSTILL,
            "Nog niet ingestemd met de pauze:",
            "Not agreed to the standstill yet:",
        ),
        "formal_route_named": _recorded(
            ConfirmationKind.FORMAL_ROUTE,
            "Noem de formele route: rechter, Kroon, gedeputeerde staten of een andere.",
            "Name the formal route: court, Crown, provincial executive or another.",
        ),
    }
)

GUARD_LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "two_governments": Text(
            "Ten minste twee overheden genoemd", "At least two governments named"
        ),
        "handler_appointed": Text("Behandelaar aangewezen", "Handler appointed"),
        "mediator_appointed": Text("Bemiddelaar aangewezen", "Mediator appointed"),
        "all_parties_heard": Text("Alle partijen gehoord", "All parties heard"),
        "all_views_given": Text("Zienswijze van alle partijen", "View of all parties"),
        "fact_report_recorded": Text("Feitenlijst vastgelegd", "List of facts recorded"),
        "rules_reading_recorded": Text(
            "Lezing van de spelregels vastgelegd", "Reading of the rules recorded"
        ),
        "mediator_accepted_by_all": Text(
            "Bemiddelaar door alle partijen aanvaard", "Mediator accepted by all parties"
        ),
        "mediation_agreement_signed_by_all": Text(
            "Bemiddelingsovereenkomst door allen getekend", "Mediation agreement signed by all"
        ),
        "outcome_status_fixed": Text(
            "Status van de uitkomst vooraf vastgelegd", "Status of the outcome fixed beforehand"
        ),
        "settlement_text_recorded": Text(
            "Tekst van de uitkomst vastgelegd", "Text of the outcome recorded"
        ),
        "settlement_confirmed_by_all": Text(
            "Uitkomst door alle partijen bekrachtigd", "Outcome ratified by all parties"
        ),
        "standstill_agreed_by_all": Text(
            "Alle partijen stemmen in met de pauze", "All parties agree to the standstill"
        ),
        "formal_route_named": Text("Formele route genoemd", "Formal route named"),
    }
)
