"""The outbox in the database: webhooks, messages spread to them, and deliveries under a lease."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import func, insert, literal_column, select, update

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, OutboxRow, WebhookRow
from impasse.domain.errors import Fault, Invalid, NotFound
from impasse.domain.history import canonical
from impasse.domain.text import Text
from impasse.engine.outbox import Delivery, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Engine, Row
    from sqlalchemy.sql import Select, Update

    from impasse.engine.outbox import Answer, Outcome

_MESSAGES = table(OutboxRow)
_WEBHOOKS = table(WebhookRow)
_DELIVERIES = table(DeliveryRow)
# Written out, so that the partial index on what waits can be used.
_WAITS = _DELIVERIES.c.state == literal_column("'waiting'")

SPREAD_AT_ONCE = 200
"""How many messages one transaction spreads at most: others wait for the lock."""

FAILURE_LENGTH = 500
"""A reason is kept to read, not to store what a stranger sends."""


class SqlOutbox:
    """Messages and deliveries; every method is one short transaction of its own."""

    def __init__(self, database: Engine) -> None:
        self.database = database

    def spread(self, at: datetime) -> int:
        """Make a delivery per new message and active webhook that wants its type."""
        new = (
            select(_MESSAGES.c.id, _MESSAGES.c.type)
            .where(_MESSAGES.c.spread_at.is_(None))
            .order_by(_MESSAGES.c.at, _MESSAGES.c.id)
            .limit(SPREAD_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        active = select(_WEBHOOKS.c.id, _WEBHOOKS.c.types).where(_WEBHOOKS.c.active)
        if not self._anything_new():
            return 0
        with writing(self.database) as connection:
            messages = connection.execute(new).all()
            if not messages:
                return 0
            wanted = [(key, json.loads(types)) for key, types in connection.execute(active)]
            rows = [
                {
                    "message_id": message,
                    "webhook_id": webhook,
                    "state": DeliveryState.WAITING.value,
                    "attempts": 0,
                    "next_at": at,
                    "answered": None,
                    "failure": "",
                    "done_at": None,
                }
                for message, kind in messages
                for webhook, types in wanted
                if not types or kind in types
            ]
            if rows:
                connection.execute(insert(_DELIVERIES), rows)
            connection.execute(
                update(_MESSAGES)
                .where(_MESSAGES.c.id.in_([message for message, _ in messages]))
                .values(spread_at=at)
            )
        return len(messages)

    def destinations(self, at: datetime) -> Sequence[str]:
        """Return the webhooks for which a delivery is due, the longest waiting first."""
        due = (
            select(_DELIVERIES.c.webhook_id)
            .join(_WEBHOOKS, _WEBHOOKS.c.id == _DELIVERIES.c.webhook_id)
            .where(_WAITS, _DELIVERIES.c.next_at <= at, _WEBHOOKS.c.active)
            .group_by(_DELIVERIES.c.webhook_id)
            .order_by(func.min(_DELIVERIES.c.next_at))
        )
        return [str(row[0]) for row in _read(self.database, due)]

    def claim(self, destination: str, at: datetime, lease: timedelta) -> Delivery | None:
        """Take the first due delivery of *destination*; the attempt counts from now on."""
        first = (
            select(
                _DELIVERIES.c.id,
                _DELIVERIES.c.attempts,
                _MESSAGES.c.id,
                _MESSAGES.c.subject,
                _MESSAGES.c.type,
                _MESSAGES.c.at,
                _WEBHOOKS.c.url,
                _WEBHOOKS.c.secret,
            )
            .join(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
            .join(_WEBHOOKS, _WEBHOOKS.c.id == _DELIVERIES.c.webhook_id)
            .where(
                _WAITS,
                _DELIVERIES.c.next_at <= at,
                _DELIVERIES.c.webhook_id == destination,
                _WEBHOOKS.c.active,
            )
            .order_by(_DELIVERIES.c.next_at, _DELIVERIES.c.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=_DELIVERIES)
        )
        with writing(self.database) as connection:
            row = connection.execute(first).first()
            if row is None:
                return None
            key, attempts, message, subject, kind, promised, url, secret = row
            connection.execute(
                update(_DELIVERIES)
                .where(_DELIVERIES.c.id == key)
                .values(attempts=attempts + 1, next_at=at + lease)
            )
        return Delivery(
            key, message, subject, kind, promised, destination, url, secret, attempts + 1
        )

    def settle(self, delivery: Delivery, answer: Answer, outcome: Outcome, at: datetime) -> None:
        """Write down what became of *delivery*, unless its lease ended and another took it."""
        done = outcome.state is not DeliveryState.WAITING
        with writing(self.database) as connection:
            connection.execute(
                update(_DELIVERIES)
                .where(
                    _DELIVERIES.c.id == delivery.id,
                    _DELIVERIES.c.attempts == delivery.attempts,
                    _WAITS,
                )
                .values(
                    state=outcome.state.value,
                    next_at=outcome.next_at,
                    answered=answer.status,
                    failure=answer.failure[:FAILURE_LENGTH],
                    done_at=at if done else None,
                )
            )
            others = (_DELIVERIES.c.webhook_id == delivery.destination, _WAITS)
            if outcome.gone:
                connection.execute(_switch_off(delivery.destination))
                connection.execute(
                    update(_DELIVERIES)
                    .where(*others)
                    .values(
                        state=DeliveryState.DEAD.value,
                        failure="the destination answered 410 Gone to another message",
                        done_at=at,
                    )
                )
            elif outcome.rest_until is not None:
                # What another worker settles at this moment is left to it: to wait for each
                # other's rows would be a deadlock.
                early = (
                    select(_DELIVERIES.c.id)
                    .where(*others, _DELIVERIES.c.next_at < outcome.rest_until)
                    .where(_DELIVERIES.c.id != delivery.id)
                    .with_for_update(skip_locked=True)
                )
                connection.execute(
                    update(_DELIVERIES)
                    .where(_DELIVERIES.c.id.in_(early))
                    .values(next_at=outcome.rest_until)
                )

    def _anything_new(self) -> bool:
        new = select(_MESSAGES.c.id).where(_MESSAGES.c.spread_at.is_(None)).limit(1)
        return bool(_read(self.database, new))


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that hears of events; no `types` means all of them. Its secret is not told."""

    id: str
    url: str
    types: tuple[str, ...]
    active: bool
    created_at: datetime
    created_by: str


def add_webhook(
    database: Engine, url: str, types: Iterable[str], created_by: str, at: datetime
) -> tuple[str, str]:
    """Add a webhook; return its id and the secret that signs its messages, shown only now.

    No *types* means every type. Raises `Invalid` for an address that cannot be posted to.
    """
    _check(url)
    key = f"wh_{secrets.token_hex(8)}"
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    with writing(database) as connection:
        connection.execute(
            insert(_WEBHOOKS).values(
                id=key,
                url=url,
                secret=secret,
                types=canonical(sorted(set(types))),
                active=True,
                created_at=at,
                created_by=created_by,
            )
        )
    return key, secret


def list_webhooks(database: Engine) -> list[Webhook]:
    """Return all webhooks, the oldest first."""
    statement = select(
        _WEBHOOKS.c.id,
        _WEBHOOKS.c.url,
        _WEBHOOKS.c.types,
        _WEBHOOKS.c.active,
        _WEBHOOKS.c.created_at,
        _WEBHOOKS.c.created_by,
    ).order_by(_WEBHOOKS.c.created_at, _WEBHOOKS.c.id)
    return [
        Webhook(
            row.id,
            row.url,
            tuple(json.loads(row.types)),
            bool(row.active),
            row.created_at,
            row.created_by,
        )
        for row in _read(database, statement)
    ]


def disable_webhook(database: Engine, webhook: str, at: datetime) -> None:
    """Send nothing more to *webhook*; what still waits for it is dead. Raises `NotFound`."""
    with writing(database) as connection:
        if connection.execute(_switch_off(webhook)).rowcount != 1:
            raise NotFound(
                Text(f"Er is geen webhook {webhook}.", f"There is no webhook {webhook}.")
            )
        connection.execute(
            update(_DELIVERIES)
            .where(_DELIVERIES.c.webhook_id == webhook, _WAITS)
            .values(state=DeliveryState.DEAD.value, failure="webhook disabled", done_at=at)
        )


def _switch_off(webhook: str) -> Update:
    return update(_WEBHOOKS).where(_WEBHOOKS.c.id == webhook).values(active=False)


def _check(url: str) -> None:
    """Refuse an address that is no plain http or https, in a sentence."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme in {"http", "https"} and bool(parts.hostname)
        plain = plain and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        plain = False
    if plain and url.isascii() and url.isprintable() and " " not in url:
        return
    raise Invalid(
        Text("Dit adres kan geen webhook zijn.", "This address cannot be a webhook."),
        [
            Fault(
                "/url",
                Text(
                    "Geef een adres dat begint met https:// of http://, zonder gebruiker en "
                    "wachtwoord erin.",
                    "Give an address that begins with https:// or http://, without user and "
                    "password in it.",
                ),
            )
        ],
    )


def _read(database: Engine, statement: Select[Any]) -> Sequence[Row[Any]]:
    try:
        with database.connect() as connection:
            return connection.execute(statement).all()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
