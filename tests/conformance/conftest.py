"""The REST door of the tests of the API, for tests of the rules that it keeps."""

from __future__ import annotations

from api.conftest import _furnished, lived_in

__all__ = ["_furnished", "lived_in"]
