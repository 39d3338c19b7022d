"""Impasse-overzicht: what needs attention, where it plays, and every case by stage."""

from __future__ import annotations

import re
from html import unescape

import pytest

from impasse.domain.case import Visibility
from impasse.domain.commands import Appoint, MakeMove
from impasse.domain.people import Actor, Role

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")


def stats(text: str) -> dict[str, int]:
    found = re.findall(r'<p class="stat"><b[^>]*>(\d+)</b><span>([^<]+)', text)
    return {name: int(number) for number, name in found}


def attention(text: str) -> list[str]:
    block = re.search(r'<ol class="attn">(.*?)</ol>', text, re.DOTALL)
    return re.findall(r"data-item>([^<]+)", block[1]) if block else []


def tags(text: str) -> list[str]:
    block = re.search(r'<ol class="attn">(.*?)</ol>', text, re.DOTALL)[1]
    plain = [
        re.sub("<[^>]+>", "", tag)
        for tag in re.findall(r'<span class="tag.*?<div>', block, re.DOTALL)
    ]
    return [" ".join(tag.split()) for tag in plain]


def titles(text: str) -> list[str]:
    return [unescape(title) for title in re.findall(r'lang="nl" data-item>([^<]+)', text)]


def column(text: str, number: int) -> str:
    return re.search(rf'<section class="col" id="fase-{number}".*?</section>', text, re.DOTALL)[0]


def handler_for(house, case: str) -> None:
    house.engine.handle(Appoint(case, "handler", "sam"), SECRETARIAT)


def test_without_cases_the_page_says_so_and_offers_the_next_step(as_):
    text = as_("lotte").get("/impasses").text

    assert "Nog geen dossiers" in text
    assert '<a class="btn" href="/signaal">' in text


def test_the_board_shows_the_case_in_its_stage_with_its_term(as_, open_case, watch):
    case = open_case(reasons=("A1",))
    watch.move(days=7)

    text = as_("sam").get("/impasses").text

    assert case in column(text, 1)
    assert "5 van 10" in column(text, 1)
    assert "nog 5" in column(text, 1)
    assert "Noord-Holland" in column(text, 1)
    assert "ambtelijk" in column(text, 1)
    assert "gemeente, waterschap" in column(text, 1)
    assert "Geen dossiers in deze fase." in column(text, 2)


def test_a_card_moves_to_the_next_column_with_its_case(as_, open_case, house):
    case = open_case()
    note = "alle partijen zijn gehoord"
    house.engine.handle(MakeMove(case, "start_fact_finding", note), SECRETARIAT)

    text = as_("sam").get("/impasses").text

    assert case not in column(text, 1)
    assert case in column(text, 2)


def test_the_score_is_in_points_with_a_level_in_words(as_, open_case):
    open_case(reasons=("A1", "G1", "E1", "R3"))

    text = column(as_("sam").get("/impasses").text, 1)

    score = re.search(r"<b>(\d+,\d)</b>", text)[1]
    assert 0 < float(score.replace(",", ".")) <= 27
    assert re.search(r"lvl-(yellow|orange|red)", text)
    assert re.search(r"(geel|oranje|rood)", text)


@pytest.mark.parametrize("person", ["lotte", "wanda"])
def test_a_liaison_sees_the_cases_of_the_own_organisation_only(as_, open_case, person):
    open_case("Van ons", ("gm0363", "ws0155"))
    open_case("Van anderen", ("pv27", "gm0014"))

    text = as_(person).get("/impasses").text

    assert titles(text).count("Van ons") >= 1
    assert "Van anderen" not in text
    assert stats(text)["open"] == 1


def test_a_mediator_sees_the_cases_he_was_appointed_to(as_, open_case, house):
    mine = open_case("Mijn bemiddeling")
    open_case("Van een ander")
    house.engine.handle(Appoint(mine, "mediator", "ben"), SECRETARIAT)

    text = as_("ben").get("/impasses").text

    assert "Mijn bemiddeling" in text
    assert "Van een ander" not in text


def test_the_numbers_at_the_top_count_what_there_is(as_, open_case, house, watch):
    open_case("Te laat")
    watch.move(days=9)
    open_case("Bijna")
    watch.move(days=14)
    open_case("Op tijd")
    watch.move(days=-2)
    gone = open_case("Opgelost")
    house.engine.handle(MakeMove(gone, "withdraw", "toch niet"), SECRETARIAT)

    numbers = stats(as_("sam").get("/impasses").text)

    assert numbers == {"open": 3, "te laat": 1, "bijna te laat": 1, "gepauzeerd": 0, "opgelost": 0}


def test_attention_names_late_cases_first_then_those_without_handler(as_, open_case, house, watch):
    late = open_case("Te laat maar wel behandeld")
    handler_for(house, late)
    watch.move(days=21)
    open_case("Zonder behandelaar")
    calm = open_case("Rustig")
    handler_for(house, calm)

    text = as_("sam").get("/impasses").text

    assert attention(text) == ["Te laat maar wel behandeld", "Zonder behandelaar"]
    assert tags(text)[0] == "5 wd te laat"
    assert tags(text)[1] == "geen behandelaar"
    assert "Wijs toe" in text
    assert "Wijs toe" not in as_("lotte").get("/impasses").text


def test_attention_names_what_is_due_within_two_working_days(as_, open_case, house, watch):
    case = open_case("Bijna aan het eind")
    handler_for(house, case)
    watch.move(days=9)
    assert attention(as_("sam").get("/impasses").text) == []

    watch.move(days=1)
    text = as_("sam").get("/impasses").text

    assert attention(text) == ["Bijna aan het eind"]
    assert tags(text) == ["nog 2 wd"]


def test_on_the_last_day_it_says_today(as_, open_case, house, watch):
    handler_for(house, open_case())
    watch.move(days=14)

    assert tags(as_("sam").get("/impasses").text) == ["vandaag"]


def test_attention_names_a_high_level_that_rises(as_, open_case, house):
    reasons = ("A1", "A2", "G1", "G2", "E1", "E2", "R1", "R3")
    handler_for(house, open_case("Snel erger", reasons=reasons))

    text = as_("sam").get("/impasses").text

    assert attention(text) == ["Snel erger"]
    assert re.match(r"(oranje|rood) \d+,\d", tags(text)[0])
    assert "Bekijk waarom" in text


def test_attention_never_names_more_than_six_nor_one_case_twice(as_, open_case, watch):
    for number in range(8):
        open_case(f"Dossier {number}")
    watch.move(days=30)

    named = attention(as_("sam").get("/impasses").text)

    assert len(named) == len(set(named)) == 6


def test_the_rules_of_attention_are_explained_on_the_page(as_, open_case):
    open_case()
    text = as_("sam").get("/impasses").text

    assert "Waarom deze?" in text
    assert "De termijn loopt binnen 2 werkdagen af." in text


def test_when_nothing_needs_attention_it_says_when_the_first_term_ends(as_, open_case, house):
    handler_for(house, open_case())

    text = as_("sam").get("/impasses").text

    assert "Niets vraagt nu aandacht" in text
    assert "ma 26 okt" in text


def test_each_province_has_a_tile_that_filters(as_, open_case):
    open_case("Noordelijk", regions=("Noord-Holland",))
    open_case("Overal", regions=())
    open_case("Ook overal", regions=("landelijk",))
    sam = as_("sam")

    text = sam.get("/impasses").text
    assert "Noord-Holland: 1 lopende impasse" in text
    assert "Zeeland: 0 lopende impasses" in text
    assert "Landelijk: 2" in text

    there = titles(sam.get("/impasses?regio=Noord-Holland&weergave=lijst").text)
    assert "Noordelijk" in there
    found = sam.get("/impasses?regio=landelijk&weergave=lijst").text
    assert "2 impasses gevonden" in found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("laag=water_authority", {"Water"}),
        ("laag=province", {"Weg"}),
        ("onderwerp=vervoer", {"Weg"}),
        ("niveau=green", {"Water", "Weg"}),
        ("niveau=red", set()),
        ("tafel=officials", {"Water", "Weg"}),
        ("tafel=overhedenoverleg", set()),
        ("regio=Flevoland", {"Weg"}),
        ("q=WEG", {"Weg"}),
        ("q=amstel", {"Water"}),
        ("q=100%25", set()),
        ("laag=bestaat-niet&niveau=&termijn=x&weergave=y", {"Water", "Weg"}),
    ],
)
def test_filters_leave_out_what_does_not_fit(as_, open_case, query, expected):
    open_case("Water", ("gm0363", "ws0155"))
    open_case("Weg", ("gm0363", "pv27"), regions=("Flevoland",), policy_area="vervoer")

    text = as_("sam").get(f"/impasses?{query}").text
    shown = set(titles(text.split('id="bord"')[1]))

    assert shown == expected
    if not expected:
        assert "Geen impasses gevonden" in text
        assert "Wis filters" in text


def test_the_state_of_the_term_filters_too(as_, open_case, watch):
    open_case("Oud")
    watch.move(days=21)
    open_case("Nieuw")
    sam = as_("sam")

    late = sam.get("/impasses?termijn=te-laat").text.split('id="bord"')[1]

    assert titles(late) == ["Oud"]
    assert "1 impasse gevonden" in late


def test_the_filter_stands_in_the_form_and_in_the_links_to_other_views(as_, open_case):
    open_case()
    text = as_("sam").get("/impasses?q=dijk&laag=municipality").text

    assert 'name="q" value="dijk"' in text
    assert '<option value="municipality" selected>' in text
    assert 'href="/impasses?q=dijk&amp;laag=municipality&amp;weergave=lijst"' in text


def test_the_list_holds_closed_cases_and_the_board_says_so(as_, open_case, house):
    case = open_case("Ingetrokken zaak")
    house.engine.handle(MakeMove(case, "withdraw", "het is opgelost"), SECRETARIAT)
    sam = as_("sam")

    board = sam.get("/impasses").text
    assert "1 gesloten dossier staat in de lijst." in board
    assert "Ingetrokken zaak" not in board

    assert "Ingetrokken zaak" in sam.get("/impasses?weergave=lijst").text


def test_by_term_the_cases_stand_under_when_they_end(as_, open_case, watch):
    open_case("Oud")
    watch.move(days=21)
    open_case("Nieuw")

    text = as_("sam").get("/impasses?weergave=termijnen").text

    assert text.index("g-te-laat") < text.index("Oud", text.index("g-te-laat"))
    assert "Binnen vier weken" in text
    assert titles(text.split('id="bord"')[1]) == ["Oud", "Nieuw"]


def test_lessons_stand_apart_and_everyone_sees_them(as_, open_case):
    open_case("Een oude les", visibility=Visibility.LESSON)
    text = as_("wanda").get("/impasses").text

    assert "Leerzaken" in text
    assert "Een oude les" in text.split("Leerzaken")[1]
    assert stats(text)["open"] == 0


def test_a_lesson_that_is_open_stands_in_no_column_and_asks_for_no_attention(as_, open_case, watch):
    open_case("Een open les", visibility=Visibility.LESSON)
    watch.move(days=90)
    for view in ("bord", "lijst", "termijnen"):
        text = as_("sam").get(f"/impasses?weergave={view}").text

        assert text.count("Een open les") == 1
        assert "Een open les" in text.split("Leerzaken")[1]
        assert not any(stats(text).values())


def test_what_people_wrote_is_shown_as_text(as_, open_case):
    nasty = "<script>alert('x')</script> & \"aan\" 'halings'"
    open_case(nasty, policy_area='"><img src=x onerror=y>', regions=("<i>hier</i>",))

    for view in ("bord", "lijst", "termijnen"):
        text = as_("sam").get(f"/impasses?weergave={view}").text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<i>hier" not in text
        assert "&lt;script&gt;" in text


def test_what_is_searched_for_is_shown_as_text(as_, open_case):
    open_case()
    text = as_("sam").get('/impasses?q="><b>x</b>&regio=<u>y</u>&onderwerp=<s>z</s>').text

    for tag in ("<b>x", "<u>y", "<s>z"):
        assert tag not in text


def test_many_cases_do_not_make_a_column_endless(as_, open_case):
    for number in range(52):
        open_case(f"Dossier {number}")

    text = as_("sam").get("/impasses").text

    assert column(text, 1).count('class="card ') == 50
    assert "Toon alle 52 in de lijst" in text


def test_time_on_the_page_is_dutch_time(as_, open_case, watch):
    watch.at = watch.at.replace(hour=22, minute=30)  # half past midnight in the Netherlands

    assert "Dinsdag 13 oktober 2026" in as_("sam").get("/impasses").text


def test_a_card_of_another_procedure_names_it_and_its_stage(as_, house, open_case):
    open_case()
    case = open_case(title="Scheur in de dijk", follows="spoed", reasons=("U2",))

    board = as_("sam").get("/impasses").text
    assert "Spoed: Melding" in board
    assert board.count("Interbestuurlijke impasse:") == 0
    page = as_("sam").get(f"/impasses/{case}").text
    assert '<span class="tag acc">Spoed</span>' in page
    assert re.search(r"Uiterlijk \w+ \d+ \w+ om \d\d\.\d\d uur", page)
