"""Searching finds what is yours to see, whatever its letters, and nothing else."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from sqlalchemy import text

from impasse.adapters.sql.search import excerpt, folded
from room_people import NOTE, REPORT, SIDE, document, let_in


@pytest.fixture
def case(any_door):
    let_in(any_door.house, any_door.tokens, any_door.moment[0])
    number = any_door.open_case(title="Façade van het Museum", summary="Kosten: 50% (gedeeld_A)")
    any_door.as_("amsterdam").post(f"/cases/{number}/signals", {**REPORT, "text": "De façade lekt"})
    return number


def found(door, words, person="secretariat", **query):
    answer = door.as_(person).get("/search-results", params={"q": words, **query})
    assert answer.status_code == 200, answer.text
    return [(hit["kind"], hit["room"], hit["id"]) for hit in answer.json()["items"]]


def test_accents_capitals_and_signs_of_sql_are_letters_like_others(any_door, case):
    whole = ("case", "shared", case)
    assert found(any_door, "FACADE museum") == [whole]
    assert found(any_door, "fac\u0327ade") == [whole, ("signal", "shared", "S2")]
    assert found(any_door, "50%") == [whole]
    assert found(any_door, "gedeeld_a") == [whole]
    assert found(any_door, "5%gedeeld") == []
    assert found(any_door, "g_deeld") == []
    assert found(any_door, "\\") == []
    assert found(any_door, "amsterdam noord-holland") == [whole]
    assert found(any_door, "' OR 1=1 --") == []
    assert found(any_door, " ") == []
    assert found(any_door, "facade", person="utrecht") == []


def test_what_stands_in_a_closed_room_is_found_only_by_who_is_in_it(any_door, case):
    amsterdam, path = any_door.as_("amsterdam"), f"/cases/{case}/rooms/{SIDE}/contributions"
    amsterdam.post(path, {**NOTE, "text": "Kanarie in de kolenmijn"})
    amsterdam.post(path, document(name="kanarie.pdf"))
    both = [("note", SIDE, "N1"), ("document", SIDE, "D2")]
    for person in ("holland", "mediator", "secretariat", "administrator", "supervisor", "shut"):
        assert found(any_door, "kanarie", person) == []
    assert any_door.as_("amsterdam").get(f"/cases/{case}/rooms/{SIDE}/reads").json()["items"][0][
        "what"
    ] in {"D2", "N1"}
    any_door.moment[0] = any_door.moment[0].replace(hour=11)
    assert found(any_door, "kanarie", "amstel") == both
    assert found(any_door, "kanarie", "amstel") == both
    reads = amsterdam.get(f"/cases/{case}/rooms/{SIDE}/reads").json()["items"]
    assert [one["what"] for one in reads].count("search") == 1
    # A clock that was put back makes nobody unseen.
    any_door.moment[0] = any_door.moment[0].replace(hour=8)
    assert found(any_door, "kanarie", "amstel") == both
    reads = amsterdam.get(f"/cases/{case}/rooms/{SIDE}/reads").json()["items"]
    assert [one["what"] for one in reads].count("search") == 2
    any_door.moment[0] = any_door.moment[0].replace(hour=11)
    amsterdam.post(f"{path}/N1/destructions", {"reason": "Weg."})
    assert found(any_door, "kanarie", "amstel") == both[1:]
    # Neither the kind nor the size of a file is a word of it.
    assert found(any_door, "sha256", "amstel") == found(any_door, "application", "amstel") == []


def test_results_come_newest_case_first_on_pages_without_gaps(any_door, case):
    numbers = [any_door.open_case(title=f"Museum {n}", signals=[]) for n in range(3)]
    any_door.as_("amsterdam").post(
        f"/cases/{numbers[1]}/rooms/{SIDE}/contributions", {**NOTE, "title": "Museum"}
    )
    everything = found(any_door, "museum", "amsterdam", pageSize=100)
    assert [hit[2] for hit in everything] == [numbers[2], numbers[1], "N1", numbers[0], case]
    seen, path = [], "/search-results?q=museum&pageSize=1"
    while path:
        page = any_door.as_("amsterdam").get(path).json()
        seen += [(hit["kind"], hit["room"], hit["id"]) for hit in page["items"]]
        path = page["links"]["next"] and page["links"]["next"].removeprefix("/api/v1")
    assert seen == everything


def test_a_page_of_results_goes_on_within_a_caucus_and_names_no_mediator(any_door, case):
    amsterdam = any_door.as_("amsterdam")
    any_door.post(f"/cases/{case}/appointments", {"office": "mediator", "appointee": "mediator"})
    rooms = amsterdam.get(f"/cases/{case}/rooms").json()["items"]
    caucus = next(one["id"] for one in rooms if one["kind"] == "caucus")
    for _ in range(2):
        amsterdam.post(f"/cases/{case}/rooms/{caucus}/contributions", {**NOTE, "text": "museum"})
    first = amsterdam.get("/search-results?q=museum&pageSize=2").json()
    following = first["links"]["next"].removeprefix("/api/v1")
    cursor = following.partition("cursor=")[2]
    place = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    assert caucus in place
    assert ":mediator" not in place
    assert [one["id"] for one in amsterdam.get(following).json()["items"]] == ["N2"]
    # From a room that is not theirs others go on nowhere, as from one that never was.
    for other in (following, following.replace(cursor, _cursor(case, "caucus-gm0363-00000000"))):
        assert any_door.as_("holland").get(other).json()["items"] == []


def _cursor(case, room):
    return urlsafe_b64encode(f'["{case}",2,"{room}",0]'.encode()).decode().rstrip("=")


def test_each_result_leads_to_what_was_found(door):
    let_in(door.house, door.tokens, door.moment[0])
    number = door.open_case(title="Museum")
    amsterdam = door.as_("amsterdam")
    amsterdam.post(f"/cases/{number}/signals", {**REPORT, "text": "Museum dicht"})
    amsterdam.post(f"/cases/{number}/rooms/{SIDE}/contributions", {**NOTE, "text": "museum"})
    hits = amsterdam.get("/search-results?q=museum").json()["items"]
    assert [hit["kind"] for hit in hits] == ["case", "signal", "note"]
    for hit in hits:
        assert amsterdam.get(hit["href"].removeprefix("/api/v1")).json()["id"] == hit["id"]
        assert hit["caseTitle"] == "Museum"


HALF_A_SIGN = urlsafe_b64encode(rb'["\ud800",2,"shared",0]').decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=",
        "q=%00",
        f"q={'x' * 201}",
        "q=a&cursor=IA",
        "q=a&cursor=W10",
        f"q=a&cursor={HALF_A_SIGN}",
        "q=a&sort=1",
    ],
)
def test_a_question_that_cannot_be_is_400(door_for_reading, query):
    answer = door_for_reading.get(f"/search-results?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["in"] == "query"


def test_a_row_that_cannot_be_read_hides_nothing_else(door):
    let_in(door.house, door.tokens, door.moment[0])
    number = door.open_case(title="Museum")
    path = f"/cases/{number}/rooms/{SIDE}/contributions"
    for _ in range(2):
        door.as_("amsterdam").post(path, {**NOTE, "title": "Museum"})
    with door.house.database.begin() as connection:
        connection.execute(text("UPDATE contributions SET kind = 'poem' WHERE id = 'N1'"))
    assert [hit[2] for hit in found(door, "museum", "amsterdam")] == [number, "N2"]


def test_an_excerpt_shows_the_words_that_were_found():
    long = "voor " * 60 + "de Façade\nlekt " + "na " * 60
    told = excerpt(long, [folded("FACADE")])
    assert told.startswith("…")
    assert told.endswith("…")
    assert "de Façade lekt" in told
    assert len(told) <= 162
    assert excerpt("kort", ["x"]) == "kort"
