"""Rotas are kept by whom they concern, followed by the directory, and warn once before a gap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.directory import SqlDirectory
from impasse.adapters.sql.duty import SqlDuty
from impasse.adapters.sql.people import add_person, disable_person, person
from impasse.adapters.sql.person_groups import (
    change_group,
    create_group,
    group_called,
    list_groups,
    remove_group,
)
from impasse.adapters.sql.substitutions import end_absence, record_absence
from impasse.domain.duty import Rota
from impasse.domain.duty_plans import Rotation, Swap
from impasse.domain.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from impasse.domain.people import Person, Role
from impasse.domain.person_group import Group
from impasse.domain.substitution import Wish
from impasse.domain.text import Text, same

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
CALENDAR = load_calendar(shipped("config", "calendar.yaml"))
PEOPLE = (
    ("nora", "x-sec", Role.SECRETARIAT),
    ("otto", "x-sec", Role.SECRETARIAT),
    ("pien", "x-sec", Role.MEDIATOR),
    ("wout", "x-sec", Role.ADMINISTRATOR),
    ("eva", "x-sec", Role.SUPERVISOR),
    ("lena", "gm0363", Role.LIAISON_OFFICER),
)


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    for key, organisation, role in PEOPLE:
        add_person(opened, Person(key, key, same(key), organisation, frozenset({role})))
    yield opened
    opened.dispose()


@pytest.fixture
def duty(database):
    """A rota of the secretariat on which nobody was planned."""
    kept = SqlDuty(database, lambda: CALENDAR)
    made = Rota("secretariaat", Text("Secretariaat", ""), "x-sec", NOON, "nora")
    kept.create(made, by=person(database, "nora"))
    return kept


def planned(database, duty, weeks=8, *persons):
    """The rota planned from Monday on."""
    until = MONDAY + timedelta(weeks=weeks) - timedelta(days=1)
    rotation = Rotation(persons or ("nora", "otto"), MONDAY, until)
    return duty.plan("secretariaat", rotation, by=person(database, "nora"), at=NOON)


def on_duty(database, at=NOON):
    """Who is on duty, as escalation hears it."""
    return SqlDirectory(database).read(at).on_duty["secretariaat"]


def outbox(database):
    """The announcements, oldest first."""
    with database.connect() as connection:
        query = "SELECT id, addressees, reason_nl FROM outbox ORDER BY id"
        return [tuple(row) for row in connection.execute(text(query))]


def test_the_directory_follows_swaps_and_absence_and_knows_who_may_sign_in(database, duty):
    planned(database, duty)
    pien, nora = person(database, "pien"), person(database, "nora")
    create_group(database, Group("pool", same("Pool"), ("pien", "lena"), NOON, "nora"), by=nora)
    assert on_duty(database) == "nora"

    swap = duty.swap("secretariaat", Swap("otto", MONDAY, MONDAY), by=nora, at=NOON)
    assert on_duty(database) == "otto"
    record_absence(database, Wish("otto", "pien", MONDAY, MONDAY), by=None, at=NOON)
    assert on_duty(database) == "pien"
    disable_person(database, "pien", at=NOON)

    read = SqlDirectory(database).read(NOON)
    assert read.on_duty == {"secretariaat": ""}
    assert read.acting == {"otto": ""}
    assert read.groups == {"pool": ("lena",)}
    assert set(read.persons) == {"nora", "otto", "wout", "lena"}
    assert on_duty(database, NOON + timedelta(hours=13)) == "nora", "the next day in Amsterdam"
    with pytest.raises(NotAllowed):
        duty.end("secretariaat", swap.id, by=pien, at=NOON)
    duty.end("secretariaat", swap.id, by=nora, at=NOON)
    assert on_duty(database) == "nora"


def test_without_a_rota_the_directory_is_there_and_without_tables_it_says_so(tmp_path, database):
    assert SqlDirectory(database).read(NOON).on_duty == {}
    bare = open_database(f"sqlite:///{tmp_path}/bare.db")

    with pytest.raises(Unavailable):
        SqlDirectory(bare).read(NOON)
    bare.dispose()


def test_two_who_plan_the_same_days_at_once_leave_one_plan(database, duty):
    def plan(who):
        try:
            return planned(database, duty, 4, who)
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(plan, ["nora", "otto"]))

    assert sum(isinstance(one, Conflict) for one in found) == 1
    assert len(duty.rota("secretariaat", None, at=NOON).duties) == 1


def test_who_has_nothing_to_do_with_a_rota_does_not_see_it_and_who_keeps_it_plans(database, duty):
    rotation = Rotation(("nora",), MONDAY, MONDAY)
    for who in ("lena", "eva"):
        by = person(database, who)
        assert duty.rotas(by, at=NOON) == []
        with pytest.raises(NotFound):
            duty.plan("secretariaat", rotation, by=by, at=NOON)
        with pytest.raises(NotAllowed):
            duty.create(Rota("ander", same("Ander"), "x-sec", NOON, who), by=by)
        with pytest.raises(NotAllowed):
            list_groups(database, by)
    with pytest.raises(NotAllowed):
        duty.plan("secretariaat", rotation, by=person(database, "pien"), at=NOON)
    with pytest.raises(Conflict):
        duty.create(Rota("secretariaat", same("Ander"), "x-sec", NOON, "wout"), by=None)
    with pytest.raises(Invalid) as refused:
        duty.create(Rota("Ander ", same(" "), "gm9999", NOON, "wout"), by=None)

    assert [one.pointer for one in refused.value.faults] == ["/name", "/label", "/organisation"]
    assert not duty.rota("secretariaat", person(database, "pien"), at=NOON).keeps
    duty.plan("secretariaat", rotation, by=person(database, "wout"), at=NOON)


def test_a_gap_is_told_fourteen_days_ahead_and_again_when_near_whoever_looks(database, duty):
    planned(database, duty, 3)
    for hours in range(0, 24 * 21, 5):
        at = NOON + timedelta(hours=hours)
        duty.look(at)
        SqlDuty(database, lambda: CALENDAR).look(at)

    ahead, near = outbox(database)

    assert "secretariaat:2026-12-14" in ahead[0]
    assert ahead[0].endswith(":ahead")
    assert near[0].endswith(":near")
    assert all(f'"person":"{who}"' in near[1] for who in ("nora", "otto", "wout"))
    assert not any(f'"person":"{who}"' in near[1] for who in ("pien", "eva", "lena"))
    assert "er is niemand ingepland" in near[2]


def test_a_gap_that_was_filled_is_told_no_more_until_it_falls_open_again(database, duty):
    made = planned(database, duty, 2)
    first = MONDAY + timedelta(weeks=2)
    late = NOON + timedelta(days=9)
    duty.look(NOON)
    fill = Rotation(("otto",), first, first + timedelta(days=60))
    [filled] = duty.plan("secretariaat", fill, by=None, at=NOON)
    duty.look(late)
    assert [one[0][-5:] for one in outbox(database)] == ["ahead"]

    duty.end("secretariaat", filled.id, by=None, at=late)
    duty.look(late)
    assert len(outbox(database)) == 1, "it looks once an hour"
    SqlDuty(database, lambda: CALENDAR).look(late)
    assert len(outbox(database)) == 2
    assert made[0].until_day < late.date()


def test_a_clock_that_jumps_tells_no_more_than_there_is_to_tell(database, duty):
    for days in (0, 300, 3, 800, 801, 805, 1, 30, -40, 9):
        duty.look(NOON + timedelta(days=days))

    today, long_ago = outbox(database)
    assert "2026-11-23" in today[0], "nobody was ever planned: one gap, since the rota was made"
    assert long_ago[0].endswith(":long")
    assert "Vanaf maandag 23 november 2026" in today[2]


def test_the_absence_of_who_was_planned_opens_a_gap_and_its_end_closes_it(database, duty):
    planned(database, duty, 8, "nora")
    later = MONDAY + timedelta(days=7)
    wish = Wish("nora", "pien", later, later + timedelta(days=1))
    line = record_absence(database, wish, by=None, at=NOON)
    disable_person(database, "pien", at=NOON)

    [gap] = duty.rota("secretariaat", None, at=NOON).gaps
    end_absence(database, line.absence.id, by=None, at=NOON)

    assert (gap.first, gap.last) == (later, later + timedelta(days=1))
    assert duty.rota("secretariaat", None, at=NOON).gaps == ()


def test_a_group_is_kept_changed_and_removed_with_members_who_can_sign_in(database):
    by = person(database, "nora")
    group = Group("bemiddelaars", Text("Bemiddelaars", "Mediators"), ("pien",), NOON, "nora")
    create_group(database, group, by=by)

    with pytest.raises(Conflict):
        create_group(database, group, by=by)
    with pytest.raises(Invalid) as refused:
        change_group(database, "bemiddelaars", same("B"), ("pien", "pien", "eva", "x"), by=by)
    assert [f.pointer for f in refused.value.faults] == ["/members/1", "/members/2", "/members/3"]
    change_group(database, "bemiddelaars", same("Pool"), (), by=by)
    assert group_called(database, "bemiddelaars", by).members == ()
    remove_group(database, "bemiddelaars", by=by)
    for missing in ("bemiddelaars", "\0"):
        with pytest.raises(NotFound):
            remove_group(database, missing, by=by)
