"""A postman to be killed: `postman.py URL` delivers what is due at the moment it reads on stdin."""

from __future__ import annotations

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
    main(sys.argv[1], sys.stdin.readline().strip())
