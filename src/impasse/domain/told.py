"""What an entry of history tells, read with care: content that is gone or damaged is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from impasse.domain.history import ChainedEntry, Json

MACHINE = frozenset({"clock"})
"""Origins behind which no person stands."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with its content read, on the day (in Amsterdam) on which it counts.

    Days never run back: when the clock of the machine did, an entry counts on the day of the one
    before it, so that what came first stays first.
    """

    entry: ChainedEntry
    content: Mapping[str, Json]
    day: date

    @property
    def action(self) -> str:
        """What was done."""
        return self.entry.action

    @property
    def by_hand(self) -> bool:
        """Whether a person did it, through whichever door."""
        return self.entry.origin not in MACHINE and self.entry.person not in MACHINE

    def word(self, key: str, default: str | None = None) -> str:
        """Return the text under *key*; without a *default* it must be there.

        Raises `Conflict` that names the entry.
        """
        value = self.content.get(key, default)
        if isinstance(value, str):
            return value
        raise self.damaged(key)

    def on(self, key: str) -> date:
        """Return the day under *key*, or raise `Conflict` that names the entry."""
        day = self.on_or_none(key)
        if day is None:
            raise self.damaged(key)
        return day

    def on_or_none(self, key: str) -> date | None:
        """Return the day under *key*, None when it has none; raises `Conflict` for no day."""
        return self.as_day(self.content.get(key), key)

    def as_day(self, value: Json, key: str) -> date | None:
        """Return *value*, which was found under *key*, as a day; None for nothing."""
        if value is None or value == "":
            return None
        try:
            return date.fromisoformat(value)  # type: ignore[arg-type]  # of another type: damaged
        except (TypeError, ValueError):
            raise self.damaged(key) from None

    def words(self, key: str) -> tuple[str, ...]:
        """Return the list of texts under *key*, empty when it has none."""
        value = self.content.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(str(one) for one in value)
        raise self.damaged(key)

    def each(self, key: str) -> Iterator[Mapping[str, Json]]:
        """Yield the objects in the list under *key*."""
        value = self.content.get(key)
        if not isinstance(value, list):
            raise self.damaged(key)
        for one in value:
            if not isinstance(one, dict):
                raise self.damaged(key)
            yield one

    def damaged(self, key: str) -> Conflict:
        """Return the error that says what cannot be read here, and what to do."""
        where = f"{self.entry.subject}, regel {self.entry.seq} ({self.entry.action})"
        where_en = f"{self.entry.subject}, entry {self.entry.seq} ({self.entry.action})"
        if not self.entry.content:
            return Conflict(
                Text(
                    f"{where}: de inhoud is vernietigd, dus de tijd van deze zaak is niet meer "
                    "te berekenen.",
                    f"{where_en}: the content was destroyed, so the time of this case can no "
                    "longer be computed.",
                )
            )
        return Conflict(
            Text(
                f"{where}: '{key}' is onleesbaar. Vergelijk de geschiedenis met een reservekopie; "
                "'impasse audit verify' zegt of zij is veranderd.",
                f"{where_en}: '{key}' cannot be read. Compare the history with a backup; "
                "'impasse audit verify' tells whether it was changed.",
            )
        )


def told(entries: Iterable[ChainedEntry]) -> Iterator[Told]:
    """Yield *entries*, which stand in order, each with its content and its day.

    What cannot be read has no content: who needs it says so by name.
    """
    day = date.min
    for entry in entries:
        day = max(day, entry.at.astimezone(AMSTERDAM).date())
        yield Told(entry, _content(entry), day)


def _content(entry: ChainedEntry) -> Mapping[str, Json]:
    try:
        found = json.loads(entry.content) if entry.content else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
