"""Whenever the demonstration begins, the board shows everything that can be shown."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from impasse import wiring
from impasse.adapters.files.demonstration import load_people, load_running
from impasse.adapters.sql.audit import verify
from impasse.adapters.sql.people import list_persons
from impasse.adapters.sql.retracing import retrace_terms
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CandidateRow,
    CaseRow,
    EntryRow,
    MeetingRow,
    ReleaseRow,
    RoomRow,
    TermRow,
    TimerRow,
)
from impasse.domain.adoption import Validity
from impasse.domain.case import TermState
from impasse.domain.early_warning import Level
from impasse.domain.errors import Conflict, Unreadable
from impasse.domain.people import CLOCK, Role
from impasse.domain.task import TaskState
from impasse.domain.tier import Tier
from impasse.engine.lives import by_reference, by_version
from impasse.settings import Settings
from impasse.simulation import demonstration
from impasse.simulation.demonstration import adopt_as_then, demonstrate

FOLDER = Path(__file__).parents[2] / "config" / "demonstration"

DAYS = {
    "an ordinary Monday": datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    "Christmas Day": datetime(2026, 12, 25, 9, 30, tzinfo=UTC),
    "King's Day": datetime(2027, 4, 27, 5, 0, tzinfo=UTC),
    "a Sunday after the clocks changed": datetime(2027, 3, 28, 20, 0, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
}

WITH_LESSONS = "an ordinary Monday"
"""History is the same on every day: it is told on one of them only."""


@pytest.fixture(params=DAYS, scope="module")
def told(request, tmp_path_factory):
    """A filled database, and the moment at which it was filled."""
    now = DAYS[request.param]
    file = tmp_path_factory.mktemp("demo") / "impasse.db"
    settings = Settings(database_url=f"sqlite:///{file}")
    adopt_as_then(settings, clock=lambda: now)
    wiring.prepare(settings, clock=lambda: now)
    demonstrate(settings, clock=lambda: now, lessons=request.param == WITH_LESSONS)
    house = wiring.build(settings, clock=lambda: now)
    yield house, now
    house.close()


def retraced(house):
    find = by_version(house.calendars, house.calendar)
    return retrace_terms(house.database, by_reference(house.procedures), find)


def rows(house, row):
    with house.database.connect() as connection:
        return connection.execute(select(table(row))).all()


def test_every_stage_level_tier_and_status_is_there(told):
    house, _ = told
    workflow = house.procedures.latest(wiring.PROCEDURE, house.calendar.local_day(house.clock()))
    running = [c for c in rows(house, CaseRow) if c.visibility == "parties"]

    assert {c.stage for c in running if c.workflow == workflow.name} == set(workflow.stages)
    assert {c.level for c in running} == set(Level)
    assert {c.tier for c in running} == set(Tier)
    assert {c.status for c in running} == {"open", "paused", "closed"}
    assert len([c for c in running if c.status != "closed"]) >= 20


def test_a_term_is_fresh_nearing_at_its_last_day_late_paused_and_met_late(told):
    house, now = told
    today = house.calendar.local_day(now)
    cases = {c.id: c for c in rows(house, CaseRow) if c.visibility == "parties"}
    terms = [t for t in rows(house, TermRow) if t.case_id in cases]
    active = [t for t in terms if t.stage_entry == cases[t.case_id].stage_entry]
    left = [
        house.calendar.working_days_between(today, t.end)
        for t in active
        if t.state == "running" and t.stage != "standstill" and "hours" not in t.length
    ]

    assert min(left) == (0 if house.calendar.is_working_day(today) else 1)
    assert any(1 <= days <= 3 for days in left)
    assert any(days > 8 for days in left)
    assert {t.state for t in active} >= {"running", "expired"}
    assert any(t.stage == "standstill" for t in active)
    assert any(t.state == "met_late" for t in terms)


def test_terms_stand_still_run_longer_and_count_in_hours(told):
    house, now = told
    today = house.calendar.local_day(now)
    cases = [house.views.case(CLOCK, c.id) for c in rows(house, CaseRow) if c.status == "open"]
    running = [(c, c.term) for c in cases if c.term and c.visibility == "parties"]
    still = [t for _, t in running if t.state is TermState.SUSPENDED]
    waited = {s.waits_for for t in still for s in t.suspensions if s.covers(today)}

    assert waited == {"pv27", "outside"}
    assert any(s.begins_on > today for _, t in running for s in t.suspensions)
    assert any(len(t.extensions) == 2 and c.stage == "external_mediation" for c, t in running)
    assert any(
        c.workflow == "spoed" and "hours" in t.length and t.ends_at > now for c, t in running
    )
    assert all(case.sound for case in retraced(house))


def test_work_is_half_done_in_each_kind_of_procedure(told):
    house, _ = told
    cases = [house.views.case(CLOCK, c.id) for c in rows(house, CaseRow) if c.status == "open"]

    def done(case, name):
        return [t.state is TaskState.DONE for t in case.tasks if t.name == name]

    assert any(done(c, "statement") == [False, False, True, True] for c in cases)
    [money] = [c for c in cases if c.workflow == "financieel-geschil"]
    assert (money.stage, done(money, "opinion")) == ("arbitration", [True, True, False])
    [area] = [c for c in cases if c.workflow == "gebiedsgericht"]
    assert len(area.parties) == 10
    assert sum(done(area, "picture")) == 6


def test_two_cases_follow_the_version_before_the_present_one(told):
    house, now = told
    today = house.calendar.local_day(now)
    versions = {
        v.version: v for v in house.procedures.versions(today) if v.name == wiring.PROCEDURE
    }
    open_ones = [
        c
        for c in rows(house, CaseRow)
        if (c.workflow, c.visibility) == (wiring.PROCEDURE, "parties") and c.status != "closed"
    ]

    assert sum(c.workflow_version == "1" for c in open_ones) == 2
    assert versions["2"].validity is Validity.IN_FORCE
    for case in open_ones:
        assert versions[case.workflow_version].valid_from <= case.opened_on


def test_nothing_that_was_due_is_left_and_nothing_comes_from_the_future(told):
    house, now = told

    assert all(t.wake_at > now for t in rows(house, TimerRow) if t.state == "armed")
    assert all(t.failure == "" for t in rows(house, TimerRow))
    assert max(c.opened_on for c in rows(house, CaseRow)) <= house.calendar.local_day(now)
    assert not list(verify(house.database))


def test_there_are_two_meetings_to_come_and_one_that_was(told):
    house, now = told
    today = house.calendar.local_day(now)
    days = sorted(m.day for m in rows(house, MeetingRow))

    assert [day > today for day in days] == [False, True, True]
    assert all(house.calendar.is_working_day(day) for day in days)


def test_one_candidate_is_accepted_for_the_next_meeting_one_declined_and_some_wait(told):
    house, now = told
    today = house.calendar.local_day(now)
    coming = min(m.id for m in rows(house, MeetingRow) if m.day > today)
    candidates = rows(house, CandidateRow)

    assert any(c.state == "accepted" and c.meeting_id == coming for c in candidates)
    assert any(c.state == "declined" and c.decided_because for c in candidates)
    assert sum(c.state == "proposed" for c in candidates) >= 2


def test_the_five_real_disputes_stand_as_they_stood_when_their_sources_ended(told):
    house, now = told
    lessons = {c.id: c for c in rows(house, CaseRow) if c.visibility == "lesson"}
    entries = [e for e in rows(house, EntryRow) if e.subject in lessons]
    moves = {json.loads(e.content)["trigger"] for e in entries if e.action == "stage_changed"}

    assert len(lessons) == (5 if now == DAYS[WITH_LESSONS] else 0)
    assert not moves & {"withdraw", "refer"}
    if lessons:
        assert {c.status for c in lessons.values()} == {"open", "closed"}
    for lesson in lessons:
        events = [e for e in entries if (e.subject, e.action) == (lesson, "event_recorded")]
        assert json.loads(events[-1].content)["text"] == demonstration.END_OF_SOURCES


def test_a_lesson_waits_for_nothing_and_asks_for_no_agenda(told):
    house, _ = told
    lessons = {c.id for c in rows(house, CaseRow) if c.visibility == "lesson"}
    timers = [t for t in rows(house, TimerRow) if t.case_id in lessons]
    proposed = {c.case_id for c in rows(house, CandidateRow) if c.state == "proposed"}

    assert not any(t.state == "armed" for t in timers)
    assert not proposed & lessons


def test_everybody_who_can_be_chosen_has_a_role_and_the_replayer_cannot(told):
    house, _ = told
    persons = {p.id: p for p in list_persons(house.database)}

    assert {role for p in persons.values() for role in p.roles} == {
        Role.SECRETARIAT, Role.LIAISON_OFFICER, Role.MEDIATOR, Role.ADMINISTRATOR, Role.SUPERVISOR,
    }  # fmt: skip
    assert persons["replay"].disabled


def test_something_was_said_in_every_kind_of_room_that_the_procedure_opens(told):
    house, _ = told

    assert {row.kind for row in rows(house, RoomRow)} == {"shared", "side", "caucus"}
    states = {row.state for row in rows(house, ReleaseRow)}
    assert states == {"approved", "proposed"}


def test_a_second_time_changes_nothing(told):
    house, now = told
    before = rows(house, CaseRow)
    demonstrate(house.settings, clock=lambda: now + timedelta(days=3))

    assert rows(house, CaseRow) == before


def test_a_filling_that_was_broken_off_is_not_taken_for_a_whole_one(tmp_path, monkeypatch):
    now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'impasse.db'}")
    wiring.prepare(settings, clock=lambda: now)

    steps = iter(range(3))
    take = demonstration._Story._take

    def until_the_power_cut(story, step):
        if next(steps, None) is None:
            raise KeyboardInterrupt
        take(story, step)

    monkeypatch.setattr(demonstration._Story, "_take", until_the_power_cut)
    with pytest.raises(KeyboardInterrupt):
        demonstrate(settings, clock=lambda: now, lessons=False)
    with pytest.raises(Conflict, match="broken off"):
        demonstrate(settings, clock=lambda: now, lessons=False)


def test_invented_persons_speak_for_organisations_that_take_part():
    people = load_people(FOLDER / "people.yaml")
    parties = {key for case in load_running(FOLDER / "running.yaml").cases for key in case.parties}

    assert {p.organisation for p in people if Role.LIAISON_OFFICER in p.roles} <= parties


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("meetings: []\ncases: [{title: x}]\n", "parties"),
        ("meetings: []\ncases: []\nextra: 1\n", "extra"),
        (
            "meetings:\n- {planned: morgen, day: +1 wd, closes: 0 wd, starts: '1', ends: '2'}\n",
            "wd",
        ),
    ],
)
def test_a_wrong_file_of_running_cases_is_refused(tmp_path, content, words):
    file = tmp_path / "running.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(Unreadable) as caught:
        load_running(file)

    assert words in caught.value.text.nl


def test_a_distance_in_working_days_skips_what_is_off(told):
    from impasse.adapters.files.demonstration import day_of

    house, _ = told
    assert day_of("+1 wd", date(2026, 12, 24), house.calendar) == date(2026, 12, 28)
    assert day_of("-3 d", date(2026, 12, 24), house.calendar) == date(2026, 12, 21)
    assert day_of("0 wd", date(2026, 12, 27), house.calendar) == date(2026, 12, 27)


def test_the_same_stories_are_told_on_postgresql(postgresql_url):
    now = DAYS["King's Day"]
    settings = Settings(database_url=postgresql_url)
    wiring.prepare(settings, clock=lambda: now)
    demonstrate(settings, clock=lambda: now, lessons=False)
    house = wiring.build(settings, clock=lambda: now)
    try:
        running = rows(house, CaseRow)
        assert {c.level for c in running} == set(Level)
        assert {c.tier for c in running} == set(Tier)
    finally:
        house.close()
