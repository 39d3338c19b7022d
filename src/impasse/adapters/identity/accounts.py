"""Local accounts: a name with a password, a second factor, and who may try how often.

A wrong try is counted before anything is compared, so that many tries at a time gain nothing. The
answer to an unknown name, a wrong password, a wrong code and an account that is shut is the same,
and costs the same work.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import structlog
from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from impasse.adapters.identity import factor
from impasse.adapters.identity.limits import Limit, TooManyTries, give_back, network_of, take
from impasse.adapters.identity.links import (
    RESETS,
    Purpose,
    make_link,
    owner_of_link,
    use_link,
    void_links,
)
from impasse.adapters.identity.secrets import hash_of, revoke_all
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import person_of, person_row, reading
from impasse.adapters.sql.substitutions import acting_person
from impasse.adapters.sql.tables import AccountRow, OneTimeLinkRow, PersonRow, SessionRow
from impasse.domain.errors import Conflict, Fault, Invalid, NotFound
from impasse.domain.password import (
    counted_failures,
    lock_after,
    password_faults,
    shut_until,
)
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from impasse.adapters.identity.passwords import Passwords
    from impasse.domain.people import Person, Role

log = structlog.get_logger("impasse.identity")

PER_NAME = Limit("sign-in by name", 20, timedelta(minutes=15))
PER_ADDRESS = Limit("sign-in from address", 60, timedelta(minutes=15))
"""How often one name, known or not, and one address may be tried. What succeeds does not count."""

_LONGEST_NAME = 200

APP = "impasse"
"""What the app with the codes calls us."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Everything was right: a session may begin. *method* says how, *acr* how sure that is."""

    person: str
    method: str
    acr: str = ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """The password was right and something more is needed; *secret* lets the browser go on."""

    purpose: Purpose
    secret: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something was wrong; nobody hears what."""


Outcome: TypeAlias = SignedIn | NextStep | Refused


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody signs in here, as that person and the administrator see it."""

    password_set_at: datetime | None
    second_factor: bool
    recovery_codes: int
    shut_until: datetime | None


NO_ACCOUNT = Standing(None, second_factor=False, recovery_codes=0, shut_until=None)


class Accounts:
    """The accounts of a database. *required* are the roles that need a second factor."""

    def __init__(
        self,
        database: Engine,
        passwords: Passwords,
        seal: factor.Seal,
        required: frozenset[Role],
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._seal = seal
        self._required = required

    # ---- signing in

    def knock(self, name: str, password: str, *, address: str, at: datetime) -> Outcome:
        """Try *name* and *password*, coming from *address*; raises `TooManyTries`."""
        name = name.strip()
        if not name.isprintable() or len(name) > _LONGEST_NAME:
            name = ""
        with _changing(self._database) as session:
            wait = _wait(session, name, address, at)
            kept = "" if wait else self._reserved(session, name, at)
        _refuse_to_wait(wait)
        if not self._passwords.matches(kept, password):
            return _refused(name if kept else "-")
        better = self._passwords.hash(password) if self._passwords.outdated(kept) else kept
        with _changing(self._database) as session:
            account = _account(session, name)
            if account is None or account.password_hash != kept or _disabled(session, name):
                return _refused(name)
            account.password_hash = better
            _give_back(session, name, address)
            return self._past_the_password(session, account, at)

    def _reserved(self, session: Session, name: str, at: datetime) -> str:
        """Count a wrong try for *name* beforehand; return the hash to compare with, "" for none."""
        account = _account(session, name)
        if account is None or _disabled(session, name) or _count_failure(account, at):
            return ""
        return account.password_hash

    def _past_the_password(self, session: Session, account: AccountRow, at: datetime) -> Outcome:
        purpose = self._still_needed(session, account, at)
        if purpose is None:
            _forgive(account)
            log.info("signed_in", object=account.person_id, origin="web", actor=account.person_id)
            return SignedIn(account.person_id, "password")
        # The try was no failure, but earlier ones still count: else a code could be guessed.
        account.failures, account.locked_until = max(0, account.failures - 1), None
        secret = make_link(session, account.person_id, purpose, by=account.person_id, at=at)
        return NextStep(purpose, secret)

    def _still_needed(self, session: Session, account: AccountRow, at: datetime) -> Purpose | None:
        if account.totp_confirmed_at is not None:
            return Purpose.CODE
        person = person_of(session, person_row(session, account.person_id))
        needed = self.requires_factor(acting_person(session, person, at))
        return Purpose.ENROLMENT if needed else None

    def requires_factor(self, person: Person) -> bool:
        """Whether *person* cannot do without a second factor."""
        return bool(person.roles & self._required)

    def give_code(self, secret: str, code: str, *, address: str, at: datetime) -> Outcome:
        """Finish a sign-in that is halfway, with a code of the app or a recovery code.

        A wrong code ends it: who goes on begins with the password again. Raises `TooManyTries`.
        """
        with _changing(self._database) as session:
            wait = take(session, PER_ADDRESS, network_of(address), at)
            name = None if wait else use_link(session, secret, Purpose.CODE, at=at)
            if name is not None:
                wait = take(session, PER_NAME, name.casefold(), at)
            account = None if name is None or wait else _account(session, name)
            if account is not None and name is not None:
                shut = _disabled(session, name) or _count_failure(account, at)
                method = "" if shut else self._matching(account, code, at)
                if method:
                    _forgive(account)
                    _give_back(session, name, address)
                    log.info("signed_in", object=name, origin="web", actor=name)
                    return SignedIn(name, method)
        _refuse_to_wait(wait)
        return _refused(name or "-")

    def _matching(self, account: AccountRow, code: str, at: datetime) -> str:
        """Return what *code* is, and see to it that it is that no second time; "" when wrong."""
        try:
            secret = self._seal.open(account.totp_secret)
        except factor.UnreadableSecretError:
            log.exception("second_factor_unreadable", object=account.person_id, origin="web")
        else:
            step = factor.step_of(secret, code, at)
            if step is not None and step > account.totp_last_step:
                account.totp_last_step = step
                if self._seal.should_close_again(account.totp_secret):
                    account.totp_secret = self._seal.close(secret)
                return "password, code"
        left = factor.without_code(account.recovery, code)
        if left is None:
            return ""
        account.recovery = left
        return "password, recovery code"

    # ---- the second factor

    def halfway(self, secret: str, purpose: Purpose, *, at: datetime) -> str | None:
        """Return who is halfway through a sign-in with *secret*, or None."""
        found = owner_of_link(self._database, secret, purpose, at=at)
        return None if found is None else found[0]

    def enrolment(self, person: str) -> factor.Enrolment | None:
        """Return what the app of *person* needs; None when a second factor is set up already."""
        with _changing(self._database) as session:
            account = _account(session, person)
            if account is None or account.totp_confirmed_at is not None:
                return None
            try:
                secret = self._seal.open(account.totp_secret) if account.totp_secret else ""
            except factor.UnreadableSecretError:
                secret = ""
            if not secret:
                secret = factor.new_secret()
                account.totp_secret = self._seal.close(secret)
        return factor.enrolment(secret, person, APP)

    def begin_factor(self, person: str, password: str, *, address: str, at: datetime) -> str:
        """Return the secret with which who is signed in sets up a second factor.

        Raises `Invalid` for a wrong password, `TooManyTries`.
        """
        self.prove(person, password, address=address, at=at)
        with _changing(self._database) as session:
            return make_link(session, person, Purpose.ENROLMENT, by=person, at=at)

    def confirm_factor(
        self, person: str, secret: str, code: str, *, at: datetime
    ) -> tuple[str, ...]:
        """Set up the second factor with a first *code*; return recovery codes, () when it is wrong.

        *secret* proves that the password was shown a short while ago. Raises `Conflict` when it
        does not, or when there is a second factor already.
        """
        if self.halfway(secret, Purpose.ENROLMENT, at=at) != person:
            raise Conflict(
                Text(
                    "Dit duurde te lang. Vul uw wachtwoord opnieuw in.",
                    "This took too long. Give your password again.",
                )
            )
        with _changing(self._database) as session:
            return self._confirmed(session, person, code, at)

    def enrol(self, secret: str, code: str, *, at: datetime) -> tuple[str, tuple[str, ...]] | None:
        """Finish a sign-in by setting up the second factor; return who, and recovery codes.

        Without codes the code was wrong, and may be tried again; None when it took too long.
        """
        person = self.halfway(secret, Purpose.ENROLMENT, at=at)
        if person is None:
            return None
        with _changing(self._database) as session:
            if _disabled(session, person):
                return None
            codes = self._confirmed(session, person, code, at)
            if codes and use_link(session, secret, Purpose.ENROLMENT, at=at) is None:
                raise _no_such_link()
            account = _account(session, person)
            if codes and account is not None:
                _forgive(account)
                log.info("signed_in", object=person, origin="web", actor=person)
        return person, codes

    def _confirmed(self, session: Session, person: str, code: str, at: datetime) -> tuple[str, ...]:
        account = _account(session, person)
        if account is None or not account.totp_secret or account.totp_confirmed_at is not None:
            raise Conflict(
                Text(
                    "De tweede factor is al ingesteld. Meld u opnieuw aan.",
                    "The second factor is set up already. Sign in again.",
                )
            )
        try:
            step = factor.step_of(self._seal.open(account.totp_secret), code, at)
        except factor.UnreadableSecretError:
            step = None
        if step is None:
            return ()
        codes = factor.new_recovery_codes()
        account.totp_confirmed_at, account.totp_last_step = at, step
        account.recovery = factor.kept_codes(codes)
        log.info("second_factor_set", object=person, origin="web", actor=person)
        return codes

    def new_recovery_codes(
        self, person: str, password: str, *, address: str, at: datetime
    ) -> tuple[str, ...]:
        """Return new recovery codes for *person*; the old ones are good no more.

        Raises `Invalid` for a wrong password, `Conflict` without a second factor.
        """
        self.prove(person, password, address=address, at=at)
        codes = factor.new_recovery_codes()
        with _changing(self._database) as session:
            account = _account(session, person)
            if account is None or account.totp_confirmed_at is None:
                raise Conflict(
                    Text("Stel eerst een tweede factor in.", "Set up a second factor first.")
                )
            account.recovery = factor.kept_codes(codes)
        log.info("recovery_codes_made", object=person, origin="web", actor=person)
        return codes

    def drop_factor(self, person: Person, password: str, *, address: str, at: datetime) -> None:
        """Do without a second factor from now on, or set up another one.

        Raises `Invalid` for a wrong password. Who cannot do without sets up a new one at the next
        sign-in.
        """
        self.prove(person.id, password, address=address, at=at)
        with _changing(self._database) as session:
            account = _account(session, person.id)
            if account is not None:
                _drop_factor(account)
        log.info("second_factor_dropped", object=person.id, origin="web", actor=person.id)

    # ---- the password

    def prove(self, person: str, password: str, *, address: str, at: datetime) -> None:
        """Let who is signed in show the password once more; raises `Invalid`, `TooManyTries`."""
        with _changing(self._database) as session:
            wait = _wait(session, person, address, at)
            kept = "" if wait else self._reserved(session, person, at)
        _refuse_to_wait(wait)
        if not self._passwords.matches(kept, password):
            log.warning("password_wrong", object=person, result="refused", actor=person)
            raise Invalid(
                Text("Dit wachtwoord klopt niet.", "This password is not right."),
                [Fault("/password", _WRONG_PASSWORD)],
            )
        with _changing(self._database) as session:
            account = _account(session, person)
            if account is not None:
                account.failures, account.locked_until = max(0, account.failures - 1), None
                _give_back(session, person, address)

    def change_password(
        self, person: Person, old: str, new: str, *, address: str, at: datetime, here: str = ""
    ) -> None:
        """Give *person* another password; every session but *here* ends.

        Raises `Invalid` when the old one is wrong or the new one will not do.
        """
        faults = _new_password_faults(person, new)
        if not faults and old == new:
            faults = [Fault("/new", Text("Kies een ander wachtwoord.", "Choose another password."))]
        if faults:
            raise Invalid(_NOT_THIS_PASSWORD, faults)
        self.prove(person.id, old, address=address, at=at)
        kept = self._passwords.hash(new)
        with _changing(self._database) as session:
            self._set_password(session, person.id, kept, at, here=here)
        log.info("password_changed", object=person.id, origin="web", actor=person.id)

    def _set_password(
        self, session: Session, person: str, kept: str, at: datetime, *, here: str = ""
    ) -> AccountRow:
        account = _account(session, person) or _new_account(session, person)
        account.password_hash, account.password_set_at = kept, at
        _forgive(account)
        void_links(session, person)
        session.execute(
            delete(SessionRow).where(
                col(SessionRow.person_id) == person,
                col(SessionRow.hash) != (hash_of(here) if here else ""),
            )
        )
        return account

    # ---- invitations and resets

    def invite(self, person: str, *, by: str, origin: str, at: datetime) -> str:
        """Return the secret with which *person* chooses a first password, good for 7 days.

        Raises `NotFound`, or `Conflict` for who has a password or is disabled.
        """
        with _changing(self._database) as session:
            _refuse_disabled(session, person)
            account = _account(session, person)
            if account is not None and account.password_hash:
                raise Conflict(
                    Text(
                        f"{person} heeft al een wachtwoord. Maak een herstellink.",
                        f"{person} has a password already. Make a reset link.",
                    )
                )
            secret = make_link(session, person, Purpose.INVITATION, by=by, at=at)
        log.info("invited", object=person, origin=origin, actor=by)
        return secret

    def reset(
        self, person: str, *, by: str, origin: str, at: datetime, second_factor: bool = False
    ) -> str:
        """Return the secret with which *person* chooses another password, good for an hour.

        With *second_factor* that is set up anew too. Nothing changes until the link is used. Raises
        `NotFound`, or `Conflict` for who is disabled.
        """
        purpose = Purpose.RESET_WITH_FACTOR if second_factor else Purpose.RESET
        with _changing(self._database) as session:
            _refuse_disabled(session, person)
            secret = make_link(session, person, purpose, by=by, at=at)
        log.info("reset_made", object=person, result=purpose.value, origin=origin, actor=by)
        return secret

    def link_for(self, secret: str, *purposes: Purpose, at: datetime) -> Person | None:
        """Return for whom a link is, or None when it is good no more."""
        found = owner_of_link(self._database, secret, *purposes, at=at)
        if found is None:
            return None
        with reading(self._database) as session:
            row = session.get(PersonRow, found[0])
            return None if row is None or row.disabled else person_of(session, row)

    def accept_invitation(self, secret: str, password: str, *, at: datetime) -> Outcome:
        """Choose a first password; what follows is a session, or setting up a second factor.

        Raises `Invalid` for a password that will not do, `NotFound` for a link that is good no
        more: of two who use it at the same time, one.
        """
        with self._redeemed(secret, password, (Purpose.INVITATION,), at) as (session, account):
            log.info("invitation_used", object=account.person_id, actor=account.person_id)
            return self._past_the_password(session, account, at)

    def use_reset(self, secret: str, password: str, *, at: datetime, tokens: bool) -> None:
        """Choose another password: every session ends, and with *tokens* every token too.

        Raises as `accept_invitation` does.
        """
        with self._redeemed(secret, password, RESETS, at) as (session, account):
            if tokens:
                revoke_all(session, account.person_id, at)
            log.info("reset_used", object=account.person_id, actor=account.person_id)

    @contextmanager
    def _redeemed(
        self, secret: str, password: str, purposes: tuple[Purpose, ...], at: datetime
    ) -> Iterator[tuple[Session, AccountRow]]:
        """Use the link *secret* and set *password*, in one transaction with what follows."""
        person = self.link_for(secret, *purposes, at=at)
        if person is None:
            raise _no_such_link()
        if faults := _new_password_faults(person, password):
            raise Invalid(_NOT_THIS_PASSWORD, faults)
        kept = self._passwords.hash(password)
        with _changing(self._database) as session:
            used = next(
                (one for one in purposes if use_link(session, secret, one, at=at) is not None), None
            )
            if used is None or _disabled(session, person.id):
                raise _no_such_link()
            account = self._set_password(session, person.id, kept, at)
            if used is Purpose.RESET_WITH_FACTOR:
                _drop_factor(account)
            yield session, account

    # ---- what the administrator sees and does

    def unlock(self, person: str, *, by: str, origin: str) -> None:
        """Open an account that wrong tries have shut; raises `NotFound` when there is none."""
        with _changing(self._database) as session:
            person_row(session, person)
            account = _account(session, person)
            if account is not None:
                _forgive(account)
            session.execute(_FORGET_NAME, {"name": PER_NAME.of(person.casefold())})
        log.info("unlocked", object=person, origin=origin, actor=by)

    def standing(self, person: str, *, at: datetime) -> Standing:
        """Return how *person* signs in here."""
        return self.standings(at=at).get(person, NO_ACCOUNT)

    def standings(self, *, at: datetime) -> Mapping[str, Standing]:
        """Return how everybody with an account signs in here, by person."""
        with reading(self._database) as session:
            return {
                row.person_id: Standing(
                    row.password_set_at if row.password_hash else None,
                    row.totp_confirmed_at is not None,
                    factor.codes_left(row.recovery),
                    shut_until(row.failures, row.last_failure_at, row.locked_until, at),
                )
                for row in session.exec(select(AccountRow))
            }

    def invited(self, *, at: datetime) -> frozenset[str]:
        """Return who has an invitation that was not used yet."""
        query = select(OneTimeLinkRow.person_id).where(
            col(OneTimeLinkRow.purpose) == Purpose.INVITATION.value,
            col(OneTimeLinkRow.used_at).is_(None),
            col(OneTimeLinkRow.expires_at) > at,
        )
        with reading(self._database) as session:
            return frozenset(session.exec(query))


_WRONG_PASSWORD = Text(
    "Dit wachtwoord klopt niet, of het is te vaak geprobeerd. Wacht dan een paar minuten.",
    "This password is not right, or it was tried too often. Then wait a few minutes.",
)
_NOT_THIS_PASSWORD = Text("Dit wachtwoord kan niet.", "This password will not do.")
_FORGET_NAME = text("DELETE FROM attempts WHERE name = :name")


@contextmanager
def _changing(database: Engine) -> Iterator[Session]:
    """Open a session whose changes are kept at its end, together or not at all."""
    with writing(database) as connection, Session(bind=connection) as session:
        yield session
        session.flush()


def _wait(session: Session, name: str, address: str, at: datetime) -> int:
    """Count a try; return the seconds to wait when there were too many, whoever *name* is."""
    # Both are counted each time, and in this order: what is asked of the database is the same.
    by_address = take(session, PER_ADDRESS, network_of(address), at)
    by_name = take(session, PER_NAME, name.casefold(), at)
    return max(by_address, by_name)


def _give_back(session: Session, name: str, address: str) -> None:
    give_back(session, PER_ADDRESS, network_of(address))
    give_back(session, PER_NAME, name.casefold())


def _refuse_to_wait(seconds: int) -> None:
    if seconds:
        log.warning("sign_in_limited", object="-", result="too many tries", origin="web", actor="-")
        raise TooManyTries(seconds)


def _refused(person: str) -> Refused:
    log.warning("sign_in_refused", object=person, result="refused", origin="web", actor="-")
    return Refused()


def _account(session: Session, person: str) -> AccountRow | None:
    return session.get(AccountRow, person, with_for_update=True)


def _new_account(session: Session, person: str) -> AccountRow:
    account = AccountRow(
        person_id=person,
        password_hash="",
        password_set_at=None,
        totp_secret="",
        totp_confirmed_at=None,
        totp_last_step=0,
        recovery="[]",
        failures=0,
        last_failure_at=None,
        locked_until=None,
    )
    session.add(account)
    return account


def _disabled(session: Session, person: str) -> bool:
    row = session.get(PersonRow, person)
    return row is None or row.disabled


def _refuse_disabled(session: Session, person: str) -> None:
    if person_row(session, person).disabled:
        raise Conflict(
            Text(
                f"{person} is uitgezet. Zet deze gebruiker eerst weer aan.",
                f"{person} is disabled. Enable this user first.",
            )
        )


def _count_failure(account: AccountRow, at: datetime) -> bool:
    """Count a wrong try beforehand, and return whether the account is shut: then nothing counts."""
    until = shut_until(account.failures, account.last_failure_at, account.locked_until, at)
    if until is not None:
        if until != account.locked_until:
            # The clock was set back: what was left of the time is counted from now.
            account.locked_until, account.last_failure_at = until, at
        return True
    account.failures = counted_failures(account.failures, account.last_failure_at, at) + 1
    account.last_failure_at = at
    lock = lock_after(account.failures)
    account.locked_until = at + lock if lock else None
    if lock:
        log.warning("account_shut", object=account.person_id, result=str(lock), actor="-")
    return False


def _forgive(account: AccountRow) -> None:
    account.failures, account.last_failure_at, account.locked_until = 0, None, None


def _drop_factor(account: AccountRow) -> None:
    account.totp_secret, account.totp_confirmed_at = "", None
    account.totp_last_step, account.recovery = 0, "[]"


def _new_password_faults(person: Person, password: str) -> list[Fault]:
    names = (person.id, person.name, *person.name.split(), person.email.partition("@")[0])
    return [Fault("/new", fault) for fault in password_faults(password, names)]


def _no_such_link() -> NotFound:
    return NotFound(
        Text(
            "Deze link werkt niet meer. Vraag de beheerder om een nieuwe.",
            "This link is good no more. Ask the administrator for a new one.",
        )
    )
