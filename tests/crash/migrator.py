"""A process to be killed: `migrator.py URL MOMENT` carries out M1 as if it were MOMENT."""

from __future__ import annotations

import sys
from datetime import datetime

import structlog

from builders import SECRETARY, HandClock
from versions import moving


def main(url: str, moment: str) -> None:
    """Move the cases of M1; the clock stands still."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with moving(url, HandClock(datetime.fromisoformat(moment))) as house:
        house.migrator.carry_out("M1", SECRETARY)


if __name__ == "__main__":
    main(*sys.argv[1:])
