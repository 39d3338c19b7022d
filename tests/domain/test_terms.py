"""On which day a term ends, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.calendar import Calendar, ClosureDay, EquatedDay, Period, Recess
from impasse.domain.errors import Invalid
from impasse.domain.terms import (
    Atw,
    Basis,
    Direction,
    Length,
    TermRule,
    Unit,
    explain,
    reckon,
    warnings,
)
from impasse.domain.text import Text

CALENDAR = Calendar(
    edition="test",
    horizon=date(2028, 5, 26),
    equated=tuple(
        EquatedDay(date.fromisoformat(day), Text("besluit", "decree"), "https://example.org")
        for day in ("2026-01-02", "2026-05-15", "2027-05-07", "2028-04-28", "2028-05-26")
    ),
    periods=(Period(date(2026, 1, 1), date(2028, 5, 26), complete=True),),
)

days = st.dates(date(2020, 1, 1), date(2060, 12, 31))
short_lengths = st.one_of(
    st.builds(Length, st.integers(1, 90), st.just(Unit.CALENDAR_DAYS)),
    st.builds(Length, st.integers(1, 12), st.just(Unit.WEEKS)),
    st.builds(Length, st.integers(1, 3), st.just(Unit.MONTHS)),
    st.builds(Length, st.integers(1, 60), st.just(Unit.WORKING_DAYS)),
)
day_lengths = st.one_of(
    short_lengths,
    st.builds(Length, st.integers(91, 999), st.just(Unit.CALENDAR_DAYS)),
    st.builds(Length, st.integers(13, 150), st.just(Unit.WEEKS)),
    st.builds(Length, st.integers(4, 60), st.just(Unit.MONTHS)),
    st.builds(Length, st.integers(1, 20), st.just(Unit.YEARS)),
)
rules = st.builds(
    TermRule,
    length=day_lengths,
    basis=st.sampled_from(Basis),
    direction=st.sampled_from(Direction),
    atw=st.sampled_from(Atw),
)


def rule(length, basis=Basis.STATUTE, **chosen):
    return TermRule(Length.parse(length), basis, **chosen)


def end(length, start, basis=Basis.STATUTE, **chosen):
    start = date.fromisoformat(start)
    return reckon(rule(length, basis, **chosen), start, CALENDAR).end.isoformat()


@pytest.mark.parametrize(
    ("trigger", "length", "raw_end", "legal_end"),
    [
        ("2026-12-11", "2 weeks", "2026-12-25", "2026-12-28"),
        ("2026-12-24", "3 days", "2026-12-27", "2026-12-29"),
        ("2026-12-24", "2 days", "2026-12-26", "2026-12-28"),
        ("2027-02-12", "6 weeks", "2027-03-26", "2027-03-30"),
        ("2027-04-21", "2 weeks", "2027-05-05", "2027-05-10"),
        ("2027-04-09", "4 weeks", "2027-05-07", "2027-05-10"),
        ("2027-02-05", "13 weeks", "2027-05-07", "2027-05-07"),
        ("2026-04-20", "2 weeks", "2026-05-04", "2026-05-04"),
        ("2026-04-28", "1 week", "2026-05-05", "2026-05-06"),
        ("2028-04-13", "2 weeks", "2028-04-27", "2028-05-01"),
    ],
)
def test_statutory_terms_end_where_the_act_puts_them(trigger, length, raw_end, legal_end):
    outcome = reckon(rule(length), date.fromisoformat(trigger), CALENDAR)

    assert outcome.raw_end.isoformat() == raw_end
    assert outcome.end.isoformat() == legal_end


@pytest.mark.parametrize(
    ("written", "amount", "unit"),
    [
        ("10 working days", 10, Unit.WORKING_DAYS),
        ("1 working day", 1, Unit.WORKING_DAYS),
        ("10 werkdagen", 10, Unit.WORKING_DAYS),
        ("2 weeks", 2, Unit.WEEKS),
        ("6 WEEKS", 6, Unit.WEEKS),
        ("2 weken", 2, Unit.WEEKS),
        ("48 hours", 48, Unit.HOURS),
        ("48 uur", 48, Unit.HOURS),
        ("1 month", 1, Unit.MONTHS),
        ("3 maanden", 3, Unit.MONTHS),
        ("14 days", 14, Unit.CALENDAR_DAYS),
        ("14 calendar days", 14, Unit.CALENDAR_DAYS),
        ("14 dagen", 14, Unit.CALENDAR_DAYS),
        ("1 jaar", 1, Unit.YEARS),
        ("  2   Weeks ", 2, Unit.WEEKS),
        ("P2W", 2, Unit.WEEKS),
        ("p3m", 3, Unit.MONTHS),
        ("P10D", 10, Unit.CALENDAR_DAYS),
        ("P1Y", 1, Unit.YEARS),
        ("PT48H", 48, Unit.HOURS),
    ],
)
def test_a_length_reads_like_prose_or_iso_8601(written, amount, unit):
    assert Length.parse(written) == Length(amount, unit)


@pytest.mark.parametrize(
    "written",
    [
        "", "weeks", "2", "0 days", "P0D", "-3 days", "5 fortnights", "P1M2D", "P1DT12H", "PT30M",
        "PT2W", "P48H", "1.5 weeks", "two weeks", "2 weeks 3 days", "1000000 days", "٣ days",
        "9" * 5000 + " days", "P",
    ],
)  # fmt: skip
def test_what_is_no_length_is_refused_with_a_remedy(written):
    with pytest.raises(Invalid, match=r"Write one number with one unit|Choose another number"):
        Length.parse(written)


@given(st.builds(Length, st.integers(1, 999_999), st.sampled_from(Unit)))
def test_a_length_reads_back_as_it_is_written_in_either_language(length):
    assert Length.parse(str(length)) == length
    assert Length.parse(length.text.nl) == length
    assert Length.parse(str(length).upper()) == length


@given(days, short_lengths)
def test_articles_1_and_2_give_the_same_day_in_either_order(start, length):
    def article_1(last):
        while not CALENDAR.is_working_day(last):
            last += timedelta(days=1)
        return last

    def article_2(last):
        counts_days = length.unit in {Unit.CALENDAR_DAYS, Unit.WORKING_DAYS}
        if counts_days and length.amount < 3:
            return last
        while working_days_up_to(last) < 2:
            last += timedelta(days=1)
        return last

    def working_days_up_to(last):
        length_in_days = (last - start).days
        term = (start + timedelta(days=n) for n in range(1, length_in_days + 1))
        return sum(CALENDAR.is_working_day(day) for day in term)

    outcome = reckon(TermRule(length, Basis.STATUTE), start, CALENDAR)

    assert article_2(article_1(outcome.raw_end)) == outcome.end
    assert article_1(article_2(outcome.raw_end)) == outcome.end


@given(days, rules)
def test_where_the_act_applies_a_term_never_ends_on_a_day_off(start, rule):
    outcome = reckon(rule, start, CALENDAR)

    if rule.atw_applies:
        assert CALENDAR.is_working_day(outcome.end)
    else:
        assert outcome.end == outcome.raw_end


@given(days, rules)
def test_the_act_extends_and_never_shortens(start, rule):
    outcome = reckon(rule, start, CALENDAR)

    assert outcome.end >= outcome.raw_end
    assert outcome.ends_at == CALENDAR.end_of_day(outcome.end)
    assert outcome.calendar_version == CALENDAR.version


@given(days, rules)
def test_a_term_that_is_counted_back_lies_before_its_start_and_never_rolls(start, rule):
    outcome = reckon(rule, start, CALENDAR)

    if rule.direction is Direction.BACKWARD:
        assert outcome.end == outcome.raw_end < start
    else:
        assert start < outcome.end


@pytest.mark.parametrize(
    ("unit", "most"),
    [(Unit.CALENDAR_DAYS, 90), (Unit.WEEKS, 12), (Unit.MONTHS, 3), (Unit.WORKING_DAYS, 60)],
)
@given(start=days)
def test_a_longer_term_never_ends_sooner_as_far_as_the_act_reaches(unit, most, start):
    ends = [
        reckon(TermRule(Length(n, unit), Basis.STATUTE), start, CALENDAR).end
        for n in range(1, most + 1)
    ]

    assert all(shorter <= longer for shorter, longer in pairwise(ends))


@given(start=days, amount=st.integers(1, 38), unit=st.sampled_from(Unit))
def test_a_longer_term_never_ends_sooner_where_the_act_does_not_apply(start, amount, unit):
    instant = CALENDAR.start_of_day(start)
    shorter, longer = (
        reckon(TermRule(Length(n, unit), Basis.INTERNAL), instant, CALENDAR).ends_at
        for n in (amount, amount + 1)
    )

    assert shorter < longer or (unit in {Unit.MONTHS, Unit.YEARS} and shorter <= longer)


@pytest.mark.parametrize("length", ["90 days", "12 weeks", "3 months"])
def test_the_longest_terms_that_the_act_covers_are_extended(length):
    extended = [
        reckon(rule(length), date(2027, 1, 1) + timedelta(days=n), CALENDAR) for n in range(7)
    ]

    assert any(outcome.end > outcome.raw_end for outcome in extended)


@pytest.mark.parametrize("length", ["91 days", "13 weeks", "4 months", "1 year", "2 years"])
@pytest.mark.parametrize("atw", [Atw.AUTO, Atw.APPLY])
def test_longer_terms_are_never_extended(length, atw):
    for n in range(7):
        outcome = reckon(rule(length, atw=atw), date(2027, 1, 1) + timedelta(days=n), CALENDAR)
        assert outcome.end == outcome.raw_end


@pytest.mark.parametrize("basis", [Basis.STATUTE, Basis.REGULATION, Basis.ORDINANCE])
def test_the_act_applies_by_law_to_statute_regulation_and_ordinance(basis):
    assert basis.by_law
    assert end("6 weeks", "2027-02-12", basis) == "2027-03-30"
    assert end("6 weeks", "2027-02-12", basis, atw=Atw.EXCLUDE) == "2027-03-26"


@pytest.mark.parametrize("basis", [Basis.AGREEMENT, Basis.INTERNAL])
def test_the_act_applies_to_agreed_and_internal_terms_only_by_choice(basis):
    assert not basis.by_law
    assert end("6 weeks", "2027-02-12", basis) == "2027-03-26"
    assert end("6 weeks", "2027-02-12", basis, atw=Atw.APPLY) == "2027-03-30"


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("2027-01-31", "1 month", "2027-02-28"),
        ("2028-01-31", "1 month", "2028-02-29"),
        ("2027-01-15", "1 month", "2027-02-15"),
        ("2027-11-30", "3 months", "2028-02-29"),
        ("2028-02-29", "1 year", "2029-02-28"),
        ("2026-12-31", "2 months", "2027-02-28"),
    ],
)
def test_months_and_years_end_on_the_same_date_or_the_last_day_of_the_month(
    start, length, expected
):
    assert end(length, start, Basis.INTERNAL) == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ("1 month", "2027-02-28"),
        ("2 weeks", "2027-03-17"),
        ("10 working days", "2027-03-15"),
        ("5 days", "2027-03-26"),
    ],
)
def test_counting_back_gives_the_last_day_before_an_event(length, expected):
    moment = "2027-03-31"

    assert end(length, moment, direction=Direction.BACKWARD) == expected


def test_working_days_pass_over_king_liberation_ascension_and_the_equated_friday():
    assert end("10 working days", "2027-04-21", Basis.AGREEMENT) == "2027-05-11"


@given(days, st.integers(1, 200), st.sampled_from(Basis), st.sampled_from(Direction))
def test_a_term_in_working_days_ends_on_a_working_day_whatever_it_rests_on(
    start, amount, basis, direction
):
    term = TermRule(Length(amount, Unit.WORKING_DAYS), basis, direction)

    assert CALENDAR.is_working_day(reckon(term, start, CALENDAR).end)


@pytest.mark.parametrize(
    ("start", "ends_at"),
    [
        ("2027-03-27T12:00+01:00", "2027-03-28T13:00+02:00"),
        ("2027-10-30T12:00+02:00", "2027-10-31T11:00+01:00"),
        ("2027-02-12T12:00+01:00", "2027-02-13T12:00+01:00"),
        ("2026-12-24T09:00+01:00", "2026-12-25T09:00+01:00"),
    ],
)
def test_hours_are_hours_that_pass_also_when_clocks_change_and_on_holidays(start, ends_at):
    outcome = reckon(rule("24 hours"), datetime.fromisoformat(start), CALENDAR)

    assert outcome.ends_at == datetime.fromisoformat(ends_at)
    assert outcome.ends_at.tzinfo is UTC
    assert outcome.end == datetime.fromisoformat(ends_at).date()


def test_hours_can_be_counted_back_from_an_event():
    meeting = datetime(2027, 3, 29, 9, tzinfo=UTC)
    outcome = reckon(rule("48 hours", direction=Direction.BACKWARD), meeting, CALENDAR)

    assert outcome.ends_at == datetime(2027, 3, 27, 9, tzinfo=UTC)


def test_hours_need_an_instant_to_begin_at():
    with pytest.raises(Invalid, match="begins at an instant"):
        reckon(rule("48 hours"), date(2027, 2, 12), CALENDAR)


def test_a_term_in_days_begins_on_the_local_day_of_its_instant():
    late_in_the_evening = datetime(2027, 2, 11, 23, 30, tzinfo=UTC)
    outcome = reckon(rule("6 weeks"), late_in_the_evening, CALENDAR)

    assert outcome.raw_end == date(2027, 3, 26)


@pytest.mark.parametrize(
    ("day", "ends_at"),
    [("2027-03-14", "2027-03-28T22:00+00:00"), ("2027-10-17", "2027-10-31T23:00+00:00")],
)
def test_a_last_day_on_which_clocks_change_ends_at_local_midnight(day, ends_at):
    outcome = reckon(rule("2 weeks", Basis.INTERNAL), date.fromisoformat(day), CALENDAR)

    assert outcome.ends_at == datetime.fromisoformat(ends_at)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("unit", Unit)
def test_a_term_that_leaves_the_calendar_is_refused_in_a_sentence(unit, direction):
    term = TermRule(Length(999_999, unit), Basis.STATUTE, direction)

    with pytest.raises(Invalid, match="Choose a shorter term"):
        reckon(term, datetime(2027, 2, 12, tzinfo=UTC), CALENDAR)


def told(length, start, basis=Basis.STATUTE, **chosen):
    start = date.fromisoformat(start)
    return explain(reckon(rule(length, basis, **chosen), start, CALENDAR), CALENDAR)


def test_the_explanation_goes_from_the_trigger_past_every_skipped_day_to_the_end():
    steps = told("6 weeks", "2027-02-12")

    assert [(step.code, step.day.isoformat()) for step in steps] == [
        ("calculation", "2027-02-12"),
        ("start", "2027-02-12"),
        ("day_1", "2027-02-13"),
        ("counted", "2027-03-26"),
        ("atw_applied", "2027-03-26"),
        ("skipped", "2027-03-26"),
        ("skipped", "2027-03-27"),
        ("skipped", "2027-03-28"),
        ("skipped", "2027-03-29"),
        ("end", "2027-03-30"),
    ]
    assert "termijn bij wet" in steps[0].text.nl
    assert "Goede Vrijdag" in steps[5].text.nl
    assert "art. 3 lid 2" in steps[5].text.nl
    assert "Atw art. 3(1)" not in steps[6].text.en
    assert "Easter Monday" in steps[8].text.en
    assert "dinsdag 30 maart 2027" in steps[9].text.nl


def test_the_explanation_tells_when_article_2_adds_a_day():
    steps = told("3 days", "2026-12-24")
    (added,) = [step for step in steps if step.code == "two_working_days"]

    assert added.day == date(2026, 12, 28)
    assert "één werkdag" in added.text.nl
    assert "Atw art. 2" in added.text.nl
    assert "two_working_days" not in [step.code for step in told("2 days", "2026-12-24")]


def test_the_explanation_names_the_decree_of_an_equated_day():
    assert any(
        "gelijkgestelde dag (besluit)" in step.text.nl and "art. 3 lid 3" in step.text.nl
        for step in told("4 weeks", "2027-04-09")
    )


@pytest.mark.parametrize(
    ("length", "chosen", "reason"),
    [
        ("13 weeks", {}, "art. 4(a)"),
        ("6 weeks", {"direction": Direction.BACKWARD}, "art. 1(2)"),
        ("6 weeks", {"basis": Basis.AGREEMENT}, "not set in a statute"),
        ("6 weeks", {"atw": Atw.EXCLUDE}, "excluded"),
    ],
)
def test_the_explanation_says_why_the_act_does_not_apply(length, chosen, reason):
    (step,) = [s for s in told(length, "2027-06-01", **chosen) if s.code == "atw_not_applied"]

    assert reason in step.text.en


@pytest.mark.parametrize(
    ("basis", "atw", "reason"),
    [
        (Basis.STATUTE, Atw.AUTO, "art. 1)"),
        (Basis.REGULATION, Atw.AUTO, "art. 5"),
        (Basis.ORDINANCE, Atw.AUTO, "Gemeentewet art. 145"),
        (Basis.AGREEMENT, Atw.APPLY, "voor gekozen"),
    ],
)
def test_the_explanation_says_why_the_act_applies(basis, atw, reason):
    (step,) = [s for s in told("2 weeks", "2027-06-01", basis, atw=atw) if s.code == "atw_applied"]

    assert reason in step.text.nl


def test_the_explanation_of_working_days_names_every_day_passed_over():
    steps = told("10 working days", "2027-04-21", Basis.AGREEMENT)

    assert [step.day.day for step in steps if step.code == "not_counted"] == [
        24, 25, 27, 1, 2, 5, 6, 7, 8, 9,
    ]  # fmt: skip


def test_the_explanation_of_hours_gives_the_instant():
    friday = datetime(2027, 2, 12, 9, tzinfo=UTC)
    steps = explain(reckon(rule("48 hours"), friday, CALENDAR), CALENDAR)

    assert [step.code for step in steps] == ["start", "counted", "atw_not_applied", "end"]
    assert "zondag 14 februari 2027 om 10.00 uur" in steps[-1].text.nl
    assert "uren" in steps[2].text.nl


@given(days, rules)
def test_every_explanation_ends_with_the_end_and_has_words_in_both_languages(start, rule):
    outcome = reckon(rule, start, CALENDAR)
    steps = explain(outcome, CALENDAR)

    assert steps[-1].day == outcome.end
    assert all(step.text.nl and step.text.en for step in steps)
    assert {
        outcome.raw_end + timedelta(days=n) for n in range((outcome.end - outcome.raw_end).days)
    } == {step.day for step in steps if step.code in {"skipped", "two_working_days"}}


def warned(length, start, basis=Basis.STATUTE, **chosen):
    start = date.fromisoformat(start)
    return warnings(reckon(rule(length, basis, **chosen), start, CALENDAR), CALENDAR)


def test_a_term_within_the_known_calendar_carries_no_warning():
    assert warned("6 weeks", "2027-02-12") == ()


def test_a_term_that_ends_beyond_the_horizon_carries_a_warning():
    (warning,) = warned("6 weeks", "2028-06-01")

    assert "26 mei 2028" in warning.nl


def test_a_term_that_rolls_over_the_horizon_carries_a_warning():
    assert reckon(rule("1 week"), date(2028, 5, 19), CALENDAR).raw_end == CALENDAR.horizon
    assert warned("1 week", "2028-05-19")


def test_a_term_in_working_days_is_warned_about_for_all_the_days_it_counts():
    assert warned("10 working days", "2025-12-29", Basis.INTERNAL)
    assert not warned("10 working days", "2025-12-31", Basis.INTERNAL)
    assert warned("10 working days", "2026-01-06", direction=Direction.BACKWARD)
    assert not warned("10 working days", "2028-05-27", direction=Direction.BACKWARD)


@pytest.mark.parametrize(
    ("length", "chosen"),
    [
        ("2 years", {}),
        ("13 weeks", {}),
        ("6 weeks", {"direction": Direction.BACKWARD}),
        ("6 weeks", {"basis": Basis.INTERNAL}),
    ],
)
def test_a_term_that_the_calendar_cannot_move_carries_no_warning_about_it(length, chosen):
    assert warned(length, "2028-09-01", **chosen) == ()


def test_excluding_the_act_from_a_statutory_term_carries_a_warning():
    (warning,) = warned("6 weeks", "2027-02-12", atw=Atw.EXCLUDE)

    assert "alleen een wet" in warning.nl


def test_a_term_reckoned_with_another_calendar_carries_a_warning():
    outcome = reckon(rule("6 weeks"), date(2027, 2, 12), CALENDAR)
    (warning,) = warnings(
        outcome, Calendar("newer", CALENDAR.horizon, CALENDAR.equated, CALENDAR.periods)
    )

    assert "newer+" in warning.en


def test_a_rule_is_a_value_that_can_be_compared_and_kept_in_a_set():
    assert len({rule("6 weeks"), rule("P6W"), rule("42 days")}) == 2
    assert rule("6 weeks", source=Text("Woo art. 4.4", "Woo art. 4.4")).source.nl == "Woo art. 4.4"
    assert {basis.label.nl for basis in Basis} >= {"wet", "verordening", "afspraak"}


def test_a_length_says_whether_articles_2_and_4_reach_it():
    assert Length(2, Unit.WORKING_DAYS).at_least_three_days is False
    assert Length(72, Unit.HOURS).at_least_three_days is False
    assert Length(1, Unit.YEARS).at_least_three_days is True
    assert Length(1, Unit.YEARS).within_article_4 is False


CLOSING = Calendar(
    "closing",
    CALENDAR.horizon,
    CALENDAR.equated,
    CALENDAR.periods,
    closures=(
        ClosureDay(date(2027, 2, 15), Text("carnaval", "carnival"), "rooster 2027"),
        ClosureDay(date(2027, 2, 26), Text("verhuizing", "removal"), "rooster 2027"),
    ),
    recesses=(
        Recess(
            Text("voorjaarsreces", "spring recess"),
            Text("Tweede Kamer", "House of Representatives"),
            date(2027, 2, 19),
            date(2027, 3, 1),
            "example",
        ),
    ),
)


def test_closing_days_lengthen_what_is_agreed_in_working_days():
    agreed = rule("5 working days", Basis.AGREEMENT)
    start = date(2027, 2, 12)

    assert reckon(agreed, start, CALENDAR).end == date(2027, 2, 19)
    assert reckon(agreed, start, CLOSING).end == date(2027, 2, 22)
    steps = explain(reckon(agreed, start, CLOSING), CLOSING)
    assert "afgesproken werkdagen" in steps[0].text.nl
    assert "carnaval" in next(step for step in steps if step.day == date(2027, 2, 15)).text.nl


def test_closing_days_move_a_last_day_only_where_the_act_was_agreed():
    start = date(2027, 2, 12)
    chosen = rule("2 weeks", Basis.AGREEMENT, atw=Atw.APPLY)

    assert reckon(chosen, start, CLOSING).end == date(2027, 3, 1)
    assert reckon(rule("2 weeks", Basis.AGREEMENT), start, CLOSING).end == date(2027, 2, 26)


@given(days, rules)
def test_closing_days_never_change_a_term_by_law(start, rule):
    with_closing, without = reckon(rule, start, CLOSING), reckon(rule, start, CALENDAR)

    if rule.basis.by_law:
        assert (with_closing.raw_end, with_closing.end) == (without.raw_end, without.end)
        assert explain(with_closing, CLOSING) == explain(without, CALENDAR)


def test_a_term_that_ends_in_a_recess_is_flagged_and_not_moved():
    outcome = reckon(rule("2 weeks"), date(2027, 2, 12), CLOSING)
    (flagged,) = warnings(outcome, CLOSING)

    assert outcome.end == date(2027, 2, 26)
    assert "voorjaarsreces (Tweede Kamer)" in flagged.nl
    assert "plan besluiten vóór vrijdag 19 februari 2027" in flagged.nl
    assert warnings(reckon(rule("3 weeks"), date(2027, 2, 12), CLOSING), CLOSING) == ()
