"""Many clients at once: no error, bounded memory and queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reliability.load import slow

if TYPE_CHECKING:
    from reliability.__main__ import Trial

TRIALS: dict[str, Trial] = {"slow": slow.trial}
