"""Moving cases to another version on the pages, and the card on which a party agrees."""

from __future__ import annotations

import re

import pytest

from builders import PROCEDURE
from impasse.domain.case import ConfirmationKind
from impasse.domain.commands import MakeMove, RecordEvent
from impasse.domain.people import Actor, Role
from versions import text_to_come

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
NEW = "/proces/migraties/nieuw"


@pytest.fixture
def two_versions(house, open_case, watch, tmp_path):
    """A case that stands in fact-finding on the present version; the next one is adopted after."""
    case = open_case()
    house.engine.handle(MakeMove(case, "start_fact_finding", note="vast"), SECRETARIAT)
    path = tmp_path / "nieuw.yaml"
    path.write_text(text_to_come(), "utf-8")
    house.procedures.adopt(path, by="overleg", at=watch())
    return case


def plan(browser, **more):
    """Fill in the form as it stands on the page."""
    return browser.post(
        NEW,
        {"procedure": PROCEDURE, "van": "2", "naar": "3", "fase-joint_fact_finding": "facts"}
        | more,
    )


def test_the_plan_is_a_page_and_every_party_agrees_before_a_case_moves(
    as_, house, watch, two_versions
):
    case, sam = two_versions, as_("sam")
    assert "Nog geen overstap" in sam.get("/proces/migraties").text
    asked = sam.get(f"{NEW}?procedure={PROCEDURE}&van=2&naar=3").text
    assert re.search(r'name="fase-joint_fact_finding".*value="facts" selected', asked, re.DOTALL)
    answer = plan(sam)
    assert answer.headers["location"] == "/proces/migraties/M1"
    page = sam.get("/proces/migraties/M1").text
    assert "De termijn was 8 weken en wordt 6 weken" in page
    assert "wacht op instemming" in page
    assert "Lever uw feiten en bronnen aan, met uw voorbehouden" in page

    watch.move(minutes=1)
    for person, name in (("lotte", "gm0363"), ("wanda", "ws0155")):
        reader = as_(person)
        card = reader.get(f"/impasses/{case}").text
        assert "Overstap naar versie 3" in card
        assert "Stem in met versie 3" in card
        sent = reader.post(
            f"/impasses/{case}/instemmen",
            {"versie_naar": f"{PROCEDURE}@3", "organisatie": name, "toelichting": ""},
        )
        assert sent.status_code == 303
        assert "Stem in met versie 3" not in reader.get(f"/impasses/{case}").text
    assert as_("pim").get(f"/impasses/{case}").status_code == 404

    ran = sam.post("/proces/migraties/M1/uitvoeren")
    assert ran.headers["location"] == "/proces/migraties/M1?gedaan=uitgevoerd"
    assert "overgestapt" in sam.get("/proces/migraties/M1").text
    dossier = sam.get(f"/impasses/{case}").text
    assert "Van versie 2 naar versie 3 van de procedure." in dossier
    assert "Overstap naar versie 3" not in dossier
    sam.post("/proces/migraties/M1/ongedaan")
    assert "ongedaan gemaakt" in sam.get("/proces/migraties/M1?gedaan=ongedaan").text
    assert "Terug van versie 3 naar versie 2" in sam.get(f"/impasses/{case}").text
    assert sam.post("/proces/migraties/M1/ongedaan").status_code == 409


def test_after_a_new_event_the_page_says_what_happened(as_, house, watch, two_versions):
    sam = as_("sam")
    plan(sam)
    watch.move(minutes=1)
    for party in ("gm0363", "ws0155"):
        sam.post(
            f"/impasses/{two_versions}/instemmen",
            {"versie_naar": f"{PROCEDURE}@3", "organisatie": party, "toelichting": "brief"},
        )
    sam.post("/proces/migraties/M1/uitvoeren")
    today = house.calendar.local_day(house.clock())
    house.engine.handle(RecordEvent(two_versions, "De raad vergaderde", today), SECRETARIAT)
    sam.post("/proces/migraties/M1/ongedaan")
    page = sam.get("/proces/migraties/M1").text
    assert "er is daarna al iets gebeurd. De raad vergaderde." in page
    assert "Maak ongedaan" in page


@pytest.mark.parametrize("person", ["lotte", "ben"])
def test_others_than_the_secretariat_find_no_way_in(as_, two_versions, person):
    plan(as_("sam"))
    reader = as_(person)
    for path in ("/proces/migraties", NEW, "/proces/migraties/M1"):
        assert reader.get(path).status_code == 403
    for path in (NEW, "/proces/migraties/M1/uitvoeren", "/proces/migraties/M1/ongedaan"):
        assert reader.post(path).status_code == 403
    assert "/proces/migraties" not in reader.get("/proces").text


def test_what_cannot_be_is_refused_beside_what_was_chosen(as_, house, two_versions):
    sam = as_("sam")
    same = sam.get(f"{NEW}?procedure={PROCEDURE}&van=2&naar=2").text
    assert "Kies twee verschillende versies" in same
    answer = plan(sam, **{"fase-joint_fact_finding": "nergens"})
    assert answer.status_code == 422
    assert "kent de fase &#39;nergens&#39; niet" in answer.text
    assert plan(sam, naar="9").status_code == 422
    assert sam.get("/proces/migraties/M9").status_code == 404
    assert sam.post("/proces/migraties/M9/uitvoeren").status_code == 404
    assert sam.get("/proces/migraties/M1/uitvoeren").status_code == 303
    plan(sam, **{"fase-joint_fact_finding": ""})
    assert "Kies voor deze fase een van: signal, facts" in sam.get("/proces/migraties/M1").text
    lotte = as_("lotte")
    refused = lotte.post(
        f"/impasses/{two_versions}/instemmen",
        {"versie_naar": f"{PROCEDURE}@2", "organisatie": "gm0363"},
    )
    assert refused.status_code == 422
    assert not house.views.case(SECRETARIAT, two_versions).confirmed_by(ConfirmationKind.MIGRATION)


def test_the_pages_speak_english_too(as_, two_versions):
    sam = as_("sam")
    plan(sam)
    page = sam.get("/proces/migraties/M1?taal=en").text
    assert "Migration M1" in page
    assert "The term was 8 weeks and becomes 6 weeks" in page
    card = as_("lotte").get(f"/impasses/{two_versions}?taal=en").text
    assert "Agree to version 3" in card


def test_who_looks_at_a_version_before_adopting_it_sees_what_it_would_have_changed(
    as_, house, open_case
):
    case = open_case()
    house.engine.handle(MakeMove(case, "start_fact_finding", note="vast"), SECRETARIAT)
    page = as_("sam").post(
        "/proces/aannemen", {"inhoud": text_to_come(), "vanaf": "", "actie": "kijk"}
    )
    assert page.status_code == 200
    assert "interbestuurlijke-impasse@3 zou 1 van 1 zaken hebben veranderd." in page.text
    assert "De fase &#39;joint_fact_finding&#39; kent de nieuwe versie niet." in page.text
