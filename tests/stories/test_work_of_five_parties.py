"""A dispute of five parties: statements, experts of whom two are enough, and a party that is late.

Told on a real database, with the clock of the program.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from builders import HandClock, broken_chains, rows, shipped_parts, timers
from impasse.adapters.files.workflows import parse_workflow
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.store import SqlStore
from impasse.adapters.sql.tables import CaseRow, TaskRow
from impasse.domain.case import Party
from impasse.domain.commands import (
    AddParty,
    CompleteTask,
    MakeMove,
    OpenCase,
    ReopenTask,
    SignalReport,
    StartTask,
)
from impasse.domain.errors import Conflict
from impasse.domain.machine import CompiledWorkflow, compile_workflow
from impasse.domain.people import Actor, Layer, Role
from impasse.domain.signals import Reliability
from impasse.engine.engine import Engine
from patterns.disputes import DE_BILT, SOEST, UTRECHT, VALLEI, ZEIST, actor_of, with_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "web")
AMERSFOORT = Party("gm0307", "Amersfoort", Layer.MUNICIPALITY)
FIVE = (UTRECHT, ZEIST, DE_BILT, SOEST, VALLEI)
WATER = with_tasks(
    """
    statement:
      label: {nl: Zienswijze, en: Statement}
      for: each_party
      term: 10 working days
      on_expiry: complete
    opinion:
      label: {nl: Oordeel van een deskundige, en: Opinion of an expert}
      for: secretariat
      count: 3
      join: {at_least: 2}
      rest: withdraw
      after: [statement]
      outcomes:
        safe: {nl: de dijk is veilig, en: the dike is safe}
        unsafe: {nl: de dijk is niet veilig, en: the dike is not safe}
    hearing:
      label: {nl: Zitting, en: Hearing}
      for: secretariat
      after: ["opinion:unsafe"]
      exclusive: hearing_room
    report:
      label: {nl: Rapport, en: Report}
      for: secretariat
      after_any: [hearing]
      rounds: 2
    """,
    go_on="opinion",
    when_done="go_on",
)


class _One:
    """The one procedure of this story."""

    def __init__(self, compiled: CompiledWorkflow) -> None:
        self.compiled = compiled

    def get(self, name: str, version: str) -> CompiledWorkflow:
        """Return it."""
        assert (name, version) == ("proef", "1")
        return self.compiled


class House:
    """An engine, and the case that it works on."""

    def __init__(self, url: str) -> None:
        _, calendar, indicators = shipped_parts()
        self.clock = HandClock(datetime(2026, 9, 7, 9, 0, tzinfo=UTC))
        self.database = open_database(url)
        self.store = SqlStore(self.database)
        procedures = _One(compile_workflow(parse_workflow(WATER, "proef.yaml")))
        self.engine = Engine(self.store, procedures, calendar, indicators, self.clock)
        report = SignalReport("A1", Reliability.DOCUMENT, "pv26", date(2026, 9, 4), "")
        opening = OpenCase("Wie betaalt de dijk?", FIVE, (report,), "proef", "1")
        self.case = self.engine.handle(opening, SECRETARY).subject

    def done(self, task: str, actor: Actor = SECRETARY, outcome: str = "") -> None:
        """Complete a task."""
        self.engine.handle(CompleteTask(self.case, task, outcome), actor)

    def tasks(self, name: str) -> list[str]:
        """Return how the tasks of one name are kept in the database."""
        return [
            row.state
            for row in rows(self.database, TaskRow, "stage_entry", "position")
            if row.name == name
        ]

    def stage(self) -> str:
        """Return where the case is."""
        (row,) = rows(self.database, CaseRow)
        return str(row.stage)

    def close(self) -> None:
        """Close everything."""
        self.engine.close()
        self.store.close()


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """The house of this story, on SQLite and on PostgreSQL."""
    found = House(database_url)
    yield found
    found.close()


def test_five_parties_two_experts_and_a_party_that_came_late(house: House) -> None:
    for number, party in enumerate(FIVE[:3], 1):
        house.done(f"1-statement-{number}", actor_of(party))
    house.engine.handle(StartTask(house.case, "1-statement-4"), actor_of(SOEST))
    house.engine.handle(AddParty(house.case, AMERSFOORT), SECRETARY)
    house.done("1-statement-6", actor_of(AMERSFOORT))
    assert house.tasks("statement") == ["done", "done", "done", "started", "open", "done"]

    # Two keep silent. After ten working days the experts follow all the same, once.
    house.clock.goes_on(days=15)
    house.engine.fire_due()
    assert house.tasks("statement") == ["done", "done", "done", "withdrawn", "withdrawn", "done"]
    assert house.tasks("opinion") == ["open", "open", "open"]

    house.done("1-opinion-3", outcome="safe")
    assert house.tasks("hearing") == ["waiting"]
    house.done("1-opinion-1", outcome="unsafe")
    assert house.tasks("opinion") == ["done", "withdrawn", "done"]
    with pytest.raises(Conflict, match="withdrawn"):
        house.done("1-opinion-2", outcome="safe")

    house.done("1-hearing-1")
    house.done("1-report-1")
    assert house.stage() == "overleg", "all work is done: the clock goes on"
    with pytest.raises(Exception, match="does not belong"):
        house.engine.handle(ReopenTask(house.case, "1-report-1", "Een fout."), SECRETARY)

    house.engine.handle(MakeMove(house.case, "return"), SECRETARY)
    assert house.tasks("statement")[6:] == ["open"] * 6, "six parties now"
    assert house.tasks("report") == ["done", "waiting"]
    armed = [row for row in timers(house.database, "armed") if row.purpose == "task_due"]
    assert {row.stage_entry for row in armed} == {3}
    assert broken_chains(house.database) == []
