"""API and web as one application, with the clock and the outbox beside it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Match, Mount, Route

from impasse.adapters.sql.database import sqlite_file
from impasse.api.app import astray, create_api
from impasse.domain.errors import ImpasseError
from impasse.web.app import SafeHeaders, create_web
from impasse.web.doors import calendar_feed, numbers
from impasse.web.provider_doors import (
    KEYS_PATH,
    SIGNED_OUT_PATH,
    public_keys,
    somebody_signed_out,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from impasse.adapters.scheduler import Tick
    from impasse.wiring import House

    Handler = Callable[[Request], Awaitable[Response]]


def create_app(house: House, *, demo: bool = False, tick: Tick | None = None) -> Starlette:
    """Return the whole product as one application; *tick* runs for as long as it does."""

    async def live(_request: Request) -> Response:
        """Answer that the process runs."""
        return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})

    async def ready(_request: Request) -> Response:
        """Answer whether the database can be reached."""
        file = sqlite_file(house.settings.database_url)
        if file is not None and not file.is_file():
            return _status(503, {"status": "unavailable", "detail": f"{file} is gone"})
        try:
            await run_in_threadpool(house.views.any_case)
        except ImpasseError as error:
            return _status(503, {"status": "unavailable", "detail": error.text.en})
        return _status(200, {"status": "ready"})

    async def security(_request: Request) -> Response:
        """Tell finders of a leak where to go (RFC 9116)."""
        address = house.settings.public_url or (
            f"http://{house.settings.host}:{house.settings.port}"
        )
        lines = (
            f"Contact: {address}/hulp",
            "Preferred-Languages: nl, en",
            f"Expires: {house.clock().year + 1}-01-01T00:00:00Z",
        )
        return PlainTextResponse("\n".join(lines) + "\n")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if tick is not None:
            tick.start()
        try:
            yield
        finally:
            if tick is not None:
                await run_in_threadpool(tick.stop)

    secure = house.settings.address.startswith("https:")
    app = Starlette(
        routes=[
            _Alone("/health/live", live, secure=secure),
            _Alone("/health/ready", ready, secure=secure),
            _Alone("/.well-known/security.txt", security, secure=secure),
            _Alone("/metrics", numbers(house), secure=secure),
            _Alone("/calendar/{secret}.ics", calendar_feed(house), secure=secure),
            _Alone(KEYS_PATH, public_keys(house), secure=secure),
            _Alone(SIGNED_OUT_PATH, somebody_signed_out(house), secure=secure, method="POST"),
            _Behind("/api/v1", create_api(house)),
            _Behind("", create_web(house, demo=demo)),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.router.default = astray
    return app


class _Alone(Route):
    """One address that no other door answers for: with safe headers, and 405 for odd methods."""

    def __init__(self, path: str, endpoint: Handler, *, secure: bool, method: str = "GET") -> None:
        super().__init__(path, endpoint, methods=[method])
        self.safe = SafeHeaders(self._answer, secure=secure)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take this address whatever the method is."""
        match, child = super().matches(scope)
        return (Match.NONE if match is Match.NONE else Match.FULL), child

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with headers of safety."""
        await self.safe(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = self.methods or set()
        if scope["method"] in allowed:
            await self.app(scope, receive, send)
        else:
            answer = PlainTextResponse(
                "Method Not Allowed", 405, {"Allow": ", ".join(sorted(allowed))}
            )
            await answer(scope, receive, send)


class _Behind(Mount):
    """Everything behind a path, also what no pattern of letters matches, such as a line feed."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take each address that is the path itself or lies behind it."""
        path = scope["path"]
        if scope["type"] != "http" or not (path == self.path or path.startswith(f"{self.path}/")):
            return Match.NONE, {}
        root = scope.get("root_path", "")
        return Match.FULL, {
            "app_root_path": scope.get("app_root_path", root),
            "root_path": root + self.path,
            "endpoint": self.app,
        }


def _status(code: int, content: dict[str, str]) -> JSONResponse:
    return JSONResponse(content, status_code=code, headers={"Cache-Control": "no-store"})
