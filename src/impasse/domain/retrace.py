"""Terms reckoned again from history alone, to the byte.

Every entry that begins or moves a term records the version of the calendar with which that was
done. With those calendars and the procedures of the case the whole term follows from its history:
what the database keeps of it is a copy, and here the copy is held against the original.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeAlias, assert_never

from impasse.domain.case import Term, TermState
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, ImpasseError, Invalid
from impasse.domain.history import canonical
from impasse.domain.running_term import policy_of
from impasse.domain.schedule import schedule
from impasse.domain.term_acts import Extension, Suspension, SuspensionReason, planned
from impasse.domain.text import Text
from impasse.domain.told import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from impasse.domain.calendar import Calendar
    from impasse.domain.history import ChainedEntry, Json
    from impasse.domain.lifeline import ProcedureOf
    from impasse.domain.term_acts import TermAct
    from impasse.domain.told import Told
    from impasse.domain.workflow import StageTerm

    CalendarOf: TypeAlias = Callable[[str], Calendar]
    """From a version to that calendar; raises an `ImpasseError` when it is not kept here."""


@dataclass(frozen=True, slots=True)
class Retraced:
    """The term of one stay as its history tells; None when the stay has none.

    `why_not` says why it cannot be reckoned again, `wrong` that its history contradicts itself.
    `seqs` are the entries on which the term rests, and `off` is the first of them that recorded
    another end than follows.
    """

    stage_entry: int
    stage: str
    term: Term | None = None
    why_not: Text | None = None
    wrong: bool = False
    seqs: tuple[int, ...] = ()
    off: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A term that is stored otherwise than its history tells: in which fields, and since when.

    `seq` is the first entry that matters: the one that recorded another end, else the one with
    which the term began.
    """

    stage_entry: int
    stage: str
    stored: Term | None
    retraced: Term | None
    seq: int
    text: Text


def retrace(
    entries: Iterable[ChainedEntry], procedure_of: ProcedureOf, calendar_of: CalendarOf
) -> tuple[Retraced, ...]:
    """Reckon the term of every stay again, in order; of later stays when one fails as well.

    Raises `Conflict` that names the entry when it cannot be read at all.
    """
    found: list[Retraced] = []
    workflow = ""
    for one in told(entries):
        match one.action:
            case "case_opened":
                workflow = one.word("workflow")
                begun = _Beginning(one, 1, one.word("stage"), workflow)
                found = [_begun(begun, procedure_of, calendar_of)]
            case "stage_changed":
                if not found:
                    raise one.damaged("case_opened")
                found[-1] = _left(found[-1])
                begun = _Beginning(one, found[-1].stage_entry + 1, one.word("to"), workflow)
                found.append(_begun(begun, procedure_of, calendar_of))
            case _:
                act = _ACTS.get(one.action)
                if act is not None and found and found[-1].term is not None:
                    stage_term = procedure_of(workflow).stage(found[-1].stage).term
                    found[-1] = _moved(found[-1], act, one, stage_term, calendar_of)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Beginning:
    """The entry with which a stay begins, its number, its stage and its procedure."""

    one: Told
    number: int
    stage: str
    workflow: str


def _begun(begun: _Beginning, procedure_of: ProcedureOf, calendar_of: CalendarOf) -> Retraced:
    one = begun.one
    empty = Retraced(begun.number, begun.stage, seqs=(one.entry.seq,))
    version, until, at = one.word("calendar", ""), one.on_or_none("until"), one.entry.at
    try:
        stage_term = procedure_of(begun.workflow).stage(begun.stage).term
        if stage_term is None:
            return empty
        if not version:
            return replace(empty, why_not=_PREDATES)
        calendar = calendar_of(version)
        today = calendar.local_day(at)
        plan = schedule(stage_term, today, calendar, until, at=at)
    except Invalid as error:
        return replace(empty, why_not=error.text, wrong=True)
    except ImpasseError as error:
        return replace(empty, why_not=error.text)
    reckoning = plan.reckoning
    term = Term(
        stage=begun.stage,
        stage_entry=begun.number,
        length=plan.length,
        basis=plan.basis,
        atw=plan.atw,
        start=today,
        raw_end=reckoning.raw_end,
        end=reckoning.end,
        ends_at=reckoning.ends_at,
        calendar_version=reckoning.calendar_version,
        begun_at=at,
    )
    return replace(empty, term=term)


_PREDATES = Text(
    "de geschiedenis is van voor de tijd dat zij de versie van de kalender vasthield",
    "its history is older than the recording of calendar versions",
)


def _left(stay: Retraced) -> Retraced:
    if stay.term is None:
        return stay
    late = stay.term.state is TermState.EXPIRED
    state = TermState.MET_LATE if late else TermState.MET
    return replace(stay, term=replace(stay.term, state=state))


@dataclass(frozen=True, slots=True)
class _Moment:
    """What an entry that moves a term works with: its day, and the calendar it names."""

    today: date
    calendar: Calendar
    stage_term: StageTerm | None


def _moved(
    stay: Retraced,
    act: _Act,
    one: Told,
    stage_term: StageTerm | None,
    calendar_of: CalendarOf,
) -> Retraced:
    """Let one entry do to the term what it did; and see whether it recorded the same end."""
    term = stay.term
    assert term is not None  # noqa: S101 the caller looked
    seqs = (*stay.seqs, one.entry.seq)
    today = one.entry.at.astimezone(AMSTERDAM).date()
    try:
        calendar = calendar_of(one.word("calendar", term.calendar_version))
        later = act(term, one, _Moment(today, calendar, stage_term))
    except Invalid as error:
        return replace(stay, term=None, why_not=error.text, wrong=True, seqs=seqs)
    except Conflict:
        raise
    except ImpasseError as error:
        return replace(stay, term=None, why_not=error.text, seqs=seqs)
    off = stay.off
    recorded = one.on_or_none("end")
    if off is None and recorded is not None and recorded != later.end:
        off = one.entry.seq
    return replace(stay, term=later, seqs=seqs, off=off)


def _planned(term: Term, acts: tuple[TermAct, ...], moment: _Moment) -> Term:
    policy = policy_of(moment.stage_term)
    plan = planned(term.rule, term.beginning, acts, policy, moment.calendar)
    return replace(
        term,
        acts=acts,
        raw_end=plan.reckoning.raw_end,
        end=plan.end,
        ends_at=plan.ends_at,
        calendar_version=moment.calendar.version,
        plan=term.plan + 1,
        state=_state(acts, moment.today),
    )


def _state(acts: Sequence[TermAct], today: date) -> TermState:
    """Whether the clock stands still after the acts of *today*."""
    still = any(
        isinstance(act, Suspension) and act.ended_on is None and act.begins_on <= today
        for act in acts
    )
    return TermState.SUSPENDED if still else TermState.RUNNING


def _suspended(term: Term, one: Told, moment: _Moment) -> Term:
    suspension = Suspension(
        id=one.word("suspension"),
        reason=_reason(one),
        waits_for=one.word("waits_for"),
        waits_for_name=one.word("waits_for_name"),
        begins_on=one.on("begins_on"),
        until=one.on("until"),
        consents=one.words("consents"),
        note=one.word("note"),
        at=one.entry.at,
    )
    return _planned(term, (*term.acts, suspension), moment)


def _reason(one: Told) -> SuspensionReason:
    try:
        return SuspensionReason(one.word("reason"))
    except ValueError:
        raise one.damaged("reason") from None


def _resumed(term: Term, one: Told, moment: _Moment) -> Term:
    key, ended_on = one.word("suspension"), one.on("ended_on")
    acts = tuple(
        replace(act, ended_on=ended_on)
        if isinstance(act, Suspension) and act.id == key and act.ended_on is None
        else act
        for act in term.acts
    )
    if acts == term.acts:
        raise one.damaged("suspension")
    if one.content.get("lapsed") is True:
        # The end was planned with this bound: nothing moves.
        return replace(term, acts=acts, state=_state(acts, moment.today))
    return _planned(term, acts, moment)


def _begins(term: Term, _one: Told, _moment: _Moment) -> Term:
    return replace(term, state=TermState.SUSPENDED)


def _extended(term: Term, one: Told, moment: _Moment) -> Term:
    extension = Extension(
        id=one.word("extension"),
        on=moment.today,
        length=one.word("length"),
        reason=one.word("reason"),
        consents=one.words("consents"),
        at=one.entry.at,
    )
    return _planned(term, (*term.acts, extension), moment)


def _replanned(term: Term, _one: Told, moment: _Moment) -> Term:
    return _planned(term, term.acts, moment)


def _expired(term: Term, _one: Told, _moment: _Moment) -> Term:
    return replace(term, state=TermState.EXPIRED)


_Act: TypeAlias = "Callable[[Term, Told, _Moment], Term]"
_ACTS: Mapping[str, _Act] = {
    "term_suspended": _suspended,
    "suspension_begun": _begins,
    "term_resumed": _resumed,
    "term_extended": _extended,
    "term_replanned": _replanned,
    "term_expired": _expired,
}


def canonical_term(term: Term) -> str:
    """Return *term* as canonical JSON: the same term, the same bytes."""
    return canonical(_plain(term))


def _plain(term: Term) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for one in fields(term):
        value = getattr(term, one.name)
        found[one.name] = [_act(act) for act in value] if one.name == "acts" else _json(value)
    return found


def _act(act: TermAct) -> Json:
    match act:
        case Suspension():
            kind = "suspension"
        case Extension():
            kind = "extension"
        case _:
            assert_never(act)
    return {"kind": kind} | {one.name: _json(getattr(act, one.name)) for one in fields(act)}


def _json(value: str | int | date | datetime | tuple[str, ...] | None) -> Json:
    """Return a value of a term as JSON; instants to the microsecond, in UTC as they are kept."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return [*value] if isinstance(value, tuple) else value


def differences(retraced: Iterable[Retraced], stored: Iterable[Term]) -> tuple[Difference, ...]:
    """Return every stored term that is not, byte for byte, what its history tells.

    A stay whose term cannot be reckoned again (`why_not`) is no difference, unless its history
    contradicts itself.
    """
    kept = {term.stage_entry: term for term in stored}
    found = []
    for stay in retraced:
        term = kept.pop(stay.stage_entry, None)
        if stay.why_not is not None:
            if stay.wrong:
                found.append(_difference(stay, term, stay.why_not))
        elif _bytes(term) != _bytes(stay.term) or stay.off is not None:
            found.append(_difference(stay, term, _what(term, stay.term)))
    found += [
        Difference(term.stage_entry, term.stage, term, None, 1, _NO_STAY) for term in kept.values()
    ]
    return tuple(found)


def _bytes(term: Term | None) -> str:
    return "" if term is None else canonical_term(term)


_NO_STAY = Text(
    "de geschiedenis kent geen verblijf met dit nummer",
    "the history knows no stay of this number",
)


def _difference(stay: Retraced, term: Term | None, text: Text) -> Difference:
    seq = stay.off or stay.seqs[0]
    return Difference(stay.stage_entry, stay.stage, term, stay.term, seq, text)


def _what(stored: Term | None, retraced: Term | None) -> Text:
    """Tell in which fields two terms differ."""
    if stored is None:
        return Text("de termijn is niet bewaard", "the term is not stored")
    if retraced is None:
        return Text("deze fase heeft geen termijn", "this stage has no term")
    one, other = _plain(stored), _plain(retraced)
    names = [name for name in one if one[name] != other[name]]
    if not names:
        return Text(
            "de geschiedenis noemt onderweg een andere einddatum",
            "the history names another end on the way",
        )
    told_names = ", ".join(names)
    return Text(f"anders bewaard: {told_names}", f"stored otherwise: {told_names}")
