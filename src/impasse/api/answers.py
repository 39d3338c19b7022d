"""How a resource is handed over: with its tag, and where it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from impasse.api import etags
from impasse.api.admission import JSON

if TYPE_CHECKING:
    from starlette.requests import Request

    from impasse.api.shapes import Shape


def shown(request: Request, shape: Shape, *, tag: str | None = None) -> Response:
    """Return *shape*, or 304 when the client has this very version already."""
    body = _body(shape)
    tag = tag or etags.of_body(body)
    known = request.headers.get("if-none-match")
    if known is not None and etags.matches(known, tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, 200, {"ETag": tag}, media_type=JSON)


def tag_of(shape: Shape) -> str:
    """Return the tag of a resource that keeps no count of its revisions."""
    return etags.of_body(_body(shape))


def made(shape: Shape, location: str, *, tag: str | None = None) -> Response:
    """Return *shape* as what the request made or changed, to be found at *location*."""
    body = _body(shape)
    headers = {"ETag": tag or etags.of_body(body), "Location": location}
    return Response(body, 201, headers, media_type=JSON)


def listed(shape: Shape, link: str) -> Response:
    """Return one page of a collection with its `Link` header."""
    return Response(_body(shape), 200, {"Link": link}, media_type=JSON)


def _body(shape: Shape) -> bytes:
    return shape.model_dump_json(by_alias=True).encode()
