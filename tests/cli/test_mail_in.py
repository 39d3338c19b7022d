"""`impasse mail receive` from a pipe, and the quarantine on the command line."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.people import add_person
from impasse.domain.people import Person, Role
from impasse.domain.text import same

if TYPE_CHECKING:
    from collections.abc import Callable

LETTER = b"Return-Path: <x@elders.example>\nTo: antwoord@post.example\nMessage-ID: <1@e>\n\nJa.\n"


@pytest.fixture
def pipe(
    impasse: Any, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run a command with bytes on its standard input."""
    monkeypatch.setenv("IMPASSE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("IMPASSE_INBOUND_DOMAIN", "post.example")
    database = open_database(sqlite_url)
    for key, role in (("beheer", Role.ADMINISTRATOR), ("lies", Role.LIAISON_OFFICER)):
        add_person(database, Person(key, key, same(key), "gm0363", frozenset({role})))
    database.dispose()

    def run(*arguments: str, sent: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(sent)))
        return impasse("mail", *arguments)

    return run


def test_a_mail_server_pipes_an_e_mail_in_and_hears_its_number(pipe: Any) -> None:
    status, number, _ = pipe("receive", sent=LETTER)
    assert status == 0
    assert number.startswith("em_")
    assert pipe("receive", sent=LETTER)[1] == number
    assert number.strip() in pipe("list", "--by", "beheer", "--state", "received")[1]
    shown = pipe("show", number.strip(), "--by", "beheer")[1]
    assert "ontvangen" in shown
    assert "Ja." not in shown


def test_what_is_not_for_us_is_refused_and_what_cannot_be_kept_is_tried_later(
    pipe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pipe("receive", "--to", "a@elders.example", sent=LETTER)[0] == 2
    assert pipe("receive", sent=b"From: a@b.example\n\nJa.\n")[0] == 2
    monkeypatch.setenv("IMPASSE_INBOUND_MAIL_BYTES", "10000")
    assert pipe("receive", sent=LETTER + b"x" * 20_000)[0] == 2
    monkeypatch.setattr("impasse.adapters.mail.letterbox.MOST_WAITING", 0)
    status, _, complaint = pipe("receive", sent=LETTER)
    assert status == 75
    assert "quarantine" in complaint


def test_only_an_administrator_keeps_the_quarantine(pipe: Any) -> None:
    number = pipe("receive", sent=LETTER)[1].strip()
    for arguments in (
        ("list",),
        ("show", number),
        ("file", number),
        ("discard", number, "--reason", "Reclame."),
        ("faults",),
    ):
        assert pipe(*arguments, "--by", "lies")[0] == 1
    assert pipe("file", number, "--by", "beheer")[0] == 1
    assert pipe("faults", "--by", "beheer")[0] == 0
    assert pipe("faults", "--by", "beheer", "--mended", "a@b.example")[0] == 2
