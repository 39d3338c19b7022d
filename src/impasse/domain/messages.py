"""Every type of message that *impasse* sends, and what it tells: the one list of them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from impasse.domain.text import Text
from impasse.domain.tier import Tier
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
        "term-suspended": Text("Een termijn staat stil", "The clock of a term stands still"),
        "suspension-nearing": Text("Een opschorting loopt af", "A suspension comes to its end"),
        "term-resumed": Text("Een termijn loopt weer", "A term runs again"),
        "term-extended": Text("Een termijn is verlengd", "A term was extended"),
        "term-replanned": Text(
            "Een einddatum is verschoven door de kalender", "The calendar moved an end date"
        ),
        "recess-nearing": Text("Een termijn eindigt in een reces", "A term ends within a recess"),
        "tasks-opened": Text("Er is werk te doen", "There is work to do"),
        "task-due": Text("Werk had klaar moeten zijn", "Work should have been done"),
        "case-migrated": Text(
            "De zaak volgt een andere versie van haar procedure",
            "The case follows another version of its procedure",
        ),
        "tier-raised": Text("De zaak is opgeschaald", "The case was escalated"),
        "agenda-candidate-proposed": Text(
            "De zaak is voorgesteld voor de agenda", "The case was proposed for the agenda"
        ),
        "agenda-candidate-accepted": Text(
            "De zaak staat op de agenda", "The case is on the agenda"
        ),
        "agenda-candidate-merged": Text(
            "De zaak staat op de agenda, samen met een ander punt",
            "The case is on the agenda, together with another item",
        ),
        "agenda-candidate-declined": Text(
            "De zaak komt niet op de agenda", "The case does not get on the agenda"
        ),
        "early-warning-level-raised": Text(
            "Het niveau van vroegsignalering is hoger", "The early-warning level is higher"
        ),
        "signal-reported": Text("Er is een signaal bijgekomen", "A signal was added"),
        "contribution-shared": Text(
            "Er is iets gedeeld met alle partijen", "Something was shared with all parties"
        ),
        "move-confirmed": Text(
            "Een stap wacht op een tweede persoon", "A move waits for a second person"
        ),
        "hold-placed": Text("Er geldt een bewaarplicht", "A legal hold was placed"),
        "hold-lifted": Text("Een bewaarplicht is opgeheven", "A legal hold was lifted"),
        "party-added": Text("Er is een partij bijgekomen", "A party was added"),
        "escalation-level-reached": Text(
            "Er wordt een antwoord gevraagd",
            "An answer is asked for",
        ),
        "escalation-acknowledged": Text(
            "Iemand heeft een opschaling opgepakt", "Somebody took up an escalation"
        ),
        "escalation-snoozed": Text("Een opschaling is even weggelegd", "An escalation was snoozed"),
        "escalation-snooze-ended": Text(
            "Een weggelegde opschaling loopt weer", "A snoozed escalation goes on"
        ),
        "escalation-ended": Text("Een opschaling is beëindigd", "An escalation was ended"),
        "escalation-undelivered": Text(
            "Een bericht van een opschaling kwam niet aan",
            "A message of an escalation did not arrive",
        ),
        "duty-gap": Text("Er is straks niemand van dienst", "Soon nobody is on duty"),
        "destination-failing": Text(
            "Berichten komen ergens niet aan", "Messages do not arrive somewhere"
        ),
        "watchdog-alarm": Text("Een waakhond slaat aan", "A watchdog raises the alarm"),
        "mail-quarantined": Text(
            "Er wacht e-mail van een onbekende", "E-mail of somebody unknown is waiting"
        ),
        "meeting-planned": Text("Er is een overleg gepland", "A meeting was planned"),
    }
)


def sent_by(workflow: Workflow) -> Iterator[str]:
    """Yield the types of message that cases of *workflow* send because of what it says."""
    stages = workflow.stages.values()
    terms = [stage.term for stage in stages if stage.term is not None]
    rungs = [rung for term in terms for rung in term.on_expiry]
    rules = [rule for stage in stages for rule in stage.tasks.values()]
    closed = {stage.name for stage in stages if stage.kind is StageKind.ENDING}
    left = {source for move in workflow.transitions for source in move.sources}
    sends = {
        "case-opened": True,
        "stage-changed": bool(left),
        "case-closed": bool(closed),
        "case-reopened": bool(closed & left),
        "term-nearing": any(term.reminders for term in terms),
        "term-expired": bool(rungs),
        "tier-raised": any(rung.tier is not None for rung in rungs),
        "agenda-candidate-proposed": any(rung.tier is Tier.OVERHEDENOVERLEG for rung in rungs),
        "term-suspended": any(term.suspension is not None for term in terms),
        "suspension-nearing": any(term.suspension is not None for term in terms),
        "term-resumed": any(term.suspension is not None for term in terms),
        "term-extended": any(term.extension is not None for term in terms),
        "tasks-opened": bool(rules),
        "task-due": any(rule.length is not None for rule in rules),
        "move-confirmed": any(move.four_eyes for move in workflow.transitions),
    }
    yield from (message for message, sent in sends.items() if sent)
