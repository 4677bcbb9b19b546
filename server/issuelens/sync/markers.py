"""Git's conflict markers in a file of issues: what the sides of each block have is merged, and the markers go. Pure.

A block is what git writes into a file that it could not merge: `<<<<<<<`, our lines, `|||||||` and those of the common
ancestor (with `merge.conflictStyle` diff3 or zdiff3), `=======`, their lines, `>>>>>>>`. Inside the ancestor's lines
there may be blocks of their own with longer markers, where git had to merge several ancestors first.

A block whose markers are not in this order, or that has no end, says nothing sure about what was removed: then each
of its lines counts as one of a side. So no line is lost that can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from attrs import define, field, frozen

from issuelens.domain.imports import Unreadable
from issuelens.domain.issue import Issue
from issuelens.sync.jsonl import render_line
from issuelens.sync.merge import Conflict, merge_files
from issuelens.sync.sides import OUR_ID, Line, Reader, Side, is_about, kept_lines, lines_of

DEPTH: Final = 16
"""Blocks inside each other that are told apart; git nests as deep as histories cross."""
_MARKER: Final = re.compile(rb"(<{7,}|\|{7,}|={7,}|>{7,})(?: [^\n]*)?\r?")
_BEGINNINGS: Final = (b"\n<<<<<<<", b"\n|||||||", b"\n=======", b"\n>>>>>>>")
_CHUNK: Final = 1 << 20
_Found = Issue | Unreadable


@frozen
class Cleaned:
    """A file without its markers. `conflicts` are what was decided between the sides."""

    content: bytes
    conflicts: tuple[Conflict, ...]


def is_marker(line: bytes) -> bool:
    """Whether a line is one of git's conflict markers, of any length that git gives them."""
    return _MARKER.fullmatch(line.rstrip(b"\n")) is not None


def may_hold_markers(file: BinaryIO) -> bool:
    """Whether a file has lines that begin as markers do. It is read from its beginning, and stands there again."""
    file.seek(0)
    end = b"\n"
    while chunk := file.read(_CHUNK):
        # A byte-order mark may stand before the first one.
        text = end + (chunk.removeprefix(b"\xef\xbb\xbf") if end == b"\n" else chunk)
        if any(one in text for one in _BEGINNINGS):
            file.seek(0)
            return True
        end = text[-len(_BEGINNINGS[0]) :]
    file.seek(0)
    return False


def cleaned(content: bytes, ancestor: bytes = b"") -> Cleaned | None:
    """A file of issues with both sides of its blocks merged; None when it holds no marker.

    Lines of issues that stand in no block are as they were. Lines that can't be read follow at the end; so does the
    file's last line, when it has no end and can't be read.

    Args:
        content: of the file.
        ancestor: the file as both sides had it last, where that is known, for blocks that do not show it.
    """
    blocks = _Blocks()
    common = [line for line in lines_of(content) if blocks.take(line)]
    blocks.close_all()
    if not blocks.markers:
        return None
    merged = _Merged.of(blocks, common, () if blocks.is_broken else lines_of(ancestor))
    lines = merged.lines()
    if not content.endswith(b"\n"):
        _put_last(lines, content.rpartition(b"\n")[2])
    return Cleaned(b"".join(lines), tuple(merged.conflicts))


def _put_last(lines: list[bytes], cut: bytes) -> None:
    """Has a line that was cut off stand at the end, where whoever reads the file sees that it was."""
    if cut + b"\n" in lines:
        lines.remove(cut + b"\n")
        lines.append(cut)


# Blocks


@define
class _Block:
    """A block that is being read: its parts, and that in which the next line stands."""

    size: int
    ours: list[_Found] = field(factory=list)
    base: list[_Found] = field(factory=list)
    theirs: list[_Found] = field(factory=list)
    part: str = "ours"
    is_broken: bool = False

    def add(self, found: Iterable[_Found]) -> None:
        """Adds to the part."""
        parts = {"ours": self.ours, "base": self.base, "theirs": self.theirs}
        parts[self.part] += found

    def enter(self, part: str) -> None:
        """Begins the next part, which must be one that follows."""
        follows = {"base": ("ours",), "theirs": ("ours", "base"), "end": ("theirs",)}
        self.is_broken |= self.part not in follows[part]
        self.part = self.part if part == "end" else part

    def sides(self) -> tuple[list[_Found], list[_Found], list[_Found]]:
        """The lines of the ancestor, ours and theirs."""
        return ([], self.ours + self.base, self.theirs) if self.is_broken else (self.base, self.ours, self.theirs)


_PARTS: Final = {b"|": "base", b"=": "theirs", b">": "end"}


@define
class _Blocks:
    """The blocks of a file; those inside others are merged as they end, the outer ones are put together."""

    reader: Reader = field(factory=Reader)
    base: list[_Found] = field(factory=list)
    ours: list[_Found] = field(factory=list)
    theirs: list[_Found] = field(factory=list)
    conflicts: list[Conflict] = field(factory=list)
    markers: int = 0
    is_broken: bool = False
    _open: list[_Block] = field(factory=list)

    def take(self, line: Line) -> bool:
        """Takes the next line; whether it is one of no block, and no marker."""
        marker = _MARKER.fullmatch(line[1])
        if marker is not None:
            self.markers += 1
            self._turn(marker[1][:1], len(marker[1]))
        elif self._open:
            self._open[-1].add([self.reader.read(line)])
        return marker is None and not self._open

    def close_all(self) -> None:
        """Ends the blocks that have no end."""
        while self._open:
            self._open[-1].is_broken = True
            self._close()

    def _turn(self, sign: bytes, size: int) -> None:
        if sign == b"<":
            self._begin(size)
            return
        if not any(block.size == size for block in self._open):
            # One that belongs to no block: only that somebody has edited them is sure.
            self._break()
            return
        if self._open[-1].size != size:
            self._break()
        while self._open[-1].size != size:
            self._close()
        self._open[-1].enter(_PARTS[sign])
        if sign == b">":
            self._close()

    def _begin(self, size: int) -> None:
        if len(self._open) < DEPTH:
            self._open.append(_Block(size))
        else:
            self._break()

    def _break(self) -> None:
        self.is_broken = True
        for block in self._open:
            block.is_broken = True

    def _close(self) -> None:
        block = self._open.pop()
        self.is_broken |= block.is_broken
        base, ours, theirs = block.sides()
        if self._open:
            merged = _Merged.from_lines(base, ours, theirs)
            self.conflicts += merged.conflicts
            self._open[-1].add(merged.found())
            return
        self.base += base
        self.ours += ours
        self.theirs += theirs


# What comes of them


@define
class _Merged:
    """What the lines of three versions come to. `untouched` are lines outside, of issues that stand in no block."""

    issues: tuple[Issue, ...]
    kept: tuple[Unreadable, ...]
    conflicts: list[Conflict]
    untouched: list[bytes] = field(factory=list)

    @classmethod
    def from_lines(cls, base: Iterable[_Found], ours: Iterable[_Found], theirs: Iterable[_Found]) -> _Merged:
        """Merges the versions."""
        before, ones, others = Side(), Side(), Side()
        before.add_all(base, None)
        for side, found in ((ones, ours), (others, theirs)):
            side.add_all(found, before)
            side.keep_garbled(before)
        merged = merge_files(before.issues, ones.issues, others.issues)
        kept = kept_lines(before.unreadable, ones.unreadable, others.unreadable)
        return cls(merged.issues, kept, [*ones.doubles, *others.doubles, *merged.conflicts])

    @classmethod
    def of(cls, blocks: _Blocks, common: Iterable[Line], ancestor: Iterable[Line]) -> _Merged:
        """Merges the outer blocks of a file with the lines around them that are about the same issues."""
        ids = {one.id for one in (*blocks.base, *blocks.ours, *blocks.theirs) if isinstance(one, Issue)}
        untouched, touched = _divided(common, ids, blocks.reader)
        _, before = _divided(ancestor, ids, blocks.reader)
        # What a block shows of the ancestor goes before the whole file of it.
        shown = {one.id for one in blocks.base if isinstance(one, Issue)}
        base = [*blocks.base, *(one for one in before if one.id not in shown)]
        merged = cls.from_lines(base, [*touched, *blocks.ours], [*touched, *blocks.theirs])
        merged.untouched = untouched
        # Lines around the blocks that say two things stand on both sides, and would be told twice.
        merged.conflicts = [*{repr(one): one for one in (*blocks.conflicts, *merged.conflicts)}.values()]
        return merged

    def found(self) -> Iterator[_Found]:
        """All of it."""
        yield from self.issues
        yield from self.kept

    def lines(self) -> list[bytes]:
        """The lines of a file."""
        kept = [one.text.encode("utf-8", "surrogateescape") for one in self.kept]
        written = (line + b"\n" for line in (*self.untouched, *kept))
        return [*map(render_line, self.issues), *written]


def _divided(lines: Iterable[Line], ids: set[str], reader: Reader) -> tuple[list[bytes], list[Issue]]:
    """The lines that are about other issues, and what the others say."""
    rest: list[bytes] = []
    issues: list[Issue] = []
    for line in lines:
        is_other = OUR_ID.match(line[1]) is not None and not is_about(line[1], ids)
        one = None if is_other else reader.read(line)
        if isinstance(one, Issue) and one.id in ids:
            issues.append(one)
        else:
            rest.append(line[1])
    return rest, issues
