"""Mailers to be killed: `mailer.py URL LEDGER` sends one out for each moment read on stdin.

Each is a process of its own, forked so that starting takes no time. It tells persons, makes digests
and hands letters over to a ledger, which keeps what a mail server would have taken over.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from builders import shipped_parts
from impasse.adapters.channels.webhook import WebhookChannel
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.digest import Digests
from impasse.adapters.sql.digests import DigestRounds
from impasse.adapters.sql.notifying import Notifying
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.posts import SqlPosts
from impasse.adapters.sql.views import Views
from impasse.engine.outbox import EMAIL, Answer, PersonalRoad, deliver_due

if TYPE_CHECKING:
    from impasse.engine.outbox import Parcel


class Ledger:
    """A channel that writes down what it takes over: number, person and what it tells of."""

    def __init__(self, file: str) -> None:
        self._file = Path(file)

    def send(self, parcel: Parcel, _at: datetime) -> Answer:
        """Take the letter over."""
        post: Any = parcel.content
        told = ",".join(
            line.notification or line.reason.nl.replace(" ", "_") for line in post.lines
        )
        with self._file.open("a", encoding="utf-8") as ledger:
            ledger.write(f"{parcel.id} {parcel.destination} {told}\n")
        time.sleep(0.002)
        return Answer(250, accepted=True)


def main(url: str, file: str, moment: str) -> None:
    """Tell, make and send until nothing is left."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began, start = time.monotonic(), datetime.fromisoformat(moment)

    def clock() -> datetime:
        return start + timedelta(seconds=time.monotonic() - began)

    procedures, calendar, _ = shipped_parts()
    database = open_database(url)
    notifying = Notifying(lambda: calendar, (EMAIL,))
    made: Any = Digests(database, Views(database), procedures)  # type: ignore[arg-type]
    DigestRounds(database, made, lambda: calendar, (EMAIL,)).look(clock())
    posts = SqlPosts(database, EMAIL, lambda: calendar, notifying)
    deliver_due(
        SqlOutbox(database, notifying),
        WebhookChannel("00000099000000000000"),
        clock,
        random.random,
        personal=[PersonalRoad(posts, Ledger(file))],
    )


if __name__ == "__main__":
    shipped_parts()
    for asked in sys.stdin:
        mailer = os.fork()
        if mailer == 0:
            main(*sys.argv[1:], asked.strip())
            os._exit(0)
        os.write(1, f"{mailer}\n".encode())
        os.write(1, f"{os.waitstatus_to_exitcode(os.waitpid(mailer, 0)[1])}\n".encode())
