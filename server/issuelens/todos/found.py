"""What a file holds, in little memory and as plain rows: markers (TODO comments) and mentions (ids in comments)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from issuelens.todos.grammar import LocatedReference, TodoComment, analyse
from issuelens.todos.languages import Language
from issuelens.todos.lines import LineIndex
from issuelens.todos.settings import ScanSettings

TEXT_LIMIT = 200
"""Characters of a mention's line that are kept."""
MARKER_LIMIT = 1_000
"""Characters of a TODO's text that are kept; its fingerprint is of all of it."""


class Marker(NamedTuple):
    """A TODO comment as an index keeps it. Lines and columns are 0-based, columns in code points.

    `words` is a fingerprint of its tag and text, `around` one of the nearest lines that are not blank: `anchors` knows
    the marker again by them. `key` is its identity in the workspace, given by `anchors`; empty until then.
    """

    tag: str
    text: str
    line: int
    column: int
    owner: str | None = None
    issue_id: str | None = None
    external: str | None = None
    priority: int | None = None
    due: str | None = None
    words: str = ""
    around: str = ""
    key: str = ""


class Mention(NamedTuple):
    """An issue id in a comment (in Markdown: anywhere) that is not in a tag's parentheses; `text` is its line."""

    id: str
    line: int
    column: int
    is_certain: bool
    text: str


class FileFindings(NamedTuple):
    """What one file holds. `path` is relative to the root with `/`, as `os.fsdecode` gives it."""

    path: str
    markers: tuple[Marker, ...] = ()
    mentions: tuple[Mention, ...] = ()


def findings_of(path: str, text: str, language: Language, settings: ScanSettings) -> FileFindings:
    """What a text holds; the markers have no key yet."""
    return findings_from(path, text, *analyse(text, language, tags=settings.tags, prefixes=settings.prefixes))


def findings_from(
    path: str, text: str, todos: Sequence[TodoComment], references: Sequence[LocatedReference]
) -> FileFindings:
    """The same from what was found in the text already."""
    if not todos and not references:
        return FileFindings(path)
    lines = LineIndex(text)
    return FileFindings(
        path,
        tuple(marker_of(todo, lines) for todo in todos),
        tuple(mention_of(one, lines) for one in references if not one.in_todo),
    )


def marker_of(todo: TodoComment, lines: LineIndex, first: int = 0) -> Marker:
    """The marker of a TODO comment, without a key; `first` is the number of the first of the lines in the file."""
    return Marker(
        tag=todo.tag,
        text=todo.text[:MARKER_LIMIT],
        line=first + todo.line,
        column=todo.column,
        owner=todo.owner,
        issue_id=todo.issue_id,
        external=todo.external,
        priority=todo.priority,
        due=todo.due,
        words=_fingerprint(todo.tag, " ".join(todo.text.split())),
        around=_fingerprint(_nearest(lines, todo.line - 1, -1), _nearest(lines, todo.end_line + 1, 1)),
    )


def mention_of(one: LocatedReference, lines: LineIndex, first: int = 0) -> Mention:
    """The mention of an id; `first` as in `marker_of`."""
    return Mention(one.id, first + one.line, one.column, one.is_certain, lines.line_text(one.line).strip()[:TEXT_LIMIT])


def _nearest(lines: LineIndex, line: int, step: int) -> str:
    """The nearest line that is not blank, from `line` on; looks at three."""
    for number in (line, line + step, line + 2 * step):
        text = lines.line_text(number).strip()
        if text:
            return text[:TEXT_LIMIT]
    return ""


def _fingerprint(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=6).hexdigest()


def findings_row(found: FileFindings) -> list[Any]:
    """The findings as plain values that JSON can hold: [path, markers, mentions]."""
    return [found.path, [list(one) for one in found.markers], [list(one) for one in found.mentions]]


def findings_from_row(row: Sequence[Any]) -> FileFindings:
    """The findings that `findings_row` gave."""
    path, markers, mentions = row
    return FileFindings(path, tuple(Marker(*one) for one in markers), tuple(Mention(*one) for one in mentions))
