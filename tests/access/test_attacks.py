"""What somebody tries who means harm: markup, other people's forms, odd addresses, wider tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from sqlalchemy import inspect, text

from access.access_table import in_order, lines
from access.asked import body_of, form_of
from access.doors import Door, doors, filled, values_of
from access.looking import DEAR, as_bytes, looks
from impasse.adapters.identity.secrets import TokenScope, issue_token
from impasse.domain.commands import Contribute, RaiseTier
from impasse.domain.people import CLOCK
from impasse.domain.rooms import SHARED, ContributionKind, DocumentFile, Part
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from access.town import Town

MARKUP = "<b id=zz9>\"'&{{7*7}}</b><script>zz9()</script>"
RAW = re.compile(rb"<b id=zz9|<script>zz9|&amp;49&lt;/b")
"""How it would look on a page that takes it for markup, or for a template."""

FREE = ("titel", "toelichting", "reden", "tekst", "naam", "door", "bron", "plaats", "organ")
NOT_FREE = frozenset({"length", "lengte", "url"})


def spiced(value: Any, name: str = "") -> Any:
    """Return a request with markup in place of every text that a person would write."""
    if isinstance(value, dict):
        return {key: spiced(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [spiced(inner, name) for inner in value]
    free = isinstance(value, str) and (value == "tekst" or " " in value or name in FREE)
    return MARKUP if free and name not in NOT_FREE else value


def test_markup_in_any_field_is_shown_as_it_was_written_and_never_taken_for_markup(
    town: Town,
) -> None:
    town.inhabited()
    sent = [
        _sent(town, line.path, line.door, key)
        for line in in_order(lines())
        if line.door.changes and not line.path.endswith("/afmelden")
        for key in _whose(line.path)
    ]
    assert sum(answer.status_code in {200, 201, 303} for answer in sent) > 25

    shown = 0
    for key in ("lotte", "sam", "bea"):
        for address in _pages(town, key):
            answer = town.browser(key).get(f"{address}?q={quote(MARKUP)}&naar={quote(MARKUP)}")
            _refuse_markup(address, answer)
            shown += b"&lt;script&gt;zz9" in answer.content
    assert shown > 20


def _sent(town: Town, path: str, door: Door, key: str) -> Any:
    """Send markup in every field to a door; return the answer, which holds none."""
    address = filled(path, values_of(town, door, key))
    if door.is_api:
        body = spiced(body_of(town, door))
        answer = town.api(key, door.method, address.removeprefix("/api/v1"), json=body)
    else:
        form = {"formulier": town.form(key), **spiced(form_of(town, door))}
        form |= {name: MARKUP for name in FREE if name not in form}
        answer = town.browser(key).request(door.method, address, data=form)
    _refuse_markup(address, answer)
    return answer


def _pages(town: Town, key: str) -> Iterator[str]:
    for door in doors():
        if door.changes or door.is_api or door.path.endswith(DEAR) or key not in _whose(door.path):
            continue
        for room in ("shared", town.side.id, town.caucus.id):
            if "{kamer}" in door.path or room == "shared":
                yield filled(door.path, {**values_of(town, door, key), "kamer": room})


def _whose(path: str) -> tuple[str, ...]:
    """Return who has business at an address."""
    if "/beheer" in path or "/users" in path:
        return ("bea",)
    return ("lotte",) if "/kamers" in path or "/rooms" in path else ("lotte", "sam")


def _refuse_markup(address: str, answer: Any) -> None:
    assert answer.headers["x-content-type-options"] == "nosniff", address
    if answer.headers.get("content-type", "").startswith(("text/html", "image/svg")):
        assert not RAW.search(answer.content), (address, RAW.search(answer.content))


@pytest.mark.parametrize(
    "name",
    [
        'a".pdf',
        "a\r\nSet-Cookie: zz9=1.pdf",
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "a;filename*=UTF-8''b.html",
        "\u202egnp.exe",
        "CON.pdf",
        "a.html",
        "a.svg",
    ],
)
def test_the_name_of_a_file_stays_a_name_and_its_bytes_are_never_a_page(
    town: Town, name: str
) -> None:
    from base64 import b64encode

    content = b64encode(b"<script>zz9()</script>").decode()
    sent = {"kind": "document", "part": "view", "title": "Stuk"}
    sent |= {"document": {"fileName": name, "content": content}}
    path = f"/cases/{town.case}/rooms/shared/contributions"
    made = town.api("lotte", "POST", path, json=sent)
    if made.status_code == 400:
        assert made.json()["errors"]
        return
    number = made.json()["id"]
    page = f"/impasses/{town.case}/kamers/shared/{number}/bestand"
    for answer in (
        town.browser("pim").get(page),
        town.api("pim", "GET", f"{path}/{number}/content"),
    ):
        assert answer.status_code == 200
        assert answer.content == b"<script>zz9()</script>"
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith("attachment")
        assert not re.search(r"[\r\n/\\]|\.\.", disposition)
        assert re.sub(r'"[^"]*"', "", disposition).count("filename=") <= 1
        assert "set-cookie" not in answer.headers
        assert not answer.headers["content-type"].startswith(("text/html", "image/svg"))
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_name_that_got_past_the_doors_breaks_no_header(town: Town) -> None:
    odd = DocumentFile('a"; filename=b.html', "text/html", b"x")
    command = (SHARED, ContributionKind.DOCUMENT, Part.VIEW, "Stuk")
    town.do("lotte", Contribute(town.case, *command, file=odd))
    answer = town.browser("pim").get(f"/impasses/{town.case}/kamers/shared/D1/bestand")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert not answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("odd", ["%0d%0aSet-Cookie:%20zz9=1", "%0aLocation:%20//evil.example"])
def test_an_address_cannot_write_a_header(town: Town, odd: str) -> None:
    client = town.browser("sam")
    for door in doors():
        if door.changes or "{" not in door.path or door.path.endswith(DEAR):
            continue
        names = re.findall(r"\{(\w+)\}", door.path)
        address = filled(door.path, dict.fromkeys(names, odd))
        answer = (
            town.api("sam", "GET", address.removeprefix("/api/v1"))
            if door.is_api
            else client.get(address)
        )
        assert "zz9" not in answer.headers.get("set-cookie", ""), address
        assert "\n" not in answer.headers.get("location", ""), address
        assert not answer.headers.get("location", "").startswith(("//", "http")), address


@pytest.mark.parametrize(
    "way",
    [
        "../../../../etc/passwd",
        "..%2f..%2f..%2fapp.py",
        "%2e%2e/%2e%2e/app.py",
        "..%5c..%5capp.py",
        "//etc/passwd",
        "....//app.py",
    ],
)
def test_there_is_no_way_up_from_what_lies_ready(town: Town, way: str) -> None:
    page = town.browser("").get("/hulp").text
    [static] = set(re.findall(r'href="(/static/[^/"]+)/', page))
    for start in (static, "/static", "/calendar", "/.well-known"):
        answer = town.browser("").get(f"{start}/{way}")
        assert answer.status_code in {404, 400, 405}, (start, way)
        assert b"root:" not in answer.content
        assert b"import" not in answer.content


def test_a_form_of_another_session_is_refused_and_changes_nothing(town: Town) -> None:
    before = town.now().revision
    form = {"tekst": "Overgenomen", "dag": "2026-10-01"}
    path = f"/impasses/{town.case}/gebeurtenis"
    for token in (town.form("pim"), town.form(""), "", "0" * 64):
        answer = town.browser("lotte").post(path, data={**form, "formulier": token})
        assert answer.status_code == 403
    stolen = town.browser("lotte")
    stolen.cookies.set("impasse", town.sessions["pim"][:-1] + "x")
    assert stolen.post(path, data={**form, "formulier": town.form("lotte")}).status_code in {
        303,
        403,
    }
    assert town.now().revision == before
    mine = {**form, "formulier": town.form("lotte")}
    assert town.browser("lotte").post(path, data=mine).status_code == 303


def test_reading_changes_nothing_but_who_was_here(town: Town) -> None:
    town.inhabited()
    before = _everything(town)
    for key in ("lotte", "sam"):
        looks(town, key)
    assert _everything(town) == before


_OF_WHO_WAS_HERE = {
    "reads": "who read in a closed room",
    "sessions": "when a session was last used",
    "tokens": "when a token was last used",
    "feeds": "when a feed was last used",
    "attempts": "how often somebody tried",
    "oidc_flows": "a sign-in elsewhere that began",
}


def _everything(town: Town) -> dict[str, list[tuple[Any, ...]]]:
    names = set(inspect(town.house.database).get_table_names()) - set(_OF_WHO_WAS_HERE)
    with town.house.database.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]  # noqa: S608
            for name in sorted(names)
        }


def test_a_token_cannot_make_a_wider_one_nor_read_rooms_without_the_scope(town: Town) -> None:
    town.inhabited()
    at = town.house.clock()
    narrow = {TokenScope.READ, TokenScope.WRITE}
    made = issue_token(town.house.database, "lotte", at=at, name="narrow", scopes=narrow)
    town.tokens["narrow"] = made.secret
    wide = {"name": "wide", "scopes": ["read", "write", "rooms"], "days": 30}
    answer = town.api("narrow", "POST", "/tokens", json=wide)
    assert answer.status_code in {400, 403}, answer.text
    for rest in ("", "/contributions", "/contributions/N1", "/contributions/D2/content"):
        closed = f"/cases/{town.case}/rooms/{town.side.id}{rest}"
        never = f"/cases/{town.case}/rooms/side-gm0999{rest}"
        hidden = as_bytes(town.api("narrow", "GET", closed))
        assert hidden.startswith(b"404")
        assert hidden.replace(b"gm0363", b"gm0999") == as_bytes(town.api("narrow", "GET", never))


def test_a_token_in_the_address_opens_nothing(town: Town) -> None:
    for name in ("token", "access_token", "authorization"):
        answer = town.api("", "GET", f"/me?{name}={town.tokens['lotte']}")
        assert answer.status_code == 401
        page = town.browser("").get(f"/impasses?{name}={town.tokens['lotte']}")
        assert page.status_code == 303


def test_the_number_of_a_case_one_may_not_see_is_taken_for_a_number_nobody_has(town: Town) -> None:
    never = "IMP-2026-9999"
    for door in doors():
        if "{case}" not in door.path and not door.path.startswith("/impasses/{id}"):
            continue

        def ask(number: str, door=door) -> bytes:
            values = {**values_of(town, door, "lotte"), "case": number, "id": number}
            address = filled(door.path, values)
            if door.is_api:
                body = body_of(town, door) if door.changes else None
                rest = {} if body is None else {"json": body}
                path = address.removeprefix("/api/v1")
                answer = town.api("lotte", door.method, path, **rest)
            elif door.changes:
                form = {"formulier": town.form("lotte"), **form_of(town, door)}
                answer = town.browser("lotte").request(door.method, address, data=form)
            else:
                answer = town.browser("lotte").get(address)
            assert answer.status_code in {404, 303}, address
            return as_bytes(answer).replace(number.encode(), never.encode())

        assert ask(town.hidden) == ask(never), door


def test_a_number_in_a_body_or_a_field_reaches_no_further_than_one_in_an_address(
    town: Town,
) -> None:
    town.do("sam", RaiseTier(town.hidden, Tier.OVERHEDENOVERLEG, "Zij willen het."))
    hidden = town.house.views.candidates(CLOCK, case=town.hidden)[0].id
    never = "IMP-2026-9999-A9"

    def both(ask: Any) -> None:
        answers = [ask(hidden), ask(never)]
        assert [answer.status_code for answer in answers] == [404, 404]
        first, second = (
            as_bytes(answer).replace(number.encode(), b"X").replace(number[:13].encode(), b"C")
            for answer, number in zip(answers, (hidden, never), strict=True)
        )
        assert first == second

    def decide(number: str) -> Any:
        path = f"/meetings/{town.meeting}/agenda-items"
        body = {"candidate": number, "accepted": True}
        return town.api("lotte", "POST", path, json=body)

    def decide_on_page(number: str) -> Any:
        form = {"formulier": town.form("lotte"), "voorstel": number, "besluit": "neem-op"}
        return town.browser("lotte").post(f"/overleg/{town.meeting}", data=form)

    def add_to(number: str) -> Any:
        form = {"formulier": town.form("lotte"), "dossier": number[:13], "wat": "Een signaal"}
        return town.browser("lotte").post("/signaal/toevoegen", data=form)

    for ask in (decide, decide_on_page, add_to):
        both(ask)


def test_a_wording_can_be_proposed_only_of_what_stands_in_that_very_room(town: Town) -> None:
    town.inhabited()
    wording = {"title": "Uit de kamer hiernaast", "text": "Wat er staat.", "part": "view"}
    for who, own in (("pim", "side-pv27"), ("lotte", town.side.id), ("ben", town.mediators.id)):
        for number in ("N7", "D9", "../side-gm0363/N1", "side:gm0363/N1"):
            path = f"/cases/{town.case}/rooms/{own}/releases"
            answer = town.api(who, "POST", path, json={**wording, "contribution": number})
            assert answer.status_code in {400, 404}, (who, number)
    # The number of the other party's note is nobody's in the own room.
    path = f"/cases/{town.case}/rooms/side-pv27/releases"
    assert town.api("pim", "POST", path, json={**wording, "contribution": "N1"}).status_code == 404
