"""What one side of a merge has: issues by their ids, and lines that can't be read, which stay to the letter. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Final

from attrs import define, evolve, field

from issuelens.domain.imports import Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.sync.jsonl import read_line
from issuelens.sync.merge import Conflict, merge_issue

Line = tuple[int, bytes]
"""A line's number, from 1, and the line."""
OUR_ID: Final = re.compile(rb'\{"id":"([^"\\]+)"[,}]')
"""How the lines that we write begin."""
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
        # Both lines are of one side.
        self.doubles += [evolve(told, kept_from=None) for told in merged.conflicts]
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


def lines_of(content: bytes) -> Iterator[Line]:
    """The lines of a file that are not empty, without their ends and without the marks of byte order."""
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            yield number, line.removeprefix(b"\xef\xbb\xbf")


def settled_lines(
    base: Iterable[Line], ours: Iterable[Line], theirs: Iterable[Line], reader: Reader
) -> dict[str, bytes]:
    """Lines about which nothing is to be decided, by the ids of their issues: one side at most has changed them.

    All versions have to have such an issue once, in a line as we write them. What nobody has changed is not parsed.
    """
    before, ones, others = map(_by_id, (base, ours, theirs))
    found: dict[str, bytes] = {}
    for issue_id, one in ones.items():
        old, other = before.get(issue_id), others.get(issue_id)
        if old is None or other is None:
            continue
        if one == old == other:
            found[issue_id] = one
        elif old in (one, other) or one == other:
            changed = other if one == old else one
            found |= {} if isinstance(reader.read((0, changed)), Unreadable) else {issue_id: changed}
    return found


def _by_id(lines: Iterable[Line]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    doubles: set[str] = set()
    for _, line in lines:
        ours = OUR_ID.match(line)
        if ours is not None:
            issue_id = ours[1].decode("utf-8", "replace")
            doubles |= {issue_id} & found.keys()
            found[issue_id] = line
    return {issue_id: line for issue_id, line in found.items() if issue_id not in doubles}


def is_about(line: bytes, ids: Container[str]) -> bool:
    """Whether a line is one of ours about one of these issues."""
    found = OUR_ID.match(line)
    return found is not None and found[1].decode("utf-8", "replace") in ids


def kept_lines(
    base: Mapping[str, Unreadable], ours: Mapping[str, Unreadable], theirs: Mapping[str, Unreadable]
) -> tuple[Unreadable, ...]:
    """The lines that can't be read and that no side has removed."""
    there = {**theirs, **ours}
    return tuple(there[one] for one in sorted(there) if one not in base or (one in ours and one in theirs))


def _parsed(number: int, line: bytes) -> Issue | Unreadable:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return Unreadable(number, "it is not UTF-8", line.decode("utf-8", "surrogateescape"))
    found = read_line(number, text, STATUS_CATEGORIES)
    return found if isinstance(found, Unreadable) else found.issue
