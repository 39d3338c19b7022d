"""Every door answers every role as the table of rights says."""

from __future__ import annotations

import pytest

from access import access_table
from access.access_table import Line
from access.doors import mounted, plain
from access.town import ROLES
from impasse.cli.main import COMMANDS


def test_every_door_has_a_line_and_every_line_a_door() -> None:
    lacking, left = access_table.gaps(access_table.lines())

    assert (lacking, left) == ([], []), "run 'python tests/access/access_table.py' and read it"


def test_every_door_beside_web_and_api_is_in_the_table(town) -> None:
    lined = {plain(line.path) for line in access_table.lines()}

    assert mounted(town) <= lined


def test_a_door_without_a_line_and_a_line_without_a_door_are_named(monkeypatch, capsys) -> None:
    first, *rest = access_table.lines()
    left = Line("/nergens", "GET", first.answers)
    monkeypatch.setattr(access_table, "lines", lambda: [*rest, left])

    assert access_table.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert f"no line for {first.method} {plain(first.path)}\n" in told
    assert "no door for GET /nergens\n" in told


@pytest.mark.parametrize("place", range(len(ROLES)), ids=[role.key for role in ROLES])
def test_the_house_answers_as_the_table_says(town, place: int) -> None:
    town.inhabited()
    lines = access_table.in_order(access_table.lines())

    wrong = [
        f"{line.method} {line.path}: {answered}, the table says {line.answers[place]}"
        for line in lines
        if (answered := access_table.answer(town, ROLES[place], line.path, line.method))
        != line.answers[place]
    ]

    assert not wrong, "\n".join(wrong)


def test_every_command_is_named_on_the_page() -> None:
    section = access_table.PAGE.read_text("utf-8").split("## Op de machine zelf")[1]

    assert [one.name for one in COMMANDS if f"`{one.name}`" not in section] == []
