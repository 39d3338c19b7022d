"""One program per SQLite file: a second one is told who has it, and a killed one lets go."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from impasse.adapters.sql.ownership import claim
from impasse.domain.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, time
from impasse.adapters.sql.ownership import claim
held = claim(sys.argv[1], "worker")
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An address of a file that need not be there yet."""
    return f"sqlite:///{tmp_path}/impasse.db"


def test_a_second_program_is_told_who_has_the_file_and_what_to_do(url: str) -> None:
    with claim(url, "serve"), pytest.raises(Unavailable) as refusal:
        claim(url, "worker")
    sentence = refusal.value.text
    for words in (sentence.nl, sentence.en):
        assert str(os.getpid()) in words
        assert "impasse serve" in words
        assert "impasse.db" in words
        assert "PostgreSQL" in words


def test_a_third_is_told_the_same_as_the_second(url: str) -> None:
    with claim(url, "serve"):
        for _ in range(3):
            with pytest.raises(Unavailable, match=f"'impasse serve' .process {os.getpid()}."):
                claim(url, "worker")


def test_what_is_released_can_be_claimed_again(url: str) -> None:
    for what in ("serve", "worker", "serve"):
        held = claim(url, what)
        with pytest.raises(Unavailable, match=what):
            claim(url, "somebody else")
        held.release()
        held.release()


def test_any_thread_may_release(url: str) -> None:
    held = claim(url, "serve")
    thread = threading.Thread(target=held.release)
    thread.start()
    thread.join()

    with claim(url, "worker"), pytest.raises(Unavailable, match="worker"):
        claim(url, "serve")


def test_two_files_have_two_owners(tmp_path: Path) -> None:
    with claim(f"sqlite:///{tmp_path}/a.db", "serve"):
        claim(f"sqlite:///{tmp_path}/b.db", "serve").release()
        with pytest.raises(Unavailable, match=r"a\.db"):
            claim(f"sqlite:///{tmp_path}/a.db", "serve")


def test_a_killed_program_lets_go(url: str) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, url],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(Unavailable, match=f"'impasse worker' .process {holder.pid}."):
        claim(url, "serve")
    holder.kill()
    holder.communicate()
    with claim(url, "serve"), pytest.raises(Unavailable, match=f"process {os.getpid()}"):
        claim(url, "worker")


def test_a_holder_that_did_not_write_its_name_is_another_process(url: str, tmp_path: Path) -> None:
    with claim(url, "serve"):
        (tmp_path / "impasse.db.lock").write_text("")
        with pytest.raises(Unavailable, match="in use by another process"):
            claim(url, "worker")


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"impasse\.db\.lock cannot be made"):
        claim(f"sqlite:///{tmp_path}/weg/impasse.db", "serve")
    assert not (tmp_path / "weg").exists()


def test_a_place_where_no_lock_can_be_is_said_so(url: str, tmp_path: Path) -> None:
    (tmp_path / "impasse.db.lock").mkdir()
    with pytest.raises(Unavailable, match=r"impasse\.db\.lock cannot be made"):
        claim(url, "serve")


def test_postgresql_is_shared_so_nothing_is_claimed() -> None:
    address = "postgresql+psycopg://impasse@localhost/impasse"
    with claim(address, "worker"), claim(address, "worker"):
        pass
