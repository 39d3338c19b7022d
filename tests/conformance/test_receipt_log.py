"""Lateness in a real municipal log: a term ends with its last day, not at a time of day.

The log is "Receipt phase of an environmental permit application process (WABO), CoSeLoG project"
by J.C.A.M. Buijs, published by 4TU.ResearchData: 1,434 cases of an anonymous Dutch municipality in
2010-2012, each with a `deadline`. The system that wrote it put a time of day in that attribute
(mostly 01:06 or midnight), so whoever compares timestamps calls a case late that was finished in
office hours on its very last day. In law that day belongs to the term: here a case is late only
when it ended after the last local day.

A case ends at its `enddate`, or at its last event when it has none. Measured that way 381 of the
1,434 cases are late by the clock, 313 by the day; the 68 between them are exactly the cases that
ended on their last day, after the time of day in `deadline`.

The log is read where it lies beside the checkout; nothing of it is copied into this repository.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from impasse.domain.calendar import Calendar

LOG = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "receipt.xes.gz"
XES = "{http://www.xes-standard.org/}"
CALENDAR = Calendar(edition="receipt", horizon=date(2012, 12, 31))

pytestmark = pytest.mark.skipif(
    not LOG.is_file(), reason="the receipt log does not lie beside this checkout (../shared/data)"
)


@dataclass(frozen=True)
class Receipt:
    """One case of the log: when it was to be finished, and when it was."""

    name: str
    deadline: datetime
    ended: datetime

    @property
    def last_day(self):
        """The local day on which the deadline falls."""
        return CALENDAR.local_day(self.deadline)

    @property
    def late_by_the_clock(self):
        """Whether it ended after the time of day in the deadline."""
        return self.ended > self.deadline

    @property
    def late_by_the_day(self):
        """Whether it ended after the last day had passed."""
        return self.ended >= CALENDAR.end_of_day(self.last_day)


@pytest.fixture(scope="module")
def receipts():
    with gzip.open(LOG) as file:
        return [
            receipt(trace)
            for _, trace in ET.iterparse(file)  # noqa: S314 - a file we know
            if trace.tag == f"{XES}trace"
        ]


def receipt(trace):
    dates = instants(trace)
    events = [instants(event)["time:timestamp"] for event in trace.iter(f"{XES}event")]
    name = next(
        s.get("value") for s in trace.iterfind(f"{XES}string") if s.get("key") == "concept:name"
    )
    ended = dates.get("enddate") or max(events)
    trace.clear()
    return Receipt(name, dates["deadline"], ended)


def instants(element):
    return {
        d.get("key"): datetime.fromisoformat(d.get("value")) for d in element.iterfind(f"{XES}date")
    }


def test_the_log_is_the_one_that_was_measured(receipts):
    assert len(receipts) == 1434


def test_fewer_cases_are_late_by_the_day_than_by_the_clock(receipts):
    assert sum(one.late_by_the_clock for one in receipts) == 381
    assert sum(one.late_by_the_day for one in receipts) == 313


def test_the_difference_is_what_ended_on_the_last_day_after_the_time_of_the_deadline(receipts):
    differ = {one.name for one in receipts if one.late_by_the_clock and not one.late_by_the_day}
    on_the_last_day = {
        one.name
        for one in receipts
        if CALENDAR.local_day(one.ended) == one.last_day and one.ended > one.deadline
    }

    assert differ == on_the_last_day
    assert len(differ) == 381 - 313


def test_nobody_is_late_by_the_day_who_was_in_time_by_the_clock(receipts):
    assert not [one for one in receipts if one.late_by_the_day and not one.late_by_the_clock]
