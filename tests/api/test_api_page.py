"""The page about the API tells the truth: its examples are run as they stand there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference" / "api.md").read_text("utf-8")
HOW_TO = (DOCS / "how-to" / "documenten-delen-via-de-api.md").read_text("utf-8")
EXAMPLE = re.compile(r"```sh\n(?:# (\d+)\n)?(curl .*?)\n```", re.DOTALL)


def _run(door, command):
    words = iter(shlex.split(command)[1:])
    method, path, headers, body = "GET", "", {}, None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value.replace("$TOKEN", door.tokens["amsterdam"])
        elif word == "--json":
            method, body = "POST", next(words).encode()
            headers["Content-Type"] = "application/json"
        elif word == "-o":
            next(words)
        else:
            path = word.replace("$API", "/api/v1")
    return door.client.request(method, path, headers=headers, content=body)


def test_every_example_does_what_the_page_says(door):
    examples = EXAMPLE.findall(PAGE)
    assert len(examples) == PAGE.count("```sh") > 5
    answers = [(_run(door, command), int(status or 200)) for status, command in examples]
    for answer, status in answers:
        assert answer.status_code == status, answer.text
    [shown] = re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)
    told = next(answer.json() for answer, status in answers if status == 400)
    # The page shows the first fault only.
    assert json.loads(shown) == {**told, "errors": told["errors"][:1]}


def test_documents_are_shared_as_the_page_about_that_says(door):
    assert door.open_case() == "IMP-2026-0001"
    examples = EXAMPLE.findall(HOW_TO)
    assert len(examples) == HOW_TO.count("```sh") > 5
    for status, command in examples:
        answer = _run(door, command)
        assert answer.status_code == int(status or 200), answer.text
    [shared] = door.get("/cases/IMP-2026-0001/rooms/shared/contributions").json()["items"]
    assert shared["text"] == "Gemeten in februari, door een bureau van beide."


def test_every_filter_of_cases_stands_on_the_page(door):
    described = door.client.get("/api/v1/openapi.json").json()
    names = {p["name"] for p in described["paths"]["/cases"]["get"]["parameters"]}
    table = PAGE.partition("| sleutel |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)) >= {"`q`"}
    for name in names - {"pageSize", "cursor"}:
        assert f"`{name}`" in table, name
