"""A meeting as its page shows it: proposals, the agenda with times, and what members read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from impasse.domain.text import Text, same
from impasse.web.course import near_day, progress, working_days
from impasse.web.offices import named
from impasse.web.words import in_party_order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, time

    from impasse.adapters.sql.views import CandidateLine, CaseLine
    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Party
    from impasse.domain.overleg import Meeting
    from impasse.domain.workflow import Stage

USUAL_MINUTES = 15
"""What an item gets when nobody chose."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What members read of one case: one glance, and nothing of the mediation."""

    question: Text
    stage: Text
    parties: tuple[Party, ...]
    quiet: Text
    term: Text


@dataclass(frozen=True, slots=True)
class Point:
    """One item of the agenda: a case, its minutes, and when its turn comes.

    `together` are the cases that are discussed with it, as far as the reader sees them.
    """

    candidate: str
    case: CaseLine
    reason: Text
    minutes: int
    at: time | None
    sheet: Sheet
    note: Text | None
    together: tuple[CaseLine, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case that asks for a place on an agenda; `note` tells the road that led there."""

    candidate: str
    case: CaseLine
    reason: Text
    since: Text
    note: Text | None


@dataclass(frozen=True, slots=True)
class Budget:
    """The minutes of a meeting: spent, and in all; `share` in percents of the bar."""

    spent: int
    whole: int

    @property
    def left(self) -> int:
        """Minutes that are free; negative when there is too much on the agenda."""
        return self.whole - self.spent

    @property
    def share(self) -> float:
        """The filled part of the bar, in percents."""
        return min(100.0, round(100.0 * self.spent / self.whole, 1)) if self.whole else 100.0

    @property
    def state(self) -> str:
        """The word for style sheets."""
        return "late" if self.left < 0 else "ok"


def length_of(meeting: Meeting) -> int:
    """Return the minutes that *meeting* lasts."""
    begin = datetime.combine(meeting.day, meeting.starts_at)
    end = datetime.combine(meeting.day, meeting.ends_at)
    return int((end - begin).total_seconds()) // 60


def points_of(
    accepted: Sequence[CandidateLine],
    meeting: Meeting,
    sheets: Sequence[Sheet],
    merged: Sequence[CandidateLine] = (),
    *,
    timed: bool,
) -> tuple[Point, ...]:
    """Return the agenda; with *timed*, each item begins when the one before it ends.

    Who sees only a part of the cases gets no times: a gap between two would tell of a third.
    """
    at = datetime.combine(meeting.day, meeting.starts_at)
    found = []
    for line, sheet in zip(accepted, sheets, strict=True):
        minutes = line.minutes or USUAL_MINUTES
        found.append(
            Point(
                candidate=line.id,
                case=line.case,
                reason=named(line.reason, line.case.parties),
                minutes=minutes,
                at=at.time() if timed else None,
                sheet=sheet,
                note=line.note,
                together=tuple(one.case for one in merged if one.merged_into == line.id),
            )
        )
        at += timedelta(minutes=minutes)
    return tuple(found)


def proposals_of(open_: Sequence[CandidateLine], today: date) -> tuple[Proposal, ...]:
    """Return the proposals: what a run of escalation proposed on top, then the oldest."""
    return tuple(
        Proposal(
            candidate=line.id,
            case=line.case,
            reason=named(line.reason, line.case.parties),
            since=near_day(line.proposed_at.date(), today),
            note=line.note,
        )
        for line in open_
    )


def sheet_of(line: CandidateLine, stage: Stage, today: date, calendar: Calendar) -> Sheet:
    """Return what members read of the case of *line*, which stands in *stage*."""
    case = line.case
    number = same(f"{stage.number}. ") if stage.number else same("")
    days = calendar.working_days_between(case.last_step_on, today)
    quiet = (
        Text("vandaag nog een stap gezet", "a step was taken today")
        if days <= 0
        else Text(
            f"{working_days(days).nl} zonder nieuwe stap",
            f"{working_days(days).en} without a new step",
        )
    )
    return Sheet(
        question=stage.next_action or stage.purpose,
        stage=number + stage.label,
        parties=in_party_order(case.parties),
        quiet=quiet,
        term=Text("geen lopende termijn", "no running term")
        if case.term is None
        else progress(case.term, today, calendar),
    )
