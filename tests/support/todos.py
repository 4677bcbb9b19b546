"""TODO comments in tests: an id written into one, and what must still be there then."""

from __future__ import annotations

from issuelens.todos.grammar import TodoComment
from issuelens.todos.lines import LineIndex


def with_id(text: str, todo: TodoComment, issue_id: str) -> str:
    """The text with an id written into a TODO of it, as an editor does it."""
    insert, lines = todo.insert, LineIndex(text)
    start = lines.line_start(insert.line)
    head, tail = text[: start + insert.start_column], text[start + insert.end_column :]
    return f"{head}{insert.before}{issue_id}{insert.after}{tail}"


def kept(todo: TodoComment) -> tuple[object, ...]:
    """What is the same with and without an id."""
    place = (todo.tag, todo.line, todo.column, todo.end_line)
    return (*place, todo.text, todo.owner, todo.external, todo.priority, todo.due, todo.continuation)
