"""An ordinary move through the engine, beside the same statements by hand on the driver."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.by_hand import by_hand
from benchmarks.houses import SECRETARY, house, log_lines_to_nowhere, open_cases, ordinary_move
from benchmarks.results import Result, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.by_hand import ByHand
    from impasse.wiring import House

WAITING = 16
"""So many ask at the same time in the second comparison."""

ALONE_AT_LEAST = 0.5
TOGETHER_AT_LEAST = 1.0


@dataclass(slots=True)
class _Rates:
    """Moves per second, per round."""

    by_hand: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)


def measure(url: str, on: str, *, rounds: int, moves: int) -> list[Result]:
    """Compare on the empty database at *url*, in interleaved rounds of *moves* moves each."""
    rates = _Rates()
    with log_lines_to_nowhere(), house(url) as built, by_hand(url) as driver:
        _check_same_effect(built, driver)
        cases = iter(open_cases(built, (rounds + 1) * 3 * moves))
        with ThreadPoolExecutor(WAITING) as people:
            ways: list[tuple[list[float], Callable[[list[str]], None]]] = [
                (rates.by_hand, lambda some: _by_hand(driver, some)),
                (rates.alone, lambda some: _alone(built, some)),
                (rates.together, lambda some: _together(built, people, some)),
            ]
            for number in range(rounds + 1):
                for found, way in ways[number % 3 :] + ways[: number % 3]:
                    some = [next(cases) for _ in range(moves)]
                    begun = time.perf_counter()
                    way(some)
                    found.append(moves / (time.perf_counter() - begun))
    return _results(rates, on)


def _by_hand(driver: ByHand, cases: list[str]) -> None:
    for case in cases:
        driver.move(case)


def _alone(built: House, cases: list[str]) -> None:
    for case in cases:
        built.engine.handle(ordinary_move(case), SECRETARY)


def _together(built: House, people: ThreadPoolExecutor, cases: list[str]) -> None:
    """Let sixteen people each make their moves one after the other, waiting for every answer."""
    shares = [cases[place::WAITING] for place in range(WAITING)]
    list(people.map(lambda share: _alone(built, share), shares))


def _check_same_effect(built: House, driver: ByHand) -> None:
    """Make sure that both ways leave the same behind, or the comparison means nothing."""
    ours, theirs = open_cases(built, 2)
    built.engine.handle(ordinary_move(ours), SECRETARY)
    driver.move(theirs)
    assert driver.rows_of(ours) == driver.rows_of(theirs)


def _results(rates: _Rates, on: str) -> list[Result]:
    # The first round warms up: caches, prepared statements, the threads themselves.
    hand, alone, together = rates.by_hand[1:], rates.alone[1:], rates.together[1:]
    found = []
    for what, ours, floor in (
        ("commands one at a time, per second", alone, ALONE_AT_LEAST),
        (f"{WAITING} waiting together, commands per second", together, TOGETHER_AT_LEAST),
    ):
        ratio = median(ours) / median(hand)
        found.append(
            Result(
                what, on, spread(ours), f"by hand {spread(hand)}", f"{ratio:.2f}",
                f"at least {floor}", ratio >= floor,
            )
        )  # fmt: skip
    return found
