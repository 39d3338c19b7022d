"""Binnengekomen e-mail: what waits in quarantine, for the administrator, who reads none of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from impasse.adapters.mail import bounces
from impasse.adapters.mail.quarantine import Quarantine, refuse_stranger
from impasse.adapters.sql.database import writing
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, Invalid
from impasse.domain.inbound import MailState
from impasse.domain.text import Text
from impasse.web.timeline import moment
from impasse.web.visit import Page, Visit
from impasse.wiring import build_filing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from starlette.responses import Response

    from impasse.adapters.mail.quarantine import InboundMail

log = structlog.get_logger("impasse.web")

HERE = "/post"
_MOST = 200

_DONE = {
    "vrijgegeven": Text(
        "De e-mail is opgenomen, in de eigen kamer van deze persoon.",
        "The e-mail was filed, in this person's own room.",
    ),
    "weggegooid": Text("De e-mail is ongelezen weggegooid.", "The e-mail was discarded unread."),
    "hersteld": Text("Dit adres wordt weer gebruikt.", "This address is used again."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An e-mail as the page shows it; `ends` is the day on which it is thrown away."""

    mail: InboundMail
    received: Text
    size: str
    ends: date | None


@dataclass(frozen=True, slots=True)
class Refused:
    """What a form asked that cannot be done: at which e-mail, and why."""

    mail: str
    sentence: Text
    reason: str = ""


def show(visit: Visit) -> Response:
    """Show what waits, and what was done with the rest."""
    refuse_stranger(visit.actor)
    return _page(visit)


def send(visit: Visit) -> Response:
    """Release or discard an e-mail, or use an address again."""
    refuse_stranger(visit.actor)
    doing = _ACTIONS.get(visit.field("actie"))
    if doing is None:
        raise Conflict(Text("Kies wat u wilt doen.", "Choose what you want to do."))
    try:
        done = doing(visit)
    except (Conflict, Invalid) as error:
        faults = error.faults if isinstance(error, Invalid) else ()
        sentence = faults[0].text if faults else error.text
        return _page(visit, Refused(visit.field("mail"), sentence, visit.field("reden")))
    return visit.redirect(f"{HERE}?gedaan={done}")


def _release(visit: Visit) -> str:
    build_filing(visit.house).release(visit.field("mail"), by=visit.actor.person)
    return "vrijgegeven"


def _discard(visit: Visit) -> str:
    Quarantine(visit.house.database).discard(
        visit.field("mail"), visit.field("reden"), by=visit.actor.person, at=visit.house.clock()
    )
    return "weggegooid"


def _mend(visit: Visit) -> str:
    with writing(visit.house.database) as connection:
        if not bounces.mend(connection, visit.field("adres")):
            raise Conflict(Text("Dat adres weigert niets.", "That address refuses nothing."))
    log.info("address_mended", object="address", result="used again", actor=visit.actor.person)
    return "hersteld"


_ACTIONS: Mapping[str, Callable[[Visit], str]] = {
    "geef-vrij": _release,
    "gooi-weg": _discard,
    "herstel": _mend,
}


def _page(visit: Visit, refused: Refused | None = None) -> Response:
    quarantine = Quarantine(visit.house.database)
    waiting, today = quarantine.mails(limit=_MOST), visit.today
    recent = quarantine.mails(state=None, limit=50)
    settled = [one for one in recent if one.state is not MailState.QUARANTINED]
    with visit.house.database.connect() as connection:
        faults = bounces.faults(connection)
    return visit.page(
        "post.html",
        status=409 if refused else 200,
        waiting=[_line(one, today) for one in waiting],
        total=quarantine.waiting(),
        settled=[_line(one, today) for one in settled[:20]],
        faults=[(address, moment(since, today), why) for address, since, why in faults],
        on=bool(visit.house.settings.inbound_domain),
        refused=refused,
        here={one.id for one in waiting},
        done=None if refused else _DONE.get(visit.query.get("gedaan", "")),
    )


def _line(one: InboundMail, today: date) -> Line:
    size = max(1, round(one.size / 1_000))
    ends = None if one.discarded_at is None else one.discarded_at.astimezone(AMSTERDAM).date()
    return Line(one, moment(one.received_at, today), f"{size} kB", ends)


PAGES = (Page(HERE, show=show, send=send),)
