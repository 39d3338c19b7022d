"""Who hears of a message: by what they are to the case, never of what they may not see."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.access import may_see
from impasse.domain.audience import STANDS_IN, Heard, audience, gather, hands_over, still_theirs
from impasse.domain.case import Case, Party, Status, Visibility
from impasse.domain.escalation import Addressee
from impasse.domain.people import Actor, Layer, Person, Rank, Role
from impasse.domain.text import Text
from impasse.domain.tier import Tier

LIAISON, MEDIATOR, SECRETARIAT = Role.LIAISON_OFFICER, Role.MEDIATOR, Role.SECRETARIAT
EVERYBODY = (Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT)


def person(key: str, organisation: str, *roles: Role, **other: Any) -> Person:
    return Person(key, key, Text(key, key), organisation, frozenset(roles), **other)


PEOPLE = (
    person("amsterdam", "gm0363", LIAISON),
    person("lisa", "gm0363", LIAISON),
    person("holland", "pv27", LIAISON),
    person("utrecht", "gm0344", LIAISON),
    person("ben", "", MEDIATOR),
    person("mia", "", MEDIATOR),
    person("sam", "mnre1034", SECRETARIAT),
    person("sara", "mnre1034", SECRETARIAT),
    person("bea", "mnre1034", Role.ADMINISTRATOR),
    person("toos", "pv27", Role.SUPERVISOR),
    person("gone", "pv27", LIAISON, disabled=True),
)


def crowd(*people: Person, **acting: str) -> Any:
    return gather({one.id: one for one in people or PEOPLE}, acting)


def case(**changes: Any) -> Case:
    """A case between Amsterdam and Noord-Holland."""
    day = date(2026, 9, 7)
    made = Case(
        id="IMP-2026-0001",
        title="Wie betaalt de kade?",
        summary="",
        policy_area="water",
        regions=(),
        visibility=Visibility.PARTIES,
        workflow="interbestuurlijke-impasse",
        workflow_version="2",
        stage="signal",
        stage_entry=1,
        stage_since=day,
        came_from="",
        tier=next(iter(Tier)),
        status=Status.OPEN,
        opened_on=day,
        last_step_on=day,
        handler="",
        mediator="",
        standing=None,
        score=0.0,
        candidate="",
        candidate_day=None,
        parties=(
            Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
            Party("pv27", "Noord-Holland", Layer.PROVINCE),
        ),
    )
    return made.but(**changes)


def heard(*roles: Role, by: str = "", about: Case | None = None, **changes: Any) -> Heard:
    return Heard(roles, changes.pop("named", ()), by, about or case(**changes))


def who(message: Heard, **acting: str) -> list[str]:
    return sorted(one.person for one in audience(message, crowd(**acting)))


def test_a_party_is_its_liaison_officers_and_nobody_above_or_beside_them() -> None:
    assert who(heard(Role.PARTY)) == ["amsterdam", "holland", "lisa"]


def test_a_superior_gets_no_copy_of_what_an_officer_hears() -> None:
    chief = person("chief", "pv27", LIAISON, rank=Rank.DIRECTOR)
    message = heard(Role.PARTY)
    assert "chief" not in {one.person for one in audience(message, crowd(*PEOPLE, chief))}
    alone = [one for one in PEOPLE if one.id != "holland"]
    assert "chief" in {one.person for one in audience(message, crowd(*alone, chief))}


def test_everybody_hears_why() -> None:
    (first, *_) = audience(heard(Role.PARTY), crowd())
    assert first.why.nl.startswith("U bent liaison van ")
    assert first.why.nl.endswith(", partij in deze zaak.")


def test_only_the_mediator_of_the_case_hears() -> None:
    assert who(heard(Role.MEDIATOR)) == []
    assert who(heard(Role.MEDIATOR, mediator="ben")) == ["ben"]


def test_the_handler_hears_for_the_secretariat_and_else_all_of_it() -> None:
    assert who(heard(Role.SECRETARIAT)) == ["sam", "sara"]
    assert who(heard(Role.SECRETARIAT, handler="sam")) == ["sam"]
    # Who is not of the secretariat any more handles nothing for it.
    assert who(heard(Role.SECRETARIAT, handler="amsterdam")) == ["sam", "sara"]


def test_whoever_did_it_does_not_hear_of_it() -> None:
    assert who(heard(*EVERYBODY, by="amsterdam", mediator="ben")) == [
        "ben",
        "holland",
        "lisa",
        "sam",
        "sara",
    ]


def test_who_is_absent_is_followed_by_whoever_stands_in() -> None:
    found = {
        one.person: one
        for one in audience(heard(Role.SECRETARIAT, handler="sam"), crowd(sam="bea"))
    }
    assert set(found) == {"bea"}
    assert found["bea"].stands_for == "sam"
    assert found["bea"].why.nl.endswith(STANDS_IN.nl)


def test_one_who_hears_for_himself_is_not_called_a_substitute_as_well() -> None:
    found = {one.person: one for one in audience(heard(Role.PARTY), crowd(amsterdam="lisa"))}
    assert found["lisa"].stands_for == ""
    assert "amsterdam" not in found


def test_when_the_chain_leads_to_nobody_the_absent_one_still_hears() -> None:
    assert who(heard(Role.PARTY), amsterdam="") == ["amsterdam", "holland", "lisa"]


def test_a_mediator_is_followed_by_nobody() -> None:
    assert who(heard(Role.MEDIATOR, mediator="ben"), ben="mia") == []


def test_of_a_lesson_nobody_hears() -> None:
    assert who(heard(*EVERYBODY, visibility=Visibility.LESSON)) == []


def test_those_who_are_named_hear_and_nobody_else() -> None:
    named = (Addressee("utrecht", Text("x", "x"), knows=False), Addressee("sam", Text("y", "y")))
    assert who(heard(named=named)) == ["sam", "utrecht"]
    # Who should know of the case and may not see it any more, does not hear.
    assert who(heard(named=(Addressee("utrecht", Text("x", "x")),))) == []
    assert who(heard(named=(Addressee("toos", Text("x", "x"), knows=False),))) == []


def test_what_was_told_to_a_substitute_goes_back_to_who_is_back() -> None:
    message = heard(Role.SECRETARIAT, handler="sam")
    before = next(iter(audience(message, crowd(sam="bea"))))
    assert not still_theirs(before, message, crowd())
    back = hands_over(before, crowd())
    assert back is not None
    assert (back.person, back.stands_for) == ("sam", "")
    assert STANDS_IN.nl not in back.why.nl


def test_what_was_told_to_who_is_absent_now_goes_to_whoever_stands_in() -> None:
    message = heard(Role.SECRETARIAT, handler="sam")
    before = next(iter(audience(message, crowd())))
    assert still_theirs(before, message, crowd())
    assert not still_theirs(before, message, crowd(sam="bea"))
    instead = hands_over(before, crowd(sam="bea"))
    assert instead is not None
    assert (instead.person, instead.stands_for) == ("bea", "sam")


roles = st.frozensets(
    st.sampled_from([LIAISON, MEDIATOR, SECRETARIAT, Role.ADMINISTRATOR]), max_size=3
)
houses = st.sampled_from(["gm0363", "pv27", "gm0344", "mnre1034", ""])
people = st.lists(st.tuples(houses, roles, st.booleans(), st.booleans()), min_size=1, max_size=8)


@given(people, st.lists(st.tuples(st.integers(0, 7), st.integers(-1, 7)), max_size=4), st.data())
def test_nobody_hears_of_a_case_that_he_may_not_see(
    given_people: list[Any], away: list[tuple[int, int]], data: st.DataObject
) -> None:
    persons = [
        person(f"p{n}", house, *held, disabled=disabled)
        if not supervisor
        else person(f"p{n}", house, Role.SUPERVISOR)
        for n, (house, held, disabled, supervisor) in enumerate(given_people)
    ]
    keys = [one.id for one in persons]
    acting = {f"p{a}": "" if b < 0 else f"p{b}" for a, b in away}
    around = crowd(*persons, **acting)
    about = case(
        mediator=data.draw(st.sampled_from(["", *keys])),
        handler=data.draw(st.sampled_from(["", *keys])),
    )
    named = tuple(
        Addressee(key, Text("w", "w"), knows=True)
        for key in data.draw(st.sets(st.sampled_from(keys)))
    )
    for one in audience(heard(*EVERYBODY, about=about, named=named), around):
        whom = around.persons[one.person]
        assert not whom.disabled
        assert Role.SUPERVISOR not in whom.roles
        actor = around.actor(one.person)
        assert actor is not None
        assert may_see(actor, about)
        # Only the work of a colleague who is absent adds to what somebody is himself.
        own = Actor(whom.id, whom.organisation, whom.roles, "message", confidential=False)
        assert may_see(own, about) or whom.id in acting.values()
