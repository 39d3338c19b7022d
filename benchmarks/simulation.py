"""A procedure simulated: cases that pass five stages, with terms, queues and suspensions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.results import Result, spread
from impasse.adapters.files.assumptions import Stated, StatedStage
from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.workflows import load_workflow
from impasse.domain.machine import compile_workflow
from impasse.domain.people import Role
from impasse.settings import Settings
from impasse.simulation.assumptions import assume
from impasse.simulation.monte_carlo import simulate
from impasse.wiring import PROCEDURE

if TYPE_CHECKING:
    from impasse.simulation.outcome import Outcome

AT_MOST = 60.0
"""Seconds for 100,000 cases."""

_ONWARD = {
    "signal": "start_fact_finding",
    "joint_fact_finding": "start_rule_interpretation",
    "rule_interpretation": "start_mediation",
    "external_mediation": "propose_resolution",
    "resolution": "confirm_resolution",
}
"""The road through all five stages: every case takes it."""


def measure(*, cases: int, rounds: int = 3) -> list[Result]:
    """Simulate *cases* cases of the shipped procedure, each through all five stages, on one core.

    Counted is the time of the processor; the bound is reckoned from it for 100,000 cases.
    """
    settings = Settings()
    workflow = load_workflow(settings.workflows_folder / f"{PROCEDURE}.yaml")
    calendar = load_calendar(settings.calendar_file)
    stated = Stated(
        staff={Role.MEDIATOR: 8},
        stages={stage: StatedStage(moves={move: 1.0}) for stage, move in _ONWARD.items()},
    )
    assumptions = assume(workflow, calendar, stated)
    found = []
    for seed in range(rounds):
        # A machine of its own each time: what it remembers must not help the next.
        procedure = compile_workflow(workflow)
        begun = time.thread_time()
        outcome = simulate(procedure, assumptions, calendar, cases=cases, seed=seed)
        found.append(time.thread_time() - begun)
        _passed_all(outcome, cases)
    of_all = [seconds * 100_000 / cases for seconds in found]
    per_second = [cases / seconds for seconds in found]
    return [
        Result(
            "simulated cases of five stages, per second", "memory", spread(per_second),
            f"100,000 in {spread(of_all, 1)} s", "-",
            f"100,000 in at most {AT_MOST:.0f} s", max(of_all) <= AT_MOST,
        )
    ]  # fmt: skip


def _passed_all(outcome: Outcome, cases: int) -> None:
    """See to it that each case that ended passed five stages, and that nearly all ended."""
    for stage in outcome.stages:
        if stage.name in _ONWARD:
            assert outcome.finished <= stage.time.n <= stage.entered <= cases
    assert outcome.finished > 0.99 * cases
