"""The dossier, as the people who work in it find it."""

from __future__ import annotations

import csv
import html
import re
from io import StringIO

import pytest
from sqlalchemy import text

from impasse.adapters.exports.spreadsheet import harmless
from impasse.domain.case import Visibility
from impasse.domain.commands import Appoint, Confirm, MakeMove
from impasse.domain.people import Actor, Role

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
ALL_MOVES_TO_MEDIATION = (
    ("start_fact_finding", "joint_fact_finding"),
    ("start_rule_interpretation", "rule_interpretation"),
)


def forms(page: str, action: str) -> list[dict[str, str]]:
    """Return the hidden fields of every form on *page* that is sent to *action*."""
    found = re.findall(
        rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL
    )
    return [
        dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', one))
        for one in found
    ]


def hidden(page: str, action: str) -> dict[str, str]:
    found = forms(page, action)
    assert found, f"no form is sent to {action}"
    return found[0]


def words(page: str) -> str:
    """Return what a reader reads."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


class Desk:
    """One person at one case."""

    def __init__(self, browser, case: str) -> None:
        self.browser, self.case = browser, case

    @property
    def page(self) -> str:
        return self.browser.get(f"/impasses/{self.case}").text

    def send(self, form: str, *, seen: str | None = None, **fields: str):
        """Send one form of the page, as it stood when it was looked at."""
        address = f"/impasses/{self.case}/{form}"
        page = seen or self.page
        kept = hidden(page, address)
        return self.browser.post(address, kept | fields)

    def move(self, trigger: str, **fields: str):
        address = f"/impasses/{self.case}/fase"
        page = self.browser.get(f"{address}?zet={trigger}").text
        return self.browser.post(address, hidden(page, address) | fields)


@pytest.fixture
def case(open_case) -> str:
    return open_case(reasons=("A1", "E1"))


@pytest.fixture
def at_desk(as_, case):
    return lambda person: Desk(as_(person), case)


@pytest.fixture
def in_mediation(house, case) -> str:
    """The case, brought to mediation with all that it takes."""
    send = lambda command: house.engine.handle(command, SECRETARIAT)  # noqa: E731
    for trigger, _ in ALL_MOVES_TO_MEDIATION:
        send(MakeMove(case, trigger, note="Wij gaan verder."))
    send(Appoint(case, "mediator", "ben"))
    for kind in ("mediator_accepted", "mediation_agreement"):
        for party in ("gm0363", "ws0155"):
            send(Confirm(case, _kind(kind), party, "Brief van 12 oktober"))
    send(MakeMove(case, "start_mediation", note="Zonder vaste status."))
    return case


def _kind(name: str):
    from impasse.domain.case import ConfirmationKind

    return ConfirmationKind(name)


def test_the_head_tells_what_it_is_where_it_stands_and_who_is_at_turn(at_desk):
    read = words(at_desk("sam").page)

    assert "Waterberging of woningbouw in de Zandmeerpolder" in read
    assert "Nu aan zet: het secretariaat" in read
    assert "Hoor de andere overheden en wijs een behandelaar aan" in read
    assert "Uiterlijk ma 26 okt, nog 10 werkdagen." in read
    assert "krijgen het secretariaat en de partijen bericht" in read
    assert "Gebeurt er niets, dan gaat de zaak na ma 2 nov naar niveau directeuren." in read
    assert "begonnen, tot ma 26 okt" in read
    assert "Zichtbaar voor partijen en secretariaat" in read


def test_who_just_reported_reads_the_number(at_desk, case):
    page = at_desk("lotte").browser.get(f"/impasses/{case}?gemeld=1").text

    assert f"Signaal gemeld. Het nummer is {case}." in words(page)


def test_days_pass_and_the_line_of_stages_keeps_count(at_desk, watch):
    watch.move(days=4)
    assert "dag 4 van 10, tot ma 26 okt" in words(at_desk("sam").page)

    watch.move(days=12)
    late = words(at_desk("sam").page)
    assert "2 werkdagen te laat, einde was ma 26 okt" in late
    assert "Dit had klaar moeten zijn op ma 26 okt, 2 werkdagen te laat." in late


def test_why_this_date_tells_each_step(at_desk):
    read = words(at_desk("sam").page)

    assert "Waarom deze datum?" in read
    assert "Zaterdag 17 oktober 2026: telt niet mee" in read
    assert "Werkafspraak overhedenoverleg" in read


def test_why_this_level_shows_reasons_parts_and_what_lowers_it(at_desk):
    read = words(at_desk("sam").page)

    assert "Waarom geel?" in read or "Waarom oranje?" in read
    assert re.search(r"Formele brief of brandbrief: gemeente \w+", read), "a name, not an id"
    assert "gm0363" not in read
    assert "Kom de toezegging na" in read
    assert "van 27 punten" in read


def test_the_secretariat_reads_what_lacks_and_passes_what_is_advised_with_a_reason(at_desk):
    sam = at_desk("sam")

    refused = sam.move("start_fact_finding")
    assert refused.status_code == 422
    read = words(refused.text)
    assert "Wat ontbreekt" in read
    assert "Alle partijen gehoord" in read
    assert "Er is nog geen behandelaar. Wijs iemand aan." in read
    assert "U kunt toch verder met een reden die alle partijen zien." in read

    passed = sam.move("start_fact_finding", toelichting="De gemeente spreekt later.")
    assert passed.status_code == 303
    after = words(sam.browser.get(passed.headers["location"]).text)
    assert "De fase is veranderd." in after
    assert "Naar fase 2: Feiten vaststellen." in after
    assert "Reden: De gemeente spreekt later." in after
    assert "Nog niet vervuld: alle partijen gehoord" in after


def test_there_is_no_way_around_what_is_required(at_desk, house, case):
    sam = at_desk("sam")
    for trigger, _ in ALL_MOVES_TO_MEDIATION:
        house.engine.handle(MakeMove(case, trigger, note="Verder."), SECRETARIAT)

    page = sam.browser.get(f"/impasses/{case}/fase?zet=start_mediation").text
    assert "Een vereiste voorwaarde ontbreekt." in page
    assert (
        "<button"
        not in page[page.index("data-main") : page.index("</form>", page.index("data-main"))]
    )

    refused = sam.move("start_mediation", toelichting="Ik wil toch door.")
    assert refused.status_code == 422
    assert "Bemiddelaar aangewezen" in words(refused.text)
    assert "Ik wil toch door." in refused.text


def test_three_clicks_lead_to_the_next_stage(at_desk, case):
    sam = at_desk("sam")
    link = re.search(rf'class="btn primary" href="(/impasses/{case}/fase[^"]+)"', sam.page)
    assert link
    page = sam.browser.get(html.unescape(link[1]))

    assert "Naar fase 2: Feiten vaststellen" in words(page.text)
    assert 'name="toelichting"' in page.text


def test_a_party_confirms_for_itself_only(at_desk):
    lotte = at_desk("lotte")

    done = lotte.send("bevestigen", soort="view")
    assert done.status_code == 303
    assert "zienswijze gegeven door gemeente" in words(lotte.page)

    refused = lotte.send("bevestigen", soort="view", organisatie="ws0155")
    assert refused.status_code == 422
    assert "U spreekt alleen voor uw eigen organisatie." in refused.text


def test_who_agrees_to_a_suspension_says_to_which(at_desk, case):
    lotte = at_desk("lotte")

    refused = lotte.send("bevestigen", soort="suspension", waarmee="")
    assert refused.status_code == 422
    assert 'href="#bevestigen-waarmee"' in refused.text

    lotte.send("bevestigen", soort="suspension", waarmee="4 weken, tot 15 januari")
    told = words(lotte.page)
    assert told.count("4 weken, tot 15 januari") == 2  # beside the party, and in the history
    assert "opschorting door gemeente Amsterdam: 4 weken, tot 15 januari." in told
    page = at_desk("sam").browser.get(f"/impasses/{case}/schort-op").text
    assert "stemde al in 4 weken, tot 15 januari" in words(page)


def test_what_holds_for_the_whole_case_says_where_it_can_be_checked(at_desk):
    sam = at_desk("sam")

    refused = sam.send("bevestigen", soort="fact_report", toelichting="")
    assert refused.status_code == 422
    assert 'href="#bevestigen-toelichting"' in refused.text
    assert 'id="bevestigen-toelichting"' in refused.text

    sam.send("bevestigen", soort="fact_report", toelichting="Rapport 12, bladzijde 3")
    assert "Rapport 12, bladzijde 3" in words(sam.page)


def test_a_link_beside_a_lack_opens_the_form_that_settles_it(at_desk, case):
    page = at_desk("sam").browser.get(f"/impasses/{case}?vast=view").text

    assert re.search(r'<details class="act" id="bevestigen" open>', page)
    assert '<option value="view" selected>' in page


def test_signals_come_and_go(at_desk, case):
    lotte = at_desk("lotte")

    lotte.send(
        "signaal", signaal="G1", zekerheid="document", dag="2026-10-09", tekst="Nog 2 miljoen."
    )
    read = words(lotte.page)
    assert "Signaal: Er is onenigheid over het geld." in read
    assert "“Nog 2 miljoen.” Gemeente" in read

    page = lotte.page
    numbers = [one["nummer"] for one in forms(page, f"/impasses/{case}/sluiten")]
    assert numbers == ["S1", "S3"], "a letter was sent: that cannot be undone"
    gone = lotte.browser.post(
        f"/impasses/{case}/sluiten",
        forms(page, f"/impasses/{case}/sluiten")[1] | {"dag": "2026-10-12", "toelichting": "Rond."},
    )
    assert gone.status_code == 303
    assert "Speelt niet meer: Er is onenigheid over het geld." in words(lotte.page)


def test_a_day_in_the_future_comes_back_with_the_text_kept(at_desk):
    refused = at_desk("lotte").send(
        "signaal", signaal="E1", zekerheid="document", dag="2027-01-01", tekst="Een brief."
    )

    assert refused.status_code == 422
    assert "Deze dag ligt in de toekomst." in refused.text
    assert "Een brief.</textarea>" in refused.text
    assert 'href="#signaal-dag"' in refused.text


def test_a_day_that_is_no_day_is_asked_again(at_desk):
    refused = at_desk("lotte").send("gebeurtenis", tekst="Iets.", dag="morgen")

    assert refused.status_code == 422
    assert "Vul een dag in." in refused.text


def test_the_secretariat_appoints_a_mediator_by_function(at_desk):
    sam = at_desk("sam")
    page = sam.page
    address = f"/impasses/{sam.case}/aanwijzen"
    form = next(one for one in forms(page, address) if one["ambt"] == "mediator")

    sam.browser.post(address, form | {"wie": "ben"})

    read = words(sam.page)
    assert "Bemiddelaar aangewezen. Bemiddelaar, ministerie" in read
    assert "Naam van ben" not in read
    assert "Zichtbaar voor partijen, bemiddelaar en secretariaat" in read


def test_a_party_cannot_appoint_anybody(at_desk, case):
    lotte = at_desk("lotte")

    assert "Een bemiddelaar aanwijzen" not in lotte.page
    answer = lotte.browser.post(f"/impasses/{case}/aanwijzen", {"ambt": "mediator", "wie": "ben"})
    assert answer.status_code == 403


def test_the_mediator_ends_the_mediation_without_a_reason(as_, in_mediation):
    ben = Desk(as_("ben"), in_mediation)
    assert "Nu aan zet: de bemiddelaar" in words(ben.page)

    ended = ben.move("end_mediation")

    assert ended.status_code == 303
    read = words(ben.page)
    assert "Naar fase 3: Duiding spelregels." in read
    assert "eerder" in read, "the line of stages remembers the mediation"


def test_two_people_at_once_and_the_second_keeps_the_text(at_desk):
    lotte, wanda = at_desk("lotte"), at_desk("wanda")
    seen = wanda.page
    lotte.send("gebeurtenis", tekst="De raad vergaderde.", dag="2026-10-12")

    second = wanda.send("gebeurtenis", seen=seen, tekst="Het bestuur ook.", dag="2026-10-12")

    assert second.status_code == 409
    read = words(second.text)
    assert "Iemand was u voor." in read
    assert "De raad vergaderde." in read, "what the other did"
    assert "Het bestuur ook.</textarea>" in second.text

    again = wanda.send("gebeurtenis", seen=second.text, tekst="Het bestuur ook.", dag="2026-10-12")
    assert again.status_code == 303


def test_a_form_sent_twice_counts_once(at_desk):
    lotte = at_desk("lotte")
    seen = lotte.page

    for _ in range(2):
        answer = lotte.send("gebeurtenis", seen=seen, tekst="Eén keer.", dag="2026-10-12")
        assert answer.status_code == 303

    assert words(lotte.page).count("Eén keer.") == 1


def test_a_higher_table_needs_a_reason(at_desk):
    lotte = at_desk("lotte")

    refused = lotte.send("escaleren", niveau="overhedenoverleg", reden="")
    assert refused.status_code == 422
    assert 'href="#escaleren-reden"' in refused.text

    lotte.send("escaleren", niveau="overhedenoverleg", reden="Wij komen er niet uit.")
    read = words(lotte.page)
    assert "Opgeschaald naar overhedenoverleg. Wij komen er niet uit." in read
    assert "Voorgesteld voor de agenda" in read


def test_a_standstill_needs_everybody_and_an_end_date(at_desk, house, case):
    sam = at_desk("sam")
    for party in ("gm0363", "ws0155"):
        house.engine.handle(Confirm(case, _kind("standstill"), party, "Brief"), SECRETARIAT)

    refused = sam.move("pause", toelichting="Reces.", tot="")
    assert refused.status_code == 422
    assert 'href="#fase-tot"' in refused.text

    sam.move("pause", toelichting="Reces.", tot="2026-11-20")
    read = words(sam.page)
    assert "pauze tot en met vr 20 nov" in read
    assert "zet het systeem zelf de stap ‘Hervat’" in read


def test_an_organisation_is_found_and_joins(at_desk, case):
    sam = at_desk("sam")
    address = f"/impasses/{case}/partij"
    page = sam.browser.get(f"{address}?zoek=noord-holland").text
    assert 'value="pv27"' in page

    sam.browser.post(address, hidden(page, address) | {"organisatie": "pv27"})
    assert "provincie Noord-Holland is nu partij." in words(sam.page)

    twice = sam.browser.post(
        address,
        hidden(sam.browser.get(f"{address}?zoek=utrecht").text, address) | {"organisatie": "pv27"},
    )
    assert twice.status_code == 409
    assert "is al partij in deze zaak" in twice.text


def test_an_organisation_in_no_register_joins_by_name(at_desk, case):
    sam = at_desk("sam")
    address = f"/impasses/{case}/partij"
    page = sam.browser.get(address).text

    empty = sam.browser.post(address, hidden(page, address) | {"naam": "", "laag": "other"})
    assert empty.status_code == 422
    assert "Schrijf de naam op." in empty.text

    sam.browser.post(address, hidden(page, address) | {"naam": "Café De Zwaan", "laag": "other"})
    assert "Café De Zwaan is nu partij." in words(sam.page)


def test_html_in_a_text_is_text(at_desk):
    lotte = at_desk("lotte")
    lotte.send("gebeurtenis", tekst="<script>alert(1)</script>", dag="2026-10-12", door="<b>x</b>")

    assert "<script>alert(1)" not in lotte.page
    assert "&lt;script&gt;alert(1)" in lotte.page
    refused = lotte.send("gebeurtenis", tekst='"><img src=x>', dag="")
    assert "<img" not in refused.text


def test_a_source_on_the_web_is_a_link_and_nothing_else_is(at_desk):
    lotte = at_desk("lotte")
    lotte.send("gebeurtenis", tekst="Brief.", dag="2026-10-12", bron="https://example.nl/brief?a=1")
    lotte.send("gebeurtenis", tekst="List.", dag="2026-10-12", bron="javascript:alert(1)")

    assert 'href="https://example.nl/brief?a=1" rel="noreferrer"' in lotte.page
    assert 'href="javascript' not in lotte.page


def test_a_closed_case_is_reopened_with_a_reason(at_desk):
    sam = at_desk("sam")
    sam.move("withdraw", toelichting="Het is opgelost.")
    closed = words(sam.page)
    assert "Gesloten op ma 12 okt" in closed
    assert "Een bevestiging" not in closed

    assert sam.move("reopen").status_code == 422
    sam.move("reopen", toelichting="Het speelt weer.")
    assert "Nu aan zet: het secretariaat" in words(sam.page)
    assert "Reden: Het speelt weer." in words(sam.page)


def test_a_step_that_somebody_else_took_meanwhile_is_not_taken_twice(at_desk):
    sam, other = at_desk("sam"), at_desk("sam")
    address = f"/impasses/{sam.case}/fase"
    seen = sam.browser.get(f"{address}?zet=withdraw").text
    other.move("withdraw", toelichting="Klaar.")

    answer = sam.browser.post(address, hidden(seen, address) | {"toelichting": "Ook klaar."})

    assert answer.status_code == 409
    assert "Iemand was u voor." in answer.text
    assert "Ook klaar." in answer.text


def test_who_takes_no_part_finds_nothing(as_, case):
    pim = as_("pim")

    for path in ("", "/logboek", "/logboek.csv", "/fase", "/partij"):
        hidden_ = pim.get(f"/impasses/{case}{path}")
        missing = pim.get(f"/impasses/IMP-2026-9999{path}")
        assert (hidden_.status_code, missing.status_code) == (404, 404)
        assert hidden_.text.replace(case, "#") == missing.text.replace("IMP-2026-9999", "#")


def test_a_lesson_can_be_read_by_all_and_changed_by_nobody(as_, open_case):
    lesson = open_case("Een leerzaak", visibility=Visibility.LESSON)
    page = as_("pim").get(f"/impasses/{lesson}").text

    assert "zichtbaar voor iedereen" in page
    assert 'action="/impasses' not in page.replace('action="/impasses" method="get"', "")


def test_who_reloads_the_answer_to_a_form_comes_back_to_the_case(as_, case):
    answer = as_("sam").get(f"/impasses/{case}/bevestigen")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/impasses/{case}")


def test_every_page_reads_in_english_too(at_desk, in_mediation):
    sam = at_desk("sam")
    for path in ("", "/logboek", "/fase?zet=propose_resolution", "/partij"):
        join = "&" if "?" in path else "?"
        page = sam.browser.get(f"/impasses/{in_mediation}{path}{join}taal=en")
        read = words(page.text)
        for dutch in (" wordt ", " werkdagen", "Leg iets", "Naar fase", "Voeg ", " zaak "):
            assert dutch not in read, f"{path}: {dutch}"
    assert "At turn now: the mediator" in words(
        sam.browser.get(f"/impasses/{in_mediation}?taal=en").text
    )


def test_the_logbook_names_offices_and_says_that_the_chain_holds(at_desk, in_mediation):
    sam = at_desk("sam")
    page = sam.browser.get(f"/impasses/{in_mediation}/logboek").text

    assert "De keten van controlegetallen klopt" in page
    assert "Secretaris, ministerie" in words(page)
    assert "Naam van" not in page


def test_a_changed_history_is_named(at_desk, house, case):
    with house.database.begin() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS entries_no_update"))
        for (name,) in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        connection.execute(
            text("UPDATE entries SET content = '{}' WHERE subject = :case AND seq = 2"),
            {"case": case},
        )

    page = at_desk("sam").browser.get(f"/impasses/{case}/logboek").text

    assert "klopt niet vanaf nummer 2" in page


def test_the_logbook_goes_along_as_a_table_without_formulas(at_desk, case):
    lotte = at_desk("lotte")
    lotte.send("gebeurtenis", tekst="=HYPERLINK(1)", dag="2026-10-12")
    answer = lotte.browser.get(f"/impasses/{case}/logboek.csv")

    assert answer.headers["content-type"].startswith("text/csv")
    assert f'filename="{case}-logboek.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [row["nummer"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    assert rows[-1]["wat"].startswith("'=HYPERLINK(1)")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_what_looks_like_a_formula_is_made_text(start):
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless("gewoon") == "gewoon"


def test_a_lesson_stands_still_where_its_sources_end(as_, open_case, watch):
    lesson = open_case("Een leerzaak", visibility=Visibility.LESSON)
    pim = as_("pim")
    watch.move(days=200)

    page = pim.get(f"/impasses/{lesson}").text

    assert "te laat" not in page
