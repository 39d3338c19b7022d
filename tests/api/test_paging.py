"""Collections come a page at a time, whole, without gaps and without doubles."""

from __future__ import annotations


def walk(door, path):
    """Follow `next` from page to page; yield the items of each."""
    while path:
        answer = door.get(path)
        assert answer.status_code == 200, answer.text
        links = answer.json()["links"]
        header = answer.links
        assert header["self"]["url"] == links["self"]
        assert header.get("next", {}).get("url") == links["next"]
        yield answer.json()["items"]
        path = links["next"] and links["next"].removeprefix("/api/v1")


def test_every_case_is_on_exactly_one_page_in_order(any_door):
    numbers = [any_door.open_case() for _ in range(7)]
    for size in (1, 2, 3, 7, 100):
        pages = list(walk(any_door, f"/cases?pageSize={size}"))
        assert [item["id"] for page in pages for item in page] == numbers
        assert len(pages) == -(-7 // size)


def test_a_case_that_comes_meanwhile_moves_no_other(door):
    numbers = [door.open_case() for _ in range(4)]
    pages = walk(door, "/cases?pageSize=2")
    seen = [item["id"] for item in next(pages)]
    numbers.append(door.open_case())
    seen += [item["id"] for page in pages for item in page]
    assert seen == numbers


def test_filters_stay_in_the_links(door):
    for area in ("water", "wonen", "water", "wonen", "water"):
        door.open_case(policyArea=area)
    pages = list(walk(door, "/cases?policyArea=water&status=open&status=paused&pageSize=2"))
    assert [len(page) for page in pages] == [2, 1]


LISTS = {
    "/organisations?layer=province": "id",
    "/organisations?q=water": "id",
    "/indicators": "code",
    "/glossary": "term",
    "/problem-types": "code",
    "/workflows": "reference",
    "/escalation-policies": "reference",
    "/cases/IMP-2026-0001/history": "sequence",
    "/cases/IMP-2026-0001/signals": "id",
    "/cases/IMP-2026-0001/transitions": "trigger",
    "/cases/IMP-2026-0001/confirmations": "organisation",
    "/meetings": "id",
    "/signals": "href",
    "/signals?open=true&since=2026-03-01": "href",
}


def test_small_pages_hold_together_what_large_pages_hold(door):
    number = door.open_case()
    for day in range(1, 8):
        door.post(
            f"/cases/{number}/signals",
            {
                "indicator": "A2",
                "reliability": "second_hand",
                "happenedOn": f"2026-02-0{day}",
                "organisation": "gm0363",
            },
        )
        door.post(
            "/meetings",
            {
                "day": f"2026-03-{day + 8:02}",
                "startsAt": "10:00:00",
                "endsAt": "11:00:00",
                "place": "Den Haag",
                "closesOn": "2026-03-05",
            },
        )
    for organisation in ("pv27", "gm0363"):
        door.post(
            f"/cases/{number}/confirmations",
            {"kind": "view", "organisation": organisation, "note": "brief"},
        )
    for path, key in LISTS.items():
        joint = "&" if "?" in path else "?"
        large = [i[key] for page in walk(door, f"{path}{joint}pageSize=100") for i in page]
        small = [i[key] for page in walk(door, f"{path}{joint}pageSize=3") for i in page]
        assert small == large, path
        assert len(set(small)) == len(small) > 0, path


def test_a_page_that_cannot_be_is_400(door_for_reading):
    bad = ("pageSize=0", "pageSize=101", "pageSize=many", "cursor=%21", "cursor=A", "cursor=_w")
    for path in ("/cases", "/organisations", "/meetings", "/indicators", "/signals"):
        for query in bad:
            answer = door_for_reading.get(f"{path}?{query}")
            assert answer.status_code == 400, (path, query)
            assert answer.json()["errors"][0]["in"] == "query"


def test_a_cursor_of_another_list_is_400_or_harmless(door):
    door.open_case()
    cursor = door.get("/organisations?pageSize=1").json()["links"]["next"].partition("cursor=")[2]
    assert door.get(f"/meetings?cursor={cursor}").status_code == 400
    assert door.get(f"/cases/IMP-2026-0001/history?cursor={cursor}").status_code == 400
    assert door.get(f"/signals?cursor={cursor}").status_code == 400
    assert door.get(f"/cases?cursor={cursor}").status_code == 200
