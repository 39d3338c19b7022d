"""Dead letters: who is told that a destination fails, and what of escalations did not arrive.

A dead letter is told of until `reported_at` says that it was: at least once, also when the process
dies halfway. Owners and administrators hear of a destination once a day at the most.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select, update

from impasse.adapters.sql.announcing import ABOUT_NO_CASE, announce
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, OutboxRow, PersonRow, WebhookRow
from impasse.adapters.sql.webhooks import is_undeliverable
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.engine.outbox import WEBHOOK, Undelivered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row
    from sqlalchemy.sql import Select

LONG_FAILURE = timedelta(days=5)
"""A webhook to which nothing arrived for so long is stopped, and its owner is told."""

AT_ONCE = 2_000
"""So many dead letters are looked at in one transaction."""

FAILING = "destination-failing"

_DELIVERIES = table(DeliveryRow)
_MESSAGES = table(OutboxRow)
_PERSONS = table(PersonRow)
_WEBHOOKS = table(WebhookRow)
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def escalations(limit: int, after: int = 0) -> Select[Any]:
    """Return the question what of escalations was given up and not reported yet."""
    return (
        select(
            _DELIVERIES,
            _MESSAGES.c.subject,
            _MESSAGES.c.run,
            _MESSAGES.c.rule,
            _WEBHOOKS.c.created_by,
        )
        .join(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
        .outerjoin(_WEBHOOKS, _is_its_webhook())
        .where(
            is_undeliverable(),
            _DELIVERIES.c.reported_at.is_(None),
            _MESSAGES.c.run != "",
            _DELIVERIES.c.id > after,
            or_(_DELIVERIES.c.channel != WEBHOOK, _is_named()),
        )
        .order_by(_DELIVERIES.c.id)
        .limit(limit)
    )


def of_escalations(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Undelivered]:
    """Return what *rows*, the answer to `escalations`, tell of."""
    return [
        Undelivered(
            delivery=row.id,
            message=row.message_id,
            case=row.subject,
            run=row.run,
            rule=row.rule,
            channel=row.channel,
            destination=row.destination,
            person=(row.created_by or "") if row.channel == WEBHOOK else row.destination,
            failure=row.failure,
        )
        for row in rows
    ]


def reported(connection: Connection, deliveries: Sequence[int], at: datetime) -> None:
    """Write down that these were reported."""
    if deliveries:
        connection.execute(
            update(_DELIVERIES).where(_DELIVERIES.c.id.in_(list(deliveries))).values(reported_at=at)
        )


def any_untold() -> Select[Any]:
    """Return the question whether there is a dead letter that nobody was told of."""
    return select(_DELIVERIES.c.id).where(*_untold()).limit(1)


def tell(connection: Connection, at: datetime) -> int:
    """Tell who looks after each destination with new dead letters; return how many were told.

    What belongs to an escalation stays unreported, for its run must hear of it too.
    """
    rows = connection.execute(
        select(
            _DELIVERIES.c.id,
            _DELIVERIES.c.channel,
            _DELIVERIES.c.destination,
            _DELIVERIES.c.failure,
            _MESSAGES.c.type,
            _MESSAGES.c.run,
            _is_named().label("named"),
        )
        .outerjoin(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
        .where(*_untold())
        .order_by(_DELIVERIES.c.id)
        .limit(AT_ONCE)
    ).all()
    # That an announcement of this very kind was not delivered is no reason for another one.
    own = f"{ABOUT_NO_CASE}{FAILING}"
    failing = {(row.channel, row.destination): row for row in rows if row.type != own}
    administrators = _administrators(connection) if failing else []
    told = sum(_announce(connection, row, administrators, at) for row in failing.values())
    settled = [row.id for row in rows if not row.run or (row.channel == WEBHOOK and not row.named)]
    reported(connection, settled, at)
    return told


def _untold() -> tuple[Any, ...]:
    return (is_undeliverable(), _DELIVERIES.c.reported_at.is_(None))


def _is_its_webhook() -> Any:  # noqa: ANN401 SQLAlchemy types it so
    return (_DELIVERIES.c.channel == WEBHOOK) & (_WEBHOOKS.c.id == _DELIVERIES.c.destination)


def _is_named() -> Any:  # noqa: ANN401 SQLAlchemy types it so
    """Whether the message names the webhook itself: addressees are canonical JSON."""
    named = func.replace('"webhook":"%"', "%", _DELIVERIES.c.destination)
    return func.replace(_MESSAGES.c.addressees, named, "") != _MESSAGES.c.addressees


def _administrators(connection: Connection) -> list[str]:
    people = select(_PERSONS.c.id, _PERSONS.c.roles).where(_PERSONS.c.disabled.is_(False))
    return [key for key, roles in connection.execute(people) if Role.ADMINISTRATOR in roles.split()]


def _announce(
    connection: Connection, row: Row[*tuple[Any, ...]], administrators: Iterable[str], at: datetime
) -> bool:
    """Announce that the destination of *row* fails; once a day, whoever asks how often."""
    day = at.astimezone(_AMSTERDAM).date()
    to = set(administrators)
    if row.channel == WEBHOOK:
        webhook = connection.execute(
            select(_WEBHOOKS).where(_WEBHOOKS.c.id == row.destination)
        ).first()
        if webhook is None:
            return False
        to.add(webhook.created_by)
        reason, otherwise = _of_webhook(webhook)
    else:
        to.add(row.destination)
        reason, otherwise = _of_person(row)
    new = announce(
        connection,
        key=f"{row.channel}:{row.destination}:{day.isoformat()}",
        type=FAILING,
        to=to,
        reason=reason,
        why=Text(
            "U krijgt dit omdat deze bestemming van u is, of omdat u beheerder bent.",
            "You get this because this destination is yours, or because you are an administrator.",
        ),
        otherwise=otherwise,
        at=at,
    )
    if new and row.channel == WEBHOOK:
        connection.execute(
            update(_WEBHOOKS).where(_WEBHOOKS.c.id == row.destination).values(owner_told_at=at)
        )
    return new


def _of_webhook(webhook: Row[*tuple[Any, ...]]) -> tuple[Text, Text]:
    host = urlsplit(webhook.url).hostname or ""
    reason = Text(
        f"Berichten aan webhook {webhook.id} ({host}) komen niet aan.",
        f"Messages to webhook {webhook.id} ({host}) do not arrive.",
    )
    if webhook.active:
        days = LONG_FAILURE.days
        return reason, Text(
            f"Doet u niets, dan stopt de webhook als er {days} dagen niets is aangekomen.",
            f"If you do nothing, the webhook stops once nothing arrived for {days} days.",
        )
    return (
        Text(f"{reason.nl} De webhook is gestopt.", f"{reason.en} The webhook was stopped."),
        Text(
            "Doet u niets, dan gaat er niets meer naartoe. Wat niet aankwam, blijft bewaard en "
            "kunt u opnieuw versturen.",
            "If you do nothing, nothing more is sent there. What did not arrive is kept and can be "
            "sent again.",
        ),
    )


def _of_person(row: Row[*tuple[Any, ...]]) -> tuple[Text, Text]:
    means = {"email": Text("E-mail", "E-mail"), "chat": Text("Een chatbericht", "A chat message")}
    what = means.get(row.channel, Text("Een bericht", "A message"))
    return (
        Text(
            f"{what.nl} aan {row.destination} kwam niet aan.",
            f"{what.en} to {row.destination} did not arrive.",
        ),
        Text(
            "Doet u niets, dan staat het bericht alleen in de inbox op de site.",
            "If you do nothing, the message only stands in the inbox on the site.",
        ),
    )
