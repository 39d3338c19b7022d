"""Dead letters on the command line: shown to who looks after them, and sent again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert

from impasse.adapters.sql.database import open_database, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow

if TYPE_CHECKING:
    from collections.abc import Callable

    Impasse = Callable[..., tuple[int, str, str]]

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def a_dead_letter(number: int) -> dict[str, object]:
    return {
        "message_id": None,
        "notification_id": None,
        "channel": "email",
        "destination": "otto",
        "bundle": f"b{number}",
        "state": "dead",
        "attempts": 7,
        "next_at": AT,
        "answered": 451,
        "failure": "451 later",
        "done_at": AT,
        "created_at": AT,
        "reported_at": AT,
    }


def test_dead_letters_are_listed_and_sent_again(impasse: Impasse) -> None:
    assert impasse("db", "upgrade")[0] == 0
    for user, role in (("adam", "administrator"), ("otto", "secretariat"), ("vera", "mediator")):
        status, _, complaint = impasse(
            "user", "add", user, "--name", user, "--function", "Functie", "--organisation",
            "mnre1034", "--role", role,
        )  # fmt: skip
        assert status == 0, complaint
    database = open_database("sqlite:///impasse.db")
    with writing(database) as connection:
        connection.execute(insert(table(DeliveryRow)), [a_dead_letter(n) for n in range(3)])
    database.dispose()

    told = impasse("delivery", "list", "--by", "adam")[1]
    assert "onbestelbaar" in told
    assert "451 later" in told
    assert "Er is niets." in impasse("delivery", "list", "--by", "vera")[1]
    listed = json.loads(impasse("delivery", "list", "--by", "otto", "--format", "json")[1])
    first = str(listed["deliveries"][0]["id"])

    assert impasse("delivery", "replay", first, "--by", "vera")[0] != 0
    assert "1 bezorging gaat opnieuw." in impasse("delivery", "replay", first, "--by", "otto")[1]
    status, _, complaint = impasse("delivery", "replay", first, "--by", "otto")
    assert status != 0
    assert "onderweg" in complaint
    early = ("--until", "2026-11-23T08:00Z", "--by", "adam")
    assert "0 bezorgingen" in impasse("delivery", "replay", *early)[1]
    assert (
        "2 deliveries"
        in impasse("delivery", "replay", "--all", "--by", "adam", "--language", "en")[1]
    )


def test_what_cannot_be_meant_is_said(impasse: Impasse) -> None:
    impasse("db", "upgrade")
    status, _, complaint = impasse("delivery", "replay", "--by", "adam")
    assert (status, "--all" in complaint) == (2, True)
    status, _, complaint = impasse("delivery", "list", "--since", "gisteren", "--by", "adam")
    assert (status, "2026-11-23T10:00Z" in complaint) == (2, True)
    assert impasse("delivery", "list", "--by", "niemand")[0] != 0
