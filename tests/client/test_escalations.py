"""A program reads escalations and answers them, guarded by what it read."""

from __future__ import annotations

from datetime import date

import pytest

from impasse.adapters.sql.outbox import SqlOutbox
from impasse.client import NotFound, WasChanged

DAY = date(2026, 3, 12)


def test_a_program_foresees_starts_answers_and_settles(client, door):
    with client("amsterdam") as ours, client("secretariat") as theirs:
        number = door.open_case()
        first, *_ = ours.foresee(number, "nieuw-signaal")
        assert {one.organisation for one in first.recipients} == {"gm0363", "pv27"}
        run = ours.start_escalation(number, "nieuw-signaal", key="k1")
        assert ours.start_escalation(number, "nieuw-signaal", key="k1").id == run.id == "E1"
        assert [one.id for one in theirs.escalations(open_only=True)] == ["E1"]
        read = theirs.escalation(number, "E1")
        taken = ours.acknowledge(run, "Wij bellen.", DAY)
        assert taken.acknowledgements[0].side == "gm0363"
        with pytest.raises(WasChanged):
            theirs.settle(read, "Klaar.")
        ended = theirs.settle(theirs.escalation(number, "E1"), "Klaar.")
        assert (ended.state, ended.ended_as) == ("ended", "settled")
        assert theirs.coming(ended) == []
        actions = [line.action for line in theirs.escalation_log(ended) if line.action]
        assert actions[0] == "escalation_started"
        assert actions[-1] == "escalation_ended"


def test_a_program_lets_an_escalation_rest_and_wakes_it(client, door):
    with client("amsterdam") as ours, client("utrecht") as strangers:
        number = door.open_case()
        run = ours.start_escalation(number, "nieuw-signaal")
        rests = ours.snooze(run, "Het college besluit donderdag.", DAY)
        assert rests.state == "snoozed"
        woken = ours.end_snooze(rests)
        assert woken.state == "running"
        with pytest.raises(ValueError, match="does not rest"):
            ours.end_snooze(woken)
        with pytest.raises(NotFound):
            strangers.escalation(number, "E1")
        assert list(strangers.escalations()) == []


def test_a_program_reads_what_its_person_was_told(client, door):
    with client("holland") as ours:
        number = door.open_case()
        door.post(f"/cases/{number}/escalations", {"policy": "nieuw-signaal"})
        SqlOutbox(door.house.database, door.house.notifying).spread(door.moment[0])
        told = [one for one in ours.notifications() if one.run == "E1"]
        assert told[0].case == number
        assert told[0].why.nl
        assert ours.mark_seen(told[0]).seen_at is not None
        assert [one.id for one in ours.escalations(mine=True)] == ["E1"]
