"""The glossary: the Dutch of government, and the English names that stand for it here.

It is the only source: `/glossary` tells it, and `docs/glossary.md` is written from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from impasse.domain.text import Text


@dataclass(frozen=True, slots=True)
class Entry:
    """A Dutch term, its identifier in code and on the wire, and what it means."""

    term: str
    identifier: str
    meaning: Text


GLOSSARY = (
    Entry(
        "aan zet",
        "owner",
        Text("De rol die in een fase moet handelen.", "The role that has to act in a stage."),
    ),
    Entry(
        "aanwijzing",
        "appointment",
        Text(
            "Wie een zaak behandelt, of er in bemiddelt.",
            "Who handles a case, or mediates in it.",
        ),
    ),
    Entry(
        "agendapunt",
        "agendaItem",
        Text(
            "Een zaak die op de agenda van een overleg staat.",
            "A case on the agenda of a meeting.",
        ),
    ),
    Entry(
        "behandelaar",
        "handler",
        Text("Wie een zaak begeleidt.", "Who looks after a case."),
    ),
    Entry(
        "bemiddelaar",
        "mediator",
        Text(
            "Wie partijen helpt zonder zelf te oordelen.",
            "Who helps the parties without judging.",
        ),
    ),
    Entry(
        "bevestiging",
        "confirmation",
        Text(
            "Iets dat een partij voor zichzelf vastlegt, of dat voor de hele zaak geldt.",
            "Something that a party records for itself, or that counts for the whole case.",
        ),
    ),
    Entry(
        "fase",
        "stage",
        Text("Een deel van een procedure.", "A part of a procedure."),
    ),
    Entry(
        "geschil",
        "dispute",
        Text(
            "Een verschil van inzicht dat een partij op schrift heeft gesteld.",
            "A disagreement that a party has stated in writing.",
        ),
    ),
    Entry(
        "gezamenlijke feitenvaststelling",
        "joint_fact_finding",
        Text(
            "Samen vaststellen wat vaststaat, wat betwist is en wie het uitzoekt.",
            "Establishing together what is certain, what is disputed and who finds out.",
        ),
    ),
    Entry(
        "grondslag",
        "basis",
        Text(
            "Waarop een termijn rust; zij bepaalt of de Algemene termijnenwet geldt.",
            "On what a term rests; it decides whether the Algemene termijnenwet applies.",
        ),
    ),
    Entry(
        "impasse",
        "impasse",
        Text(
            "Een vastgelopen verschil waarin geen partij alleen verder kan.",
            "A stalled disagreement in which no party can move alone.",
        ),
    ),
    Entry(
        "koepel",
        "umbrella",
        Text(
            "Een vereniging van overheden, zoals VNG, IPO en Unie van Waterschappen. Zij "
            "vertegenwoordigt haar leden maar bindt hen niet.",
            "An association of governments, such as VNG, IPO and Unie van Waterschappen. It "
            "represents its members but does not bind them.",
        ),
    ),
    Entry(
        "bestuurslaag",
        "layer",
        Text(
            "Rijk, provincie, gemeente, waterschap of wat daarnaast staat.",
            "National government, province, municipality, water authority or what stands beside.",
        ),
    ),
    Entry(
        "liaison",
        "liaison_officer",
        Text(
            "Wie voor een overheid spreekt in de zaken waarin zij partij is.",
            "Who speaks for a government in the cases to which it is a party.",
        ),
    ),
    Entry(
        "medeoverheid",
        "co_government",
        Text(
            "Provincie, gemeente of waterschap als partner van het Rijk.",
            "Province, municipality or water authority as partner of national government.",
        ),
    ),
    Entry(
        "niveau van vroegsignalering",
        "level",
        Text(
            "Groen, geel, oranje of rood: hoe ernstig het met een zaak gesteld is.",
            "Green, yellow, orange or red: how serious things are with a case.",
        ),
    ),
    Entry(
        "opschaling",
        "tier",
        Text(
            "Een zaak naar een hogere tafel brengen. Niet te verwarren met verharding van het "
            "conflict.",
            "Taking a case to a higher table. Not to be confused with a conflict that hardens.",
        ),
    ),
    Entry(
        "overhedenoverleg",
        "overhedenoverleg",
        Text(
            "Het overleg van kabinet en koepels over wat overheden verdeelt.",
            "The consultation of cabinet and umbrella bodies on what divides governments.",
        ),
    ),
    Entry(
        "overleg",
        "meeting",
        Text("Eén zitting van het overhedenoverleg.", "One sitting of the overhedenoverleg."),
    ),
    Entry(
        "partij",
        "party",
        Text("Een organisatie die deelneemt aan een zaak.", "An organisation that takes part."),
    ),
    Entry(
        "procedure",
        "workflow",
        Text(
            "De fasen, termijnen en stappen die een zaak volgt; een zaak houdt haar versie.",
            "The stages, terms and moves that a case follows; a case keeps its version.",
        ),
    ),
    Entry(
        "signaal",
        "signal",
        Text(
            "Een melding dat een verschil ontstaat of groeit.",
            "A report that a disagreement emerges or grows.",
        ),
    ),
    Entry(
        "spelregelduiding",
        "rule_interpretation",
        Text(
            "Naast elkaar leggen hoe ieder de wet en de afspraken leest.",
            "Laying side by side how each reads the law and the agreements.",
        ),
    ),
    Entry(
        "stap",
        "transition",
        Text("Van de ene fase naar de volgende.", "From one stage to the next."),
    ),
    Entry(
        "termijn",
        "term",
        Text("Hoe lang een fase mag duren.", "How long a stage may take."),
    ),
    Entry(
        "uitkomst",
        "settlement",
        Text("Waarover partijen het eens zijn geworden.", "What the parties agreed upon."),
    ),
    Entry(
        "verloop",
        "history",
        Text(
            "Alles wat in een zaak is gedaan, geketend zodat niets ongemerkt verandert.",
            "All that was done in a case, chained so that nothing changes unnoticed.",
        ),
    ),
    Entry(
        "voorstel voor de agenda",
        "candidate",
        Text(
            "Een zaak waarover het secretariaat nog beslist of zij op de agenda komt.",
            "A case of which the secretariat has yet to decide whether it gets on the agenda.",
        ),
    ),
    Entry(
        "voorwaarde",
        "guard",
        Text("Wat er moet zijn voordat een stap kan.", "What must be there before a move."),
    ),
    Entry(
        "vroegsignalering",
        "earlyWarning",
        Text(
            "Zien dat een verschil vastloopt voordat standpunten verharden.",
            "Seeing that a disagreement stalls before positions harden.",
        ),
    ),
    Entry(
        "zaak",
        "case",
        Text(
            "Eén verschil tussen overheden, met alles wat erbij hoort.",
            "One disagreement between governments, with all that belongs to it.",
        ),
    ),
    Entry(
        "zienswijze",
        "view",
        Text("Hoe een partij ernaar kijkt.", "How a party looks at it."),
    ),
)


def glossary_page() -> str:
    """Return the glossary as the text of `docs/glossary.md`."""
    lines = [
        "# Begrippen",
        "",
        "De namen in de API en in de code zijn Engels. Deze lijst zegt welk Nederlands begrip",
        "erbij hoort. U vindt haar ook op `/api/v1/glossary`, zonder token.",
        "",
        "| begrip | naam | betekenis | meaning |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {entry.term} | `{entry.identifier}` | {entry.meaning.nl} | {entry.meaning.en} |"
        for entry in sorted(GLOSSARY, key=lambda entry: entry.term)
    ]
    return "\n".join(lines) + "\n"
