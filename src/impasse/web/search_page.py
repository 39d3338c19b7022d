"""Zoeken: cases, signals and contributions that hold all words asked for, as far as one may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from impasse.adapters.sql.search import HitKind
from impasse.domain.errors import NotFound
from impasse.domain.room_words import name_of_room
from impasse.web.rooms_page import capital
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response

    from impasse.adapters.sql.search import Hit
    from impasse.domain.text import Text

_AT_ONCE = 25
_LONGEST = 200
"""Signs of a search that are looked at; nobody types more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A hit as the page shows it: where it leads, and in which room it stands."""

    hit: Hit
    address: str
    room: Text | None
    confidential: bool


def show(visit: Visit) -> Response:
    """Show what was found; without a word nothing is looked for."""
    text = " ".join(visit.query.get("q", "")[:_LONGEST].split())
    after = visit.query.get("na", "")
    hits = visit.house.search.find(visit.actor, text, after=after, limit=_AT_ONCE + 1)
    here = hits[:_AT_ONCE]
    more = urlencode({"q": text, "na": here[-1].place}) if len(hits) > _AT_ONCE else ""
    return visit.page(
        "search.html",
        place="impasses",
        text=text,
        found=_found(visit, here),
        begun=bool(after),
        more=more,
    )


def _found(visit: Visit, hits: Iterable[Hit]) -> list[Found]:
    lines = []
    cases = {}
    for hit in hits:
        if hit.case not in cases:
            try:
                cases[hit.case] = visit.house.views.case(visit.actor, hit.case)
            except NotFound:
                # Between the search and now the reader was taken off the case.
                continue
        room = (
            None if hit.kind is HitKind.CASE else capital(name_of_room(hit.room, cases[hit.case]))
        )
        lines.append(Found(hit, _address(hit), room, hit.room.confidential))
    return lines


def _address(hit: Hit) -> str:
    case = f"/impasses/{hit.case}"
    if hit.kind is HitKind.CASE:
        return case
    if hit.kind is HitKind.SIGNAL and not hit.room.confidential:
        return f"{case}/logboek"
    return f"{case}/kamers/{hit.room.id}/{hit.id}"


PAGES = (Page("/zoeken", show=show),)
