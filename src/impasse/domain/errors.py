"""Everything that can go wrong, as one tree.

    ImpasseError
    ├── NotFound             what does not exist, or what you may not see
    ├── NotAllowed           your role may not do this
    ├── Conflict             it cannot happen now
    │   ├── StaleRevision    someone else was first
    │   ├── KeyReused        the key of this request belongs to another one
    │   ├── NoSuchMove       the trigger leads nowhere from this stage
    │   └── ConditionsNotMet guards that still lack something
    ├── Invalid              values that cannot be used, all faults at once
    ├── Unreadable           a file or setting that cannot be used: place and remedy
    └── Unavailable          the world outside fails: database, disk, port

Every error carries its sentence in both languages. No HTTP in here: each door translates once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.domain.text import Text


class ImpasseError(Exception):
    """The root of all that can go wrong; `text` is the sentence for the reader."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class NotFound(ImpasseError):
    """It does not exist, or you may not see it: the two are told apart by nobody."""


class NotAllowed(ImpasseError):
    """The actor may see this, but not do this."""


class Conflict(ImpasseError):
    """The request is clear, but it cannot happen in the present state."""


class StaleRevision(Conflict):
    """The case changed since the reader last saw it."""


class KeyReused(Conflict):
    """The key of the request was used before, for a request that asked something else."""


class NoSuchMove(Conflict):
    """The trigger leads nowhere from the present stage."""


@dataclass(frozen=True, slots=True)
class Lack:
    """One condition that is not met: its name, what is missing, and whether it binds."""

    guard: str
    missing: Text
    required: bool = True


class ConditionsNotMet(Conflict):
    """A move whose guards still lack something; `lacks` says what, in words to act on."""

    def __init__(self, text: Text, lacks: Iterable[Lack]) -> None:
        super().__init__(text)
        self.lacks = tuple(lacks)


@dataclass(frozen=True, slots=True)
class Fault:
    """One unusable value: `pointer` is a JSON pointer ("/parties/0"), `text` what to do."""

    pointer: str
    text: Text


class Invalid(ImpasseError):
    """Values that cannot be used; `faults` holds all of them at once."""

    def __init__(self, text: Text, faults: Iterable[Fault] = ()) -> None:
        super().__init__(text)
        self.faults = tuple(faults)


class Unreadable(ImpasseError):
    """A file or setting that cannot be used; the sentence names place and remedy."""


class Unavailable(ImpasseError):
    """The world outside fails us now: database, disk, port. Nothing was changed."""
