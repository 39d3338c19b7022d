"""A process to be killed: `worker.py sweep|replan|deliver|flag URL MOMENT` works at that MOMENT."""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import datetime, timedelta

import structlog

from builders import SECRETARY, an_opening, running
from impasse.adapters.channels.webhook import WebhookChannel
from impasse.adapters.sql.calendars import AdoptedCalendars
from impasse.adapters.sql.open_terms import SqlOpenTerms
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.engine.outbox import deliver_due
from impasse.engine.replan import replan_open_terms
from impasse.engine.timers import sweep


def main(what: str, url: str, moment: str) -> None:
    """Do the work until nothing is left; `flag` goes on until it is killed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began, start = time.monotonic(), datetime.fromisoformat(moment)

    def clock() -> datetime:
        return start + timedelta(seconds=time.monotonic() - began)

    with running(url, clock) as house:
        if what == "sweep":
            sweep(house.engine, batch=10)
        elif what == "replan":
            calendars = AdoptedCalendars(house.database)
            house.engine.calendar = calendars.in_force()
            replan_open_terms(house.engine, calendars, SqlOpenTerms(house.database), batch=10)
        elif what == "deliver":
            channel = WebhookChannel("00000099000000000000", allow_private=True)
            while deliver_due(SqlOutbox(house.database), channel, clock, random.random):
                pass
        else:
            flag(house)


def flag(house) -> None:
    """Open cases without end, and say of each which number it got once that is durable."""
    number = 0
    while True:
        asked = [house.engine.submit(an_opening(n), SECRETARY) for n in range(number, number + 5)]
        for one in asked:
            os.write(1, f"{one.result().subject}\n".encode())
        number += 5


if __name__ == "__main__":
    main(*sys.argv[1:])
