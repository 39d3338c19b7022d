"""`impasse doctor`: database, calendar, clock, messages, cases, providers, each with a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, words
from impasse.cli.main import reader_language
from impasse.cli.rota_check import rota_finding
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Conflict, ImpasseError, Unreadable

if TYPE_CHECKING:
    from collections.abc import Collection

    from impasse.adapters.sql.strange import Pin
    from impasse.domain.text import Text
    from impasse.wiring import House

OVERDUE = timedelta(minutes=5)
"""A timer that waits longer than this is not being looked after."""

MOST_NAMED = 10
"""Cases that are named in one finding; of more, only how many."""

HORIZON = timedelta(days=365)
"""The calendar should know the equated days of the coming year."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and what to know or do."""

    what: str
    well: bool
    words: str


def doctor(*, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Examine whether all is well; ends with 1 when something must be done."""
    with opened() as house:
        findings = [_migrations(house)]
        if findings[0].well:
            findings += [_calendar(house), _timers(house), _messages(house), _procedures(house)]
            findings.append(_cases(house))
            findings += [_escalation(house), _outbox(house), *_heartbeat(house)]
            findings.append(Finding(*rota_finding(house)))
            findings.append(_mail(house))
            findings += _providers(house)
    if output_format is OutputFormat.JSON:
        say_json([{"what": f.what, "well": f.well, "words": f.words} for f in findings])
    else:
        for finding in findings:
            verdict = words("goed  ", "well  ") if finding.well else words("LET OP", "MIND  ")
            say(f"{verdict}  {finding.what}: {finding.words}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def _providers(house: House) -> list[Finding]:
    """Examine our half of signing in elsewhere, and each provider; nothing when there is none."""
    from impasse.adapters.identity.examination import faults_of, faults_of_ours

    def finding(what: str, faults: list[Text], well: str) -> Finding:
        told = "; ".join(fault.in_(reader_language()) for fault in faults)
        return Finding(what, not faults, told or well)

    providers, what = house.providers, words("aanmelddienst", "identity provider")
    if not providers.all:
        return []
    ours, at = list(faults_of_ours(providers)), house.clock()
    kids = "" if ours else ", ".join(str(key.kid) for key in providers.own_keys())
    return [
        finding(words("eigen sleutels", "own keys"), ours, kids),
        *(
            finding(
                f"{what} {one.id}",
                list(faults_of(one, house.database, at=at)),
                f"{one.issuer}; {providers.return_address(one)}",
            )
            for one in providers.all
        ),
    ]


def _mail(house: House) -> Finding:
    from impasse.adapters.channels.email_check import mail_verdict

    well, told = mail_verdict(house.settings)
    return Finding(words("e-mail", "e-mail"), well, told.in_(reader_language()))


def _migrations(house: House) -> Finding:
    from impasse.adapters.sql.migrate import current, newest

    at, wanted = current(house.settings.database_url), newest()
    return Finding(
        words("database", "database"),
        at == wanted,
        words(f"stap {at}", f"step {at}")
        if at == wanted
        else words(
            f"stap {at or 'geen'}; voer 'impasse db upgrade' uit",
            f"step {at or 'none'}; run 'impasse db upgrade'",
        ),
    )


def _calendar(house: House) -> Finding:
    today = house.calendar.local_day(house.clock())
    horizon = house.calendar.horizon
    known, well = day_in_words(horizon), horizon >= today + HORIZON
    remedy = words(
        "; voeg het nieuwe besluit toe op de pagina Kalender",
        "; add the new decree on the page Kalender",
    )
    return Finding(
        words("kalender", "calendar"),
        well,
        words(
            f"gelijkgestelde dagen bekend tot en met {known.nl}",
            f"equated days known up to {known.en}",
        )
        + ("" if well else remedy),
    )


def _timers(house: House) -> Finding:
    from impasse.adapters.sql.timers import next_wake

    what, wake = words("klok", "clock"), next_wake(house.database)
    if wake is None:
        return Finding(what, well=True, words=words("niets gepland", "nothing planned"))
    late = house.clock() - wake
    if late > OVERDUE:
        minutes = int(late.total_seconds() // 60)
        return Finding(
            what,
            well=False,
            words=words(
                f"een termijn wacht al {minutes} minuten; draait 'impasse serve' of "
                "'impasse worker'?",
                f"a term has waited {minutes} minutes; does 'impasse serve' or "
                "'impasse worker' run?",
            ),
        )
    moment = f"{wake:%Y-%m-%d %H:%M} UTC"
    return Finding(what, True, words(f"eerstvolgende {moment}", f"next at {moment}"))


def _messages(house: House) -> Finding:
    dead = house.views.count_dead()
    return Finding(
        words("uitgaand", "outgoing"),
        dead == 0,
        words("niets onbestelbaar", "no dead letters")
        if dead == 0
        else words(f"{dead} berichten zijn onbestelbaar", f"{dead} messages are dead letters"),
    )


def _escalation(house: House) -> Finding:
    """Name the open runs of escalation that have no future moment, no timer, or a closed case."""
    from impasse.adapters.sql.mending import damaged_runs, faulty_runs
    from impasse.adapters.sql.strange import RESTORE_ROW

    what, language = words("opschaling", "escalation"), reader_language()
    faulty, damaged = faulty_runs(house.database, house.clock()), damaged_runs(house.database)
    if damaged:
        unreadable = words("niet te lezen", "unreadable")
        told = f"{unreadable}: {_first(damaged)}. {RESTORE_ROW.in_(language)}"
        return Finding(what, well=False, words=told)
    if not faulty:
        well = words("elke opschaling heeft een volgend moment", "every escalation has a moment")
        return Finding(what, well=True, words=well)
    named = [f"{run.case}:{run.run} ({fault.text.in_(language)})" for run, fault in faulty]
    remedy = words("voer 'impasse escalation mend' uit", "run 'impasse escalation mend'")
    return Finding(what, well=False, words=f"{_first(named)}; {remedy}")


def _outbox(house: House) -> Finding:
    """Tell whether messages leave in time, by what the watchdogs see now."""
    from impasse.domain.watchdog import Watchdog

    sights, language = house.watchdogs.see(house.clock()), reader_language()
    seen = [sights[one] for one in (Watchdog.OUTBOX, Watchdog.DELIVERIES, Watchdog.CANARY)]
    told = "; ".join(sight.words.in_(language) for sight in seen if sight.wrong)
    well = words("niets blijft liggen", "nothing lies about")
    return Finding(words("uitbak", "outbox"), not told, told or well)


def _heartbeat(house: House) -> list[Finding]:
    """Tell whether the sign of life arrives; nothing when none is asked for."""
    if house.settings.heartbeat_url is None:
        return []
    what, beat = words("hartslag", "heartbeat"), house.watchdogs.beat()
    if beat is None or beat.failing_since is None:
        well = words("komt aan", "arrives") if beat else words("nog niet verzonden", "not sent yet")
        return [Finding(what, well=True, words=well)]
    since = f"{beat.failing_since:%Y-%m-%d %H:%M} UTC"
    told = words(f"komt niet aan sinds {since}", f"does not arrive since {since}")
    return [Finding(what, well=False, words=f"{told}: {beat.failure}")]


def _procedures(house: House) -> Finding:
    what = words("procedures", "procedures")
    try:
        names = [
            house.procedures.get(row.name, row.version).workflow.reference
            for row in house.procedures.versions(house.calendar.local_day(house.clock()))
        ]
    except ImpasseError as error:
        return Finding(what, well=False, words=error.text.in_(reader_language()))
    none = words("geen procedure aangenomen", "no procedure adopted")
    return Finding(what, bool(names), ", ".join(names) or none)


def _cases(house: House) -> Finding:
    """Look for cases that stand where their procedure does not know of, or cannot be read."""
    from impasse.adapters.sql.strange import RESTORE_ROW, pins
    from impasse.domain.workflow import RESTORE

    stages: dict[tuple[str, str], Collection[str] | None] = {}
    lost: list[str] = []
    strange: list[str] = []
    every = pins(house.database)
    for pin in every:
        procedure = (pin.workflow, pin.workflow_version)
        if procedure not in stages:
            stages[procedure] = _stages(house, pin)
        known = stages[procedure]
        reference = "@".join(procedure)
        if known is None:
            lost.append(f"{pin.id} ({words('procedure', 'procedure')} {reference})")
        elif pin.stage not in known:
            lost.append(f"{pin.id} ({words('fase', 'stage')} '{pin.stage}', {reference})")
        strange += [f"{pin.id} ({column} '{value}')" for column, value in pin.strange]
    parts = []
    language = reader_language()
    if lost:
        unknown = words("in een onbekende fase of procedure", "in an unknown stage or procedure")
        parts.append(f"{len(lost)} {unknown}: {_first(lost)}. {RESTORE.in_(language)}")
    if strange:
        unknown = words("onbekende waarden, niet in lijsten", "unknown values, left out of lists")
        parts.append(f"{len(strange)} {unknown}: {_first(strange)}. {RESTORE_ROW.in_(language)}")
    well = words(f"{len(every)} te lezen", f"{len(every)} can be read")
    return Finding(words("zaken", "cases"), not parts, " ".join(parts) or well)


def _stages(house: House, pin: Pin) -> Collection[str] | None:
    """Return the stages of the procedure of a case; None when it is not adopted or unsound."""
    from impasse.engine.procedures import procedure_of

    try:
        return procedure_of(house.procedures, pin).workflow.stages.keys()
    except (Conflict, Unreadable):
        return None


def _first(named: list[str]) -> str:
    shown, more = named[:MOST_NAMED], len(named) - MOST_NAMED
    rest = words(f" en nog {more}", f" and {more} more") if more > 0 else ""
    return ", ".join(shown) + rest
