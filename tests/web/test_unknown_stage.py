"""A case that stands where nobody knows: it is shown for what it is, and the rest goes on."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, ConfirmationRow
from impasse.domain.case import ConfirmationKind
from impasse.domain.commands import Appoint, Confirm, DecideCandidate, RaiseTier
from impasse.domain.people import Actor, Role
from impasse.domain.tier import Tier

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
PARTS = ("", "/logboek", "/fase", "/partij")


@pytest.fixture
def spoil(house):
    """Write something into the row of a case that no command would write."""

    def spoil_(case: str, **values: str) -> str:
        rows = table(CaseRow)
        with house.database.begin() as connection:
            connection.execute(update(rows).where(rows.c.id == case).values(values))
        return case

    return spoil_


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("values", [{"stage": "weird"}, {"workflow_version": "0.9"}])
@pytest.mark.parametrize("view", ["bord", "lijst", "termijnen"])
def test_every_view_of_the_overview_shows_it_beside_the_others(as_, open_case, spoil, values, view):
    open_case("Een gewone zaak", reasons=("A1", "E1", "G1"))
    case = spoil(open_case("Een zaak van vroeger", reasons=("A1", "E1", "G1")), **values)
    name = values.get("stage", "signal")

    answer = as_("sam").get(f"/impasses?weergave={view}")

    assert answer.status_code == 200
    read = words(answer.text)
    assert "Een gewone zaak" in read
    assert "Een zaak van vroeger" in read
    assert f'href="/impasses/{case}"' in answer.text
    if view != "termijnen":
        assert f"{name} (fase onbekend)" in read


def test_in_english_it_is_an_unknown_stage(as_, open_case, spoil):
    spoil(open_case(), stage="weird")

    read = words(as_("sam").get("/impasses?taal=en").text)

    assert "weird (unknown stage)" in read
    assert "Outside these stages 1" in read


@pytest.mark.parametrize("part", PARTS)
def test_its_dossier_says_what_is_the_matter_and_what_to_do(as_, open_case, spoil, part):
    whole, case = open_case(), spoil(open_case(), stage="weird")
    sam = as_("sam")

    answer = sam.get(f"/impasses/{case}{part}")

    assert answer.status_code == 409
    read = words(answer.text)
    assert "interbestuurlijke-impasse@2 kent de fase 'weird' niet" in read
    assert "met de instelling IMPASSE_WORKFLOWS en 'impasse db upgrade'" in read
    assert sam.get(f"/impasses/{whole}{part}").status_code == 200


@pytest.mark.parametrize("part", [*PARTS, "/logboek.csv"])
def test_without_its_version_its_dossier_says_which_one_is_missing(as_, open_case, spoil, part):
    case = spoil(open_case(), workflow_version="0.9")

    answer = as_("sam").get(f"/impasses/{case}{part}")

    assert answer.status_code == 409
    assert "volgt procedure interbestuurlijke-impasse@0.9" in words(answer.text)


def test_its_logbook_can_be_taken_away(as_, open_case, spoil):
    case = spoil(open_case(), stage="weird")

    answer = as_("sam").get(f"/impasses/{case}/logboek.csv")

    assert answer.status_code == 200
    assert "case_opened" in answer.text


def test_a_strange_tier_leaves_it_out_of_lists_and_its_dossier_names_the_word(
    as_, open_case, spoil
):
    open_case("Een gewone zaak")
    case = spoil(open_case("Een zaak van vroeger"), tier="weird")
    sam = as_("sam")

    answer = sam.get("/impasses")
    assert answer.status_code == 200
    assert "Een gewone zaak" in answer.text
    assert "Een zaak van vroeger" not in answer.text

    answer = sam.get(f"/impasses/{case}")
    assert answer.status_code == 409
    assert f"Zaak {case} kan niet worden gelezen: in kolom 'tier' staat 'weird'" in words(
        answer.text
    )


def test_a_meeting_goes_on_with_what_it_can_tell(as_, open_case, spoil, plan_meeting, house):
    meeting = plan_meeting(date(2026, 11, 5)).removeprefix("OVERLEG-")
    for title, values in (
        ("Een gewone zaak", {}),
        ("Een zaak van vroeger", {"stage": "weird"}),
        ("Een zaak zonder procedure", {"workflow_version": "0.9"}),
        ("Een onleesbare zaak", {"level": "paars"}),
    ):
        case = open_case(title)
        house.engine.handle(RaiseTier(case, Tier.OVERHEDENOVERLEG, "Geen uitweg."), SECRETARIAT)
        candidate = house.views.case(SECRETARIAT, case).candidate
        house.engine.handle(
            DecideCandidate(case, candidate, accepted=True, meeting=meeting), SECRETARIAT
        )
        if values:
            spoil(case, **values)

    answer = as_("sam").get(f"/overleg/{meeting}")

    assert answer.status_code == 200
    read = words(answer.text)
    assert "Een gewone zaak" in read
    assert "weird (fase onbekend)" in read
    assert "Een zaak zonder procedure" in read
    assert "Een onleesbare zaak" not in read


def test_a_part_that_cannot_be_read_does_not_take_the_overview_along(as_, open_case, house):
    case = open_case("Een zaak met veel signalen", reasons=("A1", "R1", "G1", "E1", "U1"))
    house.engine.handle(Appoint(case, "handler", "sam"), SECRETARIAT)
    house.engine.handle(Confirm(case, ConfirmationKind.VIEW, "gm0363", "brief"), SECRETARIAT)
    with house.database.begin() as connection:
        connection.execute(update(table(ConfirmationRow)).values(kind="weird"))

    with capture_logs() as lines:
        answer = as_("sam").get("/impasses")

    assert answer.status_code == 200
    assert "Een zaak met veel signalen" in answer.text
    assert [line["object"] for line in lines if line["event"] == "case_left_out"] == [case]
