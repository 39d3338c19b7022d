"""Tokens and their scopes: what each may do, and how nobody gets more than given."""

from __future__ import annotations

from datetime import timedelta

import pytest

from impasse.adapters.identity.secrets import TokenScope, issue_token
from impasse.adapters.sql.people import disable_person


def knock_with(door, scopes, person="amsterdam", **more):
    """Return a door at which *person* knocks with a new token."""
    issued = issue_token(
        door.house.database, person, at=door.moment[0], scopes=scopes, name="proef", **more
    )
    headers = {"Authorization": f"Bearer {issued.secret}"}

    def ask(method, path, **rest):
        return door.client.request(method, f"/api/v1{path}", headers=headers, **rest)

    return issued, ask


def test_reading_needs_read_and_changing_needs_write(door):
    _, ask = knock_with(door, {TokenScope.READ})
    assert ask("GET", "/me").json()["scopes"] == ["read"]
    assert ask("HEAD", "/me").status_code == 200
    for method, path in (
        ("POST", "/tokens"),
        ("POST", "/cases"),
        ("POST", "/cases/IMP-2026-0001/signals"),
        ("DELETE", "/tokens/1f2e3d4c"),
        ("PUT", "/users/amsterdam"),
    ):
        answer = ask(method, path, json={})
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == (
            'Bearer realm="impasse", error="insufficient_scope", scope="write"'
        )
        assert "bereik `write`" in answer.json()["detail"]


def test_write_brings_read_along_and_only_rooms_opens_rooms(door):
    _, ask = knock_with(door, {TokenScope.WRITE})
    assert ask("GET", "/me").json()["scopes"] == ["read", "write"]
    _, ask = knock_with(door, {TokenScope.READ, TokenScope.ROOMS})
    assert ask("GET", "/me").json()["scopes"] == ["read", "rooms"]


@pytest.mark.parametrize("query", ["access_token={}", "token={}", "q={}", "x=1&y={}"])
def test_a_token_in_the_address_is_refused_with_the_reason_also_beside_a_good_one(door, query):
    issued, ask = knock_with(door, {TokenScope.READ})
    answer = ask("GET", f"/me?{query.format(issued.secret)}")
    assert answer.status_code == 401
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]
    assert "trek dit token in" in answer.json()["detail"]
    assert issued.secret not in answer.text


def test_a_token_makes_another_that_may_no_more_and_lasts_no_longer(door):
    _, ask = knock_with(door, {TokenScope.WRITE}, days=10)
    wish = {"name": "rapport", "scopes": ["read"], "days": 90}
    made = ask("POST", "/tokens", json=wish)
    assert made.status_code == 201
    assert made.headers["Location"] == made.json()["href"]
    ends = door.moment[0] + timedelta(days=10)
    assert made.json()["expiresAt"] == ends.isoformat().replace("+00:00", "Z")
    secret = made.json()["secret"]
    shown = ask("GET", made.json()["href"].removeprefix("/api/v1"))
    assert "secret" not in shown.json()
    assert secret not in ask("GET", "/tokens").text

    assert ask("POST", "/tokens", json=wish | {"scopes": ["read", "rooms"]}).status_code == 403
    for wrong in ({"days": 366}, {"scopes": []}, {"scopes": ["root"]}, {"name": ""}, {"days": "1"}):
        assert ask("POST", "/tokens", json=wish | wrong).status_code == 400


def test_the_same_request_makes_one_token_and_tells_its_secret_once(door):
    issued, _ = knock_with(door, {TokenScope.WRITE})
    headers = {"Authorization": f"Bearer {issued.secret}", "Idempotency-Key": "k1"}
    wish = {"name": "rapport", "scopes": ["read"]}
    first, second = (
        door.client.post("/api/v1/tokens", json=wish, headers=headers) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["secret"][:4], second.json()["secret"]) == ("imp_", None)


def test_everybody_revokes_tokens_of_his_own_and_those_of_others_do_not_exist(door):
    mine, ask = knock_with(door, {TokenScope.WRITE})
    other, ask_other = knock_with(door, {TokenScope.WRITE}, "utrecht")
    assert ask("GET", f"/tokens/{other.id}").status_code == 404
    assert ask("DELETE", f"/tokens/{other.id}").status_code == 404
    missing, hidden = ask("GET", "/tokens/00000000"), ask("GET", f"/tokens/{other.id}")
    assert missing.text.replace("00000000", "*") == hidden.text.replace(other.id, "*")
    assert ask("DELETE", f"/tokens/{mine.id}").status_code == 204
    assert ask("GET", "/me").status_code == 401
    assert ask_other("GET", "/me").status_code == 200


# ---- users


USER = {
    "id": "nieuw",
    "name": "N. Ieuw",
    "function": {"nl": "liaison", "en": "liaison officer"},
    "organisation": "gm0363",
    "roles": ["liaison_officer"],
}


@pytest.fixture
def administrator(door):
    """A door at which an administrator knocks."""
    from impasse.adapters.sql.people import add_person
    from impasse.domain.people import Person, Role
    from impasse.domain.text import same

    add_person(
        door.house.database,
        Person("baas", "B. Aas", same("beheerder"), "mnre1034", frozenset({Role.ADMINISTRATOR})),
    )
    return knock_with(door, set(TokenScope), "baas")[1]


def test_an_administrator_adds_invites_changes_and_disables(door, administrator):
    added = administrator("POST", "/users", json=USER)
    assert (added.status_code, added.json()["hasPassword"]) == (201, False)
    assert added.headers["Location"] == "/api/v1/users/nieuw"
    assert administrator("POST", "/users", json=USER).status_code == 409

    link = administrator("POST", "/users/nieuw/sign-in-links", json={"purpose": "invitation"})
    assert link.json()["link"].startswith("https://impasse.example.org/uitnodiging/")
    secret = link.json()["link"].rpartition("/")[2]
    door.house.accounts.accept_invitation(secret, "zeven groene fietsen", at=door.moment[0])
    again = administrator("POST", "/users/nieuw/sign-in-links", json={"purpose": "invitation"})
    assert again.status_code == 409
    reset = administrator("POST", "/users/nieuw/sign-in-links", json={"purpose": "reset"})
    assert "/herstel/" in reset.json()["link"]

    shown = administrator("GET", "/users/nieuw")
    assert shown.json()["hasPassword"] is True
    particulars = {name: USER[name] for name in USER if name != "id"}
    token = issue_token(door.house.database, "nieuw", at=door.moment[0])
    changed = administrator("PUT", "/users/nieuw", json=particulars | {"disabled": True})
    assert (changed.status_code, changed.json()["disabled"]) == (200, True)
    door_of_nieuw = {"Authorization": f"Bearer {token.secret}"}
    assert door.client.get("/api/v1/me", headers=door_of_nieuw).status_code == 401
    back = administrator("PUT", "/users/nieuw", json=particulars)
    assert back.json()["disabled"] is False
    assert door.client.get("/api/v1/me", headers=door_of_nieuw).status_code == 401


def test_an_administrator_neither_shuts_herself_out_nor_lets_herself_in(administrator):
    mine = {name: USER[name] for name in USER if name != "id"}
    mine |= {"roles": ["administrator"], "organisation": "mnre1034"}
    assert administrator("PUT", "/users/baas", json=mine).status_code == 200
    for wrong in (
        {"disabled": True},
        {"roles": ["secretariat"]},
        {"roles": ["administrator", "secretariat"]},
        {"organisation": "pv27"},
    ):
        assert administrator("PUT", "/users/baas", json=mine | wrong).status_code == 409


def test_all_that_is_wrong_with_a_user_is_told_at_once(administrator):
    wrong = {
        "id": "met spatie",
        "function": {"nl": "x\ny", "en": ""},
        "organisation": "gm9999",
        "email": "geen",
        "roles": ["supervisor", "mediator"],
    }
    answer = administrator("POST", "/users", json=USER | wrong)
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/id",
        "/function/nl",
        "/function/en",
        "/organisation",
        "/email",
        "/roles",
    }


@pytest.mark.parametrize("person", ["amsterdam", "secretariat"])
def test_users_are_for_the_administrator_whether_they_exist_or_not(door, person):
    _, ask = knock_with(door, set(TokenScope), person)
    answers = [ask("GET", "/users"), ask("GET", "/users/utrecht"), ask("GET", "/users/niemand")]
    answers.append(ask("POST", "/users", json=USER))
    answers.append(ask("POST", "/users/utrecht/sign-in-links", json={"purpose": "reset"}))
    assert {answer.status_code for answer in answers} == {403}
    assert answers[1].json()["detail"] == answers[2].json()["detail"]


def test_whoever_is_disabled_has_no_token_left_at_once(door):
    _, ask = knock_with(door, {TokenScope.READ})
    assert ask("GET", "/me").status_code == 200
    disable_person(door.house.database, "amsterdam", at=door.moment[0])
    assert ask("GET", "/me").status_code == 401
