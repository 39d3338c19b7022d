"""From settings to e-mail: what belongs together is checked when the house is built."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlsplit

from impasse.adapters.channels.email import EmailChannel
from impasse.adapters.channels.mail_address import UnusableAddressError, plain_address
from impasse.adapters.channels.mail_message import Sender
from impasse.adapters.channels.mail_server import (
    USUAL_PORTS,
    MailServer,
    Security,
    is_here,
    trust,
)
from impasse.domain.errors import Unreadable
from impasse.domain.text import Text

if TYPE_CHECKING:
    from pathlib import Path


class MailSettings(Protocol):
    """The settings of outgoing e-mail, under the names that they have there."""

    @property
    def smtp_host(self) -> str | None:
        """The mail server; None when there is no e-mail."""

    @property
    def smtp_port(self) -> int | None:
        """Its port; None for the usual one."""

    @property
    def smtp_security(self) -> str:
        """How the line is closed: starttls, tls or none."""

    @property
    def allow_plain_smtp(self) -> bool:
        """Whether the line may be open to a server elsewhere."""

    @property
    def smtp_user(self) -> str | None:
        """As whom we log in."""

    @property
    def smtp_password(self) -> str | None:
        """With what."""

    @property
    def smtp_ca_file(self) -> Path | None:
        """Who vouches for the server."""

    @property
    def smtp_timeout_seconds(self) -> int:
        """How long one letter may take."""

    @property
    def mail_from(self) -> str | None:
        """The address in From."""

    @property
    def mail_from_name(self) -> str:
        """The name in From."""

    @property
    def mail_bounces(self) -> str | None:
        """Where bounces go."""

    @property
    def address(self) -> str:
        """The public address of this house."""


def email_channel(settings: MailSettings) -> EmailChannel | None:
    """Return how e-mail leaves, or None when *settings* name no mail server.

    Raises `Unreadable` when they do not belong together; the sentence says which and what to do.
    """
    if settings.smtp_host is None:
        return None
    security = Security(settings.smtp_security)
    if settings.mail_from is None:
        raise Unreadable(
            Text(
                "smtp_host is gezet, maar mail_from niet; noem het adres van de afzender.",
                "smtp_host is set but mail_from is not; name the address of the sender.",
            )
        )
    _refuse_listeners(settings, security)
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port or USUAL_PORTS[security],
        security=security,
        user=settings.smtp_user or "",
        password=settings.smtp_password or "",
        ca_file=_readable(settings.smtp_ca_file),
        timeout_seconds=float(settings.smtp_timeout_seconds),
        greeting=_own_name(_in_ascii(settings.address)),
    )
    return EmailChannel(
        server,
        Sender(
            address=_own_address("mail_from", settings.mail_from),
            name=settings.mail_from_name,
            site=_in_ascii(settings.address),
            bounces=_own_address("mail_bounces", settings.mail_bounces or ""),
        ),
    )


def _refuse_listeners(settings: MailSettings, security: Security) -> None:
    """Refuse to send a password, or mail for elsewhere, where everybody can listen."""
    if bool(settings.smtp_user) != bool(settings.smtp_password):
        raise Unreadable(
            Text(
                "smtp_user en smtp_password horen bij elkaar; zet ze allebei of geen van beide.",
                "smtp_user and smtp_password belong together; set both or neither.",
            )
        )
    if security is not Security.NONE:
        return
    if settings.smtp_user:
        raise Unreadable(
            Text(
                'smtp_security = "none" en smtp_user gaan niet samen: een wachtwoord gaat nooit '
                "onversleuteld; kies starttls of tls.",
                'smtp_security = "none" and smtp_user do not go together: a password is never '
                "sent in the clear; choose starttls or tls.",
            )
        )
    if not settings.allow_plain_smtp and not is_here(settings.smtp_host or ""):
        raise Unreadable(
            Text(
                f'smtp_security = "none" is voor een mailserver op deze machine, en '
                f"{settings.smtp_host} is dat niet; kies starttls of tls, of zet allow_plain_smtp.",
                f'smtp_security = "none" is for a mail server on this machine, and '
                f"{settings.smtp_host} is not; choose starttls or tls, or set allow_plain_smtp.",
            )
        )


def _readable(file: Path | None) -> Path | None:
    if file is None:
        return None
    try:
        trust(file)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or "PEM"
        raise Unreadable(
            Text(
                f"smtp_ca_file: {file} kan niet worden gebruikt ({reason}); noem een PEM-bestand "
                "met certificaten.",
                f"smtp_ca_file: {file} cannot be used ({reason}); name a PEM file with "
                "certificates.",
            )
        ) from None
    return file


def _own_address(setting: str, written: str) -> str:
    if not written:
        return ""
    try:
        address = plain_address(written)
    except UnusableAddressError as error:
        raise Unreadable(
            Text(
                f"{setting}: dit is geen e-mailadres ({error}); geef er een zoals "
                "impasse@overheid.example.",
                f"{setting}: this is not an e-mail address ({error}); give one such as "
                "impasse@overheid.example.",
            )
        ) from None
    if not address.isascii():
        raise Unreadable(
            Text(
                f"{setting}: gebruik voor het eigen adres alleen gewone letters en cijfers vóór "
                "de @; andere kan niet iedere mailserver aan.",
                f"{setting}: use plain letters and digits only before the @ of our own address; "
                "not every mail server carries others.",
            )
        )
    return address


def _in_ascii(site: str) -> str:
    """Return our public address as headers and links carry it."""
    parts = urlsplit(site)
    try:
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise Unreadable(
            Text(
                f"public_url: {site} is geen adres voor links in e-mail; geef er een zoals "
                "https://impasse.overheid.example.",
                f"public_url: {site} is no address for links in e-mail; give one such as "
                "https://impasse.overheid.example.",
            )
        ) from None
    if ":" in host:
        host = f"[{host}]"
    return f"{parts.scheme}://{host}{port}{quote(parts.path, safe='/%:@-._~!$&()*+,;=')}"


def _own_name(site: str) -> str:
    """Return how we greet a mail server: by the name in our public address (RFC 5321, 4.1.1.1)."""
    host = urlsplit(site).hostname or ""
    known = "." in host and not host.replace(".", "").isdecimal() and host.isascii()
    return host if known else "[127.0.0.1]"
