"""Rotas and groups on the command line: made, planned, swapped, ended, and what is refused."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import AMSTERDAM

if TYPE_CHECKING:
    from collections.abc import Callable

    Impasse = Callable[..., tuple[int, str, str]]


def test_a_rota_and_a_group_from_the_command_line(impasse: Impasse) -> None:
    today = datetime.now(AMSTERDAM).date()
    year = ("--from", today.isoformat(), "--until", (today + timedelta(days=300)).isoformat())
    day = ("--from", today.isoformat(), "--until", today.isoformat())
    assert impasse("db", "upgrade")[0] == 0
    for user in ("nora", "otto"):
        status, _, complaint = impasse(
            "user", "add", user, "--name", user, "--function", "Secretaris", "--organisation",
            "mnre1034", "--role", "secretariat",
        )  # fmt: skip
        assert status == 0, complaint
    made = ("rota", "create", "secretariaat", "--label", "Secretariaat", "--organisation")
    assert impasse(*made, "gm0363")[0] != 0, "nobody of Amsterdam can sign in"
    assert impasse(*made, "mnre1034")[0] == 0

    told = impasse("doctor")[1]
    assert re.search(r"LET OP  dienstroosters: Vanaf .* er is niemand ingepland\. Zie de", told)

    persons = ("--person", "nora", "--person", "otto")
    [empty] = json.loads(impasse("rota", "list", "--format", "json")[1])
    assert empty["gaps"][0]["continues"] is True
    assert impasse("rota", "plan", "secretariaat", *persons, *year, "--weeks", "2")[0] == 0
    status, _, complaint = impasse("rota", "plan", "secretariaat", "--person", "nora", *day)
    assert status == 1
    assert "is al iemand ingepland" in complaint
    status, _, complaint = impasse(
        "rota", "plan", "secretariaat", "--person", "x", "--from", "gisteren", "--until", "nooit"
    )
    assert status == 2
    assert "2026-12-24" in complaint

    answer = impasse("rota", "swap", "secretariaat", "--person", "otto", *day)[1]
    number = re.search(r"Vastgelegd als (\w+)", answer)[1]
    assert "Vandaag van dienst: otto." in impasse("rota", "show", "secretariaat")[1]
    assert impasse("rota", "end", "secretariaat", number)[0] == 0
    assert re.search("goed    dienstroosters: 1;", impasse("doctor")[1])
    assert "Vandaag van dienst: nora." in impasse("rota", "show", "secretariaat")[1]
    assert impasse("rota", "show", "nergens")[0] != 0

    assert impasse("rota", "remove", "secretariaat")[0] == 0
    assert impasse("rota", "remove", "secretariaat")[0] != 0

    assert impasse("group", "create", "pool", "--label", "Pool", "--member", "nora")[0] == 0
    assert impasse("group", "change", "pool", "--member", "niemand")[0] != 0
    assert impasse("group", "change", "pool")[0] == 0
    assert json.loads(impasse("group", "list", "--format", "json")[1])[0]["members"] == []
    assert impasse("group", "remove", "pool")[0] == 0


def test_rank_and_language_of_a_user_from_the_command_line(impasse: Impasse) -> None:
    assert impasse("db", "upgrade")[0] == 0
    add = (
        "user", "add", "anna", "--name", "anna", "--function", "Hoofd", "--organisation", "gm0363",
        "--role", "liaison_officer",
    )  # fmt: skip
    assert impasse(*add, "--language", "fr")[0] != 0
    assert impasse(*add, "--rank", "minister")[0] != 0
    assert impasse(*add, "--rank", "head")[0] == 0
    assert impasse("user", "change", "anna", "--language", "en")[0] == 0
    assert impasse("user", "change", "anna", "--email", "geen adres")[0] != 0
    assert impasse("user", "change", "niemand", "--rank", "head")[0] != 0

    [anna] = json.loads(impasse("user", "list", "--format", "json")[1])
    assert (anna["rank"], anna["language"], anna["email"]) == ("head", "en", "")
