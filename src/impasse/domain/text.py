"""A sentence in the two languages of the product: Dutch first, English beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["nl", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Dutch (`nl`) and English (`en`)."""

    nl: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the words in *language*."""
        return self.nl if language == "nl" else self.en

    def __str__(self) -> str:
        """Return the Dutch words: the product's default language."""
        return self.nl

    def __add__(self, other: Text) -> Text:
        """Join two texts, language by language."""
        return Text(self.nl + other.nl, self.en + other.en)


def same(words: str) -> Text:
    """Return words that are alike in both languages: a name, a code, a quotation."""
    return Text(words, words)
