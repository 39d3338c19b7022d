"""Documents in rooms: names that steer nothing, bytes that run nowhere, and no more than fits."""

from __future__ import annotations

import json

import pytest

from room_people import NOTE, SIDE, document, let_in


@pytest.fixture
def path(door):
    """Where what stands in the room of Amsterdam lives."""
    let_in(door.house, door.tokens, door.moment[0])
    return f"/cases/{door.open_case()}/rooms/{SIDE}/contributions"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\boot\\Plan A.PDF", "Plan A.PDF"),
        ("a\r\nSet-Cookie: x=y.pdf", "a Set-Cookie x=y.pdf"),
        ("rekening\u202efdp.exe", "rekeningfdp.exe"),
        ('"; filename=evil.html', "filename=evil.html"),
        ("façade€.pdf", "façade€.pdf"),
        ("...", "document"),
        ("n" * 996 + ".pdf", "n" * 146 + ".pdf"),
    ],
)
def test_of_a_name_only_what_steers_nothing_is_kept(door, path, sent, kept):
    answer = door.as_("amsterdam").post(path, document(b"inhoud", sent))
    assert answer.status_code == 201, answer.text
    told = answer.json()["document"]
    assert told["fileName"] == kept
    given = door.as_("amsterdam").get(told["href"].removeprefix("/api/v1"))
    assert given.content == b"inhoud"
    header = given.headers["content-disposition"]
    assert header.startswith('attachment; filename="')
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


def test_whatever_a_file_is_it_is_given_as_bytes_to_be_saved(door, path):
    page = b"<script>alert(1)</script>"
    told = door.as_("amsterdam").post(path, document(page, "x.html")).json()["document"]
    assert (told["mediaType"], told["size"]) == ("application/octet-stream", len(page))
    given = door.as_("amsterdam").get(told["href"].removeprefix("/api/v1"))
    assert given.headers["content-type"] == "application/octet-stream"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in given.headers["content-security-policy"]
    known = {"If-None-Match": given.headers["etag"]}
    again = door.as_("amsterdam").get(told["href"].removeprefix("/api/v1"), headers=known)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"content": "geen base64!"}, "/document/content"),
        ({"content": "QQ"}, "/document/content"),
        ({"content": "QQ==\ud800"}, "/document/content"),
        ({"content": 12}, "/document/content"),
        ({"content": ""}, "/document"),
        ({"fileName": ""}, "/document/fileName"),
        ({"fileName": "a\x00.pdf"}, "/document/fileName"),
        ({"fileName": "x" * 10_000}, "/document/fileName"),
        ({"mediaType": "text/html"}, "/document/mediaType"),
    ],
)
def test_a_file_that_cannot_be_used_is_400_with_its_place(door, path, change, pointer):
    body = document()
    body["document"] |= change
    answer = door.as_("amsterdam")(
        "POST", path, content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_base64_may_come_in_lines_as_tools_write_it(door, path):
    body = document()
    body["document"]["content"] = "JVBERi0x\nLjc=\n"
    assert door.as_("amsterdam").post(path, body).json()["document"]["size"] == 8


def test_a_document_that_is_too_large_is_refused_before_it_costs_anything(door, path):
    amsterdam, most = door.as_("amsterdam"), door.house.settings.document_bytes
    assert amsterdam.post(path, document(b"x" * most)).status_code == 201
    more = amsterdam.post(path, document(b"x" * (most + 1)))
    assert more.status_code == 400
    assert more.json()["errors"][0]["pointer"] == "/document/content"
    huge = amsterdam.post(path, document(b"x" * 10_000_000))
    assert (huge.status_code, huge.headers["connection"]) == (413, "close")
    # Elsewhere a request is no larger than it was.
    note = amsterdam.post(path.replace("contributions", "releases"), {**NOTE, "text": "x" * most})
    assert note.status_code == 413
    assert len(amsterdam.get(path).json()["items"]) == 1


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Content-Type", "text/plain", 415),
        ("Content-Type", "multipart/form-data; boundary=x", 415),
        ("Content-Encoding", "gzip", 415),
        ("Accept", "text/html", 406),
    ],
)
def test_another_form_than_json_is_refused(door, path, header, value, status):
    headers = {"Content-Type": "application/json", header: value}
    answer = door.as_("amsterdam")("POST", path, content=json.dumps(NOTE), headers=headers)
    assert answer.status_code == status


def test_bytes_are_for_who_reads_bytes_and_only_documents_have_them(door, path):
    amsterdam = door.as_("amsterdam")
    amsterdam.post(path, document())
    amsterdam.post(path, NOTE)
    for accept, status in (("application/octet-stream", 200), ("*/*", 200), ("text/html", 406)):
        answer = amsterdam.get(f"{path}/D1/content", headers={"Accept": accept})
        assert answer.status_code == status
    assert amsterdam.get(f"{path}/D1/content").status_code == 200
    assert amsterdam.get(f"{path}/N2/content").status_code == 404


def test_what_fails_halfway_leaves_nothing_behind(door, path, monkeypatch):
    from impasse.adapters.sql.store import SqlTransaction

    save = SqlTransaction.save

    def fails(*asked):
        save(*asked)
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(SqlTransaction, "save", fails)
        assert door.as_("amsterdam").post(path, document()).status_code == 500
    assert door.as_("amsterdam").get(path).json()["items"] == []
    with door.house.database.connect() as connection:
        for table in ("rooms", "contributions", "document_contents"):
            assert not connection.exec_driver_sql(f"SELECT 1 FROM {table}").fetchall()  # noqa: S608
    assert door.as_("amsterdam").post(path, document()).json()["id"] == "D1"


def test_a_file_that_comes_along_is_the_same_for_all_and_stays_when_the_first_goes(door, path):
    amsterdam = door.as_("amsterdam")
    amsterdam.post(path, document(b"gemeten", "metingen.pdf"))
    releases = path.replace("contributions", "releases")
    words = {"contribution": "D1", "part": "objective", "title": "Metingen", "withDocument": True}
    wording = amsterdam.post(releases, words).json()["wording"]
    decision = {"approved": True, "wording": wording}
    assert amsterdam.post(f"{releases}/V1/decisions", decision).json()["sharedAs"] == "D1"
    amsterdam.post(f"{path}/D1/destructions", {"reason": "Gedeeld."})
    assert amsterdam.get(f"{path}/D1/content").status_code == 409
    shared = path.replace(SIDE, "shared")
    given = door.as_("holland").get(f"{shared}/D1/content")
    assert (given.status_code, given.content) == (200, b"gemeten")
    assert door.as_("utrecht").get(f"{shared}/D1/content").status_code == 404
    # What is shared is of all: nobody takes it back.
    gone = amsterdam.post(f"{shared}/D1/destructions", {"reason": "Toch niet."})
    assert gone.status_code == 409
