"""Terms that are suspended and extended, tasks, calendars, and migrations of cases."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
ARMED = sa.text("state = 'armed'")
PROMISE = ("case_id", "purpose", "rung", "stage_entry", "generation")


def upgrade() -> None:
    """Take the step."""
    _grow("workflows", valid_from=sa.Date(), certificate=sa.Text())
    op.execute("UPDATE workflows SET certificate = ''")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE workflows SET valid_from = substr(adopted_at, 1, 10)")
    else:
        op.execute("UPDATE workflows SET valid_from = adopted_at::date")
    _settle("workflows", "valid_from", "certificate")

    _grow("confirmations", about=sa.String())
    op.execute("UPDATE confirmations SET about = ''")
    _settle("confirmations", "about")

    _grow("terms", begun_at=MOMENT, plan=sa.Integer(), acts=sa.Text(), checked_with=sa.String())
    op.execute("UPDATE terms SET plan = 0, acts = '[]', checked_with = calendar_version")
    _settle("terms", "plan", "acts", "checked_with")
    with op.batch_alter_table("terms", schema=None) as batch_op:
        batch_op.create_index("ix_terms_checked", ["checked_with", "state"], unique=False)

    _timers()

    op.create_table(
        "calendars",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("adopted_at", MOMENT, nullable=False),
        sa.Column("adopted_by", sa.String(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "tasks",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("label_nl", sa.String(), nullable=False),
        sa.Column("label_en", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "id"),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tasks_organisation", ["organisation", "state", "due_on"], unique=False
        )
        batch_op.create_index("ix_tasks_stay", ["case_id", "stage_entry", "position"], unique=False)
    op.create_table(
        "case_migrations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("from_name", sa.String(), nullable=False),
        sa.Column("from_version", sa.String(), nullable=False),
        sa.Column("to_name", sa.String(), nullable=False),
        sa.Column("to_version", sa.String(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("planned_by", sa.String(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "case_migration_items",
        sa.Column("migration_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["migration_id"], ["case_migrations.id"]),
        sa.PrimaryKeyConstraint("migration_id", "case_id"),
    )
    with op.batch_alter_table("case_migration_items", schema=None) as batch_op:
        batch_op.create_index("ix_case_migration_items_case_id", ["case_id"], unique=False)


def _grow(table: str, **columns: sa.types.TypeEngine[Any]) -> None:
    """Add columns that may still be empty."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        for name, kind in columns.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))


def _settle(table: str, *columns: str) -> None:
    """Let columns that were filled never be empty again."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        for name in columns:
            batch_op.alter_column(name, nullable=False)


def _timers() -> None:
    """Let a promise be made anew for each plan of a term: its unique key gets a generation."""
    if op.get_bind().dialect.name == "sqlite":
        _timers_anew()
        return
    _grow("timers", generation=sa.Integer())
    op.execute("UPDATE timers SET generation = 0")
    _settle("timers", "generation")
    for unique in sa.inspect(op.get_bind()).get_unique_constraints("timers"):
        op.drop_constraint(str(unique["name"]), "timers", type_="unique")
    op.create_unique_constraint("uq_timers_promise", "timers", list(PROMISE))


def _timers_anew() -> None:
    """Make the table anew: its unique key had no name, and SQLite cannot change one."""
    with op.batch_alter_table("timers", schema=None) as batch_op:
        batch_op.drop_index("ix_timers_case")
        batch_op.drop_index("ix_timers_armed")
    op.rename_table("timers", "timers_before")
    op.create_table(
        "timers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("stage_entry", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("wake_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("fired_at", MOMENT, nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(*PROMISE, name="uq_timers_promise"),
    )
    op.execute(
        "INSERT INTO timers (id, case_id, purpose, rung, stage_entry, due_at, wake_at, state, "
        "fired_at, failure, generation) SELECT id, case_id, purpose, rung, stage_entry, due_at, "
        "wake_at, state, fired_at, failure, 0 FROM timers_before"
    )
    op.drop_table("timers_before")
    with op.batch_alter_table("timers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_timers_armed", ["wake_at", "due_at", "id"], unique=False, sqlite_where=ARMED
        )
        batch_op.create_index("ix_timers_case", ["case_id", "state"], unique=False)


def downgrade() -> None:
    """Take the step back. Acts, tasks, calendars and migrations of cases are lost with it."""
    for table in ("case_migration_items", "case_migrations", "tasks", "calendars"):
        op.drop_table(table)
    # Of one promise the first tables have room for the newest plan only.
    op.execute(
        "DELETE FROM timers WHERE EXISTS (SELECT 1 FROM timers AS newer WHERE "
        "newer.case_id = timers.case_id AND newer.purpose = timers.purpose AND "
        "newer.rung = timers.rung AND newer.stage_entry = timers.stage_entry AND "
        "newer.generation > timers.generation)"
    )
    with op.batch_alter_table("timers", schema=None) as batch_op:
        batch_op.drop_constraint("uq_timers_promise", type_="unique")
        batch_op.drop_column("generation")
        batch_op.create_unique_constraint("uq_timers_stay", list(PROMISE[:-1]))
    with op.batch_alter_table("terms", schema=None) as batch_op:
        batch_op.drop_index("ix_terms_checked")
        for name in ("begun_at", "plan", "acts", "checked_with"):
            batch_op.drop_column(name)
    with op.batch_alter_table("confirmations", schema=None) as batch_op:
        batch_op.drop_column("about")
    with op.batch_alter_table("workflows", schema=None) as batch_op:
        batch_op.drop_column("valid_from")
        batch_op.drop_column("certificate")
