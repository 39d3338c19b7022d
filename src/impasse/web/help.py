"""The page with help: keys, words, and how this site can be reached by everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response


def show(visit: Visit) -> Response:
    """Show the help."""
    return visit.page("help.html")


PAGES = (Page("/hulp", show=show, public=True),)
