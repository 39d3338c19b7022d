"""What a run keeps of its policy is the whole policy, and damage is said."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.errors import Unreadable
from impasse.domain.escalation_policy import (
    Answering,
    EndsWhen,
    EscalationPolicy,
    GroupTarget,
    Level,
    MeetingTarget,
    OnEmpty,
    PersonTarget,
    RankTarget,
    Repeat,
    RoleTarget,
    RotaTarget,
    Side,
    Trip,
    WebhookTarget,
    WorkingHours,
)
from impasse.domain.length import Length, Unit
from impasse.domain.people import Rank, Role
from impasse.domain.policy_snapshot import as_json, from_json
from impasse.domain.text import Text

words = st.text(max_size=20)
texts = st.builds(Text, words, words)
lengths = st.builds(Length, st.integers(1, 999_999), st.sampled_from(Unit))
sides = st.sampled_from(Side)
targets = st.one_of(
    st.builds(PersonTarget, words),
    st.builds(RoleTarget, st.sampled_from(Role), sides, words),
    st.builds(RankTarget, st.sampled_from(Rank), sides),
    st.builds(RotaTarget, words),
    st.builds(GroupTarget, words),
    st.builds(WebhookTarget, words),
    st.builds(MeetingTarget, words),
)
levels = st.builds(
    Level,
    words,
    texts,
    st.none() | lengths,
    st.lists(targets, max_size=3).map(tuple),
    st.sampled_from(Answering),
    st.sampled_from(OnEmpty),
    st.none() | lengths,
    st.none() | texts,
    st.booleans(),
)
counts = st.integers(0, 99)
trips = st.builds(Trip, counts, texts, st.frozensets(words, max_size=3), st.none() | lengths)
times = st.times(timezones=st.none()).map(lambda t: time(t.hour, t.minute))
policies = st.builds(
    EscalationPolicy,
    words,
    words,
    texts,
    st.frozensets(words, max_size=3),
    st.sampled_from(EndsWhen),
    words,
    st.lists(levels, max_size=3).map(tuple),
    lengths,
    lengths,
    counts,
    counts,
    st.none() | st.builds(Repeat, counts, counts, lengths),
    st.lists(trips, max_size=2).map(tuple),
    st.builds(WorkingHours, times, times),
)


@given(policies)
def test_a_policy_comes_back_from_its_snapshot_as_it_was(policy: EscalationPolicy) -> None:
    assert from_json(json.loads(json.dumps(as_json(policy)))) == policy


@given(policies, st.data())
def test_a_damaged_snapshot_is_said_to_be_unreadable_or_read(
    policy: EscalationPolicy, data: st.DataObject
) -> None:
    kept: dict[str, Any] = json.loads(json.dumps(as_json(policy)))
    key = data.draw(st.sampled_from(sorted(kept)))
    if data.draw(st.booleans()):
        del kept[key]
        with pytest.raises(Unreadable):
            from_json(kept)
        return
    kept[key] = data.draw(st.none() | st.integers() | words | st.lists(words) | st.just({}))
    with suppress(Unreadable):
        from_json(kept)
