"""Telling persons: one notification per person and message, one delivery per channel.

Runs inside the transaction that spreads messages: a message is told to all, or to nobody yet. The
inbox has everything at once. E-mail and chat have what asks for something; it waits for what comes
soon after, and for the end of quiet hours.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from impasse.adapters.sql.announcing import announce
from impasse.adapters.sql.notification_settings import settings_of
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.surroundings import look_around
from impasse.adapters.sql.tables import DeliveryRow, NotificationRow
from impasse.domain.audience import audience
from impasse.domain.notification import (
    KEEPS_MERGING,
    URGENT,
    Lapse,
    asks,
    dedup_key,
    event_class,
    event_of,
    otherwise_of,
    outdated,
    overtaken,
    told_reason,
)
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.engine.outbox import CHAT, EMAIL, INBOX, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from impasse.adapters.sql.surroundings import Surroundings
    from impasse.domain.audience import Crowd
    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.escalation import Addressee
    from impasse.domain.notification import NotificationSettings

_NOTIFICATIONS = table(NotificationRow)
_DELIVERIES = table(DeliveryRow)

NO_ADDRESS = "this person has no e-mail address"
"""Why an e-mail failed before it was ever tried."""

_UNSENT = {DeliveryState.WAITING.value, DeliveryState.HELD.value}


class Notifying:
    """Tells persons of messages. *channels* are the personal channels that this house has.

    Without `EMAIL` among them nobody is owed an e-mail: the inbox is all there is.
    """

    def __init__(
        self, calendar: Callable[[], Calendar], channels: Iterable[str] = (EMAIL, CHAT)
    ) -> None:
        self._calendar = calendar
        self.channels = frozenset(channels)

    def __call__(self, connection: Connection, messages: Sequence[Row[Any]], at: datetime) -> None:
        """Make notifications and deliveries of *messages*, rows of the outbox, each told once."""
        around = look_around(connection, messages, at)
        told: list[Telling] = []
        for message in messages:
            heard = around.heard(message)
            if heard is not None:
                told += [
                    Telling(message, one, heard.case, too_late(message, one, around))
                    for one in audience(heard, around.crowd)
                ]
        self.tell(connection, told, around, at)

    def tell(
        self,
        connection: Connection,
        told: Sequence[Telling],
        around: Surroundings,
        at: datetime,
    ) -> None:
        """Write what *told* tells; what is told anew before it left is added to the earlier."""
        if not told:
            return
        settings = settings_of(connection, {one.to.person for one in told})
        earlier = _unsent(connection, told, settings, at)
        made = _Made()
        for one in told:
            if one.late is None and one.to.knows:
                made.tell_of_cause(around.cause_told_by(one.message), one.to.person)
            wanted = settings[one.to.person]
            before = earlier.get(one.key) if one.key and one.late is None else None
            if before is not None:
                made.merge(before, one)
                continue
            row = one.notification(at)
            made.notifications[row["id"]] = row
            if one.key and one.late is None:
                earlier[one.key] = row["id"]
            made.deliveries += self._deliveries(one, row["id"], wanted, around.crowd, at)
        made.write(connection, at)
        _tell_of_missing_addresses(connection, made.without_address, around.crowd, at)

    def _deliveries(
        self,
        one: Telling,
        notification: str,
        wanted: NotificationSettings,
        crowd: Crowd,
        at: datetime,
    ) -> list[dict[str, Any]]:
        """Return a delivery for each channel on which this person has to hear this."""
        late = DeliveryState.LAPSED if one.late else DeliveryState.DELIVERED
        rows = [_delivery(one, notification, INBOX, late, at, at)]
        if one.late is not None or not asks(one.message.type):
            return rows
        person = crowd.persons[one.to.person]
        due, state = at, DeliveryState.WAITING
        if not one.urgent:
            due = at + wanted.window
            open_at = wanted.hours.next_open(due, self._calendar())
            if open_at > due:
                due, state = open_at, DeliveryState.HELD
        if wanted.email and EMAIL in self.channels:
            if person.email:
                rows.append(_delivery(one, notification, EMAIL, state, due, at))
            else:
                failed = _delivery(one, notification, EMAIL, DeliveryState.FAILED, at, at)
                rows.append({**failed, "failure": NO_ADDRESS})
                if not one.message.run:
                    # The administrator is told once, and not again with each message.
                    rows[-1]["reported_at"] = at
        if wanted.chat and CHAT in self.channels:
            rows.append(_delivery(one, notification, CHAT, state, due, at))
        return rows


@dataclass(frozen=True, slots=True)
class Telling:
    """A message to one person; `late` says why it is not true any more, if it is not.

    What is told `alone` is added to nothing: so it waits for no lock of anybody else.
    """

    message: Row[Any]
    to: Addressee
    case: Case | None
    late: Lapse | None
    alone: bool = False

    @property
    def urgent(self) -> bool:
        """Whether it passes quiet hours."""
        return bool(self.message.urgent) or event_of(self.message.type) in URGENT

    @property
    def key(self) -> str:
        """By what the same is known; "" for what is never added to something earlier."""
        message = self.message
        if self.alone or not self.to.knows:
            return ""
        kind = event_class(
            message.type,
            stay=message.stay,
            run=message.run,
            rule=message.rule,
            reason=message.reason_nl,
        )
        return dedup_key(message.subject or message.id, kind, self.to.person)

    def words(self) -> dict[str, Any]:
        """Return what a person reads; nothing of the case for who may not know of it."""
        message, knows = self.message, self.to.knows
        given = Text(message.reason_nl, message.reason_en)
        reason = told_reason(message.type, given, knows=knows)
        otherwise = Text(message.otherwise_nl, message.otherwise_en)
        if not otherwise.nl or not knows:
            otherwise = otherwise_of(message.type)
        rule = message.rule
        if not rule and self.case is not None and knows:
            rule = f"{self.case.workflow}@{self.case.workflow_version}"
        return {
            "reason_nl": reason.nl,
            "reason_en": reason.en,
            "message_id": message.id,
            "stands_for": self.to.stands_for,
            "why_nl": self.to.why.nl,
            "why_en": self.to.why.en,
            "otherwise_nl": otherwise.nl,
            "otherwise_en": otherwise.en,
            "rule": rule,
            "urgent": self.urgent,
        }

    def notification(self, at: datetime) -> dict[str, Any]:
        """Return the row of a new notification; its id tells nothing and stays the same."""
        message, knows = self.message, self.to.knows
        return {
            "id": f"n_{secrets.token_hex(10)}",
            "person_id": self.to.person,
            "subject": message.subject if knows else "",
            "type": message.type,
            "run": message.run if knows else "",
            "dedup_key": self.key,
            "repeats": 0,
            "created_at": at,
            "seen_at": None,
            "lapsed_at": at if self.late else None,
            "lapsed_because": self.late.value if self.late else "",
            "feedback": "",
            "feedback_reason": "",
            "feedback_at": None,
            **self.words(),
        }


def too_late(message: Row[Any], one: Addressee, around: Surroundings) -> Lapse | None:
    """Say why *message* is not true any more for *one*, or None."""
    case = around.cases.get(message.subject)
    late = None if case is None else outdated(message.type, message.stay, case)
    if late is None and message.run:
        run = around.runs.get(message.run)
        late = overtaken(message.type, run, message.at, one.person, one.side)
    return late


class _Made:
    """What is written at the end, each kind in one statement."""

    def __init__(self) -> None:
        self.notifications: dict[str, dict[str, Any]] = {}
        self.deliveries: list[dict[str, Any]] = []
        self.merged: dict[str, dict[str, Any]] = {}
        self.causes: dict[str, set[str]] = {}

    def tell_of_cause(self, message: str | None, person: str) -> None:
        """Remember that *person* is told of *message* by the escalation that it started."""
        if message:
            self.causes.setdefault(message, set()).add(person)

    def merge(self, before: str, one: Telling) -> None:
        """Add *one* to the notification *before*, which tells from now on what *one* tells.

        So it is the newest message of which is asked, when it leaves, whether it is still true.
        """
        words = one.words()
        if before in self.notifications:
            row = self.notifications[before]
            urgent = row["urgent"] or words["urgent"]
            row |= {**words, "urgent": urgent, "repeats": row["repeats"] + 1}
            if urgent:
                for delivery in self.deliveries:
                    if delivery["notification_id"] == before and delivery["state"] in _UNSENT:
                        delivery |= {
                            "state": DeliveryState.WAITING.value,
                            "next_at": delivery["created_at"],
                        }
            return
        row = self.merged.get(before, {"repeats": 0, "urgent": False})
        urgent = row["urgent"] or words["urgent"]
        self.merged[before] = {**words, "urgent": urgent, "repeats": row["repeats"] + 1}

    @property
    def without_address(self) -> list[str]:
        """Who should have had an e-mail and has no address."""
        rows = self.deliveries
        return sorted({row["destination"] for row in rows if row["failure"] == NO_ADDRESS})

    def write(self, connection: Connection, at: datetime) -> None:
        if self.notifications:
            connection.execute(insert(_NOTIFICATIONS), list(self.notifications.values()))
            connection.execute(insert(_DELIVERIES), self.deliveries)
        for message, persons in self.causes.items():
            # Its e-mail is looked at when it leaves: it goes should the escalation not.
            connection.execute(
                update(_NOTIFICATIONS)
                .where(
                    _NOTIFICATIONS.c.message_id == message,
                    _NOTIFICATIONS.c.person_id.in_(sorted(persons)),
                    _NOTIFICATIONS.c.seen_at.is_(None),
                    _NOTIFICATIONS.c.lapsed_at.is_(None),
                )
                .values(lapsed_at=at, lapsed_because=Lapse.TOGETHER.value)
            )
        if not self.merged:
            return
        names = [name for name in next(iter(self.merged.values())) if name != "repeats"]
        statement = (
            update(_NOTIFICATIONS)
            .where(_NOTIFICATIONS.c.id == bindparam("key"))
            .values(
                repeats=_NOTIFICATIONS.c.repeats + bindparam("more"),
                **{name: bindparam(f"new_{name}") for name in names},
            )
        )
        connection.execute(
            statement,
            [
                {"key": key, "more": row["repeats"], **{f"new_{n}": row[n] for n in names}}
                for key, row in self.merged.items()
            ],
        )
        urgent = [key for key, row in self.merged.items() if row["urgent"]]
        if urgent:
            connection.execute(
                update(_DELIVERIES)
                .where(
                    _DELIVERIES.c.notification_id.in_(urgent),
                    _DELIVERIES.c.state.in_(sorted(_UNSENT)),
                )
                .values(state=DeliveryState.WAITING.value, next_at=at)
            )


def _delivery(  # noqa: PLR0917 all that differs between deliveries
    one: Telling,
    notification: str,
    channel: str,
    state: DeliveryState,
    due: datetime,
    at: datetime,
) -> dict[str, Any]:
    waits = state.value in _UNSENT
    return {
        "message_id": one.message.id,
        "notification_id": notification,
        "channel": channel,
        "destination": one.to.person,
        "bundle": "",
        "state": state.value,
        "attempts": 0,
        "next_at": due,
        "answered": None,
        "failure": "" if one.late is None else one.late.value,
        "done_at": None if waits else at,
        "created_at": at,
        "reported_at": None,
    }


def _unsent(
    connection: Connection,
    told: Sequence[Telling],
    settings: Mapping[str, NotificationSettings],
    at: datetime,
) -> dict[str, str]:
    """Return per dedup key the notification that has not left yet, and can be added to.

    Its deliveries are locked: what is being claimed at this moment has left.
    """
    keys = {one.key for one in told if one.key and one.late is None}
    if not keys:
        return {}
    query = (
        select(
            _NOTIFICATIONS.c.id,
            _NOTIFICATIONS.c.dedup_key,
            _NOTIFICATIONS.c.person_id,
            _NOTIFICATIONS.c.created_at,
        )
        .where(
            _NOTIFICATIONS.c.person_id.in_(sorted({one.to.person for one in told})),
            _NOTIFICATIONS.c.dedup_key.in_(sorted(keys)),
            _NOTIFICATIONS.c.created_at > at - KEEPS_MERGING,
            _NOTIFICATIONS.c.seen_at.is_(None),
            _NOTIFICATIONS.c.lapsed_at.is_(None),
        )
        .order_by(_NOTIFICATIONS.c.created_at)
    )
    candidates = connection.execute(query).all()
    if not candidates:
        return {}
    locked = (
        select(_DELIVERIES.c.notification_id, _DELIVERIES.c.state, _DELIVERIES.c.attempts)
        .where(
            _DELIVERIES.c.notification_id.in_([row.id for row in candidates]),
            _DELIVERIES.c.channel != INBOX,
        )
        .order_by(_DELIVERIES.c.id)
        .with_for_update()
    )
    waits: dict[str, bool] = {}
    for notification, state, attempts in connection.execute(locked):
        unsent = state in _UNSENT and attempts == 0
        waits[notification] = waits.get(notification, True) and unsent
    found: dict[str, str] = {}
    for row in candidates:
        window = settings[row.person_id].window
        fresh = row.created_at <= at < row.created_at + window
        if waits.get(row.id, fresh):
            found[row.dedup_key] = row.id
    return found


def _tell_of_missing_addresses(
    connection: Connection, persons: Sequence[str], crowd: Crowd, at: datetime
) -> None:
    """Tell the administrators, once per person, that no e-mail can be sent there."""
    administrators = [
        person.id
        for person in crowd.persons.values()
        if Role.ADMINISTRATOR in person.roles and crowd.actor(person.id) is not None
    ]
    for key in persons:
        announce(
            connection,
            key=f"no-address:{key}",
            type="destination-failing",
            to=administrators,
            reason=Text(
                f"Gebruiker {key} heeft geen e-mailadres. Wat deze persoon moet horen, staat "
                "alleen in de inbox.",
                f"User {key} has no e-mail address. What this person has to hear stands in the "
                "inbox only.",
            ),
            why=Text(
                "U beheert de gebruikers en krijgt dit één keer per persoon.",
                "You look after the users and get this once per person.",
            ),
            otherwise=Text(
                "Deze persoon krijgt geen e-mail tot er een adres bij staat.",
                "This person gets no e-mail until an address is added.",
            ),
            at=at,
        )
