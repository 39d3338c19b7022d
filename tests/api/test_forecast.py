"""A forecast over the wire: numbers of cases only, and to nobody whom the case is hidden from."""

from __future__ import annotations

from datetime import timedelta


def left_after(door, weeks: int, cases: int) -> None:
    opened = [door.open_case(title=f"Geschil {n}") for n in range(cases)]
    door.moment[0] += timedelta(weeks=weeks)
    for case in opened:
        answer = door.post(
            f"/cases/{case}/transitions", {"trigger": "withdraw", "note": "Opgelost."}
        )
        assert answer.status_code in {200, 201}, answer.text


def test_a_forecast_tells_its_interval_and_on_how_many_cases_it_rests(door):
    left_after(door, 1, 4)
    left_after(door, 3, 1)
    told = door.get(f"/cases/{door.open_case()}/forecast").json()
    assert told["probability"] == 0.2
    assert told["low"] < 0.2 < told["high"]
    assert (told["n"], told["atRisk"]) == (5, 5)
    assert (told["elapsed"], told["termLength"]) == (0, 10)
    assert "Van 5 vergelijkbare zaken" in told["sentence"]["nl"]


def test_four_cases_say_nothing(door):
    left_after(door, 1, 4)
    told = door.get(f"/cases/{door.open_case()}/forecast").json()
    assert told["probability"] is told["low"] is told["high"] is None
    assert told["n"] == told["atRisk"] == 0


def test_a_case_that_is_closed_has_nothing_to_forecast(door):
    left_after(door, 1, 1)
    [case] = [one["id"] for one in door.get("/cases").json()["items"]]
    told = door.get(f"/cases/{case}/forecast").json()
    assert told["elapsed"] is told["probability"] is None


def test_a_stranger_hears_that_there_is_no_such_case(door):
    case = door.open_case()
    assert door.as_("utrecht").get(f"/cases/{case}/forecast").status_code == 404
    assert door.get(f"/cases/{case}/forecast?page=1").status_code == 400
