"""What the engine did, told from the history it kept: one sentence for each act."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from impasse.domain.case import ConfirmationKind
from impasse.domain.early_warning import Level
from impasse.domain.signals import Reliability
from impasse.domain.text import Text, same
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from impasse.adapters.sql.playback import KeptEntry, KeptTerm
    from impasse.simulation.playback import Setting
    from impasse.simulation.retelling import Telling


@dataclass(frozen=True, slots=True)
class Act:
    """One thing the engine did; `kind` is a stable name.

    `about` names the parties or signals it was done for, `reasons` tell why a level changed. Of a
    term, `end` is the last day and `due` the day on which time was to do this.
    """

    kind: str
    text: Text
    about: tuple[str, ...] = ()
    reasons: tuple[Text, ...] = ()
    end: date | None = None
    due: date | None = None

    @property
    def sentence(self) -> Text:
        """The act in one sentence, with whom or what it is about."""
        return self.text + same(f" {', '.join(self.about)}.") if self.about else self.text


def acts_of(
    history: Iterable[KeptEntry], terms: Iterable[KeptTerm], telling: Telling, setting: Setting
) -> dict[date, list[Act]]:
    """Return what was done on each day, in order, and what the procedure did not allow."""
    acts: dict[date, list[Act]] = {}
    begun = iter(terms)
    for entry in history:
        day = setting.calendar.local_day(entry.at)
        told = _act(entry, telling, setting)
        if told is not None:
            acts.setdefault(day, []).append(told)
        if entry.action in {"case_opened", "stage_changed"}:
            acts[day].extend(_term_set(entry, begun, setting))
    for day, reason in telling.held:
        held = Act("not_allowed", Text("Niet gedaan. ", "Not done. ") + reason)
        if held not in acts.setdefault(day, []):
            acts[day].append(held)
    return {day: _together(done) for day, done in acts.items()}


def _together(acts: list[Act]) -> list[Act]:
    """Tell in one line what was recorded alike for several parties or signals."""
    told: list[Act] = []
    for act in acts:
        last = told[-1] if told else None
        if last is None or not act.about or (last.kind, last.text) != (act.kind, act.text):
            told.append(act)
        else:
            told[-1] = replace(last, about=(*last.about, *act.about))
    return told


def _term_set(entry: KeptEntry, begun: Iterator[KeptTerm], setting: Setting) -> Iterator[Act]:
    """Yield the term that entering a stage set; an ending has none."""
    workflow = setting.procedure.workflow
    stage = entry.content.get("to", workflow.initial)
    if workflow.stages[stage].term is None:
        return
    term = next(begun, None)
    if term is not None:
        yield Act(
            "term_set",
            Text(f"Termijn gezet tot en met {_nl(term.end)}.", f"Term set up to {term.end}."),
            end=term.end,
        )


def _act(  # noqa: C901, PLR0912 one branch per kind of entry
    entry: KeptEntry, telling: Telling, setting: Setting
) -> Act | None:
    content = entry.content
    match entry.action:
        case "event_recorded":
            return None
        case "case_opened":
            return Act("case_opened", Text("Zaak geopend.", "Case opened."))
        case "signal_reported":
            return Act("signal_reported", _signal(content, telling, setting))
        case "signal_closed":
            return Act(
                "signal_closed",
                Text(
                    "Gesloten, en vervaagt vanaf nu: signaal",
                    "Closed, and fades from now on: signal",
                ),
                about=(content["signal"],),
            )
        case "stage_changed":
            return Act("stage_changed", _stage(content, setting))
        case "confirmed":
            return _confirmed(content, setting)
        case "appointed":
            return Act("appointed", Text("Bemiddelaar aangewezen.", "Mediator appointed."))
        case "term_reminded":
            end = date.fromisoformat(content["end"])
            return Act(
                "term_reminded",
                Text(
                    f"Herinnering: de termijn eindigt op {_nl(end)}.",
                    f"Reminder: the term ends on {end}.",
                ),
                end=end,
                due=_due(content, setting),
            )
        case "term_expired":
            end = date.fromisoformat(content["end"])
            return Act(
                "term_expired",
                Text(f"Termijn verstreken: {_nl(end)} was de laatste dag.",
                     f"Term expired: {end} was the last day."),
                end=end,
                due=_due(content, setting),
            )  # fmt: skip
        case "rung_reached":
            rung = content["rung"] + 1
            return Act(
                "rung_reached",
                Text(f"Trede {rung} na het verstrijken.", f"Rung {rung} after expiry."),
                due=_due(content, setting),
            )
        case "tier_raised":
            tier, reason = Tier(content["to"]), _text(content["reason"])
            return Act(
                "tier_raised",
                Text("Opgeschaald naar ", "Raised to ") + tier.label + same(". ") + reason,
            )
        case "level_changed":
            return _level(content, telling)
        case "candidate_proposed":
            return Act(
                "candidate_proposed",
                Text("Voorgesteld voor de agenda van het overhedenoverleg. ",
                     "Proposed for the agenda of the overhedenoverleg. ")
                + _named(_text(content["reason"]), telling),
            )  # fmt: skip
        case other:
            return Act(other, same(other.replace("_", " ") + "."))


def _due(content: dict[str, Any], setting: Setting) -> date:
    return setting.calendar.local_day(datetime.fromisoformat(content["due_at"]))


def _signal(content: dict[str, Any], telling: Telling, setting: Setting) -> Text:
    code = content["indicator"]
    indicator = setting.indicators.indicator(code)
    label = indicator.label if indicator is not None else same(code)
    sure = Reliability(content["reliability"]).label
    who = same(telling.names.get(content["organisation"], content["organisation"]))
    return (
        Text(f"Signaal {code}: ", f"Signal {code}: ")
        + label
        + same(" (") + who + same(", ") + sure + same(").")
    )  # fmt: skip


def _stage(content: dict[str, Any], setting: Setting) -> Text:
    stages = setting.procedure.workflow.stages
    came, goes = stages[content["from"]].label, stages[content["to"]].label
    text = Text("Fase: van ", "Stage: from ") + came + Text(" naar ", " to ") + goes + same(".")
    if content.get("passed"):
        text = text + Text(
            " Niet alle geadviseerde voorwaarden bleken uit de bron.",
            " Not all advised conditions showed from the source.",
        )
    return text


def _confirmed(content: dict[str, Any], setting: Setting) -> Act:
    label = ConfirmationKind(content["kind"]).label
    text = Text("Vastgelegd: ", "Recorded: ") + label
    organisation = content["organisation"]
    if not organisation:
        return Act("confirmed", text + same("."))
    return Act("confirmed", text + same(":"), about=(setting.register.name_of(organisation),))


def _level(content: dict[str, Any], telling: Telling) -> Act:
    before, after = Level(content["from"]), Level(content["to"])
    text = (
        Text("Niveau van ", "Level from ")
        + before.label
        + Text(" naar ", " to ")
        + after.label
        + Text(f" (score {content['score'].replace('.', ',')}).", f" (score {content['score']}).")
    )
    reasons = tuple(_named(_text(reason), telling) for reason in content["reasons"])
    return Act("level_changed", text, reasons=reasons)


def _named(text: Text, telling: Telling) -> Text:
    """Put the name of a reporter where the engine knows only its id."""
    for key, name in telling.names.items():
        text = Text(
            text.nl.replace(f": {key}, ", f": {name}, "),
            text.en.replace(f": {key}, ", f": {name}, "),
        )
    return text


def _text(kept: dict[str, str]) -> Text:
    return Text(kept["nl"], kept["en"])


def _nl(day: date) -> str:
    return f"{day:%d-%m-%Y}"
