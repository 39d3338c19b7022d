"""The calendar page: everybody sees why a day is off, the secretariat changes it with a preview."""

from __future__ import annotations

import html
import re

import pytest


def hidden(page: str) -> dict[str, str]:
    """Return what the preview sends when its button is pressed."""
    over = re.search(r'name="over" value="([^"]+)"', page)
    content = re.search(r'<textarea name="inhoud" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    assert over, page
    assert content
    return {"over": html.unescape(over[1]), "inhoud": html.unescape(content[1])}


CLOSED = {
    "actie": "sluiting",
    "naam": "verhuizing",
    "naam-en": "removal",
    "bron": "besluit directie",
    "dagen": "2026-10-15",
}


def test_everybody_sees_the_days_off_of_a_year_with_their_reasons(as_):
    page = as_("lotte").get("/kalender?jaar=2027").text

    assert "vrijdag 26 maart 2027" in page
    assert "Goede Vrijdag" in page
    assert "Atw art. 3 lid 3" in page
    assert "26 mei 2028" in page
    assert "Verander de kalender" not in page
    assert "Friday 26 March 2027" in as_("lotte").get("/kalender?jaar=2027&taal=en").text


def test_a_year_beyond_the_horizon_says_so_and_no_year_is_refused(as_):
    browser = as_("lotte")

    assert "niet bekend welke dagen" in browser.get("/kalender?jaar=2030").text
    answer = browser.get("/kalender?jaar=nooit")
    assert answer.status_code == 422
    assert "“nooit” is geen jaar" in answer.text
    assert browser.get("/kalender?jaar=2100").status_code == 200
    assert browser.get("/kalender?versie=nothing").status_code == 404


def test_a_closing_day_is_previewed_with_the_terms_that_move_and_then_adopted(
    as_, open_case, house
):
    case = open_case()
    before = house.views.case(house_actor(), case).term.end
    browser = as_("sam")
    preview = browser.post("/kalender/voorbeeld", CLOSED)

    assert preview.status_code == 200
    assert "15 oktober 2026 is nu een vrije dag (verhuizing)" in preview.text
    assert case in preview.text
    assert house.views.case(house_actor(), case).term.end == before

    done = browser.post("/kalender/neem-aan", hidden(preview.text))

    assert done.status_code == 303
    assert house.views.case(house_actor(), case).term.end > before
    page = browser.get(done.headers["location"]).text
    assert "1 termijn is verschoven" in page
    assert "Aangenomen door Secretaris op" in page


def house_actor():
    from impasse.domain.people import CLOCK

    return CLOCK


def test_a_decree_brings_its_days_and_moves_the_horizon(as_, house):
    browser = as_("sam")
    form = {
        "actie": "besluit",
        "besluit": "besluit 2029",
        "besluit-en": "decree 2029",
        "bron": "Stcrt. 2028, 1",
        "dagen": "2029-05-11\n30-4-2029",
        "horizon": "2029-12-31",
    }
    preview = browser.post("/kalender/voorbeeld", form)
    browser.post("/kalender/neem-aan", hidden(preview.text))

    assert house.calendar.horizon.isoformat() == "2029-12-31"
    assert "besluit 2029" in browser.get("/kalender?jaar=2029").text
    gone = browser.post("/kalender/voorbeeld", {"actie": "weg", "wat": "besluit 2029-05-11"})
    assert "geen vrije dag meer" in gone.text


def test_a_recess_and_the_horizon_have_forms_of_their_own(as_, house):
    browser = as_("sam")
    form = {
        "actie": "reces",
        "naam": "herfstreces",
        "naam-en": "autumn recess",
        "orgaan": "Tweede Kamer",
        "orgaan-en": "House of Representatives",
        "van": "2026-10-16",
        "tot": "2026-10-26",
        "bron": "https://example.org",
    }
    preview = browser.post("/kalender/voorbeeld", form)
    assert "Nieuw reces: herfstreces (Tweede Kamer)" in preview.text
    browser.post("/kalender/neem-aan", hidden(preview.text))
    assert house.calendar.recess_on(house.calendar.horizon.replace(2026, 10, 20))
    gone = {"actie": "weg", "wat": "reces 2026-10-16 Tweede Kamer"}
    assert "Vervallen reces: herfstreces" in browser.post("/kalender/voorbeeld", gone).text
    assert 'value="reces 2026-10-16 Tweede Kamer"' in browser.get("/kalender?jaar=2026").text
    later = browser.post("/kalender/voorbeeld", {"actie": "horizon", "horizon": "2028-12-31"})
    assert "De horizon is nu zondag 31 december 2028" in later.text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"dagen": ""}, "Vul ten minste één dag in."),
        ({"dagen": "2026-02-30"}, "is geen bestaande dag"),
        ({"dagen": "2026-10-17"}, "is al een vrije dag (zaterdag)"),
        ({"dagen": "1980-01-01"}, "De kalender loopt van maandag 1 januari 1990"),
        ({"naam-en": ""}, "Vul in: de naam of reden, in het Engels."),
        ({"bron": "x" * 501}, "Maak dit korter"),
        (
            {"actie": "horizon", "horizon": "2025-01-01"},
            "Kies een dag vanaf donderdag 1 januari 2026",
        ),
        ({"actie": "horizon", "horizon": "2026-12-31"}, "Kies die dag of een latere"),
        (
            {"actie": "reces", "naam": "x", "naam-en": "x", "orgaan": "Rijk", "orgaan-en": "x"}
            | {"van": "2026-10-16", "tot": "2026-10-12"},
            "Het reces eindigt op maandag 12 oktober 2026, voor zijn begin op vrijdag 16 oktober",
        ),
        ({"actie": "weg", "wat": "sluiting 2026-10-15"}, "staat niet meer in de kalender"),
        ({"actie": "niets"}, "hier niet bekend"),
        ({"actie": "bestand", "inhoud": "edition: [\n"}, "geen geldige YAML"),
        ({"actie": "bestand", "inhoud": ""}, "leeg"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_keeps_what_was_typed(as_, change, told):
    answer = as_("sam").post("/kalender/voorbeeld", CLOSED | change)

    assert answer.status_code == 422
    assert told in html.unescape(answer.text)


def test_who_looked_at_an_older_calendar_is_told_and_nothing_changes(as_, house):
    first, second = as_("sam"), as_("sam")
    mine = hidden(first.post("/kalender/voorbeeld", CLOSED).text)
    other = hidden(second.post("/kalender/voorbeeld", CLOSED | {"dagen": "2026-10-16"}).text)
    second.post("/kalender/neem-aan", other)
    now = house.calendar.version

    late = first.post("/kalender/neem-aan", mine)

    assert late.status_code == 409
    assert "Bekijk de kalender opnieuw" in late.text
    assert house.calendars.version_in_force() == now


def test_an_older_version_can_be_seen_put_in_force_again_and_deleted(as_, house):
    browser, shipped = as_("sam"), house.calendar.version
    browser.post("/kalender/neem-aan", hidden(browser.post("/kalender/voorbeeld", CLOSED).text))
    assert "Die geldt niet" in browser.get("/kalender", params={"versie": shipped}).text
    back = browser.post("/kalender/versie", {"actie": "terug", "versie-van": shipped})
    assert "geen vrije dag meer (verhuizing)" in back.text
    assert (
        browser.post("/kalender/versie", {"actie": "verwijder", "versie-van": shipped}).status_code
        == 303
    )
    kept = browser.post(
        "/kalender/versie", {"actie": "verwijder", "versie-van": house.calendar.version}
    )
    assert kept.status_code == 409
    assert "geldt nu en blijft dus bewaard" in kept.text


@pytest.mark.parametrize("path", ["/kalender/voorbeeld", "/kalender/versie", "/kalender/neem-aan"])
def test_others_may_not_change_the_calendar(as_, path):
    assert as_("lotte").post(path, CLOSED).status_code == 403


def test_why_a_date_is_told_step_by_step(as_):
    page = as_("lotte").get(
        "/termijn?start=2027-02-12&length=6+weken&basis=statute&atw=auto&direction=forward"
    )

    assert page.status_code == 200
    assert "De laatste dag is dinsdag 30 maart 2027" in page.text
    assert "termijn bij wet" in page.text
    assert "Goede Vrijdag" in page.text
    english = as_("lotte").get(
        "/termijn?start=2027-02-12&length=10+working+days&basis=agreement&taal=en"
    )
    assert "Calculation: agreed working days" in english.text


def test_hours_take_a_time_and_midnight_without_one(as_):
    browser = as_("lotte")

    at_ten = browser.get("/termijn?start=2027-02-12T10:00&length=48+uur").text
    assert "De termijn loopt af op zondag 14 februari 2027 om 10.00 uur" in at_ten
    assert 'value="10:00"' in at_ten
    assert "U gaf geen tijd" in browser.get("/termijn?start=2027-02-12&length=48+uur").text


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("start=2027-02-30&length=6+weken", "is geen begin van een termijn"),
        ("start=2027-02-12&length=zes+weken", "één getal met één eenheid"),
        ("start=2027-02-12&length=999999+weken", "valt buiten de kalender"),
        ("start=2027-02-12&length=6+weken&basis=niets", "Maak een keuze"),
        ("start=2027-03-28T02:30&length=4+uur", "die nacht gaat de klok vooruit"),
    ],
)
def test_what_cannot_be_reckoned_is_told_beside_its_field(as_, query, told):
    answer = as_("lotte").get(f"/termijn?{query}")

    assert answer.status_code == 422
    assert told in html.unescape(answer.text)


def test_a_derivation_of_many_years_is_shown_in_short(as_):
    page = as_("lotte").get("/termijn?start=2027-02-12&length=5000+werkdagen&basis=agreement").text

    assert page.count("<li>") < 260
    assert "stappen weggelaten" in page
    assert "tot het einde van die dag" in page


def test_the_form_stands_ready_without_an_answer(as_):
    answer = as_("lotte").get("/termijn")

    assert answer.status_code == 200
    assert "Nog niets berekend" in answer.text
