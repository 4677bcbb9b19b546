"""The entry point of `issuelens merge-driver`, which git calls to merge issues.jsonl (see gitattributes(5)).

It needs no daemon and no workspace. Conflicts are settled by the rules of `sync.merge` and told, so git never stops on
them. Lines that can't be read are kept to the letter, at the end of the file. Conflict markers that were committed are
understood (`sync.markers`).
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from attrs import define, field, frozen

from issuelens.domain.conflict import WHOLE
from issuelens.domain.errors import Refused, StorageError
from issuelens.domain.imports import Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.plain import one_line
from issuelens.files import remedy, remove_leftovers, write_atomically
from issuelens.sync.jsonl import render_line
from issuelens.sync.markers import cleaned, may_hold_markers
from issuelens.sync.merge import Conflict, merge_files
from issuelens.sync.noting import note
from issuelens.sync.sides import Line, Reader, Side, is_about, kept_lines, lines_of, settled_lines

USAGE: Final = """\
Usage: issuelens merge-driver [--json] BASE OURS THEIRS PATH

Merges three files of issues and writes the result over OURS. Git calls it; `issuelens init --git` sets it up. By hand:

    git config merge.issuelens.driver "issuelens merge-driver %O %A %B %P"

and the line `.issues/issues.jsonl merge=issuelens` in .gitattributes.
"""
_VALUE_LIMIT: Final = 60
"""Characters of a value in a message."""


class Files(NamedTuple):
    """What git gives: the common ancestor (empty or missing when there is none), both sides, and the file's name."""

    base: Path
    ours: Path
    theirs: Path
    name: str


@frozen
class Report:
    """What a merge did. `kept_lines` are those that can't be read and stay, with the reason."""

    issues: int
    conflicts: tuple[Conflict, ...]
    kept_lines: tuple[Unreadable, ...]


def main(argv: Sequence[str]) -> int:
    """Merges, as git expects.

    Args:
        argv: what follows `merge-driver`.

    Returns:
        The exit code: 0 when OURS holds the result, 1 when nothing was merged and OURS is as it was, or its disk can't
        keep the result, 2 for usage.
    """
    words = [word for word in argv if word != "--json"]
    if "--help" in words:
        sys.stdout.write(USAGE)
        return 0
    if len(words) != 4:
        sys.stderr.write(USAGE)
        return 2
    base, ours, theirs, name = words
    files = Files(Path(base), Path(ours), Path(theirs), one_line(name))
    try:
        report = merge(files)
    except (Refused, StorageError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _tell(files.name, report, as_json="--json" in argv)
    try:
        note(name, report.conflicts, Path.cwd(), os.environ)
    except (OSError, StorageError) as error:
        # The merge is done, and what was settled is told.
        sys.stderr.write(f"{files.name}: what was settled could not be noted for `issuelens conflicts` ({error}).\n")
    return 0


def merge(files: Files) -> Report:
    """Merges the files and writes the result over OURS, whole or not at all.

    Raises:
        Refused: when one can't be read or written; OURS is as it was then.
        StorageError: when OURS was written, but its disk can't keep it.
    """
    versions = _Versions.read(files)
    base = versions.side(0, None)
    ours, theirs = versions.side(1, base), versions.side(2, base)
    merged = merge_files(base.issues, ours.issues, theirs.issues)
    kept = kept_lines(base.unreadable, ours.unreadable, theirs.unreadable)
    lines = versions.settled | {issue.id: render_line(issue) for issue in merged.issues}
    _write(files, [lines[one] for one in sorted(lines)], kept)
    told = (*versions.conflicts, *ours.doubles, *theirs.doubles, *merged.conflicts)
    # A block that both sides have was decided once.
    return Report(len(lines), tuple({repr(one): one for one in told}.values()), kept)


# Reading


@define
class _Versions:
    """The lines of the three files, each without the conflict markers that somebody has committed in it.

    `settled` are those of issues about which nothing is to be decided, by their ids; `lines` are all others.
    """

    lines: list[list[Line]]
    conflicts: list[Conflict]
    settled: dict[str, bytes] = field(init=False)
    _reader: Reader = field(factory=Reader)

    @classmethod
    def read(cls, files: Files) -> _Versions:
        """Reads them; a common ancestor that is missing has no lines."""
        base = _content(files, files.base, "the common ancestor") if files.base.exists() else b""
        contents = [base, _content(files, files.ours, "our side"), _content(files, files.theirs, "their side")]
        found = [cleaned(one) if may_hold_markers(BytesIO(one)) else None for one in contents]
        conflicts = [told for one in found[1:] if one is not None for told in one.conflicts]
        pairs = zip(contents, found, strict=True)
        return cls([list(lines_of(old if new is None else new.content)) for old, new in pairs], conflicts)

    def __attrs_post_init__(self) -> None:
        settled = settled_lines(self.lines[0], self.lines[1], self.lines[2], self._reader)
        rest = [[one for one in lines if not is_about(one[1], settled)] for lines in self.lines]
        # A line of another form about the same issue: then there is something to be decided after all.
        ids = {one.id for lines in rest for one in map(self._reader.read, lines) if isinstance(one, Issue)}
        self.settled = {issue_id: line for issue_id, line in settled.items() if issue_id not in ids}
        if len(self.settled) < len(settled):
            rest = [[one for one in lines if not is_about(one[1], self.settled)] for lines in self.lines]
        self.lines = rest

    def side(self, index: int, base: Side | None) -> Side:
        """What a version has, but for what is settled."""
        side = Side()
        side.add_all(map(self._reader.read, self.lines[index]), base)
        if base is not None:
            side.keep_garbled(base)
        return side


def _content(files: Files, path: Path, which: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{files.name}: {which} ({path}) can't be read: {error.strerror}. Nothing was merged.") from error


# Writing


def _write(files: Files, lines: Iterable[bytes], kept: Iterable[Unreadable]) -> None:
    unreadable = (one.text.encode("utf-8", "surrogateescape") for one in kept)
    content = b"".join(one.removesuffix(b"\n") + b"\n" for one in (*lines, *unreadable))
    # git gives its files new names each time, so that no other run would find what this one may leave.
    remove_leftovers(files.ours.parent, "..merge_file_")
    try:
        write_atomically(files.ours, content, stat.S_IMODE(files.ours.stat().st_mode))
    except StorageError as error:
        raise StorageError(f"{files.name}: {error}") from error
    except OSError as error:
        told = f"{files.name}: {files.ours} can't be written: {error.strerror}. It is as it was."
        raise Refused(told + remedy(error)) from error


def _tell(name: str, report: Report, *, as_json: bool) -> None:
    for one in report.kept_lines:
        sys.stderr.write(f"{name}: a line can't be read ({one.reason}); it is kept at the end: {_shown(one.text)}\n")
    for conflict in report.conflicts:
        sys.stderr.write(f"{name}: {conflict.issue_id}: {_sentence(conflict)}\n")
    if as_json:
        conflicts = [one.to_json() for one in report.conflicts]
        shape = {"path": name, "issues": report.issues, "conflicts": conflicts, "unreadable": len(report.kept_lines)}
        sys.stdout.write(json.dumps(shape) + "\n")


def _sentence(conflict: Conflict) -> str:
    if conflict.field == WHOLE:
        return "one side removed it, the other changed it; it stays."
    kept, other = _shown(conflict.kept), _shown(conflict.other)
    return f"{conflict.field}: both sides changed it; {kept} stays, {other} does not."


def _shown(value: Any) -> str:
    text = json.dumps(value, default=dict)
    return text if len(text) <= _VALUE_LIMIT else f"{text[: _VALUE_LIMIT - 1]}…"
