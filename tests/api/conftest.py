"""A house with people in it, and its REST door, as tests knock on it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from starlette.routing import Mount, Router
from starlette.testclient import TestClient

from impasse.adapters.identity.secrets import issue_token
from impasse.adapters.sql.people import add_person
from impasse.api.app import create_api
from impasse.domain.people import Person, Role
from impasse.domain.text import Text
from impasse.settings import Settings
from impasse.wiring import build, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

    from impasse.wiring import House

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PERSONS = (
    Person(
        "secretariat",
        "S. Secretaris",
        Text("secretaris", "secretary"),
        "mnre1034",
        frozenset({Role.SECRETARIAT}),
    ),
    Person(
        "amsterdam",
        "A. Dam",
        Text("liaison water", "liaison for water"),
        "gm0363",
        frozenset({Role.LIAISON_OFFICER}),
    ),
    Person(
        "holland",
        "N. Holland",
        Text("liaison provincie", "provincial liaison"),
        "pv27",
        frozenset({Role.LIAISON_OFFICER}),
    ),
    Person(
        "utrecht",
        "U. Trecht",
        Text("liaison wonen", "liaison for housing"),
        "gm0344",
        frozenset({Role.LIAISON_OFFICER}),
    ),
    Person(
        "administrator",
        "B. Heerder",
        Text("beheerder", "administrator"),
        "mnre1034",
        frozenset({Role.ADMINISTRATOR}),
    ),
)


@dataclass
class Knock:
    """The door, and who stands before it."""

    house: House
    client: TestClient
    tokens: dict[str, str]
    moment: list[datetime]
    person: str = "secretariat"
    headers: dict[str, str] = field(default_factory=dict)

    def as_(self, person: str, **headers: str) -> Knock:
        """Return the same door with somebody else before it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Knock(self.house, self.client, self.tokens, self.moment, person, named)

    def __call__(self, method: str, path: str, **rest: Any) -> Response:
        """Send a request."""
        headers = {"Authorization": f"Bearer {self.tokens[self.person]}", **self.headers}
        headers |= rest.pop("headers", {})
        return self.client.request(method, f"/api/v1{path}", headers=headers, **rest)

    def get(self, path: str, **rest: Any) -> Response:
        """Read."""
        return self("GET", path, **rest)

    def post(self, path: str, body: Any, **headers: str) -> Response:
        """Send something as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self("POST", path, json=body, headers=named)

    def open_case(self, **other: Any) -> str:
        """Open a case between Amsterdam and Noord-Holland; return its number."""
        answer = self.post("/cases", dispute(**other))
        assert answer.status_code == 201, answer.text
        number: str = answer.json()["id"]
        return number


def dispute(**other: Any) -> dict[str, Any]:
    """Return what opens a case."""
    return {
        "title": "Wie betaalt de versterking van de dijk?",
        "parties": ["gm0363", "pv27"],
        "signals": [
            {
                "indicator": "A1",
                "reliability": "document",
                "happenedOn": "2026-02-20",
                "organisation": "gm0363",
            }
        ],
        "policyArea": "water",
        "regions": ["IJmeer"],
        **other,
    }


@pytest.fixture(scope="session")
def _furnished(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Path:
    """A database with the register, the procedures and the people."""
    file = tmp_path_factory.mktemp("furnished") / "impasse.db"
    shutil.copyfile(_sqlite_template, file)
    _furnish(f"sqlite:///{file}")
    return file


@pytest.fixture
def door(tmp_path: Path, _furnished: Path) -> Iterator[Knock]:
    """The REST door of a house on SQLite."""
    file = tmp_path / "house.db"
    shutil.copyfile(_furnished, file)
    with opened(f"sqlite:///{file}") as knock:
        yield knock


@pytest.fixture(scope="session")
def door_for_reading(tmp_path_factory: pytest.TempPathFactory, _furnished: Path) -> Iterator[Knock]:
    """A door at which nothing is ever changed."""
    file = tmp_path_factory.mktemp("reading") / "house.db"
    shutil.copyfile(_furnished, file)
    with opened(f"sqlite:///{file}") as knock:
        yield knock


@pytest.fixture(scope="session")
def _furnished_postgresql(_postgresql: Any, _postgresql_template: str) -> Iterator[str]:
    """The name of a database on PostgreSQL with the register, the procedures and the people."""
    with _postgresql.database(template=_postgresql_template) as name:
        _furnish(_postgresql.url(name))
        _postgresql.close_to_visitors(name)
        yield name


@pytest.fixture
def _door_on_postgresql(_postgresql: Any, _furnished_postgresql: str) -> Iterator[Knock]:
    with (
        _postgresql.database(template=_furnished_postgresql) as name,
        opened(_postgresql.url(name)) as knock,
    ):
        yield knock


@pytest.fixture(params=["sqlite", "postgresql"])
def any_door(request: pytest.FixtureRequest) -> Knock:
    """The REST door of a house on SQLite, and once more on PostgreSQL."""
    return request.getfixturevalue("door" if request.param == "sqlite" else "_door_on_postgresql")


@contextmanager
def opened(url: str) -> Iterator[Knock]:
    """Open the door of the house at *url*."""
    moment = [MONDAY]
    house = build(_settings(url), clock=lambda: moment[0])
    app = Router([Mount("/api/v1", create_api(house))], redirect_slashes=False)
    tokens = {p.id: issue_token(house.database, p.id, at=MONDAY).secret for p in PERSONS}
    try:
        yield Knock(house, TestClient(app, raise_server_exceptions=False), tokens, moment)
    finally:
        house.close()


def _furnish(url: str) -> None:
    prepare(_settings(url), clock=lambda: MONDAY)
    house = build(_settings(url), clock=lambda: MONDAY)
    try:
        for person in PERSONS:
            add_person(house.database, person)
        if house.database.dialect.name == "sqlite":
            with house.database.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                connection.exec_driver_sql("BEGIN")
    finally:
        house.close()


def _settings(url: str) -> Settings:
    return Settings(database_url=url, public_url="https://impasse.example.org")


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory, _furnished: Path) -> Iterator[Knock]:
    """A door of which one module may make a mess."""
    file = tmp_path_factory.mktemp("lived-in") / "house.db"
    shutil.copyfile(_furnished, file)
    with opened(f"sqlite:///{file}") as knock:
        yield knock
