"""Lifecycles, many times over: what opens must close."""

from __future__ import annotations

from typing import Final

from reliability.soak.cycles import cycles
from reliability.soak.daemons import daemons
from reliability.soak.folders import folders
from reliability.soak.servers import servers

TRIALS: Final = {"cycles": cycles, "servers": servers, "daemons": daemons, "folders": folders}
