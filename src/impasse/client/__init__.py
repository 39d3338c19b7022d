"""A client of the API of impasse, for programs of others: typed, patient, and small.

It knows nothing of the other parts of impasse and speaks with it over HTTP alone. How it is used
stands in docs/how-to/python-client.md.
"""

from impasse.client.client import Impasse
from impasse.client.problems import (
    Conflict,
    Fault,
    InvalidRequest,
    Lack,
    NotAllowed,
    NotFound,
    Problem,
    TooFast,
    Unauthenticated,
    Unavailable,
    Unreachable,
    WasChanged,
)
from impasse.client.shapes import (
    Bilingual,
    Case,
    CaseSummary,
    Confirmation,
    Delivery,
    Entry,
    Me,
    Missing,
    Move,
    NewSignal,
    NewWebhook,
    Organisation,
    Party,
    Signal,
    Stage,
    Term,
    Webhook,
)

__all__ = [
    "Bilingual",
    "Case",
    "CaseSummary",
    "Confirmation",
    "Conflict",
    "Delivery",
    "Entry",
    "Fault",
    "Impasse",
    "InvalidRequest",
    "Lack",
    "Me",
    "Missing",
    "Move",
    "NewSignal",
    "NewWebhook",
    "NotAllowed",
    "NotFound",
    "Organisation",
    "Party",
    "Problem",
    "Signal",
    "Stage",
    "Term",
    "TooFast",
    "Unauthenticated",
    "Unavailable",
    "Unreachable",
    "WasChanged",
    "Webhook",
]
