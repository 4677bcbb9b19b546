"""Where an id leads, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.features import At, Place


def _range(one: types.Range) -> str:
    end = f"{one.end.line}:" if one.end.line != one.start.line else ""
    return f"{one.start.line}:{one.start.character}-{end}{one.end.character}"


def _shown(place: Place, locations: Sequence[Any] | None) -> str:
    return "\n".join(f"{place.shown(one.uri)} {_range(one.range)}" for one in locations or []) or "nothing"


async def definition(place: Place, at: At, _words: str) -> str:
    """Where an id leads."""
    found: Any = await place.editor.client.text_document_definition_async(
        types.DefinitionParams(at.document, at.position)
    )
    return _shown(place, found)


async def references(place: Place, at: At, words: str) -> str:
    """Everywhere it stands; `declared`: with its document."""
    context = types.ReferenceContext(include_declaration=words == "declared")
    params = types.ReferenceParams(context, at.document, at.position)
    return _shown(place, await place.editor.client.text_document_references_async(params))


async def highlight(place: Place, at: At, _words: str) -> str:
    """Where it stands in the same document."""
    params = types.DocumentHighlightParams(at.document, at.position)
    found = await place.editor.client.text_document_document_highlight_async(params)
    return "\n".join(f"{_range(one.range)} {one.kind and one.kind.name}" for one in found or []) or "nothing"


async def links(place: Place, at: At, _words: str) -> str:
    """The links of a document, followed."""
    client = place.editor.client
    found = await client.text_document_document_link_async(types.DocumentLinkParams(at.document)) or []
    shown = []
    for one in found:
        resolved = await client.document_link_resolve_async(one)
        shown.append(f"{_range(one.range)} {one.tooltip or '-'} -> {place.shown(resolved.target or '-')}")
    return "\n".join(shown) or "nothing"


async def calls(place: Place, at: At, _words: str) -> str:
    """What blocks an issue, and what it blocks."""
    client = place.editor.client
    params = types.CallHierarchyPrepareParams(at.document, at.position)
    items = await client.text_document_prepare_call_hierarchy_async(params) or []
    shown = []
    for item in items:
        into = await client.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(item)) or []
        out = await client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(item)) or []
        shown.append(f"{item.name} · {item.detail} · {place.shown(item.uri)}")
        shown += [f"  blocked by {one.from_.name}" for one in into]
        shown += [f"  blocks {one.to.name}" for one in out]
    return "\n".join(shown) or "nothing"


async def outline(place: Place, at: At, _words: str) -> str:
    """The symbols of a document."""
    params = types.DocumentSymbolParams(at.document)
    found: Any = await place.editor.client.text_document_document_symbol_async(params)
    return "\n".join(f"{one.name} {_range(one.range)}" for one in found or []) or "nothing"


async def folds(place: Place, at: At, _words: str) -> str:
    """What can be folded."""
    params = types.FoldingRangeParams(at.document)
    found = await place.editor.client.text_document_folding_range_async(params)
    return "\n".join(f"{one.start_line}-{one.end_line} {one.kind}" for one in found or []) or "nothing"


async def selection(place: Place, at: At, _words: str) -> str:
    """How a selection grows."""
    params = types.SelectionRangeParams(at.document, [at.position])
    found = await place.editor.client.text_document_selection_range_async(params)
    shown, one = [], found[0] if found else None
    while one is not None:
        shown.append(_range(one.range))
        one = one.parent
    return " < ".join(shown) or "nothing"


async def formatting(place: Place, at: At, _words: str) -> str:
    """A document as it is formatted."""
    params = types.DocumentFormattingParams(at.document, types.FormattingOptions(4, True))
    found = await place.editor.client.text_document_formatting_async(params)
    return found[0].new_text if found else "nothing to change"


async def rename(place: Place, at: At, words: str) -> str:
    """What is asked and written when the id at a place is to become another one."""
    client = place.editor.client
    ready = await client.text_document_prepare_rename_async(types.PrepareRenameParams(at.document, at.position))
    if ready is None:
        return "nothing"
    try:
        params = types.RenameParams(at.document, at.position, new_name=words)
        edit = await client.text_document_rename_async(params)
    except JsonRpcException as error:
        return str(error.message)
    return "\n".join(_written(place, edit)) or "nothing"


def _written(place: Place, edit: types.WorkspaceEdit | None) -> Iterator[str]:
    for change in (edit and edit.document_changes) or ():
        assert isinstance(change, types.TextDocumentEdit)
        for one in change.edits:
            assert isinstance(one, types.TextEdit | types.AnnotatedTextEdit)
            yield f"{place.shown(change.text_document.uri)} {_range(one.range)} {one.new_text!r}"
