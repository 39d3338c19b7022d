"""What somebody sends to flag a disagreement, and the command it becomes: all faults at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from impasse.api.shapes import Day, Shape, Words
from impasse.domain.access import authorise
from impasse.domain.case import Party
from impasse.domain.commands import OpenCase, SignalReport
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.decision import Given
from impasse.domain.errors import Fault, Invalid, NotFound
from impasse.domain.opening import TITLE_LENGTH, open_case
from impasse.domain.people import Layer
from impasse.domain.signals import Reliability
from impasse.domain.text import Text
from impasse.wiring import PROCEDURE

if TYPE_CHECKING:
    from impasse.api.desk import Desk


class SignalReported(Shape):
    """What somebody saw; without an organisation it is yours that reports."""

    indicator: Words = Field(description="Een code uit `/indicators`. · A code of `/indicators`.")
    reliability: Reliability
    happened_on: Day
    text: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})
    organisation: Words = ""


class CaseOpened(Shape):
    """A disagreement that you flag."""

    title: Words = Field(
        json_schema_extra={"minLength": 1, "maxLength": TITLE_LENGTH},
        description="Wat er speelt, in één zin. · What is at stake, in one sentence.",
    )
    parties: list[Words] = Field(
        json_schema_extra={"minItems": 2, "uniqueItems": True},
        max_length=100,
        description="Organisaties uit `/organisations`, ook uw eigen. · Organisations of "
        "`/organisations`, your own too.",
    )
    signals: list[SignalReported] = Field([], max_length=50)
    summary: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})
    policy_area: Words = Field("", max_length=200)
    regions: list[Words] = Field([], max_length=50)
    workflow: Words = Field(PROCEDURE, description="Welke procedure. · Which procedure.")


def opening(desk: Desk, sent: CaseOpened) -> OpenCase:
    """Return the command that *sent* asks for; raise `Invalid` when a name in it is unknown."""
    faults: list[Fault] = []
    workflow = _workflow(desk, sent, faults)
    parties = tuple(
        _party(desk, organisation, f"/parties/{place}", faults)
        for place, organisation in enumerate(sent.parties)
    )
    command = OpenCase(
        title=sent.title,
        parties=parties,
        signals=tuple(report_of(desk, signal) for signal in sent.signals),
        workflow=sent.workflow,
        workflow_version=workflow,
        summary=sent.summary,
        policy_area=sent.policy_area,
        regions=tuple(sent.regions),
    )
    if faults:
        raise Invalid(
            Text("Dit signaal is nog niet compleet.", "This signal is not complete yet."),
            [*faults, *(_other_faults(desk, command) if workflow else ())],
        )
    return command


def report_of(desk: Desk, sent: SignalReported) -> SignalReport:
    """Return what *sent* reports; who names no organisation speaks for his own."""
    return SignalReport(
        indicator=sent.indicator,
        reliability=sent.reliability,
        organisation=sent.organisation or desk.actor.organisation,
        happened_on=sent.happened_on,
        text=sent.text,
    )


def party_of(desk: Desk, organisation: str, role: str) -> Party:
    """Return the organisation of the register as a party; raise `Invalid` when it is unknown."""
    faults: list[Fault] = []
    party = _party(desk, organisation, "/organisation", faults)
    if faults:
        raise Invalid(Text("Deze partij kan niet.", "This party cannot be added."), faults)
    return Party(party.organisation, party.name, party.layer, role)


def _workflow(desk: Desk, sent: CaseOpened, faults: list[Fault]) -> str:
    try:
        return desk.house.procedures.latest(sent.workflow, desk.today).version
    except NotFound as error:
        faults.append(Fault("/workflow", error.text))
        return ""


def _party(desk: Desk, organisation: str, pointer: str, faults: list[Fault]) -> Party:
    try:
        found = desk.house.views.organisation(organisation)
    except NotFound as error:
        faults.append(Fault(pointer, error.text))
        return Party(organisation, organisation, Layer.OTHER)
    return Party(found.id, found.name, found.layer)


def _other_faults(desk: Desk, command: OpenCase) -> tuple[Fault, ...]:
    """Return what else the domain has against *command*, so that nobody mends one at a time."""
    authorise(desk.actor, command, None)
    given = Given(
        at=desk.house.clock(),
        today=desk.today,
        actor=desk.actor,
        procedure=desk.house.procedures.get(command.workflow, command.workflow_version),
        calendar=desk.house.calendar,
        indicators=desk.house.indicators,
    )
    try:
        open_case(command, "", given)
    except Invalid as error:
        return error.faults
    return ()
