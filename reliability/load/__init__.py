"""Many clients at once: no error, bounded memory and queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reliability.load import mixed, slow

if TYPE_CHECKING:
    from reliability.__main__ import Trial

TRIALS: dict[str, Trial] = {"mixed": mixed.trial, "slow": slow.trial}
