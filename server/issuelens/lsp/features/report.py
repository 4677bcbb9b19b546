"""A request of our own: a report for whoever is to help, which the command line makes."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from issuelens.domain.errors import Refused
from issuelens.lsp.arguments import object_of, text_of
from issuelens.lsp.own_command_line import SECONDS, printed
from issuelens.lsp.server import Server

REPORT: Final = "issuelens/report"
LIMIT: Final = 200_000
"""Bytes of a report."""


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(REPORT)(partial(_report, server))


async def _report(server: Server, params: Any) -> dict[str, str]:
    """`{workspace?}`: what `issuelens doctor --report` tells of the folder, as `{text}`."""
    session = server.sessions.named(text_of(object_of(params), "workspace"))
    try:
        output = await printed(session.workspace.root, "doctor", "--report")
    except TimeoutError as error:
        raise Refused(f"The report was not ready within {SECONDS:.0f} s. Try `issuelens doctor --report`.") from error
    if not output:
        raise Refused("There is no report. Try `issuelens doctor --report` in a terminal, which says why.")
    return {"text": output[:LIMIT].decode("utf-8", "replace")}
