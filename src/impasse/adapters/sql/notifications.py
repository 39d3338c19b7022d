"""Notifications as their own reader finds them: what became of each, and what one thinks of it.

Everybody reads his or her own, and of those only what is about a case that he or she still sees.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, not_, or_, select, update

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, DeliveryRow, NotificationRow
from impasse.adapters.sql.views import visible_cases
from impasse.domain.audience import MEETING
from impasse.domain.errors import Invalid, NotFound
from impasse.domain.notification import ASKING, Lapse, Verdict, asks, label_of
from impasse.domain.storable import text_faults
from impasse.domain.text import Text
from impasse.engine.outbox import INBOX, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Engine, Row
    from sqlalchemy.sql import ColumnElement

    from impasse.domain.people import Actor

_NOTIFICATIONS = table(NotificationRow)
_DELIVERIES = table(DeliveryRow)
_CASES = table(CaseRow)
_GLANCE = 40


class NotificationState(StrEnum):
    """How a notification stands with its reader."""

    UNSEEN = "unseen"
    SEEN = "seen"
    LAPSED = "lapsed"

    @property
    def label(self) -> Text:
        """The state in words."""
        return _LABELS[self]


_LABELS = {
    NotificationState.UNSEEN: Text("ongelezen", "unseen"),
    NotificationState.SEEN: Text("gezien", "seen"),
    NotificationState.LAPSED: Text("vervallen", "lapsed"),
}


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications to list; an empty field does not filter. `run` is such as "E1"."""

    state: NotificationState | None = None
    case: str = ""
    run: str = ""
    asking: bool | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a notification over one channel; `why` when it failed or lapsed."""

    channel: str
    state: DeliveryState
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class NotificationLine:
    """A notification as its reader finds it.

    `subject` is the number of a case, that of a meeting, or ""; `title` that of the case. `label`
    tells of what kind it is. `delivered` is whether it arrived over every channel that it had to.
    """

    id: str
    subject: str
    title: str
    type: str
    label: Text
    asking: bool
    reason: Text
    why: Text
    otherwise: Text
    rule: str
    run: str
    stands_for: str
    urgent: bool
    repeats: int
    created_at: datetime
    state: NotificationState
    seen_at: datetime | None
    lapsed_at: datetime | None
    lapsed_because: Text | None
    verdict: Verdict | None
    verdict_reason: str
    verdict_at: datetime | None
    standing: DeliveryState
    deliveries: tuple[Sent, ...]

    @property
    def delivered(self) -> bool:
        """Whether it arrived over every channel that it had to."""
        return self.standing in {DeliveryState.DELIVERED, DeliveryState.SEEN}

    @property
    def key(self) -> str:
        """Where it stands in a list, the newest first."""
        return f"{self.created_at.isoformat(timespec='microseconds')} {self.id}"


class Notifications:
    """The notifications of one database; each call is its own short transaction."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def inbox(
        self,
        actor: Actor,
        wanted: NotificationFilter | None = None,
        *,
        after: tuple[datetime, str] | None = None,
        limit: int = 100,
    ) -> list[NotificationLine]:
        """Return notifications of *actor*, the newest first; those before moment and id *after*.

        To read them marks nothing. Raises `Unavailable` when the database fails.
        """
        query = _filtered(_of(actor), wanted or NotificationFilter())
        if after is not None:
            at, key = after
            query = query.where(
                or_(
                    _NOTIFICATIONS.c.created_at < at,
                    and_(_NOTIFICATIONS.c.created_at == at, _NOTIFICATIONS.c.id < key),
                )
            )
        query = query.order_by(_NOTIFICATIONS.c.created_at.desc(), _NOTIFICATIONS.c.id.desc())
        with self._reading() as connection:
            return _lines(connection, connection.execute(query.limit(limit)).all())

    def one(self, actor: Actor, key: str) -> NotificationLine:
        """Return the notification *key* of *actor*; raises `NotFound` for any other."""
        with self._reading() as connection:
            return _found(connection, actor, key)

    def unseen(self, actor: Actor) -> int:
        """Return how many notifications *actor* has not seen yet."""
        query = _filtered(_of(actor), NotificationFilter(NotificationState.UNSEEN)).subquery()
        with self._reading() as connection:
            return int(connection.execute(select(func.count()).select_from(query)).scalar_one())

    def see(self, actor: Actor, key: str, at: datetime) -> NotificationLine:
        """Write down that *actor* saw this; the first time counts. Raises `NotFound`."""
        with writing(self._database) as connection:
            _found(connection, actor, key)
            connection.execute(
                update(_NOTIFICATIONS)
                .where(_NOTIFICATIONS.c.id == key, _NOTIFICATIONS.c.seen_at.is_(None))
                .values(seen_at=at)
            )
            connection.execute(
                update(_DELIVERIES)
                .where(
                    _DELIVERIES.c.notification_id == key,
                    _DELIVERIES.c.channel == INBOX,
                    _DELIVERIES.c.state == DeliveryState.DELIVERED.value,
                )
                .values(state=DeliveryState.SEEN.value)
            )
            return _found(connection, actor, key)

    def judge(
        self, actor: Actor, key: str, verdict: Verdict, reason: str, at: datetime
    ) -> NotificationLine:
        """Keep what *actor* thinks of this notification, in place of what was thought before.

        Raises `NotFound`, or `Invalid` for a reason that cannot be kept.
        """
        reason = reason.strip()
        if faults := text_faults("reason", reason, "/reason"):
            raise Invalid(Text("Dit oordeel kan zo niet.", "This cannot be kept."), faults)
        with writing(self._database) as connection:
            _found(connection, actor, key)
            connection.execute(
                update(_NOTIFICATIONS)
                .where(_NOTIFICATIONS.c.id == key)
                .values(feedback=verdict.value, feedback_reason=reason, feedback_at=at)
            )
            return _found(connection, actor, key)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._database.connect() as connection:
                yield connection
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error


_WORST_FIRST = (
    DeliveryState.DEAD,
    DeliveryState.FAILED,
    DeliveryState.RETRYING,
    DeliveryState.SENDING,
    DeliveryState.HELD,
    DeliveryState.WAITING,
    DeliveryState.SENT,
)


def standing_of(
    states: Iterable[DeliveryState], *, seen: bool = False, lapsed: bool = False
) -> DeliveryState:
    """Return how a notification stands by the *states* of all its deliveries.

    It is delivered once every delivery that is still required is: not when the last one happens to
    be. What lapsed is required no more, and what was sent and is *seen* needs no further proof.
    """
    required = {state for state in states if state is not DeliveryState.LAPSED}
    if seen:
        required.discard(DeliveryState.SENT)
    for state in _WORST_FIRST:
        if state in required:
            return state
    if lapsed or not required:
        return DeliveryState.LAPSED
    return DeliveryState.SEEN if seen else DeliveryState.DELIVERED


def visible_notifications(actor: Actor) -> ColumnElement[bool]:
    """Return, as SQL, which notifications exist for *actor*: own ones, of what one still sees."""
    subject = _NOTIFICATIONS.c.subject
    return and_(
        _NOTIFICATIONS.c.person_id == actor.person,
        or_(
            subject == "",
            subject.startswith(MEETING),
            subject.in_(select(_CASES.c.id).where(visible_cases(actor))),
        ),
    )


def _of(actor: Actor) -> Select[Any]:
    return (
        select(_NOTIFICATIONS, _CASES.c.title)
        .outerjoin(_CASES, _CASES.c.id == _NOTIFICATIONS.c.subject)
        .where(visible_notifications(actor))
    )


def _filtered(query: Select[Any], wanted: NotificationFilter) -> Select[Any]:
    seen, lapsed = _NOTIFICATIONS.c.seen_at, _NOTIFICATIONS.c.lapsed_at
    if wanted.state is NotificationState.LAPSED:
        query = query.where(lapsed.is_not(None))
    elif wanted.state is NotificationState.SEEN:
        query = query.where(lapsed.is_(None), seen.is_not(None))
    elif wanted.state is NotificationState.UNSEEN:
        query = query.where(lapsed.is_(None), seen.is_(None))
    if wanted.case:
        query = query.where(_NOTIFICATIONS.c.subject == wanted.case)
    if wanted.run:
        query = query.where(_NOTIFICATIONS.c.run == _NOTIFICATIONS.c.subject + ":" + wanted.run)
    if wanted.asking is not None:
        event = or_(*(_NOTIFICATIONS.c.type.endswith(f".{name}") for name in ASKING))
        query = query.where(event if wanted.asking else not_(event))
    return query


def _found(connection: Connection, actor: Actor, key: str) -> NotificationLine:
    if key.isprintable():
        rows = connection.execute(_of(actor).where(_NOTIFICATIONS.c.id == key)).all()
        if rows:
            return _lines(connection, rows)[0]
    name = key[:_GLANCE] if key.isprintable() else ""
    raise NotFound(
        Text(f"U hebt geen melding {name}.", f"You have no notification {name}."),
    )


def _lines(connection: Connection, rows: Sequence[Row[Any]]) -> list[NotificationLine]:
    query = (
        select(
            _DELIVERIES.c.notification_id,
            _DELIVERIES.c.channel,
            _DELIVERIES.c.state,
            _DELIVERIES.c.done_at,
            _DELIVERIES.c.next_at,
            _DELIVERIES.c.failure,
        )
        .where(_DELIVERIES.c.notification_id.in_([row.id for row in rows]))
        .order_by(_DELIVERIES.c.id)
    )
    sent: dict[str, list[Sent]] = {}
    for one in connection.execute(query) if rows else ():
        sent.setdefault(one.notification_id, []).append(
            Sent(
                one.channel,
                DeliveryState(one.state),
                one.done_at or one.next_at,
                one.failure,
            )
        )
    return [_line(row, tuple(sent.get(row.id, ()))) for row in rows]


def _line(row: Row[Any], sent: tuple[Sent, ...]) -> NotificationLine:
    state = NotificationState.UNSEEN
    if row.lapsed_at is not None:
        state = NotificationState.LAPSED
    elif row.seen_at is not None:
        state = NotificationState.SEEN
    return NotificationLine(
        id=row.id,
        subject=row.subject,
        title=row.title or "",
        type=row.type,
        label=label_of(row.type),
        asking=asks(row.type),
        reason=Text(row.reason_nl, row.reason_en),
        why=Text(row.why_nl, row.why_en),
        otherwise=Text(row.otherwise_nl, row.otherwise_en),
        rule=row.rule,
        run=row.run.rpartition(":")[2],
        stands_for=row.stands_for,
        urgent=bool(row.urgent),
        repeats=row.repeats,
        created_at=row.created_at,
        state=state,
        seen_at=row.seen_at,
        lapsed_at=row.lapsed_at,
        lapsed_because=_because(row.lapsed_because) if row.lapsed_at is not None else None,
        verdict=Verdict(row.feedback) if row.feedback else None,
        verdict_reason=row.feedback_reason,
        verdict_at=row.feedback_at,
        standing=standing_of(
            (one.state for one in sent),
            seen=row.seen_at is not None,
            lapsed=row.lapsed_at is not None,
        ),
        deliveries=sent,
    )


def _because(written: str) -> Text:
    known = {lapse.value for lapse in Lapse}
    return (Lapse(written) if written in known else Lapse.ENDED).label
