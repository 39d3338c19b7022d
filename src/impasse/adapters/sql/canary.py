"""The canary: a message about nothing that travels the whole road, to measure how long it takes.

It stands in the outbox like any other, is spread, claimed, sent and settled by the same threads.
What it reaches is this house itself. It is thrown away once it was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, literal_column, select, update

from impasse.adapters.sql.announcing import ABOUT_NO_CASE
from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, OutboxRow
from impasse.engine.outbox import Answer, DeliveryState, Due, Event, Parcel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection, Engine

    from impasse.engine.outbox import Outcome

CANARY = "canary"
"""The channel of the canary, and its only destination."""

TYPE = f"{ABOUT_NO_CASE}canary"

_MESSAGES = table(OutboxRow)
_DELIVERIES = table(DeliveryRow)
_OK = 200
_MINE = _DELIVERIES.c.channel == CANARY
_DUE = _DELIVERIES.c.state.in_(
    [literal_column(f"'{state}'") for state in ("waiting", "sending", "retrying")]
)


@dataclass(frozen=True, slots=True)
class Flight:
    """A canary: when it left, and when it was back; None while it is under way."""

    message: str
    left_at: datetime
    back_at: datetime | None

    @property
    def took(self) -> timedelta | None:
        """How long it was under way, if it is back."""
        return None if self.back_at is None else self.back_at - self.left_at


def let_fly(connection: Connection, at: datetime) -> None:
    """Put a canary into the outbox, with what is to be delivered of it."""
    message = f"{CANARY}:{at.isoformat(timespec='seconds')}"
    connection.execute(
        insert(_MESSAGES).values(
            id=message,
            subject="",
            type=TYPE,
            at=at,
            notify="[]",
            reason_nl="",
            reason_en="",
            spread_at=None,
            addressees="[]",
            otherwise_nl="",
            otherwise_en="",
            rule="",
            run="",
            urgent=False,
            stay=0,
            by="",
        )
    )
    connection.execute(
        insert(_DELIVERIES).values(
            message_id=message,
            notification_id=None,
            channel=CANARY,
            destination=CANARY,
            bundle="",
            state=DeliveryState.WAITING.value,
            attempts=0,
            next_at=at,
            answered=None,
            failure="",
            done_at=None,
            created_at=at,
            reported_at=None,
        )
    )


def in_flight(connection: Connection) -> Flight | None:
    """Return the canary that was let fly last, if one is there."""
    row = connection.execute(
        select(_MESSAGES.c.id, _MESSAGES.c.at, _MESSAGES.c.spread_at, _DELIVERIES.c.done_at)
        .join(_DELIVERIES, _DELIVERIES.c.message_id == _MESSAGES.c.id)
        .where(_MINE)
        .order_by(_DELIVERIES.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    there = row.done_at is not None and row.spread_at is not None
    return Flight(row.id, row.at, max(row.done_at, row.spread_at) if there else None)


def land(connection: Connection) -> None:
    """Throw every canary away."""
    gone = connection.execute(select(_DELIVERIES.c.message_id).where(_MINE)).scalars().all()
    connection.execute(delete(_DELIVERIES).where(_MINE))
    connection.execute(delete(_MESSAGES).where(_MESSAGES.c.id.in_(gone)))


class CanaryRoad:
    """Where the canary waits and where it arrives: a channel and its posts in one."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def destinations(self, at: datetime) -> Sequence[Due]:
        """Return the one destination while a canary that was spread is due."""
        query = (
            select(_DELIVERIES.c.id)
            .join(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
            .where(_MINE, _DUE, _DELIVERIES.c.next_at <= at, _MESSAGES.c.spread_at.is_not(None))
            .limit(1)
        )
        try:
            with self._database.connect() as connection:
                found = connection.execute(query).first()
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error
        return [] if found is None else [Due(CANARY)]

    def claim(self, destination: str, at: datetime, lease: timedelta) -> Parcel | None:
        """Take the canary until *at* + *lease*; the attempt counts from now on."""
        query = (
            select(_DELIVERIES.c.id, _DELIVERIES.c.attempts, _MESSAGES.c.id, _MESSAGES.c.at)
            .join(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
            .where(_MINE, _DUE, _DELIVERIES.c.next_at <= at, _MESSAGES.c.spread_at.is_not(None))
            .order_by(_DELIVERIES.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with writing(self._database) as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            key, attempts, message, left_at = row
            connection.execute(
                update(_DELIVERIES)
                .where(_DELIVERIES.c.id == key)
                .values(
                    state=DeliveryState.SENDING.value, attempts=attempts + 1, next_at=at + lease
                )
            )
        event = Event(message, "", TYPE, left_at, "", ())
        return Parcel(message, CANARY, destination, (key,), attempts + 1, left_at, event)

    def send(self, parcel: Parcel, at: datetime) -> Answer:  # noqa: ARG002 as of every channel
        """Take the canary in."""
        return Answer(_OK)

    def settle(self, parcel: Parcel, answer: Answer, outcome: Outcome, at: datetime) -> None:
        """Write down that it arrived, unless another took it over."""
        with writing(self._database) as connection:
            connection.execute(
                update(_DELIVERIES)
                .where(
                    _DELIVERIES.c.id.in_(parcel.deliveries),
                    _DELIVERIES.c.attempts == parcel.attempts,
                    _DUE,
                )
                .values(
                    state=outcome.state.value,
                    next_at=outcome.next_at,
                    answered=answer.status,
                    done_at=at,
                )
            )
