"""The page of the duty rota: made, planned, swapped and ended without a line of JavaScript."""

from __future__ import annotations

import re

import pytest

from impasse.adapters.sql.people import add_person
from impasse.domain.people import Person, Role
from impasse.domain.text import Text

ROTA = {"actie": "rooster", "naam": "secretariaat", "label": "Secretariaat"}
PLAN = {"actie": "plan", "rooster": "secretariaat", "weken": "1"}
DAYS = {"van": "2026-10-12", "tot": "2026-11-30"}


@pytest.fixture
def people(house):
    """A secretariat of Amsterdam, a supervisor there, and an administrator elsewhere."""
    for key, organisation, role in (
        ("nora", "gm0363", Role.SECRETARIAT),
        ("otto", "gm0363", Role.MEDIATOR),
        ("eva", "gm0363", Role.SUPERVISOR),
        ("bea", "mnre1034", Role.ADMINISTRATOR),
    ):
        function = Text(f"Functie van {key}", f"Function of {key}")
        person = Person(key, f"Naam van {key}", function, organisation, frozenset({role}))
        add_person(house.database, person, demonstration=True)


def test_the_secretariat_plans_and_who_is_on_duty_swaps_his_own_days(as_, people):
    nora = as_("nora")
    assert "Er is nog geen rooster" in nora.get("/rooster").text
    assert nora.post("/rooster", ROTA).status_code == 303
    page = nora.get("/rooster?rooster=secretariaat&gedaan=rooster").text
    assert "gat in het rooster" in page
    assert "er is niemand ingepland" in page
    assert 'value="eva"' not in page
    turns = {"persoon-1": "nora", "persoon-3": "otto"}
    planned = nora.post("/rooster", {**PLAN, **turns, **DAYS})
    assert planned.status_code == 303, planned.text

    otto = as_("otto")
    own = otto.get("/rooster").text
    assert "Leg de ruil vast" in own
    assert "Plan beurten" not in own
    day = {"van": "2026-10-19", "tot": "2026-10-19"}
    swap = {"actie": "ruil", "rooster": "secretariaat", "wie": "lotte", **day}
    assert otto.post("/rooster", swap).status_code == 303
    page = otto.get("/rooster").text
    assert "maandag</b>:" in page
    number = re.search(r'name="nummer" value="(\w+)"', page)[1]
    end = {"actie": "einde", "rooster": "secretariaat", "nummer": number}
    assert as_("lotte").post("/rooster", end).status_code == 403
    assert otto.post("/rooster", end).status_code == 303
    assert otto.post("/rooster", end).status_code == 409
    assert otto.post("/rooster", {**swap, "van": "2026-10-16"}).status_code == 403
    english = as_("nora").get("/rooster?taal=en").text
    assert "Duty rota" in english
    assert "Monday to Friday" in english


def test_what_is_wrong_stands_at_its_field_and_stays_filled_in(as_, people):
    nora = as_("nora")
    wrong = nora.post("/rooster", {**ROTA, "naam": "Mijn rooster", "label": ""})
    assert wrong.status_code == 422
    assert 'id="rooster-naam-e"' in wrong.text
    assert 'value="Mijn rooster"' in wrong.text
    nora.post("/rooster", ROTA)
    for sent, field in (
        ({"persoon-2": "pim", **DAYS}, "persoon-2"),
        ({**DAYS}, "persoon-1"),
        ({"persoon-1": "nora", **DAYS, "weken": "0"}, "weken"),
        ({"persoon-1": "nora", **DAYS, "weken": "²"}, "weken"),
        ({"persoon-1": "nora", **DAYS, "tot": "2026-10-01"}, "tot"),
        ({"persoon-1": "nora", "van": "", "tot": "x"}, "van"),
    ):
        answer = nora.post("/rooster", {**PLAN, **sent})
        assert answer.status_code == 422, sent
        assert f'id="plan-{field}-e"' in answer.text, sent
        assert f'href="#plan-{field}"' in answer.text, sent


def test_a_rota_is_kept_from_who_works_elsewhere_and_from_supervisors(as_, people):
    as_("nora").post("/rooster", ROTA)
    for who in ("pim", "eva"):
        reader = as_(who)
        page = reader.get("/rooster").text
        assert "Functie van nora" not in page
        assert "Maak een rooster" not in page
        assert "Uw organisatie heeft geen rooster" in page
        assert "iedereen met de rol secretariaat" not in page
        refused = reader.post("/rooster", {**PLAN, "persoon-1": "nora", **DAYS})
        assert refused.status_code == 404
        assert reader.post("/rooster", {**ROTA, "naam": "x"}).status_code == 403
        assert reader.get("/rooster/groepen").status_code == 403
        assert reader.post("/rooster/groepen", {"actie": "groep"}).status_code == 403
    assert "Functie van nora" in as_("bea").get("/rooster").text


def test_a_rota_is_removed_only_on_purpose(as_, people):
    nora = as_("nora")
    nora.post("/rooster", ROTA)
    nora.post("/rooster", {**PLAN, "persoon-1": "nora", **DAYS})
    away = {"actie": "weg", "rooster": "secretariaat"}
    assert as_("lotte").post("/rooster", {**away, "zeker": "ja"}).status_code == 403
    nora = as_("nora")
    assert nora.post("/rooster", away).status_code == 422
    assert nora.post("/rooster", {**away, "zeker": "ja"}).status_code == 303
    assert "Er is nog geen rooster" in nora.get("/rooster?gedaan=weg").text
    two_lines = nora.post("/rooster", {**ROTA, "label": "Een\r\nBcc: x@y.example"})
    assert two_lines.status_code == 422


def test_a_group_is_made_filled_emptied_and_removed(as_, people):
    nora = as_("nora")
    made = {"actie": "groep", "naam": "bemiddelaars", "label": "Bemiddelaars"}
    assert nora.post("/rooster/groepen", made).status_code == 303
    assert nora.post("/rooster/groepen", made).status_code == 409
    member = {"groep": "bemiddelaars", "wie": "otto"}
    assert nora.post("/rooster/groepen", {"actie": "erbij", **member}).status_code == 303
    twice = nora.post("/rooster/groepen", {"actie": "erbij", **member})
    assert twice.status_code == 422
    assert 'id="erbij-bemiddelaars-wie-e"' in twice.text
    assert "Functie van otto (Naam van otto)" in nora.get("/rooster/groepen").text
    assert nora.post("/rooster/groepen", {"actie": "eruit", **member}).status_code == 303
    assert "Niemand in deze groep" in nora.get("/rooster/groepen").text
    assert nora.post("/rooster/groepen", {"actie": "weg", **member}).status_code == 303
    assert nora.post("/rooster/groepen", {"actie": "weg", **member}).status_code == 404


def test_the_administrator_gives_a_rank_and_a_language_and_the_user_sees_the_rank(as_, people):
    bea = as_("bea")
    form = bea.get("/beheer/gebruikers/otto").text
    assert '<option value="officer" selected>' in form
    person = {
        "actie": "verander",
        "naam": "Naam van otto",
        "functie": "Hoofd",
        "organisatie": "gemeente Amsterdam",
        "rol": "mediator",
    }
    for wrong, field in (({"rang": "keizer"}, "rang"), ({"taal": "fr"}, "taal")):
        answer = bea.post("/beheer/gebruikers/otto", {**person, **wrong})
        assert answer.status_code == 422
        assert f'id="u-{field}-e"' in answer.text
    done = bea.post("/beheer/gebruikers/otto", {**person, "rang": "head", "taal": "en"})
    assert done.status_code == 303
    form = bea.get("/beheer/gebruikers/otto").text
    assert '<option value="head" selected>' in form
    assert '<option value="en" selected>' in form
    assert "hoofd van de beleidsafdeling" in as_("otto").get("/profiel").text
