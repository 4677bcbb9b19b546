"""Reads the files of a scan: bytes are searched for tags and ids, and only files that have some decoded and lexed."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from array import array
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Final

from issuelens.todos.listing import LEFT_OUT
from issuelens.todos.regex import regex
from issuelens.todos.snapshot import NOTHING, RACY_NS, UNREAD, lasting_stamp

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from issuelens.todos.languages import Language
    from issuelens.todos.settings import ScanSettings
    from issuelens.todos.sparse import PlaceReader

BINARY_PROBE: Final = 8_192
"""Bytes in which a NUL makes a file binary."""
LANGUAGES_LIMIT: Final = 10_000
"""Names whose language is remembered."""
WINDOW: Final = 64
"""Files that the system is told of before they are read, when they have to come from the disk."""
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOCTTY", 0)
)
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
"""What a file in UTF-16 begins with."""
UTF_8: Final = b"\xef\xbb\xbf"
"""What a file in UTF-8 may begin with."""
_WORD: Final = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_ID: Final = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyz")
_UNKNOWN: Final = "unknown"
_UTF_16_BEGINS: Final = (0xFF, 0xFE)
_NEVER_HELD: Final = (NOTHING, UNREAD)
"""Stamps of files of which no row was given before."""

Content = bytes | bytearray | memoryview
Found = list[tuple[int, int, int]]
Search = Callable[[Content], Found]
Row = list[Any]


class Words:
    """Says where bytes hold a tag or what begins an id, as a word: nothing else is worth a closer look."""

    def __init__(self, tags: Collection[str], prefixes: Collection[str], *, compiled: bool = True) -> None:
        # The longest first, so that a word is found rather than what it begins with.
        self._tags = sorted((tag.encode() for tag in tags), key=len, reverse=True)
        self._prefixes = sorted((f"{prefix}-".encode() for prefix in prefixes), key=len, reverse=True)
        patterns = [*self._tags, *self._prefixes]
        self.search = (_compiled_search(patterns) if compiled else None) or _plain_search(patterns)
        """Gives of each of them its number, its beginning and its end, in order, also inside of words."""

    def places(self, content: Content, *, anywhere: bool = False) -> list[int]:
        """Where they begin, in order; `anywhere`: also inside of a word."""
        return self.words_of(content, self.search(content), anywhere=anywhere)

    def words_of(self, content: Content, found: Sequence[tuple[int, int, int]], *, anywhere: bool = False) -> list[int]:
        """Where those begin that a search has found."""
        if anywhere:
            return [start for _, start, _ in found]
        tags, length = len(self._tags), len(content)
        # In one expression: of names in capitals some files have thousands.
        return [
            start
            for pattern, start, end in found
            if (start == 0 or content[start - 1] not in _WORD)
            and (
                (end == length or content[end] not in _WORD) if pattern < tags else end < length and content[end] in _ID
            )
        ]


def _compiled_search(patterns: Sequence[bytes]) -> Search | None:
    try:
        from ahocorasick_rs import BytesAhoCorasick, MatchKind
    except ImportError:
        return None
    found: Search = BytesAhoCorasick(patterns, matchkind=MatchKind.LeftmostFirst).find_matches_as_indexes
    return found


def _plain_search(patterns: Sequence[bytes]) -> Search:
    """The same without a compiled matcher, which the platform may not have."""
    numbers = {pattern: number for number, pattern in enumerate(patterns)}
    wanted = regex(b"|".join(map(re.escape, patterns)) or b"(?!)")

    def search(content: Content) -> list[tuple[int, int, int]]:
        held = bytes(content)
        # Most files hold none of them, and to see this by turns is several times faster than to look for all at once.
        if not any(pattern in held for pattern in patterns):
            return []
        return [(numbers[match[0]], match.start(), match.end()) for match in wanted.finditer(held)]

    return search


class Inside:
    """Says which folders are a scan's to enter: no links, no repositories of their own."""

    def __init__(self, base: bytes) -> None:
        self._base = base
        self._known = {b"": True}
        self._last = b""

    def holds(self, name: bytes) -> bool:
        """Whether each folder on the way to a file is one of the workspace's own."""
        folder = name[: name.rfind(b"/") + 1]
        known = self._known.get(folder)
        return self._enters(folder) if known is None else known

    def _enters(self, folder: bytes) -> bool:
        """Looks at a folder, whose name ends with a slash, after those above it."""
        for end in [number + 1 for number, byte in enumerate(folder) if byte == 0x2F]:
            part, above = folder[:end], folder[: folder.rfind(b"/", 0, end - 1) + 1]
            if part not in self._known:
                self._known[part] = self._known[above] and self._is_own(part, part[len(above) : -1])
        return self._known[folder]

    def _is_own(self, folder: bytes, name: bytes) -> bool:
        if name in (b"", b".", b"..") or name in LEFT_OUT:
            return False
        path = self._base + folder[:-1]
        try:
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                return False
            os.lstat(path + b"/.git")
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return False


class Reader:
    """Reads files below a folder and says what they hold. Not for several threads at once."""

    def __init__(self, settings: ScanSettings, base: bytes = b"", begun_ns: int | None = None) -> None:
        """`base` comes before each name: empty in the current folder, else a folder that ends with a slash."""
        self.skipped = 0
        self._settings = settings
        self._base = base
        self._racy_ns = (time.time_ns() if begun_ns is None else begun_ns) - RACY_NS
        self._words: Words | None = None
        self._places: PlaceReader | None = None
        self._inside = Inside(base)
        self._buffer = bytearray(settings.size_limit + 1)
        self._view = memoryview(self._buffer)
        self._languages: dict[bytes, Language | str | None] = {}
        """By what stands behind the first dot, or by the whole name behind a slash."""
        self._stems: frozenset[bytes] | None = None
        self._blocks = _blocks_read()

    def read(self, names: Sequence[bytes], before: Sequence[int]) -> tuple[array[int], list[Row]]:
        """What files hold.

        Args:
            names: the files.
            before: the stamp that each had; see `snapshot`.

        Returns:
            The new stamps, and `findings_row`s: one for each file that holds something, or is not NOTHING before.
        """
        if len(names) != len(before):
            raise ValueError(f"{len(names)} files have {len(before)} stamps")
        stamps: array[int] = array("q")
        rows: list[Row] = []
        for start in range(0, len(names), WINDOW):
            some = names[start : start + WINDOW]
            if self._has_waited():
                self._announce(some)
            self._look(some, before[start : start + WINDOW], stamps, rows)
        return stamps, rows

    def _look(self, names: Sequence[bytes], before: Sequence[int], stamps: array[int], rows: list[Row]) -> None:  # noqa: C901
        """Adds the stamps of files, and the rows of those that hold something or held something before.

        One loop, long as it is: it runs for each file of a workspace, most of which hold nothing, and with each step in
        a function of its own half as much time again would go by.
        """
        opened, status_of, fill, close, is_file = os.open, os.fstat, _FILL, os.close, stat.S_ISREG
        base, limit, racy_ns = self._base, self._settings.size_limit, self._racy_ns
        buffer, view, search = self._buffer, self._view, self._search()
        views, languages, stems = [view], self._languages, self._special()
        folder, is_inside = b"", True
        for name, old in zip(names, before, strict=True):
            end = name.rfind(b"/") + 1
            stem, _, extensions = name[end:].partition(b".")
            is_known = extensions in languages and stem.lower() not in stems
            if (language := languages[extensions] if is_known else self._language(name)) is None:
                stamps.append(UNREAD)
                continue
            if name[:end] != folder:
                folder, is_inside = name[:end], self._inside.holds(name)
            new, size = NOTHING, 0
            try:
                if is_inside:
                    descriptor = opened(base + name, _FLAGS)
                    try:
                        status = status_of(descriptor)
                        if is_file(status.st_mode):
                            size = status.st_size
                            if 0 < size <= limit and (filled := fill(descriptor, views)) != size:
                                size = self._filled(descriptor, filled, size)
                            new = lasting_stamp(status, racy_ns)
                    finally:
                        close(descriptor)
            except OSError:
                new, size = NOTHING, 0
            row: Row | None = None
            if 0 < size <= limit:
                # Most files end here, so that no time is spent on anything else.
                if (found := search(view[:size])) or buffer[0] in _UTF_16_BEGINS:
                    row = self._row(name, language, size, found)
            elif size:
                self.skipped += 1
            if row is None and old not in _NEVER_HELD:
                row = [os.fsdecode(name), [], []]
            if row is not None:
                rows.append(row)
            stamps.append(new)

    def _has_waited(self) -> bool:
        """Whether the files since the last question, or what told the system of them, had to come from the disk."""
        before, self._blocks = self._blocks, _blocks_read()
        return self._blocks > before

    def of_content(self, name: bytes, content: bytes) -> Row | None:
        """The `findings_row` of a file of this name with this content, as by `read`; None: it holds nothing."""
        language = self._language(name)
        if language is None or not 0 < len(content) <= self._settings.size_limit:
            return None
        self._buffer[: len(content)] = content
        return self._findings(name, language, len(content), self._search()(self._view[: len(content)]))

    def _announce(self, names: Sequence[bytes]) -> None:
        """Lets the system fetch files from the disk all at once, not one after the other."""
        if not hasattr(os, "posix_fadvise"):
            return
        for name in names:
            if self._language(name) is None or not self._inside.holds(name):
                continue
            try:
                descriptor = os.open(self._base + name, _FLAGS)
            except OSError:
                continue
            os.posix_fadvise(descriptor, 0, self._settings.size_limit, os.POSIX_FADV_WILLNEED)
            os.close(descriptor)

    def _filled(self, descriptor: int, filled: int, size: int) -> int:
        """Reads on in a file that did not come at once, or grows; gives how much there is."""
        while filled < size:
            more = _FILL(descriptor, [self._view[filled:]])
            if more == 0:
                break
            filled += more
        return filled

    def _row(self, name: bytes, language: Language | str, size: int, found: Found) -> Row | None:
        try:
            return self._findings(name, language, size, found)
        except Exception as error:  # noqa: BLE001 - a fault of ours with one file must not keep all others from being read
            sys.stderr.write(f"issuelens: {os.fsdecode(name)!a} was passed over: {type(error).__name__}: {error}\n")
            self.skipped += 1
            return None

    def _findings(self, name: bytes, language: Language | str, size: int, found: Found) -> Row | None:
        """What the buffer holds, when it holds something; `found` is what was searched for and is in it."""
        words, view = self._words_wanted(), self._view[:size]
        if self._buffer.startswith(UTF_16, 0, min(size, 2)):
            text = decoded(bytes(view))
            is_worth = bool(words.places(text.encode("utf-8", "replace"), anywhere=True))
            return self._lexed(os.fsdecode(name), text, None, language) if is_worth else None
        if not (places := words.words_of(view, found, anywhere=name.endswith(b".ipynb"))):
            return None
        if self._buffer.find(0, 0, min(size, BINARY_PROBE)) >= 0:
            self.skipped += 1
            return None
        return self._lexed(os.fsdecode(name), *_placed(view, places), language)

    def _lexed(self, path: str, text: str, places: list[int] | None, language: Language | str) -> Row | None:
        if self._places is None:
            from issuelens.todos.sparse import PlaceReader

            self._places = PlaceReader(self._settings)
        return self._places.row(path, text, None if isinstance(language, str) else language, places)

    def _words_wanted(self) -> Words:
        if self._words is None:
            self._words = Words(self._settings.tags, self._settings.prefixes)
        return self._words

    def _search(self) -> Search:
        return self._words_wanted().search

    def _special(self) -> frozenset[bytes]:
        if self._stems is None:
            self._stems = _special_stems()
        return self._stems

    def language_of(self, name: bytes) -> tuple[Language | None, bool]:
        """The language that a file's name tells, and whether its first line is looked at when it tells none."""
        found = self._language(name)
        base = name[name.rfind(b"/") + 1 :]
        return (None, True) if isinstance(found, str) else (found, found is not None and b"." not in base.lstrip(b"."))

    def _language(self, name: bytes) -> Language | str | None:
        """The language of a file's name; None when it is not read, `_UNKNOWN` when its first line may tell."""
        base = name[name.rfind(b"/") + 1 :]
        stem, _, extensions = base.partition(b".")
        # Most names count by what is behind their first dot alone.
        key = b"/" + base if not extensions or stem.lower() in self._special() else extensions
        if key in self._languages:
            return self._languages[key]
        from issuelens.todos.languages import PLAIN_TEXT, language_for

        found: Language | str | None = language_for(os.fsdecode(base))
        if found is None and b"." not in base.lstrip(b"."):
            found = _UNKNOWN
        elif found is None and self._settings.plain_text:
            found = PLAIN_TEXT
        if len(self._languages) < LANGUAGES_LIMIT:
            self._languages[key] = found
        return found


def _special_stems() -> frozenset[bytes]:
    """What stands before the first dot of names that are known as a whole; nothing does before that of `.bashrc`."""
    from issuelens.todos.tables.names import FILE_NAMES

    return frozenset(name.partition(".")[0].encode() for name in ("", *FILE_NAMES))


def _blocks_read() -> int:
    """How often this process has waited for a block of the disk."""
    if sys.platform == "win32":
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_inblock


def _read_into(descriptor: int, views: Sequence[memoryview]) -> int:
    """As `os.readv` with one view, where the system has none."""
    content = os.read(descriptor, len(views[0]))
    views[0][: len(content)] = content
    return len(content)


_FILL: Final[Callable[[int, list[memoryview]], int]] = getattr(os, "readv", _read_into)


def decoded(content: bytes) -> str:
    """The text as an editor would show it: UTF-16 with its mark, UTF-8, else Latin-1."""
    if content.startswith(UTF_16):
        return content.decode("utf-16", "replace")
    try:
        return content.removeprefix(UTF_8).decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _placed(content: memoryview, places: list[int]) -> tuple[str, list[int]]:
    """The text of bytes that are not UTF-16, and where places of the bytes are in it."""
    mark = bytes(content[: len(UTF_8)]) == UTF_8
    try:
        text = str(content[len(UTF_8) :] if mark else content, "utf-8")
    except UnicodeDecodeError:
        return str(content, "latin-1"), places
    if len(text) == len(content):
        return text, places
    found, position, before = [], 0, -mark
    for place in places:
        before += len(str(content[position:place], "utf-8"))
        position = place
        found.append(before)
    return text, found
