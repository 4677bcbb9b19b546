"""What is said under a text."""

from __future__ import annotations

from tests.support.features import At, Place


async def told(place: Place, at: At, words: str) -> str:
    """The diagnostics of a file, with what they are related to; of one rule when it is named."""
    found = await place.editor.diagnostics(at.uri)
    shown = []
    for one in sorted(found, key=lambda each: (each.range.start, str(each.code))):
        if words and one.code != words:
            continue
        start, end = one.range.start, one.range.end
        tags = " (deprecated)" if one.tags else ""
        assert one.severity is not None
        shown.append(
            f"{start.line}:{start.character}-{end.character} "
            f"{one.severity.name.lower()} {one.code}{tags}: {one.message}"
        )
        for other in one.related_information or []:
            line = other.location.range.start.line
            shown.append(f"    {place.shown(other.location.uri)}:{line} {other.message}")
        assert one.code_description is not None
        assert one.code_description.href.endswith(f"/issuelens/lsp/rules.md#{one.code}")
    return "\n".join(shown) or "nothing"
