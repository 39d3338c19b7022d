"""Days and instants written in full, as people in the Netherlands read them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date, datetime

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def day_in_words(day: date) -> Text:
    """Write *day* in full: "dinsdag 30 maart 2027", "Tuesday 30 March 2027"."""
    weekday, month = WEEKDAYS[day.weekday()], MONTHS[day.month - 1]
    return Text(
        f"{weekday.nl} {day.day} {month.nl} {day.year}",
        f"{weekday.en} {day.day} {month.en} {day.year}",
    )


def instant_in_words(instant: datetime) -> Text:
    """Write an instant in local time: "zondag 14 februari 2027 om 11.00 uur".

    Of an hour that comes twice, when summer time ends, it says which of the two is meant.
    """
    local = instant.astimezone(AMSTERDAM)
    day = day_in_words(local.date())
    shown = Text(f"{day.nl} om {local:%H.%M} uur", f"{day.en} at {local:%H:%M}")
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return shown
    return shown + (_SUMMER_TIME if local.dst() else _WINTER_TIME)


WEEKDAYS = (
    Text("maandag", "Monday"),
    Text("dinsdag", "Tuesday"),
    Text("woensdag", "Wednesday"),
    Text("donderdag", "Thursday"),
    Text("vrijdag", "Friday"),
    Text("zaterdag", "Saturday"),
    Text("zondag", "Sunday"),
)
MONTHS = (
    Text("januari", "January"),
    Text("februari", "February"),
    Text("maart", "March"),
    Text("april", "April"),
    Text("mei", "May"),
    Text("juni", "June"),
    Text("juli", "July"),
    Text("augustus", "August"),
    Text("september", "September"),
    Text("oktober", "October"),
    Text("november", "November"),
    Text("december", "December"),
)
_SUMMER_TIME = Text(" (zomertijd)", " (summer time)")
_WINTER_TIME = Text(" (wintertijd)", " (winter time)")
