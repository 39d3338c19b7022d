"""What may wait for one person, over all cases that exist for them: work, second eyes, wordings.

Of what stands in closed rooms it tells that something waits, to who may enter, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select, update

from impasse.adapters.sql.database import Codec, translate, writing
from impasse.adapters.sql.notifications import visible_notifications
from impasse.adapters.sql.room_rows import room_from_key
from impasse.adapters.sql.rooms import visible_rooms
from impasse.adapters.sql.rows import read_task
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CaseRow,
    ConfirmationRow,
    DeliveryRow,
    NotificationRow,
    ReleaseRow,
    RoomRow,
    TaskRow,
)
from impasse.adapters.sql.views import visible_cases
from impasse.domain.case import ConfirmationKind, Status, Visibility
from impasse.domain.rooms import ReleaseState, RoomKind
from impasse.domain.task import TaskState
from impasse.engine.outbox import INBOX, DeliveryState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Engine

    from impasse.domain.people import Actor
    from impasse.domain.rooms import Room
    from impasse.domain.task import Task

MOST = 1_000
"""So many lines of each kind at most: a longer list is not read."""

_CASES, _TASKS, _ROOMS = table(CaseRow), table(TaskRow), table(RoomRow)
_NOTIFICATIONS, _DELIVERIES = table(NotificationRow), table(DeliveryRow)
_CONFIRMATIONS, _RELEASES = table(ConfirmationRow), table(ReleaseRow)
_NATIVE = Codec("native")
_IN_HAND = (TaskState.OPEN.value, TaskState.STARTED.value)


@dataclass(frozen=True, slots=True)
class WaitingMove:
    """A move that one person confirmed in the stay that goes on, and that waits for another."""

    case: str
    trigger: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaitingRelease:
    """A wording in a room that waits for its owner: where it is and since when, not its words."""

    case: str
    room: Room
    id: str
    at: datetime


class Inbox:
    """Reads of one database, for the list of work of one person."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def tasks(self, actor: Actor) -> list[tuple[str, Task]]:
        """Return the tasks that can be done now in open cases of *actor*, the soonest first.

        Those of others too; whose a task is, `tasks.may_act` says.
        """
        query = (
            select(_TASKS)
            .join(_CASES, _CASES.c.id == _TASKS.c.case_id)
            .where(
                self._running(actor),
                _TASKS.c.stage_entry == _CASES.c.stage_entry,
                _TASKS.c.state.in_(_IN_HAND),
            )
            .order_by(_TASKS.c.due_on, _TASKS.c.case_id, _TASKS.c.position)
        )
        return [(row.case_id, read_task(_NATIVE, tuple(row))) for row in self._rows(query)]

    def moves(self, actor: Actor) -> list[WaitingMove]:
        """Return what was confirmed for a second pair of eyes, by others than *actor*."""
        query = (
            select(_CONFIRMATIONS)
            .join(_CASES, _CASES.c.id == _CONFIRMATIONS.c.case_id)
            .where(
                self._running(actor),
                _CONFIRMATIONS.c.kind == ConfirmationKind.FOUR_EYES.value,
                _CONFIRMATIONS.c.stage_entry == _CASES.c.stage_entry,
                _CONFIRMATIONS.c.person != actor.person,
            )
            .order_by(_CONFIRMATIONS.c.at)
        )
        return [
            WaitingMove(row.case_id, row.about, row.person, row.at) for row in self._rows(query)
        ]

    def releases(self, actor: Actor) -> list[WaitingRelease]:
        """Return wordings on which *actor* decides: of his own party, or as the mediator alone."""
        mine = or_(
            _ROOMS.c.kind == RoomKind.MEDIATOR.value,
            and_(_ROOMS.c.organisation != "", _ROOMS.c.organisation == actor.organisation),
        )
        query = (
            select(_RELEASES.c.case_id, _RELEASES.c.room, _RELEASES.c.id, _RELEASES.c.proposed_at)
            .join(
                _ROOMS,
                and_(_ROOMS.c.case_id == _RELEASES.c.case_id, _ROOMS.c.room == _RELEASES.c.room),
            )
            .join(_CASES, _CASES.c.id == _RELEASES.c.case_id)
            .where(
                visible_rooms(actor),
                mine,
                _CASES.c.status != Status.CLOSED.value,
                _RELEASES.c.state == ReleaseState.PROPOSED.value,
            )
            .order_by(_RELEASES.c.proposed_at)
        )
        return [
            WaitingRelease(row.case_id, room_from_key(row.room), row.id, row.proposed_at)
            for row in self._rows(query)
        ]

    def see_all(self, actor: Actor, until: datetime, at: datetime) -> None:
        """Write down that *actor* saw every notification up to and including *until*."""
        unseen = select(_NOTIFICATIONS.c.id).where(
            visible_notifications(actor),
            _NOTIFICATIONS.c.seen_at.is_(None),
            _NOTIFICATIONS.c.created_at <= until,
        )
        with writing(self._database) as connection:
            seen = [row.id for row in connection.execute(unseen)]
            for first in range(0, len(seen), MOST):
                some = seen[first : first + MOST]
                connection.execute(
                    update(_NOTIFICATIONS)
                    .where(_NOTIFICATIONS.c.id.in_(some), _NOTIFICATIONS.c.seen_at.is_(None))
                    .values(seen_at=at)
                )
                connection.execute(
                    update(_DELIVERIES)
                    .where(
                        _DELIVERIES.c.notification_id.in_(some),
                        _DELIVERIES.c.channel == INBOX,
                        _DELIVERIES.c.state == DeliveryState.DELIVERED.value,
                    )
                    .values(state=DeliveryState.SEEN.value)
                )

    def _running(self, actor: Actor) -> Any:  # noqa: ANN401 a condition
        return and_(
            visible_cases(actor),
            _CASES.c.status == Status.OPEN.value,
            _CASES.c.visibility != Visibility.LESSON.value,
        )

    def _rows(self, query: Select[Any]) -> list[Any]:
        try:
            with self._database.connect() as connection:
                return list(connection.execute(query.limit(MOST)))
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error
