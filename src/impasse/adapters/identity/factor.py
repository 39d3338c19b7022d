"""The second factor: codes of an app (TOTP, RFC 6238), and recovery codes for who lost it."""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b32encode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken

if TYPE_CHECKING:
    from datetime import datetime

STEP_SECONDS = 30
"""How long a code lasts; the one before and the one after are accepted too."""

RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_GROUP = 4
_DIGITS = 6
_PLAIN, _SEALED = "plain:", "sealed:"


class UnreadableSecretError(Exception):
    """What is kept of a second factor was sealed with another key than ours."""


class Seal:
    """Keeps the secrets of second factors out of sight at rest, when it has a key."""

    def __init__(self, key: str | None) -> None:
        self._fernet = (
            None if key is None else Fernet(urlsafe_b64encode(sha256(key.encode()).digest()))
        )

    def close(self, secret: str) -> str:
        """Return *secret* as it is kept."""
        if self._fernet is None:
            return _PLAIN + secret
        return _SEALED + self._fernet.encrypt(secret.encode()).decode()

    def open(self, kept: str) -> str:
        """Return the secret of which *kept* is kept; raises `UnreadableSecretError`."""
        if kept.startswith(_PLAIN):
            return kept.removeprefix(_PLAIN)
        try:
            if self._fernet is None:
                raise UnreadableSecretError
            return self._fernet.decrypt(kept.removeprefix(_SEALED).encode()).decode()
        except InvalidToken as error:
            raise UnreadableSecretError from error

    def should_close_again(self, kept: str) -> bool:
        """Whether *kept* is readable by anybody although we have a key."""
        return self._fernet is not None and kept.startswith(_PLAIN)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app needs to make codes: a picture to scan, and the same to type."""

    secret: str
    picture: str

    @property
    def spelled(self) -> str:
        """The secret in groups that can be typed."""
        return _grouped(self.secret, " ")


def new_secret() -> str:
    """Return a secret of 160 bits."""
    return pyotp.random_base32()


def enrolment(secret: str, person: str, house: str) -> Enrolment:
    """Return *secret* for the app of *person*; *house* is what the app calls us."""
    address = pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=house)
    # White around black, whatever the colours of the page: a camera needs that.
    picture = segno.make(address, error="m", micro=False).svg_inline(
        scale=4, border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return Enrolment(secret, picture)


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the number of the half minute to which *code* belongs, or None when it is wrong."""
    digits = "".join(code.split())
    if len(digits) != _DIGITS or not (digits.isascii() and digits.isdecimal()):
        return None
    now, found = int(at.timestamp()) // STEP_SECONDS, None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).at(step * STEP_SECONDS), digits):
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """Return codes of 80 bits for who lost the app: each opens the door once."""
    return tuple(
        _grouped(b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower(), "-")
        for _ in range(RECOVERY_CODES)
    )


def kept_codes(codes: tuple[str, ...]) -> str:
    """Return what is kept of recovery codes; they are random, so one round of hashing does."""
    return json.dumps([_hash(code) for code in codes])


def without_code(kept: str, code: str) -> str | None:
    """Return *kept* when *code* has been taken out of it, or None when it was not in it."""
    hashes: list[str] = json.loads(kept or "[]")
    wanted = _hash(code)
    left = [one for one in hashes if not hmac.compare_digest(one, wanted)]
    return json.dumps(left) if len(left) < len(hashes) else None


def codes_left(kept: str) -> int:
    """Return how many recovery codes were not used yet."""
    return len(json.loads(kept or "[]"))


def _hash(code: str) -> str:
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _grouped(text: str, mark: str) -> str:
    return mark.join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))
