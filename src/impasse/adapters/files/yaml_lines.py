"""YAML read as plain values, with the line on which each of them stands.

Three habits of YAML surprise authors of rules, so they are not followed here: `on`, `yes` and
`no` stay words, `0363` keeps its leading zero, and a day such as `2026-04-01` stays the text
that was written (a shape turns it into a date). Keys are always text. Anchors, aliases, merge
keys and tags are refused: what a file says must stand where it is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from impasse.domain.errors import Unreadable
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Place = tuple[str | int, ...]
"""A way into a file: keys of mappings and positions in lists, from the outside in."""

_PLAIN = "tag:yaml.org,2002:"
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True} | dict.fromkeys(
    ("false", "False", "FALSE"), False
)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: the line (1 is the first; 0 is the whole file) and the remedy."""

    line: int
    text: Text


@dataclass(frozen=True, slots=True)
class Lines:
    """The line of every place in a file."""

    _lines: Mapping[Place, int]

    def at(self, place: Iterable[str | int]) -> int:
        """Return the line of *place*.

        A part of the way that the file does not have is skipped, so that a key that is missing
        is reported where it should have stood. The line of a value in a mapping is that of its key.
        """
        known: Place = ()
        for part in place:
            if (*known, part) in self._lines:
                known = (*known, part)
        return self._lines[known]


def read_yaml(path: Path) -> tuple[object, Lines]:
    """Return the values of the file at *path*, and the lines they stand on.

    Raises `Unreadable` when the file is missing, is not UTF-8, is not YAML, is empty, repeats a
    key or uses an anchor, alias, merge key or tag; all repeated keys and tags are told at once.
    """
    return parse_yaml(read_text(path), path.name)


def parse_yaml(content: str, name: str) -> tuple[object, Lines]:
    """Return the values of *content*, as `read_yaml` does; *name* is how messages call it."""
    root = compose(content)
    if isinstance(root, Problem):
        raise unreadable(name, [root])
    reading = _Reading({}, [])
    value = reading.value(root, ())
    if reading.problems:
        raise unreadable(name, reading.problems)
    return value, Lines(reading.lines | {(): 1})


def compose(content: str) -> yaml.Node | Problem:
    """Return the outermost node of *content*, or why there is none, at the line to mend."""
    deep = _too_deep(content)
    if deep is not None:
        return deep
    if found := _composed_quickly(content):
        return found
    loader = None
    try:
        loader = _PlainLoader(content)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Problem(mark.line + 1 if mark else 1, _not_yaml(error))
    except yaml.reader.ReaderError as error:
        return Problem(content.count("\n", 0, error.position) + 1, CONTROL_CHARACTER)
    except RecursionError:
        # How far the reader came is where it became too deep.
        return Problem(loader.get_mark().line + 1 if loader else 1, _TOO_DEEP)
    finally:
        if loader is not None:
            loader.dispose()
    return Problem(1, _EMPTY) if root is None else root


def _composed_quickly(content: str) -> yaml.Node | None:
    """Return the outermost node as libyaml finds it, five times as fast; None when unsure.

    Whatever may be wrong, and whatever may be an anchor, is left to the slow reader, which has a
    sentence and a line for it.
    """
    if _QuickLoader is None or "&" in content or "*" in content:
        return None
    try:
        loader = _QuickLoader(content)
        try:
            root: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()
    except (yaml.YAMLError, UnicodeError):
        return None
    return root


_SHALLOW = 100
"""No file of rules is nested deeper."""


def _too_deep(content: str) -> Problem | None:
    """Return where *content* is nested deeper than any file of rules, if it is.

    Looked at before anything is composed, which takes stack for each level: tens of thousands of
    brackets would take that of the whole process. What else is wrong, others say.
    """
    depth = 0
    try:
        loader = (_QuickLoader or yaml.SafeLoader)(content)
        try:
            while loader.check_event():
                event = loader.get_event()
                if isinstance(event, yaml.CollectionStartEvent):
                    depth += 1
                    if depth > _SHALLOW:
                        mark = event.start_mark
                        return Problem(mark.line + 1 if mark else 1, _TOO_DEEP)
                elif isinstance(event, yaml.CollectionEndEvent):
                    depth -= 1
        finally:
            loader.dispose()
    except (yaml.YAMLError, UnicodeError):
        return None
    return None


def unreadable(name: str, problems: Iterable[Problem]) -> Unreadable:
    """Return the error that tells all *problems* of the file *name*, one per line, in order."""
    told = sorted(problems, key=lambda problem: problem.line)
    sentences = [_place(name, problem.line) + problem.text for problem in told]
    return Unreadable(Text("\n".join(s.nl for s in sentences), "\n".join(s.en for s in sentences)))


def _place(name: str, line: int) -> Text:
    if not line:
        return same(f"{name}: ")
    return Text(f"{name}, regel {line}: ", f"{name}, line {line}: ")


def read_text(path: Path) -> str:
    """Return the characters of the file at *path*, without a byte order mark.

    Raises `Unreadable` when the file is missing, may not be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise unreadable(path.name, [Problem(line, _NOT_UTF8)]) from error
    except OSError as error:
        reason = error.strerror or str(error)
        text = Text(
            f"het bestand is niet te lezen ({reason}); controleer de plaats en de rechten.",
            f"the file cannot be read ({reason}); check its place and its permissions.",
        )
        raise unreadable(str(path), [Problem(0, text)]) from error


class _PlainLoader(yaml.SafeLoader):
    """Composes nodes only, and leaves every scalar the text that was written."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - the base class has it as a plain attribute

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            problem = "found an anchor or alias"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)


def _quick_loader() -> Any:  # noqa: ANN401 libyaml's reader, where PyYAML was built with it
    """Return what composes nodes as `_PlainLoader` does, or None where there is no libyaml."""
    if not yaml.__with_libyaml__:
        return None

    class Quick(yaml.CSafeLoader):
        yaml_implicit_resolvers = {}  # noqa: RUF012 - the base class has it as a plain attribute

    return Quick


_QuickLoader = _quick_loader()


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is found while walking the nodes of one file."""

    lines: dict[Place, int]
    problems: list[Problem]

    def value(self, node: yaml.Node, place: Place) -> object:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        mapping, sequence = (isinstance(node, k) for k in (yaml.MappingNode, yaml.SequenceNode))
        if node.tag != _PLAIN + ("map" if mapping else "seq" if sequence else "str"):
            self.problems.append(Problem(line, _tag(node.tag)))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, i)) for i, item in enumerate(node.value)]
        written: str = node.value
        plain = isinstance(node, yaml.ScalarNode) and not node.style
        return _scalar(written) if plain else written

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(line, _KEY_NOT_TEXT))
                continue
            key = key_node.value
            if key == "<<":
                self.problems.append(Problem(line, _MERGE))
            elif key in found:
                self.problems.append(Problem(line, _repeated(key, self.lines[*place, key])))
            else:
                self.lines[*place, key] = line
                found[key] = self.value(value_node, (*place, key))
        return found


def _scalar(written: str) -> object:
    if written in _NULL:
        return None
    if written in _BOOLEAN:
        return _BOOLEAN[written]
    if _INTEGER.fullmatch(written):
        return int(written)
    if _DECIMAL.fullmatch(written):
        return float(written)
    return written


def _not_yaml(error: yaml.MarkedYAMLError) -> Text:
    said = error.problem or ""
    if "anchor" in said:
        return Text(
            "ankers en verwijzingen (&, *) worden niet gebruikt; schrijf de waarde voluit.",
            "anchors and aliases (&, *) are not used; write the value in full.",
        )
    if "\\t" in said:
        return Text(
            "hier staat een tab; gebruik spaties om in te springen.",
            "there is a tab here; indent with spaces.",
        )
    return Text(
        "dit is geen geldige YAML; controleer hier het inspringen, de aanhalingstekens en de "
        f"dubbele punten (de lezer zegt: {said}).",
        "this is not valid YAML; check indentation, quotes and colons here "
        f"(the reader says: {said}).",
    )


def _repeated(key: str, first: int) -> Text:
    return Text(
        f'"{key}" staat er al op regel {first}; laat er één staan.',
        f'"{key}" already stands on line {first}; keep one of the two.',
    )


def _tag(tag: str) -> Text:
    return Text(
        f'het label "{tag}" wordt niet gebruikt; schrijf de waarde zonder label.',
        f'the tag "{tag}" is not used; write the value without it.',
    )


_NOT_UTF8 = Text(
    'de tekens zijn geen UTF-8; sla het bestand op als UTF-8 (in Excel: "CSV UTF-8").',
    'the characters are not UTF-8; save the file as UTF-8 (in Excel: "CSV UTF-8").',
)
CONTROL_CHARACTER = Text(
    "hier staat een onzichtbaar stuurteken; verwijder het.",
    "there is an invisible control character here; remove it.",
)
"""What is said of a character that nobody sees, and that nothing should hang on."""
_TOO_DEEP = Text(
    "het bestand is te diep genest; maak het platter.",
    "the file is nested too deeply; make it flatter.",
)
_EMPTY = Text(
    "het bestand is leeg; begin met een voorbeeld uit de documentatie.",
    "the file is empty; start from an example in the documentation.",
)
_KEY_NOT_TEXT = Text(
    "een sleutel moet tekst zijn; schrijf één woord voor de dubbele punt.",
    "a key must be text; write one word before the colon.",
)
_MERGE = Text(
    'samenvoegen met "<<" wordt niet gebruikt; schrijf de waarden voluit.',
    'merging with "<<" is not used; write the values in full.',
)
