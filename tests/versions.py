"""Three versions of the shipped procedure: the earlier one, the present one, and one to come."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from builders import PROCEDURE, HandClock, Running, shipped_parts
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import parse_workflow
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.migrations_of_cases import SqlMigrations
from impasse.adapters.sql.store import SqlStore
from impasse.adapters.sql.views import Views
from impasse.domain.errors import NotFound
from impasse.domain.machine import compile_workflow
from impasse.domain.people import CLOCK
from impasse.domain.text import same
from impasse.engine.engine import Engine
from impasse.engine.migrating import Migrator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.case import Case
    from impasse.domain.machine import CompiledWorkflow

TO_COME = (
    ('version: "2"', 'version: "3"'),
    ("joint_fact_finding", "facts"),
    ("length: 10 working days", "length: 15 working days"),
    ("length: 8 weeks", "length: 6 weeks"),
    ("        - {after: 5 working days, tier: directors, notify: [secretariat, party]}\n", ""),
    ("{before: 2 working days, notify: [secretariat]}",
     "{before: 4 working days, notify: [party]}"),
    ("      statement:\n", "      sources:\n"),
    ("after: [statement]", "after: [sources]"),
    ("roles: [secretariat, party]\n    note_required: true\n\n  - trigger: end_mediation",
     "roles: [secretariat]\n    note_required: true\n\n  - trigger: end_mediation"),
    ("advised: [fact_report_recorded, all_views_given]",
     "required: [fact_report_recorded]\n      advised: [all_views_given]"),
)  # fmt: skip
"""What the version to come says otherwise: other lengths, a stage and a task renamed, and so on."""

RENAMED = {"joint_fact_finding": "facts"}


def earlier_text() -> str:
    """The text of version 1."""
    return shipped("workflows", "earlier", f"{PROCEDURE}@1.yaml").read_text("utf-8")


def present_text() -> str:
    """The text of version 2."""
    return shipped("workflows", f"{PROCEDURE}.yaml").read_text("utf-8")


def text_to_come(*more: tuple[str, str]) -> str:
    """The text of version 3, with *more* said otherwise."""
    text = present_text()
    for old, new in (*TO_COME, *more):
        assert old in text, old
        text = text.replace(old, new)
    return text


@cache
def compiled(text: str) -> CompiledWorkflow:
    """Read and compile a procedure once."""
    return compile_workflow(parse_workflow(text, "a test"))


@dataclass(frozen=True)
class Versions:
    """The adopted versions of the procedure."""

    given: tuple[tuple[str, CompiledWorkflow], ...] = ()

    def get(self, name: str, version: str) -> CompiledWorkflow:
        """Return one version, or raise `NotFound`."""
        texts = {"1": earlier_text, "2": present_text, "3": text_to_come}
        given = dict(self.given)
        if name != PROCEDURE or version not in {*texts, *given}:
            raise NotFound(same(f"{name}@{version}"))
        return given[version] if version in given else compiled(texts[version]())


@dataclass(frozen=True)
class Moving(Running):
    """A running engine that knows several versions, and what migrates between them."""

    migrator: Migrator
    ledger: SqlMigrations

    def case(self, number: str) -> Case:
        """Return a case as it stands."""
        return Views(self.database).case(CLOCK, number)


@contextmanager
def moving(url: str, clock: Any = None, versions: Versions | None = None) -> Iterator[Moving]:
    """Run an engine with all versions on the database at *url*; close both at the end."""
    clock = clock or HandClock()
    versions = versions or Versions()
    database = open_database(url)
    store = SqlStore(database)
    _, calendar, indicators = shipped_parts()
    engine = Engine(store, versions, calendar, indicators, clock)
    ledger = SqlMigrations(database)
    migrator = Migrator(engine, ledger, versions, calendar, indicators, clock)
    try:
        yield Moving(database, store, engine, clock, migrator, ledger)
    finally:
        engine.close()
        store.close()
