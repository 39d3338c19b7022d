"""`impasse workflow rehearse`: past cases against a version that is not adopted yet."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.answer import (
    FormatOption,
    LanguageOption,
    OutputFormat,
    opened,
    say,
    say_json,
    words,
)
from impasse.cli.migrate import MapOption, pairs, progress
from impasse.cli.procedure import find_procedure
from impasse.domain.errors import Invalid, NotFound
from impasse.domain.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.domain.counterfactual import Rehearsal
    from impasse.domain.workflow import Workflow
    from impasse.wiring import House

REHEARSE_HELP = words(
    "Toets oude zaken aan een nieuwe versie: wat was er anders gegaan?",
    "Hold past cases against a new version: what would have gone otherwise?",
)
_SHOWN = 20
"""So many changed cases are told in full; the JSON has them all."""


def rehearse(
    procedure: Annotated[
        str,
        typer.Argument(
            metavar="FILE|NAME@VERSION",
            help=words("De nieuwe versie; zij hoeft niet te zijn aangenomen.",
                       "The new version; it need not be adopted."),
        ),
    ],
    language: LanguageOption,
    against: Annotated[
        str,
        typer.Option(
            metavar="NAME@VERSION",
            help=words("Alleen zaken van deze versie.", "Only cases of this version."),
        ),
    ] = "",
    mapping: MapOption = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:  # fmt: skip
    """Tell for every past case what the new version would have changed."""
    from impasse.simulation.rehearsal import count_past_cases, rehearse_version

    with opened() as house:
        new = _version(house, procedure)
        version = _against(house, new, against)
        stages = pairs(mapping)
        _refuse_unknown_targets(new, stages)
        with progress(count_past_cases(house.database, new.name, version)) as step:
            found = rehearse_version(house, new, against=version, stages=stages, progress=step)
    if output_format is OutputFormat.JSON:
        say_json(rehearsal_data(found))
        return
    for line in rehearsal_lines(found, language):
        say(line)


def rehearsal_lines(found: Rehearsal, language: Language) -> list[str]:
    """Return a rehearsal as lines for people: the outcome, and the cases most changed."""
    from impasse.domain.counterfactual import in_order

    lines = [found.summary.in_(language)]
    changed = list(in_order(found))
    for one in changed[:_SHOWN]:
        lines += ["", f"{one.case}  {one.title}"]
        lines += [f"  {d.on:%d-%m-%Y}  {d.text.in_(language)}" for d in one.differences]
    if len(changed) > _SHOWN:
        more = len(changed) - _SHOWN
        told = Text(
            f"En nog {more} zaken; '--format json' geeft ze alle.",
            f"And {more} more cases; '--format json' gives all.",
        )
        lines += ["", told.in_(language)]
    skipped = [one for one in found.cases if one.skipped is not None]
    for one in skipped[:_SHOWN]:
        assert one.skipped is not None  # noqa: S101 only those are listed
        lines.append(f"{one.case}: {one.skipped.in_(language)}")
    return lines


def rehearsal_data(found: Rehearsal) -> dict[str, Any]:
    """Return a rehearsal for programs."""
    return {
        "workflow": found.target,
        "total": found.total,
        "changed": found.changed,
        "skipped": len(found.cases) - found.total,
        "summary": {"nl": found.summary.nl, "en": found.summary.en},
        "cases": [
            {
                "case": one.case,
                "title": one.title,
                "skipped": None
                if one.skipped is None
                else {"nl": one.skipped.nl, "en": one.skipped.en},
                "differences": [
                    {
                        "on": d.on.isoformat(),
                        "kind": d.kind.value,
                        "text": {"nl": d.text.nl, "en": d.text.en},
                    }
                    for d in one.differences
                ],
            }
            for one in found.cases
            if one.changed or one.skipped is not None
        ],
    }


def _version(house: House, procedure: str) -> Workflow:
    """Return the version that is meant: adopted here, shipped, or in a file."""
    name, sign, version = procedure.partition("@")
    if sign:
        # What was not adopted here may still be shipped, or be the name of a file.
        with suppress(NotFound):
            return house.procedures.get(name, version).workflow
    return find_procedure(procedure)


def _against(house: House, new: Workflow, against: str) -> str:
    """Return the version whose cases are looked at; "" for all of them."""
    if not against:
        return ""
    name, _, version = against.partition("@")
    if name != new.name or not version:
        raise Invalid(
            Text(
                f"--against {against}: noem een versie van {new.name}, als {new.name}@1.",
                f"--against {against}: name a version of {new.name}, like {new.name}@1.",
            )
        )
    return house.procedures.get(name, version).workflow.version


def _refuse_unknown_targets(new: Workflow, stages: Mapping[str, str]) -> None:
    from impasse.domain.migration import no_such_stage

    for target in stages.values():
        if target not in new.stages:
            raise Invalid(no_such_stage(target, new))
