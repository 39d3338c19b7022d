"""How long it takes before something answers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from statistics import median
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError

from benchmarks.postgres import folder_on_disk
from benchmarks.results import Result, spread

if TYPE_CHECKING:
    from pathlib import Path

HELP_AT_MOST = 0.5
"""Seconds; heavy imports come late."""

PATIENCE = 60.0
"""Seconds to wait for the first answer of a service before it counts as silent."""


def measure(*, rounds: int) -> list[Result]:
    """Time `impasse --help` beside a bare interpreter, and a service until its first answer."""
    bare, helped = [], []
    for _ in range(rounds + 1):
        bare.append(_seconds("-c", "pass"))
        helped.append(_seconds("-m", "impasse", "--help"))
    # The first round reads files that later ones find in memory.
    bare, helped = bare[1:], helped[1:]
    results = [
        Result(
            "`impasse --help`, seconds",
            "-",
            spread(helped, 2),
            f"bare Python {spread(bare, 2)}",
            f"{median(helped) / median(bare):.1f}",
            f"at most {HELP_AT_MOST}",
            median(helped) <= HELP_AT_MOST,
        )
    ]
    answered = [_first_answer() for _ in range(rounds)]
    results.append(
        Result(
            "`impasse serve`, seconds to the first answer, new database",
            "SQLite",
            spread(answered, 2),
            f"bare Python {spread(bare, 2)}",
            f"{median(answered) / median(bare):.1f}",
            "-",
            holds=True,
        )
    )
    return results


def _seconds(*arguments: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - begun


def _first_answer() -> float:
    """Return how long it takes from starting the service until it answers a request.

    Raises `RuntimeError` with what the service said when it ends or stays silent.
    """
    with folder_on_disk() as folder:
        port = _free_port()
        surroundings = os.environ | {"IMPASSE_DATABASE_URL": f"sqlite:///{folder / 'impasse.db'}"}
        begun = time.perf_counter()
        said = folder / "said"
        with said.open("wb") as output:
            service = subprocess.Popen(
                [sys.executable, "-m", "impasse", "serve", "--port", str(port)],
                env=surroundings, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            while not _answers(port):
                _still_there(service, begun, said)
                time.sleep(0.01)
            return time.perf_counter() - begun
        finally:
            service.terminate()
            service.wait(30)


def _still_there(service: subprocess.Popen[bytes], begun: float, said: Path) -> None:
    if service.poll() is not None or time.perf_counter() - begun > PATIENCE:
        raise RuntimeError(f"impasse serve does not answer: {said.read_text()[-2000:]}")


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except HTTPError:
        return True
    except (URLError, ConnectionError, TimeoutError):
        return False
    return True


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
