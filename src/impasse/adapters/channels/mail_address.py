"""E-mail addresses as mail servers take them."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

_WITHIN_A_NETWORK = (".local", ".localhost", ".internal", ".lan")


class UnusableAddressError(ValueError):
    """What stands as an e-mail address cannot be used as one; says why."""


def plain_address(written: str) -> str:
    """Return the address *written* as mail servers take it: its domain as in the DNS.

    Only an address whose part before the @ goes beyond ASCII keeps other letters; that takes a
    server with SMTPUTF8. Whether the domain exists is for the mail server to say. Raises
    `UnusableAddressError`.
    """
    try:
        found = validate_email(written.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        place = _inside_the_house(written.strip())
        if place is not None:
            return place
        raise UnusableAddressError(" ".join(str(error).split())) from None
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def _inside_the_house(written: str) -> str | None:
    """Return an address at a name that is only known within a network, such as `mail.local`."""
    local, _, domain = written.rpartition("@")
    if not f".{domain.lower()}".endswith(_WITHIN_A_NETWORK):
        return None
    try:
        found = validate_email(f"{local}@{domain}.example", check_deliverability=False)
    except EmailNotValidError:
        return None
    return None if found.ascii_email is None else found.ascii_email.removesuffix(".example")
