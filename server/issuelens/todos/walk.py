"""Finds the files of a workspace without git: the same ones that git would list."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from issuelens.ordinary import open_ordinary
from issuelens.todos.ignoring import Ignore, lines_of
from issuelens.todos.listing import LEFT_OUT
from issuelens.todos.regex import regex

FILE_LIMIT: Final = 1_000_000
"""Bytes of a file of rules or settings; what is beyond is passed over."""
_SECTION: Final = regex(rb"\s*\[\s*([\w.-]+)\s*(\"[^\"\n]*\")?\s*\]")
_SETTING: Final = regex(rb"\s*+([A-Za-z][\w-]*+)[ \t\r]*+(?:=[ \t\r]*+(?P<value>(?s:.*)))?")
_QUOTED: Final = rb"\"(?:[^\"\\\n]++|\\(?s:.)?+)*+\"?+"
# A line goes on behind a backslash at its end, but not in a comment.
_LINE: Final = regex(rb"(?:[^\\\n\"#;]++|\\(?s:.)?+|" + _QUOTED + rb"|[#;][^\n]*+)*+\n?+")
_PIECE: Final = regex(rb"(?P<text>[^\\\"#;]++)|" + _QUOTED + rb"|\\(?:\r?\n|(?s:.))")
_ESCAPE: Final = regex(rb"\\(\r?\n|(?s:.))")
_ESCAPED: Final = {b"n": b"\n", b"t": b"\t", b"b": b"\b", b"\n": b"", b"\r\n": b""}


class _Level(NamedTuple):
    """Rules, and how much of a path from the work tree's top is the folder that they are relative to."""

    start: int
    ignore: Ignore


Levels = tuple[_Level, ...]
"""The rules of a folder; the first that says something counts."""


class Rules:
    """Which paths of a workspace are ignored. Paths are bytes, relative to the workspace's root with `/`."""

    def __init__(self, root: str) -> None:
        # A link leads to where the folder is, as git sees it.
        self._root = os.path.realpath(os.fsencode(root))
        self._top = _work_tree(self._root)
        inner = os.path.relpath(self._root, self._top)
        self._prefix = b"" if inner == b"." else inner.replace(os.fsencode(os.sep), b"/") + b"/"
        self._settings = _Settings(self._top)
        self._levels: dict[bytes, Levels | None] = {}

    def of_folder(self, folder: bytes) -> Levels | None:
        """The rules in a folder (empty, or with a slash at its end); None when it is ignored itself."""
        return self._of(self._prefix + folder)

    def ignores(self, path: bytes) -> bool:
        """Whether a file, or a folder above it, is ignored."""
        levels = self.of_folder(path[: path.rfind(b"/") + 1])
        return levels is None or self.says(levels, path)

    def says(self, levels: Levels, path: bytes) -> bool:
        """Whether the rules of its folder ignore a path; NUL at its end makes it a folder."""
        return _says(levels, self._prefix + path)

    def _of(self, folder: bytes) -> Levels | None:
        if folder not in self._levels:
            self._levels[folder] = self._looked_up(folder)
        return self._levels[folder]

    def _looked_up(self, folder: bytes) -> Levels | None:
        if not folder:
            above: Levels | None = tuple(_Level(0, one) for one in self._settings.ignores() if not one.is_empty)
        else:
            parent = folder[: folder.rfind(b"/", 0, -1) + 1]
            above = self._of(parent)
            if above is not None and _says(above, folder[:-1] + b"\0"):
                above = None
        if above is None:
            return None
        path = self._top + b"/" + folder + b".gitignore"
        own = Ignore(lines_of(_content(path)), folds_case=self._settings.folds_case)
        return above if own.is_empty else (_Level(len(folder), own), *above)


def _says(levels: Levels, path: bytes) -> bool:
    for level in levels:
        said = level.ignore.says(path[level.start :])
        if said is not None:
            return said
    return False


class _Settings:
    """What git's settings say of ignored files, read without git; settings that other files include are not read."""

    def __init__(self, top: bytes) -> None:
        self._common = _common_folder(top)
        found: dict[bytes, bytes] = {}
        for path in (*_config_files(), self._common + b"/config"):
            found.update(_core_settings(_content(path)))
        self.folds_case = found.get(b"ignorecase", b"false").lower() in (b"true", b"yes", b"on", b"1")
        self._excludes = found.get(b"excludesfile")

    def ignores(self) -> Iterator[Ignore]:
        """The rules of the repository that are not in its files, and those of the user."""
        named = _home() + b"/git/ignore" if self._excludes is None else os.path.expanduser(self._excludes)  # noqa: PTH111
        for path in (self._common + b"/info/exclude", named):
            yield Ignore(lines_of(_content(path, follows=path == named)), folds_case=self.folds_case)


def _work_tree(root: bytes) -> bytes:
    """The top of the work tree that a folder is in; the folder itself when it is in none."""
    folder = root
    while not os.path.lexists(folder + b"/.git"):
        above = os.path.dirname(folder)  # noqa: PTH120 - bytes
        if above == folder:
            return root
        folder = above
    return folder.rstrip(b"/") if folder != b"/" else b""


def _common_folder(top: bytes) -> bytes:
    """The folder of a repository that its work trees share."""
    folder = top + b"/.git"
    told = _content(folder)
    if told.startswith(b"gitdir: "):
        folder = os.path.join(top, told[8:].rstrip(b"\r\n"))  # noqa: PTH118 - bytes
    common = _content(folder + b"/commondir").rstrip(b"\r\n")
    return os.path.join(folder, common) if common else folder  # noqa: PTH118 - bytes


def _config_files() -> Iterator[bytes]:
    yield os.fsencode(os.environ.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig"))
    if "GIT_CONFIG_GLOBAL" in os.environ:
        yield os.fsencode(os.environ["GIT_CONFIG_GLOBAL"])
    else:
        yield _home() + b"/git/config"
        yield os.path.expanduser(b"~/.gitconfig")  # noqa: PTH111 - bytes


def _home() -> bytes:
    return os.fsencode(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"))  # noqa: PTH111


def _core_settings(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The settings of [core], with names in small letters; git-config(1) says what a file looks like."""
    is_core = False
    for found in _LINE.finditer(content):
        line = found[0]
        section = _SECTION.match(line)
        if section is not None:
            is_core = section[1].lower() == b"core" and section[2] is None
            line = line[section.end() :]
        setting = _SETTING.match(line) if is_core else None
        if setting is not None:
            # What has no value at all is true.
            yield setting[1].lower(), b"true" if setting["value"] is None else _value(setting["value"])


def _value(written: bytes) -> bytes:
    """A setting's value without its quotes, escapes and comment, and without the blanks at its end."""
    parts, position = [b""], 0
    while (piece := _PIECE.match(written, position)) is not None:
        position = piece.end()
        if piece["text"] is not None:
            parts.append(piece["text"])
        else:
            quoted = piece[0].startswith(b'"')
            inner = piece[0].removeprefix(b'"').removesuffix(b'"') if quoted else piece[0]
            parts += [_ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), inner), b""]
    parts[-1] = parts[-1].rstrip()
    return b"".join(parts)


def _content(path: bytes, *, follows: bool = False) -> bytes:
    """The beginning of a file; empty when there is none. `follows`: it may be a link, as it is the user's own."""
    try:
        path = os.path.realpath(path) if follows else path
        with open(os.fsdecode(path), "rb", opener=open_ordinary) as file:
            return file.read(FILE_LIMIT)
    except (OSError, ValueError):
        return b""


def walked(root: str) -> Iterator[bytes]:
    """The files below a folder that are not ignored, relative to it; links and repositories are not entered."""
    rules = Rules(root)
    base = os.fsencode(root)
    waiting = [b""]
    while waiting:
        folder = waiting.pop()
        levels = rules.of_folder(folder)
        if levels is None:
            continue
        files, folders = _entries(base + b"/" + folder)
        if folder and (b".git" in folders or b".git" in files):
            continue
        files = [name for name in files if name != b".git"]
        yield from (folder + name for name in files if not rules.says(levels, folder + name))
        waiting += [folder + name + b"/" for name in folders if name not in LEFT_OUT]


def _entries(path: bytes) -> tuple[list[bytes], list[bytes]]:
    """The names of the ordinary files and of the folders in a folder; none when it can't be read."""
    files, folders = [], []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif entry.is_file(follow_symlinks=False) or entry.name == b".git":
                    files.append(entry.name)
    except OSError:
        return [], []
    return files, folders
