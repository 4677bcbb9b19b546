"""Issue ids in text: which words are ids of this workspace, and where they stand."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class IssueReference(NamedTuple):
    """An id in a text, from `start` to `end` (offsets in code points, end exclusive).

    `is_certain` is False where the word could be ordinary text (no digit in it): such a word is an id only when the
    tracker knows it.
    """

    id: str
    start: int
    end: int
    is_certain: bool


@functools.cache
def _pattern(prefixes: frozenset[str]) -> re.Pattern[str]:
    # Longest first, so that `my-app` is tried before `my`. What must not stand before is looked at behind the prefix:
    # a pattern that begins with letters is searched for many times faster.
    names = "|".join(
        rf"{re.escape(prefix)}(?<![\w.-]{re.escape(prefix)})" for prefix in sorted(prefixes, key=lambda p: (-len(p), p))
    )
    return re.compile(rf"(?:{names})-([0-9a-z]{{3,8}})((?:\.[0-9]{{1,4}}){{0,3}})(?![\w-])(?!\.[0-9])")


def find_references(text: str, prefixes: Iterable[str]) -> Iterator[IssueReference]:
    """Every word of the text that has the form of an id with one of the prefixes, in order.

    Args:
        text: any text.
        prefixes: the recognised prefixes, for instance `{"app"}`.
    """
    known = frozenset(prefixes)
    if not known:
        return
    for match in _pattern(known).finditer(text):
        has_digit = any(character.isdigit() for character in match[1]) or bool(match[2])
        yield IssueReference(match[0], match.start(), match.end(), has_digit)


def is_issue_id(text: str, prefixes: Iterable[str]) -> bool:
    """Whether the whole text has the form of an id with one of the prefixes."""
    known = frozenset(prefixes)
    return bool(known) and _pattern(known).fullmatch(text) is not None
