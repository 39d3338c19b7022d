"""What parties confirmed, each for itself or once for the whole case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.case_shapes import CaseShape
from impasse.api.cases import changed_case
from impasse.api.desk import Reading, Writing
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Bilingual, Moment, Shape, Words, bilingual
from impasse.domain.case import ConfirmationKind
from impasse.domain.commands import Confirm
from impasse.domain.decide import TEXT_LENGTH

if TYPE_CHECKING:
    from impasse.domain.case import Confirmation

router = APIRouter(tags=["confirmations"], route_class=GuardedRoute)


class ConfirmationShape(Shape):
    """Something that was confirmed; `organisation` is empty when it counts for the whole case."""

    kind: ConfirmationKind
    label: Bilingual
    per_party: bool
    organisation: str
    note: str
    about: str
    at: Moment


class ConfirmationPage(Page[ConfirmationShape]):
    """One page of confirmations."""


class Confirmed(Shape):
    """A confirmation. Where each party confirms for itself, yours is meant unless you name one."""

    kind: ConfirmationKind
    organisation: Words = ""
    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})
    about: Words = Field(
        "",
        json_schema_extra={"maxLength": 300},
        description="Waarmee precies wordt ingestemd: een versie van de procedure, een duur of dag "
        "bij opschorting en verlenging, of de stap bij `four_eyes`; bij die vier nodig. · What "
        "exactly is agreed to: a version of the procedure, a length or day for suspension and "
        "extension, or the move for `four_eyes`; needed with those four.",
    )


@router.get(
    "/cases/{case}/confirmations", response_model=ConfirmationPage, summary="Wat is bevestigd"
)
async def list_confirmations(
    desk: Reading, case: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return what was confirmed, by kind and organisation."""
    found = await desk.case(case)
    fetch = by_key(found.confirmations, lambda c: f"{c.kind} {c.organisation}")
    return await paged(desk.request, query, fetch, _shape, ConfirmationPage)


@router.post(
    "/cases/{case}/confirmations",
    response_model=CaseShape,
    status_code=201,
    summary="Bevestig iets",
)
async def confirm(desk: Writing, case: str, sent: Confirmed) -> Response:
    """Record a confirmation; the answer is the case as it then is."""
    organisation = sent.organisation or desk.actor.organisation
    return await changed_case(
        desk, await desk.do(Confirm(case, sent.kind, organisation, sent.note, sent.about))
    )


def _shape(confirmation: Confirmation) -> ConfirmationShape:
    return ConfirmationShape(
        kind=confirmation.kind,
        label=bilingual(confirmation.kind.label),
        per_party=confirmation.kind.per_party,
        organisation=confirmation.organisation,
        note=confirmation.note,
        about=confirmation.about,
        at=confirmation.at,
    )
