"""Files of real disputes: dated public events, read without what was only known afterwards.

What the file says with hindsight (types of events, outcomes, stages, summaries, notes, lead
times) is not taken along at all. Only three dates of it are kept apart, in `Hindsight`, to compare
a replay with when it is over.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from impasse.adapters.files.yaml_lines import Lines, Place, Problem, read_yaml, unreadable
from impasse.domain.calendar import FIRST_DAY, LAST_DAY
from impasse.domain.people import Layer
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

__all__ = ["Dispute", "DisputeEvent", "DisputeParty", "Disputes", "Hindsight", "load_disputes"]

TITLE_LENGTH = 200
TEXT_LENGTH = 5_000
"""The engine keeps no longer titles and texts than these."""

MOST_UNCERTAIN_DAYS = 366

VERSION = "1"
"""The version of the format that is read here."""


class Precision(StrEnum):
    """How well a day is known; a month or year is written by its first day."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    @property
    def label(self) -> Text:
        """The precision in words."""
        return _PRECISION_LABELS[self]


_PRECISION_LABELS = {
    Precision.DAY: Text("dag bekend", "day known"),
    Precision.MONTH: Text("alleen maand bekend", "only month known"),
    Precision.YEAR: Text("alleen jaar bekend", "only year known"),
}


@dataclass(frozen=True, slots=True)
class DisputeParty:
    """A party as the file names it."""

    name: str
    layer: Layer
    role: str


@dataclass(frozen=True, slots=True)
class DisputeEvent:
    """Something that happened in public.

    `day` is the first day of the period in which it happened and `certain_on` the last: then it
    has happened for sure. `known_on` is the day since which it can have been known for sure:
    `certain_on`, or the last day of the period in which it became public when that is later.
    """

    id: str
    day: date
    precision: Precision
    certain_on: date
    known_on: date
    actor: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What was established afterwards, for comparison only: the first day of each period."""

    recognised: date | None
    recognised_precision: Precision
    formal: date | None
    earliest_signal: date | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as it could be known at the time; events come in the order in which they were."""

    id: str
    title: Text
    policy_area: str
    regions: tuple[str, ...]
    parties: tuple[DisputeParty, ...]
    events: tuple[DisputeEvent, ...]


@dataclass(frozen=True, slots=True)
class Disputes:
    """All disputes of a file in its order, and, apart from them, the hindsight of each by id.

    `ignored` holds the keys that the format does not know and that were therefore left alone.
    `notes` tells what was read otherwise than it was written, each with file, line and value.
    """

    disputes: tuple[Dispute, ...]
    hindsight: dict[str, Hindsight]
    ignored: tuple[str, ...]
    notes: tuple[Text, ...]


def _words(written: object) -> object:
    if isinstance(written, bool | int | float):
        return str(written)
    return one_line(written) if isinstance(written, str) else written


def one_line(written: str) -> str:
    """Return *written* as one line of visible text.

    Who writes an event must not be able to forge a line, a bell or a turned-about sentence in what
    others read, nor hand over half a character that nothing can keep.
    """
    line = " ".join(written.split())
    if line.isascii() and line.isprintable():
        return line
    shown = (c for c in line if unicodedata.category(c) not in {"Cc", "Cs"} and c not in _TURNERS)
    return " ".join("".join(shown).split())


_TURNERS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible signs that change the direction of writing."""


_Line = Annotated[str, BeforeValidator(_words), Field(min_length=1, max_length=500)]
_Free = Annotated[str, BeforeValidator(lambda w: "" if w is None else _words(w))]
_Written = Annotated[str | None, BeforeValidator(_words)]


class _Shape(BaseModel):
    """Only what a replay uses; other keys are looked at by `_Reading.keys`."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)


class _Party(_Shape):
    name: _Line
    layer: _Line
    role: _Free = ""


class _Event(_Shape):
    id: _Line
    date: _Written
    date_precision: _Written
    actor: _Line
    text: Annotated[str, BeforeValidator(_words), Field(min_length=1)]
    source: _Free = ""
    public_from: _Written = None
    public_from_precision: _Written = None
    date_uncertainty_days: int | None = None


class _Case(_Shape):
    id: _Line
    title_nl: Annotated[_Line, Field(max_length=TITLE_LENGTH)]
    title_en: Annotated[_Free, Field(max_length=TITLE_LENGTH)] = ""
    policy_area: _Free = ""
    regions: list[_Line] = []
    parties: Annotated[list[_Party], Field(min_length=2)]
    events: Annotated[list[_Event], BeforeValidator(lambda w: [] if w is None else w)]
    earliest_signal_date: _Written = None
    recognised_as_impasse_date: _Written = None
    recognised_as_impasse_precision: _Written = None
    formal_impasse_date: _Written = None


_UNUSED = {
    "building_block", "building_blocks_secondary", "commitments", "data_quality",
    "disputed_facts", "earliest_signal_precision", "formal_impasse_precision", "interests",
    "lead_time_days", "lead_time_note", "outcome", "rules_at_stake", "stages", "stages_round_2",
    "summary", "summary_en", "schema_version", "set", "language", "generated", "cases", "note",
}  # fmt: skip
"""Keys of the format that a replay has no use for, most of them hindsight."""

_UNUSED_OF_EVENT = {"type", "date_basis", "date_note", "note"}

_FREE_KEY = re.compile(
    r"(stages|summary|title|outcome|commitments|lead_time|data_quality|building_block)\w*"
    r"|\w*(note|notes|precision|basis|_en|_nl|_url)"
)
"""Keys that may come in more forms than we know: another round of stages, another note."""

_LAYERS = {
    **{name.casefold(): layer for layer in Layer
       for name in (layer.value.replace("_", " "), layer.label.nl, layer.label.en)},
    "national": Layer.NATIONAL,
    "nationaal": Layer.NATIONAL,
    "central government": Layer.NATIONAL,
    "umbrella": Layer.UMBRELLA,
    "umbrella organisation": Layer.UMBRELLA,
    "koepelorganisatie": Layer.UMBRELLA,
    "hoogheemraadschap": Layer.WATER_AUTHORITY,
    "water board": Layer.WATER_AUTHORITY,
    "gemeenschappelijke regeling": Layer.JOINT_BODY,
    "caribisch": Layer.CARIBBEAN,
    "caribisch nederland": Layer.CARIBBEAN,
    "openbaar lichaam": Layer.CARIBBEAN,
    "overig": Layer.OTHER,
}  # fmt: skip
"""How layers are written: as in the register, in Dutch, and in English."""


def load_disputes(path: Path, only: str | None = None) -> Disputes:
    """Return the disputes in the file at *path*.

    Raises `Unreadable` with every problem at once, each with its line and remedy; a file of
    another kind gets one sentence. When *only* one dispute is asked for, what is wrong elsewhere
    becomes a note, and a dispute it is wrong with is left out.
    """
    value, lines = read_yaml(path)
    cases = value.get("cases") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(cases, list):
        raise unreadable(path.name, [Problem(0, _NO_REPLAY_FILE)])
    if not cases:
        raise unreadable(path.name, [Problem(lines.at(("cases",)), _NO_CASES)])
    reading = _Reading(lines, [], set(), [])
    reading.version(value)
    reading.keys(value, (), {"cases", *_UNUSED})
    found = [reading.case(case, number) for number, case in enumerate(cases)]
    reading.repeated(cases)
    asked = {
        number
        for number, case in enumerate(cases)
        if only is None or (isinstance(case, dict) and _words(case.get("id")) == only)
    }
    grave = [p for number, p in reading.problems if only is None or number in asked]
    if grave:
        raise unreadable(path.name, grave)
    spoilt = {number for number, _ in reading.problems}
    disputes = [
        told for number, told in enumerate(found) if told is not None and number not in spoilt
    ]
    notes = [*reading.notes, *(problem for _, problem in reading.problems)]
    return Disputes(
        disputes=tuple(dispute for dispute, _ in disputes),
        hindsight={dispute.id: hindsight for dispute, hindsight in disputes},
        ignored=tuple(sorted(reading.ignored)),
        notes=tuple(
            unreadable(path.name, [note]).text for note in sorted(notes, key=attrgetter("line"))
        ),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is found in one file: problems, each with the number of its case, and what was passed.

    The number is -1 for what belongs to no case.
    """

    lines: Lines
    problems: list[tuple[int, Problem]]
    ignored: set[str]
    notes: list[Problem]

    def case(self, value: object, number: int) -> tuple[Dispute, Hindsight] | None:
        place: Place = ("cases", number)
        try:
            shape = _Case.model_validate(value)
        except ValidationError as error:
            for found in error.errors(include_url=False):
                where = (*place, *found["loc"])
                self.tell(where, _fault(found))
            self._keys_below(value, place)
            self._dates_below(value, place)
            return None
        self._keys_below(value, place)
        return self._dispute(shape, place), self._hindsight(shape, place)

    def tell(self, place: Iterable[str | int], text: Text) -> None:
        place = tuple(place)
        number = next((part for part in place if isinstance(part, int)), -1)
        problem = number, Problem(self.lines.at(place), text)
        if problem not in self.problems:
            self.problems.append(problem)

    def note(self, place: Iterable[str | int], text: Text) -> None:
        """Tell what is read otherwise than written."""
        self.notes.append(Problem(self.lines.at(place), text))

    def version(self, value: dict[str, object]) -> None:
        """Note a file of another version of the format: it is read as the version known here."""
        written = _words(value.get("schema_version", VERSION))
        if written != VERSION:
            self.note(
                ("schema_version",),
                Text(
                    f'"schema_version" is "{written}"; het bestand is gelezen als {VERSION}.',
                    f'"schema_version" is "{written}"; the file was read as {VERSION}.',
                ),
            )

    def keys(self, value: object, place: Place, known: Iterable[str]) -> None:
        """Refuse a key that looks like a slip of the pen; note any other unknown key."""
        known = set(known)
        for key in value if isinstance(value, dict) else ():
            if key in known:
                continue
            near = get_close_matches(key, sorted(known), n=1, cutoff=0.8)
            if near and not _FREE_KEY.fullmatch(key):
                self.tell(
                    (*place, key),
                    Text(
                        f'"{one_line(key)}" is onbekend; bedoelt u "{near[0]}"?',
                        f'"{one_line(key)}" is unknown; do you mean "{near[0]}"?',
                    ),
                )
            elif not _FREE_KEY.fullmatch(key):
                self.ignored.add(one_line(key))

    def repeated(self, cases: list[object]) -> None:
        """Refuse an id that stands for two cases, or for two events."""
        first: dict[str, Place] = {}
        for place, key in _ids(cases):
            if key in first:
                line = self.lines.at(first[key])
                self.tell(
                    place,
                    Text(
                        f'het id "{key}" staat al op regel {line}; geef elk een eigen id.',
                        f'the id "{key}" stands on line {line} already; give each its own.',
                    ),
                )
            first.setdefault(key, place)

    def _keys_below(self, value: object, place: Place) -> None:
        known = {*_Case.model_fields, *_UNUSED}
        self.keys(value, place, known)
        for name, shape in (("parties", _Party), ("events", _Event)):
            below = value.get(name) if isinstance(value, dict) else None
            for number, item in enumerate(below if isinstance(below, list) else ()):
                self.keys(item, (*place, name, number), {*shape.model_fields, *_UNUSED_OF_EVENT})

    def _dates_below(self, value: object, place: Place) -> None:
        """Check the dates of a case whose shape is wrong elsewhere, so that all is told at once."""
        events = value.get("events") if isinstance(value, dict) else None
        for number, item in enumerate(events if isinstance(events, list) else ()):
            try:
                shape = _Event.model_validate(item)
            except ValidationError:
                continue
            self._event(shape, (*place, "events", number))

    def _dispute(self, shape: _Case, place: Place) -> Dispute:
        parties = [
            self._party(party, (*place, "parties", number))
            for number, party in enumerate(shape.parties)
        ]
        events = [
            self._event(event, (*place, "events", number))
            for number, event in enumerate(shape.events)
        ]
        known = [event for event in events if event is not None]
        return Dispute(
            id=shape.id,
            title=Text(shape.title_nl, shape.title_en or shape.title_nl),
            policy_area=shape.policy_area,
            regions=tuple(shape.regions),
            parties=tuple(parties),
            events=tuple(sorted(known, key=lambda event: (event.known_on, event.day))),
        )

    def _party(self, shape: _Party, place: Place) -> DisputeParty:
        layer = _LAYERS.get(" ".join(re.split(r"[\s_-]+", shape.layer.casefold())))
        if layer is None:
            known = ", ".join(layer.label.nl for layer in Layer)
            known_en = ", ".join(layer.label.en for layer in Layer)
            self.note(
                (*place, "layer"),
                Text(
                    f'bestuurslaag "{shape.layer}" is onbekend en gelezen als '
                    f'"{Layer.OTHER.label.nl}"; bekend zijn: {known}.',
                    f'layer "{shape.layer}" is unknown and was read as '
                    f'"{Layer.OTHER.label.en}"; known are: {known_en}.',
                ),
            )
        return DisputeParty(shape.name, layer or Layer.OTHER, shape.role)

    def _event(self, shape: _Event, place: Place) -> DisputeEvent | None:
        precision = self._precision(shape.date_precision, (*place, "date_precision"))
        day = self._day(shape.date, precision, (*place, "date"))
        public_precision = (
            Precision.DAY
            if shape.public_from_precision is None
            else self._precision(shape.public_from_precision, (*place, "public_from_precision"))
        )
        public = (
            None
            if shape.public_from is None
            else self._day(shape.public_from, public_precision, (*place, "public_from"))
        )
        doubt = shape.date_uncertainty_days or 0
        if not 0 <= doubt <= MOST_UNCERTAIN_DAYS:
            self.tell(
                (*place, "date_uncertainty_days"),
                Text(
                    f"{doubt} dagen onzekerheid kan niet; kies 0 tot en met {MOST_UNCERTAIN_DAYS}.",
                    f"{doubt} days of doubt cannot be; choose 0 to {MOST_UNCERTAIN_DAYS}.",
                ),
            )
            return None
        if day is None or precision is None:
            return None
        certain = _last_day(day, precision) + timedelta(days=doubt)
        known = certain
        if public is not None and public_precision is not None:
            known = max(certain, _last_day(public, public_precision))
        first = _first_day(day, precision)
        text = self._fitting(shape.text, (*place, "text"))
        return DisputeEvent(
            shape.id, first, precision, certain, known, shape.actor, text, shape.source
        )

    def _fitting(self, text: str, place: Place) -> str:
        if len(text) <= TEXT_LENGTH:
            return text
        self.note(
            place,
            Text(
                f'"text" is te lang ({len(text)} tekens); alleen de eerste {TEXT_LENGTH - 1} '
                "zijn gebruikt.",
                f'"text" is too long ({len(text)} characters); only the first '
                f"{TEXT_LENGTH - 1} were used.",
            ),
        )
        return text[: TEXT_LENGTH - 1] + "…"

    def _hindsight(self, shape: _Case, place: Place) -> Hindsight:
        def day(written: str | None, key: str) -> date | None:
            return None if written is None else self._day(written, None, (*place, key))

        precision = (
            Precision.DAY
            if shape.recognised_as_impasse_precision is None
            else self._precision(
                shape.recognised_as_impasse_precision,
                (*place, "recognised_as_impasse_precision"),
            )
        )
        precision = precision or Precision.DAY
        recognised = day(shape.recognised_as_impasse_date, "recognised_as_impasse_date")
        return Hindsight(
            None if recognised is None else _first_day(recognised, precision),
            precision,
            day(shape.formal_impasse_date, "formal_impasse_date"),
            day(shape.earliest_signal_date, "earliest_signal_date"),
        )

    def _precision(self, written: str | None, place: Place) -> Precision | None:
        if written in set(Precision):
            return Precision(written)
        self.tell(
            place,
            Text(
                f'precisie "{written or ""}" is onbekend; kies day, month of year.',
                f'precision "{written or ""}" is unknown; choose day, month or year.',
            ),
        )
        return None

    def _day(self, written: str | None, precision: Precision | None, place: Place) -> date | None:
        """Read a day; a month or year may be written short when that is all that is known."""
        parts = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", written or "", re.ASCII)
        day = None
        if parts is not None:
            year, month, of_month = (int(part) if part else 0 for part in parts.groups())
            enough = (
                of_month
                or (month and precision is not Precision.DAY)
                or (precision is Precision.YEAR)
            )
            if enough and year:
                try:
                    day = date(year, month or 1, of_month or 1)
                except ValueError:
                    day = None
        if day is None:
            self.tell(place, _no_day(written))
            return None
        if not FIRST_DAY <= day <= LAST_DAY - timedelta(days=2 * MOST_UNCERTAIN_DAYS):
            self.tell(place, _out_of_reach(day))
            return None
        return day


def _ids(cases: list[object]) -> Iterator[tuple[Place, str]]:
    for number, case in enumerate(cases):
        if not isinstance(case, dict):
            continue
        if "id" in case:
            yield ("cases", number, "id"), one_line(f"{case['id']}")
        events = case.get("events")
        for place, event in enumerate(events if isinstance(events, list) else ()):
            if isinstance(event, dict) and "id" in event:
                yield ("cases", number, "events", place, "id"), one_line(f"{event['id']}")


def _first_day(day: date, precision: Precision) -> date:
    match precision:
        case Precision.DAY:
            return day
        case Precision.MONTH:
            return day.replace(day=1)
        case Precision.YEAR:
            return date(day.year, 1, 1)


def _last_day(day: date, precision: Precision) -> date:
    match precision:
        case Precision.DAY:
            return day
        case Precision.MONTH:
            return day.replace(day=monthrange(day.year, day.month)[1])
        case Precision.YEAR:
            return date(day.year, 12, 31)


def _fault(found: ErrorDetails) -> Text:
    """Say what is wrong with the shape of a value, in words to act on."""
    last = str(found["loc"][-1]) if found["loc"] else ""
    most = found.get("ctx", {}).get("max_length", 0)
    match found["type"]:
        case "missing":
            return Text(f'"{last}" ontbreekt; vul het in.', f'"{last}" is missing; add it.')
        case "too_short" if last == "parties":
            return Text(
                '"parties" noemt er te weinig; een geschil heeft ten minste twee partijen.',
                '"parties" names too few; a dispute has at least two parties.',
            )
        case "too_short" | "string_too_short":
            return Text(f'"{last}" is leeg; vul het in.', f'"{last}" is empty; fill it in.')
        case "string_too_long":
            return Text(
                f'"{last}" is te lang; kort in tot {most} tekens.',
                f'"{last}" is too long; shorten it to {most} characters.',
            )
        case "list_type":
            return Text(
                f'"{last}" moet een lijst zijn; begin elke regel met een streepje.',
                f'"{last}" must be a list; begin each line with a dash.',
            )
        case "model_type" | "model_attributes_type" | "dict_type":
            return Text(
                "hier horen namen met waarden te staan (naam: waarde).",
                "here names with values are expected (name: value).",
            )
        case "string_type":
            return Text(f'"{last}" moet tekst zijn.', f'"{last}" must be text.')
        case _:
            return Text(
                f'"{last}" heeft een waarde die hier niet past; verbeter haar.',
                f'"{last}" has a value that does not fit here; correct it.',
            )


def _no_day(written: str | None) -> Text:
    if not written:
        return Text(
            "de datum ontbreekt; schrijf een dag als 2021-03-12.",
            "the date is missing; write a day such as 2021-03-12.",
        )
    return Text(
        f'"{written}" is geen bestaande dag; schrijf een dag als 2021-03-12.',
        f'"{written}" is no existing day; write a day such as 2021-03-12.',
    )


def _out_of_reach(day: date) -> Text:
    last = LAST_DAY - timedelta(days=2 * MOST_UNCERTAIN_DAYS)
    return Text(
        f"{day.isoformat()} valt buiten de kalender; kies een dag van {FIRST_DAY.isoformat()} tot "
        f"en met {last.isoformat()}.",
        f"{day.isoformat()} lies outside the calendar; choose a day from {FIRST_DAY.isoformat()} "
        f"to {last.isoformat()}.",
    )


_NO_REPLAY_FILE = Text(
    'dit is geen bestand met geschillen: er is geen lijst "cases". Neem '
    "config/demonstration/disputes.yaml als voorbeeld.",
    'this is no file of disputes: it has no list "cases". Take '
    "config/demonstration/disputes.yaml as an example.",
)
_NO_CASES = Text(
    'er staat geen geschil in dit bestand: de lijst "cases" is leeg. Neem '
    "config/demonstration/disputes.yaml als voorbeeld.",
    'there is no dispute in this file: the list "cases" is empty. Take '
    "config/demonstration/disputes.yaml as an example.",
)
