"""A limit on a conversation over sockets of our own, however slowly the other side answers."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class TimeLimit:
    """The connections that are cut when time is up, and whether it is."""

    def __init__(self) -> None:
        self._twins: list[socket.socket] = []
        self._over = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether time is up: whatever was not finished by now has failed because of that."""
        return self._over.is_set()

    def watch(self, connection: socket.socket) -> None:
        """Cut *connection* too, when time is up.

        A twin of the socket is kept, and shutting down the twin ends the connection under TLS as
        well.
        """
        self._twins.append(connection.dup())
        if self.is_over:
            self.cut()

    def cut(self) -> None:
        """End every connection that is watched, now."""
        self._over.set()
        for twin in self._twins:
            with suppress(OSError):  # it was closed already: all the better
                twin.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        """Close the twins: the connections are their owners' again."""
        for twin in self._twins:
            twin.close()


@contextmanager
def time_limit(seconds: float) -> Iterator[TimeLimit]:
    """Cut what is watched after *seconds*: libraries bound each read, not all of them together."""
    limit = TimeLimit()
    timer = threading.Timer(seconds, limit.cut)
    timer.daemon = True
    timer.start()
    try:
        yield limit
    finally:
        timer.cancel()
        timer.join()
        limit.let_go()
