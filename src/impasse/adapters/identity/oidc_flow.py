"""A sign-in at a provider that is under way: kept when it begins, taken once when it comes back."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlmodel import Session, col

from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.tables import OidcFlowRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

LASTS = timedelta(minutes=10)
"""How long somebody may take to sign in at the provider."""

_BYTES = 32
"""Of chance in a state, a nonce and a verifier: 256 bits, where OAuth NL asks 128."""

_OURS = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_LONGEST = 200
"""Characters; no state or browser secret of ours is longer."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What one sign-in asks and remembers. `state` is known to the browser only."""

    state: str
    provider: str
    nonce: str
    verifier: str
    onward: str
    invitation: str
    at: datetime


def begin_flow(
    database: Engine,
    provider: str,
    browser: str,
    *,
    at: datetime,
    onward: str = "",
    invitation: str = "",
) -> Flow:
    """Begin a sign-in at *provider* for the browser that keeps the secret *browser*.

    *onward* is where it leads, a page of this site; *invitation* the secret of the invitation
    that is taken up. What has expired is forgotten on the way.
    """
    flow = Flow(
        state=secrets.token_urlsafe(_BYTES),
        provider=provider,
        nonce=secrets.token_urlsafe(_BYTES),
        verifier=secrets.token_urlsafe(_BYTES),
        onward=onward,
        invitation=_hash(invitation) if invitation else "",
        at=at,
    )
    with writing(database) as connection, Session(bind=connection) as session:
        session.execute(delete(OidcFlowRow).where(col(OidcFlowRow.expires_at) <= at))
        session.add(
            OidcFlowRow(
                state_hash=_hash(flow.state),
                browser_hash=_hash(browser),
                provider=provider,
                invitation=flow.invitation,
                nonce=flow.nonce,
                verifier=flow.verifier,
                onward=onward,
                created_at=at,
                expires_at=at + LASTS,
            )
        )
        session.flush()
    return flow


def take_flow(database: Engine, state: str, provider: str, browser: str, *, at: datetime) -> Flow:
    """Return the sign-in that *state* belongs to, and forget it: it works once.

    Raises `ProviderRefusal` when there is none, it has expired, it began in another browser, or
    at another provider than the one whose answer this is; it is gone then as well.
    """
    if not state or not browser or len(state) > _LONGEST or len(browser) > _LONGEST:
        raise ProviderRefusal(Cause.FLOW_UNKNOWN, "state or cookie is absent")
    with writing(database) as connection, Session(bind=connection) as session:
        row = session.get(OidcFlowRow, _hash(state))
        if row is None:
            taken = None
        else:
            taken = (
                Flow(
                    state=state,
                    provider=row.provider,
                    nonce=row.nonce,
                    verifier=row.verifier,
                    onward=row.onward,
                    invitation=row.invitation,
                    at=row.created_at,
                ),
                row.expires_at,
                row.browser_hash,
            )
            # Two at once may both have read it; who deletes it has it.
            gone = session.execute(
                delete(OidcFlowRow)
                .where(col(OidcFlowRow.state_hash) == _hash(state))
                .returning(col(OidcFlowRow.state_hash))
            )
            if gone.first() is None:
                taken = None
    if taken is None:
        raise ProviderRefusal(Cause.FLOW_UNKNOWN, "state is unknown or was used")
    flow, expires_at, browser_hash = taken
    if not flow.at - LASTS <= at < expires_at:
        raise ProviderRefusal(Cause.FLOW_UNKNOWN, "state has expired")
    if not hmac.compare_digest(browser_hash, _hash(browser)):
        raise ProviderRefusal(Cause.FLOW_UNKNOWN, "state belongs to another browser")
    if flow.provider != provider:
        raise ProviderRefusal(Cause.FLOW_UNKNOWN, "state belongs to another provider")
    return flow


def browser_secret(kept: str) -> str:
    """Return what a browser keeps to prove that a sign-in began there.

    What it has *kept* from an earlier one will do, so that two tabs do not cross each other; but
    not when it cannot have come from us.
    """
    return kept if _OURS.fullmatch(kept) else secrets.token_urlsafe(_BYTES)


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
