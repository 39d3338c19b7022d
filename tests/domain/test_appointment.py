"""Who can be what: a supervisor nothing, a mediator nobody's, an umbrella body only itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decisions import MEDIATOR, PROVINCE, SECRETARY, SOMEBODY, ZANDMEER, an_opening
from impasse.domain import commands
from impasse.domain.access import authorise, may_do, may_see, roles_on, rooms_of
from impasse.domain.appointment import APPOINTED, refuse_unfit_roles, stake, unfit_roles
from impasse.domain.case import ConfirmationKind, Party, Visibility
from impasse.domain.commands import (
    AddParty,
    Appoint,
    CompleteTask,
    Confirm,
    MakeMove,
    OpenCase,
    PlanMeeting,
)
from impasse.domain.errors import ConditionsNotMet, Conflict, Invalid, NotAllowed, NotFound
from impasse.domain.people import Actor, Layer, Role
from impasse.domain.rooms import Room, RoomKind

CASE = "IMP-2026-0001"
VNG = Actor("koepel", "x-vng", frozenset({Role.LIAISON_OFFICER}), "web")
UMBRELLA = Party("x-vng", "VNG", Layer.UMBRELLA)
_DAY = date(2026, 10, 5)


def works_for(organisation: str, *roles: Role):
    """Somebody who can be appointed, working for *organisation*."""
    return replace(SOMEBODY, organisation=organisation, roles=frozenset(roles or {Role.MEDIATOR}))


# The supervisor.


def test_a_supervisor_is_nothing_else_and_nobody_is_given_what_the_case_gives():
    assert unfit_roles({Role.SUPERVISOR}) is None
    assert unfit_roles(frozenset()) is None
    for other in APPOINTED - {Role.SUPERVISOR}:
        assert unfit_roles({other}) is None
        with pytest.raises(Invalid) as error:
            refuse_unfit_roles({Role.SUPERVISOR, other})
        assert error.value.faults[0].pointer == "/roles"
    for never in (Role.PARTY, Role.CLOCK):
        assert never.value in unfit_roles({never}).nl


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    beside=st.frozensets(st.sampled_from(Role)),
    person=st.sampled_from(["eva", "mediator", "somebody", "secretary"]),
    organisation=st.sampled_from(["x-zandmeer", "pv27", "mnre1034", ""]),
    origin=st.sampled_from(["web", "api", "cli"]),
    mediator=st.sampled_from(["", "eva", "mediator"]),
    lesson=st.booleans(),
)
def test_whatever_case_and_whoever_it_is_a_supervisor_has_lessons_and_nothing_else(
    opened, *, beside, person, organisation, origin, mediator, lesson
):
    eva = Actor(person, organisation, beside | {Role.SUPERVISOR}, origin)
    visibility = Visibility.LESSON if lesson else Visibility.PARTIES
    case = opened.case.but(visibility=visibility, mediator=mediator, handler=person)

    assert may_see(eva, case) is lesson
    assert roles_on(eva, case) == roles_on(eva, None) == frozenset()
    assert all(not room.confidential for room in rooms_of(eva, case))
    kinds = {*get_args(commands.CaseCommand), OpenCase, PlanMeeting}
    for kind in kinds:
        assert not may_do(eva, kind.__new__(kind), case)
    refusal = NotAllowed if lesson else NotFound
    with pytest.raises(refusal):
        authorise(eva, MakeMove(case.id, "start_fact_finding"), case)


def test_a_province_is_supervisor_and_party_by_two_persons_who_do_not_share_what_they_see(opened):
    toezicht = Actor("eva", "pv27", frozenset({Role.SUPERVISOR}), "web")

    assert may_see(PROVINCE, opened.case)
    assert not may_see(toezicht, opened.case)
    assert Room(RoomKind.SIDE, "pv27") in rooms_of(PROVINCE, opened.case)
    assert rooms_of(toezicht, opened.case) == ()


def test_a_supervisor_opens_no_case_and_plans_no_meeting():
    eva = Actor("eva", "pv27", frozenset({Role.SUPERVISOR}), "web")
    plan = PlanMeeting(_DAY, time(9), time(10), "Den Haag", _DAY - timedelta(days=3))

    for command in (an_opening(), plan):
        with pytest.raises(NotAllowed):
            authorise(eva, command, None)


@pytest.mark.parametrize("office", ["handler", "mediator"])
def test_a_supervisor_is_appointed_to_nothing(opened, office):
    eva = works_for("x-bureau", Role.SUPERVISOR, Role.MEDIATOR)

    with pytest.raises(Invalid) as error:
        opened.do(Appoint(CASE, office, "eva"), appointee=eva)

    assert "toezichthouder" in error.value.faults[0].text.nl


# The independence of the mediator.


@pytest.mark.parametrize(
    ("organisation", "sentence"),
    [
        ("x-zandmeer", "Zandmeer is zelf partij"),
        ("pv27", "Noord-Holland is zelf partij"),
        ("x-vng", "die koepel spreekt voor Zandmeer"),
        ("x-ipo", "die koepel spreekt voor Noord-Holland"),
    ],
)
def test_nobody_mediates_who_works_for_a_party_or_for_its_umbrella_body(
    opened, organisation, sentence
):
    with pytest.raises(Invalid) as error:
        opened.do(Appoint(CASE, "mediator", "somebody"), appointee=works_for(organisation))

    [fault] = error.value.faults
    assert fault.pointer == "/appointee"
    assert sentence in fault.text.nl


@pytest.mark.parametrize("organisation", ["x-uvw", "mnre1034", "gm0363", "", "x-bureau"])
def test_who_works_for_none_of_them_can_mediate(opened, organisation):
    opened.do(Appoint(CASE, "mediator", "somebody"), appointee=works_for(organisation))

    assert opened.case.mediator == "somebody"


def test_a_member_of_an_umbrella_body_that_is_party_does_not_mediate():
    assert "lid van VNG" in stake("gm0363", [UMBRELLA]).nl
    assert stake("pv27", [UMBRELLA]) is None


@pytest.mark.parametrize(
    "party",
    [Party("gm0034", "Almere", Layer.MUNICIPALITY), UMBRELLA],
)
def test_the_organisation_of_the_mediator_does_not_join_while_he_mediates(opened, party):
    mia = works_for("gm0034")
    opened.do(Appoint(CASE, "mediator", "somebody"), appointee=mia)

    with pytest.raises(Conflict, match="Have the secretariat appoint another mediator first"):
        opened.do(AddParty(CASE, party), mediator=mia)

    free = works_for("x-bureau")
    opened.do(Appoint(CASE, "mediator", "other"), appointee=free)
    opened.do(AddParty(CASE, party), mediator=replace(free, id="other"))
    assert opened.case.party(party.organisation) is not None


def test_history_that_is_retold_names_whoever_mediated(opened):
    told = replace(SECRETARY, origin="replay")

    opened.do(Appoint(CASE, "mediator", "somebody"), told, appointee=works_for("pv27"))

    assert opened.case.mediator == "somebody"


# An umbrella body represents its members, and does not bind them.


@pytest.mark.parametrize("kind", [kind for kind in ConfirmationKind if kind.per_party])
def test_an_umbrella_body_consents_for_itself_and_never_for_a_member(opened, kind):
    opened.do(AddParty(CASE, UMBRELLA))
    about = "interbestuurlijke-impasse@9" if kind is ConfirmationKind.MIGRATION else "4 weken"

    with pytest.raises(Invalid) as error:
        opened.do(Confirm(CASE, kind, "x-zandmeer", "namens onze leden", about), VNG)
    assert [fault.pointer for fault in error.value.faults] == ["/organisation"]

    opened.do(Confirm(CASE, kind, "x-vng", "", about), VNG)
    assert opened.case.confirmed_by(kind) == {"x-vng"}


def test_what_the_umbrella_body_agreed_to_still_waits_for_each_member(opened):
    opened.do(AddParty(CASE, UMBRELLA))
    for organisation, actor in (("x-vng", VNG), ("pv27", PROVINCE)):
        opened.do(Confirm(CASE, ConfirmationKind.STANDSTILL, organisation, "brief"), actor)

    with pytest.raises(ConditionsNotMet, match="Zandmeer"):
        opened.do(
            MakeMove(CASE, "pause", "reces", until=(opened.at + timedelta(days=20)).date()),
            SECRETARY,
        )


def test_an_umbrella_body_that_is_no_party_is_nothing_to_the_case_of_its_member(opened):
    assert not may_see(VNG, opened.case)


def test_an_umbrella_body_that_is_party_has_its_own_room_and_no_other(opened):
    opened.do(AddParty(CASE, UMBRELLA))
    opened.case = opened.case.but(mediator=MEDIATOR.person)

    own = [room for room in rooms_of(VNG, opened.case) if room.confidential]

    assert {room.organisation for room in own} == {"x-vng"}
    assert Room(RoomKind.SIDE, "x-vng") not in rooms_of(ZANDMEER, opened.case)


def test_a_mediator_who_comes_to_work_for_a_party_mediates_no_more(opened):
    opened.case = opened.case.but(mediator=MEDIATOR.person)
    moved = replace(MEDIATOR, organisation="pv27")

    assert roles_on(MEDIATOR, opened.case) == {Role.MEDIATOR}
    assert roles_on(moved, opened.case) == frozenset()
    assert not may_see(moved, opened.case)
    both = replace(moved, roles=frozenset({Role.MEDIATOR, Role.LIAISON_OFFICER}))
    assert {room.kind for room in rooms_of(both, opened.case)} == {
        RoomKind.SHARED, RoomKind.SIDE, RoomKind.CAUCUS,
    }  # fmt: skip
    assert {room.organisation for room in rooms_of(both, opened.case)} == {"", "pv27"}


def test_an_umbrella_body_does_no_work_that_was_asked_of_a_member(opened):
    opened.do(AddParty(CASE, UMBRELLA))
    opened.do(MakeMove(CASE, "start_fact_finding", "gehoord"), SECRETARY)
    task = next(task for task in opened.case.tasks if task.organisation == "x-zandmeer")

    with pytest.raises(NotAllowed, match="This is work of Zandmeer"):
        opened.do(CompleteTask(CASE, task.id, note="namens onze leden"), VNG)
    own = next(task for task in opened.case.tasks if task.organisation == "x-vng")
    opened.do(CompleteTask(CASE, own.id), VNG)
