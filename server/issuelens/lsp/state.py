"""The states of a Session."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a Session stands."""

    UNINITIALISED = "uninitialised"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"
    CLOSED = "closed"
