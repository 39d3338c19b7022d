"""Two secretaries plan the same day at once, each through a process of her own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from threading import Barrier

from impasse.adapters.sql.audit import verify
from impasse.domain.commands import PlanMeeting
from impasse.domain.errors import StaleRevision
from impasse.domain.people import Actor, Role
from impasse.settings import Settings
from impasse.wiring import build

SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "cli")


def test_one_of_two_simultaneous_plans_is_told_that_the_day_is_taken(postgresql_url: str) -> None:
    settings = Settings(database_url=postgresql_url)
    houses = [build(settings, clock=lambda: datetime(2026, 9, 7, 9, tzinfo=UTC)) for _ in "ab"]
    days = [date(2026, month, 15) for month in (10, 12)] + [date(2027, 1, 14), date(2027, 4, 15)]
    together = Barrier(2)

    def plan(house_number: int) -> list[Exception | None]:
        outcomes = []
        for day in days:
            together.wait()
            command = PlanMeeting(day, time(13), time(15), "Den Haag", closes_on=day)
            outcomes.append(
                houses[house_number].engine.submit(command, SECRETARY).exception(timeout=30)
            )
        return outcomes

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(plan, (0, 1))
    try:
        for pair in zip(first, second, strict=True):
            assert sum(outcome is None for outcome in pair) == 1
            assert any(isinstance(outcome, StaleRevision) for outcome in pair)
        assert len(houses[0].views.meetings()) == len(days)
        assert list(verify(houses[0].database)) == []
    finally:
        for house in houses:
            house.close()
