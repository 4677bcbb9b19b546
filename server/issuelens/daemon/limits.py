"""What the daemon does at once, and what may wait (docs/protocol.md, "Limits")."""

from __future__ import annotations

import sys
from typing import Final

from attrs import frozen

IN_FLIGHT_LIMIT: Final = 256
"""Requests of one connection that are worked on at once; further ones wait to be read."""
READS_LIMIT: Final = 8
"""Those of them that are no writes, since their answers may be large."""
READING_BYTES: Final = 1_000_000
"""While more waits for a client, none of its requests is read."""
CONNECTION_LIMIT: Final = 1_000
"""Connections at once; further ones are refused."""
KEPT_DESCRIPTORS: Final = 64
"""Descriptors that connections leave to the database and to files."""


@frozen(kw_only=True)
class WaitingLimits:
    """What may wait for a client before it is let go: messages, their bytes; and how long it then has to read why,
    and how long it has to read that its connection is closed.

    Events that it had missed when it came back are allowed beside these. It can come back, so this may be little.
    """

    messages: int = 5_000
    size: int = 32 * 1024 * 1024
    leaving_seconds: float = 60.0
    closing_seconds: float = 2.0


def connection_limit() -> int:
    """How many connections are served at once, with the descriptors that this process may have."""
    if sys.platform == "win32":
        return CONNECTION_LIMIT
    import resource  # there on Unix only

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONNECTION_LIMIT if soft == resource.RLIM_INFINITY else min(CONNECTION_LIMIT, soft - KEPT_DESCRIPTORS)
