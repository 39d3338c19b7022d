"""The history of a case: what was done, when, by which function, and how it is chained."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response

from impasse.adapters.sql.people import list_persons
from impasse.api.admission import GuardedRoute
from impasse.api.desk import Reading
from impasse.api.paging import Page, PageQuery, after_number, paged
from impasse.api.shapes import Bilingual, Moment, Shape, bilingual
from impasse.domain.chronicle import tell
from impasse.domain.organs import office_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.domain.history import ChainedEntry
    from impasse.domain.text import Text
    from impasse.domain.workflow import Workflow

router = APIRouter(tags=["history"], route_class=GuardedRoute)


class EntryShape(Shape):
    """One line of history. Who is told by function and organisation, not by name."""

    sequence: int
    at: Moment
    action: str
    sentence: Bilingual
    content: dict[str, Any]
    function: Bilingual | None
    organisation: str
    origin: str
    content_hash: str
    hash: str


class EntryPage(Page[EntryShape]):
    """One page of history."""


@router.get("/cases/{case}/history", response_model=EntryPage, summary="Verloop van een zaak")
async def list_history(desk: Reading, case: str, query: Annotated[PageQuery, Query()]) -> Response:
    """Return what was done in a case, oldest first."""
    found = await desk.case(case)
    workflow = await desk.procedure(found)
    persons = await desk.read(list_persons, desk.house.database)
    functions = {person.id: office_of(person) for person in persons}

    def fetch(after: str, limit: int) -> list[tuple[str, ChainedEntry]]:
        entries = desk.house.views.history(found.id, after=after_number(after), limit=limit)
        return [(str(entry.seq), entry) for entry in entries]

    def show(entry: ChainedEntry) -> EntryShape:
        return entry_shape(entry, workflow, functions)

    return await paged(desk.request, query, fetch, show, EntryPage)


def entry_shape(
    entry: ChainedEntry, workflow: Workflow, functions: Mapping[str, Text]
) -> EntryShape:
    """Return *entry* in the words of *workflow*; *functions* are those of all persons."""
    content = json.loads(entry.content) if entry.content else {}
    function = functions.get(entry.person)
    return EntryShape(
        sequence=entry.seq,
        at=entry.at,
        action=entry.action,
        sentence=bilingual(tell(entry.action, content, workflow)),
        content=content,
        function=None if function is None else bilingual(function),
        organisation=entry.organisation,
        origin=entry.origin,
        content_hash=entry.content_hash,
        hash=entry.hash,
    )
