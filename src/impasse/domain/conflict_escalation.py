"""Conflict escalation: how hard a conflict has become, party by party, on Glasl's ladder.

Something else than hierarchical escalation (a run, a level, a tier), and neither ever causes the
other: an assessment is a contribution of the mediator's own room, and nothing reckons with it.
Source: F. Glasl, Konfliktmanagement: nine stages, in three zones. Parties need not be in the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from impasse.domain.errors import Fault
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from impasse.domain.history import Json


class ConflictZone(StrEnum):
    """What can still come of a conflict."""

    WIN_WIN = "win_win"
    """All can gain: the parties can solve it themselves, or with somebody who guides the talks."""
    WIN_LOSE = "win_lose"
    """One gains what the other loses: without a mediator it goes further down."""
    LOSE_LOSE = "lose_lose"
    """All lose: mediation alone is not enough."""

    @property
    def label(self) -> Text:
        """The zone in words."""
        return _ZONE_LABELS[self]


_ZONE_LABELS = {
    ConflictZone.WIN_WIN: same("win-win"),
    ConflictZone.WIN_LOSE: Text("win-verlies", "win-lose"),
    ConflictZone.LOSE_LOSE: Text("verlies-verlies", "lose-lose"),
}


class ConflictStage(IntEnum):
    """One of the nine stages, from the first hardening to the abyss."""

    HARDENING = 1
    DEBATE = 2
    DEEDS = 3
    COALITIONS = 4
    LOSS_OF_FACE = 5
    THREATS = 6
    LIMITED_DESTRUCTION = 7
    FRAGMENTATION = 8
    ABYSS = 9

    @property
    def label(self) -> Text:
        """The stage in words."""
        return _STAGE_LABELS[self]

    @property
    def zone(self) -> ConflictZone:
        """In which zone the stage is: three in each."""
        return tuple(ConflictZone)[(self - 1) // 3]


_STAGE_LABELS = {
    ConflictStage.HARDENING: Text("verharding", "hardening"),
    ConflictStage.DEBATE: Text("debat en polarisatie", "debate and polarisation"),
    ConflictStage.DEEDS: Text("daden in plaats van woorden", "deeds instead of words"),
    ConflictStage.COALITIONS: Text("imago en coalities", "images and coalitions"),
    ConflictStage.LOSS_OF_FACE: Text("gezichtsverlies", "loss of face"),
    ConflictStage.THREATS: Text("dreigementen", "threats"),
    ConflictStage.LIMITED_DESTRUCTION: Text("beperkte vernietiging", "limited destruction"),
    ConflictStage.FRAGMENTATION: Text("versplintering", "fragmentation"),
    ConflictStage.ABYSS: Text("samen de afgrond in", "together into the abyss"),
}


@dataclass(frozen=True, slots=True)
class ConflictAssessment:
    """In which stage the mediator sees each party, by organisation; one party at the least."""

    stages: Mapping[str, ConflictStage]

    @property
    def highest(self) -> ConflictStage:
        """The stage of the party that is furthest."""
        return max(self.stages.values())

    @property
    def spread(self) -> int:
        """How many stages lie between the parties; 0 when they are in the same."""
        return self.highest - min(self.stages.values())


def assessment_of(particulars: Mapping[str, Json]) -> ConflictAssessment | None:
    """Return what the particulars of a contribution assess; None for what is no assessment."""
    known = {int(stage) for stage in ConflictStage}
    stages: dict[str, ConflictStage] = {}
    for organisation, stage in particulars.items():
        if isinstance(stage, bool) or not isinstance(stage, int) or stage not in known:
            return None
        stages[organisation] = ConflictStage(stage)
    return ConflictAssessment(stages) if stages else None


def assessment_faults(
    stages: Sequence[tuple[str, int]], parties: Collection[str], at: str = "/stages"
) -> list[Fault]:
    """Return what keeps *stages*, by organisation, from being an assessment of *parties*."""
    if not stages:
        return [
            Fault(
                at,
                Text(
                    "Kies van ten minste één partij hoe hard het conflict voor haar is.",
                    "Choose for one party at the least how hard the conflict is for it.",
                ),
            )
        ]
    faults = []
    known = {int(stage) for stage in ConflictStage}
    for place, (organisation, stage) in enumerate(stages):
        if organisation not in parties:
            faults.append(
                Fault(
                    f"{at}/{place}/organisation",
                    Text(
                        "Deze organisatie is geen partij in de zaak. Kies een partij.",
                        "This organisation is no party to the case. Choose a party.",
                    ),
                )
            )
        if stage not in known:
            faults.append(
                Fault(
                    f"{at}/{place}/stage",
                    Text("Kies 1 tot en met 9.", "Choose 1 to 9."),
                )
            )
    if [one for one, count in Counter(name for name, _ in stages).items() if count > 1]:
        faults.append(
            Fault(
                at,
                Text("Noem elke partij één keer.", "Name each party once."),
            )
        )
    return faults
