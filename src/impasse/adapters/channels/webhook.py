"""Webhooks: a thin CloudEvent, signed after Standard Webhooks, posted to a checked address.

The event follows the NL GOV profile for CloudEvents in structured mode. It tells that something
happened to a case, never what: who may know fetches the case with its own rights. A webhook can
also ask for the form of ZGW Notificaties.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import json
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

import httpx

from impasse.adapters.channels.zgw import zgw_notification
from impasse.adapters.deadline import Cord
from impasse.engine.outbox import Answer, Event

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from impasse.engine.outbox import Parcel

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address
    Origin = tuple[str, str, int]

TIMEOUT_SECONDS = 15.0
"""An attempt takes no longer than this from connection to answer, however slowly it drips."""

TRY_ADDRESSES = 3
"""Of a name with many addresses, so many are tried when one refuses."""

READ_AT_MOST = 16 * 1024
"""Nothing in an answer's body matters to us; so much is read to leave the connection tidy."""

KEEP_SECONDS = 10.0
"""A connection is kept so long after its last use: its address was checked when it was made, and
is checked again with the next one."""

KEEP_AT_MOST = 64
"""So many connections are kept at all."""

LARGEST_EVENT = 64 * 1024
"""What every receiver of CloudEvents must take; ours are far smaller."""

_SECRET_PREFIX = "whsec_"  # noqa: S105 the form of a secret, not a secret
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All of the open internet (RFC 4291, 2.4): networks of before and beside it lie elsewhere."""

_MEETING = "OVERLEG-"


def cloud_event(event: Event, source_oin: str, url: str = "") -> bytes:
    """Return the body that tells of *event*: context attributes only, as JSON in UTF-8.

    *url* is where the case is read with one's own rights; it travels as `dataref`.
    """
    attributes = {
        "specversion": "1.0",
        "id": event.message,
        "source": f"urn:nld:oin:{source_oin}:systeem:impasse",
        "type": event.type,
        "subject": event.subject,
        "time": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    if url:
        attributes["dataref"] = url
    return json.dumps(attributes, separators=(",", ":"), ensure_ascii=False).encode()


def sign(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """Return one signature of `webhook-signature`; *secret* is `whsec_` + base64."""
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    signed = f"{message}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, sha256)).decode()}"


@dataclass(slots=True)
class WebhookChannel:
    """Posts messages to webhooks.

    Without *allow_private*, an address inside one's own network is refused: whoever may add a
    webhook could otherwise reach what stands there. *api* is the address of the API, under which
    receivers read the case; without it an event names no address.
    """

    source_oin: str
    allow_private: bool = False
    timeout_seconds: float = TIMEOUT_SECONDS
    api: str = ""
    _kept: dict[Origin, list[_Line]] = field(default_factory=dict, repr=False)
    _keeping: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def send(self, parcel: Parcel, at: datetime) -> Answer:
        """Post *parcel* once; every failure comes back as an answer with its reason."""
        event = parcel.content
        if not isinstance(event, Event):
            return Answer(None, "a webhook takes events only", final=True)
        body, media_type = self._body(event)
        if len(body) > LARGEST_EVENT:
            return Answer(None, "the event is larger than receivers must take", final=True)
        timestamp = int(at.timestamp())
        signatures = [sign(secret, event.message, timestamp, body) for secret in event.secrets]
        headers = {
            "content-type": media_type,
            "accept-encoding": "identity",
            "user-agent": "impasse",
            "webhook-id": event.message,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signatures),
        }
        try:
            return self._post(httpx.URL(event.url), body, headers, at)
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            OSError,
            UnicodeError,
            ValueError,
            _Refused,
        ) as error:
            return Answer(None, f"{type(error).__name__}: {error}".strip(": "))

    def close(self) -> None:
        """Let go of every kept connection."""
        with self._keeping:
            lines = [line for kept in self._kept.values() for line in kept]
            self._kept.clear()
        for line in lines:
            line.close()

    def _body(self, event: Event) -> tuple[bytes, str]:
        url = _where(self.api, event.subject)
        if event.format == "zgw":
            return zgw_notification(event, url), "application/json"
        return cloud_event(event, self.source_oin, url), "application/cloudevents+json"

    def _post(self, url: httpx.URL, body: bytes, headers: dict[str, str], at: datetime) -> Answer:
        """Post over a kept connection, or else over a new one to an address that was checked."""
        headers["host"] = url.netloc.decode("ascii")
        origin = (url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        kept = self._take(origin)
        if kept is not None:
            try:
                return self._over(kept, origin, url, body, headers, at)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if kept.is_cut:
                    raise
                # That the other side closed a kept connection says nothing about now.
        failure: httpx.ConnectError | None = None
        for address in self._pinned(url.host, origin[2])[:TRY_ADDRESSES]:
            line = _Line(address, self.timeout_seconds)
            try:
                return self._over(line, origin, url, body, headers, at)
            except httpx.ConnectError as error:
                failure = error
        if failure is None:
            msg = f"{url.host} has no address"
            raise _Refused(msg)
        raise failure

    def _over(  # noqa: PLR0917 everything that a request is made of
        self,
        line: _Line,
        origin: Origin,
        url: httpx.URL,
        body: bytes,
        headers: dict[str, str],
        at: datetime,
    ) -> Answer:
        """Post over *line*, and keep it when it can be used again."""
        tidy = False
        try:
            answer, tidy = line.post(url, body, headers, at)
        finally:
            if tidy:
                self._keep(origin, line)
            else:
                line.close()
        return answer

    def _take(self, origin: Origin) -> _Line | None:
        with self._keeping:
            lines = self._kept.get(origin, [])
            line = lines.pop() if lines else None
            if not lines:
                self._kept.pop(origin, None)
        if line is not None and line.idle_seconds() > KEEP_SECONDS:
            line.close()
            return None
        return line

    def _keep(self, origin: Origin, line: _Line) -> None:
        with self._keeping:
            self._kept.setdefault(origin, []).append(line)
            old = []
            for known, lines in list(self._kept.items()):
                old += [one for one in lines if one.idle_seconds() > KEEP_SECONDS]
                self._kept[known] = [one for one in lines if one not in old]
                if not self._kept[known]:
                    del self._kept[known]
            count = sum(len(lines) for lines in self._kept.values())
            if count > KEEP_AT_MOST:
                first = next(iter(self._kept))
                old += self._kept.pop(first)
        for one in old:
            one.close()

    def _pinned(self, host: str, port: int) -> list[Address]:
        """Return each address of *host*, checked, so that no later name replaces it."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not self.allow_private:
            for address in addresses:
                if not _public(address):
                    # Where a name leads inside our network is nobody else's.
                    msg = f"{host} has an address that is not a public address"
                    raise _Refused(msg)
        return list(dict.fromkeys(addresses))


class _Line:
    """A connection to one address, for one request at a time.

    The transport of httpx is used without its client: nothing is kept from one request for the
    next, no cookies either, and nobody follows a redirect.
    """

    def __init__(self, address: Address, seconds: float) -> None:
        self._address, self._seconds = str(address), seconds
        self._cord = Cord()
        self._transport = httpx.HTTPTransport(
            verify=_trust(),
            trust_env=False,
            limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_SECONDS),
        )
        self._used = time.monotonic()

    @property
    def is_cut(self) -> bool:
        """Whether it took too long."""
        return self._cord.is_cut

    def idle_seconds(self) -> float:
        """Return how long ago it was last used."""
        return time.monotonic() - self._used

    def post(
        self, url: httpx.URL, body: bytes, headers: dict[str, str], at: datetime
    ) -> tuple[Answer, bool]:
        """Return the answer, and whether the connection can be used again."""
        request = httpx.Request(
            "POST",
            url.copy_with(host=self._address),
            content=body,
            headers=headers,
            extensions={
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._seconds),
                # Under TLS the certificate must be that of the name, not of the address.
                "sni_hostname": url.host,
                "trace": self._cord.listen,
            },
        )
        with self._cord.within(self._seconds):
            response = self._transport.handle_request(request)
            try:
                answer = _read(response, at)
                tidy = _drained(response)
            finally:
                with suppress(httpx.HTTPError, OSError):
                    response.close()
        self._used = time.monotonic()
        return answer, tidy and not self._cord.is_cut

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(httpx.HTTPError, OSError):
            self._transport.close()
        self._cord.let_go()

    def __del__(self) -> None:
        """Close what was kept until the channel itself was let go of."""
        self.close()


def _where(api: str, subject: str) -> str:
    """Return where *subject* is read in the API, or "" when that is not known."""
    if not api:
        return ""
    if subject.startswith(_MEETING):
        return f"{api}/meetings/{subject.removeprefix(_MEETING)}"
    return f"{api}/cases/{subject}"


def _drained(response: httpx.Response) -> bool:
    """Read what is left of a small body; return whether it ended.

    The answer stands in the status: a body that fails or goes on changes nothing but that the
    connection is given up.
    """
    seen = 0
    try:
        for piece in response.iter_raw(4096):
            seen += len(piece)
            if seen > READ_AT_MOST:
                return False
    except httpx.HTTPError:
        return False
    return True


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
        if address not in _UNICAST:
            return False
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
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - at, timedelta(0))
