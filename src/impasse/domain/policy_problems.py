"""What is wrong with an escalation policy, and what its authors should think about once more.

A problem keeps a policy from being used. A warning does not: it says what may turn out otherwise
than meant. Both name the place in the file and the remedy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from impasse.domain.certificate import Problem
from impasse.domain.escalation_policy import (
    Answering,
    EndsWhen,
    GroupTarget,
    MeetingTarget,
    OnEmpty,
    PersonTarget,
    RankTarget,
    RoleTarget,
    RotaTarget,
    Side,
    WebhookTarget,
)
from impasse.domain.people import Role
from impasse.domain.policy_words import word_problems, word_warnings
from impasse.domain.text import Text, same
from impasse.domain.working_hours import day_seconds, seconds_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from impasse.domain.escalation_policy import EscalationPolicy, Level

LONGEST_ACKNOWLEDGED = 10
"""Working days that an acknowledgement holds a run at the most."""
LONGEST_SNOOZED = 20
"""Working days that a snooze holds a run at the most."""
LONGEST_WAIT = 250
"""Working days, about a year: what comes later is no escalation any more."""
LONGEST_STATUTORY = 365
_SHORTEST_DAY = 3600
"""Seconds of working time that a working day has at the least."""

_ABOUT_NO_CASE = frozenset(
    {"duty-gap", "destination-failing", "watchdog-alarm", "mail-quarantined", "meeting-planned"}
)
_OF_ESCALATION = frozenset(
    {
        "escalation-level-reached",
        "escalation-acknowledged",
        "escalation-snoozed",
        "escalation-snooze-ended",
        "escalation-ended",
        "escalation-undelivered",
    }
)
_ABOUT_TERMS = ("term-", "suspension-", "recess-")


@dataclass(frozen=True, slots=True)
class Known:
    """What a policy can refer to in this house; None where nobody looked.

    `indicators` are codes, `persons` and `webhooks` ids, `rotas` and `groups` names.
    """

    indicators: Collection[str] | None = None
    persons: Collection[str] | None = None
    webhooks: Collection[str] | None = None
    rotas: Collection[str] | None = None
    groups: Collection[str] | None = None


NOTHING_KNOWN = Known()


def policy_problems(policy: EscalationPolicy, known: Known = NOTHING_KNOWN) -> Iterator[Problem]:
    """Yield everything that keeps *policy* from being used."""
    yield from _start_problems(policy)
    if day_seconds(policy.hours) < _SHORTEST_DAY:
        yield Problem(
            ("hours", "end"),
            Text(
                "een werkdag duurt ten minste een uur; kies een later 'end'",
                "a working day lasts at least an hour; choose a later 'end'",
            ),
        )
    else:
        yield from _order_problems(policy)
    yield from _limit_problems(policy)
    yield from _name_problems(policy)
    for index, level in enumerate(policy.levels):
        yield from _level_problems(index, level, last=index == len(policy.levels) - 1)
    if all(level.answering is Answering.NONE for level in policy.levels):
        yield Problem(
            ("levels",),
            Text(
                "geen enkele trede vraagt een antwoord, dus niemand kan deze opschaling oppakken; "
                "geef ten minste een trede 'answer: any' of 'all_sides'",
                "no level at all asks for an answer, so nobody can take up this escalation; give "
                "at least one level 'answer: any' or 'all_sides'",
            ),
        )
    yield from _jump_problems(policy)
    yield from _unknown_problems(policy, known)
    yield from word_problems(policy)


def policy_warnings(policy: EscalationPolicy, known: Known = NOTHING_KNOWN) -> Iterator[Problem]:
    """Yield what may turn out otherwise than the authors of *policy* meant."""
    if not policy.starts_on:
        yield Problem(
            ("starts_on",),
            Text(
                "geen bericht begint deze opschaling: zij begint alleen met de hand",
                "no message starts this escalation: it is started by hand only",
            ),
        )
    if len(policy.levels) > 1 and all(
        level.urgent for level in policy.levels if not _is_meeting(level)
    ):
        yield Problem(
            ("levels",),
            Text(
                "elke trede is dringend en gaat door stille uren heen; bewaar dat voor de trede "
                "die niet kan wachten",
                "every level is urgent and passes quiet hours; keep that for the level that cannot "
                "wait",
            ),
        )
    for index, level in enumerate(policy.levels):
        yield from _target_warnings(index, level)
    yield from _jump_warnings(policy)
    yield from _missing_warnings(policy, known)
    yield from word_warnings(policy)


def _start_problems(policy: EscalationPolicy) -> Iterator[Problem]:
    for event in sorted(policy.starts_on):
        if event in _ABOUT_NO_CASE:
            why = Text(
                "gaat over geen zaak, en een opschaling hoort bij een zaak",
                "is about no case, and an escalation belongs to a case",
            )
        elif event in _OF_ESCALATION:
            why = Text(
                "komt zelf uit een opschaling, en een opschaling begint zichzelf niet opnieuw",
                "comes out of an escalation itself, and an escalation never starts itself again",
            )
        elif event == "case-closed":
            why = Text(
                "zegt dat de zaak gesloten is, en dan eindigt elke opschaling",
                "says that the case is closed, and then every escalation ends",
            )
        else:
            continue
        yield Problem(
            ("starts_on",),
            Text(f"bericht '{event}' ", f"message '{event}' ")
            + why
            + Text("; haal het weg", "; remove it"),
        )
    of_terms = bool(policy.starts_on) and all(
        event.startswith(_ABOUT_TERMS) for event in policy.starts_on
    )
    if policy.ends_when is EndsWhen.TERM_SETTLED and not of_terms:
        yield Problem(
            ("ends_when",),
            Text(
                "'term_settled' vraagt een termijn: laat de opschaling alleen beginnen bij "
                "berichten over een termijn, zoals term-expired, of kies 'stage_left'",
                "'term_settled' needs a term: let the escalation start on messages about a term "
                "only, such as term-expired, or choose 'stage_left'",
            ),
        )


def _limit_problems(policy: EscalationPolicy) -> Iterator[Problem]:
    if policy.acknowledged_at_most.amount > LONGEST_ACKNOWLEDGED:
        yield Problem(
            ("acknowledge", "at_most"),
            Text(
                f"een toezegging duurt ten hoogste {LONGEST_ACKNOWLEDGED} werkdagen, anders raakt "
                "zij vergeten; kies minder",
                f"a promise lasts {LONGEST_ACKNOWLEDGED} working days at the most, or it is "
                "forgotten; choose less",
            ),
        )
    if policy.snoozed_at_most.amount > LONGEST_SNOOZED:
        yield Problem(
            ("snooze", "at_most"),
            Text(
                f"even wegleggen duurt ten hoogste {LONGEST_SNOOZED} werkdagen; kies minder",
                f"a snooze lasts {LONGEST_SNOOZED} working days at the most; choose less",
            ),
        )


def _name_problems(policy: EscalationPolicy) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, level in enumerate(policy.levels):
        first = seen.setdefault(level.name, index)
        if first != index:
            yield Problem(
                ("levels", index, "name"),
                Text(
                    f"trede {first + 1} heet ook '{level.name}'; geef elke trede een eigen naam",
                    f"level {first + 1} is called '{level.name}' too; give each level a name of "
                    "its own",
                ),
            )


def _order_problems(policy: EscalationPolicy) -> Iterator[Problem]:
    hours = policy.hours
    for index, level in enumerate(policy.levels):
        if seconds_of(level.after, hours) > LONGEST_WAIT * day_seconds(hours):
            yield Problem(
                ("levels", index, "after"),
                Text(
                    f"een trede komt hoogstens {LONGEST_WAIT} werkdagen na het begin; kies minder",
                    f"a level comes {LONGEST_WAIT} working days after the start at the most; "
                    "choose less",
                ),
            )
    for index, (before, level) in enumerate(pairwise(policy.levels), start=1):
        gap = seconds_of(level.after, hours) - seconds_of(before.after, hours)
        if gap <= 0:
            yield Problem(("levels", index, "after"), _not_later(before, level))
        elif before.reminder is not None and seconds_of(before.reminder, hours) >= gap:
            yield Problem(
                ("levels", index - 1, "reminder"),
                Text(
                    f"{before.reminder.text.nl} later is trede '{level.name}' er al; herinner "
                    "eerder of laat 'reminder' weg",
                    f"{before.reminder.text.en} later level '{level.name}' is there already; "
                    "remind earlier or leave 'reminder' out",
                ),
            )


def _not_later(before: Level, level: Level) -> Text:
    earlier = Text("meteen", "at once") if before.after is None else before.after.text
    if level.after is None:
        return Text(
            f"alleen de eerste trede kan meteen komen; zet hier een 'after' van meer dan "
            f"{earlier.nl if before.after else 'nul'}",
            f"only the first level can come at once; put an 'after' here of more than "
            f"{earlier.en if before.after else 'nothing'}",
        )
    return Text(
        f"{level.after.text.nl} is niet later dan de trede ervoor ({earlier.nl}); elke 'after' "
        "telt vanaf het begin van de opschaling en is dus steeds langer",
        f"{level.after.text.en} is no later than the level before ({earlier.en}); every 'after' "
        "counts from the start of the escalation, so each is longer than the last",
    )


def _level_problems(index: int, level: Level, *, last: bool) -> Iterator[Problem]:
    at = ("levels", index)
    for place, target in enumerate(level.targets):
        if target in level.targets[:place]:
            yield Problem(
                (*at, "to", place),
                Text(
                    "dit doel staat al bij deze trede; haal het een keer weg",
                    "this target already stands at this level; remove it once",
                ),
            )
    if _is_meeting(level):
        yield from _meeting_problems(at, level, last=last)
        return
    if level.reminder is not None and level.answering is Answering.NONE:
        yield Problem(
            (*at, "reminder"),
            Text(
                "deze trede vraagt geen antwoord, dus er is niets om aan te herinneren; haal "
                "'reminder' weg of kies een ander 'answer'",
                "this level asks for no answer, so there is nothing to remind of; remove "
                "'reminder' or choose another 'answer'",
            ),
        )
    if level.on_empty is OnEmpty.SKIP and last:
        yield Problem(
            (*at, "if_nobody_there"),
            Text(
                "na de laatste trede is er geen volgende om naar door te gaan; kies 'fallback' of "
                "'hold'",
                "after the last level there is no next one to go on to; choose 'fallback' or "
                "'hold'",
            ),
        )
    yield from _answer_problems(at, level)
    yield from _pair_problems(at, level)


def _meeting_problems(at: tuple[str | int, ...], level: Level, *, last: bool) -> Iterator[Problem]:
    if not last:
        yield Problem(
            (*at, "to"),
            Text(
                "een overleg is altijd de laatste trede: daarna beslist het secretariaat; zet deze "
                "trede achteraan",
                "a meeting is always the last level: after it the secretariat decides; put this "
                "level last",
            ),
        )
    if len(level.targets) > 1:
        yield Problem(
            (*at, "to"),
            Text(
                "een overleg staat alleen: er wordt een agendapunt klaargezet en niemand gemaild; "
                "geef de andere doelen een eigen trede",
                "a meeting stands alone: an agenda item is prepared and nobody is mailed; give the "
                "other targets a level of their own",
            ),
        )
    if level.answering is not Answering.NONE:
        yield Problem(
            (*at, "answer"),
            Text(
                "bij een overleg beslist het secretariaat over het agendapunt; schrijf 'answer: "
                "none' of laat het weg",
                "with a meeting the secretariat decides about the agenda item; write 'answer: "
                "none' or leave it out",
            ),
        )
    for key, written in (
        ("reminder", level.reminder is not None),
        ("urgent", level.urgent),
    ):
        if written:
            yield Problem(
                (*at, key),
                Text(
                    f"een overleg krijgt geen bericht; haal '{key}' weg",
                    f"a meeting gets no message; remove '{key}'",
                ),
            )


def _answer_problems(at: tuple[str | int, ...], level: Level) -> Iterator[Problem]:
    if level.answering is Answering.NONE:
        return
    if all(isinstance(target, WebhookTarget) for target in level.targets):
        yield Problem(
            (*at, "answer"),
            Text(
                "een webhook kan niets oppakken; voeg een doel van mensen toe of schrijf 'answer: "
                "none'",
                "a webhook can take nothing up; add a target of people or write 'answer: none'",
            ),
        )
    elif level.answering is Answering.ALL_SIDES and not _reaches_all_sides(level):
        yield Problem(
            (*at, "answer"),
            Text(
                "deze trede bereikt niet alle partijen, dus zij kunnen niet alle antwoorden; "
                "voeg een rol of rang met 'at: all_sides' toe of schrijf 'answer: any'",
                "this level does not reach all parties, so they cannot all answer it; add a role "
                "or rank with 'at: all_sides' or write 'answer: any'",
            ),
        )


def _reaches_all_sides(level: Level) -> bool:
    reached = {
        target.at
        for target in level.targets
        if isinstance(target, RankTarget)
        or (isinstance(target, RoleTarget) and _of_sides(target) and not target.organisation)
    }
    return Side.ALL_SIDES in reached or {Side.OTHER_SIDES, Side.REPORTING_SIDE} <= reached


def _of_sides(target: RoleTarget) -> bool:
    return target.role not in {Role.MEDIATOR, Role.SECRETARIAT}


def _pair_problems(at: tuple[str | int, ...], level: Level) -> Iterator[Problem]:
    """Yield ranks that one side would hear alone: escalating one side looks like blame."""
    for place, target in enumerate(level.targets):
        if not isinstance(target, RankTarget) or target.at not in _COUNTERPART:
            continue
        if RankTarget(target.rank, _COUNTERPART[target.at]) in level.targets:
            continue
        if RankTarget(target.rank) in level.targets:
            continue
        yield Problem(
            (*at, "to", place, "at"),
            Text(
                "hogerop gaat het in paren: dezelfde rang bij alle partijen, op hetzelfde moment "
                "en in dezelfde woorden; schrijf 'at: all_sides'",
                "going up is done in pairs: the same rank at all parties, at the same moment and "
                "in the same words; write 'at: all_sides'",
            ),
        )


_COUNTERPART = {
    Side.OTHER_SIDES: Side.REPORTING_SIDE,
    Side.REPORTING_SIDE: Side.OTHER_SIDES,
}


def _jump_problems(policy: EscalationPolicy) -> Iterator[Problem]:
    repeat = policy.repeat
    if repeat is not None and _is_meeting(policy.levels[repeat.level]):
        yield Problem(
            ("repeat", "from"),
            Text(
                "bij een overleg valt niets te herhalen: de zaak staat dan al op de lijst; noem "
                "een trede van mensen of haal 'repeat' weg",
                "with a meeting there is nothing to repeat: the case is on the list by then; name "
                "a level of people or remove 'repeat'",
            ),
        )
    for index, trip in enumerate(policy.trips):
        at = ("trip", index)
        if not trip.signals and trip.statutory_within is None:
            yield Problem(
                at,
                Text(
                    "er staat niet wanneer dit geldt; noem 'signals' of 'statutory_within'",
                    "it does not say when this applies; name 'signals' or 'statutory_within'",
                ),
            )
        if trip.level == 0:
            yield Problem(
                (*at, "from"),
                Text(
                    "elke opschaling begint al bij de eerste trede, en teruggaan doet zij niet; "
                    "noem een latere trede",
                    "every escalation starts at the first level anyway, and it does not go back; "
                    "name a later level",
                ),
            )
        near = trip.statutory_within
        if near is not None and near.amount > LONGEST_STATUTORY:
            yield Problem(
                (*at, "statutory_within"),
                Text(
                    f"dat is meer dan {LONGEST_STATUTORY} dagen; kies minder",
                    f"that is more than {LONGEST_STATUTORY} days; choose less",
                ),
            )


def _unknown_problems(policy: EscalationPolicy, known: Known) -> Iterator[Problem]:
    for index, trip in enumerate(policy.trips):
        for code in sorted(trip.signals - set(known.indicators or trip.signals)):
            yield Problem(
                ("trip", index, "signals"),
                Text(
                    f"indicator {code} is er niet; kies uit: {', '.join(known.indicators or ())}",
                    f"there is no indicator {code}; choose from: "
                    f"{', '.join(known.indicators or ())}",
                ),
            )
    for index, level in enumerate(policy.levels):
        for place, target in enumerate(level.targets):
            at = ("levels", index, "to", place)
            match target:
                case PersonTarget(person) if person not in _or(known.persons, person):
                    yield Problem(
                        at,
                        Text(
                            f"er is niemand met id '{person}'; zoek de id op bij Gebruikers",
                            f"there is nobody with id '{person}'; look up the id at Users",
                        ),
                    )
                case WebhookTarget(webhook) if webhook not in _or(known.webhooks, webhook):
                    yield Problem(
                        at,
                        Text(
                            f"er is geen webhook met id '{webhook}'; meld hem eerst aan",
                            f"there is no webhook with id '{webhook}'; register it first",
                        ),
                    )
                case _:
                    pass


def _or(names: Collection[str] | None, otherwise: str) -> Collection[str]:
    return (otherwise,) if names is None else names


def _missing_warnings(policy: EscalationPolicy, known: Known) -> Iterator[Problem]:
    named = [
        (("levels", index, "to", place), target)
        for index, level in enumerate(policy.levels)
        for place, target in enumerate(level.targets)
    ]
    for at, target in (*named, (("fallback",), RotaTarget(policy.fallback))):
        match target:
            case RotaTarget(rota) if rota not in _or(known.rotas, rota):
                yield Problem(
                    at,
                    Text(
                        f"dienstrooster '{rota}' is er nog niet; tot u het maakt hoort het "
                        "secretariaat het",
                        f"there is no duty rota '{rota}' yet; until you make it the secretariat "
                        "hears",
                    ),
                )
            case GroupTarget(group) if group not in _or(known.groups, group):
                yield Problem(
                    at,
                    Text(
                        f"groep '{group}' is er nog niet; tot u die maakt is hier niemand",
                        f"there is no group '{group}' yet; until you make it nobody is here",
                    ),
                )
            case _:
                pass


def _target_warnings(index: int, level: Level) -> Iterator[Problem]:
    for place, target in enumerate(level.targets):
        at = ("levels", index, "to", place)
        match target:
            case PersonTarget():
                yield Problem(
                    at,
                    Text(
                        "mensen vertrekken en roosters blijven; noem liever een rota, een rol of "
                        "een rang",
                        "people leave and rotas stay; rather name a rota, a role or a rank",
                    ),
                )
            case RoleTarget(organisation=organisation) if organisation:
                yield Problem(at, _one_sided(same(organisation)))
            case RoleTarget() if (
                level.after is not None
                and target.at in _COUNTERPART
                and RoleTarget(target.role, _COUNTERPART[target.at]) not in level.targets
            ):
                yield Problem(at, _one_sided(target.at.label))
            case _:
                pass


def _one_sided(who: Text) -> Text:
    return who + Text(
        " hoort dit zonder de andere zijde; opschalen in paren voorkomt dat het als verwijt "
        "wordt gelezen: liever 'at: all_sides'",
        " alone will hear this, without the other side; escalating in pairs keeps it from being "
        "read as blame: rather 'at: all_sides'",
    )


def _jump_warnings(policy: EscalationPolicy) -> Iterator[Problem]:
    if policy.repeat is not None and _is_meeting(policy.levels[-1]):
        yield Problem(
            ("repeat",),
            Text(
                "de zaak staat dan al op de lijst van een overleg; herhalen stuurt mensen alsnog "
                "bericht",
                "the case is on the list of a meeting by then; repeating still sends people "
                "messages",
            ),
        )
    for index, trip in enumerate(policy.trips):
        if trip.level > 0 and _is_meeting(policy.levels[trip.level]):
            yield Problem(
                ("trip", index, "from"),
                Text(
                    "dit gaat meteen naar een overleg, zonder dat iemand bericht krijgt; noem "
                    "liever een trede van mensen",
                    "this goes straight to a meeting, with a message to nobody; rather name a "
                    "level of people",
                ),
            )


def _is_meeting(level: Level) -> bool:
    return any(isinstance(target, MeetingTarget) for target in level.targets)
