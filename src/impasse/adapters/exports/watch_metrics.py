"""What the watchdogs saw, as Prometheus asks for it; no case, no person, no destination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from impasse.domain.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from prometheus_client.core import Metric
    from sqlalchemy.engine import Engine

from sqlalchemy import select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import WatchRow
from impasse.adapters.sql.watchdogs import HEARTBEAT, kept_of
from impasse.adapters.sql.watching import oldest_due

_WATCHES = table(WatchRow)


class Watching(Collector):
    """Reads what the watchdogs kept, and how long the first delivery of each channel waits."""

    def __init__(self, database: Engine, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield every number."""
        now = self._clock()
        try:
            with self._database.connect() as connection:
                watched = kept_of(connection)
                beat = connection.execute(
                    select(_WATCHES.c.wrong_since).where(_WATCHES.c.name == HEARTBEAT)
                ).first()
                waiting = oldest_due(connection, now)
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error
        alarm = GaugeMetricFamily(
            "impasse_watchdog_alarm", "Whether a watchdog raises the alarm.", labels=["watchdog"]
        )
        wrong = GaugeMetricFamily(
            "impasse_watchdog_wrong", "How many faults a watchdog saw last.", labels=["watchdog"]
        )
        looked = GaugeMetricFamily(
            "impasse_watchdog_looked_seconds",
            "How long ago a watchdog looked.",
            labels=["watchdog"],
        )
        for watchdog, found in watched.items():
            alarm.add_metric([watchdog.value], float(found.kept.sure))
            wrong.add_metric([watchdog.value], found.sight.wrong)
            ago = max(0.0, (now - found.kept.looked_at).total_seconds())
            looked.add_metric([watchdog.value], ago)
        yield from (alarm, wrong, looked)
        if Watchdog.CANARY in watched:
            yield GaugeMetricFamily(
                "impasse_canary_seconds",
                "How long the last canary message was under way, or is.",
                value=watched[Watchdog.CANARY].sight.worst,
            )
        if beat is not None:
            yield GaugeMetricFamily(
                "impasse_heartbeat_failing",
                "Whether the last sign of life was held back or did not arrive.",
                value=float(beat.wrong_since is not None),
            )
        oldest = GaugeMetricFamily(
            "impasse_deliveries_overdue_seconds",
            "How long ago the first delivery of a channel should have been tried.",
            labels=["channel"],
        )
        for channel, due in sorted(waiting.items()):
            oldest.add_metric([channel], max(0.0, (now - due).total_seconds()))
        yield oldest
