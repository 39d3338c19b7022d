"""The certificate of a version in the words of its stages, and adopting one by pasting its text."""

from __future__ import annotations

import html
import re

import pytest

from impasse.adapters.files.shipped import shipped

SHIPPED = shipped("workflows", "spoed.yaml").read_text("utf-8")
NEWER = SHIPPED.replace('version: "1"', 'version: "2"')
PAGE = "/proces/spoed/1/certificaat"


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_everybody_reads_what_was_proven_in_the_words_of_the_stages(as_):
    page = words(as_("lotte").get(PAGE).text)
    assert "Deze procedure klopt" in page
    assert "Altijd een weg naar een einde" in page
    assert "Melding" in page
    assert page.count("bewezen") == 9
    english = words(as_("lotte").get(PAGE + "?taal=en").text)
    assert "Always a way to an ending" in english
    assert "This procedure is sound" in english


@pytest.mark.parametrize("path", ["/proces/spoed/99/certificaat", "/proces/niets/1/certificaat"])
def test_a_version_that_was_not_adopted_has_no_certificate(as_, path):
    assert as_("lotte").get(path).status_code == 404


def test_the_page_about_the_process_leads_to_the_certificates(as_):
    assert PAGE in as_("lotte").get("/proces?procedure=spoed").text


def test_only_the_secretariat_adopts(as_):
    lotte = as_("lotte")
    assert lotte.get("/proces/aannemen").status_code == 403
    assert lotte.post("/proces/aannemen", {"inhoud": NEWER, "actie": "aannemen"}).status_code == 403


def test_a_pasted_procedure_is_looked_at_first_and_then_adopted(as_):
    sam = as_("sam")
    looked = sam.post("/proces/aannemen", {"inhoud": NEWER, "vanaf": "2027-01-01", "actie": "kijk"})
    assert looked.status_code == 200
    assert "spoed@2 klopt" in words(looked.text)
    assert "vanaf vrijdag 1 januari 2027" in words(looked.text)
    assert sam.get("/proces/spoed/2/certificaat").status_code == 404
    adopted = sam.post(
        "/proces/aannemen", {"inhoud": NEWER, "vanaf": "2027-01-01", "actie": "aannemen"}
    )
    assert adopted.status_code == 303
    landed = words(sam.get(adopted.headers["location"]).text)
    assert "Deze versie is aangenomen" in landed
    assert "geldt nog niet" in landed


def test_what_is_unsound_is_told_with_its_lines_and_what_was_typed_stays(as_):
    broken = NEWER.replace("initial: signal", "initial: start")
    refused = as_("sam").post("/proces/aannemen", {"inhoud": broken, "actie": "aannemen"})
    assert refused.status_code == 422
    line = broken.splitlines().index("initial: start") + 1
    page = words(refused.text)
    assert f"Regel {line}: beginfase 'start' bestaat niet" in page
    assert "initial: start" in page


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"inhoud": "  "}, 422, "Plak hier de procedure."),
        ({"inhoud": NEWER, "vanaf": "gisteren"}, 422, "Kies een dag"),
        ({"inhoud": NEWER, "vanaf": "2020-01-01"}, 422, "terugwerkende kracht"),
        ({"inhoud": SHIPPED.replace("Spoed", "Haast")}, 409, "met een andere inhoud"),
        ({"inhoud": "a: ["}, 422, "geen geldige YAML"),
    ],
)
def test_what_cannot_be_adopted_is_refused_in_words(as_, sent, status, said):
    refused = as_("sam").post("/proces/aannemen", {"actie": "kijk", **sent})
    assert refused.status_code == status
    assert said in words(refused.text)


def test_a_new_version_may_begin_with_the_text_of_one_that_exists(as_):
    sam = as_("sam")
    begin = "/proces/aannemen?begin=spoed%401"
    assert begin in html.unescape(sam.get(PAGE).text).replace("@", "%40")
    assert "name: spoed" in sam.get(begin).text
    assert sam.get("/proces/aannemen?begin=niets%401").status_code == 404
    assert "?begin=" not in as_("lotte").get(PAGE).text
