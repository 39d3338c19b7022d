"""Forms have a pace too: who sends them without end waits, and goes on reading."""

from __future__ import annotations

from dataclasses import replace

from impasse.asgi import create_app
from web.conftest import Browser


def test_who_sends_forms_without_end_waits_and_goes_on_reading(house):
    slow = replace(house, settings=house.settings.model_copy(update={"writes_per_minute": 2}))
    browser = Browser(create_app(slow, demo=True)).sign_in("lotte")
    answers = [browser.post("/signaal", {"zin": "Wie betaalt?"}) for _ in range(3)]
    assert [answer.status_code for answer in answers][1:] == [422, 429]
    assert answers[2].headers["Retry-After"] == "30"
    assert "Wie betaalt?" in answers[2].text
    assert browser.get("/impasses").status_code == 200
