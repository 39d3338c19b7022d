"""What is shipped works far away from the checkout: a wheel in an empty folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
ENOUGH = 90.0


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was unpacked, without the checkout."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = place.glob("impasse-*.whl")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--disable-pip-version-check", "--target", str(place / "site"), str(wheel)),
        ],
        check=True,
        capture_output=True,
    )
    return place / "site"


def test_the_wheel_serves_the_demonstration_from_an_empty_folder(
    installed: Path, tmp_path: Path
) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # What runs from the wheel is the same code once more: it is not measured a second time.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IMPASSE_", "COVERAGE_", "COV_"))
    }
    log = (tmp_path / "server.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "impasse", "serve", "--demo", "--port", str(port)],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(installed)},
        stdout=log,
        stderr=log,
    )
    try:
        page = _first_page(f"http://127.0.0.1:{port}/aanmelden")
        style = httpx.get(f"http://127.0.0.1:{port}/api/v1/openapi.json", trust_env=False)
    finally:
        server.terminate()
        server.wait(ENOUGH)
        log.close()

    assert "Aanmelden" in page, (tmp_path / "server.log").read_text()
    assert style.status_code == httpx.codes.OK
    assert (tmp_path / "impasse.db").is_file()


def _first_page(url: str) -> str:
    until = time.monotonic() + ENOUGH
    while time.monotonic() < until:
        try:
            return httpx.get(url, trust_env=False).text
        except httpx.TransportError:
            time.sleep(0.2)
    return ""


def test_the_wheel_carries_what_is_not_code(installed: Path) -> None:
    carried = {
        str(path.relative_to(installed / "impasse"))
        for path in installed.rglob("*.*")
        if path.is_relative_to(installed / "impasse")
    }

    for wanted in (
        "shipped/workflows/interbestuurlijke-impasse.yaml",
        "shipped/config/calendar.yaml",
        "shipped/config/early-warning.yaml",
        "shipped/config/organisations.csv",
        "shipped/config/demonstration/disputes.yaml",
        "adapters/sql/migrations/versions/0001_the_first_tables.py",
        "client/client.py",
        "web/templates/base.html",
        "web/static/impasse.css",
        "web/locale/en/LC_MESSAGES/impasse.po",
        "py.typed",
    ):
        assert wanted in carried
