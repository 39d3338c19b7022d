"""The page about the client tells the truth: its examples run, in order, against a server."""

from __future__ import annotations

import re
import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn

from impasse import client
from impasse.asgi import create_app

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "python-client.md").read_text("utf-8")
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture
def address(door):
    """Where a server listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(create_app(door.house), log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def test_the_examples_run(door, address, monkeypatch, capsys):
    monkeypatch.setenv("TOKEN", door.tokens["amsterdam"])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    names: dict[str, object] = {}
    for example in EXAMPLE.findall(PAGE):
        exec(example.replace("http://127.0.0.1:8000", address), names)  # noqa: S102 our own page
    names["impasse"].connection.close()
    told = capsys.readouterr().out
    assert "gm0363" in told
    assert "IMP-2026-0001 /api/v1/cases/IMP-2026-0001" in told
    assert "Nog nodig: " in told


def test_every_exception_stands_in_the_table():
    problems = {
        name
        for name in client.__all__
        if isinstance(getattr(client, name), type) and issubclass(getattr(client, name), Exception)
    }
    assert all(f"`{name}`" in PAGE for name in problems)
