"""What comes over the wire, typed. A field that this version does not know is read over."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Shape(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )


class Resource(_Shape):
    """Something with an address; `etag` is its version as you read it."""

    href: str = ""
    etag: str = ""


class Bilingual(_Shape):
    """The same words in Dutch and English."""

    nl: str
    en: str


class Party(_Shape):
    """An organisation that takes part in a case."""

    organisation: str
    name: str
    layer: str
    role: str


class Stage(_Shape):
    """A stage of a procedure."""

    name: str
    label: Bilingual


class Term(_Shape):
    """The term of the present stage; `end` is its last day."""

    start: date
    end: date
    ends_at: datetime


class CaseSummary(Resource):
    """A case as lists show it; `level` is that of early warning."""

    id: str
    title: str
    status: str
    stage: Stage
    stage_since: date
    tier: str
    level: str
    score: float
    policy_area: str
    regions: list[str]
    parties: list[Party]
    term: Term | None
    workflow: str
    revision: int


class Signal(Resource):
    """A report of a disagreement."""

    id: str
    indicator: str
    reliability: str
    organisation: str
    happened_on: date
    reported_on: date
    text: str
    closed_on: date | None
    case: str = ""


class Case(CaseSummary):
    """A whole case."""

    summary: str
    signals: list[Signal]


class NewSignal(_Shape):
    """What you saw: `indicator` is a code of `/indicators`; without organisation it is yours."""

    indicator: str
    reliability: str
    happened_on: date
    text: str = ""
    organisation: str = ""


class Missing(_Shape):
    """A condition that is not met; one that is not required may be passed with a reason."""

    guard: str
    missing: Bilingual
    required: bool


class Move(_Shape):
    """A move that leaves the present stage; `yours` when you may make it."""

    trigger: str
    label: Bilingual
    yours: bool
    ready: bool
    note_required: bool
    lacks: list[Missing]


class Confirmation(_Shape):
    """Something that was confirmed; for the whole case when no organisation is named."""

    kind: str
    organisation: str
    note: str
    about: str
    at: datetime


class Entry(_Shape):
    """One line of the history of a case."""

    sequence: int
    at: datetime
    action: str
    sentence: Bilingual


class Organisation(Resource):
    """An organisation of the register."""

    id: str
    name: str
    layer: str
    province: str


class Me(Resource):
    """Whose token it is."""

    id: str
    name: str
    organisation: str
    roles: list[str]


class Room(Resource):
    """A room of a case that you may be in: `kind` is shared, side, caucus or mediator."""

    id: str
    kind: str
    name: Bilingual
    organisation: str
    confidential: bool
    who_is_in: Bilingual
    may_write: bool
    owner: bool
    contributions: int
    waiting: int
    destroyed_on: date | None


class Document(_Shape):
    """The file of a document; `href` gives its bytes."""

    file_name: str
    media_type: str
    size: int
    sha256: str
    href: str


class Contribution(Resource):
    """What stands in the room where it was born: a note, a document, a signal, an assessment.

    `part` is objective or view. Of what was destroyed only the fact is left.
    """

    id: str
    room: str
    kind: str
    part: str
    environmental: bool
    title: str
    text: str
    document: Document | None
    organisation: str
    written_at: datetime
    destroyed_at: datetime | None


class Release(Resource):
    """An exact wording, proposed to be shared; `wording` is its hash, `shared_as` the copy."""

    id: str
    room: str
    contribution: str
    part: str
    environmental: bool
    title: str
    text: str
    with_document: bool
    wording: str
    state: str
    note: str
    shared_as: str
    yours: bool


class Acknowledgement(_Shape):
    """A side took an escalation up, with a next step before the end of `until`."""

    id: str
    side: str
    next_step: str
    until: date
    at: datetime
    lapsed_at: datetime | None


class Snooze(_Shape):
    """An escalation that rests until the end of `until`, or rested."""

    id: str
    side: str
    reason: str
    until: date
    at: datetime
    ended_at: datetime | None


class Recipients(_Shape):
    """Who hears: by function and organisation, and how many people that are."""

    function: Bilingual
    organisation: str
    people: int


class LevelForeseen(_Shape):
    """A level that will be told at `at` if nobody answers; of a meeting nobody is told."""

    level: int
    name: str
    label: Bilingual
    at: datetime
    recipients: list[Recipients]
    meeting: str


class EscalationSummary(Resource):
    """An escalation as lists show it; `next_is` is what happens at `next_at`."""

    id: str
    case: str
    case_title: str
    state: str
    level: int | None
    level_label: Bilingual | None
    started_at: datetime
    next_at: datetime | None
    next_is: str
    ended_at: datetime | None
    ended_as: str | None


class Escalation(EscalationSummary):
    """An escalation, with the answers that people gave."""

    acknowledgements: list[Acknowledgement]
    snoozes: list[Snooze]


class LogLine(_Shape):
    """Something that happened in an escalation, or somebody who was told of it by a rule."""

    at: datetime
    action: str
    sentence: Bilingual | None
    type: str
    rule: str
    function: Bilingual | None
    organisation: str


class Notification(Resource):
    """Something that you were told: why, by which rule, and what happens if you do nothing."""

    id: str
    type: str
    case: str | None
    case_title: str
    run: str | None
    asking: bool
    urgent: bool
    reason: Bilingual
    why: Bilingual
    rule: str
    otherwise: Bilingual
    created_at: datetime
    state: str
    seen_at: datetime | None


class SearchResult(_Shape):
    """Something that was found, among what you may see."""

    kind: str
    case: str
    case_title: str
    room: str
    id: str
    title: str
    excerpt: str
    href: str


class Webhook(Resource):
    """An address that hears of the cases that its owner may see."""

    id: str
    url: str
    types: list[str]
    owner: str
    active: bool
    paused: bool
    format: str
    stopped_because: str | None
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime


class NewWebhook(Webhook):
    """A webhook with the secret that signs its messages: shown once, so keep it well."""

    secret: str


class NewSecret(_Shape):
    """A new secret of a webhook, shown once; until `old_secret_until` the old one signs too."""

    secret: str
    old_secret_until: datetime | None


class Delivery(_Shape):
    """What became of one message on its way to one destination: a webhook, or a person."""

    id: int
    message: str
    channel: str
    webhook: str
    person: str
    type: str
    subject: str
    state: str
    attempts: int
    failure: str
