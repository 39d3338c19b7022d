"""Suspend, extend and resume: first the date and why, and only then the act."""

from __future__ import annotations

import re

import pytest

from impasse.domain.people import Actor, Role


def send(browser, path, **fields):
    """Fill in the form of *path* as it stands and send it."""
    page = browser.get(path).text
    found = {
        name: re.search(rf'name="{name}" value="([^"]*)"', page)[1]
        for name in ("formulier", "versie", "gezien", "sleutel")
    }
    return browser.client.post(path.partition("?")[0], data=found | fields)


SUSPENSION = {
    "reden": "awaiting_party",
    "wie": "ws0155",
    "vanaf": "2026-10-12",
    "tot": "2026-10-20",
    "toelichting": "De provincie levert de cijfers.",
}


@pytest.fixture
def opened(open_case):
    return open_case()


@pytest.fixture
def kept(house):
    """A case as the database keeps it."""
    secretariat = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
    return lambda case: house.views.case(secretariat, case)


def test_a_look_beforehand_tells_the_date_and_why_and_changes_nothing(as_, opened, kept):
    before = kept(opened)
    answer = send(as_("sam"), f"/impasses/{opened}/schort-op", stap="bekijk", **SUSPENSION)

    assert answer.status_code == 200
    assert "De nieuwe einddatum wordt" in answer.text
    assert "De klok staat stil van de dag na" in answer.text
    assert 'name="stap" value="doe"' in answer.text
    assert kept(opened) == before


def test_suspended_resumed_and_extended_each_with_its_line_in_the_history(as_, opened, kept):
    sam = as_("sam")
    first = kept(opened).term.end
    answer = send(sam, f"/impasses/{opened}/schort-op", stap="doe", **SUSPENSION)
    assert answer.headers["Location"] == f"/impasses/{opened}?gedaan=schort-op"
    suspended = kept(opened).term
    assert suspended.state == "suspended"
    assert suspended.end > first

    dossier = sam.get(f"/impasses/{opened}").text
    assert "Gewacht wordt op " in dossier
    assert f"/impasses/{opened}/hervat?opschorting=O1" in dossier

    answer = send(
        sam, f"/impasses/{opened}/hervat?opschorting=O1", stap="doe", opschorting="O1",
        dag="2026-10-12",
    )  # fmt: skip
    assert answer.headers["Location"].endswith("gedaan=hervat")
    assert kept(opened).term.end == first

    answer = send(
        sam, f"/impasses/{opened}/verleng", stap="doe", lengte="3 werkdagen", toelichting="Later."
    )
    assert answer.headers["Location"].endswith("gedaan=verleng")
    assert kept(opened).term.end > first


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"tot": "2026-10-12"}, "schort-op-tot-e"),
        ({"tot": ""}, "schort-op-tot-e"),
        ({"vanaf": "morgen"}, "schort-op-vanaf-e"),
        ({"wie": "gm0001"}, "schort-op-wie-e"),
        ({"reden": "zomaar"}, "schort-op-reden-e"),
        ({"reden": "force_majeure", "wie": "outside"}, "schort-op-naam-e"),
        ({"toelichting": ""}, "schort-op-toelichting-e"),
        ({"akkoord": "gm0001"}, "schort-op-akkoord-e"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    as_, opened, kept, fields, place
):
    before = kept(opened)
    for step in ("bekijk", "doe"):
        answer = send(
            as_("sam"), f"/impasses/{opened}/schort-op", stap=step, **(SUSPENSION | fields)
        )
        assert answer.status_code == 422
        assert f'id="{place}"' in answer.text
        if "toelichting" not in fields:
            assert "De provincie levert de cijfers." in answer.text
    assert kept(opened) == before


def test_a_length_that_cannot_be_read_is_said_at_its_field(as_, opened):
    for written in ("", "gauw", "9 weken"):
        answer = send(
            as_("sam"), f"/impasses/{opened}/verleng", stap="bekijk", lengte=written,
            toelichting="Later.",
        )  # fmt: skip
        assert answer.status_code == 422
        assert 'id="verleng-lengte-e"' in answer.text


def test_consent_of_all_names_who_lacks_and_keeps_the_form(as_, opened):
    asked = SUSPENSION | {"reden": "recess_by_agreement"}
    answer = send(as_("sam"), f"/impasses/{opened}/schort-op", stap="doe", **asked)
    assert answer.status_code == 422
    assert "Nog niet ingestemd met de opschorting: " in answer.text
    answer = send(
        as_("sam"), f"/impasses/{opened}/schort-op", stap="doe", **asked,
        akkoord=["gm0363", "ws0155"],
    )  # fmt: skip
    assert answer.status_code == 303


def test_the_procedure_decides_who_gets_the_buttons(as_, opened):
    assert "/schort-op" in as_("sam").get(f"/impasses/{opened}").text
    lotte = as_("lotte")
    assert "/schort-op" not in lotte.get(f"/impasses/{opened}").text
    page = lotte.get(f"/impasses/{opened}/schort-op")
    assert page.status_code == 200
    assert "het is aan een andere rol" in page.text


def test_who_may_not_see_the_case_finds_no_page(as_, opened):
    for act in ("schort-op", "verleng", "hervat"):
        assert as_("pim").get(f"/impasses/{opened}/{act}").status_code == 404
