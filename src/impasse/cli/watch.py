"""`impasse watch`: what every watchdog sees now, and since when something is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.cli.main import reader_language

if TYPE_CHECKING:
    from datetime import datetime

    from impasse.adapters.sql.watchdogs import Beat, Watched
    from impasse.domain.watchdog import Sight, Watchdog


def watch(*, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Print what every watchdog sees now; ends with 1 when something is wrong."""
    with opened() as house:
        dogs = house.watchdogs
        sights, watched, beat = dogs.see(house.clock()), dogs.watched(), dogs.beat()
        address = house.settings.heartbeat_url is not None
    if output_format is OutputFormat.JSON:
        say_json(_as_data(sights, watched, beat))
    else:
        _print(sights, watched)
        say(_beat_in_words(beat) if address else _no_address())
    if any(sight.wrong for sight in sights.values()):
        raise typer.Exit(1)


def _print(sights: dict[Watchdog, Sight], watched: dict[Watchdog, Watched]) -> None:
    language = reader_language()
    lines: list[tuple[str, ...]] = []
    for one, sight in sights.items():
        kept = watched[one].kept if one in watched else None
        verdict = words("goed", "well") if not sight.wrong else words("LET OP", "MIND")
        since = _moment(kept.wrong_since) if kept and kept.wrong_since else "-"
        looked = _moment(kept.looked_at) if kept else "-"
        seen = (one.label.in_(language), sight.words.in_(language))
        lines.append((verdict, *seen, since, looked))
    head = (
        "",
        words("waakhond", "watchdog"),
        words("ziet nu", "sees now"),
        words("mis sinds", "wrong since"),
        words("keek laatst", "looked last"),
    )
    table(head, lines)
    for one, sight in sights.items():
        if sight.wrong:
            say(f"{one.label.in_(language)}: {one.remedy.in_(language)}")


def _as_data(
    sights: dict[Watchdog, Sight], watched: dict[Watchdog, Watched], beat: Beat | None
) -> dict[str, object]:
    language = reader_language()
    return {
        "watchdogs": [
            {
                "watchdog": one.value,
                "wrong": sight.wrong,
                "worst_seconds": sight.worst,
                "words": sight.words.in_(language),
                "alarm": one in watched and watched[one].kept.sure,
                "wrong_since": watched[one].kept.wrong_since if one in watched else None,
                "looked_at": watched[one].kept.looked_at if one in watched else None,
            }
            for one, sight in sights.items()
        ],
        "heartbeat": None
        if beat is None
        else {"at": beat.at, "failing_since": beat.failing_since, "failure": beat.failure},
    }


def _beat_in_words(beat: Beat | None) -> str:
    if beat is None:
        return words("hartslag: nog niet verzonden", "heartbeat: not sent yet")
    if beat.failing_since is not None:
        since = _moment(beat.failing_since)
        return words(
            f"hartslag: komt niet aan sinds {since} ({beat.failure})",
            f"heartbeat: does not arrive since {since} ({beat.failure})",
        )
    return words(f"hartslag: {_moment(beat.at)}", f"heartbeat: {_moment(beat.at)}")


def _no_address() -> str:
    return words(
        "hartslag: uit; noem een adres in heartbeat_url",
        "heartbeat: off; name an address in heartbeat_url",
    )


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
