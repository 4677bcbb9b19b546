"""What is found in a workspace."""

from __future__ import annotations

from lsprotocol import types
from tests.support.features import At, Place


async def find(place: Place, at: At, words: str) -> str:
    """The names of what is found for the words, where they are, and what is told of them."""
    # What the file holds is in the index a moment after it was opened.
    await place.editor.request("issuelens/settled", {})
    found = await place.editor.client.workspace_symbol_async(types.WorkspaceSymbolParams(words))
    assert found is not None
    return "\n".join(_shown(place, one) for one in found) or "nothing"


def _shown(place: Place, symbol: types.SymbolInformation | types.WorkspaceSymbol) -> str:
    assert isinstance(symbol.location, types.Location)
    start, end = symbol.location.range.start, symbol.location.range.end
    where = f"{place.shown(symbol.location.uri)}:{start.line}:{start.character}-{end.character}"
    past = " (deprecated)" if symbol.tags else ""
    return f"{symbol.name}{past}\n    {symbol.container_name} · {where}"
