"""The history of work inside a stage in words: opened, taken up, done, withdrawn, opened anew."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import day_in_words
from impasse.domain.particulars import day_of, word_of
from impasse.domain.task_flow import TASK_GUARD, listed, lower
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from impasse.domain.history import Json
    from impasse.domain.workflow import Workflow

    Content = Mapping[str, Json]
    Teller = Callable[[Content, Workflow], Text]


def task_condition(name: str, workflow: Workflow) -> Text | None:
    """Return the words for a condition that is about tasks, None for any other."""
    if not name.startswith(TASK_GUARD):
        return None
    task = name.removeprefix(TASK_GUARD)
    for stage in workflow.stages.values():
        if task in stage.tasks:
            return stage.tasks[task].label
    return same(task)


def _both(value: Json) -> Text:
    if isinstance(value, dict):
        return Text(str(value.get("nl", "")), str(value.get("en", "")))
    return same(value) if isinstance(value, str) else Text("", "")


def _what(one: Content) -> Text:
    """Say which task: "zienswijze (Haarlem)"; by its name when the entry says no more."""
    label = lower(_both(one.get("label") or one.get("name")))
    who = _both(one.get("who"))
    if not who.nl:
        return label
    return Text(f"{label.nl} ({who.nl})", f"{label.en} ({who.en})")


def _each(content: Content, key: str) -> list[Content]:
    value = content.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _grouped(tasks: Iterable[Content]) -> Text:
    """Say which tasks, those of one kind together: "zienswijze (Haarlem en Zeist)"."""
    kinds: dict[Text, list[Text]] = {}
    for one in tasks:
        of_kind = kinds.setdefault(lower(_both(one.get("label") or one.get("name"))), [])
        who = _both(one.get("who"))
        if who.nl and who not in of_kind:
            of_kind.append(who)
    told = []
    for label, whose in kinds.items():
        names = listed(whose)
        told.append(label + Text(f" ({names.nl})", f" ({names.en})") if whose else label)
    return Text("; ".join(one.nl for one in told), "; ".join(one.en for one in told))


def _quoted(content: Content, key: str) -> Text:
    words = word_of(content, key)
    return same(f" {words}") if words else Text("", "")


def _reason(content: Content, key: str) -> Text:
    words = word_of(content, key)
    return Text(f" Reden: {words}", f" Reason: {words}") if words else Text("", "")


def _opened(content: Content, _workflow: Workflow) -> Text:
    what = _grouped(_each(content, "tasks"))
    return Text(f"Te doen: {what.nl}.", f"To do: {what.en}.") + _by_one_day(content)


def _parked(content: Content, _workflow: Workflow) -> Text:
    what = _grouped(_each(content, "named"))
    return Text(f"Rust tijdens de pauze: {what.nl}.", f"Rests during the pause: {what.en}.")


def _resumed(content: Content, _workflow: Workflow) -> Text:
    what = _grouped(_each(content, "tasks"))
    return Text(f"Gaat verder: {what.nl}.", f"Goes on: {what.en}.") + _by_one_day(content)


def _by_one_day(content: Content) -> Text:
    """Say the last day of tasks that share one."""
    tasks = _each(content, "tasks")
    days = {word_of(task, "due_on") for task in tasks} - {""}
    if len(days) == 1:
        day = day_in_words(date.fromisoformat(days.pop()))
        return Text(f" Uiterlijk op {day.nl}.", f" By {day.en}.")
    return Text("", "")


def _started(content: Content, _workflow: Workflow) -> Text:
    what = _what(content)
    return Text(f"Opgepakt: {what.nl}.", f"Taken up: {what.en}.")


def _done(content: Content, _workflow: Workflow) -> Text:
    what, answer = _what(content), _both(content.get("answer"))
    sentence = Text(f"Klaar: {what.nl}.", f"Done: {what.en}.")
    if content.get("on_behalf") is True:
        sentence = Text(
            f"Klaar, namens hen vastgelegd: {what.nl}.", f"Done, recorded for them: {what.en}."
        )
    if answer.nl:
        sentence += Text(f" Antwoord: {answer.nl}.", f" Answer: {answer.en}.")
    return sentence + _quoted(content, "note")


def _withdrawn(content: Content, _workflow: Workflow) -> Text:
    named = _each(content, "named")
    if not named and "label" in content:
        named = [content]
    what = _grouped(named)
    if not named:
        numbers = content.get("tasks")
        what = same(", ".join(map(str, numbers)) if isinstance(numbers, list) else "")
    sentence = Text(f"Ingetrokken: {what.nl}.", f"Withdrawn: {what.en}.")
    if content.get("unanswered") is True:
        sentence = Text(
            f"Niets ontvangen, verdergegaan: {what.nl}.", f"Nothing received, went on: {what.en}."
        )
    because = content.get("because")
    if isinstance(because, str):
        return sentence + _reason(content, "because")
    why = _both(because)
    return sentence + (Text(f" {why.nl}", f" {why.en}") if why.nl else Text("", ""))


def _reopened(content: Content, _workflow: Workflow) -> Text:
    what, day = _what(content), day_of(content, "due_on")
    sentence = Text(f"Opnieuw te doen: {what.nl}.", f"To do again: {what.en}.")
    if day.nl:
        sentence += Text(f" Uiterlijk op {day.nl}.", f" By {day.en}.")
    return sentence + _reason(content, "note")


def _joined(content: Content, _workflow: Workflow) -> Text:
    what, done = _what(content), content.get("done")
    if done == 0:
        return Text(f"Zonder uitkomst verder: {what.nl}.", f"Went on without any: {what.en}.")
    if done is not None:
        return Text(f"Verder met wat er is: {what.nl}.", f"Went on with what there is: {what.en}.")
    return Text(f"Genoeg is klaar: {what.nl}.", f"Enough is done: {what.en}.")


def _reminded(content: Content, _workflow: Workflow) -> Text:
    what, day = _what(content), day_of(content, "due_on")
    return Text(
        f"Herinnering: {what.nl} had klaar moeten zijn op {day.nl}.",
        f"Reminder: {what.en} should have been done by {day.en}.",
    )


TELLERS: Mapping[str, Teller] = {
    "tasks_opened": _opened,
    "tasks_parked": _parked,
    "tasks_resumed": _resumed,
    "task_started": _started,
    "task_done": _done,
    "tasks_withdrawn": _withdrawn,
    "task_reopened": _reopened,
    "tasks_joined": _joined,
    "task_reminded": _reminded,
}
