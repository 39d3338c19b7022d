"""The one pure function of the house: case + command + circumstances -> decision."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from impasse.domain.agenda import decide_candidate, raise_tier
from impasse.domain.calendar import FIRST_DAY
from impasse.domain.case import (
    Case,
    Confirmation,
    ConfirmationKind,
    Status,
    Visibility,
)
from impasse.domain.commands import (
    AddParty,
    Appoint,
    CloseSignal,
    CloseTasks,
    CompleteTask,
    Confirm,
    DecideCandidate,
    Extend,
    FireTimer,
    MakeMove,
    Migrate,
    OpenCase,
    PlanMeeting,
    RaiseTier,
    RecordEvent,
    ReopenTask,
    ReplanTerm,
    ReportSignal,
    Resume,
    StartTask,
    Suspend,
    UndoMigration,
    WithdrawTask,
)
from impasse.domain.days_in_words import day_in_words
from impasse.domain.decision import Decision, Message
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed
from impasse.domain.history import Entry
from impasse.domain.migrate_case import migrate, undo_migration
from impasse.domain.moves import enter, make_move, move_when_done
from impasse.domain.overleg import plan
from impasse.domain.people import Role
from impasse.domain.reassessment import reassess
from impasse.domain.ringing import ring
from impasse.domain.running_term import extend, replan, resume, suspend
from impasse.domain.signals import Signal
from impasse.domain.storable import LONGEST, text_faults
from impasse.domain.tasks import (
    close_tasks,
    complete_task,
    give_tasks,
    reopen_task,
    start_task,
    withdraw_task,
)
from impasse.domain.text import Text
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.commands import CaseCommand, SignalReport
    from impasse.domain.decision import Given
    from impasse.domain.people import Actor

TITLE_LENGTH = 200
"""A title is one sentence; more belongs in the summary."""

TEXT_LENGTH = LONGEST
"""The room for a text, as everywhere."""


_PARTIES = (Role.PARTY, Role.SECRETARIAT)


def open_case(command: OpenCase, number: str, given: Given) -> Decision:
    """Return the decision that opens case *number* in the first stage of its procedure.

    Raises `Invalid` with every fault at once.
    """
    faults = [*_title_faults(command), *_party_faults(command, given.actor)]
    for index, report in enumerate(command.signals):
        faults.extend(_report_faults(report, given, f"/signals/{index}"))
    if faults:
        raise Invalid(
            Text("Dit signaal is nog niet compleet.", "This signal is not complete yet."), faults
        )
    workflow = given.procedure.workflow
    signals = tuple(
        _signal(report, f"S{place}", given) for place, report in enumerate(command.signals, 1)
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
        decision.entries.append(_reported(signal))
    decision.messages.append(
        Message(
            "case-opened",
            _PARTIES,
            Text("Er is een signaal gemeld.", "A signal was reported."),
        )
    )
    enter(decision, workflow.initial, given)
    reassess(decision, given)
    return decision


def decide(  # noqa: C901, PLR0912, PLR0915 one case per command: the match is the table of contents
    case: Case, command: CaseCommand, given: Given
) -> Decision:
    """Return what *command* does to *case*; a refusal is raised, and nothing has changed.

    Raises `NoSuchMove`, `ConditionsNotMet`, `NotAllowed`, `Conflict` or `Invalid`, each with a
    sentence that a person can act on. Looks at no clock and touches nothing outside.
    """
    decision = Decision(case)
    match command:
        case MakeMove():
            make_move(decision, command, given)
        case FireTimer():
            return ring(case, command, given)
        case ReportSignal():
            _report(decision, command, given)
        case CloseSignal():
            _close_signal(decision, command, given)
        case Confirm():
            _confirm(decision, command, given)
        case AddParty():
            _add_party(decision, command)
            if case.tasks:
                give_tasks(decision, command.party, given)
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
        case _:
            assert_never(command)
    if case.tasks:
        move_when_done(decision, given)
    decided = decision.case
    if decided is not None and decided.last_step_on != given.today:
        decision.case = decided.but(last_step_on=given.today)
    reassess(decision, given)
    return decision


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
    return _long_faults(command.summary, "/summary")


def _long_faults(text: str, pointer: str) -> list[Fault]:
    return text_faults("text", text, pointer)


def _day_faults(happened_on: date, given: Given, pointer: str) -> list[Fault]:
    """Tell when something cannot have happened on this day: to come, or before the calendar."""
    if happened_on > given.today:
        return [
            Fault(
                pointer,
                Text(
                    "Deze dag ligt in de toekomst. Meld wat al gebeurd is.",
                    "This day lies in the future. Report what has happened.",
                ),
            )
        ]
    if happened_on < FIRST_DAY:
        first = day_in_words(FIRST_DAY)
        return [
            Fault(
                pointer,
                Text(
                    f"De kalender begint op {first.nl}. Kies die dag of een latere.",
                    f"The calendar begins on {first.en}. Choose that day or a later one.",
                ),
            )
        ]
    return []


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


def _report_faults(report: SignalReport, given: Given, pointer: str) -> list[Fault]:
    faults = _long_faults(report.text, f"{pointer}/text")
    if given.indicators.indicator(report.indicator) is None:
        known = ", ".join(indicator.code for indicator in given.indicators.indicators)
        faults.append(
            Fault(
                f"{pointer}/indicator",
                Text(
                    f"'{report.indicator}' is geen bekend signaal; kies uit: {known}.",
                    f"'{report.indicator}' is not a known indicator; choose from: {known}.",
                ),
            )
        )
    faults.extend(_day_faults(report.happened_on, given, f"{pointer}/happenedOn"))
    own = given.actor.organisation
    if report.organisation != own and not given.actor.has(Role.SECRETARIAT):
        faults.append(
            Fault(
                f"{pointer}/organisation",
                Text(
                    "U meldt namens uw eigen organisatie. Vraag de ander zelf te melden.",
                    "You report for your own organisation. Ask the other to report.",
                ),
            )
        )
    return faults


def _signal(report: SignalReport, number: str, given: Given) -> Signal:
    return Signal(
        id=number,
        indicator=report.indicator,
        reliability=report.reliability,
        organisation=report.organisation,
        happened_on=report.happened_on,
        reported_on=given.today,
        text=report.text.strip(),
    )


def _reported(signal: Signal) -> Entry:
    return Entry(
        "signal_reported",
        {
            "signal": signal.id,
            "indicator": signal.indicator,
            "reliability": signal.reliability.value,
            "organisation": signal.organisation,
            "happened_on": signal.happened_on.isoformat(),
            "text": signal.text,
        },
    )


def _report(decision: Decision, command: ReportSignal, given: Given) -> None:
    case = _open(decision)
    faults = _report_faults(command.report, given, "")
    if faults:
        raise Invalid(
            Text("Dit signaal is nog niet compleet.", "This signal is not complete yet."), faults
        )
    signal = _signal(command.report, f"S{len(case.signals) + 1}", given)
    decision.case = case.but(signals=(*case.signals, signal))
    decision.signals.append(signal)
    decision.entries.append(_reported(signal))
    decision.created = signal.id
    decision.messages.append(
        Message(
            "signal-reported",
            _PARTIES,
            Text("Er is een signaal bijgekomen.", "A signal was added."),
        )
    )


def _close_signal(decision: Decision, command: CloseSignal, given: Given) -> None:
    case = _open(decision)
    found = next((s for s in case.signals if s.id == command.signal), None)
    if found is None or found.closed_on is not None:
        raise Conflict(
            Text(
                f"Signaal {command.signal} staat niet open in deze zaak.",
                f"Signal {command.signal} is not open in this case.",
            )
        )
    if found.organisation != given.actor.organisation and not given.actor.has(Role.SECRETARIAT):
        raise NotAllowed(
            Text(
                "Een signaal sluit wie het meldde, of het secretariaat.",
                "A signal is closed by who reported it, or by the secretariat.",
            )
        )
    if not found.happened_on <= command.closed_on <= given.today:
        first = day_in_words(found.happened_on)
        raise Invalid(
            Text("Deze dag kan niet.", "This day cannot be."),
            [
                Fault(
                    "/closedOn",
                    Text(
                        f"Kies een dag van {first.nl} tot en met vandaag.",
                        f"Choose a day from {first.en} up to today.",
                    ),
                )
            ],
        )
    closed = replace(
        found, closed_on=command.closed_on, closed_as="kept" if command.kept else "closed"
    )
    decision.case = case.but(signals=tuple(closed if s is found else s for s in case.signals))
    decision.signals.append(closed)
    decision.entries.append(
        Entry(
            "signal_closed",
            {
                "signal": closed.id,
                "closed_on": command.closed_on.isoformat(),
                "kept": command.kept,
                "note": command.note,
            },
        )
    )


def _confirm(decision: Decision, command: Confirm, given: Given) -> None:
    case = _open(decision)
    faults = _long_faults(command.note, "/note")
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
    if (on_behalf or not command.kind.per_party) and not command.note.strip():
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


def _add_party(decision: Decision, command: AddParty) -> None:
    case = _open(decision)
    if case.party(command.party.organisation) is not None:
        raise Conflict(
            Text(
                f"{command.party.name} is al partij in deze zaak.",
                f"{command.party.name} is a party to this case already.",
            )
        )
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
    case = _open(decision)
    fault = _appointment_fault(command, given)
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


def _appointment_fault(command: Appoint, given: Given) -> Fault | None:
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
    if command.office == "mediator" and Role.MEDIATOR not in person.roles:
        return Fault(
            "/appointee",
            Text(
                "Deze persoon is geen bemiddelaar. Kies iemand met die rol.",
                "This person is no mediator. Choose somebody with that role.",
            ),
        )
    return None


def _record(decision: Decision, command: RecordEvent, given: Given) -> None:
    faults = _long_faults(command.text, "/text")
    if not command.text.strip():
        faults.append(
            Fault("/text", Text("Schrijf op wat er gebeurde.", "Write down what happened."))
        )
    faults.extend(_day_faults(command.happened_on, given, "/happenedOn"))
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
    case = _open(decision)
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


def _open(decision: Decision) -> Case:
    """Return the case if work on it goes on, or say that it is closed."""
    case = decision.case
    if case is None or case.status is Status.CLOSED:
        raise Conflict(
            Text(
                "Deze zaak is gesloten. Heropen haar eerst.",
                "This case is closed. Reopen it first.",
            )
        )
    return case
