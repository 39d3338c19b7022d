"""Cases that look like what somebody is about to report, each with the reason why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.case import Visibility
from impasse.domain.text import Text, same
from impasse.web.words import in_party_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.adapters.sql.views import CaseLine

MOST = 3
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON = frozenset(
    {
        "deze",
        "door",
        "geen",
        "heeft",
        "hebben",
        "hoeveel",
        "maar",
        "meer",
        "naar",
        "niet",
        "niets",
        "nieuw",
        "nieuwe",
        "onder",
        "onze",
        "over",
        "tegen",
        "tussen",
        "voor",
        "waar",
        "wanneer",
        "welke",
        "werd",
        "wordt",
        "worden",
        "zonder",
        "gemeente",
        "gemeenten",
        "provincie",
        "provincies",
        "waterschap",
        "rijk",
        "ministerie",
        "overheid",
        "overheden",
        "betaalt",
        "with",
        "from",
        "that",
        "this",
        "about",
        "between",
        "municipality",
        "province",
        "government",
    }
)
"""Words that nearly every case has: they say nothing about likeness."""

_WORD_POINTS, _PARTY_POINTS, _AREA_POINTS = 2, 2, 1
_ENOUGH, _STRONG = 2, 6
_STEM = 6
"""So many letters must agree: "woningbouw" and "woningen" are about the same thing."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A case that looks alike: how strongly, and why."""

    line: CaseLine
    strong: bool
    why: Text

    @property
    def lesson(self) -> bool:
        """Whether it is a public dispute of the past, to learn from."""
        return self.line.visibility is Visibility.LESSON


def similar_cases(
    sentence: str, parties: frozenset[str], policy_area: str, lines: Iterable[CaseLine]
) -> list[Similar]:
    """Return at most three of *lines* that share words, parties or subject, the likest first.

    A shared subject or one shared party alone is no likeness: those are common.
    """
    stems = _stems(sentence)
    found = []
    for line in lines:
        words = sorted(word for stem, word in _stems(line.title).items() if _among(stem, stems))
        shared = [p.name for p in in_party_order(line.parties) if p.organisation in parties]
        area = bool(policy_area) and line.policy_area.casefold() == policy_area.casefold()
        points = _WORD_POINTS * len(words) + _PARTY_POINTS * len(shared) + _AREA_POINTS * area
        if points >= _ENOUGH and (words or len(shared) > 1):
            why = _why(words, shared, line.policy_area if area else "")
            found.append((points, Similar(line, points >= _STRONG, why)))
    found.sort(key=lambda one: (-one[0], one[1].line.id))
    return [one for _, one in found[:MOST]]


def _among(stem: str, stems: Iterable[str]) -> bool:
    """Whether one of *stems* begins like *stem*: "dijk" is in "dijkversterking"."""
    return any(stem.startswith(other) or other.startswith(stem) for other in stems)


def _stems(sentence: str) -> dict[str, str]:
    words = [word for word in _WORD.findall(sentence.casefold()) if word not in _COMMON]
    return {word[:_STEM]: word for word in words}


def _why(words: list[str], shared: list[str], area: str) -> Text:
    told = []
    if words:
        named = ", ".join(f"“{word}”" for word in words)
        told.append(Text(f"zelfde woorden: {named}", f"same words: {named}"))
    if shared:
        named = ", ".join(shared)
        told.append(Text(f"zelfde partijen: {named}", f"same parties: {named}"))
    if area:
        told.append(Text(f"zelfde onderwerp: {area}", f"same subject: {area}"))
    sentence = told[0]
    for part in told[1:]:
        sentence = sentence + same("; ") + part
    return Text(
        sentence.nl[:1].upper() + sentence.nl[1:] + ".",
        sentence.en[:1].upper() + sentence.en[1:] + ".",
    )
