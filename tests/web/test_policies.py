"""Policies as ladders that everybody can read, and adopting one by pasting its text."""

from __future__ import annotations

import html
import re

import pytest

from impasse.adapters.files.shipped import shipped

NAME = "nieuw-signaal"
SHIPPED = shipped("config", "escalation", f"{NAME}.yaml").read_text("utf-8")
NEWER = SHIPPED.replace('version: "1"', 'version: "2"')
PAGE = "/proces/opschaling"


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_everybody_reads_who_hears_what_when_nobody_answers(as_):
    page = words(as_("lotte").get(PAGE).text)
    assert "Een nieuw signaal" in page
    assert "Trede 4: Hoofden van de beleidsafdelingen, bij alle partijen na 10 werkdagen" in page
    assert "Antwoord: beantwoord als alle partijen het oppakken" in page
    assert "Bij het signaal E3" in page
    assert "Neem een beleid aan" not in page
    english = words(as_("lotte").get(PAGE + "?taal=en").text)
    assert "Level 1: Received at once" in english
    late = words(as_("lotte").get(PAGE + "?dag=2026-12-24").text)
    assert "Trede 2: Liaisons van alle partijen na 2 werkdagen (dan op di 29 dec, 09.00)" in late
    for unusable in ("morgen", "2020-01-01", "2200-01-01", "9999-12-31"):
        refused = as_("lotte").get(f"{PAGE}?dag={unusable}")
        assert refused.status_code == 422
        assert "Kies een dag vanaf vandaag" in words(refused.text)
    one = words(as_("lotte").get(f"{PAGE}/{NAME}@1").text)
    assert "Deze versie geldt nu." in one
    assert "starts_on: [case-opened]" in one


@pytest.mark.parametrize("policy", [f"{NAME}@9", "niets@1", NAME, "a%00@1"])
def test_a_version_that_was_not_adopted_has_no_page(as_, policy):
    assert as_("lotte").get(f"{PAGE}/{policy}").status_code == 404


def test_the_page_about_the_process_leads_to_the_policies(as_):
    assert f'href="{PAGE}"' in as_("lotte").get("/proces").text


def test_only_the_secretariat_and_the_administrator_adopt(as_):
    lotte = as_("lotte")
    assert lotte.get(f"{PAGE}/aannemen").status_code == 403
    sent = {"inhoud": NEWER, "actie": "aannemen", "over": "1"}
    assert lotte.post(f"{PAGE}/aannemen", sent).status_code == 403
    assert "@2" not in lotte.get(PAGE).text


def test_a_pasted_policy_is_looked_at_first_and_then_adopted(as_):
    sam = as_("sam")
    begun = sam.get(f"{PAGE}/aannemen?begin={NAME}%401").text
    assert "starts_on: [case-opened]" in begun
    looked = sam.post(f"{PAGE}/aannemen", {"inhoud": NEWER, "actie": "kijk"})
    assert looked.status_code == 200
    assert f"{NAME}@2 klopt" in words(looked.text)
    assert "in de plaats van versie 1" in words(looked.text)
    assert "groep 'bemiddelaars' is er nog niet" in words(looked.text)
    assert sam.get(f"{PAGE}/{NAME}@2").status_code == 404
    sent = {"inhoud": NEWER, "actie": "aannemen", "over": "1"}
    adopted = sam.post(f"{PAGE}/aannemen", sent)
    assert adopted.status_code == 303
    landed = words(sam.get(adopted.headers["location"]).text)
    assert f"{NAME}@2 geldt nu." in landed
    assert f"{NAME}@1 Een nieuw signaal" in landed

    third = {**sent, "inhoud": NEWER.replace('"2"', '"3"')}
    late = sam.post(f"{PAGE}/aannemen", third)
    assert late.status_code == 409
    assert "maar intussen geldt 2" in words(late.text)


def test_what_is_wrong_is_told_by_line_and_the_text_stays(as_):
    wrong = NEWER.replace("rank: head", "rank: baas")
    refused = as_("sam").post(f"{PAGE}/aannemen", {"inhoud": wrong, "actie": "aannemen"})
    assert refused.status_code == 422
    assert "Regel 55: rang 'baas' is niet bekend" in words(refused.text)
    assert "rank: baas" in refused.text
    empty = as_("sam").post(f"{PAGE}/aannemen", {"inhoud": " ", "actie": "kijk"})
    assert "Plak hier het beleid." in words(empty.text)
    unknown = {"inhoud": NEWER, "zaak": "IMP-2026-9999", "actie": "kijk"}
    assert as_("sam").post(f"{PAGE}/aannemen", unknown).status_code == 422


def test_a_policy_is_foreseen_in_a_case_before_it_is_adopted(as_, open_case):
    number = open_case()
    sent = {"inhoud": NEWER, "zaak": number, "actie": "kijk"}
    page = words(as_("sam").post(f"{PAGE}/aannemen", sent).text)
    assert f"Als niemand antwoordt, in {number}" in page
    assert "Er is nu niemand voor:" in page
    assert "De zaak komt op de lijst voor de agenda van het overleg." in page
