"""What is coloured."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types
from tests.support.features import At, Place

KINDS = ("tag", "id")


async def full(place: Place, at: At, words: str) -> str:
    """Each token of the file; `words` off: they are switched off."""
    _switch(place, is_on=words != "off")
    params = types.SemanticTokensParams(at.document)
    found = await place.editor.client.text_document_semantic_tokens_full_async(params)
    assert found is not None
    return _shown(place.editor.texts[at.uri], found.data)


async def part(place: Place, at: At, _words: str) -> str:
    """Each token of the range's lines."""
    _switch(place, is_on=True)
    params = types.SemanticTokensRangeParams(at.document, at.range)
    found = await place.editor.client.text_document_semantic_tokens_range_async(params)
    assert found is not None
    return _shown(place.editor.texts[at.uri], found.data)


def _switch(place: Place, *, is_on: bool) -> None:
    switch = {"issuelens": {"semanticTokens": {"enabled": is_on}}}
    place.editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(switch))


def _shown(text: str, numbers: Sequence[int]) -> str:
    lines = [line.encode("utf-16-le") for line in text.splitlines()]
    line = start = 0
    shown = []
    for at in range(0, len(numbers), 5):
        down, right, length, kind, modifiers = numbers[at : at + 5]
        line, start = line + down, right + (0 if down else start)
        word = lines[line][2 * start : 2 * (start + length)].decode("utf-16-le")
        shown.append(f"{line}: {KINDS[kind]} {word}{' (past)' if modifiers else ''}")
    return "\n".join(shown) or "nothing"
