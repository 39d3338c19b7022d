"""What you were told is yours alone: to read, to have seen, and to judge."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from impasse.adapters.sql.notifying import Notifying
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.people import change_person, person
from impasse.engine.outbox import EMAIL
from telling import somebody

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOSEN: Mapping[str, Any] = {
    "email": False,
    "chat": "",
    "workingDays": [1, 2, 4],
    "fromTime": "09:00:00",
    "untilTime": "16:30:00",
    "groupMinutes": 30,
    "digest": "both",
    "digestTime": "09:15:00",
}


def tell(door: Any) -> None:
    """Spread what was promised."""
    notifying = Notifying(lambda: door.house.calendar, (EMAIL,))
    outbox = SqlOutbox(door.house.database, notifying)
    while outbox.spread(door.house.clock()):
        pass


def mine(door: Any, who: str, query: str = "") -> list[Any]:
    answer = door.as_(who).get(f"/notifications{query}")
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


def test_you_read_why_you_were_told_and_what_happens_if_you_do_nothing(door: Any) -> None:
    case = door.open_case()
    tell(door)
    (one,) = mine(door, "amsterdam")
    assert one["case"] == case
    assert one["type"] == "case-opened"
    assert one["why"]["nl"].endswith("partij in deze zaak.")
    assert one["otherwise"]["en"].startswith("Without")
    assert one["rule"] == "interbestuurlijke-impasse@2"
    assert one["state"] == "unseen"
    assert one["delivered"] is False
    assert {(sent["channel"], sent["state"]) for sent in one["deliveries"]} == {
        ("inbox", "delivered"),
        ("email", "failed"),
    }


def test_reading_marks_nothing_and_seeing_is_said_once(door: Any) -> None:
    door.open_case()
    tell(door)
    (one,) = mine(door, "amsterdam")
    own = door.as_("amsterdam")
    own.get(one["href"].removeprefix("/api/v1"))
    assert mine(door, "amsterdam", "?state=unseen") == [one]
    first = own.post(f"/notifications/{one['id']}/views", {})
    assert first.status_code == 201, first.text
    assert first.json()["state"] == "seen"
    door.moment[0] += timedelta(hours=1)
    again = own.post(f"/notifications/{one['id']}/views", {})
    assert again.json()["seenAt"] == first.json()["seenAt"]
    assert mine(door, "amsterdam", "?state=unseen") == []
    assert len(mine(door, "amsterdam", "?state=seen")) == 1


def test_that_of_somebody_else_does_not_exist(door: Any) -> None:
    door.open_case()
    tell(door)
    (one,) = mine(door, "amsterdam")
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/views", {}),
        ("PUT", "/feedback", {"verdict": "right"}),
    ):
        answer = door.as_("holland")(method, f"/notifications/{one['id']}{path}", json=body)
        assert answer.status_code == 404, answer.text
    assert mine(door, "utrecht") == []


def test_of_a_case_that_you_may_not_see_any_more_nothing_is_left(door: Any) -> None:
    door.open_case()
    tell(door)
    (one,) = mine(door, "amsterdam")
    known = person(door.house.database, "amsterdam")
    change_person(door.house.database, somebody("amsterdam", "gm0344", *known.roles))
    assert mine(door, "amsterdam") == []
    assert door.as_("amsterdam").get(f"/notifications/{one['id']}").status_code == 404


def test_a_verdict_can_be_changed_and_is_kept_with_its_reason(door: Any) -> None:
    door.open_case()
    tell(door)
    (one,) = mine(door, "amsterdam")
    own, path = door.as_("amsterdam"), f"/notifications/{one['id']}/feedback"
    for verdict, reason in (("too_late", "Dat wist ik al."), ("right", "")):
        answer = own("PUT", path, json={"verdict": verdict, "reason": reason})
        assert answer.status_code == 200, answer.text
        kept = answer.json()["feedback"]
        assert (kept["verdict"], kept["reason"]) == (verdict, reason)
    stale = own("PUT", path, json={"verdict": "wrong"}, headers={"If-Match": '"old"'})
    assert stale.status_code == 412
    for wrong in ({"verdict": "maybe"}, {"verdict": "right", "reason": "x" * 6000}, {}):
        assert own("PUT", path, json=wrong).status_code in {400, 422}


def test_they_come_in_pages_the_newest_first_without_gaps(door: Any) -> None:
    cases = [door.open_case(title=f"Zaak {n}") for n in range(5)]
    tell(door)
    seen, path = [], "/notifications?pageSize=2"
    while path:
        answer = door.as_("amsterdam").get(path).json()
        seen += [one["case"] for one in answer["items"]]
        path = (answer["links"]["next"] or "").removeprefix("/api/v1")
    assert sorted(seen) == sorted(cases)
    only = mine(door, "amsterdam", f"?case={cases[2]}&asking=true")
    assert [one["case"] for one in only] == [cases[2]]
    assert mine(door, "amsterdam", "?asking=false") == []
    assert mine(door, "amsterdam", "?run=E1") == []


@pytest.mark.parametrize("cursor", ["bm9uc2Vuc2U", "MjAyNi0wMS0wMSBu", "IA"])
def test_a_cursor_that_is_not_ours_is_refused(door_for_reading: Any, cursor: str) -> None:
    answer = door_for_reading.as_("amsterdam").get(f"/notifications?cursor={cursor}")
    assert answer.status_code == 400


def test_you_choose_how_you_want_to_hear(door: Any) -> None:
    own = door.as_("amsterdam")
    before = own.get("/me/notification-settings")
    assert before.json()["workingDays"] == [1, 2, 3, 4, 5]
    assert before.json()["digest"] == "daily"
    tag = before.headers["etag"]
    door.moment[0] += timedelta(hours=12)
    # That time goes on is no change.
    assert own.get("/me/notification-settings").headers["etag"] == tag
    changed = own("PUT", "/me/notification-settings", json=CHOSEN, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    kept = {name: value for name, value in changed.json().items() if name != "nextOpen"}
    assert kept == CHOSEN
    stale = own("PUT", "/me/notification-settings", json=CHOSEN, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert door.as_("holland").get("/me/notification-settings").json()["email"] is True


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("workingDays", [0], "/workingDays"),
        ("workingDays", [8], "/workingDays"),
        ("workingDays", [], "/workingDays"),
        ("untilTime", "08:00:00", "/untilTime"),
        ("untilTime", "09:00:30", "/untilTime"),
        ("groupMinutes", 241, "/groupMinutes"),
        ("groupMinutes", -1, "/groupMinutes"),
        ("chat", "geen adres", "/chat"),
        ("chat", "javascript:alert(1)", "/chat"),
        ("chat", "mattermost://é", "/chat"),
        ("digest", "hourly", "/digest"),
        ("digestTime", "25:00", "/digestTime"),
        ("email", "ja", "/email"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_their_place(
    door: Any, field: str, value: Any, pointer: str
) -> None:
    own = door.as_("amsterdam")
    answer = own("PUT", "/me/notification-settings", json={**CHOSEN, field: value})
    assert answer.status_code in {400, 422}, answer.text
    assert pointer in answer.text
    assert own.get("/me/notification-settings").json()["groupMinutes"] == 15


def test_how_much_mail_everybody_gets_only_the_administrator_sees(door: Any) -> None:
    answer = door.as_("administrator").get("/notification-budget")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"monday": "2026-03-02", "most": 5, "over": 0, "persons": []}
    for who in ("secretariat", "amsterdam"):
        assert door.as_(who).get("/notification-budget").status_code == 403
