"""Accounts on the command line: the first administrator, links, tokens with scopes."""

from __future__ import annotations

import json

import pytest

from impasse.settings import Settings
from impasse.wiring import build

ADD = (
    "user", "add", "bea", "--name", "Bea Smit", "--function", "Beheerder",
    "--organisation", "gm0363", "--role", "administrator",
)  # fmt: skip


@pytest.fixture
def ready(impasse):
    assert impasse("db", "upgrade")[0] == 0
    assert impasse(*ADD)[0] == 0
    return impasse


def test_the_first_administrator_gets_a_link_that_opens_an_account(ready):
    status, told, _ = ready("user", "invite", "bea")
    assert status == 0
    heading, link = told.splitlines()
    assert "7 dagen" in heading
    assert link.startswith("http://127.0.0.1:8000/uitnodiging/")

    house = build(Settings())
    try:
        house.accounts.accept_invitation(
            link.rpartition("/")[2], "zeven groene fietsen", at=house.clock()
        )
    finally:
        house.close()
    assert json.loads(ready("user", "list", "--format", "json")[1])[0]["password"] is True

    status, _, complaint = ready("user", "invite", "bea")
    assert (status, "Maak een herstellink" in complaint) == (1, True)
    assert "/herstel/" in ready("user", "reset", "bea", "--second-factor")[1]
    assert ready("user", "unlock", "bea")[0] == 0


def test_whoever_is_disabled_gets_no_link_until_enabled(ready):
    assert ready("user", "disable", "bea")[0] == 0
    assert "uitgezet" in ready("user", "list")[1]
    assert ready("user", "invite", "bea")[0] == 1
    assert ready("user", "enable", "bea")[0] == 0
    assert ready("user", "invite", "bea")[0] == 0


@pytest.mark.parametrize("command", ["invite", "reset", "unlock", "disable", "enable"])
def test_a_user_who_is_not_there_is_named(ready, command):
    status, _, complaint = ready("user", command, "niemand")
    assert (status, "niemand bestaat niet" in complaint) == (1, True)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({2: "met spatie"}, "/id"),
        ({4: ""}, "/name"),
        ({6: "x\ny"}, "/function"),
        ({10: "party"}, "/roles"),
    ],
)
def test_a_user_who_cannot_be_is_refused_with_every_fault(impasse, changed, pointer):
    assert impasse("db", "upgrade")[0] == 0
    status, _, complaint = impasse(*(changed.get(n, word) for n, word in enumerate(ADD)))
    assert status == 2
    assert f"{pointer}: " in complaint


def test_a_token_says_what_it_may_and_until_when(ready):
    made = json.loads(
        ready("token", "add", "bea", "--name", "rapport", "--scope", "read", "--days", "30",
              "--format", "json")[1]
    )  # fmt: skip
    usual = json.loads(ready("token", "add", "bea", "--format", "json")[1])
    listed = ready("token", "list", "--format", "json")[1]
    assert made["token"] not in listed
    by_id = {one["id"]: one for one in json.loads(listed)}
    assert by_id[made["id"]]["scopes"] == ["read"]
    assert by_id[usual["id"]]["scopes"] == ["read", "write"]

    assert ready("token", "revoke", made["id"])[0] == 0
    assert "werkt niet meer" in ready("token", "list", "bea")[1]
    assert json.loads(ready("token", "list", "niemand", "--format", "json")[1]) == []
    status, _, complaint = ready("token", "add", "bea", "--days", "366")
    assert (status, "kies ten hoogste 365" in complaint) == (2, True)
    assert ready("token", "add", "bea", "--scope", "alles")[0] == 2
