"""What is no HTTP, or far too long, is refused in the form of every other error."""

from __future__ import annotations

import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from impasse.api.headers import SECURITY
from impasse.api.problems import INVALID, MEDIA_TYPE
from impasse.domain.text import Text

_UNREADABLE = Text(
    "Dit is geen HTTP dat wij kunnen lezen. Controleer het adres, de koppen en hun lengte.",
    "This is no HTTP that we can read. Check the address, the headers and their length.",
)
_BODY = json.dumps(
    {
        "type": f"/api/v1/problem-types/{INVALID.code}",
        "title": INVALID.title.nl,
        "status": INVALID.status,
        "detail": _UNREADABLE.nl,
        # No address could be read, nor a language: Dutch, as everywhere without one.
        "instance": "",
        "errors": [],
    },
    ensure_ascii=False,
).encode()
_HEADERS = {
    "Content-Type": MEDIA_TYPE,
    "Content-Language": "nl",
    "Content-Length": str(len(_BODY)),
    "Connection": "close",
    **SECURITY,
}


class PlainHttp(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it; what it cannot read is told as a problem too."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 its sentence is not for readers
        """Say once that nothing could be read, and hang up."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            headers = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
            answer = (
                h11.Response(status_code=INVALID.status, headers=headers, reason=b"Bad Request"),
                h11.Data(data=_BODY),
                h11.EndOfMessage(),
            )
            for part in answer:
                self.transport.write(self.conn.send(part) or b"")
        self.transport.close()
