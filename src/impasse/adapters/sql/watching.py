"""What the watchdogs see in the database: open runs, timers, the outbox and its deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, distinct, func, literal_column, or_, select

from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CaseRow,
    DeliveryRow,
    EscalationRunRow,
    OutboxRow,
    PersonRow,
    TimerRow,
    WebhookRow,
)
from impasse.domain.case import Purpose, Status
from impasse.domain.watchdog import (
    GRACE,
    MUTE,
    OpenRun,
    sight_of_deliveries,
    sight_of_outbox,
    sight_of_runs,
    sight_of_timers,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from impasse.domain.watchdog import Sight

_RUNS = table(EscalationRunRow)
_CASES = table(CaseRow)
_TIMERS = table(TimerRow)
_MESSAGES = table(OutboxRow)
_DELIVERIES = table(DeliveryRow)
_WEBHOOKS = table(WebhookRow)
_PERSONS = table(PersonRow)
_ARMED = _TIMERS.c.state == literal_column("'armed'")
# Written out, so that the partial indexes can be used.
OPEN_RUN = _RUNS.c.state != literal_column("'ended'")
_ON_ITS_WAY = _DELIVERIES.c.state.in_(
    [literal_column(f"'{state}'") for state in ("waiting", "held", "sending", "retrying")]
)


def open_runs(connection: Connection) -> list[OpenRun]:
    """Return every open run, with the moment at which its armed timer rings."""
    runs = connection.execute(
        select(_RUNS.c.case_id, _RUNS.c.id, _RUNS.c.turn, _RUNS.c.next_at, _CASES.c.status)
        .join(_CASES, _CASES.c.id == _RUNS.c.case_id)
        .where(OPEN_RUN)
        .order_by(_RUNS.c.case_id, _RUNS.c.id)
    ).all()
    rings: dict[tuple[str, str, int], datetime] = {}
    for row in connection.execute(
        select(_TIMERS.c.case_id, _TIMERS.c.rung, _TIMERS.c.generation, _TIMERS.c.due_at).where(
            _ARMED, _TIMERS.c.purpose == Purpose.ESCALATION.value
        )
    ):
        rings[row.case_id, f"E{row.rung}", row.generation] = row.due_at
    return [
        OpenRun(
            row.case_id,
            row.id,
            row.status == Status.CLOSED.value,
            row.next_at,
            rings.get((row.case_id, row.id, row.turn)),
        )
        for row in runs
    ]


def see_runs(connection: Connection, at: datetime) -> Sight:
    """Look at every open run."""
    return sight_of_runs(open_runs(connection), at)


def see_timers(connection: Connection, at: datetime) -> Sight:
    """Look at the timers that were to ring, and at those that fail every time they do."""
    late, oldest = _one(
        connection,
        select(func.count(), func.min(_TIMERS.c.wake_at)).where(
            _ARMED, _TIMERS.c.wake_at < at - GRACE
        ),
    )
    [failing] = _one(
        connection,
        select(func.count()).where(
            _ARMED,
            _TIMERS.c.wake_at >= at - GRACE,
            _TIMERS.c.due_at < at - 4 * GRACE,
            _TIMERS.c.failure != "",
        ),
    )
    return sight_of_timers(late, oldest, failing, at)


def see_outbox(connection: Connection, at: datetime) -> Sight:
    """Look at the oldest message that was not spread yet."""
    [oldest] = _one(
        connection, select(func.min(_MESSAGES.c.at)).where(_MESSAGES.c.spread_at.is_(None))
    )
    return sight_of_outbox(oldest, at)


def see_deliveries(connection: Connection, at: datetime) -> Sight:
    """Look, per channel, at the delivery that should have been tried the longest ago."""
    return sight_of_deliveries(oldest_due(connection, at), at, _mute(connection, at))


def oldest_due(connection: Connection, at: datetime) -> dict[str, datetime]:
    """Return per channel when the first delivery that is still on its way should have been tried.

    What waits for a webhook of somebody who is disabled waits on purpose.
    """
    rests = (
        select(_WEBHOOKS.c.id)
        .join(_PERSONS, _PERSONS.c.id == _WEBHOOKS.c.created_by)
        .where(or_(_WEBHOOKS.c.active.is_(False), _PERSONS.c.disabled.is_(True)))
    )
    rows = connection.execute(
        select(_DELIVERIES.c.channel, func.min(_DELIVERIES.c.next_at))
        .where(
            _ON_ITS_WAY,
            _DELIVERIES.c.next_at < at,
            ~and_(_DELIVERIES.c.channel == "webhook", _DELIVERIES.c.destination.in_(rests)),
        )
        .group_by(_DELIVERIES.c.channel)
    )
    return {row[0]: row[1] for row in rows}


def _mute(connection: Connection, at: datetime) -> dict[str, datetime]:
    """Return the channels to persons over which everything failed in the last hour.

    One person whose mailbox refuses makes no channel mute. A webhook has its own owner, who hears.
    """
    failing = connection.execute(
        select(_DELIVERIES.c.channel, func.min(_DELIVERIES.c.created_at))
        .where(
            _DELIVERIES.c.state == literal_column("'retrying'"),
            _DELIVERIES.c.channel != "webhook",
            _DELIVERIES.c.created_at < at - MUTE,
        )
        .group_by(_DELIVERIES.c.channel)
        .having(func.count(distinct(_DELIVERIES.c.destination)) > 1)
    ).all()
    if not failing:
        return {}
    arrived = set(
        connection.execute(
            select(_DELIVERIES.c.channel)
            .where(
                _DELIVERIES.c.channel.in_([row[0] for row in failing]),
                _DELIVERIES.c.state.in_(["sent", "delivered", "seen"]),
                _DELIVERIES.c.done_at > at - MUTE,
            )
            .distinct()
        ).scalars()
    )
    return {row[0]: row[1] for row in failing if row[0] not in arrived}


def _one(connection: Connection, query: Any) -> Any:  # noqa: ANN401 what SQLAlchemy answers
    return connection.execute(query).one()
