"""Rules in a file, with every problem on its line: what readers of such files share."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from impasse.adapters.files.yaml_lines import CONTROL_CHARACTER, Lines, Problem, _Reading, compose
from impasse.domain.errors import Unreadable
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path as File

    from impasse.adapters.files.yaml_lines import Place
    from impasse.domain.certificate import Path


@dataclass(frozen=True, slots=True)
class Located:
    """One problem, and where to mend it; line 0 is the file as a whole."""

    file: str
    line: int
    text: Text
    witness: Path = ()
    """The way of a case to where the problem shows, if it shows somewhere."""

    @property
    def sentence(self) -> Text:
        """The problem with its place in front, as editors and terminals link it."""
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        text = self.text if self.text.nl.endswith(".") else self.text + same(".")
        return same(place) + text

    @property
    def line_sentence(self) -> Text:
        """The problem with its line in front, where everybody knows which text is meant."""
        text = self.text if self.text.nl.endswith(".") else self.text + same(".")
        if not self.line:
            return text
        return Text(f"Regel {self.line}: ", f"Line {self.line}: ") + text


def text_of(path: File) -> str:
    """Return the text of the file at *path*; raises `Unreadable` with place and remedy."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            Text(
                f"{path}: de tekens zijn geen UTF-8; sla het bestand op als UTF-8.",
                f"{path}: the characters are not UTF-8; save the file as UTF-8.",
            )
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unreadable(
            Text(
                f"{path}: niet te lezen ({reason}); controleer de plaats en de rechten.",
                f"{path}: cannot be read ({reason}); check its place and its permissions.",
            )
        ) from error


def values_in(text: str, name: str) -> tuple[object, Lines, list[Located]]:
    """Return what *text* says, where, and what is wrong: the first of two equal keys counts.

    Of what is no YAML at all there are no values: that is the one problem then.
    """
    root = compose(text)
    if isinstance(root, Problem):
        return None, Lines({(): 1}), [Located(name, root.line, root.text)]
    reading = _Reading({}, [])
    value = reading.value(root, ())
    found = [Located(name, problem.line, problem.text) for problem in reading.problems]
    lines = Lines(reading.lines | {(): 1})
    kept = _kept(value, (), lambda at: found.append(Located(name, lines.at(at), CONTROL_CHARACTER)))
    return kept, lines, found


_UNKEPT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Characters that no database keeps, or that turn round what is read beside them."""


def _kept(value: object, at: Place, tell: Callable[[Place], None]) -> object:
    """Return *value* without characters that cannot be kept; *tell* hears where they stood."""
    if isinstance(value, str) and _UNKEPT.search(value):
        tell(at)
        return _UNKEPT.sub("?", value)
    if isinstance(value, list):
        return [_kept(inner, (*at, index), tell) for index, inner in enumerate(value)]
    if isinstance(value, dict):
        kept = {}
        for key, inner in value.items():
            kept[_kept(key, (*at, key), tell)] = _kept(inner, (*at, key), tell)
        return kept
    return value


def content_hash_of(data: object) -> str:
    """Return the SHA-256 of what a file says, however it is laid out."""
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()
