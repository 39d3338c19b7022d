"""Escalation on the dossier: the ladder, who will hear before anything is sent, and the answers."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from impasse.adapters.sql.directory import SqlDirectory
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.domain.commands import MakeMove, StartEscalation
from impasse.domain.escalation_policy import (
    Answering,
    EndsWhen,
    EscalationPolicy,
    Level,
    MeetingTarget,
    RankTarget,
    RoleTarget,
)
from impasse.domain.length import Length
from impasse.domain.people import Actor, Rank, Role
from impasse.domain.text import Text
from impasse.engine.timers import sweep

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
STEP = "Wij bellen <b>morgen</b> met de wethouder"


def days(amount: int) -> Length:
    return Length.parse(f"{amount} working days")


POLICY = EscalationPolicy(
    name="nieuw-signaal",
    version="1",
    title=Text("Nieuw signaal", "New signal"),
    starts_on=frozenset({"case-opened"}),
    ends_when=EndsWhen.CASE_CLOSED,
    fallback="secretariaat",
    levels=(
        Level(
            "liaisons",
            Text("liaisons van alle partijen", "liaison officers of all parties"),
            None,
            (RoleTarget(Role.LIAISON_OFFICER),),
            Answering.ALL_SIDES,
        ),
        Level(
            "heads",
            Text("hoofden van de beleidsafdelingen", "heads of the policy units"),
            days(5),
            (RankTarget(Rank.HEAD),),
        ),
        Level(
            "meeting",
            Text("het overhedenoverleg", "the meeting"),
            days(10),
            (MeetingTarget(),),
            Answering.NONE,
        ),
    ),
    acknowledged_at_most=days(10),
    snoozed_at_most=days(10),
)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def card(page: str) -> str:
    """Return the words of the card."""
    found = re.search(r'aria-labelledby="opschaling".*?</section>', page, re.DOTALL)
    assert found, "there is no such card"
    return words(found[0])


@pytest.fixture
def policies(house):
    """The policies in force: one, which the test may change."""
    kept = {POLICY.name: POLICY}
    house.engine.policies = lambda: MappingProxyType(kept)
    house.engine.directory = SqlDirectory(house.database).read
    return kept


@pytest.fixture
def case(open_case, policies):
    return open_case(parties=("gm0363", "pv27"))


@pytest.fixture
def run(house, case):
    """A run that asked both liaison officers."""
    return house.engine.handle(StartEscalation(case, POLICY.name), SECRETARIAT).created


def runs(house, case):
    return house.views.case(SECRETARIAT, case).runs


def test_who_will_hear_is_shown_before_anything_is_sent(as_, case, house):
    lotte = as_("lotte")
    address = f"/impasses/{case}/opschaling"
    assert "Nieuw signaal" in words(lotte.get(address).text)
    page = lotte.get(f"{address}?beleid=nieuw-signaal").text
    read = words(page)
    assert "Liaison van de gemeente, gemeente Amsterdam" in read
    assert "Liaison van de provincie, provincie Noord-Holland" in read
    assert "Naam van pim" not in read
    assert "Er is nu niemand voor: hoofd van de beleidsafdeling bij gemeente Amsterdam" in read
    assert "Niemand krijgt hiervan een e-mail." in read
    assert runs(house, case) == ()
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    done = lotte.client.post(address, data=form)
    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/impasses/{case}?gedaan=opgeschaald#opschaling",
    )
    assert [run.level for run in runs(house, case)] == [0]
    assert lotte.client.post(address, data=form).status_code == 303
    assert len(runs(house, case)) == 1
    assert lotte.post(address, {"beleid": POLICY.name}).status_code == 409
    assert "Er is niets te starten" in words(lotte.get(address).text)


def test_a_run_is_not_started_when_others_will_hear_than_were_shown(as_, case, house, policies):
    lotte, address = as_("lotte"), f"/impasses/{case}/opschaling"
    form = dict(
        re.findall(
            r'name="(\w+)" value="([^"]*)"', lotte.get(f"{address}?beleid=nieuw-signaal").text
        )
    )
    policies[POLICY.name] = replace(POLICY, version="2")
    refused = lotte.client.post(address, data=form)
    assert refused.status_code == 409
    assert "is intussen veranderd. Er is nog niets verstuurd." in words(refused.text)
    assert lotte.post(address, {"beleid": POLICY.name}).status_code == 409
    assert lotte.post(address, {"beleid": "bestaat-niet"}).status_code == 409
    assert lotte.post(address, {}).status_code == 422
    letters = replace(POLICY, name="onbestelbaar", starts_on=frozenset({"escalation-undelivered"}))
    policies[letters.name] = letters
    assert "onbestelbaar" not in lotte.get(address).text
    assert lotte.post(address, {"beleid": letters.name}).status_code == 409
    assert runs(house, case) == ()


def test_the_ladder_says_who_answered_who_did_not_and_what_comes_then(as_, case, run, house):
    read = card(as_("lotte").get(f"/impasses/{case}").text)
    assert "Nieuw signaal loopt" in read
    assert "Trede 1: liaisons van alle partijen" in read
    assert "Nog geen antwoord van: gemeente Amsterdam, provincie Noord-Holland." in read
    assert "Als niemand antwoordt Trede 2: hoofden van de beleidsafdelingen ma 19 okt" in read
    assert "Er is nu niemand voor:" in read


def test_it_is_taken_up_by_a_side_and_all_read_the_next_step(as_, case, run, house):
    lotte, address = as_("lotte"), f"/impasses/{case}/opschaling/{run}"
    sent = {"daad": "oppakken", "stap": STEP, "tot": "2026-10-19"}
    done = lotte.post(address, sent)
    assert done.headers["location"] == f"/impasses/{case}?gedaan=oppakken#opschaling"
    page = as_("pim").get(f"/impasses/{case}").text
    assert "<b>morgen</b>" not in page
    read = card(page)
    assert "Opgepakt door gemeente Amsterdam (ma 12 okt, 11.00)" in read
    assert f"uiterlijk ma 19 okt: {STEP} " in read
    assert f"Volgende stap, uiterlijk maandag 19 oktober 2026: {STEP}." in words(page)
    assert "Nog geen antwoord van: provincie Noord-Holland." in read
    assert "oppakken-run" not in lotte.get(f"/impasses/{case}").text
    again = lotte.post(address, sent)
    assert again.status_code == 409
    assert "Uw kant heeft dit al opgepakt" in words(again.text)
    assert html.escape(STEP) in again.text
    assert as_("pim").post(address, sent).status_code == 303
    assert "Nieuw signaal opgepakt" in card(lotte.get(f"/impasses/{case}").text)


def test_a_next_step_that_ends_with_a_mark_gets_no_second(as_, case, run, house):
    sent = {"daad": "oppakken", "stap": "Wij bellen u.", "tot": "2026-10-19"}
    as_("lotte").post(f"/impasses/{case}/opschaling/{run}", sent)
    page = words(as_("pim").get(f"/impasses/{case}").text)
    assert "uiterlijk maandag 19 oktober 2026: Wij bellen u. " in page
    assert "Wij bellen u.." not in page
    assert "Wij bellen u.," not in page


def test_a_question_that_somebody_took_up_asks_nothing_more_of_the_others(as_, case, run, house):
    outbox = SqlOutbox(house.database, house.notifying)
    outbox.spread(house.clock())
    asked = "Er wordt een antwoord gevraagd"
    assert "Niets meer" not in words(as_("pim").get("/mijn-werk?weergave=meldingen").text)
    sent = {"daad": "oppakken", "stap": STEP, "tot": "2026-10-19"}
    for who in ("lotte", "pim"):
        as_(who).post(f"/impasses/{case}/opschaling/{run}", sent)
    read = words(as_("pim").get("/mijn-werk?weergave=meldingen").text)
    assert asked in read
    assert "Als u niets doet Niets meer: iemand heeft dit opgepakt." in read


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"stap": STEP, "tot": "2026-10-12"}, "Kies een dag na vandaag en uiterlijk"),
        ({"stap": STEP, "tot": "2026-11-20"}, "Kies een dag na vandaag en uiterlijk"),
        ({"stap": STEP, "tot": "morgen"}, "Vul een dag in."),
        ({"stap": " ", "tot": "2026-10-19"}, "Noem de volgende stap."),
        ({"stap": "x" * 6000, "tot": "2026-10-19"}, ""),
    ],
)
def test_what_is_wrong_with_a_promise_stands_at_its_field_and_is_not_lost(
    as_, case, run, sent, told
):
    answer = as_("lotte").post(f"/impasses/{case}/opschaling/{run}", {"daad": "oppakken"} | sent)
    assert answer.status_code == 422
    assert told in words(answer.text)
    assert html.escape(sent["stap"].strip()) in answer.text


def test_it_rests_for_a_while_and_goes_on(as_, case, run, house):
    sam, address = as_("sam"), f"/impasses/{case}/opschaling/{run}"
    rest = {"daad": "wegleggen", "reden": "Reces", "tot": "2026-10-16"}
    assert sam.post(address, rest).status_code == 303
    read = card(sam.get(f"/impasses/{case}").text)
    assert "Even weggelegd door het secretariaat, tot en met vrijdag 16 oktober 2026: Reces" in read
    assert "Oppakken" not in read
    assert sam.post(address, {"daad": "hervatten"}).status_code == 303
    assert "Dit kan nog 2 keer in 30 dagen." in card(sam.get(f"/impasses/{case}").text)
    assert sam.post(address, {"daad": "afhandelen"}).status_code == 422
    done = sam.post(address, {"daad": "afhandelen", "toelichting": "Zij spraken elkaar."})
    assert done.status_code == 303
    page = sam.get(f"/impasses/{case}").text
    assert "Er loopt geen opschaling in deze zaak." in card(page)
    late = sam.post(address, {"daad": "oppakken", "stap": STEP, "tot": "2026-10-19"})
    assert late.status_code == 409
    assert html.escape(STEP) in late.text


def test_a_side_cannot_settle_what_another_asks_of_it(as_, case, run):
    answer = as_("pim").post(
        f"/impasses/{case}/opschaling/{run}", {"daad": "afhandelen", "toelichting": "Klaar."}
    )
    assert answer.status_code == 403


def test_for_who_may_not_see_the_case_there_is_no_escalation(as_, case, run):
    wanda = as_("wanda")
    for path in (f"/impasses/{case}/opschaling", f"/impasses/{case}/opschaling/{run}"):
        shown = wanda.get(path)
        sent = wanda.post(path, {"daad": "oppakken", "stap": STEP, "tot": "2026-10-19"})
        unknown = wanda.post(path.replace(case, "IMP-2026-9999"), {"daad": "oppakken"})
        assert (sent.status_code, unknown.status_code) == (404, 404)
        assert shown.status_code in {303, 404}
        assert POLICY.title.nl not in shown.text
    assert POLICY.title.nl not in wanda.get("/mijn-werk").text


def test_a_run_that_is_not_there_is_said_to_have_ended(as_, case, run):
    answer = as_("lotte").post(
        f"/impasses/{case}/opschaling/E9", {"daad": "oppakken", "stap": STEP, "tot": "2026-10-19"}
    )
    assert answer.status_code == 409
    assert html.escape(STEP) in answer.text


def test_a_run_waits_for_its_sides_in_their_work_until_they_took_it_up(as_, case, run):
    lotte = as_("lotte")
    page = lotte.get("/mijn-werk").text
    assert "Pak de opschaling op: nieuw signaal" in words(page)
    assert "Wat is uw volgende stap?" in words(page)
    assert "Pak de opschaling op" not in words(as_("sam").get("/mijn-werk").text)
    sent = {"daad": "oppakken", "stap": STEP, "tot": "2026-10-19", "terug": "mijn-werk"}
    done = lotte.post(f"/impasses/{case}/opschaling/{run}", sent)
    assert done.headers["location"] == "/mijn-werk?gedaan=oppakken"
    assert "Pak de opschaling op" not in words(lotte.get("/mijn-werk").text)
    assert "Pak de opschaling op" in words(as_("pim").get("/mijn-werk").text)


def test_an_escalation_to_a_higher_table_says_who_will_hear(as_, case):
    read = words(as_("lotte").get(f"/impasses/{case}").text)
    assert "Dit horen 3 functies" in read
    assert "Secretaris, ministerie van Binnenlandse Zaken en Koninkrijksrelaties" in read


def test_a_closed_case_has_no_forms_of_escalation(as_, case, run, house):
    house.engine.handle(MakeMove(case, "withdraw", note="Het is niet nodig."), SECRETARIAT)
    lotte = as_("lotte")
    assert "Start een opschaling" not in lotte.get(f"/impasses/{case}").text
    assert lotte.get(f"/impasses/{case}/opschaling").status_code == 403
    answer = lotte.post(
        f"/impasses/{case}/opschaling/{run}",
        {"daad": "oppakken", "stap": STEP, "tot": "2026-10-19"},
    )
    assert answer.status_code == 409
    assert date(2026, 10, 19) > date(2026, 10, 12)


def test_the_same_form_sent_twice_counts_once_and_two_sides_at_once_both_count(
    as_, case, run, house
):
    lotte, pim = as_("lotte"), as_("pim")
    pages = {who: who.get(f"/impasses/{case}").text for who in (lotte, pim)}
    for who, times in ((lotte, 2), (pim, 2)):
        found = re.search(r'id="oppakken-run-E1".*?</form>', pages[who], re.DOTALL)
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', found[0]))
        for _ in range(times):
            sent = form | {"stap": "Wij bellen elkaar.", "tot": "2026-10-19"}
            answer = who.client.post(f"/impasses/{case}/opschaling/{run}", data=sent)
            assert answer.status_code == 303
    assert [len(one.acknowledgements) for one in runs(house, case)] == [2]


def test_who_looked_at_an_older_page_is_told_what_changed_before_it_is_snoozed(as_, case, run):
    sam = as_("sam")
    page = sam.get(f"/impasses/{case}").text
    found = re.search(r'id="wegleggen-run-E1".*?</form>', page, re.DOTALL)
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', found[0]))
    promise = {"daad": "oppakken", "stap": "Wij bellen.", "tot": "2026-10-19"}
    assert as_("pim").post(f"/impasses/{case}/opschaling/{run}", promise).status_code == 303
    refused = sam.client.post(
        f"/impasses/{case}/opschaling/{run}",
        data=form | {"reden": "Wij wachten op de raad", "tot": "2026-10-16"},
    )
    assert refused.status_code == 409
    assert "Iemand was u voor." in words(refused.text)
    assert "Wij wachten op de raad" in refused.text
    assert "Wij bellen." in words(refused.text)


def test_a_promise_that_was_not_kept_is_said_and_asked_for_anew(as_, case, run, house, watch):
    for who in ("lotte", "pim"):
        promise = {"daad": "oppakken", "stap": "Wij bellen.", "tot": "2026-10-14"}
        assert as_(who).post(f"/impasses/{case}/opschaling/{run}", promise).status_code == 303
    lotte = as_("lotte")
    assert "Als de stap er dan niet is" in card(lotte.get(f"/impasses/{case}").text)
    assert "Pak de opschaling op" not in words(lotte.get("/mijn-werk").text)
    watch.move(days=3)
    sweep(house.engine)
    lotte = as_("lotte")
    read = card(lotte.get(f"/impasses/{case}").text)
    assert "Deze stap is nog niet gezien." in read
    assert "liaisons van alle partijen (opnieuw)" in read
    assert "Pak de opschaling op" in words(lotte.get("/mijn-werk").text)
