"""One conversation with the mail server that takes our letters: bounded, and closed to listeners.

The server is the relay of one's own organisation. It signs (DKIM) and carries further; here it is
asked to take over one letter for one person.
"""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import ssl
import time
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from impasse.adapters.time_limit import time_limit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from impasse.adapters.time_limit import TimeLimit

TIMEOUT_SECONDS = 20.0
"""A conversation takes no longer than this from looking up the name to the last answer."""

_LONGEST_REPLY = 300
_HIDDEN = "***"
_NEARLY = 0.05
_PARTING_SECONDS = 0.5


class Security(StrEnum):
    """How a conversation is closed to listeners."""

    STARTTLS = "starttls"
    """It begins in the clear and goes on under TLS, or not at all (RFC 3207)."""
    TLS = "tls"
    """TLS from the first byte (RFC 8314): what is preferred where the server offers it."""
    NONE = "none"
    """In the clear: for a relay on this machine."""


USUAL_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where our letters go first. Without a *user* nobody logs in; *greeting* is our own name."""

    host: str
    port: int
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = ""
    ca_file: Path | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    greeting: str = ""

    def __repr__(self) -> str:
        """Name the place, never the password."""
        return f"MailServer({self.host}:{self.port}, {self.security.value})"


class Stage(StrEnum):
    """How far a conversation came."""

    CONNECT = "connect"
    TLS = "tls"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"


class Refusal(Exception):
    """The server said no, or nothing: at which stage, with which code (None: nothing), and how.

    *never* says that the letter cannot be carried by this server, though it did not say so itself.
    """

    def __init__(self, stage: Stage, code: int | None, words: str, *, never: bool = False) -> None:
        super().__init__(f"{stage.value}: {words}")
        self.stage, self.code, self._never = stage, code, never

    @property
    def final(self) -> bool:
        """Whether asking again is of no use: a 5xx about this letter or this person.

        A 5xx about ourselves (we may not come in, or not log in) says nothing about the letter:
        once that is mended, what waits still has to go. So it is tried again.
        """
        about_the_letter = self.stage in {Stage.SENDER, Stage.RECIPIENT, Stage.MESSAGE}
        return self._never or (about_the_letter and self.code is not None and self.code in _NEVER)


_NEVER = frozenset(range(500, 600)) - {530, 534, 535, 538}
"""What RFC 5321 calls permanent, without what RFC 4954 and RFC 3207 say about logging in."""


def hand_over(server: MailServer, sender: str, recipient: str, letter: bytes) -> str:
    """Give *letter* for one *recipient* to *server*, and return what it said when it took it.

    *sender* is where bounces go. Both are addresses as `plain_address` returns them. Raises
    `Refusal`, in bounded time; when the line breaks after the letter was sent, it may have been
    taken all the same, so who tries again sends it with the same Message-ID.
    """
    with time_limit(server.timeout_seconds) as limit:
        talk = _Talk(server, limit)
        try:
            talk.open()
            talk.offer(sender, recipient)
            return talk.give(letter)
        finally:
            talk.close()


def examine(server: MailServer) -> str:
    """Connect, log in and part again without sending anything; return how it went.

    Raises `Refusal`.
    """
    with time_limit(server.timeout_seconds) as limit:
        talk = _Talk(server, limit)
        try:
            talk.open()
            talk.nothing()
            return talk.told
        finally:
            talk.close()


class _Smtp(smtplib.SMTP):
    """The protocol of the standard library, over a connection that we opened and watch."""

    def __init__(self, connection: socket.socket, greeting: str, host: str) -> None:
        self._connection = connection
        # Without a host nothing is connected yet, and nobody asks the network for our name.
        super().__init__(local_hostname=greeting, timeout=connection.gettimeout() or 1.0)
        self._host = host  # the name that the certificate must carry

    def _get_socket(self, *_address: Any) -> socket.socket:  # noqa: ANN401 as smtplib calls it
        return self._connection


class _Talk:
    """One conversation, step by step; every failure becomes a `Refusal` with its stage."""

    def __init__(self, server: MailServer, limit: TimeLimit) -> None:
        self._server, self._limit = server, limit
        self._until = time.monotonic() + server.timeout_seconds
        self._smtp: _Smtp | None = None
        self._options: list[str] = []
        self._hidden = ""
        self.told = ""

    @property
    def _on(self) -> _Smtp:
        assert self._smtp is not None  # noqa: S101 opened first
        return self._smtp

    def open(self) -> None:
        """Connect, close the conversation to listeners, and log in."""
        connection = self._step(Stage.CONNECT, self._connect)
        told = []
        if self._server.security is Security.TLS:
            connection = self._step(Stage.TLS, lambda: self._wrapped(connection))
        self._smtp = _Smtp(connection, self._server.greeting or "localhost", self._server.host)
        self._step(Stage.CONNECT, self._greet)
        if self._server.security is Security.STARTTLS:
            self._step(Stage.TLS, self._start_tls)
        if self._server.security is not Security.NONE:
            told.append(_tls_of(self._on))
        if self._server.user:
            self._step(Stage.LOGIN, self._log_in)
            told.append("login")
        self.told = ", ".join(told)

    def offer(self, sender: str, recipient: str) -> None:
        """Say from whom and to whom the letter is."""
        self._hidden = recipient
        if not (sender.isascii() and recipient.isascii()):
            if not self._on.has_extn("smtputf8"):
                raise Refusal(
                    Stage.RECIPIENT,
                    None,
                    "the address has letters that the mail server does not carry: it offers no "
                    "SMTPUTF8",
                    never=True,
                )
            self._options = ["SMTPUTF8", "BODY=8BITMIME"]
        self._step(Stage.SENDER, lambda: self._on.mail(sender, self._options))
        self._step(Stage.RECIPIENT, lambda: self._on.rcpt(recipient))

    def give(self, letter: bytes) -> str:
        """Send the letter itself; returns what the server said when it took it over."""
        reply = self._step(Stage.MESSAGE, lambda: self._on.data(letter))
        return _words(reply[1])

    def nothing(self) -> None:
        """Ask whether the server is still there."""
        self._step(Stage.CONNECT, self._on.noop)

    def close(self) -> None:
        """Part politely when that takes no time, and in any case."""
        if self._smtp is None:
            return
        with suppress(OSError, smtplib.SMTPException):
            if self._smtp.sock is not None and not self._limit.is_over:
                self._smtp.sock.settimeout(_PARTING_SECONDS)
                self._smtp.docmd("QUIT")
        self._smtp.close()

    def _step(self, stage: Stage, do: Callable[[], Any]) -> Any:  # noqa: ANN401 what *do* returns
        """Do one step, and turn all that can go wrong into a refusal at *stage*."""
        try:
            reply = do()
        except smtplib.SMTPResponseException as error:
            code = error.smtp_code if 400 <= error.smtp_code < 600 else None  # noqa: PLR2004 the range of a no
            raise Refusal(stage, code, self._in_words(error.smtp_code, error.smtp_error)) from None
        except (smtplib.SMTPException, OSError, ssl.SSLError, UnicodeError, ValueError) as error:
            raise Refusal(stage, None, self._silence(error)) from None
        if isinstance(reply, tuple) and isinstance(reply[0], int) and reply[0] not in _YES:
            code = reply[0] if 400 <= reply[0] < 600 else None  # noqa: PLR2004 the range of a no
            raise Refusal(stage, code, self._in_words(reply[0], reply[1]))
        return reply

    def _silence(self, error: Exception) -> str:
        """Say what happened when the server said nothing that counts."""
        if self._limit.is_over or isinstance(error, TimeoutError) or self._is_late():
            return f"no answer within {self._server.timeout_seconds:g} seconds"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the certificate is not trusted: {error.verify_message}"
        if isinstance(error, smtplib.SMTPServerDisconnected):
            return "the mail server broke off the connection"
        return self._showable(" ".join(f"{error}".split())[:_LONGEST_REPLY])

    def _is_late(self) -> bool:
        """Whether a read that gave up did so because of our limit: smtplib does not say."""
        return time.monotonic() >= self._until - _NEARLY

    def _in_words(self, code: int, said: bytes | str) -> str:
        return self._showable(f"{code} {_words(said)}".strip())

    def _showable(self, words: str) -> str:
        """Return *words* without what is nobody else's: the password and who is written to.

        Servers repeat things, and reasons end up on screens and in logs.
        """
        password, user = self._server.password, self._server.user
        both = b64encode(f"\0{user}\0{password}".encode()).decode()
        hidden = (both, b64encode(password.encode()).decode(), password) if password else ()
        for secret in (*hidden, self._hidden):
            words = words.replace(secret, _HIDDEN) if secret else words
        return words

    def _connect(self) -> socket.socket:
        """Connect to the first address of the host that answers, in what time is left."""
        failure: OSError = OSError(f"{self._server.host} has no address")
        found = socket.getaddrinfo(self._server.host, self._server.port, type=socket.SOCK_STREAM)
        for number, (family, kind, protocol, _name, address) in enumerate(found):
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection = socket.socket(family, kind, protocol)
            try:
                # One address that swallows everything must leave time for the next.
                connection.settimeout(left / (len(found) - number))
                connection.connect(address)
            except OSError as error:
                connection.close()
                failure = error
            else:
                connection.settimeout(max(self._until - time.monotonic(), 0.1))
                self._limit.watch(connection)
                return connection
        raise failure

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        try:
            return trust(self._server.ca_file).wrap_socket(
                connection, server_hostname=self._server.host
            )
        except BaseException:
            connection.close()
            raise

    def _greet(self) -> None:
        code, said = self._on.connect(self._server.host, self._server.port)
        if code != 220:  # noqa: PLR2004 the server is ready
            raise smtplib.SMTPConnectError(code, said)
        self._on.ehlo_or_helo_if_needed()

    def _start_tls(self) -> None:
        if not self._on.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError(
                "the mail server offers no STARTTLS; nothing is sent in the clear"
            )
        code, said = self._on.starttls(context=trust(self._server.ca_file))
        if code != 220:  # noqa: PLR2004 go ahead
            raise smtplib.SMTPResponseException(code, said)
        self._on.ehlo_or_helo_if_needed()

    def _log_in(self) -> None:
        if self._server.security is Security.NONE:
            raise smtplib.SMTPNotSupportedError("a password is not sent without TLS")
        if not self._on.has_extn("auth"):
            raise smtplib.SMTPNotSupportedError("the mail server offers no way to log in")
        self._on.login(self._server.user, self._server.password)


def _tls_of(talk: smtplib.SMTP) -> str:
    version = talk.sock.version() if isinstance(talk.sock, ssl.SSLSocket) else None
    return version or "TLS"


_YES = range(200, 400)


def _words(said: bytes | str) -> str:
    """Return what a server said as one line that can be shown, in bounded length."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    readable = "".join(sign if sign.isprintable() else " " for sign in words)
    return " ".join(readable.split())[:_LONGEST_REPLY]


@cache
def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return whom TLS trusts: the authorities of *ca_file* only, or those of the system.

    Certificates are checked by name, from TLS 1.2 on. Raises `OSError` when there are none in it.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def is_here(host: str) -> bool:
    """Whether *host* is this machine, by a name or address that cannot mean another."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
