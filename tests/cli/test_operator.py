"""An operator's day: upgrade, add a colleague, hand out a token, verify the history."""

from __future__ import annotations

import json
import socket
import sqlite3
from typing import TYPE_CHECKING

import pytest

from impasse.domain.case import Party
from impasse.domain.commands import OpenCase, PlanMeeting, RaiseTier, SignalReport
from impasse.domain.people import Actor, Layer, Role
from impasse.domain.signals import Reliability
from impasse.domain.tier import Tier
from impasse.settings import Settings
from impasse.wiring import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Impasse = Callable[..., tuple[int, str, str]]

SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "cli")


def a_case_on_the_table() -> str:
    """Open a case, plan a meeting, and take the case to the table."""
    house = build(Settings())
    try:
        day = house.calendar.local_day(house.clock())
        meeting = house.calendar.add_working_days(day, 20)
        receipt = house.engine.handle(
            OpenCase(
                "Wie betaalt de rondweg",
                (
                    Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
                    Party("pv27", "Noord-Holland", Layer.PROVINCE),
                ),
                (SignalReport("G1", Reliability.DOCUMENT, "gm0363", day),),
                "interbestuurlijke-impasse",
                "2",
            ),
            SECRETARY,
        )
        from datetime import time

        house.engine.handle(
            PlanMeeting(meeting, time(13), time(15), "Den Haag", closes_on=meeting), SECRETARY
        )
        house.engine.handle(
            RaiseTier(receipt.subject, Tier.OVERHEDENOVERLEG, "Besluit nodig"), SECRETARY
        )
        return meeting.isoformat()
    finally:
        house.close()


def test_a_database_is_upgraded_once_and_then_is_up_to_date(impasse: Impasse) -> None:
    status, answer, _ = impasse("db", "check")
    assert (status, "impasse db upgrade" in answer) == (1, True)

    assert impasse("db", "upgrade")[0] == 0
    assert impasse("db", "check")[0] == 0
    status, answer, _ = impasse("db", "check", "--format", "json")
    assert json.loads(answer)["upToDate"] is True
    assert json.loads(impasse("db", "upgrade", "--format", "json")[1])["migration"]


def test_a_colleague_gets_a_token_that_can_be_taken_back(impasse: Impasse) -> None:
    impasse("db", "upgrade")
    added = impasse(
        *("user", "add", "anna", "--name", "Anna", "--function", "Liaison"),
        *("--organisation", "gm0363", "--role", "liaison_officer"),
    )
    assert added[0] == 0, added
    status, answer, _ = impasse("token", "add", "anna", "--format", "json")
    issued = json.loads(answer)
    assert status == 0
    assert issued["token"].startswith("imp_")

    assert impasse("token", "revoke", issued["id"])[0] == 0
    assert "anna" in impasse("user", "list")[1]
    assert impasse("user", "disable", "anna")[0] == 0
    (person,) = json.loads(impasse("user", "list", "--format", "json")[1])
    assert person["disabled"] is True


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("token", "add", "niemand"), 1, "niemand"),
        (("token", "revoke", "deadbeef"), 1, "deadbeef"),
        (("user", "disable", "niemand"), 1, "niemand"),
        (("early-warning", "show", "IMP-2026-9999"), 1, "IMP-2026-9999"),
        (("agenda", "show", "2026-12-10"), 1, "2026-12-10"),
        (
            (
                *("user", "add", "x", "--name", "X", "--function", "Y"),
                *("--organisation", "gm9999", "--role", "mediator"),
            ),
            1,
            "gm9999",
        ),
    ],
)
def test_what_is_not_there_is_a_no_in_one_sentence(
    impasse: Impasse, arguments: tuple[str, ...], status: int, words: str
) -> None:
    impasse("db", "upgrade")

    found, answer, complaint = impasse(*arguments)

    assert (found, answer) == (status, "")
    assert words in complaint
    assert complaint.count("\n") == 1


def test_the_agenda_and_the_warning_of_a_case_can_be_read(impasse: Impasse) -> None:
    impasse("db", "upgrade")
    meeting = a_case_on_the_table()

    status, agenda, _ = impasse("agenda", "show", meeting)
    assert status == 0
    assert "Wie betaalt de rondweg" in agenda
    assert "Besluit nodig" in agenda
    (item,) = json.loads(impasse("agenda", "show", meeting, "--format", "json")[1])["items"]
    assert item["state"] == "proposed"

    case = item["case"]
    assert "groen" in impasse("early-warning", "show", case)[1]
    assert "green" in impasse("early-warning", "show", case, "--language", "en")[1]
    warning = json.loads(impasse("early-warning", "show", case, "--format", "json")[1])
    assert warning["level"] == "green"
    assert warning["reasons"][0]["code"] == "G1"


def test_a_history_that_was_changed_is_named_with_its_first_broken_entry(
    impasse: Impasse, tmp_path: Path
) -> None:
    impasse("db", "upgrade")
    a_case_on_the_table()
    assert impasse("audit", "verify")[0] == 0

    with sqlite3.connect(tmp_path / "impasse.db") as database:
        database.execute("UPDATE entries SET content = replace(content, 'rondweg', 'ringweg')")
    database.close()

    status, answer, _ = impasse("audit", "verify")
    assert status == 1
    assert "bij regel 1" in answer
    (broken,) = json.loads(impasse("audit", "verify", "--format", "json")[1])["broken"]
    assert broken["seq"] == 1


def test_the_doctor_says_what_must_be_done(impasse: Impasse) -> None:
    status, answer, _ = impasse("doctor")
    assert status == 1
    assert "impasse db upgrade" in answer

    impasse("db", "upgrade")
    a_case_on_the_table()
    status, answer, _ = impasse("doctor", "--format", "json")
    assert status == 0, answer
    assert all(finding["well"] for finding in json.loads(answer))


def test_a_missing_folder_is_named_with_its_remedy(
    impasse: Impasse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASSE_DATABASE_URL", "sqlite:///nergens/impasse.db")

    status, answer, complaint = impasse("db", "upgrade")

    assert (status, answer) == (2, "")
    assert "nergens" in complaint
    assert "IMPASSE_DATABASE_URL" in complaint


def test_a_file_that_is_no_database_is_refused_and_left_alone(
    impasse: Impasse, tmp_path: Path
) -> None:
    file = tmp_path / "impasse.db"
    file.write_text("Geachte heer, mevrouw, " * 100)

    status, _, complaint = impasse("db", "upgrade")

    assert status == 2
    assert "geen database" in complaint
    assert file.read_text().startswith("Geachte heer")


def test_a_demonstration_is_refused_where_somebody_works(impasse: Impasse) -> None:
    impasse("db", "upgrade")
    impasse(
        *("user", "add", "anna", "--name", "Anna", "--function", "Liaison"),
        *("--organisation", "gm0363", "--role", "liaison_officer"),
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])

    status, answer, complaint = impasse("serve", "--demo", "--port", port)

    assert (status, answer) == (1, "")
    assert "Kies voor --demo een andere database met IMPASSE_DATABASE_URL." in complaint
    (person,) = json.loads(impasse("user", "list", "--format", "json")[1])
    assert person["id"] == "anna"


@pytest.fixture
def of_tomorrow(impasse: Impasse, tmp_path: Path) -> None:
    """A database that was upgraded by a version of the future."""
    impasse("db", "upgrade")
    with sqlite3.connect(tmp_path / "impasse.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0099'")
    database.close()


@pytest.mark.usefixtures("of_tomorrow")
@pytest.mark.parametrize("arguments", [("db", "upgrade"), ("doctor",), ("serve",), ("worker",)])
def test_a_database_of_a_newer_version_is_left_alone_in_one_sentence(
    impasse: Impasse, arguments: tuple[str, ...]
) -> None:
    if arguments[0] == "serve":
        with socket.create_server(("127.0.0.1", 0)) as free:
            arguments = ("serve", "--port", str(free.getsockname()[1]))

    status, answer, complaint = impasse(*arguments)

    assert (status, answer) == (2, "")
    assert "stap 0099: zij is gemaakt door een nieuwere (of andere) impasse" in complaint
    assert complaint.count("impasse: ") == 1


@pytest.mark.usefixtures("of_tomorrow")
def test_a_check_of_a_database_of_a_newer_version_is_an_honest_no(impasse: Impasse) -> None:
    status, answer, _ = impasse("db", "check")
    assert status == 1
    assert "installeer die versie" in answer
    assert answer.count("\n") == 1

    told = json.loads(impasse("db", "check", "--format", "json")[1])
    assert (told["migration"], told["upToDate"]) == ("0099", False)


@pytest.mark.parametrize("place", ["impasse:geheim@/nergens", "nobody:geheim@/postgres"])
def test_a_name_or_password_that_postgresql_refuses_stays_out_of_the_sentence(
    impasse: Impasse, monkeypatch: pytest.MonkeyPatch, postgresql_url: str, place: str
) -> None:
    folder = postgresql_url.partition("?")[2]
    monkeypatch.setenv("IMPASSE_DATABASE_URL", f"postgresql+psycopg://{place}?{folder}")

    for arguments in (("db", "upgrade"), ("db", "check"), ("user", "list"), ("doctor",)):
        status, answer, complaint = impasse(*arguments)
        assert (status, answer) == (2, "")
        assert "IMPASSE_DATABASE_URL" in complaint
        assert "geheim" not in complaint
        assert complaint.count("\n") == 1


def test_a_server_that_is_gone_is_said_so(
    impasse: Impasse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASSE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/impasse")

    status, _, complaint = impasse("db", "check")

    assert status == 2
    assert "antwoordt niet" in complaint
