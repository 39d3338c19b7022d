"""A process to be killed: `escalating.py URL MOMENT` heralds and fires levels until all is told."""

from __future__ import annotations

import sys
from datetime import datetime

import structlog

from builders import running
from escalations import a_town, the_default
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.engine.herald import Herald
from impasse.engine.timers import sweep


def main(url: str, moment: str) -> None:
    """Start the runs that messages ask for, and tell every level that is due."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    at = datetime.fromisoformat(moment)
    with running(url, lambda: at) as house:
        policy = the_default()
        house.engine.policies = lambda: {policy.name: policy}
        house.engine.directory = lambda _at: a_town()
        outbox = SqlOutbox(house.database)
        while new := outbox.new(at, 20):
            Herald(house.engine).hear(new)
            outbox.spread(at, [message.id for message in new])
        sweep(house.engine, batch=5)


if __name__ == "__main__":
    main(*sys.argv[1:])
