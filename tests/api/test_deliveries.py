"""Dead letters are sent again by who looks after them; a secret is replaced without a gap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from impasse.adapters.sql.database import writing
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, NotificationRow, OutboxRow, WebhookRow
from impasse.engine.outbox import Answer, deliver_due

URL = "https://hooks.example.org/impasse"
DELIVERIES, OUTBOX = table(DeliveryRow), table(OutboxRow)


class Post:
    """A channel that keeps what is sent and answers what it is told to."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.sent: list[str] = []
        self.secrets: list[tuple[str, ...]] = []

    def send(self, parcel, _at):
        self.sent.append(parcel.id)
        self.secrets.append(parcel.content.secrets)
        return Answer(self.status, "" if self.status < 300 else f"HTTP {self.status}")


def deliver(door, channel):
    deliver_due(SqlOutbox(door.house.database), channel, door.house.clock, lambda: 0.0)


def set_all(door, **values):
    with writing(door.house.database) as connection:
        connection.execute(update(DELIVERIES).values(**values))


@pytest.fixture
def dead(any_door):
    """A webhook of the secretariat with dead letters about a case."""
    knock = any_door.as_("secretariat")
    webhook = knock.post("/webhooks", {"url": URL}).json()["id"]
    case = any_door.open_case()
    deliver(any_door, Post(503))
    set_all(any_door, state="dead", attempts=10, done_at=any_door.moment[0])
    return webhook, case


def test_one_dead_letter_is_sent_again_with_the_same_number(any_door, dead):
    knock = any_door.as_("secretariat")
    [letter, *_] = knock.get("/deliveries?state=dead").json()["items"]
    assert (letter["channel"], letter["webhook"], letter["person"]) == ("webhook", dead[0], "")
    again = knock.post(f"/deliveries/{letter['id']}/replays", {}, Idempotency_Key="once")
    assert again.status_code == 201
    assert (again.json()["state"], again.json()["attempts"]) == ("waiting", 0)
    same = knock.post(f"/deliveries/{letter['id']}/replays", {}, Idempotency_Key="once")
    assert same.status_code == 201
    refused = knock.post(f"/deliveries/{letter['id']}/replays", {})
    assert refused.status_code == 409
    assert "onderweg" in refused.json()["detail"]
    post = Post()
    deliver(any_door, post)
    assert post.sent == [letter["message"]]
    assert knock.get(f"/deliveries/{letter['id']}").json()["state"] == "delivered"


def test_all_or_what_matches_is_sent_again(any_door, dead):
    webhook, case = dead
    knock = any_door.as_("secretariat")

    def replayed(**wanted):
        answer = knock.post("/delivery-replays", wanted)
        assert answer.status_code == 201, answer.text
        return answer.json()["count"]

    count = len(knock.get("/deliveries?state=dead").json()["items"])
    assert count > 0
    later = (any_door.moment[0] + timedelta(days=1)).isoformat()
    assert replayed(subject="IMP-2026-9999") == 0
    assert replayed(channel="email") == 0
    assert replayed(promisedFrom=later) == 0
    assert replayed(states=["failed"]) == 0
    assert replayed(subject=case, webhook=webhook, promisedBefore=later) == count
    assert replayed() == 0
    deliver(any_door, Post())
    # A receiver that lost what it had can have it again; nobody else decides that.
    assert replayed() == 0
    assert replayed(states=["delivered"]) == count
    assert knock.post("/delivery-replays", {"states": ["eh"]}).status_code == 400
    assert knock.post("/delivery-replays", {"since": "x"}).status_code == 400


def test_nobody_else_finds_or_sends_again_what_went_to_a_webhook(any_door, dead):
    mine = any_door.as_("secretariat").get("/deliveries").json()["items"][0]["id"]
    for other in ("amsterdam", "utrecht", "administrator"):
        knock = any_door.as_(other)
        assert knock.get("/deliveries").json()["items"] == []
        assert knock.get(f"/deliveries/{mine}").status_code == 404
        assert knock.post(f"/deliveries/{mine}/replays", {}).status_code == 404
        assert knock.post("/delivery-replays", {}).json()["count"] == 0
        assert knock.post("/delivery-replays", {"subject": dead[1]}).json()["count"] == 0
    for strange in ("0", "x", "٣", "9" * 30, "-1"):
        assert any_door.get(f"/deliveries/{strange}").status_code == 404


def test_a_stopped_webhook_is_started_by_its_owner_before_anything_is_sent_again(any_door):
    knock = any_door.as_("amsterdam")
    key = knock.post("/webhooks", {"url": URL}).json()["id"]
    any_door.open_case()
    deliver(any_door, Post(410))
    stopped = knock.get(f"/webhooks/{key}").json()
    assert (stopped["active"], stopped["stoppedBecause"]) == (False, "gone")
    [letter, *_] = knock.get("/deliveries").json()["items"]
    assert letter["state"] == "failed"
    refused = knock.post(f"/deliveries/{letter['id']}/replays", {})
    assert (refused.status_code, "aan" in refused.json()["detail"]) == (409, True)
    assert knock.post("/delivery-replays", {}).json()["count"] == 0
    assert knock.post(f"/webhooks/{key}/secrets", {}).status_code == 409
    assert any_door.as_("administrator").post(f"/webhooks/{key}/activations", {}).status_code == 403
    started = knock.post(f"/webhooks/{key}/activations", {})
    assert (started.status_code, started.json()["active"]) == (201, True)
    assert knock.post("/delivery-replays", {}).json()["count"] >= 1
    knock("DELETE", f"/webhooks/{key}")
    assert knock.post(f"/webhooks/{key}/activations", {}).status_code == 404


def test_while_a_secret_is_replaced_both_sign_the_new_one_first(any_door):
    knock = any_door.as_("amsterdam")
    made = knock.post("/webhooks", {"url": URL}).json()
    address = f"/webhooks/{made['id']}/secrets"
    turned = knock.post(address, {"keepOldHours": 2}, Idempotency_Key="turn")
    assert turned.status_code == 201
    assert knock.post(address, {"keepOldHours": 2}, Idempotency_Key="turn").json() == turned.json()
    new, old = turned.json()["secret"], made["secret"]
    assert new != old
    post = Post()
    any_door.open_case()
    deliver(any_door, post)
    assert set(post.secrets) == {(new, old)}
    any_door.moment[0] += timedelta(hours=2)
    any_door.open_case()
    post.secrets.clear()
    deliver(any_door, post)
    assert set(post.secrets) == {(new,)}
    at_once = knock.post(address, {"keepOldHours": 0}).json()
    assert at_once["oldSecretUntil"] is None
    assert knock.post(address, {"keepOldHours": 169}).status_code == 400
    assert any_door.as_("administrator").post(address, {}).status_code == 403
    assert any_door.as_("utrecht").post(address, {}).status_code == 404
    for shown in ("/webhooks", f"/webhooks/{made['id']}"):
        assert "whsec_" not in knock.get(shown).text


def personal(door, person, case):
    """Keep a dead e-mail to *person* about *case*, as notifying would have made it."""
    database, at = door.house.database, door.moment[0]
    with writing(database) as connection:
        message = connection.scalar(select(OUTBOX.c.id).where(OUTBOX.c.subject == case).limit(1))
        told = dict.fromkeys((column.name for column in table(NotificationRow).c), "")
        told |= {"id": "n1", "message_id": message, "person_id": person, "subject": case}
        told |= {"urgent": False, "repeats": 0, "created_at": at}
        told |= dict.fromkeys(("seen_at", "lapsed_at", "feedback_at"))
        connection.execute(insert(table(NotificationRow)).values(told))
        connection.execute(
            insert(DELIVERIES).values(
                message_id=message,
                notification_id="n1",
                channel="email",
                destination=person,
                bundle="b1",
                state="dead",
                attempts=7,
                next_at=at,
                answered=451,
                failure="451 try later",
                done_at=at,
                created_at=at,
                reported_at=at,
            )
        )


def test_an_administrator_keeps_personal_post_going_without_reading_it(any_door):
    case = any_door.open_case()
    personal(any_door, "amsterdam", case)
    knock = any_door.as_("administrator")
    [line] = knock.get("/deliveries").json()["items"]
    assert (line["channel"], line["person"], line["failure"]) == (
        *("email", "amsterdam"),
        "451 try later",
    )
    assert (line["subject"], line["type"], line["message"]) == ("", "", "")
    assert case not in knock.get("/deliveries").text
    # Not by guessing either: asking for the case finds nothing.
    assert knock.get(f"/deliveries?subject={case}").json()["items"] == []
    assert knock.post("/delivery-replays", {"subject": case}).json()["count"] == 0
    assert any_door.as_("utrecht").get("/deliveries").json()["items"] == []
    own = any_door.as_("amsterdam").get(f"/deliveries?subject={case}").json()["items"]
    assert [(one["subject"], one["person"]) for one in own] == [(case, "amsterdam")]
    assert knock.post(f"/deliveries/{line['id']}/replays", {}).status_code == 201
    set_all(any_door, state="dead")
    assert any_door.as_("amsterdam").post("/delivery-replays", {}).json()["count"] == 1


def test_what_travelled_in_one_letter_is_sent_again_in_one(any_door):
    case = any_door.open_case()
    personal(any_door, "amsterdam", case)
    with writing(any_door.house.database) as connection:
        [row] = connection.execute(select(DELIVERIES)).mappings().all()
        for state in ("dead", "delivered"):
            other = {**row, "message_id": None, "notification_id": None, "state": state}
            del other["id"]
            connection.execute(insert(DELIVERIES).values(other))
    knock = any_door.as_("amsterdam")
    [first, *_] = knock.get("/deliveries?state=dead").json()["items"]
    assert knock.post(f"/deliveries/{first['id']}/replays", {}).status_code == 201
    states = sorted(one["state"] for one in knock.get("/deliveries").json()["items"])
    assert states == ["delivered", "waiting", "waiting"]


def test_failing_is_told_to_the_owner_and_administrators_once_a_day(any_door):
    knock = any_door.as_("amsterdam")
    key = knock.post("/webhooks", {"url": URL}).json()["id"]

    def told():
        with any_door.house.database.connect() as connection:
            query = select(OUTBOX.c.id, OUTBOX.c.addressees, OUTBOX.c.reason_nl).where(
                OUTBOX.c.type == "nl.impasse.operations.destination-failing"
            )
            return connection.execute(query).all()

    for day in (1, 1, 2):
        any_door.open_case()
        deliver(any_door, Post(503))
        set_all(any_door, state="dead", reported_at=None)
        deliver(any_door, Post(503))
        deliver(any_door, Post(503))
        assert len(told()) == day
        any_door.moment[0] += timedelta(hours=11)
    assert f"webhook:{key}:2026-03-0" in told()[0].id
    assert '"amsterdam"' in told()[0].addressees
    assert '"administrator"' in told()[0].addressees
    assert "IMP-" not in told()[0].reason_nl
    assert knock.get(f"/webhooks/{key}").json()["failingSince"] is not None


def test_a_webhook_to_which_nothing_arrives_for_days_is_stopped(any_door):
    knock = any_door.as_("amsterdam")
    key = knock.post("/webhooks", {"url": URL}).json()["id"]
    any_door.open_case()
    deliver(any_door, Post(503))
    any_door.moment[0] += timedelta(days=5, minutes=1)
    any_door.open_case()
    deliver(any_door, Post(503))
    stopped = knock.get(f"/webhooks/{key}").json()
    assert (stopped["active"], stopped["stoppedBecause"]) == (False, "failing")
    states = {one["state"] for one in knock.get("/deliveries").json()["items"]}
    assert states == {"dead"}
    with any_door.house.database.connect() as connection:
        row = connection.execute(select(table(WebhookRow))).one()
    assert row.owner_told_at is not None
