"""Destroying content: by its owner, or when the retention of a room has passed after closing.

What was written goes; that it was there, its digest and the chain of history stay. As long as a
legal hold stands, nothing goes.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, assert_never

from impasse.domain.access import is_owner
from impasse.domain.calendar import LAST_DAY
from impasse.domain.case import Status, Visibility
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from impasse.domain.history import DESTROYED_ALL, Entry
from impasse.domain.legal_hold import refuse_held, standing
from impasse.domain.length import Unit
from impasse.domain.reporting import long_faults
from impasse.domain.rooms import RoomChange, RoomKind
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.domain.case import Case
    from impasse.domain.commands import DestroyContribution, DestroyRoom
    from impasse.domain.decision import Decision, Given
    from impasse.domain.disclosure import LegalHold
    from impasse.domain.length import Length
    from impasse.domain.rooms import Room, RoomState
    from impasse.domain.workflow import RoomPolicy

DESTROYED = "(vernietigd)"
"""What stands where the title of a destroyed case stood."""

_SATURDAY = 5


def destroyed_on(
    case: Case,
    room: Room,
    policy: RoomPolicy,
    holds: Iterable[LegalHold],
) -> date | None:
    """Return the day on which the content of *room* is destroyed; None when it is kept.

    Kept is: a case that is not closed (reopening cancels), a lesson, a case on which a legal hold
    stands, and a room of which the procedure names no retention. The whole case, which is the
    shared room, is never destroyed before its other rooms.
    """
    if case.status is not Status.CLOSED or case.visibility is Visibility.LESSON:
        return None
    if standing(holds):
        return None
    return kept_until(room.kind, case.stage_since, policy)


def kept_until(kind: RoomKind, closed_on: date, policy: RoomPolicy) -> date | None:
    """Return the day on which a room of this kind is destroyed when its case closed on a day."""
    kept = policy.keep.get(kind)
    if kept is None:
        return None
    if kind is not RoomKind.SHARED:
        return _day_after(kept, closed_on)
    return max(_day_after(keep, closed_on) for keep in policy.keep.values())


def destroy_contribution(decision: Decision, command: DestroyContribution, given: Given) -> None:
    """Destroy the content of one contribution of a confidential room; also of a closed case.

    Raises `NotFound`, `Conflict` (shared, gone already, or a legal hold), `NotAllowed` for who is
    not its owner, `Invalid` without a reason.
    """
    case, state = decision.case, _state(given)
    assert case is not None  # noqa: S101 a room is of a case
    if not command.room.confidential:
        raise Conflict(
            Text(
                "Wat is gedeeld, is van alle partijen en blijft zolang de zaak blijft.",
                "What is shared belongs to all parties and stays as long as the case does.",
            )
        )
    found = state.contribution
    if found is None or found.id != command.contribution:
        raise NotFound(
            Text(
                f"{command.contribution} staat niet in deze kamer.",
                f"{command.contribution} is not in this room.",
            )
        )
    if not is_owner(given.actor, command.room, case):
        raise NotAllowed(
            Text(
                "Alleen van wie dit is, kan het vernietigen. Vraag het de partij zelf.",
                "Only whose it is can destroy it. Ask the party itself.",
            )
        )
    if found.destroyed_at is not None:
        raise Conflict(
            Text(
                f"De inhoud van {found.id} is al vernietigd.",
                f"The content of {found.id} was destroyed already.",
            )
        )
    refuse_held(given.holds)
    faults = long_faults(command.reason, "/reason")
    if not command.reason.strip():
        faults.append(
            Fault(
                "/reason",
                Text(
                    "Schrijf waarom; de reden blijft bewaard, de inhoud niet.",
                    "Write why; the reason is kept, the content is not.",
                ),
            )
        )
    if faults:
        raise Invalid(
            Text("Dit kan zo niet worden vernietigd.", "This cannot be destroyed as it is."),
            faults,
        )
    reason = command.reason.strip()
    decision.rooms.append(
        RoomChange(
            state,
            entries=[Entry("contribution_destroyed", {"id": found.id, "reason": reason})],
            destroyed=[found.id],
        )
    )


def destroy_room(decision: Decision, command: DestroyRoom, given: Given) -> None:
    """Destroy all content of a room whose retention has passed, or of the whole case.

    Looks again whether its day has come: who sends this looked some time ago. Raises `Conflict`
    when it has not; nothing happens to a room in which nothing was ever written.
    """
    case, state = decision.case, _state(given)
    assert case is not None  # noqa: S101 a room is of a case
    refuse_held(given.holds)
    policy = given.procedure.workflow.rooms
    day = destroyed_on(case, command.room, policy, given.holds)
    if day is None or given.today < day:
        raise Conflict(_not_due(day))
    if command.room.confidential:
        if state.revision and state.destroyed_at is None:
            record = Entry("room_destroyed", {"contributions": state.contributions})
            decision.rooms.append(RoomChange(state, entries=[record], destroy_all=True))
        return
    if state.destroyed_at is not None:
        return
    # Every line of history up to here loses its words; this one says so, and through which.
    decision.case = case.but(title=DESTROYED, summary="")
    decision.entries.append(
        Entry(
            DESTROYED_ALL,
            {"contributions": state.contributions, "through": case.history_length},
        )
    )
    decision.rooms.append(RoomChange(state, destroy_all=True))
    decision.disarm_all = True


def _day_after(keep: Length, closed_on: date) -> date:
    """Return the day on which *keep* has passed; what lies beyond every calendar never comes.

    Keeping is no term in which somebody must act: no holiday moves it, and a working day is one
    from Monday to Friday.
    """
    try:
        return min(_counted(keep, closed_on), LAST_DAY)
    except (OverflowError, ValueError):
        return LAST_DAY


def _counted(keep: Length, closed_on: date) -> date:
    amount = keep.amount
    match keep.unit:
        case Unit.HOURS:
            return closed_on + timedelta(days=-(-amount // 24))
        case Unit.CALENDAR_DAYS:
            return closed_on + timedelta(days=amount)
        case Unit.WORKING_DAYS:
            weeks, days = divmod(amount, 5)
            day = closed_on + timedelta(weeks=weeks)
            while days:
                day += timedelta(days=1)
                days -= day.weekday() < _SATURDAY
            return day
        case Unit.WEEKS:
            return closed_on + timedelta(weeks=amount)
        case Unit.MONTHS:
            return _months_after(closed_on, amount)
        case Unit.YEARS:
            return _months_after(closed_on, 12 * amount)
    assert_never(keep.unit)


def _months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day when it has none such."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def _state(given: Given) -> RoomState:
    assert given.room is not None  # noqa: S101 the engine loads it for every command in a room
    return given.room


def _not_due(day: date | None) -> Text:
    if day is None:
        return Text(
            "Deze kamer wordt bewaard: de zaak is niet gesloten of haar procedure noemt geen "
            "bewaartermijn.",
            "This room is kept: the case is not closed, or its procedure names no retention.",
        )
    told = day_in_words(day)
    return Text(f"Deze kamer wordt bewaard tot {told.nl}.", f"This room is kept until {told.en}.")
