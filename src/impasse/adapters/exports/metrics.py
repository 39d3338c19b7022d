"""How the process is doing, as Prometheus asks for it: never how a case or a person is doing.

Only what time and the outside world do to the process is counted. How many commands or requests
there were is not: whoever watches the numbers would see that somebody is busy in a closed room.
For the same reason nothing here is per organisation, case or address.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, literal_column, select

from impasse.adapters.exports.watch_metrics import Watching
from impasse.adapters.sql.database import translate
from impasse.adapters.sql.mail_budget import mail_budget
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, OutboxRow, TimerRow
from impasse.adapters.sql.webhooks import is_open, is_undeliverable
from impasse.engine.outbox import UNDELIVERABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from prometheus_client.core import Metric
    from sqlalchemy import ColumnElement, Executable
    from sqlalchemy.engine import CursorResult, Engine

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_TIMERS = table(TimerRow)
_MESSAGES = table(OutboxRow)
_DELIVERIES = table(DeliveryRow)
_UNDELIVERABLE = {state.value for state in UNDELIVERABLE}


class Metrics:
    """What one application tells of itself, in a registry of its own."""

    def __init__(self, database: Engine, clock: Callable[[], datetime], version: str) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Process(database, clock, version))
        self._registry.register(Watching(database, clock))

    def text(self) -> bytes:
        """Return the numbers of this moment; raises `Unavailable` when the database fails."""
        return generate_latest(self._registry)


class _Process(Collector):
    """Reads the numbers from the database each time that they are asked for."""

    def __init__(self, database: Engine, clock: Callable[[], datetime], version: str) -> None:
        self._database = database
        self._clock = clock
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """Yield every number."""
        now = self._clock()
        late = (_TIMERS.c.state == literal_column("'armed'"), _TIMERS.c.due_at < now)
        still = [_count_by_state(is_open()), _count_by_state(is_undeliverable())]
        with _asking(self._database) as ask:
            timers, first = ask(select(func.count(), func.min(_TIMERS.c.due_at)).where(*late)).one()
            unspread, oldest = ask(
                select(func.count(), func.min(_MESSAGES.c.at)).where(
                    _MESSAGES.c.spread_at.is_(None)
                )
            ).one()
            states = [row for query in still for row in ask(query).all()]
            oldest_open = ask(
                select(_DELIVERIES.c.channel, func.min(_DELIVERIES.c.created_at))
                .where(is_open())
                .group_by(_DELIVERIES.c.channel)
            ).all()
        budget = mail_budget(self._database, now)
        dead = sum(count for _, state, count in states if state in _UNDELIVERABLE)
        deliveries = sum(count for *_, count in states) - dead
        about = GaugeMetricFamily("impasse_info", "Which version runs.", labels=["version"])
        about.add_metric([self._version], 1)
        yield about
        for name, meaning, value in (
            ("impasse_timers_late", "Timers that are due and have not fired.", timers),
            (
                "impasse_timers_late_seconds",
                "How long ago the first of those was due.",
                _age(first, now),
            ),
            ("impasse_outbox_waiting", "Messages that no delivery was made for yet.", unspread),
            (
                "impasse_outbox_oldest_seconds",
                "How long the first of those waits.",
                _age(oldest, now),
            ),
            ("impasse_deliveries_waiting", "Deliveries on their way.", deliveries),
            ("impasse_deliveries_dead", "Deliveries that were given up.", dead),
            (
                "impasse_mails_most_per_person",
                "The most e-mails that one person got this week.",
                max((count for _, count in budget.mails), default=0),
            ),
            (
                "impasse_mail_budget_exceeded_persons",
                "How many persons got more e-mails this week than they should.",
                len(budget.over),
            ),
        ):
            yield GaugeMetricFamily(name, meaning, value=value)
        by_state = GaugeMetricFamily(
            "impasse_deliveries",
            "Deliveries that are on their way or were given up.",
            labels=["channel", "state"],
        )
        for channel, state, count in states:
            by_state.add_metric([channel, state], count)
        yield by_state
        ages = GaugeMetricFamily(
            "impasse_deliveries_oldest_seconds",
            "How long the first delivery that is on its way waits.",
            labels=["channel"],
        )
        for channel, since in oldest_open:
            ages.add_metric([channel], _age(since, now))
        yield ages


def _count_by_state(which: ColumnElement[bool]) -> Executable:
    channel, state = _DELIVERIES.c.channel, _DELIVERIES.c.state
    return select(channel, state, func.count()).where(which).group_by(channel, state)


@contextmanager
def _asking(database: Engine) -> Iterator[Callable[[Executable], CursorResult[*tuple[Any, ...]]]]:
    try:
        with database.connect() as connection:
            yield connection.execute
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
