"""What is wrong with the words of an escalation policy: they are read by all sides at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from impasse.domain.certificate import Problem
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.escalation_policy import EscalationPolicy

_LONGEST_KEY = 80
"""Room for a name without spaces: it stands in addresses and in keys of tables."""

_BLAME = re.compile(
    r"\b(niet gereageerd|(niets|niet) (van zich )?laten horen|weigert|weigeren|geweigerd|verzuimd"
    r"|verzuimt|nagelaten|nalatig\w*|schuld\w*|verwijtbaar|onwillig|tegenwerk\w*|negeert|negeren"
    r"|genegeerd|te laat"
    r"|fail(s|ed)? to|has not (responded|reacted)|refus\w+|neglect\w*|ignor(es|ed|ing)|blam\w+"
    r"|obstruct\w*|unwilling|too late)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\{[^}]*\}|%\([^)]*\)s|%s|\$\{?[a-z]", re.IGNORECASE)


def words_of_policy(policy: EscalationPolicy) -> Iterator[tuple[tuple[str | int, ...], Text]]:
    """Yield everything in *policy* that people read, with its place in the file."""
    yield ("title",), policy.title
    for index, level in enumerate(policy.levels):
        yield ("levels", index, "label"), level.label
        if level.message is not None:
            yield ("levels", index, "message"), level.message
    for index, trip in enumerate(policy.trips):
        yield ("trip", index, "reason"), trip.reason


def word_problems(policy: EscalationPolicy) -> Iterator[Problem]:
    """Yield words that are too long, run over lines, are empty or hold something to fill in."""
    for at, text in words_of_policy(policy):
        for key, written in (("nl", text.nl), ("en", text.en)):
            yield from _text_problems((*at, key), written)
    names = [(("name",), policy.name), (("version",), policy.version)]
    names += [(("fallback",), policy.fallback)]
    named: list[tuple[tuple[str | int, ...], str]] = [*names]
    named += [(("levels", i, "name"), level.name) for i, level in enumerate(policy.levels)]
    for place, name in named:
        if len(name) > _LONGEST_KEY:
            yield Problem(
                place,
                Text(
                    f"deze naam is {len(name)} tekens; er passen er {_LONGEST_KEY}: kort hem in",
                    f"this name has {len(name)} characters; there is room for {_LONGEST_KEY}: "
                    "shorten it",
                ),
            )


def _text_problems(at: tuple[str | int, ...], written: str) -> Iterator[Problem]:
    if not any(sign.isprintable() and not sign.isspace() for sign in written):
        yield Problem(
            at, Text("hier ontbreekt de tekst; vul hem aan", "the text is missing here; add it")
        )
    if len(written) > LONGEST_NAME:
        yield Problem(
            at,
            Text(
                f"de tekst is {len(written)} tekens; er passen er {LONGEST_NAME}: kort hem in",
                f"the text has {len(written)} characters; there is room for {LONGEST_NAME}: "
                "shorten it",
            ),
        )
    if len(written.splitlines()) > 1:
        yield Problem(
            at,
            Text(
                "deze tekst loopt over meer regels; schrijf hem op één regel",
                "this text runs over more lines; write it on one line",
            ),
        )
    if found := _PLACEHOLDER.search(written):
        yield Problem(
            at,
            Text(
                f"'{found[0]}' wordt niet ingevuld: alle partijen krijgen dezelfde woorden; haal "
                "het weg",
                f"'{found[0]}' is not filled in: all parties get the same words; remove it",
            ),
        )


def word_warnings(policy: EscalationPolicy) -> Iterator[Problem]:
    """Yield words that one side may read as blame."""
    for at, text in words_of_policy(policy):
        for key, written in (("nl", text.nl), ("en", text.en)):
            if found := _BLAME.search(written):
                yield Problem(
                    (*at, key),
                    Text(
                        f"'{found[0]}' kan als verwijt worden gelezen; zeg wat er nog openstaat, "
                        "zoals 'er is nog geen antwoord'",
                        f"'{found[0]}' can be read as blame; say what is still open, such as "
                        "'there is no answer yet'",
                    ),
                )
