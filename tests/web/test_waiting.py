"""The panels about waiting on the dossier: the ledger, and four clocks."""

from __future__ import annotations

import html
import re
from datetime import date

from sqlalchemy import text

from impasse.domain.commands import MakeMove, Suspend
from impasse.domain.people import Actor, Role
from impasse.domain.term_acts import SuspensionReason

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def panel(page: str, name: str) -> str:
    """Return what a reader reads in one panel."""
    found = re.search(rf'<section[^>]*aria-labelledby="{name}".*?</section>', page, re.DOTALL)
    assert found, f"no panel {name}"
    return words(found[0])


def test_a_reader_sees_for_whom_the_case_waited_in_words_bars_and_days(
    house, as_, open_case, watch
):
    case = open_case(reasons=("A1",))
    watch.move(days=7)
    reason, bound = SuspensionReason.AWAITING_PARTY, date(2026, 10, 30)
    house.engine.handle(
        Suspend(case, reason, "ws0155", bound, note="Cijfers", consents=("ws0155",)), SECRETARIAT
    )
    watch.move(days=3)
    page = as_("lotte").get(f"/impasses/{case}").text
    read = panel(page, "wachttijd")

    assert (
        "8 werkdagen, waarvan 5 bij het secretariaat en 3 bij het waterschap Amstel, Gooi en Vecht."
        in read
    )
    assert "20 okt 2026 tot en met 22 okt 2026: waterschap Amstel, Gooi en Vecht" in read
    assert "(termijn opgeschort, 3 werkdagen)" in read
    clocks = panel(page, "klokken")
    assert "Reactie te laat gehaald Na 5 werkdagen kwam er een antwoord." in clocks
    assert "De termijn wacht op het waterschap Amstel, Gooi en Vecht, tot en met vrijdag" in clocks
    why = words(page)
    assert "Opschorting O1: van dinsdag 20 oktober 2026 tot en met vrijdag 30 oktober" in why
    assert "De klok staat stil" in why

    told = words(as_("lotte").get(f"/impasses/{case}?taal=en").text)
    assert "Waiting time" in told
    assert "8 working days, of which 5 with the secretariat" in told


def test_a_history_that_lost_its_content_says_so_in_the_panel_and_the_page_stays(
    house, as_, open_case
):
    case = open_case()
    house.engine.handle(MakeMove(case, "start_fact_finding", note="Wij gaan verder."), SECRETARIAT)
    with house.database.begin() as connection:
        connection.execute(text("UPDATE entries SET content = '' WHERE action = 'stage_changed'"))
    answer = as_("sam").get(f"/impasses/{case}")

    assert answer.status_code == 200
    assert "de inhoud is vernietigd" in panel(answer.text, "wachttijd")


def test_a_stranger_sees_no_panel_at_all(as_, open_case):
    assert as_("pim").get(f"/impasses/{open_case()}").status_code == 404
