"""Signing in at once, on both databases: one person, one use of a state, one of an invitation."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, select

from impasse.adapters.identity.identities import forget_identities, signed_in
from impasse.adapters.identity.links import Purpose, make_link
from impasse.adapters.identity.oidc_flow import begin_flow, take_flow
from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal
from impasse.adapters.identity.providers import Provider
from impasse.adapters.identity.secrets import begin_session, hash_of, sessions_of
from impasse.adapters.identity.vouching import Vouched
from impasse.adapters.sql.database import open_database, writing
from impasse.adapters.sql.people import add_person, list_persons, person
from impasse.adapters.sql.tables import IdentityRow
from impasse.domain.errors import NotFound
from impasse.domain.people import Person, Role
from impasse.domain.text import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Engine

AT = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
LIAISON = frozenset({Role.LIAISON_OFFICER})
PROVIDER = Provider("a", same("A"), "https://a.example", "c", ("gm0363",), {"L": Role.MEDIATOR})


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def said(subject: str = "s", roles: frozenset[Role] | None = LIAISON) -> Vouched:
    return Vouched(subject, "gm0363", roles, "Lotte", None, "", "", "")


def at_once(act: Callable[[int], object], times: int = 5) -> list[object]:
    """Do *act* several times at once; return what came of it, refusals as their cause."""
    outcomes: list[object] = []

    def run(number: int) -> None:
        try:
            outcomes.append(act(number))
        except ProviderRefusal as refusal:
            outcomes.append(refusal.cause)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_who_signs_in_many_times_at_once_is_one_person(database):
    outcomes = at_once(lambda _: signed_in(database, PROVIDER, said(), at=AT))

    assert len(outcomes) == 5
    assert len(set(outcomes)) == 1
    (lotte,) = list_persons(database)
    assert (lotte.id, lotte.roles) == (outcomes[0], LIAISON)


def test_a_state_that_comes_back_many_times_at_once_is_taken_once(database):
    state = begin_flow(database, "a", "b", at=AT).state

    outcomes = at_once(lambda _: take_flow(database, state, "a", "b", at=AT).state)

    assert sorted(map(str, outcomes)) == sorted([state, *[Cause.FLOW_UNKNOWN] * 4])


def test_an_invitation_that_many_take_up_at_once_is_for_one_of_them(database):
    add_person(database, Person("anna", "Anna", same("Liaison"), "gm0363", LIAISON))
    with writing(database) as connection, Session(bind=connection) as session:
        secret = make_link(session, "anna", Purpose.INVITATION, by="sam", at=AT)
    invitation = hash_of(secret)

    outcomes = at_once(
        lambda number: signed_in(
            database, PROVIDER, said(f"s{number}"), at=AT, invitation=invitation
        )
    )

    assert sorted(map(str, outcomes)) == ["anna", *[Cause.INVITATION_ENDED] * 4]
    with Session(database) as session:
        assert len(session.exec(select(IdentityRow)).all()) == 1


def test_a_reset_link_is_no_invitation_and_a_demonstration_person_is_nobodys(database):
    add_person(database, Person("anna", "Anna", same("Liaison"), "gm0363", LIAISON))
    add_person(
        database, Person("demo", "D", same("Liaison"), "gm0363", LIAISON), demonstration=True
    )
    for who, purpose in (("anna", Purpose.RESET), ("demo", Purpose.INVITATION)):
        with writing(database) as connection, Session(bind=connection) as session:
            secret = make_link(session, who, purpose, by="sam", at=AT)
        with pytest.raises(ProviderRefusal):
            signed_in(database, PROVIDER, said(), at=AT, invitation=hash_of(secret))

    assert {one.id for one in list_persons(database)} == {"anna", "demo"}


def test_an_invitation_for_somebody_else_makes_nobody_two_persons(database):
    mine = signed_in(database, PROVIDER, said(), at=AT)
    add_person(database, Person("anna", "Anna", same("Liaison"), "gm0363", LIAISON))
    with writing(database) as connection, Session(bind=connection) as session:
        secret = make_link(session, "anna", Purpose.INVITATION, by="sam", at=AT)

    with pytest.raises(ProviderRefusal) as refused:
        signed_in(database, PROVIDER, said(), at=AT, invitation=hash_of(secret))

    assert refused.value.cause is Cause.KNOWN_ALREADY
    assert signed_in(database, PROVIDER, said(), at=AT) == mine


def test_roles_that_are_ours_to_give_stay_and_those_that_are_not_go(database):
    mine = signed_in(database, PROVIDER, said(), at=AT)

    assert signed_in(database, PROVIDER, said(roles=None), at=AT) == mine
    assert person(database, mine).roles == LIAISON
    begin_session(database, mine, at=AT, hours=8, method="password")
    assert signed_in(database, PROVIDER, said(), at=AT) == mine
    assert len(sessions_of(database, mine, at=AT)) == 1
    assert signed_in(database, PROVIDER, said(roles=frozenset({Role.MEDIATOR})), at=AT) == mine
    assert sessions_of(database, mine, at=AT) == []
    with pytest.raises(ProviderRefusal):
        signed_in(database, PROVIDER, said(roles=frozenset()), at=AT)
    assert person(database, mine).roles == frozenset()


def test_who_is_detached_comes_back_as_another_or_by_invitation(database):
    mine = signed_in(database, PROVIDER, said(), at=AT)
    begin_session(database, mine, at=AT, hours=8, method="oidc")

    assert forget_identities(database, mine) == 1

    assert not sessions_of(database, mine, at=AT)
    another = signed_in(database, PROVIDER, said(), at=AT)
    assert another != mine
    assert forget_identities(database, another) == 1
    with writing(database) as connection, Session(bind=connection) as session:
        secret = make_link(session, mine, Purpose.INVITATION, by="sam", at=AT)
    assert signed_in(database, PROVIDER, said(), at=AT, invitation=hash_of(secret)) == mine
    with pytest.raises(NotFound):
        forget_identities(database, "nobody")
