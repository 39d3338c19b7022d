"""Bezorgingen as people meet it: wide and narrow, light and dark, by keyboard."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from impasse.adapters.sql.database import writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow

pytestmark = pytest.mark.browser


def violations(page) -> list[str]:
    """Return what axe finds, in a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def test_a_dead_letter_is_sent_again_by_keyboard_and_keeps_nobody_out(open_page, living):
    at = living.clock()
    letter = dict.fromkeys(("message_id", "notification_id", "done_at", "reported_at"))
    letter |= {"channel": "email", "destination": "sam", "bundle": "b1", "state": "failed"}
    letter |= {"attempts": 1, "answered": 550, "failure": "550 no such user here: " + "x" * 90}
    with writing(living.database) as connection:
        connection.execute(insert(table(DeliveryRow)).values(**letter, next_at=at, created_at=at))
    page = open_page("/bezorgingen", "sam")
    for width in (1440, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page) == [], f"{theme}, {width} wide"
    page.focus("li button")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Deze bezorging gaat opnieuw.")
    assert violations(page) == []
