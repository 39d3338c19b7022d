"""Who somebody of a provider is here: made or linked at the first sign-in, renewed at each."""

from __future__ import annotations

import secrets
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete
from sqlmodel import Session, col, select

from impasse.adapters.identity.links import Purpose
from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal
from impasse.adapters.identity.secrets import BACKWARDS
from impasse.adapters.identity.vouching import function_of
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import person_row, reading
from impasse.adapters.sql.tables import (
    IdentityRow,
    OneTimeLinkRow,
    OrganisationRow,
    PersonRow,
    SessionRow,
)
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from impasse.adapters.identity.providers import Provider
    from impasse.adapters.identity.vouching import Vouched

log = structlog.get_logger("impasse.identity")

_TRIES = 3
"""Somebody who signs in twice at once is made once: the other looks again."""


def subject_key(issuer: str, subject: str) -> str:
    """Return under what somebody is known here: what the provider calls them is not kept."""
    return sha256(f"{issuer}\n{subject}".encode()).hexdigest()


def signed_in(
    database: Engine, provider: Provider, said: Vouched, *, at: datetime, invitation: str = ""
) -> str:
    """Return the id of the person whom *said* is about, with roles and function renewed.

    Who is new is made a person, or becomes the person whom *invitation* (the hash of its secret)
    is for. Nobody is recognised by an address of e-mail. Raises `ProviderRefusal`; roles that
    were taken away are gone then all the same.
    """
    outcome = _arrive(database, provider, said, at, invitation)
    if isinstance(outcome, ProviderRefusal):
        raise outcome
    return outcome


def _arrive(
    database: Engine, provider: Provider, said: Vouched, at: datetime, invitation: str
) -> str | ProviderRefusal:
    for _ in range(_TRIES - 1):
        with (
            suppress(Contention),
            writing(database) as connection,
            Session(bind=connection) as session,
        ):
            return _Arrival(session, provider, said, at).person(invitation)
    with writing(database) as connection, Session(bind=connection) as session:
        return _Arrival(session, provider, said, at).person(invitation)


def organisation_by_oin(database: Engine, oin: str) -> str:
    """Return the id of the one organisation in the register with that OIN, or ""."""
    with reading(database) as session:
        query = select(OrganisationRow.id).where(col(OrganisationRow.oin) == oin).limit(2)
        found = list(session.exec(query))
    return found[0] if len(found) == 1 else ""


def organisations_missing(database: Engine, provider: Provider) -> list[str]:
    """Return for which organisations *provider* vouches that the register does not have."""
    with reading(database) as session:
        query = select(OrganisationRow.id).where(
            col(OrganisationRow.id).in_(provider.organisations)
        )
        known = set(session.exec(query))
    return [key for key in provider.organisations if key not in known]


def issuer_of(database: Engine, person: str) -> str:
    """Return the issuer at which *person* signed in last, or ""."""
    with reading(database) as session:
        query = (
            select(IdentityRow.issuer)
            .where(col(IdentityRow.person_id) == person)
            .order_by(col(IdentityRow.last_seen_at).desc())
            .limit(1)
        )
        return session.exec(query).first() or ""


def sign_out_everywhere(database: Engine, issuer: str, subject: str, *, before: datetime) -> int:
    """End the sessions of who is *subject* at *issuer* that began there *before* then.

    Return how many there were.
    """
    with writing(database) as connection, Session(bind=connection) as session:
        identity = session.get(IdentityRow, (issuer, subject_key(issuer, subject)))
        if identity is None:
            return 0
        ended = session.execute(
            delete(SessionRow)
            .where(
                col(SessionRow.person_id) == identity.person_id,
                col(SessionRow.method) == "oidc",
                col(SessionRow.created_at) < before,
            )
            .returning(col(SessionRow.hash))
        )
        return len(ended.all())


def forget_identities(database: Engine, person: str) -> int:
    """Detach *person* from every provider and end the sessions that began there.

    Return from how many. Who signs in there next is somebody new, unless an invitation says who.
    Raises `NotFound` when there is no such person.
    """
    with writing(database) as connection, Session(bind=connection) as session:
        person_row(session, person)
        gone = session.execute(
            delete(IdentityRow)
            .where(col(IdentityRow.person_id) == person)
            .returning(col(IdentityRow.subject))
        ).all()
        session.execute(
            delete(SessionRow).where(
                col(SessionRow.person_id) == person, col(SessionRow.method) == "oidc"
            )
        )
        return len(gone)


class _Arrival:
    """One sign-in within one transaction."""

    def __init__(self, session: Session, provider: Provider, said: Vouched, at: datetime) -> None:
        self.session = session
        self.provider = provider
        self.said = said
        self.at = at
        self.key = subject_key(provider.issuer, said.subject)

    def person(self, invitation: str) -> str | ProviderRefusal:
        """Return whose sign-in this is; a refusal is returned, so that what it takes away stays."""
        identity = self.session.get(IdentityRow, (self.provider.issuer, self.key))
        found: PersonRow | ProviderRefusal | None
        if identity is None:
            found = self._invited(invitation) if invitation else self._new()
        elif invitation and (mine := self._known_again(identity, invitation)) is not None:
            return mine
        else:
            found = self.session.get(PersonRow, identity.person_id)
        if found is None:
            return ProviderRefusal(Cause.NOT_INVITED)
        if isinstance(found, ProviderRefusal):
            return found
        if found.disabled:
            return ProviderRefusal(Cause.DISABLED)
        if identity is not None:
            identity.last_seen_at = self.at
        self._renew(found)
        self.session.flush()
        if not found.roles:
            self.session.execute(delete(SessionRow).where(col(SessionRow.person_id) == found.id))
            return ProviderRefusal(Cause.NO_ROLE)
        return found.id

    def _new(self) -> PersonRow | ProviderRefusal:
        """Make the person of whom nobody here heard before."""
        if self.provider.by_invitation:
            return ProviderRefusal(Cause.NOT_INVITED)
        if not self.said.roles:
            return ProviderRefusal(Cause.NO_ROLE)
        function = self.said.function or function_of(self.said.roles)
        key = f"oidc-{self.key[:20]}"
        if self.session.get(PersonRow, key) is not None:
            # Somebody who was detached comes as another: history keeps the first apart.
            key = f"oidc-{secrets.token_hex(10)}"
        row = PersonRow(
            id=key,
            name=self.said.name or function.nl,
            function_nl=function.nl,
            function_en=function.en,
            organisation_id=self.said.organisation,
            roles="",
        )
        self.session.add(row)
        self.session.flush()
        self._link(row)
        return row

    def _invited(self, invitation: str) -> PersonRow | ProviderRefusal:
        """Return the person whom the invitation is for, now linked; the invitation is used up."""
        link = self._open_link(invitation)
        row = None if link is None else self.session.get(PersonRow, link.person_id)
        if link is None or row is None:
            return ProviderRefusal(Cause.INVITATION_ENDED)
        if row.organisation_id != self.said.organisation or row.demonstration:
            return ProviderRefusal(Cause.INVITED_ELSEWHERE)
        if row.disabled:
            return ProviderRefusal(Cause.DISABLED)
        link.used_at = self.at
        self._link(row)
        return row

    def _known_again(self, identity: IdentityRow, invitation: str) -> ProviderRefusal | None:
        """Refuse an invitation to who is somebody else already; one's own is simply used up."""
        link = self._open_link(invitation)
        if link is None:
            return None
        if link.person_id != identity.person_id:
            return ProviderRefusal(Cause.KNOWN_ALREADY)
        link.used_at = self.at
        return None

    def _open_link(self, invitation: str) -> OneTimeLinkRow | None:
        link = self.session.get(OneTimeLinkRow, invitation, with_for_update=True)
        open_ = (
            link is not None
            and link.purpose == Purpose.INVITATION
            and link.used_at is None
            and link.created_at <= self.at + BACKWARDS
            and link.expires_at > self.at
        )
        return link if open_ else None

    def _link(self, row: PersonRow) -> None:
        self.session.add(
            IdentityRow(
                issuer=self.provider.issuer,
                subject=self.key,
                person_id=row.id,
                created_at=self.at,
                last_seen_at=self.at,
            )
        )
        self.session.flush()

    def _renew(self, row: PersonRow) -> None:
        """Let the person be what the provider says now; what it does not say stays as it was."""
        said = self.said
        before = (row.organisation_id, row.roles)
        row.organisation_id = said.organisation
        if said.roles is not None:
            row.roles = " ".join(sorted(said.roles))
        if said.function is not None:
            row.function_nl, row.function_en = said.function.nl, said.function.en
        row.name = said.name or row.name
        row.organ = said.organ or row.organ
        row.email = said.email or row.email
        if before[1] != row.roles:
            # As when the administrator changes them: another role may ask for a second factor.
            self.session.execute(delete(SessionRow).where(col(SessionRow.person_id) == row.id))
        if before != (row.organisation_id, row.roles):
            log.info(
                "rights_renewed",
                object=row.id,
                result=f"{row.organisation_id} {row.roles}".strip(),
                actor=self.provider.id,
                origin="oidc",
                before=" ".join(before).strip(),
            )
