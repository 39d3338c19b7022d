"""Who knows a chat address can write there: it is sealed, and shown by its last signs only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from builders import MONDAY
from impasse.adapters.channels.chat_address import ChatAddresses
from impasse.adapters.identity.factor import Seal
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.notification_settings import read_settings, save_settings
from impasse.domain.errors import Invalid
from impasse.domain.notification import NotificationSettings
from runs import put_person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine as Database

SEAL = Seal("a key of thirty-two signs or more")
CHATS = ChatAddresses(SEAL, frozenset({"slack", "matrixs"}))
ADDRESS = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
SHOWN = "slack://…i7FQ"
DEFAULTS = NotificationSettings()


@pytest.fixture
def here(sqlite_url: str) -> Iterator[Database]:
    """A database in which els stands."""
    database = open_database(sqlite_url)
    put_person(database, "els", "gm0363", "liaison_officer")
    yield database
    database.dispose()


def save(database: Database, chat: str, chats: ChatAddresses = CHATS) -> str:
    """Choose *chat*; return what is kept of it."""
    kept = save_settings(database, "els", replace(DEFAULTS, chat=chat), MONDAY, chats=chats)
    assert kept == read_settings(database, "els")
    return kept.chat


def test_an_address_is_sealed_and_what_is_shown_of_it_keeps_it(here: Database) -> None:
    kept = save(here, ADDRESS)
    assert kept.startswith("sealed:")
    assert SEAL.open(kept) == ADDRESS
    assert CHATS.shown(kept) == SHOWN
    assert save(here, SHOWN) == kept
    other = save(here, "matrixs://user:token@chat.host")
    assert CHATS.shown(other) == "matrixs://…host"
    with pytest.raises(Invalid) as refused:
        # What was shown of another address is no address.
        save(here, SHOWN)
    assert "zonder spaties" in refused.value.faults[0].text.nl
    assert save(here, "") == ""


def test_without_a_key_it_is_kept_plain_and_sealed_once_there_is_one(here: Database) -> None:
    bare = replace(CHATS, seal=Seal(None))
    assert save(here, ADDRESS, bare) == f"plain:{ADDRESS}"
    assert bare.shown(f"plain:{ADDRESS}") == CHATS.shown(ADDRESS) == SHOWN
    sealed = save(here, SHOWN)
    assert SEAL.open(sealed) == ADDRESS
    assert SEAL.open(CHATS.keep(SHOWN, ADDRESS)) == ADDRESS
    # With the key gone there seems to be none: it is given anew.
    assert bare.shown(sealed) == CHATS.shown("") == ""


def test_an_address_that_is_short_shows_nothing_of_itself() -> None:
    assert CHATS.shown("slack://a/b/c") == "slack://…"


@pytest.mark.parametrize(
    "wrong",
    [
        "http://10.0.0.1/x",
        "file:///etc/passwd",
        "slack://a b",
        "slack://é",
        "slack://a?verify=no",
        "slack://",
        "plain:slack://a/b/c",
        "slack://" + "a" * 2000,
    ],
)
def test_what_is_no_address_of_an_allowed_service_is_refused_with_all_else(
    here: Database, wrong: str
) -> None:
    wanted = replace(DEFAULTS, chat=wrong, group_minutes=999)
    with pytest.raises(Invalid) as refused:
        save_settings(here, "els", wanted, MONDAY, chats=CHATS)
    assert [fault.pointer for fault in refused.value.faults] == ["/groupMinutes", "/chat"]


def test_a_house_without_chat_takes_no_address_and_leaves_the_one_that_is_kept(
    here: Database,
) -> None:
    shut = replace(CHATS, schemes=frozenset())
    with pytest.raises(Invalid) as refused:
        save(here, ADDRESS, shut)
    assert refused.value.faults[0].text.nl.startswith("Laat het leeg")
    kept = save(here, ADDRESS)
    assert save(here, SHOWN, shut) == kept
