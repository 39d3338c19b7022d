"""What `impasse doctor` says of duty rotas: whether somebody is on duty in the weeks ahead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.cli.answer import words
from impasse.cli.main import reader_language

if TYPE_CHECKING:
    from impasse.wiring import House


def rota_finding(house: House) -> tuple[str, bool, str]:
    """Return what was looked at, whether it is well, and what to know or do.

    Without any rota all is well: an escalation then goes to everybody of the secretariat.
    """
    from impasse.adapters.sql.duty import WARNED_AHEAD, gaps_of

    what, at = words("dienstroosters", "duty rotas"), house.clock()
    seen = house.duty.rotas(None, at=at)
    if not seen:
        return (
            what,
            True,
            words(
                "geen rooster; een opschaling gaat naar iedereen van het secretariaat",
                "no rota; an escalation goes to everybody of the secretariat",
            ),
        )
    last = house.calendar.local_day(at) + timedelta(days=WARNED_AHEAD)
    near = [(rota, gap) for rota, gap in gaps_of(seen) if gap.first <= last]
    if not near:
        return (
            what,
            True,
            words(
                f"{len(seen)}; de komende {WARNED_AHEAD} dagen is er steeds iemand van dienst",
                f"{len(seen)}; somebody is on duty on each of the {WARNED_AHEAD} days ahead",
            ),
        )
    told = " ".join(gap.sentence(rota.label).in_(reader_language()) for rota, gap in near)
    return (
        what,
        False,
        told + words(" Zie de pagina Dienstrooster.", " See the page Dienstrooster."),
    )
