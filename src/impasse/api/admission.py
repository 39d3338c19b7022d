"""Who comes in, and with what: looked at before any endpoint runs.

In this order: who you are (401), how fast you go (429), what you can read (406), query keys that
nobody knows (400), what you send (415), how much of it (413), and how slowly it comes (408).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import HTTPException
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from impasse.adapters.identity.secrets import PREFIX, bearer
from impasse.api.language import quality_of
from impasse.api.misfits import unknown_keys
from impasse.api.problems import (
    NOT_ACCEPTABLE,
    NOT_ALLOWED,
    TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
    UNAUTHENTICATED,
    UNSUPPORTED,
    Refusal,
    of_misfits,
)
from impasse.api.wire_names import only_as_written
from impasse.domain.text import Text
from impasse.domain.token_scope import TokenScope

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response
    from starlette.types import Message, Receive

    from impasse.adapters.identity.secrets import Holder
    from impasse.adapters.pace import Pace
    from impasse.wiring import House

log = structlog.get_logger("impasse.api")

LARGEST_BODY = 1_000_000
"""Bytes that a request may hold: 1 MB, two hundred pages of text."""

SLOWEST_BODY = 60.0
"""Seconds within which a body has to be here, however slowly it drips."""

UNKNOWN_TOKENS_PER_MINUTE = 60
"""Of one address; a token that is good comes in whatever its neighbours try."""

HANG_UP = {"Connection": "close"}
"""The rest of a body that is too large is not read."""

JSON = "application/json"
_REALM = 'Bearer realm="impasse"'
_READS = frozenset({"GET", "HEAD"})
_TOKEN_KEYS = frozenset({"access_token", "token"})


class GuardedRoute(APIRoute):
    """A route for who has a token."""

    public = False
    media = JSON
    """What its answer is, when it is no problem."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **rest: Any) -> None:  # noqa: ANN401 as FastAPI hands it over
        only_as_written(endpoint)
        super().__init__(path, endpoint, **rest)

    def largest_body(self, house: House) -> int:  # noqa: ARG002 other routes ask it of the settings
        """Return how many bytes a request to this route may hold."""
        return LARGEST_BODY

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint with its porter before it."""
        answer = super().get_route_handler()
        # An endpoint with a shape for its query refuses unknown keys by itself, with the rest.
        takes_query = bool(self.dependant.query_params)
        takes_body = self.body_field is not None
        public, media, largest_body = self.public, self.media, self.largest_body

        async def porter(request: Request) -> Response:
            if not public:
                request.state.holder = holder = await who(request)
                request.state.person = holder.person
                within_scope(request, holder)
                if request.method not in _READS:
                    not_faster(request, request.app.state.writers, holder.person.id)
            accept(request, media)
            if not takes_query and request.query_params:
                return of_misfits(request, unknown_keys(request.query_params.keys()))
            if takes_body:
                request = Request(
                    request.scope, body_of(request, largest_body(request.app.state.house))
                )
            return await answer(request)

        return porter


class PublicRoute(GuardedRoute):
    """A route for everybody."""

    public = True


async def who(request: Request) -> Holder:
    """Return whose token the request carries, or refuse with 401."""
    refuse_in_query(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Refusal(UNAUTHENTICATED, headers={"WWW-Authenticate": _REALM})
    house: House = request.app.state.house
    holder = await run_in_threadpool(bearer, house.database, secret.strip(), at=house.clock())
    if holder is None:
        address = request.client.host if request.client else ""
        not_faster(request, request.app.state.strangers, address)
        log.warning(
            "token_refused",
            action=request.method,
            object=request.scope["path"],
            result="unauthenticated",
            origin="api",
            actor="",
        )
        raise Refusal(
            UNAUTHENTICATED,
            Text(
                "Dit token is onbekend, verlopen of ingetrokken. Vraag een nieuw.",
                "This token is unknown, expired or revoked. Ask for a new one.",
            ),
            {"WWW-Authenticate": f'{_REALM}, error="invalid_token"'},
        )
    return holder


def not_faster(request: Request, pace: Pace, name: str) -> None:
    """Refuse with 429 when *name* goes faster than *pace* allows."""
    seconds = pace.wait(name, request.app.state.house.clock())
    if seconds:
        raise Refusal(TOO_MANY, headers={"Retry-After": str(seconds)})


def refuse_in_query(request: Request) -> None:
    """Refuse with 401 a token in the address: logs and histories of others would keep it."""
    asked = request.query_params.multi_items()
    if any(name in _TOKEN_KEYS or value.startswith(PREFIX) for name, value in asked):
        raise Refusal(
            UNAUTHENTICATED,
            Text(
                "Een token hoort niet in het adres: daar bewaren anderen het. Stuur het in de kop "
                "`Authorization: Bearer …`, en trek dit token in.",
                "A token does not belong in the address: others keep it there. Send it in the "
                "header `Authorization: Bearer …`, and revoke this token.",
            ),
            {"WWW-Authenticate": f'{_REALM}, error="invalid_request"'},
        )


def within_scope(request: Request, holder: Holder) -> None:
    """Refuse with 403 what the token was not made for: reading, or changing something."""
    needed = TokenScope.READ if request.method in _READS else TokenScope.WRITE
    if needed in holder.scopes:
        return
    log.warning(
        "scope_lacking",
        action=request.method,
        object=request.scope["path"],
        result=needed.value,
        origin="api",
        actor=holder.person.id,
    )
    raise Refusal(
        NOT_ALLOWED,
        Text(
            f"Dit token mag niet {needed.label.nl}. Maak een token met bereik `{needed}`.",
            f"This token may not {needed.label.en}. Make a token with scope `{needed}`.",
        ),
        {"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{needed}"'},
    )


def accept(request: Request, media: str = JSON) -> None:
    """Refuse with 406 who cannot read *media*, of the type `application`."""
    wanted = request.headers.get("accept", "").strip()
    if not wanted:
        return
    best: tuple[int, float] = (-1, 0.0)
    precise = {"*/*": 0, "application/*": 1, media: 2}
    for part in wanted.split(","):
        named, _, parameters = part.strip().lower().partition(";")
        # The most precise range that fits decides (RFC 9110, 12.5.1).
        precision = precise.get(named.strip(), -1)
        best = max(best, (precision, quality_of(parameters)))
    if best[0] < 0 or best[1] == 0:
        raise Refusal(NOT_ACCEPTABLE)


def body_of(request: Request, largest: int = LARGEST_BODY) -> Receive:
    """Return the stream of the body, which breaks off with 413; 415 when it is no JSON."""
    length = request.headers.get("content-length", "")
    sends = length not in {"", "0"} or "transfer-encoding" in request.headers
    if sends and not _is_json(request):
        raise Refusal(UNSUPPORTED, headers={"Accept": JSON})
    if len(length) > len(str(largest)) or (length.isdecimal() and int(length) > largest):
        raise Refusal(TOO_LARGE, room_for(largest), HANG_UP)
    return _Limited(request.receive, largest)


def room_for(largest: int) -> Text:
    """Say how large a request may be, in bytes or millions of them."""
    whole = largest % 1_000_000 == 0
    size = f"{largest // 1_000_000} MB" if whole else f"{largest} bytes"
    return Text(f"Dit verzoek is hooguit {size}.", f"This request is {size} at most.")


class _Limited:
    """A stream that refuses to be longer than the largest body, or to take longer than a minute."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive = receive
        self._largest = largest
        self._read = 0
        self._until = asyncio.get_running_loop().time() + SLOWEST_BODY

    async def __call__(self) -> Message:
        """Return the next part, or refuse."""
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(TOO_SLOW.status) from None
        self._read += len(message.get("body", b""))
        if self._read > self._largest:
            # Whoever reads the body for us lets only this kind of error pass.
            raise HTTPException(TOO_LARGE.status, str(self._largest))
        return message


def _is_json(request: Request) -> bool:
    media, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    return (
        media.strip() == JSON
        and charset in {"", "charset=utf-8", "charset=utf8"}
        and encoding == "identity"
    )
