"""The register of organisations from its file, refused with every wrong row at once."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from impasse.adapters.files.yaml_lines import Problem, read_text, unreadable
from impasse.domain.people import Layer, Organisation
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = (
    "id",
    "name",
    "layer",
    "abbreviation",
    "province",
    "oin",
    "tooi_uri",
    "valid_from",
    "valid_until",
)
"""The columns, in this order; id, name and layer are always filled."""

NAMED_BY_HAND = "x-eigen-"
"""How the id of an organisation begins that somebody named in a case: never one of the register."""

_ID = re.compile(
    r"gm\d{4}|pv\d{2}|ws\d{4}|mnre\d{4}|so\d{4}|col\d{2}|x-[a-z0-9]+(-[a-z0-9]+)*", re.ASCII
)
_TOOI_URI = re.compile(r"https://identifier\.overheid\.nl/tooi/id/[a-z]+/([a-z]+\d+)", re.ASCII)
_OIN = re.compile(r"(\d{8})[0-9A-Z]{9}000", re.ASCII)
_OIN_PREFIXES = frozenset({"00000001", "00000002", "00000003", "00000004", "00000006", "00000099"})
"""RSIN, Fi number, KvK, SubOIN and Logius; 00000099 is for organisations that are invented."""


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: dict[str, str]

    def problem(self, nl: str, en: str) -> Problem:
        return Problem(self.number, Text(nl, en))


def load_organisations(path: Path) -> tuple[Organisation, ...]:
    """Return the organisations in the file at *path*, in the order of their ids.

    The file is comma-separated UTF-8 with the columns of `HEADER`; a byte order mark is accepted.
    Raises `Unreadable` with every wrong row, each with its line and remedy, and for a register
    without any organisation.
    """
    rows, problems = _rows(read_text(path), path.name)
    first_lines: dict[str, int] = {}
    organisations = []
    for row in rows:
        found = [*_problems(row), *_repeated(row, first_lines)]
        problems += found
        if not found:
            organisations.append(_organisation(row.cells))
    if not rows and not problems:
        problems = [Problem(1, _NOBODY)]
    if problems:
        raise unreadable(path.name, problems)
    return tuple(sorted(organisations, key=lambda organisation: organisation.id))


def _rows(content: str, name: str) -> tuple[list[_Row], list[Problem]]:
    """Return the rows with as many cells as the header, and what is wrong with the others."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    rows: list[_Row] = []
    problems: list[Problem] = []
    try:
        header = next(reader, [])
        if tuple(header) != HEADER:
            raise unreadable(name, [Problem(1, _header_text(header))])
        start = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(HEADER):
                rows.append(_Row(start, dict(zip(HEADER, cells, strict=True))))
            elif cells:
                problems.append(Problem(start, _width_text(len(cells))))
            start = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(reader.line_num, _quotes_text(error)))
    return rows, problems


def _problems(row: _Row) -> Iterator[Problem]:
    """Yield what is wrong with the cells of one row."""
    cells = row.cells
    for name, cell in cells.items():
        if cell != cell.strip() or not cell.isprintable():
            yield row.problem(
                f'"{name}" heeft spaties of stuurtekens te veel; haal ze weg.',
                f'"{name}" has surplus spaces or control characters; remove them.',
            )
    if not _ID.fullmatch(cells["id"]):
        yield row.problem(
            f'id "{cells["id"]}" is geen code; schrijf gm0363, pv27, ws0155, mnre1034, so0001, '
            "col01, of een eigen code zoals x-vng.",
            f'id "{cells["id"]}" is no code; write gm0363, pv27, ws0155, mnre1034, so0001, '
            "col01, or a code of your own such as x-vng.",
        )
    if cells["id"].startswith(NAMED_BY_HAND):
        yield row.problem(
            f'id "{cells["id"]}" kan niet: met {NAMED_BY_HAND} beginnen organisaties die iemand in '
            "een dossier noemde. Kies een ander begin na x-.",
            f'id "{cells["id"]}" cannot be: {NAMED_BY_HAND} begins organisations that somebody '
            "named in a case. Choose another beginning after x-.",
        )
    if not cells["name"]:
        yield row.problem("de naam ontbreekt; vul hem in.", "the name is missing; add it.")
    if cells["layer"] not in set(Layer):
        known = ", ".join(Layer)
        yield row.problem(
            f'laag "{cells["layer"]}" is onbekend; kies uit {known}.',
            f'layer "{cells["layer"]}" is unknown; choose from {known}.',
        )
    yield from _identifier_problems(row)
    yield from _date_problems(row)


def _identifier_problems(row: _Row) -> Iterator[Problem]:
    oin, uri = row.cells["oin"], row.cells["tooi_uri"]
    shape = _OIN.fullmatch(oin)
    if oin and (shape is None or shape[1] not in _OIN_PREFIXES):
        known = ", ".join(sorted(_OIN_PREFIXES))
        yield row.problem(
            f'OIN "{oin}" klopt niet; het heeft 20 posities, begint met {known} en eindigt op 000. '
            "Zet de kolom in Excel op tekst, anders verdwijnen de nullen.",
            f'OIN "{oin}" is not right; it has 20 positions, starts with {known} and ends in 000. '
            "Make the column text in Excel, or its zeros disappear.",
        )
    named = _TOOI_URI.fullmatch(uri)
    if uri and (named is None or named[1] != row.cells["id"]):
        yield row.problem(
            f'TOOI-adres "{uri}" hoort niet bij deze id; verbeter het of laat het leeg.',
            f'TOOI address "{uri}" does not belong to this id; correct it or leave it out.',
        )


def _date_problems(row: _Row) -> Iterator[Problem]:
    unusable = [
        name
        for name in ("valid_from", "valid_until")
        if row.cells[name] and _day(row.cells[name]) is None
    ]
    for name in unusable:
        yield row.problem(
            f'"{row.cells[name]}" is geen dag voor {name}; schrijf bijvoorbeeld 2027-01-31.',
            f'"{row.cells[name]}" is no day for {name}; write for instance 2027-01-31.',
        )
    first, last = _day(row.cells["valid_from"]), _day(row.cells["valid_until"])
    if first is not None and last is not None and last < first:
        yield row.problem(
            f"valid_until ({last}) ligt voor valid_from ({first}); verbeter een van beide.",
            f"valid_until ({last}) lies before valid_from ({first}); correct one of them.",
        )


def _repeated(row: _Row, first_lines: dict[str, int]) -> Iterator[Problem]:
    first = first_lines.setdefault(row.cells["id"], row.number)
    if first != row.number:
        yield row.problem(
            f'id "{row.cells["id"]}" staat er al op regel {first}; laat er één staan.',
            f'id "{row.cells["id"]}" already stands on line {first}; keep one of the two.',
        )


def _organisation(cells: dict[str, str]) -> Organisation:
    return Organisation(
        id=cells["id"],
        name=cells["name"],
        layer=Layer(cells["layer"]),
        abbreviation=cells["abbreviation"],
        province=cells["province"],
        oin=cells["oin"],
        tooi_uri=cells["tooi_uri"],
        valid_from=_day(cells["valid_from"]),
        valid_until=_day(cells["valid_until"]),
    )


def _day(written: str) -> date | None:
    """Return the day that is written as 2027-01-31, or None for anything else."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if day.isoformat() == written else None


_NOBODY = Text(
    "hieronder staat geen enkele organisatie; zet elke organisatie op een eigen regel.",
    "there is no organisation below this; put each organisation on a line of its own.",
)


def _header_text(header: list[str]) -> Text:
    wanted = ",".join(HEADER)
    if len(header) == 1 and ";" in header[0]:
        return Text(
            "de kolommen zijn met puntkomma's gescheiden; bewaar het bestand in Excel als "
            f'"CSV UTF-8" met komma\'s. De eerste regel moet zijn: {wanted}',
            'the columns are separated by semicolons; save the file in Excel as "CSV UTF-8" '
            f"with commas. The first line must be: {wanted}",
        )
    return Text(
        f"de kolommen kloppen niet; de eerste regel moet zijn: {wanted}",
        f"the columns are not right; the first line must be: {wanted}",
    )


def _width_text(found: int) -> Text:
    return Text(
        f"hier staan {found} kolommen in plaats van {len(HEADER)}; zet een naam met een komma "
        "tussen aanhalingstekens.",
        f"there are {found} columns here instead of {len(HEADER)}; put a name with a comma "
        "between quotes.",
    )


def _quotes_text(error: csv.Error) -> Text:
    return Text(
        f"de aanhalingstekens kloppen hier niet; verbeter ze (de lezer zegt: {error}).",
        f"the quotes are not right here; correct them (the reader says: {error}).",
    )
