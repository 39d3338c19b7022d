"""The particulars of an entry of history, read for a sentence: what is missing is left out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import day_in_words
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.domain.history import Json

    Content = Mapping[str, Json]


def word_of(content: Content, key: str) -> str:
    """Return the text under *key*, empty when there is none."""
    value = content.get(key)
    return value if isinstance(value, str) else ""


def words_of(content: Content, key: str) -> list[str]:
    """Return the texts in the list under *key*."""
    value = content.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def both_of(content: Content, key: str) -> Text:
    """Return the text in two languages under *key*."""
    value = content.get(key)
    if isinstance(value, dict):
        return Text(str(value.get("nl", "")), str(value.get("en", "")))
    return same(value) if isinstance(value, str) else Text("", "")


def day_of(content: Content, key: str) -> Text:
    """Return the day under *key* in words."""
    value = word_of(content, key)
    return day_in_words(date.fromisoformat(value)) if value else Text("", "")
