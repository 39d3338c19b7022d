"""Digests by e-mail: made once per person and day, and looked at again when they leave.

What somebody gets stands in a row of its own, with the delivery that carries it, in one
transaction: killed before it, nothing was made; killed after it, it is sent and not made again.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import and_, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from impasse.adapters.sql.database import SQLITE, translate, writing
from impasse.adapters.sql.notification_settings import settings_of
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.surroundings import people_of
from impasse.adapters.sql.tables import CaseRow, DeliveryRow, DigestRow, NotificationRow
from impasse.adapters.sql.views import visible_cases
from impasse.domain.audience import MEETING
from impasse.domain.days_in_words import AMSTERDAM, day_in_words
from impasse.domain.digest_group import DigestGroup
from impasse.domain.digest_schedule import DigestKind, due_digest
from impasse.domain.errors import Unavailable
from impasse.domain.history import canonical
from impasse.domain.notification import NOTHING_ASKED, asks, event_of
from impasse.domain.text import Text
from impasse.engine.outbox import EMAIL, DeliveryState, PostLine
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from sqlalchemy.engine import Connection, Engine, Row

    from impasse.adapters.sql.digest import Digests, Item
    from impasse.domain.audience import Crowd
    from impasse.domain.calendar import Calendar
    from impasse.domain.history import Json
    from impasse.domain.notification import NotificationSettings
    from impasse.domain.people import Actor

log = structlog.get_logger("impasse.digest")

AT_ONCE = 100
"""So many digests are made in one look; the rest in the next."""

LOOK_EVERY = timedelta(minutes=1)
FARTHEST = timedelta(days=31)
"""What is older than this is told by no digest any more."""

MOST_LINES = 100
"""So many lines of a kind: a longer e-mail is not read, and everything stands in the inbox."""

_DIGESTS, _DELIVERIES = table(DigestRow), table(DeliveryRow)
_NOTIFICATIONS, _CASES = table(NotificationRow), table(CaseRow)
_PREFIX = "digest-"
_INBOX_PATH = "/mijn-werk"

_STAYS = Text(
    "Het blijft op uw lijst staan, en in het volgende overzicht.",
    "It stays on your list, and in the next digest.",
)


def is_digest(bundle: str) -> bool:
    """Whether what travels under this id is a digest."""
    return bundle.startswith(_PREFIX)


@dataclass(frozen=True, slots=True)
class _Due:
    person: str
    kind: DigestKind
    day: date
    since: datetime


class DigestRounds:
    """Makes the digests that are due; `look` is called often and costs next to nothing.

    *channels* are the personal channels that this house has: without `EMAIL` none is made.
    """

    def __init__(
        self,
        database: Engine,
        digests: Digests,
        calendar: Callable[[], Calendar],
        channels: Collection[str] = (),
    ) -> None:
        self._mails = EMAIL in channels
        self._database = database
        self._digests = digests
        self._calendar = calendar
        self._looked_at: datetime | None = None

    def look(self, at: datetime) -> int:
        """Make what is due at moment *at*; return how many digests there were, empty ones too.

        Raises `Unavailable` when the database fails.
        """
        before = self._looked_at
        if not self._mails:
            return 0
        if before is not None and timedelta(0) <= at - before < LOOK_EVERY:
            return 0
        crowd, due = self._due(at)
        made = 0
        for one in due[:AT_ONCE]:
            actor = crowd.actor(one.person)
            if actor is None:
                continue
            try:
                made += self._make(one, actor, at)
            except (Contention, Unavailable):
                raise
            except Exception:
                # One digest that cannot be made holds up no other; it is tried again.
                log.exception("digest_failed", object=one.person, result="tried again later")
        self._looked_at = at if len(due) <= AT_ONCE else None
        return made

    def _due(self, at: datetime) -> tuple[Crowd, list[_Due]]:
        today = at.astimezone(AMSTERDAM).date()
        monday = today - timedelta(days=today.weekday())
        # Those of this week tell what is made already, weekly ones of before who had one.
        weekly = _DIGESTS.c.kind == DigestKind.WEEKLY.value
        recent = or_(_DIGESTS.c.day >= monday, and_(weekly, _DIGESTS.c.day >= today - FARTHEST))
        try:
            with self._database.connect() as connection:
                crowd = people_of(connection, at)
                settings = settings_of(connection)
                rows = connection.execute(
                    select(_DIGESTS.c.person_id, _DIGESTS.c.kind, _DIGESTS.c.day).where(recent)
                ).all()
                due = self._wanted(crowd, settings, rows, at)
                before = _made_before(connection, [person for person, *_ in due], at)
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error
        return crowd, [
            _Due(key, kind, day, max(before.get(key, at - kind.reach), at - FARTHEST))
            for key, kind, day in due
        ]

    def _wanted(
        self,
        crowd: Crowd,
        settings: Mapping[str, NotificationSettings],
        rows: Iterable[Any],
        at: datetime,
    ) -> list[tuple[str, DigestKind, date]]:
        """Return for whom which digest is due; *rows* are those that were made."""
        made: dict[str, set[tuple[DigestKind, date]]] = {}
        for person, kind, day in rows:
            made.setdefault(person, set()).add((DigestKind(kind), day))
        calendar, due = self._calendar(), []
        for key, one in sorted(crowd.persons.items()):
            if not one.email or crowd.actor(key) is None:
                continue
            found = due_digest(settings[key], at, calendar, made.get(key, set()))
            if found is not None:
                due.append((key, *found))
        return due

    def _make(self, one: _Due, actor: Actor, at: datetime) -> int:
        """Write one digest with its delivery, unless another process just did."""
        calendar = self._calendar()
        today = calendar.local_day(at)
        found = self._digests.of(
            actor, since=calendar.local_day(one.since), today=today, calendar=calendar, brief=True
        )
        lines = [
            *_told(DigestGroup.WAITS_ON_YOU, found.waiting),
            *_told(DigestGroup.WAITS_ON_OTHERS, (*found.ending, *found.others)),
        ]
        with writing(self._database) as connection:
            lines[:0] = _unmailed(connection, one, at)
            lines += _news(connection, one, at)
            lines += _told(DigestGroup.UNDELIVERABLE, found.undeliverable)
            make = insert_sqlite if connection.dialect.name == SQLITE else insert_postgresql
            new = connection.execute(
                make(_DIGESTS)
                .values(
                    person_id=one.person,
                    kind=one.kind.value,
                    day=one.day,
                    made_at=at,
                    items=len(lines),
                    content=canonical(lines),
                )
                .on_conflict_do_nothing()
                .returning(_DIGESTS.c.day)
            ).first()
            if new is None:
                return 0
            if lines:
                connection.execute(insert(_DELIVERIES), [_delivery(one, at)])
        return 1


def _made_before(connection: Connection, persons: list[str], at: datetime) -> dict[str, datetime]:
    """Return when the last digest of each of *persons* was made, however often it comes."""
    if not persons:
        return {}
    query = (
        select(_DIGESTS.c.person_id, func.max(_DIGESTS.c.made_at).label("last"))
        .where(_DIGESTS.c.person_id.in_(persons), _DIGESTS.c.made_at <= at)
        .group_by(_DIGESTS.c.person_id)
    )
    return {row.person_id: row.last for row in connection.execute(query)}


def digest_lines(
    connection: Connection, crowd: Crowd, person: str, bundle: str
) -> tuple[PostLine, ...]:
    """Return what the digest *bundle* tells *person*, as far as he or she may see it now."""
    kind, day = _parts(bundle)
    row = connection.execute(
        select(_DIGESTS.c.content).where(
            _DIGESTS.c.person_id == person, _DIGESTS.c.kind == kind.value, _DIGESTS.c.day == day
        )
    ).first()
    actor = crowd.actor(person)
    if row is None or actor is None:
        return ()
    lines = json.loads(row.content)
    numbers = sorted({line["case"] for line in lines if line["case"]})
    seen = select(_CASES.c.id, _CASES.c.title).where(_CASES.c.id.in_(numbers), visible_cases(actor))
    titles = {row.id: row.title for row in connection.execute(seen)} if numbers else {}
    return tuple(
        PostLine(
            notification="",
            subject=line["case"],
            title=titles.get(line["case"], ""),
            reason=Text(line["nl"], line["en"]),
            why=kind.why,
            otherwise=(
                _STAYS if line["group"] == DigestGroup.WAITS_ON_YOU.value else NOTHING_ASKED
            ),
            rule=line["group"],
            urgent=False,
            path=f"/impasses/{line['case']}" if line["case"] else _INBOX_PATH,
        )
        for line in lines
        if not line["case"] or line["case"] in titles
    )


def _told(group: DigestGroup, items: Iterable[Item]) -> list[Json]:
    """Return *items* as a row keeps them: no titles, which are read when it leaves."""
    lines: list[Json] = []
    for one in list(items)[:MOST_LINES]:
        what = one.what
        if one.day is not None:
            day = day_in_words(one.day)
            what += Text(f" ({day.nl})", f" ({day.en})")
        lines.append({"group": group.value, "case": one.case, "nl": what.nl, "en": what.en})
    return lines


def _unmailed(connection: Connection, one: _Due, at: datetime) -> list[Json]:
    """Return what asks for something and was not looked at, for who wants no e-mail of its own.

    Levels of an escalation stand among the runs already.
    """
    if settings_of(connection, [one.person])[one.person].email:
        return []
    asking = [
        row
        for row in _unseen(connection, one, at)
        if asks(row.type) and event_of(row.type) != "escalation-level-reached"
    ]
    return [_told_of(row, DigestGroup.WAITS_ON_YOU) for row in asking[:MOST_LINES]]


def _news(connection: Connection, one: _Due, at: datetime) -> list[Json]:
    """Return what happened that asks for nothing and was not looked at yet, the newest first."""
    news = [row for row in _unseen(connection, one, at) if not asks(row.type)]
    return [_told_of(row, DigestGroup.CHANGED) for row in news[:MOST_LINES]]


def _told_of(row: Row[Any], group: DigestGroup) -> Json:
    about_case = row.subject and not row.subject.startswith(MEETING)
    return {
        "group": group.value,
        "case": row.subject if about_case else "",
        "nl": row.reason_nl,
        "en": row.reason_en,
    }


def _unseen(connection: Connection, one: _Due, at: datetime) -> list[Row[Any]]:
    query = (
        select(
            _NOTIFICATIONS.c.type,
            _NOTIFICATIONS.c.subject,
            _NOTIFICATIONS.c.reason_nl,
            _NOTIFICATIONS.c.reason_en,
        )
        .where(
            _NOTIFICATIONS.c.person_id == one.person,
            _NOTIFICATIONS.c.created_at > one.since,
            _NOTIFICATIONS.c.created_at <= at,
            _NOTIFICATIONS.c.seen_at.is_(None),
            _NOTIFICATIONS.c.lapsed_at.is_(None),
        )
        .order_by(_NOTIFICATIONS.c.created_at.desc(), _NOTIFICATIONS.c.id)
    )
    return list(connection.execute(query))


def _delivery(one: _Due, at: datetime) -> dict[str, Any]:
    # It becomes a Message-ID: who could guess it could send a report that it bounced.
    mark = secrets.token_hex(12)
    return {
        "message_id": None,
        "notification_id": None,
        "channel": EMAIL,
        "destination": one.person,
        "bundle": f"{_PREFIX}{one.kind.value}-{one.day.isoformat()}-{mark}",
        "state": DeliveryState.WAITING.value,
        "attempts": 0,
        "next_at": at,
        "answered": None,
        "failure": "",
        "done_at": None,
        "created_at": at,
        "reported_at": None,
    }


def _parts(bundle: str) -> tuple[DigestKind, date]:
    kind, _, rest = bundle.removeprefix(_PREFIX).partition("-")
    return DigestKind(kind), date.fromisoformat(rest[:10])
