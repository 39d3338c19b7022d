"""Impasse-overzicht: what needs attention, where it plays, and every case by stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.adapters.sql.views import CaseFilter
from impasse.domain.case import Status, Visibility
from impasse.domain.early_warning import Level
from impasse.domain.errors import NotFound
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.web.attention import Why, needs_attention
from impasse.web.board_filter import LAYERS, TERM_STATES, VIEWS, read_filter
from impasse.web.cards import NATIONWIDE, make_cards
from impasse.web.provinces import PROVINCES, tiles
from impasse.web.visit import Page, Visit
from impasse.web.words import day_short
from impasse.wiring import PROCEDURE

if TYPE_CHECKING:
    from datetime import date

    from starlette.responses import Response

    from impasse.domain.workflow import Stage
    from impasse.web.board_filter import BoardFilter
    from impasse.web.cards import Card

COLUMN_CARDS = 50
"""A column that is longer ends in a link to the list."""

_LIVE = (Status.OPEN, Status.PAUSED)
_MOST_LIVE = 2000
_MOST_CLOSED = 500
_SOLVED = ("resolved", "resolved_early")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Column:
    """A numbered stage of the procedure with the cards that stand in it."""

    stage: Stage
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """The numbers at the top."""

    open: int
    late: int
    almost: int
    paused: int
    solved: int


@dataclass(frozen=True, slots=True)
class Group:
    """Cards whose terms end in the same stretch of time."""

    name: str
    title: Text
    cards: tuple[Card, ...]


def show(visit: Visit) -> Response:
    """Show the overview as a board, a list or by term."""
    wanted = read_filter(visit.query)
    house, actor, today = visit.house, visit.actor, visit.today
    everything = make_cards(
        house,
        house.views.board(
            actor, CaseFilter(status=frozenset(_LIVE), lessons=False), limit=_MOST_LIVE
        ),
        today,
    )
    shown, lessons = _filtered(visit, wanted)
    live = [card for card in shown if card.line.status is not Status.CLOSED]
    columns = _columns(visit, live)
    return visit.page(
        "overview.html",
        place="impasses",
        wanted=wanted,
        meeting=_next_meeting(visit),
        stats=_stats(visit, everything),
        attention=needs_attention(everything, actor, house),
        rules=tuple(Why),
        first_end=min((card.count.end for card in everything if card.count), default=None),
        tiles=tiles(everything),
        nationwide=sum(card.nationwide for card in everything),
        policy_areas=sorted(
            {card.line.policy_area for card in (*everything, *lessons)} - {""}, key=str.casefold
        ),
        layers=LAYERS,
        tiers=tuple(Tier),
        levels=tuple(Level),
        term_states=TERM_STATES,
        regions=tuple(PROVINCES),
        nationwide_key=NATIONWIDE,
        views=VIEWS,
        found=len(live),
        columns=columns,
        most=COLUMN_CARDS,
        elsewhere=_elsewhere(live, columns),
        paused=[card for card in live if card.line.status is Status.PAUSED],
        closed=[card for card in shown if card.line.status is Status.CLOSED],
        listed=shown,
        groups=_groups(live, today),
        lessons=lessons,
        empty=not everything and not shown and not wanted.active,
    )


def _filtered(visit: Visit, wanted: BoardFilter) -> tuple[list[Card], list[Card]]:
    """Return the cards that the filter keeps, live ones first, and the lessons apart."""
    views, actor = visit.house.views, visit.actor
    lines = views.board(actor, wanted.query(*_LIVE), limit=_MOST_LIVE)
    lines += views.board(actor, wanted.query(Status.CLOSED), limit=_MOST_CLOSED)
    cards = [card for card in make_cards(visit.house, lines, visit.today) if wanted.keeps(card)]
    lessons = [card for card in cards if card.line.visibility is Visibility.LESSON]
    return [card for card in cards if card.line.visibility is not Visibility.LESSON], lessons


def _stats(visit: Visit, everything: list[Card]) -> Stats:
    solved = sum(
        visit.house.views.count(visit.actor, CaseFilter(stage=stage, lessons=False))
        for stage in _SOLVED
    )
    return Stats(
        open=sum(card.line.status is Status.OPEN for card in everything),
        late=sum(card.late for card in everything),
        almost=sum(card.almost for card in everything),
        paused=sum(card.line.status is Status.PAUSED for card in everything),
        solved=solved,
    )


def _next_meeting(visit: Visit) -> dict[str, object] | None:
    meetings = visit.house.views.meetings(since=visit.today, limit=1)
    if not meetings:
        return None
    left = visit.house.calendar.working_days_between(visit.today, meetings[0].day)
    return {"meeting": meetings[0], "left": left}


def _columns(visit: Visit, live: list[Card]) -> list[Column]:
    """Return the numbered stages of the procedure in force; a pause is no column."""
    try:
        stages = visit.house.procedures.latest(PROCEDURE, visit.today).numbered
    except NotFound:
        stages = ()
    standing = [card for card in live if card.line.status is Status.OPEN]
    return [
        Column(stage, tuple(card for card in standing if card.stage.number == stage.number))
        for stage in stages
    ]


def _elsewhere(live: list[Card], columns: list[Column]) -> list[Card]:
    """Return the open cases that stand in no column, so that the board loses none."""
    standing = {card.line.id for column in columns for card in column.cards}
    return [
        card for card in live if card.line.status is Status.OPEN and card.line.id not in standing
    ]


def _groups(live: list[Card], today: date) -> list[Group]:
    """Return the cards by when their terms end: late, today, per week, later, never."""
    monday = today - timedelta(days=today.weekday())
    bounds = (
        ("te-laat", Text("Te laat", "Late"), today),
        ("vandaag", Text("Vandaag, ", "Today, ") + day_short(today), today + timedelta(days=1)),
        ("deze-week", Text("Deze week", "This week"), monday + _WEEK),
        ("volgende-week", Text("Volgende week", "Next week"), monday + 2 * _WEEK),
        ("vier-weken", Text("Binnen vier weken", "Within four weeks"), monday + 5 * _WEEK),
    )
    left = sorted(
        (card for card in live if card.count is not None),
        key=lambda card: (card.count.end if card.count else today, card.line.id),
    )
    groups = []
    for name, title, before in bounds:
        inside = tuple(card for card in left if card.count is not None and card.count.end < before)
        groups.append(Group(name, title, inside))
        left = left[len(inside) :]
    groups.append(Group("later", Text("Later", "Later"), tuple(left)))
    none = tuple(card for card in live if card.count is None)
    groups.append(Group("geen", Text("Zonder termijn", "Without a term"), none))
    return [group for group in groups if group.cards]


PAGES = (Page("/impasses", show=show),)
