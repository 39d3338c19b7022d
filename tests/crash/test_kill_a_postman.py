"""The postman is killed twenty times while it delivers; the receiver's ledger tells the truth."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
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
CASES = 200
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


def a_postman(url: str) -> subprocess.Popen[str]:
    """Start a worker that waits for its moment, so that starting takes no time of the test."""
    return a_process(HERE / "postman.py", url)


def sent_out(postman: subprocess.Popen[str], moment: datetime) -> subprocess.Popen[str]:
    """Let *postman* deliver what is due at *moment*."""
    assert postman.stdin is not None
    postman.stdin.write(f"{moment.isoformat()}\n")
    postman.stdin.flush()
    return postman


def killed_on_its_way(postman: subprocess.Popen[str], ledger: Path, lines: int) -> bool:
    """Kill -9 *postman* once so many more lines came in; False when it was done before."""
    target = len(entries(ledger)) + lines
    while postman.poll() is None and len(entries(ledger)) < target:
        time.sleep(0.002)
    killed = postman.poll() is None
    postman.kill()
    postman.communicate()
    return killed


def entries(ledger: Path) -> list[tuple[str, str, str]]:
    """Return path, id and body of everything that was received."""
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    return [(path, key, body) for path, key, body in (line.split() for line in lines)]


def test_twenty_kills_lose_nothing_and_repeat_only_under_the_same_number(
    sqlite_url: str, tmp_path: Path
) -> None:
    ledger, moment, kills = tmp_path / "ledger", MONDAY, 0

    with running(sqlite_url) as house, a_receiver(ledger) as address:
        add_person(house.database, OWNER)
        for path in ("/steady", "/moody"):
            add_webhook(house.database, f"{address}{path}", ["case-opened"], "beheer", MONDAY)
        house.open_cases(CASES)
        promised = {m.id for m in messages(house.database) if m.type.endswith("case-opened")}
        following = a_postman(sqlite_url)
        while kills < KILLS:
            postman, following = sent_out(following, moment), a_postman(sqlite_url)
            assert killed_on_its_way(postman, ledger, random.randint(1, 8))
            kills += 1
            moment += LEASE + timedelta(minutes=1)
        for _ in range(10):
            moment += timedelta(days=1)
            sent_out(following, moment).communicate(timeout=60)
            assert following.returncode == 0
            if {row.state for row in rows(house.database, DeliveryRow)} == {"delivered"}:
                break
            following = a_postman(sqlite_url)
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
