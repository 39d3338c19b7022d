"""A demonstration never moves into a database in which people work."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from builders import running
from impasse import wiring
from impasse.adapters.sql.people import add_person, demonstration_persons, list_persons
from impasse.domain.errors import Conflict
from impasse.domain.people import Person, Role
from impasse.domain.text import Text
from impasse.settings import Settings
from impasse.simulation.demonstration import demonstrate

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ANNA = Person(
    "anna", "Anna", Text("Liaison", "Liaison"), "gm0363", frozenset({Role.LIAISON_OFFICER})
)


@pytest.fixture
def settings(database_url):
    settings = Settings(database_url=database_url)
    wiring.prepare(settings, clock=lambda: NOW)
    return settings


@pytest.fixture
def house(settings):
    house = wiring.build(settings, clock=lambda: NOW)
    yield house
    house.close()


def test_where_somebody_works_nobody_is_let_in_without_a_token(house, settings):
    add_person(house.database, ANNA)

    with pytest.raises(Conflict, match="Choose another database") as refused:
        demonstrate(settings, clock=lambda: NOW, lessons=False)

    assert "IMPASSE_DATABASE_URL" in refused.value.text.nl
    assert list_persons(house.database) == [ANNA]
    assert not house.views.any_case()


def test_where_a_case_stands_that_was_not_invented_nobody_is_let_in_either(settings):
    with running(settings.database_url) as worked:
        worked.open_cases()

    with pytest.raises(Conflict, match="Choose another database"):
        demonstrate(settings, clock=lambda: NOW, lessons=False)

    house = wiring.build(settings, clock=lambda: NOW)
    assert list_persons(house.database) == []
    house.close()


def test_a_demonstration_that_became_real_work_is_not_opened_again(house, settings):
    demonstrate(settings, clock=lambda: NOW, lessons=False)
    invented = demonstration_persons(house.database)
    demonstrate(settings, clock=lambda: NOW, lessons=False)
    assert demonstration_persons(house.database) == invented != frozenset()

    add_person(house.database, ANNA)

    with pytest.raises(Conflict, match="Choose another database"):
        demonstrate(settings, clock=lambda: NOW, lessons=False)
