"""What a program may want of impasse, by name; what has no name here can be asked by its path."""

from __future__ import annotations

import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from impasse.client.connection import Connection
from impasse.client.shapes import (
    Case,
    CaseSummary,
    Confirmation,
    Contribution,
    Delivery,
    Entry,
    Escalation,
    EscalationSummary,
    LevelForeseen,
    LogLine,
    Me,
    Move,
    NewSecret,
    NewSignal,
    NewWebhook,
    Notification,
    Organisation,
    Release,
    Resource,
    Room,
    SearchResult,
    Signal,
    Webhook,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from types import TracebackType
    from typing import Self

    import httpx
    from pydantic import BaseModel

_R = TypeVar("_R", bound=Resource)
_S = TypeVar("_S", bound="BaseModel")


class Impasse:
    """One installation of impasse, as the owner of *token* sees it; use it in a `with`.

    *address* is where the installation lives, as `https://impasse.example.org`. Every method raises
    a `Problem` when the answer is an error, and `Unreachable` when there is none. Asked to wait,
    it waits and tries again; a change is made once, however often it has to be sent.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        language: str = "nl",
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = Connection(
            address, token, language=language, timeout=timeout, transport=transport, sleep=sleep
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()

    # ---- yourself and the register

    def me(self) -> Me:
        """Return whose token this is."""
        return _resource(Me, self.connection.get("/me"))

    def organisations(self, *, q: str = "", layer: str = "") -> Iterator[Organisation]:
        """Yield organisations of the register, by id; *q* are words in the name."""
        return self._all(Organisation, "/organisations", {"q": q, "layer": layer})

    # ---- cases

    def cases(
        self,
        *,
        status: Sequence[str] = (),
        stage: str = "",
        layer: str = "",
        region: str = "",
        policy_area: str = "",
        level: str = "",
        tier: str = "",
        due_before: date | None = None,
        q: str = "",
    ) -> Iterator[CaseSummary]:
        """Yield cases that you may see, by number; what is left out does not filter."""
        query = {
            "status": list(status) or None,
            "stage": stage,
            "layer": layer,
            "region": region,
            "policyArea": policy_area,
            "level": level,
            "tier": tier,
            "dueBefore": due_before.isoformat() if due_before else None,
            "q": q,
        }
        return self._all(CaseSummary, "/cases", query)

    def case(self, number: str) -> Case:
        """Return one case."""
        return _resource(Case, self.connection.get(_path("cases", number)))

    def open_case(
        self,
        title: str,
        parties: Sequence[str],
        *,
        signals: Sequence[NewSignal] = (),
        summary: str = "",
        policy_area: str = "",
        regions: Sequence[str] = (),
        key: str = "",
    ) -> Case:
        """Flag a disagreement between *parties*, codes of the register, yours among them.

        *key* is an idempotency key of your own: send the same one after a restart of your program,
        and the case is opened once.
        """
        body = {
            "title": title,
            "parties": list(parties),
            "signals": [_sent(signal) for signal in signals],
            "summary": summary,
            "policyArea": policy_area,
            "regions": list(regions),
        }
        return _resource(Case, self.connection.post("/cases", body, key=key))

    def moves(self, number: str) -> Iterator[Move]:
        """Yield the moves that leave the present stage of a case, with what each still lacks."""
        return self._all(Move, _path("cases", number, "transitions"))

    def move(
        self, case: Case | str, trigger: str, *, note: str = "", until: date | None = None
    ) -> Case:
        """Make a move and return the case as it then is.

        Given a case instead of its number, only when nobody changed it since you read it.
        """
        body: dict[str, Any] = {"trigger": trigger, "note": note}
        if until is not None:
            body["until"] = until.isoformat()
        return self._on(case, "transitions", body)

    def confirm(
        self,
        case: Case | str,
        kind: str,
        *,
        organisation: str = "",
        note: str = "",
        about: str = "",
    ) -> Case:
        """Record a confirmation, for your own organisation unless you name one."""
        body = {"kind": kind, "organisation": organisation, "note": note, "about": about}
        return self._on(case, "confirmations", body)

    def record_event(self, case: Case | str, text: str, happened_on: date) -> Case:
        """Keep something that happened in the history of a case."""
        return self._on(case, "events", {"text": text, "happenedOn": happened_on.isoformat()})

    def confirmations(self, number: str) -> Iterator[Confirmation]:
        """Yield what was confirmed in a case."""
        return self._all(Confirmation, _path("cases", number, "confirmations"))

    def history(self, number: str) -> Iterator[Entry]:
        """Yield what was done in a case, oldest first."""
        return self._all(Entry, _path("cases", number, "history"))

    # ---- signals

    def signals(
        self, *, case: str = "", open_only: bool | None = None, since: date | None = None
    ) -> Iterator[Signal]:
        """Yield signals of all cases that you may see: by case number, then oldest first."""
        day = since.isoformat() if since else None
        return self._all(Signal, "/signals", {"case": case, "open": open_only, "since": day})

    def report_signal(self, case: Case | str, signal: NewSignal) -> Signal:
        """Add what you saw to a case."""
        number, tag = _meant(case)
        path = _path("cases", number, "signals")
        return _resource(Signal, self.connection.post(path, _sent(signal), if_match=tag))

    # ---- rooms

    def rooms(self, number: str) -> Iterator[Room]:
        """Yield the rooms of a case that you may be in, the shared one first."""
        return self._all(Room, _path("cases", number, "rooms"))

    def contributions(
        self, room: Room, *, kind: str = "", part: str = "", environmental: bool | None = None
    ) -> Iterator[Contribution]:
        """Yield what stands in *room*; in a confidential one, that you read is written down."""
        query = {"kind": kind, "part": part, "environmental": environmental}
        return self._all(Contribution, f"{room.href}/contributions", query)

    def write_note(
        self,
        room: Room,
        title: str,
        text: str,
        *,
        part: str,
        environmental: bool = False,
        key: str = "",
    ) -> Contribution:
        """Write a note in *room*, where it stays; *part* is `objective` or `view`."""
        body = {"kind": "note", "title": title, "text": text, "part": part}
        return self._contribute(room, body | {"environmental": environmental}, key)

    def add_document(
        self,
        room: Room,
        title: str,
        file_name: str,
        content: bytes,
        *,
        part: str,
        text: str = "",
        environmental: bool = False,
        key: str = "",
    ) -> Contribution:
        """Bring a file into *room*; its name ends in what it is, as `raming.pdf`."""
        document = {"fileName": file_name, "content": b64encode(content).decode()}
        body = {"kind": "document", "title": title, "text": text, "part": part}
        return self._contribute(
            room, body | {"environmental": environmental, "document": document}, key
        )

    def content(self, contribution: Contribution) -> bytes:
        """Return the bytes of the file of a document."""
        if contribution.document is None:
            msg = f"{contribution.id} is no document"
            raise ValueError(msg)
        return self.connection.get(contribution.document.href, accept="*/*").content

    def releases(self, room: Room) -> Iterator[Release]:
        """Yield the wordings that were proposed in *room* to be shared."""
        return self._all(Release, f"{room.href}/releases")

    def propose_release(
        self,
        room: Room,
        contribution: Contribution | str,
        title: str,
        text: str,
        *,
        part: str,
        environmental: bool = False,
        with_document: bool = False,
        key: str = "",
    ) -> Release:
        """Propose to share exactly these words with all who see the case."""
        body = {
            "contribution": contribution if isinstance(contribution, str) else contribution.id,
            "title": title,
            "text": text,
            "part": part,
            "environmental": environmental,
            "withDocument": with_document,
        }
        return _resource(Release, self.connection.post(f"{room.href}/releases", body, key=key))

    def decide_release(self, release: Release, *, approved: bool, note: str = "") -> Release:
        """Approve the wording that you read, or decline it; as its owner."""
        body = {"approved": approved, "wording": release.wording, "note": note}
        return _resource(Release, self.connection.post(f"{release.href}/decisions", body))

    def search(self, q: str) -> Iterator[SearchResult]:
        """Yield what holds all words of *q*, of what you may see: the newest case first."""
        return self._all(SearchResult, "/search-results", {"q": q})

    # ---- escalations

    def escalations(
        self,
        *,
        case: str = "",
        open_only: bool | None = None,
        state: str = "",
        policy: str = "",
        mine: bool = False,
    ) -> Iterator[EscalationSummary]:
        """Yield escalations of cases that you may see; *mine* are those that you were told of."""
        query = {"case": case, "open": open_only, "state": state, "policy": policy}
        return self._all(EscalationSummary, "/escalations", query | {"mine": mine or None})

    def escalation(self, number: str, run: str) -> Escalation:
        """Return one escalation of a case."""
        return _resource(
            Escalation, self.connection.get(_path("cases", number, "escalations", run))
        )

    def foresee(self, number: str, policy: str) -> list[LevelForeseen]:
        """Return who hears what, and when, if *policy* begins now and nobody answers."""
        path = _path("cases", number, "escalation-outlook")
        answer = self.connection.get(path, {"policy": policy}).json()
        return [LevelForeseen.model_validate(level) for level in answer["levels"]]

    def coming(self, escalation: EscalationSummary) -> list[LevelForeseen]:
        """Return who still hears what of an escalation, and when, if nobody answers."""
        answer = self.connection.get(f"{escalation.href}/outlook").json()
        return [LevelForeseen.model_validate(level) for level in answer["levels"]]

    def start_escalation(self, number: str, policy: str, *, key: str = "") -> Escalation:
        """Let *policy* begin in a case; look with `foresee` first who will hear."""
        path = _path("cases", number, "escalations")
        return _resource(Escalation, self.connection.post(path, {"policy": policy}, key=key))

    def acknowledge(
        self, escalation: EscalationSummary, next_step: str, until: date, *, key: str = ""
    ) -> Escalation:
        """Take an escalation up for your side; all parties read the next step."""
        body = {"nextStep": next_step, "until": until.isoformat()}
        return self._answer(escalation, "acknowledgements", body, key)

    def snooze(
        self, escalation: EscalationSummary, reason: str, until: date, *, key: str = ""
    ) -> Escalation:
        """Let an escalation rest until the end of a day; all parties read the reason."""
        body = {"reason": reason, "until": until.isoformat()}
        return self._answer(escalation, "snoozes", body, key)

    def end_snooze(self, escalation: Escalation, *, key: str = "") -> Escalation:
        """Let an escalation that rests go on before its day."""
        resting = [one.id for one in escalation.snoozes if one.ended_at is None]
        if not resting:
            msg = f"{escalation.id} does not rest"
            raise ValueError(msg)
        return self._answer(escalation, f"snoozes/{resting[-1]}/resumptions", {}, key)

    def settle(self, escalation: EscalationSummary, note: str, *, key: str = "") -> Escalation:
        """End an escalation because what it asks for is done; all parties read the note."""
        return self._answer(escalation, "settlements", {"note": note}, key)

    def escalation_log(self, escalation: EscalationSummary) -> Iterator[LogLine]:
        """Yield what happened in an escalation, and who was told of it by which rule."""
        return self._all(LogLine, f"{escalation.href}/history")

    def _answer(
        self, escalation: EscalationSummary, what: str, body: dict[str, Any], key: str
    ) -> Escalation:
        # Read alone it has the tag of its case; from a list it has none, and nothing is guarded.
        answer = self.connection.post(
            f"{escalation.href}/{what}", body, key=key, if_match=escalation.etag
        )
        return _resource(Escalation, answer)

    # ---- notifications

    def notifications(
        self, *, state: str = "", case: str = "", run: str = "", asking: bool | None = None
    ) -> Iterator[Notification]:
        """Yield what you were told, the newest first; to read it marks nothing as seen."""
        query = {"state": state, "case": case, "run": run, "asking": asking}
        return self._all(Notification, "/notifications", query)

    def mark_seen(self, notification: Notification | str) -> Notification:
        """Say that you saw a notification."""
        name = notification if isinstance(notification, str) else notification.id
        answer = self.connection.post(_path("notifications", name, "views"), {})
        return _resource(Notification, answer)

    # ---- webhooks

    def webhooks(self) -> Iterator[Webhook]:
        """Yield your webhooks that are on."""
        return self._all(Webhook, "/webhooks")

    def add_webhook(
        self,
        url: str,
        types: Sequence[str] = (),
        *,
        format: str = "cloudevents",  # noqa: A002 the word of the API
        key: str = "",
    ) -> NewWebhook:
        """Let *url* hear of the cases that you may see: of events of *types*, or of all.

        With *format* "zgw" it gets ZGW Notificaties.
        """
        body = {"url": url, "types": list(types), "format": format}
        return _resource(NewWebhook, self.connection.post("/webhooks", body, key=key))

    def remove_webhook(self, webhook: Webhook | str) -> None:
        """Send nothing more to a webhook."""
        if isinstance(webhook, str):
            self.connection.delete(_path("webhooks", webhook))
        else:
            self.connection.delete(webhook.href, if_match=webhook.etag)

    def rotate_secret(
        self, webhook: Webhook | str, *, keep_old_hours: int = 24, key: str = ""
    ) -> NewSecret:
        """Give a webhook a new secret; the old one signs beside it for so many hours."""
        name = webhook if isinstance(webhook, str) else webhook.id
        body = {"keepOldHours": keep_old_hours}
        answer = self.connection.post(_path("webhooks", name, "secrets"), body, key=key)
        return NewSecret.model_validate(answer.json())

    def start_webhook(self, webhook: Webhook | str) -> Webhook:
        """Send to a webhook again that was stopped because nothing arrived."""
        name = webhook if isinstance(webhook, str) else webhook.id
        answer = self.connection.post(_path("webhooks", name, "activations"), {})
        return _resource(Webhook, answer)

    def deliveries(
        self, *, state: str = "", webhook: str = "", channel: str = "", subject: str = ""
    ) -> Iterator[Delivery]:
        """Yield what became of each message for your webhooks and for you, oldest first."""
        query = {"state": state, "webhook": webhook, "channel": channel, "subject": subject}
        return self._all(Delivery, "/deliveries", query)

    def replay(self, delivery: Delivery | int, *, key: str = "") -> Delivery:
        """Send one delivery again; its message keeps its number."""
        number = delivery if isinstance(delivery, int) else delivery.id
        answer = self.connection.post(_path("deliveries", str(number), "replays"), {}, key=key)
        return Delivery.model_validate(answer.json())

    def replay_all(
        self,
        *,
        states: Sequence[str] = (),
        webhook: str = "",
        channel: str = "",
        subject: str = "",
        key: str = "",
    ) -> int:
        """Send again what matches, every dead letter by default; return how many that are."""
        body = {
            "states": list(states),
            "webhook": webhook,
            "channel": channel,
            "subject": subject,
        }
        count: int = self.connection.post("/delivery-replays", body, key=key).json()["count"]
        return count

    # ---- anything

    def again(self, seen: _R) -> _R:
        """Return *seen* as it is now; the very same one when nothing changed, at little cost."""
        answer = self.connection.get(seen.href, seen=seen.etag)
        return _resource(type(seen), answer) if answer.content else seen

    def _all(
        self, shape: type[_S], path: str, query: Mapping[str, Any] | None = None
    ) -> Iterator[_S]:
        return (shape.model_validate(item) for item in self.connection.items(path, query))

    def _contribute(self, room: Room, body: Mapping[str, Any], key: str) -> Contribution:
        answer = self.connection.post(f"{room.href}/contributions", body, key=key)
        return _resource(Contribution, answer)

    def _on(self, case: Case | str, what: str, body: Mapping[str, Any]) -> Case:
        number, tag = _meant(case)
        path = _path("cases", number, what)
        return _resource(Case, self.connection.post(path, body, if_match=tag))


def _meant(case: Case | str) -> tuple[str, str]:
    """Return the number of a case, and its tag when somebody has read it."""
    return (case, "") if isinstance(case, str) else (case.id, case.etag)


def _path(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _sent(signal: NewSignal) -> dict[str, Any]:
    return signal.model_dump(mode="json", by_alias=True)


def _resource(shape: type[_S], answer: httpx.Response) -> _S:
    """Return what an answer holds, with its tag and its address."""
    told = answer.json()
    told.setdefault("href", answer.headers.get("location", answer.request.url.path))
    told["etag"] = answer.headers.get("etag", "")
    return shape.model_validate(told)
