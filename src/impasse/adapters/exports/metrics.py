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

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, OutboxRow, TimerRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from prometheus_client.core import Metric
    from sqlalchemy import Executable
    from sqlalchemy.engine import Engine

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_TIMERS = table(TimerRow)
_MESSAGES = table(OutboxRow)
_DELIVERIES = table(DeliveryRow)


class Metrics:
    """What one application tells of itself, in a registry of its own."""

    def __init__(self, database: Engine, clock: Callable[[], datetime], version: str) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Process(database, clock, version))

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
        waiting = _DELIVERIES.c.state == literal_column("'waiting'")
        with _asking(self._database) as ask:
            timers, first = ask(select(func.count(), func.min(_TIMERS.c.due_at)).where(*late))
            unspread, oldest = ask(
                select(func.count(), func.min(_MESSAGES.c.at)).where(
                    _MESSAGES.c.spread_at.is_(None)
                )
            )
            [deliveries] = ask(select(func.count()).select_from(_DELIVERIES).where(waiting))
            [dead] = ask(
                select(func.count())
                .select_from(_DELIVERIES)
                .where(_DELIVERIES.c.state == literal_column("'dead'"))
            )
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
            ("impasse_deliveries_waiting", "Deliveries on their way to a webhook.", deliveries),
            ("impasse_deliveries_dead", "Deliveries that were given up.", dead),
        ):
            yield GaugeMetricFamily(name, meaning, value=value)


@contextmanager
def _asking(database: Engine) -> Iterator[Callable[[Executable], Sequence[Any]]]:
    try:
        with database.connect() as connection:
            yield lambda query: connection.execute(query).one()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
