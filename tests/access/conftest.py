"""The town that tests of access walk through: filled once, copied for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from access import town as towns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def _town_file(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Path:
    file = tmp_path_factory.mktemp("town") / "town.db"
    shutil.copyfile(_sqlite_template, file)
    towns.furnish(file)
    return file


@pytest.fixture
def town(tmp_path: Path, _town_file: Path) -> Iterator[towns.Town]:
    """The town, of this test alone."""
    file = tmp_path / "town.db"
    shutil.copyfile(_town_file, file)
    with towns.opened(f"sqlite:///{file}") as opened:
        yield opened
