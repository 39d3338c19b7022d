"""The human door: every page as one application, to be mounted at the root."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from python_multipart.multipart import parse_options_header
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Match, Mount, Route
from starlette.staticfiles import StaticFiles

from impasse.adapters.identity.limits import TooManyTries
from impasse.adapters.pace import Pace
from impasse.adapters.sql.database import translate
from impasse.domain.errors import (
    Conflict,
    ImpasseError,
    Invalid,
    NotAllowed,
    NotFound,
    Unavailable,
)
from impasse.domain.text import Text
from impasse.web import session
from impasse.web.handed_in import DRAINED, read_with_file
from impasse.web.rendering import STATIC, the_rendering
from impasse.web.visit import Visit, safe_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from impasse.web.visit import Page
    from impasse.wiring import House

log = structlog.get_logger("impasse.web")

MODULES = (
    "signin",
    "oidc",
    "invitation_page",
    "profile_page",
    "users_page",
    "work_page",
    "hearing_page",
    "overview",
    "signal",
    "dossier",
    "rooms_page",
    "contribution_page",
    "search_page",
    "term_page",
    "task_page",
    "escalation_page",
    "overleg",
    "process_page",
    "policies_page",
    "certificate_page",
    "simulation_page",
    "migration_page",
    "migration_card",
    "help",
    "calendar_page",
    "openness_page",
    "personal_data_page",
    "why",
    "feed_page",
    "absence_page",
    "rota_page",
    "groups_page",
    "post_page",
    "deliveries_page",
)
"""The modules of this package that bring pages: each has a tuple `PAGES`."""

FORM_BYTES = 1_000_000
"""The largest form: a page of text, many times over."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HSTS = "max-age=31536000; includeSubDomains"
"""What a house on https adds, so that browsers never try http again."""

_CHARSETS = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_NUMBER_DIGITS = 9
_FIELDS = 500
_FOR_EVER = "public, max-age=31536000, immutable"
_STATUS = (
    (NotFound, 404),
    (NotAllowed, 403),
    (TooManyTries, 429),
    (Conflict, 409),
    (Invalid, 422),
    (Unavailable, 503),
)
_NOT_TYPED = session.SECRET_FIELDS | {
    *(session.CSRF_FIELD, "actie", "sleutel", "versie", "gezien"),
    *("aanbieder", "naar", "uitnodiging"),
}
"""Fields that are ours, for nobody typed them, and those that no page may show."""

_EXPIRED_FORM = NotAllowed(
    Text(
        "Dit formulier hoort niet bij deze aanmelding. Ga terug, laad de pagina opnieuw en "
        "verstuur het nog eens.",
        "This form does not belong to this sign-in. Go back, reload the page and send it again.",
    )
)


def create_web(house: House, *, demo: bool) -> Starlette:
    """Return the pages as an application; *demo* lets readers choose a demonstration person."""
    door = _Door(house, demo=demo)
    version = door.rendering.version
    app = Starlette(
        routes=[
            _Nul(),
            *(door.route(page) for page in door.pages),
            Mount(f"/static/{version}", StaticFiles(directory=STATIC), name="static"),
        ],
        middleware=[Middleware(SafeHeaders, secure=door.secure)],
        exception_handlers={HTTPException: door.http_error},
    )
    # A redirect would be built on the host that the request names: anybody can name one.
    app.router.redirect_slashes = False
    return app


class _Door:
    """Turns requests into visits, and what goes wrong into pages."""

    def __init__(self, house: House, *, demo: bool) -> None:
        self.house = house
        self.demo = demo
        self.rendering = the_rendering()
        self.secure = house.settings.address.startswith("https:")
        self.pace = Pace(house.settings.writes_per_minute)
        self.pages: tuple[Page, ...] = tuple(
            page
            for name in MODULES
            if find_spec(f"impasse.web.{name}") is not None
            for page in import_module(f"impasse.web.{name}").PAGES
        )
        self.places = frozenset(page.path for page in self.pages)

    def route(self, page: Page) -> Route:
        methods = [
            *(["GET"] if page.show is not None else []),
            *(["POST"] if page.send is not None else []),
        ]
        return Route(page.path, self._endpoint(page), methods=methods)

    def _endpoint(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            form = FormData()
            if request.method == "POST":
                largest = await run_in_threadpool(self._largest, request) if page.files else None
                form = await _form(request, largest)
            try:
                return await run_in_threadpool(self._answer, page, request, form)
            finally:
                await form.close()

        return endpoint

    def _largest(self, request: Request) -> int:
        """Return how many bytes of a file to keep: of a stranger none, whatever he sends."""
        cookies = session.read_cookies(request, secure=self.secure)
        try:
            known = session.who(self.house, cookies) is not None
        except Exception as error:  # noqa: BLE001 what fails here fails again, and is answered there
            log.warning("reader_unknown", result=type(translate(error)).__name__)
            known = False
        return self.house.settings.document_bytes if known else 0

    def _answer(self, page: Page, request: Request, form: FormData) -> Response:
        """Answer one request: sign-in, token, handler, and a page for what is refused."""
        chosen = session.chosen_language(request)
        visit: Visit | None = None
        try:
            visit = self._visit(request, form)
            if visit.person is None and not page.public:
                return _strangers_turn(visit)
            response = self._handle(page, visit)
        except ImpasseError as error:
            response = self._refusal(visit or self._stranger(request, form), error)
        except Exception as error:
            meant = translate(error)
            stranger = visit or self._stranger(request, form)
            if isinstance(meant, ImpasseError):
                response = self._refusal(stranger, meant)
            else:
                # The reader gets a page, the log the whole story.
                log.exception("page_failed", path=request.url.path)
                response = error_page(stranger, 500)
        if chosen is not None:
            session.keep_language(response, chosen, secure=self.secure)
        return response

    def _handle(self, page: Page, visit: Visit) -> Response:
        """Let the page answer; a form must prove that it came from a page of ours.

        Only then it counts for the pace: a page of somebody else cannot use it up.
        """
        if page.send is not None and visit.request.method == "POST":
            sent = visit.form.get(session.CSRF_FIELD, "")
            if not isinstance(sent, str) or not visit.cookies.proves(sent):
                raise _EXPIRED_FORM
            seconds = visit.person and self.pace.wait(visit.person.id, self.house.clock())
            if seconds:
                raise TooManyTries(seconds)
            return page.send(visit)
        if page.show is None:
            raise NotFound(Text("Deze pagina is er niet.", "This page does not exist."))
        return page.show(visit)

    def _visit(self, request: Request, form: FormData) -> Visit:
        cookies = session.read_cookies(request, secure=self.secure)
        person = session.who(self.house, cookies)
        if person is None and cookies.session:
            # A session that ended proves nothing: forms are tied to the visitor from here on.
            cookies = replace(cookies, session="")
        return Visit(
            house=self.house,
            request=request,
            rendering=self.rendering,
            language=session.language_of(request, self.house.settings.language),
            person=person,
            cookies=cookies,
            demo=self.demo,
            places=self.places,
            form=form,
        )

    def _stranger(self, request: Request, form: FormData) -> Visit:
        """Return the visit of somebody unknown: for pages that must not ask the database."""
        return Visit(
            house=self.house,
            request=request,
            rendering=self.rendering,
            language=session.language_of(request, self.house.settings.language),
            person=None,
            cookies=session.read_cookies(request, secure=self.secure),
            demo=self.demo,
            places=self.places,
            form=form,
        )

    def _refusal(self, visit: Visit, error: ImpasseError) -> Response:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
        if status >= 500:  # noqa: PLR2004
            log.error("page_failed", path=visit.request.url.path, result=type(error).__name__)
        response = error_page(visit, status, error)
        if isinstance(error, TooManyTries):
            response.headers["Retry-After"] = str(error.seconds)
        return response

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Answer what the router refuses: an address or a method that is not there."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        response = await run_in_threadpool(self._plain_error, request, status)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    def _plain_error(self, request: Request, status: int) -> Response:
        try:
            visit = self._visit(request, FormData())
        except Exception as error:  # noqa: BLE001 a page for a stranger asks nothing of anybody
            log.warning("reader_unknown", result=type(translate(error)).__name__)
            visit = self._stranger(request, FormData())
        return error_page(visit, status)


def error_page(visit: Visit, status: int, error: ImpasseError | None = None) -> Response:
    """Return the page that says what went wrong; hidden and missing look exactly alike."""
    kept = []
    typed = _typed(visit) if visit.request.method == "POST" and status != 503 else []  # noqa: PLR2004
    if status == 503 and visit.request.method == "POST":  # noqa: PLR2004
        # Without scripts, too, nothing that was typed is lost: the page can send it again.
        kept = [
            (name, value)
            for name, value in visit.form.multi_items()
            if isinstance(value, str) and name not in session.SECRET_FIELDS | {session.CSRF_FIELD}
        ]
    return visit.page(
        "error.html",
        status=status,
        code=status,
        # The sentence of a 404 names what was asked for: the same for hidden and missing, but
        # the page has its own words.
        reason=None if error is None or status in {404, 500} else error.text,
        faults=error.faults if isinstance(error, Invalid) else (),
        kept=kept,
        typed=typed,
        again=safe_path(visit.request),
    )


async def _form(request: Request, largest: int | None = None) -> FormData:
    """Read the form, counting its bytes as they come; one that is too large is read no further.

    With *largest* a file of so many bytes may come along; of a larger one only its name is kept,
    so that what was typed beside it is not lost. Characters that no database keeps (NUL) are left
    out. Raises `HTTPException` with 413 for a form that is too large, 400 for one that cannot be
    read.
    """
    most = FORM_BYTES if largest is None else FORM_BYTES + DRAINED
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > _NUMBER_DIGITS or int(length) > most:
        raise HTTPException(413)
    if _charset(request) not in _CHARSETS:
        raise HTTPException(400)
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > most:
            raise HTTPException(413)
        return message

    sent = Request(request.scope, counted)
    try:
        if largest is None:
            form = await sent.form(max_files=0, max_fields=_FIELDS)
        else:
            form = await read_with_file(sent, largest, max_fields=_FIELDS)
    except (UnicodeError, LookupError, ValueError, MultiPartException) as error:
        raise HTTPException(400) from error
    return FormData(
        [
            (name.replace("\0", ""), value.replace("\0", "") if isinstance(value, str) else value)
            for name, value in form.multi_items()
        ]
    )


def _charset(request: Request) -> str:
    """Return the character set that the form says it is in; "" when it says nothing."""
    _, parameters = parse_options_header(request.headers.get("content-type", ""))
    return parameters.get(b"charset", b"").decode("latin-1").strip().lower()


def _strangers_turn(visit: Visit) -> Response:
    """Send a stranger to the sign-in; who typed something first gets it back, to copy."""
    request = visit.request
    if request.method != "POST":
        return _to_sign_in(request)
    typed = _typed(visit)
    if not typed and not visit.htmx:
        return RedirectResponse("/aanmelden", 303)
    # htmx puts no 403 on the page: what is typed there stays where it is.
    return visit.page("signed_out.html", status=403, typed=typed)


def _typed(visit: Visit) -> list[str]:
    """Return what somebody may want to copy from a form that could not be taken."""
    return [
        value
        for name, value in visit.form.multi_items()
        if isinstance(value, str) and value.strip() and name not in _NOT_TYPED
    ]


def _to_sign_in(request: Request) -> Response:
    """Send the browser to the sign-in, and from there to what was asked for."""
    wanted = request.url.path
    if request.url.query:
        wanted += f"?{request.url.query}"
    address = "/aanmelden" if wanted == "/" else f"/aanmelden?naar={quote(wanted, safe='')}"
    response = RedirectResponse(address, 303)
    if request.headers.get("hx-request") == "true":
        # htmx would put the sign-in page inside a panel: let the browser go there instead.
        response.headers["HX-Redirect"] = address
    return response


class _Nul(Mount):
    """Every address with a NUL in it: there is nothing there, and no database can look for it."""

    def __init__(self) -> None:
        super().__init__("", app=_nothing_there)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take each address with a NUL."""
        if scope["type"] != "http" or "\0" not in scope["path"]:
            return Match.NONE, {}
        return Match.FULL, {"endpoint": self.app}


async def _nothing_there(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(404)


class SafeHeaders:
    """Puts the headers of safety on every answer, and says how long it may be kept.

    A NUL is taken out of the query before anybody reads it. What nobody foresaw is answered
    here, so that this answer has its headers too.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.headers = _HEADERS | ({"Strict-Transport-Security": _HSTS} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request with headers added."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    # A page may be stricter than all of them, such as a download.
                    headers.setdefault(name, value)
                kept = path.startswith("/static/") and message["status"] in {200, 304}
                headers["Cache-Control"] = _FOR_EVER if kept else "no-store"
            await send(message)

        scope = {**scope, "query_string": _without_nul(scope["query_string"])}
        try:
            await self.app(scope, receive, with_headers)
        except Exception:
            log.exception("page_failed", path=path)
            if begun:
                raise
            await PlainTextResponse("Er ging iets mis. Something went wrong.", 500)(
                scope, receive, with_headers
            )


def _without_nul(query: bytes) -> bytes:
    while b"%00" in query:
        query = query.replace(b"%00", b"")
    return query.replace(b"\0", b"")
