"""Examples of what is sent and answered: one dispute about a dike, told in every shape.

They are made from the shapes themselves, with the values below; so each field of a shape stands in
its example, and a new shape has one at once. A test holds every example against its shape.
"""

from __future__ import annotations

from typing import Any

DEPTH = 40
"""Shapes within shapes: no shape of ours holds itself, but a mistake should not hang a process."""

_CASE = "IMP-2026-0001"
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PROCEDURE = "interbestuurlijke-impasse"
_ROOM = f"/api/v1/cases/{_CASE}/rooms/side-gm0363"

_VALUES: dict[str, Any] = {
    "abbreviation": "Adam",
    "account": "party:gm0363",
    "action": "signal_reported",
    "adoptedBy": "secretaris",
    "appointee": "bemiddelaar",
    "calendarVersion": "2026-01-5f1c2a",
    "candidate": "A1",
    "case": _CASE,
    "caseTitle": "Wie betaalt de versterking van de dijk?",
    "caseHref": f"/api/v1/cases/{_CASE}",
    "code": "A1",
    "contribution": "N1",
    "content": "# het hele bestand, als tekst",
    "contentHash": _HASH,
    "createdBy": "amsterdam",
    "cursor": "SU1QLTIwMjYtMDAwMQ",
    "day": "2026-03-26",
    "decidedBecause": "Past bij het thema van dit overleg.",
    "detail": "Dit bestaat niet, of u mag het niet zien.",
    "digest": _HASH,
    "dimension": "A",
    "edition": "2026-01",
    "email": "a.dam@amsterdam.example",
    "en": "Who pays for the dike?",
    "excerpt": "Wij kunnen leven met een derde deel, mits het in 2028 klaar is.",
    "fileName": "metingen.pdf",
    "fingerprint": _HASH,
    "from": "2",
    "fromVersion": "2",
    "guard": "parties_heard",
    "handler": "secretariat",
    "hash": _HASH,
    "href": f"/api/v1/cases/{_CASE}",
    "id": _CASE,
    "identifier": "case",
    "indicator": "A1",
    "indicatorsVersion": "2",
    "initial": "signal",
    "instance": f"/api/v1/cases/{_CASE}",
    "length": "10 working days",
    "mediator": "bemiddelaar",
    "mediaType": "application/pdf",
    "meeting": "2026-03-26",
    "message": f"{_CASE}-2-1",
    "name": "Gemeente Amsterdam",
    "next": None,
    "nl": "Wie betaalt de dijk?",
    "note": "Besproken in Lelystad.",
    "oin": "00000001002564440000",
    "on": "2026-03-02",
    "organisation": "gm0363",
    "organisationName": "Gemeente Amsterdam",
    "origin": "api",
    "owner": "amsterdam",
    "parties": ["gm0363", "pv27"],
    "person": "amsterdam",
    "place": "Den Haag",
    "plannedBy": "secretariat",
    "pointer": "/parties/0",
    "policyArea": "water",
    "proposedFor": "gm0363",
    "precision": "day",
    "province": "Noord-Holland",
    "reason": "Wij wachten op het onderzoek naar de dijk.",
    "reference": f"{_PROCEDURE}@2",
    "region": "IJmeer",
    "regions": ["IJmeer"],
    "role": "party",
    "room": "side-gm0363",
    "sha256": _HASH,
    "sharedAs": "N1",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "self": "/api/v1/cases?pageSize=25",
    "series": "overhedenoverleg",
    "signal": "S1",
    "source": "Verslag van het gesprek",
    "stage": "signal",
    "stages": {},
    "status": "open",
    "subject": _CASE,
    "summary": "De dijk moet hoger. Gemeente en provincie verschillen over wie betaalt.",
    "term": "zaak",
    "text": "De afspraak over de kosten is niet nagekomen.",
    "title": "Wie betaalt de versterking van de dijk?",
    "to": "3",
    "toStage": "joint_fact_finding",
    "toVersion": "3",
    "tooiUri": "https://identifier.overheid.nl/tooi/id/gemeente/gm0363",
    "trigger": "start_fact_finding",
    "types": ["stage-changed"],
    "url": "https://zaken.example.org/impasse",
    "version": "2",
    "waitsFor": "pv27",
    "waitsForName": "Provincie Noord-Holland",
    "webhook": "wh_0123456789abcdef",
    "workflow": f"{_PROCEDURE}@2",
    "wording": _HASH[:32],
    "year": 2026,
}
"""By the name of a field, wherever it stands."""

_OWN: dict[tuple[str, str], Any] = {
    ("CaseOpened", "workflow"): _PROCEDURE,
    ("CalendarSent", "over"): None,
    ("ContributionMade", "conflictAssessment"): None,
    ("ContributionMade", "document"): None,
    ("ContributionMade", "kind"): "note",
    ("ContributionMade", "part"): "view",
    ("ContributionMade", "signal"): None,
    ("ContributionMade", "text"): "Wij kunnen leven met een derde deel, mits het in 2028 klaar is.",
    ("ContributionMade", "title"): "Onze ondergrens",
    ("ContributionShape", "conflictAssessment"): None,
    ("ContributionShape", "destroyedAt"): None,
    ("ContributionShape", "href"): f"{_ROOM}/contributions/D2",
    ("ContributionShape", "id"): "D2",
    ("ContributionShape", "kind"): "document",
    ("ContributionShape", "signal"): None,
    ("ContributionShape", "text"): "Gemeten in februari.",
    ("ContributionShape", "title"): "Metingen van de dijk",
    ("DocumentSent", "content"): "JVBERi0xLjcK",
    ("DocumentShape", "href"): f"{_ROOM}/contributions/D2/content",
    ("DeliveryShape", "type"): "nl.impasse.case.stage-changed",
    ("ExtensionAsked", "length"): "2 weeks",
    ("MeetingShape", "id"): "2026-03-26",
    ("MeetingShape", "href"): "/api/v1/meetings/2026-03-26",
    ("MeShape", "id"): "amsterdam",
    ("MeShape", "name"): "A. Dam",
    ("MigrationPlanned", "name"): _PROCEDURE,
    ("MigrationShape", "id"): "M1",
    ("MigrationShape", "name"): _PROCEDURE,
    ("MigrationShape", "href"): "/api/v1/migrations/M1",
    ("OrganisationShape", "id"): "gm0363",
    ("OrganisationShape", "href"): "/api/v1/organisations/gm0363",
    ("PartyAdded", "role"): "betrokken",
    ("Problem", "type"): "/api/v1/problem-types/not-found",
    ("ProblemType", "code"): "not-found",
    ("ProblemType", "status"): 404,
    ("ReadShape", "what"): "D2",
    ("ReleaseProposed", "text"): "Wij kunnen leven met een derde deel.",
    ("ReleaseProposed", "title"): "Onze ondergrens",
    ("ReleaseShape", "decidedAt"): None,
    ("ReleaseShape", "decidedBy"): None,
    ("ReleaseShape", "href"): f"{_ROOM}/releases/V1",
    ("ReleaseShape", "id"): "V1",
    ("ReleaseShape", "note"): "",
    ("ReleaseShape", "sharedAs"): "",
    ("ReleaseShape", "text"): "Wij kunnen leven met een derde deel.",
    ("ReleaseShape", "title"): "Onze ondergrens",
    ("EscalationLine", "id"): "E1",
    ("EscalationLine", "event"): "nl.impasse.case.case-opened",
    ("EscalationLine", "levelName"): "liaisons",
    ("EscalationLine", "href"): f"/api/v1/cases/{_CASE}/escalations/E1",
    ("EscalationShape", "id"): "E1",
    ("EscalationShape", "event"): "nl.impasse.case.case-opened",
    ("EscalationShape", "levelName"): "liaisons",
    ("EscalationShape", "href"): f"/api/v1/cases/{_CASE}/escalations/E1",
    ("EscalationStarted", "policy"): "nieuw-signaal",
    ("EscalationAcknowledged", "nextStep"): "Wij bellen donderdag met de provincie.",
    ("EscalationAcknowledged", "until"): "2026-03-12",
    ("EscalationSnoozed", "until"): "2026-03-12",
    ("EscalationSettled", "note"): "De kosten zijn verdeeld.",
    ("AcknowledgementShape", "id"): "E1-2",
    ("AcknowledgementShape", "side"): "gm0363",
    ("AcknowledgementShape", "nextStep"): "Wij bellen donderdag met de provincie.",
    ("AcknowledgementShape", "lapsedAt"): None,
    ("SnoozeShape", "id"): "E1-3",
    ("SnoozeShape", "side"): "gm0363",
    ("SnoozeShape", "endedAt"): None,
    ("SnoozeShape", "endedEarly"): "",
    ("RunPolicy", "name"): "nieuw-signaal",
    ("RunPolicy", "version"): "1",
    ("NextShape", "name"): "liaisons",
    ("LevelForeseen", "name"): "liaisons",
    ("LevelForeseen", "meeting"): "",
    ("LevelToldShape", "name"): "liaisons",
    ("LevelToldShape", "sides"): ["gm0363", "pv27"],
    ("LogLineShape", "action"): "",
    ("LogLineShape", "sentence"): None,
    ("LogLineShape", "type"): "escalation-level-reached",
    ("LogLineShape", "rule"): "nieuw-signaal@1 · liaisons",
    ("LogLineShape", "lapsedAt"): None,
    ("DeliveryOfLog", "channel"): "email",
    ("DeliveryOfLog", "state"): "delivered",
    ("EscalationPolicySummary", "reference"): "nieuw-signaal@1",
    ("EscalationPolicySummary", "name"): "nieuw-signaal",
    ("EscalationPolicySummary", "version"): "1",
    ("EscalationPolicySummary", "adoptedBy"): "impasse",
    ("EscalationPolicySummary", "href"): "/api/v1/escalation-policies/nieuw-signaal@1",
    ("EscalationPolicyShape", "reference"): "nieuw-signaal@1",
    ("EscalationPolicyShape", "name"): "nieuw-signaal",
    ("EscalationPolicyShape", "version"): "1",
    ("EscalationPolicyShape", "adoptedBy"): "impasse",
    ("EscalationPolicyShape", "title"): {"nl": "Een nieuw signaal", "en": "A new signal"},
    ("EscalationPolicyShape", "events"): ["case-opened"],
    ("EscalationPolicyShape", "endsWhen"): "stage_left",
    ("EscalationPolicyShape", "fallback"): "secretariaat",
    ("EscalationPolicyShape", "acknowledgedAtMost"): "10 working days",
    ("EscalationPolicyShape", "snoozedAtMost"): "10 working days",
    ("EscalationPolicyShape", "content"): 'format: 1\nname: nieuw-signaal\nversion: "1"\n',
    ("EscalationPolicySent", "content"): 'format: 1\nname: nieuw-signaal\nversion: "2"\n',
    ("EscalationPolicyAdopted", "reference"): "nieuw-signaal@2",
    ("EscalationPolicyAdopted", "before"): "1",
    ("RotaMade", "name"): "secretariaat",
    ("RotaShape", "name"): "secretariaat",
    ("RotaShape", "href"): "/api/v1/rotas/secretariaat",
    ("DutyShape", "id"): "1a2b3c4d5e6f7a8b",
    ("DutyShape", "rota"): "secretariaat",
    ("DutyShape", "href"): "/api/v1/rotas/secretariaat/duties/1a2b3c4d5e6f7a8b",
    ("DutyDayShape", "duty"): "1a2b3c4d5e6f7a8b",
    ("DutyDayShape", "missing"): None,
    ("DutyDayShape", "person"): "amsterdam",
    ("DutyDayShape", "replaces"): None,
    ("DutiesPlanned", "persons"): ["amsterdam", "diemen"],
    ("InboundMailShape", "id"): "em_0123456789abcdef01234567",
    ("InboundMailShape", "sender"): "iemand@elders.example",
    ("InboundMailShape", "person"): "amsterdam",
    ("InboundMailShape", "kind"): "reply",
    ("InboundMailShape", "state"): "quarantined",
    ("InboundMailShape", "reason"): "other-sender",
    ("InboundMailShape", "note"): "",
    ("InboundMailShape", "settledAt"): None,
    ("InboundMailShape", "settledBy"): None,
    ("InboundMailShape", "href"): "/api/v1/inbound-mails/em_0123456789abcdef01234567",
    ("GroupMade", "name"): "bemiddelaars",
    ("GroupMade", "members"): ["bemiddelaar"],
    ("GroupChanged", "members"): ["bemiddelaar"],
    ("GroupShape", "name"): "bemiddelaars",
    ("GroupShape", "members"): ["bemiddelaar"],
    ("GroupShape", "href"): "/api/v1/groups/bemiddelaars",
    ("NotificationShape", "id"): "n_0123456789abcdef0123",
    ("NotificationShape", "type"): "term-nearing",
    ("NotificationShape", "href"): "/api/v1/notifications/n_0123456789abcdef0123",
    ("NotificationShape", "rule"): f"{_PROCEDURE}@2",
    ("NotificationShape", "run"): None,
    ("NotificationShape", "standsFor"): "",
    ("NotificationShape", "lapsedAt"): None,
    ("NotificationShape", "lapsedBecause"): None,
    ("SettingsChosen", "chat"): "",
    ("SettingsChosen", "workingDays"): [1, 2, 3, 4],
    ("SettingsChosen", "fromTime"): "08:00:00",
    ("SettingsChosen", "untilTime"): "18:00:00",
    ("SettingsChosen", "digestTime"): "08:30:00",
    ("SettingsShape", "chat"): "",
    ("SettingsShape", "workingDays"): [1, 2, 3, 4],
    ("SettingsShape", "fromTime"): "08:00:00",
    ("SettingsShape", "untilTime"): "18:00:00",
    ("SettingsShape", "digestTime"): "08:30:00",
    ("RoomShape", "destroyedAt"): None,
    ("RoomShape", "destroyedOn"): None,
    ("RoomShape", "href"): _ROOM,
    ("RoomShape", "id"): "side-gm0363",
    ("RoomShape", "kind"): "side",
    ("RoomShape", "owner"): True,
    ("SearchResultShape", "id"): "N1",
    ("SearchResultShape", "href"): f"{_ROOM}/contributions/N1",
    ("SearchResultShape", "kind"): "note",
    ("SearchResultShape", "title"): "Onze ondergrens",
    ("SignalAdded", "room"): "shared",
    ("SignalOfCase", "id"): "S1",
    ("SignalShape", "id"): "S1",
    ("TaskShape", "id"): "1-views-gm0363",
    ("TokenShape", "id"): "1f2e3d4c",
    ("TokenShape", "name"): "rapport van de maand",
    ("TokenShape", "href"): "/api/v1/tokens/1f2e3d4c",
    ("NewToken", "id"): "1f2e3d4c",
    ("NewToken", "name"): "rapport van de maand",
    ("NewToken", "href"): "/api/v1/tokens/1f2e3d4c",
    ("TokenMade", "name"): "rapport van de maand",
    ("UserShape", "id"): "amsterdam",
    ("UserShape", "name"): "A. Dam",
    ("UserShape", "href"): "/api/v1/users/amsterdam",
    ("UserAdded", "id"): "amsterdam",
    ("UserAdded", "name"): "A. Dam",
    ("UserChanged", "name"): "A. Dam",
    ("LinkShape", "link"): "https://impasse.example.nl/uitnodiging/…",
    ("WebhookShape", "id"): "wh_0123456789abcdef",
    ("WebhookShape", "href"): "/api/v1/webhooks/wh_0123456789abcdef",
    ("NewWebhook", "id"): "wh_0123456789abcdef",
    ("NewWebhook", "href"): "/api/v1/webhooks/wh_0123456789abcdef",
    ("DeliveryShape", "href"): "/api/v1/deliveries/12",
    ("WorkflowShape", "name"): _PROCEDURE,
    ("WorkflowSummary", "name"): _PROCEDURE,
    ("WorkflowSummary", "href"): f"/api/v1/workflows/{_PROCEDURE}@2",
}
"""By the name of a shape and of a field in it, where the field alone says too little."""

_FORMATS = {
    "date": "2026-03-02",
    "date-time": "2026-03-02T09:00:00Z",
    "time-local": "14:30:00",
    "uri": "https://zaken.example.org/impasse",
    "uri-reference": f"/api/v1/cases/{_CASE}",
}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def example_of(
    schema: dict[str, Any],
    shapes: dict[str, Any],
    place: tuple[str, str] = ("", ""),
    depth: int = 0,
) -> Any:  # noqa: ANN401 any JSON
    """Return an example of *schema*, of which the shapes that it names stand in *shapes*.

    *place* is the shape and the field in which it stands.
    """
    if depth > DEPTH:
        return None
    if reference := schema.get("$ref"):
        shape = reference.rpartition("/")[2]
        return example_of(shapes[shape], shapes, (shape, place[1]), depth + 1)
    for known in (_OWN.get(place, ...), _VALUES.get(place[1], ...)):
        if known is not ... and _may_be(known, schema):
            return known
    if choices := schema.get("anyOf"):
        return example_of({**choices[0]}, shapes, place, depth + 1)
    if "properties" in schema:
        return {
            key: example_of(field, shapes, (place[0], key), depth + 1)
            for key, field in schema["properties"].items()
        }
    return _plain(schema, shapes, place, depth)


def _plain(
    schema: dict[str, Any], shapes: dict[str, Any], place: tuple[str, str], depth: int
) -> Any:  # noqa: ANN401 any JSON
    """Return an example of what has no fields."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "array":
            item = example_of(schema.get("items", {}), shapes, ("", _one(place[1])), depth + 1)
            return [item] if schema.get("maxItems", 1) else []
        case "object":
            return {}
        case "boolean":
            return bool(schema.get("default", False))
        case "integer" | "number":
            return schema.get("default") or max(1, schema.get("minimum", 1))
        case "string":
            if written := schema.get("examples"):
                return written[0]
            return _FORMATS.get(schema.get("format", ""), _words(schema))
        case _:
            return None


def _words(schema: dict[str, Any]) -> str:
    return str(schema.get("default") or "voorbeeld")


def _one(many: str) -> str:
    """Return the name of one of *many*: `regions` holds a `region`."""
    return many.removesuffix("s")


def _may_be(value: Any, schema: dict[str, Any]) -> bool:  # noqa: ANN401 any JSON
    """Whether *value* is of the kind that *schema* asks for; a test holds it to the rest."""
    if choices := schema.get("anyOf"):
        return any(_may_be(value, choice) for choice in choices if "$ref" not in choice)
    if "enum" in schema:
        return value in schema["enum"]
    if schema.get("format") in {"date", "date-time", "time-local"}:
        return isinstance(value, str) and len(value) == len(_FORMATS[schema["format"]])
    kind = schema.get("type", "")
    if kind in {"array", "object"}:
        plain = schema.get("items", schema.get("additionalProperties", {}))
        return isinstance(value, _TYPES[kind]) and "$ref" not in plain
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES.get(kind, ()))
