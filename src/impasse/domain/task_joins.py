"""Which tasks of a stage can come to their join together, and which never can.

What joins, opens and falls away follows `task_flow`. Work that is closed undone is not counted:
that is how people go on without it, no way in which a procedure means to be followed. The names
that matter are those asked for and all that they wait for; each is not joined yet, joined with
certain answers, or withdrawn. The ways from nothing joined are walked until what is asked for has
joined, or nothing is left.
"""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

from impasse.domain.workflow import Join, TaskExpiry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from impasse.domain.workflow import Stage, TaskRule

MOST = 20_000
"""So many situations are walked at most; more than that is no agreement that people can oversee."""

_Situation = tuple[tuple[str, frozenset[str] | None], ...]
"""Per name, in order: the answers with which it joined, or None when it was withdrawn."""


def can_join(stage: Stage, names: Iterable[str]) -> bool:
    """Whether the tasks called *names* can all have joined during one stay in *stage*.

    Raises `OverflowError` when there are more situations than can be walked.
    """
    asked = frozenset(names)
    if not asked:
        return True
    rules = _that_matter(stage.tasks, asked)
    if not asked <= rules.keys():
        return False
    waiting: list[_Situation] = [()]
    seen = {waiting[0]}
    while waiting:
        here = dict(waiting.pop())
        if all(here.get(name) is not None for name in asked):
            return True
        for after in _onward(rules, here):
            if after not in seen:
                if len(seen) >= MOST:
                    raise OverflowError(stage.name)
                seen.add(after)
                waiting.append(after)
    return False


def done_by_the_clock(stage: Stage) -> bool:
    """Whether the clock alone settles every task of *stage*, one after the other."""
    return bool(stage.tasks) and all(
        rule.length is not None and rule.on_expiry is TaskExpiry.COMPLETE
        for rule in stage.tasks.values()
    )


def waits_for(rule: TaskRule) -> Iterator[tuple[str, str]]:
    """Yield what *rule* waits for, as (name, answer); the answer is "" when any will do."""
    for written in (*rule.after, *rule.after_any):
        name, _, answer = written.partition(":")
        yield name, answer


def _that_matter(rules: Mapping[str, TaskRule], asked: Iterable[str]) -> dict[str, TaskRule]:
    found: dict[str, TaskRule] = {}
    waiting = [name for name in asked if name in rules]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = rules[name]
            waiting.extend(other for other, _ in waits_for(rules[name]) if other in rules)
    return found


def _onward(
    rules: Mapping[str, TaskRule], here: Mapping[str, frozenset[str] | None]
) -> Iterator[_Situation]:
    """Yield every situation that one more join leads to."""
    for name, rule in rules.items():
        if name in here or not _opens(rule, here):
            continue
        for answers in _answers(rules, rule):
            after = {**here, name: answers}
            if rule.join is not Join.NONE:
                after.update({c: None for c in rule.cancels if c in rules and c not in after})
            yield tuple(sorted(after.items()))


def _opens(rule: TaskRule, here: Mapping[str, frozenset[str] | None]) -> bool:
    def met(written: str) -> bool:
        name, _, answer = written.partition(":")
        given = here.get(name)
        return given is not None and (not answer or answer in given)

    return all(map(met, rule.after)) and (not rule.after_any or any(map(met, rule.after_any)))


def _answers(rules: Mapping[str, TaskRule], rule: TaskRule) -> Iterator[frozenset[str]]:
    """Yield the sets of answers that may be given, as far as anything waits for them.

    One task gives one answer in each round; several tasks may give several.
    """
    asked = {
        answer
        for other in rules.values()
        for name, answer in waits_for(other)
        if name == rule.name and answer in rule.outcomes
    }
    several = len(asked) if rule.each_party else rule.count * rule.rounds
    sizes = range(min(len(asked), several) + 1)
    yield from map(frozenset, chain.from_iterable(combinations(sorted(asked), n) for n in sizes))
