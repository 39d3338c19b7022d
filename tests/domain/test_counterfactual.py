"""A version is held against what really happened, before anybody adopts it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import MONDAY, PROCEDURE, SECRETARY, an_opening, shipped_parts
from impasse.adapters.sql.past_cases import count_past_cases, past_cases
from impasse.domain.case import ConfirmationKind
from impasse.domain.commands import Confirm, MakeMove, Resume, Suspend
from impasse.domain.counterfactual import DifferenceKind, Rehearsal, Setting, in_order, rehearse
from impasse.domain.people import Role
from impasse.domain.term_acts import SuspensionReason
from impasse.engine.timers import sweep
from versions import RENAMED, Versions, moving, text_to_come
from versions import compiled as compile_text

KNOWN = {SECRETARY.person: frozenset({Role.SECRETARIAT})}


def against(house, version: str, versions: Versions | None = None, **more) -> Rehearsal:
    """Hold every case of the house against a version."""
    found = versions or Versions()
    _, calendar, _ = shipped_parts()

    def procedure_of(reference: str):
        name, _, number = reference.rpartition("@")
        return found.get(name, number).workflow

    setting = Setting(found.get(PROCEDURE, version).workflow, procedure_of, calendar, KNOWN, **more)
    return rehearse(past_cases(house.database, PROCEDURE, house.clock()), setting)


def kinds(rehearsal: Rehearsal, case: str) -> list[DifferenceKind]:
    """What would have gone otherwise with one case."""
    [found] = [one for one in rehearsal.cases if one.case == case]
    return [difference.kind for difference in found.differences]


def test_a_version_held_against_itself_changes_nothing(database_url) -> None:
    with moving(database_url) as house:
        for number in range(3):
            case = house.engine.handle(an_opening(number, workflow_version="2"), SECRETARY).subject
            house.clock.goes_on(days=20 * number)
            sweep(house.engine)
            house.engine.handle(MakeMove(case, "start_fact_finding", note="toch"), SECRETARY)
            house.clock.goes_on(days=70)
            sweep(house.engine)
        rehearsal = against(house, "2")
        assert (rehearsal.changed, rehearsal.total) == (0, 3)
        assert rehearsal.summary.nl == (
            "interbestuurlijke-impasse@2 zou 0 van 3 zaken hebben veranderd."
        )


def test_a_suspension_that_lapsed_before_it_began_is_held_against_a_longer_term_too(
    sqlite_url,
) -> None:
    with moving(sqlite_url) as house:
        case = house.engine.handle(an_opening(workflow_version="2"), SECRETARY).subject
        house.engine.handle(MakeMove(case, "start_fact_finding", note="toch"), SECRETARY)
        first, why = MONDAY.date(), SuspensionReason.FORCE_MAJEURE
        for begins, ends in ((0, 50), (100, 110)):
            days = first + timedelta(days=ends), first + timedelta(days=begins)
            house.engine.handle(Suspend(case, why, "outside", *days, "water", (), "n"), SECRETARY)
        house.clock.goes_on(days=1)
        house.engine.handle(Resume(case, "O1"), SECRETARY)
        house.clock.goes_on(days=75)
        sweep(house.engine)
        assert against(house, "2").changed == 0
        house.clock.goes_on(days=40)  # past sixteen weeks, but not with the suspension among them
        longer = compile_text(text_to_come(("length: 6 weeks", "length: 16 weeks")))
        rehearsal = against(house, "3", Versions((("3", longer),)), stages=RENAMED)
        [change] = [one for one in rehearsal.cases[0].differences if one.kind == "term"]
        assert change.text.nl.startswith("De termijn van feiten vaststellen was niet verlopen")


def test_each_difference_is_told_with_its_day(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        quick, slow = (
            house.engine.handle(an_opening(n, workflow_version="2"), SECRETARY).subject
            for n in range(2)
        )
        house.engine.handle(MakeMove(quick, "start_fact_finding", note="snel"), SECRETARY)
        house.clock.goes_on(days=18)
        sweep(house.engine)
        house.engine.handle(MakeMove(slow, "start_fact_finding", note="laat"), SECRETARY)
        house.clock.goes_on(days=49)
        sweep(house.engine)
        for case in (quick, slow):
            house.engine.handle(Confirm(case, ConfirmationKind.VIEW, "pv27", "brief"), SECRETARY)
        house.engine.handle(MakeMove(quick, "start_rule_interpretation", note="door"), SECRETARY)
        rehearsal = against(house, "3", stages=RENAMED)
        assert (rehearsal.changed, rehearsal.total) == (2, 2)
        assert set(kinds(rehearsal, slow)) == {DifferenceKind.TERM, DifferenceKind.TIER}
        told = [d.text.nl for d in next(in_order(rehearsal)).differences]
        assert (
            "De termijn van signaal was niet verlopen (nu wel, op maandag 21 september" in told[0]
        )
        assert DifferenceKind.CONDITION in kinds(rehearsal, quick)
        [condition] = [
            d for one in rehearsal.cases for d in one.differences
            if d.kind is DifferenceKind.CONDITION
        ]  # fmt: skip
        assert condition.text.nl == (
            "'Start duiding spelregels' kon toen nog niet: niet vervuld (feitenlijst vastgelegd)."
        )
        assert rehearsal.counts()[DifferenceKind.TERM] == 1


def test_a_stage_and_a_move_that_are_gone_and_a_role_that_changed(sqlite_url) -> None:
    text = text_to_come(("trigger: resolve_early", "trigger: solve"))
    versions = Versions((("3", compile_text(text)),))
    with moving(sqlite_url) as house:
        case = house.engine.handle(an_opening(workflow_version="2"), SECRETARY).subject
        house.engine.handle(MakeMove(case, "start_fact_finding", note="x"), SECRETARY)
        other = house.engine.handle(an_opening(workflow_version="2"), SECRETARY).subject
        house.engine.handle(MakeMove(other, "resolve_early", note="x"), SECRETARY)
        rehearsal = against(house, "3", versions)
        assert kinds(rehearsal, case) == [DifferenceKind.MOVE, DifferenceKind.STAGE]
        assert kinds(rehearsal, other) == [DifferenceKind.MOVE]
        _, calendar, _ = shipped_parts()
        new = versions.get(PROCEDURE, "2").workflow
        only_mediators = replace(
            new,
            transitions=tuple(
                replace(t, roles=frozenset({Role.MEDIATOR})) for t in new.transitions
            ),
        )
        setting = Setting(only_mediators, lambda _: new, calendar, KNOWN)
        roles = rehearse(past_cases(house.database, PROCEDURE, house.clock()), setting)
        assert kinds(roles, other) == [DifferenceKind.ROLE]
        unknown = rehearse(
            past_cases(house.database, PROCEDURE, house.clock()), replace(setting, roles={})
        )
        assert unknown.changed == 0


def test_what_cannot_be_read_is_skipped_and_counted(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        house.engine.handle(an_opening(workflow_version="2"), SECRETARY)
        house.engine.handle(an_opening(workflow_version="1"), SECRETARY)
        _, calendar, _ = shipped_parts()
        versions = Versions()

        def only_the_present(reference: str):
            return versions.get(PROCEDURE, {"2": "2"}.get(reference[-1], "8")).workflow

        setting = Setting(versions.get(PROCEDURE, "3").workflow, only_the_present, calendar)
        found = rehearse(past_cases(house.database, PROCEDURE, house.clock()), setting)
        assert found.total == 1
        assert found.summary.nl.endswith("Overgeslagen: 1.")
        assert count_past_cases(house.database, PROCEDURE) == 2
        assert count_past_cases(house.database, PROCEDURE, "1") == 1
        nothing = rehearse([], setting)
        assert "geen zaken" in nothing.summary.nl


@pytest.mark.parametrize("many", [2_000])
def test_two_thousand_cases_take_seconds(sqlite_url, many) -> None:
    with moving(sqlite_url) as house:
        for number in range(20):
            case = house.engine.handle(an_opening(number, workflow_version="2"), SECRETARY).subject
            house.clock.goes_on(days=1)
            house.engine.handle(MakeMove(case, "start_fact_finding", note="x"), SECRETARY)
            house.engine.handle(MakeMove(case, "start_rule_interpretation", note="x"), SECRETARY)
        some = list(past_cases(house.database, PROCEDURE, MONDAY + timedelta(days=400)))
        versions = Versions()
        _, calendar, _ = shipped_parts()
        present = versions.get(PROCEDURE, "2").workflow
        setting = Setting(
            versions.get(PROCEDURE, "3").workflow, lambda _: present, calendar, KNOWN, RENAMED
        )
        began = time.perf_counter()
        found = rehearse(some * (many // len(some)), setting)
        assert found.total == many
        assert time.perf_counter() - began < 10
