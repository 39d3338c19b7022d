"""`python -m benchmarks`: what it costs, beside what it would cost without us, in one run.

Machines differ and neighbours make noise: only ratios within one run say something, and only they
(and counts) have bounds. The exit status is 1 when a bound does not hold.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import (
    commands,
    decide,
    outbox,
    postgres,
    replan,
    simulation,
    soundness,
    startup,
    timers,
)
from benchmarks.results import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.results import Result


@dataclass(frozen=True, slots=True)
class _Size:
    """How much is measured."""

    rounds: int
    moves: int
    due: int
    waiting: int
    decisions: int
    simulated: int
    terms: int
    messages: int


WHOLE = _Size(
    rounds=5,
    moves=160,
    due=10_000,
    waiting=100_000,
    decisions=200,
    simulated=100_000,
    terms=100_000,
    messages=10_000,
)
QUICK = _Size(
    rounds=3,
    moves=96,
    due=500,
    waiting=5_000,
    decisions=50,
    simulated=5_000,
    terms=5_000,
    messages=2_000,
)


def main() -> int:
    """Measure, print each line as it is found, and the table at the end."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less of everything, for a look")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the page here as well")
    asked = parser.parse_args()
    size = QUICK if asked.quick else WHOLE
    results = []
    for result in _measure(size):
        results.append(result)
        sys.stderr.write(f"{result.what}, {result.on}: {result.measured} {result.ratio}\n")
    shown = table(results)
    print(shown)
    if asked.out:
        asked.out.write_text(_page(shown, quick=asked.quick), encoding="utf-8")
    return 0 if all(result.holds for result in results) else 1


def _measure(size: _Size) -> Iterator[Result]:
    yield from decide.measure(rounds=size.decisions, times=50)
    yield from simulation.measure(cases=size.simulated)
    yield from soundness.measure(stages=1_000, rounds=3)
    yield from startup.measure(rounds=3)
    with postgres.folder_on_disk() as folder:
        on = f"SQLite {sqlite3.sqlite_version}"
        yield from commands.measure(
            f"sqlite:///{folder / 'commands.db'}", on, rounds=size.rounds, moves=size.moves
        )
        yield from timers.measure(
            f"sqlite:///{folder / 'timers.db'}", on, due=size.due, waiting=size.waiting, sweepers=1
        )
        yield from replan.measure(f"sqlite:///{folder / 'replan.db'}", on, terms=size.terms)
        yield from outbox.measure(
            f"sqlite:///{folder / 'outbox.db'}", on, messages=size.messages, rounds=size.rounds
        )
    with postgres.server() as server:
        on = f"PostgreSQL {postgres.version(server)}"
        with postgres.database(server, "commands") as url:
            yield from commands.measure(url, on, rounds=size.rounds, moves=size.moves)
        with postgres.database(server, "replan") as url:
            yield from replan.measure(url, on, terms=size.terms)
        for sweepers in (1, 2):
            with postgres.database(server, f"timers{sweepers}") as url:
                yield from timers.measure(
                    url, on, due=size.due, waiting=size.waiting, sweepers=sweepers
                )


def _page(shown: str, *, quick: bool) -> str:
    """Return the page of the handbook: the numbers of this run, where and when."""
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    how = "python -m benchmarks --quick" if quick else "make bench"
    load = os.getloadavg()[0]
    return f"""# What it costs

Measured on {day} by `{how}`, all in one run, on {platform.system()} ({platform.machine()},
{os.cpu_count()} processors), {platform.python_implementation()} {platform.python_version()}; load
at the end of the run {load:.1f}. Both databases make every commit durable (`synchronous=FULL`,
`fsync=on`) on a disk, not in memory. Shown are medians, with the lowest and the highest round.

{shown}

*By hand* is a loop of the same statements, written out for the driver with ready values, that
commits one move at a time: no decision, no check, no chain of hashes, no log. *impasse* does all
of that and writes its log lines. Rounds of both alternate, so that noise strikes both.

The ordinary move goes from the first stage to the second with an advised condition passed over:
five reads, an entry, the case, two terms, cancelled timers, five new ones and a message.

Read ratios, not speeds: another machine has other speeds. The page is written anew by
`make bench ARGS="--out docs/reference/performance.md"`.
"""


if __name__ == "__main__":
    sys.exit(main())
