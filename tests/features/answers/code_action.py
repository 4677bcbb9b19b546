"""What can be done at a place."""

from __future__ import annotations

from lsprotocol import types
from tests.support.features import At, Place


async def actions(place: Place, at: At, words: str) -> str:
    """The actions at a range, of a kind when one is named: what each writes, or the command that it runs."""
    context = types.CodeActionContext([], only=[words] if words else None)
    params = types.CodeActionParams(at.document, at.range, context)
    found = await place.editor.client.text_document_code_action_async(params)
    shown = []
    for one in found or []:
        assert isinstance(one, types.CodeAction), one
        does = one.command.command.rpartition(".")[2] if one.command else await _edit(place, one)
        star = " *" if one.is_preferred else ""
        shown.append(f"{one.title}{star} [{getattr(one.kind, 'value', one.kind)}] {does}")
    return "\n".join(shown) or "nothing"


async def _edit(place: Place, action: types.CodeAction) -> str:
    resolved = await place.editor.client.code_action_resolve_async(action)
    assert resolved.edit is not None
    assert resolved.edit.document_changes is not None
    [change] = resolved.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    [edit] = change.edits
    assert isinstance(edit, types.TextEdit)
    start, end = edit.range.start, edit.range.end
    return f"{start.line}:{start.character}-{end.character} {edit.new_text!r}"
