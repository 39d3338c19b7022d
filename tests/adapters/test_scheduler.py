"""The tick rings at the promised moment, also when the clock on the wall is moved."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import apscheduler.schedulers.base
import pytest
from structlog.testing import capture_logs

from builders import MONDAY, HandClock, broken_chains, history, running, timers
from impasse.adapters import scheduler as tick_module
from impasse.adapters.scheduler import Every, Tick
from impasse.adapters.sql.timers import next_wake
from impasse.engine.timers import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEVER = 3600.0


class Wall:
    """The clock on the wall: it goes on by itself, and a test may move it."""

    def __init__(self) -> None:
        self.moved = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """A wall clock that APScheduler reads too."""
    wall = Wall()

    class Shifted(datetime):
        @classmethod
        def now(cls, tz=None):
            """Answer what the wall says."""
            return datetime.now(tz) + wall.moved

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Shifted)
    return wall


class Promises:
    """What is due, and what was fired of it and when; stands for the timers in the database."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.waiting: list[datetime] = []
        self.fired: list[datetime] = []
        self.sweeps = 0
        self.rounds = 0
        self.lock = threading.Lock()

    def sweep(self) -> int:
        """Fire what is due."""
        with self.lock:
            self.sweeps += 1
            due = sorted(moment for moment in self.waiting if moment <= self.clock())
            self.waiting = [moment for moment in self.waiting if moment not in due]
            self.fired += due
            return len(due)

    def deliver(self) -> int:
        """Count the rounds."""
        self.rounds += 1
        return 0

    def next_due(self) -> datetime | None:
        """Answer when the first is due."""
        with self.lock:
            return min(self.waiting, default=None)


@pytest.fixture
def promises(wall: Wall) -> Promises:
    """Nothing promised yet."""
    return Promises(wall)


@pytest.fixture
def start(wall: Wall, promises: Promises) -> Iterator[Callable[..., Tick]]:
    """Start a tick; it is stopped afterwards."""
    started: list[Tick] = []

    def start(**changes: object) -> Tick:
        values: dict[str, object] = {
            "clock": wall,
            "sweep_seconds": NEVER,
            "outbox_seconds": NEVER,
            "watch_seconds": 0.05,
        }
        tick = Tick(promises.sweep, promises.deliver, promises.next_due, **values | changes)
        tick.start()
        started.append(tick)
        assert until(lambda: promises.sweeps == 1 and promises.rounds >= 1)
        return tick

    yield start
    for tick in started:
        tick.stop()


def until(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until something holds; False when it takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.005)
    return holds()


def test_what_is_overdue_at_the_start_fires_at_once(start, promises, wall) -> None:
    promises.waiting = [wall() - timedelta(days=3), wall() - timedelta(days=1)]
    start()
    assert len(promises.fired) == 2


def test_a_promise_made_meanwhile_rings_at_its_moment(start, promises, wall) -> None:
    tick = start()
    moment = wall() + timedelta(seconds=0.3)
    promises.waiting.append(moment)
    tick.arm(moment)
    assert not promises.fired
    assert until(lambda: promises.fired == [moment], 2)
    assert wall() - moment < timedelta(seconds=1)


def test_after_a_sweep_the_next_promise_is_armed_from_what_is_kept(start, promises, wall) -> None:
    moments = [wall() + timedelta(seconds=1.2 + n) for n in range(2)]
    promises.waiting = list(moments)
    start()
    assert until(lambda: promises.fired == moments)


def test_an_earlier_promise_rings_first_and_the_later_is_not_lost(start, promises, wall) -> None:
    tick = start()
    late, early = wall() + timedelta(seconds=1.5), wall() + timedelta(seconds=0.2)
    promises.waiting = [late, early]
    tick.arm(late)
    tick.arm(early)
    tick.arm(late)
    assert until(lambda: promises.fired == [early], 1)
    assert until(lambda: promises.fired == [early, late], 3)


def test_a_promise_for_the_past_rings_at_once(start, promises, wall) -> None:
    tick = start()
    promises.waiting = [wall() - timedelta(hours=1)]
    tick.arm(promises.waiting[0])
    assert until(lambda: len(promises.fired) == 1, 1)


def test_intervals_find_what_nobody_armed(start, promises, wall) -> None:
    start(sweep_seconds=0.1, outbox_seconds=0.1)
    promises.waiting = [wall() + timedelta(seconds=0.2)]
    assert until(lambda: len(promises.fired) == 1, 2)
    assert until(lambda: promises.rounds > 3, 2)


def test_an_hour_forward_and_what_lies_in_that_hour_fires_at_once(start, promises, wall) -> None:
    tick = start()
    moment = wall() + timedelta(minutes=30)
    promises.waiting = [moment]
    tick.arm(moment)
    with capture_logs() as lines:
        wall.moved = timedelta(hours=1)
        assert until(lambda: promises.fired == [moment], 2)
        assert until(lambda: lines, 2)
    assert [line["event"] for line in lines] == ["clock_moved"]
    assert lines[0]["seconds"] == 3600


def test_an_hour_back_and_the_rings_do_not_sleep_for_an_hour(start, promises, wall) -> None:
    wall.moved = timedelta(hours=1)
    tick = start(sweep_seconds=0.3, outbox_seconds=0.3)
    tick.arm(wall() + timedelta(minutes=10))
    wall.moved = timedelta(0)
    swept, posted = promises.sweeps, promises.rounds
    assert until(lambda: promises.sweeps > swept + 2 and promises.rounds > posted + 2, 3)
    # A promise made after the jump rings on the new time.
    moment = wall() + timedelta(seconds=0.2)
    promises.waiting.append(moment)
    tick.arm(moment)
    assert until(lambda: promises.fired == [moment], 2)


def test_forward_and_back_again_nothing_is_lost_and_nothing_fires_twice(
    start, promises, wall
) -> None:
    tick = start(sweep_seconds=0.2)
    moments = [wall() + timedelta(minutes=20 * n) for n in range(1, 7)]
    promises.waiting = list(moments)
    tick.arm(moments[0])
    for hours in (1, -1, 0.5, 0, 2.5):
        wall.moved = timedelta(hours=hours)
        time.sleep(0.25)
    assert until(lambda: promises.fired == moments, 3)


def test_a_clock_that_jumps_from_1970_does_not_keep_the_alarm_busy(start, promises, wall) -> None:
    wall.moved = -timedelta(days=56 * 365)
    start(sweep_seconds=0.2, outbox_seconds=0.2)
    wall.moved = timedelta(0)
    swept = promises.sweeps
    assert until(lambda: promises.sweeps > swept + 3, 3)


def test_a_sweep_that_nobody_rings_for_is_noticed(start, promises, monkeypatch) -> None:
    tick = start(sweep_seconds=0.2)
    tick._scheduler.remove_job("sweep")
    with capture_logs() as lines:
        swept = promises.sweeps
        assert until(lambda: promises.sweeps > swept + 1, 3)
    assert {line["event"] for line in lines} == {"sweep_overdue", "ring_lost"}


def test_what_fails_is_logged_and_tried_again_at_the_next_ring(wall) -> None:
    tries, rounds = [], []

    def fail() -> int:
        tries.append(1)
        raise OSError("no disk")

    def also_fail() -> int:
        rounds.append(1)
        raise OSError("no net")

    with capture_logs() as lines:
        tick = Tick(
            fail, also_fail, lambda: None, clock=wall, sweep_seconds=0.05, outbox_seconds=0.05
        )
        tick.start()
        assert until(lambda: len(tries) > 2 and len(rounds) > 2)
        tick.stop()
    events = [line["event"] for line in lines]
    assert events.count("timer_sweep_failed") == len(tries)
    assert events.count("outbox_round_failed") == len(rounds)
    assert all(line["log_level"] == "error" and line["exc_info"] for line in lines)


def test_a_ring_during_work_is_kept_for_afterwards(wall) -> None:
    busy, go, rounds = threading.Event(), threading.Event(), []

    def deliver() -> int:
        rounds.append(1)
        busy.set()
        go.wait(5)
        return 0

    tick = Tick(
        lambda: 0, deliver, lambda: None, clock=wall, sweep_seconds=NEVER, outbox_seconds=NEVER
    )
    tick.start()
    assert busy.wait(5)
    for _ in range(5):
        tick.post()
    go.set()
    assert until(lambda: len(rounds) == 2)
    time.sleep(0.1)
    tick.stop()
    assert len(rounds) == 2


def test_what_fired_is_posted_at_once(start, promises, wall) -> None:
    tick = start()
    posted = promises.rounds
    promises.waiting = [wall()]
    tick.arm(promises.waiting[0])
    assert until(lambda: promises.rounds == posted + 1, 1)


def test_after_the_stop_nothing_rings_and_no_thread_is_left(wall, promises) -> None:
    before = set(threading.enumerate())
    tick = Tick(
        promises.sweep,
        promises.deliver,
        promises.next_due,
        clock=wall,
        sweep_seconds=0.05,
        outbox_seconds=0.05,
    )
    assert tick.going_on
    tick.start()
    assert until(lambda: promises.sweeps > 2)
    tick.stop()
    assert not tick.going_on
    swept = promises.sweeps
    tick.arm(wall() - timedelta(seconds=1))
    tick.post()
    time.sleep(0.2)
    assert promises.sweeps == swept
    assert set(threading.enumerate()) <= before


def test_work_that_does_not_end_is_left_behind_and_said_so(
    wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick_module, "STOP_SECONDS", 0.1)
    busy, go = threading.Event(), threading.Event()

    def hang() -> int:
        busy.set()
        go.wait(10)
        return 0

    tick = Tick(lambda: 0, hang, lambda: None, clock=wall)
    with capture_logs() as lines:
        tick.start()
        assert busy.wait(5)
        tick.stop()
    go.set()
    assert [line["event"] for line in lines] == ["work_left_behind"]


def test_an_interval_counts_from_now_whatever_was_missed() -> None:
    every = Every(timedelta(seconds=30))
    long_ago = MONDAY - timedelta(days=365 * 50)
    assert every.get_next_fire_time(long_ago, MONDAY) == MONDAY + timedelta(seconds=30)
    assert every.get_next_fire_time(None, MONDAY) == MONDAY + timedelta(seconds=30)


def test_the_tick_fires_the_timers_of_a_real_engine_while_the_clock_is_moved(
    sqlite_url: str, wall: Wall
) -> None:
    with running(sqlite_url, wall) as house:
        tick = Tick(
            lambda: sweep(house.engine),
            lambda: 0,
            lambda: next_wake(house.database),
            clock=wall,
            watch_seconds=0.05,
        )
        house.engine.armed = tick.arm
        tick.start()
        try:
            house.open_cases(5)
            for days in (9, 3, 60):
                wall.moved = timedelta(days=days)
                time.sleep(0.3)
            assert until(
                lambda: [e.action for e in history(house.database)].count("rung_reached") == 10
            )
        finally:
            tick.stop()
        actions = [e.action for e in history(house.database)]
        assert actions.count("term_expired") == 5
        assert all(t.due_at > wall() for t in timers(house.database, "armed"))
        assert broken_chains(house.database) == []


def test_a_stopped_clock_is_no_jump() -> None:
    clock = HandClock()
    tick = Tick(lambda: 0, lambda: 0, lambda: None, clock=clock, watch_seconds=0.02)
    with capture_logs() as lines:
        tick.start()
        time.sleep(0.2)
        tick.stop()
    assert lines == []


def test_watchdogs_look_also_while_a_sweep_hangs_and_after_the_clock_went_back(wall, promises):
    looks, free = [], threading.Event()
    tick = Tick(
        lambda: int(free.wait(30)),
        promises.deliver,
        promises.next_due,
        clock=wall,
        sweep_seconds=NEVER,
        outbox_seconds=NEVER,
        watch_seconds=0.05,
        look=lambda: looks.append(wall()) or 0,
        look_seconds=0.1,
    )
    tick.start()
    try:
        assert until(lambda: len(looks) > 2)
        wall.moved = timedelta(days=-2)
        seen = len(looks)
        assert until(lambda: len(looks) > seen + 2)
    finally:
        free.set()
        tick.stop()
