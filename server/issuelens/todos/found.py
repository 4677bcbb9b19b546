"""What a file holds, in little memory and as plain rows: markers (TODO comments) and mentions (ids in comments)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from issuelens.todos.comment_lines import CommentLine
from issuelens.todos.grammar import LocatedReference, TodoComment, analyse, end_of_words, references_in, tagged_in
from issuelens.todos.languages import Language
from issuelens.todos.lexer import CommentSpan
from issuelens.todos.lines import LineIndex, Lines, NearLines
from issuelens.todos.parts import words_of
from issuelens.todos.settings import ScanSettings
from issuelens.todos.tags import Tagged, TagPatterns

TEXT_LIMIT = 200
"""Characters of a mention's line that are kept."""
AROUND = 3
"""Lines above and below a marker that are looked at for its fingerprint."""
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
        tuple(_mentions(references, lines)),
    )


def findings_near(
    path: str,
    text: str,
    lines: NearLines,
    spans: Sequence[CommentSpan],
    patterns: TagPatterns,
    hits: Sequence[int],
    prefixes: Collection[str],
    everywhere: bool,
) -> FileFindings:
    """The same from the comments alone that may hold something.

    Args:
        path: goes into the result.
        text: the whole text, in which each \\r stands before a \\n.
        lines: those of the text.
        spans: the comments.
        patterns: those of the tags.
        hits: where tags may be, in order.
        prefixes: what begins the ids that are looked for.
        everywhere: whether ids count outside of comments, too.
    """
    markers = tuple(_markers(text, lines, tagged_in(text, lines, spans, patterns, hits)))
    if not prefixes:
        return FileFindings(path, markers)
    tied = {(one.line, one.issue_id) for one in markers if one.issue_id}
    found = references_in(text, lines, spans, tied, prefixes, everywhere)
    return FileFindings(path, markers, tuple(_mentions(found, lines)))


def _markers(
    text: str, lines: Lines, found: Iterator[tuple[CommentLine, Tagged, Sequence[CommentLine]]]
) -> Iterator[Marker]:
    around, of_lines = "", (-1, -1)
    for line, (tag, start, parts, _), more in found:
        number, column = lines.position(start)
        words = words_of(text, parts, end_of_words(text, line))
        end = lines.position(end_of_words(text, more[-1]))[0] if more else number
        # Many in one line are around the same, and the lines around may be as long.
        if of_lines != (number, end):
            last = more[-1].end if more else line.end
            around, of_lines = _fingerprint(_words_above(text, start - column), _words_below(text, last)), (number, end)
        yield Marker(
            tag,
            words[:MARKER_LIMIT],
            number,
            column,
            parts.owner,
            parts.issue_id,
            parts.external,
            parts.priority,
            parts.due,
            _fingerprint(tag, " ".join(words.split())),
            around,
        )


def marker_of(todo: TodoComment, lines: Lines) -> Marker:
    """The marker of a TODO comment, without a key."""
    return Marker(
        tag=todo.tag,
        text=todo.text[:MARKER_LIMIT],
        line=todo.line,
        column=todo.column,
        owner=todo.owner,
        issue_id=todo.issue_id,
        external=todo.external,
        priority=todo.priority,
        due=todo.due,
        words=_fingerprint(todo.tag, " ".join(todo.text.split())),
        around=_fingerprint(_nearest(lines, todo.line - 1, -1), _nearest(lines, todo.end_line + 1, 1)),
    )


def _mentions(references: Iterable[LocatedReference], lines: Lines) -> Iterator[Mention]:
    words, of_line = "", -1
    for one in references:
        if one.in_todo:
            continue
        # A long line may have many, and must not be read for each.
        if one.line != of_line:
            words, of_line = lines.line_text(one.line).strip()[:TEXT_LIMIT], one.line
        yield Mention(one.id, one.line, one.column, one.is_certain, words)


def _words_above(text: str, start: int) -> str:
    """As `_nearest` from the line that ends before `start`, in a text whose lines end with \\n."""
    for _ in range(AROUND):
        if start == 0:
            break
        start, end = text.rfind("\n", 0, start - 1) + 1, start
        if words := text[start:end].strip():
            return words[:TEXT_LIMIT]
    return ""


def _words_below(text: str, end: int) -> str:
    """As `_nearest` from the line below the one with `end`, in a text whose lines end with \\n."""
    for _ in range(AROUND):
        start = text.find("\n", end) + 1
        if start == 0:
            break
        end = text.find("\n", start)
        end = end if end >= 0 else len(text)
        if words := text[start:end].strip():
            return words[:TEXT_LIMIT]
    return ""


def _nearest(lines: Lines, line: int, step: int) -> str:
    """The nearest line that is not blank, from `line` on; looks at a few."""
    for number in range(line, line + AROUND * step, step):
        text = lines.line_text(number).strip()
        if text:
            return text[:TEXT_LIMIT]
    return ""


def _fingerprint(one: str, other: str) -> str:
    return hashlib.blake2b(f"{one}\0{other}".encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def findings_row(found: FileFindings) -> list[Any]:
    """The findings as plain values that JSON can hold: [path, markers, mentions]."""
    return [found.path, [list(one) for one in found.markers], [list(one) for one in found.mentions]]


def findings_from_row(row: Sequence[Any]) -> FileFindings:
    """The findings that `findings_row` gave."""
    path, markers, mentions = row
    return FileFindings(path, tuple(Marker(*one) for one in markers), tuple(Mention(*one) for one in mentions))
