"""Hierarchical escalation: taking a case to a higher table, the last of which is a meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.days_in_words import day_in_words
from impasse.domain.decision import Message
from impasse.domain.errors import Conflict, Fault, Invalid
from impasse.domain.history import Entry
from impasse.domain.overleg import Candidate, CandidateState
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.case import Case
    from impasse.domain.commands import DecideCandidate
    from impasse.domain.decision import Decision, Given

_PARTIES = (Role.PARTY, Role.SECRETARIAT)
_TOLD = {
    CandidateState.ACCEPTED: Text("De zaak staat op de agenda.", "The case is on the agenda."),
    CandidateState.DECLINED: Text(
        "De zaak komt niet op de agenda.", "The case is not put on the agenda."
    ),
    CandidateState.MERGED: Text(
        "De zaak staat op de agenda, samen met een ander punt.",
        "The case is on the agenda, together with another item.",
    ),
}
MOST_MINUTES = 240
"""An agenda item longer than half a day is a meeting of its own."""


def raise_tier(decision: Decision, tier: Tier, reason: Text, *, today: date) -> None:
    """Take the case to *tier*, and to the next agenda when that is the overhedenoverleg.

    A case that is there already stays there; one that left the agenda is proposed again.
    """
    case = decision.case
    if case is None:
        return
    if tier.rank > case.tier.rank:
        decision.entries.append(
            Entry(
                "tier_raised",
                {
                    "from": case.tier.value,
                    "to": tier.value,
                    "reason": {"nl": reason.nl, "en": reason.en},
                },
            )
        )
        decision.messages.append(Message("tier-raised", _PARTIES, reason))
        decision.case = case.but(tier=tier)
    if tier is Tier.OVERHEDENOVERLEG:
        propose(decision, reason, today)


def propose(
    decision: Decision, reason: Text, today: date, *, run: str = "", note: Text | None = None
) -> None:
    """Make the case a candidate for the next agenda, unless it is one already.

    Once the meeting for which it was accepted has been, it may be proposed again. A *run* of
    escalation that proposes it brings a *note*, and then the parties hear of it too: no surprises.
    """
    case = decision.case
    if case is None:
        return
    met = case.candidate_day is not None and case.candidate_day < today
    if case.candidate and not met:
        return
    number = f"{case.id}-A{case.history_length + len(decision.entries) + 1}"
    decision.candidates.append(
        Candidate(number, case.id, CandidateState.PROPOSED, reason, run=run, note=note)
    )
    decision.entries.append(
        Entry(
            "candidate_proposed",
            {"candidate": number, "reason": {"nl": reason.nl, "en": reason.en}},
        )
    )
    heard = _PARTIES if run else (Role.SECRETARIAT,)
    decision.messages.append(Message("agenda-candidate-proposed", heard, reason))
    decision.case = case.but(candidate=number, candidate_day=None)


def decide_candidate(decision: Decision, command: DecideCandidate, given: Given) -> None:
    """Accept a candidate for a meeting, or decline it with a reason."""
    case = decision.case
    if case is None or case.candidate != command.candidate or case.candidate_day is not None:
        raise Conflict(
            Text(
                "Dit voorstel staat niet meer open. Bekijk de agenda opnieuw.",
                "This proposal is no longer open. Look at the agenda again.",
            )
        )
    reason = command.reason.strip()
    if not command.accepted:
        if not reason:
            raise Invalid(
                Text("Geef een reden.", "Give a reason."),
                [
                    Fault(
                        "/reason",
                        Text(
                            "Partijen lezen waarom de zaak niet op de agenda komt.",
                            "The parties read why the case is not put on the agenda.",
                        ),
                    )
                ],
            )
        _settle(decision, case, CandidateState.DECLINED, command, meeting="")
        decision.case = case.but(candidate="")
        return
    if given.meeting is None:
        raise Conflict(
            Text(
                "Er is nog geen overleg gepland. Plan er eerst een.",
                "No meeting has been planned yet. Plan one first.",
            )
        )
    if given.meeting.closes_on < given.today:
        day = day_in_words(given.meeting.day)
        raise Conflict(
            Text(
                f"De agenda van {day.nl} is gesloten. Kies een later overleg.",
                f"The agenda of {day.en} is closed. Choose a later meeting.",
            )
        )
    if command.minutes is not None and not 0 < command.minutes <= MOST_MINUTES:
        raise Invalid(
            Text("Deze tijd kan niet.", "This time cannot be."),
            [
                Fault(
                    "/minutes",
                    Text(
                        f"Kies 1 tot en met {MOST_MINUTES} minuten.",
                        f"Choose 1 to {MOST_MINUTES} minutes.",
                    ),
                )
            ],
        )
    state = CandidateState.ACCEPTED
    if command.into:
        _refuse_other_item(case, command, given)
        state = CandidateState.MERGED
    _settle(decision, case, state, command, meeting=given.meeting.id)
    decision.case = case.but(candidate_day=given.meeting.day)


def _refuse_other_item(case: Case, command: DecideCandidate, given: Given) -> None:
    """Refuse an item with which the case cannot be discussed: it must stand on this agenda."""
    host = given.host
    stands = host is not None and host.state is CandidateState.ACCEPTED and host.case != case.id
    if not stands or host is None or given.meeting is None or host.meeting != given.meeting.id:
        raise Invalid(
            Text("Samenvoegen kan zo niet.", "This cannot be merged."),
            [
                Fault(
                    "/into",
                    Text(
                        "Kies een ander punt dat op de agenda van dit overleg staat.",
                        "Choose another item that is on the agenda of this meeting.",
                    ),
                )
            ],
        )
    if command.minutes is not None:
        raise Invalid(
            Text("Samenvoegen kan zo niet.", "This cannot be merged."),
            [
                Fault(
                    "/minutes",
                    Text(
                        "Het punt waarmee u samenvoegt heeft al minuten. Laat dit leeg.",
                        "The item you merge with has its minutes. Leave this out.",
                    ),
                )
            ],
        )


def _settle(
    decision: Decision,
    case: Case,
    state: CandidateState,
    command: DecideCandidate,
    *,
    meeting: str,
) -> None:
    reason = command.reason.strip()
    decision.candidates.append(
        Candidate(
            command.candidate,
            case.id,
            state,
            Text("", ""),
            meeting=meeting,
            decided_because=reason,
            minutes=command.minutes,
            merged_into=command.into if state is CandidateState.MERGED else "",
        )
    )
    decision.entries.append(
        Entry(
            f"candidate_{state.value}",
            {"candidate": command.candidate, "meeting": meeting, "reason": reason},
        )
    )
    decision.messages.append(Message(f"agenda-candidate-{state.value}", _PARTIES, _TOLD[state]))
