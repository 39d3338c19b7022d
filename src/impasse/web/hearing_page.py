"""Hoe u meldingen krijgt: over which channels, on which days and hours, and which digests."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

from impasse.adapters.sql.notification_settings import read_settings, save_settings
from impasse.domain.days_in_words import AMSTERDAM, WEEKDAYS
from impasse.domain.errors import Fault, Invalid, NotAllowed
from impasse.domain.notification import (
    MOST_GROUP_MINUTES,
    DigestWish,
    NotificationSettings,
)
from impasse.domain.text import Text
from impasse.web import dossier_forms as forms
from impasse.web.visit import Page, Visit
from impasse.web.words import day_short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from impasse.domain.people import Person

_PATH = "/mijn-werk/instellingen"
_FORM = "horen"
_NUMBER_DIGITS = 4
_FIELDS: Mapping[str, str] = {
    "/workingDays": "dagen",
    "/fromTime": "van",
    "/untilTime": "tot",
    "/groupMinutes": "minuten",
    "/digest": "overzicht",
    "/digestTime": "overzichttijd",
    "/chat": "chat",
}
"""What the domain calls a value, and the name of its field here."""

_NOT_A_NUMBER = Text(
    f"Vul een aantal minuten in, van 0 tot en met {MOST_GROUP_MINUTES}.",
    f"Fill in a number of minutes, from 0 to {MOST_GROUP_MINUTES}.",
)


def show(visit: Visit) -> Response:
    """Show how the reader hears now."""
    return _page(visit, _as_shown(visit, _kept(visit)))


def send(visit: Visit) -> Response:
    """Keep what was chosen, or show first what it comes to."""
    person = _person(visit)
    kept = _kept(visit)
    try:
        wanted = _read(visit, kept)
        if visit.field("actie") == "bekijk":
            return _page(visit, wanted, previewed=True)
        house = visit.house
        save_settings(house.database, person.id, wanted, house.clock(), chats=house.chat_addresses)
    except Invalid as error:
        return _page(visit, _as_shown(visit, kept), error=error)
    return visit.redirect(f"{_PATH}?gedaan=1")


def _kept(visit: Visit) -> NotificationSettings:
    return read_settings(visit.house.database, _person(visit).id)


def _as_shown(visit: Visit, kept: NotificationSettings) -> NotificationSettings:
    """Return *kept* with of its chat address only what may be seen."""
    return replace(kept, chat=visit.house.chat_addresses.shown(kept.chat))


def _person(visit: Visit) -> Person:
    if visit.person is None:
        raise NotAllowed(Text("Meld u eerst aan.", "Sign in first."))
    return visit.person


def _read(visit: Visit, kept: NotificationSettings) -> NotificationSettings:
    """Read the form; raises `Invalid` with everything that is wrong at once."""
    reader = forms.Reader(visit)
    days = {int(one) for one in visit.fields("dagen") if one in set("1234567")}
    begin, end = reader.clock("van", "/fromTime"), reader.clock("tot", "/untilTime")
    digest = reader.choice("overzicht", "/digest", DigestWish)
    digest_time = reader.clock("overzichttijd", "/digestTime")
    written = visit.field("minuten")
    minutes = -1
    if written.isascii() and written.isdecimal() and len(written) <= _NUMBER_DIGITS:
        minutes = int(written)
    else:
        reader.faults.append(Fault("/groupMinutes", _NOT_A_NUMBER))
    chats = visit.house.chat_addresses
    chat = visit.field("chat") if _schemes(visit) else chats.shown(kept.chat)
    wanted = NotificationSettings(
        email=visit.field("email") == "ja" if visit.house.settings.smtp_host else kept.email,
        chat=chat,
        working_days=frozenset(days),
        from_time=begin,
        until_time=end,
        group_minutes=minutes,
        digest=digest or DigestWish.NONE,
        digest_time=digest_time,
    )
    found = {fault.pointer for fault in reader.faults}
    # A time that could not be read is not compared as well.
    skipped = found | ({"/untilTime"} if "/fromTime" in found else set())
    faults = (
        *reader.faults,
        *(f for f in chats.faults(wanted, kept.chat) if f.pointer not in skipped),
    )
    if faults:
        raise Invalid(
            Text("Deze instellingen kunnen zo niet.", "These settings cannot be kept."), faults
        )
    return wanted


def _schemes(visit: Visit) -> tuple[str, ...]:
    """Return the chat services that this house can reach."""
    return tuple(visit.house.settings.chat_schemes.split())


def _page(
    visit: Visit,
    wanted: NotificationSettings,
    *,
    error: Invalid | None = None,
    previewed: bool = False,
) -> Response:
    faults = {} if error is None else {_FIELDS[one.pointer]: one.text for one in error.faults}
    typed = error is not None
    return visit.page(
        "hearing.html",
        status=422 if error else 200,
        place="mijn-werk",
        form=_FORM,
        faults=faults,
        chosen={
            "email": visit.field("email") == "ja" if typed else wanted.email,
            "dagen": visit.fields("dagen")
            if typed
            else [str(day) for day in sorted(wanted.working_days)],
            "van": visit.field("van") if typed else _clock(wanted.from_time),
            "tot": visit.field("tot") if typed else _clock(wanted.until_time),
            "minuten": visit.field("minuten") if typed else str(wanted.group_minutes),
            "overzicht": visit.field("overzicht") if typed else wanted.digest.value,
            "overzichttijd": visit.field("overzichttijd") if typed else _clock(wanted.digest_time),
            "chat": visit.field("chat") if typed else wanted.chat,
        },
        weekdays=[(str(place), label) for place, label in enumerate(WEEKDAYS, 1)],
        digests=tuple(DigestWish),
        most_minutes=MOST_GROUP_MINUTES,
        sends_email=bool(visit.house.settings.smtp_host),
        has_address=bool(_person(visit).email),
        schemes=_schemes(visit),
        previewed=previewed,
        preview=None if typed else _foretold(visit, wanted),
        done=visit.query.get("gedaan") == "1",
    )


def _foretold(visit: Visit, wanted: NotificationSettings) -> Text:
    """Say when something that is not urgent, and happened now, reaches the reader by e-mail."""
    house = visit.house
    to_email = bool(house.settings.smtp_host) and wanted.email and bool(_person(visit).email)
    if not (to_email or (wanted.chat and _schemes(visit))):
        return Text(
            "Een bericht van nu staat meteen bij uw meldingen. U krijgt er geen ander bericht van.",
            "A message of now stands among your notifications at once. Nothing else is sent.",
        )
    now = house.clock()
    due = wanted.hours.next_open(now + wanted.window, house.calendar)
    local = due.astimezone(AMSTERDAM)
    day = day_short(local.date())
    return Text(
        f"Een niet-dringend bericht van nu krijgt u op {day.nl} om {local:%H.%M}.",
        f"A message of now that is not urgent reaches you on {day.en} at {local:%H:%M}.",
    )


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"


PAGES = (Page(_PATH, show=show, send=send),)
