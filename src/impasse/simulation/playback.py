"""A real engine on a virtual clock: time passes, and everything due happens on its own day."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import TYPE_CHECKING

from sqlalchemy import event

from impasse.adapters.sql.database import SQLITE, open_database
from impasse.adapters.sql.migrate import upgrade
from impasse.adapters.sql.store import SqlStore
from impasse.adapters.sql.timers import next_wake
from impasse.domain.errors import NotFound, Unavailable
from impasse.domain.recognition import recognise
from impasse.domain.text import Text
from impasse.engine.engine import Engine
from impasse.simulation.virtual_clock import VirtualClock

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from sqlalchemy import Engine as Database

    from impasse.domain.calendar import Calendar
    from impasse.domain.early_warning import Indicators
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.recognition import Recognised, Recognition
    from impasse.simulation.naming import Register

NOON = timedelta(hours=12)
"""What happens on a day is known at noon: after what time did at midnight."""

TRIES = 20
WAIT_SECONDS = 0.1
"""How often, and how long in between, a database that is busy is asked again."""


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a replay takes as given: the rules, the calendar, the words and the names."""

    procedure: CompiledWorkflow
    calendar: Calendar
    indicators: Indicators
    recognition: Recognition
    register: Register
    _coded: dict[tuple[str, str], Recognised] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def code(self, text: str, actor: str) -> Recognised:
        """Return what *text*, said or done by *actor*, is about; each sentence is read once."""
        key = (text, actor)
        if key not in self._coded:
            self._coded[key] = recognise(text, actor, self.recognition)
        return self._coded[key]


@dataclass(frozen=True, slots=True)
class OneProcedure:
    """The only procedure of a replay."""

    procedure: CompiledWorkflow

    def get(self, name: str, version: str) -> CompiledWorkflow:
        """Return the procedure if it is this one; raises `NotFound` otherwise."""
        workflow = self.procedure.workflow
        if (workflow.name, workflow.version) == (name, version):
            return self.procedure
        raise NotFound(
            Text(
                f"Procedure {name} versie {version} is er niet.",
                f"There is no procedure {name} version {version}.",
            )
        )


class Playback:
    """Moves the clock of an engine from one promise to the next.

    `seen` is called with the day after everything that happened at one moment.
    """

    def __init__(
        self, engine: Engine, database: Database, clock: VirtualClock, calendar: Calendar
    ) -> None:
        self.engine = engine
        self.database = database
        self.clock = clock
        self.calendar = calendar
        self.seen: Callable[[date], None] = lambda _day: None

    @property
    def today(self) -> date:
        """The day it is on the virtual clock."""
        return self.calendar.local_day(self.clock())

    def noon(self, day: date) -> datetime:
        """Return the moment at which what happens on *day* becomes known."""
        return self.calendar.start_of_day(day) + NOON

    def advance(self, moment: datetime) -> None:
        """Let time pass until *moment*; all that falls due rings in order, at its own time.

        Raises `Unavailable` when another program holds the promises.
        """
        while (wake := next_wake(self.database)) is not None and wake <= moment:
            self.clock.move_to(wake)
            self._fire()
            self.seen(self.today)
        self.clock.move_to(moment)

    def _fire(self) -> None:
        """Fire what is due; when another program stands in the way, wait for it a while."""
        for _ in range(TRIES):
            if self.engine.fire_due():
                return
            sleep(WAIT_SECONDS)
        raise Unavailable(
            Text(
                "Een ander programma werkt in deze database. Probeer het later opnieuw.",
                "Another program works in this database. Try again later.",
            )
        )


class Workplace:
    """Fresh databases in a temporary folder: migrated once, copied for every replay."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        upgrade(f"sqlite:///{self._template}")
        self._count = 0

    @contextmanager
    def playback(self, setting: Setting, start: datetime) -> Iterator[Playback]:
        """Yield an empty database with its engine, and remove it afterwards."""
        self._count += 1
        file = self._folder / f"replay-{self._count}.db"
        shutil.copyfile(self._template, file)
        database = open_database(f"sqlite:///{file}")
        in_haste(database)
        clock = VirtualClock(start)
        engine = Engine(
            SqlStore(database),
            OneProcedure(setting.procedure),
            setting.calendar,
            setting.indicators,
            clock,
        )
        try:
            yield Playback(engine, database, clock, setting.calendar)
        finally:
            engine.close()


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Yield a temporary folder for databases that nobody needs afterwards."""
    with TemporaryDirectory(prefix="impasse-replay-") as folder:
        yield Workplace(Path(folder))


def in_haste(database: Database) -> None:
    """Let connections of *database* not wait for the disk after every commit.

    What is lost in a power cut is only the tail of a story that can be told again.
    """
    if database.dialect.name == SQLITE:
        event.listen(database, "connect", _without_waiting)


def _without_waiting(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
