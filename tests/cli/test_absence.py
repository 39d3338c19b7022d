"""Absences on the command line: recorded, listed with their warnings, and ended."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import AMSTERDAM

if TYPE_CHECKING:
    from collections.abc import Callable

    Impasse = Callable[..., tuple[int, str, str]]


def test_a_whole_absence_from_the_command_line(impasse: Impasse) -> None:
    today = datetime.now(AMSTERDAM).date()
    week = ("--from", today.isoformat(), "--until", (today + timedelta(days=4)).isoformat())
    assert impasse("db", "upgrade")[0] == 0
    for user, organ in (("anna", "college van burgemeester en wethouders"), ("bram", "")):
        status, _, complaint = impasse(
            "user", "add", user, "--name", user, "--function", "Liaison", "--organisation",
            "gm0363", "--role", "liaison_officer", "--organ", organ,
        )  # fmt: skip
        assert status == 0, complaint
    listed = json.loads(impasse("user", "list", "--format", "json")[1])
    assert listed[0]["organ"] == "college van burgemeester en wethouders"

    status, answer, _ = impasse("user", "absent", "add", "anna", "--substitute", "bram", *week)
    assert status == 0
    number = re.search(r"Vastgelegd als (\w+)", answer)[1]

    status, _, complaint = impasse("user", "absent", "add", "anna", "--substitute", "bram", *week)
    assert status != 0
    assert "Er staat al een afwezigheid" in complaint

    # Bram names Anna: the chain of each now leads to nobody.
    status, answer, _ = impasse("user", "absent", "add", "bram", "--substitute", "anna", *week)
    assert status == 0
    assert "Let op: " in answer
    assert "neemt niemand waar" in answer

    assert impasse("user", "absent", "end", number)[0] == 0
    [left] = json.loads(impasse("user", "absent", "list", "--format", "json")[1])
    assert (left["person"], left["gaps"]) == ("bram", [])
    assert impasse("user", "absent", "end", number)[0] != 0


def test_what_cannot_be_is_refused_in_words(impasse: Impasse) -> None:
    assert impasse("db", "upgrade")[0] == 0

    status, _, complaint = impasse(
        "user", "add", "eva", "--name", "Eva", "--function", "Toezicht", "--organisation", "pv27",
        "--role", "supervisor", "--role", "liaison_officer",
    )  # fmt: skip
    assert status != 0
    assert "Een toezichthouder heeft hier geen andere rol" in complaint
    for days in (("31-12-2026", "2026-12-31"), ("2026-12-31", "2026-02-30")):
        status, _, complaint = impasse(
            "user", "absent", "add", "eva", "--substitute", "x", "--from", days[0], "--until",
            days[1],
        )  # fmt: skip
        assert status != 0
        assert "Schrijf de dag als 2026-12-24" in complaint
    assert impasse("user", "absent", "end", "nergens")[0] != 0
