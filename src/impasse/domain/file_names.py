"""Names and kinds of files that people hand in: what is kept of a name, and what is said of it.

A name is only ever a name: never a place on a disk, never an instruction to the one who downloads.
Sources: RFC 6266 section 4.3 (names in attachments), CWE-22, CWE-113, and Unicode TR36 for signs
that turn the reading direction and so hide the ending.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 150
"""So many signs of a name are kept; the ending always is."""

UNKNOWN = "application/octet-stream"
"""What is said of every file whose kind is not one of ours: it is only ever saved."""

MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Kinds that are named as what they are, by the ending of their name. Nothing in which a browser
runs a script stands here: no HTML, no SVG, no XML."""

_LONGEST_ENDING = 12
_RESERVED = frozenset(
    {"aux", "con", "nul", "prn"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
)
_IN_NO_NAME = frozenset('<>:"|?*/\\;%')
"""Signs that mean something to a disk, a shell or a header."""


def safe_file_name(name: str, otherwise: str = "document") -> str:
    """Return what may be kept of *name*: its last part, without signs that steer or hide.

    What is left of nothing is called *otherwise*.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(" " if sign.isspace() else sign for sign in last if _plain(sign))
    stem, dot, ending = " ".join(kept.split()).strip(". ").rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        stem, ending = f"{stem}{dot}{ending}", ""
    stem = stem.strip(". ")[: LONGEST - len(ending) - 1].strip(". ")
    if not stem:
        stem = otherwise
    if stem.casefold().partition(".")[0] in _RESERVED:
        stem = f"_{stem}"
    return f"{stem}.{ending}" if ending else stem


def media_type_of(name: str) -> str:
    """Return as what a file of this name is kept and given: a kind of ours, or unknown."""
    return MEDIA_TYPES.get(name.rpartition(".")[2].casefold(), UNKNOWN) if "." in name else UNKNOWN


def known_media_type(media_type: str) -> str:
    """Return *media_type* when it is one of ours, else unknown: for what was kept by any door."""
    return media_type if media_type in MEDIA_TYPES.values() else UNKNOWN


def _plain(sign: str) -> bool:
    """Whether a sign may stand in a name: a letter, digit, mark, blank or harmless sign."""
    return sign.isspace() or (unicodedata.category(sign)[0] != "C" and sign not in _IN_NO_NAME)
