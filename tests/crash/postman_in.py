"""A process to be killed: `postman_in.py URL MOMENT` files all e-mail that waits there."""

from __future__ import annotations

import sys
from datetime import datetime

import structlog

from impasse.settings import Settings
from impasse.wiring import build, build_inbound
from letters import DOMAIN


def main(url: str, moment: str) -> None:
    """Say that it begins, and file until nothing waits."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    house = build(
        Settings(database_url=url, inbound_domain=DOMAIN),
        clock=lambda: datetime.fromisoformat(moment),
    )
    inbound = build_inbound(house)
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    inbound.work()
    inbound.stop()
    house.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
