"""Adopted procedures: their stages, terms and moves, as everybody may know them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.files.workflows import WorkflowProblems, problems_as_faults
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Desk, Opening, Reading
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Day, Moment, Shape, Words, Yes, bilingual
from impasse.api.task_rules import TaskRuleShape, task_rule
from impasse.domain.adoption import Validity
from impasse.domain.certificate import Property
from impasse.domain.errors import NotAllowed, NotFound
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.people import Role
from impasse.domain.terms import Atw, Basis
from impasse.domain.text import Text, same
from impasse.domain.workflow import StageKind

if TYPE_CHECKING:
    from impasse.adapters.sql.procedures import Adoption
    from impasse.domain.adoption import Version
    from impasse.domain.certificate import Certificate, Path
    from impasse.domain.workflow import Stage, StageTerm, Transition, Workflow

router = APIRouter(tags=["workflows"], route_class=GuardedRoute)


class WorkflowSummary(Shape):
    """A version of a procedure that was adopted; new cases get the one in force."""

    reference: str
    name: str
    version: str
    valid_from: Day
    validity: Validity
    adopted_at: Moment
    adopted_by: str
    content_hash: str
    href: str


class WorkflowPage(Page[WorkflowSummary]):
    """One page of procedures."""


class StageTermShape(Shape):
    """How long a stage may take; `agreed` when the parties name the last day themselves."""

    length: str
    basis: Basis
    atw: Atw
    agreed: bool
    source: Bilingual | None


class StageShape(Shape):
    """One stage of a procedure."""

    name: str
    number: int | None
    kind: StageKind
    label: Bilingual
    purpose: Bilingual
    owner: Role | None
    next_action: Bilingual | None
    term: StageTermShape | None
    tasks: list[TaskRuleShape]
    when_done: str | None


class ConditionShape(Shape):
    """A condition of a move; what is not required may be passed with a reason."""

    guard: str
    label: Bilingual
    required: bool


class ArrowShape(Shape):
    """A move of a procedure; to `back` is to where the case came from.

    Of the `tasks` of the stage that it names, enough must be done.
    """

    trigger: str
    label: Bilingual
    sources: list[str]
    to: str
    roles: list[Role]
    note_required: bool
    four_eyes: bool
    conditions: list[ConditionShape]
    tasks: list[str]


class WorkflowShape(Shape):
    """A whole procedure, and how it was adopted."""

    reference: str
    name: str
    version: str
    valid_from: Day
    validity: Validity
    adopted_at: Moment
    adopted_by: str
    label: Bilingual
    description: Bilingual
    initial: str
    content_hash: str
    stages: list[StageShape]
    transitions: list[ArrowShape]


class StepShape(Shape):
    """One step of a witness; within a stage, source and target are alike."""

    source: str
    trigger: str
    target: str


class ObjectionShape(Shape):
    """One reason why a property does not hold, and where it shows."""

    text: Bilingual
    witness: list[StepShape]


class VerdictShape(Shape):
    """Whether a property holds, of what, and the path that shows it."""

    property: Property
    label: Bilingual
    holds: Yes
    sentence: Bilingual
    witness: list[StepShape]
    objections: list[ObjectionShape]


class PositionShape(Shape):
    """Where a case can be: how it is reached there, and the shortest way on to an ending.

    The numbers are places in the list. `cameFrom` is told where `back` leads out of the stage,
    `spent` names the stages for which consent has run out.
    """

    stage: str
    came_from: str
    spent: list[str]
    reached_from: int | None
    reached_by: str
    out_to: int | None
    out_by: str
    ended: Yes


class CertificateShape(Shape):
    """What was proven of a procedure; `positions` carry the proof."""

    reference: str
    content_hash: str
    fingerprint: str
    sound: Yes
    states: int
    verdicts: list[VerdictShape]
    positions: list[PositionShape]


class WorkflowSent(Shape):
    """A procedure to be: the text of a file, and the first day on which new cases get it."""

    content: Words = Field(min_length=1, max_length=500_000)
    valid_from: Day | None = Field(None, description="Zonder: vandaag. · Left out: today.")
    try_only: Yes = Field(
        default=False,
        description="Alleen nakijken: er verandert niets. · Only look: nothing changes.",
    )


class WorkflowAdopted(Shape):
    """What came of it; `adopted` is false when this version was adopted already, or only tried."""

    reference: str
    adopted: Yes
    valid_from: Day
    certificate: CertificateShape


@router.get("/workflows", response_model=WorkflowPage, summary="Aangenomen procedures")
async def list_workflows(desk: Reading, query: Annotated[PageQuery, Query()]) -> Response:
    """Return every adopted version, the latest of each name first."""
    rows = await desk.read(desk.house.procedures.versions, desk.today)

    def show(row: Version) -> WorkflowSummary:
        return WorkflowSummary(
            reference=row.reference,
            name=row.name,
            version=row.version,
            valid_from=row.valid_from,
            validity=row.validity,
            adopted_at=row.adopted_at,
            adopted_by=row.adopted_by,
            content_hash=row.content_hash,
            href=desk.url("workflows", row.reference),
        )

    return await paged(desk.request, query, by_position(rows), show, WorkflowPage)


@router.post(
    "/workflows",
    response_model=WorkflowAdopted,
    status_code=201,
    summary="Neem een procedure aan",
    responses={200: {"model": WorkflowAdopted}},
)
async def adopt_workflow(desk: Opening, sent: WorkflowSent) -> Response:
    """Adopt a version of a procedure, or only look at what that would come to.

    What is unsound is refused with every reason, each with its line. A version is known by its
    number and content: the same one twice is adopted once. For the secretariat.
    """
    if Role.SECRETARIAT not in desk.actor.roles:
        raise NotAllowed(
            Text(
                "Een procedure aannemen doet het secretariaat. Lezen mag iedereen.",
                "A procedure is adopted by the secretariat. Everybody may read it.",
            )
        )

    def adopt() -> str:
        procedures, at = desk.house.procedures, desk.house.clock()
        weigh = (
            procedures.weigh
            if sent.try_only
            else partial(procedures.adopt_text, origin="api", person=desk.person.id)
        )
        try:
            done = weigh(sent.content, FILE, by=desk.person.name, at=at, valid_from=sent.valid_from)
        except WorkflowProblems as problems:
            raise problems_as_faults(problems, "/content") from problems
        return _adopted(done, tried=sent.try_only).model_dump_json()

    # Whether it was new is known once: who asks again gets the words of then.
    shape = WorkflowAdopted.model_validate_json(await desk.once(sent, adopt))
    place = desk.url("workflows", shape.reference)
    return made(shape, place) if shape.adopted else shown(desk.request, shape)


@router.get("/workflows/{workflow}", response_model=WorkflowShape, summary="Eén procedure")
async def show_workflow(desk: Reading, workflow: str) -> Response:
    """Return one version, by `name@version`; by name alone the one that new cases get."""

    def look() -> WorkflowShape:
        procedures, today = desk.house.procedures, desk.today
        name, version = _named(desk, workflow)
        found = procedures.get(name, version).workflow
        return _workflow(found, procedures.version(name, version, today))

    return shown(desk.request, await desk.read(look))


@router.get(
    "/workflows/{workflow}/certificate",
    response_model=CertificateShape,
    summary="Wat van een procedure is bewezen",
)
async def show_certificate(desk: Reading, workflow: str) -> Response:
    """Return the certificate of one version: every property, with a path that shows it."""

    def look() -> CertificateShape:
        return _certificate(desk.house.procedures.certificate(*_named(desk, workflow)))

    return shown(desk.request, await desk.read(look))


FILE = "procedure.yaml"
"""What messages call a text that came in over the wire."""


def _adopted(done: Adoption, *, tried: bool) -> WorkflowAdopted:
    return WorkflowAdopted(
        reference=done.workflow.reference,
        adopted=done.new and not tried,
        valid_from=done.valid_from,
        certificate=_certificate(done.certificate),
    )


def _named(desk: Desk, reference: str) -> tuple[str, str]:
    """Return the name and version that `name@version` means; by name alone the one in force."""
    if "\x00" in reference:
        raise NotFound(Text("Zo'n procedure kan er niet zijn.", "There cannot be such a workflow."))
    name, at, version = reference.partition("@")
    if not at:
        version = desk.house.procedures.latest(name, desk.today).version
    return name, version


def _certificate(certificate: Certificate) -> CertificateShape:
    return CertificateShape(
        reference=certificate.reference,
        content_hash=certificate.content_hash,
        fingerprint=certificate.fingerprint,
        sound=certificate.sound,
        states=certificate.states,
        verdicts=[
            VerdictShape(
                property=verdict.of,
                label=bilingual(verdict.of.label),
                holds=verdict.holds,
                sentence=bilingual(verdict.sentence),
                witness=_path(verdict.witness),
                objections=[
                    ObjectionShape(text=bilingual(one.text), witness=_path(one.witness))
                    for one in verdict.problems
                ],
            )
            for verdict in certificate.verdicts
        ],
        positions=[
            PositionShape(
                stage=position.stage,
                came_from=position.came_from,
                spent=list(position.spent),
                reached_from=position.reached_from,
                reached_by=position.reached_by,
                out_to=position.out_to,
                out_by=position.out_by,
                ended=position.ended,
            )
            for position in certificate.positions
        ],
    )


def _path(path: Path) -> list[StepShape]:
    return [
        StepShape(source=step.source, trigger=step.trigger, target=step.target) for step in path
    ]


def _workflow(workflow: Workflow, adopted: Version) -> WorkflowShape:
    return WorkflowShape(
        reference=workflow.reference,
        name=workflow.name,
        version=workflow.version,
        valid_from=adopted.valid_from,
        validity=adopted.validity,
        adopted_at=adopted.adopted_at,
        adopted_by=adopted.adopted_by,
        label=bilingual(workflow.label),
        description=bilingual(workflow.description),
        initial=workflow.initial,
        content_hash=workflow.content_hash,
        stages=[_stage(stage) for stage in workflow.stages.values()],
        transitions=[_arrow(transition) for transition in workflow.transitions],
    )


def _stage(stage: Stage) -> StageShape:
    return StageShape(
        name=stage.name,
        number=stage.number,
        kind=stage.kind,
        label=bilingual(stage.label),
        purpose=bilingual(stage.purpose),
        owner=stage.owner,
        next_action=None if stage.next_action is None else bilingual(stage.next_action),
        term=None if stage.term is None else _term(stage.term),
        tasks=[task_rule(rule) for rule in stage.tasks.values()],
        when_done=stage.when_done,
    )


def _term(term: StageTerm) -> StageTermShape:
    return StageTermShape(
        length=str(term.rule.length),
        basis=term.rule.basis,
        atw=term.rule.atw,
        agreed=term.agreed,
        source=None if term.rule.source is None else bilingual(term.rule.source),
    )


def _arrow(move: Transition) -> ArrowShape:
    conditions = [(guard, True) for guard in move.required]
    conditions += [(guard, False) for guard in move.advised]
    return ArrowShape(
        trigger=move.trigger,
        label=bilingual(move.label),
        sources=list(move.sources),
        to=move.target,
        roles=sorted(move.roles),
        note_required=move.note_required,
        four_eyes=move.four_eyes,
        conditions=[
            ConditionShape(
                guard=guard,
                label=bilingual(GUARD_LABELS.get(guard, same(guard))),
                required=required,
            )
            for guard, required in conditions
        ],
        tasks=list(move.tasks),
    )
