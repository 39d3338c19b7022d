"""A case as JSON to keep elsewhere: what the acting person may see, and nothing else."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from impasse.domain.rooms import ContributionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from impasse.adapters.sql.rooms import RoomViews
    from impasse.adapters.sql.views import Views
    from impasse.domain.case import Case
    from impasse.domain.history import ChainedEntry
    from impasse.domain.people import Actor
    from impasse.domain.rooms import Contribution, Release, Room

FORMAT = "impasse-case-1"
"""The name of this form, for who reads it in later years."""

_PAGE = 200


def case_archive(views: Views, rooms: RoomViews, actor: Actor, number: str) -> dict[str, Any]:
    """Return the case with its history, and each room that *actor* may enter.

    Files are named with their hash, not brought along; who wrote is named by organisation. That a
    closed room was read is written down there. Raises `NotFound` for a case that does not exist for
    *actor*.
    """
    case = views.case(actor, number)
    return {
        "format": FORMAT,
        "case": _case(case),
        "terms": [_plain(term) for term in views.terms(case.id)],
        "history": [_entry(entry) for entry in views.history(case.id)],
        "rooms": [
            _room(rooms, actor, case, line.room)
            for line in rooms.rooms(actor, case)
            if line.revision
        ],
    }


def _case(case: Case) -> dict[str, Any]:
    parts = _plain(case)
    # What follows from the rest, or is ours alone, is no part of the record.
    for name in ("left", "history_head", "history_length"):
        del parts[name]
    return parts


def _room(rooms: RoomViews, actor: Actor, case: Case, room: Room) -> dict[str, Any]:
    return {
        "id": room.id,
        "kind": room.kind.value,
        "organisation": room.organisation,
        "contributions": _all(rooms, actor, case, room),
        "releases": [_release(one) for one in _releases(rooms, actor, case, room)],
        "history": [_entry(entry) for entry in rooms.history(actor, case, room)]
        if room.confidential
        else [],
    }


def _all(rooms: RoomViews, actor: Actor, case: Case, room: Room) -> list[dict[str, Any]]:
    found: list[Contribution] = []
    while page := rooms.contributions(
        actor, case, room, after=found[-1].position if found else 0, limit=_PAGE
    ):
        found += page
    # An assessment of conflict escalation never leaves its room; its hash is in the history.
    kept = (one for one in found if one.kind is not ContributionKind.CONFLICT_ASSESSMENT)
    return [_contribution(one) for one in kept]


def _releases(rooms: RoomViews, actor: Actor, case: Case, room: Room) -> Sequence[Release]:
    found: list[Release] = []
    while page := rooms.releases(
        actor, case, room, after=found[-1].position if found else 0, limit=_PAGE
    ):
        found += page
    return found


def _contribution(one: Contribution) -> dict[str, Any]:
    parts = _plain(one)
    del parts["room"], parts["salt"], parts["person"]
    return parts


def _release(one: Release) -> dict[str, Any]:
    parts = _plain(one)
    del parts["room"], parts["salt"], parts["proposed_by"], parts["decided_by"]
    return parts


def _entry(entry: ChainedEntry) -> dict[str, Any]:
    parts = _plain(entry)
    parts["content"] = json.loads(entry.content) if entry.content else None
    del parts["salt"], parts["person"]
    return parts


def _plain(one: Any) -> dict[str, Any]:  # noqa: ANN401 a dataclass
    """Return a dataclass as JSON knows it: days and instants as ISO 8601 writes them."""
    whole: dict[str, Any] = json.loads(json.dumps(_mapped(asdict(one)), default=_written))
    return whole


def _mapped(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {str(key): _mapped(inner) for key, inner in value.items()}
    return [_mapped(inner) for inner in value] if isinstance(value, list | tuple) else value


def _written(value: Any) -> Any:  # noqa: ANN401
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
