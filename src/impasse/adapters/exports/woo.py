"""The answer of one government to a request under the Woo: an archive that it can hand over.

Only the shared room is read, and of that only what this government decided to disclose: what it
has not decided on stands in the inventory as a line without words. The same state gives the same
bytes, so that what was handed over can be shown again.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from html import escape
from io import BytesIO, StringIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from impasse.adapters.exports.spreadsheet import harmless
from impasse.domain.access import no_such_room
from impasse.domain.assessing import reminders
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.disclosure import Disclosure
from impasse.domain.rooms import ContributionKind
from impasse.domain.text import Text
from impasse.domain.woo_grounds import GROUNDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from impasse.adapters.sql.law import LawViews
    from impasse.domain.assessing import Item
    from impasse.domain.case import Case, Party
    from impasse.domain.disclosure import Assessment
    from impasse.domain.people import Actor
    from impasse.domain.text import Language

_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The same for every member: when it was packed tells nothing of the case."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80
_FOLDERS = {
    ContributionKind.NOTE: "notities",
    ContributionKind.DOCUMENT: "documenten",
    ContributionKind.SIGNAL: "signalen",
}
_HEADINGS = (
    Text("nummer", "number"),
    Text("soort", "kind"),
    Text("datum", "date"),
    Text("van", "of"),
    Text("beoordeling", "assessment"),
    Text("gronden", "grounds"),
    Text("gronden in woorden", "grounds in words"),
    Text("reden", "reason"),
    Text("milieu-informatie", "environmental information"),
    Text("deel", "part"),
    Text("titel", "title"),
    Text("bestand", "file"),
)
_UNDECIDED = Text("nog niet beoordeeld", "not assessed yet")
_GONE = Text("inhoud vernietigd", "content destroyed")
_SIGNAL_PART = Text("signaal: feit en opvatting samen", "signal: fact and view together")
_STATEMENTS = (
    Text(
        "Dit zijn de gedeelde bijdragen en signalen van deze zaak, zoals deze overheid ze heeft.",
        "These are the shared contributions and signals of this case, as this government has them.",
    ),
    Text(
        "Elke overheid beslist over haar eigen exemplaar; een andere kan anders besluiten.",
        "Each government decides about its own copy. Another may decide otherwise.",
    ),
    Text(
        "Geheimhouding die partijen met elkaar hebben afgesproken, zet de Wet open overheid niet "
        "opzij: alleen een grond uit de wet kan openbaarmaking tegenhouden.",
        "Confidentiality that the parties agreed on does not set the Woo (Open Government Act) "
        "aside: only a ground in the law can stop disclosure.",
    ),
)
_OWN_USE = Text(
    "Voor eigen gebruik: haal dit bestand weg voordat u iets overhandigt.",
    "For your own use: remove this file before you hand anything over.",
)
_FOR_THE_GOVERNMENT = (
    Text(
        "Van wat deels openbaar is, voegt u zelf de gelakte versie toe. Wat niet is beoordeeld, "
        "staat als regel in de inventaris en gaat niet mee. Het verloop van de zaak hoort hier "
        "niet bij; beoordeel het apart als erom is gevraagd.",
        "Of what is partly public you add the redacted version yourself. What was not assessed "
        "stands in the inventory as a line and does not come along. The history of the case is no "
        "part of this; assess it apart when it was asked for.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One item with what was decided; `member` is where its content is in the archive."""

    item: Item
    assessment: Assessment | None
    sender: str
    member: str = ""

    @property
    def public(self) -> bool:
        """Whether it comes along in full."""
        return (
            self.assessment is not None
            and self.assessment.disclosure is Disclosure.FULL
            and not self.item.destroyed
        )


def woo_export(
    law: LawViews, actor: Actor, case: Case, organisation: str, language: Language
) -> bytes:
    """Return the archive of *organisation*, for who speaks for it.

    Raises the error for a room that is not there for everybody else.
    """
    assessments = law.assessments(actor, case, organisation, what="woo export")
    party = case.party(organisation)
    if party is None:
        raise no_such_room(case.id)
    names = {one.organisation: one.name for one in case.parties}
    lines, members = [], {}
    for item in law.items(actor, case):
        line = _Line(item, assessments.get(item.number), names.get(item.organisation, ""))
        if line.public:
            member, body = _content(law, actor, case, item)
            members[member] = body
            line = _Line(line.item, line.assessment, line.sender, member)
        lines.append(line)
    members["inventaris.csv"] = _as_csv(lines, language)
    members["inventaris.html"] = _as_page(lines, case, party, language)
    members["leesmij.txt"] = _as_text(case, party, lines, language)
    return _packed(members)


def _packed(members: dict[str, bytes]) -> bytes:
    """Return a ZIP of *members* by name, without anything that differs from time to time."""
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name in sorted(members):
            member = ZipInfo(name, _MOMENT)
            member.create_system = 3
            member.external_attr = 0o100644 << 16
            member.compress_type = ZIP_DEFLATED
            archive.writestr(member, members[name], compresslevel=6)
    return packed.getvalue()


def _content(law: LawViews, actor: Actor, case: Case, item: Item) -> tuple[str, bytes]:
    """Return where the content of a public item stands in the archive, and the content."""
    folder = _FOLDERS[item.kind]
    if item.kind is ContributionKind.DOCUMENT:
        file = law.file(actor, case, item.number)
        return f"{folder}/{item.number}-{safe_member(file.name)}", file.body
    # A signal has no title: the code of what was seen stands for it.
    words = "\n\n".join(part for part in (item.title or item.indicator, item.text) if part)
    return f"{folder}/{item.number}.txt", f"{words}\n".encode()


def safe_member(name: str) -> str:
    """Return *name* as the last part of a path that every system can unpack: no folder, no trick.

    Letters lose their accents, and whatever is no plain letter, digit, point, dash or underscore
    becomes a dash; so nothing turns the reading direction, climbs out of a folder or hides.
    """
    plain = unicodedata.normalize("NFKD", name.replace("\\", "/").rpartition("/")[2])
    ascii_only = plain.encode("ascii", "ignore").decode()
    safe = re.sub(r"\.{2,}", ".", _UNSAFE.sub("-", ascii_only)).strip("-.")
    stem, dot, ending = safe.rpartition(".")
    if dot and len(safe) > _LONGEST_NAME:
        safe = f"{stem[: _LONGEST_NAME - 12]}.{ending[:10]}"
    return safe[:_LONGEST_NAME] or "bestand"


def _cells(line: _Line, language: Language) -> tuple[str, ...]:
    """Return one line of the inventory; words of an item only when it is public."""
    item, decided = line.item, line.assessment
    disclosure = None if decided is None else decided.disclosure
    grounds = () if decided is None else decided.grounds
    label = _UNDECIDED if disclosure is None else disclosure.label
    if item.destroyed:
        label = _GONE
    # The reason of a refusal can say what was refused; that of a partial one is for the reader.
    partial = disclosure is Disclosure.PARTIAL
    part = _SIGNAL_PART if item.part is None else item.part.label
    return (
        item.number,
        item.kind.label.in_(language),
        item.day.isoformat(),
        line.sender,
        label.in_(language),
        ", ".join(grounds),
        "; ".join(_in_words(code).in_(language) for code in grounds),
        decided.note if partial and decided is not None else "",
        Text("ja" if item.environmental else "nee", "yes" if item.environmental else "no").in_(
            language
        ),
        part.in_(language),
        item.title if line.public else "",
        line.member,
    )


def _to_think_of(lines: Sequence[_Line], organisation: str) -> list[Text]:
    """Return per item what the law asks to think of, as of the day on which it was assessed."""
    told = []
    for line in lines:
        decided = line.assessment
        if decided is None:
            continue
        on = decided.at.astimezone(AMSTERDAM).date()
        found = reminders(line.item, organisation, decided.disclosure, decided.grounds, on)
        told += [Text(f"{line.item.number}: ", f"{line.item.number}: ") + one for one in found]
    return told


def _in_words(code: str) -> Text:
    ground = GROUNDS[code]
    return ground.article + Text(": ", ": ") + ground.protects


def _as_csv(lines: Sequence[_Line], language: Language) -> bytes:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([heading.in_(language) for heading in _HEADINGS])
    for line in lines:
        writer.writerow([harmless(cell) for cell in _cells(line, language)])
    return out.getvalue().encode()


def _as_page(lines: Sequence[_Line], case: Case, party: Party, language: Language) -> bytes:
    """Return the inventory as a page that runs nothing and asks nothing of anybody."""
    head = "".join(f'<th scope="col">{escape(one.in_(language))}</th>' for one in _HEADINGS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(line, language)) + "</tr>\n"
        for line in lines
    )
    title = escape(_title(case, party).in_(language))
    said = "".join(f"<p>{escape(one.in_(language))}</p>\n" for one in _STATEMENTS)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
        f"<title>{title}</title></head>\n<body><h1>{title}</h1>\n{said}"
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></body></html>\n"
    ).encode()


def _as_text(case: Case, party: Party, lines: Sequence[_Line], language: Language) -> bytes:
    counts = dict.fromkeys(Disclosure, 0)
    undecided = 0
    for line in lines:
        if line.assessment is None:
            undecided += not line.item.destroyed
        else:
            counts[line.assessment.disclosure] += 1
    told = [
        _title(case, party),
        _OWN_USE,
        Text("", ""),
        *_STATEMENTS,
        *_FOR_THE_GOVERNMENT,
        Text("", ""),
        *(one.label + Text(f": {count}", f": {count}") for one, count in counts.items()),
        _UNDECIDED + Text(f": {undecided}", f": {undecided}"),
        Text("", ""),
        *_to_think_of(lines, party.organisation),
    ]
    return ("\n".join(one.in_(language) for one in told) + "\n").encode()


def _title(case: Case, party: Party) -> Text:
    return Text(
        f"Inventaris voor een Woo-verzoek: zaak {case.id}, {party.name}",
        f"Inventory for a request under the Woo: case {case.id}, {party.name}",
    )
