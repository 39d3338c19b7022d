"""What leaves is looked at again: true, still this person's, wanted; and it travels as one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from builders import MONDAY, SECRETARY, Running, an_opening, running
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.notifications import Notifications
from impasse.adapters.sql.people import change_person, disable_person, person
from impasse.adapters.sql.posts import FAULT_ENDS
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.substitutions import record_absence
from impasse.adapters.sql.tables import AddressFaultRow, CaseRow, DeliveryRow
from impasse.domain.commands import Appoint, MakeMove
from impasse.domain.people import Actor, Role
from impasse.domain.substitution import Wish
from impasse.engine.outbox import EMAIL, Answer, DeliveryState, judge
from telling import LEASE, claim, deliveries, notifications, posts, settle_in, somebody, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.engine.outbox import Parcel

QUARTER = timedelta(minutes=15)


@pytest.fixture
def house(sqlite_url: str) -> Iterator[Running]:
    """A house with people, at nine in the morning of a Monday... in summer time at eleven."""
    with running(sqlite_url) as house:
        settle_in(house)
        yield house


def opened(house: Running, count: int = 1) -> list[str]:
    """Open cases, tell of them, and wait until their e-mail is due."""
    cases = house.open_cases(count)
    tell(house)
    house.clock.at += QUARTER
    return cases


def settled(house: Running, parcel: Parcel, answer: Answer) -> DeliveryState:
    """Let the mail server answer so."""
    outcome = judge(parcel, answer, house.clock(), lambda: 0.0)
    posts(house).settle(parcel, answer, outcome, house.clock())
    return outcome.state


def lines(parcel: Parcel | None) -> list[str]:
    """The cases that a parcel tells of."""
    assert parcel is not None
    return [line.subject for line in parcel.content.lines]  # type: ignore[union-attr]


def why_not(house: Running, who: str) -> list[str]:
    return [row.failure for row in deliveries(house, who) if row.state == "lapsed"]


def test_what_comes_together_is_one_mail(database_url: str) -> None:
    with running(database_url) as house:
        settle_in(house)
        (first,) = house.open_cases()
        tell(house)
        house.clock.goes_on(minutes=14)
        (second,) = house.open_cases()
        tell(house)
        assert posts(house).destinations(house.clock()) == []
        house.clock.goes_on(minutes=1)
        parcel = claim(house, "amsterdam")
        assert lines(parcel) == [first, second]
        assert claim(house, "amsterdam") is None
        assert parcel is not None
        assert settled(house, parcel, Answer(250, accepted=True)) is DeliveryState.SENT
        assert {row.state for row in deliveries(house, "amsterdam")} == {"sent"}


def test_a_mail_that_failed_goes_again_with_the_same_id_and_what_is_still_true(
    house: Running,
) -> None:
    first, second = opened(house, 2)
    parcel = claim(house, "amsterdam")
    assert parcel is not None
    assert settled(house, parcel, Answer(None, "down")) is DeliveryState.RETRYING
    close(house, first)
    (third,) = house.open_cases()
    tell(house)
    house.clock.goes_on(minutes=2)
    again = claim(house, "amsterdam")
    assert again is not None
    assert (again.id, again.attempts) == (parcel.id, 2)
    assert lines(again) == [second]
    house.clock.goes_on(minutes=20)
    # What came in between is a mail of its own.
    following = claim(house, "amsterdam")
    assert following is not None
    assert following.id == parcel.id  # nobody settled it: the lease ended
    assert settled(house, following, Answer(250, accepted=True)) is DeliveryState.SENT
    other = claim(house, "amsterdam")
    assert other is not None
    assert other.id != parcel.id
    assert lines(other) == [third]


def test_a_killed_sender_leaves_a_lease_and_the_same_mail_goes_again(house: Running) -> None:
    opened(house)
    parcel = claim(house, "amsterdam")
    assert claim(house, "amsterdam") is None
    house.clock.at += LEASE
    again = claim(house, "amsterdam")
    assert parcel is not None
    assert again is not None
    assert again.id == parcel.id
    assert again.deliveries == parcel.deliveries
    # The first one, waking up, settles nothing any more.
    settled(house, parcel, Answer(None, "too late"))
    assert {row.state for row in deliveries(house, "amsterdam")} == {"sending"}


def close(house: Running, case: str) -> None:
    house.engine.handle(MakeMove(case, "withdraw", note="Het is niet nodig."), SECRETARY)


def test_of_a_case_that_was_closed_nothing_asks_any_more(house: Running) -> None:
    (case,) = opened(house)
    close(house, case)
    assert claim(house, "amsterdam") is None
    (mail,) = deliveries(house, "amsterdam")
    assert mail.state == "lapsed"
    first, *_ = notifications(house, "amsterdam")
    assert first.lapsed_at is not None


def test_who_may_not_see_the_case_any_more_gets_nothing(house: Running) -> None:
    opened(house)
    moved = somebody("amsterdam", "gm0344", Role.LIAISON_OFFICER)
    change_person(house.database, moved)
    assert claim(house, "amsterdam") is None
    assert why_not(house, "amsterdam") == ["unseen_case"]
    actor = Actor("amsterdam", "gm0344", moved.roles, "web")
    assert Notifications(house.database).inbox(actor) == []


def test_who_was_disabled_gets_nothing(house: Running) -> None:
    opened(house)
    disable_person(house.database, "amsterdam", at=house.clock())
    assert claim(house, "amsterdam") is None
    assert why_not(house, "amsterdam") == ["disabled"]


def test_after_another_mediator_came_the_new_one_hears(house: Running) -> None:
    (case,) = opened(house)
    house.engine.handle(Appoint(case, "mediator", "ben"), SECRETARY)
    _ask_of(house, case, "mediator")
    tell(house)
    house.engine.handle(Appoint(case, "mediator", "mia"), SECRETARY)
    house.clock.at += QUARTER
    assert claim(house, "ben") is None
    assert why_not(house, "ben") == ["unseen_case"]
    house.clock.at += QUARTER
    assert lines(claim(house, "mia")) == [case]


def _ask_of(house: Running, case: str, role: str) -> None:
    """Put a message that asks something of a role into the outbox."""
    from builders import messages
    from impasse.adapters.sql.tables import OutboxRow

    values = dict(messages(house.database)[0]._mapping)
    values |= {"id": f"{case}-9-1", "notify": f'["{role}"]', "spread_at": None, "by": ""}
    with writing(house.database) as connection:
        connection.execute(insert(table(OutboxRow)).values(values))


def test_who_stands_in_hears_instead_also_when_the_absence_came_later(house: Running) -> None:
    house.engine.handle(an_opening(), SECRETARY)
    (case,) = {row.subject for row in _spread(house)}
    house.engine.handle(Appoint(case, "handler", "sam"), SECRETARY)
    _ask_of(house, case, "secretariat")
    tell(house)
    today = date(2026, 9, 7)
    absent = Wish("sam", "bea", today, today)
    record_absence(house.database, absent, by=None, at=house.clock())
    house.clock.at += QUARTER
    parcel = claim(house, "sam")
    # As one of the secretariat sam was told of the opening before; both are not his today.
    assert parcel is None
    assert "not_theirs" in why_not(house, "sam")
    house.clock.at += QUARTER
    instead = claim(house, "bea")
    assert case in lines(instead)
    assert {row.stands_for for row in notifications(house, "bea")} == {"sam"}


def _spread(house: Running) -> list[Any]:
    tell(house)
    return notifications(house)


def test_what_was_seen_is_not_mailed_as_well(house: Running) -> None:
    opened(house)
    actor = Actor("amsterdam", "gm0363", frozenset({Role.LIAISON_OFFICER}), "web")
    (line,) = Notifications(house.database).inbox(actor)
    Notifications(house.database).see(actor, line.id, house.clock())
    assert claim(house, "amsterdam") is None
    assert why_not(house, "amsterdam") == ["seen"]
    assert Notifications(house.database).one(actor, line.id).standing is DeliveryState.SEEN


def test_what_is_due_at_night_waits_until_the_morning_and_leaves_as_one(house: Running) -> None:
    first, second = opened(house, 2)
    house.clock.at = MONDAY.replace(hour=19)
    assert claim(house, "amsterdam") is None
    assert {row.state for row in deliveries(house, "amsterdam")} == {"held"}
    house.clock.at = MONDAY.replace(hour=6) + timedelta(days=1)
    assert lines(claim(house, "amsterdam")) == [first, second]


def test_an_address_that_refuses_holds_the_mail_until_it_is_mended(house: Running) -> None:
    opened(house)
    faults = table(AddressFaultRow)
    fault = {"address": "amsterdam@example.org", "since": house.clock(), "reason": "550 unknown"}
    with writing(house.database) as connection:
        connection.execute(insert(faults).values(**fault, told_at=None))
    assert claim(house, "amsterdam") is None
    (mail,) = deliveries(house, "amsterdam")
    assert (mail.state, mail.failure) == ("held", "this address refuses: 550 unknown")
    with writing(house.database) as connection:
        connection.execute(faults.delete())
    house.clock.at = MONDAY + timedelta(days=1)
    assert claim(house, "amsterdam") is not None


def test_an_address_that_keeps_refusing_makes_a_dead_letter(house: Running) -> None:
    opened(house)
    with writing(house.database) as connection:
        connection.execute(
            insert(table(AddressFaultRow)).values(
                address="amsterdam@example.org", since=MONDAY, reason="550 unknown", told_at=None
            )
        )
    house.clock.at = MONDAY + FAULT_ENDS + timedelta(days=1)
    assert claim(house, "amsterdam") is None
    assert [row.state for row in deliveries(house, "amsterdam")] == ["failed"]


def test_an_address_that_was_taken_away_is_a_failure_with_its_reason(house: Running) -> None:
    opened(house)
    known = person(house.database, "amsterdam")
    change_person(house.database, somebody("amsterdam", known.organisation, *known.roles, email=""))
    assert claim(house, "amsterdam") is None
    (mail,) = deliveries(house, "amsterdam")
    assert (mail.state, mail.failure) == ("failed", "this person has no e-mail address")


def test_a_mail_has_title_reason_and_link_and_says_why_and_what_if_nothing_is_done(
    house: Running,
) -> None:
    (case,) = opened(house)
    parcel = claim(house, "amsterdam")
    assert parcel is not None
    post = parcel.content
    (line,) = post.lines  # type: ignore[union-attr]
    assert line.title == "Wie betaalt brug 0?"
    assert line.path == f"/impasses/{case}"
    assert line.why.nl.startswith("U bent liaison")
    assert line.otherwise.nl
    assert post.thread == case  # type: ignore[union-attr]
    assert "afspraak niet nagekomen" not in repr(parcel)


def test_two_who_claim_at_once_do_not_both_get_it(postgresql_url: str) -> None:
    with running(postgresql_url) as house:
        settle_in(house)
        opened(house)
        first, second = posts(house), posts(house)
        with writing(house.database) as connection:
            connection.execute(
                update(table(DeliveryRow))
                .where(table(DeliveryRow).c.destination == "amsterdam")
                .values(attempts=0)
            )
            # The rows are locked: whoever comes meanwhile finds nothing, and does not wait.
            assert second.claim("amsterdam", house.clock(), LEASE) is None
        assert first.claim("amsterdam", house.clock(), LEASE) is not None


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_between_promise_and_departure_nobody_is_sent_what_he_may_not_see(
    sqlite_url: str, seed: int
) -> None:
    from random import Random

    from impasse.adapters.sql.surroundings import look_around

    chance = Random(seed)
    with running(sqlite_url) as house:
        settle_in(house)
        cases = opened(house, 3)
        keys = ["amsterdam", "lisa", "holland", "ben", "mia", "sam", "sara"]
        for _ in range(12):
            who, where = (
                chance.choice(keys),
                chance.choice(["gm0363", "pv27", "gm0344", "mnre1034"]),
            )
            act = chance.randrange(4)
            if act == 0:
                roles = chance.sample(
                    [Role.LIAISON_OFFICER, Role.MEDIATOR, Role.SECRETARIAT], chance.randrange(3)
                )
                change_person(house.database, somebody(who, where, *roles))
            elif act == 1:
                with writing(house.database) as connection:
                    connection.execute(
                        update(table(CaseRow))
                        .where(table(CaseRow).c.id == chance.choice(cases))
                        .values(mediator=chance.choice(["", "ben", "mia"]))
                    )
            elif act == 2:
                disable_person(house.database, who, at=house.clock())
            else:
                _ask_of_many(house, chance.choice(cases), _)
                tell(house)
            house.clock.at += QUARTER
            for key in keys:
                parcel = claim(house, key)
                if parcel is None:
                    continue
                with house.database.connect() as connection:
                    rows = [row for row in notifications(house) if row.subject]
                    around = look_around(connection, rows, house.clock())
                for subject in lines(parcel):
                    assert around.crowd.sees(key, around.cases[subject])


def _ask_of_many(house: Running, case: str, number: int) -> None:
    from builders import messages
    from impasse.adapters.sql.tables import OutboxRow

    values = dict(messages(house.database)[0]._mapping)
    roles = '["party","mediator","secretariat"]'
    values |= {"id": f"{case}-8-{number}", "subject": case, "notify": roles, "spread_at": None}
    with writing(house.database) as connection:
        connection.execute(insert(table(OutboxRow)).values(values))


def test_the_channel_says_nothing_about_other_channels(house: Running) -> None:
    opened(house)
    assert claim(house, "amsterdam", "chat") is None
    assert EMAIL in {row.channel for row in deliveries(house, "amsterdam")}


def test_what_is_handed_over_is_not_told_again_to_who_has_it_with_newer_words(
    house: Running,
) -> None:
    (case,) = opened(house)
    first = claim(house, "sam")
    assert first is not None
    assert settled(house, first, Answer(None, "no answer")) is DeliveryState.RETRYING
    # For sara, whose mail did not leave yet, the newer one is added to it.
    _ask_of(house, case, "secretariat")
    tell(house)
    before = len(notifications(house, "sara"))
    disable_person(house.database, "sam", at=house.clock())
    house.clock.at += timedelta(hours=1)
    while house.clock.at < MONDAY + timedelta(days=1):
        assert claim(house, "sam") is None
        house.clock.at += timedelta(hours=6)
    assert len(notifications(house, "sara")) == before
