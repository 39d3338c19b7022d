"""Opening a case: a sentence, two governments, and what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.case import Case, Status, Visibility
from impasse.domain.decision import Decision, Message
from impasse.domain.errors import Fault, Invalid
from impasse.domain.history import Entry
from impasse.domain.moves import enter
from impasse.domain.people import Role
from impasse.domain.reassessment import reassess
from impasse.domain.reporting import long_faults, report_faults, reported, signal_of
from impasse.domain.text import Text
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from impasse.domain.commands import OpenCase
    from impasse.domain.decision import Given
    from impasse.domain.people import Actor

TITLE_LENGTH = 200
"""A title is one sentence; more belongs in the summary."""


def open_case(command: OpenCase, number: str, given: Given) -> Decision:
    """Return the decision that opens case *number* in the first stage of its procedure.

    Raises `Invalid` with every fault at once.
    """
    faults = [*_title_faults(command), *_party_faults(command, given.actor)]
    for index, report in enumerate(command.signals):
        faults.extend(report_faults(report, given, f"/signals/{index}"))
    if faults:
        raise Invalid(
            Text("Dit signaal is nog niet compleet.", "This signal is not complete yet."), faults
        )
    workflow = given.procedure.workflow
    signals = tuple(
        signal_of(report, f"S{place}", given) for place, report in enumerate(command.signals, 1)
    )
    case = Case(
        id=number,
        title=command.title.strip(),
        summary=command.summary.strip(),
        policy_area=command.policy_area.strip(),
        regions=command.regions,
        visibility=command.visibility or Visibility.PARTIES,
        workflow=workflow.name,
        workflow_version=workflow.version,
        stage=workflow.initial,
        stage_entry=0,
        stage_since=given.today,
        came_from="",
        tier=Tier.OFFICIALS,
        status=Status.OPEN,
        opened_on=given.today,
        last_step_on=given.today,
        handler="",
        mediator="",
        standing=None,
        score=0.0,
        candidate="",
        candidate_day=None,
        parties=command.parties,
        signals=signals,
    )
    decision = Decision(case, created=number)
    decision.parties.extend(command.parties)
    decision.signals.extend(signals)
    decision.entries.append(
        Entry(
            "case_opened",
            {
                "title": case.title,
                "workflow": workflow.reference,
                "stage": workflow.initial,
                "parties": [party.name for party in command.parties],
                "calendar": given.calendar.version,
            },
        )
    )
    for signal in signals:
        decision.entries.append(reported(signal))
    decision.messages.append(
        Message(
            "case-opened",
            (Role.PARTY, Role.SECRETARIAT),
            Text("Er is een signaal gemeld.", "A signal was reported."),
        )
    )
    enter(decision, workflow.initial, given)
    reassess(decision, given)
    return decision


def _title_faults(command: OpenCase) -> list[Fault]:
    title = command.title.strip()
    if not title:
        return [
            Fault(
                "/title",
                Text(
                    "Schrijf in één zin wat er speelt.", "Write in one sentence what is at stake."
                ),
            )
        ]
    if len(title) > TITLE_LENGTH:
        return [
            Fault(
                "/title",
                Text(
                    f"De zin is {len(title)} tekens; houd het op {TITLE_LENGTH} en zet de rest "
                    "in de toelichting.",
                    f"The sentence has {len(title)} characters; keep it to {TITLE_LENGTH} and "
                    "put the rest in the summary.",
                ),
            )
        ]
    return long_faults(command.summary, "/summary")


def _party_faults(command: OpenCase, actor: Actor) -> list[Fault]:
    faults = []
    named = {party.organisation for party in command.parties}
    if actor.organisation not in named and not actor.has(Role.SECRETARIAT):
        faults.append(
            Fault(
                "/parties",
                Text(
                    "Uw eigen organisatie staat er niet bij. Voeg haar toe: u meldt als partij.",
                    "Your own organisation is not among them. Add it: you report as a party.",
                ),
            )
        )
    if len(named) < 2:  # noqa: PLR2004 a dispute has two sides
        faults.append(
            Fault(
                "/parties",
                Text(
                    "Noem ten minste twee overheden: uw eigen en die waarmee het verschil speelt.",
                    "Name at least two governments: your own and the one you disagree with.",
                ),
            )
        )
    seen: set[str] = set()
    for index, party in enumerate(command.parties):
        if party.organisation in seen:
            faults.append(
                Fault(
                    f"/parties/{index}",
                    Text(f"{party.name} staat er twee keer.", f"{party.name} is named twice."),
                )
            )
        seen.add(party.organisation)
    return faults
