"""A minimal pygls server as its documentation starts one: a hover that says the same each time, and a no-op."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("minimal", "1")


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(_params: types.HoverParams) -> types.Hover:
    text = "**app-1a2b** Round half up\n\nopen · P2 · task · since 2026-01-01"
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))


@server.feature("issuelens/settled")
def nothing(*_params: object) -> None:
    return None


server.start_io()
