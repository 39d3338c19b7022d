"""Files that come along: from a checkout, and from an installed wheel."""

from __future__ import annotations

import pytest

from impasse.adapters.files import shipped as place
from impasse.adapters.files.shipped import shipped
from impasse.domain.errors import Unreadable


def test_in_a_checkout_they_lie_at_its_top_level():
    assert shipped("workflows").is_dir()
    assert shipped("config", "impasse.example.toml").is_file()
    assert (shipped("workflows").parent / "pyproject.toml").is_file()


def test_in_a_wheel_they_lie_inside_the_package(monkeypatch, tmp_path):
    inside = tmp_path / "shipped"
    (inside / "workflows").mkdir(parents=True)
    monkeypatch.setattr(place, "_IN_WHEEL", inside)
    assert shipped("workflows") == inside / "workflows"


def test_one_that_is_missing_is_told_with_its_place_and_remedy():
    with pytest.raises(Unreadable, match=r"no-such\.yaml: belongs to impasse but is missing; put"):
        shipped("config", "no-such.yaml")
