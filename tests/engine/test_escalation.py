"""Escalation through the whole house: a real database, the real outbox, and people in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from decisions import PROVINCE, SECRETARY, ZANDMEER, an_opening
from escalations import a_town
from impasse.adapters.sql.people import add_person
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CandidateRow,
    DeliveryRow,
    EscalationRunRow,
    NotificationRow,
    OutboxRow,
    TimerRow,
)
from impasse.domain.commands import AcknowledgeEscalation, MakeMove, StartEscalation
from impasse.domain.errors import Conflict
from impasse.domain.people import CLOCK
from impasse.settings import Settings
from impasse.wiring import build, build_tick, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.wiring import House

RUNS, TOLD = table(EscalationRunRow), table(NotificationRow)
OUT, SENT, TIMERS = table(OutboxRow), table(DeliveryRow), table(TimerRow)
CANDIDATES = table(CandidateRow)


class Time:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.at = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def time() -> Time:
    """Monday 7 September 2026, eleven in the morning in Amsterdam."""
    return Time()


@pytest.fixture
def house(database_url: str, time: Time) -> Iterator[House]:
    """A house with the shipped policies and the people of a town."""
    settings = Settings(database_url=database_url)
    prepare(settings, clock=time)
    made = build(settings, clock=time)
    for person in a_town().persons.values():
        add_person(made.database, person)
    yield made
    made.close()


def _pass(house: House, time: Time, until: datetime) -> None:
    """Let time pass hour by hour, with one round of the clock and of the outbox each."""
    tick = build_tick(house)
    while time.at < until:
        time.at = min(time.at + timedelta(hours=6), until)
        for _ in range(2):
            tick._sweep()
            tick._postman._work()


def _levels(house: House) -> list[tuple[str, str]]:
    with house.database.connect() as connection:
        rows = connection.execute(
            select(OUT.c.at, OUT.c.rule).where(OUT.c.run != "").order_by(OUT.c.at)
        )
        return [(at.date().isoformat(), rule.rpartition(" ")[2]) for at, rule in rows]


def test_a_flag_that_nobody_answers_ends_up_before_the_meeting(house: House, time: Time) -> None:
    # The rota is empty: the whole secretariat stands in.
    case = house.engine.handle(an_opening(), ZANDMEER).subject
    _pass(house, time, datetime(2026, 10, 6, 12, tzinfo=UTC))
    with house.database.connect() as connection:
        [run] = connection.execute(select(RUNS)).all()
        [candidate] = connection.execute(select(CANDIDATES).where(CANDIDATES.c.run == run.id)).all()
        told = connection.execute(select(TOLD.c.person_id, TOLD.c.type)).all()
    assert (run.case_id, run.policy, run.state) == (case, "nieuw-signaal", "running")
    assert "Partijen: Zandmeer, Noord-Holland." in candidate.note
    assert {"zandmeer", "province", "secretary", "duty", "zandmeer-hoofd", "province-hoofd"} <= {
        person for person, _ in told
    }
    assert "stranger" not in {person for person, _ in told}
    days = [day for day, _ in _levels(house)]
    assert days == sorted(days)
    # A head hears of nothing but what is for heads.
    assert {kind for person, kind in told if person == "province-hoofd"} == {
        "nl.impasse.case.escalation-level-reached"
    }


def test_closing_ends_the_run_its_timer_and_what_is_held(house: House, time: Time) -> None:
    case = house.engine.handle(an_opening(), ZANDMEER).subject
    tick = build_tick(house)
    tick._postman._work()
    tick._postman._work()
    house.engine.handle(MakeMove(case, "withdraw", note="Opgelost"), ZANDMEER)
    with house.database.connect() as connection:
        [run] = connection.execute(select(RUNS)).all()
        armed = connection.execute(
            select(TIMERS.c.id).where(TIMERS.c.state == "armed", TIMERS.c.case_id == case)
        ).all()
        open_ = connection.execute(
            select(SENT.c.state)
            .where(SENT.c.notification_id.is_not(None))
            .where(SENT.c.state.in_(["waiting", "held", "retrying"]))
        ).all()
    assert (run.state, run.ended_as, run.next_at) == ("ended", "case_closed", None)
    assert armed == []
    assert open_ == []
    with pytest.raises(Conflict):
        house.engine.handle(AcknowledgeEscalation(case, "E1", "Stap", date(2026, 9, 9)), ZANDMEER)


def test_the_herald_starts_one_run_however_often_it_hears(house: House) -> None:
    case = house.engine.handle(an_opening(), ZANDMEER).subject
    command = StartEscalation(case, "nieuw-signaal", f"{case}-1-1", "case-opened", 1)
    first = house.engine.handle(command, CLOCK)
    again = house.engine.handle(command, CLOCK)
    assert (first.changed, again.changed) == (True, False)
    with house.database.connect() as connection:
        assert len(connection.execute(select(RUNS)).all()) == 1


def test_both_sides_take_it_up_and_it_waits(house: House, time: Time) -> None:
    case = house.engine.handle(an_opening(), ZANDMEER).subject
    _pass(house, time, datetime(2026, 9, 9, 15, tzinfo=UTC))
    for who in (ZANDMEER, PROVINCE):
        house.engine.handle(AcknowledgeEscalation(case, "E1", "Bellen", date(2026, 9, 11)), who)
    before = _levels(house)
    _pass(house, time, datetime(2026, 9, 11, 18, tzinfo=UTC))
    assert [one for one in _levels(house) if one not in before] == []
    _pass(house, time, datetime(2026, 9, 14, 12, tzinfo=UTC))
    assert _levels(house)[-1][0] == "2026-09-14"
    with pytest.raises(Conflict, match="runs in this case already"):
        house.engine.handle(StartEscalation(case, "nieuw-signaal"), SECRETARY)
