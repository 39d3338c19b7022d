"""How hot statements travel: straight into SQLite, in convoys to PostgreSQL.

A call to SQLite is a function call. A call to PostgreSQL is a journey, and one command needs some
twenty; in a pipeline it needs two: one for what is read, one for what is written.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Row = tuple[Any, ...]


class Road(Protocol):
    """What a transaction asks of the connection that it runs on."""

    @property
    def written(self) -> int:
        """A number that grows with what is written."""

    def run(self, sql: str, values: Row = ()) -> object:
        """Run a statement of which no answer is needed."""

    def run_each(self, sql: str, rows: Sequence[Row]) -> object:
        """Run the same statement once for each of *rows*, of which there is at least one."""

    def run_once(self, sql: str, values: Row, otherwise: Callable[[], Exception]) -> None:
        """Run a statement that must change one row; if it does not, raise *otherwise*.

        It is raised here or, at the latest, by `settle`.
        """

    def one(self, sql: str, values: Row) -> Row | None:
        """Return the first row of the answer, if any."""

    def all(self, *asked: tuple[str, Row]) -> list[list[Row]]:
        """Return the rows of each answer."""

    def settle(self) -> None:
        """Make sure that everything which was run has arrived, or raise what went wrong."""

    def recover(self) -> None:
        """Clear the road after something went wrong, so that statements can run again."""

    def close(self) -> None:
        """Let go of what was opened; the connection stays."""


class StraightRoad:
    """Each statement is done when its call returns."""

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 drivers are untyped
        self._driver = driver
        self._cursor = driver.cursor()
        self.run = self._cursor.execute
        self.run_each = self._cursor.executemany
        self.close = self._cursor.close

    @property
    def written(self) -> int:
        """SQLite counts the rows that changed."""
        changes: int = self._driver.total_changes
        return changes

    def run_once(self, sql: str, values: Row, otherwise: Callable[[], Exception]) -> None:
        """Run it and look at once."""
        self.run(sql, values)
        if self._cursor.rowcount != 1:
            raise otherwise()

    def one(self, sql: str, values: Row) -> Row | None:
        """Ask and wait."""
        row: Row | None = self.run(sql, values).fetchone()
        return row

    def all(self, *asked: tuple[str, Row]) -> list[list[Row]]:
        """Ask one after the other."""
        return [self.run(sql, values).fetchall() for sql, values in asked]

    def settle(self) -> None:
        """Nothing is under way."""

    def recover(self) -> None:
        """Nothing is in the way."""


class Convoy:
    """Statements leave together in a pipeline, and are waited for together.

    The pipeline belongs to the connection and outlives this transaction; on a connection in it,
    a statement that fails makes the server skip the rest up to the next point of settlement.
    """

    def __init__(self, driver: psycopg.Connection[Any], pipeline: psycopg.Pipeline) -> None:
        self._driver = driver
        self._pipeline = pipeline
        self._unasked = driver.cursor()
        self._under_way = False
        self.written = 0
        self._checks: list[tuple[psycopg.Cursor[Any], Callable[[], Exception]]] = []

    def run(self, sql: str, values: Row = ()) -> object:
        """Send it along."""
        self._under_way = True
        self.written += 1
        return self._unasked.execute(sql.encode(), values or None)

    def run_each(self, sql: str, rows: Sequence[Row]) -> object:
        """Send them along, one by one."""
        for values in rows:
            self.run(sql, values)
        return None

    def run_once(self, sql: str, values: Row, otherwise: Callable[[], Exception]) -> None:
        """Send it along, and look when it has arrived."""
        self._under_way = True
        self.written += 1
        cursor = self._driver.cursor().execute(sql.encode(), values)
        self._checks.append((cursor, otherwise))

    def one(self, sql: str, values: Row) -> Row | None:
        """Ask and wait, for this and all that went before."""
        row: Row | None = self._driver.cursor().execute(sql.encode(), values).fetchone()
        return row

    def all(self, *asked: tuple[str, Row]) -> list[list[Row]]:
        """Ask everything at once, then wait."""
        cursors = [self._driver.cursor().execute(sql.encode(), values) for sql, values in asked]
        return [cursor.fetchall() for cursor in cursors]

    def settle(self) -> None:
        """Wait for what was sent along; nothing to wait for costs nothing."""
        if not self._under_way:
            return
        checks, self._checks, self._under_way = self._checks, [], False
        self._pipeline.sync()
        for cursor, otherwise in checks:
            if cursor.rowcount != 1:
                raise otherwise()

    def recover(self) -> None:
        """Forget what was sent along, and wait until the server listens again.

        What failed was raised already; the second time finds nothing but the first's own mark.
        """
        self._checks, self._under_way = [], False
        for _ in range(2):
            with suppress(psycopg.Error):
                self._pipeline.sync()

    def close(self) -> None:
        """Nothing is kept open."""
