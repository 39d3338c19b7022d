"""A process to be killed: `working.py URL` opens cases and does the work of both parties there."""

from __future__ import annotations

import sys

import structlog

from builders import MONDAY, SECRETARY, HandClock, an_opening, running
from impasse.domain.commands import CompleteTask, MakeMove


def main(url: str) -> None:
    """Go on until killed: in each case both parties are done at the same moment."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with running(url, HandClock(MONDAY)) as house:
        number = 0
        while True:
            asked = [
                house.engine.submit(an_opening(number + n), SECRETARY).result().subject
                for n in range(5)
            ]
            moves = [
                house.engine.submit(MakeMove(case, "start_fact_finding", "Samen."), SECRETARY)
                for case in asked
            ]
            for move in moves:
                move.result()
            done = [
                house.engine.submit(CompleteTask(case, f"2-statement-{n}", note="Brief"), SECRETARY)
                for n in (1, 2)
                for case in asked
            ]
            for one in done:
                one.result()
            number += 5


if __name__ == "__main__":
    main(*sys.argv[1:])
