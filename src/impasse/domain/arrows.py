"""The arrows of a procedure, looked up once: who leads where, and to where `back` can return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from impasse.domain.workflow import BACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.domain.workflow import Transition, Workflow

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Arrows:
    """What the arrows of `workflow` say of its stages."""

    workflow: Workflow
    _origins: Mapping[str, frozenset[str]] = field(init=False, repr=False)
    returning: frozenset[str] = field(init=False)
    """The stages that some move leaves by `back`."""
    returned: frozenset[str] = field(init=False)
    """The stages to which some move may return by `back`."""

    def __post_init__(self) -> None:
        """Walk them once."""
        origins: dict[str, set[str]] = {}
        returning: set[str] = set()
        for transition in self.workflow.transitions:
            origins.setdefault(transition.target, set()).update(transition.sources)
            if transition.target == BACK:
                returning.update(transition.sources)
        frozen = {name: frozenset(found) for name, found in origins.items()}
        setter = object.__setattr__
        setter(self, "_origins", frozen)
        setter(self, "returning", frozenset(returning))
        setter(self, "returned", _NONE.union(*(frozen.get(name, _NONE) for name in returning)))

    def origins(self, stage: str) -> frozenset[str]:
        """Return the stages from which a move leads straight to *stage*; `back` returns there."""
        return self._origins.get(stage, _NONE)

    def targets(self, source: str, move: Transition) -> frozenset[str]:
        """Return where *move* can lead from *source*, whatever came before."""
        return self.origins(source) if move.target == BACK else frozenset({move.target})
