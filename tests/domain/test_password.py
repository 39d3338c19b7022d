"""Which passwords will do, and for how long wrong ones shut an account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.password import (
    FORGET_FAILURES,
    LONGEST_LOCK,
    counted_failures,
    lock_after,
    normal_password,
    password_faults,
    shut_until,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANNA = ("anna.devries", "Anna de Vries", "Anna", "de", "Vries", "a.devries")


@pytest.mark.parametrize(
    "password",
    [
        "zeven groene fietsen",
        "paard batterij nietje",
        "éénentwintig ganzen",
        "漢字かな交じり文の合言葉です",
        "   veel   ruimte   hier   ",
        "Xk9#mQ2$vL7@",
        "anna fietst elke dag naar zee",
    ],
)
def test_a_long_password_of_ones_own_will_do(password):
    assert password_faults(password, ANNA) == []


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least 12"),
        ("elf tekens!", "at least 12"),
        ("x" * 201, "at most 200"),
        ("x" * 1_000_000, "at most 200"),
        ("ﬁ" * 101, "at most 200"),  # two signs each, once they are normal
        ("zeven\u0000 fietsen", "cannot be typed"),
        ("zeven \ud800 fietsen", "cannot be typed"),
        ("anna.devries", "your name"),
        ("Anna de Vries!1", "your name"),
        ("AnnaDeVries2026", "your name"),
        ("wachtwoord123", "Many people"),
        ("Welkom2026!!", "Many people"),
        ("P@ssword1234", None),
        ("passwordpassword", "Many people"),
        ("correct horse battery staple", "Many people"),
        ("1234567890123", "Many people"),
        ("abcdefghijklmnop", "Many people"),
        ("aaaaaaaaaaaaaaaa", "Many people"),
        ("abababababab", "Many people"),
        ("ｗａｃｈｔｗｏｏｒｄ１２３", "Many people"),
    ],
)
def test_what_is_short_endless_guessed_soon_or_a_name_will_not_do(password, why):
    found = password_faults(password, ANNA)
    if why is None:
        assert found == []
    else:
        assert len(found) == 1
        assert why in found[0].en


@given(st.text(max_size=1_500))
def test_a_password_is_the_same_however_it_was_typed(password):
    normal = normal_password(password)
    if len(password) <= 200:
        assert normal_password(normal) == normal
    assert [fault.en for fault in password_faults(password)] == [
        fault.en for fault in password_faults(password)
    ]


def test_a_lock_grows_to_an_hour_and_no_further():
    minutes = [int(lock_after(failures).total_seconds() // 60) for failures in range(14)]
    assert minutes == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


@given(
    st.integers(0, 10_000),
    st.timedeltas(timedelta(days=-4_000), timedelta(days=4_000)),
)
def test_whatever_the_clock_does_nobody_is_shut_for_more_than_an_hour(failures, moved):
    until = NOON + lock_after(failures)
    shut = shut_until(failures, NOON, until, NOON + moved)
    if shut is not None:
        assert timedelta(0) < shut - (NOON + moved) <= LONGEST_LOCK


def test_wrong_tries_are_forgotten_after_a_day_and_not_when_the_clock_is_set_back():
    assert counted_failures(4, NOON, NOON + FORGET_FAILURES) == 0
    assert counted_failures(4, NOON, NOON + FORGET_FAILURES - timedelta(seconds=1)) == 4
    assert counted_failures(4, NOON, NOON - timedelta(days=30)) == 4
    assert counted_failures(0, None, NOON) == 0
