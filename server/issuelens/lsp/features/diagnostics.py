"""Findings under the text: of ids and TODOs, of settings, of issue documents and of exported issues.

Asked for by the editor (pull) or sent to it (push), as its capabilities say, never both.
"""

from __future__ import annotations

from functools import partial

from lsprotocol import types

from issuelens.ipc.converter import dumps
from issuelens.lsp.diagnostic_shapes import NOTHING, Report, Shape, report_of
from issuelens.lsp.document_findings import findings_of, today
from issuelens.lsp.documents import Document
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the request where the editor asks."""
    if server.pulls_diagnostics:
        server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC)(partial(_asked, server))


async def _asked(server: Server, params: types.DocumentDiagnosticParams) -> Shape:
    document = server.documents.get(params.text_document.uri)
    if document is None:
        return {"kind": "full", "items": []}
    version, report = await current_report(server, document)
    result_id = report.result_id(version)
    if params.previous_result_id == result_id:
        return {"kind": "unchanged", "resultId": result_id}
    return {"kind": "full", "items": report.items, "resultId": result_id}


async def push(server: Server, document: Document) -> None:
    """Sends a document's diagnostics, unless it was closed meanwhile."""
    version, report = await current_report(server, document)
    if server.documents.get(document.uri) is document:
        params = {"uri": document.uri, "diagnostics": report.items, "version": version}
        server.protocol.tell(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, Encoded(dumps(params)))


async def current_report(server: Server, document: Document) -> tuple[int, Report]:
    """The version that the document has when its diagnostics are ready, and these; kept until something changes."""
    session = server.session_of(document.uri)
    if session is None:
        return document.version, NOTHING
    await session.ready()
    while True:
        version = document.version
        said = (await session.code.same_words()).changes
        key = (version, id(session), session.generation, said, server.settings, today())
        kept = document.cached.get("diagnostics")
        if kept is not None and kept[0] == key and isinstance(kept[1], Report):
            return version, kept[1]
        report = report_of(server, session, document, await findings_of(server, session, document))
        if document.version == version:
            document.cached["diagnostics"] = (key, report)
            return version, report
