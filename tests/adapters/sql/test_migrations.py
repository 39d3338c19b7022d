"""The numbered steps lead from nothing to exactly the tables that the program declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select
from sqlmodel import SQLModel

from builders import running
from impasse.adapters.sql import tables
from impasse.adapters.sql.database import open_database, writing
from impasse.adapters.sql.migrate import _config, current, newest, upgrade
from impasse.domain.errors import Unavailable, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from alembic.config import Config
    from sqlalchemy.engine import Engine


def test_from_nothing_to_the_newest_and_an_engine_runs_on_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nieuw.db"
    assert current(url) == ""
    upgrade(url)
    assert current(url) == newest() != ""
    with running(url) as house:
        assert house.open_cases() == ["IMP-2026-0001"]


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(database_url: str) -> None:
    with running(database_url) as house:
        house.open_cases()
    upgrade(database_url)
    assert current(database_url) == newest()
    with running(database_url) as house:
        assert house.open_cases() == ["IMP-2026-0002"]


def test_migrations_and_tables_say_the_same(database_url: str) -> None:
    assert tables.CaseRow.__tablename__ == "cases"
    database = open_database(database_url)
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.dispose()


def test_every_table_and_index_that_is_declared_is_there(database_url: str) -> None:
    database = open_database(database_url)
    found = inspect(database)
    for name, table in SQLModel.metadata.tables.items():
        columns = {column["name"] for column in found.get_columns(name)}
        assert columns == {column.name for column in table.columns}
        assert set(found.get_pk_constraint(name)["constrained_columns"]) == {
            column.name for column in table.primary_key
        }
        indexes = {index["name"] for index in found.get_indexes(name)}
        assert {index.name for index in table.indexes} <= indexes
    database.dispose()


def test_a_database_that_cannot_be_opened_is_said_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "tekst.db"
    file.write_text("dit is geen database, maar een lange regel tekst " * 40)
    with pytest.raises(Unavailable, match="not a database"):
        upgrade(f"sqlite:///{file}")
    with pytest.raises(Unreadable, match="does not exist"):
        upgrade(f"sqlite:///{tmp_path}/weg/impasse.db")
    with pytest.raises(Unreadable):
        upgrade("mysql://ergens/impasse")


def test_what_stood_in_the_first_tables_is_there_after_the_second_step(database_url: str) -> None:
    """A database of the first release: back to its tables with what it held, and on again."""
    with running(database_url) as house:
        house.open_cases(2)
        kept = _rows(house.database)
    _step(database_url, command.downgrade, "0001")
    assert current(database_url) == "0001"
    _step(database_url, command.upgrade, "head")
    with running(database_url) as house:
        assert _rows(house.database) == kept
        assert house.open_cases() == ["IMP-2026-0003"]
        assert len(house.open_cases(3)) == 3


def _step(url: str, step: Callable[[Config, str], None], to: str) -> None:
    database = open_database(url)
    config = _config(url)
    with writing(database) as connection:
        config.attributes["connection"] = connection
        step(config, to)
    database.dispose()


def _rows(database: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What the tables of both steps hold; the number of a row of the clock is no matter."""
    with database.connect() as connection:
        return {
            name: sorted(
                tuple(str(value) for value in row)
                for row in connection.execute(select(*_columns(name)))
            )
            for name in ("cases", "terms", "timers", "parties", "signals", "entries", "outbox")
        }


def _columns(name: str) -> list[Any]:
    # When a stay began to the second, and whose act a message tells of, the first tables kept not.
    lost = {"begun_at"} | ({"stay", "by"} if name == "outbox" else set())
    return [c for c in SQLModel.metadata.tables[name].columns if c.name not in lost]
