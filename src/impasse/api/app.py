"""The REST door as one application, to be mounted at `/api/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.websockets import WebSocketClose

from impasse.adapters.pace import Pace
from impasse.api import (
    agenda_items,
    calendars,
    cases,
    confirmations,
    contributions,
    deliveries,
    disclosure,
    early_warning,
    escalation_policies,
    escalations,
    flow,
    forecast,
    groups,
    history,
    inbound_mails,
    legal_holds,
    me,
    meetings,
    migrations,
    notification_settings,
    notifications,
    organisations,
    organs,
    parties,
    personal_data,
    reference_pages,
    releases,
    rooms,
    rotas,
    search,
    signals,
    simulation,
    steps,
    substitutions,
    tasks,
    term_acts,
    terms,
    tokens,
    transitions,
    users,
    waiting,
    webhooks,
    work,
    workflows,
)
from impasse.api.admission import HANG_UP, UNKNOWN_TOKENS_PER_MINUTE, accept, room_for
from impasse.api.description import VERSION, ApiDescription
from impasse.api.headers import SECURITY, EveryAnswer
from impasse.api.misfits import misfits_of
from impasse.api.paging import BadCursor
from impasse.api.problems import (
    INTERNAL,
    INVALID,
    NO_SUCH_METHOD,
    NOT_FOUND,
    TOO_LARGE,
    TOO_SLOW,
    Refusal,
    of_error,
    of_misfits,
    problem,
)
from impasse.domain.errors import ImpasseError
from impasse.domain.text import Text

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from impasse.wiring import House

ROUTERS = (
    cases.router,
    transitions.router,
    signals.router,
    parties.router,
    confirmations.router,
    steps.router,
    terms.router,
    term_acts.router,
    tasks.router,
    waiting.router,
    history.router,
    rooms.router,
    contributions.router,
    contributions.document_router,
    contributions.content_router,
    releases.router,
    disclosure.router,
    disclosure.packing_router,
    legal_holds.router,
    escalations.router,
    search.router,
    early_warning.router,
    forecast.router,
    organisations.router,
    meetings.router,
    agenda_items.router,
    workflows.router,
    migrations.router,
    simulation.router,
    flow.router,
    calendars.router,
    webhooks.router,
    deliveries.router,
    me.router,
    notification_settings.router,
    notifications.router,
    tokens.router,
    users.router,
    personal_data.router,
    substitutions.router,
    rotas.router,
    escalation_policies.router,
    groups.router,
    inbound_mails.router,
    organs.router,
    work.router,
    reference_pages.router,
)


def create_api(house: House) -> FastAPI:
    """Return the REST door of *house*."""
    app = _addresses()
    app.state.house = house
    app.state.writers = Pace(house.settings.writes_per_minute)
    app.state.strangers = Pace(UNKNOWN_TOKENS_PER_MINUTE)
    description = ApiDescription(app, f"{house.settings.address}/api/v1")

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        """Tell what this API is, to everybody."""
        accept(request)
        return description.answer()

    app.add_exception_handler(ImpasseError, _refused)
    app.add_exception_handler(Refusal, _turned_away)
    app.add_exception_handler(RequestValidationError, _misfit)
    app.add_exception_handler(BadCursor, _bad_cursor)
    app.add_exception_handler(HTTPException, _no_road)
    app.add_middleware(EveryAnswer, version=VERSION)
    return app


def describe(server: str) -> dict[str, Any]:
    """Return the OpenAPI document of this API at *server*; no house is needed for it."""
    return ApiDescription(_addresses(), server).document


def _addresses() -> FastAPI:
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    for router in ROUTERS:
        app.include_router(router)
    return app


async def astray(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer who asks for no path of this host at all, such as `*` or another host's address."""
    if scope["type"] != "http":
        await WebSocketClose()(scope, receive, send)
        return
    path = scope["path"]
    answer = problem(
        Request({**scope, "root_path": "/api/v1"}),
        NOT_FOUND,
        Text(f"Het adres {path} bestaat niet.", f"The address {path} does not exist."),
    )
    for name, value in {"API-Version": VERSION, **SECURITY}.items():
        answer.headers.setdefault(name, value)
    await answer(scope, receive, send)


def _operation_id(route: APIRoute) -> str:
    first, *rest = route.name.split("_")
    return first + "".join(word.title() for word in rest)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ImpasseError)  # noqa: S101 registered for these only
    return of_error(request, error)


async def _turned_away(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 registered for these only
    return problem(request, error.kind, error.detail, headers=error.headers)


async def _misfit(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 registered for these only
    return of_misfits(request, misfits_of(request, error))


async def _bad_cursor(request: Request, _error: Exception) -> Response:
    return of_misfits(request, [BadCursor.misfit])


async def _no_road(request: Request, error: Exception) -> Response:
    """Tell what the router or the reader of the body found: no such address, method or text."""
    assert isinstance(error, HTTPException)  # noqa: S101 registered for these only
    path = request.scope["path"]
    match error.status_code:
        case 404:
            return problem(
                request,
                NOT_FOUND,
                Text(f"Het adres {path} bestaat niet.", f"The address {path} does not exist."),
            )
        case 405:
            allowed = ", ".join(sorted(_methods(path.removeprefix(request.scope["root_path"]))))
            return problem(
                request,
                NO_SUCH_METHOD,
                Text(f"Hier kan alleen: {allowed}.", f"Only possible here: {allowed}."),
                headers={"Allow": allowed},
            )
        case 400:
            return problem(
                request,
                INVALID,
                Text("Dit is geen JSON in UTF-8.", "This is not JSON in UTF-8."),
                more={"errors": []},
            )
        case 408:
            return problem(request, TOO_SLOW, TOO_SLOW.meaning, headers=HANG_UP)
        case 413:
            return problem(request, TOO_LARGE, room_for(int(error.detail)), headers=HANG_UP)
        case _:
            return problem(request, INTERNAL, INTERNAL.meaning)


def _methods(path: str) -> set[str]:
    """Return every method of the resource at *path*; the router itself knows those of one route."""
    routes = [route for router in ROUTERS for route in router.routes]
    methods = {
        method
        for route in routes
        if isinstance(route, APIRoute) and route.path_regex.match(path)
        for method in route.methods or ()
    }
    if path == "/openapi.json":
        methods.add("GET")
    return methods | ({"HEAD"} if "GET" in methods else set())
