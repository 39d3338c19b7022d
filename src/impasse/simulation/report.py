"""An outcome as people read it: tables and sentences, the same on every screen and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from impasse.domain.days_in_words import day_in_words
from impasse.domain.text import Text, same
from impasse.simulation.assumptions import ENOUGH, FOLLOWED, Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from impasse.simulation.assumptions import Assumptions, StageAssumptions
    from impasse.simulation.outcome import DeskFound, Outcome, StageFound

NOTHING = same("–")


@dataclass(frozen=True, slots=True)
class Table:
    """Columns under a heading; the first cell of a row says what the row is about."""

    caption: Text
    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]


def decimal(value: float, digits: int = 1) -> Text:
    """Write a number as each language does: "1.234,5" and "1,234.5"."""
    english = f"{value:,.{digits}f}"
    return Text(english.translate(_DUTCH), english)


_DUTCH = str.maketrans(",.", ".,")


def count(value: int) -> Text:
    """Write a whole number."""
    return decimal(value, 0)


def share(value: float) -> Text:
    """Write a share: "12,9 %", "12.9 %"."""
    return decimal(100 * value) + same(" %")


def title(outcome: Outcome) -> Text:
    """Return the line above everything: what was simulated, how often, and by which chance."""
    return outcome.label + same(f" ({outcome.procedure}): ") + about(outcome)


def about(outcome: Outcome) -> Text:
    """Return how many cases there were, and the seed."""
    cases = count(outcome.cases)
    if outcome.cases == 1:
        return Text(
            f"1 zaak gesimuleerd, toevalsgetal {outcome.seed}",
            f"1 case simulated, seed {outcome.seed}",
        )
    return Text(
        f"{cases.nl} zaken gesimuleerd, toevalsgetal {outcome.seed}",
        f"{cases.en} cases simulated, seed {outcome.seed}",
    )


def tables(outcome: Outcome) -> tuple[Table, ...]:
    """Return everything that was found, in tables; empty ones are left out."""
    found = (
        stage_table(outcome),
        desk_table(outcome),
        rung_table(outcome),
        ending_table(outcome),
        tier_table(outcome),
    )
    return tuple(table for table in found if table.rows)


def stage_table(outcome: Outcome) -> Table:
    """Return time per stage, in working days, and terms that were not met."""
    rows = [_stage_row(stage) for stage in outcome.stages]
    whole = (
        Text("Hele zaak", "Whole case"),
        NOTHING,
        count(outcome.cases),
        decimal(outcome.time.median),
        decimal(outcome.time.p85),
        NOTHING,
        NOTHING,
        NOTHING,
        count(outcome.unfinished),
    )
    return Table(
        Text("Tijd per fase, in werkdagen", "Time per stage, in working days"),
        (
            Text("Fase", "Stage"),
            Text("Termijn", "Term"),
            Text("Keren", "Stays"),
            Text("Helft klaar", "Half done"),
            Text("85 % klaar", "85 % done"),
            Text("Wachten, 85 %", "Waiting, 85 %"),
            Text("Opgeschort", "Suspended"),
            Text("Termijn niet gehaald", "Term not met"),
            Text("Niet klaar", "Unfinished"),
        ),
        (*rows, whole),
    )


def _stage_row(stage: StageFound) -> tuple[Text, ...]:
    return (
        heading(stage),
        NOTHING if stage.term is None else count(stage.term),
        count(stage.entered),
        decimal(stage.time.median) if stage.time.n else NOTHING,
        decimal(stage.time.p85) if stage.time.n else NOTHING,
        decimal(stage.waited.p85) if stage.time.n else NOTHING,
        count(stage.suspended),
        share(stage.share_expired) if stage.entered and not stage.pause else NOTHING,
        count(stage.unfinished),
    )


def heading(stage: StageFound) -> Text:
    """Return what a stage is called, with its number in front when it has one."""
    return stage.label if stage.number is None else same(f"{stage.number} ") + stage.label


def desk_table(outcome: Outcome) -> Table:
    """Return how busy each role was and how long cases waited for it."""
    return Table(
        Text("Belasting en wachtrij per rol", "Load and queue per role"),
        (
            Text("Rol", "Role"),
            Text("Mensen", "People"),
            Text("Zaken tegelijk", "Cases at once"),
            Text("In behandeling", "In hand"),
            Text("Belasting", "Load"),
            Text("Wachtrij gemiddeld", "Queue, mean"),
            Text("Wachtrij 85 %", "Queue, 85 %"),
            Text("Langste wachtrij", "Longest queue"),
            Text("Wachttijd gemiddeld", "Wait, mean"),
            Text("Wachttijd 85 %", "Wait, 85 %"),
        ),
        tuple(_desk_row(desk) for desk in outcome.desks),
    )


def _desk_row(desk: DeskFound) -> tuple[Text, ...]:
    if desk.staff is None or desk.load is None:
        enough = Text("onbeperkt", "no limit")
        return (desk.role.label, enough, NOTHING, decimal(desk.busy), *([NOTHING] * 6))
    return (
        desk.role.label,
        count(desk.staff),
        count(desk.at_once),
        decimal(desk.busy),
        share(desk.load),
        decimal(desk.queue.mean),
        count(desk.queue.p85),
        count(desk.queue.most),
        decimal(desk.wait.mean),
        decimal(desk.wait.p85),
    )


def rung_table(outcome: Outcome) -> Table:
    """Return how many reminders were sent, and how many stays reached each rung after them."""
    rows = [row for stage in outcome.stages for row in _ring_rows(stage)]
    return Table(
        Text(
            "Herinneringen en treden rond het einde van de termijn",
            "Reminders and rungs around the end of the term",
        ),
        (
            Text("Fase", "Stage"),
            Text("Werkdagen", "Working days"),
            Text("Tafel", "Table"),
            Text("Stap van de klok", "Move by the clock"),
            Text("Keren", "Times"),
            Text("Aandeel", "Share"),
        ),
        tuple(rows),
    )


def _ring_rows(stage: StageFound) -> Iterator[tuple[Text, ...]]:
    def times(number: int) -> tuple[Text, Text]:
        return count(number), share(number / stage.entered) if stage.entered else NOTHING

    for reminder in sorted(stage.reminders, key=lambda one: -one.before):
        before = Text(f"{reminder.before} ervoor", f"{reminder.before} before")
        yield heading(stage), before, NOTHING, NOTHING, *times(reminder.sent)
    for rung in stage.rungs:
        after = Text(f"{rung.after} erna", f"{rung.after} after")
        yield (
            heading(stage),
            after if rung.after else Text("einde", "end"),
            NOTHING if rung.tier is None else rung.tier.label,
            NOTHING if rung.trigger is None else same(rung.trigger),
            *times(rung.reached),
        )


def ending_table(outcome: Outcome) -> Table:
    """Return how cases ended."""
    rows = [(e.label, count(e.cases), share(e.share)) for e in outcome.endings]
    if outcome.unfinished:
        left = outcome.unfinished
        label = Text("Niet klaar aan het eind", "Not finished at the end")
        rows.append((label, count(left), share(left / outcome.cases)))
    return Table(
        Text("Hoe zaken eindigen", "How cases end"),
        (Text("Einde", "Ending"), Text("Zaken", "Cases"), Text("Aandeel", "Share")),
        tuple(rows),
    )


def tier_table(outcome: Outcome) -> Table:
    """Return the highest table to which the clock brought cases."""
    return Table(
        Text("Hoogste tafel", "Highest table"),
        (Text("Tafel", "Table"), Text("Zaken", "Cases"), Text("Aandeel", "Share")),
        tuple((t.tier.label, count(t.cases), share(t.share)) for t in outcome.tiers),
    )


OVERLOADED = 0.95
"""From this load on a queue grows rather than moves."""


def notices(outcome: Outcome) -> tuple[Text, ...]:
    """Return what a reader must know before the numbers are used."""
    found = []
    for desk in outcome.desks:
        if desk.load is not None and desk.load >= OVERLOADED:
            role = desk.role.label
            found.append(
                Text(
                    f"Voor de rol {role.nl} komt er meer werk binnen dan deze mensen aankunnen: de "
                    "wachtrij groeit zolang er zaken bij komen. Kies meer mensen of minder zaken.",
                    f"For role {role.en} more work comes in than these people can do: the queue "
                    "grows as long as cases come in. Choose more people or fewer cases.",
                )
            )
    if not outcome.finished:
        found.append(
            Text(
                "Geen enkele zaak was klaar aan het eind.", "Not one case was finished at the end."
            )
        )
    return tuple(found)


def comparison(one: Outcome, other: Outcome) -> Table:
    """Return two outcomes side by side: what people ask first, one line each."""
    return Table(
        Text("Naast elkaar", "Side by side"),
        (Text("Wat", "What"), same(one.procedure), same(other.procedure)),
        tuple(_side_by_side((one, other))),
    )


def _side_by_side(both: tuple[Outcome, Outcome]) -> Iterator[tuple[Text, ...]]:
    yield _line(Text("Hele zaak: helft klaar", "Whole case: half done"), both, _median)
    yield _line(Text("Hele zaak: 85 % klaar", "Whole case: 85 % done"), both, _p85)
    stages = [{stage.name: stage for stage in outcome.stages} for outcome in both]
    for name in _names(stages):
        pair = [found.get(name) for found in stages]
        label = next(stage.label for stage in pair if stage is not None) + same(": ")
        yield _line(label + Text("helft klaar", "half done"), pair, _median)
        yield _line(label + Text("85 % klaar", "85 % done"), pair, _p85)
        yield _line(label + Text("termijn niet gehaald", "term not met"), pair, _missed)
    desks = [{d.role: d for d in outcome.desks if d.load is not None} for outcome in both]
    for role in _names(desks):
        pair_of_desks = [found.get(role) for found in desks]
        label = role.label + same(": ")
        yield _line(label + Text("belasting", "load"), pair_of_desks, _load)
        yield _line(label + Text("wachttijd 85 %", "wait, 85 %"), pair_of_desks, _wait)
    ends = [{ending.name: ending for ending in outcome.endings} for outcome in both]
    for name in _names(ends):
        pair_of_ends = [found.get(name) for found in ends]
        label = next(end.label for end in pair_of_ends if end is not None)
        yield _line(label, pair_of_ends, lambda end: share(end.share))


_T = TypeVar("_T")
_K = TypeVar("_K")


def _line(label: Text, pair: Iterable[_T | None], tell: Callable[[_T], Text]) -> tuple[Text, ...]:
    return (label, *(NOTHING if one is None else tell(one) for one in pair))


def _names(found: list[dict[_K, _T]]) -> Iterable[_K]:
    """Return the keys of either, each once, in order."""
    return dict.fromkeys(key for one in found for key in one)


def _median(found: Outcome | StageFound) -> Text:
    return decimal(found.time.median) if found.time.n else NOTHING


def _p85(found: Outcome | StageFound) -> Text:
    return decimal(found.time.p85) if found.time.n else NOTHING


def _missed(stage: StageFound) -> Text:
    return NOTHING if stage.pause else share(stage.share_expired)


def _load(desk: DeskFound) -> Text:
    return NOTHING if desk.load is None else share(desk.load)


def _wait(desk: DeskFound) -> Text:
    return decimal(desk.wait.p85)


def assumptions_told(outcome: Outcome) -> tuple[Text, ...]:
    """Return every assumption in a sentence, each with where it comes from."""
    assumed = outcome.assumptions
    return (
        *_of_the_years(assumed, outcome.runs),
        *(sentence for stage in assumed.stages for sentence in _of_a_stage(stage)),
        *_ALWAYS,
    )


def _of_the_years(assumed: Assumptions, runs: int) -> Iterator[Text]:
    whole = assumed.per_month.is_integer()
    day, rate = day_in_words(assumed.start), decimal(assumed.per_month, 0 if whole else 1)
    yield Text(
        f"Er komen {rate.nl} zaken per maand binnen, op willekeurige momenten van werkdagen, "
        f"vanaf {day.nl}, {assumed.years} jaar lang. Daarna loopt de klok nog {FOLLOWED} jaar.",
        f"{rate.en} cases come in per month, at random moments of working days, from {day.en} and "
        f"for {assumed.years} years. After that they are followed for {FOLLOWED} more years.",
    )
    if runs > 1:
        yield Text(
            f"Voor zoveel zaken zijn die jaren {runs} keer doorlopen, steeds met lege bureaus.",
            f"For so many cases those years were lived through {runs} times, from empty desks.",
        )
    yield Text(
        "Belasting en wachtrijen zijn gemeten terwijl er zaken binnenkomen, zonder het eerste "
        "vijfde deel, waarin de bureaus vollopen.",
        "Load and queues were measured while cases come in, without the first fifth, in which "
        "desks fill up.",
    )
    for desk in assumed.desks:
        role = desk.role.label
        if desk.staff is None:
            yield Text(
                f"Rol {role.nl}: ieder werkt aan de eigen zaak; niemand wacht op een ander.",
                f"Role {role.en}: each works on the own case; nobody waits for another.",
            )
            continue
        origin = desk.origin.label
        yield Text(
            f"Rol {role.nl}: {desk.staff} mensen met elk {desk.at_once} zaken tegelijk; wie het "
            f"langst wacht is het eerst aan de beurt ({origin.nl}).",
            f"Role {role.en}: {desk.staff} people with {desk.at_once} cases each at once; who "
            f"waits longest comes first ({origin.en}).",
        )


def _of_a_stage(stage: StageAssumptions) -> Iterator[Text]:
    name = stage.label
    if stage.agreeing is not None:
        length, origin = stage.agreeing.length, stage.agreeing.origin.label
        yield Text(
            f"{name.nl}: partijen spreken {length.shortest} tot {length.longest} werkdagen af, elk "
            f"aantal even vaak ({origin.nl}).",
            f"{name.en}: the parties agree on {length.shortest} to {length.longest} working days, "
            f"each as often ({origin.en}).",
        )
    yield _work_told(stage)
    if stage.moves.moves:
        told = [(move.label, decimal(move.weight, 2)) for move in stage.moves.moves]
        nl = ", ".join(f"{label.nl} {weight.nl}" for label, weight in told)
        en = ", ".join(f"{label.en} {weight.en}" for label, weight in told)
        origin = stage.moves.origin.label
        yield Text(
            f"{name.nl}: gewichten van de volgende stap: {nl} ({origin.nl}).",
            f"{name.en}: weights of the next move: {en} ({origin.en}).",
        )
    if stage.suspending is not None:
        length, origin = stage.suspending.length, stage.suspending.origin.label
        chance = share(stage.suspending.chance)
        yield Text(
            f"{name.nl}: in {chance.nl} van de keren wordt de termijn één keer opgeschort, "
            f"{length.shortest} tot {length.longest} werkdagen ({origin.nl}).",
            f"{name.en}: in {chance.en} of stays the term is suspended once, for "
            f"{length.shortest} to {length.longest} working days ({origin.en}).",
        )


def _work_told(stage: StageAssumptions) -> Text:
    name, work = stage.label, stage.work
    origin = work.origin.label
    if work.of_agreed:
        half, most = (decimal(100 * part, 0) + same(" %") for part in (work.median, work.p85))
        return Text(
            f"{name.nl}: mensen zetten in de helft van de keren een stap binnen {half.nl} van de "
            f"afgesproken tijd en in 85 % binnen {most.nl}; komt de klok eerder, dan zij "
            f"({origin.nl}).",
            f"{name.en}: people move within {half.en} of the agreed time in half of the stays and "
            f"within {most.en} in 85 %; when the clock comes first, it does ({origin.en}).",
        )
    half, most = decimal(work.median), decimal(work.p85)
    how = Text("", "")
    if work.origin is Origin.HISTORY:
        how = Text(f", {work.seen} afgeronde keren", f", {work.seen} finished stays")
    elif work.spread is not None:
        sigma = decimal(work.spread)
        how = Text(f", log-normaal, spreiding {sigma.nl}", f", log-normal, spread {sigma.en}")
    return Text(
        f"{name.nl}: het werk is in de helft van de keren binnen {half.nl} werkdagen klaar en in "
        f"85 % binnen {most.nl} ({origin.nl}{how.nl}).",
        f"{name.en}: the work is done within {half.en} working days in half of the stays and "
        f"within {most.en} in 85 % ({origin.en}{how.en}).",
    )


_ALWAYS = (
    Text(
        "Zodra het werk klaar is, is aan de voorwaarden van een stap voldaan; een einde is "
        "definitief; niemand vraagt verlenging. Taken binnen een fase vallen onder haar werk.",
        "The conditions of a move are met when the work is done; an ending is final; nobody asks "
        "for an extension. Tasks inside a stage are part of its work.",
    ),
    Text(
        f"Met minder dan {ENOUGH} afgeronde keren telt de geschiedenis van een fase niet mee. "
        "Tijden uit de geschiedenis bevatten het wachten van toen; het wachten nu komt "
        "daarbij.",
        f"With fewer than {ENOUGH} finished stays in a stage history does not count. Times from "
        "history hold the waiting of then; waiting in the simulation comes on top.",
    ),
)
