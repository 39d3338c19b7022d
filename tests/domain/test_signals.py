"""A signal knows what was known about it on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from impasse.domain.signals import Reliability, Signal

LETTER = Signal(
    id="s1",
    indicator="E1",
    reliability=Reliability.DOCUMENT,
    organisation="gm0363",
    happened_on=date(2026, 5, 20),
    reported_on=date(2026, 5, 22),
    text="Brandbrief aan de minister",
)


def test_a_letter_counts_from_the_day_it_was_reported_not_from_the_day_it_was_written() -> None:
    assert not LETTER.known_on(date(2026, 5, 21))
    assert LETTER.known_on(date(2026, 5, 22))


def test_a_state_that_ends_tomorrow_is_open_today() -> None:
    overdue = replace(LETTER, indicator="A1", closed_on=date(2026, 6, 2))
    assert not overdue.closed_by(date(2026, 6, 1))
    assert overdue.closed_by(date(2026, 6, 2))
    assert not LETTER.closed_by(date(2030, 1, 1))


def test_every_reliability_has_a_name_in_both_languages() -> None:
    assert {r.label.en for r in Reliability} == {"document", "first-hand", "second-hand"}
    assert all(r.label.nl for r in Reliability)
