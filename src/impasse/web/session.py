"""Cookies and tokens: who is signed in, in which language, and whose form comes back."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from impasse.adapters.identity.secrets import resume_session

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from impasse.domain.people import Person
    from impasse.domain.text import Language
    from impasse.wiring import House

_SESSION = "impasse"
_VISITOR = "impasse-bezoek"
_STEP = "impasse-stap"
_LANGUAGE = "taal"
_YEAR = 365 * 24 * 3600
CSRF_FIELD = "formulier"
"""The hidden field that proves that a form came from a page of ours."""

SECRET_FIELDS = frozenset({"wachtwoord", "nieuw", "nog-eens", "code"})
"""Fields of which no page ever shows again what was typed."""


@dataclass(frozen=True, slots=True)
class Cookies:
    """What the browser brought along. `secure` is whether it came by https.

    `step` is the secret of a sign-in that is halfway: it opens nothing but its next page.
    """

    secure: bool
    session: str
    visitor: str
    step: str = ""

    @property
    def csrf(self) -> str:
        """The token that every form of this browser carries."""
        key = (self.session or self.visitor).encode()
        return hmac.new(key, b"form", sha256).hexdigest()

    def proves(self, token: str) -> bool:
        """Whether *token* stands in a form that we gave to this browser."""
        known = bool(self.session or self.visitor)
        return known and hmac.compare_digest(token.encode(), self.csrf.encode())


def read_cookies(request: Request, *, secure: bool) -> Cookies:
    """Return the cookies of *request*; a visitor without any gets a secret to begin with."""
    session = request.cookies.get(_name(_SESSION, secure=secure), "")
    visitor = request.cookies.get(_name(_VISITOR, secure=secure), "")
    step = request.cookies.get(_name(_STEP, secure=secure), "")
    return Cookies(secure, session, visitor or secrets.token_urlsafe(16), step)


def who(house: House, cookies: Cookies) -> Person | None:
    """Return who is signed in, or None."""
    if not cookies.session:
        return None
    return resume_session(
        house.database, cookies.session, at=house.clock(), hours=house.settings.session_hours
    )


def keep_session(response: Response, cookies: Cookies, secret: str) -> None:
    """Give the browser the secret of its session; it lives as long as the browser does."""
    _set(response, _SESSION, secret, secure=cookies.secure)


def forget_session(response: Response, cookies: Cookies) -> None:
    """Take the secret of the session from the browser."""
    _forget(response, _SESSION, cookies)


def keep_step(response: Response, cookies: Cookies, secret: str) -> None:
    """Give the browser the secret with which a sign-in goes on."""
    _set(response, _STEP, secret, secure=cookies.secure)


def forget_step(response: Response, cookies: Cookies) -> None:
    """Take the secret of a sign-in that is over from the browser."""
    if cookies.step:
        _forget(response, _STEP, cookies)


def _forget(response: Response, name: str, cookies: Cookies) -> None:
    response.delete_cookie(
        _name(name, secure=cookies.secure),
        path="/",
        secure=cookies.secure,
        httponly=True,
        samesite="lax",
    )


def keep_visitor(response: Response, cookies: Cookies) -> None:
    """Give the browser the secret that its forms are tied to before somebody signs in."""
    _set(response, _VISITOR, cookies.visitor, secure=cookies.secure)


def keep_language(response: Response, language: Language, *, secure: bool) -> None:
    """Remember the language that the reader chose."""
    response.set_cookie(
        _LANGUAGE,
        language,
        max_age=_YEAR,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def kept_secret(request: Request, name: str, cookies: Cookies) -> str:
    """Return what the browser was given to keep for a while under *name*, or ""."""
    return request.cookies.get(_name(f"{_SESSION}-{name}", secure=cookies.secure), "")


def keep_secret(
    response: Response, name: str, secret: str, cookies: Cookies, *, seconds: int
) -> None:
    """Give the browser *secret* to keep for so long; it comes along from other sites by links."""
    response.set_cookie(
        _name(f"{_SESSION}-{name}", secure=cookies.secure),
        secret,
        max_age=seconds,
        path="/",
        secure=cookies.secure,
        httponly=True,
        samesite="lax",
    )


def chosen_language(request: Request) -> Language | None:
    """Return the language that the address asks for, or None."""
    return _language(request.query_params.get("taal", ""))


def language_of(request: Request, default: Language) -> Language:
    """Return the language of the reader: the address, then the cookie, then the setting."""
    return chosen_language(request) or _language(request.cookies.get(_LANGUAGE, "")) or default


def _language(written: str) -> Language | None:
    if written == "nl":
        return "nl"
    return "en" if written == "en" else None


def _name(name: str, *, secure: bool) -> str:
    """`__Host-` ties a cookie to this host and to https; browsers refuse it on plain http."""
    return f"__Host-{name}" if secure else name


def _set(response: Response, name: str, value: str, *, secure: bool) -> None:
    response.set_cookie(
        _name(name, secure=secure),
        value,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
