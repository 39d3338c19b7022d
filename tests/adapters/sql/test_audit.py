"""Whatever is changed behind the back of the engine, the audit names it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from impasse.adapters.sql.audit import verify
from impasse.domain.case import Party
from impasse.domain.commands import MakeMove, OpenCase, PlanMeeting, RecordEvent
from impasse.domain.people import Actor, Layer, Role
from impasse.settings import Settings
from impasse.wiring import build, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.wiring import House

SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "cli")


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """Two cases and a meeting, all with a sound history."""
    settings = Settings(database_url=database_url)
    prepare(settings)
    house = build(settings, clock=lambda: datetime(2026, 9, 7, 9, tzinfo=UTC))
    for title in ("Sluis", "Rondweg"):
        parties = (
            Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
            Party("pv27", "Noord-Holland", Layer.PROVINCE),
        )
        opening = OpenCase(title, parties, (), "interbestuurlijke-impasse", "2")
        case = house.engine.handle(opening, SECRETARY).subject
        house.engine.handle(RecordEvent(case, "Brief", date(2026, 9, 1)), SECRETARY)
    house.engine.handle(MakeMove(case, "start_fact_finding", note="haast"), SECRETARY)
    house.engine.handle(
        PlanMeeting(date(2026, 10, 8), time(13), time(15), "Den Haag", date(2026, 10, 1)),
        SECRETARY,
    )
    yield house
    house.close()


def test_what_the_engine_wrote_verifies(house: House) -> None:
    assert list(verify(house.database)) == []


@pytest.mark.parametrize(
    ("tampering", "subject", "seq", "words"),
    [
        ("UPDATE entries SET content = '{}' WHERE seq = 2", "IMP-2026-0001", 2, "gebroken"),
        ("UPDATE entries SET person = 'x' WHERE seq = 1", "IMP-2026-0001", 1, "gebroken"),
        (
            "DELETE FROM entries WHERE subject = 'IMP-2026-0002' AND seq = 3",
            "IMP-2026-0002",
            3,
            "gebroken",
        ),
        (
            "UPDATE cases SET history_head = 'x' WHERE id = 'IMP-2026-0001'",
            "IMP-2026-0001",
            2,
            "gebroken",
        ),
        (
            (
                "DELETE FROM entries WHERE subject = 'IMP-2026-0001';"
                "UPDATE cases SET history_head = '', history_length = 0 WHERE id = 'IMP-2026-0001'"
            ),
            "IMP-2026-0001",
            1,
            "gebroken",
        ),
        (
            "UPDATE cases SET stage = 'resolved' WHERE id = 'IMP-2026-0001'",
            "IMP-2026-0001",
            2,
            "'resolved', maar de geschiedenis zegt 'signal'",
        ),
        (
            "UPDATE cases SET stage = 'signal' WHERE id = 'IMP-2026-0002'",
            "IMP-2026-0002",
            4,
            "zegt 'joint_fact_finding'",
        ),
        (
            "DELETE FROM meetings",
            "OVERLEG-2026-10-08",
            1,
            "geen zaak",
        ),
    ],
)
def test_every_tampering_is_named(
    house: House, tampering: str, subject: str, seq: int, words: str
) -> None:
    with house.database.begin() as connection:
        for statement in tampering.split(";"):
            connection.execute(text(statement))

    first = next(iter(verify(house.database)))

    assert (first.subject, first.seq) == (subject, seq)
    assert words in first.why.nl


def test_a_case_that_was_deleted_with_all_its_traces_is_missed_by_its_number(
    house: House,
) -> None:
    with house.database.begin() as connection:
        for statement in (
            "DELETE FROM parties WHERE case_id = 'IMP-2026-0001'",
            "DELETE FROM terms WHERE case_id = 'IMP-2026-0001'",
            "DELETE FROM timers WHERE case_id = 'IMP-2026-0001'",
            "DELETE FROM entries WHERE subject = 'IMP-2026-0001'",
            "DELETE FROM cases WHERE id = 'IMP-2026-0001'",
        ):
            connection.execute(text(statement))

    (gone,) = verify(house.database)

    assert gone.subject == "IMP-2026-0001"
    assert "verdwenen" in gone.why.nl
