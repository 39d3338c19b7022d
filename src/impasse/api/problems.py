"""What can go wrong at this door, as one table, and how it is told (RFC 9457)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response

from impasse.api.language import language_of
from impasse.domain.errors import (
    ConditionsNotMet,
    Conflict,
    ImpasseError,
    Invalid,
    NoSuchMove,
    NotAllowed,
    NotFound,
    StaleRevision,
    Unavailable,
)
from impasse.domain.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"

RETRY_SECONDS = 5
"""How long a client is asked to wait when the database does not answer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its name in the address of its page, its status, and its meaning."""

    code: str
    status: int
    title: Text
    meaning: Text


INVALID = Kind(
    "invalid",
    400,
    Text("Dit verzoek klopt niet", "This request is not valid"),
    Text(
        "Een of meer waarden kunnen niet worden gebruikt. `errors` noemt ze allemaal.",
        "One or more values cannot be used. `errors` names them all.",
    ),
)
UNAUTHENTICATED = Kind(
    "unauthenticated",
    401,
    Text("Wij weten niet wie u bent", "We do not know who you are"),
    Text(
        "Stuur een geldig token mee in de kop `Authorization: Bearer …`.",
        "Send a valid token in the header `Authorization: Bearer …`.",
    ),
)
NOT_ALLOWED = Kind(
    "not-allowed",
    403,
    Text("Dit mag u niet", "You may not do this"),
    Text(
        "U ziet dit wel, maar uw rol mag dit niet doen.",
        "You may see this, but your role may not do this.",
    ),
)
NOT_FOUND = Kind(
    "not-found",
    404,
    Text("Niet gevonden", "Not found"),
    Text(
        "Het bestaat niet, of u mag het niet zien. Dat verschil ziet niemand.",
        "It does not exist, or you may not see it. Nobody sees the difference.",
    ),
)
NO_SUCH_METHOD = Kind(
    "method-not-allowed",
    405,
    Text("Deze methode kan hier niet", "This method is not possible here"),
    Text("De kop `Allow` noemt wat hier wel kan.", "The header `Allow` names what is possible."),
)
NOT_ACCEPTABLE = Kind(
    "not-acceptable",
    406,
    Text("Deze vorm is er niet", "There is no such form"),
    Text("Alles hier is `application/json`.", "Everything here is `application/json`."),
)
CONFLICT = Kind(
    "conflict",
    409,
    Text("Dit kan nu niet", "This cannot happen now"),
    Text(
        "Het verzoek is duidelijk, maar past niet bij hoe de zaak er nu voor staat.",
        "The request is clear, but does not fit the present state.",
    ),
)
NO_SUCH_MOVE = Kind(
    "no-such-move",
    409,
    Text("Deze stap is er hier niet", "There is no such move here"),
    Text(
        "Vanuit deze fase kan deze stap niet. Zie `transitions` van de zaak.",
        "This move does not leave this stage. See `transitions` of the case.",
    ),
)
CONDITIONS_NOT_MET = Kind(
    "conditions-not-met",
    409,
    Text("Er is nog iets nodig", "Something is still needed"),
    Text(
        "Voorwaarden van deze stap zijn nog niet vervuld. `lacks` noemt ze allemaal; wat niet "
        "`required` is, mag u voorbijgaan met een reden in `note`.",
        "Conditions of this move are not met yet. `lacks` names them all; what is not `required` "
        "may be passed with a reason in `note`.",
    ),
)
STALE = Kind(
    "stale-revision",
    409,
    Text("Iemand anders was u voor", "Someone else was first"),
    Text("Lees eerst wat er veranderde.", "Read first what changed."),
)
PRECONDITION_FAILED = Kind(
    "precondition-failed",
    412,
    Text("De zaak is intussen veranderd", "The case has changed meanwhile"),
    Text(
        "De `ETag` in `If-Match` is niet meer die van nu. Lees opnieuw en beslis opnieuw.",
        "The `ETag` in `If-Match` is no longer the present one. Read again and decide again.",
    ),
)
TOO_LARGE = Kind(
    "too-large",
    413,
    Text("Dit is te groot", "This is too large"),
    Text(
        "Een verzoek is hooguit 1 MB; met een document erin zoveel groter als een document mag "
        "zijn.",
        "A request is 1 MB at most; with a document in it, as much larger as a document may be.",
    ),
)
TOO_SLOW = Kind(
    "too-slow",
    408,
    Text("Dit duurde te lang", "This took too long"),
    Text(
        "Het verzoek kwam niet binnen een minuut helemaal aan. Stuur het opnieuw.",
        "The request did not arrive whole within a minute. Send it again.",
    ),
)
TOO_MANY = Kind(
    "too-many-requests",
    429,
    Text("Dit gaat te snel", "This goes too fast"),
    Text(
        "Er is niets veranderd. Probeer het opnieuw na de tijd in `Retry-After`.",
        "Nothing was changed. Try again after the time in `Retry-After`.",
    ),
)
UNSUPPORTED = Kind(
    "unsupported-media-type",
    415,
    Text("Deze vorm lezen wij niet", "We do not read this form"),
    Text(
        "Stuur `application/json` in UTF-8, niet ingepakt.",
        "Send `application/json` in UTF-8, not compressed.",
    ),
)
INTERNAL = Kind(
    "internal",
    500,
    Text("Er ging iets mis bij ons", "Something went wrong on our side"),
    Text(
        "Dit is onze fout. Er is niets veranderd, en wij hebben er een regel van in het log.",
        "This is our fault. Nothing was changed, and our log has a line about it.",
    ),
)
UNAVAILABLE = Kind(
    "unavailable",
    503,
    Text("Even niet bereikbaar", "Not available for a moment"),
    Text(
        "Er is niets veranderd. Probeer het opnieuw na de tijd in `Retry-After`.",
        "Nothing was changed. Try again after the time in `Retry-After`.",
    ),
)

KINDS = (
    INVALID,
    UNAUTHENTICATED,
    NOT_ALLOWED,
    NOT_FOUND,
    NO_SUCH_METHOD,
    NOT_ACCEPTABLE,
    CONFLICT,
    NO_SUCH_MOVE,
    CONDITIONS_NOT_MET,
    STALE,
    PRECONDITION_FAILED,
    TOO_LARGE,
    UNSUPPORTED,
    TOO_SLOW,
    TOO_MANY,
    INTERNAL,
    UNAVAILABLE,
)

_OF_ERROR: dict[type[Exception], Kind] = {
    NotFound: NOT_FOUND,
    NotAllowed: NOT_ALLOWED,
    Conflict: CONFLICT,
    StaleRevision: STALE,
    NoSuchMove: NO_SUCH_MOVE,
    ConditionsNotMet: CONDITIONS_NOT_MET,
    Invalid: INVALID,
    Unavailable: UNAVAILABLE,
    ImpasseError: INTERNAL,
}


class Refusal(Exception):
    """The door itself says no, before anything in the house was asked."""

    def __init__(
        self, kind: Kind, detail: Text | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.detail = detail or kind.meaning
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Misfit:
    """One value that cannot be used: in which part of the request, where there, and why."""

    part: str
    pointer: str
    text: Text


def kind_of(error: ImpasseError, *, guarded: bool) -> Kind:
    """Return the kind of *error*; *guarded* says that the client sent If-Match."""
    kind = next(_OF_ERROR[base] for base in type(error).__mro__ if base in _OF_ERROR)
    return PRECONDITION_FAILED if kind is STALE and guarded else kind


def of_error(request: Request, error: ImpasseError) -> Response:
    """Tell what the house refused."""
    kind = kind_of(error, guarded="if-match" in request.headers)
    if kind is INTERNAL:
        # Its sentence names files and settings: that is for the operator, in the log.
        return problem(request, kind, kind.meaning)
    more: dict[str, Any] = {}
    language = language_of(request)
    if isinstance(error, Invalid):
        part = "query" if request.method in {"GET", "HEAD"} else "body"
        faults = (Misfit(part, fault.pointer, fault.text) for fault in error.faults)
        more["errors"] = [_told(misfit, language) for misfit in faults]
    if isinstance(error, ConditionsNotMet):
        more["lacks"] = [
            {"guard": lack.guard, "text": lack.missing.in_(language), "required": lack.required}
            for lack in error.lacks
        ]
    headers = {"Retry-After": str(RETRY_SECONDS)} if kind is UNAVAILABLE else {}
    return problem(request, kind, error.text, more=more, headers=headers)


def of_misfits(request: Request, misfits: Sequence[Misfit]) -> Response:
    """Tell everything that does not fit the shape of a request, at once."""
    language = language_of(request)
    return problem(
        request,
        INVALID,
        INVALID.meaning,
        more={"errors": [_told(misfit, language) for misfit in misfits]},
    )


def problem(
    request: Request,
    kind: Kind,
    detail: Text,
    *,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer that tells a problem of *kind* in the language of the reader."""
    language = language_of(request)
    base = request.scope.get("root_path", "")
    content = {
        "type": f"{base}/problem-types/{kind.code}",
        "title": kind.title.in_(language),
        "status": kind.status,
        "detail": detail.in_(language),
        "instance": quote(request.scope["path"], safe="/:@!$&'()*+,;=-._~", errors="replace"),
        **(more or {}),
    }
    # What a client sent may be half a character; it is told back, not choked on.
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(
        body,
        kind.status,
        {"Content-Language": language, "Vary": "Accept-Language", **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def _told(misfit: Misfit, language: Language) -> dict[str, str]:
    return {
        "in": misfit.part,
        "pointer": misfit.pointer,
        "detail": misfit.text.in_(language),
    }
