"""Everything that somebody gets to see of the house, as bytes to search and to compare."""

from __future__ import annotations

import re
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO
from typing import TYPE_CHECKING
from zipfile import ZipFile, is_zipfile

import pytest

from access.doors import Door, doors, filled, values_of
from access.town import METRICS_TOKEN
from impasse import wiring
from impasse.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from httpx2 import Response

    from access.town import Town

OF_THE_MOMENT = (
    # A form has a number of its own, by which sending it twice is noticed.
    (re.compile(rb'name="sleutel" value="[^"]*"'), b'name="sleutel"'),
    # The order of cookies says nothing; the visitor without one gets another secret each time.
    (re.compile(rb"impasse-bezoek=[^;]*"), b"impasse-bezoek"),
)
"""What differs between two answers to the same question, and why that tells nobody anything."""

ROOMS = ("shared", "side", "caucus", "mediator")
DEAR = ("/simulatie", "/simulation")
"""Addresses that reckon long with numbers that no case has a part in."""


def looks(town: Town, key: str) -> dict[str, bytes]:
    """Return everything that *key* ("" for nobody) gets by reading: pages, API, feed, numbers."""
    client = town.browser(key)
    found = {}
    for door in doors():
        if door.changes or door.path.endswith(DEAR):
            continue
        for values in _values(town, door, key):
            address = filled(door.path, values)
            if door.is_api:
                answer = town.api(key, "GET", address.removeprefix("/api/v1"))
            elif door.path == "/metrics":
                answer = client.get(address, headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
            else:
                answer = client.get(address)
            found[f"GET {address}"] = as_bytes(answer)
    return found


def _values(town: Town, door: Door, key: str) -> Iterator[Mapping[str, str]]:
    """Yield what to fill in: for an address of a room, every room there is."""
    values = values_of(town, door, key)
    if "{kamer}" not in door.path and "{room}" not in door.path:
        yield values
        return
    for room in ROOMS:
        its = values[f"room:{room}"] if room != "shared" else room
        for number in ("N1", "D2") if "bijdrage}" in door.path or "bution}" in door.path else ("",):
            chosen = {"contribution": number, "bijdrage": number} if number else {}
            yield {**values, "room": its, "kamer": its, **chosen}


def as_bytes(answer: Response) -> bytes:
    """Return status, headers and body as one piece, without what is of the moment."""
    headers = sorted(
        f"{name}: {value}" for name, value in answer.headers.multi_items() if name != "date"
    )
    whole = "\n".join([str(answer.status_code), *headers, ""]).encode() + b"".join(
        inside(answer.content)
    )
    for pattern, put in OF_THE_MOMENT:
        whole = pattern.sub(put, whole)
    return whole


def inside(body: bytes) -> Iterator[bytes]:
    """Yield *body*, and names and content of what is packed in it."""
    yield body
    if is_zipfile(BytesIO(body)):
        with ZipFile(BytesIO(body)) as packed:
            for name in packed.namelist():
                yield name.encode()
                yield from inside(packed.read(name))


def told(town: Town, *arguments: str) -> bytes:
    """Return what a command tells the operator, on both streams, with its exit status."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("IMPASSE_DATABASE_URL", town.url)
        patch.setattr("sys.argv", ["impasse", *arguments])
        patch.setattr(wiring.build, "__kwdefaults__", {"clock": town.house.clock})
        with pytest.raises(SystemExit) as end:
            main.run()
    return f"{end.value.code}\n{out.getvalue()}\n{err.getvalue()}".encode()


def commands(town: Town, key: str) -> list[tuple[str, ...]]:
    """Return the commands that read for *key*, with all that can be asked of closed rooms."""
    case, by = town.case, ("--by", key)
    found: list[tuple[str, ...]] = [
        ("digest", key, "--since", "2026-09-01"),
        ("export", "calendar", *by),
        ("export", "case", case, *by),
        ("export", "events", *by),
        ("room", "list", case, *by, "--format", "json"),
        ("search", "kanarie", *by, "--format", "json"),
        ("disclosure", "list", case, *by),
        ("disclosure", "objective-part", case, *by, "--format", "json"),
        ("hold", "list", case, *by),
    ]
    for room in (town.side, town.caucus, town.mediators):
        found += [("room", what, case, room.id, *by) for what in ("show", "history", "reads")]
    return found


def plain_commands(town: Town) -> list[tuple[str, ...]]:
    """Return the commands that read for whoever has the machine."""
    found = [
        ("case", "show", town.case),
        ("early-warning", "show", town.case),
        ("agenda", "show", town.meeting),
        ("user", "list"),
        ("retention", "list"),
    ]
    found += [(*one, "--format", "json") for one in found]
    return [*found, ("audit", "terms"), ("audit", "ledger"), ("doctor",)]
