"""Meldingen: what one was told and why, marked in words, and judged with one click."""

from __future__ import annotations

import html
import re

import pytest

from impasse.adapters.sql.outbox import SqlOutbox
from impasse.domain.commands import MakeMove
from impasse.domain.people import Actor, Role

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
LIST = "/mijn-werk?weergave=meldingen"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def numbers(page: str) -> list[str]:
    return re.findall(r'<li class="pad told[^"]*" id="m-([^"]+)"', page)


@pytest.fixture
def told(open_case, house, watch):
    """A case of which both parties heard: that it was opened, and that there is work."""
    number = open_case(parties=("gm0363", "pv27"))
    outbox = SqlOutbox(house.database, house.notifying)
    outbox.spread(house.clock())
    watch.move(minutes=5)
    move = MakeMove(number, "start_fact_finding", note="Zonder behandelaar, in overleg.")
    house.engine.handle(move, SECRETARIAT)
    outbox.spread(house.clock())
    return number


def test_each_says_what_why_and_what_happens_when_nothing_is_done(as_, told):
    page = as_("lotte").get(LIST).text
    read = words(page)
    assert "Er is een zaak geopend ongelezen" in read
    assert f"Zandmeerpolder · {told} · ma 12 okt, 11.00" in read
    assert "Waarom u dit krijgt U bent liaison van gemeente Amsterdam" in read
    assert "Als u niets doet Zonder reactie blijft dit signaal open staan" in read
    assert read.index("De zaak is in een andere fase") < read.index("Er is een zaak geopend")


def test_the_count_in_the_bar_is_personal_and_read_aloud(as_, told):
    count = len(numbers(as_("lotte").get(LIST).text))
    assert f"Mijn werk {count} ongelezen meldingen" in words(as_("lotte").get("/impasses").text)
    for other in ("wanda", "ben"):
        assert "ongelezen melding" not in as_(other).get("/impasses").text


def test_what_is_opened_was_seen_and_leads_to_the_case(as_, told):
    lotte = as_("lotte")
    first, *rest = numbers(lotte.get(LIST).text)
    looked = lotte.get(f"/mijn-werk/meldingen/{first}")
    assert looked.headers["location"] == f"/impasses/{told}"
    assert words(lotte.get(LIST).text).count("gezien") == 1
    opened = lotte.post(f"/mijn-werk/meldingen/{first}", {"actie": "open"})
    assert (opened.status_code, opened.headers["location"]) == (303, f"/impasses/{told}")
    again = lotte.get(LIST).text
    assert words(again).count("gezien") == 1 + words(again).count("Zet alles op gezien")
    assert numbers(again) == [first, *rest]


def test_everything_is_seen_that_stood_there_and_nothing_that_came_later(as_, told, house, watch):
    lotte = as_("lotte")
    page = lotte.get(LIST).text
    until = re.search(r'name="tot" value="([^"]+)"', page)[1]
    watch.move(minutes=5)
    house.engine.handle(MakeMove(told, "withdraw", note="Niet nodig."), SECRETARIAT)
    SqlOutbox(house.database, house.notifying).spread(house.clock())
    done = lotte.post("/mijn-werk/meldingen", {"tot": until})
    assert done.headers["location"] == f"{LIST}&gedaan=gezien"
    read = words(lotte.get(LIST).text)
    assert "De zaak is gesloten ongelezen" in read
    assert "Mijn werk 1 ongelezen melding" in read
    for broken in ("", "gisteren", "2026-10-12T09:00:00"):
        assert lotte.post("/mijn-werk/meldingen", {"tot": broken}).status_code == 303


def test_a_verdict_is_one_click_and_a_reason_may_follow(as_, told, house):
    lotte = as_("lotte")
    first, *_ = numbers(lotte.get(LIST).text)
    done = lotte.post(f"/mijn-werk/meldingen/{first}", {"oordeel": "too_early"})
    assert done.status_code == 303
    page = lotte.get(done.headers["location"]).text
    assert 'value="too_early" aria-pressed="true"' in page
    assert "Geef een reden (mag)" in words(page)
    reason = {"oordeel": "too_early", "reden": "Wij <i>wisten</i> dit al"}
    assert lotte.post(f"/mijn-werk/meldingen/{first}", reason).status_code == 303
    assert html.escape(reason["reden"]) in lotte.get(LIST).text
    long = lotte.post(f"/mijn-werk/meldingen/{first}", {"oordeel": "wrong", "reden": "x" * 6000})
    assert long.status_code == 422
    assert "x" * 6000 in long.text
    assert lotte.post(f"/mijn-werk/meldingen/{first}", {"oordeel": "fout"}).status_code == 422


def test_nobody_opens_or_judges_what_another_was_told(as_, told):
    first, *_ = numbers(as_("lotte").get(LIST).text)
    for other in ("wanda", "pim", "sam"):
        reader = as_(other)
        assert first not in reader.get(LIST).text
        for key in (first, "bestaat-niet", "%0a"):
            assert reader.get(f"/mijn-werk/meldingen/{key}").status_code == 404
            judged = reader.post(f"/mijn-werk/meldingen/{key}", {"oordeel": "wrong"})
            assert judged.status_code == 404
    assert "Er zijn geen meldingen voor u." in words(as_("wanda").get(LIST).text)


@pytest.mark.parametrize("place", ["", "x", "2026-10-12 y", "2026-10-12T09:00:00+00:00 %00", "9"])
def test_an_odd_place_in_the_list_is_the_beginning_or_the_end(as_, told, place):
    assert as_("lotte").get(f"{LIST}&na={place}").status_code == 200
