"""One module per feature: it converts the request, calls a pure function, converts the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from issuelens.lsp.features import (
    code_lens,
    diagnostics,
    hover,
    issues,
    life,
    status,
    synchronisation,
    todos,
    watching,
)

if TYPE_CHECKING:
    from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers every feature."""
    for feature in (life, synchronisation, watching, code_lens, diagnostics, hover, issues, todos, status):
        feature.register(server)
