"""History in words: what each entry says to somebody who was not there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from impasse.domain import (
    chronicle_escalation,
    chronicle_rooms,
    chronicle_tasks,
    chronicle_terms,
)
from impasse.domain.case import ConfirmationKind
from impasse.domain.days_in_words import day_in_words
from impasse.domain.early_warning import Level
from impasse.domain.four_eyes import called
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.particulars import both_of, day_of, word_of, words_of
from impasse.domain.text import Text, same
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from impasse.domain.history import Json
    from impasse.domain.workflow import Workflow

    Content = Mapping[str, Json]
    Teller = Callable[[Content, Workflow], Text]


def tell(action: str, content: Content, workflow: Workflow) -> Text:
    """Return the sentence for an entry; an action of a later version is named as it is."""
    teller = _TELLERS.get(action)
    return same(action) if teller is None else teller(content, workflow)


def _stage(name: str, workflow: Workflow) -> Text:
    stage = workflow.stages.get(name)
    return same(name) if stage is None else stage.label


def _after(opening: Text, rest: Text) -> Text:
    """Join two sentences, leaving out the second when it is empty."""
    return opening + Text(f" {rest.nl}" if rest.nl else "", f" {rest.en}" if rest.en else "")


def _late(content: Content) -> Text:
    seconds = content.get("late_seconds")
    if not isinstance(seconds, int):
        return Text("", "")
    hours = seconds // 3600
    if hours:
        return Text(f"(Verwerkt {hours} uur later.)", f"(Handled {hours} hours later.)")
    minutes = seconds // 60
    return Text(f"(Verwerkt {minutes} min later.)", f"(Handled {minutes} min later.)")


def _opened(content: Content, _workflow: Workflow) -> Text:
    parties = ", ".join(words_of(content, "parties"))
    return Text(
        f"Zaak geopend: {word_of(content, 'title')}. Partijen: {parties}.",
        f"Case opened: {word_of(content, 'title')}. Parties: {parties}.",
    )


def _signal(content: Content, _workflow: Workflow) -> Text:
    what = f"{word_of(content, 'signal')} ({word_of(content, 'indicator')})"
    return _after(
        Text(f"Signaal {what} gemeld.", f"Signal {what} reported."), same(word_of(content, "text"))
    )


def _signal_closed(content: Content, _workflow: Workflow) -> Text:
    number = word_of(content, "signal")
    ending = (
        Text(f"Signaal {number} is nagekomen.", f"Signal {number} was made good.")
        if content.get("kept") is True
        else Text(f"Signaal {number} speelt niet meer.", f"Signal {number} no longer holds.")
    )
    return _after(ending, same(word_of(content, "note")))


def _moved(content: Content, workflow: Workflow) -> Text:
    source = _stage(word_of(content, "from"), workflow)
    target = _stage(word_of(content, "to"), workflow)
    sentence = Text(
        f"Van {source.nl.lower()} naar {target.nl.lower()}.",
        f"From {source.en.lower()} to {target.en.lower()}.",
    )
    if content.get("by_clock") == "tasks_done":
        sentence = sentence + Text(
            " Het werk in de fase was klaar; de klok ging verder.",
            " The work in the stage was done; the clock went on.",
        )
    passed = [GUARD_LABELS.get(name, same(name)) for name in words_of(content, "passed")]
    if passed:
        sentence = sentence + Text(
            f" Nog niet vervuld: {', '.join(label.nl.lower() for label in passed)}.",
            f" Not met yet: {', '.join(label.en.lower() for label in passed)}.",
        )
    note = word_of(content, "note")
    return _after(sentence, Text(f"Reden: {note}", f"Reason: {note}") if note else Text("", ""))


def _held(content: Content, workflow: Workflow) -> Text:
    lacking = [
        GUARD_LABELS.get(name) or chronicle_tasks.task_condition(name, workflow) or same(name)
        for name in words_of(content, "lacking")
    ]
    return Text(
        f"De klok kon niet verder; nog niet vervuld: {', '.join(t.nl.lower() for t in lacking)}.",
        f"The clock could not go on; not met yet: {', '.join(t.en.lower() for t in lacking)}.",
    )


def _reminded(content: Content, workflow: Workflow) -> Text:
    stage, end = _stage(word_of(content, "stage"), workflow), day_of(content, "end")
    return _after(
        Text(
            f"Herinnering: de termijn van {stage.nl.lower()} eindigt op {end.nl}.",
            f"Reminder: the term of {stage.en.lower()} ends on {end.en}.",
        ),
        _late(content),
    )


def _expired(content: Content, workflow: Workflow) -> Text:
    stage, end = _stage(word_of(content, "stage"), workflow), day_of(content, "end")
    return _after(
        Text(
            f"De termijn van {stage.nl.lower()} is verlopen op {end.nl}.",
            f"The term of {stage.en.lower()} expired on {end.en}.",
        ),
        _late(content),
    )


def _rung(content: Content, workflow: Workflow) -> Text:
    stage = _stage(word_of(content, "stage"), workflow)
    return _after(
        Text(
            f"De termijn van {stage.nl.lower()} is nog steeds verlopen.",
            f"The term of {stage.en.lower()} is still overdue.",
        ),
        _late(content),
    )


def _tier(content: Content, _workflow: Workflow) -> Text:
    tier = Tier(word_of(content, "to"))
    nl, en = tier.label.nl, tier.label.en
    if tier is Tier.POLITICAL:
        # An adjective in both languages: alone it names no table.
        nl, en = f"{nl} niveau", f"{en} level"
    return _after(
        Text(f"Opgeschaald naar {nl}.", f"Escalated to {en}."), both_of(content, "reason")
    )


def _level(content: Content, _workflow: Workflow) -> Text:
    before, level = Level(word_of(content, "from")).label, Level(word_of(content, "to")).label
    score = word_of(content, "score")
    return Text(
        f"Vroegsignalering van {before.nl} naar {level.nl} ({score.replace('.', ',')} van 27).",
        f"Early warning from {before.en} to {level.en} ({score} of 27).",
    )


def _confirmed(content: Content, workflow: Workflow) -> Text:
    kind = ConfirmationKind(word_of(content, "kind"))
    label = kind.label
    who = word_of(content, "name") or word_of(content, "organisation")
    to_what = agreed_to(kind, word_of(content, "about"), workflow)
    opening = Text(
        f"Vastgelegd: {label.nl}"
        + (f" door {who}" if who else "")
        + (f": {to_what.nl}" if to_what.nl else "")
        + ".",
        f"Recorded: {label.en}"
        + (f" by {who}" if who else "")
        + (f": {to_what.en}" if to_what.en else "")
        + ".",
    )
    return _after(opening, same(word_of(content, "note")))


def agreed_to(kind: ConfirmationKind, about: str, workflow: Workflow) -> Text:
    """Return what was agreed to exactly: "versie 3", "4 weken"; empty where nothing was named."""
    plain = about.rstrip(".")
    if kind is ConfirmationKind.FOUR_EYES:
        return called(plain, workflow)
    if kind is ConfirmationKind.MIGRATION and plain:
        version = plain.rpartition("@")[2]
        return Text(f"versie {version}", f"version {version}")
    return same(plain)


def _party(content: Content, _workflow: Workflow) -> Text:
    name = word_of(content, "name")
    return Text(f"{name} is nu partij.", f"{name} is now a party.")


def _appointed(content: Content, _workflow: Workflow) -> Text:
    if word_of(content, "office") == "mediator":
        return Text("Bemiddelaar aangewezen.", "Mediator appointed.")
    return Text("Behandelaar aangewezen.", "Handler appointed.")


def _event(content: Content, _workflow: Workflow) -> Text:
    by = word_of(content, "by")
    text = word_of(content, "text").rstrip(".")
    return same(f"{by}: {text}." if by else f"{text}.")


def _proposed(content: Content, _workflow: Workflow) -> Text:
    return _after(
        Text(
            "Voorgesteld voor de volgende agenda van het overhedenoverleg.",
            "Proposed for the next agenda of the overhedenoverleg.",
        ),
        both_of(content, "reason"),
    )


def _accepted(content: Content, _workflow: Workflow) -> Text:
    day = day_in_words(date.fromisoformat(word_of(content, "meeting")))
    return _after(
        Text(
            f"Op de agenda van het overhedenoverleg van {day.nl}.",
            f"On the agenda of the overhedenoverleg of {day.en}.",
        ),
        same(word_of(content, "reason")),
    )


def _merged(content: Content, _workflow: Workflow) -> Text:
    day = day_in_words(date.fromisoformat(word_of(content, "meeting")))
    return _after(
        Text(
            f"Op de agenda van het overhedenoverleg van {day.nl}, samen met een ander punt.",
            f"On the agenda of the overhedenoverleg of {day.en}, together with another item.",
        ),
        same(word_of(content, "reason")),
    )


def _declined(content: Content, _workflow: Workflow) -> Text:
    reason = word_of(content, "reason")
    return Text(
        f"Niet op de agenda van het overhedenoverleg. Reden: {reason}",
        f"Not on the agenda of the overhedenoverleg. Reason: {reason}",
    )


def _planned(content: Content, _workflow: Workflow) -> Text:
    day = day_of(content, "day")
    return Text(f"Overleg gepland op {day.nl}.", f"Meeting planned on {day.en}.")


def _migrated(content: Content, _workflow: Workflow) -> Text:
    """Tell of a move to another version by the numbers of the versions."""
    source, target = _versions(content)
    return _after(
        Text(
            f"Van versie {source} naar versie {target} van de procedure.",
            f"From version {source} to version {target} of the procedure.",
        ),
        _new_end(content),
    )


def _migration_undone(content: Content, _workflow: Workflow) -> Text:
    source, target = _versions(content)
    return _after(
        Text(
            f"Terug van versie {source} naar versie {target} van de procedure.",
            f"Back from version {source} to version {target} of the procedure.",
        ),
        _new_end(content),
    )


def _versions(content: Content) -> tuple[str, str]:
    return (
        word_of(content, "from").rpartition("@")[2],
        word_of(content, "to").rpartition("@")[2],
    )


def _new_end(content: Content) -> Text:
    before, end = day_of(content, "end_before"), day_of(content, "end")
    if not end.nl:
        return Text("", "")
    if end == before:
        return Text(f"De einddatum blijft {end.nl}.", f"The end date stays {end.en}.")
    return Text(f"De einddatum is nu {end.nl}.", f"The end date is now {end.en}.")


_TELLERS: Mapping[str, Teller] = {
    **chronicle_terms.TELLERS,
    **chronicle_tasks.TELLERS,
    **chronicle_rooms.TELLERS,
    **chronicle_escalation.TELLERS,
    "case_opened": _opened,
    "signal_reported": _signal,
    "signal_closed": _signal_closed,
    "stage_changed": _moved,
    "clock_held": _held,
    "term_reminded": _reminded,
    "term_expired": _expired,
    "rung_reached": _rung,
    "tier_raised": _tier,
    "level_changed": _level,
    "confirmed": _confirmed,
    "party_added": _party,
    "appointed": _appointed,
    "event_recorded": _event,
    "candidate_proposed": _proposed,
    "candidate_accepted": _accepted,
    "candidate_merged": _merged,
    "candidate_declined": _declined,
    "meeting_planned": _planned,
    "migrated": _migrated,
    "migration_undone": _migration_undone,
}
