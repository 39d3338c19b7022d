"""Webhooks as rows: addresses that hear of events, and the secrets that sign what they are sent."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from sqlalchemy import and_, func, insert, literal_column, or_, select, true, update

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, PersonRow, WebhookRow
from impasse.domain.errors import Conflict, Fault, Invalid, NotFound
from impasse.domain.history import canonical
from impasse.domain.text import Text
from impasse.engine.outbox import WEBHOOK, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine, Row
    from sqlalchemy.sql import ColumnElement, Select

log = structlog.get_logger("impasse.outbox")

_WEBHOOKS = table(WebhookRow)
_DELIVERIES = table(DeliveryRow)
_PERSONS = table(PersonRow)

_OPEN = ("'waiting'", "'held'", "'sending'", "'retrying'")
_UNDELIVERABLE = ("'failed'", "'dead'")

ROTATION = timedelta(hours=24)
"""How long the old secret signs beside a new one, when nothing else is asked."""

ROTATION_AT_MOST = timedelta(days=7)
"""A secret that may be known to others does not go on signing for longer."""


class WebhookFormat(StrEnum):
    """In which form a webhook hears of events."""

    CLOUDEVENTS = "cloudevents"
    ZGW = "zgw"


class StopReason(StrEnum):
    """Why a webhook was stopped."""

    REMOVED = "removed"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that hears of events; no `types` means all of them. Its secret is not told.

    `created_by` is its owner: it hears what he or she may see. It is `paused` as long as its owner
    is disabled. `stopped_because` tells why it is not active. `old_secret_until` is until when two
    secrets sign, `failing_since` the first failure after the last success.
    """

    id: str
    url: str
    types: tuple[str, ...]
    active: bool
    created_at: datetime
    created_by: str
    paused: bool = False
    format: WebhookFormat = WebhookFormat.CLOUDEVENTS
    stopped_because: str = ""
    failing_since: datetime | None = None
    old_secret_until: datetime | None = None


def is_open() -> ColumnElement[bool]:
    """Return, as SQL, whether a delivery is on its way.

    Written out as in the partial index on these, so that the index can be used.
    """
    return _DELIVERIES.c.state.in_([literal_column(state) for state in _OPEN])


def is_undeliverable() -> ColumnElement[bool]:
    """Return, as SQL, whether a delivery is a dead letter; written out for its partial index."""
    return _DELIVERIES.c.state.in_([literal_column(state) for state in _UNDELIVERABLE])


def add_webhook(  # noqa: PLR0917 what there is to say about one
    database: Engine,
    url: str,
    types: Iterable[str],
    created_by: str,
    at: datetime,
    format: WebhookFormat = WebhookFormat.CLOUDEVENTS,  # noqa: A002 the word of the API
) -> tuple[str, str]:
    """Add a webhook of *created_by*; return its id and the secret that signs its messages.

    The secret is shown only now. No *types* means every type. Raises `Invalid` for an address that
    cannot be posted to.
    """
    _check(url)
    key, secret = f"wh_{secrets.token_hex(8)}", _new_secret()
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
                old_secret="",
                format=format.value,
                stopped_because="",
            )
        )
    return key, secret


def list_webhooks(database: Engine, owner: str | None = None) -> list[Webhook]:
    """Return the webhooks of *owner*, the oldest first; of everybody when none is named."""
    statement = select(
        _WEBHOOKS,
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
            read_types(row.id, row.types),
            bool(row.active),
            row.created_at,
            row.created_by,
            paused=bool(row.paused),
            format=WebhookFormat(row.format),
            stopped_because=row.stopped_because,
            failing_since=row.failing_since,
            old_secret_until=row.old_secret_until,
        )
        for row in _read(database, statement)
    ]


def read_types(webhook: str, kept: str) -> tuple[str, ...]:
    """Return the types that *webhook* wants, of which *kept* is kept; none means every type.

    When that is damaged it hears of everything: no row of one may hold up the messages of all.
    """
    try:
        types = json.loads(kept)
    except ValueError:
        types = None
    if not isinstance(types, list):
        log.error("webhook_damaged", object=webhook, result="hears of every type")
        return ()
    return tuple(str(one) for one in types)


def secret_of(database: Engine, webhook: str) -> str:
    """Return what signs the messages of *webhook*: for the request that made it, nobody else."""
    secret: str = _read(database, select(_WEBHOOKS.c.secret).where(_WEBHOOKS.c.id == webhook))[0][0]
    return secret


def rotate_secret(database: Engine, webhook: str, at: datetime, keep: timedelta = ROTATION) -> str:
    """Give *webhook* a new secret and return it: it is shown only now.

    The old one signs beside it for as long as *keep*, so that the receiver can change over; zero
    ends it at once. Raises `NotFound`, `Conflict` when it is off, and `Invalid` for a *keep* that
    is too long.
    """
    if not timedelta(0) <= keep <= ROTATION_AT_MOST:
        hours = int(ROTATION_AT_MOST.total_seconds() // 3600)
        raise Invalid(
            Text("Dit kan het oude geheim niet.", "The old secret cannot do that."),
            [
                Fault(
                    "/keep_old_hours",
                    Text(
                        f"Laat het oude geheim 0 tot en met {hours} uur meetekenen.",
                        f"Let the old secret sign for 0 to {hours} hours.",
                    ),
                )
            ],
        )
    secret = _new_secret()
    with writing(database) as connection:
        found = connection.execute(
            select(_WEBHOOKS.c.active).where(_WEBHOOKS.c.id == webhook).with_for_update()
        ).first()
        if found is None:
            raise _no_such(webhook)
        if not found.active:
            raise Conflict(
                Text(
                    f"Webhook {webhook} staat uit. Zet haar eerst weer aan.",
                    f"Webhook {webhook} is off. Switch it on again first.",
                )
            )
        connection.execute(
            update(_WEBHOOKS)
            .where(_WEBHOOKS.c.id == webhook)
            .values(
                secret=secret,
                old_secret=_WEBHOOKS.c.secret if keep else "",
                old_secret_until=at + keep if keep else None,
            )
        )
    return secret


def disable_webhook(database: Engine, webhook: str, at: datetime) -> None:
    """Send nothing more to *webhook*; what still waits for it has lapsed. Raises `NotFound`."""
    with writing(database) as connection:
        if not stop_webhook(connection, webhook, StopReason.REMOVED, at):
            raise _no_such(webhook)


def start_webhook(database: Engine, webhook: str) -> None:
    """Send to *webhook* again, after it was stopped; what was given up can be sent again.

    Raises `NotFound` when there is none, or when its owner removed it.
    """
    with writing(database) as connection:
        changed = connection.execute(
            update(_WEBHOOKS)
            .where(
                _WEBHOOKS.c.id == webhook,
                or_(
                    _WEBHOOKS.c.active,
                    and_(
                        _WEBHOOKS.c.stopped_because != "",
                        _WEBHOOKS.c.stopped_because != StopReason.REMOVED.value,
                    ),
                ),
            )
            .values(active=True, stopped_because="", failing_since=None, owner_told_at=None)
        )
        if changed.rowcount != 1:
            raise _no_such(webhook)


def stop_webhook(connection: Connection, webhook: str, why: StopReason, at: datetime) -> bool:
    """Switch *webhook* off; return whether there is one.

    What waits for it has lapsed when its owner removed it, and is a dead letter otherwise.
    """
    found = connection.execute(
        update(_WEBHOOKS)
        .where(_WEBHOOKS.c.id == webhook)
        .values(active=False, stopped_because=why.value)
    )
    removed = why is StopReason.REMOVED
    state = DeliveryState.LAPSED if removed else DeliveryState.DEAD
    connection.execute(
        update(_DELIVERIES)
        .where(_DELIVERIES.c.channel == WEBHOOK, _DELIVERIES.c.destination == webhook, is_open())
        .values(state=state.value, failure=_STOPPED[why], done_at=at)
    )
    return found.rowcount == 1


_STOPPED = {
    StopReason.REMOVED: "the webhook was removed",
    StopReason.GONE: "the destination answered 410 Gone to another message",
    StopReason.FAILING: "the webhook failed for so long that it was stopped",
}


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _no_such(webhook: str) -> NotFound:
    return NotFound(Text(f"Er is geen webhook {webhook}.", f"There is no webhook {webhook}."))


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
