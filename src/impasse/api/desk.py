"""What an endpoint has at hand: the house, who asks, and the way back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

from fastapi import Depends, Header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from impasse.adapters.identity.secrets import actor_of
from impasse.adapters.sql.requests import begin_request, drop_request, end_request
from impasse.api import etags
from impasse.api.problems import PRECONDITION_FAILED, Refusal
from impasse.domain.access import no_such_case
from impasse.domain.token_scope import TokenScope
from impasse.engine.procedures import procedure_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from impasse.adapters.identity.secrets import Holder
    from impasse.api.shapes import Shape
    from impasse.domain.case import Case
    from impasse.domain.commands import Command
    from impasse.domain.people import Actor, Person
    from impasse.domain.workflow import Workflow
    from impasse.engine.ports import Receipt
    from impasse.wiring import House

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """A request of somebody whom we know."""

    house: House
    person: Person
    actor: Actor
    request: Request

    @property
    def holder(self) -> Holder:
        """The token that was shown: whose it is, and what it may be used for."""
        found: Holder = self.request.state.holder
        return found

    @property
    def today(self) -> date:
        """The day it is in the Netherlands."""
        return self.house.calendar.local_day(self.house.clock())

    def url(self, *parts: str) -> str:
        """Return the address of a resource of this API, without the host."""
        return "/".join((self.request.scope.get("root_path", ""), *parts))

    async def read(self, ask: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Return what *ask* answers, without holding up others."""
        return await run_in_threadpool(ask, *args, **named)

    async def case(self, number: str) -> Case:
        """Return the case, or raise the one error for a case that is not there for who asks."""
        if "\x00" in number:
            raise no_such_case(number)
        return await self.read(self.house.views.case, self.actor, number)

    async def procedure(self, case: Case) -> Workflow:
        """Return the procedure that *case* follows, or raise `Conflict` when it is not here."""
        found = await self.read(procedure_of, self.house.procedures, case)
        return found.workflow


@dataclass(frozen=True, slots=True)
class WritingDesk(Desk):
    """A request that changes something, once (`key`), and only if nobody was first (`guard`)."""

    key: str
    guard: str | None

    async def do(self, command: Command) -> Receipt:
        """Hand *command* to the engine, and return once it is durable."""
        number: str = getattr(command, "case", "")
        if "\x00" in number:
            raise no_such_case(number)
        revision = await self._revision(number) if self.guard is not None and number else None
        return await asyncio.wrap_future(
            self.house.engine.submit(command, self.actor, revision=revision, key=self.key)
        )

    async def once(self, sent: Shape, make: Callable[[], str]) -> str:
        """Return what *make* makes for the request *sent*, made once per key of the client.

        For what no engine remembers: *make* answers with the name of what it made, and a
        repetition gets that name again. A request that is refused may be tried again.
        """
        if not self.key:
            return await self.read(make)
        database, person = self.house.database, self.actor.person
        address = f"{self.request.method} {self.request.scope['path']}"
        asked = sha256(f"{address}\n{sent.model_dump_json(by_alias=True)}".encode()).hexdigest()

        def do() -> str:
            earlier = begin_request(database, person, self.key, asked, self.house.clock())
            if earlier is not None:
                return earlier
            try:
                made = make()
            except Exception:
                drop_request(database, person, self.key)
                raise
            end_request(database, person, self.key, made)
            return made

        return await self.read(do)

    def unchanged(self, tag: str) -> None:
        """Refuse with 412 when `If-Match` does not name *tag*, that of the resource as it is."""
        if self.guard is not None and not etags.names(self.guard, tag):
            raise Refusal(PRECONDITION_FAILED)

    async def _revision(self, number: str) -> int | None:
        """Return the revision at which the client wants the case; of several, the present one."""
        wanted = etags.revisions(self.guard or "")
        if wanted is None or len(wanted) == 1:
            return None if wanted is None else min(wanted)
        case = await self.case(number)
        return case.revision if case.revision in wanted else etags.NEVER


def _desk(request: Request) -> Desk:
    holder: Holder = request.state.holder
    house: House = request.app.state.house
    confidential = TokenScope.ROOMS in holder.scopes
    actor = actor_of(holder.person, "api", confidential=confidential)
    return Desk(house, holder.person, actor, request)


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Een sleutel die u zelf kiest. Hetzelfde verzoek met dezelfde sleutel wordt "
        "maar één keer uitgevoerd. · A key of your own: the same request with the same key is "
        "done only once.",
    ),
]
Guard = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="De `ETag` zoals u die las; is de bron veranderd, dan 412. · The `ETag` as "
        "you read it; when the resource has changed, 412.",
    ),
]


def _writing_desk(request: Request, key: Key = None, guard: Guard = None) -> WritingDesk:
    desk = _desk(request)
    return WritingDesk(desk.house, desk.person, desk.actor, request, key or "", guard)


def _opening_desk(request: Request, key: Key = None) -> WritingDesk:
    return _writing_desk(request, key)


Reading = Annotated[Desk, Depends(_desk)]
"""A parameter of an endpoint that reads."""

Writing = Annotated[WritingDesk, Depends(_writing_desk)]
"""A parameter of an endpoint that changes something."""

Opening = Annotated[WritingDesk, Depends(_opening_desk)]
"""A parameter of an endpoint that makes something new: there is no version of it yet."""
