"""Lifecycles and exchanges, many times over: what opens must close, and what was acknowledged must be there."""

from __future__ import annotations

from typing import Final

from reliability.clones.exchange import clones
from reliability.clones.merges import merges
from reliability.clones.replay import replay
from reliability.soak.cycles import cycles
from reliability.soak.daemons import daemons
from reliability.soak.folders import folders
from reliability.soak.servers import servers

TRIALS: Final = {
    "cycles": cycles,
    "servers": servers,
    "daemons": daemons,
    "folders": folders,
    "merges": merges,
    "replay": replay,
    "clones": clones,
}
