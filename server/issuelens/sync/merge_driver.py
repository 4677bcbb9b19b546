"""The entry point of `issuelens merge-driver`, which git calls to merge issues.jsonl (see gitattributes(5)).

It needs no daemon and no workspace. Conflicts are settled by the rules of `sync.merge` and told, so git never stops on
them. Lines that can't be read are kept to the letter, at the end of the file.
"""

from __future__ import annotations

import json
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from attrs import asdict, define, field, frozen

from issuelens.domain.errors import Refused, StorageError
from issuelens.domain.imports import Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.plain import one_line
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.files import remedy, remove_leftovers, write_atomically
from issuelens.sync.jsonl import is_conflict_marker, read_line, render_line
from issuelens.sync.merge import WHOLE, Conflict, MergedFile, merge_files, merge_issue

USAGE: Final = """\
Usage: issuelens merge-driver [--json] BASE OURS THEIRS PATH

Merges three files of issues and writes the result over OURS. Git calls it; set it up with

    git config merge.issuelens.driver "issuelens merge-driver %O %A %B %P"

and the line `.issues/issues.jsonl merge=issuelens` in .gitattributes.
"""
_Line = tuple[int, bytes]
_ID: Final = re.compile(r'"id"\s*:\s*"([^"\\]+)"')
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
    return 0


def merge(files: Files) -> Report:
    """Merges the files and writes the result over OURS, whole or not at all.

    Raises:
        Refused: when one can't be read or written, or holds git's conflict markers; OURS is as it was then.
        StorageError: when OURS was written, but its disk can't keep it.
    """
    reading = _Reading(files.name)
    base = reading.base(files.base)
    ours = reading.side(files.ours, "our side", base)
    theirs = reading.side(files.theirs, "their side", base)
    merged = merge_files(base.issues, ours.issues, theirs.issues)
    kept = _kept_lines(base.unreadable, ours.unreadable, theirs.unreadable)
    _write(files, merged, kept)
    return Report(len(merged.issues), (*ours.doubles, *theirs.doubles, *merged.conflicts), kept)


# Reading


@define
class _Side:
    """One of the files. `doubles` are the conflicts between lines of the same issue, which are made one."""

    issues: dict[str, Issue] = field(factory=dict)
    unreadable: dict[str, Unreadable] = field(factory=dict)
    doubles: list[Conflict] = field(factory=list)

    def add(self, issue: Issue, base: _Side | None) -> None:
        there = self.issues.get(issue.id)
        if there is None:
            self.issues[issue.id] = issue
            return
        merged = merge_issue(base.issues.get(issue.id) if base else None, there, issue)
        self.doubles += merged.conflicts
        if merged.issue is not None:
            self.issues[issue.id] = merged.issue

    def keep_garbled(self, base: _Side) -> None:
        """Counts an issue whose line can't be read as left alone, not as removed."""
        for text in self.unreadable.keys() - base.unreadable.keys():
            found = _ID.search(text)
            if found and found[1] in base.issues:
                self.issues.setdefault(found[1], base.issues[found[1]])


@define
class _Reading:
    """Reads files that have most of their lines in common: each line is read once."""

    name: str
    _known: dict[bytes, Issue | Unreadable] = field(factory=dict)

    def base(self, path: Path) -> _Side:
        """Reads the common ancestor: nothing when it is missing, and only what can be read."""
        if not path.exists():
            return _Side()
        return self._side(self._lines(path, "the common ancestor"), None)

    def side(self, path: Path, which: str, base: _Side) -> _Side:
        """Reads what a side has; `which` is for messages."""
        side = self._side(self._checked(self._lines(path, which), which), base)
        side.keep_garbled(base)
        return side

    def _lines(self, path: Path, which: str) -> Iterator[_Line]:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Refused(
                f"{self.name}: {which} ({path}) can't be read: {error.strerror}. Nothing was merged."
            ) from error
        for number, line in enumerate(content.split(b"\n"), 1):
            if line.strip():
                yield number, line.removeprefix(b"\xef\xbb\xbf")

    def _checked(self, lines: Iterable[_Line], which: str) -> Iterator[_Line]:
        for number, line in lines:
            if _is_marker(line):
                raise Refused(
                    f"{self.name}, line {number} of {which}: git left a conflict marker there; nothing was merged. "
                    "Resolve that conflict and commit it, then merge again."
                )
            yield number, line

    def _side(self, lines: Iterable[_Line], base: _Side | None) -> _Side:
        side = _Side()
        for number, line in lines:
            if line not in self._known:
                self._known[line] = _parsed(number, line)
            one = self._known[line]
            if isinstance(one, Unreadable):
                side.unreadable.setdefault(one.text, one)
            else:
                side.add(one, base)
        return side


def _is_marker(line: bytes) -> bool:
    return not line.startswith(b"{") and is_conflict_marker(line.decode("utf-8", "surrogateescape"))


def _parsed(number: int, line: bytes) -> Issue | Unreadable:
    text = line.decode("utf-8", "surrogateescape")
    if any("\udc80" <= one <= "\udcff" for one in text):
        return Unreadable(number, "it is not UTF-8", text)
    found = read_line(number, text, STATUS_CATEGORIES)
    return found if isinstance(found, Unreadable) else found.issue


def _kept_lines(
    base: dict[str, Unreadable], ours: dict[str, Unreadable], theirs: dict[str, Unreadable]
) -> tuple[Unreadable, ...]:
    """The lines that can't be read and that no side has removed."""
    there = {**theirs, **ours}
    return tuple(there[one] for one in sorted(there) if one not in base or (one in ours and one in theirs))


# Writing


def _write(files: Files, merged: MergedFile, kept: Iterable[Unreadable]) -> None:
    lines = [render_line(issue) for issue in merged.issues]
    lines += [one.text.encode("utf-8", "surrogateescape") + b"\n" for one in kept]
    # git gives its files new names each time, so that no other run would find what this one may leave.
    remove_leftovers(files.ours.parent, "..merge_file_")
    try:
        write_atomically(files.ours, b"".join(lines), stat.S_IMODE(files.ours.stat().st_mode))
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
        conflicts = [asdict(one) for one in report.conflicts]
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
