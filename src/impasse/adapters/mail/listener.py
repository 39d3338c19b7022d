"""Listening for e-mail over LMTP or SMTP: for our own domain only, and 250 only once it is kept.

It stands behind the mail server of one's own organisation, which checks senders, keeps out what is
harmful and holds on to what we cannot take now. There is no sign-in, and nothing is ever passed on.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from impasse.adapters.mail.letterbox import Envelope, LetterboxFull, belongs_to
from impasse.domain.errors import Unavailable
from impasse.domain.text import Text
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aiosmtpd.smtp import Envelope as Told
    from aiosmtpd.smtp import Session

    from impasse.adapters.mail.letterbox import Letterbox

log = structlog.get_logger("impasse.mail")

# The library tells each address in its log: of a reply address that is the secret itself.
logging.getLogger("mail.log").setLevel(logging.ERROR)

MOST_RECIPIENTS = 20
MOST_SESSIONS = 20
IDLE_SECONDS = 60.0
SESSION_SECONDS = 600.0
"""A conversation lasts no longer, however slowly somebody keeps talking."""

LONGEST_LINE = 65_536
"""RFC 5321 allows 1,000 bytes; programs that write more are many, and their e-mail is sound."""

STOP_SECONDS = 10.0
RETRY_SECONDS = 30.0
"""Another process listens here already: so often is looked whether it still does."""

Protocol = Literal["lmtp", "smtp"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, how, and for which domain; `most_bytes` is the size of an e-mail."""

    host: str
    port: int
    protocol: Protocol
    domain: str
    most_bytes: int


class _Talk:
    """What is answered to a mail server."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def handle_RCPT(  # noqa: N802 the name and the places are the library's
        self,
        _server: SMTP,
        _session: Session,
        envelope: Told,
        address: str,
        _options: list[str],
    ) -> str:
        """Take only recipients at our own domain: nothing is ever passed on."""
        if not belongs_to(address, self._listener.place.domain):
            return "550 5.7.1 Not a recipient here; this server relays nothing"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients at once"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 the name is the library's
        self, server: SMTP, _session: Session, envelope: Told
    ) -> str:
        """Say 250 when it is durable, 451 when it is not; LMTP wants that once per recipient."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content).encode("utf-8", "replace")
        told = Envelope(envelope.mail_from or "", tuple(envelope.rcpt_tos))
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._listener.pool, self._listener.keep, told, raw)
        times = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        return "\r\n".join([answer] * times)

    async def handle_exception(self, error: Exception) -> str:
        """Answer to what nobody foresaw: the other side keeps the e-mail and tries again."""
        log.error("mail_talk_failed", object="listener", result=type(error).__name__)
        return "451 4.3.0 Something went wrong here; try again later"


class Listener:
    """Listens in a thread of its own, from `start` until `stop`.

    When another process listens there already, this one takes its place as soon as it stops.
    `arrived` is called after each e-mail that was kept.
    """

    def __init__(
        self,
        place: Place,
        letterbox: Letterbox,
        clock: Callable[[], datetime],
        arrived: Callable[[], None],
    ) -> None:
        self.place = place
        self.port = place.port
        self.pool = ThreadPoolExecutor(2, "impasse-mail-keep")
        self.sessions = 0
        self._letterbox = letterbox
        self._clock = clock
        self._arrived = arrived
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="impasse-mail", daemon=True)

    @property
    def listens(self) -> bool:
        """Whether this process is the one that listens."""
        return self._socket is not None

    def start(self) -> None:
        """Begin to listen. Raises `Unavailable` when it cannot be done here at all."""
        try:
            self._bind()
        except OverflowError as error:
            # A number with five digits can be more than a port.
            raise _cannot_listen(self.place, "port 1-65535") from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _cannot_listen(self.place, error.strerror or str(error)) from error
            log.warning("mail_listens_elsewhere", object=_shown(self.place), result="waits")
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; what is being kept at this moment is kept first."""
        self._ending.set()
        loop = self._loop
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._end)
            except RuntimeError:
                log.debug("mail_listener_gone", object="listener", result="closed already")
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        self.pool.shutdown(wait=True)
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def keep(self, envelope: Envelope, raw: bytes) -> str:
        """Keep an e-mail, and return what to answer."""
        try:
            self._letterbox.receive(envelope, raw, self._clock())
        except LetterboxFull:
            log.error("mail_refused", object="letterbox", result="full")  # noqa: TRY400 no trace
            return "452 4.3.1 No room for more mail now; try again later"
        except (Unavailable, Contention) as error:
            log.warning("mail_refused", object="letterbox", result=type(error).__name__)
            return "451 4.3.0 The mail cannot be kept now; try again later"
        except Exception as error:  # noqa: BLE001 whatever it is, the other side keeps the mail
            log.error("mail_refused", object="letterbox", result=type(error).__name__)  # noqa: TRY400
            return "451 4.3.0 The mail cannot be kept now; try again later"
        self._arrived()
        return "250 2.0.0 Kept"

    def _bind(self) -> None:
        family = socket.AF_INET6 if ":" in self.place.host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self.place.host, self.place.port))
            listening.listen(MOST_SESSIONS)
        except (OSError, OverflowError):
            listening.close()
            raise
        self.port = listening.getsockname()[1]
        self._socket = listening

    def _run(self) -> None:
        while self._socket is None:
            if self._ending.wait(RETRY_SECONDS):
                return
            try:
                self._bind()
            except OSError as error:
                log.debug("mail_listens_elsewhere", object=_shown(self.place), result=str(error))
        try:
            asyncio.run(self._serve(self._socket))
        except Exception:
            log.exception("mail_listener_failed", object=_shown(self.place), result="stopped")

    async def _serve(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._loop = loop
        if self._ending.is_set():
            return
        server = await loop.create_server(self._conversation, sock=listening)
        log.info("mail_listens", object=_shown(self.place), result=self.place.protocol)
        async with server:
            await self._over.wait()

    def _end(self) -> None:
        self._over.set()

    def _conversation(self) -> asyncio.Protocol:
        kind = _Lmtp if self.place.protocol == "lmtp" else _Smtp
        made: asyncio.Protocol = kind(
            _Talk(self),
            listener=self,
            data_size_limit=self.place.most_bytes,
            hostname=self.place.domain,
            ident="impasse",
            timeout=IDLE_SECONDS,
            command_call_limit={"RCPT": 10 * MOST_RECIPIENTS, "*": 500},
        )
        return made


class _Bounded(SMTP):
    """A conversation of bounded length, one of a bounded number."""

    line_length_limit = LONGEST_LINE

    def __init__(self, handler: _Talk, *, listener: Listener, **given: Any) -> None:  # noqa: ANN401 as the library takes it
        super().__init__(handler, loop=asyncio.get_running_loop(), **given)
        self._listener = listener
        self._counted = False
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless too many talk already."""
        if self._listener.sessions >= MOST_SESSIONS and isinstance(transport, asyncio.Transport):
            transport.write(b"421 4.3.2 Too busy; try again later\r\n")
            transport.close()
            return
        self._listener.sessions += 1
        self._counted = True
        super().connection_made(transport)
        self._end = self.loop.call_later(SESSION_SECONDS, transport.close)

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for the next."""
        if not self._counted:
            return
        self._counted = False
        self._listener.sessions -= 1
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """End with who hangs up; who was never let in has nothing to end."""
        return super().eof_received() if self._counted else None


class _Smtp(_Bounded):
    """SMTP (RFC 5321)."""


class _Lmtp(_Bounded, LMTP):
    """LMTP (RFC 2033)."""


def _shown(place: Place) -> str:
    return f"{place.host}:{place.port}"


def _cannot_listen(place: Place, why: str) -> Unavailable:
    shown = _shown(place)
    return Unavailable(
        Text(
            f"Op {shown} kan geen e-mail worden ontvangen: {why}. Kies een ander adres "
            "in inbound_mail.",
            f"No e-mail can be received at {shown}: {why}. Choose another address in inbound_mail.",
        )
    )
