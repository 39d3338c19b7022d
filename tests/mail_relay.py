# ruff: noqa: ARG002, N802 — the names and arguments of handlers are aiosmtpd's
"""A real mail server on this machine: it takes letters, or is as contrary as a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

USER, PASSWORD = "impasse", "geheim-voor-de-post"


@dataclass
class Letter:
    """What arrived: the envelope, and the letter as bytes."""

    sender: str
    recipients: list[str]
    content: bytes
    under_tls: bool

    @property
    def message(self) -> EmailMessage:
        """The letter as a reader's program sees it."""
        return message_from_bytes(self.content, policy=policy.default)


@dataclass
class Relay:
    """A running server: where it is, what it took, and how it answers from now on.

    `at_recipient` and `at_data` give the answer to a recipient and to a letter; None is yes.
    `hang_up` breaks off after a letter came in, before saying so.
    """

    port: int = 0
    letters: list[Letter] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    at_sender: Callable[[str], str | None] = lambda _address: None
    at_recipient: Callable[[str], str | None] = lambda _address: None
    at_data: Callable[[], str | None] = lambda: None
    hang_up: bool = False

    async def handle_MAIL(self, server, session, envelope, address, options):
        if answer := self.at_sender(address):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.said.append(f"RCPT {address}")
        if answer := self.at_recipient(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if answer := self.at_data():
            return answer
        self.letters.append(
            Letter(
                envelope.mail_from,
                list(envelope.rcpt_tos),
                envelope.original_content,
                server.transport.get_extra_info("ssl_object") is not None,
            )
        )
        if self.hang_up:
            server.transport.abort()
        return "250 OK queued as 42"

    def authenticate(self, server, session, envelope, mechanism, auth_data):
        self.logins.append(mechanism)
        right = (auth_data.login, auth_data.password) == (USER.encode(), PASSWORD.encode())
        # Some servers repeat what they were given.
        told = f"535 5.7.8 no entry with {auth_data.password.decode()}"
        return AuthResult(success=right, handled=False, message=None if right else told)


@contextlib.contextmanager
def relay(
    context: ssl.SSLContext | None = None,
    *,
    implicit: bool = False,
    login: bool = False,
    smtputf8: bool = False,
) -> Iterator[Relay]:
    """Run a server in a thread; with *context* it speaks TLS, from the first byte if *implicit*."""
    told = Relay()
    loop = asyncio.new_event_loop()
    listening = socket.create_server(("127.0.0.1", 0))
    told.port = listening.getsockname()[1]

    def conversation() -> SMTP:
        return SMTP(
            told,
            hostname="relay.example",
            enable_SMTPUTF8=smtputf8,
            require_starttls=context is not None and not implicit,
            tls_context=None if implicit else context,
            authenticator=told.authenticate if login else None,
            auth_required=login,
            # Under implicit TLS the library does not see that the line is closed already.
            auth_require_tls=context is not None and not implicit,
            loop=loop,
        )

    async def serve(ready: Callable[[], None]) -> None:
        server = await loop.create_server(
            conversation, sock=listening, ssl=context if implicit else None
        )
        ready()
        try:
            await stopping.wait()
        finally:
            server.close()

    stopping, up = asyncio.Event(), threading.Event()

    def run() -> None:
        # All of it in this thread: in another, such as that of a browser, a loop may run already.
        loop.run_until_complete(serve(up.set))
        _finish(loop)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    up.wait(10)
    try:
        yield told
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """End the conversations that are still open, as a server that stops does."""
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.close()


@contextlib.contextmanager
def rude(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run something that is no mail server; *behave* gets each connection. Yields the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    open_ones: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            behave(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            open_ones.append(connection)
            threading.Thread(target=talk, args=[connection], daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        # Closing alone does not wake who waits in accept.
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        for connection in open_ones:
            connection.close()


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own: its file, and servers that it vouches for."""

    file: Path
    _key: ec.EllipticCurvePrivateKey
    _certificate: x509.Certificate
    _folder: Path

    def server(self, *names: str) -> ssl.SSLContext:
        """Return the TLS of a server that this authority knows by *names*."""
        key = ec.generate_private_key(ec.SECP256R1())
        known = [
            x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
            for name in names
        ]
        certificate = (
            _certificate(names[0], self._certificate.subject, key)
            .add_extension(x509.SubjectAlternativeName(known), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        file = self._folder / f"{names[0]}.pem"
        file.write_bytes(_pem(certificate) + _private(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def authority(folder: Path) -> Authority:
    """Make a certificate authority in *folder*."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a test")])
    made = (
        _certificate("Authority of a test", name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "authority.pem"
    file.write_bytes(_pem(made))
    return Authority(file, key, made, folder)


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _certificate(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
