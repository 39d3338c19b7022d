"""Whatever happens in a closed room, from outside everything stays as it was, to the byte."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from room_people import NOTE, REPORT, SIDE, document, let_in

PLACES = (
    "/cases?pageSize=100",
    "/cases?q=dijk&pageSize=100",
    "/signals?pageSize=100",
    "/search-results?q=e&pageSize=100",
    "/meetings",
    "/me",
    "/deliveries",
    "/cases/{case}",
    "/cases/{case}/signals",
    "/cases/{case}/parties",
    "/cases/{case}/confirmations",
    "/cases/{case}/transitions",
    "/cases/{case}/terms",
    "/cases/{case}/tasks",
    "/cases/{case}/history?pageSize=100",
    "/cases/{case}/early-warning",
    "/cases/{case}/rooms",
    "/cases/{case}/rooms/shared",
    "/cases/{case}/rooms/shared/contributions",
    "/cases/{case}/rooms/shared/history?pageSize=100",
    "/cases/{case}/rooms/shared/reads",
    f"/cases/{{case}}/rooms/{SIDE}",
    f"/cases/{{case}}/rooms/{SIDE}/contributions/N1",
)
OF_STRANGERS = (*PLACES[:4], *PLACES[-2:])
SEE_THE_CASE = ("holland", "secretariat", "mediator")
STRANGERS = ("utrecht", "administrator", "supervisor", "shut")
TABLES = ("outbox", "deliveries", "timers", "candidates", "signals", "terms", "cases", "counters")

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["note", "document", "signal", "propose", "decline", "withdraw", "destroy", "read"]
        ),
        st.integers(1, 4),
        st.text(min_size=1, max_size=8, alphabet="abcé dijk"),
    ),
    min_size=1,
    max_size=8,
)


def act(amsterdam, case, what, number, words):
    """Do one thing in the room; what cannot be is refused, and that may not show either."""
    there = f"/cases/{case}/rooms/{SIDE}"
    here = f"{there}/contributions"
    note = {**NOTE, "text": words}
    match what:
        case "note":
            amsterdam.post(here, note)
        case "document":
            amsterdam.post(here, document(words.encode(), f"{words}.pdf"))
        case "signal":
            amsterdam.post(f"/cases/{case}/signals", {**REPORT, "text": words, "room": SIDE})
        case "propose":
            wording = {"contribution": f"N{number}", "part": "view", "title": "Bod", "text": words}
            amsterdam.post(f"{there}/releases", wording)
        case "decline":
            amsterdam.post(f"{there}/releases/V{number}/decisions", {"approved": False})
        case "withdraw":
            amsterdam.post(f"{there}/releases/V{number}/withdrawals", {"note": words})
        case "destroy":
            amsterdam.post(f"{here}/N{number}/destructions", {"reason": words})
        case _:
            amsterdam.get(here)


def seen(door, case):
    """Return all that everybody outside gets to see, and what stands ready to be sent."""
    told = {}
    asked = [(person, place) for person in SEE_THE_CASE for place in PLACES]
    asked += [(person, place) for person in STRANGERS for place in OF_STRANGERS]
    for person, place in asked:
        answer = door.as_(person).get(place.format(case=case))
        told[person, place] = (answer.status_code, answer.content, answer.headers.get("etag"))
    with door.house.database.connect() as connection:
        for table in TABLES:
            told[table] = connection.execute(text(f"SELECT * FROM {table}")).fetchall()  # noqa: S608
    return told


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_nothing_outside_tells_that_something_happened_in_a_closed_room(door, acts):
    if "mediator" not in door.tokens:
        let_in(door.house, door.tokens, door.moment[0])
    case = door.open_case()
    door.post(f"/cases/{case}/appointments", {"office": "mediator", "appointee": "mediator"})
    amsterdam = door.as_("amsterdam")
    before = seen(door, case)
    for what, number, words in (("note", 1, "eerste"), *acts):
        act(amsterdam, case, what, number, words)
    room = amsterdam.get(f"/cases/{case}/rooms/{SIDE}").json()
    after = seen(door, case)
    assert {place for place in before if before[place] != after[place]} == set()
    # What comes next is numbered as if nothing had happened.
    shared = door.as_("holland").post(f"/cases/{case}/rooms/shared/contributions", NOTE)
    assert (shared.json()["id"], shared.headers["etag"]) == ("N1", '"3"')
    reported = door.as_("holland").post(f"/cases/{case}/signals", REPORT)
    assert reported.json()["id"] == "S2"
    assert amsterdam.get(f"/cases/{case}/rooms/{SIDE}").json() == room
