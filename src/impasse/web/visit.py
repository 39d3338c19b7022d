"""One request by one reader, and the table of pages that answer it.

How to add a page. Write a module in this package with a function per request and a tuple of them:

    def show(visit: Visit) -> Response:
        case = visit.house.views.case(visit.actor, visit.path["id"])
        return visit.page("dossier.html", case=case)

    def send(visit: Visit) -> Response:
        command = RaiseTier(visit.path["id"], Tier(visit.form.get("tier", "")), ...)
        visit.handle(command)
        return visit.redirect("/impasses/IMP-1")

    PAGES = (Page("/impasses/{id}", show=show), Page("/impasses/{id}/escaleer", send=send))

Then name the module in `app.MODULES`. Functions are plain and synchronous: they run in a thread.
Who is not signed in never reaches them (unless the page is `public`), and neither does a form
without its token: put `{{ csrf }}` in each `<form method="post">`. What goes wrong may simply be
raised: NotFound becomes the 404 page, NotAllowed 403, Conflict 409, Invalid 422, Unavailable 503.

The template begins with `{% extends "base.html" %}{% import "macros.html" as m %}`, sets the blocks
`title` and `main`, and writes Dutch in `{{ _("…") }}` or `{% trans %}`, whose English goes in
a .po file of your own in locale/en/LC_MESSAGES/. Filters: `|tell` (a Text), `|day`, `|day_long`,
`|day_whole`, `|day_year`, `|decimal`. Pass `place="impasses"` to `page` to light up that place in
the menu.
A handler that answers htmx with a fragment looks at `visit.htmx`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse

from impasse.adapters.identity.secrets import actor_of
from impasse.adapters.sql.notifications import Notifications
from impasse.domain.errors import NotAllowed
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.web import session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from starlette.requests import Request
    from starlette.responses import Response

    from impasse.domain.commands import Command
    from impasse.domain.people import Actor, Person
    from impasse.domain.text import Language
    from impasse.engine.ports import Receipt
    from impasse.web.rendering import Rendering
    from impasse.web.session import Cookies
    from impasse.wiring import House

_FAILED = 500
"""A page that says that something failed asks nothing more of what failed."""

_FLAGS = frozenset({Role.LIAISON_OFFICER, Role.SECRETARIAT})


@dataclass(frozen=True, slots=True)
class Visit:
    """One request by one reader. `form` holds what was sent, `path` the parts of the address."""

    house: House
    request: Request
    rendering: Rendering
    language: Language
    person: Person | None
    cookies: Cookies
    demo: bool
    places: frozenset[str]
    form: FormData = field(default_factory=FormData)

    @property
    def path(self) -> Mapping[str, str]:
        """The named parts of the address."""
        parts: Mapping[str, str] = self.request.path_params
        return parts

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark."""
        return self.request.query_params

    @property
    def htmx(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def today(self) -> date:
        """The present day in the Netherlands."""
        return self.house.calendar.local_day(self.house.clock())

    @property
    def actor(self) -> Actor:
        """The reader as who acts; raises `NotAllowed` when nobody is signed in."""
        if self.person is None:
            raise NotAllowed(Text("Meld u eerst aan.", "Sign in first."))
        return actor_of(self.person, "web")

    @property
    def may_flag(self) -> bool:
        """Whether the reader may report a signal."""
        return self.person is not None and bool(self.person.roles & _FLAGS)

    def after_sign_out(self) -> Visit:
        """Return this visit as that of somebody who is not signed in."""
        cookies = session.Cookies(self.cookies.secure, "", self.cookies.visitor)
        return replace(self, person=None, cookies=cookies)

    def tell(self, text: Text) -> str:
        """Return *text* in the language of the reader."""
        return text.in_(self.language)

    def field(self, name: str) -> str:
        """Return one field of the form without the spaces around it; "" when it is absent."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def fields(self, name: str) -> list[str]:
        """Return every value of a field that may occur more than once."""
        return [value for value in self.form.getlist(name) if isinstance(value, str)]

    def handle(self, command: Command, *, revision: int | None = None, key: str = "") -> Receipt:
        """Send *command* as the reader; raises what the engine raises."""
        return self.house.engine.handle(command, self.actor, revision=revision, key=key)

    def page(
        self,
        template: str,
        *,
        status: int = 200,
        place: str = "",
        values: Mapping[str, Any] | None = None,
        **more: Any,  # noqa: ANN401 a template takes anything
    ) -> HTMLResponse:
        """Return *template* as a page, with *values*, *more*, and what the frame needs."""
        content = self.rendering.render(
            template,
            self.language,
            {
                "visit": self,
                "person": self.person,
                "place": place,
                "places": self.places,
                "demo": self.demo,
                "today": self.today,
                "csrf": self._csrf_field(),
                "switch": self._switch(),
                "unseen": self._unseen() if status < _FAILED else 0,
                **(values or {}),
                **more,
            },
        )
        response = HTMLResponse(content, status, headers={"Content-Language": self.language})
        if self.person is None:
            session.keep_visitor(response, self.cookies)
        return response

    def redirect(self, address: str) -> Response:
        """Send the browser on to *address*, to GET it."""
        return RedirectResponse(address, 303)

    def _unseen(self) -> int:
        """Return how many notifications the reader has not seen: nobody else's count."""
        if self.person is None:
            return 0
        return Notifications(self.house.database).unseen(self.actor)

    def _csrf_field(self) -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(
            session.CSRF_FIELD, self.cookies.csrf
        )

    def _switch(self) -> dict[str, str]:
        """Return the address of this page in either language.

        An address that only takes forms has no page to come back to: there the start is.
        """
        kept = [(k, v) for k, v in self.request.query_params.multi_items() if k != "taal"]
        path = safe_path(self.request) if self.request.method in {"GET", "HEAD"} else "/"
        return {
            language: f"{path}?{urlencode([*kept, ('taal', language)])}"
            for language in ("nl", "en")
        }


def safe_path(request: Request) -> str:
    """Return the path of *request* for a link: it can lead to no other host."""
    return "/" + quote(request.url.path.lstrip("/"))


Handler: TypeAlias = "Callable[[Visit], Response]"


@dataclass(frozen=True, slots=True)
class Page:
    """One address: what GET shows, what POST sends, and whether one must be signed in.

    Only a page with `files` takes files: one at a time, no larger than `document_bytes`.
    """

    path: str
    show: Handler | None = None
    send: Handler | None = None
    public: bool = False
    files: bool = False
