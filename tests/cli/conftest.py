"""What tests of the command line may ask for: a command, run in an empty folder."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from impasse.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Impasse = Callable[..., tuple[int, str, str]]


@pytest.fixture
def impasse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Impasse:
    """Run a command line in an empty folder; return its status, answer and complaint."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IMPASSE_LANGUAGE", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["impasse", *arguments])
        # What the test itself did before may have been told in log lines.
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main.run()
        captured = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return int(end.value.code), captured.out, captured.err

    return run
