"""Every type of message that *impasse* sends, and what it tells: the one list of them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from impasse.domain.text import Text
from impasse.domain.workflow import StageKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from impasse.domain.workflow import Workflow

MESSAGES: Mapping[str, Text] = MappingProxyType(
    {
        "case-opened": Text("Er is een zaak geopend", "A case was opened"),
        "stage-changed": Text("De zaak is in een andere fase", "The case is in another stage"),
        "case-closed": Text("De zaak is gesloten", "The case is closed"),
        "case-reopened": Text("De zaak is heropend", "The case was reopened"),
        "term-nearing": Text("Een termijn loopt af", "A term comes to its end"),
        "term-expired": Text("Een termijn is voorbij", "A term has passed"),
        "tier-raised": Text("De zaak is opgeschaald", "The case was escalated"),
        "agenda-candidate-proposed": Text(
            "De zaak is voorgesteld voor de agenda", "The case was proposed for the agenda"
        ),
        "agenda-candidate-accepted": Text(
            "De zaak staat op de agenda", "The case is on the agenda"
        ),
        "agenda-candidate-declined": Text(
            "De zaak komt niet op de agenda", "The case does not get on the agenda"
        ),
        "early-warning-level-raised": Text(
            "Het niveau van vroegsignalering is hoger", "The early-warning level is higher"
        ),
        "signal-reported": Text("Er is een signaal bijgekomen", "A signal was added"),
        "party-added": Text("Er is een partij bijgekomen", "A party was added"),
        "meeting-planned": Text("Er is een overleg gepland", "A meeting was planned"),
    }
)


def sent_by(workflow: Workflow) -> Iterator[str]:
    """Yield the types of message that cases of *workflow* send because of what it says."""
    stages = workflow.stages.values()
    yield "case-opened"
    terms = [stage.term for stage in stages if stage.term is not None]
    closed = {stage.name for stage in stages if stage.kind is StageKind.ENDING}
    if workflow.transitions:
        yield "stage-changed"
    if closed:
        yield "case-closed"
    if any(source in closed for move in workflow.transitions for source in move.sources):
        yield "case-reopened"
    if any(term.reminders for term in terms):
        yield "term-nearing"
    rungs = [rung for term in terms for rung in term.on_expiry]
    if rungs:
        yield "term-expired"
    if any(rung.tier is not None for rung in rungs):
        yield "tier-raised"
        yield "agenda-candidate-proposed"
