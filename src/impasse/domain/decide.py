"""The one pure function of the house: case + command + circumstances -> decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from impasse.domain.agenda import decide_candidate, raise_tier
from impasse.domain.appointment import appointment_fault, refuse_party_of_mediator
from impasse.domain.assessing import assess
from impasse.domain.case import (
    Case,
    Confirmation,
    ConfirmationKind,
)
from impasse.domain.commands import (
    AcknowledgeEscalation,
    AddParty,
    Appoint,
    AssessDisclosure,
    CloseSignal,
    CloseTasks,
    CompleteTask,
    Confirm,
    Contribute,
    DecideCandidate,
    DecideRelease,
    DestroyContribution,
    DestroyRoom,
    EndSnooze,
    Extend,
    FireTimer,
    LiftHold,
    MakeMove,
    Migrate,
    PlaceHold,
    PlanMeeting,
    ProposeRelease,
    RaiseTier,
    RecordEvent,
    ReopenTask,
    ReplanTerm,
    ReportSignal,
    ReportUndelivered,
    Resume,
    SettleEscalation,
    SnoozeEscalation,
    StartEscalation,
    StartTask,
    Suspend,
    UndoMigration,
    WithdrawRelease,
    WithdrawTask,
)
from impasse.domain.decision import Decision, Message, going_on
from impasse.domain.destruction import destroy_contribution, destroy_room
from impasse.domain.errors import Conflict, Fault, Invalid
from impasse.domain.escalating import follow, report_undelivered, start
from impasse.domain.escalation_acts import acknowledge, settle, snooze, wake
from impasse.domain.four_eyes import asks_a_second, four_eyes_faults
from impasse.domain.history import Entry
from impasse.domain.legal_hold import lift_hold, place_hold
from impasse.domain.migrate_case import migrate, undo_migration
from impasse.domain.moves import make_move, move_when_done
from impasse.domain.overleg import plan
from impasse.domain.parked_tasks import give_parked
from impasse.domain.people import Role
from impasse.domain.reassessment import reassess
from impasse.domain.reporting import close_signal, day_faults, long_faults, report
from impasse.domain.ringing import ring
from impasse.domain.room_acts import (
    contribute,
    decide_release,
    propose_release,
    withdraw_release,
)
from impasse.domain.running_term import extend, replan, resume, suspend
from impasse.domain.storable import LONGEST
from impasse.domain.tasks import (
    close_tasks,
    complete_task,
    give_tasks,
    reopen_task,
    start_task,
    withdraw_task,
)
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.commands import CaseCommand, EscalationCommand
    from impasse.domain.decision import Given


TEXT_LENGTH = LONGEST
"""The room for a text, as everywhere."""


_PARTIES = (Role.PARTY, Role.SECRETARIAT)


def decide(case: Case, command: CaseCommand, given: Given) -> Decision:
    """Return what *command* does to *case*; a refusal is raised, and nothing has changed.

    Raises `NoSuchMove`, `ConditionsNotMet`, `NotAllowed`, `Conflict` or `Invalid`, each with a
    sentence that a person can act on. Looks at no clock and touches nothing outside.
    """
    decision = _decide(case, command, given)
    if decision.case is not None and decision.case.runs and not _unseen(decision):
        follow(decision, case, given)
    return decision


def _unseen(decision: Decision) -> bool:
    """Whether it happened in a confidential room: that leaves no trace in the case."""
    return bool(decision.rooms) and not decision.entries


def _decide(  # noqa: C901, PLR0912, PLR0915 one case per command: a table of contents
    case: Case, command: CaseCommand, given: Given
) -> Decision:
    decision = Decision(case)
    match command:
        case MakeMove():
            make_move(decision, command, given)
        case FireTimer():
            return ring(case, command, given)
        case ReportSignal():
            report(decision, command, given)
        case CloseSignal():
            close_signal(decision, command, given)
        case Confirm():
            _confirm(decision, command, given)
        case AddParty():
            _add_party(decision, command, given)
            if case.tasks:
                give_tasks(decision, command.party, given)
            if case.parked:
                give_parked(decision, command.party, given)
        case Appoint():
            _appoint(decision, command, given)
        case RecordEvent():
            _record(decision, command, given)
        case RaiseTier():
            _raise_by_hand(decision, command, given)
        case DecideCandidate():
            decide_candidate(decision, command, given)
        case Suspend():
            suspend(decision, command, given)
        case Resume():
            resume(decision, command, given)
        case Extend():
            extend(decision, command, given)
        case StartTask():
            start_task(decision, command, given)
        case CompleteTask():
            complete_task(decision, command, given)
        case WithdrawTask():
            withdraw_task(decision, command, given)
        case ReopenTask():
            reopen_task(decision, command, given)
        case CloseTasks():
            close_tasks(decision, command, given)
        case ReplanTerm():
            replan(decision, command, given)
            return decision
        case Migrate():
            migrate(decision, command, given)
            return decision
        case UndoMigration():
            undo_migration(decision, command, given)
            return decision
        case Contribute():
            contribute(decision, command, given)
        case ProposeRelease():
            propose_release(decision, command, given)
        case DecideRelease():
            decide_release(decision, command, given)
        case WithdrawRelease():
            withdraw_release(decision, command, given)
        case DestroyContribution():
            destroy_contribution(decision, command, given)
        case DestroyRoom():
            destroy_room(decision, command, given)
            return decision
        case AssessDisclosure():
            assess(decision, command, given)
        case PlaceHold():
            # To keep everything is no step in the dispute: it does not move the case.
            place_hold(decision, command, given)
            return decision
        case LiftHold():
            lift_hold(decision, command, given)
            return decision
        case (
            StartEscalation()
            | AcknowledgeEscalation()
            | SnoozeEscalation()
            | EndSnooze()
            | SettleEscalation()
            | ReportUndelivered()
        ):
            # To promise a step is no step: it does not move the case either.
            _escalate(decision, command, given)
            return decision
        case _:
            assert_never(command)
    if _unseen(decision):
        return decision
    if case.tasks or case.parked:
        move_when_done(decision, given)
    decided = decision.case
    if decided is not None and decided.last_step_on != given.today:
        decision.case = decided.but(last_step_on=given.today)
    reassess(decision, given)
    return decision


def _escalate(decision: Decision, command: EscalationCommand, given: Given) -> None:
    match command:
        case StartEscalation():
            start(decision, command, given)
        case AcknowledgeEscalation():
            acknowledge(decision, command, given)
        case SnoozeEscalation():
            snooze(decision, command, given)
        case EndSnooze():
            wake(decision, command, given)
        case SettleEscalation():
            settle(decision, command, given)
        case ReportUndelivered():
            report_undelivered(decision, command, given)
        case _:
            assert_never(command)


def plan_meeting(command: PlanMeeting, *, today: date, calendar: Calendar) -> Decision:
    """Return the decision that puts a meeting on the calendar."""
    meeting = plan(command, today=today, calendar=calendar)
    entry = Entry(
        "meeting_planned",
        {
            "day": meeting.day.isoformat(),
            "closes_on": meeting.closes_on.isoformat(),
            "place": meeting.place,
        },
    )
    message = Message(
        "meeting-planned",
        (Role.SECRETARIAT,),
        Text("Er is een overleg gepland.", "A meeting was planned."),
    )
    return Decision(None, entries=[entry], messages=[message], meeting=meeting, created=meeting.id)


def _confirm(decision: Decision, command: Confirm, given: Given) -> None:
    second = command.kind is ConfirmationKind.FOUR_EYES
    # A closed case takes no confirmation but of the move that would reopen it.
    case = decision.case if second and decision.case is not None else going_on(decision)
    faults = long_faults(command.note, "/note")
    organisation = command.organisation if command.kind.per_party else ""
    on_behalf, party = False, None
    if command.kind.per_party:
        party = case.party(organisation)
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
        on_behalf = organisation != given.actor.organisation
        may_speak = given.actor.has(Role.SECRETARIAT) or given.actor.has(Role.MEDIATOR)
        if on_behalf and not may_speak:
            faults.append(
                Fault(
                    "/organisation",
                    Text(
                        "U spreekt alleen voor uw eigen organisatie.",
                        "You speak for your own organisation only.",
                    ),
                )
            )
    if second:
        faults.extend(four_eyes_faults(case, command, given))
    elif (on_behalf or not command.kind.per_party) and not command.note.strip():
        faults.append(
            Fault(
                "/note",
                Text(
                    "Noem waar dit is na te lezen: brief, verslag of de tekst zelf.",
                    "Say where this can be checked: letter, minutes or the text itself.",
                ),
            )
        )
    if command.kind is ConfirmationKind.MIGRATION:
        faults.extend(_version_faults(case, command.about.strip()))
    if command.kind in _OF_SOME_LENGTH and not command.about.strip():
        faults.append(_AGREED_TO_WHAT)
    if faults:
        raise Invalid(
            Text("Dit kan zo niet worden vastgelegd.", "This cannot be recorded as it is."), faults
        )
    confirmation = Confirmation(
        command.kind,
        organisation,
        command.note.strip(),
        given.actor.person,
        given.at,
        case.stage_entry,
        command.about.strip(),
    )
    others = tuple(
        c for c in case.confirmations if (c.kind, c.organisation) != (command.kind, organisation)
    )
    decision.case = case.but(confirmations=(*others, confirmation))
    decision.confirmations.append(confirmation)
    decision.entries.append(
        Entry(
            "confirmed",
            {
                "kind": command.kind.value,
                "organisation": organisation,
                "name": "" if party is None else party.name,
                "note": confirmation.note,
                "on_behalf": on_behalf,
                **({"about": confirmation.about} if confirmation.about else {}),
            },
        )
    )
    if second:
        decision.messages.append(asks_a_second(command, case, given))


_OF_SOME_LENGTH = frozenset({ConfirmationKind.SUSPENSION, ConfirmationKind.EXTENSION})
_AGREED_TO_WHAT = Fault(
    "/about",
    Text(
        "Schrijf waarmee precies: een duur of een dag, zoals \u201c4 weken, tot 15 januari\u201d.",
        "Write to what exactly: a length or a day, such as \u201c4 weeks, until 15 January\u201d.",
    ),
)
"""Consent to whatever length comes would be a blank cheque."""


def _version_faults(case: Case, about: str) -> list[Fault]:
    """Tell when consent to a migration names no other version of the procedure of the case."""
    name, _, version = about.partition("@")
    own = f"{case.workflow}@{case.workflow_version}"
    if name == case.workflow and version and about != own:
        return []
    return [
        Fault(
            "/about",
            Text(
                f"Noem de versie waarmee u instemt, anders dan {own}: {case.workflow}@2.",
                f"Name the version that you agree to, other than {own}: {case.workflow}@2.",
            ),
        )
    ]


def _add_party(decision: Decision, command: AddParty, given: Given) -> None:
    case = going_on(decision)
    if case.party(command.party.organisation) is not None:
        raise Conflict(
            Text(
                f"{command.party.name} is al partij in deze zaak.",
                f"{command.party.name} is a party to this case already.",
            )
        )
    refuse_party_of_mediator(case, command.party, given.mediator)
    decision.case = case.but(parties=(*case.parties, command.party))
    decision.parties.append(command.party)
    decision.entries.append(
        Entry(
            "party_added",
            {"organisation": command.party.organisation, "name": command.party.name},
        )
    )
    decision.messages.append(
        Message(
            "party-added",
            _PARTIES,
            Text("Er is een partij bijgekomen.", "A party was added."),
        )
    )


def _appoint(decision: Decision, command: Appoint, given: Given) -> None:
    case = going_on(decision)
    fault = appointment_fault(case, command, given)
    if fault is not None:
        raise Invalid(
            Text("Deze aanwijzing kan zo niet.", "This appointment cannot be made."), [fault]
        )
    decision.case = (
        case.but(handler=command.appointee)
        if command.office == "handler"
        else case.but(mediator=command.appointee)
    )
    decision.entries.append(
        Entry("appointed", {"office": command.office, "appointee": command.appointee})
    )


def _record(decision: Decision, command: RecordEvent, given: Given) -> None:
    faults = long_faults(command.text, "/text")
    if not command.text.strip():
        faults.append(
            Fault("/text", Text("Schrijf op wat er gebeurde.", "Write down what happened."))
        )
    faults.extend(day_faults(command.happened_on, given, "/happenedOn"))
    if faults:
        raise Invalid(
            Text("Dit kan zo niet worden vastgelegd.", "This cannot be recorded as it is."), faults
        )
    decision.entries.append(
        Entry(
            "event_recorded",
            {
                "text": command.text.strip(),
                "happened_on": command.happened_on.isoformat(),
                "precision": command.precision,
                "by": command.by,
                "source": command.source,
            },
        )
    )


def _raise_by_hand(decision: Decision, command: RaiseTier, given: Given) -> None:
    case = going_on(decision)
    if not command.reason.strip():
        raise Invalid(
            Text("Geef een reden.", "Give a reason."),
            [
                Fault(
                    "/reason",
                    Text(
                        "Alle partijen zien waarom u opschaalt.",
                        "All parties see why you escalate.",
                    ),
                )
            ],
        )
    if command.tier.rank <= case.tier.rank:
        raise Conflict(
            Text(
                f"De zaak ligt al op niveau {case.tier.label.nl}.",
                f"The case is at level {case.tier.label.en} already.",
            )
        )
    reason = command.reason.strip()
    raise_tier(decision, command.tier, Text(reason, reason), today=given.today)
