"""Which messages ask for something, what is too late to send, and when something has arrived."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from impasse.adapters.sql.notifications import standing_of
from impasse.domain.escalation import Acknowledgement, NextIs, Run, RunState
from impasse.domain.messages import MESSAGES
from impasse.domain.notification import (
    ASKING,
    URGENT,
    Lapse,
    NotificationSettings,
    overtaken,
    settings_faults,
)
from impasse.engine.outbox import DeliveryState
from runs import a_run

AT = datetime(2026, 9, 7, 9, tzinfo=UTC)
REACHED = "nl.impasse.case.escalation-level-reached"


def test_every_message_that_asks_for_something_is_one_of_ours() -> None:
    assert set(ASKING) <= set(MESSAGES)
    assert set(ASKING) >= URGENT
    for words in ASKING.values():
        # Neutral: nobody is blamed for not answering.
        assert "heeft niet" not in words.nl
        assert words.nl != words.en


def run(**changes: Any) -> Run:
    return a_run(AT, **changes)


def taken_up(person: str, organisation: str) -> Acknowledgement:
    return Acknowledgement("A1", 0, 0, person, organisation, "Bellen", date(2026, 9, 9), AT)


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (run(), None),
        (None, Lapse.RUN_ENDED),
        (run(state=RunState.ENDED, next_at=None, next_is=NextIs.NOTHING), Lapse.RUN_ENDED),
        (run(state=RunState.SNOOZED), Lapse.SNOOZED),
        (run(state=RunState.ACKNOWLEDGED), Lapse.TAKEN_UP),
        (run(level=1, level_at=AT + timedelta(hours=1)), Lapse.LEVEL_PASSED),
        (run(acts=(taken_up("lisa", "gm0363"),)), Lapse.TAKEN_UP),
        (run(acts=(taken_up("holland", "pv27"),)), None),
    ],
)
def test_an_escalation_asks_no_more_of_who_answered_it(now: Run | None, why: Lapse | None) -> None:
    assert overtaken(REACHED, now, AT, "amsterdam", "gm0363") is why


def test_that_a_run_ended_is_news_and_still_told_after_its_end() -> None:
    assert overtaken("nl.impasse.case.escalation-ended", None, AT, "amsterdam", "") is None


@pytest.mark.parametrize(
    ("states", "seen", "stands"),
    [
        ("delivered", False, "delivered"),
        ("seen", True, "seen"),
        # Delivered is delivered everywhere, not on the last channel that was tried.
        ("dead delivered", False, "dead"),
        ("delivered failed", True, "failed"),
        ("delivered retrying", False, "retrying"),
        ("delivered sent", False, "sent"),
        ("seen sent", True, "seen"),
        ("delivered lapsed", False, "delivered"),
        ("lapsed lapsed", False, "lapsed"),
        ("delivered held waiting", False, "held"),
    ],
)
def test_it_is_delivered_when_every_delivery_that_is_required_is(
    states: str, stands: str, *, seen: bool
) -> None:
    found = standing_of([DeliveryState(one) for one in states.split()], seen=seen)
    assert found is DeliveryState(stands)


def test_settings_name_every_fault_at_once() -> None:
    wrong = NotificationSettings(
        chat="a b",
        working_days=frozenset(),
        from_time=time(18),
        until_time=time(8),
        group_minutes=1000,
    )
    places = {fault.pointer for fault in settings_faults(wrong)}
    assert places == {"/chat", "/workingDays", "/untilTime", "/groupMinutes"}
    assert settings_faults(NotificationSettings()) == []
