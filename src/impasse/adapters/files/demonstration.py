"""Files of the demonstration: invented persons, and running cases as steps relative to today."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from impasse.adapters.files.yaml_lines import read_yaml, unreadable
from impasse.adapters.files.yaml_shape import shape_problems
from impasse.domain.case import ConfirmationKind
from impasse.domain.people import Person, Rank, Role
from impasse.domain.rooms import Part, RoomKind
from impasse.domain.signals import Reliability
from impasse.domain.term_acts import SuspensionReason
from impasse.domain.text import Text
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from pathlib import Path

    from impasse.domain.calendar import Calendar

_MOMENT = re.compile(r"(0|[+-][1-9][0-9]{0,3}) (wd|d)")


def _moment(written: str) -> str:
    if not _MOMENT.fullmatch(written):
        raise ValueError('schrijf "-12 wd", "0 wd" of "+30 d" (write "-12 wd", "0 wd" or "+30 d")')
    return written


_Moment = Annotated[str, AfterValidator(_moment)]
_Words = Annotated[str, Field(min_length=1)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Function(_Shape):
    nl: _Words
    en: _Words


class _PersonShape(_Shape):
    id: _Words
    name: _Words
    function: _Function
    organisation: str = ""
    organ: str = ""
    email: str = ""
    rank: Annotated[Rank, Field(strict=False)] = Rank.OFFICER
    roles: list[Annotated[Role, Field(strict=False)]]


class _PeopleFile(_Shape):
    people: list[_PersonShape]


class SignalShape(_Shape):
    """What an organisation saw."""

    indicator: _Words
    by: _Words
    text: _Words
    reliability: Annotated[Reliability, Field(strict=False)] = Reliability.FIRST_HAND


class AppointShape(_Shape):
    """Who is appointed to which office."""

    office: Literal["handler", "mediator"]
    person: _Words


class ConfirmShape(_Shape):
    """What is confirmed, by all parties, by some, or (without `by`) once for the case."""

    kinds: list[Annotated[ConfirmationKind, Field(strict=False)]]
    by: Literal["all"] | list[_Words] = []
    note: _Words


class MoveShape(_Shape):
    """A move of the procedure; `until` is the agreed last day of a pause."""

    trigger: _Words
    note: str = ""
    until: _Moment | None = None


class RaiseShape(_Shape):
    """To which table, and why."""

    tier: Annotated[Tier, Field(strict=False)]
    reason: _Words


class CandidateShape(_Shape):
    """What the secretariat makes of the proposal for the agenda that is open."""

    accepted: bool
    reason: str = ""
    minutes: int | None = None


class SuspendShape(_Shape):
    """Why the clock of the term stands still, for whom, and until when at most."""

    reason: Annotated[SuspensionReason, Field(strict=False)]
    waits_for: _Words
    waits_for_name: str = ""
    begins_on: _Moment | None = None
    until: _Moment
    consents: Literal["all"] | list[_Words] = []
    note: _Words


class ExtendShape(_Shape):
    """With how much the term becomes longer, why, and who agreed."""

    length: _Words
    reason: _Words
    consents: Literal["all"] | list[_Words] = "all"


class ResumeShape(_Shape):
    """Which suspension ends because what was waited for is there."""

    suspension: _Words
    note: str = ""


class WorkShape(_Shape):
    """What is done with tasks of one name: by parties, or by the role that has them.

    Without `by` the first `count` tasks of the role are meant. `note` is the reason for what is
    withdrawn or opened anew, and the source of what is done.
    """

    name: _Words
    act: Literal["done", "start", "withdraw", "reopen"] = "done"
    by: Literal["all"] | list[_Words] = []
    count: Annotated[int, Field(ge=1)] = 1
    outcome: str = ""
    note: _Words


class FileShape(_Shape):
    """A file of plain text that is handed in."""

    name: _Words
    text: _Words


class _InRoomShape(_Shape):
    """In which room, and by whom: `of` is the party of a side room or caucus."""

    by: _Words
    room: Annotated[RoomKind, Field(strict=False)]
    of: str = ""


class WriteShape(_InRoomShape):
    """What somebody brings into a room; with a `file` it is a document."""

    title: _Words
    text: str = ""
    part: Annotated[Part, Field(strict=False)]
    environmental: bool = False
    file: FileShape | None = None


class ProposeShape(_InRoomShape):
    """An exact wording to share of a contribution of that room."""

    contribution: _Words
    title: _Words
    text: str = ""
    part: Annotated[Part, Field(strict=False)]
    with_document: bool = False


class ApproveShape(_InRoomShape):
    """The release that its owner approves."""

    release: _Words


class StepShape(_Shape):
    """What happened on a day, in the order of the fields."""

    at: _Moment
    signals: list[SignalShape] = []
    close: list[int] = []
    appoint: AppointShape | None = None
    confirm: ConfirmShape | None = None
    event: str = ""
    raise_to: RaiseShape | None = Field(default=None, alias="raise")
    candidate: CandidateShape | None = None
    resume: ResumeShape | None = None
    work: list[WorkShape] = []
    extend: ExtendShape | None = None
    suspend: SuspendShape | None = None
    write: list[WriteShape] = []
    propose: list[ProposeShape] = []
    approve: list[ApproveShape] = []
    move: MoveShape | None = None


class RunningCase(_Shape):
    """A running case: its first step opens it with the signals of that step.

    Without `procedure` it follows the one that new signals start; without `version` the one in
    force.
    """

    title: _Words
    procedure: str = ""
    version: str = ""
    summary: str = ""
    policy_area: str = ""
    regions: list[_Words]
    parties: Annotated[list[_Words], Field(min_length=2)]
    steps: Annotated[list[StepShape], Field(min_length=1)]


class MeetingShape(_Shape):
    """A meeting of the overhedenoverleg; `planned` is when it was put on the calendar."""

    planned: _Moment
    day: _Moment
    closes: _Moment
    starts: _Words
    ends: _Words
    place: _Words

    @property
    def hours(self) -> tuple[time, time]:
        """When the meeting begins and ends."""
        return time.fromisoformat(self.starts), time.fromisoformat(self.ends)


class Running(_Shape):
    """All running cases and meetings of the demonstration."""

    meetings: list[MeetingShape]
    cases: list[RunningCase]


_File = TypeVar("_File", bound=_Shape)


def day_of(written: str, today: date, calendar: Calendar) -> date:
    """Return the day that *written* means: so many working days (wd) or days (d) from today."""
    amount, unit = written.split(" ")
    if unit == "wd":
        return calendar.add_working_days(today, int(amount))
    return today + timedelta(days=int(amount))


def load_people(path: Path) -> tuple[Person, ...]:
    """Return the persons in the file at *path*; raises `Unreadable` with every problem."""
    file = _load(path, _PeopleFile)
    return tuple(
        Person(
            p.id,
            p.name,
            Text(p.function.nl, p.function.en),
            p.organisation,
            frozenset(p.roles),
            organ=p.organ,
            email=p.email,
            rank=p.rank,
        )
        for p in file.people
    )


def load_running(path: Path) -> Running:
    """Return cases and meetings in the file at *path*; raises `Unreadable` with every problem."""
    return _load(path, Running)


def _load(path: Path, shape: type[_File]) -> _File:
    value, lines = read_yaml(path)
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        raise unreadable(path.name, shape_problems(error, lines)) from error
