"""E-mail that came in, at the doors of the administrator: judged and settled without being read."""

from __future__ import annotations

from impasse.adapters.mail.letterbox import Envelope, Letterbox
from impasse.adapters.mail.reply_addresses import ReplyAddresses
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import person
from impasse.wiring import build_filing


def _mail(door, number: int = 1, who: str = "amsterdam") -> str:
    """Let somebody unknown write to a reply address of *who*; return its number."""
    house = door.house
    case = door.open_case()
    addresses = ReplyAddresses("post.example", lambda *_: True)
    with writing(house.database) as connection:
        to = addresses.address_for(
            connection, person(house.database, who), case, door.house.clock()
        )
    raw = b"From: x@elders.example\nSubject: geheim\nMessage-ID: <%d@e>\n\nTot tien.\n" % number
    found = Letterbox(house.database).receive(Envelope("x@e.example", (to,)), raw, house.clock())
    build_filing(house).settle_due()
    return found[0]


def test_an_administrator_judges_by_what_stands_around_it_and_releases(door):
    number = _mail(door)
    administrator = door.as_("administrator")
    listed = administrator.get("/inbound-mails")
    assert [one["id"] for one in listed.json()["items"]] == [number]
    assert listed.json()["items"][0]["person"] == "amsterdam"
    for secret in ("geheim", "Tot tien", "IMP-"):
        assert secret not in listed.text
    place = f"/inbound-mails/{number}"
    for _ in range(2):
        made = administrator.post(f"{place}/releases", {}, Idempotency_Key="one")
        assert made.status_code == 201, made.text
    assert made.json()["state"] == "filed"
    assert administrator.post(f"{place}/releases", {}).status_code == 409
    assert administrator.get("/inbound-mails?state=filed").json()["items"][0]["id"] == number


def test_a_discard_wants_a_reason_and_is_for_good(door):
    place = f"/inbound-mails/{_mail(door)}"
    administrator = door.as_("administrator")
    assert administrator.post(f"{place}/discards", {"reason": " "}).status_code == 400
    gone = administrator.post(f"{place}/discards", {"reason": "Reclame."})
    assert (gone.status_code, gone.json()["note"]) == (201, "Reclame.")
    assert administrator.post(f"{place}/discards", {"reason": "Nog eens."}).status_code == 409
    assert administrator.post(f"{place}/releases", {}).status_code == 409


def test_nobody_else_comes_near_and_what_is_not_there_is_404(door):
    place = f"/inbound-mails/{_mail(door)}"
    for who in ("secretariat", "amsterdam"):
        assert door.as_(who).get("/inbound-mails").status_code == 403
        assert door.as_(who).post(f"{place}/releases", {}).status_code == 403
    for number in ("em_none", "%00", "%F0%9F%98%80"):
        assert door.as_("administrator").get(f"/inbound-mails/{number}").status_code == 404


def test_pages_follow_each_other_without_gaps(door):
    numbers = {_mail(door, n) for n in range(5)}
    found: list[str] = []
    page = door.as_("administrator").get("/inbound-mails?pageSize=2").json()
    while True:
        found += [one["id"] for one in page["items"]]
        if page["links"]["next"] is None:
            break
        following = page["links"]["next"].removeprefix("/api/v1")
        page = door.as_("administrator").get(following).json()
    assert len(found) == 5
    assert set(found) == numbers
