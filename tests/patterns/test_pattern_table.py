"""The table of workflow patterns says what the tests show, and nothing more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patterns import table


def test_the_page_is_what_the_tests_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert table.main(["--check"]) == 0, capsys.readouterr().err


def test_a_claim_that_no_test_shows_is_refused(monkeypatch, tmp_path, capsys) -> None:
    claimed = tuple(replace(one, holds=table.YES) for one in table.PATTERNS)
    monkeypatch.setattr(table, "PATTERNS", claimed)
    assert table.main([]) == 1
    assert "WCP22 (ja): 0 negative tests" in capsys.readouterr().err


def test_a_page_that_is_out_of_date_is_named_and_then_written(
    monkeypatch, tmp_path, capsys
) -> None:
    monkeypatch.setattr(table, "PAGE", tmp_path / "patterns.md")
    assert table.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert table.main([]) == 0
    assert table.main(["--check"]) == 0


def test_a_test_can_only_show_a_pattern_that_there_is() -> None:
    with pytest.raises(ValueError, match="WCP99"):
        table.positive("WCP99")
