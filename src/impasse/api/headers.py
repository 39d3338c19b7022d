"""What every answer carries, whatever happens behind it; and HEAD wherever GET works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from impasse.adapters.sql.database import translate
from impasse.api.problems import INTERNAL, of_error, problem
from impasse.domain.errors import ImpasseError, Unavailable
from impasse.domain.text import Text
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("impasse.api")

SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Source: NLGov REST API Design Rules 2.2.0, /core/transport/security-headers."""


class EveryAnswer:
    """The outermost layer: headers on all answers, no body for HEAD, no traceback for anybody."""

    def __init__(self, app: ASGIApp, *, version: str) -> None:
        self._app = app
        self._headers = {"API-Version": version, **SECURITY}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, and look after its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        begun = False

        async def dressed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app({**scope, "method": "GET"} if head else scope, receive, dressed)
        except Exception as error:
            if begun:
                raise
            await _told(Request(scope), error)(scope, receive, dressed)


def _told(request: Request, error: Exception) -> Response:
    """Return the answer to what nobody foresaw: 503 when the database failed, else 500."""
    meant = translate(error)
    if isinstance(meant, Contention):
        meant = Unavailable(
            Text(
                "Het is nu te druk in de database. Probeer het opnieuw.",
                "The database is too busy now. Try again.",
            )
        )
    if isinstance(meant, ImpasseError):
        return of_error(request, meant)
    log.error(
        "request_failed",
        action=request.method,
        object=request.scope["path"],
        result=type(error).__name__,
        origin="api",
        actor=getattr(request.scope.get("state", {}).get("person"), "id", ""),
        exc_info=error,
    )
    return problem(request, INTERNAL, INTERNAL.meaning)
