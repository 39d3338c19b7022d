"""The page of absence: recorded, warned about and ended without a line of JavaScript."""

from __future__ import annotations

import re

import pytest

from impasse.adapters.sql.people import add_person, disable_person
from impasse.domain.people import Person, Role
from impasse.domain.text import Text

WEEK = {"van": "2026-10-12", "tot": "2026-10-16"}


@pytest.fixture
def colleagues(house):
    """Beside Lotte and her colleague: a mediator, a supervisor and a secretariat."""
    for key, role in (
        ("mia", Role.MEDIATOR),
        ("eva", Role.SUPERVISOR),
        ("nora", Role.SECRETARIAT),
    ):
        function = Text(f"Functie van {key}", f"Function of {key}")
        add_person(
            house.database,
            Person(key, f"Naam van {key}", function, "gm0363", frozenset({role})),
            demonstration=True,
        )


def options(page: str, name: str) -> set[str]:
    """What can be chosen in a field."""
    found = re.search(rf'<select id="[\w-]+" name="{name}".*?</select>', page, re.DOTALL)
    return set(re.findall(r'<option value="([^"]+)"', found[0])) if found else set()


def test_who_goes_on_leave_names_a_colleague_who_then_has_the_case(as_, open_case, colleagues):
    case = open_case()
    assert as_("mia").get(f"/impasses/{case}").status_code == 404
    lotte = as_("lotte")
    assert options(lotte.get("/afwezigheid").text, "vervanger") == {"mia", "nora", "echt"}

    assert lotte.post("/afwezigheid", {"vervanger": "mia", **WEEK}).status_code == 303

    page = lotte.get("/afwezigheid?gedaan=vast").text
    assert "De afwezigheid staat vast." in page
    assert "Functie van mia (Naam van mia)" in page
    mia = as_("mia")
    assert mia.get(f"/impasses/{case}").status_code == 200
    assert "U vervangt vandaag 1 collega." in mia.get("/afwezigheid").text
    number = re.search(r'name="nummer" value="(\w+)"', page)[1]
    assert mia.post("/afwezigheid/einde", {"nummer": number}).status_code == 403
    assert as_("pim").post("/afwezigheid/einde", {"nummer": number}).status_code == 404

    assert lotte.post("/afwezigheid/einde", {"nummer": number}).status_code == 303
    assert as_("mia").get(f"/impasses/{case}").status_code == 404


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(as_, colleagues):
    answer = as_("lotte").post(
        "/afwezigheid",
        {"vervanger": "eva", "van": "2026-10-16", "tot": "2026-10-12", "reden": "<b>reis</b>"},
    )

    assert answer.status_code == 422
    assert "Een toezichthouder vervangt niemand" in answer.text
    assert "De laatste dag ligt voor de eerste" in answer.text
    assert "&lt;b&gt;reis&lt;/b&gt;" in answer.text
    empty = as_("lotte").post("/afwezigheid", {})
    assert "Kies een vervanger." in empty.text
    assert empty.text.count("Vul een dag in.") == 4


def test_the_secretariat_chooses_whom_and_is_not_offered_itself(as_, colleagues):
    page = as_("nora").get("/afwezigheid?wie=lotte").text

    assert options(page, "wie") == {"lotte", "mia", "nora", "echt"}
    assert options(page, "vervanger") == {"mia", "echt"}
    refused = as_("nora").post("/afwezigheid", {"wie": "pim", "vervanger": "lotte", **WEEK})
    assert refused.status_code == 403


def test_a_chain_that_broke_warns_on_the_page_in_both_languages(as_, house, watch, colleagues):
    lotte = as_("lotte")
    lotte.post("/afwezigheid", {"vervanger": "mia", **WEEK})
    disable_person(house.database, "mia", at=watch())

    assert "neemt niemand waar" in lotte.get("/afwezigheid").text
    assert "nobody stands in" in lotte.get("/afwezigheid?taal=en").text


def test_a_supervisor_finds_no_case_no_form_and_no_absence(as_, open_case, colleagues):
    case = open_case()
    eva = as_("eva")

    assert eva.get(f"/impasses/{case}").status_code == 404
    assert case not in eva.get("/impasses").text
    assert 'name="vervanger"' not in eva.get("/afwezigheid").text
    assert eva.post("/afwezigheid", {"vervanger": "mia", **WEEK}).status_code == 403
