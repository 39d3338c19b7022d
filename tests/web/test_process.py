"""Het proces: the numbers that a reader may know, as a picture and as a table."""

from __future__ import annotations

import re
from html import unescape

import pytest

from impasse.domain.case import Visibility
from impasse.domain.commands import MakeMove
from impasse.domain.people import Actor, Role

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")


def stats(text: str) -> list[str]:
    return re.findall(r'<p class="stat"><b>(\d+|–)', text)


def plain(text: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", text)).split())


def section(text: str, name: str) -> str:
    return re.search(rf'<section[^>]*aria-labelledby="{name}".*?</section>', text, re.DOTALL)[0]


def moved(house, case: str, trigger: str) -> None:
    house.engine.handle(MakeMove(case, trigger, "zoals besproken"), SECRETARIAT)


def test_the_page_stands_in_the_top_bar_and_in_the_foot(as_):
    text = as_("lotte").get("/proces").text

    assert 'href="/proces" data-key="g p" aria-current="page"' in text
    assert '<a href="/proces">Zo werkt het proces</a>' in text


def test_without_a_case_the_procedure_is_drawn_all_the_same(as_):
    answer = as_("sam").get("/proces")

    assert answer.status_code == 200
    assert stats(answer.text) == ["0", "0", "0", "–"]
    assert 'aria-label="1 Signaal, 0 dossiers, duur nog onbekend, termijn 10 werkdagen"' in (
        answer.text
    )
    assert "Geen signalen in deze periode" in answer.text
    assert "Er is nu geen open dossier" in answer.text


def test_the_numbers_of_the_picture_stand_in_the_tables_too(as_, open_case, house, watch):
    first, second, _ = [open_case(title=f"Zaak {n}") for n in range(3)]
    watch.move(days=7)
    moved(house, first, "start_fact_finding")
    moved(house, second, "withdraw")
    watch.move(days=14)

    text = as_("sam").get("/proces").text

    assert stats(text) == ["3", "0", "0", "–"]
    assert 'aria-label="2 Feiten vaststellen, 1 dossier,' in text
    assert "1 Signaal 1 0 3 1 0 0 0 1" in plain(section(text, "h-s"))
    assert "Signaal Feiten vaststellen 1 Signaal Ingetrokken 1" in plain(section(text, "h-s"))
    funnel = plain(section(text, "h-f"))
    assert "1 Signaal 3 0 opgelost, 1 verder, 1 gestopt, 1 open 0" in funnel
    assert "Gestopt: 1. Nog open: 2." in funnel
    assert "2 Feiten vaststellen – – 0" in plain(section(text, "h-c"))


def test_a_dot_leads_to_its_case_and_says_how_old_it_is(as_, open_case, watch):
    case = open_case(title="Wie betaalt <de brug> & de weg?")
    watch.move(days=21)

    text = as_("sam").get("/proces").text

    label = "Wie betaalt &lt;de brug&gt; &amp; de weg?: 15 werkdagen, te laat"
    assert f'<a href="/impasses/{case}" aria-label="{label}">' in text
    assert "<de brug>" not in text


def test_a_party_counts_its_own_cases_and_learns_of_no_other(as_, open_case, house):
    open_case(title="Van ons", parties=("gm0363", "ws0155"))
    secret = open_case(title="Van anderen", parties=("pv27", "ws0155"))
    moved(house, secret, "start_fact_finding")
    open_case(title="Een les", visibility=Visibility.LESSON)

    ours, theirs, all_of_it = (as_(who).get("/proces").text for who in ("lotte", "pim", "sam"))

    assert (stats(ours)[0], stats(theirs)[0], stats(all_of_it)[0]) == ("1", "1", "2")
    assert secret not in ours
    assert "Van anderen" not in ours
    assert "2 Feiten vaststellen, 0 dossiers" in ours
    assert "waar u bij hoort" in ours
    assert "waar u bij hoort" not in all_of_it
    assert "Een les" not in all_of_it


def test_the_period_says_which_signals_count_and_the_open_ones_stay(as_, open_case, watch):
    open_case()
    watch.move(days=30)

    text = as_("sam").get("/proces?van=2026-11-01&tot=2026-11-11").text

    assert stats(text)[0] == "0"
    assert "1 open dossier" in plain(section(text, "h-s"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("van=gisteren", "“gisteren” is geen dag"),
        ("van=0001-01-01", "is geen dag tussen 1990"),
        ("van=2026-10-02&tot=2026-10-01", "De eerste dag ligt na de laatste."),
    ],
)
def test_days_that_cannot_be_read_are_told_at_their_field(as_, query, words):
    answer = as_("sam").get(f"/proces?{query}")

    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true" aria-describedby="e-van"' in answer.text
    assert 'href="#p-van"' in answer.text


def test_of_a_version_only_its_own_cases_count(as_, open_case, house):
    open_case()
    today = house.calendar.local_day(house.clock())
    version = house.procedures.latest("interbestuurlijke-impasse", today).version

    text = as_("sam").get(f"/proces?procedure=interbestuurlijke-impasse&versie={version}").text

    assert f"versie {version}" in plain(text)
    assert stats(text)[0] == "1"
    for unknown in ("procedure=niets", "versie=99", "procedure=niets&versie=1"):
        assert as_("sam").get(f"/proces?{unknown}").status_code == 404


def test_the_versions_are_listed_with_who_adopted_them(as_):
    rows = plain(section(as_("sam").get("/proces").text, "h-v"))

    assert "impasse 12 okt 2026 12 okt 2026" in rows


def test_who_is_not_signed_in_is_sent_to_sign_in(browser):
    assert browser.get("/proces").headers["location"] == "/aanmelden?naar=%2Fproces"


def a_long_procedure(count: int) -> str:
    """Return the file of a procedure with so many stages, each with a label without end."""
    words = "Gezamenlijkefeitenvaststellingscommissie " * 3
    stages = "".join(
        f"""
  s{n}:
    number: {n}
    label: {{nl: {words}{n}, en: {words}{n}}}
    purpose: {{nl: Praten, en: Talk}}
    owner: secretariat
    term:
      length: 10 working days
      basis: agreement
      on_expiry: [{{after: 0 working days, notify: [party]}}]"""
        for n in range(1, count + 1)
    )
    roles = "roles: [secretariat]"
    arrows = "".join(
        f"""
  - {{trigger: t{n}, label: {{nl: Verder, en: On}}, from: [s{n}], to: s{n + 1}, {roles}}}"""
        for n in range(1, count)
    )
    return f"""format: 1
name: lang
version: "1"
label: {{nl: Lange procedure, en: Long procedure}}
description: {{nl: Een lange weg., en: A long way.}}
initial: s1
stages:{stages}
  resolved: {{kind: ending, label: {{nl: Klaar, en: Done}}, purpose: {{nl: Klaar, en: Done}}}}
transitions:{arrows}
  - {{trigger: finish, label: {{nl: Sluit, en: Close}}, from: [s{count}], to: resolved, {roles}}}
"""


@pytest.mark.parametrize(("count", "drawn"), [(1, True), (12, True), (30, False)])
def test_any_procedure_has_its_picture_and_a_very_long_one_a_list(
    as_, house, tmp_path, count, drawn
):
    file = tmp_path / "lang.yaml"
    file.write_text(a_long_procedure(count), "utf-8")
    house.procedures.adopt(file, by="sam", at=house.clock())

    text = as_("sam").get("/proces?procedure=lang").text

    assert ("flowpic" in text) is drawn
    assert ('class="flowlist rows"' in text) is drawn
    assert text.count('<li class="pad-s row nw between">') == count
    assert stats(text) == ["0", "0", "–"], "without a mediator there is no such number"
    assert '<option value="lang" selected>Lange procedure</option>' in text
