"""What a large text's comments hold, kept current while it is edited: only what an edit touches is read again.

The text is cut into chunks of whole lines, at places that no comment and no TODO crosses. An edit makes the chunks
around it stale. They are lexed again from the last safe point before them (see `lexer.spans_from`) until a chunk begins
with the comment with which it began before: from there on everything is as it was, only further up or down.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Final

from attrs import define, field, frozen

from issuelens.todos.grammar import IdInsertion, LocatedReference, TodoComment, findings_in
from issuelens.todos.languages import Language
from issuelens.todos.lexer import LOOK_BEHIND, CommentSpan, spans_from
from issuelens.todos.lines import LineIndex

CHUNK: Final = 4_096
"""Characters of a chunk; one has more where there is no place to cut."""

# Quicker than `evolve`, for hundreds of them. References and insertions begin with their line.
_TODO_FIELDS: Final = TodoComment._fields
_todo_values = attrgetter(*_TODO_FIELDS)
_behind_line = attrgetter(*LocatedReference._fields[1:])
_behind_insertion_line = attrgetter(*IdInsertion._fields[1:])

Found = tuple[list[TodoComment], list[LocatedReference]]
"""The TODO comments and the issue ids of a text, in order, as `grammar.analyse` gives them."""


@define(eq=False)
class _Chunk:
    """Some whole lines. `first_line` is the number of its first line as the places of its findings have it."""

    length: int
    line_count: int
    first_line: int
    to_safe_point: int
    """How far before its beginning lexing may begin."""
    first: CommentSpan | None
    """Its first comment, with offsets from its beginning; None where nothing can be joined to it."""
    todos: Sequence[TodoComment]
    references: Sequence[LocatedReference]
    is_stale: bool = False

    def move(self, first_line: int) -> None:
        """Tells the places of its findings anew, now that its first line has this number."""
        by = first_line - self.first_line
        self.todos = [_todo_moved(one, by) for one in self.todos]
        self.references = [LocatedReference(one.line + by, *_behind_line(one)) for one in self.references]
        self.first_line = first_line


@frozen(eq=False)
class _Part:
    """Some whole lines that were read again; offsets and lines are counted from its beginning."""

    length: int
    lines: LineIndex
    spans: Sequence[CommentSpan]
    todos: Sequence[TodoComment]
    references: Sequence[LocatedReference]

    @property
    def is_closed(self) -> bool:
        """Whether no TODO can go on behind it: the last of its lines, which ends with a line end, has none."""
        return not self.todos or self.todos[-1].end_line + 2 < self.lines.count


@define(eq=False)
class IncrementalFindings:
    """The findings of one text in a language that `is_stateless`; whoever edits the text says where."""

    language: Language
    tags: Sequence[str]
    prefixes: frozenset[str]
    chunk: int = CHUNK
    """Characters that a chunk should have."""
    _chunks: list[_Chunk] = field(factory=list)
    _missing: set[str] = field(factory=set)
    """Marks without an end: while there is one, the whole text is read (see `lexer.spans_from`)."""

    def is_about(self, language: Language, tags: Sequence[str], prefixes: frozenset[str]) -> bool:
        """Whether these are what is looked for."""
        return self.language is language and self.tags == tags and self.prefixes == prefixes

    def edited(self, start: int, end: int, length: int) -> None:
        """Says that `length` characters now stand where those from `start` to `end` stood."""
        if not self._chunks:
            return
        offsets = list(accumulate([one.length for one in self._chunks[:-1]], initial=0))
        first = bisect_right(offsets, max(0, start - LOOK_BEHIND)) - 1
        last = bisect_right(offsets, end + LOOK_BEHIND) - 1
        total = sum(one.length for one in self._chunks[first : last + 1]) + length - (end - start)
        self._chunks[first : last + 1] = [_stale(total, self._chunks[first].to_safe_point)]

    def of(self, text: str) -> Found:
        """The findings of the text as it is now."""
        if self._missing or not self._chunks:
            self._missing.clear()
            self._chunks = [_stale(len(text), 0)]
        self._read_stale(text)
        return self._collected()

    def _read_stale(self, text: str) -> None:
        while (at := next((at for at, chunk in enumerate(self._chunks) if chunk.is_stale), None)) is not None:
            self._read(text, at, sum([one.length for one in self._chunks[:at]]))

    def _collected(self) -> Found:
        todos: list[TodoComment] = []
        references: list[LocatedReference] = []
        line = 0
        for chunk in self._chunks:
            if chunk.first_line != line:
                chunk.move(line)
            todos += chunk.todos
            references += chunk.references
            line += chunk.line_count
        return todos, references

    def _read(self, text: str, at: int, offset: int) -> None:
        """Reads a stale chunk, which begins at `offset`, and as many of those behind it as have changed with it."""
        to_safe_point = self._chunks[at].to_safe_point
        behind, end, part = self._joined(text, at, offset)
        if behind < len(self._chunks):
            ends = (offset + one.end for one in reversed(part.spans) if not one.is_inner)
            self._chunks[behind].to_safe_point = end - next(ends, offset - to_safe_point)
        self._chunks[at:behind] = _cut(part, to_safe_point, self.chunk, is_last=behind == len(self._chunks))

    def _joined(self, text: str, at: int, offset: int) -> tuple[int, int, _Part]:
        """The number and the offset of the first chunk that is as it was, and what was read before it."""
        spans: list[CommentSpan] = []
        unchanged = self._unchanged(at, offset, len(text))
        behind, end, first = next(unchanged)
        for span in spans_from(text, self.language, offset - self._chunks[at].to_safe_point, self._missing):
            while first is not None and first.start < span.start:
                behind, end, first = next(unchanged)
            if span == first and not (spans and spans[-1].end > end):
                part = self._part(text, offset, end, spans)
                if part.is_closed:
                    return behind, end, part
            if span.start >= offset:
                spans.append(span)
        return len(self._chunks), len(text), self._part(text, offset, len(text), spans)

    def _unchanged(self, at: int, offset: int, length: int) -> Iterator[tuple[int, int, CommentSpan | None]]:
        """The chunks behind one that may be as they were: number, offset and first comment; at last the text's end."""
        for number in range(at + 1, len(self._chunks)):
            offset += self._chunks[number - 1].length
            first = self._chunks[number].first
            if first is not None:
                yield number, offset, _span_moved(first, offset)
        yield len(self._chunks), length, None

    def _part(self, text: str, start: int, end: int, spans: Sequence[CommentSpan]) -> _Part:
        part = text[start:end]
        moved = [_span_moved(one, -start) for one in spans] if start else spans
        everywhere = self.language.is_markup
        todos, references = findings_in(part, moved, tags=self.tags, prefixes=self.prefixes, everywhere=everywhere)
        return _Part(len(part), LineIndex(part), moved, todos, references)


def _stale(length: int, to_safe_point: int) -> _Chunk:
    return _Chunk(length, 0, 0, to_safe_point, None, (), (), is_stale=True)


def _cut(part: _Part, to_safe_point: int, chunk: int, *, is_last: bool) -> list[_Chunk]:
    """The chunks of what was read."""
    places = [(0, part.spans[0] if part.spans else None, to_safe_point), *_places(part, chunk)]
    lines = [line for line, _, _ in places]
    # What ends with a line end has no line behind it; the text's last one counts, also when it is empty.
    lines.append(part.lines.count - (0 if is_last else 1))
    starts = [*(part.lines.line_start(line) for line in lines[:-1]), part.length]
    todos = [bisect_left(part.todos, line, key=lambda one: one.line) for line in lines]
    references = [bisect_left(part.references, line, key=lambda one: one.line) for line in lines]
    return [
        _Chunk(
            starts[number + 1] - starts[number],
            lines[number + 1] - lines[number],
            lines[number],
            gap,
            _span_moved(first, -starts[number]) if first is not None and not first.is_inner else None,
            part.todos[todos[number] : todos[number + 1]],
            part.references[references[number] : references[number + 1]],
        )
        for number, (_, first, gap) in enumerate(places)
    ]


def _places(part: _Part, chunk: int) -> Iterator[tuple[int, CommentSpan, int]]:
    """Where to cut: the line, the first comment behind it, and how far it is back to the last safe point."""
    limit = chunk
    for before, after in pairwise(part.spans):
        if after.start >= limit and not before.is_inner and not after.is_inner:
            line = _line_between(part, before, after)
            if line is not None:
                start = part.lines.line_start(line)
                yield line, after, start - before.end
                limit = start + chunk


def _line_between(part: _Part, before: CommentSpan, after: CommentSpan) -> int | None:
    """The line with which a chunk may begin between two comments, if there is one that no TODO touches."""
    above, below = part.lines.position(before.end)[0], part.lines.position(after.start)[0]
    for line in (above + 2, above + 1):
        last = bisect_left(part.todos, line, key=lambda one: one.line) - 1
        if line <= below and (last < 0 or part.todos[last].end_line < line - 1):
            return line
    return None


def _span_moved(span: CommentSpan, by: int) -> CommentSpan:
    return CommentSpan(span.start + by, span.end + by, span.kind, span.opener, span.closer, span.is_inner)


def _todo_moved(todo: TodoComment, by: int) -> TodoComment:
    values = dict(zip(_TODO_FIELDS, _todo_values(todo), strict=True))
    values["line"] += by
    values["end_line"] += by
    values["insert"] = IdInsertion(todo.insert.line + by, *_behind_insertion_line(todo.insert))
    return TodoComment(**values)
