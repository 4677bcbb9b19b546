"""What a TODO comment is: `TAG: text`, `TAG text`, `TAG(owner): …`, `TAG(id): …`, `TAG(#123): …`, `TAG @owner …`.

A tag counts at the beginning of a comment or of one of its lines, behind a comment opener inside a comment, and, when a
colon or parenthesis follows, at the beginning of a sentence. In documentation strings and prose it needs the colon or
parenthesis everywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence

from attrs import evolve, frozen

from issuelens.domain.reference import find_references, is_issue_id
from issuelens.todos.embedded import spans_of
from issuelens.todos.languages import Language
from issuelens.todos.lexer import INDENT_LIMIT, CommentKind, CommentSpan
from issuelens.todos.lines import LineIndex

# One way only to read each sign: with two, a line of them takes exponential time.
_DECORATION = r"[ \t]*(?:[-*!/#;%+|>=<~\"'][ \t]*|\d{1,3}[.)][ \t]+|\[[ xX]\][ \t]+)*"
_NESTED = r"(?://|#|/\*|--|<!--)[ \t]*"
_PAREN = r"\((?P<paren>[^()\n]{0,120})\)"
_EXTERNAL = re.compile(r"#\d{1,9}|[A-Z][A-Z0-9]{1,9}-\d{1,9}")
_OWNER = re.compile(r"@?[\w][\w .+-]{0,60}")
_LINE_END = re.compile(r"[\r\n]")
CONTINUATION_LIMIT = 1_000
"""Lines that a TODO goes on for, at most."""
_AT_OWNER = re.compile(r"[ \t]*@(?P<owner>[\w][\w.-]{0,60})[ \t]*:?[ \t]*")


@frozen
class IdInsertion:
    """How an id is written: columns `start_column` to `end_column` of `line` become `before` + id + `after`."""

    line: int
    start_column: int
    end_column: int
    before: str
    after: str


@frozen(kw_only=True)
class TodoComment:
    """A tag in a comment. Lines and columns are 0-based, columns in code points, ends exclusive.

    `text` is what follows on its line, `continuation` the lines that belong to it. Of `owner`, `issue_id` and
    `external` at most one is set by parentheses: a name, an id with a recognised prefix (the tracker decides whether it
    is known), or a reference to another tracker. `priority` is 0 to 4 (0 most urgent), `due` a date, YYYY-MM-DD.
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


@frozen
class LocatedReference:
    """An issue id in a comment; `is_certain` as in domain.reference, `in_todo` when in a tag's parentheses."""

    line: int
    column: int
    end_column: int
    id: str
    is_certain: bool
    in_todo: bool


@frozen
class _CommentLine:
    """One line of a comment: where its words begin, and what groups it with the next."""

    start: int
    end: int
    span: CommentSpan
    is_first: bool
    has_code_before: bool


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
    text: str, spans: Sequence[CommentSpan], *, tags: Sequence[str], prefixes: Collection[str], everywhere: bool = False
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
    has_tag = any(tag in text for tag in tags)
    has_id = any(f"{prefix}-" in text for prefix in prefixes)
    todos = list(_todos(text, lines, spans, tags, prefixes)) if has_tag else []
    found = list(_references(text, lines, spans, todos, prefixes, everywhere)) if has_id else []
    return todos, found


def _references(
    text: str,
    lines: LineIndex,
    spans: Sequence[CommentSpan],
    todos: Sequence[TodoComment],
    prefixes: Collection[str],
    everywhere: bool,
) -> Iterator[LocatedReference]:
    tied = {(todo.insert.line, todo.issue_id) for todo in todos if todo.issue_id}
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


def _todos(
    text: str, lines: LineIndex, spans: Sequence[CommentSpan], tags: Sequence[str], prefixes: Collection[str]
) -> Iterator[TodoComment]:
    patterns = _Patterns(tags)
    current: TodoComment | None = None
    before: _CommentLine | None = None
    for line in _comment_lines(text, lines, spans):
        match = patterns.match(text, line)
        if match is not None:
            if current is not None:
                yield current
            current = _todo(text, lines, line, match, prefixes)
        elif current is not None:
            more = _continued(text, lines, current, before, line)
            if more is None:
                yield current
            current = more
        before = line
    if current is not None:
        yield current


def _comment_lines(text: str, lines: LineIndex, spans: Sequence[CommentSpan]) -> Iterator[_CommentLine]:
    for span in spans:
        end = span.end
        if span.closer and text.endswith(span.closer, span.start + span.opener, span.end):
            end -= len(span.closer)
        start, is_first = span.start + span.opener, True
        column = lines.position(span.start)[1]
        has_code = not text[span.start - min(column, INDENT_LIMIT) : span.start].isspace() and column > 0
        while True:
            stop = _line_end(text, start, end)
            yield _CommentLine(start, stop, span, is_first, has_code and is_first)
            if stop >= end:
                break
            start = stop + (2 if text.startswith("\r\n", stop) else 1)
            is_first = False


def _line_end(text: str, start: int, end: int) -> int:
    # Not by two searches: in a text that has only one of the signs, the other one would be looked for to its end.
    found = _LINE_END.search(text, start, end)
    return found.start() if found is not None else end


class _Patterns:
    """The patterns of a set of tags."""

    def __init__(self, tags: Sequence[str]) -> None:
        self._tags = tags
        names = "|".join(re.escape(tag) for tag in sorted(tags, key=len, reverse=True))
        behind = r"(?=$|[\s:(\[@!?.,;\-…])(?!-\w)(?!\.\w)(?![ \t]*=)"
        tag = rf"(?P<tag>{names})(?:{_PAREN})?(?P<colon>[ \t]*:)?"
        self.beginning = re.compile(rf"{_DECORATION}(?P<tag>{names}){behind}")
        self.whole = re.compile(tag)
        self.inside = re.compile(rf"(?<=[.!?;][ \t])(?P<tag>{names})(?=[:(])")
        self.nested = re.compile(rf"(?<![:\w]){_NESTED}(?P<tag>{names}){behind}")

    def match(self, text: str, line: _CommentLine) -> re.Match[str] | None:
        """The tag of a comment line, with its parentheses and colon."""
        if not any(text.find(tag, line.start, line.end) >= 0 for tag in self._tags):
            return None
        found = self.beginning.match(text, line.start, line.end)
        found = (
            found or self.nested.search(text, line.start, line.end) or self.inside.search(text, line.start, line.end)
        )
        if found is None:
            return None
        whole = self.whole.match(text, found.start("tag"), line.end)
        if whole is None or (_needs_mark(line) and not (whole["colon"] or whole["paren"] is not None)):
            return None
        return whole


def _needs_mark(line: _CommentLine) -> bool:
    is_task = line.span.kind is CommentKind.PROSE and line.span.opener > 0
    return line.span.kind in (CommentKind.DOCSTRING, CommentKind.PROSE) and not is_task


def _todo(
    text: str, lines: LineIndex, line: _CommentLine, match: re.Match[str], prefixes: Collection[str]
) -> TodoComment:
    number, column = lines.position(match.start())
    begin = match.start() - column
    words_end = line.start + len(text[line.start : line.end].rstrip())
    owner, issue_id, external = held = _in_parentheses(match["paren"], prefixes)
    insert, words = _insertion(text, number, begin, match, held)
    found = _AT_OWNER.match(text, words, words_end) if owner is None and issue_id is None else None
    if found is not None:
        owner, words = found["owner"], found.end()
    end = max(words_end, match.end()) - begin
    return TodoComment(
        tag=match["tag"],
        text=text[words:words_end].strip(),
        line=number,
        column=column,
        first_line_end=end,
        end_line=number,
        end_column=end,
        insert=insert,
        owner=owner,
        issue_id=issue_id,
        external=external,
    )


_Held = tuple[str | None, str | None, str | None]
"""What parentheses hold: an owner, an issue id or an external reference."""


def _in_parentheses(content: str | None, prefixes: Collection[str]) -> _Held:
    if content is None:
        return None, None, None
    content = content.strip()
    if is_issue_id(content, prefixes):
        return None, content, None
    if _EXTERNAL.fullmatch(content):
        return None, None, content
    return (content.removeprefix("@") if _OWNER.fullmatch(content) else None), None, None


def _insertion(text: str, line: int, begin: int, match: re.Match[str], held: _Held) -> tuple[IdInsertion, int]:
    """How an id is written, and the offset at which the comment's words begin."""
    tag_end = match.end("tag")
    words = match.end()
    if match["paren"] is None:
        return IdInsertion(line, tag_end - begin, tag_end - begin, "(", ")"), words
    owner, issue_id, _ = held
    inner_start, inner_end = match.start("paren"), match.end("paren")
    if owner is not None or issue_id is not None or not match["paren"].strip():
        return IdInsertion(line, inner_start - begin, inner_end - begin, "", ""), words
    # What else stood in the parentheses moves behind them, so that nothing is lost.
    after = f"){text[inner_end + 1 : words]} {match['paren']}"
    return IdInsertion(line, tag_end - begin, words - begin, "(", after), words


def _continued(
    text: str, lines: LineIndex, todo: TodoComment, before: _CommentLine | None, line: _CommentLine
) -> TodoComment | None:
    """The TODO with this line, or None when the line does not belong to it."""
    if before is None or len(todo.continuation) >= CONTINUATION_LIMIT or not _belongs(text, lines, before, line):
        return None
    words = (
        text[line.start : line.end].strip().lstrip("*").strip() if not line.is_first else text[line.start : line.end]
    )
    if not words.strip(" \t-=*#/"):
        return None
    number, column = lines.position(line.start)
    end = column + len(text[line.start : line.end].rstrip())
    return evolve(todo, continuation=(*todo.continuation, words.strip()), end_line=number, end_column=end)


def _belongs(text: str, lines: LineIndex, before: _CommentLine, line: _CommentLine) -> bool:
    if line.span is before.span:
        return True
    if line.span.kind is not CommentKind.LINE or before.span.kind is not CommentKind.LINE or line.has_code_before:
        return False
    one, column = lines.position(before.span.start)
    other, other_column = lines.position(line.span.start)
    same_token = text[line.span.start : line.start] == text[before.span.start : before.start]
    return other == one + 1 and other_column == column and same_token
