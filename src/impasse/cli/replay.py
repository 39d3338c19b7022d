"""`impasse replay`: what the engine would have known and done in disputes of the past.

Raises `Unreadable` for a file of disputes that cannot be used.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.main import Status, reader_language
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Invalid, NotFound
from impasse.domain.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from impasse.adapters.files.disputes import Dispute, DisputeEvent
    from impasse.simulation.playback import Setting
    from impasse.simulation.replay import ReplayReport, Row


class OutputFormat(StrEnum):
    """For people, or for programs."""

    TEXT = "text"
    JSON = "json"


def replay(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Een bestand met geschillen en hun gebeurtenissen."),
    ],
    *,
    case: Annotated[
        str | None, typer.Option(metavar="ID", help="Alleen dit geschil; anders alle.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Niets van na deze dag (2021-03-12) is bekend."),
    ] = None,
    output_format: Annotated[
        OutputFormat, typer.Option("--format", help="Voor mensen (text) of programma's (json).")
    ] = OutputFormat.TEXT,
    language: Annotated[Language | None, typer.Option(help="De taal van de uitkomst.")] = None,
) -> None:
    """Speel echte geschillen na in de tijd, zonder kennis achteraf."""
    from impasse.adapters.files.disputes import load_disputes
    from impasse.adapters.logs import configure
    from impasse.simulation.replay import chosen, replay_all

    # What the engine refuses during a replay is part of the outcome, not of the log.
    configure("console", "debug" if os.environ.get("IMPASSE_LOG_LEVEL") == "debug" else "error")
    speak = language or reader_language()
    last = _day(until)
    found = load_disputes(file, case)
    for note in (*found.notes, *map(_unknown_key, found.ignored)):
        typer.echo((_NOTE + note).in_(speak), err=True)
    try:
        disputes = chosen(found, case)
    except NotFound as error:
        typer.echo(f"impasse: {error.text.in_(speak)}", err=True)
        raise typer.Exit(Status.UNUSABLE) from error
    setting = shipped_setting()
    with _progress(disputes, last) as progress:
        reports = list(
            replay_all(disputes, found.hindsight, setting, until=last, progress=progress)
        )
    if output_format is OutputFormat.JSON:
        typer.echo(_json(reports, setting, speak))
    else:
        typer.echo("\n\n".join(_text(report, setting, speak) for report in reports))


def shipped_setting() -> Setting:
    """Return the procedure, calendar, indicators and names that come with the product."""
    from impasse.adapters.files.calendar import load_calendar
    from impasse.adapters.files.early_warning import load_indicators
    from impasse.adapters.files.organisations import load_organisations
    from impasse.adapters.files.shipped import shipped
    from impasse.adapters.files.workflows import load_workflow
    from impasse.domain.machine import compile_workflow
    from impasse.simulation.naming import Register
    from impasse.simulation.playback import Setting

    indicators, recognition = load_indicators(shipped("config", "early-warning.yaml"))
    procedure = load_workflow(shipped("workflows", "interbestuurlijke-impasse.yaml"))
    return Setting(
        procedure=compile_workflow(procedure),
        calendar=load_calendar(shipped("config", "calendar.yaml")),
        indicators=indicators,
        recognition=recognition,
        register=Register(load_organisations(shipped("config", "organisations.csv"))),
    )


def _day(written: str | None) -> date | None:
    from impasse.domain.calendar import FIRST_DAY, LAST_DAY

    if written is None:
        return None
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = None
    if day is None or day.isoformat() != written or not FIRST_DAY <= day < LAST_DAY:
        raise Invalid(
            Text(
                f'"{written}" is geen dag waarop een naspel kan eindigen. Schrijf een bestaande '
                f"dag als 2021-03-12, van {FIRST_DAY} tot {LAST_DAY}.",
                f'"{written}" is no day on which a replay can end. Write an existing day such as '
                f"2021-03-12, from {FIRST_DAY} to {LAST_DAY}.",
            )
        )
    return day


@contextmanager
def _progress(disputes: tuple[Dispute, ...], until: date | None) -> Iterator[Callable[[], None]]:
    """Yield what to call after each event: a bar for who watches, nothing otherwise."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    events = [e for d in disputes for e in d.events if until is None or e.known_on <= until]
    with typer.progressbar(length=len(events), file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _unknown_key(key: str) -> Text:
    return Text(
        f'"{key}" hoort niet bij deze bestandsvorm en is niet gebruikt.',
        f'"{key}" is not part of this format and was not used.',
    )


def _json(reports: list[ReplayReport], setting: Setting, language: Language) -> str:
    answer = {
        "format": 1,
        "procedure": setting.procedure.workflow.reference,
        "indicators": setting.indicators.version,
        "calendar": setting.calendar.version,
        "cases": [_case_json(report, language) for report in reports],
    }
    return json.dumps(answer, ensure_ascii=False, indent=2)


def _case_json(report: ReplayReport, language: Language) -> dict[str, Any]:
    lead, last = report.lead, report.rows[-1] if report.rows else None
    return {
        "id": report.id,
        "title": report.title.in_(language),
        "until": _iso(report.until),
        "days": [_row_json(row, language) for row in report.rows],
        "summary": {
            "ended_on": _iso(report.ended_on),
            "ended_because": report.ending.value,
            "stage": last.stage if last else "",
            "level": last.level.value if last and last.level else None,
            "opened_on": _iso(report.opened_on),
            "first_signal": _iso(report.signalled_on),
            "first_attention": _iso(report.yellow_on),
            "first_warning": _iso(report.warned_on),
            "agenda_candidate": _iso(report.candidate_on),
            "events_known": report.events_known,
            "events_kept": report.events_kept,
        },
        "comparison": {
            "recognised_as_impasse": _iso(lead.recognised_on),
            "recognised_precision": lead.recognised_precision,
            "formal_impasse": _iso(lead.formal_on),
            "earliest_signal": _iso(lead.earliest_signal_on),
            "lead_time_days": lead.days,
            "lead_time_to_formal_days": lead.days_to_formal,
            "verdict": lead.verdict.in_(language),
        },
    }


def _row_json(row: Row, language: Language) -> dict[str, Any]:
    return {
        "date": row.day.isoformat(),
        "known": [
            {
                "id": event.id,
                "date": event.day.isoformat(),
                "precision": event.precision.value,
                "actor": event.actor,
                "text": event.text,
                "source": event.source,
            }
            for event in row.known
        ],
        "acts": [
            {
                "kind": act.kind,
                "text": act.sentence.in_(language),
                "end": _iso(act.end),
                "due": _iso(act.due),
                "reasons": [reason.in_(language) for reason in act.reasons],
            }
            for act in row.acts
        ],
        "stage": row.stage,
        "tier": row.tier.value if row.tier else None,
        "level": row.level.value if row.level else None,
        "score": row.score,
    }


def _text(report: ReplayReport, setting: Setting, language: Language) -> str:
    lines = [f"== {report.title.in_(language)} ({report.id})", _BASIS.in_(language)]
    for row in report.rows:
        lines += ["", *_row_text(row, language)]
    lines += ["", *(_summary if report.rows else _nothing)(report, language)]
    lines.append(
        Text(
            f"Procedure {setting.procedure.workflow.reference}, indicatoren "
            f"{setting.indicators.version}, kalender {setting.calendar.version}.",
            f"Procedure {setting.procedure.workflow.reference}, indicators "
            f"{setting.indicators.version}, calendar {setting.calendar.version}.",
        ).in_(language)
    )
    return "\n".join(lines)


def _row_text(row: Row, language: Language) -> Iterator[str]:
    place = row.stage_label if row.stage else _NO_CASE
    head = day_in_words(row.day) + Text(" | fase: ", " | stage: ") + place
    if row.level is not None:
        head = head + Text(" | niveau: ", " | level: ") + row.level.label
        score = f"{row.score:.1f}"
        head = head + Text(f" ({score.replace('.', ',')})", f" ({score})")
    if row.tier is not None:
        head = head + Text(" | tafel: ", " | tier: ") + row.tier.label
    yield head.in_(language)
    for event in row.known:
        yield f"  * {event.actor}: {event.text}"
        yield f"    {_when(event, row.day).in_(language)}{event.source}"
    for act in row.acts:
        yield f"  - {act.sentence.in_(language)}"
        for reason in act.reasons:
            yield f"      {reason.in_(language)}"


def _when(event: DisputeEvent, known: date) -> Text:
    """Say when it happened, and why it counts from this day, when that is another day."""
    from impasse.adapters.files.disputes import Precision

    if event.precision is Precision.MONTH:
        text = Text(f"{event.day:%m-%Y}, ", f"{event.day:%Y-%m}, ") + event.precision.label
    elif event.precision is Precision.YEAR:
        text = Text(f"{event.day:%Y}, ", f"{event.day:%Y}, ") + event.precision.label
    else:
        text = Text(f"{event.day:%d-%m-%Y}", f"{event.day}")
    if known > event.certain_on:
        text = text + Text(", pas nu openbaar", ", public only now")
    elif event.certain_on != event.day:
        text = text + Text(": telt vanaf de laatste dag", ": counts from its last day")
    return text + Text(". Bron: ", ". Source: ") if event.source else text + Text(".", ".")


def _nothing(report: ReplayReport, language: Language) -> Iterator[str]:
    from impasse.simulation.replay import Ending

    if report.until is not None and report.ending is Ending.NOTHING_KNOWN:
        yield (
            Text("Tot en met ", "Up to ")
            + day_in_words(report.until)
            + Text(
                " was van dit geschil nog niets bekend. Kies een latere dag met --until.",
                " nothing was known of this dispute yet. Choose a later day with --until.",
            )
        ).in_(language)
    else:
        yield _NO_EVENTS.in_(language)


def _summary(report: ReplayReport, language: Language) -> Iterator[str]:
    from impasse.simulation.replay import Ending

    lead = report.lead
    recognised = _shown(lead.recognised_on)
    if lead.recognised_on is not None and lead.recognised_precision not in {None, "day"}:
        recognised = recognised + Text(
            " (eerste dag van de periode; de dag zelf is niet bekend)",
            " (first day of the period; the day itself is not known)",
        )
    candidate = _shown(report.candidate_on)
    if report.candidate_on is not None and (
        report.signalled_on is None or report.candidate_on < report.signalled_on
    ):
        candidate = candidate + Text(
            " (termijn verstreken, nog zonder signaal)", " (term expired, no signal yet)"
        )
    facts = (
        (Text("Zaak geopend", "Case opened"), _shown(report.opened_on)),
        (Text("Eerste signaal herkend", "First signal recognised"), _shown(report.signalled_on)),
        (Text("Eerst aandacht (geel)", "First attention (yellow)"), _shown(report.yellow_on)),
        (Text("Eerst gewaarschuwd (oranje of hoger)", "First warning (orange or higher)"),
         _shown(report.warned_on)),
        (Text("Voorgesteld voor de agenda", "Proposed for the agenda"), candidate),
        (Text("Erkend als impasse (achteraf)", "Recognised as impasse (hindsight)"), recognised),
        (Text("Formeel vastgelopen (achteraf)", "Formal impasse (hindsight)"),
         _shown(lead.formal_on)),
        (
            Text("Vroegste signaal (achteraf)", "Earliest signal (hindsight)"),
            _shown(lead.earliest_signal_on),
        ),
        (Text("Voorsprong", "Lead time"), lead.verdict),
        (Text("Gebeurtenissen bekend / in het verloop", "Events known / kept in history"),
         Text(f"{report.events_known} / {report.events_kept}",
              f"{report.events_known} / {report.events_kept}")),
    )  # fmt: skip
    if report.ended_on is not None:
        yield (Text("Stand op ", "As of ") + day_in_words(report.ended_on) + Text(":", ":")).in_(
            language
        )
    if report.ending is Ending.QUIET_YEAR and report.last_known_on is not None:
        yield (
            _QUIET_YEAR
            + Text(" De laatste gebeurtenis werd bekend op ", " The last event became known on ")
            + day_in_words(report.last_known_on)
            + Text(".", ".")
        ).in_(language)
    width = max(len(name.in_(language)) for name, _ in facts)
    for name, fact in facts:
        yield f"  {name.in_(language):<{width}}  {fact.in_(language)}"
    if report.signalled_on is None:
        yield _NO_SIGNAL.in_(language)


def _shown(day: date | None) -> Text:
    return day_in_words(day) if day is not None else Text("niet", "no")


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


_BASIS = Text(
    "Alleen wat op die dag zeker bekend was telt. Van een maand of jaar telt de laatste dag.",
    "Only what was known for certain on a day counts. Of a month or year, its last day counts.",
)
_NO_CASE = Text("nog geen zaak", "no case yet")
_NO_EVENTS = Text(
    "Van dit geschil staan geen gebeurtenissen in het bestand: er valt niets na te spelen.",
    "The file holds no events of this dispute: there is nothing to replay.",
)
_NO_SIGNAL = Text(
    "Geen zin bevatte een signaal dat de woordenlijst kent. De zaak bewaart alleen het verloop.",
    "No sentence held a signal that the word list knows. The case only keeps the history.",
)
_QUIET_YEAR = Text(
    "Na de laatste gebeurtenis loopt de klok nog een jaar; daarna verandert er niets meer dat de "
    "bronnen kunnen tonen.",
    "After the last event the clock runs for one more year; what would change later, no source "
    "can show.",
)
_NOTE = Text("Let op: ", "Note: ")
