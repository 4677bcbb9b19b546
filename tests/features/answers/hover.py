"""What a hover shows."""

from __future__ import annotations

from tests.support.features import At, Place


async def hover(place: Place, at: At, _words: str) -> str:
    """The text of the hover."""
    return await place.editor.hover(at.uri, at.position.line, at.position.character) or "nothing"
