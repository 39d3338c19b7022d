"""What a mediator thinks of the hardening stays in one room; runs of escalation never touch it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from builders import SECRETARY
from impasse.adapters.exports.case_archive import case_archive
from impasse.adapters.sql.personal_data import personal_data
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CaseRow,
    ContributionRow,
    EntryRow,
    EscalationRunRow,
    NotificationRow,
    OutboxRow,
    SignalRow,
    TimerRow,
)
from impasse.domain.commands import Appoint, Contribute, ProposeRelease, StartEscalation
from impasse.domain.errors import Invalid, NotAllowed, NotFound
from impasse.domain.machine import compile_workflow
from impasse.domain.rooms import SHARED, ContributionKind, Part
from impasse.domain.workflow import RoomPolicy
from rooms_of_a_case import (
    CITY,
    CITY_CAUCUS,
    CITY_ROOM,
    EVERYONE,
    MEDIATOR,
    MEDIATORS_ROOM,
    NEXT_MEDIATOR,
    a_dispute,
)
from runs import a_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rooms_of_a_case import Dispute

STAGES = (("gm0363", 6), ("pv27", 2))
WORDS = "ultimatum-1974"
KEPT = (CaseRow, SignalRow, TimerRow, OutboxRow, EscalationRunRow, NotificationRow)


@pytest.fixture
def dispute(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dispute]:
    """A dispute whose procedure opens the mediator's room."""
    with a_dispute(sqlite_url) as dispute:
        case = dispute.case
        compiled = dispute.house.procedures.get(case.workflow, case.workflow_version)
        opened = compile_workflow(replace(compiled.workflow, rooms=RoomPolicy(mediator_open=True)))
        with monkeypatch.context() as patched:
            patched.setattr(dispute.house.engine.procedures, "get", lambda *_: opened)
            yield dispute


def an_assessment(dispute: Dispute, **changes: Any) -> Contribute:
    """What the mediator sees: the city threatens, the province debates."""
    made = Contribute(
        dispute.case_id,
        MEDIATORS_ROOM,
        ContributionKind.CONFLICT_ASSESSMENT,
        Part.VIEW,
        "Hoe hard is het conflict?",
        WORDS,
        stages=STAGES,
    )
    return replace(made, **changes)


def kept(dispute: Dispute) -> list[Any]:
    """Everything that the case itself keeps, and all that goes out of it."""
    with dispute.house.database.connect() as connection:
        found: list[Any] = [
            [tuple(line) for line in connection.execute(select(table(row)))] for row in KEPT
        ]
        entries = table(EntryRow)
        of_the_case = select(entries).where(entries.c.subject == dispute.case_id)
        found.append([tuple(line) for line in connection.execute(of_the_case)])
    return found


def assessed(dispute: Dispute) -> list[Any]:
    """The assessments that are kept, as rows."""
    rows = table(ContributionRow)
    query = select(rows).where(rows.c.kind == ContributionKind.CONFLICT_ASSESSMENT.value)
    with dispute.house.database.connect() as connection:
        return [tuple(line) for line in connection.execute(query)]


def test_an_assessment_changes_nothing_in_the_case(dispute: Dispute) -> None:
    before = kept(dispute)
    dispute.clock.goes_on(days=1)
    assert dispute.house.engine.handle(an_assessment(dispute), MEDIATOR).created == "C1"
    assert kept(dispute) == before
    (one,) = dispute.house.rooms.contributions(MEDIATOR, dispute.case, MEDIATORS_ROOM)
    assert dict(one.particulars) == dict(STAGES)
    (entry,) = dispute.house.rooms.history(MEDIATOR, dispute.case, MEDIATORS_ROOM)
    assert WORDS not in entry.content
    assert "gm0363" not in entry.content


def test_a_run_that_tells_levels_changes_no_assessment(
    dispute: Dispute, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispute.house.engine.handle(an_assessment(dispute), MEDIATOR)
    before = assessed(dispute)
    policy = a_policy()
    monkeypatch.setattr(dispute.house.engine, "policies", lambda: {policy.name: policy})
    dispute.house.engine.handle(StartEscalation(dispute.case_id, policy.name), SECRETARY)
    dispute.clock.goes_on(days=7)
    dispute.house.engine.fire_due()
    (run,) = dispute.house.runs.of_case(SECRETARY, dispute.case_id)
    assert run.level > 0
    assert assessed(dispute) == before


def test_only_the_mediator_of_the_case_sees_it_and_nothing_takes_it_along(dispute: Dispute) -> None:
    house = dispute.house
    house.engine.handle(an_assessment(dispute), MEDIATOR)
    for reader in EVERYONE:
        if reader is not MEDIATOR:
            with pytest.raises(NotFound):
                house.rooms.contributions(reader, dispute.case, MEDIATORS_ROOM)
    told = json.dumps(personal_data(house.database, MEDIATOR, dispute.clock()), default=str)
    told += json.dumps(case_archive(house.views, house.rooms, MEDIATOR, dispute.case_id))
    assert WORDS not in told
    assert house.search.find(MEDIATOR, WORDS) == []
    with pytest.raises(NotAllowed, match="never leaves this room"):
        house.engine.handle(
            ProposeRelease(dispute.case_id, MEDIATORS_ROOM, "C1", "x", "x", Part.VIEW), MEDIATOR
        )
    house.engine.handle(Appoint(dispute.case_id, "mediator", NEXT_MEDIATOR.person), SECRETARY)
    for reader in (MEDIATOR, NEXT_MEDIATOR):
        with pytest.raises(NotFound):
            house.rooms.contributions(reader, dispute.case, MEDIATORS_ROOM)


@pytest.mark.parametrize(
    ("who", "changes", "place"),
    [
        (CITY, {"room": SHARED}, "/kind"),
        (CITY, {"room": CITY_ROOM}, "/kind"),
        (MEDIATOR, {"room": CITY_CAUCUS}, "/kind"),
        (MEDIATOR, {"stages": ()}, "/stages"),
        (MEDIATOR, {"stages": (("gm0344", 3),)}, "/stages/0/organisation"),
        (MEDIATOR, {"part": Part.OBJECTIVE}, "/part"),
        (MEDIATOR, {"kind": ContributionKind.NOTE}, "/stages"),
    ],
)
def test_elsewhere_or_otherwise_it_is_refused(
    dispute: Dispute, who: Any, changes: dict[str, Any], place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        dispute.house.engine.handle(an_assessment(dispute, **changes), who)
    assert [fault.pointer for fault in refused.value.faults] == [place]
    assert assessed(dispute) == []


def test_where_the_procedure_shuts_the_room_it_is_refused_as_a_note_is(sqlite_url: str) -> None:
    with a_dispute(sqlite_url) as shut:
        for command in (
            an_assessment(shut),
            an_assessment(shut, kind=ContributionKind.NOTE, stages=()),
        ):
            with pytest.raises(NotAllowed, match="no room for notes"):
                shut.house.engine.handle(command, MEDIATOR)
