"""Absences, and who stands in: what you may see of them, recording one, and ending it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.substitutions import (
    absence_called,
    absences_seen,
    end_absence,
    record_absence,
)
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Opening, Reading, Writing
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Bilingual, Day, Moment, Shape, Words, bilingual
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.substitution import Wish

if TYPE_CHECKING:
    from impasse.adapters.sql.substitutions import AbsenceLine
    from impasse.api.desk import Desk
    from impasse.domain.substitution import Gap

router = APIRouter(tags=["substitutions"], route_class=GuardedRoute)


class GapShape(Shape):
    """Days on which nobody stands in, and where the chain of substitutes breaks."""

    first_day: Day
    last_day: Day
    chain: list[str]
    warning: Bilingual


class SubstitutionShape(Shape):
    """An absence and its substitute; `yours` is whether you may end it."""

    id: str
    person: str
    substitute: str
    from_day: Day
    until_day: Day
    reason: str
    created_at: Moment
    created_by: str
    ended_at: Moment | None
    yours: bool
    gaps: list[GapShape]


class SubstitutionPage(Page[SubstitutionShape]):
    """One page of absences."""


class SubstitutionQuery(PageQuery):
    """Which absences, and which page of them."""

    past: bool = Field(
        default=False,
        description="Ook wat voorbij is. · Also those that have ended.",
    )


class Absent(Shape):
    """An absence of yours, unless you name somebody for whom you may record it."""

    substitute: Words = Field(min_length=1, max_length=LONGEST_NAME)
    from_day: Day
    until_day: Day
    person: Words = Field(
        "",
        max_length=LONGEST_NAME,
        description="Wie afwezig is; zonder dit veld bent u dat zelf. · Who is absent; without "
        "this field that is you.",
    )
    reason: Words = Field(
        "",
        json_schema_extra={"maxLength": TEXT_LENGTH},
        description="Mag leeg blijven. Noem niets over gezondheid. · May be left empty. Say "
        "nothing about health.",
    )


@router.get("/substitutions", response_model=SubstitutionPage, summary="Afwezigheid en vervanging")
async def list_substitutions(
    desk: Reading, query: Annotated[SubstitutionQuery, Query()]
) -> Response:
    """Return the absences that you see, by first day: yours, whom you replace, whom you keep."""
    lines = await desk.read(
        absences_seen, desk.house.database, desk.person, at=desk.house.clock(), past=query.past
    )
    fetch = by_key(lines, lambda line: f"{line.absence.from_day} {line.absence.id}")
    return await paged(desk.request, query, fetch, _shape, SubstitutionPage)


@router.post(
    "/substitutions",
    response_model=SubstitutionShape,
    status_code=201,
    summary="Leg afwezigheid vast",
)
async def record_substitution(desk: Opening, sent: Absent) -> Response:
    """Record who stands in for you, or for somebody of whom you keep the absences."""
    wish = Wish(
        sent.person or desk.person.id,
        sent.substitute,
        sent.from_day,
        sent.until_day,
        sent.reason,
    )

    def make() -> str:
        line = record_absence(desk.house.database, wish, by=desk.person, at=desk.house.clock())
        return line.absence.id

    key = await desk.once(sent, make)
    shape = _shape(await _found(desk, key))
    return made(shape, desk.url("substitutions", key))


@router.get(
    "/substitutions/{substitution}", response_model=SubstitutionShape, summary="Eén afwezigheid"
)
async def show_substitution(desk: Reading, substitution: str) -> Response:
    """Return one absence, with the days on which nobody stands in."""
    return shown(desk.request, _shape(await _found(desk, substitution)))


@router.delete("/substitutions/{substitution}", status_code=204, summary="Beëindig een afwezigheid")
async def end_substitution(desk: Writing, substitution: str) -> Response:
    """End an absence early, or call it off; that it was there is kept."""
    if desk.guard is not None:
        desk.unchanged(tag_of(_shape(await _found(desk, substitution))))
    await desk.read(
        end_absence, desk.house.database, substitution, by=desk.person, at=desk.house.clock()
    )
    return Response(status_code=204)


async def _found(desk: Desk, key: str) -> AbsenceLine:
    return await desk.read(
        absence_called, desk.house.database, key, by=desk.person, at=desk.house.clock()
    )


def _shape(line: AbsenceLine) -> SubstitutionShape:
    one = line.absence
    return SubstitutionShape(
        id=one.id,
        person=one.person,
        substitute=one.substitute,
        from_day=one.from_day,
        until_day=one.until_day,
        reason=one.reason,
        created_at=one.created_at,
        created_by=one.created_by,
        ended_at=one.ended_at,
        yours=line.mine,
        gaps=[_gap(gap) for gap in line.gaps],
    )


def _gap(gap: Gap) -> GapShape:
    return GapShape(
        first_day=gap.first,
        last_day=gap.last,
        chain=list(gap.chain.links),
        warning=bilingual(gap.text),
    )
