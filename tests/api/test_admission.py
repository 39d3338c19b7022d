"""Who comes in, with what, and what every answer carries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from impasse.adapters.identity.secrets import issue_token, revoke_token
from impasse.adapters.sql.people import disable_person

ALWAYS = {
    "api-version": "1.0.0",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
JSON = {"Content-Type": "application/json"}


def test_without_a_token_nobody_comes_in(door_for_reading):
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}):
        answer = door_for_reading.client.get("/api/v1/cases", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == 'Bearer realm="impasse"'


def test_a_body_is_not_even_read_for_who_has_no_token(door_for_reading):
    answer = door_for_reading.client.post("/api/v1/cases", content=b"{", headers=JSON)
    assert answer.status_code == 401


def test_an_unknown_revoked_or_expired_token_is_refused_and_so_is_who_was_disabled(door):
    old = issue_token(door.house.database, "utrecht", at=door.moment[0], days=1)
    gone = issue_token(door.house.database, "utrecht", at=door.moment[0])
    revoke_token(door.house.database, gone.id, at=door.moment[0])
    door.moment[0] += timedelta(days=2)
    disable_person(door.house.database, "holland", at=door.moment[0])
    for secret in ("imp_nonsense", old.secret, gone.secret, door.tokens["holland"]):
        with capture_logs() as lines:
            answer = door.client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 401
        assert [line["event"] for line in lines] == ["token_refused"]
        assert secret not in str(lines)
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_token_in_the_address_is_no_token(door_for_reading):
    answer = door_for_reading.client.get(
        f"/api/v1/me?access_token={door_for_reading.tokens['secretariat']}"
    )
    assert answer.status_code == 401


def test_you_hear_who_you_are(door_for_reading):
    assert door_for_reading.as_("amsterdam").get("/me").json() == {
        "id": "amsterdam",
        "name": "A. Dam",
        "function": {"nl": "liaison water", "en": "liaison for water"},
        "organisation": "gm0363",
        "rank": "officer",
        "language": "",
        "roles": ["liaison_officer"],
        "scopes": ["read", "rooms", "write"],
    }


def test_every_answer_carries_the_version_and_the_security_headers(door_for_reading):
    answers = [
        door_for_reading.get("/me"),
        door_for_reading.get("/nowhere"),
        door_for_reading("DELETE", "/cases"),
        door_for_reading.post("/cases", {}),
        door_for_reading.client.get("/api/v1/me"),
        door_for_reading.client.get("/api/v1/openapi.json"),
        door_for_reading("HEAD", "/me"),
        door_for_reading.get("/me", headers={"Accept": "text/html"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 405, 400, 401, 200, 200, 406]
    for answer in answers:
        assert ALWAYS.items() <= dict(answer.headers).items()
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_only_the_description_of_the_api_is_for_pages_of_others(door_for_reading):
    origin = {"Origin": "https://elsewhere.example"}
    assert "access-control-allow-origin" not in door_for_reading.get("/me", headers=origin).headers
    described = door_for_reading.client.get("/api/v1/openapi.json", headers=origin)
    assert described.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/me", "/cases", "/glossary", "/openapi.json", "/organisations"])
def test_head_works_wherever_get_does(door_for_reading, path):
    head, get = door_for_reading("HEAD", path), door_for_reading.get(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers.get("etag") == get.headers.get("etag")


def test_head_of_nothing_is_404_without_a_body(door_for_reading):
    answer = door_for_reading("HEAD", "/cases/IMP-2026-0099")
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/cases", "GET, HEAD, POST"),
        ("DELETE", "/cases/IMP-2026-0001", "GET, HEAD"),
        ("OPTIONS", "/cases/IMP-2026-0001/signals", "GET, HEAD, POST"),
        ("GET", "/cases/IMP-2026-0001/events", "POST"),
        ("HEAD", "/cases/IMP-2026-0001/events", "POST"),
        ("PATCH", "/webhooks/wh_1", "DELETE, GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("PUT", "/problem-types/invalid", "GET, HEAD"),
    ],
)
def test_405_names_every_method_of_the_resource(door_for_reading, method, path, allowed):
    answer = door_for_reading(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0, */*", 406),
        ("text/html, application/*;q=0.1", 200),
        ("*/*", 200),
        ("APPLICATION/JSON; charset=utf-8", 200),
        ("", 200),
    ],
)
def test_who_cannot_read_json_hears_406(door_for_reading, wanted, status):
    assert door_for_reading.get("/me", headers={"Accept": wanted}).status_code == status
    assert door_for_reading.get("/openapi.json", headers={"Accept": wanted}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/xml"}, 415),
        ({"Content-Type": "application/json; charset=latin-1"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json; charset=UTF-8"}, 400),
    ],
)
def test_what_is_not_json_in_utf_8_is_415(door_for_reading, headers, status):
    answer = door_for_reading("POST", "/cases", content=b"{}", headers=headers)
    assert answer.status_code == status
    if status == 415:
        assert answer.headers["accept"] == "application/json"


def test_a_body_of_more_than_a_megabyte_is_413_whether_announced_or_not(door_for_reading):
    large = b'{"title": "' + b"x" * 1_000_000 + b'"}'

    def drop_by_drop():
        for start in range(0, len(large), 100_000):
            yield large[start : start + 100_000]

    announced = door_for_reading("POST", "/cases", content=large, headers=JSON)
    streamed = door_for_reading("POST", "/cases", content=drop_by_drop(), headers=JSON)
    lied = door_for_reading(
        "POST", "/cases", content=b"{}", headers={**JSON, "Content-Length": "9" * 5_000}
    )
    assert [announced.status_code, streamed.status_code, lied.status_code] == [413, 413, 413]
    assert streamed.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/me", "/cases", "/cases/IMP-2026-0001", "/indicators", "/glossary", "/workflows"]
)
def test_a_query_key_that_nobody_knows_is_400_and_never_ignored(door_for_reading, path):
    answer = door_for_reading.get(f"{path}?nieuw=1")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["in"] == "query"
    assert answer.json()["errors"][0]["pointer"] == "/nieuw"


def test_faults_in_the_query_are_told_together(door_for_reading):
    answer = door_for_reading.get("/cases?nieuw=1&pageSize=101&status=lost&dueBefore=0")
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/nieuw",
        "/pageSize",
        "/status/0",
        "/dueBefore",
    }
