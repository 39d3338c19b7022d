"""The four groups of a digest, in the order in which they are read: first what waits on you."""

from __future__ import annotations

from enum import StrEnum

from impasse.domain.text import Text


class DigestGroup(StrEnum):
    """Where a line of a digest belongs; in a post it stands as the `rule` of the line."""

    WAITS_ON_YOU = "waits_on_you"
    WAITS_ON_OTHERS = "waits_on_others"
    CHANGED = "changed"
    UNDELIVERABLE = "undeliverable"

    @property
    def label(self) -> Text:
        """The heading of the group."""
        return _LABELS[self]


_LABELS = {
    DigestGroup.WAITS_ON_YOU: Text("Wacht op u", "Waits on you"),
    DigestGroup.WAITS_ON_OTHERS: Text("Wacht op een ander", "Waits on somebody else"),
    DigestGroup.CHANGED: Text("Veranderd", "Changed"),
    DigestGroup.UNDELIVERABLE: Text("Onbestelbaar", "Undeliverable"),
}
