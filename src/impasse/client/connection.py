"""One connection: a request carries its token and key, waits when asked to, and tells errors."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import httpx

from impasse.client.problems import Unreachable, problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BASE = "/api/v1"
ATTEMPTS = 4
"""How often one request is sent at most."""

LONGEST_WAIT = 60
"""Seconds; who is asked to wait longer than this is told so instead."""

_BUSY = frozenset({429, 503})
_NOT_MODIFIED = 304


class Connection:
    """Sends requests to one installation on behalf of one token.

    A request that changes something carries an `Idempotency-Key`, the same at every attempt, so
    that one whose answer was lost can be sent again. Redirects are not followed, and no other host
    ever sees the token.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        language: str = "nl",
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = address.rstrip("/").removesuffix(BASE) + BASE
        self._sleep = sleep
        self._http = httpx.Client(
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "Accept-Language": language,
            },
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def get(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        seen: str = "",
        accept: str = "",
    ) -> httpx.Response:
        """Read what stands at *path*; with the tag *seen* the answer may be 304, unchanged."""
        headers = {"If-None-Match": seen} if seen else {}
        if accept:
            headers["Accept"] = accept
        # No query at all leaves that of the path alone; an empty one would take its place.
        return self._send("GET", path, headers, params=_written(query) if query else None)

    def post(
        self, path: str, body: Mapping[str, Any], *, if_match: str = "", key: str = ""
    ) -> httpx.Response:
        """Send *body* to *path*, once; with *if_match* only when it is unchanged."""
        return self._send("POST", path, _guarded(if_match, key), json=body)

    def delete(self, path: str, *, if_match: str = "", key: str = "") -> None:
        """Delete what stands at *path*."""
        self._send("DELETE", path, _guarded(if_match, key))

    def items(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield what stands in a collection; a next page is fetched when it is asked for."""
        page = self.get(path, query).json()
        while True:
            yield from page["items"]
            following = page["links"]["next"]
            if following is None:
                return
            page = self.get(following).json()

    def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        **rest: Any,  # noqa: ANN401 as httpx takes it
    ) -> httpx.Response:
        place = self._place(path)
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                answer = self._http.request(method, place, headers=headers, **rest)
            except httpx.TransportError as error:
                if last:
                    raise Unreachable(f"{method} {place}: {error}") from error
                self._sleep(2 ** (attempt - 1))
                continue
            if answer.is_success or answer.status_code == _NOT_MODIFIED:
                return answer
            wait = _retry_after(answer)
            if last or answer.status_code not in _BUSY or wait is None or wait > LONGEST_WAIT:
                raise problem_of(answer.status_code, _told(answer), wait)
            self._sleep(wait)
        raise AssertionError  # pragma: no cover the last attempt returns or raises

    def _place(self, path: str) -> str:
        """Return the whole address of *path*: below the API, or as an answer named it."""
        if not path.startswith(BASE):
            return f"{self._base}/{path.lstrip('/')}"
        place = urljoin(self._base, path)
        if urlsplit(place)[:2] != urlsplit(self._base)[:2]:
            raise ValueError(f"{path} is at another host")
        return place


def _guarded(if_match: str, key: str) -> dict[str, str]:
    headers = {"Idempotency-Key": key or str(uuid4())}
    if if_match:
        headers["If-Match"] = if_match
    return headers


def _written(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return *query* without what was left out, and with true and false as the API writes them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
        if value is not None and value != ""
    }


def _retry_after(answer: httpx.Response) -> int | None:
    asked = answer.headers.get("retry-after", "")
    return int(asked) if asked.isascii() and asked.isdecimal() else None


def _told(answer: httpx.Response) -> dict[str, Any]:
    """Return the problem that an answer tells; what stands between may answer otherwise."""
    try:
        told = answer.json()
    except ValueError:
        told = None
    if isinstance(told, dict):
        return told
    return {"title": answer.reason_phrase, "detail": answer.text[:500]}
