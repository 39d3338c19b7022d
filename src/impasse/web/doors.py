"""Doors beside the pages at which programs knock: the calendar feed, and the numbers."""

from __future__ import annotations

import hmac
from importlib.metadata import version
from ipaddress import ip_address
from typing import TYPE_CHECKING

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from impasse.adapters.exports import metrics, term_calendar
from impasse.adapters.exports.escalation_days import escalation_days
from impasse.adapters.identity.feeds import reader_of
from impasse.adapters.identity.secrets import actor_of
from impasse.adapters.sql.database import translate
from impasse.domain.errors import ImpasseError
from impasse.web import session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from impasse.wiring import House

    Handler = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger("impasse.web")

_LONGEST_SECRET = 100
_BEARER = "bearer "


def calendar_feed(house: House) -> Handler:
    """Return what answers `/calendar/{secret}.ics`.

    Who knows no secret of a feed that works gets what any address gets at which there is nothing.
    The secret is in no line of the log, whatever goes wrong.
    """

    def answer(request: Request) -> Response:
        secret = request.path_params["secret"]
        if len(secret) > _LONGEST_SECRET:
            return _nothing()
        at = house.clock()
        person = reader_of(house.database, secret, at=at)
        if person is None:
            return _nothing()
        # A feed lies about in calendars of others: it opens no closed room.
        actor = actor_of(person, "feed", confidential=False)
        content = term_calendar.term_calendar(
            term_calendar.deadlines(house.views, house.procedures, actor),
            escalation_days(house.runs, house.calendar, actor),
            calendar=house.calendar,
            at=at,
            language=session.chosen_language(request) or house.settings.language,
            source=house.settings.source_oin,
            address=house.settings.address,
        )
        return Response(
            content,
            headers={
                "Content-Type": term_calendar.MEDIA_TYPE,
                "Content-Disposition": 'inline; filename="impasse.ics"',
            },
        )

    return _calmly(answer, "/calendar/…")


def numbers(house: House) -> Handler:
    """Return what answers `/metrics`: for who has the token of the settings.

    Without such a token only a program on this machine may ask, and nobody at all once the house
    has a public address: then what stands in front of it seems to be on this machine too.
    """
    settings = house.settings
    told = metrics.Metrics(house.database, house.clock, version("impasse"))

    def allowed(request: Request) -> bool:
        if settings.metrics_token is not None:
            shown = request.headers.get("authorization", "")
            token = shown[len(_BEARER) :] if shown.lower().startswith(_BEARER) else ""
            return hmac.compare_digest(token.encode(), settings.metrics_token.encode())
        return settings.public_url is None and _is_near(request)

    def answer(request: Request) -> Response:
        if not allowed(request):
            return _nothing()
        return Response(told.text(), headers={"Content-Type": metrics.MEDIA_TYPE})

    return _calmly(answer, "/metrics")


def _calmly(answer: Callable[[Request], Response], place: str) -> Handler:
    """Answer in a thread; of what goes wrong only *place* is told, not what was asked."""

    def calm(request: Request) -> Response:
        try:
            return answer(request)
        except Exception as error:
            meant = translate(error)
            if not isinstance(meant, ImpasseError):
                log.exception("door_failed", path=place)
                return PlainTextResponse("Internal Server Error", 500)
            log.error("door_failed", path=place, result=type(meant).__name__)  # noqa: TRY400
            return PlainTextResponse("Service Unavailable", 503, {"Retry-After": "5"})

    async def handler(request: Request) -> Response:
        return await run_in_threadpool(calm, request)

    return handler


def _nothing() -> Response:
    return PlainTextResponse("Not Found", 404)


def _is_near(request: Request) -> bool:
    """Whether the request comes from this machine, and from nobody behind it."""
    passed_on = {"forwarded", "via", "x-forwarded-for", "x-real-ip"} & set(request.headers)
    if request.client is None or passed_on:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
