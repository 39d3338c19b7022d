"""Of each policy one version is in force, whoever adopted it; what was adopted never changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from builders import MONDAY
from impasse.adapters.files.escalation import PolicyProblems
from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.policies import AdoptedPolicies, adopt_shipped
from impasse.domain.errors import Conflict, Invalid, NotFound, StaleRevision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine

LATER = MONDAY + timedelta(hours=1)


def policy(version: str, *, name: str = "proef", title: str = "Proef") -> str:
    return f"""
format: 1
name: {name}
version: "{version}"
title: {{nl: {title}, en: Trial}}
starts_on: [signal-reported]
fallback: secretariaat
acknowledge: {{at_most: 5 working days}}
snooze: {{at_most: 5 working days}}
levels:
  - name: eerst
    label: {{nl: Eerst, en: First}}
    to: [{{role: liaison_officer}}]
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def policies(database: Engine) -> AdoptedPolicies:
    return AdoptedPolicies(database)


def adopt(policies: AdoptedPolicies, version: str, *, title: str = "Proef") -> bool:
    return policies.adopt_text(policy(version, title=title), "x", by="anna", at=MONDAY).new


def in_force(policies: AdoptedPolicies) -> list[str]:
    return [one.version for one in policies.list() if one.in_force and one.name == "proef"]


def test_another_process_follows_what_was_adopted(
    database: Engine, policies: AdoptedPolicies
) -> None:
    elsewhere = AdoptedPolicies(database)
    assert "proef" not in elsewhere.in_force()
    adopt(policies, "1")
    assert elsewhere.in_force()["proef"].version == "1"
    adopt(policies, "2")
    assert elsewhere.in_force()["proef"].version == "2"
    assert elsewhere.get("proef", "1").version == "1"


def test_a_version_is_adopted_once_and_can_come_back(policies: AdoptedPolicies) -> None:
    assert adopt(policies, "1")
    assert not adopt(policies, "1")
    assert adopt(policies, "2")
    assert adopt(policies, "1")
    assert in_force(policies) == ["1"]
    assert [one.version for one in policies.versions("proef")] == ["1", "2"]


def test_the_same_version_with_other_words_is_refused(policies: AdoptedPolicies) -> None:
    adopt(policies, "1")
    with pytest.raises(Conflict, match="new version number"):
        adopt(policies, "1", title="Anders")
    assert policies.get("proef", "1").title.nl == "Proef"


def test_who_looked_at_an_older_version_hears_that_another_was_first(
    policies: AdoptedPolicies,
) -> None:
    adopt(policies, "1")
    policies.adopt_text(policy("2"), "x", by="anna", at=LATER, over="1")
    with pytest.raises(StaleRevision, match="2 is by now"):
        policies.adopt_text(policy("3"), "x", by="ben", at=LATER, over="1")
    assert in_force(policies) == ["2"]


def test_of_adoptions_at_the_same_moment_one_is_in_force(policies: AdoptedPolicies) -> None:
    with ThreadPoolExecutor() as threads:
        done = list(threads.map(lambda number: adopt(policies, str(number)), range(6)))
    assert all(done)
    assert len(in_force(policies)) == 1
    assert len(policies.versions("proef")) == 6


def test_weighing_changes_nothing_and_warns_of_another_that_starts_on_the_same(
    policies: AdoptedPolicies,
) -> None:
    adopt(policies, "1")
    weighed = policies.weigh(policy("1", name="tweede"), "x", by="anna")
    assert weighed.new
    assert "'proef' starts on signal-reported too" in weighed.warnings[-1].text.en
    assert "tweede" not in policies.in_force()


def test_what_is_unsound_or_of_nobody_is_not_adopted(policies: AdoptedPolicies) -> None:
    with pytest.raises(PolicyProblems, match="levels"):
        policies.adopt_text(policy("1").replace("levels", "level"), "x", by="anna", at=MONDAY)
    with pytest.raises(Invalid) as refused:
        policies.adopt_text(policy("1"), "x", by=" ", at=MONDAY)
    assert refused.value.faults[0].pointer == "/by"
    with pytest.raises(NotFound):
        policies.get("proef", "1")
    with pytest.raises(NotFound):
        policies.text("pro\nef", "1")


def test_a_text_that_nobody_can_read_any_more_stops_no_other(
    database: Engine, policies: AdoptedPolicies
) -> None:
    adopt(policies, "1")
    policies.adopt_text(policy("1", name="tweede"), "x", by="anna", at=MONDAY)
    with database.begin() as connection:
        connection.execute(
            text("UPDATE escalation_policies SET content = 'x' WHERE name = 'proef'")
        )
    found = AdoptedPolicies(database).in_force()
    assert "proef" not in found
    assert "tweede" in found


def test_what_is_shipped_is_adopted_once_and_pushes_nothing_aside(
    policies: AdoptedPolicies, tmp_path: Path
) -> None:
    file = tmp_path / "proef.yaml"
    file.write_text(policy("1"), encoding="utf-8")
    for _ in range(2):
        adopt_shipped(policies, tmp_path, MONDAY)
    assert in_force(policies) == ["1"]
    file.write_text(policy("2"), encoding="utf-8")
    adopt_shipped(policies, tmp_path, LATER)
    assert in_force(policies) == ["2"]
    adopt(policies, "eigen")
    file.write_text(policy("3"), encoding="utf-8")
    adopt_shipped(policies, tmp_path, LATER)
    assert in_force(policies) == ["eigen"]
    assert policies.get("proef", "3").version == "3"
    file.write_text(policy("4"), encoding="utf-8")
    adopt_shipped(policies, tmp_path, LATER, own=True)
    assert in_force(policies) == ["4"]


def test_the_shipped_policies_can_be_adopted(policies: AdoptedPolicies) -> None:
    adopt_shipped(policies, shipped("config", "escalation"), MONDAY)
    assert {"nieuw-signaal"} <= policies.in_force().keys()
