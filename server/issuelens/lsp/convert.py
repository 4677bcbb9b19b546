"""Between our positions (line, code point) and the client's (line, code unit of its encoding), URIs and paths."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

BEGINNING: Final = types.Range(types.Position(0, 0), types.Position(0, 0))
"""Where a document begins."""


def to_units(line: str, column: int, encoding: str) -> int:
    """The client's column of a code point column.

    Args:
        line: the line's text, without its end.
        column: in code points, 0-based.
        encoding: `utf-8`, `utf-16` or `utf-32`.
    """
    head = line[:column]
    if encoding == "utf-32" or head.isascii():
        return column
    if encoding == "utf-8":
        return len(head.encode("utf-8", "surrogatepass"))
    return column + sum(1 for character in head if character > "\uffff")


def from_units(line: str, units: int, encoding: str) -> int:
    """The code point column of a client's column; one beyond the line's end means the end (LSP, "Position").

    A column inside of a character counts as its beginning.
    """
    if encoding == "utf-32" or line.isascii():
        return min(units, len(line))
    column = used = 0
    for character in line:
        used += _width(character, encoding)
        if used > units:
            break
        column += 1
    return column


def _width(character: str, encoding: str) -> int:
    if encoding == "utf-16":
        return 2 if character > "\uffff" else 1
    return len(character.encode("utf-8", "surrogatepass"))


def range_json(place: types.Range) -> bytes:
    """A range as JSON, for an answer that goes through no converter."""
    start, end = place.start, place.end
    return b'{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}}' % (
        start.line, start.character, end.line, end.character,
    )  # fmt: skip


def path_of(uri: str) -> Path | None:
    """The path of a `file:` URI; None for every other, and for what is no URI or names what can't be a path."""
    try:
        if urlsplit(uri).scheme != "file":
            return None
        path: str | None = to_fs_path(uri)
    except ValueError:
        return None
    return Path(path) if path and "\0" not in path else None


def notebook_of(uri: str) -> Path | None:
    """The path of the notebook that a `vscode-notebook-cell:` URI names a cell of; None for every other URI."""
    try:
        parts = urlsplit(uri)
        if parts.scheme != "vscode-notebook-cell":
            return None
        return path_of(parts._replace(scheme="file", query="", fragment="").geturl())
    except ValueError:
        return None


def repository_of(uri: str) -> Path | None:
    """The repository that a `vscode-scm:` URI, of VS Code's field for a message, names; None for every other URI."""
    try:
        parts = urlsplit(uri)
        roots = parse_qs(unquote(parts.query)).get("rootUri") if parts.scheme == "vscode-scm" else None
        return path_of(roots[0]) if roots else None
    except ValueError:
        return None


def uri_of(path: Path) -> str:
    """The `file:` URI of an absolute path."""
    uri: str | None = from_fs_path(str(path))
    assert uri is not None
    return uri
