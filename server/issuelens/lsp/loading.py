"""Loads modules late and out of the garbage collector's sight."""

from __future__ import annotations

import gc
import sys
from importlib import import_module


def load(*names: str) -> None:
    """Imports modules, unless they are here already, and has the collector look at none of what is here by then again.

    It would run many times while they load and find nothing; and in a full collection, the event loop stands still for
    as long as there are objects to look at.
    """
    if all(name in sys.modules for name in names):
        return
    gc.disable()
    try:
        for name in names:
            import_module(name)
    finally:
        gc.enable()
    gc.collect()
    gc.freeze()
