"""The start of a term as people write it: a day, or an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime

from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Invalid
from impasse.domain.text import Text


def read_start(written: str) -> date | datetime:
    """Read a day, or an instant; a time without its offset is a time in Amsterdam.

    Raises `Invalid` for what is neither, and for a time that comes twice or never that night.
    """
    try:
        start = datetime.fromisoformat(written)
    except ValueError:
        raise Invalid(_unreadable(written)) from None
    if start.tzinfo is not None:
        return start
    day = start.date()
    if day.isoformat() == written:
        return day
    if written.startswith(f"{day.isoformat()}T"):
        return _in_amsterdam(start, written)
    raise Invalid(_unreadable(written))


def _in_amsterdam(start: datetime, written: str) -> datetime:
    """Return the instant that the clocks in Amsterdam show as *start*, if there is just one."""
    first, second = (start.replace(tzinfo=AMSTERDAM, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    twice = first.astimezone(UTC).astimezone(AMSTERDAM).replace(tzinfo=None) == start
    why = (
        Text("komt in de nacht dat de klok verzet wordt twee keer voor", "comes twice that night")
        if twice
        else Text("bestaat niet: die nacht gaat de klok vooruit", "is skipped by the clock")
    )
    raise Invalid(
        Text(
            f'"{written}" {why.nl}. Geef de tijdzone erbij, bijvoorbeeld {written}+02:00.',
            f'"{written}" {why.en}. Give the offset as well, for example {written}+02:00.',
        )
    )


def _unreadable(written: str) -> Text:
    return Text(
        f'"{written}" is geen begin van een termijn. Schrijf een bestaande dag als 2027-02-12, of '
        "een tijdstip als 2027-02-12T10:00 (in Amsterdam) of 2027-02-12T10:00+01:00.",
        f'"{written}" is no start of a term. Write an existing day such as 2027-02-12, or an '
        "instant with its offset such as 2027-02-12T10:00+01:00.",
    )
