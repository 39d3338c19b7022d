"""Runs of escalation: those that go on and those that ended, and the answers people give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.run_log import log_of
from impasse.adapters.sql.runs import RunFilter
from impasse.api import etags
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Reading, Writing
from impasse.api.escalation_shapes import (
    EscalationLine,
    EscalationOutlook,
    EscalationShape,
    LogLineShape,
    RunPolicy,
    foreseen_shape,
    line_shape,
    log_shape,
    policy_shape,
    run_shape,
)
from impasse.api.paging import BadCursor, Page, PageQuery, by_key, paged
from impasse.api.rooms import functions_of
from impasse.api.shapes import Day, Shape, Words, bilingual
from impasse.domain.commands import (
    AcknowledgeEscalation,
    EndSnooze,
    SettleEscalation,
    SnoozeEscalation,
    StartEscalation,
)
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.errors import NotFound
from impasse.domain.escalation import RunState
from impasse.domain.foreseen import foresee
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.sql.run_log import LogLine
    from impasse.adapters.sql.runs import RunLine
    from impasse.api.desk import Desk
    from impasse.api.escalation_shapes import LevelForeseen
    from impasse.domain.escalation import Run
    from impasse.domain.escalation_policy import EscalationPolicy

router = APIRouter(tags=["escalations"], route_class=GuardedRoute)


class EscalationStarted(Shape):
    """Let a policy that is in force begin to run; see `/escalation-policies`."""

    policy: Words = Field(min_length=1, max_length=LONGEST_NAME)


class EscalationAcknowledged(Shape):
    """Take a run up: the next step, which all parties read, and the day before which it is done."""

    next_step: Words = Field(min_length=1, json_schema_extra={"maxLength": TEXT_LENGTH})
    until: Day


class EscalationSnoozed(Shape):
    """Let a run rest until the end of a day, with a reason that all parties read."""

    reason: Words = Field(min_length=1, json_schema_extra={"maxLength": TEXT_LENGTH})
    until: Day


class SnoozeEnded(Shape):
    """Nothing: that it ends is all there is to say."""


class EscalationSettled(Shape):
    """What a run asks for is done; all parties read the note."""

    note: Words = Field(min_length=1, json_schema_extra={"maxLength": TEXT_LENGTH})


class RunQuery(PageQuery):
    """Which runs, and which page of them."""

    open: bool | None = Field(
        None,
        description="Waar: wat nog loopt. Onwaar: wat beëindigd is. · True: what goes on. False: "
        "what has ended.",
    )
    state: RunState | None = Field(
        None, description="Hoe de opschaling ervoor staat. · How the run stands."
    )
    policy: Words = Field(
        "", max_length=LONGEST_NAME, description="Naam van het beleid. · Name of the policy."
    )
    mine: bool = Field(
        default=False,
        description="Alleen waarvan u zelf bericht kreeg. · Only those that you were told of.",
    )


class AllRunsQuery(RunQuery):
    """Which runs of all cases, and which page of them."""

    case: Words = Field("", description="Nummer van de zaak. · Number of the case.")


class OutlookQuery(Shape):
    """Of which policy."""

    policy: Words = Field(
        "",
        max_length=LONGEST_NAME,
        description="Naam van beleid dat van kracht is. · Of a policy in force.",
    )


class EscalationPage(Page[EscalationLine]):
    """One page of runs."""


class LogPage(Page[LogLineShape]):
    """One page of the log of a run."""


@router.get("/escalations", response_model=EscalationPage, summary="Opschalingen die u mag zien")
async def list_all_escalations(desk: Reading, query: Annotated[AllRunsQuery, Query()]) -> Response:
    """Return the runs of all cases that you may see: by case, then by number."""
    return await _list(desk, query, query.case)


@router.get(
    "/cases/{case}/escalations",
    response_model=EscalationPage,
    summary="Opschalingen van een zaak",
)
async def list_escalations(
    desk: Reading, case: str, query: Annotated[RunQuery, Query()]
) -> Response:
    """Return the runs of a case, those that ended too, by number."""
    found = await desk.case(case)
    return await _list(desk, query, found.id)


@router.post(
    "/cases/{case}/escalations",
    response_model=EscalationShape,
    status_code=201,
    summary="Begin een opschaling",
)
async def start_escalation(desk: Writing, case: str, sent: EscalationStarted) -> Response:
    """Let a policy begin to run by hand; see `escalation-outlook` first for who will hear."""
    receipt = await desk.do(StartEscalation(case, sent.policy))
    return await _made(desk, case, receipt.created)


@router.get(
    "/cases/{case}/escalation-outlook",
    response_model=EscalationOutlook,
    summary="Wie wat wanneer hoort, als een opschaling begint",
)
async def show_policy_outlook(
    desk: Reading, case: str, query: Annotated[OutlookQuery, Query()]
) -> Response:
    """Return who would hear what, and when, if a policy began now and nobody answered."""
    # First the case: what one may not see answers the same, whatever else is asked.
    found = await desk.case(case)
    policies = await desk.read(desk.house.policies.in_force)
    policy = policies.get(query.policy)
    if policy is None:
        raise NotFound(
            Text(
                f"Er is geen opschalingsbeleid '{query.policy}' van kracht.",
                f"No escalation policy '{query.policy}' is in force.",
            )
        )
    shape = EscalationOutlook(
        case=found.id,
        policy=RunPolicy(name=policy.name, version=policy.version, title=bilingual(policy.title)),
        levels=await _coming(desk, found.id, policy),
    )
    return shown(desk.request, shape)


@router.get(
    "/cases/{case}/escalations/{escalation}",
    response_model=EscalationShape,
    summary="Eén opschaling",
)
async def show_escalation(desk: Reading, case: str, escalation: str) -> Response:
    """Return one run: what was told, who answered, what comes next; its tag is that of the case."""
    line = await _line(desk, case, escalation)
    tag = etags.of_revision(line.revision)
    return shown(desk.request, run_shape(desk, line, await functions_of(desk)), tag=tag)


@router.get(
    "/cases/{case}/escalations/{escalation}/outlook",
    response_model=EscalationOutlook,
    summary="Wie wat wanneer hoort, als niemand antwoordt",
)
async def show_escalation_outlook(desk: Reading, case: str, escalation: str) -> Response:
    """Return the levels that will still be told if nobody answers: to whom, and when."""
    line = await _line(desk, case, escalation)
    shape = EscalationOutlook(
        case=line.case,
        policy=policy_shape(line.run),
        levels=await _coming(desk, line.case, line.run),
    )
    return shown(desk.request, shape)


@router.get(
    "/cases/{case}/escalations/{escalation}/history",
    response_model=LogPage,
    summary="Verloop van een opschaling, met wie het hoorde",
)
async def list_escalation_history(
    desk: Reading, case: str, escalation: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return what happened, by which rule who was told, and how that was delivered, in order."""
    line = await _line(desk, case, escalation)
    workflow = await desk.procedure(await desk.case(case))
    functions = await functions_of(desk)
    lines = await desk.read(log_of, desk.house.database, line.case, line.run.id)

    def show(one: LogLine) -> LogLineShape:
        return log_shape(desk, one, workflow, functions)

    return await paged(desk.request, query, by_key(lines, lambda one: one.key), show, LogPage)


@router.post(
    "/cases/{case}/escalations/{escalation}/acknowledgements",
    response_model=EscalationShape,
    status_code=201,
    summary="Pak een opschaling op",
)
async def acknowledge_escalation(
    desk: Writing, case: str, escalation: str, sent: EscalationAcknowledged
) -> Response:
    """Take a run up, for your own side: it waits until the promised day, and then says so."""
    await _line(desk, case, escalation)
    await desk.do(AcknowledgeEscalation(case, escalation, sent.next_step, sent.until))
    return await _made(desk, case, escalation)


@router.post(
    "/cases/{case}/escalations/{escalation}/snoozes",
    response_model=EscalationShape,
    status_code=201,
    summary="Leg een opschaling even weg",
)
async def snooze_escalation(
    desk: Writing, case: str, escalation: str, sent: EscalationSnoozed
) -> Response:
    """Let a run rest: a few times only, and never past an end in law; a new signal wakes it."""
    await _line(desk, case, escalation)
    await desk.do(SnoozeEscalation(case, escalation, sent.reason, sent.until))
    return await _made(desk, case, escalation)


@router.post(
    "/cases/{case}/escalations/{escalation}/snoozes/{snooze}/resumptions",
    response_model=EscalationShape,
    status_code=201,
    summary="Laat een weggelegde opschaling weer lopen",
)
async def end_snooze(
    desk: Writing, case: str, escalation: str, snooze: str, _sent: SnoozeEnded
) -> Response:
    """Let a run that rests go on before its day; that it rested stays on record."""
    line = await _line(desk, case, escalation)
    rest = line.run.snooze
    if rest is None or rest.id != snooze:
        raise NotFound(
            Text(
                f"Opschaling {escalation} is niet weggelegd met nummer {snooze}.",
                f"Escalation {escalation} does not rest under number {snooze}.",
            )
        )
    await desk.do(EndSnooze(case, escalation))
    return await _made(desk, case, escalation)


@router.post(
    "/cases/{case}/escalations/{escalation}/settlements",
    response_model=EscalationShape,
    status_code=201,
    summary="Handel een opschaling af",
)
async def settle_escalation(
    desk: Writing, case: str, escalation: str, sent: EscalationSettled
) -> Response:
    """End a run because what it asks for is done: by who asked, the mediator or the secretariat."""
    await _line(desk, case, escalation)
    await desk.do(SettleEscalation(case, escalation, sent.note))
    return await _made(desk, case, escalation)


async def _list(desk: Desk, query: RunQuery, case: str) -> Response:
    wanted = RunFilter(
        case=case,
        open=query.open,
        state=query.state,
        policy=query.policy,
        mine=desk.actor.person if query.mine else "",
    )

    def fetch(after: str, limit: int) -> list[tuple[str, RunLine]]:
        lines = desk.house.runs.runs(desk.actor, wanted, after=_place(after), limit=limit)
        return [(" ".join(line.key), line) for line in lines]

    def show(line: RunLine) -> EscalationLine:
        return line_shape(desk, line)

    return await paged(desk.request, query, fetch, show, EscalationPage)


async def _line(desk: Desk, case: str, escalation: str) -> RunLine:
    found = await desk.case(case)
    if "\x00" in escalation:
        raise NotFound(Text("Deze opschaling bestaat niet.", "This escalation does not exist."))
    return await desk.read(desk.house.runs.run, desk.actor, found.id, escalation)


async def _made(desk: Desk, case: str, escalation: str) -> Response:
    line = await _line(desk, case, escalation)
    shape = run_shape(desk, line, await functions_of(desk))
    return made(shape, shape.href, tag=etags.of_revision(line.revision))


async def _coming(desk: Desk, case: str, of: Run | EscalationPolicy) -> list[LevelForeseen]:
    found, at = await desk.case(case), desk.house.clock()
    directory = await desk.read(desk.house.directory.read, at)
    coming = foresee(of, found, directory, desk.house.calendar, at)
    return [foreseen_shape(one, directory) for one in coming]


def _place(after: str) -> tuple[str, str] | None:
    """Return the run that a cursor stands after; None is the start."""
    if not after:
        return None
    case, space, run = after.partition(" ")
    if not (space and case and run):
        raise BadCursor
    return case, run
