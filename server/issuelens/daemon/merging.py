"""What issues.jsonl has is merged into the database: issue by issue, against what sync last read or wrote."""

from __future__ import annotations

import logging
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import SEEK_END, BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.daemon.progress import Progress
from issuelens.domain.errors import Refused
from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.moment import is_later
from issuelens.domain.operation import Event
from issuelens.domain.shape import issue_from_json, issue_to_json, same_json
from issuelens.storage import past, reads, synced
from issuelens.sync.importers import read_lines
from issuelens.sync.jsonl import read_line, render_line
from issuelens.sync.markers import cleaned, may_hold_markers
from issuelens.sync.merge import Conflict, merge_issue
from issuelens.todos.git import run_git
from issuelens.tracker.context import OperationContext
from issuelens.tracker.importing import BATCH, as_new, batches, says_same, without_removed
from issuelens.tracker.recording import Recording, repointed, survivors_for

logger = logging.getLogger(__name__)

_ID: Final = re.compile(rb'\{"id":"([^"\\]+)"[,}]')
"""How the lines that we write begin."""

_Shape = Mapping[str, Any]


class LinePlace(NamedTuple):
    """A line's issue, and where the line begins, in bytes."""

    issue_id: str
    offset: int


class _Line(NamedTuple):
    number: int
    offset: int
    content: bytes


@define
class FileMerge:
    """The merge of a file of issues, in the writing thread.

    A line that is as its base is not even parsed. An issue that is not in the file any more comes back with it:
    deletions travel as tombstones, and a file may have been cut off.

    Args:
        connection: with its transaction.
        context: the operation's.
        path: the file.
        partial: whether a file whose last line was cut off is taken.
        put_aside: told of each line that can't be read.
        progress: told how many bytes are done, and of how many.
    """

    connection: Connection
    context: OperationContext
    path: Path
    partial: bool
    put_aside: Callable[[Unreadable], None]
    progress: Progress | None
    counts: Counter[str] = field(factory=Counter)
    conflicts: list[Conflict] = field(factory=list)
    _recording: Recording = field(init=False)
    _pending: dict[int, _Line] = field(factory=dict)
    _offsets: dict[str, int | None] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._recording = Recording(self.connection, self.context, "sync")

    def run(self) -> Event | None:
        """Merges all of it as one operation; the event, or None when nothing was to change.

        Raises:
            Refused: when the file can't be read, or should not be taken.
        """
        try:
            with self._opened() as file:
                lines = self._differing(file)
                records = read_lines(lines, str(self.path), statuses=self.context.statuses, partial=self.partial)
                for batch in batches(records, self._unreadable):
                    self._merge(batch)
                self._note(file)
        except OSError as error:
            raise Refused(f"{self.path} can't be read: {error.strerror}. Nothing was changed.") from error
        return self._recording.finish()

    def _opened(self) -> BinaryIO:
        """The file; without git's conflict markers, when there are some."""
        with self.path.open("rb") as file:
            content = file.read() if may_hold_markers(file) else None
        clean = None if content is None else cleaned(content, _ancestor(self.path))
        if clean is None:
            return self.path.open("rb")
        self.conflicts += clean.conflicts
        logger.info("conflict markers were understood", extra={"conflicts": len(clean.conflicts)})
        return BytesIO(clean.content)

    def _unreadable(self, one: Unreadable) -> None:
        self._pending.pop(one.line, None)
        self.counts["aside"] += 1
        self.put_aside(one)

    # Lines

    def _differing(self, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
        """The lines that are not as their base."""
        size = file.seek(0, SEEK_END)
        file.seek(0)
        lines = _lines_of(file)
        while chunk := list(islice(lines, BATCH)):
            bases = synced.get_lines(self.connection, filter(None, (id_of(one.content) for one in chunk)))
            for one in chunk:
                if bases.get(id_of(one.content) or "", "") == text_of(one.content):
                    self.counts["unchanged"] += 1
                else:
                    self._pending[one.number] = one
                    yield one.number, one.content
            if self.progress is not None:
                self.progress(min(chunk[-1].offset, size), size)

    def _note(self, file: BinaryIO) -> None:
        """Makes the lines that were merged the bases; not those of an issue that has several."""
        places = [LinePlace(issue_id, offset) for issue_id, offset in self._offsets.items() if offset is not None]
        note_bases(self.connection, file, places)

    # Issues

    def _merge(self, batch: list[Imported]) -> None:
        here = reads.get_issues(self.connection, [one.issue.id for one in batch])
        bases = self._bases(batch)
        differing = [one.issue.id for one in batch if one.issue.id in here and not _is_as(here[one.issue.id], one)]
        sides = _Sides(bases, past.states_of(self.connection, differing))
        survivors = survivors_for(self.connection, *(one.issue for one in batch), *bases.values())
        after: dict[str, Issue] = {}
        for one in batch:
            theirs = repointed(one.issue, survivors)
            ours = after.get(theirs.id) or here.get(theirs.id)
            action, issue = self._merged(sides, ours, theirs)
            self.counts[action] += 1
            if issue is not ours:
                after[issue.id] = issue
        self._recording.write([(here.get(issue_id), issue) for issue_id, issue in after.items()])

    def _bases(self, batch: list[Imported]) -> dict[str, Issue]:
        """The bases of a batch; notes the place of each of its lines."""
        found: dict[str, Issue] = {}
        for issue_id, text in synced.get_lines(self.connection, [one.issue.id for one in batch]).items():
            read = read_line(0, text, self.context.statuses)
            if isinstance(read, Imported):
                found[issue_id] = read.issue
        for one in batch:
            line = self._pending.pop(one.line)
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
        base = sides.base(theirs)
        merged = merge_issue(base, ours, theirs if base else without_removed(self.connection, ours, theirs))
        self.conflicts += merged.conflicts
        issue = _in_order(merged.issue or ours)
        return ("kept", ours) if says_same(issue, ours) else ("updated", issue)


class _Sides(NamedTuple):
    """What issues were: as sync last had them, and every state that they had here, the newest first."""

    bases: Mapping[str, Issue]
    states: Mapping[str, Sequence[_Shape]]

    def base(self, theirs: Issue) -> Issue | None:
        """What both sides had before they went apart; their issue itself when it is an old state of ours.

        That is so when git went back to an older file, and after a crash between writing the file and noting it.
        """
        states = self.states.get(theirs.id, ())
        shape = issue_to_json(theirs)
        if any(same_json(one, shape) for one in states):
            return theirs
        base = self.bases.get(theirs.id)
        if base is None or not is_later(base.updated_at, theirs.updated_at):
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


def _ancestor(path: Path) -> bytes:
    """What both sides of the merge that git is at in a file had in common; nothing when it does not say.

    It is in the index as long as the conflict counts as not resolved (gitrevisions(7), `:1:`).
    """
    try:
        return run_git(path.parent, "cat-file", "blob", f":1:./{path.name}")
    except (OSError, subprocess.SubprocessError):
        return b""


# Lines and their bases


def id_of(line: bytes) -> str | None:
    """The id of a line of ours, found without parsing it; None for another line."""
    found = _ID.match(line)
    return found[1].decode("utf-8", "replace") if found else None


def text_of(line: bytes) -> str | None:
    """A line as a base has it; None when it can't be one."""
    try:
        return line.rstrip(b"\r\n").decode()
    except UnicodeDecodeError:
        return None


def note_bases(connection: Connection, file: BinaryIO, places: Sequence[LinePlace]) -> None:
    """Makes lines of a file the bases of their issues."""
    for start in range(0, len(places), BATCH):
        found: dict[str, str] = {}
        for issue_id, offset in places[start : start + BATCH]:
            file.seek(offset)
            text = text_of(file.readline())
            found |= {issue_id: text} if text is not None else {}
        synced.put_lines(connection, found)


def _lines_of(file: BinaryIO) -> Iterator[_Line]:
    """Every line that is not empty."""
    offset = 0
    for number, content in enumerate(file, 1):
        if content.strip():
            yield _Line(number, offset, content)
        offset += len(content)
