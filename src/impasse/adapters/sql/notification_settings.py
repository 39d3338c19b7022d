"""How persons want to hear, as rows; who never chose has the defaults of the house."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from impasse.adapters.sql.database import SQLITE, translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import NotificationSettingsRow
from impasse.domain.errors import Invalid
from impasse.domain.notification import DigestWish, NotificationSettings
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime, time

    from sqlalchemy.engine import Connection, Engine, Row

    from impasse.domain.errors import Fault

_SETTINGS = table(NotificationSettingsRow)
_DEFAULTS = NotificationSettings()


class ChatAddresses(Protocol):
    """What keeps the addresses of chat channels, which are secrets, out of sight."""

    def faults(self, wanted: NotificationSettings, kept: str) -> list[Fault]:
        """Return what keeps *wanted* from being kept, when *kept* is what is kept of its chat."""

    def keep(self, written: str, kept: str) -> str:
        """Return what is kept of the address *written*."""


class _Chosen(dict[str, NotificationSettings]):
    """Settings by person; the defaults for everybody else."""

    def __missing__(self, person: str) -> NotificationSettings:
        return _DEFAULTS


def settings_of(
    connection: Connection, persons: Collection[str] | None = None
) -> Mapping[str, NotificationSettings]:
    """Return the settings of *persons*, or of all; whoever is not in it has the defaults."""
    query = select(_SETTINGS)
    if persons is not None:
        query = query.where(_SETTINGS.c.person_id.in_(sorted(persons)))
    return _Chosen({row.person_id: _read(row) for row in connection.execute(query)})


def read_settings(database: Engine, person: str) -> NotificationSettings:
    """Return how *person* wants to hear; its `chat` is as it is kept, which is no address.

    Raises `Unavailable` when the database fails.
    """
    try:
        with database.connect() as connection:
            return settings_of(connection, [person])[person]
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error


def save_settings(
    database: Engine,
    person: str,
    wanted: NotificationSettings,
    at: datetime,
    *,
    chats: ChatAddresses,
) -> NotificationSettings:
    """Keep how *person* wants to hear from now on; raises `Invalid` with every fault at once.

    The `chat` of *wanted* is an address as it was written, or what was shown of the one before;
    that of the answer is as it is kept. What waits already is judged by it when it is about to
    leave.
    """
    wanted = replace(
        wanted,
        from_time=_whole(wanted.from_time),
        until_time=_whole(wanted.until_time),
        digest_time=_whole(wanted.digest_time),
    )
    values: dict[str, Any] = {
        "person_id": person,
        "email": wanted.email,
        "working_days": "".join(str(day) for day in sorted(wanted.working_days)),
        "from_time": wanted.from_time,
        "until_time": wanted.until_time,
        "group_minutes": wanted.group_minutes,
        "digest": wanted.digest.value,
        "digest_time": wanted.digest_time,
        "changed_at": at,
    }
    with writing(database) as connection:
        before = settings_of(connection, [person])[person].chat
        if faults := chats.faults(wanted, before):
            raise Invalid(
                Text("Deze instellingen kunnen zo niet.", "These settings cannot be kept."), faults
            )
        values["chat"] = chats.keep(wanted.chat, before)
        insert = insert_sqlite if connection.dialect.name == SQLITE else insert_postgresql
        rest = {name: value for name, value in values.items() if name != "person_id"}
        connection.execute(
            insert(_SETTINGS)
            .values(values)
            .on_conflict_do_update(index_elements=["person_id"], set_=rest)
        )
        return settings_of(connection, [person])[person]


def _whole(hour: time) -> time:
    return hour.replace(second=0, microsecond=0, tzinfo=None)


def _read(row: Row[Any]) -> NotificationSettings:
    return NotificationSettings(
        email=bool(row.email),
        chat=row.chat,
        working_days=frozenset(int(day) for day in row.working_days),
        from_time=row.from_time,
        until_time=row.until_time,
        group_minutes=row.group_minutes,
        digest=DigestWish(row.digest),
        digest_time=row.digest_time,
    )
