"""Doors for programs: a calendar feed, numbers of the process, a digest, and what is exported."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import pytest
from icalendar import Calendar
from sqlalchemy import text
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from access.looking import told
from access.town import METRICS_TOKEN
from impasse.adapters.exports.case_events import COLUMNS, CaseEvent, as_csv
from impasse.adapters.identity.feeds import feed_of, make_feed, reader_of, revoke_feed
from impasse.adapters.sql.people import disable_person
from impasse.asgi import create_app
from impasse.domain.commands import RaiseTier, Resume
from impasse.domain.tier import Tier
from impasse.settings import Settings


def feed(town, key: str, **query: str):
    return town.browser("").get(f"/calendar/{town.feeds[key]}.ics", params=query)


def events(body: bytes) -> list:
    return Calendar.from_ical(body).walk("VEVENT")


def test_a_feed_holds_the_terms_of_the_cases_that_its_owner_may_see(town) -> None:
    answer = feed(town, "lotte")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    [term] = events(answer.content)

    case = town.now()
    assert term["UID"] == f"{case.id}/{case.stage_entry}@{town.house.settings.source_oin}"
    assert term["DTSTART"].dt == case.term.end
    assert term["DTEND"].dt == case.term.end + timedelta(days=1)
    assert (term["CLASS"], term["TRANSP"], term["STATUS"]) == (
        "CONFIDENTIAL",
        "TRANSPARENT",
        "TENTATIVE",
    )
    assert term["SEQUENCE"] == case.term.plan
    assert term["SUMMARY"].startswith("Opgeschort: Laatste dag Feiten vaststellen")
    assert b"\r\nDTSTART;VALUE=DATE:" in answer.content
    assert re.search(rb"DTSTAMP:\d{8}T\d{6}Z\r\n", answer.content)
    assert b"METHOD:PUBLISH" in answer.content
    assert "Last day" in events(feed(town, "lotte", taal="en").content)[0]["SUMMARY"]
    # Others have other cases, and who has none has an empty calendar.
    assert [len(events(feed(town, key).content)) for key in ("sam", "ursula", "ben")] == [2, 1, 1]
    assert [len(events(feed(town, key).content)) for key in ("mia", "bea", "toos")] == [0, 0, 0]


def test_a_term_that_is_planned_anew_is_the_same_event_with_a_higher_sequence(town) -> None:
    [before] = events(feed(town, "lotte").content)
    town.do("sam", Resume(town.case, "O1", note="De metingen zijn er."))
    [after] = events(feed(town, "lotte").content)

    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["STATUS"] == "CONFIRMED"


def test_a_feed_that_was_revoked_is_as_gone_as_one_that_never_was(town) -> None:
    database, at = town.house.database, town.house.clock()
    old = town.feeds["lotte"]
    fresh = make_feed(database, "lotte", at=at)
    assert reader_of(database, old, at=at) is None
    assert reader_of(database, fresh, at=at).id == "lotte"
    assert feed_of(database, "lotte").last_used_at == at

    revoke_feed(database, "lotte", at=at)
    disable_person(database, "sam", at=at)
    never = town.browser("").get("/calendar/never-was.ics")
    for secret in (old, fresh, town.feeds["sam"], "x" * 5000):
        answer = town.browser("").get(f"/calendar/{secret}.ics")
        assert (answer.status_code, answer.content) == (404, never.content)
    assert feed_of(database, "lotte") is None


def test_the_page_shows_a_new_address_once_and_revokes_it(town) -> None:
    page = town.browser("lisa")

    def send(action: str):
        return page.post(
            "/agenda-abonnement", data={"formulier": town.form("lisa"), "actie": action}
        )

    made = send("maak")
    [address] = re.findall(r'value="(http\S+\.ics)"', made.text)
    path = address.removeprefix(town.house.settings.address)
    assert town.browser("").get(path).status_code == 200
    assert address not in page.get("/agenda-abonnement").text
    assert "Het laatst gelezen" in page.get("/agenda-abonnement").text

    assert send("trek-in").status_code == 303
    assert town.browser("").get(path).status_code == 404
    assert send("iets anders").status_code == 422


def test_the_secret_of_a_feed_stands_in_no_log_line_and_in_no_row(town) -> None:
    with capture_logs() as lines:
        feed(town, "lotte")
        secret = make_feed(town.house.database, "lotte", at=town.house.clock())
        town.house.database.dispose()
        broken = replace(town.house, views=None)
        door = TestClient(create_app(broken), raise_server_exceptions=False)
        assert door.get(f"/calendar/{secret}.ics").status_code == 500
    told_of = json.dumps(lines, default=str)
    assert secret not in told_of
    assert town.feeds["lotte"] not in told_of
    with town.house.database.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM feeds").fetchall()
    assert secret not in str(rows)


def numbers(town, **headers: str):
    return TestClient(town.app).get("/metrics", headers=headers)


def test_the_numbers_are_for_who_has_the_token(town) -> None:
    known = numbers(town, authorization=f"Bearer {METRICS_TOKEN}")
    assert known.headers["content-type"].startswith("text/plain; version=0.0.4")
    named = set(re.findall(r"^(impasse_\w+)", known.text, re.MULTILINE))
    assert named == {
        "impasse_info",
        "impasse_timers_late",
        "impasse_timers_late_seconds",
        "impasse_outbox_waiting",
        "impasse_outbox_oldest_seconds",
        "impasse_deliveries_waiting",
        "impasse_deliveries_dead",
        "impasse_deliveries",
        "impasse_mails_most_per_person",
        "impasse_mail_budget_exceeded_persons",
    }
    # Of what waits and what failed, by channel: never whose, and not how many arrived.
    states = re.findall(
        r'^impasse_deliveries\{channel="(\w+)",state="(\w+)"\}', known.text, re.MULTILINE
    )
    assert set(states) == {("webhook", "dead")}
    for shown in ("", "Bearer x", f"Basic {METRICS_TOKEN}", f"Bearer {METRICS_TOKEN}x"):
        assert numbers(town, authorization=shown).status_code == 404


def test_without_a_token_only_this_machine_gets_the_numbers_and_nobody_behind_a_proxy(town) -> None:
    def status(address: str, public: str | None = None, **headers: str) -> int:
        settings = Settings(database_url=town.url, public_url=public)
        app = create_app(replace(town.house, settings=settings))
        return TestClient(app, client=(address, 5000)).get("/metrics", headers=headers).status_code

    assert status("127.0.0.1") == status("::1") == 200
    assert status("192.0.2.7") == status("somewhere") == 404
    assert status("127.0.0.1", "https://impasse.example.org") == 404
    assert status("127.0.0.1", **{"x-forwarded-for": "192.0.2.7"}) == 404


def test_the_numbers_tell_of_timers_that_are_late_and_of_messages_that_wait(town) -> None:
    with town.house.database.begin() as connection:
        connection.execute(text("UPDATE outbox SET spread_at = NULL"))
    town.moment[0] += timedelta(days=40)
    page = numbers(town, authorization=f"Bearer {METRICS_TOKEN}").text
    found = dict(re.findall(r"^(impasse_\w+) (\S+)$", page, re.MULTILINE))
    assert float(found["impasse_timers_late"]) > 0
    assert float(found["impasse_timers_late_seconds"]) > 24 * 3600
    assert float(found["impasse_outbox_waiting"]) > 0
    assert float(found["impasse_outbox_oldest_seconds"]) > 24 * 3600


def test_a_digest_tells_what_waits_what_ends_and_what_changed(town) -> None:
    town.moment[0] += timedelta(days=1)
    mine = town.api("lotte", "GET", "/me/work?since=2026-09-01").json()
    assert mine["since"] == "2026-09-01"
    assert "Wie betaalt de kade?" in {one["title"] for one in mine["changed"]}
    assert {one["case"] for one in mine["waiting"]} == {town.case}
    assert {one["case"] for one in mine["changed"]} == {town.case}

    other = town.api("ursula", "GET", "/me/work?since=2026-09-01").json()
    assert {one["case"] for one in (*other["changed"], *other["ending"])} == {town.hidden}
    for key in ("mia", "bea", "toos"):
        nothing = town.api(key, "GET", "/me/work?since=0001-01-01").json()
        assert nothing["waiting"] == nothing["ending"] == nothing["changed"] == []

    quiet = town.api("lotte", "GET", "/me/work").json()
    assert quiet["since"] == "2026-10-12"
    assert quiet["changed"] == []
    assert town.api("lotte", "GET", "/me/work?since=gisteren").status_code == 400
    said = told(town, "digest", "lotte", "--since", "2026-09-01").decode()
    assert said.startswith("0\n")
    assert "Veranderd sinds dinsdag 1 september 2026" in said
    assert told(town, "digest", "lotte", "--since", "gisteren").startswith(b"2\n")
    assert told(town, "digest", "nobody").startswith(b"1\n")


def test_a_case_is_exported_as_far_as_one_may_see_it(town) -> None:
    town.inhabited()

    def rooms(key: str) -> set[str]:
        archive = json.loads(
            told(town, "export", "case", town.case, "--by", key).split(b"\n", 1)[1]
        )
        assert archive["case"]["id"] == town.case
        assert archive["history"][0]["action"] == "case_opened"
        return {room["id"] for room in archive["rooms"]}

    assert rooms("lotte") == {"shared", town.side.id, town.caucus.id}
    assert rooms("ben") == {"shared", town.caucus.id, town.mediators.id}
    assert rooms("pim") == rooms("sam") == {"shared"}
    for key in ("ursula", "mia", "toos", "bea"):
        refused = told(town, "export", "case", town.case, "--by", key)
        never = told(town, "export", "case", "IMP-2026-9999", "--by", key)
        assert refused == never.replace(b"IMP-2026-9999", town.case.encode())
        assert refused.startswith(b"1\n")


def test_events_are_exported_for_process_mining_without_closed_rooms_or_persons(town) -> None:
    town.inhabited()
    written = told(town, "export", "events", "--by", "lotte").split(b"\n", 1)[1].decode()
    rows = list(csv.DictReader(StringIO(written.strip())))
    assert tuple(rows[0]) == COLUMNS
    assert {row["case"] for row in rows} == {town.case}
    assert "joint_fact_finding" in {row["stage"] for row in rows}
    assert not {"lotte", "sam", "ben"} & {cell for row in rows for cell in row.values()}
    assert not {"contributed", "release_proposed"} & {row["activity"] for row in rows}
    as_json = told(town, "export", "events", "--by", "lotte", "--format", "json")
    records = json.loads(as_json.split(b"\n", 1)[1])
    assert [str(one["sequence"]) for one in records] == [row["sequence"] for row in rows]
    assert told(town, "export", "events", "--by", "toos").split(b"\n")[2:] == [b"", b""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_an_export_can_be_taken_for_a_formula(start: str, town) -> None:
    at = town.house.clock()
    event = CaseEvent("IMP-1", 1, f"{start}1+1", at, "", f"{start}cmd", "web", "w", "1")
    [_, row] = csv.reader(StringIO(as_csv([event]), newline=""))
    assert (row[2], row[5]) == (f"'{start}1+1", f"'{start}cmd")


def test_a_calendar_is_exported_and_a_place_that_cannot_be_written_is_named(town, tmp_path) -> None:
    file = tmp_path / "terms.ics"
    assert told(town, "export", "calendar", "--by", "lotte", "--out", str(file)) == b"0\n\n"
    assert events(file.read_bytes())[0]["DTSTART"].dt > date(2026, 10, 12)
    nowhere = str(tmp_path / "nowhere" / "terms.ics")
    refused = told(town, "export", "calendar", "--by", "lotte", "--out", nowhere)
    assert refused.startswith(b"2\n")
    assert nowhere.encode() in refused


def test_the_secretariat_is_told_of_what_waits_for_its_decision_and_of_terms_that_end(town) -> None:
    town.do("sam", RaiseTier(town.hidden, Tier.OVERHEDENOVERLEG, "Zij willen het."))
    found = town.api("sam", "GET", "/me/work").json()
    decide = [one for one in found["waiting"] if one["what"]["nl"].startswith("Beslis over")]
    assert [one["case"] for one in decide] == [town.hidden]
    assert {one["case"]: one["day"] for one in found["ending"]}[town.hidden] < "2026-10-20"
    said = json.loads(told(town, "digest", "sam", "--format", "json").split(b"\n", 1)[1])
    assert [len(said[part]) for part in ("waiting", "ending", "changed")] == [
        len(found[part]) for part in ("waiting", "ending", "changed")
    ]


def test_a_case_whose_procedure_was_lost_costs_no_more_than_its_own_lines(town) -> None:
    before = town.api("sam", "GET", "/me/work?since=2026-09-01").json()
    with town.house.database.begin() as connection:
        pinned = text("UPDATE cases SET workflow_version = 'lost' WHERE id = :case")
        connection.execute(pinned, {"case": town.case})
    with capture_logs() as lines:
        [term] = events(feed(town, "sam").content)
        after = town.api("sam", "GET", "/me/work?since=2026-09-01").json()
    assert town.hidden in term["UID"]
    assert {one["case"] for one in before["changed"]} == {town.case, town.hidden}
    assert {one["case"] for one in (*after["changed"], *after["ending"])} == {town.hidden}
    assert {one["object"] for one in lines if one["event"] == "case_left_out"} == {town.case}


def test_a_case_with_a_strange_word_does_not_keep_the_digest_from_coming(town) -> None:
    with town.house.database.begin() as connection:
        strange = text("UPDATE cases SET level = 'paars' WHERE id = :case")
        connection.execute(strange, {"case": town.case})
    found = town.api("sam", "GET", "/me/work?since=2026-09-01")
    assert found.status_code == 200
    assert {one["case"] for one in found.json()["waiting"]} <= {town.hidden}


def test_a_database_that_fails_is_said_so_and_tried_again(town) -> None:
    with town.house.database.begin() as connection:
        for table in ("feeds", "deliveries", "entries"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
    for answer in (
        feed(town, "lotte"),
        numbers(town, authorization=f"Bearer {METRICS_TOKEN}"),
        town.api("lotte", "GET", "/me/work"),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert told(town, "export", "events", "--by", "lotte").startswith(b"2\n")
