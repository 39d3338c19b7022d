"""A certificate is a proof: what it calls dead never happens, and its witnesses can be walked.

Small procedures are made at random, and every one is played through by the real decisions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impasse.domain
from decisions import SECRETARY, ZANDMEER, Table, an_opening
from impasse.domain.case import Case, Purpose, Status
from impasse.domain.certificate import Certificate, Property
from impasse.domain.commands import Appoint, Confirm, FireTimer, MakeMove
from impasse.domain.decide import decide
from impasse.domain.errors import ImpasseError, Unreadable
from impasse.domain.guard_needs import NEEDS, Provision
from impasse.domain.guards import GUARDS
from impasse.domain.length import Length
from impasse.domain.machine import compile_workflow
from impasse.domain.messages import MESSAGES
from impasse.domain.people import CLOCK, Role
from impasse.domain.positions import explore
from impasse.domain.soundness import certify, problems
from impasse.domain.term_acts import Consent, Resume, SuspensionReason
from impasse.domain.terms import Basis, TermRule
from impasse.domain.text import Text, same
from impasse.domain.workflow import (
    BACK,
    ExtensionRule,
    Join,
    Rest,
    Rung,
    Stage,
    StageKind,
    StageTerm,
    SuspensionRule,
    TaskExpiry,
    TaskRule,
    Transition,
    Wait,
    Workflow,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.calendar import Calendar
    from impasse.domain.certificate import Path as Walk
    from impasse.domain.certificate import Position
    from impasse.domain.early_warning import Indicators

TERM = StageTerm(
    TermRule(Length.parse("2 weeks"), Basis.AGREEMENT),
    on_expiry=(Rung(Wait(0), None, (Role.PARTY,)),),
)
ASKED = ("settlement_confirmed_by_all", "settlement_text_recorded", "mediator_appointed")
"""A consent of each party, a consent for the case, and an appointment."""


def stage(name: str, kind: StageKind = StageKind.ACTIVE, *rungs: Rung) -> Stage:
    term = None if kind is StageKind.ENDING else replace(TERM, on_expiry=rungs or TERM.on_expiry)
    owner = Role.PARTY if kind is not StageKind.ENDING else None
    return Stage(name, same(name), same(name), kind, owner=owner, term=term)


def arrow(
    trigger: str, sources: str, target: str, *required: str, roles: str = "secretariat"
) -> Transition:
    return Transition(
        trigger,
        same(trigger),
        tuple(sources.split()),
        target,
        frozenset(map(Role, roles.split())),
        required,
    )


def workflow(stages: tuple[Stage, ...], *transitions: Transition) -> Workflow:
    return Workflow(
        "dispute",
        "1",
        same("dispute"),
        same("dispute"),
        stages[0].name,
        {one.name: one for one in stages},
        transitions,
        content_hash="c0ffee",
    )


TALKS, DONE, GONE = stage("talks"), stage("done", StageKind.ENDING), stage("gone", StageKind.ENDING)
REST = stage("rest", StageKind.PAUSE)
FINISH = arrow("finish", "talks", "done")


def told(of: Workflow) -> dict[tuple[str | int, ...], str]:
    return {problem.at: problem.text.en for problem in problems(of)}


def broken(of: Workflow) -> set[Property]:
    return {verdict.of for verdict in certify(of).verdicts if not verdict.holds}


def walked(path: Walk) -> str:
    """A path as one line: "talks -rest-> rest"."""
    return " ".join(f"{step.source} -{step.trigger}-> {step.target}" for step in path)


# What a certificate says.


def test_a_sound_procedure_gets_a_certificate_with_a_witness_for_every_move() -> None:
    pause, resume = arrow("pause", "talks", "rest"), arrow("resume", "rest", BACK)
    reopen = arrow("reopen", "done", "talks")
    certificate = certify(workflow((TALKS, REST, DONE), pause, resume, FINISH, reopen))
    assert certificate.sound
    assert certificate.content_hash == "c0ffee"
    assert certificate.states == 3
    reopened = certificate.path_that_fires("done", "reopen")
    assert reopened is not None
    assert walked(reopened) == "talks -finish-> done done -reopen-> talks"
    hardest = certificate.verdict(Property.OPTION_TO_COMPLETE)
    assert walked(hardest.witness) == "rest -resume-> talks talks -finish-> done"
    assert "3 positions" in hardest.sentence.en
    assert "in 2 steps at most" in hardest.sentence.en


def test_a_certificate_is_the_same_bytes_every_time_and_reads_back_as_it_was() -> None:
    certificate = certify(workflow((TALKS, DONE), FINISH))
    assert certify(workflow((TALKS, DONE), FINISH)).to_json() == certificate.to_json()
    assert Certificate.from_json(certificate.to_json()) == certificate
    assert (
        certificate.fingerprint
        != certify(workflow((TALKS, GONE), arrow("x", "talks", "gone"))).fingerprint
    )
    unsound = certify(workflow((TALKS, REST, DONE), FINISH))
    assert Certificate.from_json(unsound.to_json()) == unsound


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"format": 2}', '{"format": 1}', "null"])
def test_what_is_no_certificate_is_refused_in_words(written: str) -> None:
    with pytest.raises(Unreadable, match="damaged or of another version"):
        Certificate.from_json(written)


# Each kind of unsoundness, with where it shows.


def test_a_case_that_can_be_stuck_is_shown_with_the_way_into_the_trap() -> None:
    trap = workflow((TALKS, REST, DONE), FINISH, arrow("pause", "talks", "rest"))
    verdict = certify(trap).verdict(Property.OPTION_TO_COMPLETE)
    assert not verdict.holds
    assert walked(verdict.witness) == ""
    assert any(walked(p.witness) == "talks -pause-> rest" for p in verdict.problems)
    assert told(trap) == {
        ("stages", "rest"): "no ending can be reached from stage 'rest': add a transition"
    }


def test_a_reopening_that_asks_for_consent_nobody_can_give_any_more_is_never_met() -> None:
    reopen = arrow("reopen", "done", "talks", "settlement_confirmed_by_all")
    closed = workflow((TALKS, DONE), FINISH, reopen)
    assert broken(closed) == {Property.GUARDS_CAN_BE_MET, Property.NO_DEAD_TRANSITION}
    [(at, why)] = told(closed).items()
    assert at == ("transitions", 1, "guards", "required", 0)
    assert "can never be met for 'reopen' from 'done'" in why
    assert (
        walked(certify(closed).verdict(Property.GUARDS_CAN_BE_MET).witness)
        == "talks -finish-> done"
    )


def test_a_reopening_in_another_stage_than_the_last_may_ask_for_consent() -> None:
    reopen = arrow("reopen", "done", "talks", "settlement_confirmed_by_all")
    further = workflow(
        (TALKS, REST, DONE), arrow("rest", "talks", "rest"), arrow("finish", "rest", "done"), reopen
    )
    assert told(further) == {}


def test_an_appointment_outlives_the_case_and_may_be_asked_at_reopening() -> None:
    reopen = arrow("reopen", "done", "talks", "mediator_appointed")
    assert told(workflow((TALKS, DONE), FINISH, reopen)) == {}


def test_an_advised_condition_that_is_never_met_is_told_but_its_move_is_not_dead() -> None:
    reopen = replace(arrow("reopen", "done", "talks"), advised=("settlement_text_recorded",))
    advised = workflow((TALKS, DONE), FINISH, reopen)
    assert broken(advised) == {Property.GUARDS_CAN_BE_MET}
    assert certify(advised).path_that_fires("done", "reopen") is not None


def test_a_stage_behind_a_dead_move_is_never_reached() -> None:
    reopen = arrow("reopen", "done", "talks", "settlement_confirmed_by_all")
    lost = arrow("deeper", "done", "rest", "mediator_appointed", roles="clock")
    hidden = workflow((TALKS, REST, DONE), FINISH, reopen, lost, arrow("out", "rest", "done"))
    assert Property.NO_DEAD_TRANSITION in broken(hidden)
    assert "no case ever comes to stage 'rest'" in told(hidden)["stages", "rest"]


def test_an_ending_that_leads_to_an_ending_is_no_ending() -> None:
    linked = workflow((TALKS, DONE, GONE), FINISH, arrow("archive", "done", "gone"))
    assert Property.PROPER_COMPLETION in broken(linked)
    assert "from ending 'done' to ending 'gone'" in told(linked)["transitions", 1, "from", 0]


def test_an_ending_with_a_term_or_a_task_is_no_ending() -> None:
    assert broken(workflow((TALKS, replace(DONE, term=TERM)), FINISH)) == {
        Property.PROPER_COMPLETION
    }


def test_a_stage_without_a_term_or_an_owner_waits_for_ever() -> None:
    assert broken(workflow((replace(TALKS, term=None), DONE), FINISH)) == {Property.NO_ENDLESS_WAIT}
    assert broken(workflow((replace(TALKS, owner=None), DONE), FINISH)) == {
        Property.NO_ENDLESS_WAIT
    }
    assert (
        "administrator"
        in told(workflow((replace(TALKS, owner=Role.ADMINISTRATOR), DONE), FINISH))[
            "stages", "talks", "owner"
        ]
    )


def test_a_term_beyond_every_calendar_would_never_begin() -> None:
    ages = replace(TERM, rule=TermRule(Length.parse("51 years"), Basis.AGREEMENT))
    late = replace(TERM, on_expiry=(Rung(Wait(13_051), None, (Role.PARTY,)),))
    assert (
        "fifty years"
        in told(workflow((replace(TALKS, term=ages), DONE), FINISH))[
            "stages", "talks", "term", "length"
        ]
    )
    assert (
        "fifty years"
        in told(workflow((replace(TALKS, term=late), DONE), FINISH))[
            "stages", "talks", "term", "on_expiry", 0, "after"
        ]
    )


def test_the_clock_can_neither_open_nor_enter_a_stage_whose_last_day_is_agreed() -> None:
    agreed = replace(REST, term=replace(TERM, agreed=True))
    nudged = stage("talks", StageKind.ACTIVE, Rung(Wait(0), trigger="pause"))
    pause = arrow("pause", "talks", "rest", roles="secretariat clock")
    moved = workflow((nudged, agreed, DONE), FINISH, pause, arrow("resume", "rest", BACK))
    assert (
        "the clock cannot do 'pause'"
        in told(moved)["stages", "talks", "term", "on_expiry", 0, "trigger"]
    )
    by_clock = replace(pause, roles=frozenset({Role.CLOCK}))
    assert Property.NO_DEAD_TRANSITION in broken(
        workflow((nudged, agreed, DONE), FINISH, by_clock, arrow("resume", "rest", BACK))
    )
    first = workflow((replace(TALKS, term=replace(TERM, agreed=True)), DONE), FINISH)
    assert "opening a case asks for none" in told(first)[("initial",)]
    assert Property.OPTION_TO_COMPLETE in broken(first)


def test_the_clock_that_goes_round_is_shown_with_its_circle() -> None:
    first = stage("talks", StageKind.ACTIVE, Rung(Wait(0), trigger="pause"))
    second = stage("rest", StageKind.PAUSE, Rung(Wait(0), trigger="resume"))
    pause = arrow("pause", "talks", "rest", roles="clock")
    circle = workflow(
        (first, second, DONE), FINISH, pause, arrow("resume", "rest", BACK, roles="clock")
    )
    verdict = certify(circle).verdict(Property.CLOCK_DOES_NOT_CIRCLE)
    assert walked(verdict.witness) == "talks -pause-> rest rest -resume-> talks"
    consented = replace(pause, required=("standstill_agreed_by_all",))
    asked = workflow(
        (first, second, DONE), FINISH, consented, arrow("resume", "rest", BACK, roles="clock")
    )
    assert Property.CLOCK_DOES_NOT_CIRCLE not in broken(asked)


def test_the_clock_cannot_return_a_case_that_came_from_nowhere() -> None:
    first = stage("talks", StageKind.ACTIVE, Rung(Wait(0), trigger="return"))
    facts = stage("facts")
    returns = arrow("return", "talks", BACK, roles="clock secretariat")
    moves = FINISH, arrow("look", "talks", "facts"), arrow("talk", "facts", "talks"), returns
    lost = workflow((first, facts, DONE), *moves)
    assert broken(lost) == {Property.NO_ENDLESS_WAIT}
    assert "a case that begins there cannot return" in told(lost)["transitions", 3, "to"]
    # People see that it cannot be done and choose another move; and elsewhere it can be done.
    assert told(workflow((TALKS, facts, DONE), *moves)) == {}
    elsewhere = workflow((stage("start"), first, DONE), arrow("go", "start", "talks"), *moves[::3])
    assert told(elsewhere) == {}


def test_blank_words_in_one_language_are_a_missing_translation() -> None:
    half = replace(FINISH, label=Text("Rond af", "  "))
    assert broken(workflow((TALKS, DONE), half)) == {Property.BOTH_LANGUAGES}
    assert "English is missing" in told(workflow((TALKS, DONE), half))["transitions", 0, "label"]


def test_a_message_to_the_clock_reaches_nobody() -> None:
    deaf = stage("talks", StageKind.ACTIVE, Rung(Wait(0), None, (Role.CLOCK,)))
    assert broken(workflow((deaf, DONE), FINISH)) == {Property.ROLES_AND_MESSAGES}


def working(*rules: TaskRule, when_done: str | None = None) -> Stage:
    return replace(TALKS, tasks={rule.name: rule for rule in rules}, when_done=when_done)


def task(name: str, **changes: object) -> TaskRule:
    rule = TaskRule(name, same(name), each_party=False, role=Role.PARTY)
    return replace(rule, **changes)  # type: ignore[arg-type]


def asking(*names: str) -> Transition:
    return replace(arrow("go_on", "talks", "done"), tasks=names)


def test_a_way_out_that_hangs_on_tasks_alone_can_be_lost() -> None:
    hanging = workflow((working(task("view")), DONE), asking("view"))
    assert broken(hanging) == {Property.OPTION_TO_COMPLETE}
    assert "every way asks for tasks" in told(hanging)["stages", "talks"]
    assert told(workflow((working(task("view")), DONE), asking("view"), FINISH)) == {}
    by_clock = arrow("finish", "talks", "done", roles="clock")
    done = workflow((working(task("view"), when_done="finish"), DONE), asking("view"), by_clock)
    assert told(done) == {}


def test_a_way_out_that_the_clock_tries_once_can_be_lost() -> None:
    nudged = stage("talks", StageKind.ACTIVE, Rung(Wait(0), trigger="finish"))
    held = arrow("finish", "talks", "done", "settlement_text_recorded", roles="clock")
    assert broken(workflow((nudged, DONE), held)) == {Property.OPTION_TO_COMPLETE}
    assert told(workflow((nudged, DONE), replace(held, required=()))) == {}


def test_a_rung_may_come_after_one_whose_move_can_be_held_up() -> None:
    ladder = Rung(Wait(0), trigger="finish"), Rung(Wait(5), trigger="give_up")
    moves = (
        arrow("finish", "talks", "done", "settlement_text_recorded", roles="clock"),
        arrow("give_up", "talks", "gone", roles="clock"),
    )
    assert told(workflow((stage("talks", StageKind.ACTIVE, *ladder), DONE, GONE), *moves)) == {}
    nothing_asked = replace(moves[0], required=()), moves[1]
    at = ("stages", "talks", "term", "on_expiry", 1)
    late = workflow((stage("talks", StageKind.ACTIVE, *ladder), DONE, GONE), *nothing_asked)
    assert "never gets its turn" in told(late)[at]


def test_a_move_that_asks_for_a_task_which_its_stage_does_not_have_is_dead() -> None:
    astray = workflow((working(task("view")), DONE), asking("facts"), FINISH)
    assert broken(astray) == {Property.GUARDS_CAN_BE_MET, Property.NO_DEAD_TRANSITION}
    assert (
        "has no task 'facts'; choose one of: view"
        in told(astray)["transitions", 0, "guards", "tasks", 0]
    )


def test_a_move_cannot_wait_for_what_nobody_waits_for() -> None:
    free = workflow((working(task("view", join=Join.NONE)), DONE), asking("view"), FINISH)
    assert "nobody waits for task 'view'" in told(free)["transitions", 0, "guards", "tasks", 0]


@pytest.mark.parametrize(
    ("rules", "at", "why"),
    [
        ([task("a", after=("b",)), task("b", after=("a",))], ("a", "after"), "never begins"),
        ([task("a", after=("a",))], ("a", "after"), "never begins"),
        ([task("a", after=("x",))], ("a", "after", 0), "has no task 'x'"),
        ([task("a"), task("b", after_any=("a:yes",))], ("b", "after_any", 0), "outcome 'yes'"),
        ([task("a", join=Join.AT_LEAST, at_least=3, count=2)], ("a", "join"), "never more than 2"),
        ([task("a", cancels=("x",))], ("a", "cancels", 0), "has no task 'x'"),
        ([task("a", cancels=("a",))], ("a", "cancels", 0), "cannot cancel itself"),
        ([task("a", cancels=("b",)), task("b", after=("a",))], ("b", "after"), "falls away first"),
        ([task("a", length=Length.parse("2 weeks"))], ("a", "term"), "counts in working days"),
        ([task("a", on_expiry=TaskExpiry.COMPLETE)], ("a", "on_expiry"), "without a term"),
        ([task("a", join=Join.NONE, rest=Rest.WITHDRAW)], ("a", "rest"), "nobody waits"),
        ([task("a", role=Role.ADMINISTRATOR)], ("a", "for"), "does no tasks"),
        ([task("a", each_party=True, count=2)], ("a", "count"), "one task for each party"),
    ],
)
def test_tasks_that_cannot_be_done_are_told_at_their_place(
    rules: list[TaskRule], at: tuple[str | int, ...], why: str
) -> None:
    found = told(workflow((working(*rules), DONE), FINISH))
    assert why in found["stages", "talks", "tasks", *at]


def test_answers_that_exclude_each_other_are_never_both_waited_out() -> None:
    question = task("question", outcomes={"yes": same("yes"), "no": same("no")})
    both = (task("if_yes", after=("question:yes",)), task("if_no", after=("question:no",)))
    dead = workflow((working(question, *both), DONE), asking("if_yes", "if_no"), FINISH)
    assert broken(dead) == {Property.NO_DEAD_TRANSITION}
    assert "never all come to be done" in told(dead)["transitions", 0, "guards", "tasks"]
    for several in (replace(question, rounds=2), replace(question, each_party=True)):
        alive = workflow((working(several, *both), DONE), asking("if_yes", "if_no"), FINISH)
        assert told(alive) == {}


def test_work_that_is_done_moves_a_case_that_may_be_moved() -> None:
    nothing = workflow((replace(TALKS, when_done="finish"), DONE), FINISH)
    assert "has no tasks" in told(nothing)["stages", "talks", "when_done"]
    forbidden = workflow((working(task("view"), when_done="finish"), DONE), FINISH)
    assert "the clock may not do" in told(forbidden)["stages", "talks", "when_done"]
    nowhere = workflow((working(task("view"), when_done="fly"), DONE), FINISH)
    assert "leads nowhere" in told(nowhere)["stages", "talks", "when_done"]


def test_tasks_that_the_clock_completes_can_send_a_case_round_too() -> None:
    timed = task("view", length=Length.parse("5 working days"), on_expiry=TaskExpiry.COMPLETE)
    again = arrow("again", "talks", "talks", roles="clock")
    circle = workflow((working(timed, when_done="again"), DONE), FINISH, again)
    assert broken(circle) == {Property.CLOCK_DOES_NOT_CIRCLE}
    assert ("stages", "talks", "when_done") in told(circle)
    by_hand = workflow((working(task("view"), when_done="again"), DONE), FINISH, again)
    assert told(by_hand) == {}


def test_an_ending_has_no_tasks() -> None:
    busy = replace(DONE, tasks={"view": task("view")}, when_done="reopen")
    found = told(workflow((TALKS, busy), FINISH))
    assert "an ending has no tasks" in found["stages", "done", "tasks"]
    assert "an ending has no tasks" in found["stages", "done", "when_done"]


def test_a_suspension_or_extension_that_nobody_can_grant_is_told() -> None:
    longest, nobody = Length.parse("60 years"), frozenset({Role.LIAISON_OFFICER})
    suspension = SuspensionRule(
        Resume.KEEP_REMAINDER, longest, 3, tuple(SuspensionReason), Consent.ALL, nobody
    )
    extension = ExtensionRule(Length.parse("2 weeks"), 1, Consent.WAITED_FOR, nobody)
    term = replace(TERM, suspension=suspension, extension=extension)
    found = told(workflow((replace(TALKS, term=term), DONE), FINISH))
    at = ("stages", "talks", "term")
    assert "none of these roles" in found[*at, "suspension", "roles"]
    assert "fifty years" in found[*at, "suspension", "longest"]
    assert "none of these roles" in found[*at, "extension", "roles"]
    assert "nobody is waited for" in found[*at, "extension", "consent"]


def test_what_reaches_too_far_together_is_told_though_no_part_does() -> None:
    longest, once = Length.parse("20 years"), frozenset({Role.SECRETARIAT})
    suspension = SuspensionRule(
        Resume.KEEP_REMAINDER, longest, 1, tuple(SuspensionReason), Consent.ALL, once
    )
    rule = replace(TERM.rule, length=Length.parse("20 years"))
    term = replace(TERM, rule=rule, suspension=suspension)
    at = ("stages", "talks", "term")
    assert told(workflow((replace(TALKS, term=term), DONE), FINISH)) == {}
    anew = replace(term, suspension=replace(suspension, resume=Resume.RESTART))
    found = told(workflow((replace(TALKS, term=anew), DONE), FINISH))
    assert "further than fifty years" in found[*at, "suspension", "longest"]
    longer = replace(term, extension=ExtensionRule(longest, 1, Consent.ALL, once))
    found = told(workflow((replace(TALKS, term=longer), DONE), FINISH))
    assert "further than fifty years" in found[*at, "extension", "longest"]


def test_names_that_do_not_exist_leave_the_walk_unproven() -> None:
    typo = workflow((TALKS, DONE), FINISH, arrow("go", "talks", "dnoe"))
    certificate = certify(typo)
    assert certificate.states == 0
    assert "not proven" in certificate.verdict(Property.OPTION_TO_COMPLETE).problems[0].text.en
    assert list(told(typo)) == [("transitions", 1, "to")]


def test_a_procedure_with_too_many_positions_gets_no_certificate() -> None:
    endings = [stage(f"end_{n}", StageKind.ENDING) for n in range(12)]
    arrows = [
        arrow(f"go_{a.name}_{b.name}", a.name, b.name, "settlement_text_recorded")
        for a in (TALKS, *endings)
        for b in endings
        if a is not b
    ]
    space = explore(workflow((TALKS, *endings), *arrows), most=1_000)
    assert not space.whole


# What the proof rests on.


def test_the_need_of_every_condition_is_declared() -> None:
    assert set(NEEDS) == set(GUARDS)
    for need in NEEDS.values():
        assert need.given_by
        assert (need.kind is not None) == (need.provision is Provision.CONFIRMATION)
        assert bool(need.office) == (need.provision is Provision.APPOINTMENT)


@pytest.mark.parametrize("guard", sorted(GUARDS))
def test_every_condition_is_met_by_what_is_declared_and_stays_met_by_more(
    guard: str, opened: Table
) -> None:
    assert opened.case is not None
    case = opened.case
    if NEEDS[guard].provision is not Provision.PARTIES:
        assert GUARDS[guard](case) is not None
    for needed in (guard, *GUARDS):
        case = provided(case, needed, opened)
        assert GUARDS[guard](case) is None


def test_every_message_that_is_sent_has_words_in_both_languages() -> None:
    source = Path(impasse.domain.__file__).parent
    sent = {
        written
        for file in source.glob("*.py")
        for written in re.findall(r'Message\(\s*"([a-z-]+)"', file.read_text("utf-8"))
    }
    assert len(sent) > 10
    assert sent <= set(MESSAGES)
    for text in MESSAGES.values():
        assert text.nl.strip()
        assert text.en.strip()


# The certificate against the real decisions.


def provided(case: Case, guard: str, table: Table) -> Case:
    """The case after everybody gave what *guard* needs, by real commands."""
    need = NEEDS[guard]
    if need.provision is Provision.APPOINTMENT:
        return decided(case, Appoint(case.id, need.office, "mediator"), SECRETARY, table)
    if need.kind is None:
        return case
    organisations = [p.organisation for p in case.parties] if need.kind.per_party else [""]
    for organisation in organisations:
        confirm = Confirm(case.id, need.kind, organisation, "brief")
        case = decided(case, confirm, SECRETARY, table)
    return case


def decided(case: Case, command: object, actor: object, table: Table) -> Case:
    after = decide(case, command, table.given(actor)).case  # type: ignore[arg-type]
    assert after is not None
    return after


ACTORS = {
    Role.SECRETARIAT: SECRETARY,
    Role.PARTY: ZANDMEER,
    Role.LIAISON_OFFICER: ZANDMEER,
}


@dataclass
class Play:
    """All that can really happen to a case of one procedure."""

    table: Table

    @property
    def of(self) -> Workflow:
        return self.table.procedure.workflow

    def start(self) -> Case:
        return self.table.open(an_opening())

    def everything_given(self, case: Case) -> Case:
        if case.status is Status.CLOSED:
            return case
        for guard in ASKED:
            case = provided(case, guard, self.table)
        return case

    def by_people(self, case: Case, trigger: str) -> Case | None:
        """The case after somebody made the move, if anybody can."""
        until = self.table.given(SECRETARY).today + timedelta(days=1)
        for role in sorted(self.of.moves[case.stage][trigger].roles - {Role.CLOCK}):
            try:
                move = MakeMove(case.id, trigger, "reden", until)
                return decided(case, move, ACTORS[role], self.table)
            except ImpasseError:
                continue
        return None

    def by_the_clock(self, case: Case) -> Iterator[tuple[str, Case]]:
        """What the rungs of the stage do, one after the other, while the case stays."""
        term = self.of.stages[case.stage].term
        entry = case.stage_entry
        for index, rung in enumerate(term.on_expiry if term and case.term else ()):
            assert case.term is not None
            fire = FireTimer(
                case.id, 1, Purpose.RUNG, index, entry, case.term.ends_at, case.term.plan
            )
            try:
                after = decided(case, fire, CLOCK, self.table)
            except ImpasseError:
                continue
            if after.stage_entry != entry:
                assert rung.trigger is not None
                yield rung.trigger, after
                return
            case = after

    def moves(self, case: Case) -> Iterator[tuple[str, Case]]:
        for trigger in self.of.moves[case.stage]:
            after = self.by_people(case, trigger)
            if after is not None:
                yield trigger, after
        yield from self.by_the_clock(case)

    def tells_apart(self, case: Case) -> object:
        """All that the real conditions can see of a case."""
        lacking = tuple(
            tuple(GUARDS[guard](case.before_entering(name)) is None for guard in ASKED)
            for name in (*self.of.stages, BACK)
        )
        return case.stage, case.came_from, case.status, lacking

    def everything(self) -> set[tuple[str, str]]:
        """Every (stage, trigger) that really happens, tried in every way."""
        fired, seen = set(), set()
        waiting = [self.start()]
        while waiting:
            found = waiting.pop()
            for case in (found, self.everything_given(found)):
                key = self.tells_apart(case)
                if key in seen:
                    continue
                seen.add(key)
                for trigger, after in self.moves(case):
                    fired.add((case.stage, trigger))
                    waiting.append(after)
        return fired

    def asked_until_open_again(self, path: Walk) -> Iterator[str]:
        """What the next step asks, and those after it as long as the case is closed."""
        for place, step in enumerate(path):
            if place and self.of.stages[step.source].kind is not StageKind.ENDING:
                return
            yield from self.of.moves[step.source][step.trigger].required

    def follow(self, path: Walk, case: Case) -> Case:
        """Walk a witness, giving what each step needs when it is needed."""
        for place, step in enumerate(path):
            assert case.stage == step.source
            if case.status is not Status.CLOSED:
                for guard in self.asked_until_open_again(path[place:]):
                    case = provided(case, guard, self.table)
            after = self.by_people(case, step.trigger)
            if after is None:
                after = dict(self.by_the_clock(case)).get(step.trigger)
            assert after is not None, f"{step} cannot be made"
            assert after.stage == step.target
            case = after
        return case


NAMES = ("talks", "facts", "rest", "done", "gone")
KINDS = (StageKind.ACTIVE, StageKind.ACTIVE, StageKind.PAUSE, StageKind.ENDING, StageKind.ENDING)


@st.composite
def procedures(draw: st.DrawFn) -> Workflow:
    """Small procedures, most of them unsound in one way or another."""
    count = draw(st.integers(2, 7))
    moves = [
        Transition(
            f"t{number}",
            same(f"t{number}"),
            tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))),
            draw(st.sampled_from((*NAMES, BACK))),
            frozenset(
                draw(
                    st.sampled_from(
                        [
                            {Role.SECRETARIAT},
                            {Role.PARTY, Role.CLOCK},
                            {Role.CLOCK},
                            {Role.LIAISON_OFFICER},
                        ]
                    )
                )
            ),
            tuple(draw(st.lists(st.sampled_from(ASKED), max_size=2, unique=True))),
        )
        for number in range(count)
    ]
    stages = []
    for name, kind in zip(NAMES, KINDS, strict=True):
        rung = draw(st.sampled_from([None, *(move.trigger for move in moves)]))
        made = stage(
            name, kind, Rung(Wait(0), trigger=rung) if rung else Rung(Wait(0), None, (Role.PARTY,))
        )
        if name == "rest" and made.term is not None and draw(st.booleans()):
            made = replace(made, term=replace(made.term, agreed=True))
        stages.append(made)
    # A rung that makes a move which does not leave its stage is refused by every loader.
    known = {(source, move.trigger) for move in moves for source in move.sources}
    clocked = {move.trigger for move in moves if Role.CLOCK in move.roles}
    stages = [
        one
        if one.term is None
        or one.term.on_expiry[0].trigger is None
        or (
            (one.name, one.term.on_expiry[0].trigger) in known
            and one.term.on_expiry[0].trigger in clocked
        )
        else replace(one, term=replace(one.term, on_expiry=TERM.on_expiry))
        for one in stages
    ]
    return workflow(tuple(stages), *moves)


@given(of=procedures())
@settings(max_examples=40, deadline=None)
def test_what_is_called_dead_never_happens_and_what_is_called_alive_can_be_walked(
    of: Workflow, calendar: Calendar, indicators: Indicators
) -> None:
    certificate = certify(of)
    play = Play(Table(calendar, indicators, compile_workflow(of)))
    alive = {(firing.source, firing.trigger) for firing in certificate.firings}
    assert play.everything() == alive
    for source, trigger in sorted(alive):
        path = certificate.path_that_fires(source, trigger)
        assert path is not None
        play.follow(path, play.start())
    for number, position in enumerate(certificate.positions):
        stands = play.follow(certificate.path_to(number), play.start())
        ends = play.follow(certificate.way_out(number), stands)
        assert reaches_an_end(position) == (ends.status is Status.CLOSED)


def reaches_an_end(position: Position) -> bool:
    return position.ended or position.out_to is not None


@given(of=procedures())
@settings(max_examples=50, deadline=None)
def test_a_procedure_is_sound_exactly_when_no_problem_is_found(of: Workflow) -> None:
    assert certify(of).sound == (not list(problems(of)))
