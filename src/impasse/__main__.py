"""`python -m impasse` is the command `impasse`."""

from __future__ import annotations

from impasse.cli.main import run

run()
