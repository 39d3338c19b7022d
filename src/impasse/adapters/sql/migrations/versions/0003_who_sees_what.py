"""Accounts, substitutes, rooms with what is written in them, and what the law asks of both."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
NEW = (
    "assessments",
    "legal_holds",
    "reads",
    "releases",
    "document_contents",
    "contributions",
    "rooms",
    "feeds",
    "attempts",
    "oidc_flows",
    "identities",
    "one_time_links",
    "accounts",
    "substitutions",
)
"""The tables that come with this step, those that others lean on last."""


def upgrade() -> None:
    """Take the step. Whoever is signed in signs in again: a session has a last moment now."""
    _grow("persons", organ=sa.String(), email=sa.String())
    op.execute("UPDATE persons SET organ = '', email = ''")
    _settle("persons", "organ", "email")
    _grow(
        "tokens",
        name=sa.String(),
        scopes=sa.String(),
        created_by=sa.String(),
    )
    # A token of before does what it did: everything that its person may.
    op.execute("UPDATE tokens SET name = '', scopes = 'read write rooms', created_by = ''")
    _settle("tokens", "name", "scopes", "created_by")
    _grow("tokens", last_used_at=MOMENT)
    op.execute("DELETE FROM sessions")
    _grow("sessions", ends_at=MOMENT, last_used_at=MOMENT)
    _grow("sessions", id=sa.String(), method=sa.String(), acr=sa.String(), browser=sa.String())
    _settle("sessions", "id", "method", "acr", "browser")
    op.create_table(
        "substitutions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("substitute_id", sa.String(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["substitute_id"], ["persons.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_substitutions_person_id", "substitutions", ["person_id"], unique=False)
    op.create_index(
        "ix_substitutions_substitute_id", "substitutions", ["substitute_id"], unique=False
    )
    op.create_table(
        "accounts",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_set_at", MOMENT, nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=False),
        sa.Column("totp_confirmed_at", MOMENT, nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("recovery", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failure_at", MOMENT, nullable=True),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "one_time_links",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_one_time_links_person_id", "one_time_links", ["person_id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"]),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )
    op.create_index("ix_identities_person_id", "identities", ["person_id"], unique=False)
    op.create_table(
        "oidc_flows",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("invitation", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("onward", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("state_hash"),
    )
    op.create_index("ix_oidc_flows_expires_at", "oidc_flows", ["expires_at"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_attempts_began_at", "attempts", ["began_at"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_feeds_person_id", "feeds", ["person_id"], unique=False)
    op.create_table(
        "rooms",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("mediator", sa.String(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("history_head", sa.String(), nullable=False),
        sa.Column("history_length", sa.Integer(), nullable=False),
        sa.Column("contributions", sa.Integer(), nullable=False),
        sa.Column("releases", sa.Integer(), nullable=False),
        sa.Column("destroyed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "room"),
    )
    op.create_index("ix_rooms_mediator", "rooms", ["mediator", "kind"], unique=False)
    op.create_index("ix_rooms_organisation", "rooms", ["organisation", "kind"], unique=False)
    op.create_table(
        "contributions",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("environmental", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("particulars", sa.Text(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("destroyed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id", "room"], ["rooms.case_id", "rooms.room"]),
        sa.PrimaryKeyConstraint("case_id", "room", "id"),
    )
    op.create_index(
        "ix_contributions_written", "contributions", ["case_id", "written_at"], unique=False
    )
    op.create_table(
        "document_contents",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "room", "id"],
            ["contributions.case_id", "contributions.room", "contributions.id"],
        ),
        sa.PrimaryKeyConstraint("case_id", "room", "id"),
    )
    op.create_table(
        "releases",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("contribution", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("environmental", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("with_document", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_for", sa.String(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("shared_as", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id", "room"], ["rooms.case_id", "rooms.room"]),
        sa.PrimaryKeyConstraint("case_id", "room", "id"),
    )
    op.create_table(
        "reads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reads_person", "reads", ["person"], unique=False)
    op.create_index("ix_reads_room", "reads", ["case_id", "room", "at"], unique=False)
    op.create_table(
        "legal_holds",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("placed_at", MOMENT, nullable=False),
        sa.Column("lifted_by", sa.String(), nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lifted_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "id"),
    )
    op.create_table(
        "assessments",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("disclosure", sa.String(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "item", "organisation"),
    )


def downgrade() -> None:
    """Take the step back. Rooms and all that was written in them are lost with it."""
    for table in NEW:
        op.drop_table(table)
    op.execute("DELETE FROM entries WHERE subject LIKE 'IMP-%/%'")
    _shrink("persons", "organ", "email")
    _shrink("tokens", "name", "scopes", "created_by", "last_used_at")
    _shrink("sessions", "ends_at", "last_used_at", "id", "method", "acr", "browser")


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
