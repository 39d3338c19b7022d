"""There is one digest per day at the most, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from builders import shipped_parts
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.digest_schedule import DigestKind, due_digest
from impasse.domain.notification import DigestWish, NotificationSettings

_, CALENDAR, _ = shipped_parts()
DAILY, BOTH = NotificationSettings(), NotificationSettings(digest=DigestWish.BOTH)
WEEKLY = NotificationSettings(digest=DigestWish.WEEKLY)


def local(*parts: int) -> datetime:
    """A moment by the clock on the wall in Amsterdam."""
    return datetime(*parts, tzinfo=AMSTERDAM).astimezone(UTC)  # type: ignore[misc, arg-type]


def made_by(wanted: NotificationSettings, moments: list[datetime]) -> list[tuple[DigestKind, date]]:
    """Look at these moments, one after the other; return what was made."""
    made: list[tuple[DigestKind, date]] = []
    for at in moments:
        found = due_digest(wanted, at, CALENDAR, made)
        if found is not None:
            made.append(found)
    return made


def every_hour(first: datetime, days: int) -> list[datetime]:
    return [first + timedelta(hours=n) for n in range(24 * days)]


def test_on_each_working_day_there_is_one() -> None:
    made = made_by(DAILY, every_hour(local(2026, 9, 7, 0, 45), 7))
    assert made == [(DigestKind.DAILY, date(2026, 9, day)) for day in range(7, 12)]


def test_it_does_not_come_before_its_hour_nor_late_at_night() -> None:
    assert due_digest(DAILY, local(2026, 9, 7, 8, 29), CALENDAR, ()) is None
    assert due_digest(DAILY, local(2026, 9, 7, 8, 30), CALENDAR, ()) is not None
    assert due_digest(DAILY, local(2026, 9, 7, 17, 59), CALENDAR, ()) is not None
    assert due_digest(DAILY, local(2026, 9, 7, 18, 0), CALENDAR, ()) is None


def test_after_a_jump_of_a_week_there_is_one_and_not_seven() -> None:
    before = [local(2026, 9, 7, 9), local(2026, 9, 7, 10)]
    after = [local(2026, 9, 14, 10), local(2026, 9, 14, 11)]
    assert made_by(DAILY, before + after) == [
        (DigestKind.DAILY, date(2026, 9, 7)),
        (DigestKind.DAILY, date(2026, 9, 14)),
    ]


def test_a_clock_that_was_years_ahead_for_a_while_stops_no_digest() -> None:
    wrong = [local(2032, 9, 7, 10)]
    assert made_by(DAILY, [*wrong, local(2026, 9, 8, 10)])[-1] == (
        DigestKind.DAILY,
        date(2026, 9, 8),
    )


def test_the_weekly_one_comes_on_the_first_working_day_and_replaces_that_of_the_day() -> None:
    made = made_by(BOTH, every_hour(local(2026, 9, 7, 0, 45), 7))
    assert made[0] == (DigestKind.WEEKLY, date(2026, 9, 7))
    assert made[1:] == [(DigestKind.DAILY, date(2026, 9, day)) for day in range(8, 12)]
    # Easter Monday is a holiday: the week begins on Tuesday.
    easter = made_by(WEEKLY, every_hour(local(2027, 3, 29, 0, 45), 7))
    assert easter == [(DigestKind.WEEKLY, date(2027, 3, 29))]
    assert due_digest(WEEKLY, local(2027, 3, 29, 9), CALENDAR, ()) is None


def test_a_weekly_one_that_was_missed_comes_later_that_week() -> None:
    first = (DigestKind.WEEKLY, date(2026, 9, 7))
    assert due_digest(WEEKLY, local(2026, 9, 16, 9), CALENDAR, [first]) == (
        DigestKind.WEEKLY,
        date(2026, 9, 14),
    )
    assert due_digest(WEEKLY, local(2026, 9, 16, 9), CALENDAR, []) is None


def test_in_the_nights_in_which_the_clock_changes_there_is_one() -> None:
    for sunday in (date(2026, 10, 25), date(2026, 3, 29)):
        at_night = NotificationSettings(
            working_days=frozenset(range(1, 8)),
            from_time=time(0),
            until_time=time(6),
            digest_time=time(2, 30),
        )
        begin = datetime.combine(sunday, time(), AMSTERDAM).astimezone(UTC)
        minutes = [begin + timedelta(minutes=10 * n) for n in range(6 * 25)]
        assert made_by(at_night, minutes)[0] == (DigestKind.DAILY, sunday)
        assert made_by(at_night, minutes).count((DigestKind.DAILY, sunday)) == 1


@given(
    st.lists(st.integers(0, 60 * 24 * 21), max_size=60),
    st.sampled_from([DAILY, WEEKLY, BOTH]),
)
def test_however_the_clock_jumps_none_is_made_twice(
    minutes: list[int], wanted: NotificationSettings
) -> None:
    begin = local(2026, 10, 12, 0)
    made = made_by(wanted, [begin + timedelta(minutes=n) for n in minutes])
    assert len(made) == len(set(made))
