"""`impasse digest`: what waits for somebody, which terms end, and what changed since a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.acting import actor_called
from impasse.cli.answer import (
    FormatOption,
    LanguageOption,
    OutputFormat,
    opened,
    say,
    say_json,
    words,
)
from impasse.domain.days_in_words import day_in_words
from impasse.domain.digest_group import DigestGroup
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.sql.digest import Item
    from impasse.domain.text import Language

_ONE_DAY = timedelta(days=1)


def digest(
    person: Annotated[
        str,
        typer.Argument(
            metavar="PERSON",
            help=words("Wie, uit 'impasse user list'.", "Who, of 'impasse user list'."),
        ),
    ],
    *,
    language: LanguageOption,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DAY",
            show_default=False,
            help=words(
                "Wat er veranderde vanaf deze dag; standaard gisteren.",
                "What changed from this day on; by default yesterday.",
            ),
        ),
    ] = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Tell a person what waits, what ends and what changed, in the cases that he or she sees."""
    from impasse.adapters.sql.digest import Digests

    with opened() as house:
        today = house.calendar.local_day(house.clock())
        first = today - _ONE_DAY if since is None else _day(since)
        actor = actor_called(house, person)
        found = Digests(house.database, house.views, house.procedures).of(
            actor, since=first, today=today, calendar=house.calendar
        )
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "person": person,
                "since": first.isoformat(),
                "waiting": [_record(one, language) for one in found.waiting],
                "ending": [_record(one, language) for one in found.ending],
                "waiting_for_others": [_record(one, language) for one in found.others],
                "changed": [_record(one, language) for one in found.changed],
                "undeliverable": [_record(one, language) for one in found.undeliverable],
            }
        )
        return
    began = day_in_words(first)
    for heading, items in (
        (Text("Wacht op u", "Waits for you"), found.waiting),
        (Text("Termijn loopt af of is voorbij", "Term ends or has passed"), found.ending),
        (DigestGroup.WAITS_ON_OTHERS.label, found.others),
        (Text(f"Veranderd sinds {began.nl}", f"Changed since {began.en}"), found.changed),
        (DigestGroup.UNDELIVERABLE.label, found.undeliverable),
    ):
        say(f"{heading.in_(language)}: {len(items)}")
        for one in items:
            day = "" if one.day is None else f"  {day_in_words(one.day).in_(language)}"
            if one.case:
                say(f"  {one.case}  {one.title}{day}")
                say(f"    {one.what.in_(language)}")
            else:
                say(f"  {one.what.in_(language)}{day}")


def _record(one: Item, language: Language) -> dict[str, Any]:
    return {
        "case": one.case,
        "title": one.title,
        "what": one.what.in_(language),
        "day": one.day and one.day.isoformat(),
    }


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise Invalid(
            Text("Zo kan het niet.", "It cannot be done like this."),
            [
                Fault(
                    "--since",
                    Text("Geef een dag zoals 2026-12-07.", "Give a day such as 2026-12-07."),
                )
            ],
        ) from None
