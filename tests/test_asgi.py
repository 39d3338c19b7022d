"""API and web stand behind one address, and each answers in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from impasse.asgi import create_app
from impasse.settings import Settings
from impasse.wiring import build, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx import Response
    from starlette.applications import Starlette


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Starlette]:
    """The whole product, without clock and outbox."""
    settings = Settings(database_url=sqlite_url)
    prepare(settings)
    house = build(settings)
    yield create_app(house)
    house.close()


def get(app: Starlette, path: str) -> Response:
    """Ask for *path*."""
    return TestClient(app).get(path)


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/health/live", 200, "text/plain"),
        ("/health/ready", 200, "application/json"),
        ("/.well-known/security.txt", 200, "text/plain"),
        ("/api/v1/openapi.json", 200, "application/json"),
        ("/api/v1", 404, "application/problem+json"),
        ("/api/v1/nergens", 404, "application/problem+json"),
        ("/api/v1/cases/a%0Ab", 401, "application/problem+json"),
        ("/api/v1/openapi.json/", 404, "application/problem+json"),
        ("/aanmelden", 200, "text/html"),
        ("/nergens", 404, "text/html"),
        ("/api/v2", 404, "text/html"),
        ("/nergens%0D%0AX", 404, "text/html"),
    ],
)
def test_each_address_is_answered_by_its_own_door(
    app: Starlette, path: str, status: int, kind: str
) -> None:
    answer = get(app, path)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(kind)


def test_a_house_whose_file_was_taken_away_is_not_ready(app: Starlette, sqlite_url: str) -> None:
    from impasse.adapters.sql.database import sqlite_file

    file = sqlite_file(sqlite_url)
    assert file is not None
    file.rename(file.with_name("elsewhere.db"))

    assert get(app, "/health/ready").status_code == 503


def test_a_house_without_its_tables_is_not_ready(app: Starlette, sqlite_url: str) -> None:
    from sqlalchemy import text

    from impasse.adapters.sql.database import open_database

    database = open_database(sqlite_url)
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE cases RENAME TO gone"))
    database.dispose()

    assert get(app, "/health/ready").status_code == 503
    assert get(app, "/health/live").status_code == 200


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/.well-known/security.txt"])
@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "POST"])
def test_an_address_of_the_house_itself_only_reads(app: Starlette, method: str, path: str) -> None:
    answer = TestClient(app).request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_every_door_answers_with_headers_of_safety(app: Starlette) -> None:
    for path in ("/health/live", "/health/ready", "/api/v1", "/aanmelden", "/nergens%0D%0AX"):
        answer = get(app, path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["cache-control"] == "no-store", path
