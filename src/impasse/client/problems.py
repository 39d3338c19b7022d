"""What can go wrong, as exceptions: one for each answer that a program may want to act upon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that cannot be used: in which part of the request, where there, and why."""

    part: str
    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Lack:
    """A condition of a move that is not met; one that is not required may be passed."""

    guard: str
    text: str
    required: bool


class Problem(Exception):
    """The answer was an error (RFC 9457); `title` and `detail` are in the language of the client.

    `type` is the address of a page about this kind of problem. `retry_after` are the seconds that
    were asked to wait.
    """

    def __init__(
        self, status: int, told: Mapping[str, Any], retry_after: int | None = None
    ) -> None:
        self.status = status
        self.type = str(told.get("type", ""))
        self.title = str(told.get("title", ""))
        self.detail = str(told.get("detail", ""))
        self.retry_after = retry_after
        self.faults = tuple(
            Fault(fault["in"], fault["pointer"], fault["detail"])
            for fault in told.get("errors", ())
        )
        self.lacks = tuple(
            Lack(lack["guard"], lack["text"], lack["required"]) for lack in told.get("lacks", ())
        )
        reasons = [f"{fault.pointer}: {fault.detail}" for fault in self.faults]
        reasons += [lack.text for lack in self.lacks]
        super().__init__(" ".join([f"{status} {self.title}: {self.detail}", *reasons]))


class InvalidRequest(Problem):
    """Values cannot be used; `faults` names them all (400)."""


class Unauthenticated(Problem):
    """The token is missing, unknown, expired or revoked (401)."""


class NotAllowed(Problem):
    """You may see this, but not do it (403)."""


class NotFound(Problem):
    """It does not exist, or you may not see it (404)."""


class Conflict(Problem):
    """It cannot happen now; `lacks` names what a move still needs (409)."""


class WasChanged(Problem):
    """It was changed since you read it: read again and decide again (412)."""


class TooFast(Problem):
    """Too many changes in a minute, also after waiting (429)."""


class Unavailable(Problem):
    """Not available, also after waiting; nothing was changed (503)."""


class Unreachable(Exception):
    """No answer came at all, also after trying again."""


_KINDS: dict[int, type[Problem]] = {
    400: InvalidRequest,
    401: Unauthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: WasChanged,
    429: TooFast,
    503: Unavailable,
}


def problem_of(status: int, told: Mapping[str, Any], retry_after: int | None) -> Problem:
    """Return the exception for an answer with *status*."""
    return _KINDS.get(status, Problem)(status, told, retry_after)
