"""Rotas and groups over the API: who makes them, who sees them, and what is refused."""

from __future__ import annotations

import pytest

from impasse.adapters.sql.people import add_person, disable_person
from impasse.domain.people import Person, Role
from impasse.domain.text import same

ROTA = {
    "name": "secretariaat",
    "label": {"nl": "Secretariaat", "en": "Secretariat"},
    "organisation": "mnre1034",
}
FORTNIGHT = {"fromDay": "2026-03-02", "untilDay": "2026-03-15"}


@pytest.fixture
def rota(door):
    """A rota of the secretariat, with a colleague who carries no role of it."""
    add_person(
        door.house.database,
        Person("hugo", "hugo", same("hugo"), "mnre1034", frozenset({Role.LIAISON_OFFICER})),
    )
    made = door.post("/rotas", ROTA, Idempotency_Key="one")
    assert made.status_code == 201, made.text
    assert door.post("/rotas", ROTA, Idempotency_Key="one").status_code == 201
    return door


def test_turns_are_planned_a_day_is_swapped_and_the_swap_is_ended(rota):
    planned = rota.post(
        "/rotas/secretariaat/duties", {"persons": ["secretariat", "hugo"], **FORTNIGHT}
    )
    assert planned.status_code == 201, planned.text
    assert planned.json()["onDuty"] == "secretariat"
    assert planned.json()["gaps"][0]["firstDay"] == "2026-03-16"

    day = {"fromDay": "2026-03-02", "untilDay": "2026-03-02"}
    swapped = rota.post("/rotas/secretariaat/swaps", {"person": "hugo", **day})
    assert rota.get("/rotas/secretariaat").json()["onDuty"] == "hugo"
    days = rota.get("/rotas/secretariaat/duty-days?pageSize=100").json()["items"]
    assert [one["person"] for one in days[:2]] == ["hugo", "secretariat"]
    assert days[20]["missing"] == "not_planned"
    place = swapped.headers["location"].removeprefix("/api/v1")
    assert rota.get(place).json()["override"] is True

    stale = rota.as_("secretariat", If_Match='"other"')("DELETE", place)
    assert stale.status_code == 412
    assert rota("DELETE", place).status_code == 204
    assert rota.get("/rotas/secretariaat").json()["onDuty"] == "secretariat"
    assert rota("DELETE", place).status_code == 409
    assert len(rota.get("/rotas/secretariaat/duties").json()["items"]) == 2
    assert rota.as_("holland")("DELETE", "/rotas/secretariaat").status_code == 404
    assert rota("DELETE", "/rotas/secretariaat").status_code == 204
    assert rota("DELETE", "/rotas/secretariaat").status_code == 404


def test_a_rota_is_of_its_organisation_and_nobody_else_knows_of_it(rota):
    for who in ("amsterdam", "holland"):
        assert rota.as_(who).get("/rotas").json()["items"] == []
        assert rota.as_(who).get("/rotas/secretariaat").status_code == 404
        refused = rota.as_(who).post("/rotas", {**ROTA, "name": "ander"})
        assert refused.status_code == 403
        assert rota.as_(who).get("/groups").status_code == 403
        assert rota.as_(who)("DELETE", "/rotas/secretariaat/duties/x").status_code == 404
    assert len(rota.as_("administrator").get("/rotas").json()["items"]) == 1


def test_bad_plans_say_what_and_where(rota):
    disable_person(rota.house.database, "hugo", at=rota.moment[0])
    for body, pointer in (
        ({"persons": [], **FORTNIGHT}, "/persons"),
        ({"persons": ["secretariat", "hugo"], **FORTNIGHT}, "/persons/1"),
        ({"persons": ["amsterdam"], **FORTNIGHT}, "/persons/0"),
        ({"persons": ["secretariat"], **FORTNIGHT, "untilDay": "2026-03-01"}, "/untilDay"),
        ({"persons": ["secretariat"], **FORTNIGHT, "untilDay": "2027-03-05"}, "/untilDay"),
        ({"persons": ["secretariat"], **FORTNIGHT, "fromDay": "1899-01-01"}, "/fromDay"),
        ({"persons": ["secretariat"], **FORTNIGHT, "weeks": 0}, "/weeks"),
    ):
        answer = rota.post("/rotas/secretariaat/duties", body)
        assert answer.status_code == 400, body
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    good = {"persons": ["secretariat"], **FORTNIGHT}
    assert rota.post("/rotas/secretariaat/duties", good).status_code == 201
    assert rota.post("/rotas/secretariaat/duties", good).status_code == 409
    assert rota.post("/rotas/nergens/duties", good).status_code == 404


def test_a_group_is_made_changed_and_removed(rota):
    group = {"label": {"nl": "Bemiddelaars", "en": "Mediators"}, "members": ["amsterdam"]}
    assert rota.post("/groups", {"name": "bemiddelaars", **group}).status_code == 201
    assert rota.post("/groups", {"name": "bemiddelaars", **group}).status_code == 409
    assert rota.post("/groups", {"name": "Niet goed", **group}).status_code == 400
    changed = rota("PUT", "/groups/bemiddelaars", json={**group, "members": []})
    assert changed.json()["members"] == []
    wrong = rota("PUT", "/groups/bemiddelaars", json={**group, "members": ["nobody"]})
    assert [one["pointer"] for one in wrong.json()["errors"]] == ["/members/0"]
    assert [one["name"] for one in rota.get("/groups").json()["items"]] == ["bemiddelaars"]
    assert rota("DELETE", "/groups/bemiddelaars").status_code == 204
    assert rota.get("/groups/bemiddelaars").status_code == 404


def test_rank_and_language_are_kept_with_a_user_and_told_to_that_user(door):
    person = {
        "id": "hilde",
        "name": "H. Oofd",
        "function": {"nl": "hoofd", "en": "head"},
        "organisation": "gm0363",
        "roles": ["liaison_officer"],
        "rank": "head",
        "language": "en",
    }
    keeper = door.as_("administrator")
    made = keeper.post("/users", person)
    assert (made.json()["rank"], made.json()["language"]) == ("head", "en")
    for wrong, pointer in (({"rank": "minister"}, "/rank"), ({"language": "fr"}, "/language")):
        refused = keeper.post("/users", {**person, "id": "b", **wrong})
        assert refused.status_code == 400
        assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]
    assert door.as_("amsterdam").get("/me").json()["rank"] == "officer"
