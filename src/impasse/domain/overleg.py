"""The overhedenoverleg: meetings, and cases that are candidates for their agenda."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.calendar import FIRST_DAY, LAST_DAY, day_in_words
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date, time

    from impasse.domain.calendar import Calendar
    from impasse.domain.commands import PlanMeeting


class CandidateState(StrEnum):
    """What became of a candidate for the agenda."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MERGED = "merged"
    """It is discussed together with another case, as one item."""
    LAPSED = "lapsed"
    """The case ended before the secretariat decided."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case proposed for the next agenda, with the reason in words.

    `run` is the run of escalation that proposed it, `note` what members may read of the road that
    led there.
    """

    id: str
    case: str
    state: CandidateState
    reason: Text
    meeting: str = ""
    decided_because: str = ""
    minutes: int | None = None
    run: str = ""
    note: Text | None = None
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """One sitting of the overhedenoverleg; candidates are accepted up to and on `closes_on`."""

    id: str
    series: str
    day: date
    starts_at: time
    ends_at: time
    place: str
    closes_on: date


def plan(command: PlanMeeting, *, today: date, calendar: Calendar) -> Meeting:
    """Return the meeting that *command* asks for, or raise `Invalid` with all that is wrong."""
    faults: list[Fault] = []
    if command.day < today:
        faults.append(
            Fault("/day", Text("Kies een dag die nog komt.", "Choose a day that is still to come."))
        )
    elif command.day > LAST_DAY:
        last = day_in_words(LAST_DAY)
        faults.append(
            Fault(
                "/day",
                Text(
                    f"De kalender loopt tot en met {last.nl}. Kies een eerdere dag.",
                    f"The calendar runs to {last.en}. Choose an earlier day.",
                ),
            )
        )
    elif (reason := calendar.off_day(command.day)) is not None:
        faults.append(
            Fault(
                "/day",
                Text("Dit is geen werkdag: ", "This is not a working day: ")
                + reason
                + Text(". Kies een werkdag.", ". Choose a working day."),
            )
        )
    if command.ends_at <= command.starts_at:
        faults.append(
            Fault(
                "/endsAt",
                Text("Het einde ligt voor het begin.", "The end lies before the start."),
            )
        )
    if command.closes_on > command.day:
        faults.append(
            Fault(
                "/closesOn",
                Text(
                    "De agenda sluit na de vergadering. Kies een eerdere dag.",
                    "The agenda closes after the meeting. Choose an earlier day.",
                ),
            )
        )
    elif command.closes_on < FIRST_DAY:
        first = day_in_words(FIRST_DAY)
        faults.append(
            Fault(
                "/closesOn",
                Text(
                    f"De kalender begint op {first.nl}. Kies die dag of een latere.",
                    f"The calendar begins on {first.en}. Choose that day or a later one.",
                ),
            )
        )
    if faults:
        raise Invalid(Text("Dit overleg kan zo niet.", "This meeting cannot be planned."), faults)
    return Meeting(
        id=command.day.isoformat(),
        series=command.series,
        day=command.day,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        place=command.place,
        closes_on=command.closes_on,
    )
