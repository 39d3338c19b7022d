"""The grounds on which the Woo lets a government keep information back, as one table.

Source: Wet open overheid, chapter 5, as in force on 4 June 2026:
https://wetten.overheid.nl/BWBR0045754/2026-06-04#Hoofdstuk5 . The words are a summary of ours; the
text of the law is what counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping


class Weight(StrEnum):
    """How a ground is weighed against the interest of openness."""

    ABSOLUTE = "absolute"
    """Once it applies, nothing is weighed any more."""
    RELATIVE = "relative"
    """It counts only as far as it outweighs openness, with a reason in so many words."""
    VIEWS = "views"
    """For personal views of policy in documents for internal deliberation, and for these alone."""
    LATER = "later"
    """Not a refusal for good: disclosed at a later moment, which is told."""

    @property
    def label(self) -> Text:
        """The weight in words."""
        return _WEIGHTS[self]


_WEIGHTS = {
    Weight.ABSOLUTE: Text("absoluut", "absolute"),
    Weight.RELATIVE: Text("af te wegen", "to be weighed"),
    Weight.VIEWS: Text("alleen voor beleidsopvattingen", "for views of policy only"),
    Weight.LATER: Text("uitstel", "deferral"),
}


class Environment(StrEnum):
    """What remains of a ground for environmental information."""

    SAME = "same"
    """The ground stays, but never for emissions into the environment (5.1, seventh paragraph)."""
    WEAKER = "weaker"
    """The ground must be weighed, or covers less."""
    NEVER = "never"
    """The ground cannot be used."""

    @property
    def label(self) -> Text:
        """What remains, in words."""
        return _ENVIRONMENT[self]


_ENVIRONMENT = {
    Environment.SAME: Text("geldt, maar niet voor emissies", "applies, but not to emissions"),
    Environment.WEAKER: Text("zwakker: weeg af", "weaker: weigh it"),
    Environment.NEVER: Text("geldt niet", "does not apply"),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground: its place in the law ("5.1.2.i"), what it protects, and how it weighs."""

    code: str
    protects: Text
    weight: Weight
    environment: Environment = Environment.SAME

    @property
    def article(self) -> Text:
        """The place in the law in words: "artikel 5.1, tweede lid, onderdeel i"."""
        chapter, article, paragraph, *letter = self.code.split(".")
        nl, en = _PARAGRAPHS[paragraph]
        part = letter[0] if letter else ""
        return Text(
            f"artikel {chapter}.{article}, {nl} lid" + (f", onderdeel {part}" if part else ""),
            f"article {chapter}.{article}, {en} paragraph" + (f" under {part}" if part else ""),
        )


_PARAGRAPHS = {
    "1": ("eerste", "first"),
    "2": ("tweede", "second"),
    "4": ("vierde", "fourth"),
    "5": ("vijfde", "fifth"),
}

_ABSOLUTE, _RELATIVE = Weight.ABSOLUTE, Weight.RELATIVE

_TABLE = (
    Ground("5.1.1.a", Text("de eenheid van de Kroon", "the unity of the Crown"), _ABSOLUTE),
    Ground("5.1.1.b", Text("de veiligheid van de Staat", "the security of the State"), _ABSOLUTE),
    Ground(
        "5.1.1.c",
        Text(
            "bedrijfs- en fabricagegegevens die vertrouwelijk zijn gegeven",
            "business and manufacturing data given in confidence",
        ),
        _ABSOLUTE,
        Environment.WEAKER,
    ),
    Ground(
        "5.1.1.d",
        Text(
            "bijzondere en strafrechtelijke persoonsgegevens",
            "special and criminal personal data",
        ),
        _ABSOLUTE,
    ),
    Ground(
        "5.1.1.e",
        Text(
            "nationale nummers die personen identificeren, zoals het burgerservicenummer",
            "national numbers that identify persons, such as the citizen service number",
        ),
        _ABSOLUTE,
    ),
    Ground(
        "5.1.2.a",
        Text(
            "de betrekkingen met andere landen en internationale organisaties",
            "relations with other countries and international organisations",
        ),
        _RELATIVE,
    ),
    Ground(
        "5.1.2.b",
        Text(
            "de economische of financiële belangen van overheden",
            "the economic or financial interests of governments",
        ),
        _RELATIVE,
        Environment.WEAKER,
    ),
    Ground(
        "5.1.2.c",
        Text(
            "de opsporing en vervolging van strafbare feiten",
            "the investigation and prosecution of criminal offences",
        ),
        _RELATIVE,
    ),
    Ground(
        "5.1.2.d",
        Text(
            "inspectie, controle en toezicht door bestuursorganen",
            "inspection, control and supervision by administrative bodies",
        ),
        _RELATIVE,
    ),
    Ground(
        "5.1.2.e",
        Text("de persoonlijke levenssfeer", "privacy"),
        _RELATIVE,
    ),
    Ground(
        "5.1.2.f",
        Text(
            "andere concurrentiegevoelige bedrijfs- en fabricagegegevens",
            "other business and manufacturing data that are sensitive to competition",
        ),
        _RELATIVE,
    ),
    Ground(
        "5.1.2.g",
        Text(
            "het milieu waarop de informatie betrekking heeft",
            "the environment to which the information relates",
        ),
        _RELATIVE,
    ),
    Ground(
        "5.1.2.h",
        Text(
            "de beveiliging van personen en bedrijven en het voorkomen van sabotage",
            "the protection of persons and businesses and the prevention of sabotage",
        ),
        _RELATIVE,
    ),
    Ground(
        "5.1.2.i",
        Text(
            "het goed functioneren van de Staat en andere overheden",
            "the proper functioning of the State and other public bodies",
        ),
        _RELATIVE,
    ),
    Ground(
        "5.1.4",
        Text(
            "dat de geadresseerde als eerste kennisneemt: uitstel, met een moment",
            "that the addressee is the first to read it: deferral, until a moment",
        ),
        Weight.LATER,
    ),
    Ground(
        "5.1.5",
        Text(
            "een ander belang dat onevenredig wordt benadeeld, in uitzonderlijke gevallen",
            "another interest that is harmed out of proportion, in exceptional cases",
        ),
        _RELATIVE,
        Environment.NEVER,
    ),
    Ground(
        "5.2.1",
        Text(
            "persoonlijke beleidsopvattingen voor intern beraad",
            "personal views of policy for internal deliberation",
        ),
        Weight.VIEWS,
        Environment.WEAKER,
    ),
)

GROUNDS: Mapping[str, Ground] = {ground.code: ground for ground in _TABLE}
"""Every ground by its code, in the order of the law."""
