"""A history that was tampered with shows where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.history import (
    ChainedEntry,
    broken_link,
    canonical,
    chain_hash,
    content_hash,
)

AT = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)


def a_chain(length: int) -> list[ChainedEntry]:
    """A sound chain of *length* entries."""
    entries: list[ChainedEntry] = []
    head = ""
    for seq in range(1, length + 1):
        content, salt = canonical({"text": f"regel {seq} é"}), f"{seq:016x}"
        hashed = content_hash(salt, content)
        head = chain_hash(
            head,
            subject="IMP-2026-0001",
            seq=seq,
            at=AT.isoformat(timespec="microseconds"),
            who="anna\npv27\nweb",
            what=f"event_recorded\n{hashed}",
        )
        entries.append(
            ChainedEntry(
                subject="IMP-2026-0001",
                seq=seq,
                at=AT,
                person="anna",
                organisation="pv27",
                origin="web",
                action="event_recorded",
                content=content,
                salt=salt,
                content_hash=hashed,
                hash=head,
            )
        )
    return entries


@given(length=st.integers(0, 12))
def test_a_sound_chain_has_no_broken_link(length: int) -> None:
    chain = a_chain(length)

    head = chain[-1].hash if chain else ""
    assert broken_link(chain, head=head, length=length) is None


@given(
    length=st.integers(1, 8),
    data=st.data(),
    change=st.sampled_from(
        ["content", "salt", "person", "organisation", "origin", "action", "hash", "at"]
    ),
)
def test_any_change_is_found_at_its_own_entry(
    length: int, data: st.DataObject, change: str
) -> None:
    chain = a_chain(length)
    head = chain[-1].hash
    place = data.draw(st.integers(0, length - 1))
    value: object = AT.replace(hour=10) if change == "at" else "0" * 64
    chain[place] = replace(chain[place], **{change: value})  # type: ignore[arg-type]

    assert broken_link(chain, head=head, length=length) == place + 1


@given(length=st.integers(2, 8), data=st.data())
def test_an_entry_that_was_taken_out_is_missed(length: int, data: st.DataObject) -> None:
    chain = a_chain(length)
    head = chain[-1].hash
    place = data.draw(st.integers(0, length - 1))
    del chain[place]

    assert broken_link(chain, head=head, length=length) == place + 1


def test_a_chain_rewritten_whole_does_not_hang_from_its_head() -> None:
    head = a_chain(4)[-1].hash

    assert broken_link(a_chain(3), head=head, length=3) == 3


def test_canonical_json_has_one_form_and_no_numbers_that_are_none() -> None:
    assert canonical({"b": 1, "a": [True, None, "é"]}) == '{"a":[true,null,"é"],"b":1}'
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"a": float("nan")})
