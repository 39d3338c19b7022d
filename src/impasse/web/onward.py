"""Where a reader goes on to after signing in: a page of this site, and never of another."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

LONGEST = 2_000
_ROUNDS = 3


def within(address: str) -> str:
    """Return *address* when every browser takes it for a page of this site, else nothing.

    What is written with percent signs is judged as what it stands for too, for something between us
    and the reader may read it so.
    """
    if len(address) > LONGEST:
        return ""
    read = address
    for _ in range(_ROUNDS):
        if not _is_path(read):
            return ""
        read = unquote(read)
    return address


def _is_path(address: str) -> bool:
    if not address.startswith("/") or address.startswith("//"):
        return False
    # Browsers take a backslash for a slash, and leave out tabs and line ends.
    path = address.partition("?")[0].partition("#")[0]
    if "\\" in path or not address.isprintable() or " " in path:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and "//" not in path
