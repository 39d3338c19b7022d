"""A case is scored from its signals, and the score says why."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.adapters.files.early_warning import load_indicators
from impasse.domain.early_warning import (
    Assessment,
    Level,
    Standing,
    Trend,
    assess,
    remedies,
    trend,
)
from impasse.domain.signals import Reliability, Signal

INDICATORS, _ = load_indicators(Path(__file__).parents[2] / "config" / "early-warning.yaml")
CODES = [indicator.code for indicator in INDICATORS.indicators]
TODAY = date(2026, 6, 1)
DOCUMENT, FIRST_HAND, SECOND_HAND = Reliability


class Weekdays:
    """A calendar without holidays."""

    def working_days_between(self, a: date, b: date) -> int:
        """Count the days from Monday to Friday in (a, b]."""
        return sum((a + timedelta(n + 1)).weekday() < 5 for n in range((b - a).days))


def signal(
    indicator: str,
    organisation: str = "gm0363",
    on: date = TODAY,
    reliability: Reliability = DOCUMENT,
    **more: object,
) -> Signal:
    given_id = more.pop("id", f"{indicator}-{organisation}-{on}")
    return replace(
        Signal(str(given_id), indicator, reliability, organisation, on, on, "zo ging het"),
        **more,  # type: ignore[arg-type]
    )


def standing_of(
    signals: list[Signal],
    on: date = TODAY,
    previous: Standing | None = None,
    last_step_on: date | None = None,
    protective: frozenset[str] = frozenset(),
) -> Assessment:
    return assess(
        signals,
        protective=protective,
        last_step_on=last_step_on or on,
        previous=previous,
        on=on,
        calendar=Weekdays(),
        indicators=INDICATORS,
    )


WORKED_EXAMPLE = [
    signal("A1", "ws0155", date(2026, 4, 1)),
    signal("E1", "gm0363", date(2026, 5, 20)),
    signal("G1", "gm0363", date(2026, 5, 1), FIRST_HAND),
    signal("R1", "gm0363", date(2026, 5, 28), FIRST_HAND),
    signal("R1", "pv27", date(2026, 5, 28), FIRST_HAND),
]


def test_the_worked_example_is_orange_and_says_why() -> None:
    found = standing_of(WORKED_EXAMPLE, last_step_on=date(2026, 5, 28))
    assert (found.score, found.level) == (9.6, Level.ORANGE)
    assert [reason.code for reason in found.reasons] == ["A1", "E1", "G1"]
    assert [round(reason.points, 1) for reason in found.reasons] == [3.0, 2.6, 2.1]
    assert found.reasons[0].sentence.nl == (
        "Een toezegging is niet op tijd nagekomen: ws0155, woensdag 1 april 2026 (document)."
    )
    assert found.reasons[2].sentence.en == (
        "Funding is contested: gm0363, Friday 1 May 2026 (first-hand)."
    )
    assert sum(r.points for r in found.contributions) == pytest.approx(9.6, abs=0.05)
    assert found.indicators_version == INDICATORS.version


@pytest.mark.parametrize(
    ("on", "signals_alone", "with_silence"),
    [(date(2026, 7, 1), 7.9, 8.9), (date(2026, 8, 30), 6.3, 9.3), (date(2027, 6, 1), 5.1, 8.1)],
)
def test_when_nobody_does_anything_silence_keeps_the_case_from_fading(
    on: date, signals_alone: float, with_silence: float
) -> None:
    before = standing_of(WORKED_EXAMPLE, last_step_on=date(2026, 5, 28)).standing
    assert standing_of(WORKED_EXAMPLE, on).score == signals_alone
    later = standing_of(WORKED_EXAMPLE, on, before, date(2026, 5, 28))
    assert (later.score, later.level) == (with_silence, Level.ORANGE)
    assert later.standing.since == TODAY


def test_silence_alone_scores_up_to_its_cap_and_is_a_reason() -> None:
    found = standing_of([], last_step_on=TODAY - timedelta(200))
    assert (found.score, found.standstill, found.level) == (3.0, 3, Level.GREEN)
    assert found.reasons[0].code == "N"
    assert "laatste stap op donderdag 13 november 2025" in found.reasons[0].sentence.nl


def test_a_promise_that_is_kept_stops_counting_at_once_and_one_that_lapsed_fades() -> None:
    overdue = signal("A1", on=date(2026, 4, 1))
    kept = replace(overdue, closed_on=TODAY, closed_as="kept")
    lapsed = replace(overdue, closed_on=TODAY, closed_as="lapsed")
    assert standing_of([overdue]).score == 3.0
    assert standing_of([kept]).score == 0.0
    assert standing_of([lapsed], TODAY + timedelta(30)).score == 1.5
    assert standing_of([kept], TODAY - timedelta(1)).score == 3.0


def test_protection_takes_points_off_but_never_below_zero() -> None:
    everything = frozenset({"P1", "P2", "P3", "P4", "P5"})
    found = standing_of(WORKED_EXAMPLE, protective=everything)
    assert (found.score, found.protection) == (5.6, 4)
    assert standing_of([], protective=everything).score == 0.0
    assert any(r.code == "P3" and r.points == -1 for r in found.contributions)
    assert standing_of(WORKED_EXAMPLE, protective=frozenset({"unheard-of"})).score == 9.6


def test_a_dimension_never_weighs_more_than_its_cap() -> None:
    money = [signal(c, o) for c in ("G1", "G2") for o in ("gm0363", "gm0344", "pv26")]
    found = standing_of(money)
    assert found.dimensions == {"A": 0, "U": 0, "R": 0, "G": 4, "E": 0}
    assert found.score == 4.0


def test_the_second_organisation_counts_half_the_third_a_quarter_the_fourth_not() -> None:
    organisations = ["gm0363", "gm0344", "gm0599", "gm0518"]
    scores = [
        standing_of([signal("R3", o) for o in organisations[: n + 1]]).score for n in range(4)
    ]
    assert scores == [2.0, 3.0, 3.5, 3.5]


def test_ten_flags_of_one_organisation_weigh_no_more_than_its_best() -> None:
    flags = [signal("E1", id=f"flag-{n}", on=TODAY - timedelta(n)) for n in range(10)]
    assert standing_of(flags).score == standing_of(flags[:1]).score == 3.0


def test_one_organisation_without_a_document_does_not_make_it_orange() -> None:
    alone = [
        signal(code, "gm0363", reliability=FIRST_HAND)
        for code in ("A1", "A2", "U1", "U2", "R1", "R3", "G1", "G2", "E1", "E2")
    ]
    found = standing_of(alone)
    assert (found.score, found.level) == (16.8, Level.YELLOW)
    assert found.missing is not None
    assert "1 van de 2 organisaties" in found.missing.nl
    assert found.missing.en.startswith("Not red, although")
    assert standing_of([*alone, signal("R2", "pv27", reliability=SECOND_HAND)]).level is Level.RED
    assert standing_of([*alone, signal("R2", "gm0363")]).missing is None


def test_a_high_score_about_two_subjects_only_does_not_make_it_red() -> None:
    two = [signal(c, o) for c in ("A1", "A2", "E1", "E2") for o in ("gm0363", "pv27")]
    found = standing_of(two)
    assert (found.score, found.level) == (12.0, Level.ORANGE)
    assert found.missing is not None
    assert "2 van de 3" in found.missing.nl


def test_a_tripwire_makes_it_orange_unless_it_is_hearsay_or_long_ago() -> None:
    walkout = signal("E3", "gm0363", reliability=FIRST_HAND)
    assert standing_of([walkout]).level is Level.ORANGE
    assert standing_of([replace(walkout, reliability=SECOND_HAND)]).level is Level.GREEN
    assert standing_of([walkout], TODAY + timedelta(130)).level is Level.ORANGE
    assert standing_of([walkout], TODAY + timedelta(140)).level is Level.GREEN


def test_a_level_is_left_only_after_ten_working_days_well_below_its_threshold() -> None:
    orange = standing_of(WORKED_EXAMPLE).standing
    kept = [
        replace(s, closed_on=TODAY + timedelta(1), closed_as="kept") if s.indicator == "A1" else s
        for s in WORKED_EXAMPLE
    ]
    day, standing, seen = TODAY + timedelta(1), orange, []
    while standing.level is Level.ORANGE:
        standing = standing_of(kept, day, standing).standing
        seen.append((day, standing.level, standing.below_since))
        day += timedelta(1)
    assert seen[0] == (date(2026, 6, 2), Level.ORANGE, None)  # 6.5: not yet below 8 - 1.5
    assert seen[2] == (date(2026, 6, 4), Level.ORANGE, date(2026, 6, 4))
    assert seen[-1] == (date(2026, 6, 18), Level.YELLOW, None)
    assert standing.since == date(2026, 6, 18)


def test_a_score_that_climbs_back_starts_the_wait_again() -> None:
    waiting = Standing(Level.ORANGE, date(2026, 5, 1), below_since=date(2026, 5, 20))
    back = standing_of(WORKED_EXAMPLE, previous=waiting)
    assert back.standing == Standing(Level.ORANGE, date(2026, 5, 1))


def test_a_case_that_falls_silent_and_solved_passes_several_levels_in_one_wait() -> None:
    red = Standing(Level.RED, date(2026, 3, 1), below_since=date(2026, 5, 1))
    assert standing_of([], previous=red).standing == Standing(Level.GREEN, TODAY)
    yellowish = [signal("G1"), signal("U3")]
    assert standing_of(yellowish, previous=red).level is Level.YELLOW
    nearly_orange = [signal("G1"), signal("A1"), signal("U3")]
    assert standing_of(nearly_orange, previous=red).level is Level.ORANGE


def test_assessing_twice_on_one_day_changes_nothing() -> None:
    red = Standing(Level.RED, date(2026, 3, 1))
    once = standing_of(WORKED_EXAMPLE, previous=red)
    assert standing_of(WORKED_EXAMPLE, previous=once.standing).standing == once.standing


def test_what_would_help_is_told_with_the_score_it_leads_to() -> None:
    found = remedies(
        WORKED_EXAMPLE,
        protective=frozenset({"P3"}),
        last_step_on=date(2026, 4, 20),
        on=TODAY,
        calendar=Weekdays(),
        indicators=INDICATORS,
    )
    assert [(remedy.code, remedy.score) for remedy in found] == [
        ("A1", 6.6), ("G1", 7.5), ("N", 8.6), ("P1", 8.6), ("P2", 8.6), ("P4", 8.6), ("P5", 8.6),
    ]  # fmt: skip
    assert found[0].advice.nl.startswith("Kom de toezegging na")


def test_codes_of_another_version_weigh_nothing() -> None:
    assert standing_of([signal("Z9")]).score == 0.0


def test_the_trend_compares_with_four_weeks_ago() -> None:
    assert trend(9.6, 6.6, INDICATORS) is Trend.RISING
    assert trend(9.5, 6.6, INDICATORS) is Trend.STEADY
    assert trend(3.0, 6.0, INDICATORS) is Trend.FALLING
    assert [t.label.nl for t in Trend] == ["stijgend", "gelijk", "dalend"]


def test_every_level_says_what_it_starts() -> None:
    assert [level.label.nl for level in Level] == ["groen", "geel", "oranje", "rood"]
    red = INDICATORS.rule(Level.RED)
    assert red.agenda
    assert "bemiddelaar" in red.action.nl
    assert INDICATORS.indicator("E3") is not None
    assert INDICATORS.indicator("nope") is None


def test_thirty_signals_are_assessed_within_a_millisecond() -> None:
    signals = [
        signal(CODES[n % 14], f"gm{n % 9:04}", TODAY - timedelta(3 * n), id=f"s{n}")
        for n in range(30)
    ]
    fastest = 1.0
    for _ in range(200):
        started = time.perf_counter()
        standing_of(signals)
        fastest = min(fastest, time.perf_counter() - started)
    assert fastest < 0.001


days = st.integers(-400, 60).map(lambda n: TODAY + timedelta(n))
signals_of_all_kinds = st.lists(
    st.builds(
        Signal,
        id=st.uuids().map(str),
        indicator=st.sampled_from([*CODES, "Z9"]),
        reliability=st.sampled_from(Reliability),
        organisation=st.sampled_from(["gm0363", "gm0344", "pv27", "ws0155", "mnre1034"]),
        happened_on=days,
        reported_on=days,
        text=st.just("zo ging het"),
        closed_on=st.none() | days,
        closed_as=st.sampled_from(["", "kept"]),
    ),
    max_size=25,
)


@given(signals_of_all_kinds, st.randoms())
def test_the_order_of_the_signals_does_not_matter(signals: list[Signal], chance: object) -> None:
    shuffled = list(signals)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert standing_of(shuffled) == standing_of(signals)


@given(signals_of_all_kinds, signals_of_all_kinds)
def test_an_extra_signal_never_lowers_the_score(some: list[Signal], extra: list[Signal]) -> None:
    fewer, more = standing_of(some), standing_of(some + extra)
    assert more.score >= fewer.score
    assert more.level.rank >= fewer.level.rank


@given(signals_of_all_kinds, st.integers(0, 900), st.sets(st.sampled_from(["P1", "P2", "P3"])))
def test_the_score_stays_between_0_and_27(
    signals: list[Signal], silent_days: int, protective: set[str]
) -> None:
    found = standing_of(
        signals,
        last_step_on=TODAY - timedelta(silent_days),
        protective=frozenset(protective),
    )
    assert 0 <= found.score <= 27
    assert found.score == round(found.score, 1)


@given(signals_of_all_kinds, signals_of_all_kinds)
def test_what_is_only_known_later_changes_nothing_today(
    known: list[Signal], later: list[Signal]
) -> None:
    tomorrow = [replace(s, reported_on=TODAY + timedelta(1)) for s in later]
    not_yet_closed = [
        replace(s, closed_on=TODAY + timedelta(1)) if s.closed_on is None else s for s in known
    ]
    assert standing_of(known + tomorrow) == standing_of(known)
    assert standing_of(not_yet_closed) == standing_of(known)


@given(signals_of_all_kinds)
def test_repeating_every_flag_of_an_organisation_changes_no_score(signals: list[Signal]) -> None:
    repeated = [replace(s, id=f"{s.id}-{n}") for s in signals for n in range(3)]
    assert standing_of(repeated).score == standing_of(signals).score
