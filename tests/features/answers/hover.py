"""What a hover shows."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.features import At, Place


async def hover(place: Place, at: At, _words: str) -> str:
    """The text of the hover; the day of the test is TODAY."""
    text = await place.editor.hover(at.uri, at.position.line, at.position.character) or "nothing"
    return text.replace(datetime.now(UTC).date().isoformat(), "TODAY")
