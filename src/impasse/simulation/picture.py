"""An outcome as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.adapters.exports.simulation_drawing import Figure, LoadBar, ShareBar, StageBar, svg
from impasse.domain.text import Text, same
from impasse.simulation.report import about, heading

if TYPE_CHECKING:
    from impasse.domain.text import Language
    from impasse.simulation.outcome import Outcome


def picture(outcome: Outcome, language: Language) -> str:
    """Return *outcome* as an SVG drawing."""
    endings = [ShareBar(ending.label, ending.share) for ending in outcome.endings]
    if outcome.unfinished:
        label = Text("Niet klaar", "Unfinished")
        endings.append(ShareBar(label, outcome.unfinished / outcome.cases))
    figure = Figure(
        name=outcome.procedure.partition("@")[0],
        title=outcome.label + same(f" ({outcome.procedure})"),
        about=about(outcome),
        stages=tuple(
            StageBar(
                heading(stage),
                stage.time.median if stage.time.n else None,
                stage.time.p85 if stage.time.n else None,
                stage.term,
            )
            for stage in outcome.stages
        ),
        loads=tuple(LoadBar(desk.role.label, desk.load, desk.busy) for desk in outcome.desks),
        endings=tuple(endings),
    )
    return svg(figure, language)
