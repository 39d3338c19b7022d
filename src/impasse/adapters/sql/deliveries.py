"""What became of messages on their way to webhooks, for who looks after them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, DeliveryRow, OutboxRow, WebhookRow
from impasse.adapters.sql.views import visible_cases
from impasse.engine.outbox import DeliveryState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from impasse.domain.people import Actor

_MESSAGES = table(OutboxRow)
_DELIVERIES = table(DeliveryRow)
_CASES = table(CaseRow)
_WEBHOOKS = table(WebhookRow)


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One message on its way to one webhook; `answered` is the status that came back."""

    id: int
    message: str
    webhook: str
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    answered: int | None
    failure: str
    done_at: datetime | None


def list_deliveries(
    database: Engine,
    actor: Actor,
    *,
    state: DeliveryState | None = None,
    webhook: str = "",
    after: int = 0,
    limit: int = 100,
) -> list[DeliveryLine]:
    """Return deliveries for webhooks of *actor*, as they were promised, those after *after*.

    Those about a case that *actor* may not see any more are left out.
    """
    query = (
        select(_DELIVERIES, _MESSAGES.c.type, _MESSAGES.c.subject)
        .join(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
        .join(_WEBHOOKS, _WEBHOOKS.c.id == _DELIVERIES.c.webhook_id)
        .join(_CASES, _CASES.c.id == _MESSAGES.c.subject)
        .where(_WEBHOOKS.c.created_by == actor.person, visible_cases(actor))
        .where(_DELIVERIES.c.id > after)
        .order_by(_DELIVERIES.c.id)
        .limit(limit)
    )
    if state is not None:
        query = query.where(_DELIVERIES.c.state == state.value)
    if webhook:
        query = query.where(_DELIVERIES.c.webhook_id == webhook)
    try:
        with database.connect() as connection:
            rows = connection.execute(query).all()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    return [
        DeliveryLine(
            id=row.id,
            message=row.message_id,
            webhook=row.webhook_id,
            type=row.type,
            subject=row.subject,
            state=DeliveryState(row.state),
            attempts=row.attempts,
            next_at=row.next_at,
            answered=row.answered,
            failure=row.failure,
            done_at=row.done_at,
        )
        for row in rows
    ]
