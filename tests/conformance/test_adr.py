"""Each rule of the NLGov REST API Design Rules 2.2.0, held against the whole running application.

A rule is named by its id, as in `pytest -k core/no-trailing-slash`. What a linter can read from the
description is read here from answers instead: every method of every path is tried, by somebody
with a token and by somebody without. Of rules that no machine can judge, the traces are looked for
that keeping them leaves: a glossary, a changelog, a schedule.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from impasse.adapters.pace import Pace
from impasse.api.description import VERSION
from impasse.api.glossary import NOUNS
from impasse.api.operations import OPERATIONS
from impasse.api.shapes import Moment
from impasse.asgi import create_app

ROOT = Path(__file__).parents[2]
RULES = ROOT.parent / "shared" / "standards" / "adr-2.2.0-rules.csv"
BASE = "/api/v1"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
KEPT: list[str] = []
"""The ids of the rules that have a test below."""

CASE = "IMP-2026-0001"
KNOWN = {
    "case": CASE,
    "signal": "S1",
    "stay": "1",
    "organisation": "gm0363",
    "meeting": "2026-03-26",
    "workflow": "interbestuurlijke-impasse@2",
    "version": "2",
    "calendar": "in-force",
    "code": "not-found",
    "room": "shared",
}


def keeps(rule):
    """Say of a test which rule it holds the application to."""
    KEPT.append(rule)
    named = pytest.mark.parametrize("rule", [rule], ids=[rule], indirect=True)
    return lambda test: named(pytest.mark.usefixtures("rule")(test))


@pytest.fixture
def rule(request):
    """The rule by which a test is called."""
    return request.param


@dataclass(frozen=True)
class Met:
    """One request that was made, and the answer to it."""

    method: str
    template: str
    path: str
    answer: Any

    @property
    def is_json(self) -> bool:
        return self.answer.headers.get("content-type", "").endswith("json")


class Walk:
    """The application with a case in it, and what it answered on every path."""

    def __init__(self, door):
        app = create_app(door.house)
        [api] = [route.app for route in app.routes if getattr(route, "path", "") == BASE]
        api.state.writers = Pace(10**9)
        self.house = door.house
        self.client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        self.token = {"Authorization": f"Bearer {door.tokens['secretariat']}"}
        self.document = self.client.get(f"{BASE}/openapi.json").json()
        self.met = [
            self.ask(method, template) for template in self.document["paths"] for method in METHODS
        ]

    def ask(self, method, template, path=None, **rest):
        """Ask for the path of *template*, filled in with what is there."""
        filled = re.sub(r"\{(\w+)\}", lambda found: KNOWN.get(found[1], "unknown"), template)
        path = path or BASE + filled
        headers = {**self.token, **rest.pop("headers", {})}
        if method in {"POST", "PUT", "PATCH"} and not rest:
            rest["json"] = {}
        return Met(
            method, template, path, self.client.request(method, path, headers=headers, **rest)
        )

    def operations(self):
        """Tell of every operation: its path, its method, and what the description says."""
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                yield path, method, operation

    def properties(self):
        """Tell of every field of every shape."""
        for name, schema in self.document["components"]["schemas"].items():
            for key, field in schema.get("properties", {}).items():
                yield name, key, field


@pytest.fixture(scope="module")
def walk(lived_in):
    """What every path answers to every method."""
    assert lived_in.open_case() == CASE
    plan = {"day": "2026-03-26", "startsAt": "10:00:00", "endsAt": "12:00:00", "place": "Den Haag",
            "closesOn": "2026-03-19"}  # fmt: skip
    assert lived_in.post("/meetings", plan).status_code == 201
    return Walk(lived_in)


def segments(path):
    """Return the fixed words of a path."""
    return [part for part in path.split("/") if part and not part.startswith("{")]


def singulars(word):
    """Return what a plural may be the plural of."""
    return {word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"}


def is_date_like(schema):
    return {schema.get("format")} | {choice.get("format") for choice in schema.get("anyOf", [])}


# ---- names


@keeps("/core/naming-resources")
def test_resources_are_nouns_of_the_published_glossary(walk):
    nouns = {noun.name.replace("_", "-") for noun in NOUNS}
    nouns |= {noun.words.en.replace(" ", "-") for noun in NOUNS}
    nouns |= {word for noun in NOUNS for word in segments(noun.api)}
    for path in walk.document["paths"]:
        for word in segments(path):
            last = word.rpartition("-")[2]
            assert (singulars(word) | singulars(last)) & nouns, (
                f"{word}: not in config/glossary.yaml"
            )
    published = set()
    place = f"{BASE}/glossary?pageSize=100"
    while place:
        page = walk.client.get(place).json()
        published |= {entry["identifier"] for entry in page["items"]}
        place = page["links"]["next"]
    assert published == {noun.name for noun in NOUNS}


@keeps("/core/naming-collections")
def test_a_collection_is_a_plural_and_what_stands_alone_a_singular(walk):
    one_of_a_kind = {"history", "glossary", "objective-part"}
    for path, method, operation in walk.operations():
        if method == "post":
            assert segments(path)[-1].endswith("s"), path
        if method != "get" or path.endswith("}"):
            continue
        content = operation["responses"]["200"].get("content", {}).get("application/json")
        name = content["schema"]["$ref"].rpartition("/")[2] if content else ""
        word = segments(path)[-1]
        if name.endswith("Page"):
            assert word.endswith("s") or word in one_of_a_kind, path
        else:
            # Settings have no singular.
            assert not word.endswith("s") or word in {"clocks", "notification-settings"}, path


@keeps("/core/interface-language")
def test_english_names_have_an_official_glossary_with_the_dutch_words(walk):
    assert "/glossary" in walk.document["info"]["description"]
    answer = walk.client.get(f"{BASE}/glossary")
    assert answer.status_code == 200
    assert all(entry["term"] and entry["meaning"]["nl"] for entry in answer.json()["items"])


@keeps("/core/path-segments-kebab-case")
def test_path_segments_are_kebab_case_without_an_extension(walk):
    for path in walk.document["paths"]:
        assert re.fullmatch(r"(/([a-z0-9]+(-[a-z0-9]+)*|\{\w+\}))+(/_[a-z-]+)?", path)


@keeps("/core/query-keys-camel-case")
def test_query_keys_are_camel_case_and_no_other_is_taken(walk):
    for path, _, operation in walk.operations():
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                assert re.fullmatch(r"[a-z][a-z0-9]*([A-Z][a-z0-9]*)*", parameter["name"]), path
    for template in walk.document["paths"]:
        met = walk.ask("GET", template, params={"page_size": "1"})
        if "get" in walk.document["paths"][template] and met.answer.status_code != 404:
            assert met.answer.status_code == 400, met.path
            pointers = {fault["pointer"] for fault in met.answer.json()["errors"]}
            assert "/page_size" in pointers, met.path


@keeps("/core/no-trailing-slash")
def test_a_slash_at_the_end_is_404_and_no_redirect(walk):
    for template in walk.document["paths"]:
        assert not template.endswith("/")
        for method in ("GET", "POST"):
            path = walk.ask(method, template).path + "/"
            assert walk.ask(method, template, path).answer.status_code == 404, path


@keeps("/core/hide-implementation")
def test_nothing_tells_what_it_was_made_with(walk):
    telltale = re.compile(
        r"fastapi|starlette|pydantic|sqlalchemy|sqlite|postgres|uvicorn|python", re.IGNORECASE
    )
    assert not telltale.search(json.dumps(walk.document))
    for met in walk.met:
        assert not {"server", "x-powered-by"} & met.answer.headers.keys()
        assert not telltale.search(met.answer.text), met.path


# ---- days and times


@keeps("/core/date-time/format")
def test_days_and_moments_are_text_in_the_formats_of_the_rules(walk):
    for name, key, field in walk.properties():
        formats = is_date_like(field)
        assert not formats & {"time", "datetime", "date-time-local"}, (name, key)
        if formats & {"date", "date-time", "time-local"}:
            kinds = {field.get("type")} | {c.get("type") for c in field.get("anyOf", [])}
            assert kinds <= {"string", "null", None}, (name, key)
    meeting = {
        "day": "2026-04-23",
        "startsAt": "10:00:00",
        "endsAt": "12:00:00",
        "place": "Den Haag",
    }
    for day in (0, 1_775_000_000, "2026-4-1", "20260401", "2026-04-01T00:00:00Z", ""):
        answer = walk.ask("POST", "/meetings", json={**meeting, "closesOn": day}).answer
        assert answer.status_code == 400, day
        assert answer.json()["errors"][0]["pointer"] == "/closesOn"
    assert (
        walk.client.get(f"{BASE}/meetings", headers=walk.token).json()["items"][0]["startsAt"]
        == "10:00:00"
    )


@keeps("/core/date-time/timezone")
def test_moments_are_told_in_utc_with_a_z(walk):
    moment = re.compile(r'"\w+At": ?"(\d{4}-\d\d-\d\dT[^"]*)"')
    told = [found for met in walk.met if met.is_json for found in moment.findall(met.answer.text)]
    assert told
    for one in told:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", one), one
    # Whoever lets a moment in gives it its offset, and any offset will do.
    there = TypeAdapter(Moment).validate_python("2026-03-31T12:00:00+05:30")
    assert there == datetime(2026, 3, 31, 6, 30, tzinfo=UTC)


@keeps("/core/date-time/date-omit-time-portion")
def test_what_is_about_a_day_is_a_date(walk):
    for name, key, field in walk.properties():
        if key in {"day", "due", "until", "end", "start", "since"} or key.endswith(("On", "Day")):
            assert "date-time" not in is_date_like(field), (name, key)


# ---- methods and codes


@keeps("/core/http-methods")
def test_get_has_head_and_405_names_every_method_of_the_resource(walk):
    answers = {(met.template, met.method): met.answer for met in walk.met}
    for template, operations in walk.document["paths"].items():
        there = {method.upper() for method in operations}
        there |= {"HEAD"} if "GET" in there else set()
        for method in METHODS:
            answer = answers[template, method]
            if method in there:
                assert answer.status_code != 405, (method, template)
            else:
                assert answer.status_code == 405, (method, template)
                assert set(answer.headers["allow"].split(", ")) == there, (method, template)
        if "GET" in there:
            read, looked = answers[template, "GET"], answers[template, "HEAD"]
            assert looked.content == b""
            assert looked.status_code == read.status_code, template
            assert looked.headers["content-type"] == read.headers["content-type"]
            assert looked.headers.get("etag") == read.headers.get("etag")


@keeps("/core/http-safety")
def test_reading_changes_nothing_and_a_repetition_with_its_key_changes_once(walk):
    before = walk.ask("GET", f"/cases/{CASE}").answer
    for template, operations in walk.document["paths"].items():
        for method in {"get", "head", "options"} & {*operations, "head", "options"}:
            walk.ask(method.upper(), template)
    after = walk.ask("GET", f"/cases/{CASE}").answer
    assert (after.headers["etag"], after.content) == (before.headers["etag"], before.content)
    for path, method, operation in walk.operations():
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        changes = method != "get" and not path.endswith("-previews")
        assert ("Idempotency-Key" in names) is changes, (method, path)
        assert method != "delete" or "If-Match" in names, path


@keeps("/core/http-response-code")
def test_no_answer_is_out_of_place_and_none_shows_what_broke(walk):
    for met in walk.met:
        assert met.answer.status_code not in {301, 302, 307, 308, 422}
        assert met.answer.status_code < 500, met.path
        assert "Traceback" not in met.answer.text
    made = walk.ask("POST", "/cases", json={"title": "Wie betaalt?", "parties": ["gm0363", "pv27"]})
    assert made.answer.status_code == 201
    assert walk.client.get(made.answer.headers["location"], headers=walk.token).status_code == 200
    unread = walk.ask("GET", f"/cases/{CASE}", headers={"Accept": "text/html"})
    assert unread.answer.status_code == 406
    unfit = walk.ask("POST", "/cases", content=b"<a/>", headers={"Content-Type": "text/xml"})
    assert unfit.answer.status_code == 415
    assert "text/html" not in unread.answer.headers["content-type"]


@keeps("/core/stateless")
def test_a_request_tells_all_by_itself_and_no_cookie_is_set_or_read(walk):
    for met in walk.met:
        assert "set-cookie" not in met.answer.headers, met.path
    with_cookie = walk.client.get(f"{BASE}/me", headers={"Cookie": f"impasse={walk.token}"})
    assert with_cookie.status_code == 401


@keeps("/core/nested-child")
def test_what_lives_in_a_case_is_found_below_it(walk):
    below = {path for path in walk.document["paths"] if path.startswith("/cases/{case}/")}
    for child in (
        "signals",
        "terms",
        "tasks",
        "history",
        "transitions",
        "parties",
        "confirmations",
    ):
        assert f"/cases/{{case}}/{child}" in below
    for path in walk.document["paths"]:
        parts = path.strip("/").split("/")
        for name, value in pairwise(parts):
            if value.startswith("{"):
                assert not name.startswith("{"), path


@keeps("/core/resource-operations")
def test_an_operation_is_a_resource_with_a_history_never_a_verb(walk):
    verbs = {
        "open",
        "close",
        "start",
        "stop",
        "suspend",
        "resume",
        "extend",
        "withdraw",
        "approve",
        "reject",
        "share",
        "send",
        "run",
        "undo",
        "search",
        "execute",
        "update",
        "delete",
        "create",
        "get",
        "set",
        "add",
        "remove",
        "preview",
        "destroy",
        "lift",
        "decide",
    }
    for path in walk.document["paths"]:
        assert not verbs & {word for part in segments(path) for word in part.split("-")[-1:]}, path
    assert {"get", "post"} <= walk.document["paths"]["/cases/{case}/transitions"].keys()


# ---- errors


@keeps("/core/error-handling/problem-details")
def test_every_error_is_a_problem_with_status_title_and_detail(walk, monkeypatch):
    def falls(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(type(walk.house.views), "meeting", falls)
    broken = walk.ask("GET", "/meetings/{meeting}")
    assert broken.answer.status_code == 500
    assert "secret" not in broken.answer.text
    assert broken.answer.headers["api-version"] == VERSION
    assert broken.answer.headers["x-content-type-options"] == "nosniff"
    stray = [
        walk.ask("GET", "", f"{BASE}{path}")
        for path in ("/nothing", "/", "//", "/%0a", "/cases/..")
    ]
    nobody = [
        Met("GET", path, path, walk.client.get(f"{BASE}{path}")) for path in walk.document["paths"]
    ]
    seen = set()
    for met in [*walk.met, *stray, *nobody, broken]:
        if met.answer.status_code < 400 or met.method == "HEAD":
            continue
        seen.add(met.answer.status_code)
        assert met.answer.headers["content-type"] == "application/problem+json", met.path
        told = met.answer.json()
        assert told["status"] == met.answer.status_code
        assert all(told[key] for key in ("title", "detail", "type", "instance")), met.path
    assert seen >= {400, 401, 404, 405, 500}


@keeps("/core/error-handling/invalid-input")
def test_what_does_not_fit_is_400_in_the_body_the_query_and_a_header(walk):
    for path, method, operation in walk.operations():
        assert "422" not in operation["responses"], path
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content and method == "post":
            answer = walk.ask("POST", path, json={"noSuchField": 1}).answer
            assert answer.status_code in {400, 404}, path
            answer = walk.ask(
                "POST", path, content=b"{", headers={"Content-Type": "application/json"}
            ).answer
            assert answer.status_code in {400, 404}, path
    assert walk.ask("GET", "/cases", params={"pageSize": "many"}).answer.status_code == 400
    assert (
        walk.ask("POST", "/cases", headers={"Idempotency-Key": "a b"}, json={}).answer.status_code
        == 400
    )


@keeps("/core/error-handling/all-errors")
def test_all_that_does_not_fit_is_told_at_once(walk):
    sent = {"title": 1, "parties": "gm0363", "signals": [{"indicator": 2}], "other": True}
    told = walk.ask("POST", "/cases", json=sent).answer.json()
    pointers = {fault["pointer"] for fault in told["errors"]}
    assert {"/title", "/parties", "/signals/0/indicator", "/signals/0/reliability",
            "/signals/0/happenedOn", "/other"} <= pointers  # fmt: skip
    query = {"pageSize": "0", "status": "asleep", "other": "1"}
    told = walk.ask("GET", "/cases", params=query).answer.json()
    assert {"/pageSize", "/status/0", "/other"} == {fault["pointer"] for fault in told["errors"]}


# ---- documentation


@keeps("/core/doc-openapi")
def test_the_description_is_openapi_3(walk):
    assert re.fullmatch(r"3\.1\.\d+", walk.document["openapi"])
    assert walk.document["paths"]


@keeps("/core/doc-openapi-contact")
def test_it_names_whom_to_ask(walk):
    assert all(walk.document["info"]["contact"][key] for key in ("name", "url", "email"))


@keeps("/core/doc-language")
def test_every_operation_is_told_in_dutch_first(walk):
    for path, _, operation in walk.operations():
        told = OPERATIONS[operation["operationId"]]
        assert operation["description"].startswith(told.description_nl), path


@keeps("/core/publish-openapi")
def test_the_description_stands_in_its_place_for_everybody(walk):
    answer = walk.client.get(
        f"{BASE}/openapi.json", headers={"Origin": "https://elders.example.org"}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"


# ---- versions


def changelog():
    return (ROOT / "CHANGELOG.md").read_text("utf-8")


def reference():
    return (ROOT / "docs" / "reference" / "api.md").read_text("utf-8")


@keeps("/core/deprecation-schedule")
def test_the_schedule_of_what_goes_is_public(walk):
    told = reference()
    assert "## Versies" in told
    assert "`Deprecation`" in told
    assert "`Sunset`" in told


@keeps("/core/transition-period")
def test_an_old_version_stays_for_a_fixed_time(walk):
    assert re.search(r"twaalf maanden", reference())
    assert re.search(r"hooguit twee", reference())
    assert len(walk.document["servers"]) == 1


@keeps("/core/changelog")
def test_the_changelog_names_changes_of_the_api(walk):
    assert "API" in changelog()
    assert "CHANGELOG" in reference()
    assert VERSION in changelog()


@keeps("/core/uri-version")
def test_the_major_version_stands_in_the_address(walk):
    [server] = walk.document["servers"]
    major = VERSION.partition(".")[0]
    assert server["url"].endswith(f"/api/v{major}")
    assert not any("/v1" in path for path in walk.document["paths"])
    assert walk.client.get("/api/me", headers=walk.token).status_code == 404


@keeps("/core/semver")
def test_the_version_is_a_semantic_one(walk):
    assert re.fullmatch(
        r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", walk.document["info"]["version"]
    )


@keeps("/core/version-header")
def test_every_answer_tells_the_whole_version(walk):
    assert walk.document["info"]["version"] == VERSION
    for met in walk.met:
        assert met.answer.headers["api-version"] == VERSION, (met.method, met.path)
    for path in ("/nothing", "/cases/", "/openapi.json"):
        assert walk.client.get(BASE + path).headers["api-version"] == VERSION


# ---- transport


@keeps("/core/transport/tls")
def test_the_address_that_is_told_is_safe_and_browsers_are_kept_to_it(walk):
    [server] = walk.document["servers"]
    assert server["url"].startswith("https://")
    for met in walk.met:
        lasts = re.match(r"max-age=(\d+)", met.answer.headers["strict-transport-security"])
        assert int(lasts[1]) >= 31_536_000
    assert "TLS" in (ROOT / "docs" / "guide" / "beheer.md").read_text("utf-8")


@keeps("/core/transport/no-sensitive-uris")
def test_nothing_secret_stands_in_an_address(walk):
    for path, _, operation in walk.operations():
        names = {p["name"].lower() for p in operation.get("parameters", []) if p["in"] == "query"}
        assert not names & {"token", "secret", "password", "key", "bsn", "email"}, path
    for met in walk.met:
        assert not re.search(r'"(href|self|next)": ?"[^"]*(imp_|whsec_)', met.answer.text), met.path
    secret = walk.token["Authorization"].removeprefix("Bearer ")
    for key in ("access_token", "token", "q"):
        answer = walk.client.get(f"{BASE}/cases", params={key: secret})
        assert answer.status_code == 401, key
        assert secret not in answer.text
        assert walk.ask("GET", "/cases", params={key: secret}).answer.status_code in {400, 401}


@keeps("/core/transport/security-headers")
def test_every_answer_carries_the_headers_of_safety(walk):
    for met in walk.met:
        headers = met.answer.headers
        assert headers["cache-control"] == "no-store", met.path
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert met.method in {"HEAD", "DELETE"} or "content-type" in headers, met.path


@keeps("/core/transport/cors")
def test_pages_of_others_may_read_the_description_and_nothing_else(walk):
    origin = {"Origin": "https://elders.example.org"}
    for template in walk.document["paths"]:
        answer = walk.ask("GET", template, headers=origin).answer
        assert not any(name.startswith("access-control-") for name in answer.headers), template
        asked = {**origin, "Access-Control-Request-Method": "POST"}
        answer = walk.ask("OPTIONS", template, headers=asked).answer
        assert not any(name.startswith("access-control-") for name in answer.headers), template


# ---- modules, of which each applies only to who does what it is about


@keeps("/core/modules/geospatial")
def test_no_place_on_earth_is_told_so_the_module_does_not_apply(walk):
    names = {key.lower() for _, key, _ in walk.properties()}
    assert not names & {"geometry", "coordinates", "latitude", "longitude", "bbox", "crs"}


@keeps("/core/modules/signing")
def test_no_body_of_this_api_is_signed_so_the_module_does_not_apply(walk):
    for met in walk.met:
        assert not {"signature", "signature-input", "x-jws-signature"} & met.answer.headers.keys()


@keeps("/core/modules/encryption")
def test_no_body_of_this_api_is_encrypted_so_the_module_does_not_apply(walk):
    for _, _, operation in walk.operations():
        contents = json.dumps([operation.get("requestBody", {}), operation["responses"]])
        assert "jose" not in contents


# ---- the rules themselves


def test_each_rule_has_one_test():
    assert len(KEPT) == len(set(KEPT)) == 36


@pytest.mark.skipif(not RULES.is_file(), reason="the rules do not lie beside the checkout")
def test_no_rule_was_forgotten_and_none_was_invented():
    with RULES.open(encoding="utf-8", newline="") as file:
        assert {row["rule"] for row in csv.DictReader(file)} == set(KEPT)
