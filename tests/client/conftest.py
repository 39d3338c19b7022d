"""The REST door of the tests of the API, and clients that knock on it."""

from __future__ import annotations

import httpx
import pytest

from api.conftest import _furnished, door
from impasse.client import Impasse

__all__ = ["_furnished", "door"]


class ToTheDoor:
    """Hands a request to the door in this process, and keeps count."""

    def __init__(self, door):
        self._client = door.client
        self.sent = []
        self.lost = 0
        """So many of the next answers get lost on their way."""

    def __call__(self, request):
        self.sent.append(request)
        answer = self._client.request(
            request.method,
            str(request.url).removeprefix("https://impasse.example.org"),
            content=request.read(),
            headers=dict(request.headers),
        )
        if self.lost:
            self.lost -= 1
            raise httpx.ReadError("the answer got lost")
        headers = [(k, v) for k, v in answer.headers.items() if k != "content-length"]
        return httpx.Response(answer.status_code, headers=headers, content=answer.content)


@pytest.fixture
def transport(door):
    """What carries requests to the door."""
    return ToTheDoor(door)


@pytest.fixture
def waits(door):
    """How long the client waited; the clock of the house goes on meanwhile."""
    return []


@pytest.fixture
def client(door, transport, waits):
    """Return a client for somebody."""
    from datetime import timedelta

    def sleep(seconds):
        waits.append(seconds)
        door.moment[0] += timedelta(seconds=seconds)

    def of(person, **other):
        token = other.pop("token", door.tokens.get(person))
        address = "https://impasse.example.org"
        return Impasse(
            address, token, transport=httpx.MockTransport(transport), sleep=sleep, **other
        )

    return of
