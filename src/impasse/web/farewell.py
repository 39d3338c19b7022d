"""Signed out here, and still signed in at one's organisation: the page that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.adapters.identity.secrets import sessions_of

if TYPE_CHECKING:
    from impasse.adapters.identity.providers import Provider
    from impasse.web.visit import Visit

METHOD = "oidc"
"""How a session is called that began at an identity provider."""


def other_sign_out(visit: Visit) -> tuple[Provider, str] | None:
    """Return at which provider this session began, and where to sign out there as well.

    None for a session that began otherwise, or when the provider offers no such thing.
    """
    if visit.person is None or not visit.house.providers.all:
        return None
    now = visit.house.clock()
    secret = visit.cookies.session
    sessions = sessions_of(visit.house.database, visit.person.id, at=now, here=secret)
    if not any(line.here and line.method == METHOD for line in sessions):
        return None
    return visit.house.providers.farewell(visit.house.database, visit.person.id, at=now)
