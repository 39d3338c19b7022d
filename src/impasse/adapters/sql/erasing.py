"""Emptying rows: what was written goes, that it was there stays.

Runs inside the transaction of the decision that destroys. What the database still keeps of it
elsewhere (free pages, a write-ahead log) is cleared by `retention.scrub` afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impasse.domain.destruction import DESTROYED
from impasse.domain.history import canonical
from impasse.domain.rooms import RoomKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from impasse.adapters.sql.database import Codec
    from impasse.domain.rooms import RoomChange

    Run = Callable[[str, tuple[Any, ...]], object]

_CONTRIBUTIONS = (
    "UPDATE contributions SET title = '', text = '', particulars = '{}', salt = '', "
    "destroyed_at = ? WHERE case_id = ? AND room = ? AND destroyed_at IS NULL"
)
_FILES = "DELETE FROM document_contents WHERE case_id = ? AND room = ?"
_RELEASES = (
    "UPDATE releases SET title = '', text = '', note = '', salt = '', "
    "state = CASE WHEN state = 'proposed' THEN 'withdrawn' ELSE state END "
    "WHERE case_id = ? AND room = ?"
)
_OF_THE_CASE = (
    "UPDATE cases SET title = ?, summary = '' WHERE id = ?",
    "UPDATE signals SET text = '' WHERE case_id = ?",
    "UPDATE confirmations SET note = '', about = '' WHERE case_id = ?",
    "UPDATE tasks SET note = '' WHERE case_id = ?",
    "UPDATE terms SET acts = '[]' WHERE case_id = ?",
    "UPDATE candidates SET reason_nl = '', reason_en = '', decided_because = '' WHERE case_id = ?",
    "UPDATE case_migration_items SET plan = '{}', told = '' WHERE case_id = ?",
    "UPDATE legal_holds SET reason = '', reference = '', lifted_because = '' WHERE case_id = ?",
    "DELETE FROM assessments WHERE case_id = ?",
    "UPDATE escalation_runs SET acts = '[]' WHERE case_id = ?",
    "UPDATE notifications SET reason_nl = '', reason_en = '' WHERE subject = ?",
    "UPDATE notifications SET feedback_reason = '' WHERE subject = ?",
    "UPDATE outbox SET reason_nl = '', reason_en = '' WHERE subject = ?",
    "UPDATE entries SET content = '', salt = '' WHERE subject = ?",
)
"""All words in the rows of a case; codes, days and who took part stay."""


def erase(run: Run, codec: Codec, case: str, change: RoomChange, at: datetime) -> None:
    """Empty what *change* destroys, at the moment *at*."""
    room, moment = change.before.room, codec.instant(at)

    def each(sql: str, *values: object) -> None:
        run(sql if codec.text else sql.replace("?", "%s"), values)

    here = (case, room.key)
    for key in change.destroyed:
        each(f"{_CONTRIBUTIONS} AND id = ?", moment, *here, key)
        each(f"{_FILES} AND id = ?", *here, key)
        each(f"{_RELEASES} AND contribution = ?", *here, key)
    if change.destroy_all:
        each(_CONTRIBUTIONS, moment, *here)
        each(_FILES, *here)
        each(_RELEASES, *here)
        if room.kind is RoomKind.SIDE:
            own = (case, room.organisation)
            each("DELETE FROM assessments WHERE case_id = ? AND organisation = ?", *own)
        if room.kind is RoomKind.SHARED:
            first, *others = _OF_THE_CASE
            each(first, DESTROYED, case)
            for sql in others:
                each(sql, case)
    # A receipt holds a hash of what was asked, words and all: who asks again hears that the key
    # was used. Of a closed room only its own: what others asked in the case is answered as before.
    mine = f'["{case}",%' + (f",{canonical(room.key)}]" if room.confidential else "")
    each(
        "UPDATE idempotency_keys SET request_hash = '' WHERE receipt LIKE ? ESCAPE '!'",
        mine.replace("!", "!!").replace("_", "!_"),
    )
