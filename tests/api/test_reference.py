"""What stays as it is: organisations, procedures, indicators, the glossary."""

from __future__ import annotations

from pathlib import Path

from impasse.api.glossary import GLOSSARY, glossary_page

PAGE = Path(__file__).parents[2] / "docs" / "glossary.md"


def test_an_organisation_is_found_by_name_and_read_by_code(door_for_reading):
    [found] = door_for_reading.get("/organisations?q=noord-holland&layer=province").json()["items"]
    assert found["id"] == "pv27"
    assert door_for_reading.get("/organisations/pv27").json() == found
    assert len(found["oin"]) == 20
    assert door_for_reading.get("/organisations/pv99").status_code == 404


def test_procedures_are_listed_and_read_by_version_or_by_name(door_for_reading):
    listed = door_for_reading.get("/workflows").json()["items"]
    assert "interbestuurlijke-impasse@2" in {item["reference"] for item in listed}
    whole = door_for_reading.get("/workflows/interbestuurlijke-impasse@2").json()
    assert whole == door_for_reading.get("/workflows/interbestuurlijke-impasse").json()
    first = whole["stages"][0]
    assert (first["name"], first["number"], first["term"]["length"]) == (
        "signal",
        1,
        "10 working days",
    )
    start = next(t for t in whole["transitions"] if t["trigger"] == "start_fact_finding")
    assert {(c["guard"], c["required"]) for c in start["conditions"]} >= {
        ("two_governments", True),
        ("all_parties_heard", False),
    }
    for unknown in ("nothing", "nothing@1", "interbestuurlijke-impasse@99", "@"):
        assert door_for_reading.get(f"/workflows/{unknown}").status_code == 404


def test_indicators_ask_their_question_in_words(door_for_reading):
    first = door_for_reading.get("/indicators?pageSize=1").json()["items"][0]
    assert first["question"]["nl"].endswith("?")
    assert first["dimensionLabel"]["nl"]


def test_the_glossary_is_for_everybody_and_has_each_name_once(door_for_reading):
    items, place = [], "/api/v1/glossary?pageSize=100"
    while place:
        page = door_for_reading.client.get(place).json()
        items += page["items"]
        place = page["links"]["next"]
    assert len(items) == len(GLOSSARY)
    assert len({item["term"] for item in items}) == len(items)
    assert all(item["meaning"]["nl"] and item["meaning"]["en"] for item in items)


def test_the_page_of_the_glossary_is_written_from_the_glossary():
    assert PAGE.read_text("utf-8") == glossary_page(), (
        "Write it anew: python -c 'from impasse.api.glossary import glossary_page as g; "
        f'print(g(), end="")\' > {PAGE.name}'
    )
