"""The comments of any text: one entry for languages alone, and for those that hold others."""

from __future__ import annotations

from issuelens.todos.languages import Language
from issuelens.todos.lexer import CommentSpan, comment_spans
from issuelens.todos.markdown import markdown_spans


def spans_of(text: str, language: Language) -> list[CommentSpan]:
    """The comments of a text and of the languages embedded in it, in order and apart.

    Args:
        text: the whole text.
        language: what it is written in.
    """
    return markdown_spans(text) if language.is_markup else comment_spans(text, language)
