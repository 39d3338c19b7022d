"""Escalation policies: who hears what when nobody answers, as everybody may know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.files.escalation import PolicyProblems, policy_problems_as_faults
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Desk, Opening, Reading
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Count, Moment, Shape, Words, Yes, bilingual
from impasse.domain.errors import NotAllowed, NotFound
from impasse.domain.escalation_audience import words_of
from impasse.domain.escalation_policy import Answering, EndsWhen, OnEmpty
from impasse.domain.policy_snapshot import target_as_json
from impasse.domain.policy_told import MAY_ADOPT, jumps
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.sql.policies import PolicyAdoption, PolicyVersion
    from impasse.domain.escalation_policy import EscalationPolicy, Level, Target

router = APIRouter(tags=["escalation-policies"], route_class=GuardedRoute)

FILE = "beleid.yaml"
"""What messages call a text that came in over the wire."""


class EscalationPolicySummary(Shape):
    """A version of a policy that was adopted; new runs follow the one in force."""

    reference: str
    name: str
    version: str
    in_force: Yes
    adopted_at: Moment
    adopted_by: str
    content_hash: str
    href: str


class EscalationPolicyPage(Page[EscalationPolicySummary]):
    """One page of policies."""


class TargetShape(Shape):
    """Whom a level tells: its `kind` with the `name` that it has in the file, and in words."""

    kind: str
    name: str
    at: str | None
    organisation: str | None
    label: Bilingual


class LevelShape(Shape):
    """One level; `after` counts working time from the start of a run, null for at once."""

    name: str
    label: Bilingual
    after: str | None
    to: list[TargetShape]
    answer: Answering
    if_nobody_there: OnEmpty
    reminder: str | None
    message: Bilingual | None
    urgent: Yes


class EscalationPolicyShape(Shape):
    """One version of a policy.

    `events` are the types of message that start a run; `jumps` tell in words what sends a run on
    at once, or repeats it.
    """

    reference: str
    name: str
    version: str
    in_force: Yes
    adopted_at: Moment
    adopted_by: str
    content_hash: str
    title: Bilingual
    events: list[str]
    ends_when: EndsWhen
    fallback: str
    acknowledged_at_most: str
    snoozed_at_most: str
    snoozes: Count
    snoozes_within_days: Count
    levels: list[LevelShape]
    jumps: list[Bilingual]
    content: str


class EscalationPolicySent(Shape):
    """A policy to be: the text of a file."""

    content: Words = Field(min_length=1, max_length=200_000)
    try_only: Yes = Field(
        default=False,
        description="Alleen nakijken: er verandert niets. · Only look: nothing changes.",
    )


class PolicyWarningShape(Shape):
    """What its authors should think about once more; line 0 is the text as a whole."""

    line: Count
    text: Bilingual


class EscalationPolicyAdopted(Shape):
    """What came of it; `adopted` is false when this version was in force already, or only tried.

    `before` is the version that was in force until then.
    """

    reference: str
    adopted: Yes
    before: str | None
    warnings: list[PolicyWarningShape]


@router.get(
    "/escalation-policies",
    response_model=EscalationPolicyPage,
    summary="Aangenomen opschalingsbeleid",
)
async def list_escalation_policies(desk: Reading, query: Annotated[PageQuery, Query()]) -> Response:
    """Return every adopted version, the one in force of each name first."""
    rows = await desk.read(desk.house.policies.list)

    def show(row: PolicyVersion) -> EscalationPolicySummary:
        return EscalationPolicySummary(
            reference=row.reference,
            name=row.name,
            version=row.version,
            in_force=row.in_force,
            adopted_at=row.adopted_at,
            adopted_by=row.adopted_by,
            content_hash=row.content_hash,
            href=desk.url("escalation-policies", row.reference),
        )

    return await paged(desk.request, query, by_position(rows), show, EscalationPolicyPage)


@router.post(
    "/escalation-policies",
    response_model=EscalationPolicyAdopted,
    status_code=201,
    summary="Neem een opschalingsbeleid aan",
    responses={200: {"model": EscalationPolicyAdopted}},
)
async def adopt_escalation_policy(desk: Opening, sent: EscalationPolicySent) -> Response:
    """Adopt a version of a policy, or only look at what that would come to.

    What is unsound is refused with every reason, each with its line. Runs that go on keep the
    policy with which they began. For the secretariat and administrators.
    """
    if not desk.actor.roles & MAY_ADOPT:
        raise NotAllowed(
            Text(
                "Een opschalingsbeleid aannemen doet het secretariaat of een beheerder. Lezen mag "
                "iedereen.",
                "An escalation policy is adopted by the secretariat or an administrator. Everybody "
                "may read it.",
            )
        )

    def adopt() -> str:
        policies, by = desk.house.policies, desk.person.name
        known = policies.known(one.code for one in desk.house.indicators.indicators)
        try:
            weighed = policies.weigh(sent.content, FILE, by=by, known=known)
            new = weighed.new
            if not sent.try_only:
                at = desk.house.clock()
                new = policies.adopt_text(sent.content, FILE, by=by, at=at, known=known).new
        except PolicyProblems as problems:
            raise policy_problems_as_faults(problems, "/content") from problems
        return _adopted(weighed, adopted=new and not sent.try_only).model_dump_json()

    # Whether it was new is known once: who asks again gets the words of then.
    shape = EscalationPolicyAdopted.model_validate_json(await desk.once(sent, adopt))
    place = desk.url("escalation-policies", shape.reference)
    return made(shape, place) if shape.adopted else shown(desk.request, shape)


@router.get(
    "/escalation-policies/{policy}",
    response_model=EscalationPolicyShape,
    summary="Eén opschalingsbeleid",
)
async def show_escalation_policy(desk: Reading, policy: str) -> Response:
    """Return one version, by `name@version`; by name alone the one in force."""

    def look() -> EscalationPolicyShape:
        policies = desk.house.policies
        row = _named(desk, policy)
        found = policies.get(row.name, row.version)
        labels = {one.code: one.label for one in desk.house.indicators.indicators}
        told = [bilingual(one) for one in jumps(found, labels)]
        return _policy(found, row, told, policies.text(row.name, row.version))

    return shown(desk.request, await desk.read(look))


def _named(desk: Desk, reference: str) -> PolicyVersion:
    """Return the version that `name@version` means; by name alone the one in force."""
    name, at, version = reference.partition("@")
    for row in desk.house.policies.list():
        if row.name == name and (row.version == version if at else row.in_force):
            return row
    raise NotFound(
        Text(
            "Dit opschalingsbeleid is hier niet aangenomen. Bekijk de lijst.",
            "This escalation policy was not adopted here. Look at the list.",
        )
    )


def _adopted(done: PolicyAdoption, *, adopted: bool) -> EscalationPolicyAdopted:
    return EscalationPolicyAdopted(
        reference=done.policy.reference,
        adopted=adopted,
        before=done.before or None,
        warnings=[
            PolicyWarningShape(line=one.line, text=bilingual(one.text)) for one in done.warnings
        ],
    )


def _policy(
    policy: EscalationPolicy, row: PolicyVersion, told: list[Bilingual], content: str
) -> EscalationPolicyShape:
    return EscalationPolicyShape(
        reference=policy.reference,
        name=policy.name,
        version=policy.version,
        in_force=row.in_force,
        adopted_at=row.adopted_at,
        adopted_by=row.adopted_by,
        content_hash=row.content_hash,
        title=bilingual(policy.title),
        events=sorted(policy.starts_on),
        ends_when=policy.ends_when,
        fallback=policy.fallback,
        acknowledged_at_most=str(policy.acknowledged_at_most),
        snoozed_at_most=str(policy.snoozed_at_most),
        snoozes=policy.snoozes,
        snoozes_within_days=policy.snoozes_within,
        levels=[_level(level) for level in policy.levels],
        jumps=told,
        content=content,
    )


def _level(level: Level) -> LevelShape:
    return LevelShape(
        name=level.name,
        label=bilingual(level.label),
        after=None if level.after is None else str(level.after),
        to=[_target(target) for target in level.targets],
        answer=level.answering,
        if_nobody_there=level.on_empty,
        reminder=None if level.reminder is None else str(level.reminder),
        message=None if level.message is None else bilingual(level.message),
        urgent=level.urgent,
    )


def _target(target: Target) -> TargetShape:
    written = {key: str(value) for key, value in target_as_json(target).items()}
    kind = next(iter(written))
    return TargetShape(
        kind=kind,
        name=written[kind],
        at=written.get("at"),
        organisation=written.get("organisation") or None,
        label=bilingual(words_of(target)),
    )
