"""The file of early-warning indicators, read whole and refused with every problem at once."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from impasse.adapters.files.yaml_lines import Place, Problem, read_yaml, unreadable
from impasse.adapters.files.yaml_shape import Unfit, shape_problems
from impasse.domain import early_warning, recognition
from impasse.domain.early_warning import Indicators, Level, LevelRule
from impasse.domain.errors import Invalid
from impasse.domain.length import Length
from impasse.domain.people import Role
from impasse.domain.recognition import Recognition, Wording
from impasse.domain.signals import Reliability
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _filled(words: str) -> str:
    if not words.strip():
        raise Unfit(Text("vul hier tekst in.", "write some text here."))
    return words


def _length(written: str) -> str:
    try:
        return str(Length.parse(written))
    except Invalid as error:
        raise Unfit(error.text) from error


_Words = Annotated[str, AfterValidator(_filled)]
_Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,3}$")]
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_Length = Annotated[str, AfterValidator(_length)]
_Share = Annotated[float, Field(gt=0, le=1)]
_Count = Annotated[int, Field(ge=0, le=1000)]
_Positive = Annotated[int, Field(gt=0, le=10_000)]
_Points = Annotated[int, Field(gt=0, le=100)]


class _Text(_Shape):
    nl: _Words
    en: _Words

    def text(self) -> Text:
        return Text(self.nl, self.en)


class _Dimension(_Shape):
    cap: _Points
    label: _Text


class _Indicator(_Shape):
    name: _Name
    dimension: _Code
    kind: Literal["state", "event"]
    points: _Points
    half_life_days: _Positive | None = None
    gone_when: list[_Name] = []
    tripwire: bool = False
    label: _Text
    advice: _Text
    question: _Text


class _Standstill(_Shape):
    working_days: _Positive
    cap: _Count
    label: _Text
    advice: _Text


class _ProtectionItem(_Shape):
    points: _Points
    label: _Text


class _Protection(_Shape):
    cap: _Count
    items: dict[_Code, _ProtectionItem]


class _Level(_Shape):
    threshold: Annotated[float, Field(ge=0, le=1000)]
    dimensions: _Count
    organisations: _Count
    notify: list[Annotated[Role, Field(strict=False)]]
    agenda: bool
    within: _Length
    action: _Text


class _Levels(_Shape):
    green: _Level
    yellow: _Level
    orange: _Level
    red: _Level


class _Tripwire(_Shape):
    level: Annotated[Level, Field(strict=False)]
    reliability: _Share
    points: Annotated[float, Field(ge=0, le=100)]


class _Leaving(_Shape):
    margin: Annotated[float, Field(ge=0, le=100)]
    working_days: _Count


class _Trend(_Shape):
    days: _Positive
    points: Annotated[float, Field(gt=0, le=100)]


class _Reliability(_Shape):
    document: _Share
    first_hand: _Share
    second_hand: _Share


def _pattern(written: object) -> recognition.Pattern:
    if not isinstance(written, str):
        raise Unfit(Text("zet dit woord tussen aanhalingstekens.", "put this word between quotes."))
    try:
        return recognition.pattern(written)
    except Invalid as error:
        raise Unfit(error.text) from error


_Pattern = Annotated[recognition.Pattern, BeforeValidator(_pattern)]


class _Wording(_Shape):
    any: Annotated[list[_Pattern], Field(min_length=1)]
    unless: list[_Pattern] = Field(default=[], alias="not")
    by: list[_Pattern] = []
    not_by: list[_Pattern] = []
    or_by: list[_Pattern] = []

    def wording(self) -> Wording:
        return Wording(
            any=tuple(self.any),
            unless=tuple(self.unless),
            by=tuple(self.by),
            not_by=tuple(self.not_by),
            or_by=tuple(self.or_by),
        )


class _ReliabilityWording(_Wording):
    reliability: Annotated[Reliability, Field(strict=False)]


class _Recognition(_Shape):
    indicators: dict[_Code, _Wording]
    moves: dict[_Name, _Wording]
    reliability: list[_ReliabilityWording]


class _File(_Shape):
    version: _Words
    dimensions: Annotated[dict[_Code, _Dimension], Field(min_length=1)]
    indicators: Annotated[dict[_Code, _Indicator], Field(min_length=1)]
    reliability: _Reliability
    repeats: Annotated[list[_Share], Field(min_length=1)]
    standstill: _Standstill
    protection: _Protection
    levels: _Levels
    tripwire: _Tripwire
    leaving: _Leaving
    trend: _Trend
    recognition: _Recognition


_SHAPES = (
    _File, _Text, _Dimension, _Indicator, _Standstill, _ProtectionItem, _Protection, _Level,
    _Levels, _Tripwire, _Leaving, _Trend, _Reliability, _ReliabilityWording, _Recognition,
)  # fmt: skip
_KEYS = sorted({field.alias or name for s in _SHAPES for name, field in s.model_fields.items()})


def load_indicators(path: Path) -> tuple[Indicators, Recognition]:
    """Return the indicators and the wordings in the file at *path*.

    The version is the one the file states, with a fingerprint of its content: whoever changes a
    number without changing the version is found out. Raises `Unreadable` with all problems,
    each with its line and remedy.
    """
    value, lines = read_yaml(path)
    try:
        file = _File.model_validate(value)
    except ValidationError as error:
        raise unreadable(path.name, shape_problems(error, lines, _KEYS)) from error
    problems = [Problem(lines.at(place), text) for place, text in _contradictions(file)]
    if problems:
        raise unreadable(path.name, problems)
    return _indicators(file, f"{file.version}+{_fingerprint(value)}"), _recognition(file)


def _fingerprint(value: object) -> str:
    """Return eight digits that change with what the file says, not with its remarks."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


def _contradictions(file: _File) -> Iterator[tuple[Place, Text]]:
    """Yield what each value allows, but all values together do not."""
    yield from _misplaced_indicators(file)
    yield from _unordered_levels(file)
    if sorted(file.repeats, reverse=True) != file.repeats:
        yield (
            ("repeats",),
            Text(
                "een volgende organisatie kan niet zwaarder tellen dan de vorige; zet de getallen "
                "van hoog naar laag.",
                "a next organisation cannot weigh more than the one before; order the numbers "
                "from high to low.",
            ),
        )
    for code in file.recognition.indicators:
        if code not in file.indicators:
            yield (
                ("recognition", "indicators", code),
                Text(
                    f'indicator "{code}" staat niet onder indicators; voeg toe of haal dit weg.',
                    f'indicator "{code}" is not among the indicators; add it or remove this.',
                ),
            )


def _misplaced_indicators(file: _File) -> Iterator[tuple[Place, Text]]:
    names: dict[str, str] = {}
    for code, indicator in file.indicators.items():
        if indicator.dimension not in file.dimensions:
            known = ", ".join(file.dimensions)
            yield (
                ("indicators", code, "dimension"),
                Text(
                    f'dimensie "{indicator.dimension}" bestaat niet; kies uit {known}.',
                    f'dimension "{indicator.dimension}" does not exist; choose from {known}.',
                ),
            )
        first = names.setdefault(indicator.name, code)
        if first != code:
            yield (
                ("indicators", code, "name"),
                Text(
                    f'de naam "{indicator.name}" hoort al bij {first}; kies een andere.',
                    f'the name "{indicator.name}" belongs to {first}; choose another.',
                ),
            )


def _unordered_levels(file: _File) -> Iterator[tuple[Place, Text]]:
    lower = file.levels.green
    if lower.threshold != 0:
        yield (
            ("levels", "green", "threshold"),
            Text("groen begint bij 0; zet hier 0.", "green starts at 0; write 0 here."),
        )
    for level in (Level.YELLOW, Level.ORANGE, Level.RED):
        rule: _Level = getattr(file.levels, level)
        if rule.threshold <= lower.threshold:
            yield (
                ("levels", level.value, "threshold"),
                Text(
                    f"de drempel van {level.label.nl} moet hoger zijn dan {lower.threshold:g}, die "
                    "van het niveau eronder.",
                    f"the threshold of {level.label.en} must be above {lower.threshold:g}, that of "
                    "the level below.",
                ),
            )
        lower = rule


def _indicators(file: _File, version: str) -> Indicators:
    return Indicators(
        version=version,
        dimensions=tuple(
            early_warning.Dimension(code, d.label.text(), d.cap)
            for code, d in file.dimensions.items()
        ),
        indicators=tuple(_indicator(code, i) for code, i in file.indicators.items()),
        reliability={r: getattr(file.reliability, r) for r in Reliability},
        repeats=tuple(file.repeats),
        levels=tuple(_level(level, getattr(file.levels, level)) for level in Level),
        standstill=early_warning.Standstill(
            file.standstill.working_days,
            file.standstill.cap,
            file.standstill.label.text(),
            file.standstill.advice.text(),
        ),
        protections=tuple(
            early_warning.Protection(code, p.points, p.label.text())
            for code, p in file.protection.items.items()
        ),
        protection_cap=file.protection.cap,
        tripwire=early_warning.Tripwire(
            file.tripwire.level, file.tripwire.reliability, file.tripwire.points
        ),
        leaving_margin=file.leaving.margin,
        leaving_working_days=file.leaving.working_days,
        trend_days=file.trend.days,
        trend_points=file.trend.points,
    )


def _indicator(code: str, shape: _Indicator) -> early_warning.Indicator:
    return early_warning.Indicator(
        code=code,
        name=shape.name,
        dimension=shape.dimension,
        kind=shape.kind,
        points=shape.points,
        half_life_days=shape.half_life_days,
        tripwire=shape.tripwire,
        label=shape.label.text(),
        advice=shape.advice.text(),
        question=shape.question.text(),
        gone_when=frozenset(shape.gone_when),
    )


def _level(level: Level, shape: _Level) -> LevelRule:
    return LevelRule(
        level=level,
        threshold=shape.threshold,
        dimensions=shape.dimensions,
        organisations=shape.organisations,
        notify=tuple(shape.notify),
        agenda=shape.agenda,
        within=shape.within,
        action=shape.action.text(),
    )


def _recognition(file: _File) -> Recognition:
    said = file.recognition
    return Recognition(
        indicators=tuple((code, w.wording()) for code, w in said.indicators.items()),
        moves=tuple((name, w.wording()) for name, w in said.moves.items()),
        reliability=tuple((w.reliability, w.wording()) for w in said.reliability),
    )
