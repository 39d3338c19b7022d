"""What became of messages on their way, for who looks after them, and sending them again.

Everybody sees what went to webhooks of his or her own and to him or herself, about what he or she
may see. An administrator also sees what went to persons: over which channel, to whom and how it
ended, never about which case or in which words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, func, not_, or_, select, update

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CaseRow,
    DeliveryRow,
    NotificationRow,
    OutboxRow,
    WebhookRow,
)
from impasse.adapters.sql.views import visible_cases
from impasse.adapters.sql.webhooks import is_open, is_undeliverable
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.engine.outbox import UNDELIVERABLE, WEBHOOK, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine, Row
    from sqlalchemy.sql import ColumnElement, Select

    from impasse.domain.people import Actor

_MESSAGES = table(OutboxRow)
_DELIVERIES = table(DeliveryRow)
_NOTIFICATIONS = table(NotificationRow)
_CASES = table(CaseRow)
_WEBHOOKS = table(WebhookRow)

_MEETING = "OVERLEG-"

REPLAY_AT_MOST = 10_000
"""So many deliveries are sent again at one request."""


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One message on its way to one destination; `answered` is the status that came back.

    `webhook` is the destination when that is a webhook, `person` when it is a person. `message`,
    `type` and `subject` are empty for who only looks after the sending.
    """

    id: int
    message: str
    channel: str
    webhook: str
    person: str
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    answered: int | None
    failure: str
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries; an empty field does not filter. `since` and `until` are when promised."""

    states: frozenset[DeliveryState] = frozenset()
    channel: str = ""
    webhook: str = ""
    person: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def list_deliveries(
    database: Engine,
    actor: Actor,
    wanted: DeliveryFilter | None = None,
    *,
    after: int = 0,
    limit: int = 100,
) -> list[DeliveryLine]:
    """Return deliveries that *actor* looks after, as they were promised, those after *after*.

    Those about a case that *actor* may not see any more are left out, or are without that case for
    who keeps the sending going.
    """
    query = (
        _looked_after(actor, wanted or DeliveryFilter())
        .where(_DELIVERIES.c.id > after)
        .order_by(_DELIVERIES.c.id)
        .limit(limit)
    )
    return [_line(actor, row) for row in _read(database, query)]


def show_delivery(database: Engine, actor: Actor, delivery: int) -> DeliveryLine:
    """Return one delivery that *actor* looks after, or raise `NotFound`."""
    query = _looked_after(actor, DeliveryFilter()).where(_DELIVERIES.c.id == delivery)
    rows = _read(database, query)
    if not rows:
        raise _no_such(delivery)
    return _line(actor, rows[0])


def count_deliveries(database: Engine, actor: Actor, wanted: DeliveryFilter | None = None) -> int:
    """Return how many deliveries *actor* looks after."""
    inner = _looked_after(actor, wanted or DeliveryFilter()).subquery()
    found: int = _read(database, select(func.count()).select_from(inner))[0][0]
    return found


def replay_delivery(database: Engine, actor: Actor, delivery: int, at: datetime) -> None:
    """Send a delivery that *actor* looks after once more, with the same id for its receiver.

    Raises `NotFound`, and `Conflict` for what is still on its way, was no longer wanted, or goes
    to a webhook that is off.
    """
    with writing(database) as connection:
        query = _looked_after(actor, DeliveryFilter()).where(_DELIVERIES.c.id == delivery)
        row = connection.execute(query).first()
        if row is None:
            raise _no_such(delivery)
        if row.channel == WEBHOOK and not row.active:
            raise Conflict(
                Text(
                    f"Webhook {row.destination} staat uit. Zet haar eerst weer aan.",
                    f"Webhook {row.destination} is off. Switch it on again first.",
                )
            )
        if DeliveryState(row.state) not in _replayable(row.channel):
            raise Conflict(_why_not(DeliveryState(row.state)))
        if not _again(connection, [delivery], at):
            raise Conflict(_why_not(DeliveryState.WAITING))


def replay_deliveries(database: Engine, actor: Actor, wanted: DeliveryFilter, at: datetime) -> int:
    """Send what *wanted* describes once more; return how many deliveries that are.

    Without states in *wanted*: dead letters. What cannot be sent again is left out. At most
    `REPLAY_AT_MOST` at a time.
    """
    query = (
        _looked_after(actor, wanted)
        .where(_can_be_replayed(), _is_wanted_state(wanted))
        .order_by(_DELIVERIES.c.id)
        .limit(REPLAY_AT_MOST)
    )
    with writing(database) as connection:
        chosen = [row.id for row in connection.execute(query)]
        return sum(
            _again(connection, chosen[start : start + 500], at)
            for start in range(0, len(chosen), 500)
        )


def _replayable(channel: str) -> frozenset[DeliveryState]:
    """What can be sent again; a webhook also gets what it had before, for a receiver that lost it.

    A person is not told twice of what arrived.
    """
    return UNDELIVERABLE | {DeliveryState.DELIVERED} if channel == WEBHOOK else UNDELIVERABLE


def _can_be_replayed() -> ColumnElement[bool]:
    return or_(
        and_(
            _DELIVERIES.c.channel == WEBHOOK,
            _WEBHOOKS.c.active,
            _DELIVERIES.c.state.in_([state.value for state in _replayable(WEBHOOK)]),
        ),
        and_(_DELIVERIES.c.channel != WEBHOOK, is_undeliverable()),
    )


def _is_wanted_state(wanted: DeliveryFilter) -> ColumnElement[bool]:
    states = wanted.states or UNDELIVERABLE
    return _DELIVERIES.c.state.in_(sorted(state.value for state in states))


def _again(connection: Connection, deliveries: Sequence[int], at: datetime) -> int:
    """Let *deliveries* wait again, and return how many; what travelled together still does.

    What another let wait at the same moment may be on its way by now, and is left alone.
    """
    bundles = select(_DELIVERIES.c.bundle).where(
        _DELIVERIES.c.id.in_(list(deliveries)), _DELIVERIES.c.bundle != ""
    )
    together = list(connection.scalars(bundles.distinct()))
    again = connection.execute(
        update(_DELIVERIES)
        .where(
            or_(
                and_(_DELIVERIES.c.id.in_(list(deliveries)), not_(is_open())),
                and_(_DELIVERIES.c.bundle.in_(together), is_undeliverable()),
            )
        )
        .values(
            state=DeliveryState.WAITING.value,
            attempts=0,
            next_at=at,
            answered=None,
            failure="",
            done_at=None,
            reported_at=None,
        )
    )
    return again.rowcount


def _why_not(state: DeliveryState) -> Text:
    if state is DeliveryState.LAPSED:
        return Text(
            "Deze bezorging is vervallen: zij was niet meer gewenst.",
            "This delivery has lapsed: it was not wanted any more.",
        )
    if state in {DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.SEEN}:
        return Text(
            "Deze bezorging is al aangekomen.",
            "This delivery has arrived already.",
        )
    return Text(
        "Deze bezorging is nog onderweg. Wacht tot zij is aangekomen of onbestelbaar is.",
        "This delivery is still on its way. Wait until it arrived or is undeliverable.",
    )


def _looked_after(actor: Actor, wanted: DeliveryFilter) -> Select[Any]:
    """Return the deliveries of *actor*: of own webhooks, own ones, and those of an operator."""
    meeting = _MESSAGES.c.subject.startswith(_MEETING, autoescape=True)
    knows = or_(and_(_CASES.c.id.is_not(None), visible_cases(actor)), meeting)
    own_webhook = and_(_WEBHOOKS.c.created_by == actor.person, knows)
    personal = _DELIVERIES.c.channel != WEBHOOK
    own_post = and_(personal, _DELIVERIES.c.destination == actor.person)
    operator = Role.ADMINISTRATOR in actor.roles
    query = (
        select(
            _DELIVERIES,
            _MESSAGES.c.type,
            _MESSAGES.c.subject,
            _NOTIFICATIONS.c.subject.label("told_subject"),
            _WEBHOOKS.c.active,
            knows.label("knows"),
        )
        .outerjoin(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
        .outerjoin(_NOTIFICATIONS, _NOTIFICATIONS.c.id == _DELIVERIES.c.notification_id)
        .outerjoin(
            _WEBHOOKS,
            and_(_DELIVERIES.c.channel == WEBHOOK, _WEBHOOKS.c.id == _DELIVERIES.c.destination),
        )
        .outerjoin(_CASES, _CASES.c.id == _MESSAGES.c.subject)
        .where(or_(own_webhook, own_post, personal if operator else false()))
    )
    return _filtered(query, actor, wanted, knows)


def _filtered(
    query: Select[Any], actor: Actor, wanted: DeliveryFilter, knows: ColumnElement[bool]
) -> Select[Any]:
    if wanted.states:
        query = query.where(_DELIVERIES.c.state.in_(sorted(state.value for state in wanted.states)))
    if wanted.channel:
        query = query.where(_DELIVERIES.c.channel == wanted.channel)
    if wanted.webhook:
        query = query.where(
            _DELIVERIES.c.channel == WEBHOOK, _DELIVERIES.c.destination == wanted.webhook
        )
    if wanted.person:
        query = query.where(
            _DELIVERIES.c.channel != WEBHOOK, _DELIVERIES.c.destination == wanted.person
        )
    if wanted.subject:
        # Who may not know the case finds nothing by its number: not even that something went out.
        own = or_(_WEBHOOKS.c.created_by == actor.person, _DELIVERIES.c.destination == actor.person)
        query = query.where(_MESSAGES.c.subject == wanted.subject, knows, own)
    if wanted.since is not None:
        query = query.where(_DELIVERIES.c.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_DELIVERIES.c.created_at < wanted.until)
    return query


def _line(actor: Actor, row: Row[Any]) -> DeliveryLine:
    webhook = row.channel == WEBHOOK
    own = webhook or row.destination == actor.person
    subject = row.subject if webhook else row.told_subject
    return DeliveryLine(
        id=row.id,
        message=(row.message_id or "") if own else "",
        channel=row.channel,
        webhook=row.destination if webhook else "",
        person="" if webhook else row.destination,
        type=(row.type or "") if own else "",
        subject=(subject or "") if own and row.knows else "",
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        answered=row.answered,
        failure=row.failure,
        created_at=row.created_at,
        done_at=row.done_at,
    )


def _no_such(delivery: int) -> NotFound:
    return NotFound(Text(f"Er is geen bezorging {delivery}.", f"There is no delivery {delivery}."))


def _read(database: Engine, statement: Select[Any]) -> Sequence[Row[Any]]:
    try:
        with database.connect() as connection:
            return connection.execute(statement).all()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
