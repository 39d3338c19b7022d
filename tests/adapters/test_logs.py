"""Log lines: six fields each, no secrets, and everything by the same road."""

from __future__ import annotations

import io
import json
import logging
from datetime import datetime

import pytest
import structlog

from impasse.adapters.logs import SIX_FIELDS, configure


@pytest.fixture(autouse=True)
def logging_as_it_was():
    """Leave the loggers behind as they were found."""
    root = logging.getLogger()
    level = root.level
    yield
    for handler in root.handlers[:]:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def lines(capsys):
    """Log in JSON; return what has been written as dictionaries."""
    configure("json", "info")
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_every_line_has_the_six_fields_first(lines):
    structlog.get_logger().info("case.opened", object="IMP-2026-0014", actor="p-1", origin="api")
    [line] = lines()
    assert tuple(line)[:6] == SIX_FIELDS
    assert line["action"] == "case.opened"
    assert (line["object"], line["actor"], line["origin"]) == ("IMP-2026-0014", "p-1", "api")
    assert line["result"] == "done"


def test_the_time_is_utc_and_says_so(lines):
    structlog.get_logger().info("clock.ticked")
    stamp = lines()[0]["timestamp"]
    assert stamp.endswith("Z")
    assert datetime.fromisoformat(stamp).tzinfo is not None


def test_an_error_has_failed_unless_it_says_otherwise(lines):
    structlog.get_logger().error("delivery.sent", object="d-1")
    structlog.get_logger().error("delivery.sent", object="d-2", result="refused")
    structlog.get_logger().critical("database.lost")
    assert [line["result"] for line in lines()] == ["failed", "refused", "failed"]


def test_actor_and_origin_can_be_bound_for_a_while(lines):
    with structlog.contextvars.bound_contextvars(actor="p-7", origin="web"):
        structlog.get_logger().info("case.read")
    structlog.get_logger().info("clock.ticked")
    assert [(line["actor"], line["origin"]) for line in lines()] == [
        ("p-7", "web"),
        ("system", "system"),
    ]


def test_what_a_library_logs_goes_the_same_way(lines):
    logging.getLogger("uvicorn.error").warning("port %s is taken", 8000)
    [line] = lines()
    assert set(SIX_FIELDS) <= set(line)
    assert (line["action"], line["message"]) == ("uvicorn.error", "port 8000 is taken")


@pytest.mark.parametrize("library", ["apscheduler.executors.default", "httpx", "transitions.core"])
def test_talkative_libraries_are_quiet_until_asked(lines, library):
    logging.getLogger(library).info("one more round")
    assert lines() == []


def test_no_line_holds_a_secret(lines):
    structlog.get_logger().info(
        "settings.read",
        password="geheim",
        headers={"Authorization": "Bearer geheim", "Accept": "x"},
        database_url="postgresql+psycopg://impasse:geheim@db/impasse",
    )
    logging.getLogger("uvicorn.access").info("GET %s", "/calendar/geheim.ics")
    written = lines()
    assert "geheim" not in json.dumps(written)
    assert written[0]["headers"]["Accept"] == "x"
    assert written[0]["database_url"] == "postgresql+psycopg://***@db/impasse"


def test_no_line_tells_who_was_in_which_closed_room(lines):
    log = structlog.get_logger()
    log.warning("scope_lacking", object="/api/v1/cases/IMP-2026-0001/rooms/side-gm0363/releases")
    log.error("page_failed", path="/impasses/IMP-2026-0001/kamers/caucus-gm0363-6f2b/N1")
    refused, failed = lines()
    assert refused["object"] == "/api/v1/cases/IMP-2026-0001/rooms/***"
    assert failed["path"] == "/impasses/IMP-2026-0001/kamers/***"


def test_the_last_call_of_configure_holds(lines):
    configure("json", "error")
    structlog.get_logger().warning("case.strange")
    structlog.get_logger().error("case.lost")
    assert [line["action"] for line in lines()] == ["case.lost"]


def test_less_important_lines_than_the_level_are_not_written(capsys):
    configure("json", "warning")
    structlog.get_logger().info("case.read")
    structlog.get_logger().warning("case.strange")
    assert capsys.readouterr().err.count("\n") == 1


def test_an_exception_keeps_its_trace_in_one_line_of_json(lines):
    try:
        _ = {}["nothing"]
    except KeyError:
        structlog.get_logger().exception("case.lost")
    [line] = lines()
    assert "KeyError" in line["exception"]


def test_people_read_text_on_stderr_and_stdout_stays_clean(capsys):
    configure("console", "info")
    structlog.get_logger().info("case.opened", object="IMP-2026-0014")
    written = capsys.readouterr()
    assert "case.opened" in written.err
    assert "IMP-2026-0014" in written.err
    assert written.out == ""


def test_a_secret_in_a_list_or_an_object_is_hidden_too(lines):
    class Address:
        def __str__(self) -> str:
            return "https://iemand:geheim@voorbeeld.nl/"

    structlog.get_logger().info("request.made", headers=["Bearer geheim", 3], to=Address())
    [line] = lines()
    assert line["headers"] == ["Bearer ***", 3]
    assert line["to"] == "https://***@voorbeeld.nl/"


def test_what_json_cannot_hold_is_written_as_words(lines):
    structlog.get_logger().info("case.read", found={("IMP", 1): "x"})
    [line] = lines()
    assert line["action"] == "case.read"
    assert "IMP" in line["found"]


def test_a_closed_stderr_stops_nobody(monkeypatch):
    configure("json", "info")
    gone = io.StringIO()
    gone.close()
    monkeypatch.setattr("sys.stderr", gone)
    structlog.get_logger().info("case.read")
