"""Cases as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.api.shapes import Bilingual, Day, Moment, Shape, bilingual
from impasse.domain.case import Status, TermState, Visibility
from impasse.domain.early_warning import Level
from impasse.domain.people import Layer
from impasse.domain.signals import Reliability
from impasse.domain.terms import Basis
from impasse.domain.tier import Tier
from impasse.domain.workflow import unknown_stage

if TYPE_CHECKING:
    from impasse.adapters.sql.views import CaseLine
    from impasse.domain.case import Case, Party, Term
    from impasse.domain.signals import Signal
    from impasse.domain.workflow import Workflow


class StageName(Shape):
    """A stage, by its name in the procedure and in words."""

    name: str
    label: Bilingual


class PartyShape(Shape):
    """An organisation that takes part."""

    organisation: str
    name: str
    layer: Layer
    role: str


class TermInShort(Shape):
    """The term that runs, or that passed."""

    stage: str
    length: str
    basis: Basis
    start: Day
    end: Day
    ends_at: Moment
    state: TermState


class SignalShape(Shape):
    """What somebody saw."""

    id: str
    indicator: str
    reliability: Reliability
    organisation: str
    happened_on: Day
    reported_on: Day
    text: str
    closed_on: Day | None
    closed_as: str


class CaseSummary(Shape):
    """A case as a list shows it."""

    id: str
    title: str
    policy_area: str
    regions: list[str]
    visibility: Visibility
    workflow: str
    stage: StageName
    stage_since: Day
    tier: Tier
    status: Status
    opened_on: Day
    last_step_on: Day
    handler: str
    mediator: str
    level: Level
    score: float
    candidate: str
    parties: list[PartyShape]
    term: TermInShort | None
    revision: int
    href: str


class CaseShape(CaseSummary):
    """A whole case; its confirmations, history and terms have addresses of their own."""

    summary: str
    signals: list[SignalShape]


def stage_name(name: str, workflow: Workflow | None) -> StageName:
    """Return the stage called *name*, in the words of *workflow* as far as that knows it."""
    stage = None if workflow is None else workflow.stages.get(name)
    return StageName(name=name, label=bilingual((stage or unknown_stage(name)).label))


def party_shape(party: Party) -> PartyShape:
    """Return *party* as it is shown."""
    return PartyShape(
        organisation=party.organisation, name=party.name, layer=party.layer, role=party.role
    )


def term_in_short(term: Term | None) -> TermInShort | None:
    """Return *term* as a case shows it."""
    if term is None:
        return None
    return TermInShort(
        stage=term.stage,
        length=term.length,
        basis=Basis(term.basis),
        start=term.start,
        end=term.end,
        ends_at=term.ends_at,
        state=term.state,
    )


def signal_shape(signal: Signal) -> SignalShape:
    """Return *signal* as it is shown."""
    return SignalShape(
        id=signal.id,
        indicator=signal.indicator,
        reliability=signal.reliability,
        organisation=signal.organisation,
        happened_on=signal.happened_on,
        reported_on=signal.reported_on,
        text=signal.text,
        closed_on=signal.closed_on,
        closed_as=signal.closed_as,
    )


def case_summary(line: CaseLine, workflow: Workflow | None, href: str) -> CaseSummary:
    """Return *line* as a list shows it, also when its procedure is not here."""
    return CaseSummary(
        id=line.id,
        title=line.title,
        policy_area=line.policy_area,
        regions=list(line.regions),
        visibility=line.visibility,
        workflow=f"{line.workflow}@{line.workflow_version}",
        stage=stage_name(line.stage, workflow),
        stage_since=line.stage_since,
        tier=line.tier,
        status=line.status,
        opened_on=line.opened_on,
        last_step_on=line.last_step_on,
        handler=line.handler,
        mediator=line.mediator,
        level=line.level,
        score=line.score,
        candidate=line.candidate,
        parties=[party_shape(party) for party in line.parties],
        term=term_in_short(line.term),
        revision=line.revision,
        href=href,
    )


def case_shape(case: Case, workflow: Workflow, href: str) -> CaseShape:
    """Return the whole *case*."""
    return CaseShape(
        id=case.id,
        title=case.title,
        summary=case.summary,
        policy_area=case.policy_area,
        regions=list(case.regions),
        visibility=case.visibility,
        workflow=workflow.reference,
        stage=stage_name(case.stage, workflow),
        stage_since=case.stage_since,
        tier=case.tier,
        status=case.status,
        opened_on=case.opened_on,
        last_step_on=case.last_step_on,
        handler=case.handler,
        mediator=case.mediator,
        level=case.standing.level if case.standing is not None else Level.GREEN,
        score=case.score,
        candidate=case.candidate,
        parties=[party_shape(party) for party in case.parties],
        signals=[signal_shape(signal) for signal in case.signals],
        term=term_in_short(case.term),
        revision=case.revision,
        href=href,
    )
