"""Migrations of running cases, as rows: what was planned, and what became of each case."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CaseMigrationItemRow,
    CaseMigrationRow,
    CaseRow,
    CounterRow,
    EntryRow,
    TimerRow,
)
from impasse.adapters.sql.views import Views
from impasse.domain.case import Purpose, Status, Timer, Visibility
from impasse.domain.errors import NotFound, Unavailable
from impasse.domain.history import canonical
from impasse.domain.migration import agreements
from impasse.domain.people import CLOCK
from impasse.domain.term_acts import TermPolicy
from impasse.domain.text import Text
from impasse.engine.migrating import TRIES, Item, ItemState, Migration, MigrationState, Seen
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.history import Json

_CASES, _ENTRIES, _TIMERS = table(CaseRow), table(EntryRow), table(TimerRow)
_COUNTERS = table(CounterRow)
_MIGRATIONS, _ITEMS = table(CaseMigrationRow), table(CaseMigrationItemRow)
_SERIES = "migration"
_ACTS = ("confirmed", "migrated", "migration_undone")


class SqlMigrations:
    """See `engine.migrating.Ledger`."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._views = Views(database)

    def cases_on(self, name: str, version: str) -> list[str]:
        """Return the cases that follow this version and are not closed; lessons are left out."""
        query = _movable(name, version).order_by(_CASES.c.id)
        return [row.id for row in self._rows(query)]

    def stages_of(self, name: str, version: str) -> dict[str, int]:
        """Return in which stages cases stand that could move, and how many in each."""
        query = (
            select(_CASES.c.stage, func.count())
            .where(_CASES.c.id.in_(_movable(name, version)))
            .group_by(_CASES.c.stage)
        )
        return {row[0]: int(row[1]) for row in self._rows(query)}

    def see(self, case: str) -> Seen:
        """Return a case as it stands, or raise `NotFound`."""
        # The case first: what happens to it meanwhile, its revision will tell.
        found = self._views.case(CLOCK, case)
        armed = self._rows(
            select(_TIMERS)
            .where(_TIMERS.c.case_id == case, _TIMERS.c.state == "armed")
            .order_by(_TIMERS.c.due_at, _TIMERS.c.id)
        )
        timers = tuple(
            Timer(case, Purpose(t.purpose), t.rung, t.stage_entry, t.due_at, t.generation)
            for t in armed
        )
        seen = Seen(found, timers)
        confirmed: list[Mapping[str, Json]] = []
        for entry in self._rows(
            select(_ENTRIES.c.at, _ENTRIES.c.action, _ENTRIES.c.content)
            .where(_ENTRIES.c.subject == case, _ENTRIES.c.action.in_(_ACTS))
            .order_by(_ENTRIES.c.seq)
        ):
            content = json.loads(entry.content) if entry.content else {}
            if entry.action == "confirmed":
                confirmed.append(content)
                continue
            confirmed.clear()
            undone = entry.action == "migration_undone"
            seen = Seen(found, timers, entry.at, str(content.get("migration", "")), undone=undone)
        return replace(seen, agreed=agreements(confirmed))

    def add(self, migration: Migration, items: Sequence[Item]) -> Migration:
        """Keep a new migration with its items, under a number of its own."""
        for _ in range(TRIES):
            try:
                return self.get(self._added(migration, items))
            except Contention:
                # Another process began the series of numbers; now it is there.
                continue
        raise Unavailable(
            Text(
                "Het is nu te druk in de database. Er is niets veranderd; probeer het opnieuw.",
                "The database is too busy now. Nothing was changed; try again.",
            )
        )

    def _added(self, migration: Migration, items: Sequence[Item]) -> str:
        with writing(self._database) as connection:
            number = f"M{_next_number(connection)}"
            connection.execute(
                insert(_MIGRATIONS).values(
                    id=number,
                    from_name=migration.name,
                    from_version=migration.from_version,
                    to_name=migration.name,
                    to_version=migration.to_version,
                    mapping=canonical(
                        {
                            "stages": dict(migration.stages),
                            "policy": None if migration.policy is None else migration.policy.value,
                        }
                    ),
                    state=migration.state.value,
                    planned_at=migration.planned_at,
                    planned_by=migration.planned_by,
                    finished_at=None,
                )
            )
            if items:
                connection.execute(
                    insert(_ITEMS), [_values(number, item, with_key=True) for item in items]
                )
        return number

    def get(self, migration: str) -> Migration:
        """Return a migration, or raise `NotFound`."""
        for row in self._rows(select(_MIGRATIONS).where(_MIGRATIONS.c.id == migration)):
            return _migration(row)
        raise NotFound(
            Text(
                f"Overstap {migration} bestaat niet. 'impasse workflow migrations' noemt ze alle.",
                f"Migration {migration} does not exist. 'impasse workflow migrations' lists all.",
            )
        )

    def all(self) -> list[Migration]:
        """Return every migration, the newest first."""
        query = select(_MIGRATIONS).order_by(_MIGRATIONS.c.planned_at.desc(), _MIGRATIONS.c.id)
        return [_migration(row) for row in self._rows(query)]

    def items(self, migration: str) -> list[Item]:
        """Return the items of a migration, in the order of their cases."""
        query = select(_ITEMS).where(_ITEMS.c.migration_id == migration)
        return [_item(row) for row in self._rows(query.order_by(_ITEMS.c.case_id))]

    def counts(self) -> dict[str, dict[ItemState, int]]:
        """Return per migration how many of its cases are in each state."""
        query = select(_ITEMS.c.migration_id, _ITEMS.c.state, func.count()).group_by(
            _ITEMS.c.migration_id, _ITEMS.c.state
        )
        found: dict[str, dict[ItemState, int]] = {}
        for migration, state, count in self._rows(query):
            found.setdefault(migration, {})[ItemState(state)] = count
        return found

    def put(self, migration: str, item: Item, *, undoing: bool = False) -> None:
        """Keep what became of a case; what is done stays done, unless *undoing*."""
        query = update(_ITEMS).where(
            _ITEMS.c.migration_id == migration, _ITEMS.c.case_id == item.case
        )
        if not undoing:
            query = query.where(_ITEMS.c.state != ItemState.DONE.value)
        with writing(self._database) as connection:
            connection.execute(query.values(_values(migration, item, with_key=False)))

    def settle(self, migration: str, state: MigrationState, at: datetime | None) -> None:
        """Keep how far a migration came."""
        query = update(_MIGRATIONS).where(_MIGRATIONS.c.id == migration)
        with writing(self._database) as connection:
            connection.execute(query.values(state=state.value, finished_at=at))

    def proposed_for(self, case: str) -> list[Migration]:
        """Return the migrations in which *case* waits to move, the newest first."""
        query = (
            select(_MIGRATIONS)
            .join(_ITEMS, _ITEMS.c.migration_id == _MIGRATIONS.c.id)
            .where(
                _ITEMS.c.case_id == case,
                _ITEMS.c.state.in_(
                    [
                        ItemState.PLANNED.value,
                        ItemState.LACKING.value,
                        ItemState.CHANGED.value,
                        ItemState.HINDERED.value,
                    ]
                ),
                _MIGRATIONS.c.state.in_(
                    [
                        MigrationState.PLANNED.value,
                        MigrationState.RUNNING.value,
                        MigrationState.FINISHED.value,
                    ]
                ),
            )
            .order_by(_MIGRATIONS.c.planned_at.desc())
        )
        return [_migration(row) for row in self._rows(query)]

    def _rows(self, query: Select[Any]) -> list[Any]:
        try:
            with self._database.connect() as connection:
                return list(connection.execute(query))
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error


def _movable(name: str, version: str) -> Select[Any]:
    """Return, as SQL, the cases of this version that are not closed; lessons are left out."""
    return select(_CASES.c.id).where(
        _CASES.c.workflow == name,
        _CASES.c.workflow_version == version,
        _CASES.c.status != Status.CLOSED.value,
        _CASES.c.visibility != Visibility.LESSON.value,
    )


def _next_number(connection: Connection) -> int:
    """Return the next number of the series; the row is held until the end of the transaction."""
    count = update(_COUNTERS).where(_COUNTERS.c.name == _SERIES)
    row = connection.execute(
        count.values(value=_COUNTERS.c.value + 1).returning(_COUNTERS.c.value)
    ).first()
    if row is not None:
        return int(row[0])
    connection.execute(insert(_COUNTERS).values(name=_SERIES, value=1))
    return 1


def _values(migration: str, item: Item, *, with_key: bool) -> dict[str, Any]:
    values = {
        "state": item.state.value,
        "plan": canonical(dict(item.plan)),
        "told": canonical({"nl": item.told.nl, "en": item.told.en}),
        "done_at": item.done_at,
    }
    return {"migration_id": migration, "case_id": item.case, **values} if with_key else values


def _migration(row: Any) -> Migration:  # noqa: ANN401 a row of SQLAlchemy
    mapping = json.loads(row.mapping)
    policy = mapping["policy"]
    return Migration(
        id=row.id,
        name=row.to_name,
        from_version=row.from_version,
        to_version=row.to_version,
        stages=mapping["stages"],
        policy=None if policy is None else TermPolicy(policy),
        state=MigrationState(row.state),
        planned_at=row.planned_at,
        planned_by=row.planned_by,
        finished_at=row.finished_at,
    )


def _item(row: Any) -> Item:  # noqa: ANN401 a row of SQLAlchemy
    told = json.loads(row.told)
    return Item(
        case=row.case_id,
        state=ItemState(row.state),
        plan=json.loads(row.plan),
        told=Text(told["nl"], told["en"]),
        done_at=row.done_at,
    )
