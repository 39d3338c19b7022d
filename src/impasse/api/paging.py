"""Collections, a page at a time: whole, without gaps and without doubles.

A cursor stands after the last item that was shown. It is opaque to clients.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import quote, urlencode

from pydantic import Field
from starlette.concurrency import run_in_threadpool

from impasse.api.answers import listed
from impasse.api.problems import Misfit
from impasse.api.shapes import Shape
from impasse.domain.text import Text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


T = TypeVar("T")
S = TypeVar("S", bound=Shape)

LARGEST_PAGE = 100
_TOO_MANY_DIGITS = 16

Fetch = Callable[[str, int], list[tuple[str, T]]]
"""Answers at most so many items after a key ("" for the start), each with its own key."""


class PageQuery(Shape):
    """Which page."""

    page_size: int = Field(
        25,
        ge=1,
        le=LARGEST_PAGE,
        description="Hoeveel per bladzijde. · How many on a page.",
    )
    cursor: str = Field(
        "",
        max_length=400,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="Waar de vorige bladzijde ophield, uit `links.next`. · Where the page before "
        "ended, from `links.next`.",
    )


class PageLinks(Shape):
    """Where this page is, and the next; null on the last page."""

    self_: str = Field(alias="self")
    next: str | None


class Page(Shape, Generic[S]):
    """One page of a collection."""

    items: list[S]
    links: PageLinks


class BadCursor(Exception):
    """A cursor that we did not give out."""

    misfit = Misfit(
        "query",
        "/cursor",
        Text(
            "Deze cursor is niet van ons. Neem hem over uit `links.next`.",
            "This cursor is not ours. Take it from `links.next`.",
        ),
    )


async def paged(
    request: Request,
    query: PageQuery,
    fetch: Fetch[T],
    show: Callable[[T], S],
    page: type[Page[S]],
) -> Response:
    """Return the page of *fetch* that *query* asks for, each item as *show* shows it."""
    after = _read(query.cursor)

    def look() -> tuple[list[S], str]:
        found = fetch(after, query.page_size + 1)
        more = len(found) > query.page_size
        found = found[: query.page_size]
        return [show(item) for _, item in found], found[-1][0] if more else ""

    items, last = await run_in_threadpool(look)
    here = _link(request, query.cursor)
    following = _link(request, _write(last)) if last else None
    link = f'<{here}>; rel="self"' + (f', <{following}>; rel="next"' if following else "")
    return listed(page(items=items, links=PageLinks(self_=here, next=following)), link)


def by_position(items: Iterable[T]) -> Fetch[T]:
    """Page through *items* of which the order never changes and that only grow at the end."""
    numbered = [(str(place), item) for place, item in enumerate(items, start=1)]

    def fetch(after: str, limit: int) -> list[tuple[str, T]]:
        start = after_number(after)
        return numbered[start : start + limit]

    return fetch


def after_number(after: str) -> int:
    """Return the number that a cursor stands after; 0 is the start."""
    if not after:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) < _TOO_MANY_DIGITS):
        raise BadCursor
    return int(after)


def by_key(items: Iterable[T], key: Callable[[T], str]) -> Fetch[T]:
    """Page through *items* in the order of a key that each has for itself."""
    keyed = sorted(((key(item), item) for item in items), key=lambda pair: pair[0])

    def fetch(after: str, limit: int) -> list[tuple[str, T]]:
        return [pair for pair in keyed if pair[0] > after][:limit]

    return fetch


def _link(request: Request, cursor: str) -> str:
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    query = urlencode([*kept, ("cursor", cursor)] if cursor else kept)
    return quote(request.scope["path"]) + (f"?{query}" if query else "")


def _write(key: str) -> str:
    return urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        key = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise BadCursor from None
    if "\x00" in key:
        raise BadCursor
    return key
