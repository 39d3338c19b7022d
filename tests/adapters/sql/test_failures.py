"""When the database fails, a sentence says so and nothing is half done."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from impasse.adapters.sql.audit import verify
from impasse.adapters.sql.database import open_database, sqlite_file
from impasse.domain.case import Party
from impasse.domain.commands import OpenCase, RecordEvent, SignalReport
from impasse.domain.errors import Unavailable
from impasse.domain.people import CLOCK, Actor, Layer, Role
from impasse.domain.signals import Reliability
from impasse.settings import Settings
from impasse.wiring import build, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.wiring import House

SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "cli")
OPENING = OpenCase(
    "Wie betaalt de rondweg",
    (
        Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
        Party("pv27", "Noord-Holland", Layer.PROVINCE),
    ),
    (SignalReport("G1", Reliability.DOCUMENT, "gm0363", date(2026, 9, 1)),),
    "interbestuurlijke-impasse",
    "2",
)


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    """A house on SQLite on 7 September 2026."""
    settings = Settings(database_url=sqlite_url)
    prepare(settings)
    house = build(settings, clock=lambda: datetime(2026, 9, 7, 9, tzinfo=UTC))
    yield house
    house.close()


def tell_until_the_disk_is_full(house: House, case: str) -> None:
    for number in range(200):
        house.engine.handle(
            RecordEvent(case, f"{number} " + "lang verhaal " * 300, date(2026, 9, 1)), SECRETARY
        )


def test_a_full_disk_refuses_in_words_loses_nothing_and_works_again_with_room(
    house: House,
) -> None:
    case = house.engine.handle(OPENING, SECRETARY).subject
    writer = house.engine.store._kept.driver_connection  # type: ignore[attr-defined]
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(Unavailable) as refusal:
        tell_until_the_disk_is_full(house, case)
    assert "vol" in refusal.value.text.nl

    told = house.views.history(case)
    assert list(verify(house.database)) == []
    assert house.views.case(CLOCK, case).history_length == len(told)

    # The failed connection was let go of; the next one has the room of the real disk.
    receipt = house.engine.handle(RecordEvent(case, "Weer ruimte", date(2026, 9, 1)), SECRETARY)
    assert receipt.changed
    assert len(house.views.history(case)) == len(told) + 1


def test_a_commit_that_fails_tells_every_command_that_shared_it(house: House) -> None:
    case = house.engine.handle(OPENING, SECRETARY).subject
    before = house.views.case(CLOCK, case).revision

    @event.listens_for(house.database, "connect")
    def _no_room(connection: object, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    house.engine.store.close()  # type: ignore[attr-defined] # the next connection has no room
    answers = [
        house.engine.submit(RecordEvent(case, "verhaal " * 500, date(2026, 9, 1)), SECRETARY)
        for _ in range(100)
    ]
    failures = [answer.exception() for answer in answers]

    assert any(isinstance(failure, Unavailable) for failure in failures)
    done = sum(failure is None for failure in failures)
    event.remove(house.database, "connect", _no_room)
    assert house.views.case(CLOCK, case).revision == before + done
    assert list(verify(house.database)) == []


def test_a_file_that_was_taken_away_is_not_written_into(house: House) -> None:
    case = house.engine.handle(OPENING, SECRETARY).subject
    file = sqlite_file(house.settings.database_url)
    assert file is not None
    elsewhere = file.with_name("elsewhere.db")
    file.rename(elsewhere)

    with pytest.raises(Unavailable) as refusal:
        house.engine.handle(RecordEvent(case, "Verloren?", date(2026, 9, 1)), SECRETARY)
    assert str(file) in refusal.value.text.nl

    elsewhere.rename(file)
    assert house.engine.handle(RecordEvent(case, "Terug", date(2026, 9, 1)), SECRETARY).changed


def test_an_error_of_the_database_repeats_nothing_of_what_it_was_given(database_url: str) -> None:
    database = open_database(database_url)
    with pytest.raises(DBAPIError) as failed, database.connect() as connection:
        connection.execute(text("SELECT :said FROM nowhere"), {"said": "in vertrouwen"})
    database.dispose()
    assert "in vertrouwen" not in str(failed.value)
