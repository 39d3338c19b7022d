"""What tests of accounts ask for: a real hasher that is quick, and counts what it is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from identity_hasher import Counting
from impasse.adapters.identity.accounts import Accounts
from impasse.adapters.identity.factor import Seal
from impasse.adapters.identity.passwords import Passwords
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.people import add_person
from impasse.domain.people import Person, Role
from impasse.domain.text import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def now():
    """A moment: noon, or so much later."""
    return lambda **by: NOON + timedelta(**by)


@pytest.fixture
def password() -> str:
    return "zeven groene fietsen"


@pytest.fixture
def hasher() -> Counting:
    return Counting()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with anna of the secretariat, lars the liaison, and bea, who looks after it.

    It is on SQLite, unless a test asks for both kinds with `on_both`.
    """
    kind = getattr(request, "param", "sqlite")
    database = open_database(request.getfixturevalue(f"{kind}_url"))
    for key, role in (
        ("anna", Role.SECRETARIAT),
        ("lars", Role.LIAISON_OFFICER),
        ("bea", Role.ADMINISTRATOR),
    ):
        add_person(
            database,
            Person(key, f"{key.title()} de Vries", same(key), "mnre1034", frozenset({role})),
        )
    yield database
    database.dispose()


@pytest.fixture
def accounts(database: Engine, hasher: Counting) -> Accounts:
    """Accounts in which only the secretariat needs a second factor."""
    return Accounts(database, Passwords(hasher), Seal(None), frozenset({Role.SECRETARIAT}))
