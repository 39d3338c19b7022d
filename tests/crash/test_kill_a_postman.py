"""The postman is killed twenty times while it delivers; the receiver's ledger tells the truth."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import MONDAY, messages, rows, running
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.people import add_person
from impasse.adapters.sql.tables import DeliveryRow
from impasse.adapters.sql.webhooks import add_webhook
from impasse.domain.people import Person, Role
from impasse.domain.text import Text
from impasse.engine.outbox import BATCH, LEASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

pytestmark = pytest.mark.crash

HERE = Path(__file__).parent
KILLS = 20
CASES = 500
OWNER = Person(
    *("beheer", "B. Heer", Text("secretaris", "secretary"), "mnre1034"),
    frozenset({Role.SECRETARIAT}),
)


def a_process(*args: object) -> subprocess.Popen[str]:
    """Start a program of this folder."""
    paths = [str(HERE.parent), *(path for path in sys.path if path)]
    return subprocess.Popen(
        [sys.executable, *map(str, args)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def a_receiver(ledger: Path) -> Iterator[str]:
    """Run a receiver of its own process; answers its address."""
    process = a_process(HERE / "receiver.py", ledger)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


@dataclass
class Office:
    """Where postmen leave from."""

    process: subprocess.Popen[str]

    def send_out(self, moment: datetime) -> int:
        """Let a postman deliver what is due at *moment*; return its number."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{moment.isoformat()}\n")
        self.process.stdin.flush()
        return self._told()

    def back(self) -> int:
        """Wait until the postman is back, and return how it ended."""
        return self._told()

    def _told(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


@contextmanager
def an_office(url: str) -> Iterator[Office]:
    """Open the office from which postmen leave."""
    process = a_process(HERE / "postman.py", url)
    try:
        yield Office(process)
    finally:
        process.kill()
        process.communicate()


def killed_on_its_way(office: Office, postman: int, ledger: Path, lines: int) -> bool:
    """Kill -9 *postman* once so many more lines came in; False when it was done before."""
    target, end = len(entries(ledger)) + lines, time.monotonic() + 20
    while len(entries(ledger)) < target and time.monotonic() < end:
        time.sleep(0.002)
    os.kill(postman, signal.SIGKILL)
    return office.back() == -signal.SIGKILL


def entries(ledger: Path) -> list[tuple[str, str, str]]:
    """Return path, id and body of everything that was received."""
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    return [(path, key, body) for path, key, body in (line.split() for line in lines)]


def test_twenty_kills_lose_nothing_and_repeat_only_under_the_same_number(
    sqlite_url: str, tmp_path: Path
) -> None:
    ledger, moment, kills = tmp_path / "ledger", MONDAY, 0

    with (
        running(sqlite_url) as house,
        a_receiver(ledger) as address,
        an_office(sqlite_url) as office,
    ):
        add_person(house.database, OWNER)
        for path in ("/steady", "/moody"):
            add_webhook(house.database, f"{address}{path}", ["case-opened"], "beheer", MONDAY)
        house.open_cases(CASES)
        promised = {m.id for m in messages(house.database) if m.type.endswith("case-opened")}
        while kills < KILLS:
            postman = office.send_out(moment)
            assert killed_on_its_way(office, postman, ledger, random.randint(1, 20))
            kills += 1
            moment += LEASE + timedelta(minutes=1)
        for _ in range(10):
            moment += timedelta(days=1)
            office.send_out(moment)
            assert office.back() == 0
            if {row.state for row in rows(house.database, DeliveryRow)} == {"delivered"}:
                break
    database = open_database(sqlite_url)
    try:
        kept = rows(database, DeliveryRow)
        assert {row.state for row in kept} == {"delivered"}
        assert len(kept) == len({(row.message_id, row.destination) for row in kept})
        assert len(kept) == 2 * len(promised) == 2 * CASES
    finally:
        database.dispose()
    for path in ("/steady", "/moody"):
        received = [(key, body) for where, key, body in entries(ledger) if where == path]
        assert {key for key, _ in received} == promised
        # One number, one content: who saw the number before has seen the message before.
        assert len(set(received)) == len(promised)
        repeats = Counter(key for key, _ in received).total() - len(promised)
        assert repeats <= kills * BATCH
