"""While another program writes to the SQLite file, a short command waits its turn."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from impasse.adapters.files.shipped import shipped
from impasse.adapters.identity.secrets import begin_session, end_session, resume_session
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.procedures import AdoptedProcedures
from impasse.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)

ANNA = (
    *("user", "add", "anna", "--name", "Anna", "--function", "Liaison"),
    *("--organisation", "gm0363", "--role", "liaison_officer"),
)
BEN = tuple("ben" if word == "anna" else word for word in ANNA)


@contextmanager
def another_writer(file: Path, seconds: float = 60) -> Iterator[None]:
    """Let another program change something in *file*: so long, or until we are done here."""
    begun, done = threading.Event(), threading.Event()

    def write() -> None:
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE organisations SET province = province || ''")
        begun.set()
        done.wait(seconds)
        connection.execute("COMMIT")
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.fixture
def token(impasse) -> str:
    """A database with one person, and the id of her token."""
    impasse("db", "upgrade")
    impasse(*ANNA)
    return json.loads(impasse("token", "add", "anna", "--format", "json")[1])["id"]


COMMANDS = [
    ("token", "add", "anna"),
    ("token", "revoke", "TOKEN"),
    ("user", "disable", "anna"),
    BEN,
    ("db", "upgrade"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_command_waits_for_another_writer_and_succeeds(impasse, token, tmp_path, command):
    words = [token if word == "TOKEN" else word for word in command]

    with another_writer(tmp_path / "impasse.db", 1):
        started = time.monotonic()
        status, _, complaint = impasse(*words)
        waited = time.monotonic() - started

    assert (status, complaint) == (0, "")
    assert waited > 0.9, "it was there before its turn"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_command_that_waited_long_enough_says_so_in_one_sentence(
    impasse, token, tmp_path, command, monkeypatch
):
    monkeypatch.setenv("IMPASSE_SQLITE_BUSY_SECONDS", "0")
    words = [token if word == "TOKEN" else word for word in command]

    with another_writer(tmp_path / "impasse.db"):
        status, answer, complaint = impasse(*words)

    assert (status, answer) == (2, "")
    assert "Een ander programma schrijft" in complaint
    assert complaint.count("\n") == 1


@pytest.fixture
def file(token, tmp_path) -> Path:
    assert token
    return tmp_path / "impasse.db"


@pytest.fixture
def database(file):
    opened = open_database(f"sqlite:///{file}")
    yield opened
    opened.dispose()


def test_signing_in_and_out_and_staying_signed_in_wait_too(database, file):
    with another_writer(file, 0.5):
        secret = begin_session(database, "anna", at=NOON, hours=8, at_most=24)
    late = NOON + timedelta(hours=7)

    with another_writer(file, 0.5):
        person = resume_session(database, secret, at=late, hours=8)
    assert person is not None
    assert resume_session(database, secret, at=late + timedelta(hours=7), hours=8) is not None

    with another_writer(file, 0.5):
        end_session(database, secret)
    assert resume_session(database, secret, at=late, hours=8) is None


def test_a_session_that_is_fresh_is_read_while_another_writes(file):
    impatient = open_database(f"sqlite:///{file}", busy_seconds=0)
    secret = begin_session(impatient, "anna", at=NOON, hours=8)

    with another_writer(file):
        assert resume_session(impatient, secret, at=NOON, hours=8) is not None
        with pytest.raises(Unavailable, match="Another program"):
            end_session(impatient, secret)
    impatient.dispose()


def test_adopting_a_procedure_waits_too_and_reading_one_does_not(database, file):
    procedures = AdoptedProcedures(database)
    newer = file.with_name("newer.yaml")
    text = shipped("workflows", "interbestuurlijke-impasse.yaml").read_text("utf-8")
    newer.write_text(text.replace('version: "2"', 'version: "77"'), "utf-8")

    with another_writer(file, 0.5):
        assert procedures.adopt(newer, by="anna", at=NOON)
    with another_writer(file):
        assert not procedures.adopt(newer, by="anna", at=NOON)
