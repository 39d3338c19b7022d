"""Signing in at the identity provider of one's organisation: leaving, and coming back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlmodel import Session

from impasse.adapters.identity.accounts import SignedIn
from impasse.adapters.identity.limits import Limit, network_of, take
from impasse.adapters.identity.oidc import RETURN_PATH
from impasse.adapters.identity.oidc_flow import LASTS, browser_secret
from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal
from impasse.adapters.sql.database import writing
from impasse.domain.errors import NotAllowed
from impasse.domain.text import Text
from impasse.web import session
from impasse.web.farewell import METHOD
from impasse.web.onward import within
from impasse.web.signin import address_of, begin
from impasse.web.visit import Page

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.web.visit import Visit

log = structlog.get_logger("impasse.web")

LIMIT = Limit("oidc", 300, timedelta(minutes=10))
"""Sign-ins that one address may begin: a whole town hall may come from one."""

_STATUS = {
    Cause.FLOW_UNKNOWN: 409,
    Cause.INVITATION_ENDED: 409,
    Cause.NOT_REGISTERED: 503,
    Cause.UNREACHABLE: 503,
}
_KEEP_SECRET = "aanmelding"  # noqa: S105 the name of a cookie


def leave(visit: Visit) -> Response:
    """Send the browser to the provider that was chosen, by way of a page of our own.

    A form may only lead to our own pages (`form-action 'self'`), and Chromium holds a form to that
    at every redirect after it, those of the provider included. So the form ends at a page here,
    and that page refreshes to the provider: the policy stays as strict as it is.
    """
    house, request = visit.house, visit.request
    key, now = visit.field("aanbieder"), house.clock()
    provider = house.providers.provider(key)
    network = network_of(address_of(visit))
    with writing(house.database) as connection, Session(bind=connection) as rows:
        wait = take(rows, LIMIT, network, now)
    if wait:
        raise NotAllowed(
            Text(
                "Vanaf uw netwerk wordt nu te vaak aangemeld. Wacht een paar minuten.",
                "There are too many sign-ins from your network now. Wait a few minutes.",
            )
        )
    browser = browser_secret(session.kept_secret(request, _KEEP_SECRET, visit.cookies))
    try:
        address = house.providers.begin(
            house.database,
            key,
            browser,
            at=now,
            language=visit.language,
            onward=within(visit.field("naar")),
            invitation=visit.field("uitnodiging"),
        )
    except ProviderRefusal as refusal:
        return _refused(visit, key, refusal)
    response = visit.page("to_provider.html", provider=provider, address=address)
    response.headers["Refresh"] = f"0; url={address}"
    session.keep_secret(
        response, _KEEP_SECRET, browser, visit.cookies, seconds=int(LASTS.total_seconds())
    )
    return response


def come_back(visit: Visit) -> Response:
    """Take what the provider says, and sign in who it vouches for; the old session ends."""
    house, now = visit.house, visit.house.clock()
    key = visit.path["provider"]
    house.providers.provider(key)
    try:
        arrival = house.providers.arrive(
            house.database,
            key,
            _answer(visit),
            session.kept_secret(visit.request, _KEEP_SECRET, visit.cookies),
            at=now,
        )
    except ProviderRefusal as refusal:
        return _refused(visit, key, refusal)
    log.info("signed_in", object=key, result=arrival.acr or "done", actor=arrival.person)
    return begin(visit, SignedIn(arrival.person, METHOD, arrival.acr), within(arrival.onward))


def _answer(visit: Visit) -> dict[str, str]:
    """Return what the provider put in the address; what stands there twice says nothing."""
    said = visit.request.query_params.multi_items()
    names = [name for name, _ in said]
    return {name: value for name, value in said if names.count(name) == 1}


def _refused(visit: Visit, key: str, refusal: ProviderRefusal) -> Response:
    log.warning("sign_in_refused", object=key, result=refusal.cause, detail=refusal.detail)
    response = visit.page(
        "signin_failed.html", status=_STATUS.get(refusal.cause, 403), reason=refusal.text
    )
    if refusal.cause is Cause.UNREACHABLE:
        response.headers["Retry-After"] = "60"
    return response


PAGES = (
    Page("/aanmelden/organisatie", send=leave, public=True),
    Page(RETURN_PATH + "/{provider}", show=come_back, public=True),
)
