"""A policy file is read whole, and its author hears everything that is wrong at once."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.early_warning import load_indicators
from impasse.adapters.files.escalation import (
    PolicyProblems,
    check_policy,
    json_schema,
    load_policy,
    parse_policy,
    read_adopted_policy,
)
from impasse.adapters.files.shipped import shipped
from impasse.domain.errors import Unreadable
from impasse.domain.escalation_policy import (
    Answering,
    GroupTarget,
    MeetingTarget,
    RankTarget,
    RoleTarget,
    RotaTarget,
    Side,
)
from impasse.domain.length import Length
from impasse.domain.people import Rank, Role
from impasse.domain.policy_problems import Known
from impasse.domain.policy_snapshot import as_json, from_json
from impasse.domain.policy_told import ladder

if TYPE_CHECKING:
    from impasse.adapters.files.located import Located

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "escalation-policy-file.md"
SHIPPED = sorted(shipped("config", "escalation").glob("*.yaml"))
BEGIN = datetime(2026, 3, 27, 16, 0, tzinfo=UTC)
CALENDAR = load_calendar(shipped("config", "calendar.yaml"))
INDICATORS = {
    one.code for one in load_indicators(shipped("config", "early-warning.yaml"))[0].indicators
}

SMALL = """\
format: 1
name: proef
version: "1"
title: {nl: Proef, en: Trial}
starts_on: [case-opened]
ends_when: stage_left
fallback: secretariaat
hours: {begin: "08:00", end: "18:00"}
acknowledge: {at_most: 10 working days}
snooze: {at_most: 10 working days, times: 3, within_days: 30}
levels:
  - name: eerst
    label: {nl: Eerst, en: First}
    to: [{role: liaison_officer, at: all_sides}]
    answer: any
    reminder: 1 working day
  - name: daarna
    label: {nl: Daarna, en: Next}
    after: 2 working days
    to: [{rank: head, at: all_sides}]
    answer: all_sides
    message: {nl: Er is nog geen antwoord., en: There is no answer yet.}
  - name: overleg
    label: {nl: Overleg, en: Meeting}
    after: 5 working days
    to: [{meeting: overhedenoverleg}]
trip:
  - {signals: [E3], from: daarna, reason: {nl: Een stap., en: A step.}}
"""


def problems_of(content: str, known: Known | None = None) -> tuple[Located, ...]:
    try:
        check_policy(content, "x", known or Known())
    except PolicyProblems as problems:
        return problems.problems
    return ()


def told(content: str, known: Known | None = None) -> list[str]:
    """Return what the author of *content* hears, as `line: sentence`."""
    return [f"{one.line}: {one.text.en}" for one in problems_of(content, known)]


def warned(content: str, known: Known | None = None) -> list[str]:
    found = check_policy(content, "x", known or Known())
    return [f"{one.line}: {one.text.en}" for one in found.warnings]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_policy_is_sound_and_gives_nothing_to_think_about(path: Path) -> None:
    known = Known(indicators=INDICATORS, rotas={"secretariaat"}, groups={"bemiddelaars"})
    checked = check_policy(path.read_text("utf-8"), path.name, known)
    assert checked.policy.name == path.stem
    assert checked.warnings == ()


def test_the_policy_for_a_new_signal_is_the_table_that_was_agreed() -> None:
    policy = load_policy(shipped("config", "escalation", "nieuw-signaal.yaml"))
    liaisons, heads = RoleTarget(Role.LIAISON_OFFICER), RankTarget(Rank.HEAD)
    days = [None if level.after is None else level.after.text.en for level in policy.levels]
    assert days == [
        None,
        "2 working days",
        "5 working days",
        "10 working days",
        "15 working days",
        "20 working days",
    ]
    assert [(level.targets, level.answering) for level in policy.levels] == [
        ((liaisons,), Answering.ANY),
        ((liaisons,), Answering.ALL_SIDES),
        ((RotaTarget("secretariaat"),), Answering.ANY),
        ((heads,), Answering.ALL_SIDES),
        ((GroupTarget("bemiddelaars"),), Answering.NONE),
        ((MeetingTarget(),), Answering.NONE),
    ]
    assert [trip.level for trip in policy.trips] == [2, 2]
    assert policy.trips[0].signals == {"E3"}
    assert policy.trips[1].statutory_within == Length.parse("10 days")


def test_a_small_policy_is_sound() -> None:
    assert told(SMALL) == warned(SMALL) == []
    policy = parse_policy(SMALL, "x")
    assert policy.levels[1].targets == (RankTarget(Rank.HEAD, Side.ALL_SIDES),)
    assert policy.trips[0].level == 1


@pytest.mark.parametrize(
    ("good", "bad", "line", "remedy"),
    [
        ("format: 1", "format: 2", 1, "write 'format: 1'"),
        ("name: proef", "naam: proef", 1, "'name' is missing"),
        ('"1"', "1", 3, "write the value between quotation marks"),
        ("en: Trial", "en: ''", 4, "'en' is empty"),
        ("case-opened", "case-openend", 5, "type of message 'case-openend' is not known"),
        ("case-opened", "case-closed", 5, "every escalation ends; remove it"),
        ("case-opened", "duty-gap", 5, "is about no case"),
        ("case-opened", "escalation-undelivered", 5, "never starts itself again"),
        ("case-opened", "case-opened, case-opened", 5, "already stands in this list"),
        ("stage_left", "term_settled", 6, "needs a term"),
        ("stage_left", "sometime", 6, "choose one of: case_closed, stage_left, term_settled"),
        ("fallback: secretariaat", "fallback: ''", 7, "is no name"),
        ('end: "18:00"', "end: 18", 8, 'write it as "08:00"'),
        ('end: "18:00"', 'end: "08:30"', 8, "at least an hour"),
        ("acknowledge: {at_most: 10", "acknowledge: {at_most: 11", 9, "it is forgotten"),
        ("acknowledge: {at_most: 10 working", "acknowledge: {at_most: 2", 9, "end of a working"),
        ("snooze: {at_most: 10", "snooze: {at_most: 21", 10, "choose less"),
        ("times: 3", "times: 4", 10, "a whole number from 0 to 3"),
        ("within_days: 30", "within_days: 7", 10, "a whole number from 30 to 365"),
        ("name: daarna", "name: eerst", 17, "level 1 is called 'eerst' too"),
        ("role: liaison_officer", "roll: liaison_officer", 14, "do you mean 'role'?"),
        ("liaison_officer", "party", 14, "write 'liaison_officer'"),
        ("liaison_officer", "supervisor", 14, "kept out of every case"),
        ("liaison_officer", "clock", 14, "the clock reads no messages"),
        ("liaison_officer", "boss", 14, "choose one of: liaison_officer, mediator, secretariat"),
        ("role: liaison_officer, at", "rota: a, at", 14, "'rota' belongs to no side"),
        ("liaison_officer, at: all_sides", "liaison_officer, rota: a", 14, "exactly one of"),
        ("to: [{role: liaison_officer, at: all_sides}]", "to: []", 14, "name at least one"),
        ("answer: any", "answer: everybody", 15, "choose one of: any, all_sides, none"),
        ("reminder: 1 working day", "reminder: 2 working days", 16, "is there already"),
        ("answer: any", "answer: none", 16, "nothing to remind of"),
        ("after: 2 working days", "after: 2 weeks", 19, "counts weekends and holidays too"),
        ("after: 2 working days", "after: 0 working days", 19, "only the first level can come"),
        ("after: 2 working days", "after: 5 working days", 25, "no later than the level before"),
        ("after: 5 working days", "after: 251 working days", 25, "at the most; choose less"),
        ("rank: head", "rank: boss", 20, "officer, head, director, executive"),
        ("head, at: all_sides", "head, at: other_sides", 20, "done in pairs"),
        ("{rank: head, at: all_sides}", "{rota: a}", 21, "does not reach all parties"),
        ("{rank: head, at: all_sides}", "{webhook: wh_1}", 21, "a webhook can take nothing up"),
        ("nl: Er is nog geen antwoord.", 'nl: "a\\nb"', 22, "on one line"),
        ("nl: Er is nog geen antwoord.", f"nl: {'a' * 301}", 22, "shorten it"),
        ("nl: Er is nog geen antwoord.", 'nl: "Zaak {case}"', 22, "is not filled in"),
        ("to: [{meeting: overhedenoverleg}]", "to: [{meeting: x}, {rota: a}]", 26, "stands alone"),
        (
            "[{meeting: overhedenoverleg}]",
            "[{meeting: x}]\n    urgent: true",
            27,
            "gets no message",
        ),
        (
            "[{meeting: overhedenoverleg}]",
            "[{meeting: x}]\n    answer: any",
            27,
            "secretariat decides",
        ),
        ("signals: [E3]", "signals: []", 28, "when this applies"),
        ("signals: [E3]", "statutory_within: 2 working days", 28, "in calendar days"),
        ("signals: [E3]", "statutory_within: 366 days", 28, "choose less"),
        ("signals: [E3]", "signals: [e3]", 28, "for example E3"),
        ("from: daarna", "from: nergens", 28, "there is no level 'nergens'"),
        ("from: daarna", "from: eerst", 28, "starts at the first level anyway"),
        ("trip:", "repeat: {from: overleg, every: 1 working day}\ntrip:", 27, "nothing to repeat"),
        (
            "trip:",
            "repeat: {from: weg, every: 1 working day}\ntrip:",
            27,
            "there is no level 'weg'",
        ),
        ("trip:", "repeat: {from: eerst, times: 6, every: 2 hours}\ntrip:", 27, "from 1 to 5"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_remedy(
    good: str, bad: str, line: int, remedy: str
) -> None:
    assert good in SMALL
    found = told(SMALL.replace(good, bad, 1))
    assert [one for one in found if remedy in one and one.startswith(f"{line}: ")], found


def test_one_fault_is_told_once() -> None:
    alone = [
        ("name: proef", "naam: proef", 2),
        ("role: liaison_officer", "roll: liaison_officer", 1),
        ("after: 2 working days", "after: 2 weeks", 1),
        ("name: daarna", "name: Daarna", 1),
        ("{rank: head, at: all_sides}", "{rank: boss, at: all_sides}", 1),
        ("levels:", "treden:", 2),
    ]
    for good, bad, count in alone:
        assert len(told(SMALL.replace(good, bad, 1))) == count, bad


def test_all_faults_of_a_file_are_told_at_once_in_order() -> None:
    content = (
        SMALL.replace("case-opened", "duty-gap")
        .replace("times: 3", "times: 9")
        .replace("role: liaison_officer", "role: boss")
        .replace("from: daarna", "from: nergens")
    )
    assert [int(one.partition(":")[0]) for one in told(content)] == [5, 10, 14, 28]


def test_a_meeting_is_the_last_level() -> None:
    first, second = SMALL.index("  - name: daarna"), SMALL.index("  - name: overleg")
    end = SMALL.index("trip:")
    turned = SMALL[:first] + SMALL[second:end].replace("5 w", "2 w")
    turned += SMALL[first:second].replace("2 w", "5 w") + SMALL[end:]
    assert any("always the last level" in one for one in told(turned))


def test_a_policy_that_nobody_can_answer_is_refused() -> None:
    content = SMALL.replace("answer: any\n    reminder: 1 working day", "answer: none")
    content = content.replace("answer: all_sides", "answer: none")
    (problem,) = told(content)
    assert problem.startswith("11: no level at all asks for an answer, so nobody can take up")


def test_skipping_needs_a_level_to_go_on_to() -> None:
    end = SMALL.index("  - name: overleg")
    content = SMALL[:end].replace(
        "answer: all_sides", "answer: all_sides\n    if_nobody_there: skip"
    )
    assert told(content) == [
        "22: after the last level there is no next one to go on to; choose 'fallback' or 'hold'"
    ]


def test_hours_are_hours_of_the_working_day() -> None:
    content = SMALL.replace("after: 2 working days", "after: 21 working hours")
    assert told(content) == []
    # A reminder after two days of ten hours would come in the hour before the next level.
    assert told(content.replace("reminder: 1 working day", "reminder: 20 hours")) == []
    assert told(content.replace("reminder: 1 working day", "reminder: 21 hours"))


@pytest.mark.parametrize(
    ("good", "bad", "line", "thought"),
    [
        ("[case-opened]", "[]", 5, "started by hand only"),
        ("{rank: head, at: all_sides}", "{rank: head}, {person: anna}", 20, "people leave"),
        (
            "{rank: head, at: all_sides}",
            "{rank: head}, {role: liaison_officer, at: other_sides}",
            20,
            "rather 'at: all_sides'",
        ),
        ("Er is nog geen antwoord.", "U hebt niet gereageerd.", 22, "can be read as blame"),
        ("from: daarna", "from: overleg", 28, "straight to a meeting"),
        ("trip:", "repeat: {from: eerst, every: 1 working day}\ntrip:", 27, "on the list"),
    ],
)
def test_what_may_be_meant_otherwise_is_a_warning(
    good: str, bad: str, line: int, thought: str
) -> None:
    found = warned(SMALL.replace(good, bad, 1))
    assert [one for one in found if thought in one and one.startswith(f"{line}: ")], found


def test_urgent_everywhere_is_a_warning() -> None:
    content = re.sub(r"(answer: .*)", r"\1\n    urgent: true", SMALL)
    assert [one for one in warned(content) if "every level is urgent" in one]


def test_what_this_house_does_not_have_is_refused_or_warned_of() -> None:
    known = Known(indicators={"G1"}, persons={"anna"}, webhooks=(), rotas=(), groups=())
    assert told(SMALL, known) == ["28: there is no indicator E3; choose from: G1"]
    content = SMALL.replace("[E3]", "[G1]").replace("{rank: head,", "{person: ben}, {rank: head,")
    assert told(content, known) == ["20: there is nobody with id 'ben'; look up the id at Users"]
    content = content.replace("person: ben", "group: allen")
    assert warned(content, known) == [
        "7: there is no duty rota 'secretariaat' yet; until you make it the secretariat hears",
        "20: there is no group 'allen' yet; until you make it nobody is here",
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "42",
        "null",
        "- a",
        "a: [" * 200,
        "levels: 3\n",
        "levels: [3, null, []]\ntrip: {}\nrepeat: []\n",
        SMALL + "levels: []\n",
        SMALL.replace("title: {", "title: &a {"),
        SMALL.replace("title: {nl: Proef, en: Trial}", "title: !!python/object:x {}"),
        SMALL.replace("eerst", "eerst\u202e"),
        SMALL.replace("after: 2 working", f"after: {'9' * 5000} working"),
        "levels: [" + "{}, " * 500 + "{}]",
    ],
)
def test_what_is_hardly_a_file_is_told_too(content: str) -> None:
    with pytest.raises(PolicyProblems) as refused:
        parse_policy(content, "x")
    for problem in refused.value.problems:
        assert problem.text.nl
        assert problem.text.en
        assert len(problem.text.nl) < 2000


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*(path.read_text("utf-8") for path in SHIPPED), SMALL]), st.data())
def test_a_file_that_was_damaged_anywhere_is_read_or_told_with_lines(
    content: str, data: st.DataObject
) -> None:
    rows = content.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.integers(0, len(rows) - 1))
        match data.draw(st.sampled_from(["drop", "double", "swap", "word", "cut", "value"])):
            case "drop":
                del rows[row]
            case "double":
                rows.insert(row, rows[row])
            case "swap":
                other = data.draw(st.integers(0, len(rows) - 1))
                rows[row], rows[other] = rows[other], rows[row]
            case "word":
                at = data.draw(st.integers(0, len(rows[row])))
                rows[row] = rows[row][:at] + data.draw(st.text(max_size=3)) + rows[row][at:]
            case "cut":
                rows[row] = rows[row][: data.draw(st.integers(0, len(rows[row])))]
            case _:
                value = data.draw(st.sampled_from(["null", "[]", "{}", "-1", "true", "[[]]", "''"]))
                rows[row] = rows[row].partition(":")[0] + ": " + value
        rows = rows or [""]
    damaged = "\n".join(rows)
    found = problems_of(damaged)
    for problem in found:
        assert 0 <= problem.line <= len(damaged.splitlines()) + 1
        assert problem.text.nl
        assert problem.text.en
    if not found:
        policy = parse_policy(damaged, "x")
        assert read_adopted_policy(damaged, "x") == policy
        assert from_json(json.loads(json.dumps(as_json(policy)))) == policy
        moments = [rung.at for rung in ladder(policy, BEGIN, CALENDAR)]
        assert all(one < other for one, other in pairwise(moments))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        load_policy(tmp_path / "weg.yaml")


def test_the_example_in_the_reference_is_sound() -> None:
    example = REFERENCE.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert parse_policy(example, "example").reference == "klein-beleid@1"
    assert warned(example) == []


def test_the_reference_explains_every_key_and_choice() -> None:
    explained = set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", REFERENCE.read_text("utf-8")))
    definitions = [json_schema(), *json_schema()["$defs"].values()]
    parts = [
        part
        for definition in definitions
        for key, one in definition.get("properties", {}).items()
        for part in ({"key": key}, one, one.get("items", {}), *one.get("anyOf", []))
    ]
    keys = {part["key"] for part in parts if "key" in part}
    choices = {choice for part in [*definitions, *parts] for choice in part.get("enum", [])}
    of_cases = {
        choice
        for choice in choices
        if not told(SMALL.replace("case-opened", choice)) or "-" not in choice
    }
    assert len(of_cases) > 40
    assert keys | of_cases <= explained


@pytest.mark.parametrize(
    ("good", "many"),
    [
        ("[case-opened]", "[" + "case-opened, " * 9_000 + "a]"),
        ("[case-opened]", "[" + ", ".join(f"e{n}" for n in range(9_000)) + "]"),
        ("[{rank: head, at: all_sides}]", "[" + "{rota: a}, " * 9_000 + "{rota: b}]"),
        ("[E3]", "[" + ", ".join(f"E{n}" for n in range(9_000)) + "]"),
        ("trip:", "trip:" + "\n  - {}" * 9_000),
    ],
)
def test_a_list_of_thousands_is_refused_in_a_moment(good: str, many: str) -> None:
    begun = process_time()
    found = told(SMALL.replace(good, many, 1))
    assert any("at the most" in one for one in found), found[:3]
    assert process_time() - begun < 5
