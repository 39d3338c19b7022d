"""A letter tells title, reason and link, in headers and words that nobody can bend."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from impasse.adapters.channels.mail_headers import message_id, one_line, parcel_of, thread_id
from impasse.adapters.channels.mail_message import Sender, compose
from impasse.domain.digest_group import DigestGroup
from impasse.domain.text import Text
from parcels import DOMAIN, NOW, PERSON, letter_of, line, post

SENDER = Sender(f"impasse@{DOMAIN}", "impasse", "https://impasse.example")
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "List-Unsubscribe",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]

# Letters of anywhere, ends of lines of every kind, invisible signs, half characters and pictures.
anything = st.text(
    st.one_of(
        st.characters(codec=None, categories=None),
        st.sampled_from('\r\n\x0b\x0c\x1c\x85\u2028\u202e\u200f\u200d\x00\t =?_:,<>@"\\é😀א'),
    ),
    max_size=300,
)


def sent(told=None, *, sender=SENDER, at=NOW, to=PERSON.email, reply_to=""):
    """Return the letter as it looks to who gets it, and its bytes."""
    letter = compose(told or post(), "bundle-1", sender, at, to=to, reply_to=reply_to)
    content = letter.as_bytes()
    return message_from_bytes(content, policy=policy.default), content


# ---- what it tells, and to whom


def test_a_letter_tells_title_reason_link_why_and_what_happens_otherwise():
    message, _ = sent()
    assert message["Subject"] == "IMP-2026-0014: Wie betaalt de rondweg?"
    for kind in ("plain", "html"):
        words = " ".join(letter_of(message, kind).split())
        for part in (
            "Er is nog geen antwoord.",
            "IMP-2026-0014 Wie betaalt de rondweg?",
            "https://impasse.example/impasses/IMP-2026-0014",
            "Waarom u dit krijgt",
            "U bent contactpersoon van een partij (standaard, trede 1, versie 2).",
            "Wat er gebeurt als u niets doet",
            "Op 1 december 2026 hoort de bemiddelaar het ook.",
            "https://impasse.example/mijn-werk/instellingen",
            "Anna de Vries",
        ):
            assert part in words, (kind, part)


def test_who_reads_english_gets_english():
    message, _ = sent(post(language="en"))
    words = letter_of(message)
    assert message["Content-Language"] == "en"
    assert "There is no answer yet." in words
    assert "What happens if you do nothing:\nOn 1 December 2026" in words
    assert 'lang="en"' in letter_of(message, "html")
    assert not re.search(r"\b(u|Waarom|zaak)\b", words)


def test_it_says_to_machines_that_a_machine_wrote_it_and_where_to_stop_it():
    message, _ = sent()
    assert message["Auto-Submitted"] == "auto-generated"
    assert "OOF" in message["X-Auto-Response-Suppress"]
    # What Exchange cannot deliver has to come back.
    assert "NDR" not in message["X-Auto-Response-Suppress"]
    assert "All" not in message["X-Auto-Response-Suppress"]
    assert message["List-Unsubscribe"] == "<https://impasse.example/mijn-werk/instellingen>"
    assert "Precedence" not in message
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert sorted(message.keys()) == sorted(HEADERS)


def test_letters_about_one_case_stand_in_one_thread_and_others_do_not():
    first, _ = sent()
    second, _ = sent(post(line(reason=Text("De zaak is gesloten", "The case is closed"))))
    other, _ = sent(post(line("IMP-2026-0015"), thread="IMP-2026-0015"))
    many, _ = sent(post(line(), line("IMP-2026-0015"), thread=""))

    assert first["References"] == second["References"] == thread_id("IMP-2026-0014", DOMAIN)
    assert first["In-Reply-To"] == first["References"]
    assert first["Subject"] == second["Subject"]
    assert other["References"] != first["References"]
    assert "References" not in many


def test_a_reply_goes_to_the_address_of_this_person_when_there_is_one():
    message, _ = sent(post(reply_to="r.abc@antwoord.example"), reply_to="r.abc@antwoord.example")
    assert message["Reply-To"] == "r.abc@antwoord.example"
    assert "alleen in uw eigen kamer" in " ".join(letter_of(message).split())

    without, _ = sent()
    assert "Reply-To" not in without
    assert "leest niemand" in letter_of(without)


def test_what_was_held_and_merged_is_one_letter_with_every_reason():
    told = post(
        line(),
        line(reason=Text("Een termijn loopt af", "A term ends"), why=Text("Reden b", "Reason b")),
        line("IMP-2026-0015", title="Veer", urgent=True),
        thread="",
    )
    message, _ = sent(told)
    words = letter_of(message)

    assert message["Subject"] == "3 meldingen over 2 zaken"
    assert words.count("Er is nog geen antwoord.") == 2
    assert "Een termijn loopt af" in words
    assert "Waarom u dit krijgt: Reden b" in words
    assert words.count("Dit kan niet wachten.") == 1
    same_case, _ = sent(post(line(), line()))
    assert same_case["Subject"] == "IMP-2026-0014: Wie betaalt de rondweg?"
    # A reason that all share is told once, at the end.
    assert letter_of(same_case).count("Waarom u dit krijgt") == 1


def test_what_is_about_no_case_has_its_reason_as_subject():
    gap = line(
        "",
        reason=Text("Op 3 december is niemand van dienst", "On 3 December nobody is on duty"),
        otherwise=Text("", ""),
    )
    message, _ = sent(post(gap, thread=""))
    words = letter_of(message)

    assert message["Subject"] == "Op 3 december is niemand van dienst"
    assert "Bekijk de pagina:\nhttps://impasse.example/rooster" in words
    assert "Er gebeurt niets vanzelf." in words
    assert "In-Reply-To" not in message


def test_a_case_that_may_not_be_named_is_not_named():
    message, _ = sent(post(line("", path="/mijn-werk"), thread=""))
    assert "IMP-" not in str(message)


def test_a_digest_begins_with_what_waits_on_you():
    changed = line("IMP-2026-0003", rule=DigestGroup.CHANGED)
    dead = line("IMP-2026-0004", rule=DigestGroup.UNDELIVERABLE)
    others = line("IMP-2026-0002", rule=DigestGroup.WAITS_ON_OTHERS)
    you = line("IMP-2026-0001", rule=DigestGroup.WAITS_ON_YOU)
    told = post(changed, dead, others, you, digest=True, thread="")
    message, _ = sent(told)

    assert message["Subject"] == "Uw overzicht van dinsdag 24 november 2026"
    for kind in ("plain", "html"):
        words = letter_of(message, kind)
        order = [words.index(f"{group.label.nl} (1)") for group in DigestGroup]
        assert order == sorted(order), kind
        assert re.findall(r"IMP-2026-000\d Wie", words) == [
            f"IMP-2026-000{number} Wie" for number in (1, 2, 3, 4)
        ]
    english, _ = sent(replace(told, language="en"))
    assert english["Subject"] == "Your digest of Tuesday 24 November 2026"
    assert "Waits on you (1)" in letter_of(english)


def test_the_day_of_a_digest_is_the_one_in_the_netherlands():
    evening = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    message, _ = sent(post(digest=True, thread=""), at=evening)
    assert "24 november" in message["Subject"]


# ---- nothing gets in that was not meant


@given(title=anything, number=anything, name=anything)
@example(title="Rondweg\r\nBcc: pers@krant.example", number="", name="")
@example(
    title="a\u2028Bcc: pers@krant.example", number="\x85X-Spam: no", name="\x1cTo: x@y.example"
)
@example(
    title="=?utf-8?q?Bcc=3A?= =?utf-8?q?_x?=", number="IMP-2026-0014", name='"x" <y@z.example>,'
)
@example(title="שלום \u202egnp.exe", number="IMP-2026-0014", name="émile")
@example(title="w" * 290, number="IMP-2026-0014", name="n" * 100)
@example(title="é " * 140, number="IMP-2026-0014", name="é" * 100)
@example(title="\ud800 half", number="IMP-2026-0014", name="")
def test_whatever_a_case_is_called_the_headers_are_ours_and_read_back_as_they_were(
    title, number, name
):
    told = post(line(number, title=title), thread=number)
    message, content = sent(told, sender=replace(SENDER, name=name))

    assert set(message.keys()) <= set(HEADERS)
    assert len(message.keys()) == len(set(message.keys()))
    assert [str(one.addr_spec) for one in message["From"].addresses] == [SENDER.address]
    # The standard library reads a space between two encoded words of a name: RFC 2047 has none.
    shown_name = message["From"].addresses[0].display_name
    assert shown_name.replace(" ", "") == one_line(name, 60).replace(" ", "")
    assert [str(one.addr_spec) for one in message["To"].addresses] == [PERSON.email]
    case, shown = one_line(number), one_line(title)
    if case:
        expected = one_line(f"{case}: {shown}" if shown else case, 150)
        assert message["Subject"] == expected
    assert all(len(one) <= 76 for one in _folding(content))
    assert not message.defects
    for part in message.walk():
        assert not part.defects


def _folding(content):
    """Yield the lines that can be folded: an identifier or address stands on one of its own."""
    for one in content.split(b"\r\n"):
        assert len(one) <= 998
        assert b"\r" not in one
        assert b"\n" not in one
        if b" " in re.sub(rb"^[\w-]+: ", b"", one).strip():
            yield one


@given(title=anything, reason=anything)
def test_whatever_a_case_is_called_it_stands_in_the_letter_as_words(title, reason):
    said = one_line(reason) or "-"
    message, content = sent(post(line(title=title, reason=Text(said, said))))
    shown = one_line(title)

    content.decode("ascii")
    assert shown in " ".join(letter_of(message).split()) or len(shown) > 70
    page = Seen()
    page.feed(letter_of(message, "html"))
    assert shown in " ".join("".join(page.words).split())
    assert page.tags <= Seen.MEANT


class Seen(HTMLParser):
    """What a reader sees of HTML: its words, its tags, and every address in it."""

    MEANT = frozenset(
        {"html", "head", "meta", "title", "body", "div", "p", "h1", "h2"}
        | {"ul", "li", "a", "bdi", "br", "span", "strong"}
    )

    def __init__(self):
        super().__init__()
        self.words, self.tags, self.addresses, self.lang = [], set(), [], None

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            if name in {"src", "href", "background", "action"}:
                self.addresses.append(value)
            if "url(" in (value or ""):
                self.addresses.append(value)
            if (tag, name) == ("html", "lang"):
                self.lang = value

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("digest", [False, True])
def test_the_html_loads_nothing_and_leads_nowhere_but_to_our_own_pages(digest):
    told = post(
        line(title='<img src="https://evil.example/x.png"><script>alert(1)</script>'),
        line("IMP-2026-0015", path="//evil.example/x"),
        digest=digest,
        thread="",
    )
    page = Seen()
    page.feed(letter_of(sent(told)[0], "html"))

    assert page.lang == "nl"
    assert page.tags <= Seen.MEANT
    assert page.addresses
    assert all(address.startswith("https://impasse.example/") for address in page.addresses)


# ---- identifiers


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=16))
def test_a_message_id_is_stable_and_tells_which_parcel_it_was(parcel):
    identifier = message_id(parcel, DOMAIN)
    assert identifier == message_id(parcel, DOMAIN)
    assert re.fullmatch(r"<[A-Za-z0-9%_-]+@overheid\.example>", identifier)
    assert parcel_of(identifier, DOMAIN) == parcel


def test_identifiers_of_others_and_of_threads_are_no_parcels():
    assert parcel_of("<bundle-1@elders.example>", DOMAIN) is None
    assert parcel_of(thread_id("IMP-2026-0014", DOMAIN), DOMAIN) is None
    assert parcel_of("no identifier", DOMAIN) is None
    assert parcel_of(f" <bundle-1@{DOMAIN.upper()}>", DOMAIN) == "bundle-1"


def test_a_long_domain_breaks_no_identifier():
    sender = replace(SENDER, address=f"impasse@{'lang.' * 20}example")
    message, _ = sent(sender=sender)
    assert message["Message-ID"] == f"<bundle-1@{'lang.' * 20}example>"
    assert message["References"].endswith(f"@{'lang.' * 20}example>")
