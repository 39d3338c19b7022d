"""A case as a card: where it stands in its procedure, and how its term stands today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.case import Status
from impasse.domain.errors import Conflict
from impasse.domain.ledger import role_account
from impasse.domain.text import same
from impasse.domain.workflow import unknown_stage
from impasse.engine.procedures import procedure_of
from impasse.web.words import TermCount, count_term, short_name
from impasse.wiring import PROCEDURE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from impasse.adapters.sql.views import CaseLine
    from impasse.domain.text import Text
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
    elsewhere: Text | None = None
    """Its procedure and stage, when it follows another procedure than the usual one."""

    @property
    def state(self) -> str:
        """Late, warn or ok; hold while paused or suspended, done once closed."""
        if self.line.status is Status.CLOSED:
            return "done"
        if self.line.status is Status.PAUSED:
            return "hold"
        return self.count.state if self.count is not None else "ok"

    @property
    def suspended(self) -> bool:
        """Whether the clock of the term stands still now, in a case that goes on."""
        going_on = self.line.status is Status.OPEN
        return going_on and self.count is not None and self.count.still_until is not None

    @property
    def at_turn(self) -> Text | None:
        """Who is at turn: who has open tasks, or else the owner of the stage."""
        if self.line.at_work is not None:
            return short_name(self.line.at_work.account, self.line.parties)
        owner = self.stage.owner
        return None if owner is None else short_name(role_account(owner), self.line.parties)

    @property
    def to_do(self) -> Text | None:
        """What is to be done by who is at turn."""
        return self.stage.next_action if self.line.at_work is None else self.line.at_work.what

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


def _elsewhere(house: House, line: CaseLine, stage: Stage) -> Text | None:
    if line.workflow == PROCEDURE:
        return None
    try:
        label = procedure_of(house.procedures, line).workflow.label
    except Conflict:
        return stage.label
    return label + same(": ") + stage.label


def make_cards(house: House, lines: Iterable[CaseLine], today: date) -> list[Card]:
    """Return each case with its stage and the count of its term."""
    return [_card(house, line, today) for line in lines]


def _card(house: House, line: CaseLine, today: date) -> Card:
    stage = stage_of(house, line)
    count = None if line.term is None else count_term(line.term, today, house.calendar)
    return Card(line, stage, count, _elsewhere(house, line, stage))
