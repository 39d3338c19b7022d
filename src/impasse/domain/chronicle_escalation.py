"""The history of an escalation in words: for the people of all sides, who read the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.escalation import RunEnd
from impasse.domain.particulars import both_of, day_of, word_of
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from impasse.domain.history import Json
    from impasse.domain.workflow import Workflow

    Content = Mapping[str, Json]


def _title(content: Content) -> Text:
    return both_of(content, "title")


def _level(content: Content) -> Text:
    place = content.get("level")
    label = both_of(content, "label")
    number = 1 + (place if isinstance(place, int) else 0)
    return Text(f"trede {number} ({label.nl})", f"level {number} ({label.en})")


def _started(content: Content, _workflow: Workflow) -> Text:
    title = _title(content)
    return Text(f"Opschaling begonnen: {title.nl}.", f"Escalation begun: {title.en}.")


def _reached(content: Content, _workflow: Workflow) -> Text:
    level, title = _level(content), _title(content)
    again = content.get("again") is True
    sides = content.get("sides")
    many = len(sides) if isinstance(sides, list) else 0
    told = (
        Text(f" Verteld aan {many} partijen tegelijk.", f" Told to {many} parties at once.")
        if many > 1
        else Text("", "")
    )
    missing = content.get("empty")
    lacks = [both_of({"it": one}, "it") for one in missing] if isinstance(missing, list) else []
    gone = (
        Text(
            " Niemand aanwezig voor: " + "; ".join(one.nl for one in lacks) + ".",
            " Nobody there for: " + "; ".join(one.en for one in lacks) + ".",
        )
        if lacks
        else Text("", "")
    )
    word = Text("opnieuw ", "again ") if again else Text("", "")
    return (
        Text(
            f"Opschaling '{title.nl}': {word.nl}{level.nl}.",
            f"Escalation '{title.en}': {word.en}{level.en}.",
        )
        + told
        + gone
    )


def _reminded(_content: Content, _workflow: Workflow) -> Text:
    return Text(
        "Herinnering gestuurd: er is nog geen antwoord op de opschaling.",
        "Reminder sent: there is no answer to the escalation yet.",
    )


def _skipped(content: Content, _workflow: Workflow) -> Text:
    level = _level(content)
    return Text(
        f"Opschaling: {level.nl} overgeslagen, want daar is niemand.",
        f"Escalation: {level.en} skipped, for nobody is there.",
    )


def _held(content: Content, _workflow: Workflow) -> Text:
    level = _level(content)
    return Text(
        f"Opschaling: {level.nl} wacht tot er iemand is.",
        f"Escalation: {level.en} waits until somebody is there.",
    )


def _acknowledged(content: Content, _workflow: Workflow) -> Text:
    by, until, step = (
        both_of(content, "by"),
        day_of(content, "until"),
        both_of(content, "next_step"),
    )
    return Text(
        f"Opschaling opgepakt door {by.nl}. Volgende stap, uiterlijk {until.nl}: "
        + _sentence(step.nl),
        f"Escalation taken up by {by.en}. Next step, by {until.en}: {_sentence(step.en)}",
    )


def _sentence(words: str) -> str:
    """Return what somebody wrote with one mark at its end, its own if it has one."""
    written = words.rstrip()
    return written if written.endswith((".", "!", "?", "…")) else f"{written}."


def _lapsed(content: Content, _workflow: Workflow) -> Text:
    by, until = both_of(content, "by"), day_of(content, "until")
    return Text(
        f"Opgepakt door {by.nl}; de stap die er uiterlijk op {until.nl} zou zijn, is nog niet "
        "gezien. De opschaling gaat verder.",
        f"Taken up by {by.en}; the step promised by {until.en} has not been seen yet. "
        "The escalation goes on.",
    )


def _snoozed(content: Content, _workflow: Workflow) -> Text:
    by, until = both_of(content, "by"), day_of(content, "until")
    reason = word_of(content, "reason")
    return Text(
        f"Opschaling even weggelegd door {by.nl}, tot en met {until.nl}: {reason}",
        f"Escalation snoozed by {by.en} until {until.en}: {reason}",
    )


_EARLY = {
    "signal": Text(" door een nieuw signaal", " because of a new signal"),
    "trip": Text(" omdat er haast bij kwam", " because it became urgent"),
    "hand": Text(" op verzoek", " as somebody asked"),
}


def _snooze_ended(content: Content, _workflow: Workflow) -> Text:
    early = _EARLY.get(word_of(content, "early"), Text("", ""))
    return Text("De weggelegde opschaling loopt weer", "The snoozed escalation goes on") + (
        early + same(".")
    )


def _tripped(content: Content, _workflow: Workflow) -> Text:
    reason = both_of(content, "reason")
    return Text(f"Opschaling versneld: {reason.nl}", f"Escalation sped up: {reason.en}")


def _undelivered(_content: Content, _workflow: Workflow) -> Text:
    return Text(
        "Een bericht van de opschaling kwam niet aan; wie dienst heeft, is gewaarschuwd.",
        "A message of the escalation did not arrive; who is on duty was warned.",
    )


def _ended(content: Content, _workflow: Workflow) -> Text:
    title, why = _title(content), word_of(content, "because")
    label = RunEnd(why).label if why in set(RunEnd) else same(why)
    note = word_of(content, "note")
    said = f" {note}" if note else ""
    return Text(
        f"Opschaling '{title.nl}' beëindigd: {label.nl}.{said}",
        f"Escalation '{title.en}' ended: {label.en}.{said}",
    )


TELLERS: Mapping[str, Callable[[Content, Workflow], Text]] = {
    "escalation_started": _started,
    "escalation_level_reached": _reached,
    "escalation_reminded": _reminded,
    "escalation_level_skipped": _skipped,
    "escalation_level_held": _held,
    "escalation_acknowledged": _acknowledged,
    "escalation_lapsed": _lapsed,
    "escalation_snoozed": _snoozed,
    "escalation_snooze_ended": _snooze_ended,
    "escalation_tripped": _tripped,
    "escalation_undelivered": _undelivered,
    "escalation_ended": _ended,
}
