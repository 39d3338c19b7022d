"""Runs of escalation in a database, made by hand for who only reads or watches them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from sqlmodel import Session

from impasse.adapters.sql.database import Codec
from impasse.adapters.sql.run_rows import run_values
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EscalationRunRow, PartyRow, PersonRow, TimerRow
from impasse.domain.escalation import NextIs, Run, RunState
from impasse.domain.escalation_policy import EndsWhen, EscalationPolicy, Level, RoleTarget
from impasse.domain.length import Length
from impasse.domain.people import Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine as Database

RUNS = table(EscalationRunRow)
TIMERS = table(TimerRow)


def a_policy(name: str = "nieuw-signaal") -> EscalationPolicy:
    """A policy of two levels."""
    return EscalationPolicy(
        name=name,
        version="1",
        title=Text("Nieuw signaal", "New signal"),
        starts_on=frozenset({"case-opened"}),
        ends_when=EndsWhen.CASE_CLOSED,
        fallback="secretariaat",
        levels=(
            Level("ontvangst", Text("Ontvangst", "Receipt"), None, (RoleTarget(Role.PARTY),)),
            Level(
                "liaisons",
                Text("Liaisons", "Liaison officers"),
                Length.parse("2 working days"),
                (RoleTarget(Role.LIAISON_OFFICER),),
            ),
        ),
        acknowledged_at_most=Length.parse("10 working days"),
        snoozed_at_most=Length.parse("10 working days"),
    )


def a_run(at: datetime, key: str = "E1", **changes: Any) -> Run:
    """A run that began *at* and rings two days later."""
    made = Run(
        id=key,
        policy=a_policy(),
        cause="hand:secretary",
        event="",
        stay=1,
        state=RunState.RUNNING,
        level=0,
        round=0,
        turn=1,
        started_at=at,
        level_at=at,
        next_at=at + timedelta(days=2),
        next_is=NextIs.LEVEL,
    )
    return made.but(**changes)


def put_case(database: Database, number: int = 1, **changes: Any) -> str:
    """Write a case of a province and a municipality down; return its number."""
    values: dict[str, Any] = {
        "id": f"IMP-2026-{number:04d}",
        "title": f"Wie betaalt brug {number}?",
        "summary": "",
        "policy_area": "wonen",
        "regions": "[]",
        "visibility": "parties",
        "opened_on": date(2026, 9, 7),
        "workflow": "interbestuurlijke-impasse",
        "workflow_version": "2",
        "stage": "signal",
        "stage_entry": 1,
        "stage_since": date(2026, 9, 7),
        "came_from": "",
        "left": "{}",
        "tier": "officials",
        "status": "open",
        "last_step_on": date(2026, 9, 7),
        "handler": "",
        "mediator": "",
        "level": "",
        "level_since": None,
        "level_below_since": None,
        "score": 0.0,
        "candidate": "",
        "candidate_day": None,
        "revision": 1,
        "history_head": "",
        "history_length": 0,
    }
    case = CaseRow(**(values | changes))
    key = case.id
    with Session(database) as session:
        session.add(case)
        session.flush()
        for place, (organisation, name, layer) in enumerate(
            (("pv27", "Noord-Holland", "province"), ("gm0363", "Amsterdam", "municipality"))
        ):
            session.add(
                PartyRow(
                    case_id=key,
                    organisation=organisation,
                    position=place,
                    name=name,
                    layer=layer,
                    role="",
                )
            )
        session.commit()
    return key


def put_person(database: Database, key: str, organisation: str, roles: str) -> None:
    """Write somebody who can sign in down."""
    with Session(database) as session:
        session.add(
            PersonRow(
                id=key,
                name=key.title(),
                function_nl="medewerker",
                function_en="officer",
                organisation_id=organisation,
                roles=roles,
            )
        )
        session.commit()


def put_run(database: Database, case: str, run: Run) -> None:
    """Write *run* down for *case*, as the store does."""
    names = [column.name for column in RUNS.c]
    values = dict(zip(names, run_values(Codec("native"), case, run), strict=True))
    with database.begin() as connection:
        connection.execute(insert(RUNS).values(values))
