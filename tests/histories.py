"""Histories made by hand: entries as they are stored, on the days that a test names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from impasse.domain.history import ChainedEntry, canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

MONDAY = date(2026, 9, 7)
PROCEDURE = "interbestuurlijke-impasse@1"


@dataclass
class History:
    """A history that is written down day by day; `on` is the day on which the next entry falls."""

    on: date = MONDAY
    entries: list[ChainedEntry] = field(default_factory=list)
    stage: str = "signal"

    def after(self, days: int) -> History:
        """Let so many days pass."""
        self.on += timedelta(days=days)
        return self

    def add(
        self,
        action: str,
        content: Mapping[str, Any] | str,
        *,
        by: str = "secretary",
        organisation: str = "mnre1034",
        origin: str = "web",
    ) -> History:
        """Write one entry, at ten in the morning."""
        seq = len(self.entries) + 1
        told = content if isinstance(content, str) else canonical(content)  # type: ignore[arg-type]
        at = datetime.combine(self.on, time(8, 0), UTC)
        self.entries.append(
            ChainedEntry(
                "IMP-2026-0001", seq, at, by, organisation, origin, action, told, "", "", ""
            )
        )
        return self

    def opened(self, organisation: str = "gm0363", **more: Any) -> History:
        """Begin: a municipality flags a disagreement."""
        content = {"title": "T", "workflow": PROCEDURE, "stage": "signal", "parties": ["A", "B"]}
        return self.add("case_opened", content | more, by="liaison", organisation=organisation)

    def moved(self, to: str, **more: Any) -> History:
        """Go to another stage."""
        content = {"trigger": "t", "from": self.stage, "to": to, "note": ""} | more
        self.stage = to
        return self.add("stage_changed", content)

    def suspended(self, key: str, days: int, waits_for: str = "pv27", **more: Any) -> History:
        """Stop the clock of the term from tomorrow on, for so many days."""
        content = {
            "suspension": key,
            "stage": self.stage,
            "reason": "awaiting_party",
            "waits_for": waits_for,
            "waits_for_name": "",
            "begins_on": self.on.isoformat(),
            "until": (self.on + timedelta(days=days)).isoformat(),
        }
        return self.add("term_suspended", content | more)

    def resumed(self, key: str, **more: Any) -> History:
        """Let the clock run again from tomorrow on."""
        content = {"suspension": key, "stage": self.stage, "ended_on": self.on.isoformat()}
        return self.add("term_resumed", content | more)

    def tasks(self, *tasks: tuple[str, str], due_on: str | None = None) -> History:
        """Open tasks: id and organisation."""
        opened = [
            {"id": key, "name": "statement", "organisation": who, "role": "party", "due_on": due_on}
            for key, who in tasks
        ]
        return self.add("tasks_opened", {"tasks": opened})

    def done(self, task: str, organisation: str = "") -> History:
        """Settle a task."""
        return self.add(
            "task_done", {"task": task, "name": "statement", "organisation": organisation}
        )
