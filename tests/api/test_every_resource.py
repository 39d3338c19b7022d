"""Every single resource has a strong tag, and every collection links to itself."""

from __future__ import annotations

import re

KNOWN = {
    "case": "IMP-2026-0001",
    "signal": "S1",
    "organisation": "gm0363",
    "workflow": "interbestuurlijke-impasse@2",
    "version": "2",
    "calendar": "in-force",
    "code": "not-found",
    "room": "shared",
    "stay": "1",
    "user": "secretariat",
}


def test_whoever_has_the_present_version_is_not_sent_it_again(lived_in):
    lived_in.open_case()
    singles = pages = 0
    described = lived_in.client.get("/api/v1/openapi.json").json()["paths"]
    for template in [path for path, operations in described.items() if "get" in operations]:
        path = re.sub(r"\{(\w+)\}", lambda found: KNOWN.get(found[1], "unknown"), template)
        for person in ("secretariat", "administrator"):
            read = lived_in.as_(person).get(path)
            if read.status_code != 200:
                continue
            body = read.json()
            if "items" in body and "links" in body:
                pages += 1
                assert body["links"]["self"] == f"/api/v1{path}"
                assert f'</api/v1{path}>; rel="self"' in read.headers["link"]
                continue
            singles += 1
            tag = read.headers["etag"]
            assert re.fullmatch(r'"[^"]+"', tag), path
            for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
                again = lived_in.as_(person).get(path, headers={"If-None-Match": known})
                assert (again.status_code, again.content) == (304, b""), (path, known)
                assert again.headers["etag"] == tag
            other = lived_in.as_(person).get(path, headers={"If-None-Match": '"other"'})
            assert other.status_code == 200
    assert singles > 20
    assert pages > 15


def test_what_changes_a_resource_can_be_guarded_and_whatever_changes_is_done_once(lived_in):
    described = lived_in.client.get("/api/v1/openapi.json").json()["paths"]
    for path, operations in described.items():
        for method, operation in operations.items():
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            if method == "get" or path.endswith("-previews"):
                continue
            assert "Idempotency-Key" in names, (method, path)
            if path.startswith("/cases/{case}/") or method == "delete":
                assert "If-Match" in names, (method, path)
