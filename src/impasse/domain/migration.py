"""A move of a running case to another version of its procedure: what it changes, before it does.

A case follows the version that its parties agreed on. So the plan comes first, and the parties
agree to it; nobody loses a day, a task or a consent without being told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from impasse.domain.carried_tasks import (
    TaskChanges,
    changes_of,
    coming_in_words,
    going_in_words,
    task_changes,
)
from impasse.domain.carried_term import TimerChange, carry, timer_changes
from impasse.domain.case import ConfirmationKind, Status
from impasse.domain.move_changes import move_changes
from impasse.domain.text import Text, same
from impasse.domain.workflow import BACK, StageKind, unknown_stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from impasse.domain.case import Case, Party, Term, Timer
    from impasse.domain.decision import Given
    from impasse.domain.history import Json
    from impasse.domain.term_acts import TermPolicy
    from impasse.domain.workflow import Stage, Workflow


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What a migration does to one case.

    `source` and `target` are `name@version`. `term` and `timers` are the term as it will be and
    what it arms; `changes` tell which promises about time move, go or come. `going` and `coming`
    are tasks, `moves` what can be done differently, `notes` what else there is to know. With
    `hindrances` it cannot be done; `lacking` are the parties that have not agreed yet.
    """

    case: str
    title: str
    revision: int
    source: str
    target: str
    stage: Stage
    to_stage: Stage | None
    came_from: str
    left: Mapping[str, int]
    term_before: Term | None
    policy: TermPolicy | None = None
    term: Term | None = None
    timers: tuple[Timer, ...] = ()
    changes: tuple[TimerChange, ...] = ()
    going: tuple[Text, ...] = ()
    coming: tuple[Text, ...] = ()
    moves: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    hindrances: tuple[Text, ...] = ()
    lacking: tuple[Party, ...] = ()

    @property
    def end_before(self) -> date | None:
        """The last day of the term as it is now."""
        return None if self.term_before is None else self.term_before.end

    @property
    def end(self) -> date | None:
        """The last day of the term as it will be."""
        return None if self.term is None else self.term.end

    @property
    def lacking_in_words(self) -> Text:
        """Who has not agreed yet: "Nog niet ingestemd met versie 2: Zandmeer."."""
        version = self.target.rpartition("@")[2]
        names = ", ".join(party.name for party in self.lacking)
        return Text(
            f"Nog niet ingestemd met versie {version}: {names}.",
            f"Not agreed to version {version} yet: {names}.",
        )

    def as_json(self) -> dict[str, Json]:
        """Return the plan as it is kept and shown, by whichever door."""
        to_stage = self.stage if self.to_stage is None else self.to_stage
        return {
            "case": self.case,
            "title": self.title,
            "revision": self.revision,
            "from": self.source,
            "to": self.target,
            "stage": self.stage.name,
            "stage_label": _both(self.stage.label),
            "to_stage": to_stage.name,
            "to_stage_label": _both(to_stage.label),
            "policy": None if self.policy is None else self.policy.value,
            "end_before": None if self.end_before is None else self.end_before.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
            "timers": [
                {
                    "purpose": one.purpose.value,
                    "what": _both(one.what),
                    "before": _iso(one.before),
                    "after": _iso(one.after),
                    "why": _both(one.why),
                }
                for one in self.changes
            ],
            "tasks_going": [_both(one) for one in self.going],
            "tasks_coming": [_both(one) for one in self.coming],
            "moves": [_both(one) for one in self.moves],
            "notes": [_both(one) for one in self.notes],
            "hindrances": [_both(one) for one in self.hindrances],
            "lacking": [party.name for party in self.lacking],
        }


def plan_migration(  # noqa: PLR0917 a case, where it goes, and how
    case: Case,
    old: Workflow,
    new: Workflow,
    stages: Mapping[str, str],
    policy: TermPolicy | None,
    given: Given,
) -> CasePlan:
    """Return what happens to *case* when it goes from *old* to *new*; nothing is changed.

    *stages* tells which stages are called otherwise in *new*. `given.armed` are the timers that
    stand, `given.agreed` tells who agreed to which version.
    """
    wanted = stages.get(case.stage, case.stage)
    stage = old.stages.get(case.stage)
    plan = CasePlan(
        case=case.id,
        title=case.title,
        revision=case.revision,
        source=f"{case.workflow}@{case.workflow_version}",
        target=new.reference,
        stage=unknown_stage(case.stage) if stage is None else stage,
        to_stage=new.stages.get(wanted),
        came_from=stages.get(case.came_from, case.came_from),
        left=_renamed(case.left, stages),
        term_before=case.term,
        lacking=lacking_consent(case, new.reference, given.agreed),
    )
    hindrances = _hindrances(case, plan, wanted, new)
    if hindrances or plan.to_stage is None:
        return replace(plan, hindrances=hindrances)
    carried = carry(case, stage, plan.to_stage, policy, given)
    if carried.hindrances:
        return replace(plan, hindrances=carried.hindrances)
    tasks = task_changes(case, stage, plan.to_stage)
    resting = new.stages.get(plan.came_from) if case.parked else None
    if resting is not None:
        # What rests during a pause is not touched now; this is what the way back will do to it.
        known = frozenset(task.name for task in case.parked)
        later = changes_of(case.parked, known, resting)
        tasks = TaskChanges((*tasks.going, *later.going), (*tasks.coming, *later.coming))
    before, after = old.moves.get(case.stage, {}), new.moves[wanted]
    changes = timer_changes(case, stage, plan.to_stage, carried.term, carried.timers, given)
    return replace(
        plan,
        policy=carried.policy,
        term=carried.term,
        timers=carried.timers,
        changes=tuple(changes),
        going=going_in_words(case, tasks),
        coming=coming_in_words(tasks),
        moves=tuple(move_changes(case, before, after, stages)),
        notes=carried.notes,
    )


def lacking_consent(case: Case, reference: str, agreed: Mapping[str, str]) -> tuple[Party, ...]:
    """Return the governments that have not agreed to version *reference*; see `agreements`."""
    return tuple(party for party in case.governments if agreed.get(party.organisation) != reference)


def agreements(confirmed: Iterable[Mapping[str, Json]]) -> dict[str, str]:
    """Return to which version each organisation agreed, of entries `confirmed` in their order.

    The order of history counts and no clock: consent is used up by the migration before it.
    """
    return {
        str(one.get("organisation", "")): str(one.get("about", ""))
        for one in confirmed
        if one.get("kind") == ConfirmationKind.MIGRATION.value
    }


def _renamed(left: Mapping[str, int], stages: Mapping[str, str]) -> dict[str, int]:
    """Return when each stage was left last, under the names of the new version."""
    found: dict[str, int] = {}
    for name, entry in left.items():
        renamed = stages.get(name, name)
        found[renamed] = max(entry, found.get(renamed, entry))
    return found


def _hindrances(case: Case, plan: CasePlan, wanted: str, new: Workflow) -> tuple[Text, ...]:
    """Return why this case cannot go to *new*, whatever anybody agrees to."""
    if case.status is Status.CLOSED:
        return (CLOSED,)
    if plan.source == plan.target:
        return (
            Text(
                f"De zaak volgt al {new.reference}.", f"The case follows {new.reference} already."
            ),
        )
    stage = plan.to_stage
    if stage is None:
        return (no_such_stage(wanted, new),)
    kind = _KINDS[case.status]
    if stage.kind is not kind:
        return (_other_kind(plan.stage, stage, kind),)
    if stage.kind is StageKind.PAUSE:
        return _way_back(case, plan, stage, new)
    return ()


_KINDS = {Status.OPEN: StageKind.ACTIVE, Status.PAUSED: StageKind.PAUSE}

CLOSED = Text(
    "Een gesloten zaak houdt de versie waarmee zij eindigde.",
    "A closed case keeps the version with which it ended.",
)


def no_such_stage(name: str, new: Workflow) -> Text:
    """Return the sentence for a stage that the new version does not have, with the choices."""
    known = ", ".join(new.stages)
    return Text(
        f"{new.reference} kent de fase '{name}' niet. Kies voor deze fase een van: {known}.",
        f"{new.reference} does not know stage '{name}'. Choose for this stage one of: {known}.",
    )


def _other_kind(stage: Stage, target: Stage, kind: StageKind) -> Text:
    """Say why a migration neither closes, pauses nor resumes a case."""
    name, old = target.label, stage.label
    if target.kind is StageKind.ENDING:
        return Text(
            f"'{name.nl}' is een einde, en een overstap sluit geen zaak. Sluit de zaak eerst, of "
            "kies een fase waarin zij verdergaat.",
            f"'{name.en}' is an ending, and a migration closes no case. Close the case first, or "
            "choose a stage in which it goes on.",
        )
    if kind is StageKind.PAUSE:
        return Text(
            f"De zaak is in pauze ('{old.nl}') en '{name.nl}' is dat niet. Hervat de zaak eerst, "
            "of kies een pauze.",
            f"The case is paused ('{old.en}') and '{name.en}' is no pause. Resume the case first, "
            "or choose a pause.",
        )
    return Text(
        f"'{name.nl}' is een pauze, en die spreken partijen zelf af. Kies een andere fase.",
        f"'{name.en}' is a pause, on which the parties agree themselves. Choose another stage.",
    )


def _way_back(case: Case, plan: CasePlan, stage: Stage, new: Workflow) -> tuple[Text, ...]:
    """Refuse a pause out of which the case could not come back to where it was."""
    leads_back = any(move.target == BACK for move in new.moves[stage.name].values())
    origins = {
        source for move in new.transitions if move.target == stage.name for source in move.sources
    }
    if not leads_back or not case.came_from or plan.came_from in origins:
        return ()
    return (
        Text(
            f"Uit '{stage.label.nl}' gaat de zaak terug naar '{plan.came_from}', maar in "
            f"{new.reference} leidt die fase niet hierheen. Zeg met welke fase zij overeenkomt: "
            f"{', '.join(sorted(origins))}.",
            f"From '{stage.label.en}' the case returns to '{plan.came_from}', but in "
            f"{new.reference} that stage does not lead here. Say which stage it corresponds to: "
            f"{', '.join(sorted(origins))}.",
        ),
    )


def _both(text: Text) -> dict[str, Json]:
    return {"nl": text.nl, "en": text.en}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds")


def joined_in_words(texts: tuple[Text, ...]) -> Text:
    """Return *texts* as one, with a space between the sentences."""
    found = Text("", "")
    for place, text in enumerate(texts):
        found = found + (same(" ") if place else same("")) + text
    return found
