"""The glossary from its file: one noun, one name in every layer, with its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from impasse.adapters.files.yaml_lines import Problem, read_yaml, unreadable
from impasse.adapters.files.yaml_shape import shape_problems
from impasse.domain.text import Text

if TYPE_CHECKING:
    from pathlib import Path

_Words = Annotated[str, Field(min_length=1)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Meaning(_Shape):
    nl: _Words
    en: _Words


class _Noun(_Shape):
    noun: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    nl: _Words
    en: _Words
    meaning: _Meaning
    module: _Words
    table: str = ""
    api: str = ""
    page: str = ""


class _File(_Shape):
    nouns: Annotated[list[_Noun], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun of the product: `name` in the code, `words` for readers, and where it is found.

    `module` is a file of the package, or one in workflows/ or config/; `table`, `api` (below the
    base path) and `page` are "" where the noun has none.
    """

    name: str
    words: Text
    meaning: Text
    module: str
    table: str = ""
    api: str = ""
    page: str = ""


def load_glossary(path: Path) -> tuple[Noun, ...]:
    """Return the nouns in the file at *path*, by name.

    Raises `Unreadable`, which tells every problem of the file with its line and its remedy.
    """
    value, lines = read_yaml(path)
    try:
        file = _File.model_validate(value)
    except ValidationError as error:
        found = shape_problems(error, lines, known_keys=_Noun.model_fields)
        raise unreadable(path.name, found) from error
    names = [noun.noun for noun in file.nouns]
    repeated = [
        Problem(
            lines.at(("nouns", place, "noun")),
            Text(
                f'"{name}" staat er al; laat er één staan.',
                f'"{name}" stands here already; keep one of the two.',
            ),
        )
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if repeated:
        raise unreadable(path.name, repeated)
    nouns = [
        Noun(
            name=noun.noun,
            words=Text(noun.nl, noun.en),
            meaning=Text(noun.meaning.nl, noun.meaning.en),
            module=noun.module,
            table=noun.table,
            api=noun.api,
            page=noun.page,
        )
        for noun in file.nouns
    ]
    return tuple(sorted(nouns, key=lambda noun: noun.name))
