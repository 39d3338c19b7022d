"""Absences are kept, seen by whom they concern, and give their roles to who stands in today."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from impasse.adapters.identity.secrets import bearer, begin_session, issue_token, resume_session
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.people import add_person, disable_person, list_persons, person
from impasse.adapters.sql.substitutions import (
    absence_called,
    absences_seen,
    end_absence,
    person_today,
    record_absence,
)
from impasse.domain.errors import Conflict, ImpasseError, Invalid, NotFound
from impasse.domain.people import Person, Role
from impasse.domain.substitution import Wish
from impasse.domain.text import same

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
LATE = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
"""Half past midnight in Amsterdam: a day that UTC has not begun."""
MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)
PEOPLE = (
    ("anna", "gm0363", Role.LIAISON_OFFICER),
    ("bram", "gm0363", Role.MEDIATOR),
    ("cleo", "gm0363", Role.LIAISON_OFFICER),
    ("nora", "gm0363", Role.SECRETARIAT),
    ("pim", "pv27", Role.LIAISON_OFFICER),
    ("eva", "gm0363", Role.SUPERVISOR),
)


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    for key, organisation, role in PEOPLE:
        add_person(opened, Person(key, key, same(key), organisation, frozenset({role})))
    yield opened
    opened.dispose()


def absent(database, who="anna", substitute="bram", *, by="anna", at=NOON):
    """Record that *who* is away this week."""
    wish = Wish(who, substitute, MONDAY, FRIDAY)
    return record_absence(database, wish, by=person(database, by), at=at)


def test_a_session_and_a_token_carry_the_work_of_who_is_away_from_midnight_in_amsterdam(database):
    absent(database, at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    token = issue_token(database, "bram", at=LATE).secret
    session = begin_session(database, "bram", at=LATE, hours=10)

    for found in (
        bearer(database, token, at=LATE).person,
        resume_session(database, session, at=LATE, hours=10),
    ):
        assert found.stands_in_for == ("anna",)
        assert found.roles == {Role.MEDIATOR, Role.LIAISON_OFFICER}
    earlier = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert person_today(database, person(database, "bram"), earlier).stands_in_for == ()


def test_the_register_of_persons_shows_what_somebody_was_given_not_what_he_carries_today(database):
    absent(database)

    [bram] = [one for one in list_persons(database) if one.id == "bram"]

    assert bram.roles == {Role.MEDIATOR}


def test_who_comes_back_early_has_the_work_back_at_once(database):
    line = absent(database)

    end_absence(database, line.absence.id, by=person(database, "anna"), at=NOON)

    assert person_today(database, person(database, "bram"), NOON).roles == {Role.MEDIATOR}
    assert absences_seen(database, person(database, "anna"), at=NOON) == []
    assert len(absences_seen(database, person(database, "anna"), at=NOON, past=True)) == 1
    with pytest.raises(Conflict):
        end_absence(database, line.absence.id, by=None, at=NOON)


def test_a_chain_that_breaks_is_warned_of_as_soon_as_it_does(database):
    line = absent(database)
    assert line.gaps == ()

    disable_person(database, "bram", at=NOON)

    [gap] = absence_called(database, line.absence.id, by=None, at=NOON).gaps
    assert (gap.first, gap.last) == (MONDAY, FRIDAY)


def test_an_absence_is_seen_by_whom_it_concerns_and_does_not_exist_for_others(database):
    key = absent(database).absence.id

    seen = {
        who
        for who, _, _ in PEOPLE
        if [line.absence.id for line in absences_seen(database, person(database, who), at=NOON)]
    }
    assert seen == {"anna", "bram", "nora"}
    for who in ("pim", "eva", "cleo"):
        by = person(database, who)
        with pytest.raises(NotFound) as hidden:
            absence_called(database, key, by=by, at=NOON)
        with pytest.raises(NotFound) as unknown:
            absence_called(database, "f" * 16, by=by, at=NOON)
        assert str(hidden.value).replace(key, "") == str(unknown.value).replace("f" * 16, "")
        with pytest.raises(NotFound):
            end_absence(database, key, by=by, at=NOON)


def test_two_who_record_for_one_person_at_once_do_not_both_succeed(database):
    def attempt(substitute):
        try:
            return record_absence(
                database, Wish("anna", substitute, MONDAY, FRIDAY), by=None, at=NOON
            )
        except ImpasseError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, ["bram", "cleo"]))

    assert [type(one) for one in outcomes].count(Conflict) == 1


@pytest.mark.parametrize(
    "roles",
    [{Role.SUPERVISOR, Role.LIAISON_OFFICER}, {Role.PARTY}, {Role.CLOCK, Role.SECRETARIAT}],
)
def test_nobody_is_kept_with_roles_that_nobody_can_carry(database, roles):
    with pytest.raises(Invalid) as error:
        add_person(database, Person("x", "x", same("x"), "gm0363", frozenset(roles)))

    assert [fault.pointer for fault in error.value.faults] == ["/roles"]
    assert "x" not in {one.id for one in list_persons(database)}


@pytest.mark.parametrize("key", ["\0", "\udc80", "a\nb", "", "x" * 5000, "' or 1=1 --"])
def test_what_no_database_can_look_up_is_nobody(database, key):
    anna = person(database, "anna")

    for ask in (absence_called, end_absence):
        with pytest.raises(NotFound):
            ask(database, key, by=anna, at=NOON)
    with pytest.raises(Invalid):
        record_absence(database, Wish("anna", key, MONDAY, FRIDAY), by=anna, at=NOON)
    with pytest.raises(ImpasseError):
        record_absence(database, Wish(key, "bram", MONDAY, FRIDAY), by=anna, at=NOON)
