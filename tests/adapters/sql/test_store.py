"""Both databases keep every part of a decision, give it back as it was, and claim alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from builders import MONDAY, SECRETARY, broken_chains, history, rows, timers
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.store import SqlStore
from impasse.adapters.sql.tables import CandidateRow, EntryRow, OutboxRow, TermRow
from impasse.domain.case import (
    Case,
    Confirmation,
    ConfirmationKind,
    Party,
    Purpose,
    Status,
    Term,
    TermState,
    Timer,
    Visibility,
)
from impasse.domain.decision import Decision, Message
from impasse.domain.early_warning import Level, Standing
from impasse.domain.errors import NotFound, StaleRevision
from impasse.domain.history import Entry
from impasse.domain.overleg import Candidate, CandidateState, Meeting
from impasse.domain.people import Layer, Role
from impasse.domain.signals import Reliability, Signal
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.engine.ports import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER = "IMP-2026-0001"
DAY = date(2026, 9, 7)
ODD = "Één 'zin' met \"tekens\"; -- € 100\nen 日本語 🌉"


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    """A store on an empty database."""
    store = SqlStore(open_database(database_url))
    yield store
    store.close()


def a_case(**changes: object) -> Case:
    """A case of which every part says something."""
    values: dict[str, object] = {
        "id": NUMBER,
        "title": ODD,
        "summary": ODD,
        "policy_area": "mobiliteit",
        "regions": ("Noord-Holland", "Fryslân"),
        "visibility": Visibility.LESSON,
        "workflow": "interbestuurlijke-impasse",
        "workflow_version": "2",
        "stage": "joint_fact_finding",
        "stage_entry": 2,
        "stage_since": DAY,
        "came_from": "signal",
        "tier": Tier.DIRECTORS,
        "status": Status.PAUSED,
        "opened_on": DAY - timedelta(days=9),
        "last_step_on": DAY,
        "handler": "beleidsmedewerker, pv27",
        "mediator": "bemiddelaar",
        "standing": Standing(Level.ORANGE, DAY, DAY - timedelta(days=1)),
        "score": 7.25,
        "candidate": f"{NUMBER}-K1",
        "candidate_day": DAY + timedelta(days=30),
        "parties": (
            Party("pv27", "Noord-Holland", Layer.PROVINCE, "aanvrager"),
            Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
        ),
        "signals": (
            Signal("S1", "A1", Reliability.DOCUMENT, "gm0363", DAY, DAY, ODD),
            Signal("S2", "E1", Reliability.SECOND_HAND, "pv27", DAY, DAY, "", DAY, "kept"),
        ),
        "confirmations": (
            Confirmation(ConfirmationKind.VIEW, "gm0363", ODD, "p1", MONDAY),
            Confirmation(
                ConfirmationKind.FACT_REPORT, "", "", "p2", MONDAY + timedelta(microseconds=1)
            ),
        ),
        "term": a_term(),
    }
    return Case(**values | changes)  # type: ignore[arg-type]


def a_term(**changes: object) -> Term:
    """Eight weeks of fact-finding."""
    values: dict[str, object] = {
        "stage": "joint_fact_finding",
        "stage_entry": 2,
        "length": "8 weeks",
        "basis": "agreement",
        "atw": "apply",
        "start": DAY,
        "raw_end": date(2026, 11, 1),
        "end": date(2026, 11, 2),
        "ends_at": datetime(2026, 11, 2, 23, tzinfo=UTC),
        "calendar_version": "2026-1",
    }
    return Term(**values | changes)  # type: ignore[arg-type]


def opening(case: Case, **more: object) -> Decision:
    """The decision that brings *case* into being with all its parts."""
    return Decision(
        case,
        entries=[Entry("case_opened", {"title": case.title, "n": 1, "none": None})],
        parties=list(case.parties),
        signals=list(case.signals),
        confirmations=list(case.confirmations),
        term=case.term,
        **more,  # type: ignore[arg-type]
    )


def keep(store: SqlStore, decision: Decision, before: Case | None = None) -> Receipt:
    """Write *decision* in a transaction of its own."""
    with store.transaction() as tx:
        return tx.save(decision, before, SECRETARY, MONDAY)


def load(store: SqlStore, number: str = NUMBER) -> Case:
    """Read a case in a transaction of its own."""
    with store.transaction() as tx:
        return tx.case(number)


def as_kept(case: Case, loaded: Case) -> Case:
    """Return *case* with what only the store can know."""
    return replace(
        case,
        revision=loaded.revision,
        history_head=loaded.history_head,
        history_length=loaded.history_length,
    )


def test_every_part_of_a_case_comes_back_as_it_was(store: SqlStore) -> None:
    case = a_case()
    assert keep(store, opening(case)) == Receipt(NUMBER, 1)
    loaded = load(store)
    assert loaded == as_kept(case, loaded)
    assert (loaded.revision, loaded.history_length) == (1, 1)
    assert loaded.term is not None
    assert loaded.term.ends_at.utcoffset() == timedelta(0)


def test_a_bare_case_comes_back_too(store: SqlStore) -> None:
    case = a_case(
        regions=(),
        standing=None,
        candidate_day=None,
        parties=(),
        signals=(),
        confirmations=(),
        term=None,
        title="",
    )
    keep(store, opening(case))
    assert load(store) == as_kept(case, load(store))


def test_what_changes_replaces_what_was_and_the_rest_stays(store: SqlStore) -> None:
    keep(store, opening(a_case()))
    before = load(store)
    closed = replace(before.signals[0], closed_on=DAY, closed_as="closed")
    third = Party("ws0155", "Amstel, Gooi en Vecht", Layer.WATER_AUTHORITY)
    again = replace(before.confirmations[0], note="anders", at=MONDAY + timedelta(hours=1))
    met = replace(before.term, state=TermState.MET)
    after = replace(
        before,
        stage="resolution",
        stage_entry=3,
        came_from="joint_fact_finding",
        handler="een ander",
        mediator="",
        candidate="",
        candidate_day=None,
        tier=Tier.OVERHEDENOVERLEG,
        status=Status.OPEN,
        score=0.1,
        standing=Standing(Level.RED, DAY),
        parties=(*before.parties, third),
        signals=(closed, before.signals[1]),
        confirmations=(before.confirmations[1], again),
        term=a_term(stage_entry=3, stage="resolution"),
    )
    receipt = keep(
        store,
        Decision(
            after,
            entries=[Entry("changed", {"a": 1}), Entry("changed", {"a": 2})],
            parties=[third],
            signals=[closed],
            confirmations=[again],
            term=after.term,
            ended_terms=[met],
        ),
        before,
    )
    assert receipt.revision == 2
    loaded = load(store)
    assert loaded == as_kept(after, loaded)
    assert loaded.history_length == 3
    states = {row.stage_entry: row.state for row in rows(store.database, TermRow)}
    assert states == {2: "met", 3: "running"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60),
    score=st.floats(0, 100).map(lambda x: round(x, 2)),
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 zoned by hypothesis
    day=st.dates(date(1813, 1, 1), date(2200, 1, 1)),
)
def test_any_text_number_moment_and_day_comes_back(
    store: SqlStore, text: str, score: float, moment: datetime, day: date
) -> None:
    with store.transaction() as tx:
        number = tx.next_case_id(2026)
    case = a_case(
        id=number,
        title=text,
        summary=text,
        regions=(text,),
        score=score,
        opened_on=day,
        signals=(Signal("S1", "A1", Reliability.DOCUMENT, "gm0363", day, day, text),),
        confirmations=(Confirmation(ConfirmationKind.VIEW, "gm0363", text, "p1", moment),),
        term=a_term(ends_at=moment, end=day),
    )
    keep(store, opening(case))
    loaded = load(store, number)
    assert loaded == as_kept(case, loaded)


def test_who_decided_on_an_older_revision_is_refused_and_leaves_nothing(store: SqlStore) -> None:
    keep(store, opening(a_case()))
    seen = load(store)
    first = Decision(seen.but(handler="een"), entries=[Entry("a")])
    second = Decision(
        seen.but(handler="twee"),
        messages=[Message("x", (Role.PARTY,), Text("x", "x"))],
    )
    keep(store, first, seen)
    with pytest.raises(StaleRevision):
        keep(store, second, seen)
    assert load(store).handler == "een"
    assert [e.action for e in history(store.database)] == ["case_opened", "a"]
    assert rows(store.database, OutboxRow) == []
    assert broken_chains(store.database) == []


def test_the_history_is_a_chain_that_shows_what_was_tampered_with(store: SqlStore) -> None:
    keep(store, opening(a_case()))
    for n in range(4):
        before = load(store)
        keep(store, Decision(replace(before, score=float(n)), entries=[Entry("step")]), before)
    assert broken_chains(store.database) == []
    entries = table(EntryRow)
    last = history(store.database, NUMBER)[-1]
    for tampering, mending in (
        ({"content": '{"x":1}'}, {"content": last.content}),
        ({"person": "een ander"}, {"person": last.person}),
        ({"at": MONDAY + timedelta(seconds=1)}, {"at": last.at}),
        ({"salt": "0"}, {"salt": last.salt}),
    ):
        for values, broken in ((tampering, [NUMBER]), (mending, [])):
            with store.database.begin() as connection:
                connection.execute(update(entries).where(entries.c.seq == 5).values(**values))
            assert broken_chains(store.database) == broken
    with store.database.begin() as connection:
        connection.execute(delete(entries).where(entries.c.seq == 5))
    assert broken_chains(store.database) == [NUMBER]


def test_what_happens_inside_a_savepoint_that_fails_is_undone_and_no_more(
    store: SqlStore,
) -> None:
    with store.transaction() as tx:
        with tx.savepoint():
            tx.save(opening(a_case()), None, SECRETARY, MONDAY)
        with pytest.raises(ZeroDivisionError), tx.savepoint():  # noqa: PT012 the whole is undone
            assert tx.next_case_id(2026) == "IMP-2026-0001"
            tx.save(opening(a_case(id="IMP-2026-0009")), None, SECRETARY, MONDAY)
            raise ZeroDivisionError
        with tx.savepoint():
            assert tx.next_case_id(2026) == "IMP-2026-0001"
    assert load(store).id == NUMBER
    with pytest.raises(NotFound):
        load(store, "IMP-2026-0009")


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:  # noqa: PT012 the same
        tx.save(opening(a_case()), None, SECRETARY, MONDAY)
        raise ZeroDivisionError
    with pytest.raises(NotFound):
        load(store)
    keep(store, opening(a_case()))


def test_numbers_count_per_year(store: SqlStore) -> None:
    with store.transaction() as tx:
        assert [tx.next_case_id(year) for year in (2026, 2026, 2027, 2026)] == [
            "IMP-2026-0001",
            "IMP-2026-0002",
            "IMP-2027-0001",
            "IMP-2026-0003",
        ]


def test_due_timers_are_claimed_in_the_order_of_their_moments(store: SqlStore) -> None:
    hours = [5, 1, 3, 2, 4, 9]
    keep(
        store,
        opening(
            a_case(),
            arm=[
                Timer(NUMBER, Purpose.RUNG, rung, 2, MONDAY + timedelta(hours=hour))
                for rung, hour in enumerate(hours)
            ],
        ),
    )
    now = MONDAY + timedelta(hours=5)
    with store.transaction() as tx:
        due = tx.due(now, 10)
        assert [t.due_at for t in due] == [MONDAY + timedelta(hours=h) for h in (1, 2, 3, 4, 5)]
        assert {(t.case, t.purpose, t.stage_entry) for t in due} == {(NUMBER, Purpose.RUNG, 2)}
        assert [t.rung for t in tx.due(now, 2)] == [1, 3]
        tx.close_timer(due[0].id, "fired", now)
        tx.close_timer(due[1].id, "stale", now)
        tx.postpone_timer(due[2].id, now + timedelta(minutes=5), "stuk")
        assert [t.rung for t in tx.due(now, 10)] == [4, 0]
    kept = {t.rung: t for t in timers(store.database)}
    assert (kept[1].state, kept[1].fired_at) == ("fired", now)
    assert kept[3].state == "stale"
    assert (kept[2].state, kept[2].failure, kept[2].due_at) == (
        "armed",
        "stuk",
        MONDAY + timedelta(hours=3),
    )
    with store.transaction() as tx:
        assert [t.rung for t in tx.due(now + timedelta(minutes=5), 10)] == [4, 0, 2]


def test_a_new_stay_disarms_all_but_the_reassessment_and_an_ending_disarms_all(
    store: SqlStore,
) -> None:
    both = [
        Timer(NUMBER, Purpose.RUNG, 0, 2, MONDAY),
        Timer(NUMBER, Purpose.REASSESSMENT, 0, 1, MONDAY),
    ]
    keep(store, opening(a_case(), arm=both))
    before = load(store)
    moved = Decision(replace(before, stage_entry=3), entries=[Entry("moved")], disarm=True)
    keep(store, moved, before)
    assert {t.purpose: t.state for t in timers(store.database)} == {
        "rung": "cancelled",
        "reassessment": "armed",
    }
    before = load(store)
    ended = Decision(before.but(score=9.0), entries=[Entry("ended")], disarm_all=True)
    keep(store, ended, before)
    assert {t.state for t in timers(store.database)} == {"cancelled"}


def test_a_candidate_is_proposed_and_then_settled(store: SqlStore) -> None:
    meeting = Meeting(
        "2026-12-10", "overhedenoverleg", date(2026, 12, 10), time(13), time(15, 30), "Den Haag",
        date(2026, 12, 3),
    )  # fmt: skip
    keep(store, Decision(None, entries=[Entry("meeting_planned")], meeting=meeting))
    proposed = Candidate("K1", NUMBER, CandidateState.PROPOSED, Text("reden", "reason"))
    keep(store, opening(a_case(), candidates=[proposed]))
    (row,) = rows(store.database, CandidateRow)
    assert (row.state, row.reason_nl, row.reason_en, row.meeting_id) == (
        "proposed",
        "reden",
        "reason",
        None,
    )
    before = load(store)
    accepted = replace(
        proposed,
        state=CandidateState.ACCEPTED,
        meeting=meeting.id,
        decided_because="past",
        minutes=30,
    )
    keep(
        store,
        Decision(replace(before, score=1.0), entries=[Entry("x")], candidates=[accepted]),
        before,
    )
    (row,) = rows(store.database, CandidateRow)
    assert (row.state, row.meeting_id, row.minutes, row.decided_by, row.decided_at) == (
        "accepted",
        "2026-12-10",
        30,
        "secretary",
        MONDAY,
    )
    assert row.reason_nl == "reden"


def test_meetings_come_back_and_the_next_is_the_first_whose_agenda_is_open(
    store: SqlStore,
) -> None:
    first, second = (
        Meeting(
            f"2026-{month}-10",
            "overhedenoverleg",
            date(2026, month, 10),
            time(13),
            time(15, 30),
            "Den Haag",
            date(2026, month, 3),
        )
        for month in (11, 12)
    )
    for meeting in (second, first):
        receipt = keep(store, Decision(None, entries=[Entry("planned")], meeting=meeting))
        assert receipt == Receipt(f"OVERLEG-{meeting.id}", 1, meeting.id)
    with store.transaction() as tx:
        assert tx.meeting(first.id) == first
        assert tx.next_meeting(date(2026, 11, 3)) == first
        assert tx.next_meeting(date(2026, 11, 4)) == second
        assert tx.next_meeting(date(2026, 12, 4)) is None
        with pytest.raises(NotFound):
            tx.meeting("2020-01-01")
    with pytest.raises(StaleRevision):
        keep(store, Decision(None, entries=[Entry("planned")], meeting=first))
    assert broken_chains(store.database) == []


def test_messages_get_stable_numbers_and_carry_who_and_why(store: SqlStore) -> None:
    said = [
        Message("a", (Role.PARTY, Role.MEDIATOR), Text(ODD, "why")),
        Message("b", (), Text("", "")),
    ]
    keep(store, opening(a_case(), messages=said))
    kept = rows(store.database, OutboxRow, "id")
    assert [(m.id, m.type) for m in kept] == [
        ("IMP-2026-0001-1-1", "nl.impasse.case.a"),
        ("IMP-2026-0001-1-2", "nl.impasse.case.b"),
    ]
    assert (kept[0].notify, kept[0].reason_nl, kept[0].reason_en, kept[0].at) == (
        '["party","mediator"]',
        ODD,
        "why",
        MONDAY,
    )
    assert kept[0].spread_at is None


def test_an_answer_is_remembered_per_person_and_key(store: SqlStore) -> None:
    receipt = Receipt(NUMBER, 3, "S2", changed=False)
    with store.transaction() as tx:
        assert tx.remembered("p1", "k") is None
        tx.remember("p1", "k", "hash", receipt, MONDAY)
    with store.transaction() as tx:
        earlier = tx.remembered("p1", "k")
        assert earlier is not None
        assert earlier.request_hash == "hash"
        assert earlier.receipt == replace(receipt, repeated=True)
        assert tx.remembered("p2", "k") is None
