"""Mijn werk: what waits for one reader, told from what waits for others, and nothing of rooms."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from impasse.domain.commands import Contribute, MakeMove, ProposeRelease
from impasse.domain.people import Actor, Role
from impasse.domain.rooms import ContributionKind, Part, Room, RoomKind

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
LOTTE = Actor("lotte", "gm0363", frozenset({Role.LIAISON_OFFICER}), "test")
TITLE = "Waterberging of woningbouw in de Zandmeerpolder"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def group(page: str, name: str) -> str:
    """Return the words of one group of lines."""
    found = re.search(rf'aria-labelledby="h-{name}".*?</section>', page, re.DOTALL)
    return words(found[0]) if found else ""


@pytest.fixture
def facts(open_case, house):
    """A case in which both parties are asked for their facts."""
    number = open_case(parties=("gm0363", "pv27"))
    move = MakeMove(number, "start_fact_finding", note="Zonder behandelaar, in overleg.")
    house.engine.handle(move, SECRETARIAT)
    return number


def test_a_party_sees_its_own_work_with_a_verb_for_whom_and_by_when(as_, facts):
    page = as_("lotte").get("/mijn-werk").text
    read = group(page, "later") + group(page, "straks")
    assert "Lever uw feiten en bronnen aan" in read
    assert f"{TITLE} · gemeente Amsterdam" in read
    assert "nog 15 wd ma 2 nov" in read
    assert "U bent bij" not in words(page)
    assert group(page, "anderen") == ""
    assert "Uw organisatie is partij in 1 dossier." in words(page)


def test_work_that_is_nearly_due_or_late_is_to_be_done_now(as_, facts, watch):
    watch.move(days=21)
    assert "vandaag" in group(as_("lotte").get("/mijn-werk").text, "nu")
    watch.move(days=2)
    late = group(as_("lotte").get("/mijn-werk").text, "nu")
    assert "2 wd te laat ma 2 nov" in late


def test_the_work_is_done_in_the_preview_and_the_reader_stays(as_, facts, house):
    lotte = as_("lotte")
    page = lotte.get("/mijn-werk").text
    form = re.search(r'<form class="stack-s".*?</form>', page, re.DOTALL)[0]
    address = re.search(r'action="([^"]+)"', form)[1]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    done = lotte.client.post(address, data=sent | {"toelichting": "Brief van vandaag."})
    assert (done.status_code, done.headers["location"]) == (303, "/mijn-werk?gedaan=rond-af")
    read = words(lotte.get(done.headers["location"]).text)
    assert "Afgerond. Het staat in het verloop." in read
    assert "U bent bij" in read
    assert "De volgende termijn is" in read
    assert "Wacht op anderen 1" in read
    twice = lotte.client.post(address, data=sent | {"toelichting": "Brief van vandaag."})
    assert twice.status_code == 303


def test_what_others_have_to_do_is_followed(as_, open_case):
    open_case(parties=("gm0363", "pv27"))
    page = as_("lotte").get("/mijn-werk?weergave=gevolgd").text
    read = words(page)
    assert TITLE in read
    assert "secretariaat · Hoor de andere overheden en wijs een behandelaar aan" in read


def test_the_secretariat_is_at_turn_and_decides_on_the_agenda(as_, open_case):
    number = open_case(parties=("gm0363", "pv27"))
    sam = as_("sam")
    form = {"niveau": "overhedenoverleg", "reden": "Allen willen het."}
    assert sam.post(f"/impasses/{number}/escaleren", form).status_code == 303
    read = words(sam.get("/mijn-werk").text)
    assert "Beslis of deze zaak op de agenda komt" in read
    assert "Hoor de andere overheden en wijs een behandelaar aan" in read
    assert "Beslis of deze zaak" not in words(as_("lotte").get("/mijn-werk").text)


def test_a_wording_in_a_closed_room_waits_for_its_owner_and_says_nothing(as_, open_case, house):
    number = open_case(parties=("gm0363", "pv27"))
    room = Room(RoomKind.SIDE, "gm0363")
    secret = "De wethouder wil hooguit drie miljoen geven"
    house.engine.handle(
        Contribute(number, room, ContributionKind.NOTE, Part.VIEW, secret, "Niet verder vertellen"),
        LOTTE,
    )
    house.engine.handle(ProposeRelease(number, room, "N1", secret, "Een tekst", Part.VIEW), LOTTE)
    page = as_("lotte").get("/mijn-werk").text
    assert "Besluit of een tekst gedeeld mag worden" in group(page, "nu")
    assert f"/impasses/{number}/kamers/{room.id}/voorstel/V1" in page
    assert secret not in html.unescape(page)
    for outsider in ("pim", "sam", "ben", "wanda"):
        other = as_(outsider).get("/mijn-werk").text
        assert "Besluit of een tekst" not in other
        assert room.id not in other


def test_who_takes_no_part_sees_nothing_of_it(as_, facts):
    for view in ("", "?weergave=gevolgd", f"?taak=taak-{facts}-2-statement-1"):
        page = as_("wanda").get(f"/mijn-werk{view}")
        assert page.status_code == 200
        assert f"/impasses/{facts}" not in page.text
        assert TITLE not in page.text


def test_htmx_and_a_browser_without_scripts_get_the_same_preview(as_, facts, house):
    lotte = as_("lotte")
    task = next(
        task.id
        for task in house.views.case(SECRETARIAT, facts).tasks
        if task.organisation == "gm0363"
    )
    page = lotte.get(f"/mijn-werk?taak=taak-{facts}-{task}").text
    assert 'aria-current="true"' in page
    assert f"/impasses/{facts}/werk/{task}" in page
    english = words(lotte.get("/mijn-werk?taal=en").text)
    assert "My work" in english
    assert "Waits for others" not in english
    assert date(2026, 11, 2).isoformat() not in english


def test_a_long_list_shows_its_beginning_and_what_was_asked_for(as_, open_case, monkeypatch):
    monkeypatch.setattr("impasse.web.work_list.MOST_SHOWN", 1)
    monkeypatch.setattr("impasse.web.work_page.MOST_SHOWN", 1)
    numbers = [open_case(title=f"Zaak {place}") for place in "abc"]
    sam = as_("sam")
    page = sam.get("/mijn-werk").text
    assert "Toon alle 3" in page
    assert [title in page for title in ("Zaak a", "Zaak b", "Zaak c")].count(True) == 1
    assert "Zaak c" in sam.get(f"/mijn-werk?taak=termijn-{numbers[2]}").text
    everything = sam.get("/mijn-werk?alles=ja").text
    assert all(f"Zaak {place}" in everything for place in "abc")
    followed = as_("lotte").get("/mijn-werk?weergave=gevolgd").text
    assert "Toon alle 3" in followed
