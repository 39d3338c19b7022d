"""Signaal melden: two answers, one page, nothing lost and nothing twice."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest

from impasse.domain.case import Visibility
from impasse.domain.people import Actor, Role
from impasse.domain.signals import Reliability

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
SENTENCE = "Gemeente en waterschap worden het niet eens over de kade"


def key(text: str) -> str:
    return re.search(r'name="sleutel" value="([^"]+)"', text)[1]


def report(browser, **fields):
    """Fill in the form as it stands and press the button."""
    page = browser.get("/signaal").text
    data = {
        "formulier": re.search(r'name="formulier" value="(\w+)"', page)[1],
        "sleutel": key(page),
        "actie": "meld",
        "wat": SENTENCE,
        "overheid": ["ws0155"],
        "datum": "2026-10-12",
        "zeker": "first_hand",
        "regio": "Noord-Holland",
    }
    return browser.client.post(fields.pop("path", "/signaal"), data=data | fields)


def cases(house):
    return house.views.cases(SECRETARIAT)


def test_two_answers_are_enough_to_report(as_, house):
    answer = report(as_("lotte"))

    (line,) = cases(house)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/impasses/{line.id}?gemeld=1"
    assert line.title == SENTENCE
    assert [party.organisation for party in line.parties] == ["gm0363", "ws0155"]
    assert line.regions == ("Noord-Holland",)


def test_the_form_begins_with_own_organisation_own_province_and_today(as_):
    text = as_("pim").get("/signaal").text

    assert 'provincie Noord-Holland</span><span class="muted small">(u)' in text
    assert re.search(r'<option lang="nl" value="Noord-Holland" selected>', text)
    assert 'name="datum" type="date" max="2026-10-12" value="2026-10-12"' in text


def test_everything_that_was_filled_in_comes_with_the_case(as_, house):
    report(
        as_("lotte"),
        reden=["A1", "G1"],
        zeker="document",
        datum="2026-10-05",
        uitleg="Regel een\r\nregel twee",
        onderwerp="water",
        regio="",
    )

    (line,) = cases(house)
    case = house.views.case(SECRETARIAT, line.id)
    assert case.summary == "Regel een\nregel twee"
    assert case.policy_area == "water"
    assert case.regions == ()
    assert [signal.indicator for signal in case.signals] == ["A1", "G1"]
    assert {signal.reliability for signal in case.signals} == {Reliability.DOCUMENT}
    assert {signal.organisation for signal in case.signals} == {"gm0363"}
    assert {signal.happened_on for signal in case.signals} == {date(2026, 10, 5)}
    assert case.score > 0


def test_a_form_that_is_sent_twice_makes_one_case(as_, house):
    lotte = as_("lotte")
    page = lotte.get("/signaal").text
    same = key(page)

    first = report(lotte, sleutel=same)
    second = report(lotte, sleutel=same)

    assert len(cases(house)) == 1
    assert first.headers["Location"] == second.headers["Location"]


def test_the_same_form_with_other_words_asks_whether_it_is_a_new_signal(as_, house):
    lotte = as_("lotte")
    same = key(lotte.get("/signaal").text)
    report(lotte, sleutel=same)

    answer = report(lotte, sleutel=same, wat="Iets heel anders")

    assert answer.status_code == 409
    assert "al verstuurd, met een andere inhoud" in answer.text
    assert 'value="Iets heel anders"' in answer.text
    assert key(answer.text) != same
    assert report(lotte, sleutel=key(answer.text), wat="Iets heel anders").status_code == 303
    assert len(cases(house)) == 2


def test_two_people_with_the_same_key_do_not_meet(as_, house):
    report(as_("lotte"), sleutel="a" * 24)
    answer = report(as_("wanda"), sleutel="a" * 24, overheid=["gm0363"])

    assert answer.status_code == 303
    assert len(cases(house)) == 2


def test_an_empty_form_says_what_is_missing_and_where(as_, house):
    answer = report(as_("lotte"), wat="  ", overheid=[], datum="", uitleg="Dit typte ik al")

    text = answer.text
    assert answer.status_code == 422
    assert cases(house) == []
    summary = re.search(r'<div class="errsum.*?</div>', text, re.DOTALL)[0]
    assert 'tabindex="-1"' in summary
    assert "data-focus" in summary
    assert re.findall(r'href="#(\w+)"', summary) == ["wat", "naam", "datum"]
    for field in ("wat", "naam", "datum"):
        assert f'id="{field}"' in text
        assert f'id="{field}-e"' in text
    assert text.count('aria-invalid="true"') == 3
    assert "<title>Fout:" in text
    assert "Dit typte ik al" in text


def test_nothing_that_was_typed_is_lost(as_):
    text = report(
        as_("lotte"),
        wat="",
        overheid=["ws0155", "pv27"],
        reden=["A1", "E1"],
        zeker="second_hand",
        datum="2026-10-02",
        uitleg="Twee\nregels",
        onderwerp="iets eigens",
        regio="Zeeland",
    ).text

    for code in ("A1", "E1"):
        assert re.search(rf'name="reden" value="{code}" checked', text)
    assert 'name="reden" value="G1"' in text
    for organisation in ("ws0155", "pv27"):
        assert f'name="overheid" value="{organisation}" checked' in text
    assert 'value="second_hand" checked' in text
    assert 'value="2026-10-02"' in text
    assert "Twee\nregels</textarea>" in text
    assert 'value="iets eigens"' in text
    assert 'value="Zeeland" selected' in text


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2026-10-13", "Deze dag komt nog."),
        ("morgen", "Vul een datum in"),
        ("2026-02-30", "Vul een datum in"),
        ("0001-01-01", "Vul een datum in"),
        ("", "Vul een datum in"),
    ],
)
def test_a_day_that_cannot_be_is_explained(as_, house, day, sentence):
    answer = report(as_("lotte"), datum=day)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert cases(house) == []


@pytest.mark.parametrize(
    "typed",
    [
        "waterschap Amstel, Gooi en Vecht",
        "WATERSCHAP amstel,  gooi en vecht",
        "Amstel, Gooi en Vecht",
    ],
)
def test_a_name_that_is_typed_is_found_in_the_register(as_, house, typed):
    assert report(as_("lotte"), overheid=[], naam=typed).status_code == 303

    (line,) = cases(house)
    assert line.parties[1].organisation == "ws0155"


def test_several_names_may_be_typed_at_once(as_, house):
    names = "provincie Noord-Holland; gemeente Haarlem ;"
    assert report(as_("lotte"), overheid=[], naam=names).status_code == 303

    assert len(cases(house)[0].parties) == 3


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("gemeente Amsterdm", "Bedoelt u gemeente Amsterdam?"),
        ("zand", "Bedoelt u gemeente Zandmeer of gemeente Zandvoort?"),
        ("Utrecht", "Kies gemeente Utrecht of provincie Utrecht."),
        ("de kaasboer op de hoek", "staat niet in het register van overheden"),
    ],
)
def test_a_name_that_is_unknown_is_explained_and_kept(as_, house, typed, sentence):
    answer = report(as_("lotte"), naam=typed)

    assert answer.status_code == 422
    assert sentence in unescape(answer.text)
    assert f'value="{typed}"' in answer.text
    assert cases(house) == []


def test_an_organisation_that_is_not_in_the_register_cannot_be_slipped_in(as_, house):
    answer = report(as_("lotte"), overheid=["verzonnen", "<b>"])

    assert answer.status_code == 422
    assert cases(house) == []


def test_the_secretariat_reports_for_others_and_is_no_party(as_, house):
    sam = as_("sam")
    assert report(sam).status_code == 422

    assert report(sam, overheid=["gm0363", "ws0155"]).status_code == 303
    assert [p.organisation for p in cases(house)[0].parties] == ["gm0363", "ws0155"]


def test_a_mediator_cannot_report(as_):
    ben = as_("ben")

    assert ben.get("/signaal").status_code == 403
    assert "als liaison of als secretariaat" in ben.get("/signaal").text
    for path in ("/signaal", "/signaal/hulp", "/signaal/partijen"):
        assert ben.post(path).status_code == 403


def test_without_scripts_a_button_adds_a_government(as_):
    lotte = as_("lotte")

    text = report(lotte, actie="voeg-toe", wat="", naam="provincie Utrecht").text

    assert 'name="overheid" value="pv26" checked' in text
    assert 'name="overheid" value="ws0155" checked' in text
    assert "errsum" not in text


def test_without_scripts_a_button_shows_score_and_similar_cases(as_, house, open_case):
    open_case("Waar komt de nieuwe kade te liggen?", ("gm0363", "ws0155"))

    text = report(as_("lotte"), actie="controleer", reden=["A1", "G1"]).text

    assert "Waar komt de nieuwe kade te liggen?" in text
    assert "Zelfde woorden: “kade”; zelfde partijen: gemeente Amsterdam, waterschap" in text
    assert len(cases(house)) == 1


def test_the_first_score_explains_itself(as_):
    answer = report(as_("lotte"), path="/signaal/hulp", reden=["A1", "G1"], zeker="document")

    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.text))
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "6,0 van 27" in text
    assert "Een toezegging is niet op tijd nagekomen +3,0" in text
    assert "Afspraken 3,0 / 6" in text
    assert "Een mens beslist" in text


def test_reliability_weighs_in_the_first_score(as_):
    lotte = as_("lotte")

    def score(**more):
        text = report(lotte, path="/signaal/hulp", reden=["A1"], **more).text
        return re.search(r'<b class="big">([\d,]+)</b>', text)[1]

    assert score(zeker="document") == "3,0"
    assert score(zeker="first_hand") == "2,1"
    assert score(zeker="second_hand") == "1,2"


def test_similar_cases_are_only_those_one_may_see(as_, open_case):
    open_case("De kade van een ander", ("pv27", "gm0014"))
    open_case("Een les over de kade", ("pv27", "gm0014"), visibility=Visibility.LESSON)

    text = report(as_("lotte"), path="/signaal/hulp").text

    assert "De kade van een ander" not in text
    assert "Een les over de kade" in text
    assert "leerzaak" in text


def test_a_signal_can_join_a_case_that_exists(as_, house, open_case):
    case = open_case("Waar komt de nieuwe kade te liggen?")
    lotte = as_("lotte")
    page = report(lotte, path="/signaal/hulp", reden=["R1"]).text
    assert f'name="dossier" value="{case}"' in page

    answer = report(lotte, path="/signaal/toevoegen", dossier=case, reden=["R1"], sleutel="b" * 24)
    again = report(lotte, path="/signaal/toevoegen", dossier=case, reden=["R1"], sleutel="b" * 24)

    assert answer.headers["Location"] == f"/impasses/{case}?gemeld=1"
    assert again.headers["Location"] == answer.headers["Location"]
    (signal,) = house.views.case(SECRETARIAT, case).signals
    assert (signal.indicator, signal.text) == ("R1", SENTENCE)
    assert len(cases(house)) == 1


def test_joining_needs_something_that_was_seen(as_, house, open_case):
    case = open_case()

    answer = report(as_("lotte"), path="/signaal/toevoegen", dossier=case)

    assert answer.status_code == 422
    assert "Kies minstens één ding dat u zag" in answer.text
    assert house.views.case(SECRETARIAT, case).signals == ()


def test_a_hidden_case_cannot_be_joined(as_, open_case):
    case = open_case(parties=("pv27", "gm0014"))

    answer = report(as_("lotte"), path="/signaal/toevoegen", dossier=case, reden=["R1"])

    assert answer.status_code == 404


def test_what_is_typed_comes_back_as_text(as_):
    nasty = "\"><script>alert(1)</script>'"
    answer = report(
        as_("lotte"), wat=nasty, naam=nasty, uitleg=nasty, onderwerp=nasty, regio=nasty, datum=nasty
    )

    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_a_reported_sentence_is_shown_as_text_everywhere(as_, open_case):
    open_case("Kade <img src=x onerror=alert(1)>")
    lotte = as_("lotte")

    assert "<img src=x" not in report(lotte, path="/signaal/hulp").text
    assert "<img src=x" not in lotte.get("/impasses").text


def test_texts_that_are_too_long_are_refused_with_the_number(as_, house):
    answer = report(as_("lotte"), wat="x" * 201, uitleg="y" * 5001, onderwerp="z" * 101)

    assert answer.status_code == 422
    assert "201 tekens" in answer.text
    assert "5001 tekens" in answer.text
    assert cases(house) == []


def test_unknown_reasons_and_reliabilities_do_no_harm(as_, house):
    assert report(as_("lotte"), reden=["A1", "A1", "Z9"], zeker="heel zeker").status_code == 303

    (signal,) = house.views.case(SECRETARIAT, cases(house)[0].id).signals
    assert signal.reliability is Reliability.FIRST_HAND


def test_htmx_adds_a_government_and_says_what_is_wrong(as_):
    lotte = as_("lotte")

    added = report(lotte, path="/signaal/partijen", naam="provincie Utrecht")
    wrong = report(lotte, path="/signaal/partijen", naam="gemeente Nergens")

    assert added.status_code == 200
    assert 'value="pv26" checked' in added.text
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    assert 'value="gemeente Nergens"' in wrong.text


def test_the_reader_is_told_who_will_know(as_):
    text = as_("lotte").get("/signaal").text

    assert "De overheden die u noemt en het secretariaat krijgen bericht" in text
    assert "binnen 10 werkdagen" in text


def test_a_signal_can_begin_in_another_procedure(as_, house):
    text = as_("lotte").get("/signaal").text
    assert '<option value="interbestuurlijke-impasse" selected>' in text
    report(as_("lotte"), procedure="spoed")

    (line,) = cases(house)
    assert (line.workflow, line.workflow_version) == ("spoed", "1")
    assert line.term.length == "48 hours"
    assert (line.term.ends_at - line.term.begun_at).total_seconds() == 48 * 3600


def test_a_procedure_that_is_not_there_is_said_at_its_field(as_, house):
    answer = report(as_("lotte"), procedure="../geheim")

    assert answer.status_code == 422
    assert 'id="procedure-e"' in answer.text
    assert SENTENCE in answer.text
    assert cases(house) == []
