"""`impasse watch` and `impasse doctor` tell what stands still, and name it to who can mend it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import OutboxRow
from impasse.settings import Settings
from runs import RUNS, a_run, put_case, put_run

if TYPE_CHECKING:
    from conftest import Impasse

MESSAGES = table(OutboxRow)


def test_a_house_that_is_well_has_nothing_to_say(impasse: Impasse) -> None:
    impasse("db", "upgrade")
    status, answer, _ = impasse("watch")
    assert status == 0
    assert "opschalingen" in answer
    assert "hartslag: uit" in answer


def test_what_stands_still_is_named_with_its_remedy(impasse: Impasse) -> None:
    impasse("db", "upgrade")
    database = open_database(Settings().database_url)
    now = datetime.now(UTC)
    put_run(database, put_case(database), a_run(now, next_at=None))
    with database.begin() as connection:
        connection.execute(
            insert(MESSAGES).values(
                id="m1",
                subject="",
                type="x",
                at=now - timedelta(hours=3),
                notify="[]",
                reason_nl="",
                reason_en="",
                addressees="[]",
                otherwise_nl="",
                otherwise_en="",
            )
        )
    database.dispose()
    status, answer, _ = impasse("watch", "--format", "json")
    seen = {one["watchdog"]: one for one in json.loads(answer)["watchdogs"]}
    assert status == 1
    assert {name for name, one in seen.items() if one["wrong"]} == {"runs", "outbox"}
    assert "IMP-" not in answer
    status, answer, _ = impasse("doctor", "--format", "json")
    found = {one["what"]: one["words"] for one in json.loads(answer) if not one["well"]}
    assert status == 1
    assert found["opschaling"].startswith("IMP-2026-0001:E1 (zonder volgend moment)")
    with open_database(Settings().database_url).begin() as connection:
        connection.execute(update(RUNS).values(id="X"))
    answer = impasse("escalation", "mend")[1]
    assert "heeft een nummer dat niet kan" in answer
    with open_database(Settings().database_url).begin() as connection:
        connection.execute(update(RUNS).values(snapshot="{"))
    told = impasse("doctor", "--format", "json")[1]
    [words] = [one["words"] for one in json.loads(told) if one["what"] == "opschaling"]
    assert words.startswith("niet te lezen: IMP-2026-0001:X.")
    assert found["uitbak"] == "het oudste bericht ligt er al 3 uur"
