"""The table at which a case is discussed."""

from __future__ import annotations

from enum import StrEnum

from impasse.domain.text import Text


class Tier(StrEnum):
    """The table at which a case is discussed: hierarchical escalation, not hardening."""

    OFFICIALS = "officials"
    DIRECTORS = "directors"
    POLITICAL = "political"
    OVERHEDENOVERLEG = "overhedenoverleg"

    @property
    def label(self) -> Text:
        """The table in words."""
        return _TIER_LABELS[self]

    @property
    def rank(self) -> int:
        """Place on the ladder, 1 (officials) to 4 (overhedenoverleg)."""
        return _TIER_RANKS[self]


_TIER_LABELS = {
    Tier.OFFICIALS: Text("ambtelijk", "officials"),
    Tier.DIRECTORS: Text("directeuren", "directors"),
    Tier.POLITICAL: Text("bestuurlijk", "political"),
    Tier.OVERHEDENOVERLEG: Text("overhedenoverleg", "intergovernmental meeting"),
}
_TIER_RANKS = {tier: rank for rank, tier in enumerate(Tier, start=1)}
