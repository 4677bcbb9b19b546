"""What a TODO comment is, and which issue ids a text holds: the forms are those of docs/user/todos.md.

Where a tag counts is said in `tags`, what belongs to one in `parts`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from issuelens.domain.reference import find_references
from issuelens.todos.comment_lines import CommentLine, CommentLines, hits_of
from issuelens.todos.embedded import spans_of
from issuelens.todos.languages import Language
from issuelens.todos.lexer import CommentKind, CommentSpan
from issuelens.todos.lines import LineIndex, Lines
from issuelens.todos.parts import words_of
from issuelens.todos.regex import regex
from issuelens.todos.tags import Tagged, TagPatterns

CONTINUATION_LIMIT: Final = 1_000
"""Lines that a TODO goes on for, at most."""
_DOCUMENTATION = regex(r"[ \t*]*(?:[@\\][a-z]+|:[a-z]+[^:\r\n]{0,60}:)(?![\w/])")
"""A line of documentation that says something of its own: `@param`, `\\return`, `:raises ValueError:`."""


class IdInsertion(NamedTuple):
    """How an id is written: columns `start_column` to `end_column` of `line` become `before` + id + `after`."""

    line: int
    start_column: int
    end_column: int
    before: str
    after: str


class TodoComment(NamedTuple):
    """A tag in a comment. Lines and columns are 0-based, columns in code points, ends exclusive.

    `text` is what follows on its line, without what the other fields say; `continuation` has the lines that belong to
    it. `owner` is a name, `issue_id` an id with a recognised prefix (the tracker decides whether it is known),
    `external` a reference to another tracker. `priority` is 0 to 4 (0 most urgent), `due` a date, YYYY-MM-DD.
    """

    tag: str
    text: str
    line: int
    column: int
    first_line_end: int
    end_line: int
    end_column: int
    insert: IdInsertion
    owner: str | None = None
    issue_id: str | None = None
    external: str | None = None
    priority: int | None = None
    due: str | None = None
    continuation: tuple[str, ...] = ()


class LocatedReference(NamedTuple):
    """An issue id in a comment; `is_certain` as in domain.reference, `in_todo` when in a tag's parentheses."""

    line: int
    column: int
    end_column: int
    id: str
    is_certain: bool
    in_todo: bool


def find_todos(text: str, language: Language, *, tags: Sequence[str], prefixes: Collection[str]) -> list[TodoComment]:
    """The TODO comments of a text, in order.

    Args:
        text: the whole text.
        language: what it is written in.
        tags: the words that count, in capitals.
        prefixes: what begins an issue id here.
    """
    return analyse(text, language, tags=tags, prefixes=prefixes)[0]


def references(text: str, language: Language, prefixes: Collection[str]) -> list[LocatedReference]:
    """The issue ids in a text's comments (in Markdown: anywhere), in order."""
    return analyse(text, language, tags=(), prefixes=prefixes)[1]


def analyse(
    text: str, language: Language, *, tags: Sequence[str], prefixes: Collection[str]
) -> tuple[list[TodoComment], list[LocatedReference]]:
    """The TODO comments and the issue ids of a text, from one reading of its comments."""
    prefixes = frozenset(prefixes)
    if not any(tag in text for tag in tags) and not any(f"{prefix}-" in text for prefix in prefixes):
        return [], []
    spans = spans_of(text, language)
    return findings_in(text, spans, tags=tags, prefixes=prefixes, everywhere=language.is_markup)


def findings_in(
    text: str,
    spans: Sequence[CommentSpan],
    *,
    tags: Sequence[str],
    prefixes: Collection[str],
    everywhere: bool = False,
) -> tuple[list[TodoComment], list[LocatedReference]]:
    """The TODO comments and the issue ids in the comments of a text, or of a part of one that is read alone.

    Args:
        text: the text, or some of its whole lines.
        spans: the comments in it.
        tags: the words that count, in capitals.
        prefixes: what begins an issue id here.
        everywhere: whether ids count outside of comments, too.
    """
    lines = LineIndex(text)
    hits = hits_of(text, tags)
    patterns = TagPatterns(tags, prefixes)
    todos = [_todo(text, lines, *one) for one in tagged_in(text, lines, spans, patterns, hits)] if hits else []
    has_id = any(f"{prefix}-" in text for prefix in prefixes)
    tied = {(todo.line, todo.issue_id) for todo in todos if todo.issue_id}
    found = list(references_in(text, lines, spans, tied, prefixes, everywhere)) if has_id else []
    return todos, found


def references_in(
    text: str,
    lines: Lines,
    spans: Sequence[CommentSpan],
    tied: Collection[tuple[int, str]],
    prefixes: Collection[str],
    everywhere: bool,
) -> Iterator[LocatedReference]:
    """The issue ids in the comments of a text, in order.

    Args:
        text: the text.
        lines: those of the text.
        spans: the comments in it.
        tied: the lines of tags that have an id, each with the id.
        prefixes: what begins an issue id here.
        everywhere: whether ids count outside of comments, too.
    """
    starts = [span.start for span in spans]
    # One pass over the text, and a look at which comment holds what it finds: most words of comments are no ids.
    for one in find_references(text, prefixes):
        if not everywhere:
            nearest = bisect_right(starts, one.start) - 1
            if nearest < 0 or one.end > spans[nearest].end:
                continue
        line, column = lines.position(one.start)
        in_todo = (line, one.id) in tied
        yield LocatedReference(line, column, column + one.end - one.start, one.id, one.is_certain, in_todo)


def tagged_in(
    text: str, lines: Lines, spans: Sequence[CommentSpan], patterns: TagPatterns, hits: Sequence[int]
) -> Iterator[tuple[CommentLine, Tagged, Sequence[CommentLine]]]:
    """The tags that count, in order: each with its line, and the lines below that belong to it.

    Args:
        text: the text.
        lines: those of the text.
        spans: the comments in it.
        patterns: those of the tags.
        hits: where tags may be, in order.
    """
    comment_lines = CommentLines(text, lines, spans)
    ended: CommentLine | None = None
    tagged: Tagged | None = None
    for line in comment_lines.holding(hits):
        # The line that ended a TODO has been looked at already.
        if ended is None or line.start != ended.start:
            tagged = patterns.find(text, line, comment_lines)
        # A ticked task is done: it is no open TODO, and no part of the one above either.
        if tagged is not None and not tagged.is_done:
            found, (more, ended, tagged) = tagged, _continuation(text, line, comment_lines, patterns)
            yield line, found, more


def _todo(text: str, lines: Lines, line: CommentLine, tagged: Tagged, more: Sequence[CommentLine]) -> TodoComment:
    number, column = lines.position(tagged.start)
    begin = tagged.start - column
    parts = tagged.parts
    words_end = end_of_words(text, line)
    words = words_of(text, parts, words_end)
    first_line_end = max(words_end, parts.words) - begin
    end_line, end_column = number, first_line_end
    if more:
        end_line, end_column = lines.position(end_of_words(text, more[-1]))
    return TodoComment(
        tag=tagged.tag,
        text=words,
        line=number,
        column=column,
        first_line_end=first_line_end,
        end_line=end_line,
        end_column=end_column,
        insert=IdInsertion(number, parts.id_start - begin, parts.id_end - begin, parts.before, parts.after),
        owner=parts.owner,
        issue_id=parts.issue_id,
        external=parts.external,
        priority=parts.priority,
        due=parts.due,
        continuation=tuple(_bare_words(text, one) for one in more),
    )


def end_of_words(text: str, line: CommentLine) -> int:
    """Where the words of a comment's line end; blanks may follow."""
    return line.start + len(text[line.start : line.end].rstrip())


def _continuation(
    text: str, line: CommentLine, lines: CommentLines, patterns: TagPatterns
) -> tuple[list[CommentLine], CommentLine | None, Tagged | None]:
    """The lines that belong to a TODO: up to one without words, the next tag, or other documentation.

    Returns:
        The lines, and the line with the next tag with that tag, when it was such a line that ended them.
    """
    found: list[CommentLine] = []
    following = lines.following(line) if line.span.kind not in (CommentKind.PROSE, CommentKind.TEXT) else None
    while following is not None and len(found) < CONTINUATION_LIMIT and _goes_on(text, following):
        if patterns.may_hold(text, following):
            tagged = patterns.find(text, following, lines)
            if tagged is not None:
                return found, following, tagged
        found.append(following)
        following = lines.following(following)
    return found, None, None


def _goes_on(text: str, line: CommentLine) -> bool:
    has_words = _bare_words(text, line).strip(" \t-=*#/") != ""
    return has_words and _DOCUMENTATION.match(text, line.start, line.end) is None


def _bare_words(text: str, line: CommentLine) -> str:
    words = text[line.start : line.end].strip()
    return words if line.is_first else words.lstrip("*").strip()
