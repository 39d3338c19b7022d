"""Time passes from one promise to the next, and never backwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from impasse.cli.replay import shipped_setting
from impasse.domain.errors import NotFound, Unavailable
from impasse.simulation import playback as module
from impasse.simulation.playback import OneProcedure, workplace
from impasse.simulation.virtual_clock import VirtualClock

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_clock_stands_still_and_only_goes_forward():
    clock = VirtualClock(NEW_YEAR)
    clock.move_to(NEW_YEAR + timedelta(days=1))
    clock.move_to(NEW_YEAR)

    assert clock() == NEW_YEAR + timedelta(days=1)


def test_only_the_procedure_of_the_replay_is_there():
    procedure = shipped_setting().procedure
    workflow = procedure.workflow

    assert OneProcedure(procedure).get(workflow.name, workflow.version) is procedure
    with pytest.raises(NotFound, match="no procedure"):
        OneProcedure(procedure).get(workflow.name, "0")


def test_a_database_that_stays_busy_is_told(monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0)
    with workplace() as place, place.playback(shipped_setting(), NEW_YEAR) as playback:
        monkeypatch.setattr(module, "next_wake", lambda _database: NEW_YEAR)
        with pytest.raises(Unavailable, match="Another program"):
            playback.advance(NEW_YEAR + timedelta(days=1))
