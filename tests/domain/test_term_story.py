"""Why this date: the story of a term that was suspended, extended and planned anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from histories import History
from impasse.domain.case import Term
from impasse.domain.term_acts import Extension, Resume, Suspension, SuspensionReason, planned
from impasse.domain.term_story import Replanned, explain_term, replans_of, warn_of
from impasse.domain.terms import explain
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar
    from impasse.domain.term_acts import TermAct

KEPT = Resume.KEEP_REMAINDER
AT = datetime(2026, 12, 14, 9, tzinfo=UTC)
START = date(2026, 12, 14)


def a_suspension(key: str, first: date, until: date, ended_on: date | None = None) -> Suspension:
    reason = SuspensionReason.AWAITING_PARTY
    return Suspension(
        key, reason, "pv26", "provincie Utrecht", first, until, (), "Cijfers 2026", AT, ended_on
    )


def a_term(
    calendar: Calendar,
    *acts: TermAct,
    length: str = "4 weeks",
    atw: str = "apply",
    policy: Resume = KEPT,
) -> Term:
    term = Term("s", 1, length, "agreement", atw, START, START, START, AT, calendar.version)
    plan = planned(term.rule, START, acts, policy, calendar)
    raw_end = plan.reckoning.raw_end
    return replace(term, acts=acts, raw_end=raw_end, end=plan.end, ends_at=plan.ends_at)


def codes(term: Term, calendar: Calendar, policy: Resume = KEPT) -> list[str]:
    return [step.code for step in explain_term(term, calendar, policy)]


def test_a_term_to_which_nothing_was_done_is_told_as_ever(calendar: Calendar) -> None:
    term = a_term(calendar)
    told = explain(planned(term.rule, START, (), KEPT, calendar).reckoning, calendar)
    assert explain_term(term, calendar, KEPT) == told


def test_a_suspension_over_christmas_is_told_with_the_days_off_that_it_passed(
    calendar: Calendar,
) -> None:
    over_christmas = a_suspension("O1", date(2026, 12, 18), date(2027, 1, 8))
    extension = Extension("V1", date(2026, 12, 18), "1 week", "Meer tijd", (), AT)
    term = a_term(calendar, over_christmas, extension)
    steps = explain_term(term, calendar, KEPT)
    told = " ".join(step.text.nl for step in steps)
    assert "Zonder wat daarna gebeurde, was de laatste dag maandag 11 januari 2027." in told
    assert "Verlenging V1, van vrijdag 18 december 2026: 1 week erbij. “Meer tijd”" in told
    assert (
        "Opschorting O1: van zaterdag 19 december 2026 tot en met vrijdag 8 januari 2027, wachten "
        "op gegevens van een partij (provincie Utrecht). “Cijfers 2026”" in told
    )
    # Also when those days are still to come: a suspension is told beforehand.
    assert "De klok staat stil van de dag na vrijdag 18 december 2026 tot en met" in told
    assert "stond stil" not in told
    assert "Er waren nog 19 werkdagen over, dus de termijn eindigt op donderdag 4" in told
    assert "Zaterdag 9 januari 2027: telt niet mee als werkdag" in told
    assert steps[-1].day == term.end
    assert "O1" in " ".join(step.text.en for step in steps)


def test_suspensions_that_overlap_are_said_to_count_once(calendar: Calendar) -> None:
    term = a_term(
        calendar,
        a_suspension("O1", date(2026, 12, 15), date(2026, 12, 24)),
        a_suspension("O2", date(2026, 12, 17), date(2026, 12, 31), date(2026, 12, 21)),
    )
    steps = explain_term(term, calendar, KEPT)
    assert [step.code for step in steps].count("counted_once") == 1
    assert any("eindigde eerder, op maandag 21 december" in step.text.nl for step in steps)


def test_a_term_that_begins_anew_is_counted_anew(calendar: Calendar) -> None:
    one = a_suspension("O1", date(2026, 12, 15), date(2026, 12, 24))
    term = a_term(calendar, one, policy=Resume.RESTART)
    found = codes(term, calendar, Resume.RESTART)
    assert found.count("counted") == 2
    assert term.end == date(2027, 1, 21)


def test_a_term_in_hours_has_its_story_too(calendar: Calendar) -> None:
    one = a_suspension("O1", date(2026, 12, 15), date(2026, 12, 24))
    term = replace(a_term(calendar, one, length="72 days", atw="auto"), length="72 hours")
    term = replace(term, begun_at=AT)
    plan = planned(term.rule, AT, (one,), KEPT, calendar)
    term = replace(term, end=plan.end, ends_at=plan.ends_at)
    steps = explain_term(term, calendar, KEPT)
    assert steps[-1].day == plan.end
    assert "loopt af op" in steps[-1].text.nl


def test_a_change_of_calendar_is_a_step_of_its_own(calendar: Calendar) -> None:
    because = [{"nl": "Vrijdag is vrij.", "en": "Friday is off."}]
    history = (
        History()
        .opened()
        .add(
            "term_replanned",
            {"stage_entry": 1, "end_before": "2027-01-08", "end": "2027-01-11", "because": because},
        )
    )
    [one] = replans_of(history.entries, 1)
    why = Text("Vrijdag is vrij.", "Friday is off.")
    assert one == Replanned(history.on, date(2027, 1, 8), date(2027, 1, 11), (why,))
    assert replans_of(history.entries, 2) == ()
    steps = explain_term(a_term(calendar), calendar, KEPT, [one])
    assert [step.code for step in steps][-2:] == ["replanned", "end"]
    assert steps[-2].text.nl.endswith(
        "het einde ging van vrijdag 8 januari 2027 naar maandag 11 januari 2027. Vrijdag is vrij."
    )


def test_beyond_the_horizon_and_with_another_calendar_a_warning_says_so(
    calendar: Calendar,
) -> None:
    late = a_suspension("O1", date(2026, 12, 15), calendar.horizon + timedelta(60))
    term = a_term(calendar, late)
    assert any("bijgewerkt tot en met" in one.nl for one in warn_of(term, calendar, KEPT))
    other = replace(calendar, edition="other")
    assert any("other" in one.nl for one in warn_of(term, other, KEPT))
    assert warn_of(a_term(calendar, length="10 days"), calendar, KEPT) == ()
