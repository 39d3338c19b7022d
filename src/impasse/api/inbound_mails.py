"""E-mail that came in, for the administrator: judged by its surroundings, never by its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.mail.quarantine import Quarantine, refuse_stranger
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Desk, Opening, Reading
from impasse.api.paging import Page, PageQuery, paged
from impasse.api.shapes import Bilingual, Moment, Shape, Words, Yes, bilingual
from impasse.domain.inbound import MailKind, MailState
from impasse.domain.storable import LONGEST_NAME
from impasse.wiring import build_filing

if TYPE_CHECKING:
    from impasse.adapters.mail.quarantine import InboundMail

router = APIRouter(tags=["inbound-mails"], route_class=GuardedRoute)


class InboundMailShape(Shape):
    """An e-mail that came in: from whom, when, how large, and why it is where it is.

    `person` is whose reply address it came to, null when to none. `note` is why somebody discarded
    it. `discardedAt` is when it is thrown away if nobody decides.
    """

    id: str
    received_at: Moment
    sender: str
    to_reply_address: Yes
    person: str | None
    kind: MailKind
    state: MailState
    reason: str
    reason_in_words: Bilingual
    note: str
    size: int
    can_be_released: Yes
    discarded_at: Moment | None
    settled_at: Moment | None
    settled_by: str | None
    href: str


class InboundMailQuery(PageQuery):
    """Which e-mail, and which page of it."""

    state: MailState = Field(
        MailState.QUARANTINED,
        description="Wat ermee is gedaan; anders wat in quarantaine staat. · What was done with "
        "it; otherwise what is in quarantine.",
    )


class InboundMailPage(Page[InboundMailShape]):
    """One page of e-mail that came in."""


class MailReleased(Shape):
    """That you know the sender: nothing has to be said with it."""


class MailDiscarded(Shape):
    """Why an e-mail is thrown away."""

    reason: Words = Field(min_length=1, max_length=LONGEST_NAME)


@router.get("/inbound-mails", response_model=InboundMailPage, summary="Binnengekomen e-mail")
async def list_inbound_mails(
    desk: Reading, query: Annotated[InboundMailQuery, Query()]
) -> Response:
    """Return e-mail that came in, the newest first: for the administrator. Not a word of it."""
    refuse_stranger(desk.actor)
    quarantine = Quarantine(desk.house.database)

    def fetch(after: str, limit: int) -> list[tuple[str, InboundMail]]:
        found = quarantine.mails(state=query.state, after=after, limit=limit)
        return [(one.id, one) for one in found]

    def show(one: InboundMail) -> InboundMailShape:
        return _shape(desk, one)

    return await paged(desk.request, query, fetch, show, InboundMailPage)


@router.get(
    "/inbound-mails/{mail}", response_model=InboundMailShape, summary="Eén binnengekomen e-mail"
)
async def show_inbound_mail(desk: Reading, mail: str) -> Response:
    """Return what is known of one e-mail, but for what it says: for the administrator."""
    refuse_stranger(desk.actor)
    return shown(desk.request, await _found(desk, mail))


@router.post(
    "/inbound-mails/{mail}/releases",
    response_model=InboundMailShape,
    status_code=201,
    summary="Geef een e-mail vrij",
)
async def release_inbound_mail(desk: Opening, mail: str, sent: MailReleased) -> Response:
    """Vouch for the sender: the e-mail is filed as that person's, and nobody read it for that.

    It lands in the most private room of whom the reply address was given to. 409 when it belongs
    to no reply address, cannot be read, or cannot be filed in the case any more.
    """
    refuse_stranger(desk.actor)
    filing, by = build_filing(desk.house), desk.actor.person
    await desk.once(sent, lambda: filing.release(mail, by=by))
    shape = await _found(desk, mail)
    return made(shape, shape.href)


@router.post(
    "/inbound-mails/{mail}/discards",
    response_model=InboundMailShape,
    status_code=201,
    summary="Gooi een e-mail weg",
)
async def discard_inbound_mail(desk: Opening, mail: str, sent: MailDiscarded) -> Response:
    """Throw an e-mail away unread, for good. 409 when somebody decided about it before."""
    refuse_stranger(desk.actor)
    quarantine, by, at = Quarantine(desk.house.database), desk.actor.person, desk.house.clock()
    await desk.once(sent, lambda: quarantine.discard(mail, sent.reason, by=by, at=at).id)
    shape = await _found(desk, mail)
    return made(shape, shape.href)


async def _found(desk: Desk, mail: str) -> InboundMailShape:
    return _shape(desk, await desk.read(Quarantine(desk.house.database).one, mail))


def _shape(desk: Desk, one: InboundMail) -> InboundMailShape:
    return InboundMailShape(
        id=one.id,
        received_at=one.received_at,
        sender=one.sender,
        to_reply_address=one.to_reply_address,
        person=one.person or None,
        kind=one.kind,
        state=one.state,
        reason=one.reason.value,
        reason_in_words=bilingual(one.reason.label),
        note=one.note,
        size=one.size,
        can_be_released=one.can_be_released,
        discarded_at=one.discarded_at,
        settled_at=one.settled_at,
        settled_by=one.settled_by or None,
        href=desk.url("inbound-mails", one.id),
    )
