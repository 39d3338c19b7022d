"""Terms reckoned again from history alone, to the byte.

Every entry that begins or moves a term records the version of the calendar with which that was
done. With those calendars and the procedures of the case the whole term follows from its history:
what the database keeps of it is a copy, and here the copy is held against the original.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeAlias, assert_never

from impasse.domain.carried_term import begun_late
from impasse.domain.case import Term, TermState
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, ImpasseError, Invalid
from impasse.domain.history import canonical
from impasse.domain.schedule import schedule
from impasse.domain.term_acts import Extension, Suspension, SuspensionReason, TermPolicy, planned
from impasse.domain.term_conditions import policy_of
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
    reading = _Reading(procedure_of, calendar_of)
    for one in told(entries):
        reading.take(one)
    return tuple(reading.stays)


@dataclass(slots=True)
class _Reading:
    """The stays as far as they have been read, and the procedure that the case follows now.

    `work` is how many entries about tasks stand right before this one, of the same command;
    `before` is how a stay stood before its migration.
    """

    procedure_of: ProcedureOf
    calendar_of: CalendarOf
    stays: list[Retraced] = field(default_factory=list)
    workflow: str = ""
    since: date = date.min
    work: tuple[ChainedEntry, ...] = ()
    before: tuple[Retraced, str] | None = None

    def take(self, one: Told) -> None:
        """Let one entry do what it did."""
        match one.action:
            case "case_opened":
                self.workflow = one.word("workflow")
                self._begin(one, 1, one.word("stage"))
            case "stage_changed":
                if not self.stays:
                    raise one.damaged("case_opened")
                self.stays[-1] = _left(self.stays[-1])
                self._begin(one, self.stays[-1].stage_entry + 1, one.word("to"))
            case "migrated" | "migration_undone" if self.stays:
                self._migrate(one)
            case _ if self.stays and one.action in _ACTS and _in_play(self.stays[-1].term):
                stage_term = self.procedure_of(self.workflow).stage(self.stays[-1].stage).term
                act = _ACTS[one.action]
                self.stays[-1] = _moved(self.stays[-1], act, one, stage_term, self.calendar_of)
        of_tasks = one.action.startswith("task")
        same = bool(self.work) and _same_command(self.work[-1], one.entry)
        self.work = ((*self.work, one.entry) if same else (one.entry,)) if of_tasks else ()

    def _begin(self, one: Told, number: int, stage: str) -> None:
        begun = _Beginning(one, number, stage, self.workflow)
        self.stays.append(_begun(begun, self.procedure_of, self.calendar_of))
        self.since, self.before = one.entry.at.astimezone(AMSTERDAM).date(), None

    def _migrate(self, one: Told) -> None:
        """Carry the stay over to another version, or put it back as it was."""
        stay, source = self.stays[-1], self.workflow
        self.workflow, stage = one.word("to"), one.word("to_stage")
        later = replace(stay, stage=stage, seqs=(*stay.seqs, one.entry.seq))
        if one.action == "migration_undone":
            if self.before is None:
                raise one.damaged("migration")
            kept, self.workflow = self.before
            self.before = None
            later = replace(later, term=_restored(stay.term, kept.term), why_not=kept.why_not)
        else:
            self.before = (stay, source)
            if stay.why_not is None:
                later = self._carried(later, one)
        recorded = one.on_or_none("end")
        if later.off is None and later.why_not is None and recorded != _end_of(later.term):
            later = replace(later, off=one.entry.seq)
        self.stays[-1] = later

    def _carried(self, stay: Retraced, one: Told) -> Retraced:
        version, keep = one.word("calendar"), one.content.get("policy") == TermPolicy.KEEP
        try:
            stage_term = self.procedure_of(self.workflow).stage(stay.stage).term
            calendar = self.calendar_of(version)
            term = self._carried_term(stay, stage_term, calendar, one, keep=keep)
        except Invalid as error:
            return replace(stay, term=None, why_not=error.text, wrong=True)
        except ImpasseError as error:
            return replace(stay, term=None, why_not=error.text)
        return replace(stay, term=term)

    def _carried_term(
        self,
        stay: Retraced,
        stage_term: StageTerm | None,
        calendar: Calendar,
        one: Told,
        *,
        keep: bool,
    ) -> Term | None:
        term = stay.term if _in_play(stay.term) else None
        if stage_term is None:
            return stay.term if term is None else replace(term, state=TermState.VOID)
        if term is None:
            return self._begun_late(stay, stage_term, calendar, one)
        moved = replace(term, stage=stay.stage, plan=term.plan + 1)
        if keep:
            return moved
        rule = stage_term.rule
        moved = replace(moved, length=str(rule.length), basis=rule.basis.value, atw=rule.atw.value)
        plan = planned(rule, moved.beginning, moved.acts, policy_of(stage_term), calendar)
        again = moved.state is TermState.EXPIRED and plan.ends_at > one.entry.at
        return replace(
            moved,
            raw_end=plan.reckoning.raw_end,
            end=plan.end,
            ends_at=plan.ends_at,
            calendar_version=calendar.version,
            state=TermState.RUNNING if again else moved.state,
        )

    def _begun_late(
        self, stay: Retraced, stage_term: StageTerm, calendar: Calendar, one: Told
    ) -> Term:
        """Return the term that the version of before did not know, as if it always had."""
        own = self.work if self.work and _same_command(self.work[-1], one.entry) else ()
        plan = one.entry.seq - len(own) - 1
        return begun_late(stay.stage, stay.stage_entry, stage_term.rule, self.since, calendar, plan)


def _same_command(one: ChainedEntry, other: ChainedEntry) -> bool:
    return (one.at, one.person) == (other.at, other.person)


def _in_play(term: Term | None) -> bool:
    """Whether the case has this term: one that a migration took away, it has no more."""
    return term is not None and term.state is not TermState.VOID


def _end_of(term: Term | None) -> date | None:
    return term.end if term is not None and _in_play(term) else None


def _restored(now: Term | None, kept: Term | None) -> Term | None:
    """Return the term of before a migration, under a plan that no timer knows yet."""
    plan = now.plan if now is not None and _in_play(now) else 0
    if kept is not None and _in_play(kept):
        return replace(kept, plan=max(plan, kept.plan) + 1)
    if now is not None and _in_play(now):
        return replace(now, state=TermState.VOID)
    return kept


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
    if stay.term is None or not _in_play(stay.term):
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
