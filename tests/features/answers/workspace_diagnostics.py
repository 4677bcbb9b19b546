"""What is said of all files."""

from __future__ import annotations

from lsprotocol import types
from tests.support.features import At, Place


async def everywhere(place: Place, _at: At, _words: str) -> str:
    """What is told of the files here to who asks for all files, each rule with its line."""
    asked = types.WorkspaceDiagnosticParams(previous_result_ids=[])
    report = await place.editor.client.workspace_diagnostic_async(asked)
    names = {uri: name for name, uri in place.uris.items()}
    shown = []
    for one in report.items:
        if one.uri in names:
            assert isinstance(one, types.WorkspaceFullDocumentDiagnosticReport)
            rules = [f"{each.code}:{each.range.start.line}" for each in one.items]
            shown.append(f"{names[one.uri]} {' '.join(rules) or '-'}")
    return "\n".join(sorted(shown)) or "nothing"


async def pulled(place: Place, at: At, _words: str) -> str:
    """What is told of a file to who asks for it alone."""
    report = await place.editor.client.text_document_diagnostic_async(types.DocumentDiagnosticParams(at.document))
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    return "\n".join(f"{one.range.start.line} {one.code}: {one.message}" for one in report.items) or "nothing"
