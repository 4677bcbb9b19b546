"""What a daemon sends on its own. Every client reads all of it, so its texts are not checked one by one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

from attrs import asdict

from issuelens.domain.operation import Event
from issuelens.ipc import methods
from issuelens.ipc.converter import loads
from issuelens.ipc.messages import Welcome
from issuelens.ipc.sync_messages import GitState, SyncState
from issuelens.todos.paths import real_path

logger = logging.getLogger(__name__)

_Params = ParamSpec("_Params")

Some = tuple[str, ...] | None
"""Texts; None: any."""
OnCode = Callable[[Some, Some], None]
"""Told paths, as `todos.found.FileFindings` has them, and ids."""


def kept(callback: Callable[_Params, None]) -> Callable[_Params, None]:
    """The callback; what it raises goes to the log, and the connection goes on."""

    def call(*args: _Params.args, **kwargs: _Params.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception:
            logger.exception("a fault in taking what the daemon said")

    return call


def shapes(text: str) -> list[dict[str, Any]]:
    """The messages of a frame: one, or an array of them."""
    found = loads(text)
    return found if isinstance(found, list) else [found]


def event(params: dict[str, Any]) -> Event:
    """What `methods.EVENT` tells."""
    lists = {name: tuple(params.get(name, ())) for name in ("ids", "prefixes")}
    return Event(**(params | lists))


def code_changed(params: dict[str, Any]) -> tuple[Some, Some]:
    """What `methods.CODE_CHANGED` tells: paths and ids."""
    paths, ids = params.get("paths"), params.get("ids")
    return None if paths is None else tuple(map(real_path, paths)), None if ids is None else tuple(ids)


def code_progress(params: dict[str, Any]) -> tuple[int, int]:
    """What `methods.CODE_PROGRESS` tells: files read, and all to be read."""
    return params["done"], params["total"]


def welcomed(welcome: Welcome, heard: Mapping[str, Callable[[dict[str, Any]], None]]) -> bool:
    """Passes on what a welcome tells beside its revision; whether too much was missed."""
    if welcome.sync is not None:
        heard[methods.SYNC_STATE](asdict(welcome.sync))
    return welcome.gap


def table(
    on_code: OnCode, on_code_progress: Callable[[int, int], None], on_sync: Callable[[SyncState], None]
) -> dict[str, Callable[[dict[str, Any]], None]]:
    """Who hears the notifications that are no events."""
    return {
        methods.CODE_CHANGED: lambda params: on_code(*code_changed(params)),
        methods.CODE_PROGRESS: lambda params: on_code_progress(*code_progress(params)),
        methods.SYNC_STATE: lambda params: on_sync(SyncState(**{**params, "git": GitState(**params.get("git", {}))})),
    }
