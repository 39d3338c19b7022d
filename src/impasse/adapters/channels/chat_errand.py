"""`python -m impasse.adapters.channels.chat_errand`: one chat message, in a process of its own.

What to send comes as JSON on stdin, what became of it goes as JSON to stdout. The libraries for
chat reach further than a message needs: so this process connects to public addresses only (judged
at the very moment of connecting, whatever a name or a redirect said before), starts no program,
and reads no file but those of Python and of trust. Its parent gives it no settings, and ends it in
time.
"""

from __future__ import annotations

import ipaddress
import json
import os
import sys
from pathlib import Path
from typing import Any

OWN_FOLDERS = ("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share", "/usr/lib")
"""Beside the folders of Python: certificates, time zones and types of files."""

_WORDS = 300
_NEVER = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"}
    | {"pty.spawn", "subprocess.Popen"}
)
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")


class ForbiddenError(OSError):
    """Something that no chat message needs."""


def main() -> int:
    """Send what stands on stdin; returns 0 when it could be tried, whatever came of it."""
    errand = json.load(sys.stdin)
    told = sys.stdout
    # A library that prints must not end up in the answer.
    sys.stdout = sys.stderr
    guard = Guard(allow_private=errand["allow_private"], more=errand["read"])
    taken, words, forbidden = send(errand, guard)
    json.dump({"taken": taken, "words": words, "forbidden": forbidden}, told)
    told.flush()
    return 0


def send(errand: dict[str, Any], guard: Guard) -> tuple[bool, str, str]:
    """Send and return whether it was taken, the last complaint, and what was forbidden."""
    import apprise  # noqa: PLC0415 after the guard knows what belongs to Python

    asset = apprise.AppriseAsset(
        app_id="impasse",
        async_mode=False,
        secure_logging=True,
        http_redirects=False,
        storage_mode="memory",
        allow_templates=False,
        default_service_retry=0,
        service_timeout=errand["seconds"],
    )
    service = apprise.Apprise.instantiate(errand["address"], asset=asset)
    if service is None:
        return False, "the address is not one of this service", ""
    service.verify_certificate, service.redirects = True, False
    service.socket_connect_timeout = service.socket_read_timeout = errand["seconds"] / 2
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    guard.begin()
    result = sender.notify(
        title=errand["title"], body=errand["body"], body_format=apprise.NotifyFormat.TEXT
    )
    complaints = [str(entry.message) for entry in result.logs()] if not result else []
    return bool(result), " ".join(complaints[-1:])[:_WORDS], guard.refused


class Guard:
    """Sees what this process is about to do, and stops what a message does not need."""

    def __init__(self, *, allow_private: bool, more: list[str]) -> None:
        self._allow_private = allow_private
        places = [*sys.path, sys.prefix, sys.base_prefix, *OWN_FOLDERS, *more]
        self._readable = tuple({Path(place).resolve() for place in places if place})
        self.refused = ""

    def begin(self) -> None:
        """From now on nothing else can be done; there is no way back in this process."""
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            self._look_at_place(arguments[1])
        elif event == "open":
            self._look_at_file(arguments[0], arguments[1], arguments[2])
        elif event in _NEVER:
            self._refuse("a program was to be started")

    def _look_at_place(self, place: Any) -> None:  # noqa: ANN401 as sockets have addresses
        if not isinstance(place, tuple):
            self._refuse("a socket that is no address on a network")
        if not self._allow_private and not is_public(str(place[0]).partition("%")[0]):
            self._refuse(f"{place[0]} is not a public address")

    def _look_at_file(self, file: Any, mode: Any, flags: Any) -> None:  # noqa: ANN401 as open has it
        if isinstance(file, int):
            return
        writes = any(sign in (mode or "") for sign in "wax+") or bool(
            (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        )
        path = Path(os.path.abspath(os.fsdecode(file)))  # noqa: PTH100 links are judged where they lead
        found = Path(os.path.realpath(path))
        if str(found) == os.devnull:
            return
        if writes or not any(found.is_relative_to(place) for place in self._readable):
            self._refuse("a file was to be opened")

    def _refuse(self, words: str) -> None:
        self.refused = self.refused or words
        raise ForbiddenError(words)


def is_public(address: str) -> bool:
    """Whether *address* lies on the open internet, also when it wraps an older one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found not in _UNICAST:
            return False
    return found.is_global and not found.is_multicast


if __name__ == "__main__":
    sys.exit(main())
