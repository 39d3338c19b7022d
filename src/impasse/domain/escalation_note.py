"""The note that comes with a draft agenda item: the road that led there, in neutral words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.days_in_words import day_in_words
from impasse.domain.escalation import Acknowledgement, LevelTold
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.escalation import Run


def note_of(case: Case, run: Run, calendar: Calendar, today: date) -> Text:
    """Return what members of the meeting may read: parties, how long, what was told, who took it.

    Nothing but facts that all parties see; no side is said to be at fault.
    """
    days = calendar.agreed.working_days_between(case.opened_on, today)
    quiet = calendar.agreed.working_days_between(case.last_step_on, today)
    names = ", ".join(party.name for party in case.parties)
    opened = day_in_words(case.opened_on)
    lines = [
        Text(f"Partijen: {names}.", f"Parties: {names}."),
        Text(
            f"Gemeld op {opened.nl}, {_ago(days).nl}.",
            f"Reported on {opened.en}, {_ago(days).en}.",
        ),
        Text(
            f"Laatste stap {_ago(quiet).nl}; de zaak ligt op niveau {case.tier.label.nl}.",
            f"Last step {_ago(quiet).en}; the case is at level {case.tier.label.en}.",
        ),
    ]
    if case.term is not None:
        end = day_in_words(case.term.end)
        lines.append(Text(f"Einde van de termijn: {end.nl}.", f"End of the term: {end.en}."))
    for act in run.acts:
        if isinstance(act, LevelTold) and not act.again:
            level, day = run.policy.levels[act.level], day_in_words(calendar.local_day(act.at))
            lines.append(same("- ") + day + same(": ") + level.label + same("."))
        elif isinstance(act, Acknowledgement):
            party = case.party(act.organisation)
            who = Text("het secretariaat", "the secretariat") if party is None else same(party.name)
            until = day_in_words(act.until)
            lines.append(
                Text(
                    f"- Opgepakt door {who.nl}, met een stap uiterlijk op {until.nl}.",
                    f"- Taken up by {who.en}, with a step by {until.en}.",
                )
            )
    return Text("\n".join(line.nl for line in lines), "\n".join(line.en for line in lines))


def _ago(days: int) -> Text:
    """Return how many working days ago something was, in words."""
    if days == 0:
        return Text("minder dan 1 werkdag geleden", "less than 1 working day ago")
    if days == 1:
        return Text("1 werkdag geleden", "1 working day ago")
    return Text(f"{days} werkdagen geleden", f"{days} working days ago")
