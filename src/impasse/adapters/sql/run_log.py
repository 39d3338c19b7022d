"""The log of one run: what happened, by which rule who was told, and how that was delivered.

Nothing is kept for it: it is read from history, notifications and deliveries, which only grow.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    DeliveryRow,
    EntryRow,
    NotificationRow,
    OutboxRow,
    PersonRow,
    WebhookRow,
)
from impasse.domain.history import ChainedEntry

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

_ENTRIES = table(EntryRow)
_MESSAGES = table(OutboxRow)
_NOTIFICATIONS = table(NotificationRow)
_DELIVERIES = table(DeliveryRow)
_PERSONS = table(PersonRow)
_WEBHOOKS = table(WebhookRow)
_ABOUT_RUNS = "escalation\\_%"


@dataclass(frozen=True, slots=True)
class Way:
    """One delivery: over which channel, how it stands, and since when."""

    channel: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody, or a system of somebody, was told by `rule`; `organisation` is where they work."""

    key: str
    at: datetime
    type: str
    rule: str
    person: str
    organisation: str
    ways: tuple[Way, ...]
    seen_at: datetime | None = None
    lapsed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of history that is about the run."""

    key: str
    entry: ChainedEntry

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.entry.at


LogLine: TypeAlias = Happened | Told


def log_of(database: Engine, case: str, run: str) -> list[LogLine]:
    """Return the log of *run* in the order in which it happened.

    Whether the reader may see the case is asked before, with `RunViews.run`.
    """
    try:
        with database.connect() as connection:
            lines: list[LogLine] = [
                *_happened(connection, case, run),
                *_persons_told(connection, f"{case}:{run}"),
                *_systems_told(connection, f"{case}:{run}"),
            ]
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    return sorted(lines, key=lambda line: line.key)


def _happened(connection: Connection, case: str, run: str) -> list[Happened]:
    query = (
        select(_ENTRIES)
        .where(_ENTRIES.c.subject == case, _ENTRIES.c.action.like(_ABOUT_RUNS, escape="\\"))
        .order_by(_ENTRIES.c.seq)
    )
    found = []
    for row in connection.execute(query).mappings():
        entry = ChainedEntry(**row)
        # Content may have been destroyed by law; then nothing tells of which run it was.
        if entry.content and json.loads(entry.content).get("run") == run:
            found.append(Happened(f"{_stamp(entry.at)} 0 {entry.seq:09}", entry))
    return found


def _persons_told(connection: Connection, key: str) -> list[Told]:
    query = (
        select(
            _NOTIFICATIONS.c.id,
            _NOTIFICATIONS.c.created_at,
            _NOTIFICATIONS.c.type,
            _NOTIFICATIONS.c.rule,
            _NOTIFICATIONS.c.person_id,
            _NOTIFICATIONS.c.seen_at,
            _NOTIFICATIONS.c.lapsed_at,
            _PERSONS.c.organisation_id,
        )
        .join(_PERSONS, _PERSONS.c.id == _NOTIFICATIONS.c.person_id)
        .where(_NOTIFICATIONS.c.run == key)
    )
    rows = connection.execute(query).all()
    ways: dict[str, list[Way]] = {}
    deliveries = (
        select(_DELIVERIES)
        .join(_NOTIFICATIONS, _NOTIFICATIONS.c.id == _DELIVERIES.c.notification_id)
        .where(_NOTIFICATIONS.c.run == key)
        .order_by(_DELIVERIES.c.id)
    )
    for row in connection.execute(deliveries):
        way = Way(row.channel, row.state, row.done_at or row.next_at)
        ways.setdefault(row.notification_id, []).append(way)
    return [
        Told(
            f"{_stamp(row.created_at)} 1 {row.id}",
            row.created_at,
            row.type,
            row.rule,
            row.person_id,
            row.organisation_id,
            tuple(ways.get(row.id, ())),
            row.seen_at,
            row.lapsed_at,
        )
        for row in rows
    ]


def _systems_told(connection: Connection, key: str) -> list[Told]:
    query = (
        select(
            _DELIVERIES.c.id,
            _DELIVERIES.c.channel,
            _DELIVERIES.c.state,
            _DELIVERIES.c.created_at,
            _DELIVERIES.c.done_at,
            _DELIVERIES.c.next_at,
            _MESSAGES.c.type,
            _MESSAGES.c.rule,
            _PERSONS.c.organisation_id,
        )
        .join(_MESSAGES, _MESSAGES.c.id == _DELIVERIES.c.message_id)
        .join(_WEBHOOKS, _WEBHOOKS.c.id == _DELIVERIES.c.destination)
        .join(_PERSONS, _PERSONS.c.id == _WEBHOOKS.c.created_by)
        .where(_MESSAGES.c.run == key, _DELIVERIES.c.channel == "webhook")
    )
    return [
        Told(
            f"{_stamp(row.created_at)} 2 {row.id:09}",
            row.created_at,
            row.type,
            row.rule,
            "",
            row.organisation_id,
            (Way(row.channel, row.state, row.done_at or row.next_at),),
        )
        for row in connection.execute(query)
    ]


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
