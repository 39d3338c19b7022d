"""From settings to a running house: every part is made here, by hand, where all can see it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from impasse.adapters.channels.webhook import WebhookChannel
from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.early_warning import load_indicators
from impasse.adapters.files.organisations import load_organisations
from impasse.adapters.scheduler import Tick
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.migrate import upgrade
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.procedures import AdoptedProcedures
from impasse.adapters.sql.register import replace_register
from impasse.adapters.sql.store import SqlStore
from impasse.adapters.sql.timers import next_wake
from impasse.adapters.sql.views import Views
from impasse.engine.engine import Engine
from impasse.engine.outbox import deliver_due
from impasse.engine.timers import sweep

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine as Database

    from impasse.domain.calendar import Calendar
    from impasse.domain.early_warning import Indicators
    from impasse.domain.recognition import Recognition
    from impasse.engine.ports import Clock
    from impasse.settings import Settings

PROCEDURE = "interbestuurlijke-impasse"
"""The procedure that a new signal starts, unless another is asked for."""


def now() -> datetime:
    """The real clock: nothing else in the house reads it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """Everything a door needs."""

    settings: Settings
    database: Database
    engine: Engine
    views: Views
    procedures: AdoptedProcedures
    calendar: Calendar
    indicators: Indicators
    recognition: Recognition
    clock: Clock

    def close(self) -> None:
        """Finish what is queued and let go of the database."""
        self.engine.close()
        self.database.dispose()


def build(settings: Settings, *, clock: Clock = now) -> House:
    """Return the house that *settings* describe; its database must be up to date."""
    calendar = load_calendar(settings.calendar_file)
    indicators, recognition = load_indicators(settings.early_warning_file)
    database = open_database(
        settings.database_url, busy_seconds=float(settings.sqlite_busy_seconds)
    )
    procedures = AdoptedProcedures(database)
    engine = Engine(
        SqlStore(database), procedures, calendar, indicators, clock, batch=settings.writer_batch
    )
    return House(
        settings=settings,
        database=database,
        engine=engine,
        views=Views(database),
        procedures=procedures,
        calendar=calendar,
        indicators=indicators,
        recognition=recognition,
        clock=clock,
    )


def prepare(settings: Settings, *, clock: Clock = now) -> None:
    """Bring the database up to date: tables, the register, and the shipped procedures."""
    upgrade(settings.database_url)
    database = open_database(
        settings.database_url, busy_seconds=float(settings.sqlite_busy_seconds)
    )
    try:
        replace_register(
            database,
            load_organisations(settings.organisations_file),
        )
        procedures = AdoptedProcedures(database)
        for path in sorted(settings.workflows_folder.glob("*.yaml")):
            procedures.adopt(path, by="impasse", at=clock())
    finally:
        database.dispose()


def build_tick(house: House) -> Tick:
    """Return the clock and the outbox of *house*, not yet started."""
    outbox = SqlOutbox(house.database)
    settings = house.settings
    channel = WebhookChannel(settings.source_oin, allow_private=settings.allow_private_webhooks)
    tick = Tick(
        lambda: sweep(house.engine),
        lambda: deliver_due(
            outbox, channel, house.clock, random.random, going_on=lambda: tick.going_on
        ),
        lambda: next_wake(house.database),
        clock=house.clock,
        sweep_seconds=settings.sweep_seconds,
        outbox_seconds=settings.outbox_seconds,
    )
    house.engine.armed = tick.arm
    house.engine.told = tick.post
    return tick
