"""Chat: title, reason and link to a channel of a person's own, over services that are allowed.

Apprise knows the services. It runs in a process of its own (see `chat_errand`), so that it ends in
time, sees none of our settings, and reaches nothing inside our network.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog

from impasse.adapters.channels.mail_page import LetterPage
from impasse.domain.errors import Unreadable
from impasse.domain.text import Text
from impasse.engine.outbox import Answer, Post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from impasse.engine.outbox import Parcel

log = structlog.get_logger("impasse.chat")

TIMEOUT_SECONDS = 30.0
"""A message takes no longer, from starting the process to its end."""

SERVICES: frozenset[str] = frozenset(
    {
        "discord",
        "gchat",
        "gotifys",
        "matrixs",
        "mmosts",
        "nctalks",
        "ntfys",
        "rockets",
        "signals",
        "slack",
        "tgram",
        "threema",
        "webex",
        "workflows",
        "wxteams",
        "zulip",
    }
)
"""What of apprise is chat, and closed to listeners. The rest of it (files, programs, e-mail, plain
http, addresses that anything can be posted to) cannot be allowed by any setting."""

_STEERS = frozenset({"verify", "redirect", "template", "rto", "cto", "store", "retry", "attach"})
"""What in an address would steer the library instead of saying where the message goes."""

_KEPT = ("plain:", "sealed:")
"""With which begins what is kept of a secret: see `identity.factor.Seal`."""

_TAKEN = 200
_SHORTEST_SECRET = 6
_HIDDEN = "***"


class ChatSettings(Protocol):
    """The settings of chat, under the names that they have there."""

    @property
    def chat_schemes(self) -> str:
        """The services that are allowed, with spaces between them."""

    @property
    def allow_private_chat(self) -> bool:
        """Whether they may be inside our own network."""

    @property
    def address(self) -> str:
        """The public address of this house."""


def chat_channel(settings: ChatSettings, opened: Callable[[str], str] = str) -> ChatChannel | None:
    """Return how chat leaves, or None when *settings* allow no service.

    *opened* returns the address of which something is kept. Raises `Unreadable` for a service that
    is none.
    """
    schemes = frozenset(settings.chat_schemes.split())
    if not schemes:
        return None
    if unknown := sorted(schemes - SERVICES):
        known = " ".join(sorted(SERVICES))
        raise Unreadable(
            Text(
                f"chat_schemes: {', '.join(unknown)} kan niet; kies uit: {known}.",
                f"chat_schemes: {', '.join(unknown)} cannot be used; choose from: {known}.",
            )
        )
    return ChatChannel(
        schemes, settings.address, allow_private=settings.allow_private_chat, opened=opened
    )


@dataclass(frozen=True, slots=True)
class ChatChannel:
    """Sends posts to chat channels of the services in *schemes*."""

    schemes: frozenset[str]
    site: str
    allow_private: bool = False
    opened: Callable[[str], str] = str
    timeout_seconds: float = TIMEOUT_SECONDS

    def send(self, parcel: Parcel, at: datetime) -> Answer:
        """Send the post of *parcel* once; every failure is an answer with its reason."""
        post = parcel.content
        if not isinstance(post, Post) or not post.lines:
            return Answer(None, "there is nothing to tell", final=True)
        try:
            sealed = post.address.startswith(_KEPT)
            address = self.opened(post.address) if sealed else post.address
        except Exception as error:  # noqa: BLE001 whatever keeps an address shut, it cannot be used
            return Answer(None, f"the chat address cannot be opened: {type(error).__name__}")
        if fault := chat_fault(address, self.schemes):
            return Answer(None, fault.en, final=True)
        try:
            page = LetterPage(post, self.site, at)
            title, body = harmless(page.subject), harmless(page.as_chat())
        except Exception as error:
            # One message that cannot be written must not keep those of others.
            log.exception("message_not_written", object=parcel.id, result="failed")
            return Answer(None, f"the message cannot be written: {type(error).__name__}")
        return self._run(
            {
                "address": address,
                "title": title,
                "body": body,
                "allow_private": self.allow_private,
                "seconds": self.timeout_seconds,
                "read": [place for name in _TRUST if (place := os.environ.get(name))],
            }
        )

    def _run(self, errand: dict[str, object]) -> Answer:
        try:
            ended = subprocess.run(
                [sys.executable, "-P", "-m", "impasse.adapters.channels.chat_errand"],
                input=json.dumps(errand),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=self.timeout_seconds,
                env=_environment(),
                check=False,
            )
            told = json.loads(ended.stdout)
        except subprocess.TimeoutExpired:
            return Answer(None, f"no answer within {self.timeout_seconds:g} seconds")
        except (OSError, ValueError):
            return Answer(None, "the process for chat messages broke off")
        if told["taken"]:
            return Answer(_TAKEN, accepted=True)
        if told["forbidden"]:
            return Answer(None, f"refused: {told['forbidden']}", final=True)
        words = _without_secrets(told["words"], str(errand["address"]))
        return Answer(None, f"the chat service did not take it: {words}".strip(": "))


_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def chat_fault(address: str, schemes: Iterable[str]) -> Text | None:
    """Say why *address* cannot be one to chat to, or None when it can; *schemes* are allowed."""
    scheme, found, rest = address.partition("://")
    allowed = sorted(schemes)
    if not found or scheme.lower() not in allowed:
        names = " ".join(f"{one}://" for one in allowed)
        return Text(
            f"Gebruik een adres dat begint met een van: {names or '(geen)'}.",
            f"Use an address that begins with one of: {names or '(none)'}.",
        )
    if not rest or not address.isascii() or not address.isprintable() or " " in address:
        return Text(
            "Neem het adres over zoals de chatdienst het geeft, zonder spaties.",
            "Copy the address as the chat service gives it, without spaces.",
        )
    steers = sorted({name.lower().lstrip("+-:") for name, _ in _query(address)} & _STEERS)
    if steers:
        return Text(
            f"Laat {', '.join(steers)} weg uit het adres: dat bepaalt dit huis.",
            f"Leave {', '.join(steers)} out of the address: this house decides on that.",
        )
    return None


def _query(address: str) -> list[tuple[str, str]]:
    # What comes after a # belongs to the address for apprise, and hides nothing from us.
    return parse_qsl(address.partition("?")[2].replace("#", "&"), keep_blank_values=True)


def harmless(words: str) -> str:
    """Return *words* without what chat services make calls, commands or disguised links of."""
    for sign, instead in (("@", "＠"), ("<", "‹"), (">", "›"), ("](", "] (")):
        words = words.replace(sign, instead)
    return words


def _environment() -> dict[str, str]:
    """Return our environment without our settings, and without a detour for the messages."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("IMPASSE_") and not name.lower().endswith("_proxy")
    }
    return kept | {"NETRC": os.devnull, "PYTHONIOENCODING": "utf-8", "no_proxy": "*"}


def _without_secrets(words: str, address: str) -> str:
    """Return *words* without any part of *address* that could be a secret."""
    parts = urlsplit(address)
    pieces = re.split(r"[/:@?&=#]", unquote(f"{parts.netloc}/{parts.path}?{parts.query}"))
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= _SHORTEST_SECRET:
            words = words.replace(piece, _HIDDEN)
    return words
