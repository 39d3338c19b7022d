"""What everybody may read without a token: the glossary, and the kinds of problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from impasse.api.admission import PublicRoute
from impasse.api.answers import shown
from impasse.api.glossary import GLOSSARY
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.problems import KINDS
from impasse.api.shapes import Bilingual, Shape, bilingual
from impasse.domain.errors import NotFound
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.api.glossary import Entry
    from impasse.api.problems import Kind

router = APIRouter(route_class=PublicRoute)


class GlossaryEntry(Shape):
    """A Dutch term, the identifier that stands for it here, and what it means."""

    term: str
    identifier: str
    meaning: Bilingual


class GlossaryPage(Page[GlossaryEntry]):
    """One page of the glossary."""


class ProblemType(Shape):
    """A kind of problem: the page to which `type` in an error leads."""

    code: str
    status: int
    title: Bilingual
    meaning: Bilingual


class ProblemTypePage(Page[ProblemType]):
    """One page of kinds of problem."""


@router.get("/glossary", response_model=GlossaryPage, summary="Begrippen", tags=["glossary"])
async def list_glossary(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the Dutch terms with the names that the API has for them."""
    return await paged(request, query, by_position(GLOSSARY), _entry, GlossaryPage)


@router.get(
    "/problem-types",
    response_model=ProblemTypePage,
    summary="Soorten fouten",
    tags=["problem-types"],
)
async def list_problem_types(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
    """Return every kind of problem that this API tells."""
    return await paged(request, query, by_position(KINDS), _kind, ProblemTypePage)


@router.get(
    "/problem-types/{code}",
    response_model=ProblemType,
    summary="Eén soort fout",
    tags=["problem-types"],
)
async def show_problem_type(request: Request, code: str) -> Response:
    """Return one kind of problem."""
    for kind in KINDS:
        if kind.code == code:
            return shown(request, _kind(kind))
    raise NotFound(Text("Die soort fout is er niet.", "There is no such kind of problem."))


def _entry(entry: Entry) -> GlossaryEntry:
    return GlossaryEntry(
        term=entry.term, identifier=entry.identifier, meaning=bilingual(entry.meaning)
    )


def _kind(kind: Kind) -> ProblemType:
    return ProblemType(
        code=kind.code,
        status=kind.status,
        title=bilingual(kind.title),
        meaning=bilingual(kind.meaning),
    )
