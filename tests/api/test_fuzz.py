"""Whatever is sent, by whomever: never a traceback, and never an answer that is not described.

Schemathesis makes requests from the description of the API itself, some that fit it and some that
do not, and everybody sends them: who has no token too. With `FUZZ_EXAMPLES=100` it looks longer
than the suite does; the requests of one number are always the same.
"""

from __future__ import annotations

import os
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from impasse.adapters.identity.secrets import TokenScope, issue_token
from impasse.adapters.pace import Pace
from impasse.adapters.sql.people import add_person
from impasse.asgi import create_app
from impasse.domain.people import Person, Role
from impasse.domain.text import Text

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "1"))
"""Of each kind of request, for each operation and each sender; nobody sends what another sends."""

OTHERS = (
    Person(
        "bemiddelaar",
        "M. Iddel",
        Text("bemiddelaar", "mediator"),
        "x-bureau",
        frozenset({Role.MEDIATOR}),
    ),
    Person(
        "toezicht",
        "I. Bet",
        Text("toezichthouder", "supervisor"),
        "pv27",
        frozenset({Role.SUPERVISOR}),
    ),
)
SENDERS = (
    "nobody",
    "amsterdam",
    "amsterdam, no rooms",
    "utrecht",
    "bemiddelaar",
    "secretariat",
    "administrator",
    "toezicht",
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BETWEEN_FIELDS = {"/workflows/{workflow}/flow"}
"""Where one field rules another, which a schema cannot say: the first day is not after the last."""

KNOWN = {
    "case": "IMP-2026-0001",
    "signal": "S1",
    "stay": 1,
    "organisation": "gm0363",
    "meeting": "2026-03-26",
    "workflow": "interbestuurlijke-impasse@2",
    "migration": "M1",
    "version": "2",
    "calendar": "in-force",
    "code": "not-found",
    "room": "shared",
}
"""What stands in the house, so that requests come further than its door."""


@pytest.fixture(scope="module")
def house_full(lived_in):
    """A house with a case under mediation, where nobody is told to slow down."""
    door, database, at = lived_in, lived_in.house.database, lived_in.moment[0]
    for person in OTHERS:
        add_person(database, person)
        door.tokens[person.id] = issue_token(database, person.id, at=at).secret
    scopes = {TokenScope.READ, TokenScope.WRITE}
    door.tokens["amsterdam, no rooms"] = issue_token(
        database, "amsterdam", at=at, scopes=scopes
    ).secret
    assert door.open_case() == KNOWN["case"]
    appointed = {"office": "mediator", "appointee": "bemiddelaar"}
    assert door.post("/cases/IMP-2026-0001/appointments", appointed).status_code == 201
    return door


@pytest.fixture(scope="module")
def operations(house_full):
    """Every operation that the description tells of."""
    app = create_app(house_full.house)
    [api] = [route.app for route in app.routes if getattr(route, "path", "") == "/api/v1"]
    api.state.writers = api.state.strangers = Pace(10**9)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    return [found.ok() for found in schema.get_all_operations()]


def requests_for(operation):
    """Make requests that fit, about what there is and about what there is not, and that do not."""
    known = {p.name: KNOWN[p.name] for p in operation.path_parameters if p.name in KNOWN}
    return st.one_of(
        operation.as_strategy(GenerationMode.POSITIVE, path_parameters=known or None).map(_ours),
        operation.as_strategy(GenerationMode.POSITIVE).map(_ours),
        operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=known or None),
    )


def _ours(case):
    """Leave out a cursor: that fits only when it was given out."""
    case.query = {name: value for name, value in (case.query or {}).items() if name != "cursor"}
    return case


def more_checks(case):
    """What reads takes all that fits, and what changes takes no body that does not."""
    if case.method == "GET":
        return [] if case.path in BETWEEN_FIELDS else [positive_data_acceptance]
    body = case.meta.components.get(ParameterLocation.BODY)
    misfit = body is not None and body.mode is GenerationMode.NEGATIVE
    return [negative_data_rejection] if misfit else []


@pytest.mark.parametrize("sender", SENDERS)
def test_whatever_is_sent_the_answer_is_described(house_full, operations, sender):
    token = house_full.tokens.get(sender)
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    for operation in operations:

        @seed(crc32(f"{sender} {operation.label}".encode()))
        @settings(
            max_examples=3 * EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=requests_for(operation))
        def knock(case):
            answer = case.call(headers=headers)
            case.validate_response(answer, [*CHECKS, *more_checks(case)])

        knock()
