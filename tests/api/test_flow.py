"""How a procedure runs, for programs."""

from __future__ import annotations

REFERENCE = "interbestuurlijke-impasse"


def test_the_flow_counts_the_cases_that_one_may_see(door):
    ours = door.open_case()
    door.open_case(parties=["gm0344", "pv26"], signals=[])

    flow = door.get(f"/workflows/{REFERENCE}/flow").json()

    assert (flow["opened"], flow["open"], flow["withoutMediator"]) == (2, 2, 0)
    signal = flow["stages"][0]
    assert (signal["stage"], signal["open"], signal["unfinished"]) == ("signal", 2, 2)
    assert signal["duration"] == {"count": 0, "half": None, "most": None}
    assert flow["firstDay"] == "2025-03-03"
    assert flow["lastDay"] == "2026-03-02"

    party = door.as_("amsterdam").get(f"/workflows/{REFERENCE}/flow").json()
    assert (party["opened"], party["stages"][0]["reached"]) == (1, 1)
    assert [age["case"] for age in party["stages"][0]["ages"]] == [ours]
    assert party["tiers"] == [{"tier": "officials", "stage": "signal", "count": 1}]


def test_days_that_are_none_or_the_wrong_way_round_are_refused(door_for_reading):
    get = door_for_reading.get
    path = f"/workflows/{REFERENCE}/flow"

    assert get(f"{path}?firstDay=2026-02-01&lastDay=2026-02-28").json()["opened"] == 0
    assert get(f"{path}?firstDay=gisteren").status_code == 400
    wrong = get(f"{path}?firstDay=2026-03-02&lastDay=2026-03-01")
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0] | {"detail": ""} == {
        "in": "query",
        "pointer": "/firstDay",
        "detail": "",
    }
    assert get("/workflows/niets/flow").status_code == 404
    assert get(f"/workflows/{REFERENCE}@99/flow").status_code == 404
