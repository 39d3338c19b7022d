"""Rows of the outbox on their way to a local receiver, and what one dead destination costs others.

The receiver is a process of its own. Beside it runs a loop that posts as many events over one kept
connection: no database, no signature, no check of an address.
"""

from __future__ import annotations

import http.client
import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from benchmarks.houses import house, log_lines_to_nowhere, open_cases
from benchmarks.results import Result, spread
from impasse.adapters.channels.webhook import WebhookChannel, cloud_event
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.people import add_person
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import OutboxRow, WebhookRow
from impasse.adapters.sql.webhooks import add_webhook
from impasse.domain.people import Person, Role
from impasse.domain.text import Text
from impasse.engine.outbox import Event, deliver_due

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.wiring import House

PER_MINUTE = 10_000
"""So many rows are delivered per minute at the least."""

SLOWER_AT_MOST = 1.05
"""One dead destination may make the others so many times slower."""

HEALTHY = 4
OIN = "00000099000000000000"
OWNER = Person(
    "p-owner", "B. Heer", Text("secretaris", "secretary"), "mnre1034", frozenset({Role.SECRETARIAT})
)
_OUTBOX, _WEBHOOKS = table(OutboxRow), table(WebhookRow)


def measure(url: str, on: str, *, messages: int, rounds: int) -> list[Result]:
    """Deliver *messages* to one receiver, and then in *rounds* to four with and without a dead one.

    The house works on the empty database at *url*.
    """
    with log_lines_to_nowhere(), house(url) as built, _receiver() as port:
        [case] = open_cases(built, 1)
        add_person(built.database, OWNER)
        SqlOutbox(built.database).spread(built.clock())
        ours, lost = _deliver(built, case, port, messages)
        by_hand = _by_hand(port, messages)
        alone, beside_dead = _with_and_without(built, case, port, messages // HEALTHY, rounds)
    per_minute = 60 * messages / ours
    slower = [dead / fine for dead, fine in zip(beside_dead, alone, strict=True)]
    slowest = sorted(slower)[len(slower) // 2]
    return [
        Result(
            "outbox rows delivered to one receiver, per minute",
            on,
            f"{per_minute:,.0f} ({messages:,} in {ours:.1f} s; {lost} lost)",
            f"bare posts: {60 * messages / by_hand:,.0f}",
            f"{ours / by_hand:.1f}",
            f"≥ {PER_MINUTE:,}, 0 lost",
            per_minute >= PER_MINUTE and lost == 0,
        ),
        Result(
            f"delivering to {HEALTHY} receivers beside one that hangs, seconds",
            on,
            spread(beside_dead, 2),
            f"without it: {spread(alone, 2)}",
            f"{slowest:.2f}",
            f"≤ {SLOWER_AT_MOST}",
            slowest <= SLOWER_AT_MOST,
        ),
    ]


def _deliver(built: House, case: str, port: int, messages: int) -> tuple[float, int]:
    """Return how long it took from rows to receiver, and how many did not arrive."""
    add_webhook(built.database, f"http://127.0.0.1:{port}/one", (), OWNER.id, built.clock())
    _promise(built, case, messages, "one")
    before = _received(port)[1]
    begun = time.perf_counter()
    channel = WebhookChannel(OIN, allow_private=True, api="https://impasse.example/api/v1")
    deliver_due(SqlOutbox(built.database), channel, built.clock, random.random)
    seconds = time.perf_counter() - begun
    channel.close()
    return seconds, messages - (_received(port)[1] - before)


def _by_hand(port: int, messages: int) -> float:
    line = http.client.HTTPConnection("127.0.0.1", port)
    event = Event("x", "IMP-2026-0001", "nl.impasse.case.stage-changed", datetime.now(UTC), "", ())
    body = cloud_event(event, OIN)
    begun = time.perf_counter()
    for number in range(messages):
        line.request("POST", "/hand", body, {"webhook-id": f"by-hand-{number}"})
        line.getresponse().read()
    line.close()
    return time.perf_counter() - begun


def _with_and_without(
    built: House, case: str, port: int, messages: int, rounds: int
) -> tuple[list[float], list[float]]:
    """Return how long the healthy receivers took per round: alone, and beside one that hangs."""
    alone: list[float] = []
    beside_dead: list[float] = []
    for number in range(rounds):
        for dead in (False, True) if number % 2 else (True, False):
            with built.database.begin() as connection:
                connection.execute(update(_WEBHOOKS).values(active=False))
            for receiver in range(HEALTHY):
                address = f"http://127.0.0.1:{port}/{receiver}"
                add_webhook(built.database, address, (), OWNER.id, built.clock())
            if dead:
                address = f"http://127.0.0.1:{port}/hang"
                add_webhook(built.database, address, (), OWNER.id, built.clock())
            _promise(built, case, messages, f"{number}-{dead}")
            outbox = SqlOutbox(built.database)
            while outbox.spread(built.clock()):
                pass
            (beside_dead if dead else alone).append(_until_all_came(built, port, messages))
    return alone, beside_dead


def _until_all_came(built: House, port: int, messages: int) -> float:
    """Return how long it takes until every healthy receiver has everything."""
    wanted = _received(port)[0] + messages * HEALTHY
    going_on = threading.Event()
    channel = WebhookChannel(OIN, allow_private=True, timeout_seconds=3.0)
    worker = threading.Thread(
        target=deliver_due,
        args=(SqlOutbox(built.database), channel, built.clock, random.random),
        kwargs={"going_on": lambda: not going_on.is_set()},
    )
    begun = time.perf_counter()
    worker.start()
    while _received(port)[0] < wanted:
        time.sleep(0.02)
    seconds = time.perf_counter() - begun
    going_on.set()
    worker.join()
    channel.close()
    return seconds


def _promise(built: House, case: str, messages: int, mark: str) -> None:
    """Put rows into the outbox, as decisions would."""
    at = built.clock()
    rows = [
        {
            "id": f"{case}-{mark}-{number}",
            "subject": case,
            "type": "nl.impasse.case.stage-changed",
            "at": at,
            "notify": "[]",
            "reason_nl": "",
            "reason_en": "",
            "spread_at": None,
            "addressees": "",
            "otherwise_nl": "",
            "otherwise_en": "",
        }
        for number in range(messages)
    ]
    with built.database.begin() as connection:
        connection.execute(insert(_OUTBOX), rows)


def _received(port: int) -> tuple[int, int]:
    line = http.client.HTTPConnection("127.0.0.1", port)
    line.request("GET", "/")
    count, different = line.getresponse().read().split()
    line.close()
    return int(count), int(different)


@contextmanager
def _receiver() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.receiver"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
