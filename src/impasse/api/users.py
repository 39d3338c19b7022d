"""Users: who can sign in, for the administrator; links to choose a password with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.identity.accounts import NO_ACCOUNT
from impasse.adapters.identity.links import LASTS, Purpose
from impasse.adapters.sql.people import (
    add_person,
    change_person,
    disable_person,
    enable_person,
    list_persons,
)
from impasse.adapters.sql.people import person as person_called
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Desk, Opening, Reading, Writing
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Bilingual, Moment, Shape, Words, Yes, bilingual
from impasse.domain.account import (
    LONGEST_USER,
    refuse_to_change_oneself,
    refuse_unfit,
    rights_in_words,
)
from impasse.domain.errors import Fault, Invalid, NotAllowed, NotFound
from impasse.domain.organs import LONGEST_ORGAN
from impasse.domain.people import Person, Rank, Role
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.identity.accounts import Standing

log = structlog.get_logger("impasse.api")

router = APIRouter(tags=["users"], route_class=GuardedRoute)


class UserShape(Shape):
    """Somebody who can sign in; `shutUntil` is when wrong tries no longer shut the account."""

    id: str
    name: str
    function: Bilingual
    organisation: str
    organ: str
    email: str
    rank: Rank
    language: str
    roles: list[Role]
    disabled: Yes
    has_password: Yes
    has_second_factor: Yes
    shut_until: Moment | None
    href: str


class UserQuery(PageQuery):
    """Which page of the users."""


class UserPage(Page[UserShape]):
    """One page of users."""


class UserChanged(Shape):
    """The particulars of a user, all of them: what is left out becomes empty."""

    name: Words = Field(min_length=1, max_length=LONGEST_NAME)
    function: Bilingual
    organisation: Words = Field(min_length=1, max_length=LONGEST_NAME)
    organ: Words = Field("", max_length=LONGEST_ORGAN)
    email: Words = Field("", max_length=LONGEST_NAME)
    rank: Rank = Field(
        Rank.OFFICER,
        description="Voor opschaling op gelijke rang; een recht geeft het niet. · For escalation "
        "at equal rank; no right follows.",
    )
    language: Literal["", "nl", "en"] = Field(
        "",
        description="Taal van berichten; leeg is die van het huis. · Language of messages; empty "
        "is that of the house.",
    )
    roles: list[Role] = Field(min_length=1, max_length=len(Role))
    disabled: Yes = Field(
        default=False,
        description="Waar: geen enkele ingang werkt nog; ook tokens niet. · True: no way in works "
        "any more; tokens neither.",
    )


class UserAdded(UserChanged):
    """Somebody who is to sign in here; `id` is the user name and never changes."""

    id: Words = Field(min_length=1, max_length=LONGEST_USER)


class LinkShape(Shape):
    """A link to hand over in person: it is good once, and told once, so null the next time."""

    link: str | None
    expires_at: Moment


class LinkPurpose(StrEnum):
    """For what a link is: a first password, another one, or another one and a second factor."""

    INVITATION = "invitation"
    RESET = "reset"
    RESET_WITH_FACTOR = "reset_with_factor"


class LinkMade(Shape):
    """A link to make."""

    purpose: LinkPurpose


@router.get("/users", response_model=UserPage, summary="Gebruikers")
async def list_users(desk: Reading, query: Annotated[UserQuery, Query()]) -> Response:
    """Return everybody who can sign in, disabled or not, by user name: for the administrator."""
    _authorise(desk)
    persons = await desk.read(list_persons, desk.house.database)
    standings = await desk.read(desk.house.accounts.standings, at=desk.house.clock())
    fetch = by_key(persons, lambda one: one.id)

    def show(one: Person) -> UserShape:
        return _shape(desk, one, standings.get(one.id, NO_ACCOUNT))

    return await paged(desk.request, query, fetch, show, UserPage)


@router.post("/users", response_model=UserShape, status_code=201, summary="Voeg een gebruiker toe")
async def add_user(desk: Opening, sent: UserAdded) -> Response:
    """Add somebody; who has no password yet is then invited. A user name that is taken is 409."""
    _authorise(desk)
    person = await _person(desk, sent, sent.id)

    def make() -> str:
        add_person(desk.house.database, person)
        rights = rights_in_words(person)
        log.info(
            "user_added", object=person.id, result=rights, origin="api", actor=desk.actor.person
        )
        return person.id

    key = await desk.once(sent, make)
    shape = await _user(desk, key)
    return made(shape, shape.href)


@router.get("/users/{user}", response_model=UserShape, summary="Eén gebruiker")
async def show_user(desk: Reading, user: str) -> Response:
    """Return one user: for the administrator."""
    _authorise(desk)
    return shown(desk.request, await _user(desk, user))


@router.put("/users/{user}", response_model=UserShape, summary="Verander een gebruiker")
async def change_user(desk: Writing, user: str, sent: UserChanged) -> Response:
    """Put other particulars in place of those of now; disabled closes every door at once.

    Who is enabled again signs in anew: sessions and tokens of before do not come back. An
    administrator cannot disable him- or herself, nor change his or her own roles or organisation.
    """
    _authorise(desk)
    before = await _user(desk, user)
    desk.unchanged(tag_of(before))
    person = await _person(desk, sent, before.id)
    known = await desk.read(person_called, desk.house.database, before.id)
    refuse_to_change_oneself(desk.actor.person, known, person)

    def change() -> None:
        change_person(desk.house.database, person)
        if person.disabled and not before.disabled:
            disable_person(desk.house.database, person.id, at=desk.house.clock())
        elif before.disabled and not person.disabled:
            enable_person(desk.house.database, person.id)

    await desk.read(change)
    log.info(
        "user_changed",
        object=person.id,
        result="disabled" if person.disabled else rights_in_words(person),
        origin="api",
        actor=desk.actor.person,
        before=rights_in_words(known),
    )
    return shown(desk.request, await _user(desk, user))


@router.post(
    "/users/{user}/sign-in-links",
    response_model=LinkShape,
    status_code=201,
    summary="Maak een uitnodiging of herstellink",
)
async def make_sign_in_link(desk: Opening, user: str, sent: LinkMade) -> Response:
    """Make a link with which a user chooses a password; nothing changes until it is used.

    An earlier link is good no more. The link is kept nowhere: the same request with the same
    `Idempotency-Key` makes no other one, and tells null. An invitation for who has a password
    already is 409.
    """
    _authorise(desk)
    found = (await _user(desk, user)).id
    accounts, at, by = desk.house.accounts, desk.house.clock(), desk.actor.person
    links: list[str] = []

    def make() -> str:
        if sent.purpose is LinkPurpose.INVITATION:
            secret = accounts.invite(found, by=by, origin="api", at=at)
            page, lasts = "uitnodiging", LASTS[Purpose.INVITATION]
        else:
            anew = sent.purpose is LinkPurpose.RESET_WITH_FACTOR
            secret = accounts.reset(found, by=by, origin="api", at=at, second_factor=anew)
            page, lasts = "herstel", LASTS[Purpose.RESET]
        links.append(f"{desk.house.settings.address}/{page}/{secret}")
        return (at + lasts).isoformat()

    ends = datetime.fromisoformat(await desk.once(sent, make))
    shape = LinkShape(link=links[0] if links else None, expires_at=ends)
    return made(shape, desk.url("users", quote(found, safe="")))


def _authorise(desk: Desk) -> None:
    if not desk.actor.has(Role.ADMINISTRATOR):
        raise NotAllowed(
            Text(
                "Gebruikers zijn aan de beheerder.", "Users are looked after by the administrator."
            )
        )


async def _user(desk: Desk, user: str) -> UserShape:
    if not user.isprintable():
        raise NotFound(Text("Die gebruiker is er niet.", "There is no such user."))
    person = await desk.read(person_called, desk.house.database, user)
    standing = await desk.read(desk.house.accounts.standing, person.id, at=desk.house.clock())
    return _shape(desk, person, standing)


async def _person(desk: Desk, sent: UserChanged, key: str) -> Person:
    """Return the person that *sent* describes; raises `Invalid` with every fault at once."""
    person = Person(
        key,
        sent.name.strip(),
        Text(sent.function.nl.strip(), sent.function.en.strip()),
        sent.organisation,
        frozenset(sent.roles),
        disabled=sent.disabled,
        organ=sent.organ.strip(),
        email=sent.email.strip(),
        rank=sent.rank,
        language=sent.language,
    )
    faults: list[Fault] = []
    try:
        refuse_unfit(person)
    except Invalid as error:
        faults = [replace(one, pointer=_POINTERS.get(one.pointer, one.pointer))
                  for one in error.faults]  # fmt: skip
    try:
        await desk.read(desk.house.views.organisation, person.organisation)
    except NotFound as error:
        faults.append(Fault("/organisation", error.text))
    if faults:
        raise Invalid(
            Text("Deze gebruiker kan zo niet.", "This user cannot be kept like this."), faults
        )
    return person


_POINTERS = {"/function": "/function/nl", "/functionEn": "/function/en"}


def _shape(desk: Desk, person: Person, standing: Standing) -> UserShape:
    return UserShape(
        id=person.id,
        name=person.name,
        function=bilingual(person.function),
        organisation=person.organisation,
        organ=person.organ,
        email=person.email,
        rank=person.rank,
        language=person.language,
        roles=sorted(person.roles),
        disabled=person.disabled,
        has_password=standing.password_set_at is not None,
        has_second_factor=standing.second_factor,
        shut_until=standing.shut_until,
        href=desk.url("users", quote(person.id, safe="")),
    )
