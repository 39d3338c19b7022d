"""What an identity provider asks of us itself: our public keys, and to sign somebody out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse

from impasse.adapters.identity.back_channel import signed_out
from impasse.adapters.identity.provider_refusal import ProviderRefusal
from impasse.domain.errors import ImpasseError, NotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from impasse.wiring import House

    Handler = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger("impasse.web")

KEYS_PATH = "/.well-known/jwks.json"
"""Where providers find our public keys: to be registered there."""

SIGNED_OUT_PATH = "/aanmelden/uitgelogd/{provider}"
"""Where a provider tells that somebody signed out there (back-channel logout)."""

_LARGEST_TOKEN = 32 * 1024


def public_keys(house: House) -> Handler:
    """Return what answers with our public keys; 404 as long as there is no provider."""

    async def keys(_request: Request) -> Response:
        if not house.providers.all:
            return PlainTextResponse("Not Found", 404)
        try:
            content = await run_in_threadpool(house.providers.public_keys)
        except ImpasseError as error:
            log.warning("own_keys_unreadable", object="client keys", result=error.text.en)
            return PlainTextResponse("Service Unavailable", 503)
        return JSONResponse(content, media_type="application/jwk-set+json")

    return keys


def somebody_signed_out(house: House) -> Handler:
    """Return what ends the sessions that a provider says are over."""

    async def sign_out(request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST_TOKEN:
                return JSONResponse({"error": "invalid_request"}, 413)
        token = parse_qs(bytes(body).decode("ascii", "replace")).get("logout_token", [""])[0]
        return await run_in_threadpool(end, request.path_params["provider"], token)

    def end(key: str, token: str) -> Response:
        try:
            published = house.providers.published(key)
            ended = signed_out(house.database, published, token, at=house.clock())
        except NotFound:
            return JSONResponse({"error": "invalid_request"}, 404)
        except ProviderRefusal as refusal:
            log.warning("sign_out_refused", object=key, result=refusal.cause, detail=refusal.detail)
            return JSONResponse({"error": "invalid_request"}, 400)
        except ImpasseError as error:
            log.warning("sign_out_failed", object=key, result=error.text.en)
            return JSONResponse({"error": "temporarily_unavailable"}, 503)
        log.info("signed_out_there", object=key, result=f"{ended} sessions ended", actor=key)
        return PlainTextResponse("")

    return sign_out
