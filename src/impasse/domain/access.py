"""Who may see and do what: the only place that answers.

What you may not see does not exist for you. What you may do follows from what you are to the
case: somebody who works for an organisation that is a party has the role of party there. Inside a
case each room is for some only, and a supervisor is nothing to any case at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.case import Status, Visibility
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
    OpenCase,
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
from impasse.domain.errors import NotAllowed, NotFound
from impasse.domain.people import Role
from impasse.domain.rooms import SHARED, Room, RoomKind
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from impasse.domain.case import Case
    from impasse.domain.commands import Command
    from impasse.domain.people import Actor

_SEES_ALL = frozenset({Role.SECRETARIAT, Role.CLOCK})
_SPEAKS = frozenset({Role.LIAISON_OFFICER})
_FROM_THE_CASE = frozenset({Role.PARTY})
"""Nobody carries this by appointment: whoever claims to, gets it from the case or not at all."""

_TELLS = frozenset({"replay", "clock"})
"""The doors through which history is told: the sources, and the time between them."""

_IN_ROOMS = frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT})

_MAY: Mapping[type[Command], frozenset[Role]] = {
    OpenCase: frozenset({Role.LIAISON_OFFICER, Role.SECRETARIAT}),
    ReportSignal: frozenset({Role.PARTY, Role.SECRETARIAT}),
    CloseSignal: frozenset({Role.PARTY, Role.SECRETARIAT}),
    AddParty: frozenset({Role.PARTY, Role.SECRETARIAT}),
    Confirm: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    Appoint: frozenset({Role.SECRETARIAT}),
    # Which role may make which move is the procedure's to say; see decide.
    MakeMove: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT, Role.CLOCK}),
    RecordEvent: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    RaiseTier: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    FireTimer: frozenset({Role.CLOCK}),
    DecideCandidate: frozenset({Role.SECRETARIAT}),
    # Who of these may do so in which stage is the procedure's to say; see running_term.
    Suspend: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    Resume: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    Extend: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    ReplanTerm: frozenset({Role.CLOCK}),
    Migrate: frozenset({Role.SECRETARIAT}),
    UndoMigration: frozenset({Role.SECRETARIAT}),
    # Whose task it is, is the procedure's to say; see tasks.
    StartTask: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    CompleteTask: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    WithdrawTask: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    ReopenTask: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    CloseTasks: frozenset({Role.MEDIATOR, Role.SECRETARIAT}),
    PlanMeeting: frozenset({Role.SECRETARIAT}),
    # Who of these may be in which room, `may_enter` says.
    Contribute: _IN_ROOMS,
    ProposeRelease: _IN_ROOMS,
    DecideRelease: frozenset({Role.PARTY, Role.MEDIATOR}),
    WithdrawRelease: _IN_ROOMS,
    DestroyContribution: frozenset({Role.PARTY, Role.MEDIATOR}),
    DestroyRoom: frozenset({Role.CLOCK}),
    PlaceHold: frozenset({Role.PARTY, Role.SECRETARIAT}),
    LiftHold: frozenset({Role.PARTY, Role.SECRETARIAT}),
    AssessDisclosure: frozenset({Role.PARTY}),
    StartEscalation: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT, Role.CLOCK}),
    AcknowledgeEscalation: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    SnoozeEscalation: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    EndSnooze: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    # Of the parties only the one that asked for it; see escalation_acts.
    SettleEscalation: frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT}),
    ReportUndelivered: frozenset({Role.CLOCK}),
}


def roles_on(actor: Actor, case: Case | None) -> frozenset[Role]:
    """Return what *actor* is to *case*: roles by appointment, and those that the case gives.

    A mediator is one only on the case where he or she was appointed, and no more once he or she
    works for a party to it. Without a case (opening one, planning a meeting) only appointments
    count. To a lesson nobody is anything: it is history, which only those who tell it add to. A
    supervisor is nothing anywhere, whatever else he carries: who may have to intervene does not
    sit in on a mediation.
    """
    if Role.SUPERVISOR in actor.roles:
        return frozenset()
    roles = actor.roles - _FROM_THE_CASE
    if case is None:
        return roles
    if case.visibility is Visibility.LESSON and actor.origin not in _TELLS:
        return frozenset()
    if Role.MEDIATOR in roles and (
        not actor.person
        or case.mediator != actor.person
        or case.party(actor.organisation) is not None
    ):
        roles -= {Role.MEDIATOR}
    if roles & _SPEAKS and actor.organisation:
        for party in case.parties:
            if party.organisation == actor.organisation:
                return roles | {Role.PARTY}
    return roles


def may_see(actor: Actor, case: Case) -> bool:
    """Whether *case* exists for *actor*; `views.visible_cases` says the same in SQL."""
    if case.visibility is Visibility.LESSON:
        return True
    roles = roles_on(actor, case)
    return bool(roles & _SEES_ALL) or Role.PARTY in roles or Role.MEDIATOR in roles


def may_enter(actor: Actor, room: Room, case: Case) -> bool:
    """Whether *room* of *case* exists for *actor*; `RoomViews.visible_rooms` says so in SQL.

    Somebody who may see the case may be in the shared room. A side room is for who speaks for
    that party, a caucus for them and for the mediator to whom it was confided, as long as he or
    she is the mediator of the case; the mediator's own room for nobody else. Nobody has a master
    key: neither the secretariat nor an administrator.
    """
    if not may_see(actor, case):
        return False
    if room.kind is RoomKind.SHARED:
        return True
    if not actor.confidential or case.visibility is Visibility.LESSON:
        return False
    roles = roles_on(actor, case)
    if Role.CLOCK in roles:
        return True
    mediates = Role.MEDIATOR in roles and room.mediator == actor.person
    if room.kind is RoomKind.MEDIATOR:
        return mediates
    speaks = Role.PARTY in roles and room.organisation == actor.organisation
    return speaks or (room.kind is RoomKind.CAUCUS and mediates)


def rooms_of(actor: Actor, case: Case) -> tuple[Room, ...]:
    """Return the rooms in which *actor* may write now, the shared one first.

    They exist as soon as somebody could write in them, whether or not anybody did.
    """
    mediator = case.mediator
    found = [SHARED, *(Room(RoomKind.SIDE, party.organisation) for party in case.parties)]
    if mediator:
        found += [Room(RoomKind.CAUCUS, party.organisation, mediator) for party in case.parties]
        found.append(Room(RoomKind.MEDIATOR, mediator=mediator))
    return tuple(room for room in found if may_enter(actor, room, case))


def room_called(actor: Actor, case: Case, room_id: str, stored: Iterable[Room] = ()) -> Room:
    """Return the room with this id, of those that exist for *actor*, or raise `NotFound`.

    *stored* are rooms in which something was written before, such as a caucus with an earlier
    mediator.
    """
    for room in (*rooms_of(actor, case), *stored):
        if room.id == room_id and may_enter(actor, room, case):
            return room
    raise no_such_room(case.id)


def is_owner(actor: Actor, room: Room, case: Case) -> bool:
    """Whether *actor* decides what of *room* is shared: its party, or the mediator alone."""
    if not may_enter(actor, room, case):
        return False
    if room.kind is RoomKind.MEDIATOR:
        return True
    return bool(room.organisation) and actor.organisation == room.organisation


def may_write(actor: Actor, room: Room, case: Case, *, mediator_open: bool) -> bool:
    """Whether *actor* can bring something into *room* of *case* now; `room_acts` refuses others.

    *mediator_open* says whether the procedure has a room for notes of the mediator.
    """
    shut = room.kind is RoomKind.MEDIATOR and not mediator_open
    if shut or case.status is Status.CLOSED or room not in rooms_of(actor, case):
        return False
    return bool(_IN_ROOMS & roles_on(actor, case))


def may_do(actor: Actor, command: Command, case: Case | None) -> bool:
    """Whether somebody with the roles of *actor* may ever send this kind of command."""
    return bool(_MAY[type(command)] & roles_on(actor, case))


def authorise(actor: Actor, command: Command, case: Case | None) -> None:
    """Raise `NotFound` for what *actor* may not see, `NotAllowed` for what he may not do."""
    if case is not None and not may_see(actor, case):
        raise no_such_case(case.id)
    room = getattr(command, "room", None)
    if case is not None and isinstance(room, Room) and not may_enter(actor, room, case):
        raise no_such_room(case.id)
    if case is not None and case.visibility is Visibility.LESSON and not roles_on(actor, case):
        raise NotAllowed(
            Text(
                "Een leerzaak is geschiedenis: u kunt haar lezen, niet veranderen.",
                "A lesson is history: you can read it, not change it.",
            )
        )
    if not may_do(actor, command, case):
        held = ", ".join(sorted(role.label.nl for role in roles_on(actor, case))) or "geen"
        held_en = ", ".join(sorted(role.label.en for role in roles_on(actor, case))) or "none"
        allowed = sorted(_MAY[type(command)] - {Role.CLOCK})
        raise NotAllowed(
            Text(
                f"Dit kan alleen met de rol {_or(allowed, 'nl')}; uw rol hier: {held}.",
                f"This needs the role {_or(allowed, 'en')}; your role here: {held_en}.",
            )
        )


def no_such_room(case: str) -> NotFound:
    """Return the one error for a room that is not there, for whatever reason."""
    return NotFound(
        Text(
            f"Deze kamer van zaak {case} bestaat niet, of u hoort er niet bij.",
            f"This room of case {case} does not exist, or you are not in it.",
        )
    )


def no_such_case(case: str) -> NotFound:
    """Return the one error for a case that is not there, for whatever reason."""
    return NotFound(
        Text(
            f"Zaak {case} bestaat niet, of u bent er geen deelnemer van.",
            f"Case {case} does not exist, or you take no part in it.",
        )
    )


def _or(roles: list[Role], language: str) -> str:
    labels = [role.label.nl if language == "nl" else role.label.en for role in roles]
    word = " of " if language == "nl" else " or "
    return word.join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels) or "-"
