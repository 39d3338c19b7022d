"""Webhooks: a thin CloudEvent, signed after Standard Webhooks, posted to a checked address.

The event follows the NL GOV profile for CloudEvents in structured mode. It tells that something
happened to a case, never what: who may know fetches the case with its own rights.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

import httpx

from impasse.adapters.deadline import deadline
from impasse.engine.outbox import Answer

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from impasse.engine.outbox import Delivery

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address

TIMEOUT_SECONDS = 15.0
"""An attempt takes no longer than this from connection to answer, however slowly it drips."""

TRY_ADDRESSES = 3
"""Of a name with many addresses, so many are tried when one refuses."""

READ_AT_MOST = 16 * 1024
"""Nothing in an answer's body matters to us; so much is read to leave the connection tidy."""

_SECRET_PREFIX = "whsec_"  # noqa: S105 the form of a secret, not a secret
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def cloud_event(delivery: Delivery, source_oin: str) -> bytes:
    """Return the body of *delivery*: context attributes only, as JSON in UTF-8."""
    event = {
        "specversion": "1.0",
        "id": delivery.message,
        "source": f"urn:nld:oin:{source_oin}:systeem:impasse",
        "type": delivery.type,
        "subject": delivery.subject,
        "time": delivery.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def sign(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`; *secret* is `whsec_` + base64."""
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    signed = f"{message}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, sha256)).decode()}"


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Posts messages to webhooks.

    Without *allow_private*, an address inside one's own network is refused: whoever may add a
    webhook could otherwise reach what stands there.
    """

    source_oin: str
    allow_private: bool = False
    timeout_seconds: float = TIMEOUT_SECONDS

    def send(self, delivery: Delivery, at: datetime) -> Answer:
        """Post *delivery* once; every failure comes back as an answer with its reason."""
        body = cloud_event(delivery, self.source_oin)
        timestamp = int(at.timestamp())
        headers = {
            "content-type": "application/cloudevents+json",
            "accept-encoding": "identity",
            "user-agent": "impasse",
            "webhook-id": delivery.message,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(delivery.secret, delivery.message, timestamp, body),
        }
        failure: Exception | None = None
        try:
            url = httpx.URL(delivery.url)
            headers["host"] = url.netloc.decode("ascii")
            for pinned in self._pinned(url)[:TRY_ADDRESSES]:
                try:
                    return self._post(pinned, body, headers, url.host, at)
                except httpx.ConnectError as error:
                    failure = error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, _Refused) as error:
            failure = error
        return Answer(None, f"{type(failure).__name__}: {failure}".strip(": "))

    def _pinned(self, url: httpx.URL) -> list[httpx.URL]:
        """Return *url* at each address that was checked, so that no later name replaces it."""
        port = url.port or (443 if url.scheme == "https" else 80)
        found = socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not self.allow_private:
            for address in addresses:
                if not _public(address):
                    raise _Refused(f"{url.host} is {address}, which is not a public address")
        return [url.copy_with(host=str(address)) for address in dict.fromkeys(addresses)]

    def _post(
        self,
        url: httpx.URL,
        body: bytes,
        headers: dict[str, str],
        name: str,
        at: datetime,
    ) -> Answer:
        with (
            deadline(self.timeout_seconds) as watch,
            httpx.Client(
                timeout=self.timeout_seconds,
                follow_redirects=False,
                trust_env=False,
                verify=_trust(),
            ) as client,
            client.stream(
                "POST",
                url,
                content=body,
                headers=headers,
                # Under TLS the certificate must be that of the name, not of the address.
                extensions={"sni_hostname": name, "trace": watch},
            ) as response,
        ):
            answer = _read(response, at)
            with suppress(httpx.HTTPError):
                # The answer stands in the status; a body that fails or goes on changes nothing.
                seen = 0
                for piece in response.iter_raw(4096):
                    seen += len(piece)
                    if seen > READ_AT_MOST:
                        break
            return answer


@cache
def _trust() -> ssl.SSLContext:
    """Return whom TLS trusts, read once: SSL_CERT_FILE and SSL_CERT_DIR may name others."""
    return httpx.create_ssl_context()


class _Refused(Exception):
    """The address of a webhook is not one to post to."""

    def __str__(self) -> str:
        return str(self.args[0])


def _public(address: Address) -> bool:
    """Whether *address* lies on the open internet, also when it wraps an older one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _public(inner)
    return address.is_global and not address.is_multicast


def _read(response: httpx.Response, at: datetime) -> Answer:
    status = response.status_code
    wait = _retry_after(response.headers.get("retry-after", ""), at)
    if response.is_success:
        return Answer(status)
    if response.is_redirect:
        return Answer(status, "the destination redirects; redirects are not followed", wait)
    return Answer(status, f"HTTP {status}", wait)


def _retry_after(value: str, at: datetime) -> timedelta | None:
    """Return how long the receiver asks to wait: seconds or a date; None when it asks nothing."""
    value = value.strip()
    if not value:
        return None
    if value.isascii() and value.isdecimal():
        # A number too long to be meant is as good as the longest wait there is.
        return timedelta(seconds=min(int(value[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - at, timedelta(0))
