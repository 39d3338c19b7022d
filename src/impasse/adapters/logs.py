"""Log lines that can be audited: who did what to which object, from where, when, and with what end.

Every line has the six fields that BIO2 asks for (8.15.01): `action`, `object`, `result`, `origin`,
`actor`, `timestamp`. The action is what a call names first; object and result are given with it;
origin and actor may be bound for a while with `structlog.contextvars.bound_contextvars`:

    log = structlog.get_logger()
    log.info("case.opened", object="IMP-2026-0014", actor="p-12", origin="api")

No line holds a secret (8.15.02). What libraries log goes the same way.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, Literal

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["console", "json"]
Level = Literal["debug", "info", "warning", "error"]

SIX_FIELDS = ("timestamp", "action", "object", "result", "origin", "actor")

# They tell of each round of the clock and each request, addresses with their secrets included.
_TALKATIVE = ("apscheduler", "httpcore", "httpx")

_SECRET_NAMES = re.compile(
    r"passw|secret|token|authorization|cookie|signature|api_?key", re.IGNORECASE
)
_SECRET_PARTS = (
    (re.compile(r"(?<=://)[^/\s@]+(?=@)"), "***"),  # user and password in an address
    (re.compile(r"(?<=/calendar/)[^/\s]+(?=\.ics)"), "***"),  # a calendar's address is its key
    (re.compile(r"(?<=Bearer )\S+"), "***"),
)


def configure(format: Format = "console", level: Level = "info") -> None:  # noqa: A002 — its setting's name
    """Send every log line to stderr, as text for people or as one JSON object each.

    May be called again: the last call holds. Uvicorn must be started with `log_config=None`.
    """
    to_stderr = _ToStderr()
    to_stderr.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_after_logger, *_shared()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(format),
            ],
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
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.EventRenamer("action"),
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


class _ToStderr(logging.Handler):
    """Writes to what is stderr at the moment of writing, whoever redirected it since."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 — logging's own rule: a line that fails stops nobody
            self.handleError(record)


def complete(_logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Fill in those of the six fields that the caller left out, and put the six first."""
    failed = method in {"error", "critical", "exception"}
    whole = {
        "object": "-",
        "result": "failed" if failed else "done",
        "origin": "system",
        "actor": "system",
        **line,
    }
    return {name: whole[name] for name in SIX_FIELDS} | whole


def hide_secrets(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Blank what is named as a secret, and secrets inside addresses and headers."""
    return {name: _without_secrets(name, value) for name, value in line.items()}


def _without_secrets(name: str, value: Any) -> Any:  # noqa: ANN401 — a log line holds anything
    if _SECRET_NAMES.search(name):
        return "***"
    if isinstance(value, str):
        for pattern, blank in _SECRET_PARTS:
            value = pattern.sub(blank, value)
    elif isinstance(value, dict):
        return {key: _without_secrets(str(key), part) for key, part in value.items()}
    return value


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        complete,
        structlog.processors.format_exc_info,
        hide_secrets,
    ]


def _renderers(format: Format) -> list[Processor]:  # noqa: A002
    if format == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), event_key="action", sort_keys=False
        )
    ]


def _name_after_logger(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Make a library's line one of ours: its logger is the action, its words the message."""
    record: logging.LogRecord = line["_record"]
    message = line.pop("event")
    return {**line, "action": record.name, "message": message}
