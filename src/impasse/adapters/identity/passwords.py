"""Passwords as they are kept: hashed with argon2id, at a cost that grows with the years."""

from __future__ import annotations

import secrets
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from impasse.domain.password import LONGEST_PASSWORD, normal_password

AT_ONCE = 4
"""So many passwords are hashed at a time: each takes 64 MB, and strangers may ask for it."""


class Passwords:
    """Hashes and checks passwords; *hasher* says at what cost (RFC 9106, second choice)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._room = BoundedSemaphore(AT_ONCE)
        self._lock = Lock()
        self._made = ""

    def hash(self, password: str) -> str:
        """Return what is kept of *password*."""
        with self._room:
            return self._hasher.hash(_bytes(normal_password(password)))

    def matches(self, kept: str, password: str) -> bool:
        """Whether *password* is the one of which *kept* is kept.

        It takes the same work whether anything is kept or not, and however long the password is.
        """
        normal = normal_password(password)
        usable = bool(kept) and len(normal) <= LONGEST_PASSWORD
        nobody = self._nobody()
        with self._room:
            try:
                self._hasher.verify(kept if usable else nobody, _bytes(normal[:LONGEST_PASSWORD]))
            except (VerificationError, InvalidHashError):
                return False
        return usable

    def _nobody(self) -> str:
        """Return what is compared with when nothing is kept: nobody knows the password behind it.

        It is made at the first sign-in of a process, whoever that is: most commands need none.
        """
        with self._lock:
            self._made = self._made or self._hasher.hash(secrets.token_urlsafe(32))
        return self._made

    def outdated(self, kept: str) -> bool:
        """Whether *kept* was made at another cost than that of today."""
        return self._hasher.check_needs_rehash(kept)


def _bytes(password: str) -> bytes:
    """Return *password* in bytes; half a character, which nobody can have, costs the same work."""
    return password.encode("utf-8", "replace")
