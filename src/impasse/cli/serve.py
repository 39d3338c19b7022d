"""`impasse serve` and `impasse worker`: the whole product, or only its clock and outbox."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from impasse.cli.answer import words
from impasse.domain.errors import Unavailable
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.adapters.scheduler import Tick
    from impasse.settings import Settings
    from impasse.wiring import House


def serve(
    *,
    host: Annotated[
        str | None, typer.Option(help=words("Adres om op te luisteren.", "Address to listen at."))
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help=words("Poort om op te luisteren.", "Port to listen at.")
        ),
    ] = None,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            help=words(
                "Met demonstratiegegevens en -personen.", "With demonstration data and persons."
            ),
        ),
    ] = False,
) -> None:
    """Start web, API, clock and outbox in one process.

    Raises `Unavailable` when the port is taken or another process owns the database.
    """
    import uvicorn

    from impasse.api.no_http import PlainHttp
    from impasse.asgi import create_app
    from impasse.settings import load_settings

    settings = load_settings()
    changes = {k: v for k, v in (("host", host), ("port", port)) if v is not None}
    if demo:
        changes["allow_private_webhooks"] = True
    settings = settings.model_copy(update=changes)
    listener = _listen(settings.host, settings.port)
    with listener, _house(settings, "serve", demo=demo) as (house, tick):
        # A key that cannot be read would otherwise show only when somebody signs in.
        house.providers.own_keys()
        app = create_app(house, demo=demo, tick=tick)
        shown = f"http://{settings.host}:{settings.port}"
        sys.stderr.write(f"impasse: {shown}\n")
        config = uvicorn.Config(
            app,
            http=PlainHttp,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
        )
        # Uvicorn shuts down in good order and then raises the signal again: that one is answered.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        uvicorn.Server(config).run(sockets=[listener])


def worker() -> None:
    """Start clock and outbox only; on PostgreSQL as many as you like."""
    from impasse.settings import load_settings

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _house(load_settings(), "worker", demo=False) as (_, tick):
        tick.start()
        sys.stderr.write("impasse: worker\n")
        stop.wait()
        tick.stop()


@contextmanager
def _house(settings: Settings, what: str, *, demo: bool) -> Iterator[tuple[House, Tick]]:
    """Open the house as the one process that owns its database, and close it again."""
    from impasse.adapters.logs import configure
    from impasse.adapters.sql.ownership import claim
    from impasse.wiring import build, build_inbound, build_tick, prepare

    configure(settings.log_format, settings.log_level)
    with claim(settings.database_url, what):
        if demo:
            from impasse.simulation.demonstration import adopt_as_then

            adopt_as_then(settings)
        prepare(settings)
        if demo:
            from impasse.simulation.demonstration import demonstrate

            sys.stderr.write(
                words(
                    "impasse: de demonstratie wordt klaargezet (eerste keer enkele seconden)\n",
                    "impasse: preparing the demonstration (some seconds the first time)\n",
                )
            )
            # Years of history pass here; their log lines belong to nobody's today.
            configure(settings.log_format, "warning")
            demonstrate(settings)
            configure(settings.log_format, settings.log_level)
        house = build(settings)
        try:
            inbound = build_inbound(house)
            try:
                inbound.start()
                yield house, build_tick(house)
            finally:
                inbound.stop()
        finally:
            house.close()


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, or say that the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise Unavailable(
            Text(
                f"Op {host} poort {port} kan impasse niet luisteren: {error.strerror}. "
                "Stop het andere programma, of kies een andere poort met --port.",
                f"impasse cannot listen at {host} port {port}: {error.strerror}. "
                "Stop the other program, or choose another port with --port.",
            )
        ) from error
    return listener
