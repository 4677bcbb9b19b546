"""Conflicts that git's merges have noted are taken over, when the merged file was taken in."""

from __future__ import annotations

import json
import logging
import stat
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from attrs import define, frozen
from sqlalchemy import Connection

from issuelens.daemon.conflicts import to_be_kept
from issuelens.daemon.git_at_work import is_git_at_work
from issuelens.daemon.reading import Reading
from issuelens.daemon.writer import Writer
from issuelens.domain.conflict import WHOLE, KeptConflict, is_same_value, shape_of, value_at, with_value
from issuelens.domain.fields import is_encodable
from issuelens.domain.imports import Imported
from issuelens.domain.issue import Issue
from issuelens.domain.moment import timestamp
from issuelens.domain.operation import Outcome
from issuelens.domain.shape import issue_to_json
from issuelens.domain.vocabulary import Category
from issuelens.ipc.messages import WriteContext
from issuelens.ipc.sync_messages import OWN_CLIENT
from issuelens.storage import conflicts, history, reads
from issuelens.sync.jsonl import read_line
from issuelens.sync.merge import Conflict
from issuelens.sync.noting import Note, has_notes, notes_in
from issuelens.tracker.conflicts import stays
from issuelens.tracker.operations import OperationContext
from issuelens.tracker.recording import Recording
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

PATIENCE: Final = timedelta(days=1)
"""How long a note waits for the file that it is about: a merge may have been given up."""


@frozen(kw_only=True)
class _Taken(Outcome):
    """What came of it; `finished` are the notes about which nothing is left to be done."""

    finished: tuple[Path, ...]


@define(eq=False)
class Noted:
    """Takes over what merges have noted; the owner calls `take` when the file was taken in."""

    workspace: Workspace
    writer: Writer
    reading: Reading
    make_context: Callable[..., Awaitable[OperationContext]]

    def stamp(self) -> int | None:
        """What changes when a merge has noted something; None while there is nothing."""
        folder = self.workspace.noted
        try:
            found = folder.lstat()
        except OSError:
            return None
        return found.st_mtime_ns if stat.S_ISDIR(found.st_mode) and has_notes(folder) else None

    async def take(self) -> None:
        """Takes over what is about issues as they are now. In the midst of git's work nothing is sure yet."""
        if self.stamp() is None or is_git_at_work(self.workspace.root):
            return
        notes = await self.reading.work(notes_in, self.workspace.noted)
        context = await self.make_context(WriteContext(key=uuid.uuid4().hex), OWN_CLIENT, needs_prefix=False)
        # Beside the writes: there may be many, and each has to be looked at.
        found = await self.reading.read_apart(_possible, notes, context.statuses)
        taken: _Taken = await self.writer.write(lambda connection: _take(connection, found, context))
        for path in taken.finished:
            # One that stays is taken over once more, which adds nothing.
            with suppress(OSError):
                path.unlink(missing_ok=True)
        if taken.finished:
            logger.info("what git's merges had settled was taken over", extra={"notes": len(taken.finished)})


class _Found(NamedTuple):
    """A note, those of its conflicts that can be kept now, and whether these are all."""

    note: Note
    conflicts: list[KeptConflict]
    is_whole: bool


def _possible(connection: Connection, notes: Iterable[Note], statuses: Mapping[str, Category]) -> list[_Found]:
    """The conflicts that can be kept now, of each note."""
    found: list[_Found] = []
    for note in notes:
        told = note.conflicts[: conflicts.LIMIT]
        here = reads.get_issues(connection, {one.issue_id for one in told if is_encodable(one.issue_id)})
        kept = [one for one in (_kept(each, here, note.mine, statuses) for each in told) if one is not None]
        found.append(_Found(note, kept, len(kept) == len(told)))
    return found


def _take(connection: Connection, found: Iterable[_Found], context: OperationContext) -> _Taken:
    recording = Recording(connection, context, history.SYNC)
    oldest = timestamp(datetime.now(UTC) - PATIENCE)
    finished: list[Path] = []
    for note, kept, is_whole in found:
        here = reads.get_issues(connection, {one.issue_id for one in kept})
        # What was changed since it was looked at is over.
        recording.keep([one for one in kept if one.issue_id in here and stays(one, here[one.issue_id])], here)
        if is_whole or note.at < oldest:
            finished.append(note.path)
    event = recording.finish()
    return _Taken(issues=(), events=(event,) if event else (), finished=tuple(finished))


def _kept(
    one: Conflict, here: Mapping[str, Issue], mine: str | None, statuses: Mapping[str, Category]
) -> KeptConflict | None:
    """The conflict as it is kept; None while its issue has not the value that stays, or can't have the other."""
    issue = here.get(one.issue_id)
    found = None if issue is None else to_be_kept(one, issue, mine)
    if issue is None or found is None or not is_same_value(found.field, found.kept, one.kept):
        return None
    return found if _is_possible(found, issue, statuses) else None


def _is_possible(one: KeptConflict, issue: Issue, statuses: Mapping[str, Category]) -> bool:
    """Whether an issue can have the other value: a file of notes may have come with a repository."""
    if one.field == WHOLE:
        return True
    try:
        shape = with_value(issue_to_json(issue), one.field, one.other)
        read = read_line(0, json.dumps(shape, default=dict), statuses)
        return isinstance(read, Imported) and is_same_value(
            one.field, value_at(shape_of(read.issue), one.field), one.other
        )
    except (LookupError, TypeError, ValueError, RecursionError):
        return False
