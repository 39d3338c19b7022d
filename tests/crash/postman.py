"""Postmen to be killed: `postman.py URL` sends one out for each moment that it reads on stdin.

Each is a process of its own, forked so that starting takes no time. Its number is printed when it
leaves, and how it ended when it is back.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import datetime, timedelta

import structlog

from impasse.adapters.channels.webhook import WebhookChannel
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.engine.outbox import deliver_due


def main(url: str, moment: str) -> None:
    """Deliver until nothing is left."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began, start = time.monotonic(), datetime.fromisoformat(moment)

    def clock() -> datetime:
        return start + timedelta(seconds=time.monotonic() - began)

    outbox = SqlOutbox(open_database(url))
    channel = WebhookChannel("00000099000000000000", allow_private=True)
    deliver_due(outbox, channel, clock, random.random)


if __name__ == "__main__":
    for asked in sys.stdin:
        postman = os.fork()
        if postman == 0:
            main(sys.argv[1], asked.strip())
            os._exit(0)
        os.write(1, f"{postman}\n".encode())
        os.write(1, f"{os.waitstatus_to_exitcode(os.waitpid(postman, 0)[1])}\n".encode())
