"""What the reader filters the overview by: read from the address, written back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from impasse.adapters.sql.views import CaseFilter
from impasse.domain.case import Status
from impasse.domain.early_warning import Level
from impasse.domain.people import Layer
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.web.cards import NATIONWIDE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.web.cards import Card

VIEWS = ("bord", "lijst", "termijnen")
LAYERS = (
    Layer.NATIONAL,
    Layer.PROVINCE,
    Layer.MUNICIPALITY,
    Layer.WATER_AUTHORITY,
)
TERM_STATES = {
    "te-laat": Text("Te laat", "Late"),
    "bijna": Text("Bijna te laat", "Almost late"),
    "opgeschort": Text("Opgeschort", "Suspended"),
    "gepauzeerd": Text("Gepauzeerd", "Paused"),
}
_LONGEST = 200
"""More than this is no word to look for."""


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """One way to look at the overview; an empty field does not filter."""

    view: str = "bord"
    layer: Layer | None = None
    policy_area: str = ""
    tier: Tier | None = None
    term: str = ""
    level: Level | None = None
    region: str = ""
    text: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return bool(self.parts())

    def parts(self) -> dict[str, str]:
        """Return what is filtered by, as it stands in an address."""
        parts = {
            "q": self.text,
            "laag": self.layer.value if self.layer else "",
            "onderwerp": self.policy_area,
            "tafel": self.tier.value if self.tier else "",
            "termijn": self.term,
            "niveau": self.level.value if self.level else "",
            "regio": self.region,
        }
        return {name: value for name, value in parts.items() if value}

    def address(self, view: str) -> str:
        """Return the address of this filter in another view."""
        parts = self.parts()
        if view != VIEWS[0]:
            parts["weergave"] = view
        return f"/impasses?{urlencode(parts)}" if parts else "/impasses"

    def words(self) -> list[Text | str]:
        """Return what is filtered by, in words."""
        named: list[Text | str] = [
            found.label for found in (self.layer, self.tier, self.level) if found is not None
        ]
        if self.term:
            named.append(TERM_STATES[self.term])
        if self.region == NATIONWIDE:
            named.append(Text("landelijk", "nationwide"))
        elif self.region:
            named.append(self.region)
        return named + [words for words in (self.policy_area, self.text) if words]

    def query(self, *status: Status) -> CaseFilter:
        """Return what the database is asked for: everything but the state of the term."""
        return CaseFilter(
            status=frozenset(status),
            layer=self.layer,
            region="" if self.region == NATIONWIDE else self.region,
            policy_area=self.policy_area,
            level=self.level,
            tier=self.tier,
            text=self.text,
        )

    def keeps(self, card: Card) -> bool:
        """Whether *card* has the state of term, and the absence of region, that is asked for."""
        if self.region == NATIONWIDE and not card.nationwide:
            return False
        match self.term:
            case "te-laat":
                return card.late
            case "bijna":
                return card.almost
            case "opgeschort":
                return card.suspended
            case "gepauzeerd":
                return card.line.status is Status.PAUSED
            case _:
                return True


def read_filter(query: Mapping[str, str]) -> BoardFilter:
    """Return the filter that an address asks for; what means nothing does not filter."""
    view, term = query.get("weergave", ""), query.get("termijn", "")
    layer, tier, level = query.get("laag", ""), query.get("tafel", ""), query.get("niveau", "")
    return BoardFilter(
        view=view if view in VIEWS else VIEWS[0],
        layer=Layer(layer) if layer in set(Layer) else None,
        policy_area=query.get("onderwerp", "").strip()[:_LONGEST],
        tier=Tier(tier) if tier in set(Tier) else None,
        term=term if term in TERM_STATES else "",
        level=Level(level) if level in set(Level) else None,
        region=query.get("regio", "").strip()[:_LONGEST],
        text=query.get("q", "").strip()[:_LONGEST],
    )
