"""Groups of persons that a policy of escalation can tell, such as the pool of mediators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.person_groups import (
    change_group,
    create_group,
    group_called,
    list_groups,
    remove_group,
)
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Opening, Reading, Writing
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Bilingual, Moment, Shape, Words, bilingual
from impasse.domain.person_group import MOST_MEMBERS, Group
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.api.desk import Desk

router = APIRouter(tags=["groups"], route_class=GuardedRoute)


class GroupShape(Shape):
    """A group; who of its members can sign in no more hears nothing."""

    name: str
    label: Bilingual
    members: list[str]
    created_at: Moment
    created_by: str
    href: str


class GroupPage(Page[GroupShape]):
    """One page of groups."""


class GroupQuery(PageQuery):
    """Which page of the groups."""


class GroupChanged(Shape):
    """Label and members of a group, all of them; an empty group is one in which nobody is."""

    label: Bilingual
    members: list[Words] = Field(max_length=MOST_MEMBERS)


class GroupMade(GroupChanged):
    """A group; policies of escalation call it by its name."""

    name: Words = Field(min_length=1, max_length=LONGEST_NAME)


@router.get("/groups", response_model=GroupPage, summary="Groepen")
async def list_person_groups(desk: Reading, query: Annotated[GroupQuery, Query()]) -> Response:
    """Return the groups, by name: for the secretariat and administrators."""
    found = await desk.read(list_groups, desk.house.database, desk.person)
    fetch = by_key(found, lambda group: group.name)
    return await paged(desk.request, query, fetch, lambda one: _shape(desk, one), GroupPage)


@router.post("/groups", response_model=GroupShape, status_code=201, summary="Maak een groep")
async def create_person_group(desk: Opening, sent: GroupMade) -> Response:
    """Make a group; a name that is taken is 409."""
    group = Group(sent.name, _label(sent), tuple(sent.members), desk.house.clock(), desk.person.id)

    def make() -> str:
        create_group(desk.house.database, group, by=desk.person)
        return group.name

    shape = await _found(desk, await desk.once(sent, make))
    return made(shape, shape.href)


@router.get("/groups/{group}", response_model=GroupShape, summary="Eén groep")
async def show_person_group(desk: Reading, group: str) -> Response:
    """Return one group."""
    return shown(desk.request, await _found(desk, group))


@router.put("/groups/{group}", response_model=GroupShape, summary="Verander een groep")
async def change_person_group(desk: Writing, group: str, sent: GroupChanged) -> Response:
    """Put another label and other members in place of those of now."""
    if desk.guard is not None:
        desk.unchanged(tag_of(await _found(desk, group)))
    await desk.read(
        change_group,
        desk.house.database,
        group,
        _label(sent),
        tuple(sent.members),
        by=desk.person,
    )
    return shown(desk.request, await _found(desk, group))


@router.delete("/groups/{group}", status_code=204, summary="Verwijder een groep")
async def remove_person_group(desk: Writing, group: str) -> Response:
    """Remove a group; a policy that names it then finds nobody there."""
    if desk.guard is not None:
        desk.unchanged(tag_of(await _found(desk, group)))
    await desk.read(remove_group, desk.house.database, group, by=desk.person)
    return Response(status_code=204)


async def _found(desk: Desk, name: str) -> GroupShape:
    return _shape(desk, await desk.read(group_called, desk.house.database, name, desk.person))


def _label(sent: GroupChanged) -> Text:
    return Text(sent.label.nl.strip(), sent.label.en.strip())


def _shape(desk: Desk, group: Group) -> GroupShape:
    return GroupShape(
        name=group.name,
        label=bilingual(group.label),
        members=list(group.members),
        created_at=group.created_at,
        created_by=group.created_by,
        href=desk.url("groups", quote(group.name, safe="")),
    )
