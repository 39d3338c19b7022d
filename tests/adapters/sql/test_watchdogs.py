"""Each thing is broken in the database by hand: the watchdog of it barks, loudly but not often."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update
from structlog.testing import capture_logs

from builders import MONDAY, HandClock, rows
from impasse.adapters.exports.metrics import Metrics
from impasse.adapters.sql.canary import CANARY, CanaryRoad
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.mending import mend_runs
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CaseRow,
    DeliveryRow,
    EscalationRunRow,
    OutboxRow,
    TimerRow,
    WatchRow,
)
from impasse.adapters.sql.watchdogs import HEARTBEAT, Watchdogs
from impasse.domain.escalation import Directory, RunState
from impasse.domain.people import Person, Role
from impasse.domain.text import same
from impasse.domain.watchdog import EVERY, Watchdog
from impasse.engine.outbox import judge
from runs import RUNS, TIMERS, a_run, put_case, put_person, put_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Engine as Database

MESSAGES = table(OutboxRow)
DELIVERIES = table(DeliveryRow)
WATCHES = table(WatchRow)


class Scene:
    """A database with one good run, somebody who keeps it going, and watchdogs beside it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = HandClock()
        self.on_duty = {"secretariaat": "sam"}
        self.beats: list[datetime] = []
        self.failure = ""
        roles = {"ada": Role.ADMINISTRATOR, "sam": Role.SECRETARIAT, "sue": Role.SECRETARIAT}
        self.persons = {
            key: Person(key, key, same(key), "mnre1034", frozenset({role}))
            for key, role in roles.items()
        }
        for key, role in roles.items():
            put_person(database, key, "mnre1034", role.value)
        put_case(database)
        put_run(database, "IMP-2026-0001", a_run(MONDAY, next_at=MONDAY + timedelta(days=9)))
        self.arm()

    def directory(self, _at: datetime) -> Directory:
        """Answer who there is."""
        return Directory(self.persons, {}, self.on_duty, {})

    def beat(self) -> str:
        """Count the signs of life that went out."""
        if not self.failure:
            self.beats.append(self.clock())
        return self.failure

    def watchdogs(self) -> Watchdogs:
        """Return what a process starts with."""
        return Watchdogs(self.database, self.directory, lambda _day: True, self.beat, EVERY)

    def arm(self) -> None:
        """Give the run its timer."""
        due = MONDAY + timedelta(days=9)
        self.do(
            insert(TIMERS).values(
                case_id="IMP-2026-0001",
                purpose="escalation",
                rung=1,
                stage_entry=0,
                due_at=due,
                wake_at=due,
                state="armed",
                failure="",
                generation=1,
            )
        )

    def do(self, statement: object) -> None:
        """Break something by hand."""
        with self.database.begin() as connection:
            connection.execute(statement)

    def post(self) -> None:
        """Spread and deliver what the canary needs, as the postman does."""
        at = self.clock()
        self.do(update(MESSAGES).where(MESSAGES.c.spread_at.is_(None)).values(spread_at=at))
        road = CanaryRoad(self.database)
        for due in road.destinations(at):
            parcel = road.claim(due.destination, at, timedelta(minutes=2))
            assert parcel is not None
            answer = road.send(parcel, at)
            road.settle(parcel, answer, judge(parcel, answer, at, lambda: 0.0), at)

    def look(self, times: int = 1) -> list[str]:
        """Look so many times, ten minutes apart; return the alarms that are on."""
        for _ in range(times):
            self.clock.goes_on(minutes=10)
            self.watchdogs().look(self.clock())
            self.post()
        watched = self.watchdogs().watched()
        return [one.value for one, found in watched.items() if found.kept.sure]

    def told(self) -> list[str]:
        """Return of which alarms people were told."""
        found = [row for row in rows(self.database, OutboxRow, "at", "id") if "alarm" in row.type]
        return [row.id.split(":")[2] for row in found]


@pytest.fixture
def scene(database_url: str) -> Iterator[Scene]:
    """All is well, and was looked at before."""
    database = open_database(database_url)
    found = Scene(database)
    assert found.look(4) == []
    yield found
    database.dispose()


def test_while_all_is_well_nobody_is_told_and_a_sign_of_life_goes_out(scene: Scene) -> None:
    assert scene.told() == []
    assert len(scene.beats) == 3
    watched = scene.watchdogs().watched()
    assert [*watched] == [*Watchdog]
    assert watched[Watchdog.CANARY].sight.words.nl == "was 0 seconden onderweg"


def test_a_run_that_lost_its_timer_is_told_once_a_day_and_mended(scene: Scene) -> None:
    scene.do(delete(TIMERS))
    assert scene.look() == []
    with capture_logs() as lines:
        assert scene.look() == ["runs"]
    assert [line["object"] for line in lines if line["event"] == "watchdog_alarm"] == ["runs"]
    beats = len(scene.beats)
    assert scene.look(5) == ["runs"]
    assert scene.told() == ["runs"]
    assert len(scene.beats) == beats
    [row] = [row for row in rows(scene.database, OutboxRow) if "alarm" in row.type]
    assert {one["person"] for one in json.loads(row.addressees)} == {"ada", "sam"}
    assert "IMP-" not in row.reason_nl + row.reason_en
    scene.look(144)
    assert scene.told() == ["runs", "runs"]
    [mended] = mend_runs(scene.database, scene.clock())
    assert (mended.case, mended.run) == ("IMP-2026-0001", "E1")
    assert mend_runs(scene.database, scene.clock()) == []
    assert scene.look() == []
    assert len(scene.beats) > beats


def test_a_run_without_a_moment_rings_at_once_when_mended(scene: Scene) -> None:
    scene.do(update(RUNS).values(next_at=None))
    assert scene.look(2) == ["runs"]
    mend_runs(scene.database, scene.clock())
    [run] = rows(scene.database, EscalationRunRow)
    assert (run.next_at, run.turn) == (scene.clock(), 2)
    [timer] = [row for row in rows(scene.database, TimerRow) if row.generation == run.turn]
    assert (timer.state, timer.wake_at, timer.rung) == ("armed", scene.clock(), 1)


def test_a_run_of_a_closed_case_is_told_and_ended(scene: Scene) -> None:
    scene.do(update(table(CaseRow)).values(status="closed"))
    assert scene.look(2) == ["runs"]
    mend_runs(scene.database, scene.clock())
    [run] = rows(scene.database, EscalationRunRow)
    assert (run.state, run.ended_as) == (RunState.ENDED.value, "case_closed")
    assert scene.look() == []


def test_a_message_that_nobody_spreads_is_told(scene: Scene) -> None:
    scene.watchdogs().look(scene.clock())
    scene.post = lambda: None  # type: ignore[method-assign] # the postman died
    assert scene.look(4) == ["outbox", "canary"]
    assert sorted(scene.told()) == ["canary", "outbox"]


def test_a_delivery_that_nobody_tries_is_told_by_its_channel(scene: Scene) -> None:
    scene.do(
        insert(DELIVERIES).values(
            message_id=None,
            channel="email",
            destination="ada",
            bundle="",
            state="retrying",
            attempts=1,
            next_at=scene.clock() - timedelta(hours=2),
            failure="",
            created_at=scene.clock(),
        )
    )
    assert scene.look(2) == ["deliveries"]
    seen = scene.watchdogs().watched()[Watchdog.DELIVERIES].sight
    assert seen.words.nl.startswith("kanaal email wacht al 2 uur")


def failing_mail(scene: Scene, person: str) -> None:
    at = scene.clock()
    scene.do(
        insert(DELIVERIES).values(
            message_id=None,
            channel="email",
            destination=person,
            bundle="",
            state="retrying",
            attempts=4,
            next_at=at + timedelta(hours=4),
            failure="refused",
            created_at=at - timedelta(hours=3),
        )
    )


def test_a_channel_over_which_nothing_arrives_is_told_but_not_one_full_mailbox(
    scene: Scene,
) -> None:
    failing_mail(scene, "ada")
    assert scene.look(2) == []
    failing_mail(scene, "sam")
    assert scene.look(2) == ["deliveries"]
    seen = scene.watchdogs().watched()[Watchdog.DELIVERIES].sight
    assert seen.words.nl == "over kanaal email komt al 3 uur niets aan"
    scene.do(
        insert(DELIVERIES).values(
            message_id=None,
            channel="email",
            destination="sue",
            bundle="",
            state="sent",
            attempts=1,
            next_at=scene.clock(),
            failure="",
            created_at=scene.clock(),
            done_at=scene.clock(),
        )
    )
    assert scene.look() == []


def test_what_a_watchdog_kept_and_cannot_be_read_is_written_anew(scene: Scene) -> None:
    scene.do(update(WATCHES).where(WATCHES.c.name == "runs").values(detail="{"))
    with capture_logs() as lines:
        assert Watchdog.RUNS not in scene.watchdogs().watched()
    assert lines[0]["event"] == "watch_unreadable"
    assert scene.look() == []
    assert Watchdog.RUNS in scene.watchdogs().watched()


def test_the_numbers_tell_of_alarms_without_any_case(scene: Scene) -> None:
    scene.do(delete(TIMERS))
    failing_mail(scene, "ada")
    scene.look(2)
    scene.do(update(DELIVERIES).where(DELIVERIES.c.channel == "email").values(next_at=MONDAY))
    told = Metrics(scene.database, scene.clock, "1").text().decode()
    assert 'impasse_watchdog_alarm{watchdog="runs"} 1.0' in told
    assert 'impasse_watchdog_alarm{watchdog="timers"} 0.0' in told
    assert 'impasse_watchdog_wrong{watchdog="runs"} 1.0' in told
    assert "impasse_canary_seconds 0.0" in told
    assert "impasse_heartbeat_failing 1.0" in told
    assert 'impasse_deliveries_overdue_seconds{channel="email"} 3600.0' in told
    assert "IMP-" not in told
    assert "ada" not in told
    families = [line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")]
    assert len(families) == len(set(families)), "Prometheus refuses a name that comes twice"


def test_a_timer_that_does_not_ring_and_one_that_fails_are_told(scene: Scene) -> None:
    scene.do(
        update(TIMERS).values(
            due_at=scene.clock() - timedelta(hours=5),
            wake_at=scene.clock() + timedelta(hours=5),
            failure="KeyError",
        )
    )
    assert scene.look(2) == ["timers"]
    scene.do(update(TIMERS).values(wake_at=scene.clock() - timedelta(hours=1)))
    assert scene.look(2) == ["timers"]


def test_nobody_on_duty_today_is_told_also_when_no_administrator_is_there(scene: Scene) -> None:
    scene.on_duty = {"secretariaat": ""}
    scene.persons = {}
    with capture_logs() as lines:
        assert scene.look(2) == ["duty"]
    assert "watchdog_heard_by_nobody" in [line["event"] for line in lines]
    assert scene.told() == []


def test_a_watchdog_that_cannot_look_is_itself_what_is_wrong(scene: Scene) -> None:
    def broken(_at: datetime) -> Directory:
        raise ValueError

    scene.directory = broken  # type: ignore[method-assign]
    assert scene.look(2) == ["duty"]


def test_clocks_that_jump_raise_no_alarm(scene: Scene) -> None:
    for hours in (30, -200, 3000, -2500):
        scene.clock.goes_on(hours=hours)
        scene.watchdogs().look(scene.clock())
        # The sweep and the postman catch up with what is due now.
        scene.do(update(TIMERS).values(due_at=scene.clock() + timedelta(days=2)))
        scene.do(update(TIMERS).values(wake_at=scene.clock() + timedelta(days=2)))
        scene.do(update(RUNS).values(next_at=scene.clock() + timedelta(days=2)))
        scene.post()
        assert scene.look(2) == []
    assert scene.told() == []


def test_of_many_processes_one_looks_and_one_sends_the_sign_of_life(scene: Scene) -> None:
    scene.clock.goes_on(minutes=10)
    beats = len(scene.beats)
    for _ in range(5):
        scene.watchdogs().look(scene.clock())
    assert len(scene.beats) == beats + 1
    assert len([r for r in rows(scene.database, DeliveryRow) if r.channel == CANARY]) == 1


def test_a_process_that_died_between_looking_and_telling_is_made_up_for(scene: Scene) -> None:
    """Killed after it took the look upon it: nothing was kept, and the next look is in time."""
    scene.do(delete(TIMERS))
    scene.look()
    scene.clock.goes_on(minutes=10)
    scene.do(update(WATCHES).where(WATCHES.c.name == "round").values(looked_at=scene.clock()))
    assert scene.look() == ["runs"]
    assert scene.told() == ["runs"]


def test_a_sign_of_life_that_does_not_arrive_is_kept_with_its_reason(scene: Scene) -> None:
    scene.failure = "HTTP 500"
    scene.look(2)
    beat = scene.watchdogs().beat()
    assert beat is not None
    assert beat.failure == "HTTP 500"
    assert beat.failing_since == scene.clock() - EVERY
    scene.failure = ""
    scene.look()
    beat = scene.watchdogs().beat()
    assert beat is not None
    assert (beat.failure, beat.failing_since) == ("", None)


def test_a_house_that_never_looked_waits_before_its_first_look(database_url: str) -> None:
    database = open_database(database_url)
    found = Scene(database)
    found.watchdogs().look(found.clock())
    with database.connect() as connection:
        names = set(connection.execute(select(WATCHES.c.name)).scalars())
    database.dispose()
    assert names == {"round", HEARTBEAT}
    assert found.beats == []
