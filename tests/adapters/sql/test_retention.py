"""What is kept no longer is destroyed: the words go, the proof stays, and a hold stops it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, select

from builders import SECRETARY
from impasse.adapters.sql.audit import verify
from impasse.adapters.sql.retention import Retention, coming, scrub
from impasse.adapters.sql.tables import EscalationRunRow, NotificationRow, OutboxRow
from impasse.domain.case import ConfirmationKind
from impasse.domain.commands import (
    AssessDisclosure,
    Confirm,
    Contribute,
    DestroyContribution,
    DestroyRoom,
    LiftHold,
    PlaceHold,
    RaiseTier,
    RecordEvent,
)
from impasse.domain.destruction import kept_until
from impasse.domain.disclosure import Disclosure
from impasse.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from impasse.domain.length import Length, Unit
from impasse.domain.machine import compile_workflow
from impasse.domain.people import CLOCK
from impasse.domain.rooms import SHARED, ContributionKind, DocumentFile, Part, RoomKind
from impasse.domain.tier import Tier
from impasse.domain.workflow import KEPT, RoomPolicy
from rooms_of_a_case import CITY, CITY_CAUCUS, CITY_ROOM, MEDIATOR, PROVINCE, a_dispute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rooms_of_a_case import Dispute

CANARY = "kanarie-3f9c"
_TABLES = [
    "rooms",
    "contributions",
    "document_contents",
    "releases",
    "assessments",
    "entries",
    "reads",
    "idempotency_keys",
    "outbox",
    "cases",
    "signals",
    "confirmations",
    "tasks",
    "terms",
    "candidates",
    "legal_holds",
    "escalation_runs",
    "notifications",
]


@pytest.fixture
def dispute(database_url: str) -> Iterator[Dispute]:
    with a_dispute(database_url) as dispute:
        yield dispute


@pytest.fixture
def light(sqlite_url: str) -> Iterator[Dispute]:
    """The same dispute, where one kind of database says enough."""
    with a_dispute(sqlite_url) as dispute:
        yield dispute


def _closed(dispute: Dispute) -> None:
    """Close the case today, whatever its procedure asks for first."""
    today = dispute.house.calendar.local_day(dispute.clock())
    with dispute.house.database.begin() as connection:
        connection.execute(
            text("UPDATE cases SET status = 'closed', stage_since = :day"),
            {"day": today.isoformat() if connection.dialect.name == "sqlite" else today},
        )


def _full_of_canaries(dispute: Dispute) -> None:
    """Write the canary in every field of the room of the city."""
    dispute.write(CITY, CITY_ROOM, CANARY, title=CANARY)
    body = (CANARY + "\n").encode() * 3000
    file = DocumentFile(f"{CANARY}.txt", "text/plain", body)
    command = Contribute(
        dispute.case_id,
        CITY_ROOM,
        ContributionKind.DOCUMENT,
        Part.OBJECTIVE,
        CANARY,
        CANARY * 100,
        file=file,
    )
    dispute.house.engine.handle(command, CITY, key=CANARY[:7])
    dispute.propose(CITY, CITY_ROOM, "N1", CANARY)
    dispute.house.engine.handle(
        AssessDisclosure(dispute.case_id, "S1", "gm0363", Disclosure.REFUSED, ("5.1.2.i",), CANARY),
        CITY,
    )


def _escalated(dispute: Dispute) -> None:
    """Write the canary in what people wrote about an escalation, and in what they were told."""
    at = dispute.clock()
    with Session(dispute.house.database) as session:
        message = session.exec(select(OutboxRow)).first()
        assert message is not None
        session.add(
            EscalationRunRow(
                case_id=dispute.case_id, id="E9", policy="p", policy_version="1.0.0", snapshot="{}",
                cause="c", event="", stay=1, state="ended", level=1, round=1, turn=1,
                started_at=at, next_is="", remaining_seconds=None, acts=f'["{CANARY}"]',
                ended_at=at, ended_as="closed",
            )
        )  # fmt: skip
        session.add(
            NotificationRow(
                id="told", message_id=message.id, person_id=CITY.person, subject=dispute.case_id,
                type=message.type, stands_for="", reason_nl=CANARY, reason_en=CANARY, why_nl="",
                why_en="", otherwise_nl="", otherwise_en="", rule="", run="E9", urgent=False,
                dedup_key="", repeats=0, created_at=at, lapsed_because="", feedback="",
                feedback_reason=CANARY,
            )
        )  # fmt: skip
        session.commit()


def _sweeping(dispute: Dispute) -> Retention:
    house = dispute.house
    return Retention(
        house.database,
        house.engine,
        house.procedures,
        lambda: house.calendar.local_day(dispute.clock()),
        settle_seconds=0,
    )


def _dump(dispute: Dispute) -> str:
    """Return every value of every table."""
    told = []
    with dispute.house.database.connect() as connection:
        for table in _TABLES:
            for row in connection.execute(text(f"SELECT * FROM {table}")):  # noqa: S608 our own names
                told += [v.decode() if isinstance(v, bytes) else str(v) for v in row]
    return "\n".join(told)


def test_after_its_retention_only_the_proof_of_a_room_is_left(dispute: Dispute) -> None:
    _full_of_canaries(dispute)
    assert list(verify(dispute.house.database)) == []
    _closed(dispute)
    [due] = coming(dispute.house.database, dispute.house.procedures)
    dispute.clock.goes_on(days=364)
    assert _sweeping(dispute).sweep() == 0
    assert CANARY in _dump(dispute)
    dispute.clock.goes_on(days=1)
    assert dispute.house.calendar.local_day(dispute.clock()) == due.day
    assert _sweeping(dispute).sweep() == 1
    assert CANARY not in _dump(dispute)
    assert list(verify(dispute.house.database)) == []
    actions = [one.action for one in dispute.house.rooms.history(CITY, dispute.case, CITY_ROOM)]
    assert actions[-1] == "room_destroyed"
    assert _sweeping(dispute).sweep() == 0


def test_the_bytes_are_not_left_in_the_file(light: Dispute) -> None:
    dispute = light
    _full_of_canaries(dispute)
    other = dispute.write(CITY, CITY_CAUCUS, "geen vogel")
    _closed(dispute)
    dispute.clock.goes_on(days=366)
    _sweeping(dispute).sweep()
    name = dispute.house.database.url.database
    assert name is not None
    left = [Path(name), Path(f"{name}-wal")]
    assert other
    for path in left:
        assert CANARY.encode() not in (path.read_bytes() if path.exists() else b"")


def test_a_clock_that_was_put_back_leaves_no_bytes_in_the_file(light: Dispute) -> None:
    sweeping = _sweeping(light)
    for days, words in ((4000, "vooruit"), (-4000, CANARY)):
        key = light.write(CITY, CITY_ROOM, words)
        light.clock.goes_on(days=days)
        gone = DestroyContribution(light.case_id, CITY_ROOM, key, "in de verkeerde kamer")
        light.house.engine.handle(gone, CITY)
        sweeping.sweep()
    name = light.house.database.url.database
    assert name is not None
    assert CANARY.encode() not in Path(f"{name}-wal").read_bytes()


def test_while_a_hold_stands_nobody_destroys_anything(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_ROOM)
    hold = PlaceHold(dispute.case_id, "pv27", "Woo-verzoek van een krant", "Woo 2026-31")
    placed = dispute.house.engine.handle(hold, PROVINCE)
    assert placed.created == "B1"
    away = DestroyContribution(dispute.case_id, CITY_ROOM, "N1", "fout ingevoerd")
    with pytest.raises(Conflict, match="Woo 2026-31"):
        dispute.house.engine.handle(away, CITY)
    _closed(dispute)
    dispute.clock.goes_on(days=400)
    assert _sweeping(dispute).sweep() == 0
    with pytest.raises(Conflict, match="B1"):
        dispute.house.engine.handle(DestroyRoom(dispute.case_id, CITY_ROOM), CLOCK)
    with pytest.raises(NotAllowed):
        dispute.house.engine.handle(LiftHold(dispute.case_id, "B1", "mag wel"), CITY)
    dispute.house.engine.handle(LiftHold(dispute.case_id, "B1", "besluit is definitief"), PROVINCE)
    assert _sweeping(dispute).sweep() == 1
    assert dispute.texts(CITY, CITY_ROOM) == [""]
    told = [one.action for one in dispute.house.views.history(dispute.case_id)]
    assert told[-2:] == ["hold_placed", "hold_lifted"]


def test_an_owner_destroys_one_thing_and_the_rest_stays(dispute: Dispute) -> None:
    _full_of_canaries(dispute)
    dispute.write(CITY, CITY_CAUCUS, "blijft")
    for key in ("N1", "D2"):
        command = DestroyContribution(dispute.case_id, CITY_ROOM, key, "in de verkeerde kamer")
        with pytest.raises(NotFound):
            dispute.house.engine.handle(command, PROVINCE)
        with pytest.raises(NotFound):
            dispute.house.engine.handle(command, MEDIATOR)
        dispute.house.engine.handle(command, CITY)
        with pytest.raises(Conflict):
            dispute.house.engine.handle(command, CITY)
    with dispute.house.database.begin() as connection:
        connection.execute(text("DELETE FROM assessments"))
    assert CANARY not in _dump(dispute)
    assert dispute.texts(CITY, CITY_CAUCUS) == ["blijft"]
    note = DestroyContribution(dispute.case_id, CITY_CAUCUS, "N1", "weg ermee")
    with pytest.raises(NotAllowed):
        dispute.house.engine.handle(note, MEDIATOR)
    with pytest.raises(Invalid):
        dispute.house.engine.handle(
            DestroyContribution(dispute.case_id, CITY_CAUCUS, "N1", " "), CITY
        )


def test_a_clock_that_jumps_once_destroys_nothing(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_ROOM)
    _closed(dispute)
    house, steady = dispute.house, [0.0]
    retention = Retention(
        house.database,
        house.engine,
        house.procedures,
        lambda: house.calendar.local_day(dispute.clock()),
        settle_seconds=600,
        steady=lambda: steady[0],
    )
    dispute.clock.goes_on(days=4000)
    assert retention.look() == 0
    dispute.clock.goes_on(days=-4000)
    steady[0] = 700
    assert retention.look() == 0
    dispute.clock.goes_on(days=4000)
    steady[0] = 1400
    assert retention.look() == 0
    steady[0] = 1900
    assert retention.look() == 0
    steady[0] = 2100
    assert retention.look() == 1


def test_two_processes_destroy_a_room_once(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_ROOM)
    dispute.write(CITY, CITY_CAUCUS)
    _closed(dispute)
    dispute.clock.goes_on(days=400)
    counts: list[int] = []
    both = [Thread(target=lambda: counts.append(_sweeping(dispute).sweep())) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sum(counts) == 2
    for room in (CITY_ROOM, CITY_CAUCUS):
        told = dispute.house.rooms.history(CITY, dispute.case, room)
        assert [one.action for one in told].count("room_destroyed") == 1
    assert scrub(dispute.house.database)


@pytest.mark.parametrize(
    ("harm", "where"),
    [
        ("UPDATE contributions SET text = 'anders'", "N1"),
        ("UPDATE contributions SET person = 'liaison-provincie'", "N1"),
        ("UPDATE contributions SET organisation = 'pv27'", "N1"),
        ("UPDATE contributions SET written_at = '2020-01-01T00:00:00.000000+00:00'", "N1"),
        ("UPDATE releases SET proposed_by = 'liaison-provincie'", "V1"),
        ("UPDATE contributions SET text = '', salt = '', title = ''", "N1"),
        ("UPDATE contributions SET text = '', destroyed_at = written_at", "N1"),
        ("UPDATE document_contents SET body = X'00'", "D2"),
        ("DELETE FROM document_contents", "D2"),
        ("UPDATE releases SET text = 'anders'", "V1"),
        ("UPDATE releases SET state = 'approved'", "V1"),
        ("DELETE FROM releases", "V1"),
        ("UPDATE assessments SET disclosure = 'full', grounds = ''", "S1"),
        ("UPDATE entries SET content = '', salt = '' WHERE subject LIKE '%/side:%'", "keten"),
        ("DELETE FROM entries WHERE subject LIKE '%/side:%'", "keten"),
        ("DELETE FROM legal_holds", "B1"),
        ("UPDATE legal_holds SET lifted_at = placed_at", "B1"),
        ("DELETE FROM entries WHERE subject LIKE '%/side:%' AND seq > 2", "keten"),
    ],
)
def test_the_audit_finds_what_was_changed_behind_its_back(
    light: Dispute, harm: str, where: str
) -> None:
    _full_of_canaries(light)
    light.house.engine.handle(PlaceHold(light.case_id, "gm0363", "Woo"), CITY)
    assert list(verify(light.house.database)) == []
    with light.house.database.begin() as connection:
        connection.execute(text(harm))
    found = list(verify(light.house.database))
    assert found
    assert any(where in one.why.nl for one in found)


def test_a_room_that_was_taken_away_whole_is_missed(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_ROOM)
    dispute.write(PROVINCE, SHARED, "voor allen")
    with dispute.house.database.begin() as connection:
        connection.execute(text("DELETE FROM contributions"))
        connection.execute(text("DELETE FROM rooms"))
    subjects = {one.subject for one in verify(dispute.house.database)}
    assert subjects == {dispute.case_id, f"{dispute.case_id}/side:gm0363"}


@pytest.mark.parametrize("lacking", ["reason", "organisation", "reference"])
def test_a_hold_says_what_it_lacks(light: Dispute, lacking: str) -> None:
    dispute = light
    values: dict[str, Any] = {"organisation": "gm0363", "reason": "Woo", "reference": "W1"}
    wrong = {"reason": " ", "organisation": "pv27", "reference": "a\nb"}
    with pytest.raises(Invalid) as refused:
        dispute.house.engine.handle(
            PlaceHold(dispute.case_id, **values | {lacking: wrong[lacking]}), CITY
        )
    assert [fault.pointer for fault in refused.value.faults] == [f"/{lacking}"]
    dispute.house.engine.handle(PlaceHold(dispute.case_id, **values), SECRETARY)
    with pytest.raises(Conflict):
        dispute.house.engine.handle(PlaceHold(dispute.case_id, **values), CITY)


def test_what_breaks_off_halfway_has_destroyed_nothing(light: Dispute) -> None:
    dispute = light
    _full_of_canaries(dispute)
    _closed(dispute)
    dispute.clock.goes_on(days=400)
    with dispute.house.database.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER cut BEFORE UPDATE ON releases "
                "BEGIN SELECT RAISE(ABORT, 'power cut'); END"
            )
        )
    with pytest.raises(Exception, match="power cut"):
        _sweeping(dispute).sweep()
    assert CANARY in _dump(dispute)
    assert list(verify(dispute.house.database)) == []
    with dispute.house.database.begin() as connection:
        connection.execute(text("DROP TRIGGER cut"))
    assert _sweeping(dispute).sweep() == 1
    assert CANARY not in _dump(dispute)


def test_a_whole_case_goes_after_its_rooms_and_its_proof_stays(
    dispute: Dispute, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = dispute.house
    _full_of_canaries(dispute)
    _escalated(dispute)
    dispute.write(PROVINCE, SHARED, CANARY, title=CANARY)
    for command in (
        RecordEvent(dispute.case_id, CANARY, house.calendar.local_day(dispute.clock())),
        RaiseTier(dispute.case_id, Tier.DIRECTORS, CANARY),
        Confirm(dispute.case_id, ConfirmationKind.VIEW, "pv27", CANARY),
        PlaceHold(dispute.case_id, "pv27", CANARY, CANARY),
        LiftHold(dispute.case_id, "B1", CANARY),
    ):
        house.engine.handle(command, SECRETARY)
    found = house.procedures.get(dispute.case.workflow, dispute.case.workflow_version)
    policy = RoomPolicy(keep={**KEPT, RoomKind.SHARED: Length.parse("2 months")})
    changed = compile_workflow(replace(found.workflow, rooms=policy))
    monkeypatch.setattr(type(house.procedures), "get", lambda *_: changed)
    _closed(dispute)
    due = coming(house.database, house.procedures)
    assert [one.room for one in due] == [CITY_ROOM, SHARED]
    assert due[0].day == due[1].day
    dispute.clock.goes_on(days=365)
    assert _sweeping(dispute).sweep() == 2
    assert CANARY not in _dump(dispute)
    assert list(verify(house.database)) == []
    assert dispute.case.title == "(vernietigd)"
    assert _sweeping(dispute).sweep() == 0
    with house.database.begin() as connection:
        connection.execute(
            text("UPDATE entries SET content = '', salt = '' WHERE action = 'case_destroyed'")
        )
    assert [one.seq for one in verify(house.database)] == [1]


@given(
    closed=st.dates(date(2020, 1, 1), date(2090, 12, 31)),
    amount=st.integers(1, 900),
    unit=st.sampled_from(list(Unit)),
)
def test_the_longer_something_is_kept_the_later_it_goes(
    closed: date, amount: int, unit: Unit
) -> None:
    def day(more: int) -> date | None:
        keep = {**KEPT, RoomKind.SIDE: Length(amount + more, unit)}
        return kept_until(RoomKind.SIDE, closed, RoomPolicy(keep=keep))

    first, later = day(0), day(1)
    assert first is not None
    assert later is not None
    assert closed < first <= later
    assert kept_until(RoomKind.SHARED, closed, RoomPolicy()) is None
