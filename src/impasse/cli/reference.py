"""`python -m impasse.cli.reference`: the generated pages of docs/, written or verified.

Settings come from their class, commands from the command line itself, the glossary from what the
API tells: what is said there and what is done cannot grow apart. With `--check` nothing is
written; the exit status is 1 when a page is out of date.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from typer.main import get_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from impasse.domain.text import Text

DOCS = Path(__file__).resolve().parents[3] / "docs"
"""Where the pages lie in a checkout; an installed wheel has none."""

_NOTICE = "<!-- Made by `make docs` from {source}. Change it there, not here. -->\n"


def pages() -> dict[str, str]:
    """Return every generated page, by its path below docs/."""
    from impasse.api.glossary import glossary_page

    return {
        "glossary.md": glossary_page(),
        "reference/api-paths.md": paths_page(),
        "reference/cli.md": cli_page(),
        "reference/settings.md": settings_page(),
        "reference/woo-grounds.md": grounds_page(),
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` name the ones that are out of date; return the status."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("python -m impasse.cli.reference [--check]\n")
        return 2
    if not DOCS.is_dir():
        sys.stderr.write(f"{DOCS} is not here: run this in a checkout of impasse.\n")
        return 2
    outdated = {name: page for name, page in pages().items() if _present(DOCS / name) != page}
    if arguments:
        for name in outdated:
            sys.stderr.write(f"docs/{name} is out of date: run 'make docs' and commit it.\n")
        return 1 if outdated else 0
    for name, page in outdated.items():
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(page, encoding="utf-8")
        sys.stderr.write(f"docs/{name} written.\n")
    return 0


def _present(page: Path) -> str:
    return page.read_text(encoding="utf-8") if page.is_file() else ""


# ---- settings


def settings_page() -> str:
    """Return the page of every setting: its name, default, values and meaning."""
    from impasse.settings import FILE_VARIABLE, PREFIX, USUAL_FILE, Settings

    schema = Settings.model_json_schema()["properties"]
    rows = [
        (
            f"`{name}`",
            f"`{PREFIX}{name.upper()}`",
            _default(field.default),
            _values(schema[name]),
            _in_cell(field.description or ""),
        )
        for name, field in Settings.model_fields.items()
    ]
    head = ("setting", "in the environment", "default", "values", "meaning")
    intro = _SETTINGS.format(variable=FILE_VARIABLE, file=USUAL_FILE)
    return _NOTICE.format(source="src/impasse/settings.py") + intro + _table(head, rows)


_SETTINGS = """
# Settings

A setting stands in a TOML file or in the environment; the environment wins. The file is the one
that `{variable}` names, or `{file}` when it is there. Relative paths count from the
working directory.

A key or variable that is not in this list is refused, with the nearest name that is. An example
with every default: [`config/impasse.example.toml`](../../config/impasse.example.toml). How to run
the product: [`docs/guide/beheer.md`](../guide/beheer.md), in Dutch.

"""


def _default(value: object) -> str:
    if value is None:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _values(schema: Mapping[str, Any]) -> str:
    """Say in words what a setting takes, from its JSON Schema."""
    match schema:
        case {"anyOf": [first, *_]}:
            return _values(first)
        case {"enum": choices}:
            return ", ".join(f"`{choice}`" for choice in choices)
        case {"minimum": least, "maximum": most}:
            return f"{least} to {most}"
        case {"type": "boolean"}:
            return "`true`, `false`"
        case {"format": "path"}:
            return "a path"
        case _:
            return "text"


# ---- grounds of the Woo


def grounds_page() -> str:
    """Return the page of every ground on which the Woo lets information be kept back, in Dutch."""
    from impasse.domain.woo_grounds import GROUNDS

    rows = [
        (
            f"`{one.code}`",
            one.article.nl,
            _in_cell(one.protects.nl),
            one.weight.label.nl,
            one.environment.label.nl,
        )
        for one in GROUNDS.values()
    ]
    head = ("grond", "plaats in de wet", "beschermt", "weging", "bij milieu-informatie")
    return (
        _NOTICE.format(source="src/impasse/domain/woo_grounds.py") + _GROUNDS + _table(head, rows)
    )


_GROUNDS = """
# Gronden van de Woo

Op deze gronden kan een overheid informatie weigeren (Wet open overheid, hoofdstuk 5). De woorden
zijn een samenvatting; de tekst van de [wet](https://wetten.overheid.nl/BWBR0045754) geldt. Hoe u
ermee werkt: [Openbaarheid](../guide/openbaarheid.md).

- **Absoluut**: geldt de grond, dan wordt niet meer afgewogen. **Af te wegen**: alleen als het
  belang zwaarder weegt dan openbaarheid, met een uitdrukkelijke motivering (5.1, derde lid).
  **Uitstel**: later, met een moment (5.1, vierde lid).
- Informatie over **emissies in het milieu** kan niet worden geweigerd op 5.1, eerste of tweede lid
  (5.1, zevende lid).
- Is de informatie ouder dan **vijf jaar**, dan vraagt een weigering op een af te wegen grond of op
  5.2 meer motivering (5.3).
- **Feiten, prognoses, alternatieven, gevolgen** en andere objectieve delen zijn nooit een
  beleidsopvatting (5.2, eerste lid).

"""


# ---- commands


def cli_page() -> str:
    """Return the page of every command, with its arguments and options, in Dutch."""
    # Commands choose the language of their help when they are imported.
    os.environ["IMPASSE_LANGUAGE"] = "nl"
    from impasse.cli.main import COMMANDS, app

    group: Any = get_command(app)
    context = group.make_context("impasse", [], resilient_parsing=True)
    lines = [_NOTICE.format(source="src/impasse/cli/") + _COMMANDS]
    for command in COMMANDS:
        _, found, _ = group.resolve_command(context, [command.name])
        lines += _command_lines(f"impasse {command.name}", found, command.help)
    return "\n".join(lines)


_COMMANDS = """
# Opdrachten

Elke opdracht legt zichzelf uit met `--help`. Zet `IMPASSE_LANGUAGE=en` voor Engels; een deel van de
uitleg is er alleen in het Nederlands.

Wat een opdracht antwoordt, staat op stdout. Al het andere staat op stderr. De uitgangswaarde is:

| waarde | betekenis |
|---|---|
| 0 | klaar, of ja |
| 1 | een eerlijk nee: een procedure klopt niet, een keten is gebroken, een opdracht is geweigerd |
| 2 | verkeerd gebruik, of een bestand of instelling die niet te lezen is |

Bij 1 en 2 leest u in één zin wat er is, waar, en wat u kunt doen.
"""


def _command_lines(name: str, command: Any, line: Text | None = None) -> Iterator[str]:  # noqa: ANN401 — typer keeps its types private
    """Yield the section of a command; of a group, one for each command in it."""
    members: Mapping[str, Any] = getattr(command, "commands", {})
    yield f"## `{name}`" if line else f"### `{name}`"
    yield ""
    yield line.nl if line else (command.help or "").strip()
    yield ""
    if members:
        for member, found in members.items():
            yield from _command_lines(f"{name} {member}", found)
        return
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    yield "```text"
    yield " ".join([name, *_usage(shown)])
    yield "```"
    yield ""
    if shown:
        yield _table(
            ("keuze", "waarden", "standaard", "betekenis"), [_parameter_row(p) for p in shown]
        )


def _usage(parameters: list[Any]) -> Iterator[str]:
    """Yield the words after a command: options that must be there first, then arguments."""
    options = [p for p in parameters if p.opts[0].startswith("-")]
    for option in options:
        if option.required:
            yield f"{option.opts[0]} …"
    if any(not option.required for option in options):
        yield "[…]"
    for argument in parameters:
        if argument not in options:
            name = _metavar(argument)
            yield name if argument.required else f"[{name}]"


def _parameter_row(parameter: Any) -> tuple[str, ...]:  # noqa: ANN401 — typer keeps its types private
    is_option = parameter.opts[0].startswith("-")
    name = ", ".join(parameter.opts) if is_option else _metavar(parameter)
    choices = _choices(parameter.type_descriptor.annotation)
    values = ", ".join(f"`{choice}`" for choice in choices)
    if not values and is_option and parameter.metavar:
        values = f"`{parameter.metavar}`"
    if parameter.min is not None or parameter.max is not None:
        values = f"{parameter.min} t/m {parameter.max}"
    meaning = parameter.help or ""
    if parameter.multiple:
        values += " (mag vaker)" if "vaker" not in meaning else ""
    return (_in_cell(f"`{name}`"), values, _default_in_words(parameter), _in_cell(meaning))


def _metavar(argument: Any) -> str:  # noqa: ANN401 — typer keeps its types private
    return argument.metavar or str(argument.name).upper()


def _default_in_words(parameter: Any) -> str:  # noqa: ANN401 — typer keeps its types private
    if parameter.required:
        return "verplicht"
    if getattr(parameter, "is_flag", False):
        return "uit"
    if parameter.default is None or callable(parameter.default) or parameter.default in ("", ()):
        return ""
    return f"`{parameter.default}`"


def _choices(annotation: Any) -> list[str]:  # noqa: ANN401 — any annotation of a parameter
    """Return the words that may be chosen from, when the annotation names them."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return [member.value for member in annotation]
    if get_origin(annotation) is Literal:
        return [str(choice) for choice in get_args(annotation)]
    inner = [part for part in get_args(annotation) if part is not NoneType]
    return _choices(inner[0]) if len(inner) == 1 else []


# ---- paths of the API


def paths_page() -> str:
    """Return the page of every path of the API, with what may be done there, in Dutch."""
    from fastapi.routing import APIRoute

    from impasse.api.admission import PublicRoute
    from impasse.api.app import ROUTERS

    rows = [
        (
            f"`{method}`",
            f"`/api/v1{route.path}`",
            _in_cell(route.summary or ""),
            "nee" if isinstance(route, PublicRoute) else "ja",
        )
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]
    head = ("methode", "pad", "wat", "token nodig")
    return _NOTICE.format(source="src/impasse/api/") + _PATHS + _table(head, rows)


_PATHS = """
# Alle paden van de API

Hoe u de API gebruikt, staat in [API](api.md). Wat u stuurt en krijgt, staat bij elk pad in
`/api/v1/openapi.json`. Waar `GET` kan, kan ook `HEAD`.

"""


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _in_cell(words: str) -> str:
    return " ".join(words.replace("|", "\\|").split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
