"""Signing in with a name, a password and a code: what opens, what stays shut, and what is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pyotp
import pytest
from sqlmodel import Session, select

from identity_hasher import Counting
from impasse.adapters.identity.accounts import Accounts, NextStep, Refused, SignedIn
from impasse.adapters.identity.factor import Seal
from impasse.adapters.identity.limits import TooManyTries
from impasse.adapters.identity.links import Purpose
from impasse.adapters.identity.passwords import Passwords
from impasse.adapters.identity.secrets import (
    bearer,
    begin_session,
    issue_token,
    resume_session,
    sessions_of,
)
from impasse.adapters.sql.people import disable_person, enable_person
from impasse.adapters.sql.tables import AccountRow, AttemptRow, OneTimeLinkRow, TokenRow
from impasse.domain.errors import Conflict, Invalid, NotFound
from impasse.domain.people import Role

on_both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def settled(accounts, now, password):
    """Give somebody a password by invitation; return what that led to."""

    def settle(person, at=None):
        at = at or now()
        secret = accounts.invite(person, by="bea", origin="cli", at=at)
        return accounts.accept_invitation(secret, password, at=at)

    return settle


@pytest.fixture
def with_app(accounts, settled, now):
    """Settle anna of the secretariat, with her app; return the app and her recovery codes."""
    step = settled("anna")
    app = pyotp.TOTP(accounts.enrolment("anna").secret)
    _, codes = accounts.enrol(step.secret, app.at(now()), at=now())
    return app, codes


def row_of(database, person):
    with Session(database) as session:
        return session.get(AccountRow, person)


# ---- from invitation to session


def test_who_is_invited_chooses_a_password_and_is_in(accounts, settled, now, password):
    assert settled("lars") == SignedIn("lars", "password")

    assert accounts.knock("lars", password, address="192.0.2.1", at=now()) == SignedIn(
        "lars", "password"
    )
    assert isinstance(accounts.knock("lars", "iets anders", address="", at=now()), Refused)


def test_the_secretariat_sets_up_a_second_factor_before_anything_else(
    accounts, settled, now, password
):
    step = settled("anna")
    assert isinstance(step, NextStep)
    assert step.purpose is Purpose.ENROLMENT
    app = pyotp.TOTP(accounts.enrolment("anna").secret)

    assert accounts.enrol(step.secret, "000000", at=now()) == ("anna", ())
    person, codes = accounts.enrol(step.secret, app.at(now()), at=now())
    assert (person, len(codes)) == ("anna", 10)

    assert accounts.enrolment("anna") is None
    assert accounts.enrol(step.secret, app.at(now(minutes=1)), at=now(minutes=1)) is None
    half = accounts.knock("anna", password, address="", at=now(minutes=2))
    assert half.purpose is Purpose.CODE
    code = app.at(now(minutes=2))
    assert accounts.give_code(half.secret, code, address="", at=now(minutes=2)) == SignedIn(
        "anna", "password, code"
    )


@on_both
def test_an_invitation_is_used_once_also_when_two_click_at_once(accounts, now, password, database):
    secret = accounts.invite("lars", by="bea", origin="cli", at=now())

    def accept(_):
        try:
            return accounts.accept_invitation(secret, password, at=now())
        except NotFound:
            return None

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(accept, range(4)))

    assert outcomes.count(SignedIn("lars", "password")) == 1
    assert outcomes.count(None) == 3
    with Session(database) as session:
        kept = session.exec(select(OneTimeLinkRow)).all()
    assert secret not in str(kept)


@pytest.mark.parametrize(
    "spoil", ["late", "newer", "made later", "disabled", "mutated", "other door"]
)
def test_an_invitation_that_is_good_no_more_says_so(accounts, database, now, password, spoil):
    secret, at = accounts.invite("lars", by="bea", origin="cli", at=now()), now(hours=1)
    match spoil:
        case "late":
            at = now(days=7)
        case "made later":
            at = now(days=-400)
        case "newer":
            accounts.invite("lars", by="bea", origin="cli", at=now())
        case "disabled":
            disable_person(database, "lars", at=now())
            enable_person(database, "lars")
        case "mutated":
            secret = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    use = partial(accounts.accept_invitation, secret, password, at=at)
    if spoil == "other door":
        use = partial(accounts.use_reset, secret, password, at=at, tokens=False)
    with pytest.raises(NotFound, match="good no more"):
        use()
    assert accounts.standing("lars", at=at).password_set_at is None


def test_a_password_that_will_not_do_leaves_the_invitation_good(accounts, now, password):
    secret = accounts.invite("lars", by="bea", origin="cli", at=now())
    with pytest.raises(Invalid) as refusal:
        accounts.accept_invitation(secret, "kort", at=now())
    assert refusal.value.faults[0].pointer == "/new"

    assert accounts.accept_invitation(secret, password, at=now())


def test_who_has_a_password_is_not_invited_again_and_who_is_disabled_not_at_all(
    accounts, database, settled, now
):
    settled("lars")
    with pytest.raises(Conflict, match="reset link"):
        accounts.invite("lars", by="bea", origin="cli", at=now())
    disable_person(database, "lars", at=now())
    for make in (accounts.invite, accounts.reset):
        with pytest.raises(Conflict, match="disabled"):
            make("lars", by="bea", origin="cli", at=now())
        with pytest.raises(NotFound):
            make("niemand", by="bea", origin="cli", at=now())


# ---- what may not be told


@on_both
def test_unknown_wrong_shut_disabled_and_not_yet_invited_cost_the_same_work(
    accounts, database, hasher, settled, *, now, password
):
    settled("lars")
    settled("anna")
    disable_person(database, "anna", at=now())
    for minute in range(6):
        accounts.knock("lars", "mis", address="", at=now(seconds=minute))
    work = []
    for name, tried in (
        ("niemand", "iets"),
        ("lars", "mis"),  # shut by now
        ("lars", password),  # right, but shut
        ("anna", password),  # disabled
        ("bea", ""),  # no password yet
        ("lars", "x" * 100_000),
        ("\ud800", "\ud800"),
        ("l" * 5_000, "iets"),
    ):
        before = hasher.checked
        assert accounts.knock(name, tried, address="", at=now(seconds=10)) == Refused()
        work.append(hasher.checked - before)
    assert work == [1] * len(work)


def test_what_was_typed_as_a_name_is_kept_nowhere(accounts, database, now):
    accounts.knock("mijn geheime wachtwoord", "x", address="192.0.2.7", at=now())
    with Session(database) as session:
        kept = str(session.exec(select(AttemptRow)).all())
    assert "geheime" not in kept
    assert "192.0.2.7" not in kept


# ---- a lock that grows


def test_five_wrong_tries_shut_an_account_and_each_one_more_twice_as_long(
    accounts, database, settled, now, password
):
    settled("lars")
    at = now()
    for _ in range(5):
        accounts.knock("lars", "mis", address="", at=at)
    waits = []
    for _ in range(8):
        until = row_of(database, "lars").locked_until
        waits.append(int((until - at).total_seconds() // 60))
        assert accounts.knock("lars", password, address="", at=until - timedelta(seconds=1)) == (
            Refused()
        )
        at = until + timedelta(minutes=16)
        accounts.knock("lars", "mis", address="", at=at)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]

    at = row_of(database, "lars").locked_until + timedelta(minutes=16)
    assert accounts.knock("lars", password, address="", at=at) == SignedIn("lars", "password")
    assert row_of(database, "lars").failures == 0


def test_a_clock_that_is_set_back_neither_opens_an_account_nor_shuts_it_for_days(
    accounts, settled, now, password
):
    settled("lars")
    for _ in range(5):
        accounts.knock("lars", "mis", address="", at=now(days=3))

    assert accounts.knock("lars", password, address="", at=now()) == Refused()
    assert accounts.knock("lars", password, address="", at=now(seconds=59)) == Refused()
    assert accounts.knock("lars", password, address="", at=now(minutes=2)) == SignedIn(
        "lars", "password"
    )


@on_both
def test_many_guesses_at_a_time_are_no_more_guesses(accounts, database, settled, now):
    settled("lars")
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(lambda n: accounts.knock("lars", f"gok {n}", address="", at=now()), range(12))
        )
    assert row_of(database, "lars").failures == 5


def test_a_right_password_does_not_buy_new_guesses_of_the_code(
    accounts, database, with_app, now, password
):
    at = now(hours=1)
    for _ in range(4):
        half = accounts.knock("anna", password, address="", at=at)
        assert accounts.give_code(half.secret, "000000", address="", at=at) == Refused()
    half = accounts.knock("anna", password, address="", at=at)
    assert accounts.give_code(half.secret, "000000", address="", at=at) == Refused()

    assert accounts.knock("anna", password, address="", at=at) == Refused()
    accounts.unlock("anna", by="bea", origin="cli")
    assert isinstance(accounts.knock("anna", password, address="", at=at), NextStep)


@on_both
def test_one_name_and_one_address_have_a_limit_known_or_not(accounts, settled, now):
    settled("lars")
    for name in ("lars", "niemand"):
        for _ in range(20):
            accounts.knock(name, "mis", address="", at=now())
        with pytest.raises(TooManyTries) as wait:
            accounts.knock(name.upper(), "mis", address="elders", at=now(minutes=1))
        assert wait.value.seconds == 14 * 60
        accounts.knock(name, "mis", address="elders", at=now(minutes=16))
    for number in range(60):
        accounts.knock(f"naam{number}", "mis", address="2001:db8::1", at=now())
    with pytest.raises(TooManyTries):
        accounts.knock("nog een", "mis", address="2001:db8::ffff", at=now())
    accounts.knock("nog een", "mis", address="2001:db8:1::1", at=now())
    # A clock that is set back begins a new window; nobody waits for days.
    accounts.knock("nog een", "mis", address="2001:db8::1", at=now(days=-3))


# ---- the second factor


def test_a_code_is_good_once_and_for_half_a_minute_around(accounts, with_app, now, password):
    app, _ = with_app

    def give(code, at):
        half = accounts.knock("anna", password, address="", at=at)
        return accounts.give_code(half.secret, code, address="", at=at)

    assert give(app.at(now()), now()) == Refused()  # set up with this very code
    code = app.at(now(minutes=5))
    assert isinstance(give(code, now(minutes=5, seconds=29)), SignedIn)
    assert give(code, now(minutes=5, seconds=29)) == Refused()
    assert give(app.at(now(minutes=4, seconds=30)), now(minutes=5, seconds=29)) == Refused()
    assert give(app.at(now(minutes=9)), now(minutes=11)) == Refused()
    assert isinstance(give(f" {app.at(now(minutes=12))[:3]} {app.at(now(minutes=12))[3:]}",
                           now(minutes=12)), SignedIn)  # fmt: skip


@on_both
def test_two_who_saw_the_same_code_do_not_both_come_in(accounts, with_app, now, password):
    app, _ = with_app
    at = now(minutes=5)
    halves = [accounts.knock("anna", password, address="", at=at).secret for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(
            pool.map(lambda s: accounts.give_code(s, app.at(at), address="", at=at), halves)
        )

    assert sum(isinstance(one, SignedIn) for one in outcomes) == 1


def test_halfway_is_no_session_and_does_not_last(accounts, database, with_app, now, password):
    app, _ = with_app
    half = accounts.knock("anna", password, address="", at=now(minutes=1)).secret
    assert resume_session(database, half, at=now(minutes=1), hours=8) is None
    assert accounts.halfway(half, Purpose.CODE, at=now(minutes=2)) == "anna"
    assert accounts.halfway(half, Purpose.ENROLMENT, at=now(minutes=2)) is None

    at = now(minutes=7)
    assert accounts.give_code(half, app.at(at), address="", at=at) == Refused()


def test_a_recovery_code_opens_once_and_only_hashes_are_kept(
    accounts, database, with_app, now, password
):
    _, codes = with_app
    kept = row_of(database, "anna").recovery
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)

    def give(code):
        half = accounts.knock("anna", password, address="", at=now(minutes=5))
        return accounts.give_code(half.secret, code, address="", at=now(minutes=5))

    assert give(codes[3].upper().replace("-", " ")).method == "password, recovery code"
    assert give(codes[3]) == Refused()
    assert accounts.standing("anna", at=now()).recovery_codes == 9

    renewed = accounts.new_recovery_codes("anna", password, address="", at=now(minutes=6))
    assert give(codes[4]) == Refused()
    assert isinstance(give(renewed[4]), SignedIn)


def test_with_a_key_the_secret_of_a_second_factor_cannot_be_read_in_the_database(
    database, hasher, accounts, with_app, *, now, password
):
    app, codes = with_app
    assert app.secret in row_of(database, "anna").totp_secret
    required = frozenset({Role.SECRETARIAT})
    sealed = Accounts(database, Passwords(hasher), Seal("k" * 32), required)

    def give(accounts, code, at):
        half = accounts.knock("anna", password, address="", at=at)
        return accounts.give_code(half.secret, code, address="", at=at)

    assert give(sealed, app.at(now(minutes=5)), now(minutes=5)).person == "anna"
    assert app.secret not in row_of(database, "anna").totp_secret
    assert give(sealed, app.at(now(minutes=6)), now(minutes=6)).person == "anna"

    for other in (None, "z" * 32):
        lost = Accounts(database, Passwords(hasher), Seal(other), required)
        assert give(lost, app.at(now(minutes=9)), now(minutes=9)) == Refused()
    assert give(lost, codes[0], now(minutes=9)).method == "password, recovery code"


# ---- what ends with what


def signed_in(database, person, at):
    return begin_session(database, person, at=at, hours=8)


@on_both
def test_a_reset_ends_sessions_and_if_asked_tokens_but_not_the_second_factor(
    accounts, database, with_app, now, password
):
    cookie, token = (
        signed_in(database, "anna", now()),
        issue_token(database, "anna", at=now(), name="a"),
    )
    half = accounts.knock("anna", password, address="", at=now(minutes=1)).secret
    first = accounts.reset("anna", by="bea", origin="cli", at=now(minutes=1))
    assert resume_session(database, cookie, at=now(minutes=2), hours=8) is not None

    accounts.use_reset(first, "acht groene fietsen", at=now(minutes=2), tokens=False)

    assert resume_session(database, cookie, at=now(minutes=2), hours=8) is None
    assert accounts.halfway(half, Purpose.CODE, at=now(minutes=2)) is None
    assert bearer(database, token.secret, at=now(minutes=2)) is not None
    assert accounts.knock("anna", password, address="", at=now(minutes=3)) == Refused()
    step = accounts.knock("anna", "acht groene fietsen", address="", at=now(minutes=3))
    assert step.purpose is Purpose.CODE
    with pytest.raises(NotFound):
        accounts.use_reset(first, "negen groene fietsen", at=now(minutes=3), tokens=False)

    second = accounts.reset("anna", by="bea", origin="cli", at=now(), second_factor=True)
    with pytest.raises(NotFound):
        accounts.use_reset(second, password, at=now(hours=1), tokens=True)
    accounts.use_reset(second, password, at=now(minutes=59), tokens=True)
    assert bearer(database, token.secret, at=now(minutes=59)) is None
    step = accounts.knock("anna", password, address="", at=now(hours=1))
    assert step.purpose is Purpose.ENROLMENT


def test_another_password_ends_every_other_session(accounts, database, settled, now, password):
    settled("lars")
    here, elsewhere = (signed_in(database, "lars", now()) for _ in range(2))
    person = resume_session(database, here, at=now(), hours=8)

    with pytest.raises(Invalid):
        accounts.change_password(
            person, "mis", "acht groene fietsen", address="", at=now(), here=here
        )
    with pytest.raises(Invalid):
        accounts.change_password(person, password, password, address="", at=now(), here=here)
    accounts.change_password(
        person, password, "acht groene fietsen", address="", at=now(), here=here
    )

    assert resume_session(database, here, at=now(), hours=8) is not None
    assert resume_session(database, elsewhere, at=now(), hours=8) is None


def test_guessing_the_password_of_an_open_session_shuts_the_account(accounts, settled, now):
    settled("lars")
    for _ in range(5):
        with pytest.raises(Invalid):
            accounts.prove("lars", "gok", address="", at=now())
    assert accounts.standing("lars", at=now()).shut_until == now(minutes=1)


@on_both
def test_whoever_is_disabled_is_out_by_every_door_and_nothing_comes_back(
    accounts, database, settled, now, password
):
    settled("lars")
    cookie, token = signed_in(database, "lars", now()), issue_token(database, "lars", at=now())
    reset = accounts.reset("lars", by="bea", origin="cli", at=now())

    disable_person(database, "lars", at=now())
    # Who was coming in at that very moment is too late as well.
    late = signed_in(database, "lars", now())
    with pytest.raises(Conflict, match="disabled"):
        issue_token(database, "lars", at=now())

    for _ in range(2):
        assert resume_session(database, cookie, at=now(), hours=8) is None
        assert resume_session(database, late, at=now(), hours=8) is None
        assert bearer(database, token.secret, at=now()) is None
        assert accounts.link_for(reset, Purpose.RESET, at=now()) is None
        enable_person(database, "lars")
    assert accounts.knock("lars", password, address="", at=now()) == SignedIn("lars", "password")


def test_a_cheap_hash_is_made_anew_at_the_next_sign_in(accounts, database, settled, now, password):
    settled("lars")
    cheap = row_of(database, "lars").password_hash
    dearer = Accounts(database, Passwords(Counting(time_cost=2)), Seal(None), frozenset())

    assert isinstance(dearer.knock("lars", "mis", address="", at=now()), Refused)
    assert row_of(database, "lars").password_hash == cheap
    assert isinstance(dearer.knock("lars", password, address="", at=now()), SignedIn)
    assert "t=2" in row_of(database, "lars").password_hash
    assert isinstance(dearer.knock("lars", password, address="", at=now()), SignedIn)


# ---- sessions and tokens


def test_a_session_ends_unused_at_its_last_moment_and_never_begins_in_the_future(database, now):
    cookie = begin_session(database, "lars", at=now(), hours=8, at_most=12)
    assert resume_session(database, cookie, at=now(hours=7), hours=8) is not None
    assert resume_session(database, cookie, at=now(hours=11, minutes=59), hours=8) is not None
    assert resume_session(database, cookie, at=now(hours=12), hours=8) is None
    assert resume_session(database, cookie, at=now(days=-1), hours=8) is None
    assert resume_session(database, cookie, at=now(minutes=-1), hours=8) is not None


def test_each_sign_in_is_a_session_of_its_own_that_its_owner_can_see(database, now):
    first = begin_session(database, "lars", at=now(), hours=8, browser="Een\r\nbrowser" * 50)
    second = begin_session(database, "lars", at=now(minutes=1), hours=8, method="password")
    assert first != second
    seen = sessions_of(database, "lars", at=now(minutes=2), here=second)
    assert [line.here for line in seen] == [True, False]
    assert "\n" not in seen[1].browser
    assert len(seen[1].browser) <= 160
    assert sessions_of(database, "anna", at=now()) == []


def test_the_use_of_a_token_is_written_down_now_and_then(database, now):
    from impasse.adapters.identity.secrets import TokenScope, tokens_of

    made = issue_token(database, "lars", at=now(), name="rapport", scopes={TokenScope.WRITE})

    def used():
        return tokens_of(database, "lars")[0].last_used_at

    assert used() is None
    holder = bearer(database, made.secret, at=now())
    assert holder.scopes == {TokenScope.READ, TokenScope.WRITE}
    assert used() == now()
    bearer(database, made.secret, at=now(minutes=9))
    assert used() == now()
    bearer(database, made.secret, at=now(minutes=10))
    assert used() == now(minutes=10)
    assert bearer(database, made.secret, at=now(days=90)) is None


@pytest.mark.parametrize(
    ("how", "pointer"),
    [
        ({"days": 366}, "/days"),
        ({"days": 0}, "/days"),
        ({"scopes": ()}, "/scopes"),
        ({"name": "x" * 101}, "/name"),
        ({"name": "a\nb"}, "/name"),
    ],
)
def test_a_token_without_end_or_scope_is_not_made(database, now, how, pointer):
    with pytest.raises(Invalid) as refusal:
        issue_token(database, "lars", at=now(), **how)
    assert [fault.pointer for fault in refusal.value.faults] == [pointer]


def test_a_token_of_before_tokens_had_to_end_ends_after_a_year(database, now):
    made = issue_token(database, "lars", at=now(), name="oud")
    with Session(database) as session:
        session.get(TokenRow, made.id).expires_at = None
        session.commit()
    assert bearer(database, made.secret, at=now(days=364)) is not None
    assert bearer(database, made.secret, at=now(days=365)) is None
