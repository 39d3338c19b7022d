"""The outbox in the database: messages spread to who must hear them, webhooks under a lease.

A webhook hears what its owner may see, judged twice: when a message is spread, and again when it
is sent. Of a case that its owner may not see it gets nothing, not even the number.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from impasse.adapters.sql import undeliverable
from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, DeliveryRow, OutboxRow, PersonRow, WebhookRow
from impasse.adapters.sql.views import visible_cases
from impasse.adapters.sql.webhooks import StopReason, is_open, read_types, stop_webhook
from impasse.domain.appointment import carried
from impasse.domain.people import Actor, Role
from impasse.engine.outbox import (
    NEW_AT_ONCE,
    WEBHOOK,
    DeliveryState,
    Due,
    Event,
    NewMessage,
    Parcel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection, Engine, Row
    from sqlalchemy.sql import Select

    from impasse.engine.outbox import Settled, Undelivered

    Notify = Callable[[Connection, Sequence[Row[Any]], datetime], None]
    """Makes notifications and their deliveries of rows of the outbox, in the same transaction."""

_MESSAGES = table(OutboxRow)
_WEBHOOKS = table(WebhookRow)
_DELIVERIES = table(DeliveryRow)
_CASES = table(CaseRow)
_PERSONS = table(PersonRow)

_MEETING = "OVERLEG-"
"""With which the subject of a meeting begins."""

UNSEEN = "the owner of the webhook may not see this case any more"
"""Why a delivery lapsed that was promised in time and came too late."""

FAILURE_LENGTH = 500
"""A reason is kept to read, not to store what a stranger sends."""


class SqlOutbox:
    """Messages and deliveries; every method is one short transaction of its own.

    *notify* tells persons; without it only webhooks hear of anything.
    """

    def __init__(self, database: Engine, notify: Notify | None = None) -> None:
        self.database = database
        self._notify = notify

    def new(self, at: datetime, limit: int = NEW_AT_ONCE) -> Sequence[NewMessage]:  # noqa: ARG002 one road for every port
        """Return messages that were not spread yet, the oldest first."""
        query = (
            select(
                _MESSAGES.c.id,
                _MESSAGES.c.type,
                _MESSAGES.c.subject,
                _MESSAGES.c.stay,
                _MESSAGES.c.run,
                _MESSAGES.c.by,
            )
            .where(_MESSAGES.c.spread_at.is_(None))
            .order_by(_MESSAGES.c.at, _MESSAGES.c.id)
            .limit(limit)
        )
        return [
            NewMessage(row.id, row.type, row.subject, row.stay, row.run, row.by)
            for row in _read(self.database, query)
        ]

    def spread(self, at: datetime, ids: Sequence[str] | None = None) -> int:
        """Make a delivery per new message and active webhook that wants it and may know of it.

        Persons are told in the same transaction. A webhook of somebody who is disabled gets
        nothing: of what happens meanwhile it never hears, and what waited for it goes on once its
        owner is back.
        """
        new = (
            select(_MESSAGES)
            .where(_MESSAGES.c.spread_at.is_(None))
            .order_by(_MESSAGES.c.at, _MESSAGES.c.id)
            .limit(NEW_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        if ids is None:
            if not self.new(at, 1):
                return 0
        else:
            new = new.where(_MESSAGES.c.id.in_(list(ids)))
        with writing(self.database) as connection:
            messages = connection.execute(new).all()
            if not messages:
                return 0
            rows = _for_webhooks(connection, messages, at)
            if rows:
                connection.execute(insert(_DELIVERIES), rows)
            if self._notify is not None:
                self._notify(connection, messages, at)
            connection.execute(
                update(_MESSAGES)
                .where(_MESSAGES.c.id.in_([message.id for message in messages]))
                .values(spread_at=at)
            )
        return len(messages)

    def destinations(self, at: datetime) -> Sequence[Due]:
        """Return the webhooks for which a delivery is due, the longest waiting first."""
        due = (
            select(_DELIVERIES.c.destination, _WEBHOOKS.c.failing_since)
            .join(_WEBHOOKS, _WEBHOOKS.c.id == _DELIVERIES.c.destination)
            .join(_PERSONS, _PERSONS.c.id == _WEBHOOKS.c.created_by)
            .where(
                is_open(),
                _DELIVERIES.c.channel == WEBHOOK,
                _DELIVERIES.c.next_at <= at,
                _WEBHOOKS.c.active,
                _PERSONS.c.disabled.is_(False),
            )
            .group_by(_DELIVERIES.c.destination, _WEBHOOKS.c.failing_since)
            .order_by(func.min(_DELIVERIES.c.next_at))
        )
        return [
            Due(row.destination, doubtful=row.failing_since is not None)
            for row in _read(self.database, due)
        ]

    def claim(
        self, destination: str, at: datetime, lease: timedelta, limit: int = 1
    ) -> Sequence[Parcel]:
        """Take the first due deliveries of *destination*; the attempt counts from now on.

        What its owner may not see any more has lapsed, and is not sent.
        """
        first = (
            select(
                _DELIVERIES.c.id.label("delivery"),
                _DELIVERIES.c.attempts,
                _MESSAGES.c.id,
                _MESSAGES.c.subject,
                _MESSAGES.c.type,
                _MESSAGES.c.at,
                _WEBHOOKS.c.url,
                _WEBHOOKS.c.secret,
                _WEBHOOKS.c.old_secret,
                _WEBHOOKS.c.old_secret_until,
                _WEBHOOKS.c.format,
                _WEBHOOKS.c.created_by,
            )
            .join(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
            .join(_WEBHOOKS, _WEBHOOKS.c.id == _DELIVERIES.c.destination)
            .join(_PERSONS, _PERSONS.c.id == _WEBHOOKS.c.created_by)
            .where(
                is_open(),
                _DELIVERIES.c.channel == WEBHOOK,
                _DELIVERIES.c.destination == destination,
                _DELIVERIES.c.next_at <= at,
                _WEBHOOKS.c.active,
                _PERSONS.c.disabled.is_(False),
            )
            .order_by(_DELIVERIES.c.next_at, _DELIVERIES.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=_DELIVERIES)
        )
        with writing(self.database) as connection:
            while True:
                rows = connection.execute(first).all()
                if not rows:
                    return []
                owner = rows[0].created_by
                seen = _seen(connection, {owner}, {row.subject for row in rows})
                hidden = [row.delivery for row in rows if (owner, row.subject) not in seen]
                if hidden:
                    connection.execute(
                        update(_DELIVERIES)
                        .where(_DELIVERIES.c.id.in_(hidden))
                        .values(state=DeliveryState.LAPSED.value, failure=UNSEEN, done_at=at)
                    )
                shown = [row for row in rows if (owner, row.subject) in seen]
                if shown:
                    break
            connection.execute(
                update(_DELIVERIES)
                .where(_DELIVERIES.c.id.in_([row.delivery for row in shown]))
                .values(
                    state=DeliveryState.SENDING.value,
                    attempts=_DELIVERIES.c.attempts + 1,
                    next_at=at + lease,
                )
            )
        return [_parcel(row, destination, at) for row in shown]

    def settle(self, done: Sequence[Settled], unsent: Sequence[Parcel], at: datetime) -> None:
        """Write down what became of parcels, unless a lease ended and another took them.

        Those that were *unsent* return to the front: their attempt does not count.
        """
        if not done and not unsent:
            return
        destination = (done[0].parcel if done else unsent[0]).destination
        with writing(self.database) as connection:
            # Who settles, stops or removes a webhook takes its row first: none waits for another
            # that waits for it.
            connection.execute(
                select(_WEBHOOKS.c.id).where(_WEBHOOKS.c.id == destination).with_for_update()
            )
            _write_down(connection, done, at)
            for parcel in unsent:
                first = parcel.attempts == 1
                connection.execute(
                    update(_DELIVERIES)
                    .where(_still_ours(parcel.deliveries, parcel.attempts))
                    .values(
                        state=(DeliveryState.WAITING if first else DeliveryState.RETRYING).value,
                        attempts=parcel.attempts - 1,
                        next_at=parcel.at if first else at,
                    )
                )
            if done:
                _look_after(connection, done, at)

    def undelivered(self, limit: int, after: int = 0) -> Sequence[Undelivered]:
        """Return what of escalations was given up and not reported yet, the oldest first."""
        return undeliverable.of_escalations(
            _read(self.database, undeliverable.escalations(limit, after))
        )

    def reported(self, deliveries: Sequence[int], at: datetime) -> None:
        """Write down that these were reported."""
        with writing(self.database) as connection:
            undeliverable.reported(connection, deliveries, at)

    def tell_of_failures(self, at: datetime) -> int:
        """Tell owners and administrators which destinations fail, once a day per destination."""
        if not _read(self.database, undeliverable.any_untold()):
            return 0
        with writing(self.database) as connection:
            return undeliverable.tell(connection, at)


def _for_webhooks(
    connection: Connection, messages: Sequence[Row[Any]], at: datetime
) -> list[dict[str, Any]]:
    """Return a delivery per message and webhook that wants it, or that an escalation names."""
    active = select(_WEBHOOKS.c.id, _WEBHOOKS.c.types, _WEBHOOKS.c.created_by).where(
        _WEBHOOKS.c.active
    )
    wanted = [(w.id, read_types(w.id, w.types), w.created_by) for w in connection.execute(active)]
    seen = _seen(connection, {owner for *_, owner in wanted}, {m.subject for m in messages})
    named = {message.id: named_webhooks(message.addressees) for message in messages}
    return [
        {
            "message_id": message.id,
            "notification_id": None,
            "channel": WEBHOOK,
            "destination": webhook,
            "bundle": "",
            "state": DeliveryState.WAITING.value,
            "attempts": 0,
            "next_at": at,
            "answered": None,
            "failure": "",
            "done_at": None,
            "created_at": at,
            "reported_at": None,
        }
        for message in messages
        for webhook, types, owner in wanted
        if (owner, message.subject) in seen
        and (webhook in named[message.id] or _wants(types, message.type))
    ]


def named_webhooks(addressees: str) -> frozenset[str]:
    """Return the webhooks that an escalation names among its *addressees*.

    Of a damaged row there are none: it holds up no other message.
    """
    if not addressees:
        return frozenset()
    try:
        found = json.loads(addressees)
    except ValueError:
        return frozenset()
    named = found if isinstance(found, list) else []
    return frozenset(
        str(one["webhook"]) for one in named if isinstance(one, dict) and "webhook" in one
    )


def _parcel(row: Row[*tuple[Any, ...]], destination: str, at: datetime) -> Parcel:
    secrets = [row.secret]
    if row.old_secret and row.old_secret_until is not None and at < row.old_secret_until:
        secrets.append(row.old_secret)
    event = Event(row.id, row.subject, row.type, row.at, row.url, tuple(secrets), row.format)
    return Parcel(row.id, WEBHOOK, destination, (row.delivery,), row.attempts + 1, row.at, event)


def _still_ours(deliveries: Iterable[int], attempts: int) -> Any:  # noqa: ANN401 SQLAlchemy types it so
    return (
        _DELIVERIES.c.id.in_(list(deliveries))
        & (_DELIVERIES.c.attempts == attempts)
        & (_DELIVERIES.c.state == DeliveryState.SENDING.value)
    )


def _write_down(connection: Connection, done: Sequence[Settled], at: datetime) -> None:
    """Settle *done*; those with the same end in one statement."""
    same: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for one in done:
        failure = one.answer.failure[:FAILURE_LENGTH]
        end = (one.outcome.state, one.outcome.next_at, one.answer.status, failure)
        if one.outcome.state is not DeliveryState.RETRYING:
            end = (end[0], at, *end[2:])
        same[*end, one.parcel.attempts] += one.parcel.deliveries
    for (state, next_at, status, failure, attempts), deliveries in same.items():
        connection.execute(
            update(_DELIVERIES)
            .where(_still_ours(deliveries, attempts))
            .values(
                state=state.value,
                next_at=next_at,
                answered=status,
                failure=failure,
                done_at=None if state is DeliveryState.RETRYING else at,
            )
        )


def _look_after(connection: Connection, done: Sequence[Settled], at: datetime) -> None:
    """Keep how the destination of *done* does: whether it fails, needs rest, or is stopped."""
    last = done[-1]
    destination = last.parcel.destination
    failed = [one.outcome.state not in _FINE for one in done]
    webhook = update(_WEBHOOKS).where(_WEBHOOKS.c.id == destination)
    if not all(failed):
        since = at if failed[-1] else None
        connection.execute(
            webhook.where(_WEBHOOKS.c.failing_since.is_not(None) | (since is not None)).values(
                failing_since=since
            )
        )
    else:
        connection.execute(
            webhook.where(_WEBHOOKS.c.failing_since.is_(None)).values(failing_since=at)
        )
        since = connection.scalar(
            select(_WEBHOOKS.c.failing_since).where(_WEBHOOKS.c.id == destination)
        )
    if last.outcome.gone:
        stop_webhook(connection, destination, StopReason.GONE, at)
    elif since is not None and at - since >= undeliverable.LONG_FAILURE:
        stop_webhook(connection, destination, StopReason.FAILING, at)
    elif last.outcome.rest_until is not None:
        _rest(connection, last, last.outcome.rest_until)


_FINE = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED})


def _rest(connection: Connection, last: Settled, until: datetime) -> None:
    """Let everything else that waits for the destination of *last* wait until *until*.

    What another worker settles at this moment is left to it: to wait for each other's rows would
    be a deadlock.
    """
    early = (
        select(_DELIVERIES.c.id)
        .where(
            is_open(),
            _DELIVERIES.c.channel == WEBHOOK,
            _DELIVERIES.c.destination == last.parcel.destination,
            _DELIVERIES.c.next_at < until,
            _DELIVERIES.c.state != DeliveryState.SENDING.value,
            _DELIVERIES.c.id.not_in(list(last.parcel.deliveries)),
        )
        .with_for_update(skip_locked=True)
    )
    connection.execute(update(_DELIVERIES).where(_DELIVERIES.c.id.in_(early)).values(next_at=until))


def _seen(
    connection: Connection, owners: set[str], subjects: set[str]
) -> frozenset[tuple[str, str]]:
    """Return which of *owners* may see which of *subjects*: cases, and meetings, which all see."""
    meetings = {subject for subject in subjects if subject.startswith(_MEETING)}
    persons = select(_PERSONS.c.id, _PERSONS.c.organisation_id, _PERSONS.c.roles).where(
        _PERSONS.c.id.in_(sorted(owners)), _PERSONS.c.disabled.is_(False)
    )
    seen: set[tuple[str, str]] = set()
    for key, organisation, roles in connection.execute(persons).all():
        actor = Actor(
            key, organisation, carried(map(Role, roles.split())), "webhook", confidential=False
        )
        cases = select(_CASES.c.id).where(_CASES.c.id.in_(sorted(subjects)), visible_cases(actor))
        seen |= {(key, case) for (case,) in connection.execute(cases)}
        seen |= {(key, meeting) for meeting in meetings}
    return frozenset(seen)


def _wants(types: Sequence[str], kind: str) -> bool:
    """Whether *kind* (`nl.impasse.case.stage-changed`) is named, in full or by its last word."""
    return not types or kind in types or kind.rpartition(".")[2] in types


def _read(database: Engine, statement: Select[Any]) -> Sequence[Row[Any]]:
    try:
        with database.connect() as connection:
            return connection.execute(statement).all()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
