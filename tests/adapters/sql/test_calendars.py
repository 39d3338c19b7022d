"""Which calendar is in force, who adopted it, and why one in use cannot be deleted."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from builders import MONDAY, SECRETARY, an_opening, running, shipped_parts, timers
from impasse.adapters.files.calendar import parse_calendar, write_calendar
from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql.calendars import AdoptedCalendars
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CalendarRow, TermRow, TimerRow
from impasse.domain.errors import Conflict, NotFound, StaleRevision, Unreadable
from impasse.settings import Settings
from impasse.wiring import adopt_calendar, build, build_tick, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Engine

IN_FORCE = table(CalendarRow).c.in_force
SHIPPED = shipped("config", "calendar.yaml").read_text("utf-8")


def closing(day: str, reason: str = "rooster") -> str:
    """Return the shipped calendar with one closing day more."""
    return SHIPPED.replace(
        "closures: []",
        f"closures:\n  - name: {{nl: dicht, en: closed}}\n    source: {reason}\n    days: [{day}]",
    )


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def calendars(database: Engine) -> AdoptedCalendars:
    return AdoptedCalendars(database)


def test_before_anything_is_adopted_nothing_is_in_force(calendars: AdoptedCalendars) -> None:
    assert calendars.in_force() is None
    assert calendars.list() == []
    with pytest.raises(NotFound, match="has not been adopted"):
        calendars.get("2026-11+00000000")


def test_the_calendar_adopted_last_is_in_force_and_the_others_are_kept(
    calendars: AdoptedCalendars, database: Engine
) -> None:
    first = calendars.adopt(SHIPPED, by="impasse", at=MONDAY)
    second = calendars.adopt(closing("2027-02-08"), by="S. Secretaris", at=MONDAY)

    assert calendars.version_in_force() == second != first
    assert [(row.version, row.in_force) for row in calendars.list()] == [
        (second, True),
        (first, False),
    ]
    elsewhere = AdoptedCalendars(database)
    assert elsewhere.in_force() == parse_calendar(closing("2027-02-08"), "x")
    assert elsewhere.get(first) == parse_calendar(SHIPPED, "x")


def test_adopting_what_is_in_force_changes_nothing(calendars: AdoptedCalendars) -> None:
    first = calendars.adopt(SHIPPED, by="impasse", at=MONDAY)
    again = calendars.adopt("# a remark\n" + SHIPPED, by="sam", at=MONDAY + timedelta(days=1))

    (row,) = calendars.list()
    assert again == first == row.version
    assert row.adopted_by == "impasse"


def test_an_earlier_calendar_can_come_into_force_again(calendars: AdoptedCalendars) -> None:
    first = calendars.adopt(SHIPPED, by="impasse", at=MONDAY)
    calendars.adopt(closing("2027-02-08"), by="sam", at=MONDAY)
    calendars.adopt(SHIPPED, by="sam", at=MONDAY + timedelta(days=1))

    assert calendars.version_in_force() == first
    assert [row.adopted_by for row in calendars.list()] == ["sam", "sam"]


def test_a_calendar_with_faults_is_refused_and_changes_nothing(
    calendars: AdoptedCalendars,
) -> None:
    first = calendars.adopt(SHIPPED, by="impasse", at=MONDAY)

    with pytest.raises(Unreadable, match=r"uploaded\.yaml, line \d+: .* is a day off already"):
        calendars.adopt(closing("2027-02-07"), by="sam", at=MONDAY, name="uploaded.yaml")
    assert [row.version for row in calendars.list()] == [first]


def test_who_looked_at_a_calendar_that_is_no_longer_in_force_is_told(
    calendars: AdoptedCalendars,
) -> None:
    looked_at = calendars.adopt(SHIPPED, by="impasse", at=MONDAY)
    now = calendars.adopt(closing("2027-02-08"), by="sam", at=MONDAY)

    with pytest.raises(StaleRevision, match="Look at the calendar again"):
        calendars.adopt(closing("2027-02-09"), by="sam", at=MONDAY, over=looked_at)
    assert calendars.version_in_force() == now


def test_of_two_adoptions_at_once_over_the_same_calendar_one_wins(database: Engine) -> None:
    looked_at = AdoptedCalendars(database).adopt(SHIPPED, by="impasse", at=MONDAY)

    def adopt(day: int) -> str:
        content = closing(f"2027-02-{day:02}")
        try:
            return AdoptedCalendars(database).adopt(content, by="sam", at=MONDAY, over=looked_at)
        except StaleRevision:
            return ""

    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(adopt, [8, 9, 10, 11]))

    (winner,) = filter(None, answers)
    assert AdoptedCalendars(database).version_in_force() == winner


def test_however_many_adopt_at_once_one_calendar_is_in_force(database: Engine) -> None:
    def adopt(day: int) -> str:
        return AdoptedCalendars(database).adopt(closing(f"2027-02-{day:02}"), by="s", at=MONDAY)

    with ThreadPoolExecutor(4) as people:
        versions = set(people.map(adopt, [8, 9, 10, 11, 8, 9]))

    rows = AdoptedCalendars(database).list()
    assert {row.version for row in rows} == versions
    assert [row.in_force for row in rows].count(True) == 1


def test_a_calendar_that_nothing_refers_to_can_be_deleted(calendars: AdoptedCalendars) -> None:
    first = calendars.adopt(SHIPPED, by="impasse", at=MONDAY)
    calendars.adopt(closing("2027-02-08"), by="sam", at=MONDAY)

    calendars.delete(first)

    assert len(calendars.list()) == 1
    with pytest.raises(NotFound):
        calendars.get(first)
    with pytest.raises(NotFound):
        calendars.delete(first)


def test_the_calendar_in_force_cannot_be_deleted(calendars: AdoptedCalendars) -> None:
    first = calendars.adopt(SHIPPED, by="impasse", at=MONDAY)

    with pytest.raises(Conflict, match="is in force, so it is kept"):
        calendars.delete(first)


def test_a_calendar_that_terms_or_history_refer_to_cannot_be_deleted(database_url: str) -> None:
    with running(database_url) as house:
        calendars = AdoptedCalendars(house.database)
        version = calendars.adopt(SHIPPED, by="impasse", at=MONDAY)
        assert version == shipped_parts()[1].version
        house.open_cases(2)
        calendars.adopt(closing("2027-02-08"), by="sam", at=MONDAY)

        with pytest.raises(Conflict) as refused:
            calendars.delete(version)

    assert "2 terms and" in refused.value.text.en
    assert "na te rekenen" in refused.value.text.nl


def test_a_new_house_adopts_what_is_shipped_and_once_only(sqlite_url: str) -> None:
    settings = Settings(database_url=sqlite_url)
    prepare(settings, clock=lambda: MONDAY)
    prepare(settings, clock=lambda: MONDAY + timedelta(days=1))
    house = build(settings, clock=lambda: MONDAY)
    try:
        (row,) = house.calendars.list()
        assert (row.adopted_by, row.adopted_at, row.in_force) == ("impasse", MONDAY, True)
        assert house.calendar.version == row.version
    finally:
        house.close()


def test_a_new_file_comes_into_force_unless_somebody_adopted_another_by_hand(
    sqlite_url: str, tmp_path
) -> None:
    settings = Settings(database_url=sqlite_url)
    prepare(settings, clock=lambda: MONDAY)
    house = build(settings, clock=lambda: MONDAY)
    adopt_calendar(house, closing("2027-02-08"), by="sam")
    newer = tmp_path / "newer.yaml"
    newer.write_text(SHIPPED.replace('edition: "2026-11"', 'edition: "2027-01"'), "utf-8")
    by_hand = house.calendar.version

    prepare(settings, clock=lambda: MONDAY)
    assert house.calendars.version_in_force() == by_hand

    named = Settings(database_url=sqlite_url, calendar=newer)
    prepare(named, clock=lambda: MONDAY)
    house.calendar_watch.look()
    assert house.calendar.edition == "2027-01"
    house.close()


def test_the_calendar_of_an_earlier_release_is_kept_for_the_terms_reckoned_with_it(
    sqlite_url: str,
) -> None:
    earlier = "2026-11+502c2ae6"
    with running(sqlite_url) as house:
        house.open_cases(1)
        with house.database.begin() as connection:
            connection.execute(
                update(table(TermRow)).values(calendar_version=earlier, checked_with=earlier)
            )
    settings = Settings(database_url=sqlite_url)
    prepare(settings, clock=lambda: MONDAY)
    built = build(settings, clock=lambda: MONDAY)
    try:
        assert {row.version for row in built.calendars.list()} == {
            earlier,
            built.calendar.version,
        }
        then = built.calendars.get(earlier)
        assert then.version == then.agreed.version == earlier
        days = (date(1990, 1, 1), date(2100, 12, 31))
        assert then.days_off(*days) == built.calendar.days_off(*days)
        done = built.calendar_watch.look()
        assert done is not None
        assert (done.looked_at, done.moved) == (1, [])
    finally:
        built.close()


def test_another_process_takes_a_new_calendar_into_use_when_it_looks(sqlite_url: str) -> None:
    settings = Settings(database_url=sqlite_url)
    prepare(settings, clock=lambda: MONDAY)
    here, there = (build(settings, clock=lambda: MONDAY) for _ in range(2))
    try:
        adopt_calendar(here, closing("2027-02-08"), by="sam")
        assert not here.calendar.agreed.is_working_day(date(2027, 2, 8))
        assert there.calendar.agreed.is_working_day(date(2027, 2, 8))
        there.calendar_watch.look()
        assert there.calendar == here.calendar
    finally:
        here.close()
        there.close()


def test_a_running_house_follows_without_restart_and_a_bad_calendar_stops_no_clock(
    sqlite_url: str,
) -> None:
    settings = Settings(database_url=sqlite_url, sweep_seconds=1)
    prepare(settings, clock=lambda: MONDAY)
    house = build(settings, clock=lambda: MONDAY)
    tick = build_tick(house)
    try:
        tick.start()
        elsewhere = AdoptedCalendars(house.database)
        version = elsewhere.adopt(closing("2027-02-08"), by="sam", at=MONDAY)
        assert soon(lambda: house.calendar.version == version)

        house.engine.handle(an_opening(), SECRETARY)
        damaged = {"version": "damaged", "content": "edition: ["}
        with house.database.begin() as connection:
            connection.execute(update(table(CalendarRow)).where(IN_FORCE).values(damaged))
            past = {"wake_at": MONDAY - timedelta(days=1)}
            connection.execute(update(table(TimerRow)).values(past))
        assert soon(lambda: len(timers(house.database, "armed")) < len(timers(house.database)))
        assert house.calendar.version == version
    finally:
        tick.stop()
        house.close()


def soon(so: Callable[[], bool]) -> bool:
    """Whether *so* becomes true within some seconds."""
    for _ in range(200):
        if so():
            return True
        time.sleep(0.05)
    return False


def test_what_is_adopted_is_what_was_written(calendars: AdoptedCalendars) -> None:
    calendar = parse_calendar(SHIPPED, "x")
    version = calendars.adopt(write_calendar(calendar), by="sam", at=MONDAY)

    assert version == calendar.version
    assert calendars.row(version).content == write_calendar(calendar)
