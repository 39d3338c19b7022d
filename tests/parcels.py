"""Posts for one person, and the letters that come of them, for tests of channels."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from impasse.domain.people import Person, Role
from impasse.domain.text import Text
from impasse.engine.outbox import EMAIL, Parcel, Post, PostLine

if TYPE_CHECKING:
    from email.message import EmailMessage

DOMAIN = "overheid.example"
NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
PERSON = Person(
    "anna",
    "Anna de Vries",
    Text("Beleidsadviseur", "Policy adviser"),
    "gm0363",
    frozenset({Role.LIAISON_OFFICER}),
    email="anna@gemeente.example",
)


def line(subject: str = "IMP-2026-0014", **more: object) -> PostLine:
    """One thing to tell, about the road around Nieuw-Stroomdam unless *more* says otherwise."""
    told: dict[str, object] = {
        "notification": "n-1",
        "subject": subject,
        "title": "Wie betaalt de rondweg?" if subject else "",
        "reason": Text("Er is nog geen antwoord.", "There is no answer yet."),
        "why": Text(
            "U bent contactpersoon van een partij (standaard, trede 1, versie 2).",
            "You are liaison officer of a party (standaard, level 1, version 2).",
        ),
        "otherwise": Text(
            "Op 1 december 2026 hoort de bemiddelaar het ook.",
            "On 1 December 2026 the mediator hears of it too.",
        ),
        "rule": "standaard, trede 1, versie 2",
        "urgent": False,
        "path": f"/impasses/{subject}" if subject else "/rooster",
    }
    return PostLine(**(told | more))  # type: ignore[arg-type]


def post(*lines: PostLine, **more: object) -> Post:
    """What Anna is told; one line about one case unless *lines* are given."""
    told: dict[str, object] = {
        "person": PERSON,
        "address": PERSON.email,
        "language": "nl",
        "lines": lines or (line(),),
        "digest": False,
        "thread": "IMP-2026-0014",
        "reply_to": "",
    }
    return Post(**(told | more))  # type: ignore[arg-type]


def parcel(content: Post | None = None, *, address: str | None = None, attempts: int = 1) -> Parcel:
    """A post on its way for the first time, to *address* when that is given."""
    content = content or post()
    if address is not None:
        content = post(*content.lines, address=address)
    return Parcel("bundle-1", EMAIL, PERSON.id, (1,), attempts, NOW, content)


def letter_of(message: EmailMessage, kind: str = "plain") -> str:
    """Return the words of a letter, as text or as HTML."""
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")
