"""What is said in a room stays there, until its owner approved an exact wording."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from builders import SECRETARY, a_report
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EntryRow, OutboxRow, ReadRow, SignalRow, TimerRow
from impasse.domain.access import may_enter, rooms_of
from impasse.domain.commands import (
    Appoint,
    Contribute,
    DecideRelease,
    DestroyContribution,
    ProposeRelease,
    WithdrawRelease,
)
from impasse.domain.errors import (
    Conflict,
    ImpasseError,
    Invalid,
    KeyReused,
    NotAllowed,
    NotFound,
    Unavailable,
)
from impasse.domain.machine import compile_workflow
from impasse.domain.rooms import (
    SHARED,
    ContributionKind,
    DocumentFile,
    Part,
    ReleaseState,
    Room,
    RoomKind,
)
from impasse.domain.workflow import RoomPolicy
from rooms_of_a_case import (
    CITY,
    CITY_CAUCUS,
    CITY_ROOM,
    COLLEAGUE,
    EVERYONE,
    MEDIATOR,
    MEDIATORS_ROOM,
    NEXT_MEDIATOR,
    PROVINCE,
    STRANGER,
    a_dispute,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rooms_of_a_case import Dispute


@pytest.fixture
def dispute(database_url: str) -> Iterator[Dispute]:
    with a_dispute(database_url) as dispute:
        yield dispute


def _trace(dispute: Dispute) -> list[Any]:
    """Everything that the case itself keeps."""
    with dispute.house.database.connect() as connection:
        found: list[Any] = []
        for row in (CaseRow, SignalRow, TimerRow, OutboxRow):
            of = table(row)
            found.append([tuple(line) for line in connection.execute(select(of))])
        entries = table(EntryRow)
        of_the_case = select(entries).where(entries.c.subject == dispute.case_id)
        found.append([tuple(line) for line in connection.execute(of_the_case)])
    return found


def _with_policy(dispute: Dispute, monkeypatch: pytest.MonkeyPatch, **rules: bool) -> None:
    """Let the procedure say something else of its rooms."""
    case = dispute.case
    compiled = dispute.house.procedures.get(case.workflow, case.workflow_version)
    workflow = replace(compiled.workflow, rooms=RoomPolicy(**rules))
    changed = compile_workflow(workflow)
    monkeypatch.setattr(dispute.house.engine.procedures, "get", lambda *_: changed)


def test_what_is_written_in_a_room_leaves_no_trace_in_the_case(dispute: Dispute) -> None:
    before = _trace(dispute)
    dispute.clock.goes_on(days=3)
    assert dispute.write(CITY, CITY_ROOM) == "N1"
    assert dispute.write(CITY, CITY_CAUCUS, "alleen voor u") == "N1"
    assert dispute.write(MEDIATOR, CITY_CAUCUS, "ik vraag het na") == "N2"
    report = Contribute(
        dispute.case_id,
        CITY_ROOM,
        ContributionKind.SIGNAL,
        Part.VIEW,
        "Weer te laat",
        report=a_report(""),
    )
    assert dispute.house.engine.handle(report, CITY).created == "S2"
    assert _trace(dispute) == before
    assert dispute.texts(CITY, CITY_CAUCUS) == ["alleen voor u", "ik vraag het na"]
    assert dispute.texts(MEDIATOR, CITY_CAUCUS) == ["alleen voor u", "ik vraag het na"]


def test_each_room_is_for_its_own_people(dispute: Dispute) -> None:
    inside = {
        SHARED: {"liaison-provincie", "liaison-stad", "collega-stad", "bemiddelaar", "secretary"},
        CITY_ROOM: {"liaison-stad", "collega-stad"},
        CITY_CAUCUS: {"liaison-stad", "collega-stad", "bemiddelaar"},
        MEDIATORS_ROOM: {"bemiddelaar"},
    }
    case = dispute.case
    for room, people in inside.items():
        assert {one.person for one in EVERYONE if may_enter(one, room, case)} == people
        for one in EVERYONE:
            if one.person in people:
                assert dispute.house.rooms.room(one, case, room.id) == room
            else:
                with pytest.raises(NotFound) as hidden:
                    dispute.house.rooms.room(one, case, room.id)
                with pytest.raises(NotFound) as missing:
                    dispute.house.rooms.room(one, case, "side-gm9999")
                assert hidden.value.text == missing.value.text
                with pytest.raises(NotFound):
                    dispute.write(one, room)
                with pytest.raises(NotFound):
                    dispute.texts(one, room)


def test_a_token_without_the_scope_for_rooms_knows_the_shared_one_only(dispute: Dispute) -> None:
    bare = replace(CITY, confidential=False)
    assert rooms_of(bare, dispute.case) == (SHARED,)
    with pytest.raises(NotFound):
        dispute.write(bare, CITY_ROOM)


def test_the_next_mediator_inherits_no_confidences(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_CAUCUS, "alleen voor u")
    appoint = Appoint(dispute.case_id, "mediator", NEXT_MEDIATOR.person)
    dispute.house.engine.handle(appoint, SECRETARY)
    new = Room(RoomKind.CAUCUS, "gm0363", NEXT_MEDIATOR.person)
    assert dispute.texts(NEXT_MEDIATOR, new) == []
    for someone in (MEDIATOR, NEXT_MEDIATOR):
        with pytest.raises(NotFound):
            dispute.texts(someone, CITY_CAUCUS)
    assert dispute.texts(CITY, CITY_CAUCUS) == ["alleen voor u"]
    with pytest.raises(Conflict, match="no longer appointed"):
        dispute.write(CITY, CITY_CAUCUS)
    lines = dispute.house.rooms.rooms(CITY, dispute.case)
    assert [line.room for line in lines] == [SHARED, CITY_ROOM, new, CITY_CAUCUS]


def test_the_mediator_keeps_no_notes_unless_the_procedure_opens_that_room(
    dispute: Dispute, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotAllowed, match="outside impasse"):
        dispute.write(MEDIATOR, MEDIATORS_ROOM)
    _with_policy(dispute, monkeypatch, mediator_open=True, four_eyes=True)
    assert dispute.write(MEDIATOR, MEDIATORS_ROOM, "voorzichtig") == "N1"
    assert dispute.texts(MEDIATOR, MEDIATORS_ROOM) == ["voorzichtig"]
    # There is nobody else in that room to be the second pair of eyes.
    dispute.propose(MEDIATOR, MEDIATORS_ROOM, "N1")
    assert dispute.decide(MEDIATOR, MEDIATORS_ROOM, "V1").created == "N1"


def test_a_wording_that_the_mediator_proposes_is_shared_when_the_party_approves_it(
    dispute: Dispute,
) -> None:
    dispute.write(CITY, CITY_CAUCUS, "wij gaan tot tien miljoen")
    before = _trace(dispute)
    assert dispute.propose(MEDIATOR, CITY_CAUCUS, "N1") == "V1"
    assert _trace(dispute) == before
    with pytest.raises(NotAllowed, match="Only whose it is"):
        dispute.decide(MEDIATOR, CITY_CAUCUS, "V1")
    with pytest.raises(NotFound):
        dispute.decide(PROVINCE, CITY_CAUCUS, "V1")
    assert dispute.decide(CITY, CITY_CAUCUS, "V1").created == "N1"
    assert dispute.texts(PROVINCE, SHARED) == ["Er is ruimte."]
    [copy] = dispute.house.rooms.contributions(PROVINCE, dispute.case, SHARED)
    assert (copy.organisation, copy.part) == ("gm0363", Part.OBJECTIVE)
    told = [entry.action for entry in dispute.house.views.history(dispute.case_id)]
    assert told[-1] == "contribution_shared"
    room = dispute.house.rooms.history(CITY, dispute.case, CITY_CAUCUS)
    assert [entry.action for entry in room] == [
        "contributed",
        "release_proposed",
        "release_decided",
    ]
    assert dispute.texts(CITY, CITY_CAUCUS) == ["wij gaan tot tien miljoen"]


def test_what_the_mediator_said_in_a_caucus_is_shared_only_when_both_agree(
    dispute: Dispute,
) -> None:
    dispute.write(MEDIATOR, CITY_CAUCUS, "ik denk dat u verder kunt gaan")
    with pytest.raises(NotAllowed, match="Ask the mediator"):
        dispute.propose(CITY, CITY_CAUCUS, "N1")
    dispute.propose(MEDIATOR, CITY_CAUCUS, "N1")
    assert dispute.decide(CITY, CITY_CAUCUS, "V1").created == "N1"


def test_only_the_wording_that_was_read_can_be_approved(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_ROOM)
    dispute.propose(CITY, CITY_ROOM, "N1", "Er is ruimte.")
    dispute.propose(CITY, CITY_ROOM, "N1", "Er is veel ruimte.")
    read = dispute.release(CITY, CITY_ROOM, "V1").wording
    with pytest.raises(Conflict, match="not the one proposed"):
        dispute.house.engine.handle(
            DecideRelease(dispute.case_id, CITY_ROOM, "V2", approved=True, wording=read), CITY
        )
    assert dispute.texts(PROVINCE, SHARED) == []


def test_declined_and_withdrawn_share_nothing_and_are_final(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_CAUCUS)
    dispute.propose(MEDIATOR, CITY_CAUCUS, "N1")
    dispute.propose(MEDIATOR, CITY_CAUCUS, "N1")
    dispute.decide(CITY, CITY_CAUCUS, "V1", approved=False)
    with pytest.raises(NotAllowed, match="withdraw"):
        dispute.house.engine.handle(WithdrawRelease(dispute.case_id, CITY_CAUCUS, "V2"), CITY)
    dispute.house.engine.handle(WithdrawRelease(dispute.case_id, CITY_CAUCUS, "V2"), MEDIATOR)
    for key in ("V1", "V2"):
        with pytest.raises(Conflict, match="already"):
            dispute.decide(CITY, CITY_CAUCUS, key)
    assert dispute.texts(PROVINCE, SHARED) == []
    states = [one.state for one in dispute.house.rooms.releases(CITY, dispute.case, CITY_CAUCUS)]
    assert states == [ReleaseState.DECLINED, ReleaseState.WITHDRAWN]


def test_where_four_eyes_are_asked_a_colleague_approves(
    dispute: Dispute, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_policy(dispute, monkeypatch, four_eyes=True)
    dispute.write(CITY, CITY_ROOM)
    dispute.propose(CITY, CITY_ROOM, "N1")
    with pytest.raises(NotAllowed, match="somebody else"):
        dispute.decide(CITY, CITY_ROOM, "V1")
    assert dispute.decide(COLLEAGUE, CITY_ROOM, "V1").created == "N1"


def test_a_signal_counts_only_from_when_it_is_shared(dispute: Dispute) -> None:
    for number in range(3):
        dispute.house.engine.handle(
            Contribute(
                dispute.case_id,
                CITY_ROOM,
                ContributionKind.SIGNAL,
                Part.OBJECTIVE,
                f"Signaal {number}",
                report=replace(a_report("niet nagekomen"), indicator="E1"),
            ),
            CITY,
        )
    before = dispute.case
    assert (len(before.signals), before.revision) == (1, 2)
    dispute.propose(CITY, CITY_ROOM, "S1", "De afspraak van 4 september is niet nagekomen.")
    assert dispute.decide(CITY, CITY_ROOM, "V1").created == "S2"
    after = dispute.case
    assert after.signals[-1].text.endswith("De afspraak van 4 september is niet nagekomen.")
    assert after.signals[-1].organisation == "gm0363"
    assert after.score > before.score


def test_a_document_is_shared_with_its_file_or_without(dispute: Dispute) -> None:
    file = DocumentFile("raming.pdf", "application/pdf", b"%PDF-1.7 raming")
    command = Contribute(
        dispute.case_id,
        CITY_ROOM,
        ContributionKind.DOCUMENT,
        Part.OBJECTIVE,
        "Raming",
        file=file,
    )
    assert dispute.house.engine.handle(command, CITY).created == "D1"
    assert dispute.house.rooms.document(CITY, dispute.case, CITY_ROOM, "D1") == file
    for with_document in (True, False):
        propose = ProposeRelease(
            dispute.case_id,
            CITY_ROOM,
            "D1",
            "Raming",
            "De raming is tien miljoen.",
            Part.OBJECTIVE,
            with_document=with_document,
        )
        key = dispute.house.engine.handle(propose, CITY).created
        dispute.decide(CITY, CITY_ROOM, key)
    shared = dispute.house.rooms.contributions(PROVINCE, dispute.case, SHARED)
    assert [one.id for one in shared] == ["D1", "N2"]
    assert dispute.house.rooms.document(PROVINCE, dispute.case, SHARED, "D1") == file
    with pytest.raises(NotFound):
        dispute.house.rooms.document(PROVINCE, dispute.case, SHARED, "N2")


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"title": " ", "text": ""}, ["/title", "/text"]),
        ({"title": "a\nb"}, ["/title"]),
        ({"title": "x" * 301}, ["/title"]),
        ({"kind": ContributionKind.DOCUMENT}, ["/file"]),
        ({"file": DocumentFile("a", "text/plain", b"x")}, ["/file"]),
        (
            {
                "kind": ContributionKind.DOCUMENT,
                "file": DocumentFile("a\r\nSet-Cookie: x", "text/plain", b"x"),
            },
            ["/file/name"],
        ),
        (
            {
                "kind": ContributionKind.DOCUMENT,
                "file": DocumentFile("a", "text/html; charset=x\r\n", b"x"),
            },
            ["/file/mediaType"],
        ),
        ({"kind": ContributionKind.SIGNAL}, ["/kind"]),
    ],
)
def test_what_cannot_be_kept_is_named_all_at_once(
    dispute: Dispute, changes: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        dispute.write(CITY, CITY_ROOM, **changes)
    assert [fault.pointer for fault in refused.value.faults] == pointers
    assert dispute.house.rooms.contributions(CITY, dispute.case, CITY_ROOM) == []


def test_the_same_request_twice_writes_once(dispute: Dispute) -> None:
    command = Contribute(
        dispute.case_id, CITY_ROOM, ContributionKind.NOTE, Part.VIEW, "Titel", "Tekst"
    )
    for _ in range(2):
        assert dispute.house.engine.handle(command, CITY, key="k1").created == "N1"
    with pytest.raises(KeyReused):
        dispute.house.engine.handle(replace(command, text="Anders"), CITY, key="k1")
    assert dispute.texts(CITY, CITY_ROOM) == ["Tekst"]


def test_what_is_destroyed_in_a_room_is_felt_by_no_key_of_somebody_outside(
    dispute: Dispute,
) -> None:
    engine, case = dispute.house.engine, dispute.case_id
    said = Contribute(case, SHARED, ContributionKind.NOTE, Part.VIEW, "Bod", "Voor allen.")
    first = engine.handle(said, PROVINCE, key="k")
    confided = replace(said, room=CITY_ROOM)
    engine.handle(confided, CITY, key="k")
    elsewhere = replace(said, room=CITY_CAUCUS)
    kept = engine.handle(elsewhere, CITY, key="k2")
    engine.handle(DestroyContribution(case, CITY_ROOM, "N1", "Vergissing."), CITY)
    assert engine.handle(said, PROVINCE, key="k") == replace(first, repeated=True)
    assert engine.handle(elsewhere, CITY, key="k2") == replace(kept, repeated=True)
    with pytest.raises(KeyReused):
        engine.handle(confided, CITY, key="k")


def test_of_two_approvals_at_once_one_shares(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_ROOM)
    dispute.propose(CITY, CITY_ROOM, "N1")
    together, outcomes = Barrier(2), []

    def approve(who: Any) -> None:
        together.wait()
        try:
            outcomes.append(dispute.decide(who, CITY_ROOM, "V1").created)
        except ImpasseError as error:
            outcomes.append(type(error).__name__)

    threads = [Thread(target=approve, args=(who,)) for who in (CITY, COLLEAGUE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Conflict", "N1"]
    assert dispute.texts(PROVINCE, SHARED) == ["Er is ruimte."]


def test_who_reads_in_a_confidential_room_is_written_down(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_CAUCUS)
    dispute.texts(MEDIATOR, CITY_CAUCUS)
    dispute.texts(MEDIATOR, CITY_CAUCUS)
    dispute.clock.goes_on(hours=1)
    dispute.texts(MEDIATOR, CITY_CAUCUS)
    dispute.texts(PROVINCE, SHARED)
    found = dispute.house.rooms.reads(CITY, dispute.case, CITY_CAUCUS)
    assert [(one.person, one.what) for one in found] == [("bemiddelaar", "contributions")] * 2
    with pytest.raises(NotFound):
        dispute.house.rooms.reads(STRANGER, dispute.case, CITY_CAUCUS)


def test_what_is_not_there_was_not_read(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_CAUCUS)
    rooms, case = dispute.house.rooms, dispute.case
    for read, number in (
        (rooms.contribution, "N2"),
        (rooms.release, "V1"),
        (rooms.document, "D1"),
    ):
        with pytest.raises(NotFound):
            read(MEDIATOR, case, CITY_CAUCUS, number)
    assert rooms.reads(CITY, case, CITY_CAUCUS) == []


def test_what_cannot_be_written_down_is_not_shown(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_CAUCUS)
    with dispute.house.database.begin() as connection:
        connection.execute(text(f"ALTER TABLE {ReadRow.__tablename__} RENAME TO gone"))
    with pytest.raises((Unavailable, DBAPIError)):
        dispute.texts(MEDIATOR, CITY_CAUCUS)
