"""One program per SQLite file runs the clock and the outbox; a second one is told who does."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from impasse.adapters.sql.database import sqlite_file
from impasse.domain.errors import Unavailable
from impasse.domain.text import Text

if TYPE_CHECKING:
    from types import TracebackType


class Claim:
    """The right to work on a database; given up with `release`, or when the process ends."""

    def __init__(self, lock: FileLock | None) -> None:
        self._lock = lock

    def release(self) -> None:
        """Let another program have it; a second time does nothing."""
        lock, self._lock = self._lock, None
        if lock is not None:
            Path(lock.lock_file).write_text("", encoding="utf-8")
            lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def claim(url: str, what: str) -> Claim:
    """Take the SQLite file at *url* for this process; *what* names the program ("serve").

    PostgreSQL shares its rows out among workers itself, so there nothing is claimed. Raises
    `Unavailable` when another process has the file. The operating system lets go of the lock
    with the process, however that ends.
    """
    file = sqlite_file(url)
    if file is None:
        return Claim(None)
    place = file.with_name(f"{file.name}.lock")
    if not file.parent.is_dir():
        # filelock would make the folder, and hide that its name is misspelt.
        raise _unusable(place, os.strerror(errno.ENOENT))
    holder = _holder(place)
    lock = FileLock(place, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise _taken(file, holder or _holder(place)) from None
    except OSError as error:
        raise _unusable(place, error.strerror or str(error)) from error
    place.write_text(f"{os.getpid()} {what}\n", encoding="utf-8")
    return Claim(lock)


def _holder(place: Path) -> tuple[str, str]:
    """Return process id and program of who holds the lock, as far as the file tells."""
    try:
        pid, _, what = place.read_text(encoding="utf-8").strip().partition(" ")
    except OSError:
        # No file yet, or not ours to read: the lock itself decides, not what is written in it.
        return "", ""
    return pid, what


def _unusable(place: Path, why: str) -> Unavailable:
    return Unavailable(
        Text(
            f"{place} kan niet worden gemaakt ({why}). Controleer de map en de rechten erop.",
            f"{place} cannot be made ({why}). Check the folder and the rights to it.",
        )
    )


def _taken(file: Path, holder: tuple[str, str]) -> Unavailable:
    pid, what = holder
    who = f"'impasse {what}' (proces {pid})" if pid else "een ander proces"
    who_en = f"'impasse {what}' (process {pid})" if pid else "another process"
    return Unavailable(
        Text(
            f"{file} is al in gebruik bij {who}. Stop dat eerst, of gebruik PostgreSQL: daar "
            "mogen er meer tegelijk werken.",
            f"{file} is in use by {who_en} already. Stop that first, or use PostgreSQL: there "
            "several may work at the same time.",
        )
    )
