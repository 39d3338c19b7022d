"""The watchdogs of the house: they look every ten minutes, and say aloud what is wrong.

Of several processes one looks. What was seen is kept in `watches`, so that a restart forgets no
fault and tells no fault twice. A sign of life goes out only while all is well: when it stays away,
somebody outside knows that it is time to look.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from impasse.adapters.sql import canary
from impasse.adapters.sql.announcing import announce
from impasse.adapters.sql.database import SQLITE, translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import WatchRow
from impasse.adapters.sql.watching import see_deliveries, see_outbox, see_runs, see_timers
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Unavailable
from impasse.domain.history import canonical
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.domain.watchdog import (
    EVERY,
    SKEW,
    Kept,
    Sight,
    Watchdog,
    after_look,
    alarm_in_words,
    sight_of_canary,
    sight_of_duty,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime, timedelta

    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.escalation import Directory

log = structlog.get_logger("impasse.watchdogs")

ROUND = "round"
"""The row by which processes agree which of them looks."""

HEARTBEAT = "heartbeat"
"""The row of the sign of life that goes out."""

_WATCHES = table(WatchRow)
_WHY = Text(
    "U bent beheerder, of hebt vandaag dienst voor het secretariaat.",
    "You are an administrator, or on duty today for the secretariat.",
)
_OTHERWISE = Text(
    "Zolang dit duurt, kunnen mensen te laat van een zaak horen. U hoort het morgen opnieuw.",
    "While this lasts people may hear of a case too late. You will hear of it again tomorrow.",
)
_UNSEEN = Text("kon niet kijken; zie het logboek", "could not look; see the log")


@dataclass(frozen=True, slots=True)
class Watched:
    """How one watchdog stands: what it saw last, and what is kept of it."""

    sight: Sight
    kept: Kept


@dataclass(frozen=True, slots=True)
class Beat:
    """The sign of life: when it was last tried, since when it fails, and why."""

    at: datetime
    failing_since: datetime | None
    failure: str


class Watchdogs:
    """Looks at the house, keeps what it saw, and raises the alarm.

    *directory* tells who there is, *works* which days are working days. *beat* sends the sign of
    life and answers "" or why it failed; None sends nothing. *every_beat* is how often.
    """

    def __init__(
        self,
        database: Engine,
        directory: Callable[[datetime], Directory],
        works: Callable[[date], bool],
        beat: Callable[[], str] | None = None,
        every_beat: timedelta = EVERY,
    ) -> None:
        self._database = database
        self._directory = directory
        self._works = works
        self._beat = beat
        self._every_beat = every_beat

    def look(self, at: datetime) -> int:
        """Look if it is time, and send a sign of life if that is; return how many alarms are on.

        To be called often: what was done lately, here or in another process, is not done again.
        Raises `Unavailable` when the database fails; nothing goes out then either.
        """
        if self._claim(ROUND, at, EVERY):
            self._look(at)
        if self._beat is not None and self._claim(HEARTBEAT, at, self._every_beat):
            self._send(self._beat, at)
        return len(self._alarms())

    def see(self, at: datetime) -> dict[Watchdog, Sight]:
        """Return what every watchdog sees now; nothing is kept and nobody is told."""
        return {watchdog: self._see(watchdog, at) for watchdog in Watchdog}

    def watched(self) -> dict[Watchdog, Watched]:
        """Return what was seen in the last look; empty before the first."""
        with _reading(self._database) as connection:
            return kept_of(connection)

    def beat(self) -> Beat | None:
        """Return how the sign of life goes; None before the first, or without an address."""
        with _reading(self._database) as connection:
            row = connection.execute(select(_WATCHES).where(_WATCHES.c.name == HEARTBEAT)).first()
        if self._beat is None or row is None:
            return None
        return Beat(row.looked_at, row.wrong_since, row.detail)

    def _claim(self, name: str, at: datetime, every: timedelta) -> bool:
        """Whether this process does what *name* stands for now: the first to ask is the one.

        In a house that never looked it is too early: there is nothing to see yet.
        """
        due = or_(_WATCHES.c.looked_at <= at - every, _WATCHES.c.looked_at > at + SKEW)
        with _reading(self._database) as connection:
            row = connection.execute(select(_WATCHES.c.name, due).where(_WATCHES.c.name == name))
            known = row.first()
        if known is not None and not known[1]:
            return False
        with writing(self._database) as connection:
            if known is None:
                _keep(connection, name, Kept(at), "")
                return False
            taken = connection.execute(
                update(_WATCHES).where(_WATCHES.c.name == name, due).values(looked_at=at)
            )
            return taken.rowcount == 1

    def _look(self, at: datetime) -> None:
        before = {one: found.kept for one, found in self.watched().items()}
        sights = self.see(at)
        after = {one: after_look(before.get(one), sights[one], at) for one in Watchdog}
        for watchdog, kept in after.items():
            if kept.sure:
                _alarm(sights[watchdog], kept)
        to_tell = [one for one, kept in after.items() if kept.to_tell(at)]
        keepers = self._keepers(at) if to_tell else set()
        with writing(self._database) as connection:
            for watchdog in to_tell:
                if _tell(connection, sights[watchdog], keepers, at):
                    after[watchdog] = replace(after[watchdog], told_at=at)
            for watchdog, kept in after.items():
                _keep(connection, watchdog.value, kept, _detail(sights[watchdog]))
            _fly(connection, at)

    def _see(self, watchdog: Watchdog, at: datetime) -> Sight:
        """Return what *watchdog* sees; one that cannot look is itself what is wrong."""
        try:
            if watchdog is Watchdog.DUTY:
                return self._see_duty(at)
            with _reading(self._database) as connection:
                return _IN_DATABASE[watchdog](connection, at)
        except Unavailable:
            raise
        except Exception:
            log.exception("watchdog_failed", object=watchdog.value, result="could not look")
            return Sight(watchdog, 1, 0, _UNSEEN)

    def _see_duty(self, at: datetime) -> Sight:
        if not self._works(at.astimezone(AMSTERDAM).date()):
            return sight_of_duty(())
        on_duty = self._directory(at).on_duty
        return sight_of_duty(rota for rota, person in on_duty.items() if not person)

    def _keepers(self, at: datetime) -> set[str]:
        """Return who keeps the service going, as far as that can be found out."""
        try:
            return _keepers(self._directory(at))
        except Unavailable:
            raise
        except Exception:
            log.exception("directory_failed", object="watchdogs", result="nobody to tell")
            return set()

    def _alarms(self) -> list[Watchdog]:
        return [one for one, found in self.watched().items() if found.kept.sure]

    def _send(self, beat: Callable[[], str], at: datetime) -> None:
        """Send the sign of life, unless an alarm is on: then silence is the message."""
        alarms = self._alarms()
        failure = beat() if not alarms else f"held back: {', '.join(sorted(alarms))}"
        if failure:
            log.warning("heartbeat_not_sent", result=failure)
        with writing(self._database) as connection:
            row = connection.execute(
                select(_WATCHES.c.wrong_since).where(_WATCHES.c.name == HEARTBEAT)
            ).first()
            since = (row.wrong_since if row is not None else None) or at
            _keep(connection, HEARTBEAT, Kept(at, since if failure else None), failure)


def _see_canary(connection: Connection, at: datetime) -> Sight:
    flight = canary.in_flight(connection)
    if flight is None:
        return sight_of_canary(None, None, at)
    away = flight.left_at if flight.took is None else None
    return sight_of_canary(flight.took, away, at)


def _fly(connection: Connection, at: datetime) -> None:
    """Let the next canary fly once the last one is back, or was lost."""
    flight = canary.in_flight(connection)
    if flight is None or flight.took is not None or flight.left_at > at + SKEW:
        canary.land(connection)
        canary.let_fly(connection, at)


def _alarm(sight: Sight, kept: Kept) -> None:
    log.error(
        "watchdog_alarm",
        object=sight.watchdog.value,
        result=sight.words.en,
        count=sight.wrong,
        since=None if kept.wrong_since is None else kept.wrong_since.isoformat(),
    )


def _tell(connection: Connection, sight: Sight, keepers: set[str], at: datetime) -> bool:
    """Announce the alarm to *keepers*; return whether anybody was there to hear of it."""
    if not keepers:
        log.error("watchdog_heard_by_nobody", object=sight.watchdog.value, result="no keeper")
    return announce(
        connection,
        key=f"{sight.watchdog.value}:{at:%Y-%m-%dT%H:%M}",
        type="watchdog-alarm",
        to=keepers,
        reason=alarm_in_words(sight.watchdog, sight.words),
        why=_WHY,
        otherwise=_OTHERWISE,
        at=at,
        urgent=True,
    )


def _keepers(directory: Directory) -> set[str]:
    """Return the administrators, and who is on duty for the secretariat; absence is followed."""
    keepers = {key for key, one in directory.persons.items() if Role.ADMINISTRATOR in one.roles}
    for key in directory.on_duty.values():
        person = directory.persons.get(key)
        if person is not None and Role.SECRETARIAT in person.roles:
            keepers.add(key)
    return keepers | {directory.acting[key] for key in keepers if directory.acting.get(key)}


def _detail(sight: Sight) -> str:
    return canonical(
        {
            "wrong": sight.wrong,
            "worst": sight.worst,
            "words": {"nl": sight.words.nl, "en": sight.words.en},
        }
    )


def kept_of(connection: Connection) -> dict[Watchdog, Watched]:
    """Return what was kept of each watchdog that looked once."""
    found: dict[Watchdog, Watched] = {}
    known = {watchdog.value: watchdog for watchdog in Watchdog}
    for row in connection.execute(select(_WATCHES)):
        watchdog = known.get(row.name)
        if watchdog is None:
            continue
        try:
            detail = json.loads(row.detail)
            words = Text(detail["words"]["nl"], detail["words"]["en"])
            sight = Sight(watchdog, int(detail["wrong"]), int(detail["worst"]), words)
        except (KeyError, TypeError, ValueError):
            # As if it never looked: the next look writes it anew.
            log.warning("watch_unreadable", object=row.name, result="left out")
            continue
        found[watchdog] = Watched(sight, Kept(row.looked_at, row.wrong_since, row.told_at))
    return {watchdog: found[watchdog] for watchdog in Watchdog if watchdog in found}


def _keep(connection: Connection, name: str, kept: Kept, detail: str) -> None:
    insert = insert_sqlite if connection.dialect.name == SQLITE else insert_postgresql
    values = {
        "looked_at": kept.looked_at,
        "wrong_since": kept.wrong_since,
        "told_at": kept.told_at,
        "detail": detail,
    }
    connection.execute(
        insert(_WATCHES)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=[_WATCHES.c.name], set_=values)
    )


@contextmanager
def _reading(database: Engine) -> Iterator[Connection]:
    try:
        with database.connect() as connection:
            yield connection
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error


_IN_DATABASE: dict[Watchdog, Callable[[Connection, datetime], Sight]] = {
    Watchdog.RUNS: see_runs,
    Watchdog.TIMERS: see_timers,
    Watchdog.OUTBOX: see_outbox,
    Watchdog.DELIVERIES: see_deliveries,
    Watchdog.CANARY: _see_canary,
}
