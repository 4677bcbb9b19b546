"""Which issues the message of a commit says that it closes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from issuelens.domain.reference import find_references

BY_COMMIT: Final = "Closed by commit "
"""How the reason begins; the id and the subject of the commit follow."""
_WINDOW: Final = 40
"""Characters before an id, or between two, that are looked at: so the time grows with the text only."""
_KEYWORD: Final = re.compile(
    r"(?<![\w-])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?::\s{0,20}|\s{1,20})\Z", re.IGNORECASE
)
_BETWEEN: Final = re.compile(r"\s{0,10}(?:,\s{0,10}(?:and\s{1,10})?|\s{1,10}and\s{1,10})", re.IGNORECASE)
_REVERT: Final = 'Revert "'
"""How git begins the message of a commit that takes another one back; that one's subject follows."""


def closed_ids(message: str, prefixes: Iterable[str]) -> tuple[str, ...]:
    """The ids after `closes`, `fixes` or `resolves`, in order, each once. The subject of a revert closes nothing.

    Args:
        message: of a commit.
        prefixes: those of recognised ids.
    """
    if message.startswith(_REVERT):
        message = message.partition("\n")[2]
    found: list[str] = []
    last: int | None = None
    for one in find_references(message, prefixes):
        if _is_closed(message, one.start, last):
            found.append(one.id)
            last = one.end
    return tuple(dict.fromkeys(found))


def _is_closed(text: str, start: int, last: int | None) -> bool:
    """Whether a keyword stands before the id at `start`, or only a comma or "and" since the `last` one.

    A line may end between them, a paragraph may not.
    """
    if last is not None and start - last <= _WINDOW and _BETWEEN.fullmatch(text, last, start):
        return True
    before = text[max(0, start - _WINDOW) : start]
    return before[len(before.rstrip()) :].count("\n") <= 1 and _KEYWORD.search(before) is not None
