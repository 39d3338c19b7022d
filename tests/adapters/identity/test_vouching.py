"""What a provider says of somebody becomes who that is here: never more than it may say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.adapters.identity.provider_refusal import ProviderRefusal
from impasse.adapters.identity.providers import ClaimNames, Provider
from impasse.adapters.identity.vouching import vouched
from impasse.domain.people import Role
from impasse.domain.text import same

NAMES = ClaimNames(
    organisation=("org",),
    roles=("realm", "roles"),
    function=("title",),
    organ=("dept",),
    email=("email",),
)
PROVIDER = Provider(
    id="a",
    name=same("A"),
    issuer="https://a.example",
    client_id="c",
    organisations=("gm0363", "gm0384"),
    roles={"L": Role.LIAISON_OFFICER, "M": Role.MEDIATOR, "S": Role.SUPERVISOR},
    claims=NAMES,
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["roles", "org", "x"]), inner, max_size=3)
    ),
    max_leaves=10,
)


def said(**claims: object):
    return vouched(PROVIDER, {"sub": "s", "org": "gm0363"} | claims, lambda _: "")


def test_supervision_excludes_every_other_role():
    assert said(realm={"roles": ["L", "M", "S"]}).roles == {Role.SUPERVISOR}
    assert said(realm={"roles": ["L", "M", "administrator"]}).roles == {
        Role.LIAISON_OFFICER,
        Role.MEDIATOR,
    }


def test_an_address_that_the_provider_did_not_check_is_not_kept():
    assert not said(email="a@b.example").email
    assert not said(email="a@b.example", email_verified="true").email
    assert said(email="a@b.example", email_verified=True).email == "a@b.example"


def test_function_and_organ_come_from_the_claims_that_the_file_names():
    found = said(title="Adviseur\nwater", dept="college van B&W")

    assert found.function == same("Adviseur water")
    assert found.organ == "college van B&W"


@given(st.dictionaries(st.sampled_from(["org", "realm", "name", "title", "email"]), ANYTHING))
def test_whatever_it_says_nobody_gets_more_than_the_file_allows(claims):
    try:
        found = vouched(PROVIDER, {"sub": "s"} | claims, lambda oin: "gm0363" if oin else "")
    except ProviderRefusal:
        return

    assert found.organisation in PROVIDER.organisations
    assert found.roles <= {Role.LIAISON_OFFICER, Role.MEDIATOR, Role.SUPERVISOR}
    assert Role.SUPERVISOR not in found.roles or len(found.roles) == 1
    assert found.name.isprintable()
    found.name.encode()


def test_who_signs_in_for_somebody_else_is_refused():
    with pytest.raises(ProviderRefusal):
        said(represents={"sub": "other"})
