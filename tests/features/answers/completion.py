"""What is offered while somebody types."""

from __future__ import annotations

from lsprotocol import types
from tests.support.features import At, Place


async def complete(place: Place, at: At, words: str) -> str:
    """The first items (5, or as many as the words say), and what is written over."""
    found = await _asked(place, at)
    if found is None or not found.items:
        return "nothing"
    shown = []
    for one in sorted(found.items, key=lambda item: item.sort_text or "")[: int(words or 5)]:
        assert isinstance(one.text_edit, types.TextEdit)
        start, end = one.text_edit.range.start, one.text_edit.range.end
        past = " (deprecated)" if one.tags else ""
        told = one.label_details.description if one.label_details else one.detail
        detail = f" - {told}" if told else ""
        shown.append(f"{start.character}-{end.character} {one.text_edit.new_text}{detail}{past}")
    return "\n".join([*shown, f"of {len(found.items)}"])


async def documentation(place: Place, at: At, words: str) -> str:
    """What is told of an item when it is looked at."""
    found = await _asked(place, at)
    assert found is not None
    [item] = [one for one in found.items if one.label == words]
    resolved = await place.editor.client.completion_item_resolve_async(item)
    assert isinstance(resolved.documentation, types.MarkupContent)
    return resolved.documentation.value


async def _asked(place: Place, at: At) -> types.CompletionList | None:
    params = types.CompletionParams(at.document, at.position)
    found = await place.editor.client.text_document_completion_async(params)
    assert found is None or isinstance(found, types.CompletionList)
    return found
