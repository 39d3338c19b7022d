"""The table of rights in docs/reference/access.md, and what the house really answers.

python tests/access/access_table.py            adds a line for each door that has none, with what
the house answers now, and drops lines without a
door; read what it wrote before you commit it
python tests/access/access_table.py --check    exit status 1 when a door or a line lacks
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

TESTS = Path(__file__).resolve().parents[1]
if str(TESTS) not in sys.path:
    sys.path.insert(0, str(TESTS))

from access import town as towns  # noqa: E402 found by the line above
from access.asked import QUERIES, body_of, form_of  # noqa: E402
from access.doors import Door, doors, filled, plain, values_of  # noqa: E402
from access.town import METRICS_TOKEN, ROLES, Seat  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

    from access.town import Town

PAGE = TESTS.parent / "docs" / "reference" / "access.md"
BEGIN, END = "<!-- rechten -->", "<!-- einde rechten -->"
SEES, MAY, ONWARD, SIGN_IN, NO_DOOR = "ziet", "mag", "door", "aanmelden", "–"
HEAD = (
    "| methode | adres | " + " | ".join(role.label for role in ROLES) + " |\n"
    "|---|---|" + "---|" * len(ROLES)
)
_EXAMINED = {400, 409, 412, 413, 415, 422, 428}
"""Answers to who may ask, about what was asked."""

_LAST = (
    "/settlements",
    "/fase",
    "/transitions",
    "/uitvoeren",
    "/runs",
    "/herstel",
    "/sessions",
    "/afmelden",
)
"""After these the case or the session is not what it was: they are asked last."""


@dataclass(frozen=True)
class Line:
    """One line of the table: a door, and what it answers to each role."""

    path: str
    method: str
    answers: tuple[str, ...]

    @property
    def door(self) -> Door:
        """The door of this line, without the variant of its address."""
        return Door(plain(self.path), self.method)

    def __str__(self) -> str:
        cells = " | ".join(self.answers)
        return f"| {self.method} | `{self.path}` | {cells} |"


def lines() -> list[Line]:
    """Return the lines of the table, as the page has them."""
    found = []
    for written in _table().splitlines():
        cells = [cell.strip() for cell in written.strip().strip("|").split("|")]
        if len(cells) == len(ROLES) + 2 and cells[1].startswith("`"):
            found.append(Line(cells[1].strip("`"), cells[0], tuple(cells[2:])))
    return found


def gaps(known: Iterable[Line]) -> tuple[list[Door], list[Line]]:
    """Return the doors that have no line, and the lines that have no door."""
    known, there = list(known), doors()
    lined = {line.door for line in known}
    return (
        [door for door in there if door not in lined],
        [line for line in known if line.door not in set(there)],
    )


def answer(town: Town, role: Seat, path: str, method: str) -> str:
    """Return in one word what the house answers somebody in *role*."""
    door = Door(plain(path), method)
    token_only = role.key == "read_token"
    if token_only and not door.is_api:
        return NO_DOOR
    key = "read:lotte" if token_only else role.person
    address = filled(path, values_of(town, door, role.person)) + QUERIES.get(door.path, "")
    if door.is_api:
        body = body_of(town, door) if door.changes else None
        rest = {} if body is None else {"json": body}
        found = town.api(key, method, address.removeprefix("/api/v1"), **rest)
    elif door.changes:
        form = {"formulier": town.form(key), **form_of(town, door)}
        found = town.browser(key).request(method, address, data=form)
    else:
        numbers = role.key == "administrator" and path == "/metrics"
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"} if numbers else {}
        found = town.browser(key).get(address, headers=headers)
    onward = found.headers.get("location", "")
    if (
        not door.is_api
        and not key
        and (onward.startswith("/aanmelden") or found.status_code == 403)
    ):
        return SIGN_IN
    if not door.changes and found.status_code == 303:
        return ONWARD
    good = found.status_code < 400 or (door.changes and found.status_code in _EXAMINED)
    return (MAY if door.changes else SEES) if good else str(found.status_code)


def in_order(known: Iterable[Line]) -> list[Line]:
    """Return lines in the order of asking: reading first, and what upsets the rest last."""
    return sorted(
        known,
        key=lambda line: (
            line.door.changes,
            next((n for n, end in enumerate(_LAST, 1) if line.path.endswith(end)), 0),
            line.method == "DELETE",
            # What lies inside something else is removed before it.
            -line.path.count("/") if line.method == "DELETE" else 0,
            line.path,
        ),
    )


def variants(path: str) -> list[str]:
    """Return *path* once, or of a room: for the shared one and each kind of closed one."""
    names = [name for name in ("room", "kamer") if f"{{{name}}}" in path]
    if not names:
        return [path]
    kinds = ("side", "caucus", "mediator")
    [name] = names
    return [path, *(path.replace(f"{{{name}}}", f"{{{name}:{kind}}}") for kind in kinds)]


def proposed(new: Iterable[Door]) -> list[Line]:
    """Return lines for doors that have none, with what the house answers now."""
    import shutil

    from impasse.adapters.sql.migrate import upgrade

    asked = in_order(Line(path, door.method, ()) for door in new for path in variants(door.path))
    answers: dict[Line, list[str]] = {line: [] for line in asked}
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "first.db"
        upgrade(f"sqlite:///{first}")
        towns.furnish(first)
        for role in ROLES:
            file = Path(folder) / f"{role.key}.db"
            shutil.copyfile(first, file)
            with towns.opened(f"sqlite:///{file}") as town:
                town.inhabited()
                for line in asked:
                    answers[line].append(answer(town, role, line.path, line.method))
    return [Line(line.path, line.method, tuple(found)) for line, found in answers.items()]


def main(arguments: list[str]) -> int:
    """Write the table, or with `--check` say what lacks; return the exit status."""
    known = lines()
    lacking, left = gaps(known)
    for door in lacking:
        sys.stderr.write(f"access.md: no line for {door.method} {door.path}\n")
    for line in left:
        sys.stderr.write(f"access.md: no door for {line.method} {line.path}\n")
    if not lacking and not left:
        return 0
    if arguments == ["--check"]:
        sys.stderr.write("Run 'python tests/access/access_table.py' and read what it adds.\n")
        return 1
    fresh = proposed(lacking)
    for line in fresh:
        sys.stderr.write(f"{line}\n")
    write([*(line for line in known if line not in left), *fresh])
    return 0


def write(all_lines: Iterable[Line]) -> None:
    """Put the table with *all_lines* into the page."""
    rows = sorted(
        all_lines, key=lambda line: (line.path.startswith("/api/"), line.path, line.method)
    )
    whole = PAGE.read_text("utf-8")
    before, after = whole.split(BEGIN)[0], whole.split(END)[1]
    table = "\n".join([BEGIN, "", HEAD, *map(str, rows), "", END])
    PAGE.write_text(f"{before}{table}{after}", encoding="utf-8")


def _table() -> str:
    return PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
