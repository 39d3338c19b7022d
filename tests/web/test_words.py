"""Days, counts and the order of parties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from impasse.domain.calendar import Calendar, ClosureDay
from impasse.domain.case import Party, Term, TermState
from impasse.domain.people import Layer
from impasse.domain.text import Text
from impasse.web.course import progress, remaining
from impasse.web.words import (
    count_term,
    day_long,
    day_short,
    day_short_year,
    decimal,
    in_party_order,
    layers_of,
)

CALENDAR = Calendar(edition="test", horizon=date(2030, 12, 31))


def term(start: date, end: date) -> Term:
    instant = datetime(end.year, end.month, end.day, tzinfo=UTC)
    return Term(
        "signal", 1, "10 working days", "agreement", "auto", start, end, end, instant, "test"
    )


def test_days_are_written_as_people_plan_with_them():
    day = date(2026, 10, 15)

    assert day_short(day).nl == "do 15 okt"
    assert day_short(day).en == "Thu 15 Oct"
    assert day_long(day).nl == "donderdag 15 oktober"
    assert day_short_year(day).en == "15 Oct 2026"


def test_numbers_have_a_comma_in_dutch_and_a_point_in_english():
    assert decimal(7.25, "nl") in {"7,2", "7,3"}
    assert decimal(0, "nl") == "0,0"
    assert decimal(12.5, "en") == "12.5"


@pytest.mark.parametrize(
    ("today", "state", "left", "late_by", "done"),
    [
        (date(2026, 10, 1), "ok", 10, 0, 0),
        (date(2026, 10, 12), "ok", 3, 0, 7),
        (date(2026, 10, 13), "warn", 2, 0, 8),
        (date(2026, 10, 15), "warn", 0, 0, 10),
        (date(2026, 10, 16), "late", 0, 1, 11),
        (date(2026, 10, 21), "late", 0, 4, 14),
    ],
)
def test_a_term_is_counted_in_working_days(today, state, left, late_by, done):
    count = count_term(term(date(2026, 10, 1), date(2026, 10, 15)), today, CALENDAR)

    assert (count.state, count.left, count.late_by, count.done) == (state, left, late_by, done)
    assert count.total == 10


def test_the_last_tenth_of_a_long_term_is_almost_late():
    long = term(date(2026, 9, 1), date(2026, 10, 27))  # 40 working days

    assert count_term(long, date(2026, 10, 20), CALENDAR).left == 5
    assert not count_term(long, date(2026, 10, 20), CALENDAR).almost
    assert count_term(long, date(2026, 10, 21), CALENDAR).almost


def test_an_overrun_term_marks_where_it_should_have_ended():
    count = count_term(term(date(2026, 10, 1), date(2026, 10, 15)), date(2026, 10, 29), CALENDAR)

    assert count.share == 100.0
    assert count.mark == 50.0


def test_a_term_in_hours_tells_its_hour_and_is_late_once_it_has_rung():
    hours = replace(
        term(date(2026, 10, 1), date(2026, 10, 2)),
        length="24 hours",
        ends_at=datetime(2026, 10, 2, 11, 0, tzinfo=UTC),
    )
    today = date(2026, 10, 2)

    assert count_term(hours, today, CALENDAR).at == Text("om 13.00 uur", "at 13:00")
    assert progress(hours, today, CALENDAR).nl == "tot vr 2 okt om 13.00 uur"
    rung = replace(hours, state=TermState.EXPIRED)
    assert count_term(rung, today, CALENDAR).state == "late"
    assert remaining(rung, today, CALENDAR).nl == "te laat"


def test_a_term_is_counted_by_the_calendar_that_it_keeps_to():
    closed = ClosureDay(date(2026, 10, 5), Text("dicht", "closed"), "besluit directie")
    calendar, today = replace(CALENDAR, closures=(closed,)), date(2026, 10, 2)
    agreed = replace(term(date(2026, 10, 1), date(2026, 10, 15)), basis="agreement")
    by_law = replace(agreed, basis="statute")

    for one, total in ((agreed, 9), (by_law, 10)):
        count = count_term(one, today, calendar)
        assert (count.total, count.done, count.left) == (total, 1, total - 1)
        assert progress(one, today, calendar).nl == f"dag 1 van {total}, tot do 15 okt"
        assert remaining(one, today, calendar).nl == f"nog {total - 1} werkdagen"


def test_parties_always_stand_in_the_same_order():
    parties = [
        Party("ws1", "waterschap", Layer.WATER_AUTHORITY),
        Party("x-vng", "VNG", Layer.UMBRELLA),
        Party("gm1", "gemeente", Layer.MUNICIPALITY),
        Party("mn1", "ministerie", Layer.NATIONAL),
        Party("pv1", "provincie", Layer.PROVINCE),
        Party("gm2", "andere gemeente", Layer.MUNICIPALITY),
    ]

    assert [party.organisation for party in in_party_order(parties)] == [
        "mn1", "pv1", "gm1", "gm2", "ws1", "x-vng",
    ]  # fmt: skip
    assert layers_of(parties)[:4] == (
        Layer.NATIONAL,
        Layer.PROVINCE,
        Layer.MUNICIPALITY,
        Layer.WATER_AUTHORITY,
    )
