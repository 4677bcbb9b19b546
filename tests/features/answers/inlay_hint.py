"""What inlay hints show."""

from __future__ import annotations

from lsprotocol import types
from tests.support.features import At, Place


async def hints(place: Place, at: At, words: str) -> str:
    """The lines of the range with the hints in them, in ⟨⟩, and their tooltips; `words` on: they are switched on."""
    switch = {"issuelens": {"inlayHints": {"enabled": words == "on"}}}
    place.editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(switch))
    found = await place.editor.client.text_document_inlay_hint_async(types.InlayHintParams(at.document, at.range))
    lines = place.editor.texts[at.uri].splitlines()
    shown = []
    for one in found or ():
        line, place = lines[one.position.line].encode("utf-16-le"), 2 * one.position.character
        head, tail = (part.decode("utf-16-le") for part in (line[:place], line[place:]))
        shown.append(f"{head}⟨{one.label}⟩{tail}\n    {one.tooltip}")
    return "\n".join(shown) or "nothing"
