"""Policies on the command line: checked, adopted, shown, and what comes if nobody answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from impasse.adapters.files.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Impasse = Callable[..., tuple[int, str, str]]

NAME = "nieuw-signaal"
SHIPPED = shipped("config", "escalation", f"{NAME}.yaml")


def test_a_policy_from_the_command_line(impasse: Impasse, tmp_path: Path) -> None:
    assert impasse("db", "upgrade")[0] == 0
    adopted = json.loads(impasse("escalation", "list", "--format", "json")[1])
    assert (NAME, "1", "impasse", True) in {
        (one["name"], one["version"], one["adoptedBy"], one["inForce"]) for one in adopted
    }

    file = tmp_path / "nieuw.yaml"
    text = SHIPPED.read_text("utf-8")
    file.write_text(text.replace("rank: head, at: all_sides", "rank: baas"), encoding="utf-8")
    status, told, _ = impasse("escalation", "check", str(file))
    assert status == 1
    assert f"{file}:55: rang 'baas' is niet bekend; kies een van: officer, head" in told
    status, _, complaint = impasse("escalation", "adopt", str(file), "--by", "anna")
    assert status != 0
    assert "regel" in complaint or ":55:" in complaint

    file.write_text(text.replace('version: "1"', 'version: "2"'), encoding="utf-8")
    status, told, _ = impasse("escalation", "check", str(file), "--format", "json")
    assert (status, json.loads(told)["sound"]) == (0, True)
    dry = ("escalation", "adopt", str(file), "--by", "anna", "--dry-run")
    status, told, _ = impasse(*dry)
    assert "nieuw-signaal@2 zou meteen gelden. Er is niets veranderd." in told
    assert "let op: " in told
    assert "groep 'bemiddelaars' is er nog niet" in told
    assert impasse("escalation", "show", f"{NAME}@2")[0] != 0
    status, told, complaint = impasse("escalation", "adopt", str(file), "--by", "anna")
    assert status == 0, complaint
    assert "nieuw-signaal@2 geldt nu." in told
    assert impasse("escalation", "adopt", str(file), "--by", "")[0] != 0

    told = impasse("escalation", "show", NAME)[1]
    assert "Een nieuw signaal (nieuw-signaal@2)" in told
    assert "4. Hoofden van de beleidsafdelingen, bij alle partijen: na 10 werkdagen" in told
    assert "Bij het signaal E3" in told
    assert json.loads(impasse("escalation", "show", NAME, "--format", "json")[1])["version"] == "2"
    assert impasse("escalation", "show", "onbekend")[0] != 0
    assert impasse("escalation", "check", str(tmp_path / "weg.yaml"))[0] == 2
    missing = ("escalation", "preview", NAME, "--case", "IMP-2026-9999")
    assert impasse(*missing)[0] != 0
    assert "geen moment" in impasse(*missing, "--at", "gisteren")[2]
    assert json.loads(impasse("escalation", "schema")[1])["title"]
