"""How a reader wants to hear: chosen, foretold in words, and nothing typed is lost."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from impasse.adapters.sql.notification_settings import read_settings
from impasse.web.app import create_web

PATH = "/mijn-werk/instellingen"
GOOD = {
    "email": "ja",
    "dagen": ["1", "2", "4"],
    "van": "09:00",
    "tot": "17:00",
    "minuten": "30",
    "overzicht": "weekly",
    "overzichttijd": "08:45",
}


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def as_with_mail(house, browser):
    """A browser of somebody with an address, in a house that sends e-mail and chat."""
    with house.database.begin() as connection:
        connection.execute(text("UPDATE persons SET email = id || '@example.org'"))
    settings = house.settings.model_copy(
        update={"smtp_host": "mail.example.org", "chat_schemes": "msteams matrixs"}
    )
    app = create_web(replace(house, settings=settings), demo=True)
    return lambda person: type(browser)(app).sign_in(person)


def test_without_e_mail_everything_stands_among_the_notifications(as_):
    read = words(as_("lotte").get(PATH).text)
    assert "Een bericht van nu staat meteen bij uw meldingen." in read
    assert "Deze installatie verstuurt geen e-mail." in read


def test_what_is_chosen_is_kept_and_foretold(as_with_mail, house, watch):
    watch.at = datetime(2026, 11, 20, 17, 50, tzinfo=UTC)
    lotte = as_with_mail("lotte")
    now = "Een niet-dringend bericht van nu krijgt u op ma 23 nov om 08.00."
    assert now in words(lotte.get(PATH).text)
    shown = lotte.post(PATH, GOOD | {"actie": "bekijk"})
    assert "ma 23 nov om 09.00" in words(shown.text)
    assert "Dit is nog niet bewaard." in words(shown.text)
    assert read_settings(house.database, "lotte").group_minutes == 15
    assert lotte.post(PATH, GOOD).headers["location"] == f"{PATH}?gedaan=1"
    kept = read_settings(house.database, "lotte")
    assert (kept.working_days, kept.group_minutes) == (frozenset({1, 2, 4}), 30)
    assert read_settings(house.database, "pim").group_minutes == 15


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"dagen": []}, "Kies ten minste één dag"),
        ({"van": "17:00", "tot": "09:00"}, "Kies een eindtijd na de begintijd"),
        ({"van": "half negen"}, "Vul een tijd in."),
        ({"minuten": "-1"}, "Vul een aantal minuten in"),
        ({"minuten": "1000"}, "Kies 0 tot en met 240 minuten."),
        ({"minuten": "٣"}, "Vul een aantal minuten in"),
        ({"overzicht": "elk uur"}, "Maak een keuze."),
        ({"chat": "http://10.0.0.1/haak"}, "Gebruik een adres dat begint met een van: matrixs:// "),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(as_with_mail, house, wrong, told):
    answer = as_with_mail("lotte").post(PATH, GOOD | wrong)
    assert answer.status_code == 422
    assert told in words(answer.text)
    assert 'value="08:45"' in answer.text
    for value in wrong.values():
        if value and isinstance(value, str) and value != "elk uur":
            assert f'value="{html.escape(value)}"' in answer.text
    assert read_settings(house.database, "lotte").group_minutes == 15


def test_a_chat_address_is_shown_by_its_last_signs_and_stays_when_sent_back(as_with_mail, house):
    address = "matrixs://impasse:syt_geheim_token@chat.example.org"
    lotte = as_with_mail("lotte")
    assert lotte.post(PATH, GOOD | {"chat": address}).status_code == 303
    page = lotte.get(PATH).text
    assert 'value="matrixs://….org"' in page
    assert "geheim_token" not in page
    assert lotte.post(PATH, GOOD | {"chat": "matrixs://….org", "minuten": "45"}).status_code == 303
    kept = read_settings(house.database, "lotte")
    assert kept.group_minutes == 45
    assert house.chat_addresses.seal.open(kept.chat) == address
