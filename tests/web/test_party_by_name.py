"""A party that is no part of the register: known by its name, and never taken for another."""

from __future__ import annotations

import re
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.access import may_see
from impasse.domain.people import Actor, Role
from impasse.web.dossier_forms import own_id


def add(browser, case: str, name: str):
    page = browser.get(f"/impasses/{case}/partij").text
    form = page[page.index('aria-labelledby="h-anders"') :]
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return browser.post(f"/impasses/{case}/partij", kept | {"naam": name, "laag": "other"})


def test_a_name_never_opens_the_case_to_an_organisation_of_the_register(as_, open_case, house):
    case = open_case()

    assert add(as_("sam"), case, "Merkelburg").status_code == 303

    sam = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
    found = house.views.case(sam, case)
    assert any(one.name == "Merkelburg" for one in found.parties)
    liaison = Actor("m", "x-merkelburg", frozenset({Role.LIAISON_OFFICER}), "test")
    assert not may_see(liaison, found)


def test_names_in_other_letters_are_other_parties(as_, open_case, house):
    case, sam = open_case(), as_("sam")
    long = "Samenwerkingsverband van gemeenten in de noordelijke "

    for name in ("北京", "上海", long + "kop", long + "staart"):
        assert add(sam, case, name).status_code == 303

    assert all(name in sam.get(f"/impasses/{case}").text for name in ("北京", "上海", long + "kop"))


def test_a_name_of_the_register_is_offered_there_and_not_taken_silently(as_, open_case):
    case = open_case()

    answer = add(as_("sam"), case, "Gemeente  almere")

    assert answer.status_code == 422
    assert "staat in het register" in answer.text
    assert 'name="organisatie" value="gm0034"' in answer.text


def spelled(name: str) -> str:
    return " ".join(normalize("NFC", name).casefold().split())


@given(st.text(min_size=1), st.text(min_size=1))
def test_an_id_tells_names_apart_and_is_never_one_of_the_register(one: str, other: str) -> None:
    assert re.fullmatch(r"x-eigen-[a-z0-9-]+-[0-9a-f]{8}", own_id(one))
    assert (own_id(one) == own_id(other)) == (spelled(one) == spelled(other))
