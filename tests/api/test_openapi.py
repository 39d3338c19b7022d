"""The description of the API keeps the NLGov REST API Design Rules 2.2.0."""

from __future__ import annotations

import json
import re

import jsonschema_rs
import pytest

from impasse.api.operations import OPERATIONS

_HERE = "#/components/schemas/"

METHODS = {"get", "post", "put", "delete"}
CAMEL = re.compile(r"[a-z][a-z\d]*([A-Z][a-z\d]*)*")


@pytest.fixture(scope="module")
def described(door_for_reading):
    """The document, as anybody gets it."""
    answer = door_for_reading.client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def operations(described):
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_says_what_it_is_whose_and_under_which_licence(described):
    info = described["info"]
    assert described["openapi"].startswith("3.")
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])
    assert info["contact"].keys() >= {"name", "url", "email"}
    assert info["license"]["identifier"] == "EUPL-1.2"
    assert described["servers"] == [{"url": "https://impasse.example.org/api/v1"}]
    assert "geschillen" in info["summary"].lower()


def test_paths_are_kebab_case_without_a_slash_at_the_end(described):
    for path in described["paths"]:
        assert re.fullmatch(r"(/([a-z0-9-]+|\{[a-z]+\}))+", path)


def test_keys_are_camel_case_everywhere(described):
    for _, _, operation in operations(described):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                assert CAMEL.fullmatch(parameter["name"])
    for name, schema in described["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Z][A-Za-z]*", name)
        assert all(CAMEL.fullmatch(key) for key in schema.get("properties", {})), name


def test_every_operation_has_a_name_of_its_own_a_subject_and_words(described):
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(set(names)) == len(names)
    for _, method, operation in operations(described):
        assert method in METHODS
        assert CAMEL.fullmatch(operation["operationId"])
        assert operation["summary"]
        assert operation["description"]
        assert len(operation["tags"]) == 1


def test_every_answer_that_succeeds_names_its_headers(described):
    for _, method, operation in operations(described):
        for status, answer in operation["responses"].items():
            if status.startswith(("2", "3")):
                assert "API-Version" in answer["headers"]
            if status == "201":
                assert answer["headers"].keys() >= {"ETag", "Location"}
            if status == "200" and method == "get":
                assert answer["headers"].keys() & {"ETag", "Link"}


def test_every_error_is_a_problem_and_invalid_input_is_400(described):
    assert "422" not in str(described["paths"].values())
    for path, method, operation in operations(described):
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")):
                name = answer["$ref"].rpartition("/")[2]
                content = described["components"]["responses"][name]["content"]
                assert content.keys() == {"application/problem+json"}
        assert {"400", "406", "500", "503"} <= operation["responses"].keys()
        if method == "post":
            assert {"409", "413", "415"} <= operation["responses"].keys()
        guarded = any(p["name"] == "If-Match" for p in operation.get("parameters", []))
        assert guarded is ("412" in operation["responses"])
        if "{" in path:
            assert "404" in operation["responses"]
    members = described["components"]["schemas"]["Problem"]["required"]
    assert members == ["type", "title", "status", "detail", "instance"]


def test_only_what_everybody_may_read_asks_for_no_token_and_the_rest_names_its_scope(described):
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    open_to_all = {
        p for p, _, operation in operations(described) if operation.get("security") == []
    }
    assert open_to_all == {"/glossary", "/problem-types", "/problem-types/{code}"}
    for path, method, operation in operations(described):
        scope = "read" if method == "get" else "write"
        assert path in open_to_all or operation["security"] == [{"token": [scope]}]


def test_every_operation_is_told_in_dutch_and_in_english(described):
    names = {operation["operationId"] for _, _, operation in operations(described)}
    assert names == OPERATIONS.keys(), "tell it in api/operations.py, in the other language"
    for _, _, operation in operations(described):
        assert operation["summary"].count(" · ") == 1
        assert operation["description"].count("\n---\n") == 1
        for parameter in operation.get("parameters", []):
            assert " · " in parameter["description"], parameter["name"]
        for answer in operation["responses"].values():
            assert "$ref" in answer or " · " in answer["description"]
    for tag in described["tags"]:
        assert " · " in tag["description"], tag["name"]


def test_every_body_has_an_example_that_fits_its_schema(described):
    text = json.dumps(described["components"]["schemas"])
    shapes = {"$defs": json.loads(text.replace(_HERE, "#/$defs/"))}
    contents = [
        (path, content)
        for path, _, operation in operations(described)
        for content in (
            operation.get("requestBody", {}).get("content", {}),
            *(answer.get("content", {}) for answer in operation["responses"].values()),
        )
    ]
    contents += [(n, a["content"]) for n, a in described["components"]["responses"].items()]
    for place, content in contents:
        for kind, media in content.items():
            if not kind.endswith("json"):
                continue
            schema = json.loads(json.dumps(media["schema"]).replace(_HERE, "#/$defs/"))
            validator = jsonschema_rs.validator_for({**shapes, **schema}, validate_formats=True)
            found = [
                f"{f.instance_path}: {f.message}" for f in validator.iter_errors(media["example"])
            ]
            assert not found, (place, found)
    assert len(contents) > 100


def test_days_are_dates_moments_are_date_times_and_times_are_local(described):
    for name, schema in described["components"]["schemas"].items():
        for key, value in schema.get("properties", {}).items():
            formats = {value.get("format")} | {v.get("format") for v in value.get("anyOf", [])}
            if key in {"startsAt", "endsAt"} and name.startswith("Meeting"):
                assert formats & {"time-local"}
            elif key.endswith("At"):
                assert formats & {"date-time"}, (name, key)
            elif key.endswith("On") and key != "closesOn":
                assert formats & {"date"}, (name, key)
            assert not formats & {"time", "date-time-local"}


def test_what_is_sent_may_hold_nothing_unknown(described):
    for _, method, operation in operations(described):
        if method != "post":
            continue
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        schema = described["components"]["schemas"][reference.rpartition("/")[2]]
        assert schema["additionalProperties"] is False


def test_every_reference_leads_somewhere(described):
    for reference in re.findall(r"'\$ref': '#/([^']+)'", str(described)):
        part = described
        for step in reference.split("/"):
            part = part[step]
        assert part
