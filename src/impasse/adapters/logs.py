"""Log lines that can be audited: who did what to which object, from where, when, and with what end.

Every line has the six fields that BIO2 asks for (8.15.01): `action`, `object`, `result`, `origin`,
`actor`, `timestamp`. The action is what a call names first; object and result are given with it;
origin and actor may be bound for a while with `structlog.contextvars.bound_contextvars`:

    log = structlog.get_logger()
    log.info("case.opened", object="IMP-2026-0014", actor="p-12", origin="api")

No line holds a secret (8.15.02). What libraries log looks the same, by a road of its own: every
command writes a line, so ours takes no detour along the loggers of the standard library.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import TYPE_CHECKING, Any, Literal

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["console", "json"]
Level = Literal["debug", "info", "warning", "error"]

SIX_FIELDS = ("timestamp", "action", "object", "result", "origin", "actor")

# They tell of each round of the clock, each request (addresses with their secrets included) and
# each step of a state machine.
_TALKATIVE = ("apscheduler", "httpcore", "httpx", "transitions")

_NAMES = r"passw|secret|token|authorization|cookie|signature|api_?key"
_SECRET_NAMES = re.compile(_NAMES, re.IGNORECASE)
_SECRET_PARTS = (
    (re.compile(r"(?<=://)[^/\s@]+(?=@)"), "***"),  # user and password in an address
    (re.compile(r"(?<=/calendar/)[^/\s]+(?=\.ics)"), "***"),  # a calendar's address is its key
    (re.compile(r"(?<=/uitnodiging/)[^/\s]+"), "***"),  # and so is that of an invitation
    (re.compile(r"(?<=/herstel/)[^/\s]+"), "***"),
    (re.compile(r"(?<=bearer )\S+", re.IGNORECASE), "***"),
    (re.compile(r"(?<=/rooms/)[^\s?#]+"), "***"),  # who is in which closed room is for its members
    (re.compile(r"(?<=/kamers/)[^\s?#]+"), "***"),
)
_SUSPECT = re.compile(
    _NAMES + r"|://[^/\s]*@|/calendar/|/uitnodiging/|/herstel/|bearer |/rooms/|/kamers/"
)
"""Finds every line, written in lower case, that may hold a secret, and some that do not."""


def configure(format: Format = "console", level: Level = "info") -> None:  # noqa: A002 — its setting's name
    """Send every log line to stderr, as text for people or as one JSON object each.

    May be called again: the last call holds. Uvicorn must be started with `log_config=None`.
    """
    write = _writer(format)
    _configure_libraries(write, level)
    structlog.configure(
        processors=[*_shared(), write],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Stderr,
        cache_logger_on_first_use=False,
    )


def _configure_libraries(write: Processor, level: Level) -> None:
    to_stderr = _ToStderr()
    to_stderr.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_after_logger, *_shared()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, write],
        )
    )
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler, _ToStderr)]:
        root.removeHandler(earlier)
    root.addHandler(to_stderr)
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel("DEBUG" if level == "debug" else "WARNING")
    logging.captureWarnings(capture=True)


class _Stderr:
    """Writes to what is stderr at the moment of writing, whoever redirected it since."""

    def __init__(self, *_name: str) -> None:
        """Take the name that a logger may have been given: a line does not show it."""

    def msg(self, line: str) -> None:
        """Write *line*; where nobody can read it any more, nobody is told."""
        try:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):  # stderr is gone: a line that is lost stops no command
            return

    debug = info = warning = error = critical = msg


class _ToStderr(logging.Handler):
    """The same, for what libraries log."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            _Stderr().msg(self.format(record))
        except Exception:  # noqa: BLE001 — logging's own rule: a line that fails stops nobody
            self.handleError(record)


def complete(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Fill in those of the six fields that the caller left out, and put the six first."""
    if "exc_info" in line:
        line = structlog.processors.format_exc_info(logger, method, line)
    return {
        "timestamp": None,
        "action": line.pop("event", "-"),
        "object": "-",
        "result": "failed" if method in _FAILED else "done",
        "origin": "system",
        "actor": "system",
        "level": method,
        **line,
    }


_FAILED = frozenset({"error", "critical", "exception"})


def hide_secrets(line: EventDict) -> EventDict:
    """Blank what is named as a secret, and secrets inside addresses and headers."""
    return {name: _without_secrets(name, value) for name, value in line.items()}


def _without_secrets(name: str, value: Any) -> Any:  # noqa: ANN401 — a log line holds anything
    if _SECRET_NAMES.search(name):
        return "***"
    if isinstance(value, dict):
        return {key: _without_secrets(str(key), part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_secrets("", part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    words = str(value)
    for pattern, blank in _SECRET_PARTS:
        words = pattern.sub(blank, words)
    return words


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        complete,
    ]


def _writer(format: Format) -> Processor:  # noqa: A002
    """Return what turns a line into text without secrets.

    A written line is searched once; only one that may hold a secret is looked at field by field.
    (To search lower case for lower case costs an eighth of a search that ignores case.)
    """
    render = _renderer(format)

    def write(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
        try:
            text = render(line)
        except (TypeError, ValueError):  # it cannot be written as it is: then as words
            line = {name: str(value) for name, value in line.items()}
            text = render(line)
        return render(hide_secrets(line)) if _SUSPECT.search(text.lower()) else text

    return write


def _renderer(format: Format) -> Callable[[EventDict], str]:  # noqa: A002
    if format == "json":
        return json.JSONEncoder(ensure_ascii=False, default=str).encode
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), event_key="action", sort_keys=False
    )
    return lambda line: str(console(None, "", dict(line)))


def _name_after_logger(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Make a library's line one of ours: its logger is the action, its words the message."""
    record: logging.LogRecord = line["_record"]
    message = line.pop("event")
    return {**line, "action": record.name, "message": message}
