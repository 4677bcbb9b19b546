"""The comments of an open document, found once for each version of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from issuelens.lsp.documents import Document
from issuelens.todos.embedded import spans_of
from issuelens.todos.lexer import CommentSpan


def spans_in(document: Document) -> Sequence[CommentSpan]:
    """The comments, in order; nothing in a language that we know no comments of."""
    language = document.language
    if language is None:
        return ()
    if "spans" not in document.cached:
        document.cached["spans"] = (document.version, spans_of(document.text, language))
    spans: Any = document.cached["spans"][1]
    return spans  # type: ignore[no-any-return]


def comment_at(document: Document, offset: int) -> CommentSpan | None:
    """The comment that holds an offset, its end included."""
    spans = spans_in(document)
    at = bisect_right(spans, offset - 1, key=lambda span: span.start) - 1
    return spans[at] if at >= 0 and offset <= spans[at].end else None
