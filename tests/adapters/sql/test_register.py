"""The register in the database equals its file, also when several load it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.procedures import AdoptedProcedures
from impasse.adapters.sql.register import replace_register
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import OrganisationRow
from impasse.domain.people import Layer, Organisation

PLACES = [
    Organisation(f"gm{number:04}", f"Plaats {number}", Layer.MUNICIPALITY) for number in range(50)
]


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def names(database) -> list[str]:
    with database.connect() as connection:
        return sorted(connection.scalars(select(table(OrganisationRow).c.name)))


def test_the_register_holds_exactly_what_was_loaded_last(database):
    assert replace_register(database, PLACES) == 50
    assert replace_register(database, PLACES[:2]) == 2
    assert names(database) == ["Plaats 0", "Plaats 1"]
    assert replace_register(database, []) == 0
    assert names(database) == []


def test_workers_that_start_together_do_not_stand_in_each_others_way(database):
    workflow = shipped("workflows", "interbestuurlijke-impasse.yaml")

    def start(_: int) -> bool:
        replace_register(database, PLACES)
        noon = datetime(2026, 11, 23, 11, tzinfo=UTC)
        return AdoptedProcedures(database).adopt(workflow, by="impasse", at=noon)

    with ThreadPoolExecutor(4) as workers:
        adopted = list(workers.map(start, range(8)))

    assert adopted.count(True) == 1
    assert len(names(database)) == 50
