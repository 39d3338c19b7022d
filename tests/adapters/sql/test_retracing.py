"""Stored terms are what their history tells, on either database."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from builders import SECRETARY, HandClock, running, shipped_parts
from impasse.adapters.sql.retracing import retrace_terms
from impasse.domain.commands import MakeMove, Suspend
from impasse.domain.errors import NotFound
from impasse.domain.term_acts import SuspensionReason
from impasse.engine.lives import by_reference


def test_what_either_database_keeps_of_a_term_is_what_its_history_tells(database_url: str) -> None:
    procedures, calendar, _ = shipped_parts()
    clock = HandClock()
    with running(database_url, clock) as house:
        [case, other] = house.open_cases(2)
        clock.goes_on(days=2, microseconds=17)
        reason = SuspensionReason.AWAITING_PARTY
        house.engine.handle(
            Suspend(case, reason, "pv27", date(2026, 10, 2), note="x", consents=("pv27", "gm0363")),
            SECRETARY,
        )
        clock.goes_on(days=40)
        house.engine.fire_due()
        house.engine.handle(
            MakeMove(case, "start_fact_finding", note="Wij gaan verder."), SECRETARY
        )

        find = by_reference(procedures)
        found = list(retrace_terms(house.database, find, lambda _: calendar))
        assert [(one.case, one.sound) for one in found] == [(case, True), (other, True)]
        assert [one.terms for one in found] == [2, 1]

        with house.database.begin() as connection:
            connection.execute(text("UPDATE terms SET state = 'running' WHERE state = 'met_late'"))
        [broken] = retrace_terms(house.database, find, lambda _: calendar, case)
        assert [one.text.en for one in broken.differing] == ["stored otherwise: state"]
        assert broken.terms == 1
        with pytest.raises(NotFound):
            list(retrace_terms(house.database, find, lambda _: calendar, "IMP-2020-0001"))
