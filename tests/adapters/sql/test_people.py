"""Persons are kept, found, and let in no more, on both databases."""

from __future__ import annotations

from functools import partial

import pytest

from builders import MONDAY
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.people import add_person, disable_person, list_persons, person
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.people import Person, Role
from impasse.domain.text import Text

YARA = Person(
    "yara",
    "Yara Bloemhof",
    Text("Liaison gemeente", "Municipal liaison"),
    "x-zandmeer",
    frozenset({Role.LIAISON_OFFICER, Role.SECRETARIAT}),
)


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def test_who_was_added_is_found_again_as_they_were(database):
    add_person(database, YARA)

    assert person(database, "yara") == YARA
    assert list_persons(database) == [YARA]


def test_an_id_is_given_once(database):
    add_person(database, YARA)

    with pytest.raises(Conflict, match="exists already"):
        add_person(database, YARA)
    assert list_persons(database) == [YARA]


def test_who_is_disabled_stays_on_the_list(database):
    add_person(database, YARA)
    disable_person(database, "yara", at=MONDAY)

    assert person(database, "yara").disabled


@pytest.mark.parametrize("ask", [person, partial(disable_person, at=MONDAY)])
def test_nobody_is_nobody(database, ask):
    with pytest.raises(NotFound, match="does not exist"):
        ask(database, "niemand")
