"""A history of files of issues as git keeps one, in memory: commits, merges with virtual ancestors, rebases, picks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import define, field, frozen

from issuelens.domain.issue import Issue
from issuelens.sync.merge import Conflict, merge_issue

Content = Mapping[str, Issue]
EMPTY: Final = 0
"""The commit before all others."""


@frozen
class Commit:
    """A commit: its parents' numbers, all of its ancestors and itself as a set of bits, and the file's issues."""

    parents: tuple[int, ...]
    ancestors: int
    content: Content


@define
class Graph:
    """All commits of all clones, by their numbers; `conflicts` are those that merges have told."""

    commits: list[Commit] = field(factory=lambda: [Commit((), 1, {})])
    conflicts: list[Conflict] = field(factory=list)
    merges: int = 0

    def commit(self, content: Content, *parents: int) -> int:
        """Adds a commit; its number."""
        ancestors = 1 << len(self.commits)
        for one in parents:
            ancestors |= self.commits[one].ancestors
        self.commits.append(Commit(parents, ancestors, content))
        return len(self.commits) - 1

    def content(self, commit: int) -> Content:
        """The issues of a commit."""
        return self.commits[commit].content

    def is_in(self, commit: int, other: int) -> bool:
        """Whether a commit is the other one, or one before it."""
        return bool(self.commits[other].ancestors >> commit & 1)

    def merged(self, ours: int, theirs: int) -> int:
        """What `git merge` gives: one of both when it has the other, else a new commit."""
        if self.is_in(theirs, ours):
            return ours
        if self.is_in(ours, theirs):
            return theirs
        base = self._base(ours, theirs)
        return self.commit(self.joined(self.content(base), self.content(ours), self.content(theirs)), ours, theirs)

    def rebased(self, ours: int, onto: int) -> int:
        """Our commits that the other side does not have, one after the other on it; merges are left out, as by git."""
        if self.is_in(onto, ours):
            return ours
        missing = self.commits[ours].ancestors & ~self.commits[onto].ancestors
        for one in reversed([*_bits(missing)]):
            if len(self.commits[one].parents) == 1:
                onto = self.picked(one, onto)
        return onto

    def picked(self, commit: int, onto: int) -> int:
        """A commit's change made again on another one."""
        before = self.commits[commit].parents[0]
        return self.commit(self.joined(self.content(before), self.content(onto), self.content(commit)), onto)

    def joined(self, base: Content, ours: Content, theirs: Content) -> Content:
        """The merge of three files."""
        self.merges += 1
        found = dict(ours)
        for one in {**base, **ours, **theirs}:
            versions = base.get(one), ours.get(one), theirs.get(one)
            if versions[2] is versions[0] or versions[2] is versions[1]:
                continue
            merged = merge_issue(*versions)
            self.conflicts += merged.conflicts
            found.pop(one, None)
            found |= {one: merged.issue} if merged.issue else {}
        return found

    def _base(self, ours: int, theirs: int) -> int:
        """The common ancestor; of several, what they give when they are merged, as git does it."""
        common = self.commits[ours].ancestors & self.commits[theirs].ancestors
        best: list[int] = []
        while common:
            one = common.bit_length() - 1
            best.append(one)
            common &= ~self.commits[one].ancestors
        base, *others = reversed(best)
        for one in others:
            # Told again when the outer merge meets it, where it is still to be decided.
            base = self.merged(base, one)
        return base


def _bits(number: int) -> Iterator[int]:
    """The bits of a set, the highest first."""
    while number:
        yield number.bit_length() - 1
        number &= ~(1 << number.bit_length() - 1)
