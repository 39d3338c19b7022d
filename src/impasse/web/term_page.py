"""Suspend, extend and resume a term: a form, a look at the date it leads to, and then the act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.access import roles_on
from impasse.domain.case import ConfirmationKind
from impasse.domain.commands import Extend, Resume, Suspend
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Fault, ImpasseError, Invalid
from impasse.domain.length import Length
from impasse.domain.people import Role
from impasse.domain.task_flow import name_of
from impasse.domain.term_acts import OUTSIDE, Consent, SuspensionReason
from impasse.domain.term_conditions import policy_of
from impasse.domain.term_story import explain_term
from impasse.domain.text import Text, same
from impasse.web import dossier_forms as forms
from impasse.web.dossier import Seen, frame_of, news_of, see
from impasse.web.offices import Choice
from impasse.web.term_acts import acts_on, in_play
from impasse.web.visit import Page, Visit
from impasse.web.words import in_party_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from starlette.responses import Response

    from impasse.domain.commands import CaseCommand
    from impasse.domain.term_acts import Suspension
    from impasse.domain.terms import Step
    from impasse.domain.workflow import StageTerm

_NO_LENGTH = Text("Schrijf hoeveel erbij komt, zoals 2 weken.", "Write how much, such as 2 weeks.")


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What an act would do: the end as it is, the end as it would be, in words and in steps.

    `work` is what must be done while the clock stands still: tasks know no standstill.
    """

    before: date
    end: date
    sentence: Text
    steps: tuple[Step, ...]
    work: tuple[Text, ...] = ()

    @property
    def moves(self) -> bool:
        """Whether the end becomes another day."""
        return self.before != self.end


def _read_suspension(seen: Seen) -> CaseCommand:
    visit, reader = seen.visit, forms.Reader(seen.visit)
    reason = reader.choice("reden", "/code", SuspensionReason)
    begins_on = reader.day("vanaf", "/beginsOn")
    until = reader.day("tot", "/until")
    reader.done()
    return Suspend(
        seen.case.id,
        reason=reason or SuspensionReason.AWAITING_PARTY,
        waits_for=visit.field("wie"),
        waits_for_name=visit.field("naam"),
        begins_on=begins_on,
        until=until,
        consents=_consents(visit),
        note=visit.field("toelichting"),
        stay=seen.case.stage_entry,
    )


def _read_extension(seen: Seen) -> CaseCommand:
    visit = seen.visit
    written = visit.field("lengte")
    try:
        length = Length.parse(written)
    except Invalid as error:
        told = error.text if written else _NO_LENGTH
        raise Invalid(told, [Fault("/length", told)]) from error
    return Extend(
        seen.case.id,
        length,
        visit.field("toelichting"),
        _consents(visit),
        stay=seen.case.stage_entry,
    )


def _read_resumption(seen: Seen) -> CaseCommand:
    visit, reader = seen.visit, forms.Reader(seen.visit)
    ended_on = reader.day("dag", "/endedOn")
    reader.done()
    return Resume(
        seen.case.id,
        visit.field("opschorting"),
        ended_on,
        visit.field("toelichting"),
        stay=seen.case.stage_entry,
    )


def _consents(visit: Visit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visit.fields("akkoord")))


@dataclass(frozen=True, slots=True)
class _Act:
    """One of the three acts: its name in addresses, how its form is read, and what was done."""

    name: str
    title: Text
    button: Text
    read: Callable[[Seen], CaseCommand]


SUSPENDING = _Act(
    "schort-op",
    Text("Schort de termijn op", "Suspend the term"),
    Text("Schort op", "Suspend"),
    _read_suspension,
)
EXTENDING = _Act(
    "verleng",
    Text("Verleng de termijn", "Extend the term"),
    Text("Verleng", "Extend"),
    _read_extension,
)
RESUMING = _Act(
    "hervat",
    Text("Laat de klok weer lopen", "Let the clock run again"),
    Text("Hervat", "Resume"),
    _read_resumption,
)


_AGREED = {
    SUSPENDING.name: ConfirmationKind.SUSPENSION,
    EXTENDING.name: ConfirmationKind.EXTENSION,
}
"""As what a party agrees beforehand; nobody need agree to resuming."""


def _shower(act: _Act) -> Callable[[Visit], Response]:
    def show(visit: Visit) -> Response:
        return _page(see(visit), act, forms.NOTHING)

    return show


def _sender(act: _Act) -> Callable[[Visit], Response]:
    """Return what takes the form: a look beforehand, or the act itself."""

    def send(visit: Visit) -> Response:
        seen = see(visit)
        try:
            command = act.read(seen)
            if visit.field("stap") != "doe":
                return _page(seen, act, _typed(visit, act), _beforehand(seen, command))
            visit.handle(command, revision=forms.revision_of(visit), key=forms.key_of(visit))
        except ImpasseError as error:
            sent = forms.refused(visit, act.name, error)
            return _page(see(visit), act, _on_this_form(sent))
        return visit.redirect(f"/impasses/{seen.case.id}?gedaan={act.name}")

    return send


def _on_this_form(sent: forms.Sent) -> forms.Sent:
    """Put the faults at the fields of these forms, which share names of values with others."""
    names = {
        "beginsOn": "vanaf",
        "endedOn": "dag",
        "waitsFor": "wie",
        "waitsForName": "naam",
        "length": "lengte",
        "code": "reden",
    }
    extending = sent.form == EXTENDING.name
    faults = {}
    for name, text in sent.faults.items():
        field = names.get(name, name)
        if name.startswith("consents"):
            field = "akkoord"
        elif name == "reden" and extending:
            field = "toelichting"
        faults[field] = text
    return forms.Sent(
        sent.form,
        sent.values,
        sent.sentence,
        faults,
        lacks=sent.lacks,
        stale=sent.stale,
        seen=sent.seen,
        status=sent.status,
    )


def _typed(visit: Visit, act: _Act) -> forms.Sent:
    """Return what was typed, so that the look beforehand keeps it."""
    values = {name: value for name, value in visit.form.multi_items() if isinstance(value, str)}
    return forms.Sent(act.name, values, Text("", ""), status=200)


def _beforehand(seen: Seen, command: CaseCommand) -> Beforehand:
    """Return what *command* would do; raises what is in its way."""
    house, case = seen.visit.house, seen.case
    decision = house.engine.preview(command, case, seen.visit.actor)
    before, after = case.term, decision.term
    if before is None or after is None:
        raise AssertionError(command)
    policy = policy_of(seen.workflow.stage(case.stage).term)
    return Beforehand(
        before.end,
        after.end,
        decision.messages[0].reason,
        explain_term(after, house.calendar, policy),
        _due_before(seen, command.until) if isinstance(command, Suspend) else (),
    )


def _due_before(seen: Seen, until: date) -> tuple[Text, ...]:
    """Return the work of the stage whose last day comes before the suspension has ended."""
    rules = seen.workflow.stage(seen.case.stage).tasks
    found = []
    for task in sorted(seen.case.tasks, key=lambda one: one.id):
        if task.state.live and task.due_on is not None and task.due_on <= until:
            day, who = day_in_words(task.due_on), name_of(seen.case, task)
            what = rules[task.name].label if task.name in rules else same(task.name)
            found.append(
                what + Text(f" ({who.nl}), uiterlijk {day.nl}", f" ({who.en}), by {day.en}")
            )
    return tuple(found)


def _said(seen: Seen, act: _Act) -> dict[str, str]:
    """Return who agreed beforehand and to what, since the act of this kind before it."""
    kind = _AGREED.get(act.name)
    term = seen.case.term
    if kind is None or term is None:
        return {}
    acts = term.extensions if kind is ConfirmationKind.EXTENSION else term.suspensions
    last = [one.at for one in acts]
    return {
        one.organisation: one.about
        for one in seen.case.confirmations
        if one.kind is kind
        and one.stage_entry == seen.case.stage_entry
        and (not last or one.at > max(last))
    }


def _page(
    seen: Seen, act: _Act, sent: forms.Sent, beforehand: Beforehand | None = None
) -> Response:
    visit, case = seen.visit, seen.case
    rule = seen.workflow.stage(case.stage).term
    doors = acts_on(visit.actor, case, rule)
    chosen = visit.query.get("opschorting", "") or visit.field("opschorting")
    ending = next((one for one in doors.resume if one.id == chosen), None)
    if ending is None and len(doors.resume) == 1:
        ending = doors.resume[0]
    open_door = {
        SUSPENDING.name: doors.suspend,
        EXTENDING.name: doors.extend,
        RESUMING.name: ending is not None,
    }
    return visit.page(
        "dossier/termijn.html",
        status=sent.status,
        place="impasses",
        **frame_of(seen, ""),
        sent=sent,
        news=news_of(seen, sent),
        act=act,
        may_act=open_door[act.name],
        term=in_play(case),
        rule=rule,
        policy=policy_of(rule),
        beforehand=beforehand,
        ending=ending,
        doors=doors,
        limit=_limit(act, rule),
        waits=_waits(seen),
        speaks=bool(roles_on(visit.actor, case) & {Role.SECRETARIAT, Role.MEDIATOR}),
        agreed=set(visit.fields("akkoord")),
        said=_said(seen, act),
        consent=_consent(act, rule),
        latest=_latest(ending, seen.today),
    )


def _latest(ending: Suspension | None, today: date) -> date:
    """Return the day that the form for resuming begins with."""
    if ending is None:
        return today
    return max(ending.begins_on, min(today, ending.until))


def _limit(act: _Act, rule: StageTerm | None) -> Text | None:
    """Return how far the procedure goes: so long, so often."""
    if rule is None:
        return None
    found = {SUSPENDING.name: rule.suspension, EXTENDING.name: rule.extension}.get(act.name)
    if found is None:
        return None
    longest, most = found.longest.text, found.most
    return Text(
        f"Ten hoogste {longest.nl} per keer, {most} keer in deze fase.",
        f"At most {longest.en} each time, {most} times in this stage.",
    )


def _consent(act: _Act, rule: StageTerm | None) -> Consent:
    """Return who must agree, as the procedure says; some reasons ask all, whatever it says."""
    if rule is None:
        return Consent.NONE
    found = {SUSPENDING.name: rule.suspension, EXTENDING.name: rule.extension}.get(act.name)
    return Consent.NONE if found is None else found.consent


def _waits(seen: Seen) -> list[Choice]:
    """Return who can be waited for."""
    choices = [Choice(p.organisation, same(p.name)) for p in in_party_order(seen.case.parties)]
    if seen.case.mediator:
        choices.append(Choice("mediator", Role.MEDIATOR.label))
    choices.append(Choice("secretariat", Role.SECRETARIAT.label))
    choices.append(Choice(OUTSIDE, Text("iemand van buiten, namelijk:", "somebody outside:")))
    return choices


PAGES = tuple(
    Page(f"/impasses/{{id}}/{act.name}", show=_shower(act), send=_sender(act))
    for act in (SUSPENDING, EXTENDING, RESUMING)
)
