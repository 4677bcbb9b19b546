"""What one side of a merge has: issues by their ids, and lines that can't be read, which stay to the letter. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import define, field

from issuelens.domain.imports import Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.sync.jsonl import read_line
from issuelens.sync.merge import Conflict, merge_issue

Line = tuple[int, bytes]
"""A line's number, from 1, and the line."""
_ID: Final = re.compile(r'"id"\s*:\s*"([^"\\]+)"')


@define
class Side:
    """One of the versions. `doubles` are the conflicts between lines of the same issue, which are made one."""

    issues: dict[str, Issue] = field(factory=dict)
    unreadable: dict[str, Unreadable] = field(factory=dict)
    doubles: list[Conflict] = field(factory=list)

    def add_all(self, found: Iterable[Issue | Unreadable], base: Side | None) -> None:
        """Adds what lines are, in their order; two of one issue are merged from what the base has of it."""
        for one in found:
            if isinstance(one, Unreadable):
                self.unreadable.setdefault(one.text, one)
            else:
                self._add(one, base)

    def _add(self, issue: Issue, base: Side | None) -> None:
        there = self.issues.get(issue.id)
        if there is None:
            self.issues[issue.id] = issue
            return
        merged = merge_issue(base.issues.get(issue.id) if base else None, there, issue)
        self.doubles += merged.conflicts
        if merged.issue is not None:
            self.issues[issue.id] = merged.issue

    def keep_garbled(self, base: Side) -> None:
        """Counts an issue whose line can't be read as left alone, not as removed."""
        for text in self.unreadable.keys() - base.unreadable.keys():
            found = _ID.search(text)
            if found and found[1] in base.issues:
                self.issues.setdefault(found[1], base.issues[found[1]])


@define
class Reader:
    """Reads versions that have most of their lines in common: each line is read once."""

    _known: dict[bytes, Issue | Unreadable] = field(factory=dict)

    def read(self, line: Line) -> Issue | Unreadable:
        """What a line is."""
        number, content = line
        if content not in self._known:
            self._known[content] = _parsed(number, content)
        return self._known[content]


def lines_of(content: bytes) -> Iterable[Line]:
    """The lines of a file that are not empty, without their ends and without the marks of byte order."""
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            yield number, line.removeprefix(b"\xef\xbb\xbf")


def kept_lines(
    base: Mapping[str, Unreadable], ours: Mapping[str, Unreadable], theirs: Mapping[str, Unreadable]
) -> tuple[Unreadable, ...]:
    """The lines that can't be read and that no side has removed."""
    there = {**theirs, **ours}
    return tuple(there[one] for one in sorted(there) if one not in base or (one in ours and one in theirs))


def _parsed(number: int, line: bytes) -> Issue | Unreadable:
    text = line.decode("utf-8", "surrogateescape")
    if any("\udc80" <= one <= "\udcff" for one in text):
        return Unreadable(number, "it is not UTF-8", text)
    found = read_line(number, text, STATUS_CATEGORIES)
    return found if isinstance(found, Unreadable) else found.issue
