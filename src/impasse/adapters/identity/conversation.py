"""Asking an identity provider something over HTTP, and trusting nothing about how it answers.

No redirect is followed, an answer has a largest size and a last moment, only JSON is read, and
TLS is required unless the address stays on this machine.
"""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx

from impasse.adapters.deadline import deadline
from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal
from impasse.adapters.identity.providers import secure_address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECONDS = 8.0
"""An answer is there within this time, however slowly it drips."""

READ_AT_MOST = 256 * 1024
"""Bytes; what a provider says of itself, its keys or a person is far smaller."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its status, and the object that it holds. `date` is the moment it names, or ""."""

    status: int
    content: Mapping[str, Any]
    date: str = ""


def ask(
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    bearer: str = "",
    authorities: Path | None = None,
    seconds: float = SECONDS,
) -> Said:
    """Return what stands at *address*; with *form* by POST.

    Raises `ProviderRefusal` when there is no answer in time, or it is no JSON object, too large,
    or a redirect. A status of 400 or higher is an answer too: who asks looks at it.
    """
    if not secure_address(address):
        raise ProviderRefusal(Cause.UNREACHABLE, "address is not secure")
    headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "impasse"}
    if bearer:
        headers["authorization"] = f"Bearer {bearer}"
    try:
        with (
            deadline(seconds) as watch,
            httpx.Client(
                timeout=seconds,
                follow_redirects=False,
                trust_env=False,
                verify=_trust(authorities),
            ) as client,
            client.stream(
                "GET" if form is None else "POST",
                address,
                data=form,
                headers=headers,
                extensions={"trace": watch},
            ) as response,
        ):
            return _read(response)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError) as error:
        raise ProviderRefusal(
            Cause.UNREACHABLE, f"{type(error).__name__}: {error}"[:200]
        ) from error


def _read(response: httpx.Response) -> Said:
    if response.is_redirect:
        raise ProviderRefusal(Cause.UNREACHABLE, "it redirects")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise ProviderRefusal(
            Cause.UNREACHABLE, f"HTTP {response.status_code}, not JSON but {kind[:50]!r}"
        )
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ProviderRefusal(Cause.UNREACHABLE, "it is compressed")
    body = bytearray()
    for piece in response.iter_raw(16 * 1024):
        body += piece
        if len(body) > READ_AT_MOST:
            raise ProviderRefusal(Cause.UNREACHABLE, f"more than {READ_AT_MOST} bytes")
    try:
        content = json.loads(bytes(body).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ProviderRefusal(Cause.UNREACHABLE, "it is no JSON") from error
    if not isinstance(content, dict):
        raise ProviderRefusal(Cause.UNREACHABLE, "it is no JSON object")
    return Said(response.status_code, content, response.headers.get("date", ""))


@lru_cache(maxsize=16)
def _trust(authorities: Path | None) -> ssl.SSLContext:
    """Return whom TLS trusts, read once: SSL_CERT_FILE and SSL_CERT_DIR may name others."""
    if authorities is None:
        return httpx.create_ssl_context()
    return ssl.create_default_context(cafile=str(authorities))
