"""What leaves for one person over one channel: claimed together, looked at again, and sent as one.

Between a promise and the moment that it leaves, the world goes on. So for each line is asked again
whether it is true, whether it is still this person's, and whether it is wanted; what is not, lapses
with a reason. A parcel that is tried again has the same id, and what is still true of it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import and_, case, func, literal_column, or_, select, union, update

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.digests import digest_lines, is_digest
from impasse.adapters.sql.notification_settings import settings_of
from impasse.adapters.sql.notifying import NO_ADDRESS, Telling, too_late
from impasse.adapters.sql.standing_facts import StandingFacts
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.surroundings import look_around
from impasse.adapters.sql.tables import (
    AddressFaultRow,
    DeliveryRow,
    NotificationRow,
    OutboxRow,
)
from impasse.adapters.sql.webhooks import is_open
from impasse.domain.audience import MEETING, audience, hands_over, heirs_at_their_side, still_theirs
from impasse.domain.escalation import Addressee
from impasse.domain.notification import Lapse
from impasse.domain.text import Text
from impasse.engine.outbox import EMAIL, DeliveryState, Due, Parcel, Post, PostLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy.engine import Connection, Engine, Row
    from sqlalchemy.sql import ColumnElement

    from impasse.adapters.sql.notifying import Notifying
    from impasse.adapters.sql.surroundings import Surroundings
    from impasse.domain.calendar import Calendar
    from impasse.domain.notification import NotificationSettings
    from impasse.domain.people import Person
    from impasse.engine.outbox import Answer, Outcome

    ReplyTo: TypeAlias = Callable[[Connection, Person, str, datetime], str]
    """Answers the address to which a person replies about a case (by number), or ""."""

MOST_LINES = 50
"""So many lines fit in one parcel; what is left travels in the next."""

FAULT_LOOK = timedelta(hours=6)
"""While an address refuses, what waits for it is looked at again so often."""

FAULT_ENDS = timedelta(days=7)
"""After so long with an address that refuses, what waits for it has failed."""

FAILURE_LENGTH = 500
INBOX_PATH = "/mijn-werk"
"""Where somebody reads what is about no page that he or she may see."""

_DELIVERIES = table(DeliveryRow)
_NOTIFICATIONS = table(NotificationRow)
_MESSAGES = table(OutboxRow)
_FAULTS = table(AddressFaultRow)


def _no_replies(_connection: Connection, _person: Person, _subject: str, _at: datetime) -> str:
    return ""


class SqlPosts:
    """The deliveries of one personal channel, e-mail or chat; see `engine.outbox.Posts`.

    *notifying* tells whoever hears instead of somebody for whom it is no more. *language* is that
    of messages to who has no own.
    """

    def __init__(
        self,
        database: Engine,
        channel: str,
        calendar: Callable[[], Calendar],
        notifying: Notifying,
        *,
        language: str = "nl",
        reply_to: ReplyTo = _no_replies,
    ) -> None:
        self._database = database
        self._channel = channel
        self._calendar = calendar
        self._notifying = notifying
        self._language = language
        self._reply_to = reply_to

    def destinations(self, at: datetime) -> Sequence[Due]:
        """Return the persons for whom something is due, the longest waiting first."""
        tried = case((_DELIVERIES.c.state == literal_column("'retrying'"), 1), else_=0)
        query = (
            select(_DELIVERIES.c.destination, func.max(tried))
            .where(is_open(), self._ours(), _DELIVERIES.c.next_at <= at)
            .group_by(_DELIVERIES.c.destination)
            .order_by(func.min(_DELIVERIES.c.next_at), _DELIVERIES.c.destination)
        )
        try:
            with self._database.connect() as connection:
                rows = connection.execute(query).all()
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error
        return [Due(destination, doubtful=bool(failed)) for destination, failed in rows]

    def claim(self, destination: str, at: datetime, lease: timedelta) -> Parcel | None:
        """Take what is due for *destination* until *at* + *lease*, as one parcel.

        None when nothing is left of it: what lapsed, failed or has to wait is written down so.
        """
        with writing(self._database) as connection:
            while group := self._group(connection, destination, at):
                parcel = self._packed(connection, destination, group, at, lease)
                if parcel is not None:
                    return parcel
        return None

    def settle(self, parcel: Parcel, answer: Answer, outcome: Outcome, at: datetime) -> None:
        """Write down what became of *parcel*, unless its lease ended and another took it."""
        again = outcome.state is DeliveryState.RETRYING
        with writing(self._database) as connection:
            connection.execute(
                update(_DELIVERIES)
                .where(
                    _DELIVERIES.c.id.in_(list(parcel.deliveries)),
                    _DELIVERIES.c.attempts == parcel.attempts,
                    _DELIVERIES.c.state == DeliveryState.SENDING.value,
                )
                .values(
                    state=outcome.state.value,
                    next_at=outcome.next_at if again else at,
                    answered=answer.status,
                    failure=answer.failure[:FAILURE_LENGTH],
                    done_at=None if again else at,
                )
            )

    def _ours(self) -> ColumnElement[bool]:
        return _DELIVERIES.c.channel == self._channel

    def _group(self, connection: Connection, destination: str, at: datetime) -> list[Row[Any]]:
        """Return what travels together next: a parcel that is tried again, or all that is new.

        What waits for its group goes along as soon as one of the group goes.
        """
        waits = and_(_DELIVERIES.c.state == DeliveryState.WAITING.value, _DELIVERIES.c.bundle == "")
        query = (
            select(
                _DELIVERIES.c.id.label("delivery"),
                _DELIVERIES.c.bundle,
                _DELIVERIES.c.state,
                _DELIVERIES.c.attempts,
                _DELIVERIES.c.next_at,
                _DELIVERIES.c.created_at.label("promised_at"),
                _NOTIFICATIONS.c.id.label("notification"),
                _NOTIFICATIONS.c.subject.label("shown_subject"),
                _NOTIFICATIONS.c.reason_nl.label("told_nl"),
                _NOTIFICATIONS.c.reason_en.label("told_en"),
                _NOTIFICATIONS.c.why_nl,
                _NOTIFICATIONS.c.why_en,
                _NOTIFICATIONS.c.otherwise_nl.label("else_nl"),
                _NOTIFICATIONS.c.otherwise_en.label("else_en"),
                _NOTIFICATIONS.c.rule.label("told_rule"),
                _NOTIFICATIONS.c.urgent.label("passes"),
                _NOTIFICATIONS.c.stands_for,
                _NOTIFICATIONS.c.seen_at,
                _MESSAGES,
            )
            .outerjoin(_NOTIFICATIONS, _NOTIFICATIONS.c.id == _DELIVERIES.c.notification_id)
            # What was added before it left, is told by the newest message.
            .outerjoin(_MESSAGES, _MESSAGES.c.id == _NOTIFICATIONS.c.message_id)
            .where(
                is_open(),
                self._ours(),
                _DELIVERIES.c.destination == destination,
                or_(_DELIVERIES.c.next_at <= at, waits),
            )
            .order_by(_DELIVERIES.c.next_at, _DELIVERIES.c.id)
            .limit(MOST_LINES)
            .with_for_update(skip_locked=True, of=_DELIVERIES)
        )
        rows: list[Any] = list(connection.execute(query))
        due = [row for row in rows if row.next_at <= at]
        if not due:
            return []
        bundle = next((row.bundle for row in due if row.bundle), "")
        return [row for row in (due if bundle else rows) if row.bundle == bundle]

    def _packed(
        self,
        connection: Connection,
        destination: str,
        group: list[Row[Any]],
        at: datetime,
        lease: timedelta,
    ) -> Parcel | None:
        """Return *group* as a parcel, or None when nothing of it goes now."""
        around = look_around(connection, [row for row in group if row.id is not None], at)
        person = around.crowd.persons.get(destination)
        if person is None or around.crowd.actor(destination) is None:
            for row in group:
                if row.notification is not None:
                    self._hand_over(connection, row, destination, around, at)
            _lapse(connection, {row.delivery: Lapse.DISABLED for row in group}, group, at)
            return None
        wanted = settings_of(connection, [destination])[destination]
        digest = is_digest(group[0].bundle)
        if not digest:
            group = self._judged(connection, person, group, wanted, around, at)
            group = self._awake(connection, group, wanted, at)
        address = wanted.chat if self._channel != EMAIL else person.email
        if not group or not self._reachable(connection, address, group, at):
            return None
        lines = (
            digest_lines(connection, around.crowd, destination, group[0].bundle)
            if digest
            else tuple(_line(row, around) for row in group)
        )
        if not lines:
            _lapse(connection, {row.delivery: Lapse.SETTLED for row in group}, group, at)
            return None
        return self._claimed(connection, person, address, group, lines, at, lease)

    def _claimed(  # noqa: PLR0917 everything that a parcel is made of
        self,
        connection: Connection,
        person: Person,
        address: str,
        group: list[Row[Any]],
        lines: tuple[PostLine, ...],
        at: datetime,
        lease: timedelta,
    ) -> Parcel:
        """Write down that *group* is under way with *lines*, and return it as a parcel."""
        deliveries = tuple(row.delivery for row in group)
        bundle = group[0].bundle or f"{self._channel}-{secrets.token_hex(12)}"
        attempts = max(row.attempts for row in group) + 1
        connection.execute(
            update(_DELIVERIES)
            .where(_DELIVERIES.c.id.in_(list(deliveries)))
            .values(
                state=DeliveryState.SENDING.value,
                bundle=bundle,
                attempts=attempts,
                next_at=at + lease,
            )
        )
        digest = is_digest(bundle)
        subjects = {line.subject for line in lines}
        thread = "" if digest or len(subjects) > 1 else next(iter(subjects))
        reply_to = ""
        if thread and not thread.startswith(MEETING) and self._channel == EMAIL:
            reply_to = self._reply_to(connection, person, thread, at)
        post = Post(
            person=person,
            address=address,
            language=person.language or self._language,
            lines=lines,
            digest=digest,
            thread=thread,
            reply_to=reply_to,
        )
        promised = min(row.promised_at for row in group)
        return Parcel(bundle, self._channel, person.id, deliveries, attempts, promised, post)

    def _judged(  # noqa: PLR0917 what is judged, and by what
        self,
        connection: Connection,
        person: Person,
        group: list[Row[Any]],
        wanted: NotificationSettings,
        around: Surroundings,
        at: datetime,
    ) -> list[Row[Any]]:
        """Return what of *group* is still true, this person's and wanted; the rest lapses."""
        facts = StandingFacts.read(connection, group)
        off = not wanted.email if self._channel == EMAIL else not wanted.chat
        gone: dict[int, Lapse] = {}
        for row in group:
            lapse = _lapsed(row, person, around, facts)
            if lapse is None and off:
                lapse = Lapse.UNWANTED
            if lapse is not None:
                gone[row.delivery] = lapse
            if lapse in {Lapse.NOT_THEIRS, Lapse.UNSEEN_CASE}:
                self._hand_over(connection, row, person.id, around, at)
        going = [row for row in group if row.delivery not in gone]
        told = {around.cause_told_by(row) for row in going} - {None}
        gone |= {row.delivery: Lapse.TOGETHER for row in going if row.id in told}
        _lapse(connection, gone, group, at)
        return [row for row in group if row.delivery not in gone]

    def _hand_over(
        self,
        connection: Connection,
        row: Row[Any],
        person: str,
        around: Surroundings,
        at: datetime,
    ) -> None:
        """Tell who hears now instead of *person*, unless they were told: nothing is lost."""
        heard = around.heard(row)
        if heard is None:
            return
        before = _addressee(row, person, heard.named)
        heirs = {one.person: one for one in audience(heard, around.crowd)}
        for one in heirs_at_their_side(before, heard, around.crowd):
            heirs.setdefault(one.person, one)
        instead = hands_over(before, around.crowd)
        if instead is not None and (
            heard.case is None or not instead.knows or around.crowd.sees(instead.person, heard.case)
        ):
            heirs.setdefault(instead.person, instead)
        # Also who was told of it, and has newer words in the same notification by now.
        known = union(
            select(_NOTIFICATIONS.c.person_id).where(_NOTIFICATIONS.c.message_id == row.id),
            select(_DELIVERIES.c.destination).where(
                _DELIVERIES.c.message_id == row.id, _DELIVERIES.c.notification_id.is_not(None)
            ),
        )
        for (told,) in connection.execute(known):
            heirs.pop(told, None)
        self._notifying.tell(
            connection,
            [
                Telling(row, one, heard.case, too_late(row, one, around), alone=True)
                for one in heirs.values()
            ],
            around,
            at,
        )

    def _awake(
        self,
        connection: Connection,
        group: list[Row[Any]],
        wanted: NotificationSettings,
        at: datetime,
    ) -> list[Row[Any]]:
        """Return what of *group* may leave at this hour; the rest is held until the next one.

        What left together before goes together again: one urgent line takes all along.
        """
        calendar = self._calendar()
        if not group or wanted.hours.is_open(at, calendar):
            return group
        pass_ = [row for row in group if row.passes]
        if pass_ and group[0].bundle:
            return group
        held = [row.delivery for row in group if not row.passes]
        if held:
            connection.execute(
                update(_DELIVERIES)
                .where(_DELIVERIES.c.id.in_(held))
                .values(
                    state=DeliveryState.HELD.value,
                    next_at=max(wanted.hours.next_open(at, calendar), at + _A_MOMENT),
                )
            )
        return pass_

    def _reachable(
        self, connection: Connection, address: str, group: list[Row[Any]], at: datetime
    ) -> bool:
        """Whether something can be sent to *address*; if not, *group* waits or has failed."""
        deliveries = _DELIVERIES.c.id.in_([row.delivery for row in group])
        failed = {"state": DeliveryState.FAILED.value, "done_at": at}
        if not address:
            connection.execute(
                update(_DELIVERIES).where(deliveries).values(**failed, failure=NO_ADDRESS)
            )
            return False
        if self._channel != EMAIL:
            return True
        fault = connection.execute(
            select(_FAULTS.c.since, _FAULTS.c.reason).where(_FAULTS.c.address == address.lower())
        ).first()
        if fault is None:
            return True
        old = _DELIVERIES.c.created_at < at - FAULT_ENDS
        why = f"this address refuses: {fault.reason}"[:FAILURE_LENGTH]
        connection.execute(update(_DELIVERIES).where(deliveries, old).values(**failed, failure=why))
        connection.execute(
            update(_DELIVERIES)
            .where(deliveries, ~old)
            .values(state=DeliveryState.HELD.value, next_at=at + FAULT_LOOK, failure=why)
        )
        return False


_A_MOMENT = timedelta(minutes=1)
"""What is held is not looked at again at once, whatever the hours are."""


def _addressee(row: Row[Any], person: str, names: Iterable[Addressee]) -> Addressee:
    """Return *person* as the message of *row* was told to him or her."""
    side = next((one.side for one in names if one.person == person), "")
    knows = bool(row.shown_subject) or not row.subject
    return Addressee(person, Text(row.why_nl, row.why_en), side, row.stands_for, knows)


def _lapsed(
    row: Row[Any], person: Person, around: Surroundings, facts: StandingFacts
) -> Lapse | None:
    """Say why what *row* tells is not to be sent any more, or None when it is."""
    heard = around.heard(row)
    if heard is None:
        return Lapse.UNSEEN_CASE
    one = _addressee(row, person.id, heard.named)
    if heard.case is not None and one.knows and not around.crowd.sees(person.id, heard.case):
        return Lapse.UNSEEN_CASE
    if not still_theirs(one, heard, around.crowd):
        return Lapse.NOT_THEIRS
    if late := too_late(row, one, around):
        return late
    if facts.settled(row.type, row.subject, row.stay, person.organisation):
        return Lapse.SETTLED
    return Lapse.SEEN if row.seen_at is not None else None


def _lapse(
    connection: Connection, gone: Mapping[int, Lapse], group: Sequence[Row[Any]], at: datetime
) -> None:
    """Write down which deliveries lapsed and why, and which notifications with them."""
    for why in sorted(set(gone.values())):
        deliveries = [key for key, lapse in gone.items() if lapse is why]
        connection.execute(
            update(_DELIVERIES)
            .where(_DELIVERIES.c.id.in_(deliveries))
            .values(state=DeliveryState.LAPSED.value, failure=why.value, done_at=at)
        )
        if why in {Lapse.SEEN, Lapse.UNWANTED}:
            continue
        told = [row.notification for row in group if row.delivery in set(deliveries)]
        connection.execute(
            update(_NOTIFICATIONS)
            .where(
                _NOTIFICATIONS.c.id.in_([one for one in told if one]),
                _NOTIFICATIONS.c.seen_at.is_(None),
                _NOTIFICATIONS.c.lapsed_at.is_(None),
            )
            .values(lapsed_at=at, lapsed_because=why.value)
        )


def _line(row: Row[Any], around: Surroundings) -> PostLine:
    subject: str = row.shown_subject
    about = around.cases.get(subject)
    return PostLine(
        notification=row.notification,
        subject=subject,
        title="" if about is None else about.title,
        reason=Text(row.told_nl, row.told_en),
        why=Text(row.why_nl, row.why_en),
        otherwise=Text(row.else_nl, row.else_en),
        rule=row.told_rule,
        urgent=bool(row.passes),
        path=path_of(subject),
    )


def path_of(subject: str) -> str:
    """Return the page about *subject*; the inbox for what has no page."""
    if subject.startswith(MEETING):
        return f"/overleg/{subject.removeprefix(MEETING)}"
    return f"/impasses/{subject}" if subject else INBOX_PATH
