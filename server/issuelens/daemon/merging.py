"""What issues.jsonl has is merged into the database: issue by issue, against what sync last read or wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.daemon.branches import Fork
from issuelens.daemon.conflicts import to_be_kept
from issuelens.daemon.progress import Progress
from issuelens.daemon.shared_file import FileScan, Line, LinePlace, note_bases
from issuelens.domain.errors import Refused
from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.moment import is_later
from issuelens.domain.shape import issue_from_json, issue_to_json, same_json
from issuelens.storage import past, reads, synced
from issuelens.sync.importers import read_lines
from issuelens.sync.jsonl import read_line, render_line
from issuelens.sync.merge import OURS, THEIRS, Conflict, Merged, merge_issue
from issuelens.todos.git_folder import is_rebasing
from issuelens.tracker.context import OperationContext
from issuelens.tracker.importing import BATCH, as_new, batches, says_same, without_removed
from issuelens.tracker.recording import Recording, repointed, survivors_for

_Shape = Mapping[str, Any]


@define
class FileMerge:
    """The merge of a file of issues, in the writing thread.

    Only lines that are not as their base are read, as a scan has found them before, beside other writes. An issue that
    is not in the file any more comes back with it: deletions travel as tombstones, and a file may have been cut off.

    Args:
        connection: with its transaction.
        context: the operation's.
        recording: the operation, which may have several files.
        path: the file.
        scan: what in it is not as its base.
        partial: whether a file whose last line was cut off is taken.
        put_aside: told of each line that can't be read.
        progress: told how many bytes are done, and of how many.
        fork: what both sides had, where git has led the file another way; None where it went on.
        is_forward: whether git has led it on since the last look, by a merge or a pull.
    """

    connection: Connection
    context: OperationContext
    recording: Recording
    path: Path
    scan: FileScan
    partial: bool
    put_aside: Callable[[Unreadable], None]
    progress: Progress | None
    fork: Fork | None = None
    is_forward: bool = False
    counts: Counter[str] = field(factory=Counter)
    conflicts: list[Conflict] = field(factory=list)
    unlike: set[str] = field(factory=set)
    """The issues that are not as their line says."""
    _pending: dict[int, Line] = field(factory=dict)
    _offsets: dict[str, int | None] = field(factory=dict)

    def run(self) -> None:
        """Merges all of it.

        Raises:
            Refused: when the file can't be read, or should not be taken.
            FileChanged: when it is not the one that was looked at.
        """
        self.counts += Counter(unchanged=self.scan.unchanged)
        self.conflicts += self.scan.conflicts
        try:
            with self.scan.opened(self.path) as file:
                lines = self._differing(file)
                records = read_lines(lines, str(self.path), statuses=self.context.statuses, partial=self.partial)
                for batch in batches(records, self._unreadable):
                    self._merge(batch)
                self._keep_decided()
        except OSError as error:
            raise Refused(f"{self.path} can't be read: {error.strerror}. Nothing was changed.") from error

    def note(self, leaving: Set[str]) -> None:
        """Makes the lines that were merged the bases; not those of an issue that has several, here or in `leaving`.

        Raises:
            Refused: when the file can't be read.
            FileChanged: when it is not the one that was merged.
        """
        places = [
            LinePlace(issue_id, offset)
            for issue_id, offset in self._offsets.items()
            if offset is not None and issue_id not in leaving
        ]
        try:
            with self.scan.opened(self.path) as file:
                note_bases(self.connection, file, places)
        except OSError as error:
            raise Refused(f"{self.path} can't be read: {error.strerror}. Nothing was changed.") from error

    @property
    def merged(self) -> set[str]:
        """The issues that the lines were about."""
        return set(self._offsets)

    def _unreadable(self, one: Unreadable) -> None:
        line = self._pending.pop(one.line, None)
        self._in_place(line, is_issue=False)
        self.counts["aside"] += 1
        self.put_aside(one)

    # Lines

    def _differing(self, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
        """The lines that are not as their base."""
        count = len(self.scan.differing)
        for done, (number, offset) in enumerate(self.scan.differing):
            file.seek(offset)
            content = file.readline()
            self._pending[number] = Line(number, offset, content)
            yield number, content
            if self.progress is not None and done % BATCH == 0:
                self.progress(done, count)

    def _in_place(self, line: Line | None, *, is_issue: bool) -> None:
        """Notes whether issues and what can't be read stand apart, as we write them."""
        if line is not None and (line.offset < self.scan.end) != is_issue:
            self.scan.ids = None

    # Conflicts

    def _keep_decided(self) -> None:
        """Keeps what was decided between the sides of git's conflict markers."""
        if self.scan.conflicts:
            here = reads.get_issues(self.connection, {one.issue_id for one in self.scan.conflicts})
            self._keep(self.scan.conflicts, here, THEIRS if is_rebasing(self.path.parent) else OURS)

    def _keep(self, decided: Iterable[Conflict], now: Mapping[str, Issue], mine: str) -> None:
        found = [to_be_kept(one, now[one.issue_id], mine) for one in decided if one.issue_id in now]
        self.recording.keep([one for one in found if one is not None], now)

    # Issues

    def _merge(self, batch: list[Imported]) -> None:
        here = reads.get_issues(self.connection, [one.issue.id for one in batch])
        bases = self._bases(batch)
        differing = [one.issue.id for one in batch if one.issue.id in here and not _is_as(here[one.issue.id], one)]
        sides = _Sides(bases, past.states_of(self.connection, differing), self.fork is not None)
        survivors = survivors_for(self.connection, *(one.issue for one in batch), *bases.values())
        after: dict[str, Issue] = {}
        known = len(self.conflicts)
        for one in batch:
            theirs = repointed(one.issue, survivors)
            ours = after.get(theirs.id) or here.get(theirs.id)
            action, issue = self._merged(sides, ours, theirs)
            self.counts[action] += 1
            if issue is not ours:
                after[issue.id] = issue
            if action != "created" and not says_same(issue, theirs):
                self.unlike.add(issue.id)
        self.recording.write([(here.get(issue_id), issue) for issue_id, issue in after.items()])
        self._keep(self.conflicts[known:], here | after, OURS)

    def _bases(self, batch: list[Imported]) -> dict[str, Issue]:
        """The bases of a batch; notes the place of each of its lines."""
        found: dict[str, Issue] = {}
        ids = [one.issue.id for one in batch]
        lines = synced.get_lines(self.connection, ids)
        if self.fork is not None:
            there = self.fork.ids.intersection(ids)
            lines = {one: text for one, text in {**lines, **self.fork.lines}.items() if one in there}
        for issue_id, text in lines.items():
            read = read_line(0, text, self.context.statuses)
            if isinstance(read, Imported):
                found[issue_id] = read.issue
        for one in batch:
            line = self._pending.pop(one.line)
            self._in_place(line, is_issue=True)
            self._offsets[one.issue.id] = None if one.issue.id in self._offsets else line.offset
        return found

    def _merged(self, sides: _Sides, ours: Issue | None, theirs: Issue) -> tuple[str, Issue]:
        """What is done about an issue of the file, and the issue then: the one here itself when it stays."""
        if ours is None:
            return "created", as_new(theirs, self.context)
        created, updated = theirs.created_at or ours.created_at, theirs.updated_at or ours.updated_at
        theirs = evolve(theirs, created_at=created, updated_at=updated)
        if says_same(ours, theirs):
            return "unchanged", ours
        merged = self._decided(sides, ours, theirs)
        self.conflicts += merged.conflicts
        issue = _in_order(merged.issue or ours)
        return ("kept", ours) if says_same(issue, ours) else ("updated", issue)

    def _decided(self, sides: _Sides, ours: Issue, theirs: Issue) -> Merged:
        if not sides.had(theirs):
            base = sides.base(theirs)
            return merge_issue(base, ours, theirs if base else without_removed(self.connection, ours, theirs))
        if self.is_forward and is_later(theirs.updated_at, ours.updated_at):
            return Merged(theirs)
        if self.is_forward and not is_later(ours.updated_at, theirs.updated_at):
            # Elsewhere theirs may have come after ours: each clone has to find the same, or they would never rest.
            return merge_issue(None, ours, theirs)
        return Merged(ours)


class _Sides(NamedTuple):
    """What issues were: as both sides had them last, and every state that they had here, the newest first.

    `is_sure`: whether git says that they had these.
    """

    bases: Mapping[str, Issue]
    states: Mapping[str, Sequence[_Shape]]
    is_sure: bool = False

    def had(self, theirs: Issue) -> bool:
        """Whether their issue is a state that ours was in.

        That is so when git went back to an older file, and after a crash between writing the file and noting it: then
        it is no change. Where git went on, both may have been made of each other.
        """
        shape = issue_to_json(theirs)
        return any(same_json(one, shape) for one in self.states.get(theirs.id, ()))

    def base(self, theirs: Issue) -> Issue | None:
        """What both sides had before they went apart."""
        states, shape = self.states.get(theirs.id, ()), issue_to_json(theirs)
        base = self.bases.get(theirs.id)
        if base is None or self.is_sure or not is_later(base.updated_at, theirs.updated_at):
            return base
        # They began before what was in the file last: from the state before theirs that has the most in common.
        earlier = [one for one in map(issue_from_json, states) if not is_later(one.updated_at, theirs.updated_at)]
        return min(earlier, key=lambda one: _distance(issue_to_json(one), shape), default=None)


def _distance(one: _Shape, other: _Shape) -> int:
    """In how many fields two states differ."""
    return sum(one.get(name) != other.get(name) for name in {*one, *other} - {"updated_at"})


def _is_as(here: Issue, one: Imported) -> bool:
    return render_line(here) == render_line(one.issue)


def _in_order(issue: Issue) -> Issue:
    """The issue with its dependencies in the order in which the database gives them."""
    return evolve(issue, dependencies=tuple(sorted(issue.dependencies, key=lambda one: one.key)))
