"""A version of a procedure is adopted once, as of a day, with its proof; and history knows it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from builders import MONDAY
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import WorkflowProblems, load_workflow
from impasse.adapters.sql.audit import verify
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.procedures import AdoptedProcedures
from impasse.domain.adoption import Validity, version_order
from impasse.domain.errors import Conflict, Invalid, NotFound
from impasse.domain.soundness import certify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

NAME = "spoed"
SHIPPED = shipped("workflows", f"{NAME}.yaml")
TODAY = MONDAY.date()
NEXT_MONTH = TODAY + timedelta(days=30)


def version(number: str, *, label: str = "Spoed") -> str:
    written = SHIPPED.read_text("utf-8")
    found = load_workflow(SHIPPED).version
    return written.replace(f'version: "{found}"', f'version: "{number}"').replace(
        "nl: Spoed,", f"nl: {label},"
    )


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def procedures(database: Engine) -> AdoptedProcedures:
    return AdoptedProcedures(database)


def adopt(procedures: AdoptedProcedures, number: str, valid_from: date | None = None) -> bool:
    content = version(number)
    return procedures.adopt_text(content, "x", by="anna", at=MONDAY, valid_from=valid_from).new


def test_new_cases_get_the_version_that_is_valid_on_their_day(
    procedures: AdoptedProcedures,
) -> None:
    adopt(procedures, "1")
    adopt(procedures, "2", NEXT_MONTH)
    assert procedures.latest(NAME, TODAY).version == "1"
    assert procedures.latest(NAME, NEXT_MONTH - timedelta(days=1)).version == "1"
    assert procedures.latest(NAME, NEXT_MONTH).version == "2"
    assert [(one.version, one.validity) for one in procedures.versions(TODAY)] == [
        ("2", Validity.UPCOMING),
        ("1", Validity.IN_FORCE),
    ]
    assert [(one.version, one.validity) for one in procedures.versions(NEXT_MONTH)] == [
        ("2", Validity.IN_FORCE),
        ("1", Validity.PAST),
    ]


def test_of_two_versions_with_one_first_day_the_one_adopted_last_is_in_force(
    procedures: AdoptedProcedures,
) -> None:
    adopt(procedures, "10")
    later = MONDAY + timedelta(hours=1)
    procedures.adopt_text(version("9"), "x", by="anna", at=later)
    assert procedures.latest(NAME, TODAY).version == "9"
    assert version_order("10") > version_order("9")


def test_a_procedure_that_is_only_to_come_is_not_there_yet_and_says_from_when(
    procedures: AdoptedProcedures,
) -> None:
    adopt(procedures, "1", NEXT_MONTH)
    with pytest.raises(NotFound, match="applies from Wednesday 7 October 2026 only"):
        procedures.latest(NAME, TODAY)
    with pytest.raises(NotFound, match="has not been adopted"):
        procedures.latest("onbekend", TODAY)


def test_the_certificate_is_kept_with_the_version(procedures: AdoptedProcedures) -> None:
    adopt(procedures, "1")
    kept = procedures.certificate(NAME, "1")
    assert kept.sound
    assert kept == certify(procedures.get(NAME, "1").workflow)
    assert kept.content_hash == procedures.version(NAME, "1", TODAY).content_hash


def test_a_certificate_from_before_or_that_was_touched_is_proven_anew(
    procedures: AdoptedProcedures, database: Engine
) -> None:
    adopt(procedures, "1")
    kept = procedures.certificate(NAME, "1")
    for written in ("", "{}", kept.to_json().replace(kept.content_hash, "0" * 64)):
        with database.begin() as connection:
            connection.execute(text("UPDATE workflows SET certificate = :c"), {"c": written})
        assert procedures.certificate(NAME, "1") == kept


def test_an_unsound_version_is_refused_with_every_reason_and_nothing_is_kept(
    procedures: AdoptedProcedures,
) -> None:
    broken = (
        version("1")
        .replace("initial: signal", "initial: start")
        .replace("roles: [secretariat]", "roles: [clock]")
    )
    with pytest.raises(WorkflowProblems) as refused:
        procedures.adopt_text(broken, "x", by="anna", at=MONDAY)
    assert len(refused.value.problems) > 1
    assert all(problem.line for problem in refused.value.problems)
    assert procedures.versions(TODAY) == []


def test_a_version_is_adopted_once_and_keeps_its_content_and_its_first_day(
    procedures: AdoptedProcedures,
) -> None:
    assert adopt(procedures, "1", NEXT_MONTH)
    assert not adopt(procedures, "1")
    assert not adopt(procedures, "1", NEXT_MONTH)
    with pytest.raises(Conflict, match="applies from Wednesday 7 October 2026"):
        adopt(procedures, "1", NEXT_MONTH + timedelta(days=1))
    with pytest.raises(Conflict, match="with other content"):
        procedures.adopt_text(version("1", label="Haast"), "x", by="anna", at=MONDAY)


def test_who_adopts_has_a_name_and_the_first_day_is_not_past(
    procedures: AdoptedProcedures,
) -> None:
    with pytest.raises(Invalid) as refused:
        procedures.adopt_text(
            version("1"), "x", by="  ", at=MONDAY, valid_from=TODAY - timedelta(days=1)
        )
    assert [fault.pointer for fault in refused.value.faults] == ["/by", "/validFrom"]
    with pytest.raises(Invalid):
        adopt(procedures, "1", date(2101, 1, 1))


def test_to_weigh_a_version_changes_nothing(procedures: AdoptedProcedures) -> None:
    weighed = procedures.weigh(version("1"), "x", by="anna", at=MONDAY)
    assert (weighed.new, weighed.valid_from, weighed.certificate.sound) == (True, TODAY, True)
    assert procedures.versions(TODAY) == []


def test_the_first_day_is_that_of_the_netherlands(procedures: AdoptedProcedures) -> None:
    late = datetime(2026, 9, 7, 22, 30, tzinfo=UTC)
    adopted = procedures.adopt_text(version("1"), "x", by="anna", at=late)
    assert adopted.valid_from == date(2026, 9, 8)


def test_of_two_adoptions_at_once_one_wins_and_the_other_hears_of_it(database: Engine) -> None:
    def one(label: str) -> object:
        procedures = AdoptedProcedures(database)
        try:
            return procedures.adopt_text(version("1", label=label), "x", by=label, at=MONDAY).new
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(one, ["Spoed", "Spoed", "Haast", "Haast"]))
    assert outcomes.count(True) == 1
    assert outcomes.count(False) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2
    assert list(verify(database)) == []


def test_every_adoption_is_a_line_of_history(
    procedures: AdoptedProcedures, database: Engine
) -> None:
    adopt(procedures, "1")
    adopt(procedures, "2", NEXT_MONTH)
    with database.connect() as connection:
        rows = connection.execute(
            text("SELECT subject, seq, person, action FROM entries ORDER BY seq")
        ).all()
    assert [tuple(row) for row in rows] == [
        ("PROCEDURE-spoed", 1, "anna", "procedure_adopted"),
        ("PROCEDURE-spoed", 2, "anna", "procedure_adopted"),
    ]
    assert list(verify(database)) == []


@pytest.mark.parametrize(
    ("tampering", "seq"),
    [
        (
            "UPDATE workflows SET content = replace(content, 'Spoed', 'Haast') WHERE version = '2'",
            2,
        ),
        ("UPDATE workflows SET valid_from = '2026-01-01' WHERE version = '1'", 1),
        ("UPDATE workflows SET certificate = '' WHERE version = '1'", 1),
        ("DELETE FROM workflows WHERE version = '2'", 2),
        ("DELETE FROM entries WHERE seq = 2", 2),
        ("UPDATE entries SET person = 'eve' WHERE seq = 1", 1),
        ("DELETE FROM entries", 1),
    ],
)
def test_what_was_adopted_cannot_be_changed_behind_the_back_of_history(
    procedures: AdoptedProcedures, database: Engine, tampering: str, seq: int
) -> None:
    adopt(procedures, "1")
    adopt(procedures, "2", NEXT_MONTH)
    with database.begin() as connection:
        connection.execute(text(tampering))
    [broken] = verify(database)
    assert (broken.subject, broken.seq) == ("PROCEDURE-spoed", seq)


def test_versions_from_before_there_was_such_a_history_are_told_once(
    procedures: AdoptedProcedures, database: Engine
) -> None:
    adopt(procedures, "1")
    with database.begin() as connection:
        connection.execute(text("DELETE FROM entries"))
    procedures.tell_all(MONDAY)
    procedures.tell_all(MONDAY)
    assert list(verify(database)) == []


def test_a_version_that_newer_rules_would_refuse_still_serves_its_cases(
    procedures: AdoptedProcedures, database: Engine
) -> None:
    adopt(procedures, "1")
    with database.begin() as connection:
        connection.execute(
            text("UPDATE workflows SET content = replace(content, 'owner: secretariat', '')")
        )
    assert AdoptedProcedures(database).get(NAME, "1").workflow.version == "1"
    assert AdoptedProcedures(database).certificate(NAME, "1") is not None


@pytest.mark.parametrize("odd", ["a\0", "\ud800", "a\n"])
def test_a_name_that_no_file_can_have_is_not_there(procedures: AdoptedProcedures, odd: str) -> None:
    with pytest.raises(NotFound):
        procedures.get(odd, "1")
    with pytest.raises(NotFound):
        procedures.text(NAME, odd)
    with pytest.raises(NotFound):
        procedures.latest(odd, TODAY)
    with pytest.raises(Invalid):
        procedures.adopt_text(version("9"), "x", by=odd, at=MONDAY)
