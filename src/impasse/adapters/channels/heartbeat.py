"""The sign of life to somebody outside: a plain request that says nothing but that we are here."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from dataclasses import dataclass

import httpx

from impasse.adapters.deadline import deadline

TIMEOUT_SECONDS = 10.0
"""A sign of life takes no longer than this."""

READ_AT_MOST = 4 * 1024
"""Nothing in the answer matters to us."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Asks for one address, which the administrator of this installation chose.

    Plain http is for one's own network only. Redirects are not followed, and no failure repeats
    the address: it is often a secret.
    """

    url: str
    timeout_seconds: float = TIMEOUT_SECONDS

    def __call__(self) -> str:
        """Send the sign of life; return "" when it arrived, or else why not."""
        try:
            url = httpx.URL(self.url)
            if url.scheme == "http" and not _near(url.host, url.port or 80):
                return "plain http outside this network; use https"
            return self._ask(url)
        except httpx.HTTPError as error:
            return f"{type(error).__name__}"
        except (httpx.InvalidURL, OSError, UnicodeError) as error:
            return f"{type(error).__name__}"

    def _ask(self, url: httpx.URL) -> str:
        with (
            deadline(self.timeout_seconds) as watch,
            httpx.Client(
                timeout=self.timeout_seconds, follow_redirects=False, trust_env=False
            ) as client,
            client.stream(
                "GET",
                url,
                headers={"user-agent": "impasse", "accept-encoding": "identity"},
                extensions={"trace": watch},
            ) as response,
        ):
            with suppress(httpx.HTTPError):
                seen = 0
                for piece in response.iter_raw(1024):
                    seen += len(piece)
                    if seen > READ_AT_MOST:
                        break
            if response.is_success:
                return ""
            if response.is_redirect:
                return f"HTTP {response.status_code}; redirects are not followed"
            return f"HTTP {response.status_code}"


def _near(host: str, port: int) -> bool:
    """Whether *host* lies in one's own network, at every address that it has."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return bool(addresses) and not any(address.is_global for address in addresses)
