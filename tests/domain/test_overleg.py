"""A meeting is planned on a day that can be, or refused with all that is wrong."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import pytest

from decisions import PROVINCE, SECRETARY
from impasse.domain.access import authorise
from impasse.domain.commands import PlanMeeting
from impasse.domain.decide import plan_meeting
from impasse.domain.errors import Invalid, NotAllowed

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar

TODAY = date(2026, 9, 7)


def a_meeting(**changes: date | time) -> PlanMeeting:
    """A meeting on a Thursday afternoon."""
    values: dict[str, date | time] = {
        "day": date(2026, 10, 8),
        "starts_at": time(13),
        "ends_at": time(15),
        "closes_on": date(2026, 10, 1),
    }
    return PlanMeeting(place="Den Haag", **(values | changes))  # type: ignore[arg-type]


def test_a_meeting_is_known_by_its_day(calendar: Calendar) -> None:
    decision = plan_meeting(a_meeting(), today=TODAY, calendar=calendar)

    assert decision.meeting is not None
    assert decision.meeting.id == decision.created == "2026-10-08"
    assert [entry.action for entry in decision.entries] == ["meeting_planned"]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"day": date(2026, 9, 1), "closes_on": date(2026, 8, 1)}, ["/day"]),
        ({"day": date(2027, 3, 26)}, ["/day"]),
        ({"day": date(2101, 1, 3)}, ["/day"]),
        ({"day": date.max, "closes_on": date.min}, ["/day", "/closesOn"]),
        ({"ends_at": time(13)}, ["/endsAt"]),
        (
            {"day": date(2026, 10, 10), "ends_at": time(9), "closes_on": date(2026, 10, 12)},
            ["/day", "/endsAt", "/closesOn"],
        ),
    ],
)
def test_what_cannot_be_is_told_all_at_once(
    calendar: Calendar, changes: dict[str, date | time], pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        plan_meeting(a_meeting(**changes), today=TODAY, calendar=calendar)

    assert [fault.pointer for fault in refusal.value.faults] == pointers


def test_good_friday_is_named_as_the_reason(calendar: Calendar) -> None:
    with pytest.raises(Invalid) as refusal:
        plan_meeting(a_meeting(day=date(2027, 3, 26)), today=TODAY, calendar=calendar)

    assert "Goede Vrijdag" in refusal.value.faults[0].text.nl


def test_only_the_secretariat_plans() -> None:
    authorise(SECRETARY, a_meeting(), None)
    with pytest.raises(NotAllowed) as refusal:
        authorise(PROVINCE, a_meeting(), None)

    assert "secretariaat" in refusal.value.text.nl
