"""A conversation over HTTP that ends in time, however slowly the other side answers."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Cord:
    """Holds on to the socket of a connection that may be kept, and can cut it.

    httpx bounds each read, not all of them together. `listen` is a listener for httpcore's trace:
    it keeps a twin of the socket, and shutting down the twin ends the connection under TLS as well.
    """

    def __init__(self) -> None:
        self._twins: list[socket.socket] = []
        self._over = threading.Event()

    @property
    def is_cut(self) -> bool:
        """Whether the time was over: the connection is of no use any more."""
        return self._over.is_set()

    def listen(self, event: str, info: Any) -> None:  # noqa: ANN401 httpcore hands over what it has
        """Keep the socket of each connection that is made."""
        if event == "connection.connect_tcp.complete":
            self._twins.append(info["return_value"].get_extra_info("socket").dup())
            if self._over.is_set():
                self.cut()

    def cut(self) -> None:
        """End the connection now."""
        self._over.set()
        for twin in list(self._twins):
            with suppress(OSError):  # it was closed already: all the better
                twin.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut the connection when what happens meanwhile takes longer than *seconds*."""
        timer = threading.Timer(seconds, self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def let_go(self) -> None:
        """Let go of the sockets."""
        for twin in self._twins:
            twin.close()
        self._twins.clear()


@contextmanager
def deadline(seconds: float) -> Iterator[Callable[[str, Any], None]]:
    """Cut the connection after *seconds*; yields the listener for httpcore's trace."""
    cord = Cord()
    try:
        with cord.within(seconds):
            yield cord.listen
    finally:
        cord.let_go()
