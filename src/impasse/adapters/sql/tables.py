"""Every table of *impasse*, declared once; migrations and hot statements are made from these.

Rows are dumb: the domain judges, the tables keep. Instants are UTC, days are days of Amsterdam,
structured columns hold canonical JSON text so that both databases keep the same bytes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine


class Instant(TypeDecorator[datetime]):
    """An aware moment in UTC: `timestamptz` on PostgreSQL, fixed-width ISO text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the native type of the database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 signature of SQLAlchemy
        """Turn a moment into what the database keeps; a naive one is a fault of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "naive datetime"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 signature of SQLAlchemy
        """Turn what the database kept into an aware moment in UTC."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


def _instant(*, nullable: bool = False, index: bool = False) -> Any:  # noqa: ANN401 SQLModel types Field so
    return Field(sa_column=Column(Instant(), nullable=nullable, index=index))


def _long() -> Any:  # noqa: ANN401 SQLModel types Field so
    return Field(sa_column=Column(Text(), nullable=False))


class OrganisationRow(SQLModel, table=True):
    """An organisation of the register."""

    __tablename__ = "organisations"
    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    layer: str = Field(index=True)
    abbreviation: str = ""
    province: str = ""
    oin: str = ""
    tooi_uri: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


class PersonRow(SQLModel, table=True):
    """Somebody who can sign in; screens show function and organisation."""

    __tablename__ = "persons"
    id: str = Field(primary_key=True)
    name: str
    function_nl: str
    function_en: str
    organisation_id: str
    roles: str
    disabled: bool = False
    demonstration: bool = False
    organ: str = ""
    email: str = ""
    rank: str = "officer"
    language: str = ""


class SubstitutionRow(SQLModel, table=True):
    """Who stands in for whom, from the first to the last day of an absence."""

    __tablename__ = "substitutions"
    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="persons.id", index=True)
    substitute_id: str = Field(foreign_key="persons.id", index=True)
    from_day: date
    until_day: date
    reason: str = _long()
    created_at: datetime = _instant()
    created_by: str
    ended_at: datetime | None = _instant(nullable=True)


class AccountRow(SQLModel, table=True):
    """How a person signs in here: a password and a second factor, and what went wrong lately."""

    __tablename__ = "accounts"
    person_id: str = Field(primary_key=True, foreign_key="persons.id")
    password_hash: str = _long()
    password_set_at: datetime | None = _instant(nullable=True)
    totp_secret: str = _long()
    totp_confirmed_at: datetime | None = _instant(nullable=True)
    totp_last_step: int
    recovery: str = _long()
    failures: int
    last_failure_at: datetime | None = _instant(nullable=True)
    locked_until: datetime | None = _instant(nullable=True)


class OneTimeLinkRow(SQLModel, table=True):
    """An invitation or a reset that can be used once; only the hash of its secret is kept."""

    __tablename__ = "one_time_links"
    hash: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="persons.id", index=True)
    purpose: str
    created_at: datetime = _instant()
    created_by: str
    expires_at: datetime = _instant()
    used_at: datetime | None = _instant(nullable=True)


class IdentityRow(SQLModel, table=True):
    """Who somebody is to an identity provider of an organisation."""

    __tablename__ = "identities"
    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="persons.id", index=True)
    created_at: datetime = _instant()
    last_seen_at: datetime = _instant()


class OidcFlowRow(SQLModel, table=True):
    """A sign-in at an identity provider that is under way; only the hash of its state is kept.

    `provider` is where the browser was sent, `invitation` the hash of the invitation that is
    taken up, or "".
    """

    __tablename__ = "oidc_flows"
    state_hash: str = Field(primary_key=True)
    browser_hash: str
    provider: str
    invitation: str
    nonce: str
    verifier: str
    onward: str = _long()
    created_at: datetime = _instant()
    expires_at: datetime = _instant(index=True)


class AttemptRow(SQLModel, table=True):
    """How often something was tried within a window of time, such as a sign-in from one address."""

    __tablename__ = "attempts"
    name: str = Field(primary_key=True)
    count: int
    began_at: datetime = _instant(index=True)


class TokenRow(SQLModel, table=True):
    """A token for the API; only its hash is kept."""

    __tablename__ = "tokens"
    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="persons.id", index=True)
    hash: str = Field(unique=True)
    created_at: datetime = _instant()
    expires_at: datetime | None = _instant(nullable=True)
    revoked_at: datetime | None = _instant(nullable=True)
    name: str = ""
    scopes: str = ""
    last_used_at: datetime | None = _instant(nullable=True)
    created_by: str = ""


class FeedRow(SQLModel, table=True):
    """The secret address of somebody's calendar feed; only its hash is kept."""

    __tablename__ = "feeds"
    hash: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="persons.id", index=True)
    created_at: datetime = _instant()
    revoked_at: datetime | None = _instant(nullable=True)
    last_used_at: datetime | None = _instant(nullable=True)


class SessionRow(SQLModel, table=True):
    """A signed-in browser; only the hash of its secret is kept.

    `expires_at` is when it ends without being used, `ends_at` when it ends in any case.
    """

    __tablename__ = "sessions"
    hash: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="persons.id", index=True)
    created_at: datetime = _instant()
    expires_at: datetime = _instant()
    id: str = ""
    ends_at: datetime | None = _instant(nullable=True)
    last_used_at: datetime | None = _instant(nullable=True)
    method: str = ""
    acr: str = ""
    browser: str = ""


class WorkflowRow(SQLModel, table=True):
    """A version of a procedure, with the very text that was adopted."""

    __tablename__ = "workflows"
    name: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    content_hash: str
    content: str = _long()
    adopted_at: datetime = _instant()
    adopted_by: str
    valid_from: date
    certificate: str = _long()


class CalendarRow(SQLModel, table=True):
    """A version of the calendar, with the very text that was adopted; one is in force."""

    __tablename__ = "calendars"
    version: str = Field(primary_key=True)
    edition: str
    content_hash: str
    content: str = _long()
    adopted_at: datetime = _instant()
    adopted_by: str
    in_force: bool


class CounterRow(SQLModel, table=True):
    """The last number given out in a series, such as the cases of a year."""

    __tablename__ = "counters"
    name: str = Field(primary_key=True)
    value: int


class CaseRow(SQLModel, table=True):
    """A case as it stands now; its history tells how it came there."""

    __tablename__ = "cases"
    id: str = Field(primary_key=True)
    title: str
    summary: str = _long()
    policy_area: str
    regions: str
    visibility: str
    opened_on: date
    workflow: str
    workflow_version: str
    stage: str
    stage_entry: int
    stage_since: date
    came_from: str
    left: str
    tier: str
    status: str
    last_step_on: date
    handler: str
    mediator: str
    level: str
    level_since: date | None
    level_below_since: date | None
    score: float = Field(sa_column=Column(Float(), nullable=False))
    candidate: str
    candidate_day: date | None
    deadline: datetime | None = _instant(nullable=True)
    revision: int
    history_head: str
    history_length: int
    __table_args__ = (
        Index(
            "ix_cases_open_deadline",
            "deadline",
            "id",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_cases_stage", "status", "stage", "deadline", "id"),
        Index("ix_cases_opened", "opened_on", "id"),
    )


class PartyRow(SQLModel, table=True):
    """An organisation that takes part in a case, named as it was."""

    __tablename__ = "parties"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    organisation: str = Field(primary_key=True, index=True)
    position: int
    name: str
    layer: str
    role: str


class SignalRow(SQLModel, table=True):
    """One report about a case."""

    __tablename__ = "signals"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    id: str = Field(primary_key=True)
    position: int
    indicator: str
    reliability: str
    organisation: str
    happened_on: date
    reported_on: date
    text: str = _long()
    closed_on: date | None
    closed_as: str


class ConfirmationRow(SQLModel, table=True):
    """What a party confirmed for itself, or what counts for the whole case."""

    __tablename__ = "confirmations"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    kind: str = Field(primary_key=True)
    organisation: str = Field(primary_key=True)
    note: str = _long()
    person: str
    at: datetime = _instant()
    stage_entry: int
    about: str


class TermRow(SQLModel, table=True):
    """The term of one stay in a stage, and what moved its end.

    `calendar_version` is that with which the end was planned, `checked_with` the newest that was
    seen to leave it where it is. `acts` are suspensions and extensions, in order.
    """

    __tablename__ = "terms"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    stage_entry: int = Field(primary_key=True)
    stage: str
    length: str
    basis: str
    atw: str
    start: date
    raw_end: date
    end: date
    ends_at: datetime = _instant()
    calendar_version: str
    state: str
    begun_at: datetime | None = _instant(nullable=True)
    plan: int
    acts: str = _long()
    checked_with: str
    __table_args__ = (
        Index("ix_terms_state_end", "state", "end"),
        Index("ix_terms_checked", "checked_with", "state"),
    )


class TaskRow(SQLModel, table=True):
    """One piece of work inside a stay in a stage."""

    __tablename__ = "tasks"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    id: str = Field(primary_key=True)
    stage_entry: int
    name: str
    label_nl: str
    label_en: str
    organisation: str
    role: str
    state: str
    needed: int
    position: int
    round: int
    outcome: str
    note: str = _long()
    opened_on: date | None
    due_on: date | None
    settled_on: date | None
    settled_by: str
    __table_args__ = (
        Index("ix_tasks_organisation", "organisation", "state", "due_on"),
        Index("ix_tasks_stay", "case_id", "stage_entry", "position"),
    )


class TimerRow(SQLModel, table=True):
    """A promise about time. `wake_at` is when to try; it differs from `due_at` after a failure."""

    __tablename__ = "timers"
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="cases.id")
    purpose: str
    rung: int
    stage_entry: int
    due_at: datetime = _instant()
    wake_at: datetime = _instant()
    state: str
    fired_at: datetime | None = _instant(nullable=True)
    failure: str = _long()
    generation: int
    __table_args__ = (
        UniqueConstraint(
            "case_id",
            "purpose",
            "rung",
            "stage_entry",
            "generation",
            name="uq_timers_promise",
        ),
        Index(
            "ix_timers_armed",
            "wake_at",
            "due_at",
            "id",
            sqlite_where=text("state = 'armed'"),
            postgresql_where=text("state = 'armed'"),
        ),
        Index("ix_timers_case", "case_id", "state"),
    )


class EntryRow(SQLModel, table=True):
    """One line of history, chained by hash to the one before it."""

    __tablename__ = "entries"
    subject: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    at: datetime = _instant()
    person: str
    organisation: str
    origin: str
    action: str
    content: str = _long()
    salt: str
    content_hash: str
    hash: str


class MeetingRow(SQLModel, table=True):
    """A sitting of the overhedenoverleg."""

    __tablename__ = "meetings"
    id: str = Field(primary_key=True)
    series: str
    day: date = Field(index=True)
    starts_at: time
    ends_at: time
    place: str
    closes_on: date
    revision: int
    history_head: str
    history_length: int


class CandidateRow(SQLModel, table=True):
    """A case proposed for an agenda, and what the secretariat made of it."""

    __tablename__ = "candidates"
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    state: str = Field(index=True)
    reason_nl: str = _long()
    reason_en: str = _long()
    proposed_at: datetime = _instant()
    meeting_id: str | None = Field(default=None, foreign_key="meetings.id", index=True)
    decided_at: datetime | None = _instant(nullable=True)
    decided_by: str
    decided_because: str = _long()
    minutes: int | None
    run: str = ""
    note: str = Field(default="", sa_column=Column(Text(), nullable=False))
    merged_into: str = ""


class EscalationPolicyRow(SQLModel, table=True):
    """A version of an escalation policy, with the very text that was adopted."""

    __tablename__ = "escalation_policies"
    name: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    content_hash: str
    content: str = _long()
    adopted_at: datetime = _instant()
    adopted_by: str
    in_force: bool


class EscalationRunRow(SQLModel, table=True):
    """One execution of an escalation policy for a case, with the policy as it was then.

    `turn` grows with each change of `next_at`: a timer of an earlier turn does nothing.
    """

    __tablename__ = "escalation_runs"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    id: str = Field(primary_key=True)
    policy: str
    policy_version: str
    snapshot: str = _long()
    cause: str
    event: str
    stay: int
    state: str
    level: int
    round: int
    turn: int
    started_at: datetime = _instant()
    level_at: datetime | None = _instant(nullable=True)
    next_at: datetime | None = _instant(nullable=True)
    next_is: str
    remaining_seconds: int | None
    acts: str = _long()
    ended_at: datetime | None = _instant(nullable=True)
    ended_as: str
    __table_args__ = (
        Index(
            "ix_escalation_runs_open",
            "next_at",
            sqlite_where=text("state <> 'ended'"),
            postgresql_where=text("state <> 'ended'"),
        ),
    )


class OutboxRow(SQLModel, table=True):
    """Something the world must hear, written with the decision that promised it.

    `notify` are the roles that must hear it; `addressees` names persons, for what an escalation
    tells. `rule` says by which rule it was sent, `otherwise` what happens if nobody does anything,
    `stay` in which stay in a stage the case was, and `by` whose act it tells of: who did something
    need not hear of it.
    """

    __tablename__ = "outbox"
    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    type: str
    at: datetime = _instant()
    notify: str
    reason_nl: str = _long()
    reason_en: str = _long()
    spread_at: datetime | None = _instant(nullable=True)
    addressees: str = Field(default="", sa_column=Column(Text(), nullable=False))
    otherwise_nl: str = Field(default="", sa_column=Column(Text(), nullable=False))
    otherwise_en: str = Field(default="", sa_column=Column(Text(), nullable=False))
    rule: str = ""
    run: str = ""
    urgent: bool = False
    stay: int = 0
    by: str = ""
    __table_args__ = (
        Index(
            "ix_outbox_unspread",
            "at",
            "id",
            sqlite_where=text("spread_at IS NULL"),
            postgresql_where=text("spread_at IS NULL"),
        ),
    )


class WebhookRow(SQLModel, table=True):
    """An address that wants to hear of events, and the secrets that sign them.

    While a secret is replaced, `old_secret` signs too until `old_secret_until`. `failing_since` is
    the first failure after the last success, `owner_told_at` when its owner was last told of it.
    """

    __tablename__ = "webhooks"
    id: str = Field(primary_key=True)
    url: str
    secret: str
    types: str
    active: bool = True
    created_at: datetime = _instant()
    created_by: str
    old_secret: str = ""
    old_secret_until: datetime | None = _instant(nullable=True)
    format: str = "cloudevents"
    stopped_because: str = ""
    failing_since: datetime | None = _instant(nullable=True)
    owner_told_at: datetime | None = _instant(nullable=True)


class NotificationRow(SQLModel, table=True):
    """What one person hears of one message, whatever the channels.

    `subject` is empty when the person may not know of which case it tells. `reason` is what
    happened, `why` why this person hears it, `otherwise` what happens if nobody does anything.
    `repeats` counts the messages with the same `dedup_key` that were added to this one.
    """

    __tablename__ = "notifications"
    id: str = Field(primary_key=True)
    message_id: str = Field(foreign_key="outbox.id")
    person_id: str = Field(foreign_key="persons.id")
    subject: str = Field(index=True)
    type: str
    stands_for: str
    reason_nl: str = _long()
    reason_en: str = _long()
    why_nl: str = _long()
    why_en: str = _long()
    otherwise_nl: str = _long()
    otherwise_en: str = _long()
    rule: str
    run: str
    urgent: bool
    dedup_key: str
    repeats: int
    created_at: datetime = _instant()
    seen_at: datetime | None = _instant(nullable=True)
    lapsed_at: datetime | None = _instant(nullable=True)
    lapsed_because: str
    feedback: str
    feedback_reason: str = _long()
    feedback_at: datetime | None = _instant(nullable=True)
    __table_args__ = (
        UniqueConstraint("message_id", "person_id", name="uq_notifications_once"),
        Index("ix_notifications_person", "person_id", "created_at", "id"),
        Index("ix_notifications_key", "person_id", "dedup_key", "created_at"),
    )


class DeliveryRow(SQLModel, table=True):
    """One message on its way over one channel to one destination: a webhook, or a person.

    Deliveries with the same `bundle` travel together, as one e-mail with a stable id. What of an
    escalation could not be delivered was reported to its run at `reported_at`.
    """

    __tablename__ = "deliveries"
    id: int | None = Field(default=None, primary_key=True)
    message_id: str | None = Field(default=None, foreign_key="outbox.id")
    notification_id: str | None = Field(default=None, foreign_key="notifications.id")
    channel: str
    destination: str
    bundle: str
    state: str
    attempts: int
    next_at: datetime = _instant()
    answered: int | None
    failure: str = _long()
    done_at: datetime | None = _instant(nullable=True)
    created_at: datetime = _instant()
    reported_at: datetime | None = _instant(nullable=True)
    __table_args__ = (
        UniqueConstraint("message_id", "channel", "destination", name="uq_deliveries_once"),
        Index(
            "ix_deliveries_due",
            "channel",
            "destination",
            "next_at",
            "id",
            sqlite_where=text("state IN ('waiting', 'held', 'sending', 'retrying')"),
            postgresql_where=text("state IN ('waiting', 'held', 'sending', 'retrying')"),
        ),
        Index(
            "ix_deliveries_undeliverable",
            "reported_at",
            "channel",
            "state",
            "id",
            sqlite_where=text("state IN ('failed', 'dead')"),
            postgresql_where=text("state IN ('failed', 'dead')"),
        ),
        Index("ix_deliveries_notification", "notification_id"),
        Index("ix_deliveries_bundle", "bundle"),
    )


class NotificationSettingsRow(SQLModel, table=True):
    """How a person wants to hear: over which channels, on which days, at which hours.

    `working_days` are numbers of days of the week, 1 for Monday. Outside them, and outside
    `from_time` to `until_time`, what is not urgent is held. Without a row the defaults count.
    """

    __tablename__ = "notification_settings"
    person_id: str = Field(primary_key=True, foreign_key="persons.id")
    email: bool
    chat: str = _long()
    working_days: str
    from_time: time
    until_time: time
    group_minutes: int
    digest: str
    digest_time: time
    changed_at: datetime = _instant()


class DigestRow(SQLModel, table=True):
    """A digest that was made for a person: one of a kind per day."""

    __tablename__ = "digests"
    person_id: str = Field(primary_key=True, foreign_key="persons.id")
    kind: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    made_at: datetime = _instant()
    items: int
    content: str = _long()


class RotaRow(SQLModel, table=True):
    """A duty rota: somebody of an organisation is on duty each day."""

    __tablename__ = "rotas"
    name: str = Field(primary_key=True)
    label_nl: str
    label_en: str
    organisation_id: str
    created_at: datetime = _instant()
    created_by: str


class DutyRow(SQLModel, table=True):
    """Who is on duty from the first to the last day; an override goes before what was planned."""

    __tablename__ = "duties"
    id: str = Field(primary_key=True)
    rota: str = Field(foreign_key="rotas.name", index=True)
    person_id: str = Field(foreign_key="persons.id", index=True)
    from_day: date
    until_day: date
    override: bool
    created_at: datetime = _instant()
    created_by: str
    ended_at: datetime | None = _instant(nullable=True)


class GroupRow(SQLModel, table=True):
    """A named group of persons that an escalation policy can tell."""

    __tablename__ = "person_groups"
    name: str = Field(primary_key=True)
    label_nl: str
    label_en: str
    members: str = _long()
    created_at: datetime = _instant()
    created_by: str


class ReplyAddressRow(SQLModel, table=True):
    """The secret in the reply address of one person about one case; only its hash is kept.

    `room` is the private room of that person when it was given.
    """

    __tablename__ = "reply_addresses"
    hash: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="persons.id", index=True)
    subject: str
    room: str = ""
    created_at: datetime = _instant()
    ends_at: datetime = _instant()
    last_used_at: datetime | None = _instant(nullable=True)


class InboundMailRow(SQLModel, table=True):
    """An e-mail that came in, and what was done with it.

    `raw` is emptied when it was filed in a room or thrown away; `kind` tells what it is: a reply,
    an automatic answer, a delivery report, or unknown.
    """

    __tablename__ = "inbound_mails"
    id: str = Field(primary_key=True)
    received_at: datetime = _instant(index=True)
    message_id: str = Field(index=True)
    sender: str
    recipient: str
    title: str
    kind: str
    state: str = Field(index=True)
    reason: str = _long()
    person_id: str
    case_id: str
    room: str
    contribution: str
    raw: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    size: int
    settled_at: datetime | None = _instant(nullable=True)
    settled_by: str


class AddressFaultRow(SQLModel, table=True):
    """An e-mail address that refused for good; nothing more is sent there until it is mended."""

    __tablename__ = "address_faults"
    address: str = Field(primary_key=True)
    since: datetime = _instant()
    reason: str = _long()
    told_at: datetime | None = _instant(nullable=True)


class WatchRow(SQLModel, table=True):
    """What a watchdog last saw: when it looked, since when something is wrong, and what."""

    __tablename__ = "watches"
    name: str = Field(primary_key=True)
    looked_at: datetime = _instant()
    wrong_since: datetime | None = _instant(nullable=True)
    told_at: datetime | None = _instant(nullable=True)
    detail: str = _long()


class RoomRow(SQLModel, table=True):
    """A room of a case in which something was written; each has a chain of history of its own.

    `room` is its key: "shared", "side:gm0363", "caucus:gm0363:mediator", "mediator:mediator".
    What is shared has its history in that of the case.
    """

    __tablename__ = "rooms"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    room: str = Field(primary_key=True)
    kind: str
    organisation: str
    mediator: str
    opened_at: datetime = _instant()
    revision: int
    history_head: str
    history_length: int
    contributions: int
    releases: int
    destroyed_at: datetime | None = _instant(nullable=True)
    __table_args__ = (
        Index("ix_rooms_organisation", "organisation", "kind"),
        Index("ix_rooms_mediator", "mediator", "kind"),
    )


class ContributionRow(SQLModel, table=True):
    """A note, a document or a signal, in the room where it was born.

    `digest` stands in history for the content: a hash with `salt`, which is destroyed with it.
    """

    __tablename__ = "contributions"
    case_id: str = Field(primary_key=True)
    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    position: int
    kind: str
    part: str
    environmental: bool
    title: str
    text: str = _long()
    particulars: str = _long()
    organisation: str
    person: str
    written_at: datetime = _instant()
    salt: str
    digest: str
    destroyed_at: datetime | None = _instant(nullable=True)
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "room"], ["rooms.case_id", "rooms.room"]),
        Index("ix_contributions_written", "case_id", "written_at"),
    )


class DocumentContentRow(SQLModel, table=True):
    """The bytes of a document."""

    __tablename__ = "document_contents"
    case_id: str = Field(primary_key=True)
    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    body: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "room", "id"],
            ["contributions.case_id", "contributions.room", "contributions.id"],
        ),
    )


class ReleaseRow(SQLModel, table=True):
    """An exact wording of a contribution, proposed for sharing, and what its owner decided."""

    __tablename__ = "releases"
    case_id: str = Field(primary_key=True)
    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    position: int
    contribution: str
    part: str
    environmental: bool
    title: str
    text: str = _long()
    with_document: bool
    state: str
    proposed_by: str
    proposed_for: str
    proposed_at: datetime = _instant()
    decided_by: str
    decided_at: datetime | None = _instant(nullable=True)
    note: str = _long()
    shared_as: str
    salt: str
    digest: str
    __table_args__ = (ForeignKeyConstraint(["case_id", "room"], ["rooms.case_id", "rooms.room"]),)


class ReadRow(SQLModel, table=True):
    """That somebody read in a room, or took something along: never what it said."""

    __tablename__ = "reads"
    id: int | None = Field(default=None, primary_key=True)
    case_id: str
    room: str
    what: str
    person: str = Field(index=True)
    organisation: str
    origin: str
    at: datetime = _instant()
    __table_args__ = (Index("ix_reads_room", "case_id", "room", "at"),)


class LegalHoldRow(SQLModel, table=True):
    """A duty to keep everything of a case, such as a request under the Woo brings."""

    __tablename__ = "legal_holds"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    id: str = Field(primary_key=True)
    organisation: str
    reason: str = _long()
    reference: str
    placed_by: str
    placed_at: datetime = _instant()
    lifted_by: str
    lifted_at: datetime | None = _instant(nullable=True)
    lifted_because: str = _long()


class AssessmentRow(SQLModel, table=True):
    """What one government decided about disclosing one item of the shared room."""

    __tablename__ = "assessments"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    item: str = Field(primary_key=True)
    organisation: str = Field(primary_key=True)
    disclosure: str
    grounds: str = _long()
    note: str = _long()
    person: str
    at: datetime = _instant()


class CaseMigrationRow(SQLModel, table=True):
    """A plan to take cases from one version of a procedure to another, and how far it came."""

    __tablename__ = "case_migrations"
    id: str = Field(primary_key=True)
    from_name: str
    from_version: str
    to_name: str
    to_version: str
    mapping: str = _long()
    state: str
    planned_at: datetime = _instant()
    planned_by: str
    finished_at: datetime | None = _instant(nullable=True)


class CaseMigrationItemRow(SQLModel, table=True):
    """One case of a migration: what was planned for it, and what became of it."""

    __tablename__ = "case_migration_items"
    migration_id: str = Field(primary_key=True, foreign_key="case_migrations.id")
    case_id: str = Field(primary_key=True, foreign_key="cases.id", index=True)
    state: str
    plan: str = _long()
    told: str = _long()
    done_at: datetime | None = _instant(nullable=True)


class IdempotencyRow(SQLModel, table=True):
    """The answer given to a request, so that the same request gets the same answer."""

    __tablename__ = "idempotency_keys"
    person_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_hash: str
    receipt: str = _long()
    at: datetime = _instant(index=True)
