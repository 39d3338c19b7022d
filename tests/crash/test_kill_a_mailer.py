"""A mailer is killed while it tells and sends: each letter has one number, and none is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import MONDAY, a_report, rows, running
from impasse.adapters.sql.tables import DeliveryRow, DigestRow, NotificationRow
from impasse.domain.commands import ReportSignal
from impasse.domain.people import Actor, Role
from impasse.engine.outbox import EMAIL, LEASE
from telling import settle_in

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.crash

HERE = Path(__file__).parent
KILLS = 12
CASES = 40
LIAISON = Actor("amsterdam", "gm0363", frozenset({Role.LIAISON_OFFICER}), "web")


@contextmanager
def an_office(url: str, ledger: Path) -> Iterator[subprocess.Popen[str]]:
    """Open the office from which mailers leave."""
    paths = [str(HERE.parent), *(path for path in sys.path if path)]
    process = subprocess.Popen(
        [sys.executable, str(HERE / "mailer.py"), url, str(ledger)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def told(office: subprocess.Popen[str]) -> int:
    assert office.stdout is not None
    return int(office.stdout.readline())


def written(ledger: Path) -> int:
    """How many letters were taken over."""
    return len(ledger.read_bytes().splitlines()) if ledger.exists() else 0


def test_kills_lose_no_letter_and_repeat_one_only_under_its_number(
    sqlite_url: str, tmp_path: Path
) -> None:
    ledger, moment, kills = tmp_path / "ledger", MONDAY - timedelta(hours=2), 0
    with running(sqlite_url) as house, an_office(sqlite_url, ledger) as office:
        settle_in(house)
        assert office.stdin is not None
        for number in range(KILLS + 6):
            if number < KILLS:
                house.clock.at = moment
                for case in house.open_cases(CASES // KILLS + 1):
                    house.engine.handle(ReportSignal(case, a_report()), LIAISON)
            office.stdin.write(f"{moment.isoformat()}\n")
            office.stdin.flush()
            mailer = told(office)
            if number < KILLS:
                until = time.monotonic() + 1
                size, more = written(ledger), random.randint(0, 4)
                while written(ledger) < size + more and time.monotonic() < until:
                    time.sleep(0.001)
                with suppress(ProcessLookupError):  # it was back before
                    os.kill(mailer, signal.SIGKILL)
                kills += told(office) == -signal.SIGKILL
            else:
                assert told(office) == 0
            moment += LEASE + timedelta(minutes=18)
            if number == KILLS // 2:
                # The next morning, with digests to be made.
                moment = MONDAY + timedelta(hours=22)
        notifications = rows(house.database, NotificationRow)
        mails = [row for row in rows(house.database, DeliveryRow) if row.channel == EMAIL]
        digests = [row for row in rows(house.database, DigestRow) if row.items]

    assert kills > KILLS / 3
    assert len({(row.message_id, row.person_id) for row in notifications}) == len(notifications)
    assert {row.state for row in mails} == {"sent"}
    letters: dict[str, set[str]] = defaultdict(set)
    for line in ledger.read_text(encoding="utf-8").splitlines():
        number, _person, what = line.split()
        letters[number].add(what)
    # One number, one letter: whoever saw the number before has seen the letter before.
    assert all(len(contents) == 1 for contents in letters.values())
    assert set(letters) == {row.bundle for row in mails}
    lines = [one for contents in letters.values() for what in contents for one in what.split(",")]
    asked = [one for one in lines if one.startswith("n_")]
    assert len(asked) == len(set(asked))
    assert set(asked) == {row.notification_id for row in mails if row.notification_id}
    # A digest per person and day, and a letter for each.
    assert len([row for row in mails if row.notification_id is None]) == len(digests) > 0
