"""What a letter shows, in one language, as text and as HTML: title, reason and link."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from impasse.adapters.channels.mail_headers import one_line
from impasse.domain.audience import MEETING
from impasse.domain.days_in_words import AMSTERDAM, day_in_words
from impasse.domain.digest_group import DigestGroup
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from impasse.domain.text import Language
    from impasse.engine.outbox import Post, PostLine

TEMPLATES = Path(__file__).parent / "templates"

SETTINGS_PATH = "/mijn-werk/instellingen"
"""The page where a person says how to hear of things."""

TEXT_WIDTH = 72
LONGEST_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a letter, ready to be read."""

    case: str
    title: str
    reason: str
    why: str
    otherwise: str
    urgent: bool
    href: str

    @property
    def name(self) -> str:
        """The number of the case and its title, as far as they may be known."""
        return f"{self.case} {self.title}".strip()

    @property
    def kind(self) -> str:
        """What it is about, as the words of the templates call it: case, meeting or page."""
        if self.case.startswith(MEETING):
            return "meeting"
        return "case" if self.case else "page"


class LetterPage:
    """What the templates show, in one language."""

    def __init__(self, post: Post, site: str, at: datetime) -> None:
        self._post, self._site = post, site
        self.language: Language = "en" if post.language == "en" else "nl"
        self._day = day_in_words(at.astimezone(AMSTERDAM).date())
        self.items = [self._item(line) for line in post.lines]
        self.digest = post.digest
        self.answers = bool(post.reply_to)
        self.reader = one_line(post.person.name, LONGEST_SUBJECT)
        self.words = {name: text.in_(self.language) for name, text in _WORDS.items()}
        cases = {item.case for item in self.items}
        self.case = cases.pop() if len(cases) == 1 and not post.digest else ""
        self.case = self.case or one_line(post.thread)
        self.why = _shared(item.why for item in self.items)
        self.otherwise = _shared(item.otherwise for item in self.items)
        """What counts for all of it is said once, at the end; "" when it differs per line."""

    @property
    def single(self) -> Item | None:
        """The one thing that is told, if it is one."""
        return self.items[0] if len(self.items) == 1 and not self.digest else None

    @property
    def subject(self) -> str:
        """The subject: the case by number and title, for it shows on screens that others see."""
        if self.digest:
            return self._tell(_digest_title(self._day))
        if self.case:
            title = next((item.title for item in self.items if item.title), "")
            return one_line(f"{self.case}: {title}" if title else self.case, LONGEST_SUBJECT)
        if len(self.items) == 1:
            return one_line(self.items[0].reason, LONGEST_SUBJECT)
        return self._tell(_many(self.items))

    @property
    def heading(self) -> str:
        """What the letter begins with."""
        if self.digest:
            return self._tell(_digest_title(self._day))
        if self.single:
            return self.single.reason
        return self._tell(_many(self.items))

    @property
    def groups(self) -> list[tuple[str, list[Item]]]:
        """The lines of a digest by group, or all of them without a heading."""
        if not self.digest:
            return [("", self.items)]
        placed: dict[str, list[Item]] = {group.value: [] for group in DigestGroup}
        for line, item in zip(self._post.lines, self.items, strict=True):
            placed.get(line.rule, placed[DigestGroup.CHANGED]).append(item)
        return [
            (self._tell(DigestGroup(group).label), items)
            for group, items in placed.items()
            if items
        ]

    @property
    def settings_href(self) -> str:
        """Where this person chooses how to hear of things."""
        return self.link(SETTINGS_PATH)

    def as_text(self) -> str:
        """Return the letter as plain text."""
        return self._rendered("mail.txt")

    def as_chat(self) -> str:
        """Return what is told in a chat channel: the same, as short as it can be."""
        return self._rendered("chat.txt").strip()

    def as_html(self) -> str:
        """Return the letter as HTML that needs no images, styles or scripts to be read."""
        return self._rendered("mail.html")

    def _rendered(self, template: str) -> str:
        return _environment().get_template(template).render(page=self, words=self.words)

    def link(self, path: str) -> str:
        """Return the address of a page of ours."""
        return self._site + quote(f"/{path.lstrip('/')}", safe="/?#&=%-._~:+,;@")

    def _item(self, line: PostLine) -> Item:
        tell = self._tell
        return Item(
            case=one_line(line.subject),
            title=one_line(line.title),
            reason=one_line(tell(line.reason)),
            why=one_line(tell(line.why)),
            otherwise=one_line(tell(line.otherwise)) or tell(_NOTHING_BY_ITSELF),
            urgent=line.urgent,
            href=self.link(line.path),
        )

    def _tell(self, text: Text) -> str:
        return text.in_(self.language)


def _shared(said: Iterable[str]) -> str:
    different = set(said)
    return different.pop() if len(different) == 1 else ""


def _digest_title(day: Text) -> Text:
    return Text(f"Uw overzicht van {day.nl}", f"Your digest of {day.en}")


def _many(items: Sequence[Item]) -> Text:
    number, cases = len(items), len({item.case for item in items if item.case})
    if cases > 1:
        return Text(
            f"{number} meldingen over {cases} zaken", f"{number} notifications about {cases} cases"
        )
    about = next((item.case for item in items if item.case), "")
    if about and all(item.case for item in items):
        return Text(f"{number} meldingen over {about}", f"{number} notifications about {about}")
    return Text(f"{number} meldingen", f"{number} notifications")


_NOTHING_BY_ITSELF = Text("Er gebeurt niets vanzelf.", "Nothing happens by itself.")

_WORDS: Mapping[str, Text] = {
    "house": same("impasse"),
    "case": Text("Zaak", "Case"),
    "see_case": Text("Bekijk de zaak", "See the case"),
    "meeting": Text("Overleg", "Meeting"),
    "see_meeting": Text("Bekijk het overleg", "See the meeting"),
    "page": Text("Over", "About"),
    "see_page": Text("Bekijk de pagina", "See the page"),
    "why": Text("Waarom u dit krijgt", "Why you get this"),
    "otherwise": Text("Wat er gebeurt als u niets doet", "What happens if you do nothing"),
    "urgent": Text("Dit kan niet wachten.", "This cannot wait."),
    "for_whom": Text("Dit bericht is voor", "This message is for"),
    "settings": Text("Kies hoe u berichten krijgt", "Choose how you get messages"),
    "answers": Text(
        "U kunt dit bericht beantwoorden. Uw antwoord komt alleen in uw eigen kamer van de zaak.",
        "You can reply to this message. Your reply goes only to your own room of the case.",
    ),
    "no_answers": Text(
        "Een machine stuurde dit bericht. Antwoorden op dit adres leest niemand.",
        "A machine sent this message. Nobody reads replies to this address.",
    ),
    "no_content": Text(
        "De inhoud is vertrouwelijk. Die staat niet in e-mail, maar alleen op de pagina.",
        "The content is confidential. It is not in e-mail, but only on the page.",
    ),
}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["lines"] = _in_lines
    return environment


def _in_lines(words: str, indent: int = 0, mark: str = "") -> str:
    """Break *words* into lines that any screen shows whole; an address is never broken."""
    return textwrap.fill(
        words,
        TEXT_WIDTH,
        initial_indent=mark or " " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
