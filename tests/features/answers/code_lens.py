"""The lenses of a file."""

from __future__ import annotations

from tests.support.features import At, Place


async def lenses(place: Place, at: At, _words: str) -> str:
    """Title, place and command of each."""
    shown = []
    for one in await place.editor.lenses(at.uri):
        assert one.command is not None
        start, end = one.range.start, one.range.end
        verb = one.command.command.rpartition(".")[2]
        shown.append(f"{start.line}:{start.character}-{end.character} {one.command.title} [{verb}]")
    return "\n".join(shown) or "nothing"
