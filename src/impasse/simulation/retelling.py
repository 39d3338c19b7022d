"""One real dispute, told to the engine event by event, with nothing but what was known by then.

An event is coded by its words and its speaker alone. Indicators become signals; what it says about
the procedure becomes a move when the present stage has it and its conditions are met. What fits no
stage is kept in the history all the same; so the case opens at the first event, signal or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from impasse.adapters.sql import playback as kept
from impasse.domain.case import ConfirmationKind, Status
from impasse.domain.commands import (
    Appoint,
    CloseSignal,
    Confirm,
    DecideCandidate,
    MakeMove,
    OpenCase,
    RaiseTier,
    RecordEvent,
    ReportSignal,
    SignalReport,
)
from impasse.domain.errors import ImpasseError
from impasse.domain.people import Actor, Layer, Role
from impasse.domain.recognition import Recognition, Wording, pattern, recognise
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.simulation.naming import both_sides, spoken_name

if TYPE_CHECKING:
    from datetime import date

    from impasse.adapters.files.disputes import Dispute, DisputeEvent
    from impasse.domain.case import Visibility
    from impasse.domain.commands import Command
    from impasse.domain.recognition import Recognised
    from impasse.engine.ports import Receipt
    from impasse.simulation.playback import Playback, Setting

REPLAYER = Actor(
    person="replay", organisation="", roles=frozenset({Role.SECRETARIAT}), origin="replay"
)
"""Who acts in a replay: it speaks for all, as the sources do."""

STRONG = 3
"""Indicators of this many points reopen a case that had ended."""

NOTE_LENGTH = 600

_RATIFIED, _CARRIED_OUT, _TOGETHER = "ratified", "carried_out", "together"


def _said(*patterns: str, unless: tuple[str, ...] = ()) -> Wording:
    return Wording(
        any=tuple(pattern(p) for p in patterns), unless=tuple(pattern(p) for p in unless)
    )


_OUTCOME_WORDS = Recognition(
    indicators=(),
    moves=(
        (
            _RATIFIED,
            _said(
                "stemt+in", "stemmen+in", "ingestemd", "instemming", "bekrachtig*", "ondertekend",
                "ondertekenen", "keurt+goed", "keuren+goed", "goedgekeurd",
                unless=("stemt niet in", "stemmen niet in", "niet ingestemd", "zonder instemming"),
            ),
        ),
        (
            _CARRIED_OUT,
            _said(
                "in uitvoering", "uitgevoerd", "treedt+in werking", "treden+in werking",
                "kosten vergoed", "alsnog gedekt", "uitbetaald", "in gebruik genomen", "nagekomen",
                unless=("niet uitgevoerd", "niet nagekomen", "nog niet", "uitgesteld"),
            ),
        ),
        (
            _TOGETHER,
            _said("gezamenlijk*", "samen", "onderling*", "overeengekomen", "beide partijen"),
        ),
    ),
    reliability=(),
)  # fmt: skip
"""What recognition says about outcomes, beyond that an agreement was reached."""


@dataclass(slots=True)
class Telling:
    """What came of telling: the case, and what the procedure did not allow, day by day."""

    case: str = ""
    held: list[tuple[date, Text]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


class Retelling:
    """Tells one dispute to the engine of *playback*."""

    def __init__(
        self,
        playback: Playback,
        setting: Setting,
        dispute: Dispute,
        *,
        visibility: Visibility | None = None,
    ) -> None:
        self._playback = playback
        self._setting = setting
        self._dispute = dispute
        self._visibility = visibility
        self._parties = setting.register.parties(dispute.parties)
        self._signalled = False
        self.telling = Telling()

    def learn(self, event: DisputeEvent) -> None:
        """Make *event* known today: as history, as signals, and as moves where they fit."""
        said = self._setting.code(event.text, event.actor)
        if not self.telling.case and not self._open():
            return
        self._record(event)
        if self._now().status == Status.CLOSED:
            if not self._reopens(said):
                return
            self._move("reopen", event)
        for indicator in said.indicators:
            self._do(ReportSignal(self.telling.case, self._report(indicator, event, said)))
        self._signalled |= bool(said.indicators)
        self._moves(event, said)

    def end(self, words: str) -> None:
        """Leave the case as it stands on the day its sources end, and say so in its history.

        It is not closed: that nobody wrote about it any more is no step anybody took. A proposal
        for the agenda that nobody decided on is declined with the same *words*, and its clock
        stops, since time would go on telling about it what nobody knows.
        """
        if not self.telling.case:
            return
        self._do(RecordEvent(self.telling.case, words, self._playback.today))
        now = self._now()
        if now.candidate and now.status != Status.CLOSED:
            self._do(
                DecideCandidate(self.telling.case, now.candidate, accepted=False, reason=words)
            )
        kept.stop_clock(self._playback.database, self.telling.case)

    def _open(self) -> bool:
        """Open the case without signals: they follow in the order of the story."""
        workflow = self._setting.procedure.workflow
        receipt = self._do(
            OpenCase(
                title=self._dispute.title.nl,
                parties=self._parties,
                signals=(),
                workflow=workflow.name,
                workflow_version=workflow.version,
                policy_area=self._dispute.policy_area,
                regions=self._dispute.regions,
                visibility=self._visibility,
            )
        )
        if receipt is None:
            return False
        self.telling.case = receipt.subject
        return True

    def _record(self, event: DisputeEvent) -> None:
        self._do(
            RecordEvent(
                self.telling.case,
                event.text,
                event.day,
                by=event.actor,
                source=event.source,
                precision=event.precision.value,
            )
        )

    def _report(self, indicator: str, event: DisputeEvent, said: Recognised) -> SignalReport:
        organisation = self._setting.register.id_of(event.actor)
        self.telling.names.setdefault(organisation, spoken_name(event.actor))
        return SignalReport(indicator, said.reliability, organisation, event.certain_on, event.text)

    def _reopens(self, said: Recognised) -> bool:
        """Whether what is said reopens a case that had ended: a strong signal, or its first."""
        if not self._signalled:
            return bool(said.indicators)
        found = [self._setting.indicators.indicator(code) for code in said.indicators]
        return any(indicator is not None and indicator.points >= STRONG for indicator in found)

    def _moves(self, event: DisputeEvent, said: Recognised) -> None:
        """Do what the event says about the procedure, most specific first."""
        moves = set(said.moves)
        if "overhedenoverleg" in moves and self._now().tier != Tier.OVERHEDENOVERLEG:
            self._do(RaiseTier(self.telling.case, Tier.OVERHEDENOVERLEG, _note(event)))
        if "fact_finding_agreed" in moves:
            self._fact_finding_agreed(event)
        elif "mediation_started" in moves:
            self._mediation_started(event)
        elif "agreement_reached" in moves or self._outcome(event):
            self._agreement(event, said)
        elif "facts_reported" in moves and self._stage == "joint_fact_finding":
            self._confirm(ConfirmationKind.FACT_REPORT, event)
            self._move("start_rule_interpretation", event)
        elif "advice_given" in moves and self._stage == "external_mediation":
            self._confirm(ConfirmationKind.SETTLEMENT_TEXT, event)
        elif "rules_discussed" in moves and self._stage == "rule_interpretation":
            self._confirm(ConfirmationKind.RULES_READING, event)

    def _fact_finding_agreed(self, event: DisputeEvent) -> None:
        if self._stage == "signal":
            self._move("start_fact_finding", event)
        elif self._stage in {"rule_interpretation", "external_mediation", "resolution"}:
            self._move("new_facts", event)

    def _mediation_started(self, event: DisputeEvent) -> None:
        """Go to mediation when it was started jointly; one side alone cannot start it."""
        if self._stage not in {"signal", "joint_fact_finding", "rule_interpretation"}:
            return
        together = both_sides(event.actor, self._parties) or _TOGETHER in _says(event)
        if not together:
            self._held(
                Text(
                    "Bemiddeling niet gestart: uit de bron blijkt geen instemming van alle "
                    "partijen.",
                    "Mediation not started: the source shows no consent of all parties.",
                )
            )
            return
        for stage, trigger in (
            ("signal", "start_fact_finding"),
            ("joint_fact_finding", "start_rule_interpretation"),
        ):
            if self._stage == stage:
                self._move(trigger, event)
        self._do(Appoint(self.telling.case, "mediator", REPLAYER.person))
        self._confirm_by_all(ConfirmationKind.MEDIATOR_ACCEPTED, event)
        self._confirm_by_all(ConfirmationKind.MEDIATION_AGREEMENT, event)
        self._move("start_mediation", event)

    def _outcome(self, event: DisputeEvent) -> bool:
        says = _says(event)
        return self._stage == "resolution" and bool(says & {_RATIFIED, _CARRIED_OUT})

    def _agreement(self, event: DisputeEvent, said: Recognised) -> None:
        """Take an agreement as far as it goes: an outcome first, and an end when it is ratified.

        Between only one side, or with new trouble in the same breath, it stays a line of history.
        """
        if self._stage == "resolution":
            if self._outcome(event) and not said.indicators:
                self._confirm_by_all(ConfirmationKind.SETTLEMENT, event)
                self._settle_signals(event)
                self._move("confirm_resolution", event)
            return
        joint = both_sides(f"{event.actor} {event.text}", self._parties)
        if not joint or (said.indicators and self._stage != "external_mediation"):
            return
        if self._stage == "signal":
            self._settle_signals(event)
            self._move("resolve_early", event)
            return
        if self._stage == "joint_fact_finding":
            self._move("start_rule_interpretation", event)
        if self._stage in {"rule_interpretation", "external_mediation"}:
            trigger = (
                "propose_resolution"
                if self._stage == "external_mediation"
                else "propose_resolution_without_mediation"
            )
            self._confirm(ConfirmationKind.SETTLEMENT_TEXT, event)
            self._move(trigger, event)

    def _settle_signals(self, event: DisputeEvent) -> None:
        """An agreement ends the states that were reported; from then on they fade."""
        for key, code in kept.open_signals(self._playback.database, self.telling.case):
            indicator = self._setting.indicators.indicator(code)
            if indicator is not None and indicator.kind == "state":
                self._do(
                    CloseSignal(self.telling.case, key, self._playback.today, note=_note(event))
                )

    def _confirm(self, kind: ConfirmationKind, event: DisputeEvent) -> None:
        self._do(Confirm(self.telling.case, kind, note=_note(event)))

    def _confirm_by_all(self, kind: ConfirmationKind, event: DisputeEvent) -> None:
        for party in self._parties:
            if party.layer is not Layer.OTHER:
                self._do(Confirm(self.telling.case, kind, party.organisation, note=_note(event)))

    def _move(self, trigger: str, event: DisputeEvent) -> None:
        self._do(MakeMove(self.telling.case, trigger, _note(event)))

    def _do(self, command: Command) -> Receipt | None:
        """Hand *command* to the engine; what it refuses is told, and the story goes on."""
        try:
            return self._playback.engine.handle(command, REPLAYER)
        except ImpasseError as error:
            self._held(error.text)
            return None

    def _held(self, text: Text) -> None:
        self.telling.held.append((self._playback.today, text))

    def _now(self) -> kept.Now:
        return kept.now(self._playback.database, self.telling.case)

    @property
    def _stage(self) -> str:
        return self._now().stage


def _says(event: DisputeEvent) -> frozenset[str]:
    return frozenset(recognise(event.text, event.actor, _OUTCOME_WORDS).moves)


def _note(event: DisputeEvent) -> str:
    words = event.text if len(event.text) <= NOTE_LENGTH else event.text[: NOTE_LENGTH - 1] + "…"
    return f"Nagespeeld: {words} ({event.source or event.actor})"
