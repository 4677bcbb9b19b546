"""What an engine holds, in the words of `issuelens/status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from issuelens.storage.database import Reader


def held_by(reader: Reader | None) -> dict[str, int]:
    """Engines, connections and checkouts of a reader; none without one."""
    if reader is None:
        return dict.fromkeys(("engines", "poolConnections", "poolCheckouts"), 0)
    counts = reader.counts
    return {
        "engines": counts.engines,
        "poolConnections": counts.connects - counts.closes,
        "poolCheckouts": counts.checkouts - counts.checkins,
    }
