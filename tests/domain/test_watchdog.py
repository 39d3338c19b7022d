"""A watchdog raises the alarm for a fault that stays, and not for a clock that was moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.text import same
from impasse.domain.watchdog import (
    EVERY,
    GRACE,
    SURE,
    Kept,
    OpenRun,
    RunFault,
    Sight,
    Watchdog,
    after_look,
    alarm_in_words,
    fault_of,
    is_time,
    sight_of_canary,
    sight_of_deliveries,
    sight_of_duty,
    sight_of_outbox,
    sight_of_runs,
    sight_of_timers,
)

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
BAD = Sight(Watchdog.OUTBOX, 1, 900, same("x"))
GOOD = Sight(Watchdog.OUTBOX, 0, 0, same("x"))
HOUR = timedelta(hours=1)


def test_one_bad_look_is_no_alarm_and_the_second_is() -> None:
    once = after_look(None, BAD, NOW)
    assert not once.sure
    twice = after_look(once, BAD, NOW + EVERY)
    assert twice.sure
    assert twice.to_tell(NOW + EVERY)
    assert not after_look(twice, GOOD, NOW + 2 * EVERY).sure


def test_people_hear_of_an_alarm_once_a_day() -> None:
    kept = Kept(NOW, NOW - HOUR, NOW - HOUR)
    assert kept.sure
    assert not kept.to_tell(NOW)
    assert kept.to_tell(NOW + timedelta(hours=23))
    assert Kept(NOW, NOW - HOUR, NOW + 9 * HOUR).to_tell(NOW)


@given(jump=st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_clock_that_is_moved_between_two_looks_is_no_alarm(jump: timedelta) -> None:
    """Before the jump all was well; after it everything seems late, until the house caught up."""
    well = after_look(None, GOOD, NOW)
    jumped = NOW + jump
    moved = after_look(well, BAD, jumped)
    assert not moved.sure
    assert not after_look(moved, GOOD, jumped + EVERY).sure


@pytest.mark.parametrize("away", [timedelta(days=-3), timedelta(days=3)])
def test_a_fault_of_before_a_jump_or_a_long_stop_counts_anew(away: timedelta) -> None:
    before = after_look(None, BAD, NOW)
    after = after_look(before, BAD, NOW + away)
    assert not after.sure
    assert after_look(after, BAD, NOW + away + EVERY).sure


def test_it_is_time_again_after_ten_minutes_and_after_a_clock_that_went_back() -> None:
    assert not is_time(NOW, NOW + timedelta(minutes=9))
    assert is_time(NOW, NOW + EVERY)
    assert not is_time(NOW, NOW - timedelta(seconds=30))
    assert is_time(NOW, NOW - HOUR)


@pytest.mark.parametrize(
    ("run", "fault"),
    [
        (OpenRun("C", "E1", False, NOW + HOUR, NOW + HOUR), None),
        (OpenRun("C", "E1", False, NOW - GRACE / 2, NOW - GRACE / 2), None),
        (OpenRun("C", "E1", False, None, None), RunFault.NO_MOMENT),
        (OpenRun("C", "E1", False, NOW - HOUR, NOW - HOUR), RunFault.PAST),
        (OpenRun("C", "E1", False, NOW + HOUR, None), RunFault.NO_TIMER),
        (OpenRun("C", "E1", False, NOW + HOUR, NOW + 9 * HOUR), RunFault.NO_TIMER),
        (OpenRun("C", "E1", True, NOW + HOUR, NOW + HOUR), RunFault.CLOSED_CASE),
    ],
)
def test_an_open_run_has_a_future_moment_and_a_timer(run: OpenRun, fault: RunFault | None) -> None:
    assert fault_of(run, NOW) is fault


def test_what_is_seen_is_said_in_words_without_any_case() -> None:
    runs = [OpenRun("IMP-2026-0001", "E1", False, None, None)] * 2
    seen = sight_of_runs(runs, NOW)
    assert (seen.wrong, seen.words.nl) == (2, "2 zonder volgend moment")
    assert "IMP" not in alarm_in_words(seen.watchdog, seen.words).nl
    assert sight_of_runs([], NOW).wrong == 0
    assert sight_of_timers(3, NOW - 3 * HOUR, 1, NOW).words.en == (
        "3 did not ring, the oldest 3 hours ago; failing again and again: 1"
    )
    assert sight_of_timers(0, None, 0, NOW).wrong == 0
    assert sight_of_outbox(NOW + HOUR, NOW).wrong == 0
    assert sight_of_outbox(NOW - HOUR, NOW).words.nl == "het oudste bericht ligt er al 60 minuten"
    late = sight_of_deliveries({"email": NOW - 72 * HOUR, "chat": NOW}, NOW)
    assert (late.wrong, late.words.nl) == (1, "kanaal email wacht al 3 dagen")
    assert sight_of_duty(["b", "a"]).words.en == "nobody is on duty today: a, b"
    assert sight_of_duty([]).wrong == 0


def test_a_canary_that_is_late_or_lost_is_a_fault() -> None:
    assert sight_of_canary(None, None, NOW).wrong == 0
    assert sight_of_canary(timedelta(seconds=3), None, NOW).words.nl == "was 3 seconden onderweg"
    assert sight_of_canary(timedelta(seconds=1), None, NOW).words.nl == "was 1 seconde onderweg"
    assert sight_of_canary(2 * SURE, None, NOW).wrong == 1
    assert sight_of_canary(None, NOW - HOUR, NOW).wrong == 1
    assert sight_of_canary(None, NOW + HOUR, NOW).wrong == 0


def test_every_watchdog_has_a_name_and_a_remedy_in_both_languages() -> None:
    for watchdog in Watchdog:
        for text in (watchdog.label, watchdog.remedy):
            assert text.nl
            assert text.en
