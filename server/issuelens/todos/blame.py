"""Who wrote a line, and when: git blame, once per file for all its lines, and not twice for the same content."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from attrs import define, field, frozen

from issuelens.domain.moment import timestamp
from issuelens.ordinary import open_ordinary
from issuelens.todos.git import Stop, drivers_off, run_git
from issuelens.todos.lines import LineIndex
from issuelens.todos.settings import SIZE_LIMIT

LINES_LIMIT: Final = 50_000
"""Lines that a cache remembers; those of the file that was not asked for longest go first."""
RANGES_LIMIT: Final = 1_000
"""Lines that are asked for one by one; for more, the whole file is blamed."""
AUTHOR_LIMIT: Final = 200
"""Characters of an author's name that are kept."""
_TIMEOUTS: Final = 2
"""Files on which git may take too long, before a request asks it no more."""

# Settings of the repository that name files to read, or change what is printed.
_PLAIN: Final = (
    *("-c", "blame.showRoot=false"),
    *("-c", "mailmap.file="),
    *("-c", "mailmap.blob="),
)
_NO_TIME: Final = (OverflowError, ValueError, OSError)
_FAILED: Final = (OSError, subprocess.SubprocessError)


@frozen
class Blame:
    """Who last changed a line, when (the author's time, as moments are kept), and in which commit.

    All are None for a line that is not committed yet. `is_boundary`: the history ends there (a shallow clone, or the
    moment asked for), so the line is as old as that, or older and somebody else's.
    """

    author: str | None
    time: str | None
    commit: str | None
    is_boundary: bool = False


NOT_COMMITTED: Final = Blame(None, None, None)
Lines = dict[int, Blame | None]
"""Line (0-based) -> who wrote it; None where that is not known."""


@frozen
class _Version:
    """What of a file is blamed; the same answer comes of the same."""

    path: str
    head: str
    content: bytes
    is_shallow: bool


@define(eq=False)
class BlameCache:
    """What is known of lines, bounded; for one thread at a time."""

    limit: int = LINES_LIMIT
    _files: OrderedDict[_Version, dict[int, Blame]] = field(factory=OrderedDict)
    _count: int = 0

    def get(self, version: _Version) -> dict[int, Blame]:
        """The known lines of a version of a file."""
        if version in self._files:
            self._files.move_to_end(version)
        return self._files.get(version, {})

    def put(self, version: _Version, lines: dict[int, Blame]) -> None:
        """Adds lines, and forgets others when they are too many."""
        known = self._files.setdefault(version, {})
        self._files.move_to_end(version)
        self._count -= len(known)
        known.update(lines)
        self._count += len(known)
        while self._count > self.limit:
            self._count -= len(self._files.popitem(last=False)[1])

    def __len__(self) -> int:
        return self._count


@define(eq=False)
class Blaming:
    """One request: what git says of a set of files. Made by `begun`; for one thread at a time.

    Without git, outside of a work tree and where git fails, nothing is known, and nothing is raised; but what `stop`
    ends raises subprocess.SubprocessError.
    """

    _root: Path
    _cache: BlameCache
    _stop: Stop
    _since: datetime | None
    _heads: dict[str, str] | None = None
    _is_shallow: bool = False
    _options: tuple[str, ...] = ()
    _ignored: tuple[str, ...] = ()
    _timeouts: int = 0
    _commits: dict[str, Blame] = field(factory=dict)

    @classmethod
    def begun(
        cls,
        root: Path,
        paths: Collection[str],
        cache: BlameCache,
        stop: Stop | None = None,
        since: datetime | None = None,
    ) -> Blaming:
        """Looks at what is the same for all files.

        Args:
            root: the workspace's root.
            paths: the files that will be asked for, relative to the root.
            cache: what is known already.
            stop: ends git from another thread.
            since: how far back to look; of what is older only that is told (`is_boundary`), which is much faster.
        """
        one = cls(root, cache, stop or Stop(), since)
        try:
            one._look(paths)
        except _FAILED:
            one._check_stop()
            one._heads = None
        return one

    def _look(self, paths: Collection[str]) -> None:
        words = ("rev-parse", "--is-shallow-repository", "--show-cdup")
        is_shallow, up = os.fsdecode(run_git(self._root, *words, stop=self._stop)).removesuffix("\n").split("\n", 1)
        top = self._root / up
        if _size(top / ".mailmap") is None:
            return
        self._is_shallow = is_shallow == "true"
        self._options = (*drivers_off(self._root, self._stop), *_PLAIN)
        self._ignored = _ignored(_lists_of_revisions(self._root, self._stop), top)
        self._heads = _heads(self._root, paths, self._stop)

    def of_file(self, path: str, lines: Collection[int]) -> Lines:
        """Who wrote the lines (0-based) of a file of the work tree as it is now."""
        nothing: Lines = dict.fromkeys(lines)
        if self._heads is None or path not in self._heads:
            return nothing
        content = _content(self._root, path)
        if content is None:
            return nothing
        if not self._heads[path]:
            return dict.fromkeys(lines, NOT_COMMITTED)
        digest = hashlib.blake2b(content, digest_size=16).digest()
        version = _Version(path, self._heads[path], digest, self._is_shallow)
        known = self._cache.get(version)
        wanted = sorted(set(lines) - known.keys())
        found = self._blamed(path, wanted, content) if wanted else {}
        self._cache.put(version, {line: one for line, one in found.items() if not self._is_cut(one)})
        return {line: found.get(line) or known.get(line) for line in lines}

    def _is_cut(self, one: Blame) -> bool:
        """Whether it says only that the line is older than what was asked for."""
        return one.is_boundary and self._since is not None

    def _blamed(self, path: str, lines: Sequence[int], content: bytes) -> dict[int, Blame]:
        of_git = dict(_lines_of_git(lines, content))
        if self._timeouts >= _TIMEOUTS or not of_git:
            return {}
        ranges = [f"-L{number},{number}" for number in sorted(set(of_git.values()))]
        words = ["blame", "--porcelain", "--no-textconv", "--encoding=UTF-8"]
        words += [f"--since=@{int(self._since.timestamp())}"] if self._since else []
        words += ranges if len(ranges) <= RANGES_LIMIT else []
        found = self._parsed(self._run(words, path))
        return {line: found[number] for line, number in of_git.items() if number in found}

    def _run(self, words: Sequence[str], path: str) -> bytes:
        try:
            return run_git(self._root, *self._options, *words, *self._ignored, "--", path, stop=self._stop)
        except subprocess.TimeoutExpired:
            self._timeouts += 1
        except _FAILED:
            self._check_stop()
        return b""

    def _check_stop(self) -> None:
        if self._stop.is_meant:
            raise subprocess.SubprocessError("git was ended")

    def _parsed(self, output: bytes) -> dict[int, Blame]:
        """Line (1-based) -> blame (git-blame(1), "The porcelain format")."""
        found: dict[int, Blame] = {}
        commit, number, said = "", 0, dict[bytes, bytes]()
        for line in output.split(b"\n"):
            if line.startswith(b"\t"):
                found[number] = self._blame(commit, said)
                commit, said = "", {}
            elif not commit:
                words = line.split(b" ")
                commit, number = words[0].decode(), int(words[2]) if len(words) > 2 else 0
            else:
                key, _, value = line.partition(b" ")
                said[key] = value
        return found

    def _blame(self, commit: str, said: dict[bytes, bytes]) -> Blame:
        if not commit.strip("0"):
            return NOT_COMMITTED
        if commit not in self._commits:  # git says it once in a run
            is_boundary = b"boundary" in said and (self._is_shallow or self._since is not None)
            author = said.get(b"author", b"").decode("utf-8", "replace")[:AUTHOR_LIMIT]
            self._commits[commit] = Blame(author, _time(said.get(b"author-time", b"")), commit, is_boundary)
        return self._commits[commit]


_OWN_SCOPES: Final = frozenset({"system", "global", "command"})


def _lists_of_revisions(root: Path, stop: Stop) -> list[tuple[str, str]]:
    """The lists of revisions to pass over that settings name: whose setting (git-config(1), "SCOPES"), and the file."""
    words = ("config", "-z", "--show-scope", "--type=path", "--get-all", "blame.ignoreRevsFile")
    try:
        said = os.fsdecode(run_git(root, *words, stop=stop)).split("\0")
    except subprocess.CalledProcessError as error:
        if error.returncode != 1:  # none is named
            raise
        return []
    return [(scope, name) for scope, name in zip(said[::2], said[1::2], strict=False) if name]


def _ignored(lists: Sequence[tuple[str, str]], top: Path) -> tuple[str, ...]:
    """What makes git pass over the revisions that the person's own settings name, and no others.

    Raises:
        OSError: when git would read without end what the repository names; no option has it leave that.
    """
    if any(_size(top / name) is None for _, name in lists):
        raise OSError(f"a list of revisions is no ordinary file: {lists}")
    names = [name for scope, name in lists if scope in _OWN_SCOPES and _size(top / name)]
    return ("--ignore-revs-file=", *(f"--ignore-revs-file={top / name}" for name in names))


def _size(path: Path) -> int | None:
    """The bytes of a file, 0 when it is not there; None when git would wait for it or read for long."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) and found.st_size <= SIZE_LIMIT else None


def _heads(root: Path, paths: Iterable[str], stop: Stop) -> dict[str, str]:
    """Path -> the name of its content in the last commit, or of that commit for one that was only added to the index.

    Empty for one that is in neither. What was added may be a renamed file, whose lines git knows.
    """
    # Git ends with the first one that leads out of the work tree.
    asked = [path for path in paths if "\n" not in path and _is_inside(path)]
    if not asked:
        return {}
    given = os.fsencode("".join(["HEAD\n", *(f"HEAD:./{path}\n:./{path}\n" for path in asked)]))
    output = run_git(root, "cat-file", "--batch-check=%(objecttype) %(objectname)", stop=stop, given=given)
    last, *answers = output.decode("utf-8", "replace").split("\n")
    commit = _named("commit", last)
    return {
        path: _named("blob", committed) or (commit if _named("blob", added) else "")
        for path, committed, added in zip(asked, answers[::2], answers[1::2], strict=False)
    }


def _named(kind: str, answer: str) -> str:
    return answer.removeprefix(f"{kind} ") if answer.startswith(f"{kind} ") else ""


def _is_inside(path: str) -> bool:
    return not {"", ".", ".."} & set(path.split("/")) and "\0" not in path


def _content(root: Path, path: str) -> bytes | None:
    """What the file holds; None when it is no ordinary file within the root, or too large."""
    parts, folder = path.split("/"), str(root)
    try:
        for part in parts[:-1]:
            folder = f"{folder}/{part}"
            if os.path.islink(folder):  # noqa: PTH114 - fast
                return None
        with open(root / path, "rb", opener=open_ordinary) as file:
            content = file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError):
        return None
    return content if len(content) <= SIZE_LIMIT else None


def _lines_of_git(lines: Iterable[int], content: bytes) -> Iterator[tuple[int, int]]:
    """Our lines (0-based), each with git's (1-based), which end in a line feed only."""
    last = content.count(b"\n") + (not content.endswith(b"\n"))
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if is_wide or content.count(b"\r") == content.count(b"\r\n"):
        yield from ((line, line + 1) for line in lines if 0 <= line < last)
        return
    text = content.decode("latin-1")
    index, number, place = LineIndex(text), 1, 0
    for line in lines:
        if 0 <= line < index.count and index.line_start(line) < len(text):
            number += text.count("\n", place, index.line_start(line))
            place = index.line_start(line)
            yield line, number


def _time(seconds: bytes) -> str | None:
    try:
        return timestamp(datetime.fromtimestamp(int(seconds), UTC))
    except _NO_TIME:
        return None
