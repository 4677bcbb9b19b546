"""Hostile and broken input: an answer to each request, no crash, no hang, bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reliability.fuzz import ipc, lsp, parsers

if TYPE_CHECKING:
    from reliability.__main__ import Trial

TRIALS: dict[str, Trial] = {"lsp": lsp.trial, "ipc": ipc.trial, "parsers": parsers.trial}
