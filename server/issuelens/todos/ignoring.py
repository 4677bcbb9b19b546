"""The rules of .gitignore, as git has them (gitignore(5) and its wildmatch), for when git is not there to ask.

A pattern becomes a regular expression over bytes that takes linear time: before the last star, the first match of what
stands between two stars is as good as any other. A path of a folder ends with NUL here, which no name can have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from issuelens.todos.regex import regex

PATTERNS_LIMIT: Final = 10_000
"""Patterns of one file; more are passed over."""
_ANY: Final = rb"[^/\0]"
_FOLDERS: Final = rb"(?:[^/\0]++/)*?"
_LOOSE: Final = rb"(?:|[^/\0]*+/" + _FOLDERS + rb")"
"""What `**` stands for in `a**/b`, where git forgets what is before the first wildcard."""
_SPACES: Final = b" \t\n\r\f\v"
_SPECIAL: Final = regex(rb"[*?\[\\]")
_LOWER: Final = bytes(range(0x61, 0x7B))
_UPPER: Final = bytes(range(0x41, 0x5B))
_DIGITS: Final = bytes(range(0x30, 0x3A))
_GRAPH: Final = bytes(range(0x21, 0x7F))
_CLASSES: Final = {
    b"alnum": _DIGITS + _UPPER + _LOWER,
    b"alpha": _UPPER + _LOWER,
    b"blank": b" \t",
    b"cntrl": bytes(range(0x20)) + b"\x7f",
    b"digit": _DIGITS,
    b"graph": _GRAPH,
    b"lower": _LOWER,
    b"print": b" " + _GRAPH,
    b"punct": bytes(set(_GRAPH) - set(_DIGITS + _UPPER + _LOWER)),
    b"space": _SPACES,
    b"upper": _UPPER,
    b"xdigit": _DIGITS + b"abcdefABCDEF",
}


class _Broken(Exception):
    """A pattern that matches nothing, such as one with a bracket that is not closed."""


class _Pattern(NamedTuple):
    """One pattern: its expression, whether it is about a name in any folder, and whether it takes back others."""

    expression: bytes
    is_of_name: bool
    is_negated: bool


class Ignore:
    """The patterns of one file. Paths are relative to the folder of the file; a folder's ends with NUL."""

    def __init__(self, lines: Iterable[bytes], *, folds_case: bool = False) -> None:
        patterns = [found for line in lines if (found := _pattern(line, folds_case)) is not None][::-1]
        # The last one counts, and of alternatives the first: so they stand the other way round.
        self._of_names = _Alternatives([(rank, one) for rank, one in enumerate(patterns) if one.is_of_name], folds_case)
        self._of_paths = _Alternatives(
            [(rank, one) for rank, one in enumerate(patterns) if not one.is_of_name], folds_case
        )
        self._negated = [one.is_negated for one in patterns]

    def says(self, path: bytes) -> bool | None:
        """Whether a path is ignored; None when no pattern is about it."""
        rank = min(self._of_names.rank(path[path.rfind(b"/") + 1 :]), self._of_paths.rank(path))
        return not self._negated[rank] if rank < len(self._negated) else None

    @property
    def is_empty(self) -> bool:
        """Whether there is no pattern."""
        return not self._negated


class _Alternatives:
    def __init__(self, patterns: Sequence[tuple[int, _Pattern]], folds_case: bool) -> None:
        self._ranks = [rank for rank, _ in patterns]
        expression = b"|".join(b"(" + one.expression + b")" for _, one in patterns)
        flags = re.DOTALL | re.IGNORECASE if folds_case else re.DOTALL
        self._match = regex(expression, flags).fullmatch if patterns else None

    def rank(self, text: bytes) -> int:
        """The rank of the pattern that counts for a text; beyond all others when there is none."""
        found = self._match(text) if self._match is not None else None
        return self._ranks[(found.lastindex or 1) - 1] if found is not None else PATTERNS_LIMIT + 1


def lines_of(content: bytes) -> list[bytes]:
    """The lines of a .gitignore file."""
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    # As in git, what is behind a NUL does not count.
    return [line.removesuffix(b"\r").partition(b"\0")[0] for line in lines[:PATTERNS_LIMIT]]


def _pattern(line: bytes, folds_case: bool) -> _Pattern | None:
    if line.startswith(b"#"):
        return None
    line = _without_trailing_spaces(line)
    is_negated = line.startswith(b"!")
    line = line[1:] if is_negated else line
    is_folder = line.endswith(b"/")
    line = line[:-1] if is_folder else line
    if not line:
        return None
    is_of_name = b"/" not in line
    try:
        parts = [line] if is_of_name else list(_parts(line.removeprefix(b"/")))
        expression = _segment(line, folds_case) if is_of_name else _path(parts, folds_case)
    except _Broken:
        return None
    return _Pattern(expression + (rb"\0" if is_folder else rb"\0?"), is_of_name, is_negated)


def _without_trailing_spaces(line: bytes) -> bytes:
    """Spaces at the end do not count, unless a backslash is before them."""
    stripped = line.rstrip(b" ")
    backslashes = len(stripped) - len(stripped.rstrip(b"\\"))
    return line[: len(stripped) + 1] if backslashes % 2 else stripped


def _parts(pattern: bytes) -> Iterator[bytes]:
    """A pattern cut at its slashes, but for those in brackets.

    Raises:
        _Broken: when a bracket is not closed.
    """
    start = position = 0
    while position < len(pattern):
        byte = pattern[position : position + 1]
        position += 1
        if byte == b"[":
            position = _Bracket(pattern, position).read()[1]
        elif byte == b"\\":
            position += 1
        elif byte == b"/":
            yield pattern[start : position - 1]
            start = position
    yield pattern[start:]


def _path(segments: Sequence[bytes], folds_case: bool) -> bytes:
    """A pattern that is about a path; `**` stands for any folders.

    Raises:
        _Broken: when nothing stands between two slashes, or a bracket is not closed.
    """
    groups: list[list[bytes]] = [[]]
    is_literal, is_loose = True, False
    for segment in segments:
        if not segment:
            raise _Broken
        name = segment.rstrip(b"*")
        begins_folders = len(segment) - len(name) > 1 and (not name or (is_literal and not _SPECIAL.search(name)))
        if name or not begins_folders:
            groups[-1].append(_segment(name if begins_folders else segment, folds_case))
        if begins_folders:
            is_loose = is_loose or bool(name)
            groups.append([])
        is_literal = is_literal and not _SPECIAL.search(segment)
    return _joined(groups, is_loose)


def _joined(groups: Sequence[Sequence[bytes]], is_loose: bool) -> bytes:
    """Segments with any folders between two groups; `is_loose`: nothing or a part of a name is before the first."""
    first, *others = [b"/".join(group) for group in groups]
    if not others:
        return first
    parts = [first + b"/" if first and not is_loose else first]
    folders = _LOOSE if is_loose else _FOLDERS
    for group in filter(None, others[:-1]):
        parts.append(b"(?>" + folders + group + b"/)")
        folders, is_loose = _FOLDERS, False
    parts.append(folders + others[-1] if others[-1] else rb"[^\0]*" if is_loose else rb"[^\0]+")
    return b"".join(parts)


def _segment(segment: bytes, folds_case: bool) -> bytes:
    """A pattern for what is between two slashes."""
    pieces: list[list[bytes]] = [[]]
    for token in _tokens(segment, folds_case):
        if token == b"*":
            pieces.append([])
        else:
            pieces[-1].append(token)
    first, *others = [b"".join(piece) for piece in pieces]
    if not others:
        return first
    middle = [b"(?>" + _ANY + b"*?" + piece + b")" for piece in others[:-1] if piece]
    return b"".join((first, *middle, _ANY, b"*", others[-1]))


def _tokens(segment: bytes, folds_case: bool) -> Iterator[bytes]:
    """An expression for each sign, a star for each row of them.

    Raises:
        _Broken: when a bracket is not closed, or nothing follows a backslash.
    """
    position = 0
    while position < len(segment):
        byte = segment[position : position + 1]
        position += 1
        if byte == b"*":
            position = len(segment) - len(segment[position:].lstrip(b"*"))
            yield b"*"
        elif byte == b"[":
            members, position = _Bracket(segment, position, folds_case).read()
            yield _one_of(members)
        elif byte == b"\\":
            found = _at(segment, position)
            # A capital behind a backslash is compared with small letters only.
            yield rb"(?!)" if folds_case and found[0] in _UPPER else re.escape(found)
            position += 1
        else:
            yield _ANY if byte == b"?" else re.escape(byte)


def _at(segment: bytes, position: int) -> bytes:
    if position >= len(segment):
        raise _Broken
    return segment[position : position + 1]


def _one_of(members: set[int]) -> bytes:
    allowed = members - {0, 0x2F}
    return b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(allowed)) + b"]" if allowed else b"(?!)"


class _Bracket:
    """Reads what is in brackets, as git's wildmatch does."""

    def __init__(self, segment: bytes, position: int, folds_case: bool = False) -> None:
        self._segment = segment
        self._position = position
        self._folds_case = folds_case
        self._members: set[int] = set()
        self._in_ranges: set[int] = set()

    def read(self) -> tuple[set[int], int]:
        """The bytes that it stands for, and where it ends.

        Raises:
            _Broken: when it does not end, or names a class that there is not.
        """
        is_negated = _at(self._segment, self._position) in b"!^"
        self._position += is_negated
        before = self._member(None)
        while _at(self._segment, self._position) != b"]":
            before = self._member(before)
        members = self._folded() if self._folds_case else self._members | self._in_ranges
        return set(range(256)) - members if is_negated else members, self._position + 1

    def _folded(self) -> set[int]:
        """As git folds case here: a name's letters become small ones, and only ranges are tried with capitals, too."""
        folded = self._members | self._in_ranges | {byte + 0x20 for byte in self._in_ranges & set(_UPPER)}
        return {byte for byte in range(256) if (byte + 0x20 if byte in _UPPER else byte) in folded}

    def _member(self, before: int | None) -> int | None:
        """Reads one member; the result may begin a range."""
        segment, position = self._segment, self._position
        byte = _at(segment, position)
        if byte == b"-" and before is not None and segment[position + 1 : position + 2] not in (b"", b"]"):
            self._position += 1
            self._in_ranges.update(range(before, self._sign() + 1))
            return None
        if segment.startswith(b"[:", position) and (end := segment.find(b"]", position + 2)) > 0:
            name = segment[position + 2 : end]
            if name.endswith(b":"):
                self._class(name[:-1])
                self._position = end + 1
                return None
        found = self._sign()
        self._members.add(found)
        return found

    def _sign(self) -> int:
        """Reads one sign, which a backslash may stand before."""
        self._position += _at(self._segment, self._position) == b"\\"
        [found] = _at(self._segment, self._position)
        self._position += 1
        return found

    def _class(self, name: bytes) -> None:
        if name not in _CLASSES:
            raise _Broken
        self._members.update(_CLASSES[name])
        if name == b"upper" and self._folds_case:
            self._members.update(_LOWER)
