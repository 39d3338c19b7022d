"""Whoever files e-mail is killed in the middle: no e-mail is lost, and none is filed twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from letters import a_post_office
from rooms_of_a_case import CITY, CITY_ROOM

pytestmark = pytest.mark.crash

POSTMAN = Path(__file__).with_name("postman_in.py")
LETTERS = 25


def _postman(url: str, moment: object) -> subprocess.Popen[bytes]:
    paths = [str(POSTMAN.parents[1]), *(path for path in sys.path if path)]
    return subprocess.Popen(
        [sys.executable, POSTMAN, url, str(moment)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
    )


def test_e_mail_is_filed_once_however_often_its_filer_is_killed(sqlite_url: str) -> None:
    with a_post_office(sqlite_url) as office:
        for number in range(LETTERS):
            # Not too many in an hour: that would look like a loop.
            office.dispute.clock.goes_on(minutes=10)
            letter = office.letter(CITY, f"Brief {number}.")
            letter.add_attachment(b"inhoud", "text", "csv", filename=f"{number}.csv")
            office.keep(letter, office.address(CITY))
        moment = (office.dispute.clock() + timedelta(hours=2)).isoformat()
        kills, waiting = 0, "SELECT count(*) FROM inbound_mails WHERE state = 'received'"
        while office.count(waiting):
            process = _postman(sqlite_url, moment)
            assert process.stdout is not None
            process.stdout.readline()
            if kills < 6:
                time.sleep(random.uniform(0, 0.08))
                process.kill()
                kills += 1
            process.communicate(timeout=60)
        found = office.dispute.house.rooms.contributions(CITY, office.dispute.case, CITY_ROOM)
        assert sorted(one.text for one in found if one.kind.value == "note") == sorted(
            f"Brief {number}." for number in range(LETTERS)
        )
        documents = [one.title for one in found if one.kind.value == "document"]
        assert sorted(documents) == sorted(f"{number}.csv" for number in range(LETTERS))
        assert office.count("SELECT count(*) FROM inbound_mails WHERE state = 'filed'") == LETTERS
        assert kills
