"""How likely it is that the running term of a case is not met, judged by like cases."""

from __future__ import annotations

from fastapi import APIRouter, Response

from impasse.adapters.sql.stays import forecast_of
from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Reading
from impasse.api.shapes import Bilingual, Day, Shape, bilingual
from impasse.domain.text import Text

router = APIRouter(route_class=GuardedRoute, tags=["terms"])


class ForecastShape(Shape):
    """The probability, 0 to 1, that the running term is not met, with its interval of 95 %.

    The three numbers are null when no term runs, and when fewer than five finished stays of like
    cases lasted as long as this one has. `n` says how many did, `atRisk` counts those that still
    run as well; both are 0 under five. `elapsed` and `termLength` are working days on which the
    clock runs; they are null when no term runs. Only numbers of cases are told, never which.
    """

    on: Day
    stage: str
    probability: float | None
    low: float | None
    high: float | None
    n: int
    at_risk: int
    elapsed: int | None
    term_length: int | None
    sentence: Bilingual


@router.get(
    "/cases/{case}/forecast",
    response_model=ForecastShape,
    summary="De kans dat een termijn niet wordt gehaald",
)
async def show_forecast(desk: Reading, case: str) -> Response:
    """Return what like cases say of the term that runs today."""
    found = await desk.case(case)
    house, today = desk.house, desk.today
    told = await desk.read(forecast_of, house.database, house.calendar, found, today)
    if told is None:
        nothing = ForecastShape(
            on=today,
            stage=found.stage,
            probability=None,
            low=None,
            high=None,
            n=0,
            at_risk=0,
            elapsed=None,
            term_length=None,
            sentence=bilingual(_NO_TERM),
        )
        return shown(desk.request, nothing)
    shape = ForecastShape(
        on=today,
        stage=found.stage,
        probability=_rounded(told.probability),
        low=_rounded(told.low),
        high=_rounded(told.high),
        n=told.n,
        at_risk=told.at_risk,
        elapsed=told.elapsed,
        term_length=told.term_length,
        sentence=bilingual(told.sentence),
    )
    return shown(desk.request, shape)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


_NO_TERM = Text(
    "Er loopt geen termijn waarvan iets te verwachten is.",
    "No term runs of which something can be forecast.",
)
