"""What ships, read once, and a table with or without a case on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from decisions import Table, an_opening
from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.early_warning import load_indicators
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import load_workflow
from impasse.domain.machine import compile_workflow

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar
    from impasse.domain.early_warning import Indicators
    from impasse.domain.machine import CompiledWorkflow


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """The calendar that ships."""
    return load_calendar(shipped("config", "calendar.yaml"))


@pytest.fixture(scope="session")
def indicators() -> Indicators:
    """The indicators that ship."""
    return load_indicators(shipped("config", "early-warning.yaml"))[0]


@pytest.fixture(scope="session")
def procedure() -> CompiledWorkflow:
    """The procedure that ships."""
    return compile_workflow(load_workflow(shipped("workflows", "interbestuurlijke-impasse.yaml")))


@pytest.fixture
def table(calendar: Calendar, indicators: Indicators, procedure: CompiledWorkflow) -> Table:
    """An empty table on Monday 7 September 2026."""
    return Table(calendar, indicators, procedure)


@pytest.fixture
def opened(table: Table) -> Table:
    """A table with one open case on it."""
    table.open(an_opening())
    return table
