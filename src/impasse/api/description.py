"""What this API says of itself: an OpenAPI document that keeps the NLGov rules."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from impasse.api import problems
from impasse.api.admission import JSON
from impasse.api.examples import example_of
from impasse.api.operations import OPERATIONS, PLACES, TAGS

if TYPE_CHECKING:
    from fastapi import FastAPI

VERSION = "1.0.0"
"""Of the API, by semver; its major is in the base path."""

_DESCRIPTION = """\
Brengt een verschil van inzicht tussen overheden van eerste signaal naar oplossing.

Namen zijn Engels; `/glossary` zegt welk Nederlands begrip erbij hoort. Fouten staan in de taal van
`Accept-Language`, zonder die kop in het Nederlands. Elke fout is `application/problem+json`.

---

Takes a disagreement between governments from first signal to resolution.

Names are English; `/glossary` has the Dutch terms. Errors come in the language of
`Accept-Language`, Dutch without it. Every error is `application/problem+json`.
"""

_READS = (
    problems.UNAUTHENTICATED,
    problems.NOT_ALLOWED,
    problems.NOT_FOUND,
    problems.NOT_ACCEPTABLE,
    problems.TOO_MANY,
    problems.INTERNAL,
    problems.UNAVAILABLE,
)
_WRITES = (
    problems.CONFLICT,
    problems.TOO_LARGE,
    problems.UNSUPPORTED,
    problems.TOO_SLOW,
)
_HEADERS = {
    "API-Version": ("De versie van deze API. · The version of this API.", VERSION),
    "ETag": ("De versie van deze bron. · The version of this resource.", '"7"'),
    "Link": (
        "Deze bladzijde en de volgende. · This page and the next.",
        '</api/v1/cases>; rel="self"',
    ),
    "Location": ("Waar het staat. · Where it is.", "/api/v1/cases/IMP-2026-0001"),
    "Allow": ("Wat hier kan. · What is possible here.", "GET, HEAD"),
    "Retry-After": ("Seconden. · Seconds.", str(problems.RETRY_SECONDS)),
    "WWW-Authenticate": ("Hoe u zich bekend maakt. · How to say who you are.", "Bearer"),
}


class ApiDescription:
    """The OpenAPI document of one application."""

    def __init__(self, app: FastAPI, server: str) -> None:
        self._app = app
        self._server = server

    def answer(self) -> Response:
        """Return the document to whoever asks, from wherever."""
        return Response(self._body, media_type=JSON, headers={"Access-Control-Allow-Origin": "*"})

    @cached_property
    def _body(self) -> bytes:
        return json.dumps(self.document, ensure_ascii=False).encode()

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole document."""
        document = get_openapi(
            title="impasse",
            version=VERSION,
            summary="Geschillen tussen overheden · Disputes between governments",
            description=_DESCRIPTION,
            routes=self._app.routes,
            servers=[{"url": self._server}],
            license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        )
        # Not handed to FastAPI: it would ask for one more package only to look at the address.
        document["info"]["contact"] = {
            "name": "Het project impasse",
            "url": f"{self._server.removesuffix('/api/v1')}/hulp",
            "email": "impasse@example.org",
        }
        parts = document["components"]
        schemas = parts["schemas"]
        for unwanted in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unwanted, None)
        for schema in schemas.values():
            for field in schema.get("properties", {}).values():
                # Made from the name, which stands there already.
                field.pop("title", None)
        schemas.update(_SCHEMAS)
        parts["headers"] = {name: _header(name) for name in _HEADERS}
        parts["responses"] = {_name(kind): _response(kind) for kind in problems.KINDS}
        parts["securitySchemes"] = {"token": _TOKEN}
        document["security"] = [{"token": []}]
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(path, method, operation)
                _tell(operation)
                _illustrate(operation, schemas)
        document["tags"] = _tags(document)
        return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Tell of an operation what FastAPI does not know: headers, and what can go wrong."""
    answers = operation["responses"]
    answers.pop("422", None)
    public = path.startswith(("/glossary", "/problem-types"))
    if public:
        operation["security"] = []
    else:
        operation["security"] = [{"token": ["read" if method == "get" else "write"]}]
    for status, answer in answers.items():
        names = ["API-Version"]
        if status == "201":
            names += ["ETag", "Location"]
        elif status == "200":
            names += ["Link"] if _is_page(answer) else ["ETag"]
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    if method == "get" and "ETag" in answers.get("200", {}).get("headers", {}):
        answers["304"] = {
            "description": "Niet veranderd. · Not changed.",
            "headers": {"API-Version": {"$ref": "#/components/headers/API-Version"}},
        }
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
    for kind in _problems(method, operation, public=public):
        answers[str(kind.status)] = {"$ref": f"#/components/responses/{_name(kind)}"}


def _tell(operation: dict[str, Any]) -> None:
    """Say in Dutch and in English what an operation does, and what it answers."""
    told = OPERATIONS.get(operation["operationId"])
    if told is not None:
        operation["summary"] = f"{operation['summary']} · {told.summary_en}"
        operation["description"] = f"{told.description_nl}\n\n---\n\n{operation['description']}"
    for status, answer in operation["responses"].items():
        if status in _DONE and " · " not in answer.get("description", ""):
            answer["description"] = _DONE[status]
    for parameter in operation.get("parameters", []):
        parameter["schema"].pop("title", None)
        if parameter["in"] == "path" and (place := PLACES.get(parameter["name"])):
            dutch, english, example = place
            parameter.setdefault("description", f"{dutch} · {english}")
            parameter["example"] = example


def _illustrate(operation: dict[str, Any], shapes: dict[str, Any]) -> None:
    """Give an example of all that is sent and answered as JSON."""
    sent = operation.get("requestBody", {}).get("content", {})
    answered = [answer.get("content", {}) for answer in operation["responses"].values()]
    for content in (sent, *answered):
        if (media := content.get(JSON)) and "example" not in media:
            media["example"] = example_of(media["schema"], shapes)


def _tags(document: dict[str, Any]) -> list[dict[str, str]]:
    """Return the subjects in the order in which they come up."""
    used = dict.fromkeys(
        tag
        for operations in document["paths"].values()
        for operation in operations.values()
        for tag in operation["tags"]
    )
    return [{"name": tag, "description": " · ".join(TAGS.get(tag, (tag,)))} for tag in used]


def _problems(method: str, operation: dict[str, Any], *, public: bool) -> tuple[problems.Kind, ...]:
    """Return every kind of problem that an operation may answer with."""
    parameters = operation.get("parameters", [])
    kinds = {problems.INVALID, *_READS}
    if public:
        kinds -= {problems.UNAUTHENTICATED, problems.NOT_ALLOWED, problems.TOO_MANY}
    if not any(parameter["in"] == "path" for parameter in parameters):
        kinds.discard(problems.NOT_FOUND)
    if method == "post":
        kinds.update(_WRITES)
    if any(parameter["name"] == "case" for parameter in parameters):
        # A case whose procedure is not here, or of which a row cannot be read.
        kinds.add(problems.CONFLICT)
    if any(parameter["name"] == "If-Match" for parameter in parameters):
        kinds.add(problems.PRECONDITION_FAILED)
    return tuple(sorted(kinds, key=lambda kind: kind.status))


def _is_page(answer: dict[str, Any]) -> bool:
    content = answer.get("content", {}).get(JSON, {})
    return str(content.get("schema", {}).get("$ref", "")).endswith("Page")


def _name(kind: problems.Kind) -> str:
    return "".join(word.title() for word in kind.code.split("-"))


def _header(name: str) -> dict[str, Any]:
    description, example = _HEADERS[name]
    return {"description": description, "schema": {"type": "string"}, "example": example}


def _response(kind: problems.Kind) -> dict[str, Any]:
    more = {
        problems.UNAUTHENTICATED: ["WWW-Authenticate"],
        problems.NO_SUCH_METHOD: ["Allow"],
        problems.TOO_MANY: ["Retry-After"],
        problems.UNAVAILABLE: ["Retry-After"],
    }
    return {
        "description": f"{kind.title.nl}. {kind.meaning.nl} · {kind.title.en}. {kind.meaning.en}",
        "headers": {
            name: {"$ref": f"#/components/headers/{name}"}
            for name in ("API-Version", *more.get(kind, ()))
        },
        "content": {
            problems.MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                    "type": f"/api/v1/problem-types/{kind.code}",
                    "title": kind.title.nl,
                    "status": kind.status,
                    "detail": kind.meaning.nl,
                    "instance": "/api/v1/cases",
                },
            }
        },
    }


_DONE = {
    "200": "Gelukt. · Succeeded.",
    "201": "Gemaakt of veranderd. · Made or changed.",
    "204": "Gelukt; er is niets te melden. · Done; there is nothing to tell.",
}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "Een token met een bereik: `read` om te lezen, `write` om te veranderen, en "
    "`rooms` voor wat niet in de gedeelde kamer staat. Nooit in het adres. · A token with a scope: "
    "`read` to read, `write` to change, and `rooms` for what is not in the shared room. Never in "
    "the address.",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "De `ETag` die u al hebt; is er niets veranderd, dan 304. · The `ETag` that you "
    "have; when nothing changed, 304.",
}
_SCHEMAS: dict[str, Any] = {
    "Problem": {
        "type": "object",
        "description": "Wat er misging (RFC 9457). · What went wrong (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "instance": {"type": "string", "format": "uri-reference"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Misfit"}},
            "lacks": {"type": "array", "items": {"$ref": "#/components/schemas/MissingCondition"}},
        },
        "required": ["type", "title", "status", "detail", "instance"],
    },
    "Misfit": {
        "type": "object",
        "description": "Eén waarde die niet kan. · One value that cannot be used.",
        "properties": {
            "in": {"type": "string", "enum": ["body", "query", "path", "header"]},
            "pointer": {
                "type": "string",
                "description": "JSON Pointer (RFC 6901).",
                "example": "/parties/0",
            },
            "detail": {"type": "string"},
        },
        "required": ["in", "pointer", "detail"],
    },
    "MissingCondition": {
        "type": "object",
        "description": "Wat een stap nog nodig heeft. · What a move still needs.",
        "properties": {
            "guard": {"type": "string"},
            "text": {"type": "string"},
            "required": {"type": "boolean"},
        },
        "required": ["guard", "text", "required"],
    },
}
