"""The outbox in the database: webhooks, messages spread to them, and deliveries under a lease.

A webhook hears what its owner may see, judged twice: when a message is spread, and again when it
is sent. Of a case that its owner may not see it gets nothing, not even the number.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import func, insert, literal_column, select, true, update

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, DeliveryRow, OutboxRow, PersonRow, WebhookRow
from impasse.adapters.sql.views import visible_cases
from impasse.domain.appointment import carried
from impasse.domain.errors import Fault, Invalid, NotFound
from impasse.domain.history import canonical
from impasse.domain.people import Actor, Role
from impasse.domain.text import Text
from impasse.engine.outbox import Delivery, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection, Engine, Row
    from sqlalchemy.sql import Select, Update

    from impasse.engine.outbox import Answer, Outcome

_MESSAGES = table(OutboxRow)
_WEBHOOKS = table(WebhookRow)
_DELIVERIES = table(DeliveryRow)
_CASES = table(CaseRow)
_PERSONS = table(PersonRow)
# Written out, so that the partial index on what waits can be used.
_WAITS = _DELIVERIES.c.state == literal_column("'waiting'")

_MEETING = "OVERLEG-"
"""With which the subject of a meeting begins."""

SPREAD_AT_ONCE = 200
"""How many messages one transaction spreads at most: others wait for the lock."""

UNSEEN = "the owner of the webhook may not see this case any more"
"""Why a delivery died that was promised in time and came too late."""

FAILURE_LENGTH = 500
"""A reason is kept to read, not to store what a stranger sends."""


class SqlOutbox:
    """Messages and deliveries; every method is one short transaction of its own."""

    def __init__(self, database: Engine) -> None:
        self.database = database

    def spread(self, at: datetime) -> int:
        """Make a delivery per new message and active webhook that wants it and may know of it.

        A webhook of somebody who is disabled gets nothing: of what happens meanwhile it never
        hears, and what waited for it goes on once its owner is back.
        """
        new = (
            select(_MESSAGES.c.id, _MESSAGES.c.type, _MESSAGES.c.subject)
            .where(_MESSAGES.c.spread_at.is_(None))
            .order_by(_MESSAGES.c.at, _MESSAGES.c.id)
            .limit(SPREAD_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        active = select(_WEBHOOKS.c.id, _WEBHOOKS.c.types, _WEBHOOKS.c.created_by).where(
            _WEBHOOKS.c.active
        )
        if not self._anything_new():
            return 0
        with writing(self.database) as connection:
            messages = connection.execute(new).all()
            if not messages:
                return 0
            wanted = [(w.id, json.loads(w.types), w.created_by) for w in connection.execute(active)]
            seen = _seen(connection, {owner for *_, owner in wanted}, {m.subject for m in messages})
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
                for message, kind, subject in messages
                for webhook, types, owner in wanted
                if (owner, subject) in seen and _wants(types, kind)
            ]
            if rows:
                connection.execute(insert(_DELIVERIES), rows)
            connection.execute(
                update(_MESSAGES)
                .where(_MESSAGES.c.id.in_([message.id for message in messages]))
                .values(spread_at=at)
            )
        return len(messages)

    def destinations(self, at: datetime) -> Sequence[str]:
        """Return the webhooks for which a delivery is due, the longest waiting first."""
        due = (
            select(_DELIVERIES.c.webhook_id)
            .join(_WEBHOOKS, _WEBHOOKS.c.id == _DELIVERIES.c.webhook_id)
            .join(_PERSONS, _PERSONS.c.id == _WEBHOOKS.c.created_by)
            .where(_WAITS, _DELIVERIES.c.next_at <= at, _WEBHOOKS.c.active)
            .where(_PERSONS.c.disabled.is_(False))
            .group_by(_DELIVERIES.c.webhook_id)
            .order_by(func.min(_DELIVERIES.c.next_at))
        )
        return [str(row[0]) for row in _read(self.database, due)]

    def claim(self, destination: str, at: datetime, lease: timedelta) -> Delivery | None:
        """Take the first due delivery of *destination*; the attempt counts from now on.

        What its owner may not see any more is dead, and not sent.
        """
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
                _WEBHOOKS.c.created_by,
            )
            .join(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
            .join(_WEBHOOKS, _WEBHOOKS.c.id == _DELIVERIES.c.webhook_id)
            .join(_PERSONS, _PERSONS.c.id == _WEBHOOKS.c.created_by)
            .where(
                _WAITS,
                _DELIVERIES.c.next_at <= at,
                _DELIVERIES.c.webhook_id == destination,
                _WEBHOOKS.c.active,
                _PERSONS.c.disabled.is_(False),
            )
            .order_by(_DELIVERIES.c.next_at, _DELIVERIES.c.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=_DELIVERIES)
        )
        with writing(self.database) as connection:
            while True:
                row = connection.execute(first).first()
                if row is None:
                    return None
                key, attempts, message, subject, kind, promised, url, secret, owner = row
                if (owner, subject) in _seen(connection, {owner}, {subject}):
                    break
                connection.execute(
                    update(_DELIVERIES)
                    .where(_DELIVERIES.c.id == key)
                    .values(state=DeliveryState.DEAD.value, failure=UNSEEN, done_at=at)
                )
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


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that hears of events; no `types` means all of them. Its secret is not told.

    `created_by` is its owner: it hears what he or she may see. It is `paused` as long as its owner
    is disabled.
    """

    id: str
    url: str
    types: tuple[str, ...]
    active: bool
    created_at: datetime
    created_by: str
    paused: bool = False


def add_webhook(
    database: Engine, url: str, types: Iterable[str], created_by: str, at: datetime
) -> tuple[str, str]:
    """Add a webhook of *created_by*; return its id and the secret that signs its messages.

    The secret is shown only now. No *types* means every type. Raises `Invalid` for an address that
    cannot be posted to.
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


def list_webhooks(database: Engine, owner: str | None = None) -> list[Webhook]:
    """Return the webhooks of *owner*, the oldest first; of everybody when none is named."""
    statement = select(
        _WEBHOOKS.c.id,
        _WEBHOOKS.c.url,
        _WEBHOOKS.c.types,
        _WEBHOOKS.c.active,
        _WEBHOOKS.c.created_at,
        _WEBHOOKS.c.created_by,
        func.coalesce(_PERSONS.c.disabled, true()).label("paused"),
    )
    statement = statement.outerjoin_from(
        _WEBHOOKS, _PERSONS, _PERSONS.c.id == _WEBHOOKS.c.created_by
    ).order_by(_WEBHOOKS.c.created_at, _WEBHOOKS.c.id)
    if owner is not None:
        statement = statement.where(_WEBHOOKS.c.created_by == owner)
    return [
        Webhook(
            row.id,
            row.url,
            tuple(json.loads(row.types)),
            bool(row.active),
            row.created_at,
            row.created_by,
            paused=bool(row.paused),
        )
        for row in _read(database, statement)
    ]


def secret_of(database: Engine, webhook: str) -> str:
    """Return what signs the messages of *webhook*: for the request that made it, nobody else."""
    secret: str = _read(database, select(_WEBHOOKS.c.secret).where(_WEBHOOKS.c.id == webhook))[0][0]
    return secret


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
