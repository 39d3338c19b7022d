"""What a token for the API may be used for, and for how long: never more than its person may."""

from __future__ import annotations

from enum import StrEnum

from impasse.domain.text import Text

USUAL_DAYS = 90
MOST_DAYS = 365
"""For how many days a token lasts: by default, and at most."""


class TokenScope(StrEnum):
    """What a token may be used for. `write` brings `read` along; `rooms` opens closed rooms."""

    READ = "read"
    WRITE = "write"
    ROOMS = "rooms"

    @property
    def label(self) -> Text:
        """The scope in words."""
        return _SCOPE_LABELS[self]


_SCOPE_LABELS = {
    TokenScope.READ: Text("lezen", "read"),
    TokenScope.WRITE: Text("wijzigen", "change"),
    TokenScope.ROOMS: Text("vertrouwelijke kamers", "confidential rooms"),
}
ALL_SCOPES = frozenset(TokenScope)
