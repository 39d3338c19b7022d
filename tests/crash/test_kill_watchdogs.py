"""A real worker is killed while its watchdogs look: silence outside, and each alarm told once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from builders import rows
from impasse.adapters.sql.canary import CANARY
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, OutboxRow, WatchRow
from runs import a_run, put_case, put_person, put_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine as Database

pytestmark = pytest.mark.crash

WATCHES = table(WatchRow)


@pytest.fixture
def outside() -> Iterator[tuple[str, list[str]]]:
    """Somebody outside who hears signs of life."""
    heard: list[str] = []

    class Outside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Hear one."""
            heard.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/alive", heard
    server.shutdown()
    server.server_close()


def until(so: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)


def a_worker(url: str, beat: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start `impasse worker` on the database at *url*."""
    settings = {
        "IMPASSE_DATABASE_URL": url,
        "IMPASSE_HEARTBEAT_URL": beat,
        "IMPASSE_OUTBOX_SECONDS": "1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "impasse", "worker"],
        cwd=folder,
        env=os.environ | settings,
        stderr=subprocess.DEVNULL,
    )


def look_is_due(database: Database) -> None:
    """Let it be ten minutes since the last look, and since the last sign of life."""
    ago = datetime.now(UTC) - timedelta(minutes=11)
    with database.begin() as connection:
        for name in ("round", "heartbeat"):
            connection.execute(delete(WATCHES).where(WATCHES.c.name == name))
            connection.execute(insert(WATCHES).values(name=name, looked_at=ago, detail=""))
        connection.execute(
            update(WATCHES).where(WATCHES.c.name != "heartbeat").values(looked_at=ago)
        )


def canaries(database: Database) -> list[str]:
    """How the canaries stand."""
    return [row.state for row in rows(database, DeliveryRow) if row.channel == CANARY]


def seen(database: Database, name: str) -> bool:
    """Whether a watchdog looked in the last minute."""
    query = select(WATCHES.c.looked_at).where(WATCHES.c.name == name)
    with database.connect() as connection:
        looked = connection.execute(query).scalar()
    return looked is not None and datetime.now(UTC) - looked < timedelta(minutes=1)


def test_a_worker_that_is_killed_falls_silent_and_tells_an_alarm_once(
    database_url: str, outside: tuple[str, list[str]], tmp_path: Path
) -> None:
    beat, heard = outside
    database = open_database(database_url)
    put_person(database, "ada", "mnre1034", "administrator")
    look_is_due(database)
    worker = a_worker(database_url, beat, tmp_path)
    try:
        until(lambda: canaries(database) == ["delivered"] and heard)
        worker.kill()
        worker.wait()
        # A run loses its timer, and a look before the present one saw that already.
        now = datetime.now(UTC)
        put_run(database, put_case(database), a_run(now, next_at=now + timedelta(days=2)))
        look_is_due(database)
        with database.begin() as connection:
            connection.execute(
                update(WATCHES)
                .where(WATCHES.c.name == "runs")
                .values(wrong_since=now - timedelta(minutes=11))
            )
        before = len(heard)
        worker = a_worker(database_url, beat, tmp_path)
        until(lambda: seen(database, "canary") and seen(database, "heartbeat"))
        worker.kill()
        worker.wait()
        # Killed the moment that it had told: it looks once more, and does not tell again.
        look_is_due(database)
        worker = a_worker(database_url, beat, tmp_path)
        until(lambda: seen(database, "canary") and seen(database, "heartbeat"))
    finally:
        worker.kill()
        worker.wait()
    told = [row.id for row in rows(database, OutboxRow) if "watchdog-alarm" in row.id]
    database.dispose()
    assert len(told) == 1
    assert len(heard) == before
