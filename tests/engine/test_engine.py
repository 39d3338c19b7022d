"""One command, one transaction: what is durable, what is refused, and what the writer outlives."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from builders import (
    SECRETARY,
    Running,
    a_report,
    an_opening,
    broken_chains,
    history,
    rows,
    running,
    timers,
)
from impasse.adapters.sql.tables import CaseRow, OutboxRow
from impasse.domain.case import Party
from impasse.domain.commands import AddParty, CloseSignal, RecordEvent, ReportSignal
from impasse.domain.errors import Conflict, Invalid, NotFound, StaleRevision, Unavailable
from impasse.domain.people import Actor, Layer, Role
from impasse.engine import engine as engine_module

if TYPE_CHECKING:
    from collections.abc import Iterator

LIAISON = Actor("liaison", "gm0363", frozenset({Role.LIAISON_OFFICER}), "api")


@contextmanager
def the_writer_waits(house: Running) -> Iterator[None]:
    """Keep the writer busy with a command, so that all that is asked meanwhile forms one batch."""
    entered, go = threading.Event(), threading.Event()
    decide_at = house.clock

    def clock():
        if not go.is_set():
            entered.set()
            go.wait(10)
        return decide_at()

    house.engine.clock = clock
    waiting = house.engine.submit(an_opening(0), SECRETARY)
    assert entered.wait(10)
    try:
        yield
    finally:
        go.set()
        house.engine.clock = decide_at
        waiting.result(10)


def test_sixteen_commands_share_a_commit_and_a_refusal_hurts_nobody_beside_it(
    database_url: str,
) -> None:
    with running(database_url) as house:
        with the_writer_waits(house):
            asked = [
                house.engine.submit(an_opening(n, title="" if n == 8 else f"Zaak {n}"), SECRETARY)
                for n in range(1, 17)
            ]
        refused = asked.pop(7)
        assert isinstance(refused.exception(10), Invalid)
        cases = [one.result(10).subject for one in asked]
        # A refusal gives its number back: no holes.
        assert cases == [f"IMP-2026-{n:04d}" for n in range(2, 17)]
        assert [row.title for row in rows(house.database, CaseRow, "id")[1:]] == [
            f"Zaak {n}" for n in range(1, 17) if n != 8
        ]
        assert broken_chains(house.database) == []


def test_what_a_refused_command_wrote_before_it_failed_is_undone(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(database_url) as house:
        (case,) = house.open_cases()
        saved = engine_module.Engine._unit

        def unit(self, tx, ask):
            receipt = saved(self, tx, ask)
            if isinstance(ask.command, RecordEvent):
                raise ZeroDivisionError
            return receipt

        monkeypatch.setattr(engine_module.Engine, "_unit", unit)
        day = house.clock.at.date()
        with the_writer_waits(house):
            before = house.engine.submit(ReportSignal(case, a_report("een")), SECRETARY)
            broken = house.engine.submit(RecordEvent(case, "brief", day), SECRETARY)
            after = house.engine.submit(ReportSignal(case, a_report("twee")), SECRETARY)
        assert before.result(10).revision == 2
        assert isinstance(broken.exception(10), ZeroDivisionError)
        assert after.result(10).revision == 3
        assert "event_recorded" not in [e.action for e in history(house.database, case)]
        assert broken_chains(house.database) == []


def test_the_writer_outlives_an_unexpected_error(database_url: str) -> None:
    with running(database_url) as house:
        house.engine.clock = lambda: 1 // 0
        with pytest.raises(ZeroDivisionError):
            house.engine.handle(an_opening(), SECRETARY)
        house.engine.clock = house.clock
        assert house.open_cases() == ["IMP-2026-0001"]


def test_the_writer_outlives_log_lines_that_cannot_be_written(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def info(self, *_args: object, **_values: object) -> None:
            raise BrokenPipeError

        warning = error = exception = info

    monkeypatch.setattr(engine_module, "log", Full())
    with running(sqlite_url) as house:
        assert house.open_cases(2) == ["IMP-2026-0001", "IMP-2026-0002"]
        with pytest.raises(Invalid):
            house.engine.handle(an_opening(title=""), SECRETARY)
        house.clock.goes_on(days=60)
        assert house.engine.fire_due() == 10
        assert house.open_cases() == ["IMP-2026-0003"]


def test_a_command_called_off_while_it_waits_is_not_done_and_hurts_nobody(
    database_url: str,
) -> None:
    with running(database_url) as house:
        with the_writer_waits(house):
            called_off = house.engine.submit(an_opening(1), SECRETARY)
            other = house.engine.submit(an_opening(2), SECRETARY)
            assert called_off.cancel()
        assert other.result(10).subject == "IMP-2026-0002"
        assert [row.title for row in rows(house.database, CaseRow, "id")] == [
            "Wie betaalt brug 0?",
            "Wie betaalt brug 2?",
        ]


def test_a_repeated_request_gets_the_answer_of_the_first(database_url: str) -> None:
    with running(database_url) as house:
        first = house.engine.handle(an_opening(1), LIAISON, key="k1")
        again = house.engine.handle(an_opening(1), LIAISON, key="k1")
        assert (again.subject, again.revision, again.created) == (
            first.subject,
            first.revision,
            first.created,
        )
        assert again.repeated
        assert not first.repeated
        assert len(rows(house.database, CaseRow)) == 1


def test_a_key_belongs_to_one_request_and_one_person(database_url: str) -> None:
    with running(database_url) as house:
        house.engine.handle(an_opening(1), LIAISON, key="k1")
        with pytest.raises(Conflict, match="belongs to another request"):
            house.engine.handle(an_opening(2), LIAISON, key="k1")
        other = house.engine.handle(an_opening(2), SECRETARY, key="k1")
        assert not other.repeated


def test_a_refused_request_leaves_its_key_free(database_url: str) -> None:
    with running(database_url) as house:
        with pytest.raises(Invalid):
            house.engine.handle(an_opening(title=""), LIAISON, key="k1")
        assert house.engine.handle(an_opening(1), LIAISON, key="k1").changed


def test_who_looked_at_an_older_revision_is_refused(database_url: str) -> None:
    with running(database_url) as house:
        (case,) = house.open_cases()
        house.engine.handle(ReportSignal(case, a_report()), SECRETARY, revision=1)
        with pytest.raises(StaleRevision):
            house.engine.handle(ReportSignal(case, a_report()), SECRETARY, revision=1)
        assert house.engine.handle(ReportSignal(case, a_report()), SECRETARY, revision=2)


def test_what_does_not_exist_is_not_found(database_url: str) -> None:
    with running(database_url) as house, pytest.raises(NotFound):
        house.engine.handle(ReportSignal("IMP-1999-0001", a_report()), SECRETARY)


def test_a_refusal_leaves_no_trace(database_url: str) -> None:
    with running(database_url) as house:
        (case,) = house.open_cases()
        told = len(rows(house.database, OutboxRow))
        with pytest.raises(Conflict):
            house.engine.handle(CloseSignal(case, "S9", house.clock.at.date()), SECRETARY)
        assert rows(house.database, CaseRow)[0].revision == 1
        assert len(rows(house.database, OutboxRow)) == told


def test_a_closed_engine_finishes_what_waits_and_refuses_what_comes(database_url: str) -> None:
    with running(database_url) as house:
        asked = [house.engine.submit(an_opening(n), SECRETARY) for n in range(20)]
        house.engine.close()
        assert len({one.result(10).subject for one in asked}) == 20
        with pytest.raises(Unavailable):
            house.engine.handle(an_opening(), SECRETARY)
        house.engine.close()


def test_a_lost_connection_is_said_and_the_next_command_works(postgresql_url: str) -> None:
    with running(postgresql_url) as house:
        house.open_cases()
        with house.database.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        with pytest.raises(Unavailable):
            house.engine.handle(an_opening(1), SECRETARY)
        assert house.engine.handle(an_opening(2), SECRETARY).subject == "IMP-2026-0002"
        assert broken_chains(house.database) == []


def test_a_connection_lost_in_the_middle_of_a_batch_loses_the_batch_and_nothing_else(
    postgresql_url: str,
) -> None:
    with running(postgresql_url) as house:
        (case,) = house.open_cases()

        def cut() -> None:
            with house.database.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

        calls = iter([lambda: None, lambda: None, cut])
        with the_writer_waits(house):
            asked = [house.engine.submit(ReportSignal(case, a_report()), SECRETARY) for _ in "123"]
            inner = house.clock

            def clock():
                next(calls, lambda: None)()
                return inner()

            the_gate = house.engine.clock
        del the_gate
        house.engine.clock = clock
        answers = [one.exception(10) for one in asked]
        house.engine.clock = inner
        # Whatever was durable before the cut stays; what was not is said to be not.
        kept = [a for a in answers if a is None]
        assert all(a is None or isinstance(a, Unavailable) for a in answers)
        assert rows(house.database, CaseRow, "id")[0].revision == 1 + len(kept)
        receipt = house.engine.handle(ReportSignal(case, a_report()), SECRETARY)
        assert receipt.revision == 2 + len(kept)
        assert broken_chains(house.database) == []


def test_a_file_that_another_program_holds_is_said_to_be_busy(sqlite_url: str) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    with running(sqlite_url) as house:
        house.open_cases()
        with house.database.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")
        house.store._kept.driver_connection.execute("PRAGMA busy_timeout = 50")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="Another program"):
            house.engine.handle(an_opening(1), SECRETARY)
        other.execute("ROLLBACK")
        assert house.engine.handle(an_opening(2), SECRETARY).subject == "IMP-2026-0002"
    other.close()


def test_two_engines_that_change_one_case_are_serialised_and_nothing_is_lost(
    postgresql_url: str,
) -> None:
    with running(postgresql_url) as one, running(postgresql_url) as two:
        (case,) = one.open_cases()
        asked = [
            house.engine.submit(ReportSignal(case, a_report(f"{n}")), SECRETARY)
            for n in range(40)
            for house in (one, two)
        ]
        revisions = sorted(answer.result(30).revision for answer in asked)
        assert revisions == list(range(2, 82))
        signals = [e for e in history(one.database, case) if e.action == "signal_reported"]
        assert len(signals) == 81
        assert broken_chains(one.database) == []


def test_of_two_engines_that_saw_the_same_revision_one_is_refused(postgresql_url: str) -> None:
    with running(postgresql_url) as one, running(postgresql_url) as two:
        (case,) = one.open_cases()
        for revision in range(1, 16):
            asked = [
                house.engine.submit(ReportSignal(case, a_report()), SECRETARY, revision=revision)
                for house in (one, two)
            ]
            errors = [answer.exception(10) for answer in asked]
            assert sorted(type(e).__name__ for e in errors) == ["NoneType", "StaleRevision"]


def test_engines_that_lock_cases_crosswise_give_way_and_finish(postgresql_url: str) -> None:
    with running(postgresql_url) as one, running(postgresql_url) as two:
        cases = one.open_cases(2)
        with the_writer_waits(one), the_writer_waits(two):
            asked = [
                house.engine.submit(ReportSignal(case, a_report()), SECRETARY)
                for house, order in ((one, cases), (two, cases[::-1]))
                for case in order * 8
            ]
        assert [answer.exception(30) for answer in asked] == [None] * 32
        revisions = {row.id: row.revision for row in rows(one.database, CaseRow)}
        assert [revisions[case] for case in cases] == [17, 17]
        assert broken_chains(one.database) == []


def test_engines_that_open_the_first_cases_of_a_year_give_each_its_own_number(
    postgresql_url: str,
) -> None:
    with running(postgresql_url) as one, running(postgresql_url) as two:
        asked = [
            house.engine.submit(an_opening(n), SECRETARY) for n in range(10) for house in (one, two)
        ]
        numbers = sorted(answer.result(30).subject for answer in asked)
        assert numbers == [f"IMP-2026-{n:04d}" for n in range(1, 21)]


def test_the_same_request_through_two_engines_at_once_is_done_once(postgresql_url: str) -> None:
    with running(postgresql_url) as one, running(postgresql_url) as two:
        (case,) = one.open_cases()
        for n in range(10):
            command = AddParty(case, Party(f"gm{n:04d}", f"Gemeente {n}", Layer.MUNICIPALITY))
            receipts = [
                answer.result(10)
                for answer in [
                    house.engine.submit(command, SECRETARY, key=f"k{n}") for house in (one, two)
                ]
            ]
            assert sorted(r.repeated for r in receipts) == [False, True]
            assert receipts[0].revision == receipts[1].revision == n + 2


def test_two_engines_that_sweep_at_once_fire_each_timer_once(postgresql_url: str) -> None:
    with running(postgresql_url) as one, running(postgresql_url) as two:
        one.open_cases(20)
        one.clock.goes_on(days=60)
        two.clock.at = one.clock.at
        threads = [
            threading.Thread(target=lambda e=house.engine: [e.fire_due(7) for _ in range(20)])
            for house in (one, two)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        one.engine.fire_due()
        actions = [e.action for e in history(one.database)]
        assert actions.count("term_expired") == 20
        assert actions.count("rung_reached") == 40
        assert [t for t in timers(one.database, "armed") if t.due_at <= one.clock.at] == []
        assert broken_chains(one.database) == []
