"""Your tokens: what programs that work on your behalf may do, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import structlog
from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.identity.secrets import (
    LONGEST_NAME,
    issue_token,
    revoke_token,
    tokens_of,
)
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Desk, Opening, Reading, Writing
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Count, Moment, Shape, Words
from impasse.domain.errors import NotAllowed, NotFound
from impasse.domain.text import Text
from impasse.domain.token_scope import MOST_DAYS, USUAL_DAYS, TokenScope

if TYPE_CHECKING:
    from impasse.adapters.identity.secrets import TokenLine

log = structlog.get_logger("impasse.api")

router = APIRouter(tags=["tokens"], route_class=GuardedRoute)


class TokenShape(Shape):
    """A token, without its secret."""

    id: str
    name: str
    scopes: list[TokenScope]
    created_at: Moment
    created_by: str
    expires_at: Moment
    last_used_at: Moment | None
    href: str


class NewToken(TokenShape):
    """A token with its secret, which is kept nowhere: null when the request was repeated."""

    secret: str | None


class TokenQuery(PageQuery):
    """Which page of your tokens."""


class TokenPage(Page[TokenShape]):
    """One page of tokens."""


class TokenMade(Shape):
    """A token to make. It never lasts longer, nor may more, than the one that you ask it with."""

    name: Words = Field(min_length=1, max_length=LONGEST_NAME)
    scopes: list[TokenScope] = Field(
        min_length=1,
        max_length=len(TokenScope),
        description="`write` neemt `read` mee; `rooms` opent vertrouwelijke kamers. · `write` "
        "brings `read` along; `rooms` opens closed rooms.",
    )
    days: Count = Field(
        USUAL_DAYS, ge=1, le=MOST_DAYS, description="Hoeveel dagen geldig. · For how many days."
    )


@router.get("/tokens", response_model=TokenPage, summary="Uw tokens")
async def list_tokens(desk: Reading, query: Annotated[TokenQuery, Query()]) -> Response:
    """Return your tokens that work, the oldest first; their secrets are kept nowhere."""
    fetch = by_key(await _tokens(desk), lambda one: f"{one.created_at.isoformat()} {one.id}")
    return await paged(desk.request, query, fetch, lambda one: _shape(desk, one), TokenPage)


@router.post("/tokens", response_model=NewToken, status_code=201, summary="Maak een token")
async def make_token(desk: Opening, sent: TokenMade) -> Response:
    """Make a token of your own; its secret is told in this answer and never again.

    The same request with the same `Idempotency-Key` makes no second one and tells no secret. Who
    lost the secret revokes the token and makes another.
    """
    wanted, holder = frozenset(sent.scopes), desk.holder
    if not wanted <= holder.scopes:
        raise NotAllowed(
            Text(
                "Een token kan geen token maken dat meer mag dan het zelf mag.",
                "A token cannot make a token that may do more than it may itself.",
            )
        )
    secrets: list[str] = []

    def make() -> str:
        issued = issue_token(
            desk.house.database,
            desk.actor.person,
            at=desk.house.clock(),
            days=sent.days,
            name=sent.name,
            scopes=wanted,
            created_by=desk.actor.person,
            until=holder.expires_at,
        )
        secrets.append(issued.secret)
        log.info("key_made", object=issued.id, origin="api", actor=desk.actor.person)
        return issued.id

    key = await desk.once(sent, make)
    shape = _shape(desk, await _token(desk, key))
    new = NewToken(**shape.model_dump(), secret=secrets[0] if secrets else None)
    return made(new, shape.href, tag=tag_of(shape))


@router.get("/tokens/{token}", response_model=TokenShape, summary="Eén token")
async def show_token(desk: Reading, token: str) -> Response:
    """Return one token of yours, without its secret."""
    return shown(desk.request, _shape(desk, await _token(desk, token)))


@router.delete("/tokens/{token}", status_code=204, summary="Trek een token in")
async def revoke_one_token(desk: Writing, token: str) -> Response:
    """Make a token of yours useless at once; it may be the one that you ask it with."""
    found = await _token(desk, token)
    desk.unchanged(tag_of(_shape(desk, found)))
    await desk.read(
        revoke_token,
        desk.house.database,
        found.id,
        at=desk.house.clock(),
        person=desk.actor.person,
    )
    log.info("key_revoked", object=found.id, origin="api", actor=desk.actor.person)
    return Response(status_code=204)


async def _tokens(desk: Desk) -> list[TokenLine]:
    found = await desk.read(tokens_of, desk.house.database, desk.actor.person)
    return [one for one in found if one.works(desk.house.clock())]


async def _token(desk: Desk, key: str) -> TokenLine:
    for one in await _tokens(desk):
        if one.id == key:
            return one
    raise NotFound(Text(f"Er is geen token {key}.", f"There is no token {key}."))


def _shape(desk: Desk, line: TokenLine) -> TokenShape:
    return TokenShape(
        id=line.id,
        name=line.name,
        scopes=list(line.scopes),
        created_at=line.created_at,
        created_by=line.created_by,
        expires_at=line.expires_at,
        last_used_at=line.last_used_at,
        href=desk.url("tokens", line.id),
    )
