"""A case as a card: where it stands in its procedure, and how its term stands today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.case import Status
from impasse.domain.errors import Conflict
from impasse.domain.workflow import unknown_stage
from impasse.engine.procedures import procedure_of
from impasse.web.words import TermCount, count_term

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from impasse.adapters.sql.views import CaseLine
    from impasse.domain.workflow import Stage
    from impasse.wiring import House

NATIONWIDE = "landelijk"
"""As a region, in a case or in an address: no province in particular."""


@dataclass(frozen=True, slots=True)
class Card:
    """A case with its stage and the count of its term; `state` is a word for style sheets."""

    line: CaseLine
    stage: Stage
    count: TermCount | None

    @property
    def state(self) -> str:
        """Late, warn or ok; hold while paused, done once closed."""
        if self.line.status is Status.CLOSED:
            return "done"
        if self.line.status is Status.PAUSED:
            return "hold"
        return self.count.state if self.count is not None else "ok"

    @property
    def number(self) -> str:
        """The number without the prefix that all numbers share."""
        return self.line.id.removeprefix("IMP-")

    @property
    def nationwide(self) -> bool:
        """Whether it plays in no province in particular."""
        return not self.line.regions or NATIONWIDE in map(str.casefold, self.line.regions)

    @property
    def late(self) -> bool:
        """Whether work is overdue; a pause is not work."""
        return self.line.status is Status.OPEN and self.count is not None and self.count.late

    @property
    def almost(self) -> bool:
        """Whether the term is about to end."""
        return self.line.status is Status.OPEN and self.count is not None and self.count.almost


def stage_of(house: House, line: CaseLine) -> Stage:
    """Return where a case stands, in the words of the version it is pinned to.

    One case that stands where nobody knows must not take a whole list along: it is shown by the
    bare name of its stage.
    """
    try:
        return procedure_of(house.procedures, line).workflow.stage(line.stage)
    except Conflict:
        return unknown_stage(line.stage)


def make_cards(house: House, lines: Iterable[CaseLine], today: date) -> list[Card]:
    """Return each case with its stage and the count of its term."""
    return [
        Card(
            line,
            stage_of(house, line),
            None if line.term is None else count_term(line.term, today, house.calendar),
        )
        for line in lines
    ]
