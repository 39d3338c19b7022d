"""People answer escalations on the command line, as who they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import TimerRow
from impasse.settings import Settings
from impasse.wiring import build, prepare
from runs import put_person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine as Database

    from conftest import Impasse

from builders import SECRETARY, an_opening

SOON = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()


@pytest.fixture
def database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A house with a case, and people of both sides and the secretariat."""
    monkeypatch.setenv("IMPASSE_DATABASE_URL", sqlite_url)
    settings = Settings(database_url=sqlite_url)
    prepare(settings)
    house = build(settings)
    for key, organisation, role in (
        ("els", "gm0363", "liaison_officer"),
        ("piet", "pv27", "liaison_officer"),
        ("wim", "gm0599", "liaison_officer"),
        ("sam", "mnre1034", "secretariat"),
    ):
        put_person(house.database, key, organisation, role)
    house.engine.handle(an_opening(), SECRETARY)
    house.close()
    database = open_database(sqlite_url)
    yield database
    database.dispose()


def case_of(impasse: Impasse) -> str:
    [number] = [
        word
        for word in impasse("search", "brug", "--by", "sam")[1].split()
        if word.startswith("IMP-")
    ][:1]
    return number


def test_a_run_is_begun_taken_up_laid_aside_and_settled(
    impasse: Impasse, database: Database
) -> None:
    case, el, sam = case_of(impasse), ("--by", "els"), ("--by", "sam")
    assert "Er loopt geen" in impasse("escalation", "runs", *el)[1]
    assert impasse("escalation", "start", case, "nieuw-signaal", *el)[:2] == (
        0,
        "Opschaling E1 loopt.\n",
    )
    listed = json.loads(impasse("escalation", "runs", *el, "--format", "json")[1])
    assert [(one["id"], one["state"]) for one in listed] == [("E1", "running")]
    step = ("--next-step", "Wij bellen", "--until", SOON)
    assert impasse("escalation", "acknowledge", case, "E1", *el, *step)[0] == 0
    told = impasse("escalation", "status", case, "E1", "--by", "piet")[1]
    assert "Wij bellen" in told
    assert "Als de stap er dan niet is" in told
    assert "1 personen" not in told
    again = impasse("escalation", "acknowledge", case, "E1", *el, *step)
    assert (again[0], "al opgepakt" in again[2]) == (1, True)
    rest = ("--reason", "overleg", "--until", SOON)
    assert impasse("escalation", "snooze", case, "E1", "--by", "piet", *rest)[0] == 1
    assert impasse("escalation", "wake", case, "E1", *sam)[0] == 1
    assert impasse("escalation", "settle", case, "E1", *sam, "--note", "Klaar")[0] == 0
    assert impasse("escalation", "runs", *el)[1].startswith("Er loopt geen")
    assert "E1" in impasse("escalation", "runs", "--ended", *el)[1]


def test_who_does_not_see_the_case_sees_no_run_of_it(impasse: Impasse, database: Database) -> None:
    case = case_of(impasse)
    impasse("escalation", "start", case, "nieuw-signaal", "--by", "sam")
    assert "Er loopt geen" in impasse("escalation", "runs", "--by", "wim")[1]
    assert impasse("escalation", "status", case, "E1", "--by", "wim")[0] == 1
    assert impasse("escalation", "settle", case, "E1", "--by", "wim", "--note", "x")[0] == 1


def test_odd_input_names_the_option(impasse: Impasse, database: Database) -> None:
    case = case_of(impasse)
    impasse("escalation", "start", case, "nieuw-signaal", "--by", "sam")
    base = ("escalation", "acknowledge", case, "E1", "--by", "els", "--next-step")
    status, _, complaint = impasse(*base, "x", "--until", "morgen")
    assert (status, "--until" in complaint) == (2, True)
    status, _, complaint = impasse(*base, " ", "--until", "2020-01-01")
    assert status == 2
    assert "--next-step" in complaint
    assert "--until" in complaint


def test_what_stands_still_is_mended(impasse: Impasse, database: Database) -> None:
    case = case_of(impasse)
    impasse("escalation", "start", case, "nieuw-signaal", "--by", "sam")
    assert impasse("escalation", "mend")[1] == "Er is niets te herstellen.\n"
    with database.begin() as connection:
        connection.execute(delete(table(TimerRow)))
    assert f"{case}:E1 (zonder wekker)" in impasse("escalation", "mend", "--dry-run")[1]
    status, answer, _ = impasse("escalation", "mend")
    assert (status, answer) == (
        0,
        f"{case}:E1 (zonder wekker): heeft weer een moment en een wekker\n",
    )
    assert impasse("escalation", "mend")[1] == "Er is niets te herstellen.\n"
