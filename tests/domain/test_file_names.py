"""What is kept of the name of a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.file_names import (
    LONGEST,
    MEDIA_TYPES,
    UNKNOWN,
    known_media_type,
    media_type_of,
    safe_file_name,
)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Nota waterberging.pdf", "Nota waterberging.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\nota.docx", "nota.docx"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie x=1.pdf"),
        ("factuur \u202efdp.exe", "factuur fdp.exe"),
        ("con.txt", "_con.txt"),
        (".htaccess", "htaccess"),
        ('a";filename=b.pdf', "afilename=b.pdf"),
        ("", "document"),
        ("...", "document"),
        ("verslag één.pdf", "verslag één.pdf"),
        ("x" * 400 + ".pdf", "x" * (LONGEST - 4) + ".pdf"),
    ],
)
def test_of_a_name_only_the_name_is_kept(given_name, kept):
    assert safe_file_name(given_name) == kept


@given(st.text())
def test_a_kept_name_steers_nothing_and_is_kept_the_same_again(name):
    kept = safe_file_name(name)

    assert kept
    assert len(kept) <= LONGEST + 1
    assert not set(kept) & set('\r\n\0/\\"')
    assert kept.isprintable()
    assert not kept.startswith(".")
    assert safe_file_name(kept) == kept


def test_a_file_in_which_a_browser_could_run_something_is_of_an_unknown_kind():
    for name in ("x.html", "x.svg", "x.xml", "x.js", "x.pdf.html", "pdf", "x."):
        assert media_type_of(name) == UNKNOWN
    assert media_type_of("Nota.PDF") == "application/pdf"
    assert known_media_type("text/html") == UNKNOWN
    assert known_media_type("application/pdf") == "application/pdf"
    assert not {"text/html", "image/svg+xml", "text/xml"} & set(MEDIA_TYPES.values())
