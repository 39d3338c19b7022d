"""Escalation policies over the API: everybody reads them, who may puts one into force."""

from __future__ import annotations

from impasse.adapters.files.shipped import shipped

NAME = "nieuw-signaal"
SHIPPED = shipped("config", "escalation", f"{NAME}.yaml").read_text("utf-8")
SECOND = SHIPPED.replace('version: "1"', 'version: "2"')


def test_everybody_reads_which_policies_are_in_force(door):
    for who in ("amsterdam", "secretariat", "administrator"):
        reader = door.as_(who)
        listed = {one["name"]: one for one in reader.get("/escalation-policies").json()["items"]}
        assert listed[NAME]["inForce"]
    whole = door.get(f"/escalation-policies/{NAME}").json()
    assert whole == door.get(f"/escalation-policies/{NAME}@1").json()
    assert whole["content"] == SHIPPED
    assert [level["after"] for level in whole["levels"]][:3] == [
        None,
        "2 working days",
        "5 working days",
    ]
    heads = whole["levels"][3]["to"][0]
    assert (heads["kind"], heads["name"], heads["at"]) == ("rank", "head", "all_sides")
    assert "gaat het meteen naar" in whole["jumps"][0]["nl"]
    for unknown in ("niets", f"{NAME}@9", "a@%00", "%00"):
        assert door.get(f"/escalation-policies/{unknown}").status_code == 404


def test_a_policy_is_tried_and_then_adopted(door):
    tried = door.post("/escalation-policies", {"content": SECOND, "tryOnly": True})
    assert tried.status_code == 200, tried.text
    assert (tried.json()["adopted"], tried.json()["before"]) == (False, "1")
    assert any("bemiddelaars" in one["text"]["nl"] for one in tried.json()["warnings"])
    assert door.get(f"/escalation-policies/{NAME}").json()["version"] == "1"

    adopted = door.post("/escalation-policies", {"content": SECOND})
    assert adopted.status_code == 201, adopted.text
    assert adopted.headers["location"].endswith(f"/escalation-policies/{NAME}@2")
    assert door.get(f"/escalation-policies/{NAME}").json()["version"] == "2"
    again = door.post("/escalation-policies", {"content": SECOND})
    assert (again.status_code, again.json()["adopted"]) == (200, False)
    back = door.as_("administrator").post("/escalation-policies", {"content": SHIPPED})
    assert (back.status_code, back.json()["before"]) == (201, "2")


def test_what_is_unsound_is_refused_with_every_line(door):
    wrong = SECOND.replace("rank: head", "rank: boss").replace("[case-opened]", "[duty-gap]")
    answer = door.post("/escalation-policies", {"content": wrong})
    assert answer.status_code == 400
    told = [one["detail"] for one in answer.json()["errors"]]
    assert [one.split(":")[0] for one in told] == ["Regel 7", "Regel 55"]
    other = SHIPPED.replace("Een nieuw signaal", "Iets anders")
    assert door.post("/escalation-policies", {"content": other}).status_code == 409
    for who in ("amsterdam", "holland"):
        refused = door.as_(who).post("/escalation-policies", {"content": SECOND})
        assert refused.status_code == 403
