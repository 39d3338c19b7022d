"""Our keys: by which an identity provider knows that it is us who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joserfc.jwk import RSAKey

from impasse.domain.errors import Unreadable
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LEAST_BITS = 2048
"""What the NCSC calls sufficient for RSA; 3072 is good."""

_LARGEST_FILE = 64 * 1024


def load_client_keys(paths: Iterable[Path]) -> tuple[RSAKey, ...]:
    """Return the private RSA keys in the PEM files *paths*; the first signs.

    The id of a key (`kid`) is its thumbprint (RFC 7638): it changes with the key and with nothing
    else. Raises `Unreadable` with the file and the remedy.
    """
    return tuple(_key(path) for path in paths)


def public_keys(keys: Iterable[RSAKey]) -> dict[str, Any]:
    """Return the public halves as a JWK Set, for providers to fetch."""
    return {"keys": [key.as_dict(private=False, use="sig") for key in keys]}


def _key(path: Path) -> RSAKey:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE)
    except OSError as error:
        raise Unreadable(
            Text(
                f"{path}: de sleutel kan niet worden gelezen ({error.strerror}); controleer naam "
                "en rechten.",
                f"{path}: the key cannot be read ({error.strerror}); check its name and rights.",
            )
        ) from None
    try:
        key = RSAKey.import_key(content)
    except Exception as error:  # a file of anything at all: its reader fails in many ways
        raise _unusable(path) from error
    if not key.is_private or key.raw_value.key_size < LEAST_BITS:
        raise _unusable(path)
    key.ensure_kid()
    return key


def _unusable(path: Path) -> Unreadable:
    return Unreadable(
        Text(
            f"{path}: dit is geen private RSA-sleutel van ten minste {LEAST_BITS} bits in PEM "
            "zonder wachtwoord; maak er een met 'openssl genpkey -algorithm RSA -pkeyopt "
            "rsa_keygen_bits:3072'.",
            f"{path}: this is no private RSA key of at least {LEAST_BITS} bits in PEM without "
            "a password; make one with 'openssl genpkey -algorithm RSA -pkeyopt "
            "rsa_keygen_bits:3072'.",
        )
    )
