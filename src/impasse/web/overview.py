"""The board."""

from __future__ import annotations

from impasse.web.visit import Page

PAGES = (
    Page(
        "/impasses",
        show=lambda visit: visit.page("signin.html", onward="", choices=[], refused=False),
    ),
)
