"""A case that stands where nobody knows: a list goes on, and the case itself gets a sentence."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow


@pytest.fixture
def spoil(door):
    """Write something into the row of a case that no command would write."""

    def spoil_(case: str, **values: str) -> str:
        rows = table(CaseRow)
        with door.house.database.begin() as connection:
            connection.execute(update(rows).where(rows.c.id == case).values(values))
        return case

    return spoil_


def refused(answer) -> str:
    """Return the sentence of a conflict."""
    assert answer.status_code == 409, answer.text
    assert answer.json()["type"].endswith("/conflict")
    return answer.json()["detail"]


def test_its_moves_are_a_conflict_with_a_remedy_and_not_an_empty_list(door, spoil):
    number = spoil(door.open_case(), stage="weird")

    for answer in (
        door.get(f"/cases/{number}/transitions"),
        door.post(f"/cases/{number}/transitions", {"trigger": "start_fact_finding"}),
    ):
        detail = refused(answer)
        assert "interbestuurlijke-impasse@2 kent de fase 'weird' niet" in detail
        assert "IMPASSE_WORKFLOWS" in detail
        assert "'impasse db upgrade'" in detail


def test_the_case_itself_and_the_list_show_the_bare_name(door, spoil):
    number = spoil(door.open_case(), stage="weird")
    shown = {
        "name": "weird",
        "label": {"nl": "weird (fase onbekend)", "en": "weird (unknown stage)"},
    }

    assert door.get(f"/cases/{number}").json()["stage"] == shown
    assert [one["stage"] for one in door.get("/cases").json()["items"]] == [shown]


@pytest.mark.parametrize("part", ["", "/transitions", "/history"])
def test_a_version_that_was_not_adopted_is_a_conflict_as_the_case_exists(door, spoil, part):
    number = spoil(door.open_case(), workflow_version="0.9")

    assert f"Zaak {number} volgt procedure interbestuurlijke-impasse@0.9" in refused(
        door.get(f"/cases/{number}{part}")
    )
    view = {"kind": "view", "organisation": "gm0363"}
    assert "IMPASSE_WORKFLOWS" in refused(door.post(f"/cases/{number}/confirmations", view))
    # The version itself is still not found, by who asks for it.
    assert door.get("/workflows/interbestuurlijke-impasse@0.9").status_code == 404


def test_the_list_goes_on_without_its_version(door, spoil):
    whole, number = door.open_case(), door.open_case()
    spoil(number, workflow_version="0.9")

    items = door.get("/cases").json()["items"]

    assert [(one["id"], one["workflow"]) for one in items] == [
        (whole, "interbestuurlijke-impasse@2"),
        (number, "interbestuurlijke-impasse@0.9"),
    ]
    assert items[1]["stage"]["label"]["en"] == "signal (unknown stage)"


@pytest.mark.parametrize(("column", "value"), [("tier", "weird"), ("level", "paars")])
def test_a_strange_word_leaves_a_case_out_of_lists_and_is_named(door, spoil, column, value):
    first, number, last = (door.open_case() for _ in range(3))
    spoil(number, **{column: value})

    page = door.get("/cases?pageSize=1").json()
    assert [one["id"] for one in page["items"]] == [first]
    page = door.get(page["links"]["next"].removeprefix("/api/v1")).json()
    assert [one["id"] for one in page["items"]] == [last]
    for part in ("", "/transitions", "/history", "/terms", "/early-warning", "/signals"):
        detail = refused(door.get(f"/cases/{number}{part}"))
        assert f"Zaak {number} kan niet worden gelezen: in kolom '{column}' staat" in detail


def test_every_address_of_a_case_says_that_it_may_answer_so(door_for_reading):
    paths = door_for_reading.get("/openapi.json").json()["paths"]
    of_a_case = {path: ways for path, ways in paths.items() if "{case}" in path}
    assert len(of_a_case) > 5
    for path, ways in of_a_case.items():
        for way, operation in ways.items():
            assert "409" in operation["responses"], f"{way} {path}"
