"""Coding a dated public sentence to indicators and moves, by plain words.

A pattern is made of words. `*` at an end of a word stands for any letters there ("tekort*" finds
"tekorten", "*brief" finds "brandbrief"); words beside each other must follow each other; parts
joined by `+` must all occur, in any order. Capitals, accents and punctuation do not matter.

It is used to replay disputes of the past, whose sources say in their own words what happened, and
to suggest a code to whoever files a signal. A person decides what a live signal is about.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.errors import Invalid
from impasse.domain.signals import Reliability
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

Phrase = tuple[str, ...]
"""Words that follow each other, each with or without a wildcard at its ends."""

Pattern = tuple[Phrase, ...]
"""Phrases that must all occur."""

_WORD = re.compile(r"[^\W_]+")
_PATTERN_WORD = re.compile(r"\*?[^\W_]+\*?")


@dataclass(frozen=True, slots=True)
class Wording:
    """How something is said: it matches when the text has one of `any` and none of `unless`.

    `by` and `not_by` look at who speaks: when `by` is given, the actor must match one of them. What
    an actor of `or_by` says matches whatever its words: an advisory council gives advice.
    """

    any: tuple[Pattern, ...]
    unless: tuple[Pattern, ...] = ()
    by: tuple[Pattern, ...] = ()
    not_by: tuple[Pattern, ...] = ()
    or_by: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """The wordings of every indicator, move and reliability; of the last, the first match wins."""

    indicators: tuple[tuple[str, Wording], ...]
    moves: tuple[tuple[str, Wording], ...]
    reliability: tuple[tuple[Reliability, Wording], ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a sentence says: codes of indicators, names of moves, and how sure it is."""

    indicators: tuple[str, ...]
    moves: tuple[str, ...]
    reliability: Reliability


def pattern(written: str) -> Pattern:
    """Return the pattern that an author wrote; raises `Invalid` when it cannot be used."""
    parts = tuple(tuple(_plain(part).split()) for part in written.split("+"))
    if not all(parts):
        raise Invalid(
            Text(
                f'"{written}": schrijf aan beide kanten van een + een woord.',
                f'"{written}": write a word on both sides of a +.',
            )
        )
    unusable = [word for part in parts for word in part if not _PATTERN_WORD.fullmatch(word)]
    if unusable:
        raise Invalid(
            Text(
                f'"{unusable[0]}": gebruik alleen letters en cijfers, met * aan begin of eind.',
                f'"{unusable[0]}": use only letters and digits, with * at either end.',
            )
        )
    return parts


def recognise(text: str, actor: str, recognition: Recognition) -> Recognised:
    """Return what *text*, said or done by *actor*, is about."""
    words, speaker = _words(text), _words(actor)
    return Recognised(
        indicators=tuple(
            code for code, wording in recognition.indicators if _matches(wording, words, speaker)
        ),
        moves=tuple(
            name for name, wording in recognition.moves if _matches(wording, words, speaker)
        ),
        reliability=next(
            (
                reliability
                for reliability, wording in recognition.reliability
                if _matches(wording, words, speaker)
            ),
            Reliability.FIRST_HAND,
        ),
    )


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _words(text: str) -> Sequence[str]:
    return _WORD.findall(_plain(text))


def _matches(wording: Wording, words: Sequence[str], speaker: Sequence[str]) -> bool:
    if wording.by and not _one_of(wording.by, speaker):
        return False
    if _one_of(wording.not_by, speaker):
        return False
    said = _one_of(wording.any, words) or _one_of(wording.or_by, speaker)
    return said and not _one_of(wording.unless, words)


def _one_of(patterns: tuple[Pattern, ...], words: Sequence[str]) -> bool:
    return any(all(_occurs(phrase, words) for phrase in parts) for parts in patterns)


def _occurs(phrase: Phrase, words: Sequence[str]) -> bool:
    length = len(phrase)
    return any(
        all(_fits(written, words[start + i]) for i, written in enumerate(phrase))
        for start in range(len(words) - length + 1)
    )


def _fits(written: str, word: str) -> bool:
    bare = written.strip("*")
    if written.startswith("*"):
        return bare in word if written.endswith("*") else word.endswith(bare)
    return word.startswith(bare) if written.endswith("*") else word == bare
