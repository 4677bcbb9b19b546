"""Crashes: kills at random moments, kills and failing calls at every boundary, full disks."""

from __future__ import annotations

from typing import Final

from reliability.crash.boundaries import boundaries
from reliability.crash.daemon import daemon
from reliability.crash.disk import disk
from reliability.crash.server import server

TRIALS: Final = {"daemon": daemon, "server": server, "boundaries": boundaries, "disk": disk}
