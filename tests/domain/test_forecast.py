"""How likely a term is not met: against examples done by hand, and for any stays at all."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasse.domain.forecast import PastStay, forecast, wilson

_STAYS = st.lists(
    st.builds(
        PastStay,
        working_days=st.integers(0, 60),
        finished=st.booleans(),
        suspended=st.integers(0, 20),
    ),
    max_size=60,
)


def finished(*days: int) -> list[PastStay]:
    return [PastStay(day, finished=True) for day in days]


def running(*days: int) -> list[PastStay]:
    return [PastStay(day, finished=False) for day in days]


def test_without_running_stays_the_share_is_counted_and_the_interval_is_wilsons():
    found = forecast(finished(2, 4, 6, 8, 9, 10, 11, 12, 13, 20), 0, 10)
    assert found.probability == pytest.approx(0.4)
    # By hand: n = 10, p = 0.4, z = 1.96.
    assert found.low == pytest.approx(0.1682, abs=1e-4)
    assert found.high == pytest.approx(0.6873, abs=1e-4)
    assert (found.n, found.at_risk) == (10, 10)


def test_stays_that_still_run_count_until_the_day_they_are_on():
    # The remission times of Freireich (1963), 21 patients of the drug group, in weeks.
    stays = [
        *finished(6, 6, 6, 7, 10, 13, 16, 22, 23),
        *running(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35),
    ]
    found = forecast(stays, 0, 10)
    # By hand: 18/21 * 16/17 * 14/15.
    assert found.probability == pytest.approx(0.7529, abs=1e-4)
    # By hand: Greenwood's standard error 0.0963, complementary log-log.
    assert found.low == pytest.approx(0.5032, abs=1e-3)
    assert found.high == pytest.approx(0.8894, abs=1e-3)
    assert forecast(stays, 0, 23).probability == pytest.approx(0.4482, abs=1e-4)


def test_a_stay_that_has_lasted_is_compared_with_those_that_lasted_as_long():
    stays = finished(1, 1, 1, 1, 8, 9, 12, 13, 14)
    assert forecast(stays, 0, 10).probability == pytest.approx(3 / 9)
    later = forecast(stays, 5, 10)
    assert later.probability == pytest.approx(3 / 5)
    assert later.at_risk == 5


def test_a_stay_of_exactly_the_term_meets_it():
    assert forecast(finished(10, 10, 10, 10, 10), 0, 10).probability == 0
    assert forecast(finished(11, 11, 11, 11, 11), 0, 10).probability == 1


def test_days_on_which_the_clock_stood_still_do_not_count():
    stays = [PastStay(30, finished=True, suspended=20)] * 5
    assert forecast(stays, 0, 10).probability == 0


def test_fewer_than_five_finished_stays_give_no_number():
    found = forecast([*finished(3, 4, 5, 6), *running(1, 2, 3)], 0, 10)
    # How few there are is not told either: one of them may be a case that the reader may not see.
    assert found == forecast([], 0, 10)
    assert (found.probability, found.low, found.high, found.n) == (None, None, None, 0)
    assert found.sentence.nl == "Te weinig vergelijkbare zaken voor een verwachting (minder dan 5)."
    few_so_long = forecast(finished(1, 1, 1, 1, 1, 20), 10, 15)
    assert few_so_long.probability is None
    assert few_so_long.n == 0


def test_the_sentence_names_cases_share_and_interval():
    found = forecast(finished(*[5] * 9, *[20] * 14), 0, 10)
    assert found.sentence.nl == (
        "Van 23 vergelijkbare zaken haalde in deze fase 61 % de termijn niet (tussen 41 en 78 %)."
    )
    assert "that had run for 5 working days" in forecast(finished(*[9] * 8), 5, 10).sentence.en


def test_a_term_that_has_passed_is_not_forecast_any_more():
    found = forecast(finished(*[20] * 9), 11, 10)
    assert found.probability == 1
    assert found.sentence.nl == "De termijn is al voorbij."


@settings(max_examples=150)
@given(_STAYS, st.integers(0, 60), st.integers(1, 60))
def test_the_share_lies_in_its_interval_and_within_nothing_and_all(stays, elapsed, term):
    found = forecast(stays, elapsed, term)
    if found.n < 5:
        assert found.probability is None
        return
    assert 0 <= found.low <= found.probability <= found.high <= 1


@settings(max_examples=150)
@given(_STAYS, st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_a_longer_stay_never_has_more_to_go_by(stays, one, other, term):
    early, late = forecast(stays, min(one, other), term), forecast(stays, max(one, other), term)
    assert late.n <= early.n
    assert late.at_risk <= early.at_risk
    assert early.n <= sum(stay.finished for stay in stays)


def test_wilson_says_nothing_about_no_trials():
    assert wilson(0.5, 0) == (0.0, 1.0)


def test_the_interval_holds_the_truth_about_as_often_as_it_promises():
    """Stays that end each day by chance one in ten, some of them still running."""
    chance = Random(7)
    truth, held, judged = 0.9**11, 0, 400
    for _ in range(judged):
        stays = []
        for _ in range(40):
            days = next(day for day in range(1000) if chance.random() < 0.1)
            seen = chance.randint(0, 40)
            stays.append(PastStay(min(days, seen), finished=days <= seen))
        found = forecast(stays, 0, 10)
        held += found.low <= truth <= found.high
    assert 0.92 <= held / judged <= 0.98
