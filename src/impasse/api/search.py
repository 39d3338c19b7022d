"""Searching everything that exists for who asks: cases, signals, and what stands in rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.search import HitKind, is_place
from impasse.api.admission import GuardedRoute
from impasse.api.desk import Reading
from impasse.api.paging import BadCursor, Page, PageQuery, paged
from impasse.api.shapes import Shape, Words

if TYPE_CHECKING:
    from impasse.adapters.sql.search import Hit
    from impasse.api.desk import Desk

router = APIRouter(tags=["search"], route_class=GuardedRoute)

LONGEST_QUESTION = 200


class SearchQuery(PageQuery):
    """Which words, and which page of what was found."""

    q: Words = Field(
        min_length=1,
        max_length=LONGEST_QUESTION,
        description="Woorden die er alle in staan; hoofdletters en accenten tellen niet. · Words "
        "that all stand in it; capitals and accents do not count.",
        examples=["dijk metingen"],
    )


class SearchResultShape(Shape):
    """Something that was found; `excerpt` is plain text around the words."""

    kind: HitKind
    case: str
    case_title: str
    room: str
    id: str
    title: str
    excerpt: str
    href: str


class SearchResultPage(Page[SearchResultShape]):
    """One page of what was found."""


@router.get("/search-results", response_model=SearchResultPage, summary="Zoek in wat u mag zien")
async def list_search_results(desk: Reading, query: Annotated[SearchQuery, Query()]) -> Response:
    """Return what holds all words: the newest case first, and of a case itself, signals, rooms.

    Who finds something in a closed room has read there, and that is kept.
    """

    def fetch(after: str, limit: int) -> list[tuple[str, Hit]]:
        if not is_place(after):
            raise BadCursor
        hits = desk.house.search.find(desk.actor, query.q, after=after, limit=limit)
        return [(hit.place, hit) for hit in hits]

    def show(hit: Hit) -> SearchResultShape:
        return SearchResultShape(
            kind=hit.kind,
            case=hit.case,
            case_title=hit.case_title,
            room=hit.room.id,
            id=hit.id,
            title=hit.title,
            excerpt=hit.excerpt,
            href=_href(desk, hit),
        )

    return await paged(desk.request, query, fetch, show, SearchResultPage)


def _href(desk: Desk, hit: Hit) -> str:
    """Return where what was found stands."""
    if hit.kind is HitKind.CASE:
        return desk.url("cases", hit.case)
    if hit.kind is HitKind.SIGNAL and not hit.room.confidential:
        return desk.url("cases", hit.case, "signals", hit.id)
    return desk.url("cases", hit.case, "rooms", hit.room.id, "contributions", hit.id)
