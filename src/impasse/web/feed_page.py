"""The secret address with which another calendar reads one's terms: made, shown once, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.adapters.identity.feeds import feed_of, make_feed, revoke_feed
from impasse.domain.errors import Invalid
from impasse.domain.text import Text
from impasse.web.timeline import moment
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

_PATH = "/agenda-abonnement"


def show(visit: Visit) -> Response:
    """Show whether there is such an address, and since when; never the address itself."""
    return _page(visit)


def send(visit: Visit) -> Response:
    """Make a new address, which is shown now and never again, or revoke the one there is."""
    database, person, at = visit.house.database, visit.actor.person, visit.house.clock()
    match visit.field("actie"):
        case "maak":
            secret = make_feed(database, person, at=at)
            return _page(visit, f"{visit.house.settings.address}/calendar/{secret}.ics")
        case "trek-in":
            revoke_feed(database, person, at=at)
            return visit.redirect(_PATH)
        case _:
            raise Invalid(
                Text(
                    "Dit formulier is beschadigd bij ons aangekomen. Verstuur het nog eens.",
                    "This form reached us damaged. Send it once more.",
                )
            )


def _page(visit: Visit, address: str = "") -> Response:
    feed = feed_of(visit.house.database, visit.actor.person)
    return visit.page(
        "feed.html",
        address=address,
        feed=feed,
        made=feed and moment(feed.created_at, visit.today),
        used=feed and feed.last_used_at and moment(feed.last_used_at, visit.today),
    )


PAGES = (Page(_PATH, show=show, send=send),)
