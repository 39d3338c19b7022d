"""Work in a stage on the dossier: seen by all, done by who it is of, and nothing typed is lost."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from impasse.domain.case import ConfirmationKind
from impasse.domain.commands import CompleteTask, Confirm, MakeMove
from impasse.domain.people import Actor, Role
from impasse.web.tasks_card import tasks_card
from patterns.disputes import dispute, with_tasks

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
PROVINCE = Actor("pim", "pv27", frozenset({Role.LIAISON_OFFICER}), "test")
WORDS = "Dit schreef ik met veel zorg op."


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def facts(open_case, house):
    """A case in which both parties are asked for their facts."""
    number = open_case(parties=("gm0363", "pv27"))
    move = MakeMove(number, "start_fact_finding", note="Zonder behandelaar, in overleg.")
    house.engine.handle(move, SECRETARIAT)
    return number


def tasks(house, number):
    """Return what stands in the case: per task its organisation and state."""
    return [
        (task.organisation, task.state.value)
        for task in house.views.case(SECRETARIAT, number).tasks
    ]


def task_of(house, number, organisation):
    found = house.views.case(SECRETARIAT, number).tasks
    return next(task.id for task in found if task.organisation == organisation)


def test_everybody_sees_what_is_asked_of_whom_and_only_the_own_work_can_be_done(as_, facts, house):
    page = as_("lotte").get(f"/impasses/{facts}").text
    read = words(page)
    assert "Werk in deze fase" in read
    assert "0 van 2 klaar" in read
    assert "uiterlijk op maandag 2 november 2026" in read
    assert read.count("Laatste dag voor: lever uw feiten en bronnen aan") == 1
    own = task_of(house, facts, "gm0363")
    assert re.findall(rf"/impasses/{facts}/werk/([^\"]+)", page) == [own]


def test_a_party_takes_up_its_work_and_completes_it(as_, facts, house):
    lotte, own = as_("lotte"), task_of(house, facts, "gm0363")
    address = f"/impasses/{facts}/werk/{own}"
    assert "Rond af" in words(lotte.get(address).text)
    assert lotte.post(address, {"daad": "pak-op"}).status_code == 303
    done = lotte.post(address, {"daad": "rond-af", "toelichting": "Brief van vandaag."})
    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/impasses/{facts}?gedaan=rond-af#werk",
    )
    read = words(lotte.get(done.headers["location"]).text)
    assert "Afgerond. Het staat in het verloop." in read
    assert "1 van 2 klaar" in read
    assert "Brief van vandaag." in read
    after = words(lotte.get(address).text)
    assert "Hier is voor u nu niets te doen." in after


def test_two_parties_do_their_work_at_the_same_time_and_neither_is_held_up(as_, facts, house):
    lotte, own = as_("lotte"), task_of(house, facts, "gm0363")
    page = lotte.get(f"/impasses/{facts}/werk/{own}").text
    kept = dict(
        re.findall(r'<input type="hidden" name="(versie|gezien|sleutel)" value="(.*?)"', page)
    )
    house.engine.handle(CompleteTask(facts, task_of(house, facts, "pv27")), PROVINCE)
    answer = lotte.post(f"/impasses/{facts}/werk/{own}", kept | {"daad": "rond-af"})
    assert answer.status_code == 303
    assert {state for organisation, state in tasks(house, facts) if organisation} == {"done"}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"daad": "rond-af"}, "Noem waar het is na te lezen"),
        ({"daad": "trek-in", "reden": " "}, "Alle partijen zien deze reden"),
        ({"daad": "rond-af", "antwoord": "ja", "toelichting": WORDS}, "niets te kiezen"),
        ({"daad": "doe-opnieuw", "reden": WORDS}, "Alleen wat klaar is kan opnieuw"),
        ({"daad": "iets-anders", "toelichting": WORDS}, "beschadigd"),
        ({}, "beschadigd"),
    ],
)
def test_what_cannot_be_is_told_and_what_was_typed_stays(as_, facts, house, form, told):
    before = tasks(house, facts)
    address = f"/impasses/{facts}/werk/{task_of(house, facts, 'pv27')}"
    answer = as_("sam").post(address, form)
    assert answer.status_code in {409, 422}
    read = words(answer.text)
    assert told in read
    if WORDS in form.values():
        assert WORDS in html.unescape(answer.text)
    assert tasks(house, facts) == before


def test_who_typed_while_the_case_went_on_reads_why_and_keeps_the_words(as_, facts, house):
    lotte, own = as_("lotte"), task_of(house, facts, "gm0363")
    house.engine.handle(MakeMove(facts, "withdraw", note="Het is opgelost."), SECRETARIAT)
    sent = {"daad": "rond-af", "toelichting": WORDS}
    answer = lotte.post(f"/impasses/{facts}/werk/{own}", sent)
    assert answer.status_code == 409
    assert WORDS in html.unescape(answer.text)
    assert "gesloten" in words(answer.text)
    assert lotte.get(f"/impasses/{facts}/werk/{own}").status_code == 404


def test_the_secretariat_goes_on_without_what_is_not_done(as_, facts, house):
    sam, other = as_("sam"), task_of(house, facts, "pv27")
    address = f"/impasses/{facts}/werk/{other}"
    assert "U doet dit namens: provincie Noord-Holland." in words(sam.get(address).text)
    closed = sam.post(address, {"daad": "sluit-af", "reden": "Het duurde te lang."})
    assert closed.status_code == 303
    assert [state for _, state in tasks(house, facts)] == ["withdrawn", "withdrawn", "open"]


def test_the_page_reads_in_english_too(as_, facts, house):
    lotte, own = as_("lotte"), task_of(house, facts, "gm0363")
    page = lotte.get(f"/impasses/{facts}?taal=en").text
    read = words(page + lotte.get(f"/impasses/{facts}/werk/{own}?taal=en").text)
    for english in ("Work in this stage", "0 of 2 done", "by Monday 2 November 2026", "Take up"):
        assert english in read


def test_another_has_no_say_and_a_stranger_finds_nothing(as_, facts, house):
    theirs = task_of(house, facts, "pv27")
    lotte = as_("lotte")
    assert lotte.post(f"/impasses/{facts}/werk/{theirs}", {"daad": "rond-af"}).status_code == 403
    assert as_("wanda").get(f"/impasses/{facts}/werk/{theirs}").status_code == 404
    assert lotte.get(f"/impasses/{facts}/werk/9-none-1").status_code == 404


def test_work_that_rests_during_a_pause_is_seen_by_all_and_done_by_nobody(as_, facts, house):
    sam, own = as_("sam"), task_of(house, facts, "gm0363")
    for party in ("gm0363", "pv27"):
        consent = Confirm(facts, ConfirmationKind.STANDSTILL, party, "Brief.")
        house.engine.handle(consent, SECRETARIAT)
    house.engine.handle(
        MakeMove(facts, "pause", note="Reces.", until=date(2026, 12, 18)), SECRETARIAT
    )
    page = sam.get(f"/impasses/{facts}").text
    read = words(page)
    assert "Werk dat rust tijdens de pauze" in read
    assert "Rust tijdens de pauze: lever uw feiten en bronnen aan" in read
    assert read.count("rust tijdens de pauze") >= 3
    assert "Werk in deze fase" not in read
    assert f"/impasses/{facts}/werk/" not in page
    assert sam.get(f"/impasses/{facts}/werk/{own}").status_code == 404
    late = as_("lotte").post(
        f"/impasses/{facts}/werk/{own}", {"daad": "rond-af", "toelichting": WORDS}
    )
    assert late.status_code == 409
    assert "Dit rust tijdens de pauze" in words(late.text)
    assert WORDS in late.text
    house.engine.handle(MakeMove(facts, "resume", note="Verder."), SECRETARIAT)
    assert f"/impasses/{facts}/werk/{own}" in as_("lotte").get(f"/impasses/{facts}").text


def at_turn(as_, house, number):
    """Return who is at turn on the dossier, on the card of the board and in the attention list."""
    page, board = (
        words(as_("sam").get(f"/impasses/{number}").text),
        as_("sam").get("/impasses").text,
    )
    card = re.search(r"Aan zet: ([^<]+)<", board)
    listed = re.search(r'<ol class="attn">.*?</ol>', board, re.DOTALL)
    return (
        re.search(r"Nu aan zet: (.*?)\. ", page)[1],
        card[1],
        words(listed[0]) if listed else "",
    )


def test_who_has_the_open_task_is_at_turn_everywhere_as_the_ledger_has_it(as_, facts, house):
    who, card, attention = at_turn(as_, house, facts)
    assert who.startswith("de partijen Lever uw feiten en bronnen aan")
    assert card == "partijen"
    assert "Partijen: lever uw feiten en bronnen aan, met uw voorbehouden." in attention
    for organisation, left in (("gm0363", "Noord-Holland"), ("pv27", "secretariaat")):
        task = task_of(house, facts, organisation)
        house.engine.handle(CompleteTask(facts, task, note="Brief."), SECRETARIAT)
        who, card, attention = at_turn(as_, house, facts)
        assert left in who
        assert left in card
    assert who.startswith("het secretariaat Voeg de feiten samen tot één lijst")
    assert "Secretariaat: voeg de feiten samen tot één lijst." in attention


def test_a_list_asks_for_the_work_of_its_cases_once(facts, open_case, house):
    from sqlalchemy import event

    for _ in range(3):
        number = open_case(parties=("gm0363", "pv27"))
        move = MakeMove(number, "start_fact_finding", note="Zonder behandelaar, in overleg.")
        house.engine.handle(move, SECRETARIAT)
    asked = []
    event.listen(house.database, "before_cursor_execute", lambda *args: asked.append(args[2]))
    lines = house.views.board(SECRETARIAT)
    assert [line.at_work.account for line in lines] == ["parties"] * 4
    assert sum("FROM tasks" in one for one in asked) == 1


def test_who_kept_silent_did_not_withdraw_and_nothing_is_not_enough(as_, facts, house, watch):
    watch.move(days=22)
    house.engine.fire_due()
    page = as_("lotte").get(f"/impasses/{facts}").text
    read = words(page)
    panel = read.split("Werk in deze fase")[1].split("Voeg de feiten samen")[0]
    assert panel.count("niets ontvangen, verdergegaan") == 3
    assert "ingetrokken" not in panel
    assert "van 0 klaar" not in read
    assert "Niets ontvangen, verdergegaan: lever uw feiten en bronnen aan" in read
    assert "Genoeg is klaar" not in read
    assert '<span class="tag ok">niets ontvangen' not in page


def test_tasks_that_one_role_has_several_of_are_numbered():
    tasks = """
    opinion:
      label: {nl: Oordeel van een deskundige, en: Opinion of an expert}
      for: mediator
      count: 3
    """
    case = dispute(with_tasks(tasks, go_on="opinion"))
    today = date(2026, 9, 7)
    [group] = tasks_card(case.case, case.procedure.workflow, SECRETARIAT, today)
    told = [(line.what.nl, line.who.nl) for line in group.lines]
    label = "Oordeel van een deskundige"
    assert told == [(f"{label} {number} van 3", "de bemiddelaar") for number in (1, 2, 3)]
