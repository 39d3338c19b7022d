"""Nobody planned January: the secretariat hears it in time, in words, and only once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders import running
from impasse.adapters.sql.duty import SqlDuty
from impasse.adapters.sql.substitutions import end_absence, record_absence
from impasse.domain.duty import Rota
from impasse.domain.duty_plans import Rotation
from impasse.domain.substitution import Wish
from impasse.domain.text import Text
from telling import calendar, deliveries, notifications, settle_in, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builders import Running

KEEPERS = {"sam", "sara", "bea"}
"""The secretariat of the organisation, and the administrator."""


@pytest.fixture
def house(database_url: str) -> Iterator[Running]:
    """A house whose rota is planned for three weeks."""
    with running(database_url) as house:
        settle_in(house)
        now = house.clock.at
        today = calendar().local_day(now)
        duty = SqlDuty(house.database, calendar)
        duty.create(Rota("secretariaat", Text("Secretariaat", ""), "mnre1034", now, "sam"), by=None)
        plan = Rotation(("sam", "sara"), today, today + timedelta(days=20))
        duty.plan("secretariaat", plan, by=None, at=now)
        yield house


def live(house: Running, days: int) -> None:
    """Let days pass; each hour the clock looks, in a process that was just started."""
    for _ in range(days * 8):
        SqlDuty(house.database, calendar).look(house.clock())
        tell(house)
        house.clock.at += timedelta(hours=3)


def test_the_keepers_hear_of_a_gap_once_ahead_and_once_when_it_is_near(house: Running) -> None:
    live(house, 40)

    told = notifications(house)

    assert {row.person_id for row in told} == KEEPERS
    assert len(told) == 2 * len(KEEPERS)
    assert all("er is niemand ingepland" in row.reason_nl for row in told)
    assert all(row.why_nl and row.otherwise_nl and row.otherwise_en for row in told)
    assert deliveries(house, "sam"), "by e-mail too"


def test_an_absence_that_opens_a_gap_is_told_and_one_that_ended_is_not_told_again(
    house: Running,
) -> None:
    today = calendar().local_day(house.clock())
    live(house, 1)
    assert notifications(house) == []

    # Sam is away on days of his own, and who stands in is away as well.
    days = (today + timedelta(days=2), today + timedelta(days=3))
    record_absence(house.database, Wish("sara", "sam", *days), by=None, at=house.clock())
    line = record_absence(house.database, Wish("sam", "sara", *days), by=None, at=house.clock())
    live(house, 1)
    first = notifications(house)
    assert {row.person_id for row in first} == KEEPERS
    assert "afwezig en er is geen vervanger" in first[0].reason_nl

    end_absence(house.database, line.absence.id, by=None, at=house.clock())
    live(house, 1)
    assert len(notifications(house)) == len(first)
