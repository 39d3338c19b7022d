"""Somebody else was first, or a form came back odd: what was typed is still on the page."""

from __future__ import annotations

import html
import re

import pytest

from impasse.domain.commands import CloseSignal, MakeMove, RaiseTier
from impasse.domain.people import Actor, Role
from impasse.domain.tier import Tier

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
WORDS = "Dit schreef ik met veel zorg op."
TYPED = {
    "bevestigen": {"soort": "standstill", "organisatie": "gm0363", "toelichting": WORDS},
    "signaal": {"signaal": "A1", "zekerheid": "first_hand", "dag": "2026-10-12", "tekst": WORDS,
                "organisatie": "mnre1034"},
    "escaleren": {"niveau": "political", "reden": WORDS},
    "aanwijzen": {"ambt": "handler", "wie": "ben"},
    "partij": {"naam": WORDS, "laag": "other"},
}  # fmt: skip


def hidden(page: str, address: str) -> dict[str, str]:
    """Return the hidden fields of the first form on *page* that is sent to *address*."""
    form = re.search(
        rf'<form[^>]*method="post" action="{address}"[^>]*>(.*?)</form>', page, re.DOTALL
    )
    assert form, address
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[1]))


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("form", TYPED)
def test_who_typed_while_the_case_was_withdrawn_reads_it_and_keeps_the_words(
    as_, open_case, house, form
):
    case = open_case(reasons=("A1",))
    sam, address = as_("sam"), f"/impasses/{case}/{form}"
    seen = sam.get(address if form == "partij" else f"/impasses/{case}").text
    kept = hidden(seen, address)

    house.engine.handle(MakeMove(case, "withdraw", note="Het is opgelost."), SECRETARIAT)
    answer = sam.post(address, kept | TYPED[form])

    assert answer.status_code == 409
    read = words(answer.text)
    assert "Iemand was u voor." in read
    assert "Het is opgelost." in read
    assert "het kan hier nu niet meer" in read
    if form != "aanwijzen":
        assert WORDS in read


def test_two_people_close_the_same_signal_and_the_second_keeps_the_words(as_, open_case, house):
    case = open_case(reasons=("A1", "R1", "G1", "U1", "R3", "E1", "A3"))
    sam, address = as_("sam"), f"/impasses/{case}/sluiten"
    kept = hidden(sam.get(f"/impasses/{case}").text, address)
    today = house.calendar.local_day(house.clock())

    house.engine.handle(CloseSignal(case, kept["nummer"], today), SECRETARIAT)
    answer = sam.post(address, kept | {"dag": "2026-10-12", "toelichting": WORDS})

    assert answer.status_code == 409
    assert "Iemand was u voor." in words(answer.text)
    assert WORDS in words(answer.text)


def test_a_move_that_is_no_longer_there_leaves_its_words(as_, open_case, house):
    case = open_case()
    sam, address = as_("sam"), f"/impasses/{case}/fase"
    kept = hidden(sam.get(f"{address}?zet=withdraw").text, address)

    house.engine.handle(MakeMove(case, "withdraw", note="Het is opgelost."), SECRETARIAT)
    answer = sam.post(address, kept | {"toelichting": WORDS})

    assert answer.status_code == 409
    assert WORDS in words(answer.text)


def test_the_form_that_is_still_there_holds_the_words_itself(as_, open_case, house):
    case = open_case()
    sam, address = as_("sam"), f"/impasses/{case}/escaleren"
    kept = hidden(sam.get(f"/impasses/{case}").text, address)

    house.engine.handle(RaiseTier(case, Tier.DIRECTORS, "Het duurt te lang."), SECRETARIAT)
    answer = sam.post(address, kept | TYPED["escaleren"])

    assert answer.status_code == 409
    assert answer.text.count(WORDS) == 1
    assert "het kan hier nu niet meer" not in words(answer.text)


def test_a_form_sent_twice_with_other_words_says_so_and_can_be_sent_anew(as_, open_case):
    case = open_case()
    sam, address = as_("sam"), f"/impasses/{case}/gebeurtenis"
    kept = hidden(sam.get(f"/impasses/{case}").text, address)
    kept.pop("versie")
    assert sam.post(address, kept | {"tekst": "Eerst", "dag": "2026-10-12"}).status_code == 303

    again = sam.post(address, kept | {"tekst": WORDS, "dag": "2026-10-12"})

    assert again.status_code == 409
    assert "U hebt dit formulier al eerder verstuurd" in words(again.text)
    assert "sleutel" not in words(again.text).lower()
    anew = hidden(again.text, address)
    assert anew["sleutel"] != kept["sleutel"]
    assert sam.post(address, anew | {"tekst": WORDS, "dag": "2026-10-12"}).status_code == 303


@pytest.mark.parametrize(
    "odd", [{"sleutel": "k" * 400}, {"sleutel": "é\n"}, {"versie": "9" * 5000}, {"versie": "een"}]
)
def test_a_damaged_form_is_refused_with_its_words_on_the_page(as_, open_case, odd):
    case = open_case()
    sam, address = as_("sam"), f"/impasses/{case}/gebeurtenis"
    kept = hidden(sam.get(f"/impasses/{case}").text, address)

    answer = sam.post(address, kept | {"tekst": WORDS, "dag": "2026-10-12"} | odd)

    assert answer.status_code == 422
    assert "beschadigd" in words(answer.text)
    assert WORDS in words(answer.text)


def test_a_time_with_a_zone_is_no_time_of_a_meeting(as_):
    sam = as_("sam")

    answer = sam.post(
        "/overleg",
        {"dag": "2026-11-05", "begin": "13:30+02:00", "einde": "15:30", "plaats": WORDS,
         "sluit": "2026-10-29"},
    )  # fmt: skip

    assert answer.status_code == 422
    assert "Vul een tijd in." in words(answer.text)
    assert WORDS in answer.text


def test_a_form_that_may_no_longer_be_sent_gives_its_words_back(as_, open_case):
    case = open_case()

    answer = as_("lotte").post(
        f"/impasses/{case}/aanwijzen", {"ambt": "handler", "wie": WORDS, "versie": "1"}
    )

    assert answer.status_code == 403
    assert WORDS in words(answer.text)
