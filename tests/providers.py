"""Providers of OpenID Connect that run beside a test, and somebody who signs in there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).with_name("oidc_provider.py")
LIAISON = {"sub": "pairwise-1", "name": "Lotte de Vries", "groups": ["impasse-liaison"]}


class RunningProvider:
    """A provider that listens, and does as it is told."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def told(self, **what: Any) -> None:
        # As ASCII, so that half characters come across as well.
        httpx.post(f"{self.issuer}/told", content=json.dumps(what)).raise_for_status()

    @property
    def seen(self) -> dict[str, Any]:
        """What came in last, by endpoint."""
        return httpx.get(f"{self.issuer}/seen").json()["seen"]

    @property
    def asked(self) -> dict[str, int]:
        """How often each endpoint was asked."""
        return httpx.get(f"{self.issuer}/seen").json()["asked"]

    def logout_token(self, **claims: Any) -> str:
        return httpx.post(f"{self.issuer}/logout-token", json=claims).json()["token"]

    def sign_in(self, address: str) -> str:
        """Sign in at *address*; return the path and query of ours that the browser is sent to."""
        answer = httpx.get(address)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"


@contextmanager
def running(program: Path = PROGRAM, *arguments: str) -> Iterator[RunningProvider]:
    """Run a provider for a while."""
    process = subprocess.Popen(
        [sys.executable, str(program), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http"), "the provider did not start"
        yield RunningProvider(issuer)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def written(folder: Path, issuers: dict[str, str], **more: dict[str, Any]) -> Path:
    """Write the file of providers, each with plain settings but for *more* by its name."""
    lines = ["[client]", 'keys = ["client.pem"]']
    for name, issuer in issuers.items():
        values: dict[str, Any] = {
            "name": f"gemeente {name.capitalize()}",
            "issuer": issuer,
            "client_id": f"impasse-{name}",
            "organisations": ["gm0363"],
            "roles": {"impasse-liaison": "liaison_officer", "impasse-toezicht": "supervisor"},
            "claims": {"roles": "groups"},
        } | more.get(name, {})
        tables = {key: value for key, value in values.items() if isinstance(value, dict)}
        lines.append(f"[provider.{name}]")
        lines += [
            f"{key} = {json.dumps(value)}" for key, value in values.items() if key not in tables
        ]
        for table, content in tables.items():
            lines.append(f"[provider.{name}.{table}]")
            lines += [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in content.items()]
    file = folder / "aanmelddiensten.toml"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file
