"""A file that is only ever saved: the header with which every door hands it over."""

from __future__ import annotations

import re
from urllib.parse import quote

from impasse.domain.file_names import safe_file_name

_ODD = re.compile(r"[^\x20-\x7e]|[\"\\?]")
"""What does not belong between the quotes of a header."""


def attachment(name: str, otherwise: str) -> str:
    """Return the header that has a file saved under *name*; see RFC 6266 and RFC 8187.

    Of a name only what is harmless is used, whoever kept it; *otherwise* stands in when nothing
    of it is.
    """
    kept = safe_file_name(name, otherwise)
    return (
        f"attachment; filename=\"{_ODD.sub('_', kept)}\"; filename*=UTF-8''{quote(kept, safe='')}"
    )
