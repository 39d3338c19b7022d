"""`impasse doctor` looks at the providers by which people sign in, and at our own half."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from joserfc.jwk import RSAKey

from impasse.cli import main
from providers import running, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = RSAKey.generate_key(2048).as_pem(private=True)


@pytest.fixture
def examined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], dict[str, str]]:
    """Return what the doctor finds wrong, by what it looked at, in a house with providers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMPASSE_IDENTITY_PROVIDERS", str(tmp_path / "aanmelddiensten.toml"))
    (tmp_path / "client.pem").write_bytes(KEY)
    (tmp_path / "client.pem").chmod(0o600)

    def run(*arguments: str) -> str:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["impasse", *arguments])
        with pytest.raises(SystemExit):
            main.run()
        return capsys.readouterr().out

    def examine() -> dict[str, str]:
        if not (tmp_path / "impasse.db").exists():
            run("db", "upgrade")
        found = json.loads(run("doctor", "--format", "json"))
        return {one["what"]: one["words"] for one in found if not one["well"]}

    return examine


def test_a_provider_that_is_right_is_well_and_one_that_is_not_is_told_with_a_remedy(
    examined, tmp_path
):
    with running() as provider:
        written(tmp_path, {"amsterdam": provider.issuer})
        assert examined() == {}

        plain = {"scopes": ["openid", "profile"], "acr": "x", "acr_order": ["x"]}
        written(tmp_path, {"amsterdam": provider.issuer}, amsterdam=plain)
        assert "acr_values_supported noemt geen x" in examined()["aanmelddienst amsterdam"]

        written(tmp_path, {"amsterdam": provider.issuer}, amsterdam={"organisations": ["gm9999"]})
        assert "gm9999 staat niet in het register" in examined()["aanmelddienst amsterdam"]

        written(tmp_path, {"amsterdam": provider.issuer})
        (tmp_path / "client.pem").chmod(0o644)
        assert "chmod 600" in examined()["eigen sleutels"]
        (tmp_path / "client.pem").write_text("geen sleutel")
        assert "openssl genpkey" in examined()["eigen sleutels"]

        provider.told(wrong="issuer")
        assert "another issuer" in examined()["aanmelddienst amsterdam"]

    assert "geeft geen bruikbaar antwoord" in examined()["aanmelddienst amsterdam"]


def test_a_clock_that_runs_apart_is_told():
    from datetime import UTC, datetime

    from impasse.adapters.identity.examination import clock_faults

    at = datetime(2026, 10, 12, 9, 5, tzinfo=UTC)

    (fault,) = clock_faults("Mon, 12 Oct 2026 09:00:00 GMT", at)

    assert "300 seconden" in fault.nl
    assert not list(clock_faults("Mon, 12 Oct 2026 09:04:30 GMT", at))
    assert not list(clock_faults("", at))


def test_a_server_does_not_start_with_a_key_that_it_cannot_read(tmp_path):
    (tmp_path / "client.pem").write_text("geen sleutel")
    written(tmp_path, {"amsterdam": "https://login.example"})
    environment = {k: v for k, v in os.environ.items() if not k.startswith("IMPASSE_")}
    environment["IMPASSE_IDENTITY_PROVIDERS"] = str(tmp_path / "aanmelddiensten.toml")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    ended = subprocess.run(
        [sys.executable, "-m", "impasse", "serve", "--port", str(port)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert ended.returncode == 2
    assert "openssl genpkey" in ended.stderr
