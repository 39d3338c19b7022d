"""The table of workflow patterns: what *impasse* does with each, and the tests that show it.

    python tests/patterns/table.py            writes docs/reference/patterns.md
    python tests/patterns/table.py --check    exit status 1 when it is out of date or a test lacks

The numbers and names are those under which the patterns are known in the literature. What is
claimed here is shown by the tests that say so with `positive` and `negative`.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
TESTS = Path(__file__).with_name("test_workflow_patterns.py")
PAGE = ROOT / "docs" / "reference" / "patterns.md"

_Test = TypeVar("_Test", bound="Callable[..., None]")


def positive(pattern: str) -> Callable[[_Test], _Test]:
    """Say of a test that it shows *pattern* at work."""
    return _known(pattern)


def negative(pattern: str) -> Callable[[_Test], _Test]:
    """Say of a test that it shows what *pattern* forbids, and that it does not happen."""
    return _known(pattern)


def _known(pattern: str) -> Callable[[_Test], _Test]:
    if pattern not in {one.id for one in PATTERNS}:
        raise ValueError(pattern)
    return lambda test: test


YES, PARTLY, NO = "ja", "deels", "nee"


@dataclass(frozen=True)
class Pattern:
    """One pattern: its meaning to test, whether it holds, what it is in a dispute, and how."""

    number: int
    name: str
    meaning: str
    holds: str
    in_a_dispute: str
    how: str

    @property
    def id(self) -> str:
        """The name by which tests refer to it."""
        return f"WCP{self.number}"


PATTERNS = (
    Pattern(
        1,
        "Sequence",
        "B mag pas beginnen als A klaar is",
        YES,
        "eerst de zienswijzen, dan de feiten",
        "`after`",
    ),
    Pattern(
        2,
        "Parallel split",
        "één draad wordt er meer, en alle lopen",
        YES,
        "geld en water worden tegelijk uitgezocht",
        "twee taken met dezelfde `after`",
    ),
    Pattern(
        3,
        "Synchronization",
        "het gaat één keer verder, na álle draden",
        YES,
        "het rapport als beide onderzoeken klaar zijn",
        "`after` met meer namen",
    ),
    Pattern(
        4,
        "Exclusive choice",
        "precies één tak, gekozen door een antwoord",
        YES,
        "is de regel helder of niet",
        "`outcomes` en `after: [taak:antwoord]`",
    ),
    Pattern(
        5,
        "Simple merge",
        "takken komen samen zonder te wachten; er loopt er nooit meer dan één",
        YES,
        "de brief, langs welke weg ook",
        "`after_any`",
    ),
    Pattern(
        6,
        "Multi-choice",
        "één of meer takken, gekozen door antwoorden",
        PARTLY,
        "welke deskundigen worden gevraagd",
        "antwoorden van meer taken samen; één taak geeft één antwoord",
    ),
    Pattern(
        7,
        "Structured synchronizing merge",
        "wacht op precies de takken die gekozen zijn",
        PARTLY,
        "alle gevraagde deskundigen hebben geantwoord",
        "`when_done`: alleen aan het eind van de fase",
    ),
    Pattern(
        8,
        "Multi-merge",
        "elke draad die aankomt, doet het vervolg opnieuw",
        NO,
        "elke bevinding apart publiceren",
        "een taak gaat één keer open; zet het publiceren in de taak zelf",
    ),
    Pattern(
        9,
        "Structured discriminator",
        "de eerste gaat verder, de andere tellen niet meer mee; daarna begint het opnieuw",
        YES,
        "de eerste bemiddelaar die ja zegt",
        "`join: first`; een nieuw verblijf maakt nieuwe taken, behalve na een pauze",
    ),
    Pattern(
        10,
        "Arbitrary cycles",
        "lussen met meer dan één ingang of uitgang",
        YES,
        "terug naar de feiten, uit overleg of bemiddeling",
        "overgangen tussen fasen",
    ),
    Pattern(
        11,
        "Implicit termination",
        "eindigt als er niets meer te doen is, zonder eindpunt",
        YES,
        "sluiten als het werk op is",
        "`when_done`; de zaak zelf komt daarbij altijd in een einde",
    ),
    Pattern(
        12,
        "Multiple instances without synchronization",
        "n keer, en op geen ervan wordt gewacht",
        YES,
        "kennisgevingen",
        "`join: none`",
    ),
    Pattern(
        13,
        "Multiple instances, number known at design time",
        "precies n, en op alle wordt gewacht",
        YES,
        "drie arbiters",
        "`count`",
    ),
    Pattern(
        14,
        "Multiple instances, number known at run time",
        "n staat vast als het werk begint",
        YES,
        "een zienswijze per partij",
        "`for: each_party`",
    ),
    Pattern(
        15,
        "Multiple instances, number not known beforehand",
        "er kunnen er bij komen terwijl het loopt",
        YES,
        "een gemeente die later aansluit",
        "`for: each_party`: wie partij wordt, krijgt de taak ook",
    ),
    Pattern(
        16,
        "Deferred choice",
        "de buitenwereld kiest; wie het eerst komt, neemt de andere weg",
        YES,
        "schikken, opschalen of einde van de termijn",
        "overgangen en `on_expiry` van de termijn",
    ),
    Pattern(
        17,
        "Interleaved parallel routing",
        "een gedeeltelijke volgorde, één tegelijk",
        YES,
        "hoorzittingen",
        "`exclusive` met `after`",
    ),
    Pattern(
        18,
        "Milestone",
        "kan alleen zolang de zaak in een bepaalde toestand is",
        YES,
        "intrekken kan tot de bemiddeling begint",
        "`from` van een overgang",
    ),
    Pattern(
        19,
        "Cancel activity",
        "een taak die openstaat of loopt, wordt ingetrokken",
        YES,
        "een verzoek intrekken",
        "intrekken van een taak",
    ),
    Pattern(
        20,
        "Cancel case",
        "alles stopt, en dat staat er als niet geslaagd",
        YES,
        "het geschil wordt ingetrokken",
        "een overgang naar een einde",
    ),
    Pattern(
        21,
        "Structured loop",
        "herhalen, met een toets vooraf of achteraf",
        YES,
        "de feitenlijst ten hoogste twee keer",
        "`rounds`",
    ),
    Pattern(
        22,
        "Recursion",
        "een taak roept haar eigen procedure aan",
        NO,
        "een deelgeschil",
        "open een eigen zaak voor een deelgeschil",
    ),
    Pattern(
        23,
        "Transient trigger",
        "een signaal waar niemand op wacht, is weg",
        YES,
        "een stap die te vroeg komt",
        "een overgang die hier niet kan, wordt geweigerd en niet bewaard",
    ),
    Pattern(
        24,
        "Persistent trigger",
        "een signaal blijft staan tot iemand het gebruikt",
        YES,
        "het advies komt vroeg",
        "bevestigingen",
    ),
    Pattern(
        25,
        "Cancel region",
        "een genoemde groep werk stopt",
        YES,
        "bij een akkoord stopt al het feitenonderzoek",
        "`cancels`",
    ),
    Pattern(
        26,
        "Cancel multiple instance activity",
        "wat van een veelvoud niet klaar is, stopt",
        YES,
        "de vraag aan alle partijen vervalt",
        "`cancels` met een taak per partij",
    ),
    Pattern(
        27,
        "Complete multiple instance activity",
        "wat niet klaar is, wordt ingetrokken, en het gaat verder",
        YES,
        "de tijd voor zienswijzen is om",
        "afsluiten, of `on_expiry: complete`",
    ),
    Pattern(
        28,
        "Blocking discriminator",
        "als WCP9, maar een volgende ronde wacht",
        NO,
        "een tweede ronde terwijl de eerste nog loopt",
        "een nieuw verblijf wacht nergens op",
    ),
    Pattern(
        29,
        "Cancelling discriminator",
        "als WCP9, maar de andere worden ingetrokken",
        YES,
        "het eerste bindende advies",
        "`join: first` met `rest: withdraw`",
    ),
    Pattern(
        30,
        "Structured partial join",
        "gaat één keer verder bij m van n",
        YES,
        "twee van drie deskundigen",
        "`join: {at_least: m}`",
    ),
    Pattern(
        31,
        "Blocking partial join",
        "als WCP30, maar een volgende ronde wacht",
        NO,
        "een tweede oordeel terwijl het eerste loopt",
        "een nieuw verblijf wacht nergens op",
    ),
    Pattern(
        32,
        "Cancelling partial join",
        "als WCP30, maar de andere worden ingetrokken",
        YES,
        "twee adviezen zijn genoeg",
        "`join: {at_least: m}` met `rest: withdraw`",
    ),
    Pattern(
        33,
        "Generalized AND-join",
        "wacht op alle, ook in lussen, en bewaart wat te veel is",
        NO,
        "feiten uit een vorige ronde tellen mee",
        "een nieuw verblijf begint met nieuwe taken",
    ),
    Pattern(
        34,
        "Static partial join for multiple instances",
        "m van n gelijke taken",
        YES,
        "een quorum van partijen",
        "`for: each_party` met `at_least`",
    ),
    Pattern(
        35,
        "Cancelling static partial join for multiple instances",
        "m van n gelijke taken, de andere worden ingetrokken",
        YES,
        "genoeg partijen hebben gereageerd",
        "`for: each_party` met `at_least` en `rest: withdraw`",
    ),
    Pattern(
        36,
        "Dynamic partial join for multiple instances",
        "m van n, waarbij er nog bij komen",
        YES,
        "ook wie later aansluit, telt voor het quorum",
        "`at_least` met een partij die later komt",
    ),
    Pattern(
        37,
        "Local synchronizing merge",
        "wacht op wat volgens de takken zelf nog kan komen",
        NO,
        "een verre samenkomst",
        "alleen `when_done` weet wat er nog kan komen; zie WCP7",
    ),
    Pattern(
        38,
        "General synchronizing merge",
        "wacht op wat in de hele zaak nog kan komen",
        NO,
        "een verre samenkomst",
        "alleen `when_done` weet wat er nog kan komen; zie WCP7",
    ),
    Pattern(
        39,
        "Critical section",
        "nooit twee tegelijk",
        YES,
        "één zittingszaal",
        "`exclusive`",
    ),
    Pattern(
        40,
        "Interleaved routing",
        "in elke volgorde, één tegelijk",
        YES,
        "partijen één voor één horen",
        "`exclusive` zonder `after`",
    ),
    Pattern(
        41,
        "Thread merge",
        "n uitvoeringen in één tak komen samen",
        NO,
        "-",
        "een taak wordt één keer tegelijk gedaan",
    ),
    Pattern(
        42,
        "Thread split",
        "n uitvoeringen in één tak beginnen",
        NO,
        "-",
        "gebruik `count`",
    ),
    Pattern(
        43,
        "Explicit termination",
        "een aangewezen einde stopt alles",
        YES,
        "oplossing",
        "een fase met `kind: ending`",
    ),
)

_HEAD = """\
<!-- Made by `make docs` from tests/patterns. Change it there, not here. -->
# Patronen in een procedure

Procedures worden vergeleken met een vaste lijst van patronen: hoe werk zich splitst, samenkomt,
herhaalt en stopt. Deze tabel zegt van elk patroon wat het precies betekent, of een procedure van
*impasse* het kan, en waarmee. Bij elk *ja* en *deels* staan twee tests. De ene laat zien dat het
werkt. De andere laat zien dat wat niet mag, ook niet gebeurt. Beide gaan door de echte beslisser,
met een procedure in de vorm van [het bestand](workflow-file.md).

De tests staan in [`tests/patterns`](../../tests/patterns/test_workflow_patterns.py). De nummers en
de Engelse namen zijn die uit de vakliteratuur.

"""


_COLUMNS = (
    "| nr. | patroon | betekent | kan | in een geschil | waarmee, of waarom niet "
    "| test dat het werkt | test dat het niet anders kan |"
)


def shown_by() -> dict[str, dict[str, list[str]]]:
    """Return per pattern the names of its positive and negative tests, as the file has them."""
    found: dict[str, dict[str, list[str]]] = {
        one.id: {"positive": [], "negative": []} for one in PATTERNS
    }
    for node in ast.parse(TESTS.read_text("utf-8")).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for kind, pattern in _claims(node):
            found[pattern][kind].append(node.name)
    return found


def _claims(node: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for call in node.decorator_list:
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in {"positive", "negative"}
            and isinstance(call.args[0], ast.Constant)
        ):
            yield call.func.id, str(call.args[0].value)


def gaps(tests: Mapping[str, Mapping[str, list[str]]]) -> list[str]:
    """Return what is claimed without being shown, and what is shown without being claimed."""
    lacking = []
    for one in PATTERNS:
        for kind, names in tests[one.id].items():
            if (one.holds != NO) != bool(names):
                lacking.append(f"{one.id} ({one.holds}): {len(names)} {kind} tests")
    return lacking


def page() -> str:
    """Return the page as it must be."""
    tests = shown_by()
    rows = [_COLUMNS, "|---|---|---|---|---|---|---|---|"]
    for one in PATTERNS:
        shown = [", ".join(f"`{name}`" for name in tests[one.id][k]) for k in tests[one.id]]
        rows.append(
            f"| {one.id} | {one.name} | {one.meaning} | {one.holds} | {one.in_a_dispute} "
            f"| {one.how} | {shown[0] or '-'} | {shown[1] or '-'} |"
        )
    counts = {kind: sum(one.holds == kind for one in PATTERNS) for kind in (YES, PARTLY, NO)}
    total = (
        f"Van {len(PATTERNS)} patronen: {counts[YES]} ja, {counts[PARTLY]} deels, {counts[NO]} nee."
    )
    return _HEAD + total + "\n\n" + "\n".join(rows) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say what is wrong with it; return the exit status."""
    lacking = gaps(shown_by())
    for one in lacking:
        sys.stderr.write(f"tests/patterns: {one}\n")
    if lacking:
        return 1
    wanted = page()
    if PAGE.is_file() and PAGE.read_text("utf-8") == wanted:
        return 0
    if arguments == ["--check"]:
        sys.stderr.write("docs/reference/patterns.md is out of date: run 'make docs'.\n")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    sys.stderr.write("docs/reference/patterns.md written.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
