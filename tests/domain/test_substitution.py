"""Who stands in for whom: chains end with somebody or nobody, and only the work passes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasse.domain.errors import Conflict, Invalid, NotAllowed
from impasse.domain.people import Person, Role
from impasse.domain.substitution import (
    PASSES_ON,
    Absence,
    Dead,
    Wish,
    acting,
    chain_of,
    gaps,
    refuse_to_end,
    refuse_to_record,
)
from impasse.domain.text import same

MONDAY = date(2026, 11, 23)
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
LIAISON = frozenset({Role.LIAISON_OFFICER})


def works(key: str, *roles: Role, organisation: str = "gm0363", off: bool = False) -> Person:
    """Somebody with these roles."""
    return Person(key, key, same(key), organisation, frozenset(roles), off)


def away(person: str, substitute: str, first: int = 0, last: int = 4) -> Absence:
    """An absence so many days from Monday."""
    begin, end = MONDAY + timedelta(days=first), MONDAY + timedelta(days=last)
    return Absence(f"{person}-{first}", person, substitute, begin, end, "", AT, person)


def house(*persons: Person) -> dict[str, Person]:
    """Everybody, by id."""
    return {one.id: one for one in persons}


ANNA, BRAM, CLEO = (works(key, Role.LIAISON_OFFICER) for key in ("anna", "bram", "cleo"))
ALL = house(ANNA, BRAM, CLEO)


def test_who_replaces_somebody_carries_the_work_and_says_for_whom():
    bram = works("bram", Role.MEDIATOR)

    found = acting(bram, MONDAY, house(ANNA, bram), [away("anna", "bram")])

    assert found.roles == {Role.MEDIATOR, Role.LIAISON_OFFICER}
    assert found.stands_in_for == ("anna",)


def test_when_the_substitute_is_away_too_the_next_one_acts_for_both():
    absences = [away("anna", "bram"), away("bram", "cleo")]

    assert acting(CLEO, MONDAY, ALL, absences).stands_in_for == ("anna", "bram")
    assert acting(BRAM, MONDAY, ALL, absences).stands_in_for == ()
    assert chain_of("anna", MONDAY, ALL, absences).links == ("anna", "bram", "cleo")


def test_a_circle_leads_to_nobody_and_comes_to_an_end():
    absences = [away("anna", "bram"), away("bram", "cleo"), away("cleo", "anna")]

    chain = chain_of("anna", MONDAY, ALL, absences)

    assert chain.acts == ""
    assert chain.dead is Dead.CIRCLE
    assert all(acting(one, MONDAY, ALL, absences) == one for one in ALL.values())


def test_before_and_after_the_absence_nobody_stands_in():
    absences = [away("anna", "bram", 0, 1)]

    stands = [
        bool(acting(BRAM, MONDAY + timedelta(days=day), ALL, absences).stands_in_for)
        for day in (-1, 0, 1, 2)
    ]

    assert stands == [False, True, True, False]


def test_an_absence_that_was_ended_counts_on_no_day():
    over = replace(away("anna", "bram"), ended_at=AT)

    assert acting(BRAM, MONDAY, ALL, [over]) == BRAM


@pytest.mark.parametrize(
    ("substitute", "why"),
    [
        (works("bram", Role.LIAISON_OFFICER, off=True), Dead.DISABLED),
        (works("bram", Role.SUPERVISOR), Dead.SUPERVISOR),
        (works("bram", Role.LIAISON_OFFICER, organisation="pv27"), Dead.ELSEWHERE),
        (None, Dead.UNKNOWN),
    ],
)
def test_who_cannot_act_breaks_the_chain_and_the_warning_says_why(substitute, why):
    persons = house(ANNA, *([substitute] if substitute else []))

    [gap] = gaps("anna", MONDAY, MONDAY + timedelta(days=4), persons, [away("anna", "bram")])

    assert gap.chain.dead is why
    assert (gap.first, gap.last) == (MONDAY, MONDAY + timedelta(days=4))
    assert "maandag 23 november 2026" in gap.text.nl
    assert why.text.nl in gap.text.nl


def test_a_disabled_substitute_who_named_a_successor_passes_on():
    persons = house(ANNA, replace(BRAM, disabled=True), CLEO)

    chain = chain_of("anna", MONDAY, persons, [away("anna", "bram"), away("bram", "cleo")])

    assert chain.acts == "cleo"


def test_the_warning_names_only_the_days_on_which_nobody_acts():
    absences = [away("anna", "bram", 0, 9), away("bram", "anna", 3, 4)]

    found = gaps("anna", MONDAY, MONDAY + timedelta(days=9), ALL, absences)

    assert [(gap.first.day, gap.last.day) for gap in found] == [(26, 27)]


def test_who_was_disabled_passes_nothing_on():
    persons = house(replace(ANNA, disabled=True), works("bram", Role.SECRETARIAT))

    assert acting(persons["bram"], MONDAY, persons, [away("anna", "bram")]) == persons["bram"]


_ROLES = st.frozensets(st.sampled_from(sorted(set(Role) - {Role.PARTY, Role.CLOCK})), max_size=3)
_PEOPLE = st.lists(
    st.builds(
        lambda roles, organisation, off: (roles, organisation, off),
        _ROLES,
        st.sampled_from(["gm0363", "pv27", ""]),
        st.booleans(),
    ),
    min_size=2,
    max_size=6,
)
_ABSENCES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 6), st.integers(0, 6)),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(_PEOPLE, _ABSENCES, st.integers(0, 6))
def test_whatever_the_absences_only_work_of_the_own_organisation_passes_on(people, absences, day):
    persons = house(
        *(
            Person(f"p{n}", "", same(""), organisation, roles, off)
            for n, (roles, organisation, off) in enumerate(people)
        )
    )
    known = [
        away(f"p{who}", f"p{sub}", min(first, last), max(first, last))
        for who, sub, first, last in absences
    ]
    today = MONDAY + timedelta(days=day)
    taken: list[str] = []
    for one in persons.values():
        found = acting(one, today, persons, known)
        taken += found.stands_in_for
        gained = found.roles - one.roles
        assert gained <= PASSES_ON
        assert not gained or not (one.disabled or Role.SUPERVISOR in one.roles)
        for other in found.stands_in_for:
            assert persons[other].organisation == one.organisation
            assert Role.SUPERVISOR not in persons[other].roles
        assert gained <= {role for other in found.stands_in_for for role in persons[other].roles}
    assert len(taken) == len(set(taken)), "two act for one"


def test_every_fault_of_a_wish_is_told_at_once_with_its_place():
    wish = Wish("anna", "anna", MONDAY, MONDAY - timedelta(days=1), "x" * 6000)

    with pytest.raises(Invalid) as error:
        refuse_to_record(wish, by=ANNA, persons=ALL, absences=[], today=MONDAY)

    assert [fault.pointer for fault in error.value.faults] == [
        "/substitute",
        "/untilDay",
        "/reason",
    ]


@pytest.mark.parametrize(
    ("substitute", "sentence"),
    [
        (works("zoe", Role.SUPERVISOR), "toezichthouder"),
        (works("zoe", Role.LIAISON_OFFICER, organisation="pv27"), "zelfde organisatie"),
        (works("zoe", Role.LIAISON_OFFICER, off=True), "zelfde organisatie"),
    ],
)
def test_who_cannot_stand_in_cannot_be_named(substitute, sentence):
    persons = ALL | house(substitute)

    with pytest.raises(Invalid) as error:
        refuse_to_record(
            Wish("anna", "zoe", MONDAY, MONDAY), by=ANNA, persons=persons, absences=[], today=MONDAY
        )

    assert [sentence in fault.text.nl for fault in error.value.faults] == [True]


def test_the_secretariat_records_for_its_own_organisation_and_never_names_itself():
    nora = works("nora", Role.SECRETARIAT)
    persons = ALL | house(nora, works("pim", Role.LIAISON_OFFICER, organisation="pv27"))
    fit = {"persons": persons, "absences": (), "today": MONDAY}

    refuse_to_record(Wish("anna", "bram", MONDAY, MONDAY), by=nora, **fit)
    with pytest.raises(Invalid, match="cannot be recorded"):
        refuse_to_record(Wish("anna", "nora", MONDAY, MONDAY), by=nora, **fit)
    for person, by in (("pim", nora), ("anna", BRAM), ("nobody", BRAM)):
        with pytest.raises(NotAllowed):
            refuse_to_record(Wish(person, "bram", MONDAY, MONDAY), by=by, **fit)


def test_a_supervisor_is_not_replaced_not_even_by_the_machine():
    eva = works("eva", Role.SUPERVISOR)

    with pytest.raises(NotAllowed):
        refuse_to_record(
            Wish("eva", "anna", MONDAY, MONDAY),
            by=eva, persons=ALL | house(eva), absences=[], today=MONDAY,
        )  # fmt: skip
    with pytest.raises(Invalid) as error:
        refuse_to_record(
            Wish("eva", "anna", MONDAY, MONDAY),
            by=None, persons=ALL | house(eva), absences=[], today=MONDAY,
        )  # fmt: skip
    assert error.value.faults[0].pointer == "/person"


def test_nobody_is_absent_twice_on_one_day():
    taken = [away("anna", "bram", 0, 4)]
    fit = {"by": ANNA, "persons": ALL, "absences": taken, "today": MONDAY}

    with pytest.raises(Conflict, match="an absence from Monday 23 November 2026"):
        refuse_to_record(
            Wish("anna", "cleo", MONDAY + timedelta(days=4), MONDAY + timedelta(days=6)), **fit
        )
    refuse_to_record(
        Wish("anna", "cleo", MONDAY + timedelta(days=5), MONDAY + timedelta(days=6)), **fit
    )


def test_days_at_the_edge_of_the_calendar_are_refused_in_words():
    for first, last in ((MONDAY, date.max), (date.min, MONDAY), (date.max, date.max)):
        with pytest.raises(Invalid):
            refuse_to_record(
                Wish("anna", "bram", first, last),
                by=ANNA, persons=ALL, absences=[], today=MONDAY,
            )  # fmt: skip


def test_only_who_may_record_ends_an_absence_and_only_once():
    one = away("anna", "bram")

    refuse_to_end(one, by=ANNA, person=ANNA, today=MONDAY)
    with pytest.raises(NotAllowed):
        refuse_to_end(one, by=BRAM, person=ANNA, today=MONDAY)
    with pytest.raises(Conflict):
        refuse_to_end(replace(one, ended_at=AT), by=ANNA, person=ANNA, today=MONDAY)
    with pytest.raises(Conflict):
        refuse_to_end(one, by=None, person=ANNA, today=MONDAY + timedelta(days=5))
