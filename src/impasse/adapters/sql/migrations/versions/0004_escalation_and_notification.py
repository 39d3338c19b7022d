"""Escalation policies and runs, notifications per person, duty rotas, and mail that comes in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
NEW = (
    "reply_addresses",
    "notifications",
    "notification_settings",
    "escalation_runs",
    "duties",
    "digests",
    "watches",
    "rotas",
    "person_groups",
    "inbound_mails",
    "escalation_policies",
    "address_faults",
)
"""The tables that come with this step, those that others lean on last."""

DUE = sa.text("state IN ('waiting', 'held', 'sending', 'retrying')")
UNDELIVERABLE = sa.text("state IN ('failed', 'dead')")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Take the step. What was delivered to webhooks stays known."""
    _grow("persons", rank=sa.String(), language=sa.String())
    op.execute("UPDATE persons SET rank = 'officer', language = ''")
    _settle("persons", "rank", "language")
    _grow("candidates", run=sa.String(), note=sa.Text(), merged_into=sa.String())
    op.execute("UPDATE candidates SET run = '', note = '', merged_into = ''")
    _settle("candidates", "run", "note", "merged_into")
    _grow("outbox", addressees=sa.Text(), otherwise_nl=sa.Text(), otherwise_en=sa.Text())
    _grow("outbox", rule=sa.String(), run=sa.String(), urgent=sa.Boolean(), stay=sa.Integer())
    _grow("outbox", by=sa.String())
    op.execute(
        "UPDATE outbox SET addressees = '', otherwise_nl = '', otherwise_en = '', rule = '', "
        "run = '', urgent = false, stay = 0, by = ''"
    )
    _settle("outbox", "addressees", "otherwise_nl", "otherwise_en", "rule", "run", "urgent")
    _settle("outbox", "stay", "by")
    _grow("webhooks", old_secret=sa.String(), format=sa.String(), stopped_because=sa.String())
    op.execute("UPDATE webhooks SET old_secret = '', format = 'cloudevents', stopped_because = ''")
    _settle("webhooks", "old_secret", "format", "stopped_because")
    _grow("webhooks", old_secret_until=MOMENT, failing_since=MOMENT, owner_told_at=MOMENT)
    _tables()
    _deliveries()


def _deliveries() -> None:
    """Make deliveries those of any channel, and keep what was delivered to webhooks."""
    op.create_table(
        "deliveries_of_channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("notification_id", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("reported_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["outbox.id"]),
        sa.ForeignKeyConstraint(["notification_id"], ["notifications.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "channel", "destination", name="uq_deliveries_once"),
    )
    op.execute(
        "INSERT INTO deliveries_of_channels (id, message_id, channel, destination, bundle, state, "
        "attempts, next_at, answered, failure, done_at, created_at, reported_at) "
        "SELECT d.id, d.message_id, 'webhook', d.webhook_id, '', CASE WHEN d.state = 'waiting' AND "
        "d.attempts > 0 THEN 'retrying' ELSE d.state END, d.attempts, d.next_at, d.answered, "
        "d.failure, d.done_at, m.at, d.done_at FROM deliveries d JOIN outbox m ON m.id = "
        "d.message_id"
    )
    op.drop_table("deliveries")
    op.rename_table("deliveries_of_channels", "deliveries")
    _count_on("deliveries_of_channels_id_seq")
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["channel", "destination", "next_at", "id"],
        sqlite_where=DUE,
        postgresql_where=DUE,
    )
    op.create_index(
        "ix_deliveries_undeliverable",
        "deliveries",
        ["reported_at", "channel", "state", "id"],
        sqlite_where=UNDELIVERABLE,
        postgresql_where=UNDELIVERABLE,
    )
    op.create_index("ix_deliveries_notification", "deliveries", ["notification_id"])
    op.create_index("ix_deliveries_bundle", "deliveries", ["bundle"])


def _count_on(sequence: str) -> None:
    """Let PostgreSQL give the next delivery a number that none has."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            sa.select(
                sa.func.setval(
                    sequence, sa.text("(SELECT coalesce(max(id), 0) FROM deliveries) + 1")
                )
            )
        )


def _tables() -> None:
    op.create_table(
        "address_faults",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "escalation_policies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("adopted_at", MOMENT, nullable=False),
        sa.Column("adopted_by", sa.String(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version"),
    )
    op.create_table(
        "inbound_mails",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("contribution", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_inbound_mails_message_id", "inbound_mails", ["message_id"], unique=False)
    op.create_index("ix_inbound_mails_received_at", "inbound_mails", ["received_at"], unique=False)
    op.create_index("ix_inbound_mails_state", "inbound_mails", ["state"], unique=False)
    op.create_table(
        "person_groups",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("label_nl", sa.String(), nullable=False),
        sa.Column("label_en", sa.String(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "rotas",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("label_nl", sa.String(), nullable=False),
        sa.Column("label_en", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "watches",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("looked_at", MOMENT, nullable=False),
        sa.Column("wrong_since", MOMENT, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "digests",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", "day"),
    )
    op.create_table(
        "duties",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("rota", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("override", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
        ),
        sa.ForeignKeyConstraint(
            ["rota"],
            ["rotas.name"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_duties_person_id", "duties", ["person_id"], unique=False)
    op.create_index("ix_duties_rota", "duties", ["rota"], unique=False)
    op.create_table(
        "escalation_runs",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("stay", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("level_at", MOMENT, nullable=True),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("next_is", sa.String(), nullable=False),
        sa.Column("remaining_seconds", sa.Integer(), nullable=True),
        sa.Column("acts", sa.Text(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_as", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.PrimaryKeyConstraint("case_id", "id"),
    )
    op.create_index(
        "ix_escalation_runs_open",
        "escalation_runs",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state <> 'ended'"),
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_table(
        "notification_settings",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("email", sa.Boolean(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("working_days", sa.String(), nullable=False),
        sa.Column("from_time", sa.Time(), nullable=False),
        sa.Column("until_time", sa.Time(), nullable=False),
        sa.Column("group_minutes", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("digest_time", sa.Time(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
        ),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("stands_for", sa.String(), nullable=False),
        sa.Column("reason_nl", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("why_nl", sa.Text(), nullable=False),
        sa.Column("why_en", sa.Text(), nullable=False),
        sa.Column("otherwise_nl", sa.Text(), nullable=False),
        sa.Column("otherwise_en", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("dedup_key", sa.String(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("lapsed_at", MOMENT, nullable=True),
        sa.Column("lapsed_because", sa.String(), nullable=False),
        sa.Column("feedback", sa.String(), nullable=False),
        sa.Column("feedback_reason", sa.Text(), nullable=False),
        sa.Column("feedback_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "person_id", name="uq_notifications_once"),
    )
    op.create_index(
        "ix_notifications_key",
        "notifications",
        ["person_id", "dedup_key", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_notifications_person", "notifications", ["person_id", "created_at", "id"], unique=False
    )
    op.create_index("ix_notifications_subject", "notifications", ["subject"], unique=False)
    op.create_table(
        "reply_addresses",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False, server_default=""),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
        ),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_reply_addresses_person_id", "reply_addresses", ["person_id"], unique=False)


def downgrade() -> None:
    """Take the step back. Runs, notifications, rotas and mail are lost with it."""
    op.create_table(
        "deliveries_of_webhooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["outbox.id"]),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "webhook_id"),
    )
    op.execute(
        "INSERT INTO deliveries_of_webhooks (id, message_id, webhook_id, state, attempts, next_at, "
        "answered, failure, done_at) SELECT id, message_id, destination, CASE WHEN state IN "
        "('delivered', 'seen', 'sent') THEN 'delivered' WHEN state IN ('waiting', 'held', "
        "'sending', 'retrying') THEN 'waiting' ELSE 'dead' END, attempts, next_at, answered, "
        "failure, done_at FROM deliveries WHERE channel = 'webhook' AND message_id IS NOT NULL"
    )
    op.drop_table("deliveries")
    op.rename_table("deliveries_of_webhooks", "deliveries")
    _count_on("deliveries_of_webhooks_id_seq")
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["next_at", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    for table in NEW:
        op.drop_table(table)
    op.execute("DELETE FROM timers WHERE purpose = 'escalation'")
    _shrink("webhooks", "old_secret", "old_secret_until", "format", "stopped_because")
    _shrink("webhooks", "failing_since", "owner_told_at")
    _shrink("outbox", "addressees", "otherwise_nl", "otherwise_en", "rule", "run", "urgent")
    _shrink("outbox", "stay", "by")
    _shrink("candidates", "run", "note", "merged_into")
    _shrink("persons", "rank", "language")


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


def _shrink(table: str, *columns: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        for name in columns:
            batch_op.drop_column(name)
