"""The glossary: the Dutch of government, and the English names that stand for it here.

Its one source is config/glossary.yaml: `/glossary` tells it, and `docs/glossary.md` is written
from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.adapters.files.glossary import load_glossary
from impasse.adapters.files.shipped import shipped

if TYPE_CHECKING:
    from impasse.adapters.files.glossary import Noun
    from impasse.domain.text import Text


@dataclass(frozen=True, slots=True)
class Entry:
    """A Dutch term, its identifier in code and on the wire, and what it means."""

    term: str
    identifier: str
    meaning: Text


NOUNS = load_glossary(shipped("config", "glossary.yaml"))
GLOSSARY = tuple(
    sorted(
        (Entry(noun.words.nl, noun.name, noun.meaning) for noun in NOUNS),
        key=lambda entry: entry.term,
    )
)


def glossary_page() -> str:
    """Return the glossary as the text of `docs/glossary.md`: each noun, and where it is found."""
    return "\n".join([_HEAD, *(_section(noun) for noun in NOUNS)])


def _section(noun: Noun) -> str:
    inside = noun.module.startswith(("workflows/", "config/"))
    places = [f"[`{noun.module}`](../{noun.module if inside else 'src/impasse/' + noun.module})"]
    places += [f"tabel `{noun.table}`"] if noun.table else []
    places += [f"API `{noun.api}`"] if noun.api else []
    places += [f"pagina `{noun.page}`"] if noun.page else []
    words = f"**{noun.words.nl}** · *{noun.words.en}*"
    meaning = f"{noun.meaning.nl}\n*{noun.meaning.en}*"
    return "\n\n".join([f"### `{noun.name}`", words, meaning, " · ".join(places)]) + "\n"


_HEAD = """\
<!-- Made by `make docs` from config/glossary.yaml. Change it there, not here. -->

# Woordenlijst · Glossary

Eén begrip, één naam, in elke laag: bestand, klasse, tabel, pad van de API, scherm. De namen in de
code zijn Engels; wat mensen lezen is eerst Nederlands. De lijst staat ook op `/api/v1/glossary`.
*One noun, one name, in every layer. Names in the code are English; people read Dutch first.*

Let op: **escalatie** heeft twee betekenissen, en daarom twee namen:
[`hierarchical_escalation`](#hierarchical_escalation) (naar een hogere tafel) en
[`conflict_escalation`](#conflict_escalation) (verharding).
*Escalation has two meanings, and therefore two names.*
"""
