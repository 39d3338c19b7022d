"""A conversation over HTTP that ends in time, however slowly the other side answers."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def deadline(seconds: float) -> Iterator[Callable[[str, Any], None]]:
    """Cut the connection after *seconds*: httpx bounds each read, not all of them together.

    Yields a listener for httpcore's trace. It keeps a twin of the socket, and shutting down the
    twin ends the connection under TLS as well.
    """
    twins: list[socket.socket] = []
    over = threading.Event()

    def listen(event: str, info: Any) -> None:  # noqa: ANN401 httpcore hands over what it has
        if event == "connection.connect_tcp.complete":
            twins.append(info["return_value"].get_extra_info("socket").dup())
            if over.is_set():
                cut()

    def cut() -> None:
        over.set()
        for twin in twins:
            with suppress(OSError):  # it was closed already: all the better
                twin.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield listen
    finally:
        timer.cancel()
        timer.join()
        for twin in twins:
            twin.close()
