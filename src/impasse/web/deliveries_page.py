"""Bezorgingen: what did not arrive and why, for its owner or the administrator, to send again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from impasse.adapters.sql.deliveries import (
    REPLAY_AT_MOST,
    DeliveryFilter,
    count_deliveries,
    list_deliveries,
    replay_deliveries,
    replay_delivery,
)
from impasse.adapters.sql.mail_budget import mail_budget
from impasse.adapters.sql.webhooks import StopReason, list_webhooks, start_webhook
from impasse.domain.errors import Conflict, NotAllowed, NotFound
from impasse.domain.messages import MESSAGES
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.engine.delivery_words import CHANNELS, STATES, channel_label, failure_label
from impasse.engine.outbox import OPEN, UNDELIVERABLE, WEBHOOK, DeliveryState
from impasse.web.offices import Choice
from impasse.web.timeline import moment
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response

    from impasse.adapters.sql.deliveries import DeliveryLine
    from impasse.adapters.sql.mail_budget import MailBudget
    from impasse.adapters.sql.webhooks import Webhook

log = structlog.get_logger("impasse.web")

HERE = "/bezorgingen"
ON_A_PAGE = 50
_DEAD_LETTERS = ""
_ON_ITS_WAY = "onderweg"
_NUMBER_DIGITS = 9

_DONE = {
    "een": Text("Deze bezorging gaat opnieuw.", "This delivery is sent again."),
    "aan": Text("De webhook staat weer aan.", "The webhook is on again."),
}
_STOPPED = {
    StopReason.GONE.value: Text(
        "Gestopt: de ontvanger antwoordde dat dit adres niet meer bestaat (410).",
        "Stopped: the receiver answered that this address is gone (410).",
    ),
    StopReason.FAILING.value: Text(
        "Gestopt: er kwam dagenlang niets aan.", "Stopped: nothing arrived for days."
    ),
}
_FAILING = Text("Er komt nu niets aan, sinds", "Nothing arrives now, since")


@dataclass(frozen=True, slots=True)
class Line:
    """A delivery as the page shows it; `title` is empty for who may not know what it tells of."""

    delivery: DeliveryLine
    channel: Text
    state: Text
    why: Text
    title: Text | None
    promised: Text
    again: bool

    @property
    def dead(self) -> bool:
        """Whether it is a dead letter."""
        return self.delivery.state in UNDELIVERABLE


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of the reader with which something is wrong."""

    webhook: Webhook
    sentence: Text
    stopped: bool


def show(visit: Visit) -> Response:
    """Show dead letters, or what the filter asks for."""
    _authorise(visit)
    return _page(visit)


def send(visit: Visit) -> Response:
    """Send one delivery again, or all that are shown; or switch a webhook on."""
    _authorise(visit)
    doing = _ACTIONS.get(visit.field("actie"))
    if doing is None:
        raise Conflict(Text("Kies wat u wilt doen.", "Choose what you want to do."))
    try:
        done = doing(visit)
    except Conflict as error:
        return _page(visit, error.text)
    return visit.redirect(f"{HERE}?gedaan={done}")


def _one(visit: Visit) -> str:
    number = visit.field("nummer")
    if not (number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS):
        raise NotFound(Text("Die bezorging is er niet.", "There is no such delivery."))
    replay_delivery(visit.house.database, visit.actor, int(number), visit.house.clock())
    log.info(
        "delivery_replayed",
        object=number,
        result="done",
        origin="web",
        actor=visit.actor.person,
    )
    return "een"


def _all(visit: Visit) -> str:
    wanted = _filter(visit.field)
    # What is on its way goes by itself: only what ended is sent again.
    wanted = replace(wanted, states=(wanted.states or UNDELIVERABLE) - OPEN)
    count = 0
    if wanted.states:
        count = replay_deliveries(visit.house.database, visit.actor, wanted, visit.house.clock())
    log.info("deliveries_replayed", result=str(count), origin="web", actor=visit.actor.person)
    return str(count)


def _start(visit: Visit) -> str:
    key = visit.field("webhook")
    if key not in {one.id for one in list_webhooks(visit.house.database, visit.actor.person)}:
        raise NotFound(Text("Die webhook is er niet.", "There is no such webhook."))
    start_webhook(visit.house.database, key)
    log.info("webhook_started", object=key, result="done", origin="web", actor=visit.actor.person)
    return "aan"


_ACTIONS: Mapping[str, Callable[[Visit], str]] = {"een": _one, "alles": _all, "aan": _start}


def _page(visit: Visit, refused: Text | None = None) -> Response:
    ask = visit.field if refused else lambda name: visit.query.get(name, "").strip()
    wanted, after = _filter(ask), _after(visit)
    database, actor = visit.house.database, visit.actor
    found = list_deliveries(database, actor, wanted, after=after, limit=ON_A_PAGE + 1)
    hooks = list_webhooks(database, actor.person)
    on = {one.id for one in hooks if one.active}
    lines = [_line(one, visit, on) for one in found[:ON_A_PAGE]]
    chosen = {name: ask(name) for name in ("toestand", "kanaal", "webhook", "zaak")}
    again = wanted.states <= UNDELIVERABLE or chosen["webhook"]
    return visit.page(
        "deliveries.html",
        status=409 if refused else 200,
        lines=lines,
        total=count_deliveries(database, actor, wanted),
        following=found[ON_A_PAGE - 1].id if len(found) > ON_A_PAGE else 0,
        hooks=[hook for hook in (_hook(one, visit) for one in hooks) if hook],
        own=[one.id for one in hooks],
        states=_states(),
        channels=[Choice(name, label) for name, label in CHANNELS.items()],
        chosen=chosen,
        operator=Role.ADMINISTRATOR in actor.roles,
        budget=_budget(visit),
        can_all=bool(again) and any(line.again for line in lines),
        at_most=REPLAY_AT_MOST,
        refused=refused,
        done=None if refused else _done(visit.query.get("gedaan", "")),
    )


def _budget(visit: Visit) -> MailBudget | None:
    """Return how many e-mails people got this week, for who looks after the house."""
    if Role.ADMINISTRATOR not in visit.actor.roles:
        return None
    found = mail_budget(visit.house.database, visit.house.clock())
    return found if found.mails or visit.house.email is not None else None


def _states() -> list[Choice]:
    named = (
        Choice(_DEAD_LETTERS, Text("onbestelbaar", "undeliverable")),
        Choice(_ON_ITS_WAY, Text("onderweg", "on its way")),
    )
    others = (state for state in DeliveryState if state not in OPEN | UNDELIVERABLE)
    return [*named, *(Choice(state.value, STATES[state]) for state in others)]


def _filter(ask: Callable[[str], str]) -> DeliveryFilter:
    state = ask("toestand")
    if state == _ON_ITS_WAY:
        states = OPEN
    elif state in set(DeliveryState):
        states = frozenset({DeliveryState(state)})
    else:
        states = UNDELIVERABLE
    plain = {
        name: value if (value := ask(name)).isprintable() else ""
        for name in ("kanaal", "webhook", "zaak")
    }
    return DeliveryFilter(
        states=states,
        channel=plain["kanaal"],
        webhook=plain["webhook"],
        subject=plain["zaak"].upper(),
    )


def _after(visit: Visit) -> int:
    number = visit.query.get("na", "")
    plain = number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS
    return int(number) if plain else 0


def _line(one: DeliveryLine, visit: Visit, on: set[str]) -> Line:
    kind = one.type.rpartition(".")[2]
    dead = one.state in UNDELIVERABLE
    again = dead and one.channel != WEBHOOK
    if one.channel == WEBHOOK:
        again = one.webhook in on and (dead or one.state is DeliveryState.DELIVERED)
    return Line(
        one,
        channel_label(one.channel),
        STATES[one.state],
        failure_label(one.state, one.failure),
        MESSAGES.get(kind) or (Text(kind, kind) if kind else None),
        moment(one.created_at, visit.today),
        again,
    )


def _hook(one: Webhook, visit: Visit) -> Hook | None:
    if one.stopped_because in _STOPPED:
        return Hook(one, _STOPPED[one.stopped_because], stopped=True)
    if one.active and one.failing_since is not None:
        since = moment(one.failing_since, visit.today)
        sentence = Text(f"{_FAILING.nl} {since.nl}.", f"{_FAILING.en} {since.en}.")
        return Hook(one, sentence, stopped=False)
    return None


def _done(done: str) -> Text | None:
    if done.isascii() and done.isdecimal() and len(done) <= _NUMBER_DIGITS:
        count = int(done)
        if count == 1:
            return Text("1 bezorging gaat opnieuw.", "1 delivery is sent again.")
        return Text(f"{count} bezorgingen gaan opnieuw.", f"{count} deliveries are sent again.")
    return _DONE.get(done)


def _authorise(visit: Visit) -> None:
    if Role.SUPERVISOR in visit.actor.roles:
        raise NotAllowed(
            Text(
                "Bezorgingen zijn voor wie berichten krijgt, en voor de beheerder.",
                "Deliveries are for who gets messages, and for the administrator.",
            )
        )


PAGES = (Page(HERE, show=show, send=send),)
