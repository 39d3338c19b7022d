"""What you were told: everybody reads his or her own notifications, and says what they are worth.

To read one marks nothing; that you saw it, you say with a request of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.mail_budget import mail_budget
from impasse.adapters.sql.notifications import (
    NotificationFilter,
    Notifications,
    NotificationState,
)
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Opening, Reading, Writing
from impasse.api.paging import BadCursor, Page, PageQuery, paged
from impasse.api.shapes import Bilingual, Day, Moment, Shape, Words, Yes, bilingual
from impasse.domain.audience import MEETING
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.errors import NotAllowed
from impasse.domain.notification import Verdict, event_of
from impasse.domain.people import Role
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text
from impasse.engine.outbox import DeliveryState

if TYPE_CHECKING:
    from impasse.adapters.sql.notifications import NotificationLine
    from impasse.api.desk import Desk

router = APIRouter(tags=["notifications"], route_class=GuardedRoute)

_WEEKS_BACK = 52


class SentShape(Shape):
    """What became of a notification over one channel; `why` when it failed or lapsed."""

    channel: str
    state: DeliveryState
    at: Moment
    why: str


class FeedbackShape(Shape):
    """What you think of a notification."""

    verdict: Verdict
    reason: str
    at: Moment


class NotificationShape(Shape):
    """Something that you were told.

    `reason` is what happened, `why` why you hear it and `rule` by which rule; `otherwise` is what
    happens if you do nothing. `asking` is whether it asks something of you. `case` is null when it
    is about no case, or about one of which you may not know. `delivered` is whether it arrived
    over every channel that it had to, `repeats` how often the same was told again before it left.
    """

    id: str
    type: str
    label: Bilingual
    case: str | None
    case_title: str
    href: str
    run: str | None
    asking: Yes
    urgent: Yes
    reason: Bilingual
    why: Bilingual
    rule: str
    otherwise: Bilingual
    stands_for: str
    repeats: int
    created_at: Moment
    state: NotificationState
    seen_at: Moment | None
    lapsed_at: Moment | None
    lapsed_because: Bilingual | None
    feedback: FeedbackShape | None
    delivered: Yes
    deliveries: list[SentShape]


class NotificationPage(Page[NotificationShape]):
    """One page of notifications."""


class NotificationQuery(PageQuery):
    """Which notifications, and which page of them."""

    state: NotificationState | None = Field(
        None, description="Hoe het ervoor staat. · How it stands."
    )
    case: Words = Field(
        "", max_length=LONGEST_NAME, description="Over welke zaak. · About which case."
    )
    run: Words = Field(
        "",
        max_length=LONGEST_NAME,
        description="Van welke opschaling van die zaak, zoals `E1`. · Of which escalation of that "
        "case, such as `E1`.",
    )
    asking: bool | None = Field(
        None,
        description="Waar: alleen wat iets van u vraagt. · True: only what asks something of you.",
    )


class Feedback(Shape):
    """What you think of a notification: right, too early, too late or wrong."""

    verdict: Verdict
    reason: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


class View(Shape):
    """That you saw a notification: there is nothing more to say about it."""


class BudgetQuery(Shape):
    """Which week."""

    weeks_ago: int = Field(
        0,
        ge=0,
        le=_WEEKS_BACK,
        description="0 is deze week. · 0 is this week.",
    )


class PersonMails(Shape):
    """How many e-mails one person got in the week."""

    person: str
    mails: int


class BudgetShape(Shape):
    """How many e-mails left per person in a week that began on `monday`; digests count too.

    `most` is what a person should get at most: nothing is kept back because of it.
    """

    monday: Day
    most: int
    over: int
    persons: list[PersonMails]


@router.get("/notifications", response_model=NotificationPage, summary="Uw meldingen")
async def list_notifications(
    desk: Reading, query: Annotated[NotificationQuery, Query()]
) -> Response:
    """Return what you were told, the newest first; to read it marks nothing as seen."""
    wanted = NotificationFilter(query.state, query.case, query.run, query.asking)
    notifications = Notifications(desk.house.database)

    def fetch(after: str, limit: int) -> list[tuple[str, NotificationLine]]:
        lines = notifications.inbox(desk.actor, wanted, after=_place(after), limit=limit)
        return [(line.key, line) for line in lines]

    def show(line: NotificationLine) -> NotificationShape:
        return _shape(desk, line)

    return await paged(desk.request, query, fetch, show, NotificationPage)


@router.get(
    "/notifications/{notification}", response_model=NotificationShape, summary="Eén melding"
)
async def show_notification(desk: Reading, notification: str) -> Response:
    """Return one notification of yours; to read it marks nothing as seen."""
    return shown(desk.request, await _found(desk, notification))


@router.post(
    "/notifications/{notification}/views",
    response_model=NotificationShape,
    status_code=201,
    summary="Zeg dat u een melding hebt gezien",
)
async def see_notification(desk: Opening, notification: str, sent: View) -> Response:  # noqa: ARG001 every request that adds something has a body
    """Say that you saw this notification; the first time is kept."""
    line = await desk.read(
        Notifications(desk.house.database).see, desk.actor, notification, desk.house.clock()
    )
    return made(_shape(desk, line), desk.url("notifications", line.id))


@router.put(
    "/notifications/{notification}/feedback",
    response_model=NotificationShape,
    summary="Geef uw oordeel over een melding",
)
async def judge_notification(desk: Writing, notification: str, sent: Feedback) -> Response:
    """Say what you think of this notification, in place of what you said before."""
    if desk.guard is not None:
        desk.unchanged(tag_of(await _found(desk, notification)))
    line = await desk.read(
        Notifications(desk.house.database).judge,
        desk.actor,
        notification,
        sent.verdict,
        sent.reason,
        desk.house.clock(),
    )
    return shown(desk.request, _shape(desk, line))


@router.get(
    "/notification-budget", response_model=BudgetShape, summary="Hoeveel e-mail iedereen krijgt"
)
async def show_notification_budget(
    desk: Reading, query: Annotated[BudgetQuery, Query()]
) -> Response:
    """Return how many e-mails each person got in a week: for the administrator, without cases."""
    if Role.ADMINISTRATOR not in desk.actor.roles:
        raise NotAllowed(
            Text(
                "Hoeveel e-mail iedereen krijgt, ziet alleen de beheerder.",
                "How much e-mail everybody gets, only the administrator sees.",
            )
        )
    found = await desk.read(
        mail_budget, desk.house.database, desk.house.clock(), weeks_ago=query.weeks_ago
    )
    return shown(
        desk.request,
        BudgetShape(
            monday=found.monday,
            most=found.most,
            over=len(found.over),
            persons=[PersonMails(person=person, mails=count) for person, count in found.mails],
        ),
    )


def _place(after: str) -> tuple[datetime, str] | None:
    """Return the moment and the id that a cursor stands after."""
    if not after:
        return None
    moment, _, key = after.partition(" ")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise BadCursor from None
    if at.tzinfo is None or not key.isprintable():
        raise BadCursor
    return at, key


async def _found(desk: Desk, key: str) -> NotificationShape:
    line = await desk.read(Notifications(desk.house.database).one, desk.actor, key)
    return _shape(desk, line)


def _shape(desk: Desk, line: NotificationLine) -> NotificationShape:
    about_case = bool(line.subject) and not line.subject.startswith(MEETING)
    return NotificationShape(
        id=line.id,
        type=event_of(line.type),
        label=bilingual(line.label),
        case=line.subject if about_case else None,
        case_title=line.title,
        href=desk.url("notifications", line.id),
        run=line.run or None,
        asking=line.asking,
        urgent=line.urgent,
        reason=bilingual(line.reason),
        why=bilingual(line.why),
        rule=line.rule,
        otherwise=bilingual(line.otherwise),
        stands_for=line.stands_for,
        repeats=line.repeats,
        created_at=line.created_at,
        state=line.state,
        seen_at=line.seen_at,
        lapsed_at=line.lapsed_at,
        lapsed_because=None if line.lapsed_because is None else bilingual(line.lapsed_because),
        feedback=_feedback(line),
        delivered=line.delivered,
        deliveries=[
            SentShape(channel=one.channel, state=one.state, at=one.at, why=one.why)
            for one in line.deliveries
        ],
    )


def _feedback(line: NotificationLine) -> FeedbackShape | None:
    if line.verdict is None or line.verdict_at is None:
        return None
    return FeedbackShape(verdict=line.verdict, reason=line.verdict_reason, at=line.verdict_at)
