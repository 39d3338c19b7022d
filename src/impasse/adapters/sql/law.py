"""What the law asks of a case, as doors read it: holds, the objective part, and assessments.

Assessments are those of one government alone: they stand in its side room, and to read them is to
read there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from impasse.adapters.sql.database import Codec
from impasse.adapters.sql.room_rows import read_assessment, read_hold
from impasse.adapters.sql.rooms import RoomViews
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import AssessmentRow, LegalHoldRow
from impasse.domain.assessing import item_of_contribution, item_of_signal
from impasse.domain.rooms import SHARED, Part, Room, RoomKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.assessing import Item
    from impasse.domain.case import Case
    from impasse.domain.disclosure import Assessment, LegalHold
    from impasse.domain.people import Actor
    from impasse.domain.rooms import Contribution, DocumentFile

_HOLDS, _ASSESSMENTS = table(LegalHoldRow), table(AssessmentRow)
_NATIVE = Codec("native")
_PAGE = 200


class LawViews(RoomViews):
    """Reads for openness and keeping; every method takes a case that *actor* may see."""

    def holds(self, case: Case) -> list[LegalHold]:
        """Return the legal holds that were ever placed on *case*, oldest first."""
        query = (
            select(_HOLDS)
            .where(_HOLDS.c.case_id == case.id)
            .order_by(_HOLDS.c.placed_at, _HOLDS.c.id)
        )
        with self._plain() as connection:
            return [read_hold(_NATIVE, tuple(row)) for row in connection.execute(query)]

    def objective_part(self, actor: Actor, case: Case) -> list[Contribution]:
        """Return what is shared and marked objective, oldest first: no view of policy is in it."""
        return [
            one
            for one in self._shared(actor, case, Part.OBJECTIVE)
            if one.destroyed_at is None and one.part is Part.OBJECTIVE
        ]

    def items(self, actor: Actor, case: Case) -> list[Item]:
        """Return everything in the shared room that can be asked for under the Woo."""
        contributions = [item_of_contribution(one) for one in self._shared(actor, case)]
        return [*contributions, *(item_of_signal(signal) for signal in case.signals)]

    def file(self, actor: Actor, case: Case, number: str) -> DocumentFile:
        """Return the file of a shared document, or raise `NotFound`."""
        return self.document(actor, case, SHARED, number)

    def assessments(
        self, actor: Actor, case: Case, organisation: str, *, what: str = "assessments"
    ) -> dict[str, Assessment]:
        """Return by item what *organisation* decided, for who speaks for it.

        Raises the error for a room that is not there for everybody else. That it was read, under
        the name *what*, is written down.
        """
        query = select(_ASSESSMENTS).where(
            _ASSESSMENTS.c.case_id == case.id, _ASSESSMENTS.c.organisation == organisation
        )
        with self._reading(actor, case, Room(RoomKind.SIDE, organisation), what) as connection:
            found = [read_assessment(_NATIVE, tuple(row)) for row in connection.execute(query)]
        return {one.item: one for one in found}

    def _shared(self, actor: Actor, case: Case, part: Part | None = None) -> Iterator[Contribution]:
        after = 0
        while page := self.contributions(actor, case, SHARED, after=after, limit=_PAGE, part=part):
            yield from page
            after = page[-1].position
