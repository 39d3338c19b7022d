"""The file of assumptions for a simulation, read whole and refused with every problem at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from impasse.adapters.files.yaml_lines import Problem, read_yaml, unreadable
from impasse.adapters.files.yaml_shape import Unfit, shape_problems
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.domain.workflow import StageKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from impasse.adapters.files.yaml_lines import Lines, Place
    from impasse.domain.workflow import Stage, Workflow

MOST_STAFF = 1_000
LEAST_PER_MONTH, MOST_PER_MONTH = 0.1, 10_000
MOST_YEARS = 20

NOBODY = frozenset({Role.PARTY, Role.CLOCK})
"""Roles without a number of people: parties work on their own case, and a clock never waits."""


@dataclass(frozen=True, slots=True)
class StatedWork:
    """Half of the stays are worked off in `median` working days; `spread` is sigma of the log."""

    median: float
    spread: float


@dataclass(frozen=True, slots=True)
class Between:
    """Some number of working days, each from `shortest` to `longest` as likely as the other."""

    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class StatedSuspension:
    """In which share of the stays the clock is stopped, and for how long."""

    chance: float
    length: Between | None


@dataclass(frozen=True, slots=True)
class StatedStage:
    """What is stated about one stage; what is not, is None or empty."""

    work: StatedWork | None = None
    moves: Mapping[str, float] = field(default_factory=dict)
    suspension: StatedSuspension | None = None
    agreed: Between | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What somebody stated about the future; what is not stated is None or absent.

    In `staff` None stands for as many people as there is work.
    """

    per_month: float | None = None
    years: int | None = None
    start: date | None = None
    staff: Mapping[Role, int] = field(default_factory=dict)
    at_once: Mapping[Role, int] = field(default_factory=dict)
    stages: Mapping[str, StatedStage] = field(default_factory=dict)


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _number(written: object) -> object:
    """A whole number is a number; true and false are not."""
    return float(written) if isinstance(written, int) and not isinstance(written, bool) else written


def _start(written: object) -> object:
    from datetime import date  # noqa: PLC0415 - beside its only use

    try:
        day = date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != written or not 1990 <= day.year <= 2070:  # noqa: PLR2004
        raise Unfit(
            Text(
                "schrijf een bestaande dag van 1990 tot en met 2070, zoals 2027-01-04.",
                "write an existing day from 1990 to 2070, such as 2027-01-04.",
            )
        )
    return day


def _staffed(role: Role) -> Role:
    if role in NOBODY:
        raise Unfit(
            Text(
                f"voor de rol '{role.value}' geldt geen aantal mensen; haal haar weg.",
                f"role '{role.value}' has no number of people; remove it.",
            )
        )
    return role


_Real = Annotated[float, BeforeValidator(_number)]
_Days = Annotated[int, Field(ge=1, le=2_500)]
_Staff = Annotated[Role, Field(strict=False), AfterValidator(_staffed)]
_People = Annotated[int, Field(ge=1, le=MOST_STAFF)]


class _Between(_Shape):
    shortest: _Days
    longest: _Days

    def between(self) -> Between:
        return Between(self.shortest, self.longest)


class _Work(_Shape):
    median: Annotated[_Real, Field(ge=0.1, le=2_500)]
    spread: Annotated[_Real, Field(ge=0, le=2)]


class _Suspension(_Shape):
    chance: Annotated[_Real, Field(ge=0, le=1)]
    shortest: _Days | None = None
    longest: _Days | None = None


class _Stage(_Shape):
    work: _Work | None = None
    moves: dict[str, Annotated[_Real, Field(ge=0, le=1_000_000)]] = {}
    suspension: _Suspension | None = None
    agreed: _Between | None = None


class _File(_Shape):
    format: Literal[1]
    per_month: Annotated[_Real, Field(ge=LEAST_PER_MONTH, le=MOST_PER_MONTH)] | None = None
    years: Annotated[int, Field(ge=1, le=MOST_YEARS)] | None = None
    start: Annotated[object, BeforeValidator(_start)] = None
    staff: dict[_Staff, _People] = {}
    at_once: dict[_Staff, _People] = {}
    stages: dict[str, _Stage] = {}


_KEYS = [
    *_File.model_fields,
    *_Stage.model_fields,
    *_Work.model_fields,
    *_Suspension.model_fields,
]


def read_assumptions(path: Path, *workflows: Workflow) -> Stated:
    """Return what the file at *path* states about cases of *workflows*.

    Raises `Unreadable` with every problem of the file, each with its line: what is no YAML, keys
    and values that do not fit, and stages, moves and suspensions that none of *workflows* has.
    """
    values, lines = read_yaml(path)
    try:
        shape = _File.model_validate(values)
    except ValidationError as error:
        raise unreadable(path.name, shape_problems(error, lines, _KEYS)) from error
    problems = list(_problems(shape, workflows, lines))
    if problems:
        raise unreadable(path.name, problems)
    return Stated(
        per_month=shape.per_month,
        years=shape.years,
        start=shape.start,  # type: ignore[arg-type]  # made a date by its validator
        staff=shape.staff,
        at_once=shape.at_once,
        stages={name: _stated(stage) for name, stage in shape.stages.items()},
    )


def _stated(stage: _Stage) -> StatedStage:
    suspension = stage.suspension
    length = None
    if suspension is not None and suspension.shortest and suspension.longest:
        length = Between(suspension.shortest, suspension.longest)
    return StatedStage(
        work=StatedWork(stage.work.median, stage.work.spread) if stage.work else None,
        moves=stage.moves,
        suspension=StatedSuspension(suspension.chance, length) if suspension else None,
        agreed=stage.agreed.between() if stage.agreed else None,
    )


def _problems(shape: _File, workflows: Sequence[Workflow], lines: Lines) -> Iterator[Problem]:
    """Yield what is said about stages and moves that no procedure has."""
    for name, stated in shape.stages.items():
        place: Place = ("stages", name)
        having = [one for one in workflows if name in one.stages]
        stages = [one.stages[name] for one in having]
        if all(stage.kind is StageKind.ENDING for stage in stages):
            yield Problem(lines.at(place), _no_stage(name, workflows))
            continue
        yield from _move_problems(stated, place, having, lines)
        yield from _length_problems(stated, place, stages, lines)


def _move_problems(
    stated: _Stage, place: Place, workflows: Sequence[Workflow], lines: Lines
) -> Iterator[Problem]:
    known = {
        trigger
        for workflow in workflows
        for trigger, move in workflow.moves[str(place[1])].items()
        if move.roles - {Role.CLOCK}
    }
    for trigger in stated.moves:
        if trigger not in known:
            choice = ", ".join(sorted(known)) or "-"
            yield Problem(
                lines.at((*place, "moves", trigger)),
                Text(
                    f"mensen kunnen '{trigger}' vanuit deze fase niet doen; wel: {choice}.",
                    f"people cannot do '{trigger}' from this stage; they can: {choice}.",
                ),
            )
    if stated.moves and not sum(stated.moves.values()):
        yield Problem(
            lines.at((*place, "moves")),
            Text(
                "geef ten minste één stap een gewicht boven 0, anders eindigt geen zaak.",
                "give at least one move a weight above 0, or no case will end.",
            ),
        )


def _length_problems(
    stated: _Stage, place: Place, stages: Sequence[Stage], lines: Lines
) -> Iterator[Problem]:
    terms = [stage.term for stage in stages if stage.term is not None]
    if stated.suspension is not None and not any(term.suspension for term in terms):
        yield Problem(
            lines.at((*place, "suspension")),
            Text(
                "de procedure staat in deze fase geen opschorting toe; haal dit weg.",
                "the procedure allows no suspension in this stage; remove this.",
            ),
        )
    if stated.agreed is not None and not any(term.agreed for term in terms):
        yield Problem(
            lines.at((*place, "agreed")),
            Text(
                "in deze fase kiezen partijen de laatste dag niet zelf; haal dit weg.",
                "the parties do not name the last day of this stage; remove this.",
            ),
        )
    for key, stretch in (("suspension", stated.suspension), ("agreed", stated.agreed)):
        if stretch is None:
            continue
        if (stretch.shortest is None) != (stretch.longest is None):
            yield Problem(
                lines.at((*place, key)),
                Text(
                    "noem 'shortest' en 'longest' beide, of geen van beide.",
                    "state both 'shortest' and 'longest', or neither.",
                ),
            )
        elif stretch.shortest and stretch.longest and stretch.shortest > stretch.longest:
            yield Problem(
                lines.at((*place, key, "longest")),
                Text(
                    f"'longest' is kleiner dan 'shortest' ({stretch.shortest}); verwissel ze.",
                    f"'longest' is less than 'shortest' ({stretch.shortest}); swap them.",
                ),
            )


def _no_stage(name: str, workflows: Sequence[Workflow]) -> Text:
    known = ", ".join(
        dict.fromkeys(
            stage.name
            for workflow in workflows
            for stage in workflow.stages.values()
            if stage.kind is not StageKind.ENDING
        )
    )
    return Text(
        f"'{name}' is geen fase waarin een zaak kan staan; kies uit: {known}.",
        f"'{name}' is no stage in which a case can stand; choose from: {known}.",
    )
