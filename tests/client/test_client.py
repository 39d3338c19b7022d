"""The Python client against the real door: typed answers, patience, and once only."""

from __future__ import annotations

from datetime import date

import pytest

from impasse.adapters.pace import Pace
from impasse.client import (
    Conflict,
    Impasse,
    InvalidRequest,
    NewSignal,
    NotAllowed,
    NotFound,
    Problem,
    TooFast,
    Unauthenticated,
    Unavailable,
    Unreachable,
    WasChanged,
)

SIGNAL = NewSignal(
    indicator="A1", reliability="document", happened_on=date(2026, 2, 20), organisation="gm0363"
)


def a_case(impasse: Impasse, title: str = "Wie betaalt de dijk?"):
    return impasse.open_case(title, ["gm0363", "pv27"], signals=[SIGNAL])


def test_a_dispute_is_flagged_followed_and_resolved(client):
    with client("amsterdam") as amsterdam, client("holland") as holland:
        assert amsterdam.me().organisation == "gm0363"
        case = a_case(amsterdam)
        assert (case.stage.name, case.parties[1].organisation) == ("signal", "pv27")
        seen = holland.report_signal(
            case.id,
            NewSignal(indicator="U1", reliability="document", happened_on=date(2026, 3, 1)),
        )
        assert seen.organisation == "pv27"
        assert [signal.id for signal in holland.signals(case=case.id)] == ["S1", "S2"]
        assert any(move.trigger == "resolve_early" for move in amsterdam.moves(case.id))
        with pytest.raises(Conflict) as refused:
            amsterdam.move(case.id, "resolve_early")
        assert refused.value.lacks
        case = amsterdam.record_event(case.id, "Gesproken in Lelystad", date(2026, 3, 1))
        done = amsterdam.move(case, "resolve_early", note="Wij zijn het eens geworden.")
        assert done.status == "closed"
        assert next(holland.history(case.id)).action == "case_opened"
        assert next(iter(holland.cases(status=["closed"], q="dijk"))).id == case.id
        assert list(amsterdam.cases(status=["open"])) == []


def test_pages_are_fetched_only_when_they_are_asked_for(client, transport):
    with client("amsterdam") as impasse:
        governments = impasse.organisations(layer="municipality")
        assert transport.sent == []
        first = [next(governments) for _ in range(25)]
        assert len(transport.sent) == 1
        assert next(governments).id > first[-1].id
        assert len(transport.sent) == 2


def test_a_change_whose_answer_was_lost_is_made_once(client, transport, waits):
    with client("amsterdam") as impasse:
        transport.lost = 2
        case = a_case(impasse)
        assert waits == [1, 2]
        assert len({request.headers["idempotency-key"] for request in transport.sent}) == 1
        assert [one.id for one in impasse.cases()] == [case.id]
        transport.lost = 4
        with pytest.raises(Unreachable):
            impasse.me()
        same = impasse.open_case("Wie?", ["gm0363", "pv27"], key="mijn-sleutel")
        assert impasse.open_case("Wie?", ["gm0363", "pv27"], key="mijn-sleutel").id == same.id


def test_a_client_that_goes_too_fast_waits_as_long_as_it_is_asked_to(client, door, waits):
    with client("amsterdam") as impasse:
        case = a_case(impasse)
        door.client.app.routes[0].app.state.writers = Pace(2)
        for _ in range(3):
            impasse.record_event(case.id, "Gesproken", date(2026, 3, 1))
        assert waits == [30]
        door.client.app.routes[0].app.state.writers = slow = Pace(1)
        slow.wait("amsterdam", door.moment[0])
        impasse.connection._sleep = waits.append
        with pytest.raises(TooFast) as refused:
            impasse.record_event(case.id, "Gesproken", date(2026, 3, 1))
        assert refused.value.retry_after == 60


def test_what_is_not_there_for_long_is_told(client, door, waits, monkeypatch):
    from impasse.domain.errors import Unavailable as Gone
    from impasse.domain.text import Text

    def gone(*_):
        raise Gone(Text("Weg.", "Gone."))

    monkeypatch.setattr(type(door.house.views), "case", gone)
    with client("amsterdam") as impasse, pytest.raises(Unavailable):
        impasse.case("IMP-2026-0001")
    assert waits == [5, 5, 5]


def test_nobody_overwrites_what_another_changed_meanwhile(client):
    with client("amsterdam") as amsterdam, client("holland") as holland:
        case = a_case(amsterdam)
        assert amsterdam.again(case) is case
        holland.record_event(case.id, "Gebeld", date(2026, 3, 1))
        with pytest.raises(WasChanged):
            amsterdam.record_event(case, "Gesproken", date(2026, 3, 1))
        case = amsterdam.again(case)
        assert case.revision == 2
        assert amsterdam.record_event(case, "Gesproken", date(2026, 3, 1)).revision == 3
        confirmed = amsterdam.confirm(case.id, "view", note="Gemaal is van ons.")
        assert confirmed.revision == 4
        [one] = amsterdam.confirmations(case.id)
        assert (one.kind, one.organisation) == ("view", "gm0363")


def test_every_refusal_has_an_exception_of_its_own_with_all_that_was_told(client):
    with client("amsterdam", language="en") as impasse:
        with pytest.raises(InvalidRequest) as invalid:
            impasse.open_case("", ["gm0363"], signals=[NewSignal(
                indicator="Z9", reliability="document", happened_on=date(2026, 3, 1))])  # fmt: skip
        assert {fault.pointer for fault in invalid.value.faults} >= {"/title", "/parties"}
        with pytest.raises(NotFound, match="does not exist"):
            impasse.case("IMP-2026-0099")
        with pytest.raises(NotAllowed):
            impasse.connection.get("/migrations")
        with pytest.raises(Problem) as strange:
            impasse.connection.get("/cases", {"noSuchKey": True})
        assert strange.value.type == "/api/v1/problem-types/invalid"
        with pytest.raises(NotFound):
            impasse.case("../webhooks")
    with client("nobody", token="imp_nonsense") as stranger, pytest.raises(Unauthenticated):
        stranger.me()


def test_a_webhook_is_added_looked_at_and_removed(client):
    with client("amsterdam") as impasse:
        made = impasse.add_webhook("https://hooks.example.org/", ["stage-changed"], key="h")
        again = impasse.add_webhook("https://hooks.example.org/", ["stage-changed"], key="h")
        assert made.secret == again.secret
        assert [hook.id for hook in impasse.webhooks()] == [made.id]
        assert list(impasse.deliveries(webhook=made.id)) == []
        turned = impasse.rotate_secret(made, keep_old_hours=1)
        assert turned.secret != made.secret
        assert turned.old_secret_until
        assert impasse.start_webhook(made).active
        assert impasse.replay_all(webhook=made.id) == 0
        with pytest.raises(NotFound):
            impasse.replay(1)
        [made] = impasse.webhooks()
        impasse.remove_webhook(made)
        with pytest.raises(NotFound):
            impasse.remove_webhook(made.id)


def test_no_other_host_is_sent_the_token(client, transport):
    with client("amsterdam") as impasse:
        for place in ("/api/v1@evil.example.org/", "/api/v1/../../x"):
            with pytest.raises(NotFound):
                impasse.connection.get(place)
        assert {request.url.host for request in transport.sent} == {"impasse.example.org"}
