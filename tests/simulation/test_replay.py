"""A replay shows what could be known, when it would have warned, and nothing it could not know."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from impasse.adapters.files.disputes import load_disputes
from impasse.cli.replay import _json, shipped_setting
from impasse.domain.errors import NotFound
from impasse.domain.text import Text
from impasse.simulation.replay import Ending, chosen, replay_all

FILE = Path(__file__).parents[2] / "config" / "demonstration" / "disputes.yaml"


@pytest.fixture(scope="module")
def setting():
    return shipped_setting()


@pytest.fixture(scope="module")
def reports(setting):
    found = load_disputes(FILE)
    return {r.id: r for r in replay_all(found.disputes, found.hindsight, setting)}


def small(tmp_path, *events, parties=("Provincie Zeeland", "Gemeente Vlissingen")):
    """Write a file with one dispute; each event is day, actor and text."""
    layers = {"P": "provincie", "G": "gemeente", "M": "rijk", "V": "koepel"}
    case = {
        "id": "klein",
        "title_nl": "Een klein geschil",
        "parties": [{"name": p, "layer": layers[p[0]], "role": ""} for p in parties],
        "events": [
            {"id": f"e{n}", "date": day, "date_precision": "day", "actor": actor, "text": text}
            for n, (day, actor, text) in enumerate(events)
        ],
        "recognised_as_impasse_date": "2021-06-01",
    }
    file = tmp_path / "klein.yaml"
    file.write_text(yaml.safe_dump({"cases": [case]}), encoding="utf-8")
    return file


def told(file, setting, until=None):
    found = load_disputes(file)
    [report] = replay_all(found.disputes, found.hindsight, setting, until=until)
    return report


def kinds(report):
    return [act.kind for row in report.rows for act in row.acts]


def test_all_five_disputes_replay_and_no_event_is_dropped(reports):
    assert {key: (r.events_known, r.events_kept) for key, r in reports.items()} == {
        "jeugdzorg-tekorten": (32, 32),
        "opschalingskorting-ravijnjaar-2026": (30, 30),
        "marinierskazerne-vlissingen": (27, 27),
        "herverdeling-gemeentefonds-2023": (16, 16),
        "omgevingswet-invoering": (28, 28),
    }


def test_the_youth_care_dispute_goes_through_the_stages_that_history_knows(reports):
    report = reports["jeugdzorg-tekorten"]
    stages = {row.day: row.stage for row in report.rows}

    assert stages[date(2018, 4, 4)] == "signal"
    assert stages[date(2019, 5, 27)] == "joint_fact_finding"
    assert stages[date(2020, 12, 18)] == "rule_interpretation"
    assert stages[date(2021, 3, 12)] == "external_mediation"
    assert stages[date(2021, 6, 2)] == "resolution"
    assert stages[date(2023, 6, 14)] == "resolved"


def test_the_lead_time_is_counted_from_the_first_warning_and_lateness_is_admitted(reports):
    youth, funds = reports["jeugdzorg-tekorten"], reports["herverdeling-gemeentefonds-2023"]

    assert youth.warned_on is not None
    assert youth.lead.days == (date(2019, 5, 8) - youth.warned_on).days
    assert youth.lead.days > 0
    assert funds.lead.days is not None
    assert funds.lead.days < 0
    assert funds.lead.verdict.nl.startswith("Te laat: ")


def test_terms_are_set_expire_and_climb_their_rungs_on_their_own_day(reports):
    rows = reports["marinierskazerne-vlissingen"].rows
    acts = {row.day: [act.kind for act in row.acts] for row in rows}

    assert "term_set" in acts[date(2012, 12, 31)]
    assert acts[date(2013, 1, 16)] == ["term_expired"]
    assert acts[date(2013, 1, 23)] == ["rung_reached", "tier_raised"]
    assert "candidate_proposed" in acts[date(2013, 2, 6)]
    dates = {act.kind: (act.end, act.due) for row in rows[:4] for act in row.acts}
    assert dates["term_set"] == (date(2013, 1, 15), None)
    assert dates["term_reminded"] == (date(2013, 1, 15), date(2013, 1, 11))
    assert dates["term_expired"] == (date(2013, 1, 15), date(2013, 1, 16))
    assert dates["rung_reached"] == (None, date(2013, 1, 23))


def test_a_secret_is_known_only_from_the_day_it_became_public(reports):
    rows = reports["marinierskazerne-vlissingen"].rows
    days = {event.id: row.day for row in rows for event in row.known}

    assert days["marinierskazerne-vlissingen-e05"] == date(2020, 2, 20)
    assert days["marinierskazerne-vlissingen-e10"] == date(2020, 2, 14)


def test_hindsight_changes_nothing(tmp_path, setting):
    """Types, outcomes, stages, notes, summaries and lead times may say anything at all."""
    whole = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for case in whole["cases"]:
        case |= {
            "summary": "x", "summary_en": "x", "outcome": "x", "stages": {}, "lead_time_days": {},
            "lead_time_note": "x", "data_quality": {}, "disputed_facts": [], "commitments": [],
            "interests": [], "rules_at_stake": [], "building_block": "x",
        }  # fmt: skip
        case.pop("stages_round_2", None)
        for event in case["events"]:
            event |= {"type": "signal", "date_note": "x", "date_basis": "x"}
    other = tmp_path / "disputes.yaml"
    other.write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")

    def answer(file):
        found = load_disputes(file)
        reports = list(replay_all(found.disputes, found.hindsight, setting))
        return _json(reports, setting, "nl")

    assert answer(FILE) == answer(other)


def test_the_days_of_recognition_change_only_the_comparison(setting):
    found = load_disputes(FILE)
    dispute = found.disputes[3]
    moved = {dispute.id: replace(found.hindsight[dispute.id], recognised=date(2030, 1, 1))}
    [before] = replay_all([dispute], found.hindsight, setting)
    [after] = replay_all([dispute], moved, setting)

    assert replace(after, lead=before.lead) == before
    assert after.lead != before.lead


@pytest.mark.parametrize("until", [date(2019, 5, 27), date(2020, 12, 17), date(2021, 12, 31)])
def test_until_shows_the_same_as_a_file_that_ends_there(tmp_path, setting, until):
    whole = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    case = whole["cases"][0]
    known = {e.id for e in load_disputes(FILE).disputes[0].events if e.known_on <= until}
    case["events"] = [event for event in case["events"] if event["id"] in known]
    short = tmp_path / "short.yaml"
    short.write_text(yaml.safe_dump({"cases": [case]}, allow_unicode=True), encoding="utf-8")
    found = load_disputes(FILE)
    [cut] = replay_all(found.disputes[:1], found.hindsight, setting, until=until)

    assert cut == told(short, setting, until)
    assert all(row.day <= until for row in cut.rows)
    assert cut.lead.formal_on is None or cut.lead.formal_on <= until


def test_what_lies_after_the_last_day_is_not_told_either(setting):
    found = load_disputes(FILE)
    [report] = replay_all(found.disputes[:1], found.hindsight, setting, until=date(2018, 12, 31))

    assert report.warned_on == date(2018, 4, 4)
    assert report.lead.recognised_on is None
    assert report.lead.verdict == Text("Geen dag bekend om mee te vergelijken.",
                                       "No day to compare with.")  # fmt: skip


@pytest.mark.parametrize("until", [date(2012, 12, 31), date(2016, 6, 1), date(2018, 10, 1)])
def test_until_a_day_all_days_are_those_of_the_whole_replay(setting, reports, until):
    """Also before the first signal: nothing about a day depends on what came after."""
    whole = reports["marinierskazerne-vlissingen"]
    found = load_disputes(FILE)
    [cut] = replay_all(found.disputes[2:3], found.hindsight, setting, until=until)

    assert cut.rows == tuple(row for row in whole.rows if row.day <= until)
    assert cut.events_kept == cut.events_known


@pytest.mark.parametrize(
    ("until", "ended_on", "ending"),
    [
        (None, date(2021, 1, 11), Ending.LAST_EVENT),
        (date(2021, 6, 1), date(2021, 6, 1), Ending.UNTIL),
        (date(2025, 1, 1), date(2022, 1, 12), Ending.QUIET_YEAR),
        (date(2020, 1, 1), date(2020, 1, 1), Ending.NOTHING_KNOWN),
    ],
)
def test_a_replay_says_when_it_ended_and_why(tmp_path, setting, until, ended_on, ending):
    file = small(tmp_path, ("2021-01-11", "gemeente Vlissingen", "Brandbrief over de kosten"))
    report = told(file, setting, until)

    assert (report.ended_on, report.ending) == (ended_on, ending)


def test_a_dispute_without_events_has_an_empty_report(tmp_path, setting):
    report = told(small(tmp_path), setting)

    assert (report.rows, report.opened_on, report.ending) == ((), None, Ending.NO_EVENTS)


def test_before_the_first_event_nothing_is_known(setting):
    found = load_disputes(FILE)
    [report] = replay_all(found.disputes[:1], found.hindsight, setting, until=date(2000, 1, 1))

    assert report.rows == ()
    assert report.opened_on is None


def test_an_event_that_fits_no_stage_is_kept(tmp_path, setting):
    file = small(
        tmp_path,
        ("2021-01-04", "provincie Zeeland", "Opening van een nieuw kantoor"),
        ("2021-01-11", "gemeente Vlissingen", "Brandbrief over de kosten"),
        ("2021-01-18", "provincie Zeeland", "Het weer was mooi"),
    )
    report = told(file, setting)

    assert report.opened_on == date(2021, 1, 4)
    assert report.signalled_on == date(2021, 1, 11)
    assert (report.events_known, report.events_kept) == (3, 3)


def test_a_dispute_without_any_known_signal_keeps_its_events_and_warns_of_nothing(
    tmp_path, setting
):
    events = (
        ("2021-01-04", "iemand", "Het weer was mooi"),
        ("2021-03-01", "iemand", "Het regende"),
        ("2023-03-01", "iemand", "De zon kwam terug"),
    )
    report = told(small(tmp_path, *events), setting)

    assert (report.events_known, report.events_kept) == (3, 3)
    assert (report.opened_on, report.signalled_on) == (date(2021, 1, 4), None)
    assert (report.yellow_on, report.warned_on) == (None, None)
    assert report.lead.verdict.nl == "Niet gewaarschuwd: gemist."


def test_a_case_that_ended_before_its_first_signal_reopens_at_any_signal(tmp_path, setting):
    deal = ("2021-01-04", "provincie en gemeente", "Provincie en gemeente bereiken een akkoord")
    weak = ("2021-03-01", "gemeente Vlissingen", "Openlijke oproep om meer vaart te maken")
    report = told(small(tmp_path, deal, weak), setting)

    assert [row.stage for row in report.rows if row.known] == ["resolved_early", "signal"]
    assert report.signalled_on == date(2021, 3, 1)


def test_a_case_that_cannot_be_opened_says_why(tmp_path, setting, monkeypatch):
    monkeypatch.setattr(setting.register, "parties", lambda _named: ())
    report = told(small(tmp_path, ("2021-01-04", "iemand", "Het weer was mooi")), setting)

    assert (report.events_known, report.events_kept) == (1, 0)
    assert kinds(report) == ["not_allowed"]


def test_mediation_by_one_side_is_not_mediation(tmp_path, setting):
    letter = ("2021-01-11", "gemeente Vlissingen", "Brandbrief over de kosten")
    alone = ("2021-02-01", "provincie Zeeland", "Een bemiddelaar benoemd")
    joint = ("2021-02-01", "provincie en gemeente", "Gezamenlijk een bemiddelaar benoemd")

    lonely = told(small(tmp_path, letter, alone), setting)
    together = told(small(tmp_path, letter, joint), setting)

    assert lonely.rows[-1].stage == "signal"
    assert "not_allowed" in kinds(lonely)
    assert together.rows[-1].stage == "external_mediation"


def test_an_ended_dispute_is_reopened_by_a_strong_signal_only(tmp_path, setting):
    story = (
        ("2021-01-11", "gemeente Vlissingen", "Brandbrief over de inrichting van de kade"),
        ("2021-02-01", "provincie en gemeente", "Provincie en gemeente bereiken een akkoord"),
        ("2021-03-01", "gemeente Vlissingen", "Openlijke oproep om meer vaart te maken"),
    )
    calm = told(small(tmp_path, *story), setting)
    again = told(
        small(tmp_path, *story, ("2021-04-01", "gemeente Vlissingen", "Nieuwe brandbrief")),
        setting,
    )

    assert calm.rows[-1].stage == "resolved_early"
    assert calm.events_kept == 3
    assert again.rows[-1].stage == "signal"


def test_an_unknown_dispute_is_refused_with_the_known_ones():
    with pytest.raises(NotFound) as caught:
        chosen(load_disputes(FILE), "fietspad")

    assert "jeugdzorg-tekorten" in caught.value.text.nl


def test_a_replay_repeats_itself_to_the_letter(setting, reports):
    found = load_disputes(FILE)
    [again] = replay_all(found.disputes[4:], found.hindsight, setting)

    assert again == reports["omgevingswet-invoering"]
