"""A form with a file in it: read as it comes, kept in memory only, and no more than fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect

from impasse.domain.errors import Fault, Invalid
from impasse.domain.file_names import media_type_of, safe_file_name
from impasse.domain.rooms import DocumentFile
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.datastructures import Headers
    from starlette.requests import Request

DRAINED = 60_000_000
"""So many bytes are read on, and thrown away, when a file is too large: a browser shows our answer
only after it could send everything. What is larger than this is cut off."""

_KILO, _MEGA = 1_000, 1_000_000


async def read_with_file(request: Request, largest: int, *, max_fields: int) -> FormData:
    """Return the fields of *request* and at most one file, of which *largest* bytes are kept.

    Raises `MultiPartException` for a form that cannot be read.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await request.form(max_files=0, max_fields=max_fields)
    try:
        return await _Parser(
            request.headers, request.stream(), largest=largest, max_fields=max_fields
        ).parse()
    except ClientDisconnect as error:
        # Nobody waits for an answer; the half that came is no form.
        raise ValueError from error


class _Parser(MultiPartParser):
    """Keeps no more of files than fits; `size` of a larger one tells that it is larger."""

    def __init__(
        self,
        headers: Headers,
        stream: AsyncGenerator[bytes, None],
        *,
        largest: int,
        max_fields: int,
    ) -> None:
        super().__init__(headers, stream, max_files=1, max_fields=max_fields)
        # What is confidential never touches a folder for temporary files.
        self.spool_max_size = largest + 1
        self._largest = largest
        self._taken = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take the next bytes of a part, unless they make the file too large."""
        file = self._current_part.file
        if file is not None:
            self._taken += end - start
            if self._taken > self._largest:
                file.size = self._largest + 1
                return
        super().on_part_data(data, start, end)


def document_of(form: FormData, name: str, largest: int) -> DocumentFile:
    """Return the file in field *name* as what is kept of it.

    Raises `Invalid` when there is none, when it is empty or larger than *largest* bytes.
    """
    sent = form.get(name)
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise _unusable(Text("Kies een bestand.", "Choose a file."))
    if (sent.size or 0) > largest:
        raise _unusable(
            Text(
                f"Dit bestand is te groot: er past {in_words(largest).nl}. Maak het kleiner, of "
                "verdeel het.",
                f"This file is too large: there is room for {in_words(largest).en}. Make it "
                "smaller, or divide it.",
            )
        )
    body = sent.file.read(largest + 1)
    if not body:
        raise _unusable(
            Text(
                "Dit bestand is leeg. Kies een ander bestand.",
                "This file is empty. Choose another file.",
            )
        )
    kept = safe_file_name(sent.filename)
    return DocumentFile(kept, media_type_of(kept), body)


def in_words(size: int) -> Text:
    """Return a number of bytes as people say it: "5 MB", "1,2 MB", "12 kB"."""
    if size >= _MEGA:
        written = f"{size / _MEGA:.1f}".removesuffix(".0")
        return Text(f"{written.replace('.', ',')} MB", f"{written} MB")
    if size >= _KILO:
        return Text(f"{round(size / _KILO)} kB", f"{round(size / _KILO)} kB")
    return Text(f"{size} bytes", f"{size} bytes")


def _unusable(text: Text) -> Invalid:
    return Invalid(text, [Fault("/file", text)])
