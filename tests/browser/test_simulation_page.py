"""The page of a simulation, wide and narrow, light and dark: nothing that keeps anyone out."""

from __future__ import annotations

import pytest

from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import load_workflow

pytestmark = pytest.mark.browser


def test_form_and_outcome_are_for_everyone(open_page):
    from axe_playwright_python.sync_playwright import Axe

    procedure = load_workflow(shipped("workflows", "interbestuurlijke-impasse.yaml"))
    page = open_page(f"/proces/{procedure.name}/{procedure.version}/simulatie", "sam")
    page.fill("#sim-zaken", "120")
    page.click("main form button[type=submit]")
    page.wait_for_selector("svg.simulation")

    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert Axe().run(page).response["violations"] == []
    assert page.faults == []
