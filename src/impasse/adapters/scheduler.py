"""The tick: APScheduler as alarm clock, and a watchdog for when the clock on the wall is moved.

What is due stands in the database; nothing here knows it. APScheduler only rings: at the earliest
promise, and at intervals as a safety net. The work is done by threads of our own, so that a
ring during work is kept for afterwards, where APScheduler would skip it.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import structlog
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from impasse.engine.ports import Clock

log = structlog.get_logger("impasse.tick")

WATCH_SECONDS = 1.0
"""How often the watchdog compares the clock on the wall with the one that only goes forward."""

JUMP_SECONDS = 2.0
"""A difference that grew by this much in one look is a jump; less is a clock being disciplined."""

LOOK_SECONDS = 60.0
"""How often the watchdogs are asked to look; they know themselves when it is time."""

HELD = timedelta(seconds=1)
"""After a sweep, the next one comes no sooner than this, unless something new is armed."""

STOP_SECONDS = 50.0
"""How long `stop` waits for work under way: longer than any attempt to deliver."""


class Tick:
    """Rings for timers and for the outbox, from `start` to `stop`.

    *sweep* fires what is due and *deliver* delivers what is due; both return how many. *next_due*
    answers when the first timer must be tried. *look* lets the watchdogs look, in a thread of its
    own: they see it when the others stand still. Whatever they raise is logged, and the next ring
    tries again.
    """

    def __init__(
        self,
        sweep: Callable[[], int],
        deliver: Callable[[], int],
        next_due: Callable[[], datetime | None],
        *,
        clock: Clock,
        sweep_seconds: float = 30.0,
        outbox_seconds: float = 5.0,
        watch_seconds: float = WATCH_SECONDS,
        look: Callable[[], int] = lambda: 0,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._sweep, self._next_due, self._clock = sweep, next_due, clock
        self._sweep_seconds = sweep_seconds
        self._outbox_seconds = outbox_seconds
        self._watch_seconds = watch_seconds
        self._sweeper = _Worker("impasse-sweeper", self._sweep_and_arm, "timer_sweep_failed")
        self._postman = _Worker("impasse-outbox", deliver, "outbox_round_failed")
        self._looker = _Worker("impasse-watchdogs", look, "watchdogs_failed")
        self._look_seconds = look_seconds
        self._wake_at: datetime | None = None
        self._arming = threading.RLock()
        self._stopping = threading.Event()
        self._watchdog = threading.Thread(target=self._watch, name="impasse-watch", daemon=True)
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin to ring, at once for the first time: something may have come due meanwhile."""
        for worker, job, seconds in (
            (self._sweeper, "sweep", self._sweep_seconds),
            (self._postman, "outbox", self._outbox_seconds),
            (self._looker, "look", self._look_seconds),
        ):
            worker.start()
            worker.ring()
            self._scheduler.add_job(worker.ring, Every(timedelta(seconds=seconds)), id=job)
        self._scheduler.start()
        self._watchdog.start()

    def stop(self) -> None:
        """Ring no more, and wait for what is under way."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)
        self._watchdog.join()
        self._sweeper.stop()
        self._postman.stop()
        self._looker.stop()

    @property
    def going_on(self) -> bool:
        """Whether work may go on: False from the moment that `stop` is called."""
        return not self._stopping.is_set()

    def arm(self, moment: datetime) -> None:
        """Ring for timers at *moment*, unless an earlier ring is set; quick, for any thread."""
        with self._arming:
            if self._stopping.is_set() or (self._wake_at is not None and self._wake_at <= moment):
                return
            self._wake_at = moment
            self._scheduler.add_job(
                self._sweeper.ring, "date", run_date=moment, id="wake", replace_existing=True
            )

    def post(self) -> None:
        """Ring for the outbox now; quick, for any thread."""
        self._postman.ring()

    def _sweep_and_arm(self) -> int:
        fired = self._sweep()
        # Forget the last ring before looking: what is armed while we look is not lost then.
        with self._arming:
            self._wake_at = None
        moment = self._next_due()
        if moment is not None:
            # What is due and still there is held by another process: look again, but not at once.
            self.arm(max(moment, self._clock() + HELD))
        if fired:
            self.post()
        return fired

    def _watch(self) -> None:
        """Set every ring again when the clock was moved, and ring when nobody did for too long.

        APScheduler sleeps until a time on the wall: after an hour back it would sleep an hour on.
        """
        apart = self._apart()
        while not self._stopping.wait(self._watch_seconds):
            now_apart = self._apart()
            if abs(now_apart - apart) > JUMP_SECONDS:
                self._set_again("clock_moved", seconds=round(now_apart - apart))
            elif self._sweeper.idle_seconds() > 2 * self._sweep_seconds + self._watch_seconds:
                self._set_again("sweep_overdue", seconds=round(self._sweeper.idle_seconds()))
            apart = now_apart

    def _apart(self) -> float:
        return self._clock().timestamp() - time.monotonic()

    def _set_again(self, reason: str, *, seconds: int) -> None:
        log.warning(reason, result="rings_set_again", seconds=seconds)
        for job in ("sweep", "outbox", "look"):
            try:
                self._scheduler.modify_job(job, next_run_time=self._clock())
            except (JobLookupError, RuntimeError):
                log.exception("ring_lost", object=job)
        # Not through the scheduler: the work goes on also if that is what came to a stop.
        self._sweeper.ring()
        self._postman.ring()


class Every(BaseTrigger):  # type: ignore[misc] # APScheduler ships without types
    """Fires an interval after now, whatever was missed.

    APScheduler's own interval trigger counts every missed moment one by one: a clock that jumps
    from 1970 to the present would keep it busy for minutes.
    """

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:  # noqa: ARG002 APScheduler's signature
        """Return when to fire next."""
        return now + self.interval


class _Worker:
    """A thread that works each time it is rung; rings during work are one ring afterwards."""

    def __init__(self, name: str, work: Callable[[], int], failed: str) -> None:
        self._work, self._failed = work, failed
        self._rung = threading.Event()
        self._ended = False
        self._busy = False
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._last = time.monotonic()
        self._thread.start()

    def ring(self) -> None:
        self._rung.set()

    def stop(self) -> None:
        self._ended = True
        self._rung.set()
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            log.warning("work_left_behind", object=self._thread.name, result="unfinished")

    def idle_seconds(self) -> float:
        """Return how long ago the last work ended; 0 while it is at work."""
        return 0.0 if self._busy else time.monotonic() - self._last

    def _run(self) -> None:
        while True:
            self._rung.wait()
            self._rung.clear()
            if self._ended:
                return
            self._busy = True
            try:
                self._work()
            except Exception:
                # The next ring tries again; nothing was lost, for what is due stays due.
                log.exception(self._failed)
            finally:
                self._last = time.monotonic()
                self._busy = False
