"""Webhooks and deliveries: everybody his or her own, about what he or she may see."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from impasse.adapters.identity.secrets import issue_token
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.people import add_person, disable_person
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import PersonRow
from impasse.adapters.sql.webhooks import add_webhook
from impasse.api.webhooks import MOST_EACH
from impasse.domain.people import Person, Role
from impasse.domain.text import Text
from impasse.engine.outbox import Answer, deliver_due

URL = "https://hooks.example.org/impasse"


def test_a_webhook_is_added_with_a_secret_that_is_shown_once(door):
    admin = door.as_("administrator")
    answer = admin.post("/webhooks", {"url": URL, "types": ["stage-changed"]})
    assert answer.status_code == 201
    assert answer.json()["secret"].startswith("whsec_")
    key = answer.json()["id"]
    assert answer.headers["location"] == f"/api/v1/webhooks/{key}"
    assert "whsec_" not in admin.get("/webhooks").text
    assert "secret" not in admin.get(f"/webhooks/{key}").json()


def test_a_retry_adds_no_double(door):
    door.post("/webhooks", {"url": URL})
    again = door.post("/webhooks", {"url": URL})
    assert again.status_code == 409
    assert len(door.get("/webhooks").json()["items"]) == 1


def test_one_person_has_a_bounded_number_of_webhooks(door):
    made = [door.post("/webhooks", {"url": f"{URL}/{number}"}) for number in range(MOST_EACH)]
    assert {answer.status_code for answer in made} == {201}
    refused = door.post("/webhooks", {"url": URL})
    assert (refused.status_code, "20 webhooks" in refused.text) == (409, True)
    door("DELETE", f"/webhooks/{made[0].json()['id']}")
    assert door.post("/webhooks", {"url": URL}).status_code == 201


def test_a_removed_webhook_is_off_and_gone_from_its_address(door):
    key = door.post("/webhooks", {"url": URL}).json()["id"]
    removed = door("DELETE", f"/webhooks/{key}")
    assert (removed.status_code, removed.content) == (204, b"")
    assert removed.headers["api-version"] == "1.0.0"
    assert door.get(f"/webhooks/{key}").status_code == 404
    assert door("DELETE", f"/webhooks/{key}").status_code == 404
    assert door.get("/webhooks").json()["items"] == []
    [off] = door.get("/webhooks?active=false").json()["items"]
    assert off["id"] == key
    assert door.post("/webhooks", {"url": URL}).status_code == 201


def test_an_address_that_is_none_is_400(door):
    for url in ("ftp://example.org", "https://u:p@example.org", "nonsense", "http://[", ""):
        answer = door.post("/webhooks", {"url": url})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/url"
    assert door.post("/webhooks", {"url": URL, "types": ["\u0000"]}).status_code == 400


@pytest.fixture
def posted():
    """What was sent, as (address, number of the case); nothing leaves this machine."""
    return []


def deliver(door, posted):
    class Channel:
        def send(self, parcel, _at):
            posted.append((parcel.content.url, parcel.content.subject))
            return Answer(204)

    deliver_due(SqlOutbox(door.house.database), Channel(), door.house.clock, lambda: 0.0)


def everything_told_to(knock):
    return "".join(
        knock.get(path).text
        for path in ("/webhooks", "/webhooks?active=false", "/deliveries", "/deliveries?state=dead")
    )


def test_a_webhook_hears_only_of_cases_that_its_owner_may_see(any_door, posted):
    owners = ("secretariat", "amsterdam", "utrecht", "administrator")
    for owner in owners:
        any_door.as_(owner).post("/webhooks", {"url": f"https://{owner}.example.org/"})
    number = any_door.open_case()
    deliver(any_door, posted)
    assert set(posted) == {
        (f"https://{owner}.example.org/", number) for owner in ("secretariat", "amsterdam")
    }
    for owner in ("utrecht", "administrator", "holland"):
        assert number not in everything_told_to(any_door.as_(owner))
    assert number in everything_told_to(any_door.as_("amsterdam"))


def test_what_waits_is_not_sent_once_its_owner_may_not_see_the_case_any_more(any_door, posted):
    knock = any_door.as_("amsterdam")
    knock.post("/webhooks", {"url": URL})
    any_door.open_case()
    SqlOutbox(any_door.house.database).spread(any_door.moment[0])
    persons = table(PersonRow)
    with writing(any_door.house.database) as connection:
        moved = persons.update().where(persons.c.id == "amsterdam")
        connection.execute(moved.values(organisation_id="gm0344"))
    deliver(any_door, posted)
    assert posted == []
    assert knock.get("/deliveries").json()["items"] == []


def test_a_webhook_of_who_is_disabled_is_paused_and_hears_nothing_of_what_happens_then(
    any_door, posted
):
    any_door.as_("amsterdam").post("/webhooks", {"url": URL})
    before = any_door.open_case()
    outbox = SqlOutbox(any_door.house.database)
    outbox.spread(any_door.moment[0])
    disable_person(any_door.house.database, "amsterdam", at=any_door.moment[0])
    during = any_door.open_case(title="Wie betaalt de brug?")
    deliver(any_door, posted)
    assert posted == []
    [seen] = any_door.as_("administrator").get("/webhooks").json()["items"]
    assert (seen["owner"], seen["active"], seen["paused"]) == ("amsterdam", True, True)
    persons = table(PersonRow)
    with writing(any_door.house.database) as connection:
        connection.execute(persons.update().values(disabled=False))
    deliver(any_door, posted)
    assert {subject for _, subject in posted} == {before}
    assert during != before


def test_a_kind_of_event_is_named_by_its_last_word(door, posted):
    door.post("/webhooks", {"url": URL, "types": ["case-opened"]})
    door.post("/webhooks", {"url": f"{URL}/other", "types": ["stage-changed"]})
    number = door.open_case()
    deliver(door, posted)
    assert posted == [(URL, number)]


def test_nobody_finds_the_webhook_of_another_nor_that_its_address_is_taken(door):
    mine = door.as_("amsterdam").post("/webhooks", {"url": URL}).json()["id"]
    other = door.as_("utrecht")
    unknown = other.get("/webhooks/wh_0")
    hidden = other.get(f"/webhooks/{mine}")
    assert unknown.status_code == hidden.status_code == 404
    assert unknown.json()["detail"].replace("wh_0", mine) == hidden.json()["detail"]
    assert other("DELETE", f"/webhooks/{mine}").status_code == 404
    assert other.get("/webhooks").json()["items"] == []
    assert other.post("/webhooks", {"url": URL}).status_code == 201


def test_an_administrator_can_put_off_the_webhook_of_another(door):
    mine = door.as_("amsterdam").post("/webhooks", {"url": URL}).json()["id"]
    assert door.as_("administrator")("DELETE", f"/webhooks/{mine}").status_code == 204
    assert door.as_("amsterdam").get(f"/webhooks/{mine}").status_code == 404


def test_a_supervisor_has_no_business_here(door):
    database, at = door.house.database, door.moment[0]
    roles = frozenset({Role.SUPERVISOR})
    add_person(database, Person("ibt", "I. Bet", Text("toezicht", "supervision"), "pv27", roles))
    door.tokens["ibt"] = issue_token(database, "ibt", at=at).secret
    supervisor = door.as_("ibt")
    assert {
        supervisor.get("/webhooks").status_code,
        supervisor.post("/webhooks", {"url": URL}).status_code,
        supervisor.get("/deliveries").status_code,
    } == {403}
    add_webhook(database, URL, [], "ibt", at)
    door.open_case()
    SqlOutbox(database).spread(at)
    assert SqlOutbox(database).destinations(at + timedelta(days=1)) == []


def test_the_same_request_with_its_key_tells_the_secret_again(door):
    first = door.post("/webhooks", {"url": URL}, Idempotency_Key="hook-1")
    again = door.post("/webhooks", {"url": URL}, Idempotency_Key="hook-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = door.post("/webhooks", {"url": f"{URL}/2"}, Idempotency_Key="hook-1")
    assert other.status_code == 409


def test_a_webhook_is_removed_only_as_you_read_it(door):
    made = door.post("/webhooks", {"url": URL})
    href = made.headers["location"].removeprefix("/api/v1")
    assert door.get(href).headers["etag"] == made.headers["etag"]
    assert door("DELETE", href, headers={"If-Match": '"other"'}).status_code == 412
    assert door("DELETE", href, headers={"If-Match": made.headers["etag"]}).status_code == 204


def test_what_becomes_of_messages_is_told_dead_ones_too(any_door):
    key = any_door.post("/webhooks", {"url": URL}).json()["id"]
    number = any_door.open_case()
    SqlOutbox(any_door.house.database).spread(any_door.moment[0])
    waiting = any_door.get("/deliveries?state=waiting").json()["items"]
    assert {(d["webhook"], d["subject"]) for d in waiting} == {(key, number)}
    any_door("DELETE", f"/webhooks/{key}")
    over = any_door.get(f"/deliveries?state=lapsed&webhook={key}&pageSize=1").json()
    assert over["items"][0]["state"] == "lapsed"
    assert over["items"][0]["failure"]
    assert any_door.get("/deliveries?state=waiting").json()["items"] == []


def test_many_at_once_with_one_key_add_one(any_door):
    def send(_):
        return any_door.post("/webhooks", {"url": URL}, Idempotency_Key="k").status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = set(pool.map(send, range(8)))
    assert 201 in statuses
    assert statuses <= {201, 409}
    assert len(any_door.get("/webhooks").json()["items"]) == 1
    assert any_door.post("/webhooks", {"url": URL}, Idempotency_Key="k").status_code == 201
