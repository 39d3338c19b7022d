"""What one version of a procedure lets people do in a stage, and the other does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain.four_eyes import FOUR_EYES, FOUR_EYES_LABEL
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.moves import lacks
from impasse.domain.people import Role
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from impasse.domain.case import Case
    from impasse.domain.workflow import Transition


def move_changes(
    case: Case,
    before: Mapping[str, Transition],
    after: Mapping[str, Transition],
    stages: Mapping[str, str],
) -> Iterator[Text]:
    """Yield in sentences which moves go, come, or ask for something else, as *case* stands now.

    *stages* tells which stages are only called otherwise.
    """
    for trigger, move in before.items():
        if trigger not in after:
            yield Text(
                f"'{move.label.nl}' kan in deze fase niet meer.",
                f"'{move.label.en}' is no longer possible in this stage.",
            )
    for trigger, move in after.items():
        earlier = before.get(trigger)
        if earlier is None:
            yield Text(
                f"'{move.label.nl}' kan straks ook in deze fase.",
                f"'{move.label.en}' becomes possible in this stage.",
            )
        else:
            target = stages.get(earlier.target, earlier.target)
            yield from _changed(case, replace(earlier, target=target), move)


def _changed(case: Case, before: Transition, after: Transition) -> Iterator[Text]:
    label = after.label
    if before.roles != after.roles:
        roles = sorted(after.roles - {Role.CLOCK})
        yield Text(
            f"'{label.nl}' is straks aan: {', '.join(r.label.nl for r in roles) or 'de klok'}.",
            f"'{label.en}' will be for: {', '.join(r.label.en for r in roles) or 'the clock'}.",
        )
    if before.target != after.target:
        yield Text(
            f"'{label.nl}' leidt straks naar een andere fase.",
            f"'{label.en}' will lead to another stage.",
        )
    yield from _conditions(label, before.required, after.required, _REQUIRED)
    yield from _conditions(label, before.advised, after.advised, _ADVISED)
    if before.note_required is not after.note_required:
        yield label_first(label, _WITH_REASON if after.note_required else _WITHOUT_REASON)
    if before.four_eyes is not after.four_eyes:
        yield label_first(label, _WITH_ANOTHER if after.four_eyes else _WITHOUT_ANOTHER)
    yield from _now_and_then(case, before, after)


_REQUIRED = (
    Text("vereist straks", "will require"),
    Text("vereist straks niet meer", "will no longer require"),
)
_ADVISED = (
    Text("heeft straks als aanbevolen voorwaarde", "will have as an advised condition"),
    Text(
        "heeft straks niet meer als aanbevolen voorwaarde",
        "will no longer have as an advised condition",
    ),
)
_WITH_REASON = Text("vraagt straks om een reden.", "will ask for a reason.")
_WITHOUT_REASON = Text("vraagt straks niet meer om een reden.", "will no longer ask for a reason.")


_WITH_ANOTHER = Text(
    "vraagt straks om een tweede persoon, die bevestigt.",
    "will ask for a second person, who confirms.",
)
_WITHOUT_ANOTHER = Text(
    "vraagt straks niet meer om een tweede persoon.", "will no longer ask for a second person."
)


def label_first(label: Text, rest: Text) -> Text:
    """Return a sentence about the move called *label*."""
    return Text(f"'{label.nl}' {rest.nl}", f"'{label.en}' {rest.en}")


def _conditions(
    label: Text, before: tuple[str, ...], after: tuple[str, ...], words: tuple[Text, Text]
) -> Iterator[Text]:
    added, gone = words
    for names, word in (
        ([one for one in after if one not in before], added),
        ([one for one in before if one not in after], gone),
    ):
        if names:
            told = _named(names)
            yield label_first(label, Text(f"{word.nl}: {told.nl}.", f"{word.en}: {told.en}."))


def _named(guards: Iterable[str]) -> Text:
    labels = [
        FOUR_EYES_LABEL if name == FOUR_EYES else GUARD_LABELS.get(name, same(name))
        for name in guards
    ]
    return Text(
        ", ".join(label.nl[:1].lower() + label.nl[1:] for label in labels),
        ", ".join(label.en[:1].lower() + label.en[1:] for label in labels),
    )


def _now_and_then(case: Case, before: Transition, after: Transition) -> Iterator[Text]:
    """Say what this case can do now and not then, or the other way round."""
    now = {lack.guard for lack in lacks(case, before) if lack.required}
    then = {lack.guard for lack in lacks(case, after) if lack.required}
    if not now and then:
        told = _named(sorted(then))
        yield label_first(
            after.label,
            Text(
                f"kan nu, en na de overstap nog niet: eerst nodig is {told.nl}.",
                f"is possible now, and not yet after the move: needed first is {told.en}.",
            ),
        )
    elif now and not then:
        yield label_first(
            after.label,
            Text(
                "kan nu nog niet, en na de overstap wel.",
                "is not possible yet, and will be after the move.",
            ),
        )
