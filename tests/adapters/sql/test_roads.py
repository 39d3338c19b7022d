"""Statements that travel together fail together, and only within their own savepoint."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import text

from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.store import SqlStore
from impasse.domain.errors import StaleRevision, Unavailable
from impasse.domain.text import same
from impasse.engine.ports import Contention

NO_VALUE = (psycopg.errors.NotNullViolation, sqlite3.IntegrityError)


@pytest.fixture
def store(database_url):
    opened = SqlStore(open_database(database_url))
    yield opened
    opened.close()


@pytest.fixture
def count(store):
    """Count up in a series, by a statement of our own."""
    mark = "?" if store.sqlite else "%s"
    sql = f"INSERT INTO counters (name, value) VALUES ({mark}, 1)"  # noqa: S608
    return lambda tx, name: tx._road.run(sql, (name,))


def fail(tx):
    """Run a statement that the database refuses: a mistake of ours."""
    tx._road.run("INSERT INTO counters (name, value) VALUES ('no value', NULL)")


def series(store):
    with store.database.connect() as connection:
        return sorted(connection.scalars(text("SELECT name FROM counters")))


def test_what_fails_in_a_savepoint_leaves_its_neighbours_in_peace(store, count):
    with store.transaction() as tx:
        with tx.savepoint():
            count(tx, "before")
        with pytest.raises(NO_VALUE), tx.savepoint():  # noqa: PT012 it may fail only at the end
            count(tx, "half")
            fail(tx)
            count(tx, "never reached")
        with tx.savepoint():
            count(tx, "after")
    assert series(store) == ["after", "before"]


def test_a_failure_is_told_before_the_commit_and_nothing_is_kept(store, count):
    with pytest.raises(NO_VALUE), store.transaction() as tx:  # noqa: PT012 it may fail only at the end
        count(tx, "half")
        fail(tx)
    assert series(store) == []
    with store.transaction() as tx:
        count(tx, "the next transaction")
    assert series(store) == ["the next transaction"]


def test_a_statement_that_had_to_change_one_row_and_did_not_undoes_its_savepoint(store, count):
    def too_late() -> StaleRevision:
        return StaleRevision(same("Too late."))

    with store.transaction() as tx:
        with pytest.raises(StaleRevision), tx.savepoint():  # noqa: PT012 or only at the end
            count(tx, "lost")
            tx._road.run_once("UPDATE counters SET value = 2 WHERE name = 'nobody'", (), too_late)
        with tx.savepoint():
            count(tx, "kept")
            tx._road.run_once("UPDATE counters SET value = 2 WHERE name = 'kept'", (), too_late)
    assert series(store) == ["kept"]


def test_an_attempt_refused_before_it_wrote_leaves_its_neighbours_in_peace(store, count):
    with store.transaction() as tx:
        with tx.attempt():
            count(tx, "before")
        with pytest.raises(StaleRevision), tx.attempt():
            raise StaleRevision(same("Too late."))
        with tx.attempt():
            count(tx, "after")
    assert series(store) == ["after", "before"]


def test_a_refused_opening_gives_its_number_back(store):
    with store.transaction() as tx:
        with tx.attempt():
            assert tx.next_case_id(2026) == "IMP-2026-0001"
        with pytest.raises(StaleRevision), tx.attempt():  # noqa: PT012 the number comes first
            assert tx.next_case_id(2026) == "IMP-2026-0002"
            raise StaleRevision(same("Too late."))
        with tx.attempt():
            assert tx.next_case_id(2026) == "IMP-2026-0002"
    assert series(store) == ["case-2026"]


@pytest.mark.parametrize("error", [StaleRevision(same("Too late.")), ValueError("a fault of ours")])
def test_an_attempt_that_fails_after_it_wrote_is_to_be_done_again_alone(store, count, error):
    with pytest.raises(Contention), store.transaction() as tx:  # noqa: PT012 all of it is undone
        with tx.attempt():
            count(tx, "before")
        with tx.attempt():
            count(tx, "half")
            raise error
    assert series(store) == []


def test_an_answer_is_that_of_its_own_question_whatever_is_under_way(store, count):
    with store.transaction() as tx:
        count(tx, "one")
        count(tx, "two")
        assert tx._road.one("SELECT count(*) FROM counters", ()) == (2,)
        first, second = tx._road.all(
            ("SELECT name FROM counters ORDER BY name", ()), ("SELECT 7", ())
        )
    assert (first, second) == ([("one",), ("two",)], [(7,)])


def test_a_lost_connection_is_told_once_and_replaced(postgresql_url):
    store = SqlStore(open_database(postgresql_url))
    with store.transaction() as tx:
        tx.next_case_id(2026)
    store._kept.driver_connection.close()
    with pytest.raises(Unavailable), store.transaction() as tx:
        tx.next_case_id(2026)
    with store.transaction() as tx:
        assert tx.next_case_id(2026) == "IMP-2026-0002"
    store.close()
