"""Lifecycles, many times over: what opens must close."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reliability.__main__ import Trial

TRIALS: dict[str, Trial] = {}
